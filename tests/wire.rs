//! A run whose sink sends, against the sandbox: what became of each document is said and never guessed.

use crate::support::{RECORDS, mapping};
use jemap::contract::builtin;
use jemap::sandbox::{Fault, Sandbox, Setup};
use jemap::wire::{Client, Configuration, LookedUp, SoapSink};
use jemap::{
    DocumentInfo, DocumentOutcome, EnvelopeHead, Outcome, Outcomes, RunOptions, Sink, SinkError, Split,
};
use std::sync::{Arc, Mutex};

/// Sends, and keeps what became of it.
struct Told(SoapSink, Arc<Mutex<Vec<DocumentOutcome>>>);

impl Sink for Told {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        self.0.open(envelope)
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.0.write(bytes)
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        self.0.document(document)
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        let outcomes = self.0.close()?;
        let Outcomes::Each(each) = &outcomes else { panic!("it says it of each: {outcomes:?}") };
        self.1.lock().expect("nobody panicked").extend(each.iter().cloned());
        Ok(outcomes)
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        self.0.finish()
    }
}

/// A sandbox, and a client of it by a configuration.
fn sandbox(mode: &str, settings: &str, faults: &[&str]) -> (jemap::listen::Stop, Client) {
    let faults = faults.iter().map(|text| Fault::read(text).expect("there is such a fault")).collect();
    let setup = Setup { faults, login: Some(("JEMAP".into(), "pass".into())), ..Setup::default() };
    let contract = builtin("s4.journal_entry", "2024").expect("it comes with jemap");
    let open = Sandbox::open("127.0.0.1:0".parse().expect("an address"), contract, setup);
    let sandbox = open.expect("there is a port");
    let [sync, later, look_up] = sandbox.paths();
    let (at, stop) = (sandbox.address(), sandbox.stop());
    std::thread::spawn(move || sandbox.serve());
    let path = if mode == "async" { later } else { sync };
    let text = format!(
        "[destination.test]\nmode = \"{mode}\"\nurl = \"http://{at}{path}\"\nuser = \"JEMAP\"\n\
        password = \"cmd:echo pass\"\n{settings}\n\
        lookup_url = \"http://{at}{look_up}?$filter=DocumentReferenceID%20eq%20'{{reference}}'\"\n"
    );
    let configuration = Configuration::parse("jemap.toml", &text).unwrap_or_else(|e| panic!("{e}"));
    let destination = configuration.destination("test").expect("it is there");
    (stop, Client::new(destination).unwrap_or_else(|why| panic!("{why}")))
}

fn record(id: &str, account: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"day\":\"2026-03-31\",\"ccy\":\"EUR\",\"entries\":[\
        {{\"account\":\"0000100000\",\"amount\":12.50}},{{\"account\":\"{account}\",\"amount\":-12.50}}]}}\n"
    )
}

/// Three documents in envelopes of two, the second of which has an account that there is not.
fn told(client: Client) -> (Vec<DocumentOutcome>, [u64; 4]) {
    let json =
        [record("R-1", "0000410000"), record("R-2", "9999999999"), record("R-3", "0000410000")].concat();
    let told = Arc::default();
    let sink = Box::new(Told(SoapSink::new(client), Arc::clone(&told)));
    let options = RunOptions { split: Split::Documents(2), ..RunOptions::default() };
    let mapping = mapping(RECORDS);
    let mut run = mapping.start(&options, sink).expect("there are no parameters");
    run.read("in.json", &mut json.as_bytes()).expect("the JSON is right");
    let report = run.finish().expect("nothing fails");
    let told = told.lock().expect("nobody panicked").clone();
    assert_eq!(told.len(), 3);
    (told, report.outcomes)
}

#[test]
fn the_synchronous_service_answers_for_each_document() {
    for settings in ["", "soap = \"1.2\"\nmessage_id = \"header\"\nsap_client = \"100\"\nlanguage = \"en\""] {
        let (stop, client) = sandbox("sync-none", settings, &[]);
        let (told, counts) = told(client);
        assert_eq!(counts, [2, 0, 1, 0]);
        let posted: Vec<_> = told.iter().map(|t| t.posted.as_ref().map(|p| p.company.clone())).collect();
        assert_eq!(posted, [Some("1010".into()), None, Some("1010".into())]);
        assert_eq!(told[1].outcome, Outcome::Rejected);
        assert!(told[1].notes.iter().any(|n| n.starts_with("F5 507: ")), "{:?}", told[1].notes);
        stop.stop();
    }
}

#[test]
fn the_asynchronous_service_takes_over() {
    for settings in ["", "message_id = \"header\""] {
        let (stop, client) = sandbox("async", settings, &[]);
        let (told, counts) = told(client);
        assert_eq!(counts, [3, 0, 0, 0], "{told:?}");
        assert!(told.iter().all(|t| t.posted.is_none()));
        stop.stop();
    }
}

#[test]
fn what_was_processed_and_not_answered_is_unknown_and_what_was_not_is_deferred() {
    let (stop, client) = sandbox("sync-none", "", &["drop-answer:at=1"]);
    let (each, counts) = told(client);
    assert_eq!(counts, [1, 0, 0, 2], "{each:?}");
    stop.stop();
    let (stop, client) = sandbox("sync-none", "", &["status=429:at=1"]);
    let (each, counts) = told(client);
    assert_eq!(counts, [1, 2, 0, 0], "{each:?}");
    assert_eq!(each[0].notes, ["429: there were too many messages"]);
    stop.stop();
}

#[test]
fn a_posted_document_is_found_and_no_other() {
    let (stop, client) = sandbox("sync-lookup", "", &["drop-answer:at=1"]);
    let client = Arc::new(client);
    let missing = client.look_up("R-1");
    assert_eq!(missing, LookedUp::Absent);
    let body = envelope();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let message_id = "988c6e5c-2cc1-81ca-a044-08002b1bc518";
    let reply = client.post(&jemap::wire::Message { body: &body, message_id, deadline });
    assert_eq!(reply.class, jemap::wire::Class::Unknown, "{reply:?}");
    let LookedUp::Found(key) = client.look_up("R-1") else { panic!("{:?}", client.look_up("R-1")) };
    assert_eq!((key.company.as_str(), key.year.as_str()), ("1010", "2026"));
    assert_eq!(client.look_up("R-1' or DocumentReferenceID eq 'R-1"), LookedUp::Absent);
    assert_eq!(client.look_up("R-9"), LookedUp::Absent);
    stop.stop();
}

/// One document, as the mapping writes it.
fn envelope() -> Vec<u8> {
    let mut bytes = vec![];
    let sink = Box::new(jemap::WriteSink::new(&mut bytes, "memory"));
    let mapping = mapping(RECORDS);
    let mut run = mapping.start(&RunOptions::default(), sink).expect("there are no parameters");
    run.read("in.json", &mut record("R-1", "0000410000").as_bytes()).expect("the JSON is right");
    run.finish().expect("nothing fails");
    bytes
}
