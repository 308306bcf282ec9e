//! A loaded table and how its rows are found.

use super::index::{Index, hash, hash_bytes, order, same};
use crate::data::{Buffer, Text, Texts, Value};
use crate::diag::Span;
use crate::json::Decode;
use std::cmp::Ordering;

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name in the mapping.
    pub name: String,
    /// Its name in the file: the header's cell, or the key of the row's object.
    pub header: String,
    /// How its cells are understood.
    pub decode: Decode,
    /// Empty cells are allowed.
    pub optional: bool,
    /// Spellings that mean an empty cell.
    pub none: Vec<String>,
    /// What it is for.
    pub role: Role,
    /// Where the mapping declares it.
    pub span: Span,
}

/// By how many values rows may be found: those who look up keep them in one place of this size.
pub const KEYS_MAX: usize = 8;

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Rows are found by it.
    Key,
    /// The first value of a range rows are found by.
    From,
    /// The last value of a range, which belongs to it.
    To,
    /// It is what is looked up.
    Value,
}

/// A loaded table.
///
/// Cell texts lie in the table's own `pool` until the plan appends that to its own and calls
/// [`Table::rebase`].
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Rows × columns.
    pub cells: Vec<Value>,
    /// Texts of cells (`Buffer::Pool` offsets into this).
    pub pool: String,
    /// What a lookup gives, in the order of the columns.
    pub(super) parts: Vec<Part>,
    pub(super) index: Index,
    /// Rows with equal key columns, first..end: only where there is a range to be found among them.
    pub(super) groups: Vec<(u32, u32)>,
}

/// One of the values a lookup gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Equal to this column.
    Key(usize),
    /// Between these columns, both included.
    Range { from: usize, to: usize },
}

impl Table {
    /// The columns a lookup gives values for, in their order: `key` columns, and `from` for a range.
    pub fn keys(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|c| matches!(c.role, Role::Key | Role::From))
    }
    /// How many rows there are.
    pub fn rows(&self) -> u32 {
        (self.cells.len() / self.columns.len().max(1)) as u32
    }
    /// A cell.
    #[inline]
    pub fn cell(&self, row: u32, column: usize) -> Value {
        self.cells[row as usize * self.columns.len() + column]
    }
    /// The row with these keys, in the order of [`Table::keys`]. Numbers are compared by value, texts byte by
    /// byte; in a range, texts are compared with texts of the same length only.
    ///
    /// `texts` must have the buffer in which the table's texts lie as `pool`.
    #[inline]
    pub fn find(&self, texts: &Texts<'_>, keys: &[Value]) -> Option<u32> {
        let mut hashed = 0;
        for (part, key) in self.parts.iter().zip(keys) {
            if let Part::Key(_) = part {
                hashed = hash(hashed, key, texts);
            }
        }
        let found = self.index.find(hashed, |entry| self.has_keys(texts, self.first_row(entry), keys))?;
        match self.groups.get(found as usize) {
            None => Some(found),
            Some(group) => self.find_range(texts, *group, keys),
        }
    }
    /// [`Table::find`] by one text.
    #[inline]
    pub fn find_text(&self, texts: &Texts<'_>, key: Text) -> Option<u32> {
        let ([Part::Key(column)], true) = (&self.parts[..], self.groups.is_empty()) else {
            return self.find(texts, &[Value::Text(key)]);
        };
        let key = texts.bytes(key);
        self.index.find(hash_bytes(0, key), |row| match self.cell(row, *column) {
            Value::Text(text) => texts.bytes(text) == key,
            _ => false,
        })
    }
    /// After the pool was appended to a longer one: the texts lie so many bytes further.
    pub fn rebase(&mut self, offset: u32) {
        for cell in &mut self.cells {
            if let Value::Text(text) = cell
                && text.buffer == Buffer::Pool
            {
                text.at += offset;
            }
        }
    }
    /// What the index holds: rows, or groups of rows.
    fn first_row(&self, entry: u32) -> u32 {
        self.groups.get(entry as usize).map_or(entry, |group| group.0)
    }
    fn has_keys(&self, texts: &Texts<'_>, row: u32, keys: &[Value]) -> bool {
        self.parts.iter().zip(keys).all(|(part, key)| match part {
            Part::Key(column) => same(&self.cell(row, *column), key, texts),
            Part::Range { .. } => true,
        })
    }
    /// The one row of a group whose range holds the key: rows are ordered by `from` and do not overlap.
    fn find_range(&self, texts: &Texts<'_>, (first, end): (u32, u32), keys: &[Value]) -> Option<u32> {
        let is_range = |(part, key): (&Part, &Value)| match part {
            Part::Range { from, to } => Some((*from, *to, *key)),
            Part::Key(_) => None,
        };
        let (from, to, key) = self.parts.iter().zip(keys).find_map(is_range)?;
        let (mut low, mut high) = (first, end);
        while low < high {
            let middle = low + (high - low) / 2;
            let begin = self.cell(middle, from);
            match begin.is_none() || order(&begin, &key, texts)? != Ordering::Greater {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        let row = low.checked_sub(1).filter(|row| *row >= first)?;
        let last = self.cell(row, to);
        (last.is_none() || order(&key, &last, texts)? != Ordering::Greater).then_some(row)
    }
}
