//! The pool: one string for constants, static XML and table cells.

use super::Range;
use crate::data::{Buffer, Text};

/// A growing pool; equal texts are kept once.
#[derive(Debug, Default)]
pub struct Pool {
    text: String,
    known: std::collections::HashMap<String, Range>,
}

impl Pool {
    /// Keeps a text.
    pub fn add(&mut self, text: &str) -> Range {
        if let Some(range) = self.known.get(text) {
            return *range;
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        let range = Range { start, end: self.text.len() as u32 };
        self.known.insert(text.to_owned(), range);
        range
    }
    /// Keeps a text as a value.
    pub fn text(&mut self, text: &str) -> Text {
        let range = self.add(text);
        Text { buffer: Buffer::Pool, at: range.start, len: range.end - range.start }
    }
    /// The bytes of a range.
    pub fn get(&self, range: Range) -> &str {
        &self.text[range.start as usize..range.end as usize]
    }
    /// Where the next text will begin.
    pub fn end(&self) -> u32 {
        self.text.len() as u32
    }
    /// Appends as it is, without looking for an equal one.
    pub fn append(&mut self, text: &str) {
        self.text.push_str(text);
    }
    /// The whole string.
    pub fn into_text(self) -> String {
        self.text
    }
}
