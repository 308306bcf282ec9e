//! No allocation per document: a run over twice as many documents asks the allocator as often.
//!
//! It counts for the whole process, so it is one test in a binary of its own.
#![allow(
    unsafe_code,
    reason = "a global allocator can only be declared as unsafe; it hands everything on to the system's"
)]

use jemap::sink::{EnvelopeHead, Outcome, Outcomes, Sink, SinkError};
use jemap::{Loader, Mapping, RunOptions};
use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what it is asked for.
struct Counting;

static COUNT: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is the system allocator's own, with the same arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Documents of the shorter run.
const DOCUMENTS: usize = 10_000;

/// What may grow with the input by doubling: the keys that were met, buffers of the longest block.
const DOUBLINGS_MAX: u64 = 32;

const RECORDS: &str = r#"
map receipts version 1
target s4.journal_entry profile 2024
source json record {
  id: text(1..16), day: date, ccy: currency, note: text?, rate: decimal?, kind: "sale" | "refund"
  entries: [ { account: text, amount: money(ccy), tax: decimal } ]
}
table accounts = csv("accounts.csv") { account: text key, sap: text(1..10) }
document from record key id {
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = kind == "sale" ? "DR" : "DG"
  DocumentReferenceID = id
  DocumentHeaderText = note | cut(25) or omit
  CreatedByUser = "TEST"
  CompanyCode = "1010"
  DocumentDate = day
  PostingDate = day
  ExchangeRate = rate or omit
  for entry in entries {
    Item {
      ReferenceDocumentItem = item.number
      GLAccount = accounts[entry.account].sap | alpha(10)
      AmountInTransactionCurrency = entry.amount
      DebitCreditCode = debit_credit(entry.amount)
      DocumentItemText = (note or "-") ++ " " ++ to_text(entry.tax) | cut(50)
      AssignmentReference = format(day, "yyyyMMdd")
    }
  }
}
"#;

const LINES: &str = r#"
map journal version 1
target s4.journal_entry profile 2024
source json line {
  doc: text(1..16), day: date, ccy: currency, account: text, side: "D" | "C", amount: money(ccy), memo: text?
}
table accounts = csv("accounts.csv") { account: text key, sap: text(1..10) }
document per doc adjacent {
  same day, ccy
  let signed = side == "D" ? amount : -amount
  reject "debit and credit differ" when sum(signed) != 0
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = "SA"
  DocumentReferenceID = doc
  DocumentHeaderText = first(memo) | cut(25) or omit
  CreatedByUser = "TEST"
  CompanyCode = "1010"
  DocumentDate = day
  PostingDate = day
  route line by side {
    "D" => Item { GLAccount = accounts[account].sap | alpha(10) }
    "C" => Item { GLAccount = account | upper | pad_left(10, "0") }
    each {
      ReferenceDocumentItem = item.number
      AmountInTransactionCurrency = signed
      DebitCreditCode = debit_credit(signed)
      DocumentItemText = memo or omit
    }
  }
}
"#;

struct Tables;

impl Loader for Tables {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(b"account,sap\nsales,800000\nbank,113100\n".to_vec())
    }
}

/// Takes everything and keeps nothing.
#[derive(Default)]
struct Nowhere {
    bytes: u64,
}

impl Sink for Nowhere {
    fn open(&mut self, _: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.bytes += bytes.len() as u64;
        Ok(())
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        Ok(Outcomes::All(Outcome::Accepted))
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

fn records(count: usize) -> String {
    let mut out = String::new();
    for i in 0..count {
        let kind = if i % 3 == 0 { "refund" } else { "sale" };
        writeln!(
            out,
            r#"{{"id":"D{i:08}","day":"2024-05-01","ccy":"EUR","note":"caf\u00e9 <{i:08}> & \"more\"","rate":1.25,"kind":"{kind}","other":[1,{{"x":null}}],"entries":[{{"account":"sales","amount":"12.50","tax":1.9e1}},{{"account":"bank","amount":-12.5,"tax":0}}]}}"#
        )
        .expect("a string takes all");
    }
    out
}

fn lines(count: usize) -> String {
    let mut out = String::new();
    for i in 0..count {
        for side in ["D", "C"] {
            writeln!(
                out,
                r#"{{"doc":"D{i:08}","day":"2024-05-01","ccy":"EUR","account":"bank","side":"{side}","amount":7.01,"memo":"a\tb"}}"#
            )
            .expect("a string takes all");
        }
    }
    out
}

/// How often the allocator was asked while documents flowed.
fn asked(mapping: &Mapping, input: &str, documents: usize) -> u64 {
    let mut sink = Nowhere::default();
    let mut run =
        mapping.start(&RunOptions::default(), Box::new(&mut sink)).expect("there are no parameters");
    let before = COUNT.load(Ordering::Relaxed);
    run.read("in.ndjson", &mut input.as_bytes()).expect("the input is right");
    let count = COUNT.load(Ordering::Relaxed) - before;
    let report = run.finish().expect("memory does not fill up");
    assert_eq!(report.counts.written.documents, documents as u64, "{}", report.text(false));
    assert!(sink.bytes > 0);
    count
}

#[test]
fn no_allocation_per_document() {
    for (what, text, input) in [("records", RECORDS, records as fn(usize) -> String), ("lines", LINES, lines)]
    {
        let compiled = Mapping::compile("test.map", text, &Tables);
        let mapping = compiled.mapping.unwrap_or_else(|| panic!("{}", compiled.reports));
        let (few, many) = (input(DOCUMENTS), input(2 * DOCUMENTS));
        let few = asked(&mapping, &few, DOCUMENTS);
        let many = asked(&mapping, &many, 2 * DOCUMENTS);
        let more = many.saturating_sub(few);
        println!("{what}: {few} for {DOCUMENTS} documents, {many} for twice as many");
        assert!(more <= DOUBLINGS_MAX, "{what}: {few} for {DOCUMENTS} documents, {many} for twice as many");
    }
}
