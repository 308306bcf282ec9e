//! The parser that pest makes of `grammar/jemap.pest`; it knows nothing of the tree.
#![allow(missing_docs)]

/// The parser made from the grammar.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/jemap.pest"]
pub(super) struct Grammar;
