//! Steps against operations: whatever the data is, both write the same, refuse the same and count the same.

use super::Mapping;
use crate::sink::{EnvelopeHead, Outcome, Outcomes, Reject, Sink, SinkError};
use crate::{Loader, RunOptions};
use std::fmt::Write;

const MAP: &str = r#"
map steps version 1
target s4.journal_entry profile 2024
param system: text(1..10) = "A&B<1>"
source json record {
  id: text(1..20), company: text(1..4), kind: text(1..5), day: date, time: time, ccy: currency, local: currency
  reference: text?, header: text?, user: text, period: int?, rate: decimal?, ledger: text?
  lines: [ {
    number: int, account: text number, amount: money(ccy), other: money(local)?, text: text?, center: text?
    profit: text(1..10)?, tax: text(1..4)?, assignment: text?, day: date "yyyyMMdd"?, segment: text(1..10)?, code: text?
  } ]
}
table centers = csv("centers.csv") { code: text key, center: text(1..20) }
fn center_of(code: text) -> text = centers[code]?.center or "0000009999"
document from record key id {
  let balance = sum(line.amount for line in lines)
  reject "off" when amount_of(balance) != 0 note "{id} by {balance}"
  OriginalReferenceDocumentType          = "BKPFF"
  OriginalReferenceDocument              = id
  OriginalReferenceDocumentLogicalSystem = system
  BusinessTransactionType                = "RFBU"
  AccountingDocumentType                 = kind
  DocumentReferenceID                    = reference | cut(16) or omit
  DocumentHeaderText                     = header | cut(25) or omit
  CreatedByUser                          = user | cut(12)
  CompanyCode                            = company
  DocumentDate                           = day
  PostingDate                            = date_of(time)
  PostingFiscalPeriod                    = period | to_text or omit
  ExchangeRate                           = rate or omit
  for line in lines {
    Item {
      ReferenceDocumentItem       = line.number | to_text
      GLAccount                   = line.account | alpha(10)
      AmountInTransactionCurrency = line.amount
      AmountInCompanyCodeCurrency = line.other or omit
      DebitCreditCode             = debit_credit(line.amount)
      DocumentItemText            = line.text | cut(50) or omit
      AssignmentReference         = line.assignment | cut(18) or omit
      Tax.TaxCode                 = line.tax or omit
      ValueDate                   = line.day or omit
      AccountAssignment {
        ProfitCenter = line.profit or omit
        Segment      = line.segment or omit
        CostCenter   = line.center | center_of or omit
        WBSElement   = line.code or omit
      }
    }
  }
}
"#;

struct Centers;

impl Loader for Centers {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        let mut rows = "code,center\n".to_owned();
        for number in 0..300 {
            let width = number % 19 + 1;
            let odd = ["", "&", "ä", "<"][number % 97 % 4];
            writeln!(rows, "C{number:0width$},{odd}{number:0>width$}").expect("a string takes all");
        }
        Ok(rows.into_bytes())
    }
}

/// Keeps what is written and what is refused.
struct Kept<'a>(&'a mut String);

impl Sink for Kept<'_> {
    fn open(&mut self, _: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.0.push_str(std::str::from_utf8(bytes).expect("XML of UTF-8"));
        Ok(())
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        let Reject { code, message, place, key, .. } = reject;
        writeln!(self.0, "{code:?} {message} {place:?} {key:?}").expect("a string takes all");
        Ok(())
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        Ok(Outcomes::All(Outcome::Accepted))
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Numbers that look the same on every machine (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % end
    }
    /// Now and then.
    fn rarely(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
    /// A text as JSON, nothing or something else.
    fn text(&mut self, longest: u64) -> String {
        if self.rarely(90) {
            return ["null", "\"\"", "7", "true", "\"\\u00fc\\n\"", "\"\\u0007\""][self.below(6) as usize]
                .into();
        }
        let odd = ["ü", "&", "<", ">", "\\\"", "\\t", "日", "'", "\\u0041"];
        let mut text = String::from("\"");
        for _ in 0..=self.below(longest) {
            match self.rarely(30) {
                true => text.push_str(odd[self.below(9) as usize]),
                false => text.push(char::from(b'a' + self.below(26) as u8)),
            }
        }
        text + "\""
    }
    fn digits(&mut self, longest: u64) -> String {
        let letter = if self.rarely(200) { "x" } else { "" };
        let digits: String =
            (0..=self.below(longest)).map(|_| char::from(b'0' + self.below(10) as u8)).collect();
        if self.rarely(3) && !digits.starts_with('0') && letter.is_empty() {
            digits
        } else {
            format!("\"{digits}{letter}\"")
        }
    }
    /// An amount in thousandths, as JSON may spell it.
    fn amount(&mut self, thousandths: i64) -> String {
        let (sign, size) = (if thousandths < 0 { "-" } else { "" }, thousandths.unsigned_abs());
        let full = format!("{sign}{}.{:03}", size / 1000, size % 1000);
        let short = full.trim_end_matches('0').trim_end_matches('.');
        match self.below(8) {
            0 => format!("\"{short}\""),
            1 if size.is_multiple_of(10) => full[..full.len() - 1].to_owned(),
            2 => full,
            3 => format!("{thousandths}e-3"),
            _ => short.to_owned(),
        }
    }
    fn date(&mut self) -> String {
        let last = if self.rarely(100) { 40 } else { 28 };
        let day = 1 + self.below(last);
        format!("{:04}-{:02}-{day:02}", 1990 + self.below(60), 1 + self.below(12))
    }
    fn record(&mut self, number: u64) -> String {
        let [ccy, local] = [0, 1].map(|_| {
            ["EUR", "JPY", "BHD", "USD", "eur", "XX"]
                [self.below(if number.is_multiple_of(9) { 6 } else { 4 }) as usize]
        });
        let step = [10, 1000, 1, 10][["EUR", "JPY", "BHD"].iter().position(|c| *c == ccy).unwrap_or(3)];
        let mut out = format!(
            r#"{{"id":"D{number}","company":{},"kind":"SA","day":"{}","time":"{}T10:00:00Z","ccy":"{ccy}","local":"{local}","reference":{},"header":{},"user":{},"period":{},"rate":{},"ledger":null,"lines":["#,
            if self.rarely(40) { self.text(5) } else { "\"1010\"".into() },
            self.date(),
            self.date(),
            self.text(20),
            self.text(40),
            self.text(15),
            self.below(20),
            self.amount(1_234_567),
        );
        let (count, mut left) = (1 + self.below(6), 0);
        for line in 0..=count {
            let size = [1_000, 1_000_000, 10_000_000_000, 9_000_000_000_000_000][self.below(4) as usize];
            let one = (self.below(size) as i64 - size as i64 / 3) * step % 9_000_000_000_000;
            let amount = if line == count && !self.rarely(10) { -left } else { one };
            left += amount;
            let number = if self.rarely(40) { self.below(10_000_000) } else { line + 1 };
            write!(
                out,
                r#"{}{{"number":{number},"account":{},"amount":{},"text":{},"#,
                if line > 0 { "," } else { "" },
                self.digits(11),
                self.amount(amount),
                self.text(70)
            )
            .expect("a string takes all");
            if !self.rarely(3) {
                write!(
                    out,
                    r#""other":{},"profit":{},"tax":{},"#,
                    self.amount(amount),
                    self.text(8),
                    self.text(4)
                )
                .expect("a string takes all");
            }
            if !self.rarely(3) {
                let code = self.below(310) as usize;
                write!(
                    out,
                    r#""center":"C{code:0width$}","assignment":{},"day":"{}","#,
                    self.text(22),
                    self.date().replace('-', ""),
                    width = code % 19 + 1
                )
                .expect("a string takes all");
            }
            write!(out, r#""segment":{},"code":{}}}"#, self.text(6), self.text(20))
                .expect("a string takes all");
        }
        out + "]}\n"
    }
}

/// Everything that comes of a run: the messages, the refused documents, the report.
fn run(mapping: &Mapping, input: &str) -> (String, u64) {
    let mut kept = String::new();
    let options = RunOptions { threads: 1, ..RunOptions::default() };
    let mut run = mapping.start(&options, Box::new(Kept(&mut kept))).expect("its parameter has a default");
    run.read("in.ndjson", &mut input.as_bytes()).expect("broken lines are rejects");
    let mut report = run.finish().expect("memory does not fill up");
    report.elapsed = Default::default();
    let written = report.counts.written.documents;
    (format!("{kept}{}", report.to_json()), written)
}

#[test]
fn steps_and_operations_do_the_same() {
    let documents: u64 =
        std::env::var("JEMAP_DOCUMENTS").ok().and_then(|count| count.parse().ok()).unwrap_or(3_000);
    let compiled = Mapping::compile("steps.map", MAP, &Centers);
    let quick = compiled.mapping.unwrap_or_else(|| panic!("{}", compiled.reports));
    let mut long = Mapping::compile("steps.map", MAP, &Centers).mapping.expect("it did a moment ago");
    assert!(long.plan.take_the_long_way() > 20, "most values have a form");
    let (mut random, mut written) = (Random(42), 0);
    for begin in (0..documents).step_by(1_000) {
        let numbers = begin..documents.min(begin + 1_000);
        let input: String = numbers.map(|number| random.record(number)).collect();
        let ((ours, count), (theirs, _)) = (run(&quick, &input), run(&long, &input));
        written += count;
        if ours != theirs {
            let (a, b) = ours.lines().zip(theirs.lines()).find(|(a, b)| a != b).unwrap_or_default();
            panic!("a step:\n{a}\nits operation:\n{b}");
        }
    }
    assert!(written > documents / 20 && written < documents, "{written} of {documents} were written");
}
