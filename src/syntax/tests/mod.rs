//! Tests of the parser: trees as text, mistakes as reports.

mod corpus;
mod limits;
mod print;
mod trees;
mod wrong;

use super::grammar::Rule;
use crate::diag::{Reports, Sources};
use crate::syntax::tree::File;
use pest::iterators::Pairs;
use std::cell::RefCell;

thread_local! {
    /// The rules of the grammar that were used in this thread.
    static REACHED: RefCell<Vec<Rule>> = const { RefCell::new(Vec::new()) };
}

/// Remembers which rules the parser used.
pub(super) fn reached(pairs: Pairs<'_, Rule>) {
    REACHED.with_borrow_mut(|reached| {
        for pair in pairs.flatten() {
            if !reached.contains(&pair.as_rule()) {
                reached.push(pair.as_rule());
            }
        }
    });
}

/// Parses a text under the name `t.map`.
fn parsed(text: &str) -> (File, Reports) {
    let mut sources = Sources::default();
    let source = sources.add("t.map", text);
    let (file, list) = crate::syntax::parse(text, source);
    (file, Reports { sources, list })
}

/// The tree of a text that has no mistakes.
#[track_caller]
fn tree(text: &str) -> String {
    let (file, reports) = parsed(text);
    assert_eq!(reports.to_string(), "");
    print::file(&file)
}

/// What is said about a wrong text.
fn said(text: &str) -> String {
    parsed(text).1.to_string()
}
