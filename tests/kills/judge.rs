//! The judge: what was taken against what the book says against what the ledger says.

use super::ground::{BAD, Desk, Document, Sandbox, record};
use serde_json::Value;
use std::collections::BTreeMap;

/// What the book said, by mode and state.
pub type States = BTreeMap<(String, String), u64>;

/// Ids of entries by the destination they were given to; each is named like its mode.
pub type Given = BTreeMap<&'static str, Vec<String>>;

/// Holds a book in which everything has ended against the ledger:
///
/// - every entry that was given is in the book once, with the data that it was given with, and no other is;
/// - it stands where a person or nobody is waited for, and not where something was forgotten;
/// - the ledger has none twice, and none that the book does not know;
/// - what is said to be posted has the ledger's number, and what was never posted is not said to be;
/// - the book is whole, and something new goes through in the same modes.
#[track_caller]
pub fn judge(sandbox: &Sandbox, desk: &Desk, given: &Given, fresh: &str) -> States {
    let states = hold(sandbox, desk, given);
    for mode in given.keys() {
        let id = format!("{fresh}{}", &mode[mode.len() - 3..]);
        desk.write("fresh.ndjson", &[&id]);
        let (status, said) = desk.run(&["send", "receipts.map", "fresh.ndjson", "--to", mode]);
        assert!(status.success(), "a new one does not go through: {mode} {said}");
        assert_eq!(sandbox.posted().get(&id).map(Vec::len), Some(1), "{mode}: the new one");
    }
    states
}

/// The same, without something new.
#[track_caller]
pub fn hold(sandbox: &Sandbox, desk: &Desk, given: &Given) -> States {
    let posted = sandbox.posted();
    let mut known: BTreeMap<(String, String), Value> = BTreeMap::new();
    for entry in desk.entries() {
        let word = |name: &str| entry[name].as_str().expect("a text").to_owned();
        let key = (word("destination"), word("natural_key"));
        assert!(known.insert(key.clone(), entry).is_none(), "twice in the book: {key:?}");
    }
    let mut states = States::new();
    for (mode, ids) in given {
        for id in ids {
            let entry = known.remove(&((*mode).to_owned(), id.clone()));
            let entry = entry.unwrap_or_else(|| panic!("lost: {id} of {mode}"));
            let revisions = entry["revisions"].as_array().expect("a list");
            let original = revisions[0]["original"].as_str().expect("a text");
            assert_eq!(original.trim(), record(id).trim(), "{mode}: other data than was given");
            let found = posted.get(id).map_or(&[][..], Vec::as_slice);
            let state = one(mode, id, &entry, found);
            *states.entry(((*mode).to_owned(), state)).or_default() += 1;
        }
    }
    assert!(known.is_empty(), "nobody gave these: {:?}", known.keys());
    let (status, said) = desk.run(&["store", "check"]);
    assert!(status.success(), "{said}");
    states
}

/// Where one entry stands, if it may.
#[track_caller]
fn one(mode: &str, id: &str, entry: &Value, found: &[Document]) -> String {
    let state = entry["state"].as_str().expect("a text");
    assert!(found.len() <= 1, "posted twice: {id} of {mode}, as {found:?}");
    let bad = id.ends_with(BAD);
    let here: Vec<Document> = entry["outcomes"].as_array().expect("a list").iter().filter_map(said).collect();
    match (mode, state) {
        ("sync-idem" | "sync-lookup" | "sync-none", "posted") => {
            assert_eq!(here.last(), found.first(), "{mode} {id}: another number than the ledger's");
            assert!(!bad && !found.is_empty(), "{mode} {id}");
        }
        ("async", "posted") => {
            // by a confirmation
            assert_eq!(here.last(), found.first(), "{id}: another number than the ledger's");
            assert!(!bad && !found.is_empty(), "{id}");
        }
        ("async", "accepted") => assert_eq!(found.len(), usize::from(!bad), "{mode} {id}"),
        ("sync-idem" | "sync-lookup" | "sync-none", "refused") => {
            assert!(bad && found.is_empty(), "{mode} {id}")
        }
        // a person looks; it is there or not
        ("sync-none", "parked") => {}
        _ => panic!("{id} of {mode} is {state}, and the ledger has {found:?}: {entry}"),
    }
    state.to_owned()
}

/// The document of an outcome that is one.
fn said(outcome: &Value) -> Option<Document> {
    let part = |name: &str| Some(outcome["posted"][name].as_str()?.to_owned());
    Some(Document { number: part("document")?, company: part("company")?, year: part("year")? })
}
