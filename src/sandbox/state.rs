//! What the sandbox remembers: documents, ids it has seen, entries that wait for somebody to mend them.

use super::read::Entry;
use super::rules::{Note, Rules};
use crate::contract::ElementId;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// A posted document.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) number: String,
    pub(super) company: String,
    pub(super) year: String,
    /// Values it can be looked up by: field and value.
    pub(super) references: Vec<(&'static str, String)>,
}

/// What became of one entry.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Posted(Document),
    /// A simulation without errors.
    Checked,
    Refused(Vec<Note>),
}

/// An asynchronous entry that failed.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) entry: Entry,
    pub(super) message: String,
    pub(super) bulk: String,
    pub(super) sender: String,
    pub(super) notes: Vec<Note>,
}

/// The memory.
#[derive(Debug, Default)]
pub(super) struct State {
    numbers: HashMap<(String, String), u32>,
    pub(super) documents: Vec<Document>,
    /// Places in `documents`, by field and value.
    index: HashMap<&'static str, HashMap<String, Vec<usize>>>,
    /// Transport ids of asynchronous messages, and when each was first seen.
    pub(super) seen: HashMap<String, Instant>,
    /// Documents by the UUID of a synchronous message and the place of the entry in it.
    pub(super) answered: HashMap<(String, usize), Document>,
    refused: HashMap<(usize, String), u32>,
    pub(super) inbox: BTreeMap<u64, Held>,
    pub(super) held: u64,
}

/// The elements that posting needs.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) posting_date: Option<ElementId>,
    pub(super) references: Vec<(&'static str, ElementId)>,
}

impl State {
    /// Whether a transport id was not seen within this time, or ever; from now on it was.
    pub(super) fn is_new(&mut self, transport: &str, remember: Option<Duration>) -> bool {
        let now = Instant::now();
        let known = self.seen.get(transport);
        if known.is_some_and(|at| remember.is_none_or(|time| now.duration_since(*at) < time)) {
            return false;
        }
        self.seen.insert(transport.to_owned(), now);
        true
    }

    /// Posts an entry, or says why not.
    pub(super) fn post(&mut self, entry: &Entry, rules: &Rules, places: &Places) -> Outcome {
        let mut notes = vec![];
        for (number, rule) in rules.all.iter().enumerate() {
            let Some(note) = rules.note(rule, entry) else { continue };
            if let Some(first) = rule.first {
                let times = self.refused.entry((number, entry.id.clone())).or_default();
                *times += 1;
                if *times > first {
                    continue;
                }
            }
            notes.push(note);
        }
        if !notes.is_empty() {
            return Outcome::Refused(notes);
        }
        if entry.simulate {
            return Outcome::Checked;
        }
        let references = places.references.iter().filter_map(|(name, id)| {
            let value = entry.value(*id).filter(|v| !v.is_empty())?;
            Some((*name, value.to_owned()))
        });
        let year = year(entry, places);
        let number = self.numbers.entry((entry.company.clone(), year.clone())).or_insert(100_000_000);
        *number += 1;
        let document = Document {
            number: format!("{number:010}"),
            company: entry.company.clone(),
            year,
            references: references.collect(),
        };
        for (field, value) in &document.references {
            let values = self.index.entry(field).or_default();
            values.entry(value.clone()).or_default().push(self.documents.len());
        }
        self.documents.push(document.clone());
        Outcome::Posted(document)
    }

    /// Documents by a value of one of the fields they can be looked up by.
    pub(super) fn look_up(&self, field: &str, value: &str) -> Vec<&Document> {
        let found = self.index.get(field).and_then(|values| values.get(value));
        found.map(|places| places.iter().map(|i| &self.documents[*i]).collect()).unwrap_or_default()
    }
}

/// The fiscal year: that of the posting date.
pub(super) fn year(entry: &Entry, places: &Places) -> String {
    let date = places.posting_date.and_then(|id| entry.value(id)).unwrap_or_default();
    date.get(..4).filter(|y| y.bytes().all(|b| b.is_ascii_digit())).unwrap_or("0000").to_owned()
}
