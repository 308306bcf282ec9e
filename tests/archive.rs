//! `jemap store archive`: what is finished moves into a book of its own, whole and readable; what comes again is known.

use crate::support::sandboxed::{RIGHT, Sandboxed, WRONG, record};
use serde_json::{Value, json};

/// Three batches: posted, posted and closed, one with a refused entry.
fn finished(name: &str) -> Sandboxed {
    let place = Sandboxed::new(name, &[]);
    let one: String = (0..5).map(|n| record(&format!("A{n}"), RIGHT, "10.00")).collect();
    place.write("one.ndjson", &one);
    place.send(0, "one.ndjson", "sync-idem");
    place.write("two.ndjson", &(record("B0", RIGHT, "10.00") + &record("B1", WRONG, "10.00")));
    place.send(1, "two.ndjson", "sync-none");
    place.write("three.ndjson", &(record("C0", RIGHT, "10.00") + &record("C1", WRONG, "10.00")));
    place.send(1, "three.ndjson", "sync-none");
    place.json(0, &["close", "B1", "--yes", "--reason", "by hand"]);
    // as it is in half a year
    let book = rusqlite::Connection::open(place.folder.join("jemap.book")).expect("it opens");
    let earlier = "UPDATE entry SET updated = updated - 15000000000";
    book.execute(earlier, []).expect("it is a book");
    book.execute("UPDATE batch SET ended = ended - 15000000000", []).expect("it is a book");
    place
}

fn export(place: &Sandboxed, book: &str) -> Vec<Value> {
    let said = place.run(&["export", "--book", book]);
    assert_eq!(said.code, 0, "{}", said.err);
    said.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Every entry of the archive is as it was in the book, and the book still knows all.
fn moved(place: &Sandboxed, before: &[Value]) {
    for book in ["jemap.book", "old.book"] {
        let check = place.run(&["store", "check", "--book", book]);
        assert_eq!(check.code, 0, "{book}: {}{}", check.out, check.err);
    }
    let (old, book) = (export(place, "old.book"), export(place, "jemap.book"));
    let mut names: Vec<&str> = old.iter().filter_map(|e| e["natural_key"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["A0", "A1", "A2", "A3", "A4", "B0", "B1"]);
    assert_eq!(book.len(), before.len());
    let of =
        |list: &[Value], key: &Value| list.iter().find(|e| e["key"] == *key).expect("it is there").clone();
    for was in before {
        let here = of(&book, &was["key"]);
        let away = old.iter().any(|e| e["key"] == was["key"]);
        assert_eq!(
            (&here["state"], &here["outcomes"], here["archived"] == true),
            (&was["state"], &was["outcomes"], away)
        );
        if away {
            let mut there = of(&old, &was["key"]);
            // the archive's own chain goes on from that of the book
            there["events"] = was["events"].clone();
            assert_eq!(there, *was);
            assert_eq!(here["revisions"][0]["original"], "");
        } else {
            assert_eq!(here["revisions"], was["revisions"]);
        }
    }
    assert_eq!(
        place.json(0, &["show", "A0", "--book", "old.book"])["outcomes"],
        of(before, &of(&old, &old[0]["key"])["key"])["outcomes"]
    );
    assert!(place.run(&["show", "A0"]).out.contains("its data is in an archive"));
    // what comes again is known
    for (file, count) in [("one.ndjson", 5), ("two.ndjson", 2), ("three.ndjson", 2)] {
        let to = if file == "one.ndjson" { "sync-idem" } else { "sync-none" };
        let said = place.run(&["send", "receipts.map", file, "--to", to, "--json"]).json();
        assert_eq!(
            (&said["intake"]["duplicates"], &said["intake"]["conflicts"]),
            (&json!(count), &json!(0)),
            "{file}"
        );
    }
    assert_eq!(place.posted().values().max(), Some(&1));
    place.write("one.ndjson", &record("A0", RIGHT, "11.00"));
    assert_eq!(place.send(6, "one.ndjson", "sync-idem")["intake"]["conflicting"], json!(["A0"]));
    place.write("new.ndjson", &record("N0", RIGHT, "10.00"));
    place.send(0, "new.ndjson", "sync-none");
}

#[test]
fn finished_batches_move_and_are_known_for_ever() {
    let place = finished("archive");
    let before = export(&place, "jemap.book");
    let said = place.json(0, &["store", "archive", "--before", "90d", "-o", "old.book"]);
    assert_eq!((&said["entries"], &said["batches"], &said["resumed"]), (&json!(7), &json!(2), &json!(false)));
    moved(&place, &before);
    let none = place.json(0, &["store", "archive", "--before", "90d", "-o", "none.book"]);
    assert_eq!((&none["entries"], &none["archive"]), (&json!(0), &json!(null)));
    assert!(!place.folder.join("none.book").exists() && !place.folder.join("none.book.part").exists());
    // once more with the same file changes nothing
    let again = place.json(0, &["store", "archive", "--before", "90d", "-o", "old.book"]);
    assert_eq!((&again["entries"], &again["resumed"]), (&json!(7), &json!(true)));
    for (arguments, code, part) in [
        (&["--before", "90", "-o", "x.book"][..], 2, "is no day and no number of days"),
        (&["--before", "2999-01-01", "-o", "x.book"], 2, "is still to come"),
        (&["--before", "90d", "-o", "jemap.toml"], 5, "J71"),
        (&["--before", "90d", "-o", "jemap.book"], 5, "J71"),
        (&["--before", "90d", "-o", "none/x.book"], 5, "J711"),
        (&["--before", "90d"], 2, "--output <FILE>"),
    ] {
        let said = place.run(&[&["store", "archive"], arguments].concat());
        assert!(said.code == code && said.err.contains(part), "{arguments:?}: {} {}", said.code, said.err);
    }
    assert_eq!(place.run(&["store", "check"]).code, 0);
}

/// The process dies before the archive has its name, and between the archive and the book.
#[test]
fn a_crash_in_between_loses_nothing_and_is_gone_on_from() {
    for point in ["archive.written", "archive.between"] {
        let place = finished(point);
        let before = export(&place, "jemap.book");
        let arguments = ["store", "archive", "--before", "90d", "-o", "old.book"];
        let ended = place.command(&arguments).env("JEMAP_CRASH", point).output().expect("it runs");
        assert_eq!(ended.status.code(), None, "{point}: {}", String::from_utf8_lossy(&ended.stderr));
        assert_eq!(export(&place, "jemap.book"), before, "{point}: all is where it was");
        assert_eq!(place.folder.join("old.book").exists(), point == "archive.between");
        let said = place.json(0, &arguments);
        assert_eq!((&said["entries"], &said["resumed"]), (&json!(7), &json!(point == "archive.between")));
        moved(&place, &before);
    }
}
