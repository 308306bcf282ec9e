//! Cutting the input into whole records without parsing them: only strings and the depth of brackets are
//! followed.
//!
//! What encloses the records (the rest of the document) is parsed and validated here, because nobody else
//! sees it.
//! It does no input itself: the caller fills [`Framer::space`] and takes [`Block`]s.

use std::sync::Arc;

use super::block::{Around, Block, InputError, Place};
use super::remarks::Remarks;
use super::scan::Carry;
use super::skip::Skipper;
use super::token::{Scan, Stop, SyntaxError};
use super::{AtStep, Reader, Schema};
use crate::diag::Code;
use crate::vector::{Base, Kit, Level, Task};

/// How records stand in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Found out: [`Mode::Lines`] when the schema has no path, the first line that is not blank is an object
    /// that is
    /// complete by itself, and after it the input ends or a line begins with `{` or `[`; else
    /// [`Mode::Values`].
    #[default]
    Auto,
    /// Each line is a record (NDJSON). With a path in the schema the same as [`Mode::Values`], unless records
    /// may stand alone and the first does.
    Lines,
    /// One document after the other.
    Values,
    /// Exactly one document.
    Document,
}

/// Sizes, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Size of a block, when no record is larger.
    pub block_bytes: usize,
    /// The largest record, at most 2 GiB. A larger line (without its end) is a record that is
    /// [`Block::unfit`], any other larger one ends the input.
    pub record_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { block_bytes: 256 << 10, record_bytes_max: 64 << 20 }
    }
}

/// What [`Framer::next`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The block was filled.
    Block,
    /// More input is needed: fill [`Framer::space`], then call [`Framer::filled`].
    More,
    /// The input is complete, and all of it was handed out.
    End,
}

/// Where in the enclosing document the next byte stands.
#[derive(Debug)]
pub(super) enum State {
    /// Before everything.
    Begin,
    /// Before the first record, not knowing yet whether records are lines.
    Detect,
    /// Before a top-level value, or the end.
    Top,
    /// Before a value on the way to the records, so many steps along the path. `element`: it is one of the
    /// records.
    Value { step: usize, element: bool },
    /// Before an element (or, when it is the first, the end) of the innermost level.
    Element { first: bool },
    /// Before a key (or, when it is the first, the end) of the innermost level.
    Member { first: bool },
    /// In a value that is passed over; with its key when it is kept for `around`.
    Passing(Box<Skipper>, Option<String>),
    /// In a record, after a bracket.
    Record,
    /// After a value.
    After,
    /// In a line.
    Line,
    /// In the rest of a line that is too long.
    Rest,
    /// After everything.
    Done,
}

/// The caller must take the block first.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// Go on.
    On,
    /// Hand out what there is first.
    Cut,
}

/// Cuts input into blocks of records.
#[derive(Debug)]
pub struct Framer {
    pub(super) schema: Schema,
    pub(super) mode: Mode,
    pub(super) limits: Limits,
    /// The input from `base` on; filled up to `end`.
    pub(super) bytes: Vec<u8>,
    pub(super) end: usize,
    pub(super) at: usize,
    /// First byte of a record or kept value that is not complete.
    pub(super) open: Option<usize>,
    pub(super) ended: bool,
    base: u64,
    pub(super) place: Place,
    records: Vec<(u32, u32)>,
    pub(super) remarks: Remarks,
    pub(super) state: State,
    pub(super) levels: Vec<super::navigate::Level>,
    /// Top-level values that are complete.
    pub(super) documents: u64,
    carry: Carry,
    depth: usize,
    level: Level,
    pub(super) around: Option<Arc<Around>>,
    pub(super) around_reader: Option<Box<Reader>>,
    failed: Option<Box<InputError>>,
}

impl Framer {
    /// A framer at the beginning of an input.
    pub fn new(schema: &Schema, mode: Mode, limits: Limits) -> Framer {
        let limits = Limits {
            record_bytes_max: limits.record_bytes_max.min(1 << 31),
            block_bytes: limits.block_bytes.max(1),
        };
        Framer {
            schema: schema.clone(),
            mode,
            limits,
            bytes: vec![0; limits.block_bytes],
            end: 0,
            at: 0,
            open: None,
            ended: false,
            base: 0,
            place: Place { line: 1, column: 1 },
            records: Vec::new(),
            remarks: Remarks::default(),
            state: State::Begin,
            levels: Vec::new(),
            documents: 0,
            carry: Carry::default(),
            depth: 0,
            level: Level::best(),
            around: None,
            around_reader: schema.around.map(|_| Box::new(Reader::new(schema))),
            failed: None,
        }
    }

    /// Room for input, never empty after [`Step::More`].
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.bytes[self.end..]
    }

    /// So many bytes of [`Framer::space`] were filled; none: the input has ended.
    pub fn filled(&mut self, count: usize) {
        self.ended |= count == 0;
        self.end = (self.end + count).min(self.bytes.len());
    }

    /// Goes on. The block's buffers are used again.
    ///
    /// # Errors
    /// The input cannot be read further. Blocks handed out before are good.
    pub fn next(&mut self, block: &mut Block) -> Result<Step, Box<InputError>> {
        loop {
            if let Some(error) = &self.failed {
                if self.records.is_empty() {
                    return Err(error.clone());
                }
                self.hand_out(block);
                return Ok(Step::Block);
            }
            if let State::Done = self.state {
                if self.records.is_empty() {
                    return Ok(Step::End);
                }
                self.hand_out(block);
                return Ok(Step::Block);
            }
            match self.advance() {
                Ok(Flow::On) => {}
                Ok(Flow::Cut) => {
                    self.hand_out(block);
                    return Ok(Step::Block);
                }
                Err(Stop::Bad(error)) => self.failed = Some(self.locate(*error)),
                Err(Stop::Cut) if self.ended => self.failed = Some(self.cut_off()),
                Err(Stop::Cut) if self.end < self.bytes.len() => return Ok(Step::More),
                Err(Stop::Cut) if !self.records.is_empty() => {
                    self.hand_out(block);
                    return Ok(Step::Block);
                }
                Err(Stop::Cut) => self.make_room(),
            }
        }
    }

    /// One step.
    fn advance(&mut self) -> Scan<Flow> {
        match &self.state {
            State::Record => self.record(),
            State::Line => self.line(),
            State::Rest => self.rest_of_line(),
            _ => self.navigate(),
        }
    }

    /// In a record: to its end.
    #[inline]
    fn record(&mut self) -> Scan<Flow> {
        let end = self.bracket_end().ok_or(Stop::Cut)?;
        let start = self.open.take().unwrap_or(end);
        if end - start > self.limits.record_bytes_max {
            return Err(Stop::Bad(Box::new(self.too_large(start))));
        }
        self.at = end;
        self.add_record(start, end);
        self.state = State::After;
        Ok(Flow::On)
    }

    /// Begins a record with a bracket.
    #[inline]
    pub(super) fn begin_record(&mut self) {
        self.open = Some(self.at);
        self.carry = Carry::default();
        self.depth = 0;
        self.state = State::Record;
    }

    #[inline]
    pub(super) fn add_record(&mut self, start: usize, end: usize) {
        self.records.push((start as u32, end as u32));
    }

    /// Whether a block has to be handed out before `around` may change.
    pub(super) fn has_records(&self) -> bool {
        !self.records.is_empty()
    }

    /// The byte after the bracket that closes the record, once it is there.
    #[inline]
    fn bracket_end(&mut self) -> Option<usize> {
        let search = Closing { bytes: &self.bytes[self.at..self.end], carry: self.carry, depth: self.depth };
        let passed;
        (passed, self.carry, self.depth) = match self.level.run(search) {
            Ok(end) => return Some(self.at + end),
            Err(searched) => searched,
        };
        self.at += passed;
        if !self.ended {
            return None;
        }
        let rest = &self.bytes[self.at..self.end];
        let mut block = [b' '; 64];
        block[..rest.len()].copy_from_slice(rest);
        let end = close(Base, &mut self.carry, &mut self.depth, &block)?;
        Some(self.at + end)
    }

    /// Gives the complete records to the caller; what is not complete begins the next buffer.
    fn hand_out(&mut self, block: &mut Block) {
        let keep = self.open.unwrap_or(self.at);
        let rest = self.end - keep;
        std::mem::swap(&mut self.bytes, &mut block.bytes);
        std::mem::swap(&mut self.records, &mut block.records);
        self.records.clear();
        self.bytes.resize(self.limits.block_bytes.max(rest), 0);
        self.bytes[..rest].copy_from_slice(&block.bytes[keep..self.end]);
        block.end = match (&self.state, block.records.last()) {
            // nothing of the line is needed but what is kept of it
            (State::Rest, Some(record)) => record.1 as usize,
            _ => keep,
        };
        block.base = self.base;
        block.place = self.place;
        block.around = self.around.clone();
        block.lines = matches!(self.mode, Mode::Lines);
        std::mem::swap(&mut self.remarks, &mut block.remarks);
        self.remarks.clear();
        self.place = self.place.after(&block.bytes[..keep]);
        block.after = (block.end == keep).then_some(self.place);
        self.forget(keep);
    }

    /// Makes room when no record is complete: drops what was passed, or grows.
    fn make_room(&mut self) {
        let keep = self.open.unwrap_or(self.at);
        let is_line = matches!(self.state, State::Line);
        // the byte after a line that is as long as may be may belong to its end
        let bytes_max = self.limits.record_bytes_max + usize::from(is_line);
        if keep > 0 {
            self.drop_before(keep);
        } else if self.end > bytes_max {
            if is_line {
                return self.too_long();
            }
            let too_large = self.too_large(0);
            self.failed = Some(self.locate(self.exact_error().unwrap_or(too_large)));
        } else {
            let grown = (self.bytes.len() * 2).min(bytes_max + self.limits.block_bytes);
            self.bytes.resize(grown, 0);
        }
    }

    /// Passes bytes over that nobody needs any more.
    pub(super) fn drop_before(&mut self, keep: usize) {
        self.place = self.place.after(&self.bytes[..keep]);
        self.bytes.copy_within(keep..self.end, 0);
        self.forget(keep);
    }

    #[cold]
    pub(super) fn too_large(&self, at: usize) -> SyntaxError {
        let message = format!("a record is larger than {} bytes", self.limits.record_bytes_max);
        SyntaxError { code: Code::J409, at, message }
    }

    /// The first bytes are gone.
    fn forget(&mut self, count: usize) {
        self.base += count as u64;
        self.end -= count;
        self.at -= count;
        if let Some(open) = &mut self.open {
            *open -= count;
        }
    }

    /// The input has ended in the middle of something.
    #[cold]
    fn cut_off(&self) -> Box<InputError> {
        let error = self.exact_error().unwrap_or_else(|| *Stop::Cut.final_error(self.end));
        self.locate(error)
    }

    /// What is wrong in a record whose end was not found, when anything is but its missing end.
    fn exact_error(&self) -> Option<SyntaxError> {
        let start = self.open?;
        match Skipper::new(0).run(&self.bytes[..self.end], start, true).1 {
            Err(Stop::Bad(error)) => Some(*error),
            _ => None,
        }
    }

    #[cold]
    fn locate(&self, error: SyntaxError) -> Box<InputError> {
        let at = error.at.min(self.end);
        let place = self.place.after(&self.bytes[..at]);
        let SyntaxError { code, message, .. } = error;
        Box::new(InputError {
            code,
            message,
            at: self.base + at as u64,
            line: place.line,
            column: place.column,
        })
    }

    /// Whether the schema's path goes anywhere.
    pub(super) fn has_path(&self) -> bool {
        !self.schema.at.is_empty()
    }

    /// Whether the last step takes each element itself.
    pub(super) fn path_ends_with_each(&self) -> bool {
        self.schema.at.last() == Some(&AtStep::Each)
    }
}

/// The search for the bracket that closes a record.
struct Closing<'a> {
    bytes: &'a [u8],
    carry: Carry,
    depth: usize,
}

impl Task for Closing<'_> {
    /// The byte after the bracket; else how many bytes were looked at, and what is known after them.
    type Out = Result<usize, (usize, Carry, usize)>;

    #[inline(always)]
    fn run<K: Kit>(self, kit: K) -> Self::Out {
        let Closing { bytes, mut carry, mut depth } = self;
        let (blocks, _) = bytes.as_chunks::<64>();
        for (number, block) in blocks.iter().enumerate() {
            if let Some(end) = close(kit, &mut carry, &mut depth, block) {
                return Ok(64 * number + end);
            }
        }
        Err((64 * blocks.len(), carry, depth))
    }
}

/// Follows the depth through 64 bytes: the byte after the bracket that closes everything.
#[inline(always)]
pub(super) fn close<K: Kit>(kit: K, carry: &mut Carry, depth: &mut usize, block: &[u8; 64]) -> Option<usize> {
    let brackets = carry.brackets(kit, block);
    let closing = brackets.close.count_ones() as usize;
    if *depth <= closing {
        let mut close = brackets.close;
        let mut closed = 0;
        while close != 0 {
            let below = close.wrapping_sub(1) & !close;
            let open = *depth + (brackets.open & below).count_ones() as usize;
            closed += 1;
            if open <= closed {
                return Some(close.trailing_zeros() as usize + 1);
            }
            close &= close - 1;
        }
    }
    *depth = *depth + brackets.open.count_ones() as usize - closing;
    None
}
