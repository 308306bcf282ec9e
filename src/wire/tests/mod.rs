//! The client against servers on this machine: what it hands over, and what it makes of what comes back.

mod login;
mod server;
mod tls;

use super::{Class, Client, Message, MessageIdPlace, Reply};
use crate::answer::Answer;
use crate::fate::Mode;
use crate::xml::{Envelope, Soap};
use server::{Act, Server, answer, closed_port, say, to};
use std::time::{Duration, Instant};

pub const ID: &str = "988c6e5c-2cc1-81ca-a044-08002b1bc518";
const MODES: [Mode; 4] = [Mode::Async, Mode::SyncIdem, Mode::SyncLookup, Mode::SyncNone];

pub fn confirmation() -> String {
    let entry = "<JournalEntryCreateConfirmation><MessageHeader><ReferenceID>E1</ReferenceID></MessageHeader>\
        <JournalEntryCreateConfirmation><AccountingDocument>0100000008</AccountingDocument>\
        <CompanyCode>1410</CompanyCode><FiscalYear>2026</FiscalYear></JournalEntryCreateConfirmation>\
        <Log><MaximumLogItemSeverityCode>1</MaximumLogItemSeverityCode></Log></JournalEntryCreateConfirmation>";
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\
        <n:JournalEntryBulkCreateConfirmation xmlns:n=\"http://sap.com/xi/SAPSCORE/SFIN\">\
        <MessageHeader><ReferenceID>B1</ReferenceID></MessageHeader>{entry}\
        </n:JournalEntryBulkCreateConfirmation></e:Body></e:Envelope>"
    )
}

pub fn post(client: &Client, body: &[u8]) -> Reply {
    client.post(&Message { body, message_id: ID, deadline: Instant::now() + Duration::from_secs(30) })
}

#[track_caller]
pub fn client(to: &super::Destination) -> Client {
    Client::new(to).unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn a_confirmation_is_read_per_entry() {
    let server = Server::plain(vec![say("200 OK", &confirmation())]);
    let reply = post(&client(&to(&server.url(), Mode::SyncNone)), b"<m/>");
    assert_eq!((reply.class, reply.status, &reply.problem), (Class::Answered, Some(200), &None));
    let crate::answer::Verdict::Posted(Some(key)) = reply.verdict("E1", false) else { panic!("{reply:?}") };
    assert_eq!(key.to_string(), "0100000008/1410/2026");
    assert!(matches!(reply.verdict("E2", false), crate::answer::Verdict::Unclear(_)));
    let seen = server.seen();
    assert_eq!(seen[0].body, b"<m/>");
    let head = seen[0].head.to_ascii_lowercase();
    for line in [
        format!("post /service?messageid={ID} http/1.1"),
        "content-type: text/xml; charset=utf-8".into(),
        "soapaction: \"urn:act\"".into(),
        "content-length: 4".into(),
        "connection: close".into(),
        "accept-encoding: identity".into(),
        format!("user-agent: jemap/{}", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(head.lines().any(|l| l == line), "{line} in {head}");
    }
    assert!(
        !head.contains("authorization") && !head.contains("chunked") && !head.contains("expect"),
        "{head}"
    );
}

#[test]
fn parameters_and_the_header_of_soap_1_2() {
    let server = Server::plain(vec![say("202 Accepted", "")]);
    let mut to = to(&format!("{}?x=1", server.url()), Mode::Async);
    (to.soap, to.message_id) = (Soap::V12, MessageIdPlace::Header);
    (to.sap_client, to.language) = (Some("100".into()), Some("en".into()));
    let envelope = Envelope::new(Soap::V12, "s:R", &[("s".into(), "urn:s".into())]);
    let body = [envelope.head, envelope.tail].concat();
    assert_eq!(post(&client(&to), &body).class, Class::Taken);
    let seen = server.seen();
    let head = seen[0].head.to_ascii_lowercase();
    assert!(head.starts_with("post /service?x=1&sap-client=100 http"), "{head}");
    assert!(
        head.contains("content-type: application/soap+xml; charset=utf-8; action=\"urn:act\"\r\n"),
        "{head}"
    );
    assert!(head.contains("accept-language: en\r\n") && head.contains("sap-language: en\r\n"), "{head}");
    assert!(!head.contains("soapaction"), "{head}");
    let element = format!(
        "<soapenv:Header><m:messageId xmlns:m=\"http://www.sap.com/webas/640/soap/features/messageId/\">uuid:{ID}\
        </m:messageId></soapenv:Header>"
    );
    let whole = String::from_utf8(body).expect("it is a text").replace("<soapenv:Header/>", &element);
    assert_eq!(String::from_utf8_lossy(&seen[0].body), whole);
    assert!(head.contains(&format!("content-length: {}\r\n", whole.len())));
}

#[test]
fn what_cannot_be_sent_is_not_taken() {
    let long = format!("https://{}.localhost/", "x".repeat(64));
    for (url, why) in [
        (format!("http://127.0.0.1:{}/", closed_port()), "connection refused"),
        (long, "the host's name is not known"),
    ] {
        for mode in MODES {
            let reply = post(&client(&to(&url, mode)), b"<m/>");
            assert_eq!((reply.class, reply.status), (Class::NotTaken, None), "{reply:?}");
            assert!(reply.problem.as_deref().is_some_and(|p| p.contains(why)), "{reply:?}");
        }
    }
    // An id that would break the address, and an envelope without a place for it.
    let url = format!("http://127.0.0.1:{}/", closed_port());
    let deadline = Instant::now() + Duration::from_secs(30);
    let reply = client(&to(&url, Mode::Async)).post(&Message { body: b"<m/>", message_id: "a&b", deadline });
    assert_eq!(reply.problem.as_deref(), Some("the message id is no UUID with hyphens"));
    let mut header = to(&url, Mode::Async);
    header.message_id = MessageIdPlace::Header;
    let reply = post(&client(&header), b"<m/>");
    assert_eq!(reply.class, Class::NotTaken);
    assert_eq!(reply.problem.as_deref(), Some("the envelope has no empty header for the message id"));
}

/// The deadline passes while it is connected: a server that takes no more connections than it has answered.
#[test]
fn nothing_is_begun_after_the_deadline() {
    let port = closed_port();
    let client = client(&to(&format!("http://127.0.0.1:{port}/"), Mode::SyncNone));
    let reply = client.post(&Message { body: b"<m/>", message_id: ID, deadline: Instant::now() });
    assert_eq!((reply.class, reply.problem.as_deref()), (Class::NotTaken, Some("the deadline has passed")));
}

#[test]
fn what_breaks_after_the_first_byte_is_unknown() {
    for mode in MODES {
        let server = Server::plain(vec![Act::Reset]);
        let reply = post(&client(&to(&server.url(), mode)), &vec![b'x'; 1 << 20]);
        assert_eq!((reply.class, reply.status), (Class::Unknown, None), "{reply:?}");
        assert!(reply.problem.is_some());
        server.seen();
    }
}

/// Cut at every byte: nothing of it is ever an answer, in a mode where the empty answer is one, too.
#[test]
fn an_answer_cut_at_any_byte_is_unknown() {
    let whole = answer("200 OK", "", &confirmation());
    let empty = answer("202 Accepted", "", "");
    for (mode, whole, class) in [
        (Mode::SyncNone, whole.clone(), Class::Answered),
        (Mode::Async, whole, Class::Answered),
        (Mode::Async, empty, Class::Taken),
    ] {
        let acts = (0..=whole.len()).map(|end| Act::Say(whole[..end].to_vec())).collect();
        let server = Server::plain(acts);
        let client = client(&to(&server.url(), mode));
        for end in 0..whole.len() {
            let reply = post(&client, b"<m/>");
            assert_eq!(reply.class, Class::Unknown, "{end} of {}: {reply:?}", whole.len());
        }
        assert_eq!(post(&client, b"<m/>").class, class);
        assert_eq!(server.seen().len(), whole.len() + 1);
    }
}

#[test]
fn an_answer_without_length_is_believed_only_when_it_says_something() {
    let bare = |body: &str| Act::Say(format!("HTTP/1.1 200 OK\r\n\r\n{body}").into_bytes());
    let server = Server::plain(vec![bare(""), bare(&confirmation()), bare(&confirmation()[..200])]);
    let client = client(&to(&server.url(), Mode::Async));
    let classes: Vec<Class> = (0..3).map(|_| post(&client, b"<m/>").class).collect();
    assert_eq!(classes, [Class::Unknown, Class::Answered, Class::Unknown]);
    server.seen();
}

#[test]
fn an_answer_that_is_too_slow_is_unknown() {
    for begun in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n<e:Envel"] {
        let server = Server::plain(vec![Act::Hold(begun.to_vec())]);
        let client = client(&to(&server.url(), Mode::Async));
        let deadline = Instant::now() + Duration::from_millis(400);
        let reply = client.post(&Message { body: b"<m/>", message_id: ID, deadline });
        assert_eq!(reply.class, Class::Unknown, "{reply:?}");
        assert!(Instant::now() >= deadline, "it waited");
        assert!(reply.problem.as_deref().is_some_and(|p| p.contains("in time")), "{reply:?}");
        assert_eq!(server.seen().len(), 1);
    }
}

/// The server has one act: a second request would not be answered, and the test would not end well.
#[test]
fn each_status_means_what_the_table_says_and_nothing_is_followed() {
    use Class::{NotTaken, Shut, TooLarge, Unknown};
    let other = closed_port();
    let table = [
        ("301 Moved", Shut, Shut),
        ("302 Found", Shut, Shut),
        ("303 See Other", Shut, Shut),
        ("307 Temporary Redirect", Shut, Shut),
        ("308 Permanent Redirect", Shut, Shut),
        ("401 Unauthorized", Shut, Shut),
        ("403 Forbidden", Shut, Shut),
        ("404 Not Found", Shut, Shut),
        ("413 Content Too Large", TooLarge, TooLarge),
        ("429 Too Many Requests", NotTaken, NotTaken),
        ("500 Internal Server Error", Unknown, Unknown),
        ("502 Bad Gateway", Unknown, Unknown),
        ("503 Service Unavailable", Unknown, NotTaken),
        ("504 Gateway Timeout", Unknown, Unknown),
    ];
    for (status, sync, later) in table {
        for (mode, class) in [(Mode::SyncNone, sync), (Mode::SyncLookup, sync), (Mode::Async, later)] {
            let headers = format!("Location: http://127.0.0.1:{other}/elsewhere\r\nRetry-After: 7\r\n");
            let server = Server::plain(vec![Act::Say(answer(status, &headers, ""))]);
            let reply = post(&client(&to(&server.url(), mode)), b"<m/>");
            assert_eq!(reply.class, class, "{mode:?} {status} {reply:?}");
            assert_eq!(reply.status.map(|s| s.to_string()).as_deref(), status.split(' ').next());
            assert_eq!(reply.retry_after, Some(Duration::from_secs(7)));
            assert_eq!(server.seen().len(), 1);
        }
    }
}

#[test]
fn a_fault_is_told_and_an_unread_message_refused() {
    let fault = |text: &str| {
        format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><e:Fault>\
            <faultcode>e:Server</faultcode><faultstring>{text}</faultstring></e:Fault></e:Body></e:Envelope>"
        )
    };
    let server = Server::plain(vec![
        say("500 Error", &fault("web service processing error")),
        say("500 Error", &fault("SRT: Serialization / Deserialization failed")),
    ]);
    let client = client(&to(&server.url(), Mode::SyncNone));
    let reply = post(&client, b"<m/>");
    assert_eq!(reply.class, Class::Unknown);
    assert_eq!(reply.problem.as_deref(), Some("500: web service processing error"));
    assert!(matches!(reply.said, Some(Answer::Fault(_))));
    assert_eq!(post(&client, b"<m/>").class, Class::Refused);
    server.seen();
}

/// It says 2 GiB and sends without end: the client reads to its limit and goes.
#[test]
fn an_answer_without_end_is_read_to_the_limit() {
    let mut begun = b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n".to_vec();
    begun.resize(64 << 10, b' ');
    let server = Server::plain(vec![Act::Flood(begun)]);
    let reply = post(&client(&to(&server.url(), Mode::Async)), b"<m/>");
    assert_eq!((reply.class, reply.status), (Class::Unknown, Some(200)), "{:?}", reply.problem);
    assert_eq!(reply.problem.as_deref(), Some("200: the answer has more than 8388608 bytes"));
    assert_eq!(reply.body.len(), super::KEPT_BYTES_MAX);
    server.seen();
}

#[test]
fn destinations_that_cannot_be_used_are_told() {
    let said = |change: &dyn Fn(&mut super::Destination)| {
        let mut to = to("https://localhost/", Mode::Async);
        change(&mut to);
        Client::new(&to).err().unwrap_or_default()
    };
    assert_eq!(said(&|_| {}), "");
    assert_eq!(
        said(&|to| to.url = "http://sap.example/".into()),
        "destination `test`: the address is not `https://`, and leads to another machine"
    );
    assert!(said(&|to| to.url = "https://canary:hunter2@localhost/".into()).ends_with("`https://HOST/PATH`"));
    assert!(said(&|to| to.url = "over there".into()).ends_with("the address is no address"));
    assert!(said(&|to| to.action = "a\r\nX: y".into()).contains("the SOAP action"));
    assert!(said(&|to| to.soap = Soap::Bare).contains("is sent an envelope"));
    assert!(said(&|to| to.proxy = Some("::".into())).contains("the proxy"));
    assert!(said(&|to| to.ca = Some("/nowhere.pem".into())).contains("cannot read /nowhere.pem"));
}
