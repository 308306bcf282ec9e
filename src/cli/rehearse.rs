//! `jemap send` without sending: what would be taken, and what a receiver says of a simulation.

use crate::book::{Book, EntryKey, Known, content_hash};
use crate::sink::{DocumentInfo, DocumentOutcome, EnvelopeHead, Outcome, Outcomes, Reject, Sink, SinkError};
use crate::wire::SoapSink;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Counts what a book would take; nothing is written.
pub(super) struct Dry<'b> {
    pub(super) book: Option<&'b Book>,
    pub(super) destination: &'b str,
    pub(super) mapping: &'b str,
    pub(super) new: u64,
    pub(super) same: u64,
    pub(super) other: Vec<String>,
    pub(super) rejected: u64,
    seen: BTreeSet<EntryKey>,
}

impl<'b> Dry<'b> {
    pub(super) fn new(book: Option<&'b Book>, destination: &'b str, mapping: &'b str) -> Dry<'b> {
        let seen = BTreeSet::new();
        Dry { book, destination, mapping, new: 0, same: 0, other: vec![], rejected: 0, seen }
    }
}

impl Sink for Dry<'_> {
    fn open(&mut self, _: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        Ok(())
    }
    fn write(&mut self, _: &[u8]) -> Result<(), SinkError> {
        Ok(())
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        let key = EntryKey::of_said(self.destination, self.mapping, document.id);
        let mut original = vec![];
        document.original.write_to(&mut original);
        let known = match self.book {
            None => Known::New,
            Some(book) => book.known(key, content_hash(&original)).map_err(|error| SinkError::Output {
                code: error.code,
                to: "the book".into(),
                message: error.message,
                help: error.help,
            })?,
        };
        match known {
            Known::New if self.seen.insert(key) => self.new += 1,
            Known::New | Known::Same => self.same += 1,
            Known::Other => self.other.push(document.key.to_owned()),
        }
        Ok(())
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        Ok(Outcomes::All(Outcome::Deferred))
    }
    fn reject(&mut self, _: &Reject<'_>) -> Result<(), SinkError> {
        self.rejected += 1;
        Ok(())
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Sends simulations and keeps what is said of each entry.
pub(super) struct Simulation {
    sink: SoapSink,
    names: Vec<String>,
    /// Each entry: its name and what became of it.
    pub(super) said: Vec<(String, DocumentOutcome)>,
    pub(super) rejected: Vec<(String, String)>,
}

impl Simulation {
    pub(super) fn new(sink: SoapSink) -> Simulation {
        Simulation { sink, names: vec![], said: vec![], rejected: vec![] }
    }

    pub(super) fn any(&self, outcome: Outcome) -> bool {
        self.said.iter().any(|(_, said)| said.outcome == outcome)
    }

    pub(super) fn json(&self) -> Value {
        let said = self
            .said
            .iter()
            .map(|(name, said)| json!({"entry": name, "outcome": word(said.outcome), "notes": said.notes}));
        let rejected = self.rejected.iter();
        let rejected =
            rejected.map(|(name, why)| json!({"entry": name, "outcome": "rejected-data", "notes": [why]}));
        json!({"simulated": said.chain(rejected).collect::<Vec<_>>()})
    }

    pub(super) fn text(&self) -> String {
        let said = self
            .said
            .iter()
            .map(|(name, said)| format!("{:<9} {name}  {}\n", word(said.outcome), said.notes.join("; ")));
        let rejected = self.rejected.iter().map(|(name, why)| format!("{:<9} {name}  {why}\n", "mapping"));
        said.chain(rejected).collect()
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "good",
        Outcome::Deferred => "not-taken",
        Outcome::Rejected => "refused",
        Outcome::Unknown => "unknown",
    }
}

impl Sink for Simulation {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        self.sink.open(envelope)
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.sink.write(bytes)
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        let name = if document.key.is_empty() { document.id } else { document.key };
        self.names.push(name.to_owned());
        self.sink.document(document)
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        let outcomes = self.sink.close()?;
        let names = std::mem::take(&mut self.names);
        let each: Vec<DocumentOutcome> = match &outcomes {
            Outcomes::Each(each) => each.clone(),
            Outcomes::All(outcome) => names.iter().map(|_| DocumentOutcome::silent(*outcome)).collect(),
        };
        self.said.extend(names.into_iter().zip(each));
        Ok(outcomes)
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        let name = reject.key.map_or_else(|| reject.place.to_string(), str::to_owned);
        self.rejected.push((name, format!("{}: {}", reject.code.id(), reject.message)));
        Ok(())
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        self.sink.finish()
    }
}
