//! Where finished envelopes, refused documents and their accounts go.
//!
//! A sink knows bytes, names and places; it does not know mappings, JSON or the target's elements.

mod both;
mod directory;
mod document_lines;
mod file;
mod outcome;
mod pieces;
mod pretty;
mod reject_lines;
mod whole;
mod write;

pub use both::Both;
pub use directory::DirectorySink;
pub use document_lines::{DocumentLines, Shape};
pub use file::FileSink;
pub use outcome::{DocumentOutcome, Outcome, Outcomes, Posted};
pub use pretty::Pretty;
pub use reject_lines::RejectLines;
pub use whole::Temporaries;
pub use write::WriteSink;

use crate::diag::Code;
use std::io;
use std::ops::Range;

/// Takes what a run makes.
///
/// # The order of calls
///
/// All calls come from one thread, in the order of the input, at any number of worker threads:
///
/// ```text
/// ( open  ( write | document | reject )*  close | reject )*  finish
/// ```
///
/// * [`open`](Sink::open) begins an envelope. No envelope is open before the first document that is written,
///   so a run that writes nothing opens none.
/// * [`write`](Sink::write) brings the envelope's bytes in order: head, documents, tail. Where one call ends and
///   the next begins means nothing: a piece may hold many documents or a part of one.
/// * [`document`](Sink::document) says of a document that all its bytes have been written; its range counts from
///   the first byte of the envelope. Documents come in order and do not overlap. Bytes before the first are the
///   head, bytes after the last the tail.
/// * [`close`](Sink::close) ends the envelope: every byte of it, a newline at its end included, has been written.
///   Only now may it become visible to others. The answer says what became of its documents, in the order of
///   the calls of `document`: a file has *accepted* them once they are written; a service may refuse one and
///   take the next, or leave its sender in doubt.
/// * [`reject`](Sink::reject) brings a refused document, in input order relative to other rejects; it may come
///   inside or outside an envelope.
/// * [`finish`](Sink::finish) ends the run. It is the last call and comes once.
///
/// # When something fails
///
/// After an error no further call is made. A run that is stopped or fails does not call `close` for the open
/// envelope nor `finish`:
/// the sink is dropped, and what was not closed must leave nothing behind. Envelopes that were closed stay.
/// [`SinkError::Closed`] (the reader of a pipe has gone) ends the run without being a failure.
pub trait Sink {
    /// Begins an envelope.
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError>;
    /// The next bytes of the open envelope.
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError>;
    /// A document has been written whole.
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        let _ = document;
        Ok(())
    }
    /// The open envelope is complete: what became of its documents.
    fn close(&mut self) -> Result<Outcomes, SinkError>;
    /// A document was refused.
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        let _ = reject;
        Ok(())
    }
    /// The run is over.
    fn finish(&mut self) -> Result<(), SinkError>;
}

impl<S: Sink + ?Sized> Sink for Box<S> {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        (**self).open(envelope)
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        (**self).write(bytes)
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        (**self).document(document)
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        (**self).close()
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        (**self).reject(reject)
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        (**self).finish()
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        (**self).open(envelope)
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        (**self).write(bytes)
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        (**self).document(document)
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        (**self).close()
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        (**self).reject(reject)
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        (**self).finish()
    }
}

/// What is known of an envelope before its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvelopeHead<'a> {
    /// From 1, in the order of writing.
    pub number: u64,
    /// The message's id, as its header writes it.
    pub id: &'a str,
    /// The same id as a UUID, as its header writes it.
    pub uuid: &'a str,
}

/// A document that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentInfo<'a> {
    /// Its natural key, parts joined by `/`; empty when the mapping declares none.
    pub key: &'a str,
    /// The id written into its own header.
    pub id: &'a str,
    /// How many line items it has.
    pub lines: u64,
    /// Where its element stands: bytes of the envelope, from 0.
    pub range: Range<u64>,
    /// What it was made from.
    pub original: Original<'a>,
}

/// The input of a document: the records it was made from, still in the buffer they were read into.
/// Documents made from one record have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Original<'a> {
    bytes: &'a [u8],
    records: &'a [(u32, u32)],
}

impl<'a> Original<'a> {
    /// These records of a buffer: the first byte and the byte after the last of each.
    pub fn new(bytes: &'a [u8], records: &'a [(u32, u32)]) -> Original<'a> {
        Original { bytes, records }
    }

    /// Each record's own bytes.
    pub fn records(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let bytes = self.bytes;
        self.records.iter().map(move |(start, end)| &bytes[*start as usize..*end as usize])
    }

    /// Appends the records, a newline between them.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        for (index, record) in self.records().enumerate() {
            if index > 0 {
                out.push(b'\n');
            }
            out.extend_from_slice(record);
        }
    }
}

/// A place in an input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The input's name: its path, or `-`.
    pub file: String,
    /// From 1; 0 when only the byte is known.
    pub line: u64,
    /// From 1, in bytes.
    pub column: u64,
    /// From 0, in the unpacked input.
    pub byte: u64,
}

impl std::fmt::Display for Place {
    /// `orders.json:12:7`; `orders.json` when the line is not known.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}:{}", self.file, self.column),
        }
    }
}

/// The statement of the mapping that refused a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule<'a> {
    /// The mapping's name: its path.
    pub file: &'a str,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// A document that was refused.
#[derive(Debug, Clone)]
pub struct Reject<'a> {
    /// The kind of mistake.
    pub code: Code,
    /// What is there and what was expected.
    pub message: &'a str,
    /// The place of the value where it is known, else of the document.
    pub place: &'a Place,
    /// Its key, where it could be made.
    pub key: Option<&'a str>,
    /// The statement that refused it, where there is one.
    pub rule: Option<Rule<'a>>,
    /// The document's own bytes. Those of a document made from several lines are the lines, one after the
    /// other, a newline between them.
    pub original: &'a [u8],
    /// Of some of these lines only the beginning is here: each was too long.
    pub cut: bool,
    /// What is needed besides the original to make the document again.
    pub again: Rerun<'a>,
}

/// What is needed besides its original to make a refused document again, and nothing else with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rerun<'a> {
    /// The original is lines, of which several make a document.
    pub lines: bool,
    /// The values round the records, as JSON text: an object with the keys that the mapping declares.
    pub around: Option<&'a str>,
    /// What is to be made of the original; everything when nothing is said.
    pub only: Option<Only<'a>>,
    /// Where the record was first read, when that is a part of the document's id or had been told before.
    pub origin: Option<Origin<'a>>,
    /// Lines of the document may be missing in the original.
    pub may_lack_lines: bool,
    /// A document of the same key was met before.
    pub key_again: bool,
    /// Instead of all this: what a reject that could not be read again says, as JSON members with a comma before
    /// each.
    pub kept: Option<&'a str>,
}

/// What of a record a document is made of, where a record gives several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only<'a> {
    /// The record's own document.
    Record,
    /// An element of a list.
    Element {
        /// The list's name in the mapping.
        list: &'a str,
        /// The element's number in the list that was read, from 1.
        number: u64,
        /// The original holds this element alone; of each other list documents are made of, it holds nothing.
        alone: bool,
    },
}

/// Where a record was first read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The input's name.
    pub file: &'a str,
    /// First byte of the record there, from 0.
    pub byte: Option<u64>,
    /// A hash of the record's bytes there.
    pub content: Option<&'a str>,
}

/// Why an output could not be written.
#[derive(Debug)]
pub enum SinkError {
    /// Whoever read the output has gone: nobody wants more. Not a failure.
    Closed,
    /// The output could not be written.
    Output {
        /// The kind of mistake.
        code: Code,
        /// Where it was to go: a path, or `standard output`.
        to: String,
        /// What happened.
        message: String,
        /// What mends it, where something does.
        help: Option<&'static str>,
    },
}

impl SinkError {
    /// From what the system says; a broken pipe is [`SinkError::Closed`].
    pub fn io(to: impl Into<String>, error: &io::Error) -> SinkError {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return SinkError::Closed;
        }
        let help = match error.kind() {
            io::ErrorKind::NotFound => Some("make the folder first"),
            io::ErrorKind::StorageFull => Some("free some space and run it again"),
            _ => None,
        };
        SinkError::Output { code: Code::J611, to: to.into(), message: reason(error), help }
    }
}

/// What the system says, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" (os error ").unwrap_or(text.len());
    let mut letters = text[..end].chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

impl std::fmt::Display for SinkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SinkError::Closed => f.write_str("the reader of the output has gone"),
            SinkError::Output { to, message, .. } => write!(f, "cannot write {to}: {message}"),
        }
    }
}

impl std::error::Error for SinkError {}
