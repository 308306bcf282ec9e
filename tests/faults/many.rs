//! Many at once: a hundred thousand refusals are told by their causes, and ten thousand entries that wait for a
//! slow receiver do not fill the memory.

use crate::hostile::{Measured, measured};
use crate::place::{Place, clock, ids, record};
use jemap::book::{Batch, Book, MemberResult, Recorded, Sealing, Taken, Template};
use jemap::fate::{Answer, Mode};
use jemap::run::EntryId;
use serde_json::json;
use std::time::{Duration, Instant};

/// How many: `JEMAP_REFUSALS`, or a hundred thousand, or a tenth where the program is not optimised.
fn refusals() -> usize {
    let usual = if cfg!(debug_assertions) { 10_000 } else { 100_000 };
    std::env::var("JEMAP_REFUSALS").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

#[test]
fn refusals_in_masses_are_told_by_their_causes() {
    let place = Place::new("refusals");
    place.at("sync-none", "http://127.0.0.1:1/x", "");
    let count = refusals();
    refuse(&place, count);
    let began = Instant::now();
    let (code, status) = place.said(&["status"]);
    let took = began.elapsed();
    println!("jemap status of {count} refusals: {} ms, the process with it", took.as_millis());
    assert_eq!(code, 0);
    let causes = status["causes"].as_array().expect("a list");
    let counts: Vec<(String, u64)> = causes
        .iter()
        .map(|c| (c["cause"].as_str().expect("a text").to_owned(), c["entries"].as_u64().expect("a number")))
        .collect();
    let total: u64 = counts.iter().map(|(_, n)| n).sum();
    assert_eq!((counts.len(), total, counts[0].0.as_str()), (2, count as u64, "F5 808"), "{counts:?}");
    let began = Instant::now();
    let listed = place.output(&["list", "--code", "F5 808", "--limit", "50"]);
    println!("jemap list by a cause: {} ms, the process with it", began.elapsed().as_millis());
    assert_eq!(String::from_utf8_lossy(&listed.stdout).matches("F5 808").count(), 50);
    // What a run says of them is short.
    let said = place.output(&["run"]);
    let words = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.code() == Some(1) && words.lines().count() < 30, "{words}");
}

/// Entries that were sent and refused, as a sender writes it.
fn refuse(place: &Place, count: usize) {
    let mut book = Book::open(&place.book(), clock()).expect("it is made");
    let batch = Batch {
        source: "in.ndjson".into(),
        destination: "s4".into(),
        mode: Mode::SyncNone,
        mapping: ("receipts".into(), 3),
        hash: [0; 32],
        path: "receipts.map".into(),
        params: "{}".into(),
    };
    let mut intake = book.intake(batch).expect("it begins");
    intake
        .template(&Template { head: b"<M><ID>E0</ID><U>u-0</U>", id: "E0", uuid: "u-0" })
        .expect("it is kept");
    for n in 0..count {
        let natural = format!("N-{n:06}");
        let id = EntryId::derive("jemap-entry/1", &["s4", "receipts", &natural, ""]);
        let said = String::from_utf8_lossy(&id.entry_text(0)).into_owned();
        let (original, xml) = (format!("{{\"n\":{n}}}"), format!("<D><ID>{said}</ID></D>"));
        let taken = Taken {
            natural: &natural,
            said: &said,
            lines: 2,
            company: Some("1010"),
            original: original.as_bytes(),
            xml: xml.as_bytes(),
        };
        intake.take(&taken).expect("it is taken");
    }
    intake.tail(b"</M>").expect("it is kept");
    intake.finish().expect("it is complete");
    let (epoch, _) = book.begin_sending().expect("it begins");
    let order = Sealing { destination: "s4", documents_max: 1_000, bytes_max: 4 << 20 };
    let deadline = clock()() + 60_000;
    let mut done = 0;
    while done < count {
        book.turn(|turn| {
            turn.seal(&order)?;
            let claim = turn.claim("s4", "w", epoch, deadline)?.expect("it is due");
            let members: Vec<MemberResult> = (0..claim.members.len()).map(|n| refused(done + n)).collect();
            done += members.len();
            turn.record(&Recorded {
                envelope: claim.envelope,
                attempt: claim.attempt,
                class: "answered",
                status: Some(200),
                problem: None,
                answer: b"<refused/>",
                members: &members,
                again: 0,
            })
        })
        .expect("it is written");
    }
}

fn refused(n: usize) -> MemberResult {
    let (cause, text) =
        if n.is_multiple_of(10) { ("F5 507", "no such account") } else { ("F5 808", "a field is missing") };
    let (class, number) = cause.split_once(' ').expect("two words");
    MemberResult {
        answer: Answer::Refused,
        posted: None,
        severity: Some(3),
        notes: json!([{"class": class, "number": number, "severity": 3, "text": text, "variables": []}])
            .to_string(),
        cause: Some(cause.to_owned()),
    }
}

/// Ten thousand entries wait while a receiver answers a byte a second, and then goes away.
#[test]
fn ten_thousand_that_wait_for_a_slow_receiver_fill_no_memory() {
    let settings = "batch = 50\nconnect_timeout = \"1s\"\nanswer_timeout = \"1s\"\nconcurrency = 64";
    let place = Place::with("slow-many", "async", &["--fault", "slow=1"], settings);
    let records: String = ids("M", 10_000).iter().map(|id| record(id, 2)).collect();
    place.write("in.ndjson", &records);
    let command = place.command(&["send", "receipts.map", "in.ndjson", "--to", "s4", "-q"]);
    let Measured { peak_kib, cpu, code } = measured(command, Duration::from_secs(120));
    println!(
        "10,000 entries at a receiver of a byte a second: {peak_kib} KiB, {} ms of CPU",
        cpu.as_millis()
    );
    assert!(code == Some(4) || code == Some(3), "{code:?}");
    assert!(peak_kib <= 128 * 1024, "{peak_kib} KiB");
    let entries = Book::read_only(&place.book(), clock()).expect("a book").counts().expect("counts");
    assert_eq!(entries.iter().map(|c| c.entries).sum::<u64>(), 10_000);
    assert!(place.posted().values().all(|times| *times == 1));
}
