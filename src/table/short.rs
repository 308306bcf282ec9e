//! Short texts found by short texts: what most tables of codes are, each row in half a cache line.

use super::lookup::{Part, Table};
use crate::data::{Buffer, Value};

/// Texts of a table that are found by one text, as far as both are short. Whatever is not found is asked of the table.
#[derive(Debug, Clone, Default)]
pub struct ShortTexts {
    /// A power of two of them, most empty; or none.
    rows: Vec<Row>,
}

/// A row, or an empty place: there is no value.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
struct Row {
    key: [u8; KEY_BYTES_MAX],
    text: ShortText,
    key_len: u8,
}

/// A text with what stands behind it.
#[derive(Debug, Clone, Copy)]
pub struct ShortText {
    /// The text, followed by zeros.
    pub bytes: [u8; TEXT_BYTES_MAX],
    /// Its length in bytes.
    pub len: u8,
}

/// Longest key.
pub const KEY_BYTES_MAX: usize = 16;
/// Longest text.
pub const TEXT_BYTES_MAX: usize = 14;
/// Most rows of a table that are kept this way. 512 KiB.
const ROWS_MAX: u32 = 4096;
/// Places for each row, so that most are found at the first look.
const PLACES: usize = 4;

impl ShortTexts {
    /// The texts of a column that `takes` accepts; `texts` is where the table's texts lie.
    pub fn of(table: &Table, column: usize, texts: &str, takes: impl Fn(&str) -> bool) -> ShortTexts {
        let mut short = ShortTexts::default();
        let ([Part::Key(key)], true, true) =
            (&table.parts[..], table.groups.is_empty(), table.rows() <= ROWS_MAX)
        else {
            return short;
        };
        let text = |row: u32, column: usize| match table.cell(row, column) {
            Value::Text(text) if text.buffer == Buffer::Pool => {
                texts.get(text.at as usize..text.at as usize + text.len as usize)
            }
            _ => None,
        };
        let empty = ShortText { bytes: [0; TEXT_BYTES_MAX], len: 0 };
        let places = (table.rows() as usize * PLACES).next_power_of_two();
        short.rows = vec![Row { key: [0; KEY_BYTES_MAX], text: empty, key_len: 0 }; places];
        for row in 0..table.rows() {
            let (Some(key), Some(value)) = (text(row, *key), text(row, column)) else { continue };
            let fits =
                (1..=KEY_BYTES_MAX).contains(&key.len()) && (1..=TEXT_BYTES_MAX).contains(&value.len());
            if fits && takes(value) {
                short.add(key.as_bytes(), value.as_bytes());
            }
        }
        short
    }

    fn add(&mut self, key: &[u8], value: &[u8]) {
        let mut row = Row {
            key: [0; KEY_BYTES_MAX],
            text: ShortText { bytes: [0; TEXT_BYTES_MAX], len: value.len() as u8 },
            key_len: key.len() as u8,
        };
        row.key[..key.len()].copy_from_slice(key);
        row.text.bytes[..value.len()].copy_from_slice(value);
        let mask = self.rows.len() - 1;
        let mut at = place(u128::from_le_bytes(row.key), key.len()) & mask;
        while self.rows[at].key_len != 0 {
            at = (at + 1) & mask;
        }
        self.rows[at] = row;
    }

    /// The text found by the first bytes of `from`, of which there are at least sixteen.
    #[inline(always)]
    pub fn find(&self, from: &[u8; KEY_BYTES_MAX], length: usize) -> Option<&ShortText> {
        if length.wrapping_sub(1) >= KEY_BYTES_MAX {
            return None;
        }
        let key = u128::from_le_bytes(*from) & u128::MAX >> (128 - 8 * length as u32);
        let mask = self.rows.len().checked_sub(1)?;
        let mut at = place(key, length) & mask;
        loop {
            let row = &self.rows[at & mask];
            if u128::from_le_bytes(row.key) == key && usize::from(row.key_len) == length {
                return Some(&row.text);
            }
            if row.key_len == 0 {
                return None;
            }
            at += 1;
        }
    }
}

/// Where a key is looked for first. It is quick and not secret, as the hash of tables.
#[inline(always)]
fn place(key: u128, length: usize) -> usize {
    let first = (key as u64 ^ length as u64) ^ 0x9e37_79b9_7f4a_7c15;
    let second = (key >> 64) as u64 ^ 0xd1b5_4a32_d192_ed03;
    let product = u128::from(first) * u128::from(second);
    (product as u64 ^ (product >> 64) as u64) as usize
}
