//! Where decoded records lie: for each shape of object one row of cells, frames one after the other.
//!
//! Everything is cleared and filled again, so that reading a record allocates nothing once the rows have
//! grown.

use super::{Cell, ObjectId, Schema, Tag};
use crate::data::{Buffer, Date, Decimal, Fault, Text, Time, Value};

/// Most faults kept between two calls of [`Frames::clear`].
pub const FAULTS_MAX: usize = 20;

/// The cell of a fault that concerns a whole object.
pub const NO_CELL: u16 = u16::MAX;

/// The frames of a document.
#[derive(Debug, Clone)]
pub struct Frames {
    arenas: Vec<Row>,
    /// Mantissas that do not fit a cell.
    pub large: Vec<i128>,
    /// Unescaped text.
    pub scratch: String,
    /// What was refused: shape, cell ([`NO_CELL`]: the whole object), why. At most [`FAULTS_MAX`].
    pub faults: Vec<(ObjectId, u16, Box<Fault>)>,
    /// Places of values that were refused beyond these, ascending.
    pub refused_more: Vec<u32>,
    /// Amounts and other numbers with a fraction that were refused, over all records read.
    pub numbers_refused: u64,
    marks: Vec<usize>,
}

/// What ends where, see [`Frames::mark`].
pub(super) type Ends = (usize, usize, usize, usize, u64);

/// The frames of one shape, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Row {
    cells: Vec<Cell>,
    stride: usize,
    /// Frames since the last clear; kept beside `cells` because a frame may have no cells.
    frames: usize,
    frames_read: u64,
    /// For each cell, how many frames held a value in it.
    present: Vec<u64>,
}

impl Row {
    /// Appends a frame of absent cells: the index of its first cell.
    #[inline(always)]
    pub(super) fn push(&mut self) -> usize {
        let base = self.cells.len();
        self.cells.resize(base + self.stride, Cell::ABSENT);
        self.frames += 1;
        self.frames_read += 1;
        base
    }

    /// A frame, and for each of its cells how many frames held a value in it.
    #[inline(always)]
    pub(super) fn frame(&mut self, base: usize) -> (&mut [Cell], &mut [u64]) {
        (&mut self.cells[base..base + self.stride], &mut self.present)
    }
}

/// How often fields were there, over all records read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// Frames read.
    pub frames: u64,
    /// Those in which the field held a value.
    pub present: u64,
}

impl Frames {
    /// Empty frames for a schema.
    pub fn new(schema: &Schema) -> Frames {
        let arena = |object: &super::Object| Row {
            cells: Vec::new(),
            stride: usize::from(object.cells),
            frames: 0,
            frames_read: 0,
            present: vec![0; usize::from(object.cells)],
        };
        Frames {
            arenas: schema.objects.iter().map(arena).collect(),
            large: Vec::new(),
            scratch: String::new(),
            faults: Vec::new(),
            refused_more: Vec::new(),
            numbers_refused: 0,
            marks: Vec::new(),
        }
    }

    /// Forgets the document; counts stay.
    pub fn clear(&mut self) {
        for arena in &mut self.arenas {
            arena.cells.clear();
            arena.frames = 0;
        }
        self.large.clear();
        self.scratch.clear();
        self.faults.clear();
        self.refused_more.clear();
    }

    /// Number of frames of a shape.
    pub fn len(&self, object: ObjectId) -> usize {
        self.arenas[usize::from(object.0)].frames
    }

    /// Whether there is no frame of the record.
    pub fn is_empty(&self) -> bool {
        self.arenas.first().is_none_or(|arena| arena.frames == 0)
    }

    /// The cells of a frame.
    #[inline]
    pub fn frame(&self, object: ObjectId, index: usize) -> &[Cell] {
        let arena = &self.arenas[usize::from(object.0)];
        &arena.cells[index * arena.stride..][..arena.stride]
    }

    /// The cells of a frame; nothing when there is no such frame.
    #[inline]
    pub fn cells(&self, object: ObjectId, index: usize) -> &[Cell] {
        let Some(arena) = self.arenas.get(usize::from(object.0)) else { return &[] };
        arena.cells.get(index * arena.stride..).and_then(|rest| rest.get(..arena.stride)).unwrap_or(&[])
    }

    /// One cell of a frame.
    #[inline]
    pub fn cell(&self, object: ObjectId, index: usize, cell: u16) -> Cell {
        let arena = &self.arenas[usize::from(object.0)];
        arena.cells[index * arena.stride + usize::from(cell)]
    }

    /// What a cell holds, as a value: texts in the input or in the scratch buffer; nothing for lists and refused values.
    #[inline]
    pub fn value(&self, cell: Cell) -> Value {
        let text = |buffer| Text { buffer, at: (cell.word >> 32) as u32, len: cell.word as u32 };
        match cell.tag {
            Tag::Text => Value::Text(text(Buffer::Input)),
            Tag::Scratch => Value::Text(text(Buffer::Scratch)),
            Tag::Decimal => Value::Decimal(Decimal::new(i128::from(cell.word as i64), cell.scale)),
            Tag::Large => Value::Decimal(Decimal::new(self.large[cell.word as usize], cell.scale)),
            Tag::Bool => Value::Bool(cell.word != 0),
            Tag::Date => Value::Date(Date::unpack(cell.word)),
            Tag::Time => Value::Time(Time { ticks: cell.word as i64, offset: cell.extra }),
            Tag::Present => Value::Bool(true),
            Tag::Absent | Tag::None | Tag::List | Tag::Bad => Value::None,
        }
    }

    /// How often a field was there.
    pub fn presence(&self, object: ObjectId, cell: u16) -> Presence {
        let arena = &self.arenas[usize::from(object.0)];
        Presence { frames: arena.frames_read, present: arena.present[usize::from(cell)] }
    }

    /// Adds the counts of frames another reader of the same schema filled.
    pub fn add_counts(&mut self, other: &Frames) {
        for (mine, theirs) in self.arenas.iter_mut().zip(&other.arenas) {
            mine.frames_read += theirs.frames_read;
            for (a, b) in mine.present.iter_mut().zip(&theirs.present) {
                *a += b;
            }
        }
    }

    /// Appends a frame of absent cells: the index of its first cell.
    #[inline]
    pub(super) fn push(&mut self, object: usize) -> usize {
        self.arenas[object].push()
    }

    /// The frames of a shape.
    #[inline(always)]
    pub(super) fn row(&mut self, object: usize) -> &mut Row {
        &mut self.arenas[object]
    }

    /// Fills a cell that holds a value.
    #[inline(always)]
    pub(super) fn put(&mut self, object: usize, base: usize, cell: u16, value: Cell) {
        let arena = &mut self.arenas[object];
        arena.cells[base + usize::from(cell)] = value;
        arena.present[usize::from(cell)] += 1;
    }

    /// Fills a cell without counting it as present.
    #[inline]
    pub(super) fn put_uncounted(&mut self, object: usize, base: usize, cell: u16, value: Cell) {
        self.arenas[object].cells[base + usize::from(cell)] = value;
    }

    /// Remembers where everything ends.
    pub(super) fn mark(&mut self) -> Ends {
        self.marks.clear();
        self.marks.extend(self.arenas.iter().map(|arena| arena.frames));
        let more = self.refused_more.len();
        (self.large.len(), self.scratch.len(), self.faults.len(), more, self.numbers_refused)
    }

    /// Takes back what was read since the mark: the record was no JSON.
    #[cold]
    pub(super) fn reset(&mut self, (large, scratch, faults, more, numbers): Ends) {
        for (arena, &frames) in self.arenas.iter_mut().zip(&self.marks) {
            arena.cells.truncate(frames * arena.stride);
            arena.frames = frames;
        }
        self.large.truncate(large);
        self.scratch.truncate(scratch);
        self.faults.truncate(faults);
        self.refused_more.truncate(more);
        self.numbers_refused = numbers;
    }
}
