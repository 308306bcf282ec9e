//! A hash index of rows: open addressing, one allocation, nothing allocated when asked.
//!
//! The hash is quick and not secret. That is enough: only the table's own author decides what is in it, and
//! data that asks for keys cannot make it grow.

use crate::data::{Decimal, Texts, Value};
use std::cmp::Ordering;

/// Where rows are found by the hash of their keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// Half of the hash, and the entry's number from 1; 0 is empty. A power of two of them, at least half
    /// empty.
    slots: Vec<(u32, u32)>,
}

impl Index {
    /// With room for so many entries.
    pub(super) fn for_entries(entries: usize) -> Index {
        Index { slots: vec![(0, 0); (entries * 2).next_power_of_two().max(2)] }
    }
    /// The entry with this hash that is the right one.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_right: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let half = (hash >> 32) as u32;
        let mut at = hash as usize & mask;
        loop {
            match self.slots[at] {
                (_, 0) => return None,
                (other, entry) if other == half && is_right(entry - 1) => return Some(entry - 1),
                _ => at = (at + 1) & mask,
            }
        }
    }
    /// Adds an entry; the caller knows that there is none like it.
    pub(super) fn add(&mut self, hash: u64, entry: u32) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at].1 != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = ((hash >> 32) as u32, entry + 1);
    }
}

/// Goes on with a hash. Values that are the [`same`] give the same.
#[inline]
pub(super) fn hash(state: u64, value: &Value, texts: &Texts<'_>) -> u64 {
    match value {
        Value::Text(text) => hash_bytes(state, texts.bytes(*text)),
        Value::Decimal(number) => hash_number(state, *number),
        Value::Date(date) => mix(state, date.packed()),
        Value::Time(time) => mix(state, time.ticks as u64),
        Value::Bool(truth) => mix(state, u64::from(*truth)),
        Value::None | Value::Money(_) => mix(state, 0),
    }
}

fn hash_number(state: u64, number: Decimal) -> u64 {
    let normal = number.normal();
    let mantissa = normal.mantissa();
    mix(mix(state, mantissa as u64), (mantissa >> 64) as u64 ^ u64::from(normal.scale()))
}

/// [`hash`] for a text.
#[inline]
pub(super) fn hash_bytes(mut state: u64, bytes: &[u8]) -> u64 {
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        state = mix(state, u64::from_le_bytes(chunk.try_into().expect("chunks are of eight")));
    }
    let tail = chunks.remainder().iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    // The length keeps "a" and "\0a" apart.
    mix(state ^ bytes.len() as u64, tail)
}

/// Multiplies to twice the width and folds, so that every bit takes part in every other.
#[inline]
fn mix(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ 0x9e37_79b9_7f4a_7c15) * u128::from(word ^ 0xd1b5_4a32_d192_ed03);
    product as u64 ^ (product >> 64) as u64
}

/// Whether two values are the same key.
#[inline]
pub(super) fn same(a: &Value, b: &Value, texts: &Texts<'_>) -> bool {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => texts.bytes(*a) == texts.bytes(*b),
        (Value::Text(_), _) | (_, Value::Text(_)) => false,
        (a, b) => a == b,
    }
}

/// The order within ranges; `None` where there is none. Shorter texts come first, so that 10000 is after
/// 9999.
pub(super) fn order(a: &Value, b: &Value, texts: &Texts<'_>) -> Option<Ordering> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => {
            Some(a.len.cmp(&b.len).then_with(|| texts.get(*a).cmp(texts.get(*b))))
        }
        (Value::Decimal(a), Value::Decimal(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
