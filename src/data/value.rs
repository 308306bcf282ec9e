//! A value in flight: small, `Copy`, without lifetimes; texts are places in one of four buffers.

use super::{Currency, Date, Decimal, Time};

/// Which buffer a text lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Buffer {
    /// The bytes of the document being read (JSON text without escapes).
    Input,
    /// Text made while reading or computing this document (unescaped, padded, joined).
    Scratch,
    /// Constants of the plan and cells of its tables.
    Pool,
    /// Values of the enclosing document (`around`) and of the run (`run.id`, `input.name`).
    Around,
}

/// A text: bytes `at..at+len` of a buffer, always valid UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text {
    /// Which buffer.
    pub buffer: Buffer,
    /// First byte.
    pub at: u32,
    /// Number of bytes.
    pub len: u32,
}

impl Text {
    /// A part of the text: bytes `range` of it, which must not split a character.
    pub fn slice(self, range: std::ops::Range<usize>) -> Text {
        Text { at: self.at + range.start as u32, len: range.len() as u32, ..self }
    }
}

/// An amount with its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// How much.
    pub amount: Decimal,
    /// Of what.
    pub currency: Currency,
}

/// A value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Nothing: absent, null or empty in the data.
    None,
    /// Truth.
    Bool(bool),
    /// A whole number or decimal.
    Decimal(Decimal),
    /// Money.
    Money(Money),
    /// Text; also enum words, currencies and raw JSON.
    Text(Text),
    /// A civil date.
    Date(Date),
    /// An instant with the offset it was written with.
    Time(Time),
}

impl Value {
    /// Whether there is nothing.
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }
}
