//! What is damaged or changed is found, and books of earlier versions are brought to this one.

use super::{Folder, clock, count, open, send};
use crate::book::{Action, Book, Confirming, EntryKey, MemberResult, Part, Posted, Recorded};
use crate::book::{Says, Sealing, Terms, Who};
use crate::fate::{Answer, Mode, Phase};
use rusqlite::types::Value;
use rusqlite::{Connection, params};
use std::path::Path;

/// A book in which every table has rows: posted, refused, in doubt, refused data, and some that wait.
fn filled(path: &Path) {
    let mut book = Book::open(path, clock(1_000).0).unwrap();
    send(&mut book, Mode::SyncLookup, 0..6, "ä & ö").unwrap();
    let mut intake = super::begin(&mut book, Mode::SyncLookup);
    let refused = crate::book::Refused {
        natural: Some("N-000009"),
        code: "J518",
        message: "off by 1.00",
        place: "a.json:1:1",
        original: b"{\"number\":9}",
        cut: true,
    };
    intake.refuse(&refused).unwrap();
    super::finish(intake).unwrap();
    let (epoch, _) = book.begin_sending().unwrap();
    for answer in [Answer::Posted, Answer::Unknown] {
        let order = Sealing { destination: "s4", documents_max: 2, bytes_max: 1 << 20 };
        book.turn(|turn| turn.seal(&order)).unwrap().unwrap();
        let claim = book.turn(|turn| turn.claim("s4", "w", epoch, 60_000)).unwrap().unwrap();
        let posted = Posted { document: "1900000001".into(), year: "2026".into(), company: "1010".into() };
        let posted = (answer == Answer::Posted).then_some(posted);
        let one = MemberResult { answer, posted, severity: Some(1), notes: "[]".into(), cause: None };
        let two = MemberResult {
            answer: if answer == Answer::Posted { Answer::Refused } else { answer },
            posted: None,
            notes: "[{\"text\":\"no\"}]".into(),
            cause: (answer == Answer::Posted).then(|| "F5 808".into()),
            ..one.clone()
        };
        let recorded = Recorded {
            envelope: claim.envelope,
            attempt: claim.attempt,
            class: "answered",
            status: Some(200),
            problem: Some("none"),
            answer: b"<answer>of some length</answer>",
            members: &[one, two],
            again: 5_000,
        };
        assert!(book.turn(|turn| turn.record(&recorded)).unwrap());
    }
    let key = EntryKey::parse(&super::said("N-000002")).unwrap().0;
    let who = Who { name: "anna", reason: "found in the receiver" };
    let found = Posted { document: "1900000077".into(), year: "2026".into(), company: "1010".into() };
    book.act(key, &Action::Settle(found), who).unwrap();
    let stray = Part {
        reference: Some("X-1".into()),
        says: Says::Posted(Posted::default()),
        severity: Some(1),
        notes: "[]".into(),
        cause: Some("F5 808".into()),
    };
    let confirming = Confirming {
        uuid: Some("7f1c"),
        message: Some("m-1"),
        sender: Some("QX1"),
        created: Some("2026-04-01T00:00:00Z"),
        source: "test",
        body: b"<confirmation/>",
        digest: [7; 32],
        parts: &[stray],
    };
    book.turn(|turn| turn.confirm(&confirming)).unwrap();
    assert_eq!(book.check(), []);
}

/// The value with one bit flipped.
fn flipped(value: &Value, bit: usize) -> Value {
    let flip = |bytes: &mut Vec<u8>| {
        let at = bit % (bytes.len() * 8);
        bytes[at / 8] ^= 1 << (at % 8);
    };
    match value {
        Value::Integer(number) => Value::Integer(number ^ 1 << (bit % 48)),
        Value::Text(text) => {
            let mut bytes = text.clone().into_bytes();
            flip(&mut bytes);
            Value::Blob(bytes)
        }
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            flip(&mut bytes);
            Value::Blob(bytes)
        }
        other => other.clone(),
    }
}

/// How many bits a value has, at most those that are tried.
fn bits(value: &Value) -> usize {
    match value {
        Value::Integer(_) => 48,
        Value::Text(text) => text.len() * 8,
        Value::Blob(bytes) => bytes.len() * 8,
        _ => 0,
    }
}

/// Columns of what was taken, sealed, answered and said, and those of an entry that other rows repeat.
const CONTENT: [(&str, &str); 12] = [
    ("batch", "source destination mode mapping version hash path params complete began sum"),
    ("template", "head said_id said_uuid tail sum"),
    ("piece", "length body sum"),
    ("entry", "key natural_key position mode revision received envelope"),
    (
        "revision",
        "n content template piece json_at json_length xml_at xml_length said refusal author reason made sum",
    ),
    ("envelope", "message_id destination documents length sha body made sum"),
    ("member", "position entry revision"),
    ("attempt", "n worker epoch started deadline ended class status problem answer sum"),
    ("outcome", "entry revision attempt kind document year company severity notes at"),
    ("confirmation", "name digest message sender created source entries length body received sum"),
    ("stray", "reference kind document year company severity notes cause why sum"),
    ("event", "seq at entry envelope kind detail hash"),
];

#[test]
fn one_flipped_bit_in_any_column_with_content_is_found() {
    let folder = Folder::new();
    filled(&folder.book());
    let book = open(&folder.book());
    let db = &book.connection;
    db.pragma_update(None, "foreign_keys", false).unwrap();
    let (mut tried, mut seed) = (0, 7usize);
    for (table, columns) in CONTENT {
        let row = match table {
            "revision" => "entry || ' ' || n",
            "member" => "envelope || ' ' || position",
            "stray" => "confirmation || ' ' || position",
            _ => "rowid",
        };
        for column in columns.split(' ') {
            let sql = format!("SELECT {row}, {column} FROM {table} WHERE {column} IS NOT NULL");
            let mut statement = db.prepare(&sql).unwrap();
            let values = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
            let values: Vec<(Value, Value)> = values.collect::<Result<_, _>>().unwrap();
            assert!(!values.is_empty(), "{table}.{column} has no values");
            for (at, value) in values {
                // some bits of each value, others in each
                let all = bits(&value);
                let step = (all / 12).max(1);
                seed += 1;
                for bit in (seed % step..all).step_by(step) {
                    let new = if matches!(value, Value::Text(_)) { "CAST(?2 AS TEXT)" } else { "?2" };
                    let sql = format!("UPDATE {table} SET {column} = {new} WHERE {row} = ?1");
                    let trial = db.unchecked_transaction().unwrap();
                    // what a key or a type does not allow cannot be tried by a statement
                    if trial.execute(&sql, params![at, flipped(&value, bit)]).is_ok() {
                        let found = book.check();
                        assert!(!found.is_empty(), "{table}.{column} of {at:?}, bit {bit} of {value:?}");
                        tried += 1;
                    }
                    trial.rollback().unwrap();
                }
            }
        }
    }
    assert_eq!(book.check(), []);
    assert!(tried > 3_000, "{tried}");
}

/// All that can be read of the columns with content, and of those of entries that an index repeats.
fn read(path: &Path) -> Result<Vec<Value>, rusqlite::Error> {
    let db = Connection::open(path)?;
    let mut all = vec![];
    for (table, columns) in CONTENT.into_iter().chain([("entry", "id batch phase company cause updated")]) {
        let columns: Vec<String> = columns
            .split(' ')
            .map(|c| format!("CASE typeof({c}) WHEN 'text' THEN CAST({c} AS BLOB) ELSE {c} END"))
            .collect();
        for column in columns {
            let mut statement = db.prepare(&format!("SELECT {column} FROM {table} NOT INDEXED"))?;
            let values = statement.query_map([], |r| r.get(0))?;
            all.extend(values.collect::<Result<Vec<Value>, _>>()?);
        }
    }
    Ok(all)
}

#[test]
fn a_flipped_bit_in_the_file_is_found_or_changes_nothing_that_is_read() {
    let folder = Folder::new();
    filled(&folder.book());
    let whole = folder.0.join("whole.book");
    open(&folder.book()).backup(&whole).unwrap();
    let (bytes, said) = (std::fs::read(&whole).unwrap(), read(&whole).unwrap());
    let copy = folder.0.join("copy.book");
    let mut seed = 1u64;
    let (mut refused, mut named, mut harmless) = (0, 0, 0);
    while refused + named + harmless < 600 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = (seed >> 20) as usize % (bytes.len() * 8);
        if bytes[at / 8] == 0 {
            // most of a small book is room that nothing uses yet
            continue;
        }
        let mut flipped = bytes.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        std::fs::write(&copy, &flipped).unwrap();
        match Book::read_only(&copy, clock(0).0) {
            Err(_) => refused += 1,
            Ok(damaged) if !damaged.check().is_empty() => named += 1,
            Ok(damaged) => {
                drop(damaged);
                assert!(read(&copy).is_ok_and(|now| now == said), "bit {at}");
                harmless += 1;
            }
        }
    }
    println!("{refused} refused at the start, {named} named by the check, {harmless} in unused places");
    assert!(named > 100, "{refused} {named} {harmless}");
}

/// A book that the program wrote before rows had sums: bulk entries under way and accepted, refused data; by
/// look-up two in doubt, one refused, one posted.
#[test]
fn a_book_of_version_1_goes_on() {
    let folder = Folder::new();
    let path = folder.book();
    Connection::open(&path).unwrap().execute_batch(include_str!("book_1.sql")).unwrap();
    let error = Book::read_only(&path, clock(0).0).err().unwrap();
    assert!(error.message.contains("version 1") && error.help.is_some(), "{error}");
    let now = 1_795_617_310_000;
    let (time, moves) = clock(now);
    let mut book = Book::open(&path, time).unwrap();
    assert_eq!(book.check(), []);
    let states =
        [Phase::Sending, Phase::InDoubt, Phase::Accepted, Phase::Refused, Phase::RejectedData, Phase::Posted];
    assert_eq!(states.map(|phase| count(&book, phase)), [2, 2, 2, 1, 1, 1]);
    let (epoch, doubts) = book.begin_sending().unwrap();
    assert_eq!((epoch, doubts), (4, 2), "what was under way is in doubt");
    let terms = Terms { settle: 60_000, memory: 3_600_000, overdue: 7_200_000, look_again: 30_000 };
    // the bulk envelope goes out again under its id
    let claim = book.turn(|turn| turn.claim("bulk", "w", epoch, now + 60_000)).unwrap().unwrap();
    assert_eq!((claim.attempt, claim.members.len()), (2, 2));
    let looks = book.turn(|turn| turn.looks("one", &terms, 10)).unwrap();
    assert_eq!(looks.iter().map(|look| look.settled).collect::<Vec<_>>(), [false; 2]);
    let deadline: i64 =
        book.connection.query_row("SELECT deadline FROM entry WHERE id = 6", [], |r| r.get(0)).unwrap();
    let next = book.turn(|turn| turn.next_at("one", &terms)).unwrap();
    assert_eq!(next, Some(deadline + 60_000));
    moves.store(deadline + 60_000, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(book.turn(|turn| turn.clock("one", &terms)).unwrap(), 2, "both have settled");
    let looks = book.turn(|turn| turn.looks("one", &terms, 10)).unwrap();
    assert!(looks.len() == 2 && looks.iter().all(|look| look.settled), "{looks:?}");
    assert_eq!(book.turn(|turn| turn.clock("bulk", &terms)).unwrap(), 0);
    moves.store(now + 8_000_000, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(book.turn(|turn| turn.clock("bulk", &terms)).unwrap(), 2, "no confirmation came");
    assert_eq!(count(&book, Phase::Overdue), 2);
    send(&mut book, Mode::Async, 0..5, "new").unwrap();
    assert_eq!(book.check(), []);
    drop(book);
    assert_eq!(open(&path).check(), [], "it is raised once");
}
