//! The account of a run: what came in, and what became of each part of it.
//!
//! It counts; it does not know how documents are made. [`RunReport::text`] is for people,
//! [`RunReport::to_json`] for programs.

mod json;
mod problem;
mod text;

pub use problem::Problem;
#[cfg(feature = "cli")]
pub(crate) use text::grouped;

use crate::data::Decimal;
use crate::diag::Code;
use crate::sink::Place;
use std::time::Duration;

/// Documents and their lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Documents.
    pub documents: u64,
    /// Lines of these documents; of a line source, the objects read.
    pub lines: u64,
}

/// What can become of a document or line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fates<T> {
    /// Came in.
    pub read: T,
    /// Was written.
    pub written: T,
    /// Was refused.
    pub rejected: T,
    /// Was left out, as the mapping says.
    pub dropped: T,
}

/// Both sides of an account, each as a positive number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    /// Sum of the amounts above zero.
    pub debit: Decimal,
    /// Sum of the amounts below zero, its sign left out.
    pub credit: Decimal,
}

impl Default for Sides {
    fn default() -> Sides {
        Sides { debit: Decimal::ZERO, credit: Decimal::ZERO }
    }
}

/// Sums of one currency in one company code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums {
    /// The currency; empty where a document was refused before it was known.
    pub currency: String,
    /// The company code; empty where a document was refused before it was known.
    pub company: String,
    /// The sums.
    pub fates: Fates<Sides>,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Bytes, unpacked.
    pub bytes: u64,
    /// Records or lines found in it.
    pub records: u64,
}

/// A key that the mapping does not declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// As it stands in the input, after the way to it within a record: `entries[].batch`.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// What was left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// As the mapping says it.
    pub reason: String,
    /// How much.
    pub count: Count,
}

/// Values that `cut` made shorter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The element they were written to.
    pub element: String,
    /// How many.
    pub count: u64,
}

/// How often a declared field had a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the mapping.
    pub name: String,
    /// Objects in which it was present.
    pub seen: u64,
    /// Objects it was looked for in.
    pub of: u64,
}

/// Keys that a table does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The table.
    pub table: String,
    /// The key, parts joined by `, `.
    pub key: String,
    /// How often it was looked for.
    pub count: u64,
}

/// Rejects of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectGroup {
    /// The kind of mistake.
    pub code: Code,
    /// The message of the first; others of the group may differ in their values.
    pub message: String,
    /// How many.
    pub count: Count,
    /// Where the first is.
    pub first: Place,
    /// The statement that refused them: file, line, column; where there is one.
    pub rule: Option<(String, usize, usize)>,
}

/// The account of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunReport {
    /// The mapping's name.
    pub mapping: String,
    /// Its version, 0 when it has none.
    pub version: u64,
    /// What was written: `s4.journal_entry 2024`.
    pub target: String,
    /// `run.id`
    pub run_id: String,
    /// `run.time`
    pub run_time: String,
    /// The inputs, in order.
    pub inputs: Vec<Input>,
    /// Documents and lines.
    pub counts: Fates<Count>,
    /// Sums by currency and company code, sorted by both.
    pub sums: Vec<Sums>,
    /// Reasons of what was left out, sorted.
    pub drops: Vec<Dropped>,
    /// Kinds of rejects, the most frequent first.
    pub rejects: Vec<RejectGroup>,
    /// Cuts, in the order of the target.
    pub cuts: Vec<Cut>,
    /// Declared fields, in the order of the mapping.
    pub fields: Vec<Field>,
    /// Keys in the input that the mapping does not declare, counted each time.
    pub unknown_keys: u64,
    /// Amounts and rates that could not be read: what they stand for is in no sum.
    pub numbers_refused: u64,
    /// The most frequent of them, by their paths; at most 20. None when there are 1,000 names and more,
    /// because not all of them are told apart then.
    pub unknown_names: Vec<UnknownName>,
    /// Table misses, the most frequent first.
    pub misses: Vec<Miss>,
    /// Envelopes written.
    pub envelopes: u64,
    /// Bytes written.
    pub bytes: u64,
    /// What the sink said of the written documents when their envelope was closed: accepted, deferred,
    /// rejected, unknown.
    pub outcomes: [u64; 4],
    /// How long it took.
    pub elapsed: Duration,
    /// The run was ended before its inputs were: of the last envelope, what counts as written is not kept.
    pub ended_early: bool,
}

impl RunReport {
    /// Declared fields that never had a value although they were looked for: probably misspelt.
    pub fn fields_never_seen(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|f| f.seen == 0 && f.of > 0)
    }
}
