//! A cell: one decoded value of a frame in 16 bytes, with the place it was read from.

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    /// The key was not there.
    Absent,
    /// null, "" or a `none` spelling.
    None,
    /// Text: `word` = length in bytes | first byte << 32, in the input. Enum words: `extra` = the number of the word.
    Text,
    /// Text that had escapes: the same, in the scratch buffer.
    Scratch,
    /// `word` = mantissa (i64), `scale`.
    Decimal,
    /// `word` = index into the frames' table of large mantissas, `scale`.
    Large,
    /// `word` = 0 or 1.
    Bool,
    /// `word` = the date's packed form.
    Date,
    /// `word` = ticks, `extra` = offset in minutes.
    Time,
    /// `word` = first frame (low 32) | number of frames << 32.
    List,
    /// A nested object was there.
    Present,
    /// The value was refused; the fault is in the frames' list of faults.
    Bad,
}

/// One decoded value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// What it holds.
    pub tag: Tag,
    /// Digits after the point.
    pub scale: u8,
    /// See [`Tag`].
    pub extra: i16,
    /// First byte of the value in the input (for messages).
    pub at: u32,
    /// See [`Tag`].
    pub word: u64,
}

impl Cell {
    /// A cell nothing was read into.
    pub const ABSENT: Cell = Cell { tag: Tag::Absent, scale: 0, extra: 0, at: 0, word: 0 };
}
