//! jemap turns JSON journal-entry batches into SOAP XML for SAP S/4HANA's *Journal Entry – Post* services,
//! by a declarative mapping that is checked against the service's contract before any data flows.
//!
//! Compile a [`Mapping`] once, then run it over readers into a [`Sink`]:
//!
//! ```
//! use jemap::{Loader, Mapping, RunOptions, WriteSink};
//!
//! struct NoFiles;
//! impl Loader for NoFiles {
//!     fn read(&self, path: &str) -> Result<Vec<u8>, String> {
//!         Err(format!("{path}: this mapping reads no files"))
//!     }
//! }
//!
//! let text = r#"
//! map receipts version 1
//! target s4.journal_entry profile 2024
//! source json record {
//!   id: text(1..16), day: date, ccy: currency, cash: text(1..10), income: text(1..10), amount: money(ccy)
//! }
//! document from record key id {
//!   OriginalReferenceDocumentType = "BKPFF"
//!   BusinessTransactionType = "RFBU"
//!   AccountingDocumentType = "SA"
//!   DocumentReferenceID = id
//!   CreatedByUser = "JEMAP"
//!   CompanyCode = "1010"
//!   DocumentDate = day
//!   PostingDate = day
//!   Item { GLAccount = cash | alpha(10); AmountInTransactionCurrency = amount }
//!   Item { GLAccount = income | alpha(10); AmountInTransactionCurrency = -amount }
//! }
//! "#;
//! let compiled = Mapping::compile("receipts.map", text, &NoFiles);
//! let mapping = compiled.mapping.expect("the mapping is right");
//!
//! let mut xml = Vec::new();
//! let sink = Box::new(WriteSink::new(&mut xml, "memory"));
//! let options = RunOptions { run_time: "2026-04-30T18:00:00Z".into(), ..RunOptions::default() };
//! let mut run = mapping.start(&options, sink).expect("there are no parameters");
//! let json = r#"{"id":"R-1","day":"2026-03-31","ccy":"EUR","cash":"100000","income":"410000","amount":12.50}"#;
//! run.read("receipts.json", &mut json.as_bytes()).expect("the JSON is right");
//! let report = run.finish().expect("memory does not fill up");
//! assert_eq!(report.counts.written.documents, 1);
//! assert!(String::from_utf8(xml).unwrap().contains("<GLAccount>0000410000</GLAccount>"));
//! ```
//!
//! The stages, each a room of its own:
//!
//! ```text
//! text ─syntax→ Tree ─check→ Model ─plan→ Plan          bytes ─json→ frames ─run→ documents ─engine→ Sink
//! ```

#![deny(unsafe_code)]

#[cfg(doc)]
#[doc = include_str!("../ARCHITECTURE.md")]
pub mod architecture {}

// the order is that of the floors: a room uses only rooms above it
mod crash;
#[doc(hidden)]
pub mod diag;
mod vector;

#[doc(hidden)]
pub mod data;

#[doc(hidden)]
pub mod answer;
#[doc(hidden)]
pub mod contract;
#[cfg(feature = "delivery")]
#[doc(hidden)]
pub mod fate;
#[doc(hidden)]
pub mod func;
#[doc(hidden)]
pub mod json;
#[cfg(feature = "delivery")]
#[doc(hidden)]
pub mod listen;
#[doc(hidden)]
pub mod syntax;
#[doc(hidden)]
pub mod table;
#[doc(hidden)]
pub mod xml;

#[doc(hidden)]
pub mod check;

#[doc(hidden)]
pub mod plan;

#[doc(hidden)]
pub mod run;

#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod sink;

mod engine;
mod mapping;

#[cfg(feature = "delivery")]
#[doc(hidden)]
pub mod book;

#[cfg(feature = "delivery")]
#[doc(hidden)]
pub mod wire;

#[cfg(feature = "delivery")]
#[doc(hidden)]
pub mod courier;

#[cfg(feature = "delivery")]
#[doc(hidden)]
pub mod sandbox;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;

pub use check::Loader;
pub use diag::{Code, Label, Report, Reports, Severity, SourceId, Sources, Span};
pub use engine::{DamagedInput, Run};
pub use mapping::{
    Checked, Compiled, InputFormat, Mapping, ParamDefault, ParamInfo, Progress, RunError, RunOptions, Soap,
    Split,
};
pub use report::{Problem, RunReport};
pub use sink::{
    DocumentInfo, DocumentOutcome, EnvelopeHead, FileSink, Only, Origin, Original, Outcome, Outcomes, Place,
    Posted, Reject, Rerun, Rule, Sink, SinkError, WriteSink,
};
#[cfg(feature = "delivery")]
pub use wire::{Client, Configuration, SoapSink};
