//! An intake that was interrupted: it is shown, nothing of it is sent by itself, and a person completes or drops it.
#![cfg(unix)]

use crate::support::beside::wait;
use crate::support::sandboxed::{RIGHT, Sandboxed, record};
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;

/// Entries of one transaction of the intake.
const GROUP: usize = 1_000;

/// A book in which an intake was killed after its first group.
fn killed(name: &str) -> Sandboxed {
    let place = Sandboxed::new(name, &[]);
    place.write("jemap.toml", &place.read("jemap.toml").replace("batch = 4", "batch = 500"));
    let mut child = place
        .command(&["send", "receipts.map", "-", "--to", "async", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let records: String = (0..GROUP + 100).map(|n| record(&format!("K{n:04}"), RIGHT, "1.00")).collect();
    // the input stays open: the intake cannot come to its end
    let mut input = child.stdin.take().expect("piped");
    input.write_all(records.as_bytes()).expect("it reads");
    // what stands in the reader's buffer is mapped when more comes
    let filler: String = (0..4_000).map(|n| record(&format!("L{n:04}"), RIGHT, "1.00")).collect();
    let writer = std::thread::spawn(move || {
        let _ = input.write_all(filler.as_bytes());
        input
    });
    wait("it is shown", || place.run(&["batch", "list", "--json"]).out.contains("\"entries\":"));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    drop(writer.join());
    place
}

fn incomplete(place: &Sandboxed) -> Vec<Value> {
    place.json(0, &["status"])["incomplete"].as_array().expect("a list").clone()
}

/// The book as it is some minutes later.
fn later(place: &Sandboxed) {
    let book = rusqlite::Connection::open(place.folder.join("jemap.book")).expect("it opens");
    book.execute("UPDATE entry SET updated = updated - 600000", []).expect("it is a book");
}

#[test]
fn it_is_shown_and_completed_by_the_same_input() {
    let place = killed("abandoned-same");
    let found = incomplete(&place);
    assert_eq!(
        (found.len(), &found[0]["source"], &found[0]["destination"]),
        (1, &json!("-"), &json!("async"))
    );
    let taken = found[0]["entries"].as_u64().expect("a number");
    assert!(taken >= GROUP as u64 && taken.is_multiple_of(GROUP as u64), "{taken}");
    let said = place.run(&["status"]);
    assert!(said.out.contains("jemap batch complete N"), "{}", said.out);
    assert!(
        place.json(0, &["run", "--to", "async"])["delivery"][0]["states"] == json!({}),
        "nothing of it is sent"
    );
    assert!(place.ledger("received").is_empty());
    let early = place.run(&["batch", "complete", &found[0]["batch"].to_string(), "--yes"]);
    assert!(
        early.code == 1 && early.err.contains("J718") && early.err.contains("may still be under way"),
        "{}",
        early.err
    );
    let records: String = (0..GROUP + 100).map(|n| record(&format!("K{n:04}"), RIGHT, "1.00")).collect();
    let filler: String = (0..4_000).map(|n| record(&format!("L{n:04}"), RIGHT, "1.00")).collect();
    place.write("in.ndjson", &(records + &filler));
    let said = place.send(0, "in.ndjson", "async");
    assert_eq!(said["intake"]["adopted"], taken);
    assert_eq!(said["delivery"][0]["states"], json!({"accepted": GROUP + 4_100}), "{said}");
    assert_eq!(incomplete(&place), Vec::<Value>::new());
    let none = place.run(&["batch", "drop", "1", "--reason", "x", "--yes"]);
    assert!(none.code == 2 && none.err.contains("no incomplete batch has the number 1"), "{}", none.err);
    assert_eq!(place.run(&["batch", "list"]).out, "every batch is complete\n");
    assert_eq!(place.run(&["store", "check"]).out, "jemap.book is whole\n");
}

#[test]
fn it_is_completed_or_dropped_by_a_person() {
    let place = killed("abandoned-complete");
    later(&place);
    let number = incomplete(&place)[0]["batch"].to_string();
    let taken = incomplete(&place)[0]["entries"].as_u64().expect("a number");
    let asked = place.run(&["batch", "complete", &number]);
    assert!(asked.code == 2 && asked.err.contains("nobody can be asked"), "{}", asked.err);
    let done = place.json(0, &["batch", "complete", &number, "--yes", "--reason", "the rest comes tomorrow"]);
    assert_eq!((&done["entries"], &done["done"]), (&json!(taken), &json!(true)));
    let said = place.json(0, &["run", "--to", "async"]);
    assert_eq!(said["delivery"][0]["states"], json!({"accepted": taken}), "{said}");
    assert_eq!(place.posted().len() as u64, taken);
    assert_eq!(place.run(&["store", "check"]).out, "jemap.book is whole\n");

    let place = killed("abandoned-drop");
    later(&place);
    let number = incomplete(&place)[0]["batch"].to_string();
    let empty = place.run(&["batch", "drop", &number, "--reason", " ", "--yes"]);
    assert!(empty.code == 2 && empty.err.contains("--reason is empty"), "{}", empty.err);
    let done = place.run(&["batch", "drop", &number, "--yes", "--reason", "the wrong file"]);
    assert!(done.code == 0 && done.out.contains("entries closed"), "{}{}", done.out, done.err);
    let said = place.json(0, &["run", "--to", "async"]);
    let closed = said["delivery"][0]["states"]["closed"].as_u64().expect("they are closed");
    assert!(closed >= GROUP as u64 && place.ledger("received").is_empty(), "{said}");
    let events = place.json(0, &["show", "K0000"])["events"].to_string();
    assert!(events.contains("the wrong file") && events.contains("anna"), "{events}");
    assert_eq!(place.run(&["store", "check"]).out, "jemap.book is whole\n");
}
