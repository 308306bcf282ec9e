//! Runs a mapping over bytes and keeps all that comes of it.

#[cfg(feature = "delivery")]
#[allow(dead_code)]
pub mod beside;
pub mod ledger;
pub mod plain;
#[cfg(feature = "delivery")]
pub mod sandboxed;

use jemap::sink::{DocumentInfo, EnvelopeHead, Outcomes, Place, Reject, Sink, SinkError};
use jemap::{Loader, Mapping, RunError, RunOptions, RunReport};
use std::fmt::Write;
use std::io::Read;

/// A mapping without files.
pub struct NoFiles;

impl Loader for NoFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(format!("{path} is not there"))
    }
}

/// One document of one record with its entries.
pub const RECORDS: &str = r#"
map receipts version 3
target s4.journal_entry profile 2024
source json record {
  id: text(1..16), day: date, ccy: currency, note: text?
  entries: [ { account: text(1..10), amount: money(ccy) } ]
}
document from record key id {
  drop "noted as void" when note == "void"
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = "SA"
  DocumentReferenceID = id
  CreatedByUser = "TEST"
  CompanyCode = "1010"
  DocumentDate = day
  PostingDate = day
  for entry in entries {
    Item {
      GLAccount = entry.account
      AmountInTransactionCurrency = entry.amount
      DebitCreditCode = debit_credit(entry.amount)
      DocumentItemText = note | cut(50) or omit
    }
  }
}
"#;

/// One document of the lines with one number.
pub const LINES: &str = r#"
map journal version 1
target s4.journal_entry profile 2024
source json line {
  doc: text(1..16), day: date, ccy: currency, account: text(1..10), amount: money(ccy), memo: text?
}
document per doc adjacent {
  same day, ccy
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = "SA"
  DocumentReferenceID = doc
  CreatedByUser = "TEST"
  CompanyCode = "1010"
  DocumentDate = day
  PostingDate = day
  for line in lines {
    drop "zero" when amount == 0
    Item {
      ReferenceDocumentItem = item.number
      GLAccount = account
      AmountInTransactionCurrency = amount
      DebitCreditCode = debit_credit(amount)
      DocumentItemText = memo | cut(50) or omit
    }
  }
  split above 5 {
    Item {
      ReferenceDocumentItem = item.number
      GLAccount = "199990"
      AmountInTransactionCurrency = -part.balance
      DebitCreditCode = debit_credit(-part.balance)
    }
  }
}
"#;

/// Compiles a mapping that is right.
pub fn mapping(text: &str) -> Mapping {
    let compiled = Mapping::compile("test.map", text, &NoFiles);
    assert!(!compiled.reports.has_errors(), "{}", compiled.reports);
    compiled.mapping.expect("there is a mapping where there is no error")
}

/// A refused document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub code: &'static str,
    pub message: String,
    pub place: Place,
    pub key: Option<String>,
    pub original: Vec<u8>,
    pub cut: bool,
}

/// A document that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub key: String,
    pub id: String,
    pub lines: u64,
    pub xml: String,
    /// The records it was made from.
    pub original: String,
}

/// Keeps everything.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The envelopes that were closed.
    pub envelopes: Vec<String>,
    pub documents: Vec<Document>,
    pub rejects: Vec<Refused>,
    open: Option<Vec<u8>>,
    pub finished: bool,
}

impl Sink for Kept {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        assert!(self.open.is_none() && !self.finished, "an envelope is open, or all is over");
        assert_eq!(envelope.number, self.envelopes.len() as u64 + 1);
        self.open = Some(vec![]);
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.open.as_mut().expect("an envelope is open").extend_from_slice(bytes);
        Ok(())
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        let bytes = self.open.as_ref().expect("an envelope is open");
        let mut original = vec![];
        document.original.write_to(&mut original);
        let range = document.range.start as usize..document.range.end as usize;
        self.documents.push(Document {
            key: document.key.to_owned(),
            id: document.id.to_owned(),
            lines: document.lines,
            xml: String::from_utf8(bytes[range].to_vec()).expect("documents are UTF-8"),
            original: String::from_utf8(original).expect("the input is UTF-8"),
        });
        Ok(())
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        let bytes = self.open.take().expect("an envelope is open");
        self.envelopes.push(String::from_utf8(bytes).expect("envelopes are UTF-8"));
        Ok(Outcomes::All(jemap::Outcome::Accepted))
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        self.rejects.push(Refused {
            code: reject.code.id(),
            message: reject.message.to_owned(),
            place: reject.place.clone(),
            key: reject.key.map(str::to_owned),
            original: reject.original.to_vec(),
            cut: reject.cut,
        });
        Ok(())
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        assert!(self.open.is_none() && !self.finished, "all envelopes are closed");
        self.finished = true;
        Ok(())
    }
}

/// All that came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    pub kept: Kept,
    /// Of a run that came to its end, though its input may have broken off.
    pub report: Option<RunReport>,
    pub error: Option<RunError>,
}

/// Gives its bytes in pieces of these sizes, in turn.
pub struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: &'a [usize],
    turn: usize,
}

impl<'a> Pieces<'a> {
    pub fn new(bytes: &'a [u8], sizes: &'a [usize]) -> Pieces<'a> {
        Pieces { bytes, sizes, turn: 0 }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()].min(buffer.len()).min(self.bytes.len());
        self.turn += 1;
        buffer[..size].copy_from_slice(&self.bytes[..size]);
        self.bytes = &self.bytes[size..];
        Ok(size)
    }
}

/// Runs over one input.
pub fn run(mapping: &Mapping, options: &RunOptions, input: &[u8]) -> Outcome {
    run_all(mapping, options, &[("in.json", input)], &[usize::MAX])
}

/// Runs over inputs that come in pieces.
pub fn run_all(
    mapping: &Mapping,
    options: &RunOptions,
    inputs: &[(&str, &[u8])],
    sizes: &[usize],
) -> Outcome {
    let mut kept = Kept::default();
    let (report, error) = {
        let mut run = mapping.start(options, Box::new(&mut kept)).expect("the parameters are right");
        let mut error = None;
        for (name, bytes) in inputs {
            error = run.read(name, &mut Pieces::new(bytes, sizes)).err();
            if error.is_some() {
                break;
            }
        }
        match error {
            None | Some(RunError::Input { .. }) => match run.finish() {
                Ok(report) => (Some(report), error),
                Err(error) => (None, Some(error)),
            },
            Some(error) => (None, Some(error)),
        }
    };
    Outcome { kept, report, error }
}

impl Outcome {
    /// What went wrong, and what became of each document: for snapshots.
    pub fn told(&self) -> String {
        let mut out = String::new();
        for document in &self.kept.documents {
            writeln!(out, "written {} ({} lines)", document.key, document.lines).expect("a string takes all");
        }
        for r in &self.kept.rejects {
            let key = r.key.as_deref().unwrap_or("-");
            writeln!(out, "refused {key} at {} byte {}: {} {}", r.place, r.place.byte, r.code, r.message)
                .expect("a string takes all");
        }
        match &self.error {
            None => {}
            Some(RunError::Input { code, message, place }) => {
                writeln!(out, "broken at {place} byte {}: {} {message}", place.byte, code.id())
                    .expect("a string takes all");
            }
            Some(RunError::TooManyRejects(_)) => out.push_str("too many rejects\n"),
            Some(RunError::Stopped) => out.push_str("stopped\n"),
            Some(RunError::Sink(error)) => writeln!(out, "{error}").expect("a string takes all"),
        }
        out
    }

    /// The numbers of the documents written.
    pub fn keys(&self) -> Vec<&str> {
        self.kept.documents.iter().map(|d| d.key.as_str()).collect()
    }
}

/// A record of [`RECORDS`] that balances.
pub fn record(id: &str, note: &str) -> String {
    format!(
        r#"{{"id":"{id}","day":"2024-05-01","ccy":"EUR","note":"{note}","entries":[{{"account":"400000","amount":12.5}},{{"account":"280000","amount":-12.5}}]}}"#
    )
}

/// A line of [`LINES`].
pub fn line(doc: &str, amount: &str) -> String {
    format!(r#"{{"doc":"{doc}","day":"2024-05-01","ccy":"EUR","account":"400000","amount":{amount}}}"#)
}

/// Records of [`RECORDS`], `D0`, `D1` and so on.
pub fn records(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|i| record(&format!("D{i}"), "a < b & c")).collect()
}

/// The options most tests run with.
pub fn options() -> RunOptions {
    RunOptions { run_id: "R1".into(), ..RunOptions::default() }
}

/// Sends a signal to a child whose input stays open, and waits for its exit code.
pub fn signalled(child: &mut std::process::Child, signal: &str) -> Option<i32> {
    let kill = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(kill.expect("there is a kill").success());
    loop {
        // `wait` would close the input.
        if let Some(status) = child.try_wait().expect("it is our child") {
            return status.code();
        }
        std::thread::yield_now();
    }
}
