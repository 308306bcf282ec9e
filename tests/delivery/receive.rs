//! Confirmations from outside: `jemap receive` beside a sandbox that confirms late, twice, in another order or
//! never, and files of all kinds.

use super::beside::{MADE_ID, MAPPING, wait};
use super::{Place, record, states};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

/// Entries, by natural key, and their states.
fn list(place: &Place) -> BTreeMap<String, String> {
    let output = place.command(&["list", "--json", "--limit", "100000"]).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    lines.map(|line| (text(&line["natural_key"]), text(&line["state"]))).collect()
}

fn count(place: &Place, state: &str) -> usize {
    list(place).values().filter(|found| *found == state).count()
}

fn show(place: &Place, key: &str) -> Value {
    place.said(&["show", key]).1
}

/// A mapping that names its sender, so that it is confirmed; with ids of jemap's.
fn named() -> String {
    signed(MADE_ID)
}

fn named_with_own_ids() -> String {
    signed(MAPPING)
}

fn signed(mapping: &str) -> String {
    mapping.replace("document from", "message { SenderBusinessSystemID = \"ME\" }\ndocument from")
}

impl Place {
    /// A sandbox, and a mapping whose entries are confirmed.
    pub(crate) fn confirmed(name: &str) -> Place {
        let place = Place::new(name, &[]);
        place.write("receipts.map", &named());
        place
    }

    /// Where the sandbox is.
    fn sandbox_at(&self) -> &str {
        self.sandbox.at["address"].as_str().expect("an address").trim_start_matches("http://")
    }

    /// Has the sandbox confirm to an address: `http://…[,late=2s][,twice][,reorder][,never]`.
    fn confirm_to(&self, confirm: &str) {
        let (status, said) = post(self.sandbox_at(), "/sandbox/confirm", "", confirm.as_bytes());
        assert_eq!(status, 200, "{said}");
    }

    fn ledger(&self, event: &str) -> Vec<Value> {
        let all = crate::beside::ledger(&self.folder);
        all.into_iter().filter(|line| line["event"] == event).collect()
    }
}

/// Posts, and gives the status and the rest.
pub(crate) fn post(address: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(120))).expect("it can be set");
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("it is read");
    // an answer may come before all is read
    let _ = stream.write_all(body);
    let mut answer = vec![];
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no answer: {answer}")), answer)
}

/// A `jemap receive` that listens.
pub(crate) struct Ear {
    pub(crate) child: Child,
    lines: BufReader<std::process::ChildStdout>,
    pub(crate) address: String,
}

impl Ear {
    pub(crate) fn new(place: &Place, arguments: &[&str]) -> Ear {
        let listen = if arguments.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] };
        Ear::of(place, &[&["receive", "--json"], arguments, listen].concat())
    }
    /// A command that listens.
    pub(crate) fn of(place: &Place, command: &[&str]) -> Ear {
        Ear::by(&mut place.command(command))
    }
    fn by(command: &mut std::process::Command) -> Ear {
        let folder = command.get_current_dir().expect("it has a folder").to_owned();
        let errors = fs::File::create(folder.join("ear.err")).expect("it is ours");
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("it runs");
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("it says where");
        let said: Value = serde_json::from_str(&line).unwrap_or_default();
        let url = said["listening"].as_str().unwrap_or(line.trim());
        let address = url.split("://").nth(1).and_then(|rest| rest.split('/').next());
        Ear { address: address.expect("a host").to_owned(), child, lines }
    }
    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
    /// The next confirmation that it says.
    pub(crate) fn next(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("it says something");
        serde_json::from_str(&line).expect("JSON")
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Has the sandbox confirm to a listener of the test's own; gives what waits for the one confirmation and takes
/// its bytes.
pub fn catch(place: &Place) -> impl FnOnce() -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    place.confirm_to(&format!("http://{}/", listener.local_addr().expect("it is bound")));
    move || {
        let (mut stream, _) = listener.accept().expect("it is posted");
        let (mut bytes, mut buffer) = (vec![], [0; 4096]);
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let head = head.to_ascii_lowercase();
                let length =
                    head.split("content-length: ").nth(1).and_then(|l| l.lines().next()?.parse().ok());
                if length == Some(body.len()) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").expect("it listens");
                    return body.as_bytes().to_vec();
                }
            }
            let read = stream.read(&mut buffer).expect("it is sent");
            assert!(read > 0, "cut off: {text}");
            bytes.extend_from_slice(&buffer[..read]);
        }
    }
}

/// What a listener beside the first delivery says of a confirmation, so many lines.
pub fn heard(place: &Place, body: &[u8], lines: usize) -> String {
    let arguments = ["receive", "--listen", "127.0.0.1:0", "--config", "docs/first_delivery/jemap.toml"];
    let mut child = place.command(&arguments).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut said = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    said.read_line(&mut line).expect("it says where");
    let address = line.trim().strip_prefix("listening at http://").and_then(|rest| rest.strip_suffix('/'));
    let (status, answer) = post(address.expect("an address"), "/", "", body);
    let mut text = String::new();
    for _ in 0..lines {
        said.read_line(&mut text).expect("it says more");
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert_eq!(status, 200, "{answer}");
    text
}

/// A confirmation: for each id the document, or nothing where it is refused.
pub(crate) fn confirmation(uuid: &str, message: &str, entries: &[(&str, &str)]) -> String {
    let entry = |(id, document): &(&str, &str)| {
        let (number, severity) = if document.is_empty() { ("0000000000", "3") } else { (*document, "1") };
        format!(
            "<JournalEntryCreateConfirmation><MessageHeader><ReferenceID>{id}</ReferenceID></MessageHeader>\
             <JournalEntryCreateConfirmation><AccountingDocument>{number}</AccountingDocument>\
             <CompanyCode>1010</CompanyCode><FiscalYear>2026</FiscalYear></JournalEntryCreateConfirmation>\
             <Log><MaximumLogItemSeverityCode>{severity}</MaximumLogItemSeverityCode><Item><TypeID>507(F5)</TypeID>\
             <SeverityCode>{severity}</SeverityCode><Note>a note</Note></Item></Log></JournalEntryCreateConfirmation>"
        )
    };
    let entries: String = entries.iter().map(entry).collect();
    let uuid = if uuid.is_empty() { String::new() } else { format!("<UUID>{uuid}</UUID>") };
    format!(
        "<n0:JournalEntryBulkCreateConfirmation xmlns:n0=\"http://sap.com/xi/SAPSCORE/SFIN\"><MessageHeader>{uuid}\
         <ReferenceID>{message}</ReferenceID></MessageHeader>{entries}<Log/></n0:JournalEntryBulkCreateConfirmation>"
    )
}

const RECORDS: [(&str, &str); 4] = [("A", "400000"), ("B", "9999999999"), ("C", "400000"), ("D", "400000")];

fn records() -> String {
    RECORDS.iter().map(|(id, account)| record(id, account, "10.00")).collect()
}

#[test]
fn each_entry_gets_its_own_outcome_in_order_twice_and_reordered() {
    for manner in ["", ",twice", ",reorder", ",twice,reorder"] {
        let place = Place::confirmed(&format!("receive{}", manner.replace(',', "-")));
        let toml = fs::read_to_string(place.folder.join("jemap.toml")).expect("it is there");
        place.write("jemap.toml", &toml.replace("batch = 4", "batch = 2"));
        let mut ear = Ear::new(&place, &[]);
        place.confirm_to(&format!("{}{manner}", ear.url()));
        place.write("in.ndjson", &records());
        let (code, _) = place.send("in.ndjson", "async");
        assert!(code == 0 || code == 1, "accepted, or refused where the confirmation was faster: {code}");
        let messages = if manner.contains("twice") { 4 } else { 2 };
        let said: Vec<Value> = (0..messages).map(|_| ear.next()).collect();
        let again = said.iter().filter(|said| said["again"] == true).count();
        assert_eq!(again, messages - 2, "{said:?}");
        let states: Vec<String> = list(&place).into_values().collect();
        assert_eq!(states, ["posted", "refused", "posted", "posted"], "{manner}");
        let b = show(&place, "B");
        assert_eq!(b["cause"], "F5 507", "{b}");
        let refused = b["outcomes"].as_array().and_then(|all| all.iter().find(|o| o["kind"] == "refused"));
        let notes = refused.map(|outcome| outcome["notes"].to_string());
        assert!(notes.is_some_and(|notes| notes.contains("9999999999")), "{b}");
        let a = show(&place, "A");
        let posted = a["outcomes"].as_array().expect("outcomes").iter().filter(|o| o["kind"] == "posted");
        let documents: Vec<String> = posted.map(|o| o["posted"]["document"].to_string()).collect();
        assert_eq!(documents.len(), 1, "{a}");
        let ledger = place.ledger("posted");
        let mine = ledger.iter().find(|line| line["entry"] == a["id"]).expect("it is posted");
        assert_eq!(mine["document"].to_string(), documents[0]);
        let (_, status) = place.said(&["status"]);
        assert_eq!((&status["confirmations"], &status["strays"]), (&json!(2), &json!(0)));
        assert_eq!(place.posted().values().max(), Some(&1));
    }
}

#[test]
fn silence_is_overdue_and_a_late_confirmation_still_settles() {
    let place = Place::confirmed("receive-late");
    let toml = fs::read_to_string(place.folder.join("jemap.toml")).expect("it is there");
    place.write("jemap.toml", &toml.replace("settle = \"1s\"", "settle = \"1s\"\noverdue = \"1s\""));
    let ear = Ear::new(&place, &[]);
    place.confirm_to(&format!("{},late=4s", ear.url()));
    place.write("in.ndjson", &record("A", "400000", "10.00"));
    place.send("in.ndjson", "async");
    // nobody sends: the listener itself sees that nothing came
    wait("overdue", || count(&place, "overdue") == 1);
    place.confirm_to(&format!("{},never", ear.url()));
    place.write("more.ndjson", &record("N", "400000", "10.00"));
    place.send("more.ndjson", "async");
    wait("posted late", || list(&place)["A"] == "posted");
    wait("never", || list(&place)["N"] == "overdue");
    let (code, said) = place.said(&["run", "--to", "async"]);
    assert_eq!((code, states(&said)), (3, &json!({"overdue": 1, "posted": 1})));
    let events = show(&place, "A")["events"].to_string();
    assert!(events.contains("\"state\":\"posted\""), "{events}");
}

/// The commit is on disk and the 200 never leaves: the receiver sends it again.
#[test]
fn a_kill_between_the_commit_and_the_answer_applies_it_once() {
    let place = Place::confirmed("receive-kill");
    let mut ear = Ear::new(&place, &[]);
    let address = ear.address.clone();
    place.confirm_to(&format!("http://{address}/,late=300ms"));
    place.write("in.ndjson", &records());
    place.send("in.ndjson", "async");
    // it says what it has committed before it answers; killed there or just after
    ear.next();
    ear.child.kill().expect("it runs");
    ear.child.wait().expect("it ends");
    let states: Vec<String> = list(&place).into_values().collect();
    assert_eq!(states, ["posted", "refused", "posted", "posted"], "the commit is on disk");
    // whoever had no answer sends it again: the same bytes
    let raw = place.command(&["confirmations", "1"]).output().expect("it runs").stdout;
    let mut ear = Ear::new(&place, &["--listen", &address]);
    assert_eq!(post(&address, "/", "", &raw).0, 200);
    assert_eq!(ear.next()["again"], true);
    let (_, said) = place.said(&["confirmations", "1"]);
    // the sandbox may have sent it again too
    assert!(said["times"].as_u64().is_some_and(|times| times >= 2) && said["strays"] == 0, "{said}");
    let outcomes = show(&place, "A")["outcomes"].as_array().expect("outcomes").len();
    assert_eq!(outcomes, 2, "taken, and posted once");
    assert_eq!(place.posted().values().max(), Some(&1));
}

/// The same at the very instants: before the commit nothing is there, after it all is, and neither was answered.
#[cfg(debug_assertions)]
#[test]
fn a_crash_on_either_side_of_the_commit_loses_nothing_and_applies_it_once() {
    for (point, there) in [("confirmation.before", 0), ("confirmation.after", 1)] {
        let place = Place::confirmed(&format!("receive-{point}"));
        place.write("in.ndjson", &record("A", "400000", "10.00"));
        place.send("in.ndjson", "async");
        let id = show(&place, "A")["id"].as_str().expect("an id").to_owned();
        let body = confirmation("u-1", "E0", &[(&id, "0100000001")]);
        let mut command = place.command(&["receive", "--json", "--listen", "127.0.0.1:0"]);
        let mut ear = Ear::by(command.env("JEMAP_CRASH", point));
        let mut stream = TcpStream::connect(&ear.address).expect("it listens");
        let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(head.as_bytes()).expect("it is read");
        let mut answer = vec![];
        let _ = stream.read_to_end(&mut answer);
        assert!(answer.is_empty() && !ear.child.wait().expect("it ends").success(), "{point}");
        let confirmations = |place: &Place| place.said(&["status"]).1["confirmations"].clone();
        assert_eq!(confirmations(&place), there, "{point}");
        assert_eq!(list(&place)["A"], ["accepted", "posted"][there], "{point}");
        let mut ear = Ear::new(&place, &[]);
        assert_eq!(post(&ear.address, "/", "", body.as_bytes()).0, 200);
        assert_eq!(ear.next()["again"], there == 1, "{point}");
        assert_eq!((confirmations(&place), list(&place)["A"].as_str()), (json!(1), "posted"));
        let shown = show(&place, "A");
        let posted = shown["outcomes"].as_array().expect("a list").iter().filter(|o| o["kind"] == "posted");
        assert_eq!(posted.count(), 1, "{shown}");
    }
}

/// Nobody listens when the receiver confirms; it comes again, and the listener is there by then.
#[test]
fn a_listener_that_was_down_gets_it_later() {
    let place = Place::confirmed("receive-down");
    let address = Ear::new(&place, &[]).address.clone();
    place.confirm_to(&format!("http://{address}/"));
    place.write("in.ndjson", &records());
    place.send("in.ndjson", "async");
    wait("it was tried", || !place.ledger("confirmation").is_empty());
    assert_eq!(count(&place, "accepted"), 4);
    let _ear = Ear::new(&place, &["--listen", &address]);
    wait("it comes again", || count(&place, "posted") == 3);
}

#[test]
fn what_names_no_entry_is_kept_and_found_when_the_entry_is_taken() {
    let place = Place::confirmed("receive-stray");
    place.write("in.ndjson", &records());
    place.send("in.ndjson", "async");
    let id = show(&place, "A")["id"].as_str().expect("an id").to_owned();
    // the book is lost; what the receiver says of it names nothing that is there
    for name in ["jemap.book", "jemap.book-wal", "jemap.book-shm"] {
        let _ = fs::remove_file(place.folder.join(name));
    }
    let entries = [(id.as_str(), "0100000001"), ("J00000000000000000000000000.00", ""), ("FOREIGN", "1")];
    place.write("c.xml", &confirmation("u-1", "E0", &entries));
    let (code, said) = place.said(&["receive", "c.xml"]);
    assert_eq!(code, 3, "{said}");
    let (_, status) = place.said(&["status"]);
    assert_eq!((&status["confirmations"], &status["strays"]), (&json!(1), &json!(3)));
    let output = place.command(&["confirmations", "--strays"]).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("FOREIGN") && text.contains("0100000001/1010/2026") && text.contains(&id),
        "{text}"
    );
    assert_eq!(place.said(&["receive", "c.xml"]).0, 3, "the same again says the same");
    // the same input again: what the receiver has is not offered to it a second time
    let before = place.ledger("received").len();
    let (_, said) = place.send("in.ndjson", "async");
    assert_eq!(states(&said), &json!({"accepted": 3, "posted": 1}), "{said}");
    let sent: String = place.ledger("received")[before..].iter().map(Value::to_string).collect();
    assert!(!sent.contains(&id), "{sent}");
    let (_, status) = place.said(&["status"]);
    assert_eq!(status["strays"], 2);
}

/// The mapping writes its own ids.
#[test]
fn ids_of_the_mappings_own_are_confirmed() {
    let place = Place::confirmed("receive-own");
    place.write("receipts.map", &named_with_own_ids());
    let mut ear = Ear::new(&place, &[]);
    place.confirm_to(&ear.url());
    place.write("in.ndjson", &records());
    place.send("in.ndjson", "async");
    let said = ear.next();
    assert_eq!(said["entries"][0]["reference"], "A", "{said}");
    let states: Vec<String> = list(&place).into_values().collect();
    assert_eq!(states, ["posted", "refused", "posted", "posted"]);
}

/// An id of the mapping's own is what the receiver knows: it is shown, and names the entry as the others do.
#[test]
fn entries_are_named_by_the_id_that_the_receiver_knows() {
    let place = Place::new("receive-own-names", &[]);
    place.write("receipts.map", &MAPPING.replace("MessageHeader.ID = id", "MessageHeader.ID = \"X-\" ++ id"));
    place.write("in.ndjson", &records());
    assert_eq!(place.send("in.ndjson", "sync-none").0, 1);
    let b = show(&place, "X-B");
    let text = |name: &str| b[name].as_str().expect("a text").to_owned();
    assert_eq!(
        (text("natural_key"), text("id"), text("state")),
        ("B".into(), "X-B".into(), "refused".into())
    );
    let key = text("key");
    for name in [format!("J{key}.00"), format!("J{key}"), key.clone(), "B".to_owned()] {
        assert_eq!(show(&place, &name)["id"], "X-B", "{name}");
    }
    let output = place.command(&["list", "--key", "B"]).output().expect("it runs");
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(list.contains("B            X-B  "), "{list}");
    let output = place.command(&["show", "X-B"]).output().expect("it runs");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        shown.contains("\nid           X-B\n") && shown.contains(&format!("\nkey          {key}\n")),
        "{shown}"
    );
    let (code, done) = place.said(&["retry", "X-B", "--yes"]);
    assert_eq!((code, &done["key"], &done["state"]), (0, &json!(key), &json!("ready")));
    assert_eq!(show(&place, "X-B")["revision"], 1);
    let (code, _) = place.said(&["close", &key, "--yes", "--reason", "by hand"]);
    assert_eq!(code, 0);
    // what is one entry's id and another's natural key names both, and neither is guessed
    place.write("in.ndjson", &record("X-B", "400000", "10.00"));
    place.send("in.ndjson", "sync-none");
    let output = place.command(&["show", "X-B"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("`X-B` names 2 entries"), "{said}");
    assert!(said.contains(&format!("J{key}.01")), "{said}");
}

#[test]
fn files_say_by_code_and_word_what_they_were() {
    let place = Place::confirmed("receive-files");
    place.write("in.ndjson", &records());
    place.send("in.ndjson", "async");
    let id = |key: &str| show(&place, key)["id"].as_str().expect("an id").to_owned();
    let (a, b, c) = (id("A"), id("B"), id("C"));
    let whole = confirmation("u-1", "E0", &[(&a, "0100000001")]);
    place.write("good.xml", &whole);
    place.write("refused.xml", &confirmation("u-2", "E0", &[(&b, "")]));
    let half = whole.find("<Log>").expect("it has a log");
    place.write("cut.xml", &whole[..half]);
    place.write("cut-in-a-tag.xml", &whole[..half + 3]);
    place.write("empty.xml", "\n");
    place.write("other.xml", &whole.replace("BulkCreateConfirmation", "BulkChangeConfirmation"));
    place.write(
        "request.xml",
        "<n0:JournalEntryBulkCreateRequest xmlns:n0=\"http://sap.com/xi/SAPSCORE/SFIN\"/>",
    );
    place.write("fault.xml", &fault());
    place.write("text.xml", "hello");
    place.write("doctype.xml", &format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{whole}"));
    place.write("large.xml", &format!("{whole}<!--{}-->", "x".repeat(64 << 20)));
    fs::create_dir_all(place.folder.join("folder")).expect("a folder");
    let run = |arguments: &[&str]| {
        let output = place.command(&[&["receive"], arguments].concat()).output().expect("it runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    for (file, words) in [
        ("cut.xml", "cut off"),
        ("cut-in-a-tag.xml", "tag not closed"),
        ("empty.xml", "the file is empty"),
        ("other.xml", "no confirmation but `JournalEntryBulkChangeConfirmation`"),
        ("request.xml", "no confirmation but `JournalEntryBulkCreateRequest`"),
        ("fault.xml", "no confirmation but a fault: it is shut"),
        ("text.xml", "the file is not XML"),
        ("doctype.xml", "document type"),
        ("large.xml", "more than 67108864 bytes"),
        ("folder", "`folder/*.xml`"),
        ("missing.xml", "no such file"),
        ("no*.xml", "no file fits"),
    ] {
        let (code, said) = run(&[file]);
        assert!(code == Some(2) && said.contains(words), "{file}: {code:?} {said}");
    }
    let (_, status) = place.said(&["status"]);
    assert_eq!(status["confirmations"], 0, "nothing of them is kept");
    // one bad file does not stop the others
    let (code, said) = run(&["cut.xml", "good.xml"]);
    assert!(code == Some(2) && said.contains("posted   A  0100000001/1010/2026"), "{said}");
    assert_eq!(
        run(&["good.xml"]),
        (Some(0), "good.xml: confirmation 1 came again: nothing changes\n".into())
    );
    let (code, said) = run(&["refused.xml"]);
    assert!(code == Some(1) && said.contains("refused  B  F5 507: a note"), "{said}");
    // what was posted is refused: an alarm
    place.write("alarm.xml", &confirmation("u-3", "E0", &[(&a, ""), (&c, "0100000003")]));
    let (code, said) = run(&["alarm.xml"]);
    assert!(code == Some(3) && said.contains("alarm    A  it is posted, and"), "{said}");
    assert_eq!((list(&place)["A"].as_str(), list(&place)["C"].as_str()), ("posted", "posted"));
    // from standard input, in an envelope, without a UUID: known by what it says
    let soap = "http://www.w3.org/2003/05/soap-envelope";
    let body = confirmation("", "E0", &[(&b, "0100000004")]);
    let body = format!("<e:Envelope xmlns:e=\"{soap}\"><e:Body>{body}</e:Body></e:Envelope>");
    for code in [0, 0] {
        let mut child = place
            .command(&["receive", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("it runs");
        child.stdin.take().expect("piped").write_all(body.as_bytes()).expect("it reads");
        assert_eq!(child.wait().expect("it ends").code(), Some(code));
    }
    assert_eq!(list(&place)["B"], "posted", "mended and restarted in the receiver");
    let output = place.command(&["show", "B", "--answer"]).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("\nconfirmation 2\n") && text.contains("\nconfirmation 4\n<e:Envelope"), "{text}");
    let (_, status) = place.said(&["status"]);
    assert_eq!(status["confirmations"], 4);
}

fn fault() -> String {
    "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><e:Fault><faultcode>e:Server</faultcode>\
     <faultstring>it is shut</faultstring></e:Fault></e:Body></e:Envelope>"
        .to_owned()
}

#[test]
fn a_listener_takes_only_confirmations_of_those_who_may_post() {
    let place = Place::confirmed("receive-door");
    let toml = fs::read_to_string(place.folder.join("jemap.toml")).expect("it is there");
    let receive =
        "[receive]\nlisten = \"127.0.0.1:0\"\npath = \"/in\"\nuser = \"S4\"\npassword = \"file:secret\"\n";
    place.write("jemap.toml", &format!("{receive}{toml}"));
    place.write("secret", "canary-7\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(place.folder.join("secret"), private).expect("it is ours");
    }
    let ear = Ear::new(&place, &[]);
    let good = confirmation("u-1", "E0", &[("J00000000000000000000000000.00", "1")]);
    // S4:canary-7, S4:canary-8
    let (right, wrong) =
        ("Authorization: basic UzQ6Y2FuYXJ5LTc=\r\n", "Authorization: Basic UzQ6Y2FuYXJ5LTg=\r\n");
    let (status, said) = post(&ear.address, "/in", "", good.as_bytes());
    assert!(status == 401 && said.contains("WWW-Authenticate: Basic") && said.contains("no login"), "{said}");
    assert_eq!(post(&ear.address, "/in", wrong, good.as_bytes()).0, 401);
    assert_eq!(post(&ear.address, "/", right, good.as_bytes()).0, 404);
    let (status, said) = post(&ear.address, "/in", right, b"<a/>");
    assert!(status == 400 && said.contains("no confirmation but `a`"), "{said}");
    assert_eq!(post(&ear.address, "/in", right, b"").0, 400);
    assert_eq!(post(&ear.address, "/in", right, &good.as_bytes()[..good.len() - 5]).0, 400);
    assert_eq!(post(&ear.address, "/in", &format!("{right}Content-Encoding: gzip\r\n"), b"x").0, 415);
    let (status, said) = post(&ear.address, "/in", right, good.as_bytes());
    assert!(status == 200 && said.ends_with("\r\n\r\n"), "{said}");
    let (_, status) = place.said(&["status"]);
    assert_eq!(status["confirmations"], 1);
    let book = fs::read(place.folder.join("jemap.book")).expect("there is a book");
    let wal = fs::read(place.folder.join("jemap.book-wal")).unwrap_or_default();
    assert!(![book, wal].concat().windows(8).any(|bytes| bytes == b"canary-7"));
}

/// The book cannot be written: the sender must not believe that it was received.
#[test]
fn a_book_that_fails_is_never_a_200() {
    let place = Place::confirmed("receive-full");
    place.write("in.ndjson", &record("A", "400000", "10.00"));
    place.send("in.ndjson", "async");
    let id = show(&place, "A")["id"].as_str().expect("an id").to_owned();
    let ear = Ear::new(&place, &[]);
    let path = place.folder.join("jemap.book");
    let other = rusqlite::Connection::open(&path).expect("it opens");
    // no row of the kind can be written any more, whatever the listener does
    other
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON outcome BEGIN SELECT RAISE(ABORT, 'no room'); END",
        )
        .expect("it is made");
    let body = confirmation("u-1", "E0", &[(&id, "0100000001")]);
    let (status, said) = post(&ear.address, "/", "", body.as_bytes());
    assert!(
        (500..=503).contains(&status) && said.contains("Retry-After") && !said.contains("no room"),
        "{said}"
    );
    assert_eq!(place.said(&["status"]).1["confirmations"], 0, "all or nothing");
    assert_eq!(list(&place)["A"], "accepted");
    other.execute_batch("DROP TRIGGER full").expect("it is there");
    assert_eq!(post(&ear.address, "/", "", body.as_bytes()).0, 200);
    assert_eq!(list(&place)["A"], "posted");
}

#[test]
fn a_listener_that_cannot_be_opened_says_why() {
    let place = Place::confirmed("receive-open");
    let ear = Ear::new(&place, &[]);
    let run = |arguments: &[&str]| {
        let output = place.command(&[&["receive"], arguments].concat()).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (arguments, words) in [
        (&["--listen", ear.address.as_str()][..], "cannot listen at"),
        (&["--listen", "0.0.0.0:0"], "not encrypted"),
        (&[], "not said where to listen"),
        (&["--listen", "nonsense"], "invalid value 'nonsense'"),
        (&["--listen", "127.0.0.1:0", "x.xml"], "cannot be used with"),
        (&["--config", "missing.toml"], "cannot read the configuration"),
    ] {
        let (code, said) = run(arguments);
        assert!(code == Some(2) && said.contains(words), "{arguments:?}: {said}");
    }
}

/// One process sends and receives.
#[cfg(unix)]
#[test]
fn a_sender_that_receives_too() {
    let place = Place::confirmed("receive-run");
    let mut ear = Ear::of(&place, &["run", "--watch", "--json", "--listen", "127.0.0.1:0"]);
    place.confirm_to(&format!("{},late=200ms,twice", ear.url()));
    let lock = place.folder.join("jemap.book.lock");
    let pid = ear.child.id().to_string();
    wait("it sends", || fs::read_to_string(&lock).is_ok_and(|text| text.trim() == pid));
    place.write("in.ndjson", &records());
    let (_, said) = place.send("in.ndjson", "async");
    assert_eq!(said["holder"], ear.child.id(), "the other process delivers: {said}");
    let said = ear.next();
    assert_eq!((&said["confirmation"], said["entries"].as_array().map(Vec::len)), (&json!(1), Some(4)));
    wait("all are known", || count(&place, "posted") == 3 && count(&place, "refused") == 1);
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("it runs").success());
    assert_eq!(ear.child.wait().expect("it ends").code(), Some(143));
    let mut rest = String::new();
    ear.lines.read_to_string(&mut rest).expect("it says what became of all");
    assert!(rest.lines().last().is_some_and(|line| line.contains("\"posted\":3")), "{rest}");
}

#[test]
fn who_will_not_be_confirmed_is_told() {
    let place = Place::confirmed("receive-sender");
    place.write("in.ndjson", &records());
    let said = |to: &str| {
        let output =
            place.command(&["send", "receipts.map", "in.ndjson", "--to", to]).output().expect("it runs");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(!said("async").contains("names no sender"));
    place.write("receipts.map", MAPPING);
    let told = said("async");
    assert!(told.contains("names no sender") && told.contains("SenderBusinessSystemID"), "{told}");
    assert!(!said("sync-none").contains("names no sender"));
}
