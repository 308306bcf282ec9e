//! What the framer hands to the readers: whole records in one buffer, and where that buffer lies in the
//! input.

use std::ops::Range;
use std::sync::Arc;

use super::remarks::{Remarks, Seam};
use super::token::SyntaxError;
use super::{Frames, ObjectId};
use crate::diag::Code;
use crate::vector::{Kit, Level, Task};

/// Something wrong with the input as a whole, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// The kind.
    pub code: Code,
    /// One line: what is there and what was expected.
    pub message: String,
    /// Byte of the input, from 0.
    pub at: u64,
    /// Line, from 1.
    pub line: u64,
    /// Character of the line, from 1.
    pub column: u64,
}

impl std::fmt::Display for InputError {
    /// `line 3, column 14 (byte 120): message`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {} (byte {}): {}", self.line, self.column, self.at, self.message)
    }
}

impl std::error::Error for InputError {}

/// A place in the input in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// From 1.
    pub line: u64,
    /// From 1; 0 before a byte order mark.
    pub column: u64,
}

impl Place {
    /// The place after these bytes.
    pub(super) fn after(self, bytes: &[u8]) -> Place {
        match memchr::memrchr(b'\n', bytes) {
            Some(last) => {
                Place { line: self.line + line_ends(bytes), column: 1 + characters(&bytes[last + 1..]) }
            }
            None => Place { column: self.column + characters(bytes), ..self },
        }
    }
}

/// How many characters there are: each has one byte that is no continuation byte.
fn characters(bytes: &[u8]) -> u64 {
    // below 0x80, or from 0xc0 on: as signed numbers, at least -64
    Level::best().run(Count::<false>(bytes))
}

/// How many bytes end a line.
fn line_ends(bytes: &[u8]) -> u64 {
    Level::best().run(Count::<true>(bytes))
}

/// Counts line feeds, or the first bytes of characters.
struct Count<'a, const LINES: bool>(&'a [u8]);

impl<const LINES: bool> Task for Count<'_, LINES> {
    type Out = u64;

    #[inline(always)]
    fn run<K: Kit>(self, _: K) -> u64 {
        // So many that their count fits a byte: then the compiler counts 16 and more at a time.
        let (parts, rest) = self.0.as_chunks::<224>();
        let mut all = 0;
        for part in parts {
            let mut count = 0u8;
            for &byte in part {
                count += u8::from(if LINES { byte == b'\n' } else { byte as i8 >= -64 });
            }
            all += u64::from(count);
        }
        for &byte in rest {
            all += u64::from(if LINES { byte == b'\n' } else { byte as i8 >= -64 });
        }
        all
    }
}

/// The values around the records, read from what stands before them.
#[derive(Debug)]
pub struct Around {
    /// The text the cells' places refer to: the enclosing objects, only declared keys kept.
    pub text: String,
    /// One frame of the schema's `around` object; its faults concern every record of the block.
    pub frames: Frames,
    /// That object.
    pub object: ObjectId,
}

/// Whole records.
#[derive(Debug)]
pub struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) end: usize,
    /// First byte and the byte after the last of each record.
    pub records: Vec<(u32, u32)>,
    /// Where the block begins in the input.
    pub base: u64,
    /// The values around all records of this block.
    pub around: Option<Arc<Around>>,
    /// Each record is a line of its own (NDJSON): a broken one does not end the input.
    pub lines: bool,
    pub(super) place: Place,
    /// The place behind its last byte, where the framer knew it.
    pub(super) after: Option<Place>,
    /// What is known of some records beyond where they are.
    pub(super) remarks: Remarks,
}

impl Default for Block {
    fn default() -> Block {
        Block {
            bytes: Vec::new(),
            end: 0,
            records: Vec::new(),
            base: 0,
            around: None,
            lines: false,
            place: Place { line: 1, column: 1 },
            after: None,
            remarks: Remarks::default(),
        }
    }
}

impl Block {
    /// The block's text; where it is not UTF-8, the text before that place and the error. Records that end
    /// within
    /// the text are good.
    pub fn text(&self) -> (&str, Option<Box<InputError>>) {
        let bytes = &self.bytes[..self.end];
        if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            return (text, None);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let at = error.valid_up_to();
                let text = std::str::from_utf8(&bytes[..at]).unwrap_or("");
                let message = not_utf8(bytes, at);
                (text, Some(self.error(Code::J407, at, message)))
            }
        }
    }

    /// The bytes of a record.
    pub fn record(&self, index: usize) -> &[u8] {
        let (start, end) = self.records[index];
        &self.bytes[start as usize..end as usize]
    }

    /// Some of its bytes.
    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }

    /// The records from the first on, so many of them.
    pub fn records_of(&self, (first, count): (u32, u32)) -> (&[u8], &[(u32, u32)]) {
        (&self.bytes, &self.records[first as usize..(first + count) as usize])
    }

    /// The text of a record, or how many bytes of it are valid UTF-8.
    pub fn text_of(&self, index: usize) -> (Option<&str>, usize) {
        match std::str::from_utf8(self.record(index)) {
            Ok(text) => (Some(text), text.len()),
            Err(error) => (None, error.valid_up_to()),
        }
    }

    /// Why the record that begins at this byte is refused as it stands.
    pub fn unfit(&self, start: u32) -> Option<&SyntaxError> {
        let unfit = &self.remarks.unfit;
        unfit.binary_search_by_key(&start, |(at, _)| *at).ok().map(|found| &unfit[found].1)
    }

    /// Whether any record is refused as it stands.
    pub fn has_unfit(&self) -> bool {
        !self.remarks.unfit.is_empty()
    }

    /// Whether only the beginning of the record that begins at this byte is here.
    pub fn is_cut(&self, start: u32) -> bool {
        self.unfit(start).is_some_and(|error| error.code == Code::J409)
    }

    /// What a byte's place in the block has to be added to for its place in the input. It is [`Block::base`]
    /// as long as nothing between the block's first byte and this one was left out.
    pub fn base_at(&self, at: usize) -> u64 {
        self.remarks.seam(at).map_or(self.base, |seam| seam.input - u64::from(seam.at))
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.end
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// Appends the block that follows in the input.
    pub fn append(&mut self, next: &Block) {
        self.append_part(next, 0..next.end, 0..next.records.len());
    }

    /// Appends the records before `index` to one block and puts the others into another, empty one.
    pub fn divide(&self, index: usize, front: &mut Block, rest: &mut Block) {
        let cut = self.records.get(index).map_or(self.end, |r| r.0 as usize);
        front.append_part(self, 0..cut, 0..index);
        rest.append_part(self, cut..self.end, index..self.records.len());
    }

    /// Appends some bytes of a block with the records in them, without what follows a record that is cut.
    fn append_part(&mut self, block: &Block, bytes: Range<usize>, records: Range<usize>) {
        let (mut from, mut first) = (bytes.start, records.start);
        if block.has_unfit() {
            for index in records.clone() {
                let (start, end) = block.records[index];
                if block.is_cut(start) {
                    self.append_bytes(block, from..end as usize, first..index + 1);
                    first = index + 1;
                    from = block.records.get(first).map_or(block.end, |next| next.0 as usize).min(bytes.end);
                }
            }
        }
        self.append_bytes(block, from..bytes.end, first..records.end);
    }

    fn append_bytes(&mut self, block: &Block, bytes: Range<usize>, records: Range<usize>) {
        let input = block.base_at(bytes.start) + bytes.start as u64;
        let place = || block.place_of_line(bytes.start);
        let (from, at) = (bytes.start as u32, self.end as u32);
        if self.is_empty() {
            self.base = input;
            self.place = place();
            self.lines = block.lines;
            self.around.clone_from(&block.around);
            self.remarks.clear();
        } else if !bytes.is_empty() && input != self.base_at(self.end) + u64::from(at) {
            self.remarks.seams.push(Seam { at, input, place: place() });
        }
        self.remarks.append(&block.remarks, from, bytes.end as u32, at);
        self.after = None;
        self.bytes.truncate(self.end);
        self.bytes.extend_from_slice(&block.bytes[bytes]);
        self.end = self.bytes.len();
        let records = block.records[records].iter();
        self.records.extend(records.map(|(start, end)| (start - from + at, end - from + at)));
    }

    /// A block of this record only.
    pub fn alone(&self, index: usize) -> Block {
        let (start, end) = self.records[index];
        let mut block = Block::default();
        block.append_part(self, start as usize..end as usize, index..index + 1);
        block
    }

    /// Moves everything to another block, which is emptied before.
    pub fn take_all(&mut self, out: &mut Block) {
        std::mem::swap(self, out);
        (self.end, self.base, self.after) = (0, 0, None);
        self.records.clear();
        self.remarks.clear();
    }

    /// A record's error with its place in the input.
    pub fn locate(&self, error: SyntaxError) -> Box<InputError> {
        self.error(error.code, error.at, error.message)
    }

    /// Line and column, both from 1, of a byte of the block.
    pub fn line_column(&self, at: usize) -> (u64, u64) {
        let at = at.min(self.end);
        let (from, place) = match self.remarks.seam(at) {
            Some(seam) => (seam.at as usize, seam.place),
            None => (0, self.place),
        };
        let place = place.after(&self.bytes[from..at]);
        (place.line, place.column)
    }

    /// The place of a byte that is likely the first of a line near the end.
    fn place_of_line(&self, at: usize) -> Place {
        match (self.after, at.checked_sub(1)) {
            (Some(after), Some(before)) if self.bytes[before] == b'\n' => {
                Place { line: after.line - line_ends(&self.bytes[at..self.end]), column: 1 }
            }
            _ => {
                let (line, column) = self.line_column(at);
                Place { line, column }
            }
        }
    }

    /// [`Block::line_column`] of a byte, from another byte whose line and column are known: quick for bytes
    /// that ascend.
    pub fn line_column_from(&self, known: (usize, (u64, u64)), at: usize) -> (u64, u64) {
        let (from, (line, column)) = known;
        let at = at.min(self.end);
        if at < from || self.remarks.seam(at).is_some_and(|seam| seam.at as usize > from) {
            return self.line_column(at);
        }
        let place = Place { line, column }.after(&self.bytes[from..at]);
        (place.line, place.column)
    }

    fn error(&self, code: Code, at: usize, message: String) -> Box<InputError> {
        let (line, column) = self.line_column(at);
        Box::new(InputError { code, message, at: self.base_at(at) + at as u64, line, column })
    }
}

/// "byte 0xE4 is no UTF-8"
pub(super) fn not_utf8(bytes: &[u8], at: usize) -> String {
    let byte = bytes.get(at).copied().unwrap_or(0);
    format!("byte 0x{byte:02X} cannot stand here in UTF-8")
}
