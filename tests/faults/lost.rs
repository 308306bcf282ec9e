//! Requests and answers that are lost, late, cut or slow: nothing is posted twice, nothing is guessed.

use crate::beside::{ledger, wait};
use crate::place::{Place, ids};
use crate::receiver::{Receiver, posted};
use jemap::fate::Phase;
use jemap::listen::Answer;
use serde_json::json;

const MODES: [&str; 4] = ["async", "sync-idem", "sync-lookup", "sync-none"];

/// What must come of three entries when a fault happens to the first request; `None`: it is not tried.
struct Row {
    fault: &'static str,
    /// Whether the receiver has processed that request.
    processed: bool,
    /// Whether the client can know that it was not taken.
    known: bool,
}

/// Lost before the receiver, or after it: by a close, a reset, a fault without words, a cut, a gateway.
#[test]
fn what_is_lost_on_the_way_is_posted_once_or_waits_for_a_person() {
    let row = |fault, processed, known| Row { fault, processed, known };
    let rows = [
        row("drop-request", false, false),
        row("reset", false, false),
        row("status=502", false, false),
        row("status=429", false, true),
        row("reset-answer", true, false),
        row("fault-after", true, false),
        row("cut=300", true, false),
    ];
    std::thread::scope(|scope| {
        for mode in MODES {
            let rows = &rows;
            scope.spawn(move || rows.iter().for_each(|row| one(mode, row)));
        }
    });
}

fn one(mode: &str, row: &Row) {
    let fault = format!("{}:first=1", row.fault);
    let what = format!("{mode} {fault}");
    let name = what.replace([':', '=', ' '], "-");
    let place = Place::with(&name, mode, &["--idempotent", "--fault", &fault], "batch = 4");
    let ids = ids("L", 3);
    let (code, states) = place.send(&ids, &[]);
    // An empty answer cannot be cut.
    let whole = mode == "async" && row.fault.starts_with("cut");
    let doubt = !row.known && !whole;
    let (wanted, exit) = match mode {
        "async" => (json!({"accepted": 3}), 0),
        "sync-idem" => (json!({"posted": 3}), 0),
        // What is not there is looked for twice, half a minute apart: a test below has a faster clock.
        "sync-lookup" if doubt && !row.processed => (json!({"in-doubt": 3}), 3),
        "sync-none" if doubt => (json!({"parked": 3}), 3),
        _ => (json!({"posted": 3}), 0),
    };
    assert_eq!((code, &states), (exit, &wanted), "{what}");
    if row.processed || exit == 0 {
        place.posted_once(&ids, &what);
    } else {
        assert!(place.posted().is_empty(), "{what}");
    }
    let attempts: Vec<usize> = place.shown().iter().map(|entry| entry.attempts.len()).collect();
    let sent = if matches!(mode, "async" | "sync-idem") && doubt || row.known { 2 } else { 1 };
    assert_eq!(attempts, [sent; 3], "{what}");
    let events = ledger(&place.folder);
    let messages: std::collections::BTreeSet<String> = events
        .iter()
        .filter(|event| event["event"] == "received")
        .map(|event| event["uuid"].to_string())
        .collect();
    assert!(messages.len() <= 1, "one identity: {what} {messages:?}");
}

/// The request arrives, or the answer leaves, after the client has given up.
#[test]
fn what_comes_after_the_time_out_is_posted_once_or_parked() {
    std::thread::scope(|scope| {
        for mode in MODES {
            for fault in ["delay-before=2500ms:first=1", "delay-after=2500ms:first=1"] {
                scope.spawn(move || late(mode, fault));
            }
        }
    });
}

fn late(mode: &str, fault: &str) {
    let what = format!("{mode} {fault}");
    let name = format!("late-{}", what.replace([':', '=', ' '], "-"));
    let settings = "connect_timeout = \"1s\"\nanswer_timeout = \"1s\"\nsettle = \"6s\"";
    let place =
        Place::with(&name, mode, &["--idempotent", "--fault", fault], &format!("batch = 4\n{settings}"));
    let ids = ids("D", 3);
    let (code, states) = place.send(&ids, &["--wait"]);
    let (wanted, exit) = match mode {
        "async" => (json!({"accepted": 3}), 0),
        "sync-none" => (json!({"parked": 3}), 3),
        _ => (json!({"posted": 3}), 0),
    };
    assert_eq!((code, &states), (exit, &wanted), "{what}");
    wait(&what, || place.posted().len() == 3);
    place.posted_once(&ids, &what);
    let entry = &place.shown()[0];
    assert_eq!(entry.attempts[0].class.as_deref(), Some("unknown"), "{what}");
}

/// A byte a second: the deadline holds, and what came of the answer is not believed.
#[test]
fn a_byte_a_second_is_given_up_at_the_deadline() {
    let settings = "batch = 4\nconnect_timeout = \"1s\"\nanswer_timeout = \"1s\"";
    let place = Place::with("slow", "sync-none", &["--fault", "slow=1"], settings);
    let ids = ids("S", 2);
    let (code, states) = place.send(&ids, &[]);
    assert_eq!((code, states), (3, json!({"parked": 2})));
    for entry in place.shown() {
        let attempt = &entry.attempts[0];
        let took = attempt.ended.expect("it has ended") - attempt.started;
        assert_eq!((attempt.class.as_deref(), attempt.status), (Some("unknown"), None), "{took} ms");
        println!("given up after {took} ms, of 2000 allowed");
    }
    place.posted_once(&ids, "they are posted, and nobody knows");
}

/// Each entry of an envelope has its own end: posted, refused, left out.
#[test]
fn an_entry_that_the_answer_leaves_out_is_in_doubt_alone() {
    let receiver = Receiver::new(|_, seen| posted(&seen.entries[..2]));
    let place = Place::new("left-out");
    place.at("sync-none", &receiver.url, "batch = 4");
    let (code, states) = place.send(&ids("E", 3), &[]);
    assert_eq!((code, states), (3, json!({"parked": 1, "posted": 2})));
    let parked = place.shown().into_iter().find(|e| e.listed.phase == Phase::Parked).expect("there is one");
    assert_eq!(parked.listed.natural, "E-2");
}

/// The receiver has no place for the answer of one size: until it is divided so far that it has.
#[test]
fn a_message_that_is_too_large_is_divided_and_each_entry_posted_once() {
    for mode in ["sync-none", "async"] {
        let mut place = Place::new(&format!("divided-{mode}"));
        let two = transformed(&place, 2);
        let fault = format!("too-large={}", two + 400);
        place.sandbox(&["--fault", &fault]);
        place.destination(mode, "batch = 9");
        let small = ids("P", 9);
        let records: String = small.iter().map(|id| crate::place::record(id, 2)).collect();
        place.write("in.ndjson", &(records + &crate::place::record("P-large", 60)));
        let (code, said) = place.said(&["send", "receipts.map", "in.ndjson", "--to", "s4"]);
        let end = if mode == "async" { "accepted" } else { "posted" };
        assert_eq!(said["delivery"][0]["states"], json!({"refused": 1, end: 9}), "{mode}: {said}");
        assert_eq!(code, 1);
        place.posted_once(&small, mode);
        let refused = &said["delivery"][0]["entries"][0];
        assert_eq!(refused["entry"], "P-large");
        let words = refused.to_string();
        assert!(words.contains("413") && words.contains("too large"), "it says why: {words}");
        let (_, status) = place.said(&["status"]);
        assert!(status.to_string().contains("413"), "{status}");
    }
}

/// The bytes of an envelope with so many records of two lines.
fn transformed(place: &Place, count: usize) -> usize {
    let records: String = ids("P", count).iter().map(|id| crate::place::record(id, 2)).collect();
    place.write("some.ndjson", &records);
    let output = place.output(&["transform", "receipts.map", "some.ndjson"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout.len()
}

/// A redirect is not followed by a message, a look-up or a request for a token; what was sent is kept.
#[test]
fn nothing_is_sent_to_where_a_redirect_points() {
    std::thread::scope(|scope| {
        for status in [301, 302, 303, 307, 308] {
            scope.spawn(move || redirected(status));
        }
    });
}

fn redirected(status: u16) {
    let elsewhere = Receiver::new(|_, seen| posted(&seen.entries));
    let to = elsewhere.url.clone();
    let receiver = Receiver::new(move |_, _| Answer::empty(status).header("Location", &to));
    let place = Place::new(&format!("redirect-{status}"));
    place.at("sync-none", &receiver.url, "");
    let ids = ids("R", 1);
    let (code, states) = place.send(&ids, &[]);
    assert_eq!((code, states), (4, json!({"sealed": 1})), "{status}");
    let token =
        format!("token_url = \"{}\"\nclient_id = \"me\"\nclient_secret = \"cmd:echo secret\"", receiver.url);
    place.at("sync-none", &elsewhere.url, &token);
    let (code, states) = place.run(&[]);
    assert_eq!((code, states), (4, json!({"sealed": 1})), "{status}");
    assert_eq!(elsewhere.seen(), [], "{status}");
    assert!(receiver.seen().len() >= 2, "{status}: {:?}", receiver.seen());
}
