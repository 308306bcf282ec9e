//! Cuts blocks of lines between documents, so that no document is divided among threads.

use super::worker::Worker;
use crate::json::{Around, Block};
use crate::run::Given;
use std::collections::HashMap;
use std::sync::Arc;

/// Holds back the lines of the document that may go on in the next block.
pub(super) struct Groups {
    /// Lines not yet handed on: of one document, or of all when lines are collected.
    held: Block,
    /// The key of the held lines.
    key: String,
    next: String,
    collected: bool,
}

impl Groups {
    pub(super) fn new(collected: bool) -> Groups {
        Groups { held: Block::default(), key: String::new(), next: String::new(), collected }
    }

    /// Bytes held back.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// The values round the lines held.
    pub(super) fn around(&self) -> Option<&Arc<Around>> {
        self.held.around.as_ref()
    }

    /// Whether a block's lines have other values round them than those held.
    pub(super) fn is_other(&self, block: &Block) -> bool {
        let same = match (&self.held.around, &block.around) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        !self.held.records.is_empty() && !same
    }

    /// Takes the next block of lines; gives the whole documents before the last one, when there are any.
    pub(super) fn add(
        &mut self,
        block: &Block,
        worker: &mut Worker<'_>,
        given: &Given,
        out: &mut Block,
    ) -> bool {
        let count = block.records.len();
        // the last line with a key decides which document is still open
        let last = match self.collected {
            true => None,
            false => (0..count).rev().find(|i| worker.key_of(block, *i, given, &mut self.next)),
        };
        let Some(last) = last else {
            self.held.append(block);
            return false;
        };
        let open = std::mem::take(&mut self.next);
        // broken lines before the first of the open document stay with the line before, as in `sort`; where
        // blocks end must not decide whether a document is the last before a break
        let (mut first, mut alone) = (last, true);
        for index in (0..last).rev() {
            if worker.key_of(block, index, given, &mut self.next) {
                if self.next != open {
                    alone = false;
                    break;
                }
                first = index;
            }
        }
        let goes_on = alone && (self.held.records.is_empty() || self.key == open);
        self.key = open;
        if goes_on {
            self.held.append(block);
            return false;
        }
        self.held.take_all(out);
        block.divide(first, out, &mut self.held);
        true
    }

    /// The input has ended: everything held is whole now.
    pub(super) fn finish(&mut self, worker: &mut Worker<'_>, given: &Given, out: &mut Block) -> bool {
        if self.held.records.is_empty() {
            return false;
        }
        if self.collected {
            self.sort(worker, given);
        }
        self.held.take_all(out);
        self.key.clear();
        true
    }

    /// Lines of one key together, keys in the order they were first met; broken lines stay with the line before.
    fn sort(&mut self, worker: &mut Worker<'_>, given: &Given) {
        let mut groups: HashMap<String, usize> = HashMap::new();
        let mut order = Vec::with_capacity(self.held.records.len());
        let mut group = 0;
        for (index, record) in self.held.records.iter().enumerate() {
            if worker.key_of(&self.held, index, given, &mut self.next) {
                let new = groups.len();
                group = *groups.entry(self.next.clone()).or_insert(new);
            }
            order.push((group, index, *record));
        }
        order.sort_unstable_by_key(|(group, index, _)| (*group, *index));
        for (slot, (_, _, record)) in self.held.records.iter_mut().zip(order) {
            *slot = record;
        }
    }
}
