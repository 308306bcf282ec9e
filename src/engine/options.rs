//! How a run is made, and how it may end.

use crate::diag::Code;
use crate::report::RunReport;
use crate::sink::{Place, SinkError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// The envelope around the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Soap {
    /// SOAP 1.1.
    #[default]
    V11,
    /// SOAP 1.2.
    V12,
    /// The bare message.
    None,
}

/// When an envelope is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Split {
    /// One envelope.
    #[default]
    Never,
    /// After so many documents.
    Documents(u64),
    /// Before it would have more lines; a document alone may.
    Lines(u64),
    /// Before it would have more bytes; a document alone may.
    Bytes(u64),
}

/// How records stand in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InputFormat {
    /// Found out from the first bytes.
    #[default]
    Auto,
    /// One document, an array, or documents one after the other. A syntax error ends the run.
    Json,
    /// One value a line. A broken line is a reject.
    Ndjson,
}

/// How far a run is; shared with whoever watches it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes read, unpacked.
    pub bytes: AtomicU64,
    /// Documents written.
    pub documents: AtomicU64,
    /// Documents refused.
    pub rejects: AtomicU64,
}

/// Inside an [`std::io::Error`] of a reader: what it unpacks is damaged or cut off. The run then ends with J606
/// instead of J601, because fetching the input again mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedInput {
    /// One line: what is damaged.
    pub message: String,
}

impl std::fmt::Display for DamagedInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DamagedInput {}

/// How to run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Parameters as text.
    pub params: BTreeMap<String, String>,
    /// `run.time`, RFC 3339: the time that headers say and `date_of(run.time)` gives. The default is the beginning of
    /// 1970, so that the same run gives the same bytes: set it.
    pub run_time: String,
    /// `run.id`
    pub run_id: String,
    /// Where the entries are sent: a part of their ids, so that the same entry has another id elsewhere.
    pub destination: String,
    /// Which revision of the entries is written, 0 to 99: the end of their ids.
    pub revision: u8,
    /// The message only asks what would become of it; the contract must have an element that says so.
    pub simulate: bool,
    /// Worker threads, at least 1.
    pub threads: usize,
    /// The envelope.
    pub soap: Soap,
    /// When a new envelope begins.
    pub split: Split,
    /// The first reject ends the run.
    pub fail_fast: bool,
    /// One reject more than this ends the run.
    pub max_rejects: Option<u64>,
    /// A larger document is refused.
    pub document_bytes_max: u64,
    /// How records stand in the input.
    pub format: InputFormat,
    /// Set from another thread: the run ends with [`RunError::Stopped`].
    pub stop: Arc<AtomicBool>,
    /// Told how far the run is.
    pub progress: Arc<Progress>,
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions {
            params: BTreeMap::new(),
            run_time: "1970-01-01T00:00:00Z".into(),
            run_id: String::new(),
            destination: String::new(),
            revision: 0,
            simulate: false,
            threads: 1,
            soap: Soap::V11,
            split: Split::Never,
            fail_fast: false,
            max_rejects: None,
            document_bytes_max: 256 << 20,
            format: InputFormat::Auto,
            stop: Arc::default(),
            progress: Arc::default(),
        }
    }
}

/// Why a run ended early.
#[derive(Debug)]
pub enum RunError {
    /// The input is no JSON from here on, or cannot be read. What was read before it is good: call [`Run::finish`](super::Run::finish) to complete it.
    Input {
        /// The kind of mistake.
        code: Code,
        /// What is there and what was expected.
        message: String,
        /// Where.
        place: Place,
    },
    /// The sink failed. Call nothing more.
    Sink(SinkError),
    /// More rejects than allowed. Drop the run: what is not closed is not kept. The report so far.
    TooManyRejects(Box<RunReport>),
    /// The stop flag was set. Drop the run.
    Stopped,
}
