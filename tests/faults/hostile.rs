//! Answers that nobody should give, through the program: unknown, within limits of memory and of CPU.

use crate::place::{Place, ids, record};
use crate::receiver::{Raw, Speech, confirmation, envelope};
use flate2::Compression;
use flate2::write::GzEncoder;
use jemap::Configuration;
use jemap::answer::Verdict;
use jemap::fate::Phase;
use jemap::wire::{Class, Client, Message};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The most memory of the process, in KiB, whatever it is told.
const PEAK_KIB_MAX: u64 = 64 * 1024;
/// The most CPU of the whole process in a release build; unoptimised it may take so many times as much.
const CPU_MS_MAX: u128 = if cfg!(debug_assertions) { 20_000 } else { 1_000 };

/// What a process took.
pub struct Measured {
    pub peak_kib: u64,
    pub cpu: Duration,
    pub code: Option<i32>,
}

/// Runs a command to its end, and looks at it on the way: the peak only grows, so the last look is near it.
pub fn measured(mut command: Command, at_most: Duration) -> Measured {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    let began = Instant::now();
    let (mut peak_kib, mut cpu) = (0, Duration::ZERO);
    let pid = child.id();
    loop {
        if let Some(status) = child.try_wait().expect("it is ours") {
            return Measured { peak_kib, cpu, code: status.code() };
        }
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let status = read("status");
        let kib = status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        peak_kib = kib.and_then(|k| k.parse().ok()).unwrap_or(peak_kib).max(peak_kib);
        // After the name in brackets: the twelfth and thirteenth are the ticks, a hundred a second.
        let stat = read("stat");
        let fields: Vec<u64> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .map(|field| field.parse().unwrap_or(0))
            .collect();
        if let Some([user, system]) = fields.get(11..13) {
            cpu = Duration::from_millis((user + system) * 10);
        }
        if began.elapsed() > at_most {
            let _ = child.kill();
            let _ = child.wait();
            panic!("it did not end within {at_most:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn whole(headers: &str, body: Vec<u8>) -> Speech {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    Arc::new(move |out: &mut dyn Write| {
        out.write_all(head.as_bytes())?;
        out.write_all(&body)
    })
}

/// A beginning, and then the same without end.
fn endless(begin: String, again: &'static [u8]) -> Speech {
    let again = again.repeat((1 << 16) / again.len().max(1) + 1);
    Arc::new(move |out: &mut dyn Write| {
        out.write_all(begin.as_bytes())?;
        loop {
            out.write_all(&again)?;
        }
    })
}

/// Names of four letters, all different: so a million attributes have less than 8 MiB.
fn name(mut n: usize) -> String {
    let mut text = String::new();
    for _ in 0..4 {
        let letter = u8::try_from(n % 52).expect("it is below 52");
        text.push(char::from(if letter < 26 { b'a' + letter } else { b'A' + letter - 26 }));
        n /= 52;
    }
    text
}

/// A gibibyte of zeros in a mebibyte: many members, each of which is small.
fn gzip_bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(&vec![0; 1 << 20]).expect("memory does not fail");
    encoder.finish().expect("memory does not fail").repeat(1024)
}

/// What is said for the entry with this id, whose posting it claims wherever it can be claimed.
fn speeches(id: &str) -> Vec<(&'static str, Speech)> {
    let good = confirmation(&[id.to_owned()]);
    let within = |more: &str| good.replace("<Log/></n:", &format!("{more}<Log/></n:"));
    let text = |text: String| whole("", text.into_bytes());
    let million = 1_000_000;
    let bomb: String =
        (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let attributes: String = (0..million).map(|n| format!(" {}=''", name(n))).collect();
    let declared: String = (0..400_000).map(|n| format!(" xmlns:{}='b'", name(n))).collect();
    let utf_16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(good.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin = format!("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>{good}").replace("1010", "10\u{e4}0");
    let latin: Vec<u8> = latin.chars().map(|c| u8::try_from(u32::from(c)).expect("it is Latin")).collect();
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    vec![
        ("document type", text(format!("<!DOCTYPE e>{good}"))),
        ("entity bomb", text(format!("<!DOCTYPE e [<!ENTITY l0 \"ha\">{bomb}]>{}", within("<a>&l9;</a>")))),
        (
            "external entity",
            text(format!("<!DOCTYPE e [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{}", within("<a>&x;</a>"))),
        ),
        ("external type", text(format!("<!DOCTYPE e SYSTEM \"http://127.0.0.1:1/x.dtd\">{good}"))),
        ("a million attributes", text(within(&format!("<a{attributes}/>")))),
        ("the same attribute", text(within(&format!("<a{}/>", " a=''".repeat(million))))),
        ("declared prefixes", text(within(&format!("<a{declared}/>")))),
        ("a million levels", text(within(&format!("{}{}", "<a>".repeat(million), "</a>".repeat(million))))),
        (
            "a million comments, and cut",
            text(within(&"<!---->".repeat(million)).replace("</e:Envelope>", "")),
        ),
        ("a million entries", text(within(&"<JournalEntryCreateConfirmation/>".repeat(240_000)))),
        (
            "twice the same entry",
            text(good.replacen(
                "</JournalEntryCreateConfirmation><Log/></n:",
                &format!("</JournalEntryCreateConfirmation>{}<Log/></n:", second(&good)),
                1,
            )),
        ),
        ("2 GiB", endless(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n<e>", 2u64 << 30), b" x")),
        ("no end", endless("HTTP/1.1 200 OK\r\n\r\n<e>".into(), b" x")),
        ("chunks without end", endless(chunked.into(), b"2\r\n x\r\n")),
        ("a chunk's size without end", endless(chunked.into(), b"0")),
        ("a chunk's words without end", endless(format!("{chunked}2;a="), b"x")),
        (
            "a length that is none",
            Arc::new(|out: &mut dyn Write| {
                out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n<e>")
            }),
        ),
        ("headers without end", endless("HTTP/1.1 200 OK\r\n".into(), b"A: b\r\n")),
        ("a header without end", endless("HTTP/1.1 200 OK\r\nA: ".into(), b"b")),
        ("status lines without end", endless(String::new(), b"HTTP/1.1 100 Continue\r\n\r\n")),
        ("no HTTP", endless(String::new(), b"\x00\xff")),
        ("gzip bomb", whole("Content-Encoding: gzip\r\n", gzip_bomb())),
        ("gzip bomb, unsaid", whole("", gzip_bomb())),
        ("UTF-16", whole("", utf_16)),
        ("Latin 1", whole("", latin)),
        ("half a character", whole("", [good.as_bytes(), b"\xc3"].concat())),
        ("zeros", whole("", vec![0; 1 << 20])),
        ("a page", text("<!doctype html><html><body>Log on</body></html>".into())),
        ("a fault with a document", text(envelope("<e:Fault/>").replace("</e:Body>", &good))),
    ]
}

/// The entry of a confirmation once more, with another document.
fn second(good: &str) -> String {
    let from = good.find("<JournalEntryCreateConfirmation>").expect("there is one");
    let to = good.rfind("<Log/></n:").expect("it ends");
    good[from..to].replace("0100000000", "0100000099")
}

#[test]
fn no_hostile_answer_is_believed_or_takes_more_than_its_share() {
    let place = Place::new("hostile");
    let count = speeches("X").len();
    assert!(count >= 25);
    let mut worst = (0, Duration::ZERO);
    for n in 0..count {
        let id = format!("H-{n}");
        let (what, speech) = speeches(&id).swap_remove(n);
        let server = Raw::new(speech);
        place.at("sync-none", &server.url, "connect_timeout = \"2s\"\nanswer_timeout = \"8s\"");
        place.write("in.ndjson", &record(&id, 2));
        let command = place.command(&["send", "receipts.map", "in.ndjson", "--to", "s4", "-q"]);
        let Measured { peak_kib, cpu, code } = measured(command, Duration::from_secs(120));
        let entry = place.shown().into_iter().find(|e| e.listed.natural == id).expect("it was taken");
        let attempt = &entry.attempts[0];
        println!(
            "{what}: {peak_kib} KiB, {} ms of CPU: {}",
            cpu.as_millis(),
            attempt.problem.as_deref().unwrap_or("answered, and unclear")
        );
        assert_eq!((code, entry.listed.phase, entry.attempts.len()), (Some(3), Phase::Parked, 1), "{what}");
        assert!(entry.outcomes.iter().all(|o| o.kind == "unknown" && o.posted.is_none()), "{what}");
        assert!(peak_kib <= PEAK_KIB_MAX, "{what}: {peak_kib} KiB");
        assert!(cpu.as_millis() <= CPU_MS_MAX, "{what}: {cpu:?}");
        assert!(!String::from_utf8_lossy(&attempt.answer).contains("root:"), "{what}");
        worst = (worst.0.max(peak_kib), worst.1.max(cpu));
    }
    println!("{count} hostile answers: at most {} KiB and {} ms of CPU", worst.0, worst.1.as_millis());
}

/// All requests under way hear eight mebibytes at once.
#[test]
fn large_answers_to_many_requests_at_once_stay_within_the_memory() {
    let place = Place::new("hostile-many");
    let body = format!("<e>{}", " x".repeat((8 << 20) / 2));
    let server = Raw::new(whole("", body.into_bytes()));
    place.at("sync-none", &server.url, "concurrency = 32\nbatch = 1");
    let records: String = ids("B", 40).iter().map(|id| record(id, 2)).collect();
    place.write("in.ndjson", &records);
    let command = place.command(&["send", "receipts.map", "in.ndjson", "--to", "s4", "-q"]);
    let Measured { peak_kib, cpu, code } = measured(command, Duration::from_secs(120));
    println!("answers of 8 MiB: {peak_kib} KiB, {} ms of CPU", cpu.as_millis());
    assert_eq!(code, Some(4), "it is left as an outage");
    assert!(peak_kib <= PEAK_KIB_MAX, "{peak_kib} KiB");
}

/// A prefix of a confirmation that is whole for HTTP: never posted, never refused. Of real ones where they are.
#[test]
fn no_prefix_of_a_confirmation_says_anything_of_an_entry() {
    let id = "J0123456789ABCDEFGHJKMNPQRS.00";
    let mut answers = vec![("own", confirmation(&[id.to_owned(), "J2".to_owned()]))];
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/sap/samples");
    for (name, reference) in [
        ("02b_sync_response_error_soap11_2026.xml", "A4"),
        ("03_sync_response_success_soap11_2024.xml", "SUB_MSG_2024-03-28"),
    ] {
        match std::fs::read_to_string(samples.join(name)) {
            Ok(text) => {
                let (from, to) = (format!(">{reference}<"), format!(">{id}<"));
                assert!(text.contains(&from), "{name}");
                answers.push((name, text.trim_end().replace(&from, &to)));
            }
            Err(_) => println!("no reference material: {name} is skipped"),
        }
    }
    let prefix: Arc<Mutex<Vec<u8>>> = Arc::default();
    let own = Arc::clone(&prefix);
    let server = Raw::new(Arc::new(move |out: &mut dyn Write| {
        let body = own.lock().expect("nobody panicked").clone();
        whole("", body)(out)
    }));
    for (name, text) in answers {
        let bytes = text.as_bytes();
        let mut tried = 0;
        for end in (0..bytes.len()).filter(|end| end % 7 == 0 || bytes.len() - end < 64) {
            prefix.lock().expect("nobody panicked").clone_from(&bytes[..end].to_vec());
            for client in [client(&server.url, "sync-none"), client(&server.url, "async")] {
                let reply = said(&client);
                // An asynchronous service says by nothing that it took it over; of no entry that it is posted.
                let class = if end == 0 && client_is_async(&reply) { Class::Taken } else { Class::Unknown };
                assert_eq!(reply.class, class, "{name} {end}: {reply:?}");
                assert!(matches!(reply.verdict(id, false), Verdict::Unclear(_)), "{name} {end}");
            }
            tried += 1;
        }
        prefix.lock().expect("nobody panicked").clone_from(&bytes.to_vec());
        let reply = said(&client(&server.url, "sync-none"));
        assert_eq!(reply.class, Class::Answered, "{name}: {:?}", reply.problem);
        let verdict = reply.verdict(id, false);
        assert!(matches!(verdict, Verdict::Posted(Some(_)) | Verdict::Refused), "{name}: {verdict:?}");
        println!("{name}: {tried} prefixes of {} bytes say nothing, the whole {verdict:?}", bytes.len());
        assert!(tried > 100);
    }
}

fn client_is_async(reply: &jemap::wire::Reply) -> bool {
    reply.class == Class::Taken
}

fn client(url: &str, mode: &str) -> Client {
    let text = format!("[destination.s4]\nmode = \"{mode}\"\nurl = \"{url}\"");
    let configuration = Configuration::parse("jemap.toml", &text).unwrap_or_else(|e| panic!("{e}"));
    Client::new(configuration.destination("s4").expect("it is there")).unwrap_or_else(|why| panic!("{why}"))
}

fn said(client: &Client) -> jemap::wire::Reply {
    let deadline = Instant::now() + Duration::from_secs(60);
    let message_id = "988c6e5c-2cc1-81ca-a044-08002b1bc518";
    client.post(&Message { body: b"<m/>", message_id, deadline })
}

/// What was said is kept for the book, and shown as it came.
#[test]
fn a_hostile_answer_can_be_looked_at_afterwards() {
    let place = Place::new("looked-at");
    let answer = "<!DOCTYPE a [<!ENTITY b \"c\">]><a>\u{1b}[31mred\u{7}</a>";
    let server = Raw::new(whole("", answer.as_bytes().to_vec()));
    place.at("sync-none", &server.url, "");
    assert_eq!(place.send(&ids("K", 1), &[]), (3, json!({"parked": 1})));
    let output = place.output(&["show", "K-0"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("document type"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "no control character reaches the terminal");
    let (_, shown) = place.said(&["show", "K-0"]);
    assert!(shown.to_string().contains("<!DOCTYPE a"), "{shown}");
}

/// A look-up is answered by the same receiver: it is believed as little, and takes as little.
#[test]
fn no_hostile_look_up_is_believed() {
    let one = r#"{"AccountingDocument":"0100000001","CompanyCode":"1010","FiscalYear":"2026"}"#;
    let list = |inner: String| whole("", format!("{{\"d\":{{\"results\":[{inner}]}}}}").into_bytes());
    let table: Vec<(&str, Speech)> = vec![
        ("four million numbers", list("0,".repeat(4_000_000) + "0")),
        ("a million lists", list("[],".repeat(1_000_000) + "[]")),
        ("a million levels", whole("", "[".repeat(1_000_000).into_bytes())),
        ("a long text", list(format!("\"{}\"", "x".repeat(8_000_000)))),
        ("two documents", list(format!("{one},{}", one.replace("01\"", "02\"")))),
        ("a further page", whole("", b"{\"d\":{\"results\":[],\"__next\":\"x\"}}".to_vec())),
        ("cut", whole("", format!("{{\"d\":{{\"results\":[{one}").into_bytes())),
        ("2 GiB", endless(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n[", 2u64 << 30), b" 1,")),
        ("gzip bomb", whole("Content-Encoding: gzip\r\n", gzip_bomb())),
        ("a page", whole("", b"<html>Log on</html>".to_vec())),
    ];
    let service = crate::receiver::Receiver::new(|_, _| jemap::listen::Answer::empty(502));
    for (n, (what, speech)) in table.into_iter().enumerate() {
        let place = Place::new(&format!("hostile-look-up-{n}"));
        let server = Raw::new(speech);
        let settings = format!("lookup_url = \"{}?x={{reference}}\"\nanswer_timeout = \"8s\"", server.url);
        place.at("sync-lookup", &service.url, &settings);
        place.write("in.ndjson", &record("L-0", 2));
        let command = place.command(&["send", "receipts.map", "in.ndjson", "--to", "s4", "-q"]);
        let Measured { peak_kib, cpu, code } = measured(command, Duration::from_secs(120));
        println!("{what}: {peak_kib} KiB, {} ms of CPU, {code:?}", cpu.as_millis());
        let entry = &place.shown()[0];
        assert_eq!((entry.listed.phase, entry.attempts.len()), (Phase::InDoubt, 1), "{what}");
        assert!(peak_kib <= PEAK_KIB_MAX && cpu.as_millis() <= CPU_MS_MAX, "{what}: {peak_kib} KiB {cpu:?}");
    }
}
