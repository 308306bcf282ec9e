//! Text → tree.
//!
//! `scan` closes what is open, the grammar cuts the text into statements and reads each, `parse`, `field`, `body`
//! and `expression` build the tree, `mistake` says what is wrong. Nothing here knows names, types or the target.

pub mod tree;

mod body;
mod expression;
mod field;
mod grammar;
mod literal;
mod mistake;
mod parse;
mod scan;
mod words;

#[cfg(test)]
mod tests;

pub use parse::parse;
