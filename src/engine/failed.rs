//! A mistake of jemap itself met with one record costs that record: it is refused, and the others are made as if it
//! were not there. What a thread had in hand when it failed is not trusted any more: it begins the block anew.

use super::worker::{Work, Worker};
use crate::data::Fault;
use crate::diag::Code;
use crate::json::{Block, SyntaxError};
use crate::plan::{Origin, Plan};
use crate::run::Given;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What a thread works on: that is to blame when it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// No record of its own.
    Nothing,
    /// A record, by its number in the block.
    Record(u32),
    /// The document of several lines that begins with this one.
    Document(u32),
}

/// What jemap failed on in one block, with what it said and the key, where that is known.
#[derive(Debug, Default)]
pub(super) struct Failed(Vec<(At, String, String)>);

impl Failed {
    /// Adds the lines that cannot be read for it.
    pub(super) fn mark(&self, records: &[(u32, u32)], bad: &mut Vec<(usize, SyntaxError)>) {
        for (at, said, _) in &self.0 {
            if let At::Record(index) = at {
                let index = *index as usize;
                bad.retain(|(other, _)| *other != index);
                bad.push((index, error(records[index].0, said)));
            }
        }
        bad.sort_by_key(|(index, _)| *index);
    }

    /// Why this is not made, and its key; it begins at this byte.
    pub(super) fn of(&self, at: At, start: u32) -> Option<(Fault, &str)> {
        let (_, said, key) = self.0.iter().find(|(other, ..)| *other == at)?;
        let SyntaxError { code, message, .. } = error(start, said);
        Some((*Fault::at(code, start, message), key))
    }
}

fn error(at: u32, said: &str) -> SyntaxError {
    let message = format!("jemap itself failed on this record, please report it: {said}");
    SyntaxError { code: Code::J526, at: at as usize, message }
}

/// Most characters of what a failure says.
const SAID_MAX: usize = 200;

fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("it did not say why");
    text.chars().take(SAID_MAX).collect()
}

impl<'p> Worker<'p> {
    /// Turns a block into documents. A failure that no record is to blame for goes on to the caller.
    pub(super) fn run(&mut self, work: &mut Work) {
        let mut failed = Failed::default();
        loop {
            self.at = At::Nothing;
            let Err(payload) = catch_unwind(AssertUnwindSafe(|| self.attempt(work, &failed))) else { return };
            let (At::Record(index) | At::Document(index)) = self.at else { resume_unwind(payload) };
            if failed.0.iter().any(|(at, ..)| *at == self.at) {
                resume_unwind(payload);
            }
            let at = self.at;
            self.renew();
            let key = self.key_if_one(work, index as usize);
            failed.0.push((at, said(&*payload), key));
        }
    }

    /// The key of one record of a block of lines: used to cut blocks between documents. Broken lines have none.
    pub(super) fn key_of(&mut self, block: &Block, index: usize, given: &Given, key: &mut String) -> bool {
        let read = catch_unwind(AssertUnwindSafe(|| self.read_key(block, index, given, key)));
        read.unwrap_or_else(|_| {
            self.renew();
            false
        })
    }

    /// The key of what begins with this record, where nothing else can have been meant by it.
    fn key_if_one(&mut self, work: &Work, index: usize) -> String {
        let mut key = String::new();
        let [document] = &self.plan.documents[..] else { return key };
        let (false, Some(given)) = (matches!(document.from, Origin::Each(_)), &work.given) else {
            return key;
        };
        if document.key.is_empty() || !self.key_of(&work.block, index, given, &mut key) {
            key.clear();
        }
        key
    }

    /// Nothing is kept but what was counted, in which the records before the failure are counted twice.
    fn renew(&mut self) {
        let plan: &'p Plan = self.plan;
        let mut new = Worker::new(plan);
        new.reader.add_counts(&self.reader);
        new.frames.add_counts(&self.frames);
        new.frames.numbers_refused = self.frames.numbers_refused;
        *self = new;
    }
}
