//! A real mapping, run into a book.

use super::{Folder, batch, count, open};
use crate::book::{BookSink, Counts, Filter, Sealing};
use crate::fate::{Mode, Phase};
use crate::mapping::{Loader, Mapping, RunOptions};

struct NoFiles;

impl Loader for NoFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(format!("{path} is not there"))
    }
}

const MAP: &str = r#"
map billing version 1
target s4.journal_entry profile 2024
source json record {
  id: text(1..16), day: date, ccy: currency, cash: text(1..10), income: text(1..10), amount: money(ccy)
}
document from record key id {
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = "SA"
  DocumentReferenceID = id
  CreatedByUser = "JEMAP"
  CompanyCode = "1010"
  DocumentDate = day
  PostingDate = day
  Item { GLAccount = cash | alpha(10); AmountInTransactionCurrency = amount }
  Item { GLAccount = income | alpha(10); AmountInTransactionCurrency = -amount }
}
"#;

fn record(id: &str, amount: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"day\":\"2026-03-31\",\"ccy\":\"EUR\",\"cash\":\"100000\",\"income\":\"410000\",\"amount\":{amount}}}\n"
    )
}

fn run(book: &mut crate::book::Book, input: &str) -> Counts {
    let mapping = Mapping::compile("billing.map", MAP, &NoFiles).mapping.expect("it is right");
    let options = RunOptions { destination: "s4".into(), threads: 2, ..RunOptions::default() };
    let mut sink = BookSink::new(book.intake(batch(Mode::Async)).unwrap(), "CompanyCode");
    let mut run = mapping.start(&options, Box::new(&mut sink)).unwrap();
    run.read("a.ndjson", &mut input.as_bytes()).unwrap();
    run.finish().unwrap();
    sink.counts().clone()
}

#[test]
fn a_run_is_taken_its_rejects_are_mended_and_the_envelope_is_whole() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    let wrong = record("R-2", "\"much\"");
    let input = record("R-1", "12.50") + &wrong + &record("R-3", "1.00");
    let counts = run(&mut book, &input);
    assert_eq!((counts.taken, counts.rejected), (2, 1));
    let mended = record("R-1", "12.50") + &record("R-2", "2.00") + &record("R-3", "1.00");
    let counts = run(&mut book, &mended);
    assert_eq!((counts.taken, counts.duplicates, counts.conflicts), (1, 2, 0), "{counts:?}");
    assert_eq!(run(&mut book, &record("R-3", "1.01")).conflicts, 1);
    assert_eq!(count(&book, Phase::Ready), 3);
    let company = Some("1010".to_owned());
    assert_eq!(book.list(&Filter { company, limit: 9, ..Filter::default() }).unwrap().len(), 3);
    let order = Sealing { destination: "s4", documents_max: 100, bytes_max: 1 << 20 };
    book.turn(|turn| turn.seal(&order)).unwrap().unwrap();
    let claim = book.turn(|turn| turn.claim("s4", "w", 0, 60_000)).unwrap().unwrap();
    let body = String::from_utf8(claim.body).unwrap();
    assert_eq!(claim.members.len(), 2, "the mended one waits in the envelope of its own batch");
    assert!(body.starts_with("<?xml") && body.ends_with("</soapenv:Envelope>\n"), "{body}");
    assert!(claim.members.iter().all(|m| body.contains(&m.reference)), "{body}");
    assert_eq!(book.check(), []);
}

#[test]
fn of_a_line_over_the_limit_the_beginning_is_kept_and_called_cut() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    let mapping = Mapping::compile("billing.map", MAP, &NoFiles).mapping.expect("it is right");
    let options = RunOptions { document_bytes_max: 4_000, ..RunOptions::default() };
    let long = record("R-2", &format!("1{}.00", " ".repeat(4_000)));
    let input = record("R-1", "12.50") + &long + &record("R-3", "\"much\"");
    let mut sink = BookSink::new(book.intake(batch(Mode::Async)).unwrap(), "CompanyCode");
    let mut run = mapping.start(&options, Box::new(&mut sink)).unwrap();
    run.read("a.ndjson", &mut input.as_bytes()).unwrap();
    run.finish().unwrap();
    let phases = vec![Phase::RejectedData];
    let listed = book.list(&Filter { phases, limit: 9, ..Filter::default() }).unwrap();
    let cut = listed.iter().map(|listed| {
        let shown = book.show(listed.key).unwrap().unwrap();
        let revision = &shown.revisions[0];
        (revision.original.len() < 2_000 && long.as_bytes().starts_with(&revision.original))
            && revision.refusal.as_deref().unwrap().contains("\"cut\":true")
    });
    assert_eq!(cut.collect::<Vec<_>>(), [false, true]);
    assert_eq!(book.check(), []);
}
