//! Books that an earlier version of the program wrote, with requests under way: this one brings them up to date
//! and comes to the end of everything in them.

use super::ground::Sandbox;
use super::judge::{Given, States, judge};
use crate::beside::MODES;
use rusqlite::Connection;
use std::os::unix::process::ExitStatusExt;

/// Version 1 of the schema, as the program of commit 59ed82d wrote it. In each mode: two entries of a receiver that
/// could not be reached, four that were taken after it, and two of a batch that was killed half taken; then the
/// program was killed after the intents of two envelopes were written, before a byte of them left.
const BOOK_1: &str = include_str!("../data/book_1.sql");

const SETTINGS: &str = "connect_timeout = \"1s\"\nanswer_timeout = \"7s\"\nsettle = \"100ms\"\nbatch = 2";

fn ids(kind: &str, mode: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{kind}-{}-{n}", &mode[mode.len() - 4..])).collect()
}

#[test]
fn a_book_of_version_1_comes_to_its_end() {
    let sandbox = Sandbox::start("upgrade", &["--idempotent"]);
    let desk = sandbox.desk("desk", SETTINGS);
    let old = Connection::open(desk.book()).expect("it is made");
    old.execute_batch(BOOK_1).expect("it is a book");
    let count = |sql: &str| old.query_row(sql, [], |row| row.get::<_, u32>(0)).expect("a number");
    assert_eq!(count("SELECT count(*) FROM entry WHERE phase = 3"), 16, "requests are under way");
    assert_eq!(count("SELECT count(*) FROM batch WHERE complete = 0"), 4);
    if cfg!(debug_assertions) {
        // killed before the commit, it is of version 1 still: it is brought up to date at once or not at all
        let output = desk.command(&["run"]).env("JEMAP_CRASH", "schema.before").output().expect("it runs");
        assert_eq!(output.status.signal(), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
        let version: i32 = old.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a number");
        assert_eq!(version, 1);
    }
    drop(old);
    let mut given = Given::new();
    for mode in MODES {
        desk.write("half.ndjson", &ids("h", mode, 2));
        let (status, said) = desk.run(&["send", "receipts.map", "half.ndjson", "--to", mode]);
        assert!(matches!(status.code(), Some(0 | 3)), "{mode}: {status} {said}");
        given.insert(mode, [ids("s", mode, 2), ids("d", mode, 4), ids("h", mode, 2)].concat());
    }
    let (status, said) = desk.run(&["run", "--wait"]);
    assert_eq!(status.code(), Some(3), "{said}");
    let states = judge(&sandbox, &desk, &given, "fresh");
    let expected = [
        ("async", "accepted", 8),
        ("sync-idem", "posted", 8),
        ("sync-lookup", "posted", 8),
        // nobody knows whether what was under way is there
        ("sync-none", "parked", 4),
        ("sync-none", "posted", 4),
    ];
    let expected = expected.map(|(mode, state, count)| ((mode.to_owned(), state.to_owned()), count));
    assert_eq!(states, States::from(expected));
}
