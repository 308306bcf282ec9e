//! The job as a careful engineer writes it when the first one is too slow: serde_json borrowing from the input,
//! one document at a time, bytes written by hand.

use compare::{Arguments, Counts, Exact, Failure, cut, length_max};
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::Write;

/// Output is handed to the file in pieces of about this size.
const BLOCK_BYTES: usize = 1 << 18;

/// A text that borrows where it has no escapes; inside `Option`, serde borrows only through such a struct.
#[derive(Deserialize, PartialEq)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Origin<'a> {
    #[serde(borrow)]
    created_at: Text<'a>,
    #[serde(borrow)]
    source: Text<'a>,
}

#[derive(Deserialize)]
struct Rate<'a> {
    #[serde(borrow)]
    rate: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    doc_no: Text<'a>,
    #[serde(borrow)]
    uuid: Text<'a>,
    #[serde(borrow)]
    company_code: Text<'a>,
    #[serde(borrow)]
    doc_type: Text<'a>,
    #[serde(borrow)]
    doc_date: Text<'a>,
    #[serde(borrow)]
    post_date: Text<'a>,
    #[serde(borrow)]
    currency: Text<'a>,
    #[serde(borrow)]
    local_currency: Text<'a>,
    #[serde(borrow)]
    reference: Option<Text<'a>>,
    #[serde(borrow)]
    header_text: Option<Text<'a>>,
    #[serde(borrow)]
    user: Text<'a>,
    period: u32,
    #[serde(borrow)]
    fx: Option<Rate<'a>>,
    #[serde(borrow)]
    lines: Vec<Line<'a>>,
}

#[derive(Deserialize)]
struct Dimensions<'a> {
    #[serde(borrow)]
    segment: Option<Text<'a>>,
    #[serde(borrow)]
    wbs: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    line_no: u32,
    #[serde(borrow)]
    account: &'a RawValue,
    #[serde(borrow)]
    amount: &'a RawValue,
    #[serde(borrow)]
    local_amount: &'a RawValue,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    cost_center: Option<Text<'a>>,
    #[serde(borrow)]
    profit_center: Option<Text<'a>>,
    #[serde(borrow)]
    tax_code: Option<Text<'a>>,
    #[serde(borrow)]
    assignment: Option<Text<'a>>,
    #[serde(borrow)]
    value_date: Option<Text<'a>>,
    #[serde(borrow)]
    dims: Option<Dimensions<'a>>,
}

/// A row of the flat form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(borrow)]
    doc_no: Text<'a>,
    #[serde(borrow)]
    uuid: Text<'a>,
    #[serde(borrow)]
    company_code: Text<'a>,
    #[serde(borrow)]
    doc_type: Text<'a>,
    #[serde(borrow)]
    doc_date: Text<'a>,
    #[serde(borrow)]
    post_date: Text<'a>,
    #[serde(borrow)]
    currency: Text<'a>,
    #[serde(borrow)]
    local_currency: Text<'a>,
    #[serde(borrow)]
    reference: Option<Text<'a>>,
    #[serde(borrow)]
    header_text: Option<Text<'a>>,
    #[serde(borrow)]
    user: Text<'a>,
    period: u32,
    #[serde(borrow)]
    fx_rate: Option<&'a RawValue>,
    line_no: u32,
    #[serde(borrow)]
    account: &'a RawValue,
    #[serde(borrow)]
    amount: &'a RawValue,
    #[serde(borrow)]
    local_amount: &'a RawValue,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    cost_center: Option<Text<'a>>,
    #[serde(borrow)]
    profit_center: Option<Text<'a>>,
    #[serde(borrow)]
    tax_code: Option<Text<'a>>,
    #[serde(borrow)]
    assignment: Option<Text<'a>>,
    #[serde(borrow)]
    value_date: Option<Text<'a>>,
    #[serde(borrow)]
    segment: Option<Text<'a>>,
    #[serde(borrow)]
    wbs: Option<Text<'a>>,
}

/// What stands once a document.
#[derive(PartialEq)]
struct Header<'a> {
    doc_no: Text<'a>,
    uuid: Text<'a>,
    company_code: Text<'a>,
    doc_type: Text<'a>,
    doc_date: Text<'a>,
    post_date: Text<'a>,
    currency: Text<'a>,
    local_currency: Text<'a>,
    reference: Option<Text<'a>>,
    header_text: Option<Text<'a>>,
    user: Text<'a>,
    period: u32,
    rate: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn split(self) -> (Header<'a>, Line<'a>) {
        let line = Line {
            line_no: self.line_no,
            account: self.account,
            amount: self.amount,
            local_amount: self.local_amount,
            text: self.text,
            cost_center: self.cost_center,
            profit_center: self.profit_center,
            tax_code: self.tax_code,
            assignment: self.assignment,
            value_date: self.value_date,
            dims: Some(Dimensions { segment: self.segment, wbs: self.wbs }),
        };
        let header = Header {
            doc_no: self.doc_no,
            uuid: self.uuid,
            company_code: self.company_code,
            doc_type: self.doc_type,
            doc_date: self.doc_date,
            post_date: self.post_date,
            currency: self.currency,
            local_currency: self.local_currency,
            reference: self.reference,
            header_text: self.header_text,
            user: self.user,
            period: self.period,
            rate: self.fx_rate.map(RawValue::get),
        };
        (header, line)
    }
}

impl<'a> Entry<'a> {
    fn split(self) -> (Header<'a>, Vec<Line<'a>>) {
        let header = Header {
            doc_no: self.doc_no,
            uuid: self.uuid,
            company_code: self.company_code,
            doc_type: self.doc_type,
            doc_date: self.doc_date,
            post_date: self.post_date,
            currency: self.currency,
            local_currency: self.local_currency,
            reference: self.reference,
            header_text: self.header_text,
            user: self.user,
            period: self.period,
            rate: self.fx.map(|fx| fx.rate.get()),
        };
        (header, self.lines)
    }
}

/// A string's inside, or a number as it stands.
fn scalar(value: &RawValue) -> &str {
    value.get().trim_matches('"')
}

/// An empty text counts as none.
fn present<'a>(text: &'a Option<Text<'_>>) -> Option<&'a str> {
    text.as_ref().map(|text| &*text.0).filter(|text| !text.is_empty())
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = memchr::memchr3(b'&', b'<', b'>', rest) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(match rest[at] {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            _ => b"&gt;",
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// An element with its tags joined at compile time.
macro_rules! element {
    ($out:expr, $name:literal, $text:expr) => {{
        $out.extend_from_slice(concat!("<", $name, ">").as_bytes());
        put_text($out, $text);
        $out.extend_from_slice(concat!("</", $name, ">").as_bytes());
    }};
}

macro_rules! optional {
    ($out:expr, $name:literal, $text:expr) => {
        if let Some(text) = $text {
            element!($out, $name, text);
        }
    };
}

/// The sums of the document being written, and whether something in it is wrong.
#[derive(Default)]
struct Sums {
    amount: i128,
    local: i128,
    bad: bool,
}

struct Program {
    out: Vec<u8>,
    file: File,
    cost_centers: HashMap<String, String>,
    counts: Counts,
    created: String,
    system: String,
    /// Where the document being written starts in `out`.
    start: usize,
}

impl Program {
    fn begin(&mut self) {
        self.out.extend_from_slice(compare::ENVELOPE_START.as_bytes());
        self.out.extend_from_slice(b"<MessageHeader>");
        element!(&mut self.out, "ID", compare::RUN_ID);
        element!(&mut self.out, "CreationDateTime", compare::RUN_TIME);
        self.out.extend_from_slice(b"</MessageHeader>\n");
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    fn entry(&mut self, entry: Entry) -> std::io::Result<()> {
        let (header, lines) = entry.split();
        self.open(&header);
        let mut sums = Sums::default();
        for line in &lines {
            self.line(&header, line, &mut sums);
        }
        self.close(&sums)
    }

    fn open(&mut self, header: &Header) {
        self.start = self.out.len();
        self.counts.documents += 1;
        let out = &mut self.out;
        out.extend_from_slice(b"<JournalEntryCreateRequest><MessageHeader>");
        element!(out, "ID", &header.doc_no.0);
        element!(out, "UUID", &header.uuid.0);
        element!(out, "CreationDateTime", &self.created);
        out.extend_from_slice(b"</MessageHeader><JournalEntry>");
        element!(out, "OriginalReferenceDocumentType", "BKPFF");
        element!(out, "OriginalReferenceDocument", &header.doc_no.0);
        element!(out, "OriginalReferenceDocumentLogicalSystem", &self.system);
        element!(out, "BusinessTransactionType", "RFBU");
        element!(out, "AccountingDocumentType", &header.doc_type.0);
        optional!(
            out,
            "DocumentReferenceID",
            present(&header.reference).map(|t| cut(t, length_max::REFERENCE))
        );
        optional!(
            out,
            "DocumentHeaderText",
            present(&header.header_text).map(|t| cut(t, length_max::HEADER_TEXT))
        );
        element!(out, "CreatedByUser", cut(&header.user.0, length_max::USER));
        element!(out, "CompanyCode", &header.company_code.0);
        element!(out, "DocumentDate", &header.doc_date.0);
        element!(out, "PostingDate", cut(&header.post_date.0, 10));
        element!(out, "PostingFiscalPeriod", &header.period.to_string());
        optional!(out, "ExchangeRate", header.rate);
    }

    fn line(&mut self, header: &Header, line: &Line, sums: &mut Sums) {
        self.counts.lines += 1;
        let out = &mut self.out;
        out.extend_from_slice(b"<Item><ReferenceDocumentItem>");
        write!(out, "{}", line.line_no).expect("writing to memory does not fail");
        out.extend_from_slice(b"</ReferenceDocumentItem><GLAccount>");
        let account = scalar(line.account);
        out.extend(std::iter::repeat_n(b'0', length_max::ACCOUNT.saturating_sub(account.len())));
        put_text(out, account);
        out.extend_from_slice(b"</GLAccount><AmountInTransactionCurrency currencyCode=\"");
        let amount = put_amount(out, line.amount, &header.currency.0);
        out.extend_from_slice(b"</AmountInTransactionCurrency><AmountInCompanyCodeCurrency currencyCode=\"");
        let local = put_amount(out, line.local_amount, &header.local_currency.0);
        out.extend_from_slice(b"</AmountInCompanyCodeCurrency>");
        match (amount, local) {
            (Some(amount), Some(local)) => {
                sums.amount += amount;
                sums.local += local;
            }
            _ => sums.bad = true,
        }
        element!(out, "DebitCreditCode", if amount.is_some_and(|a| a < 0) { "H" } else { "S" });
        optional!(out, "DocumentItemText", present(&line.text).map(|t| cut(t, length_max::ITEM_TEXT)));
        optional!(
            out,
            "AssignmentReference",
            present(&line.assignment).map(|t| cut(t, length_max::ASSIGNMENT))
        );
        if let Some(code) = present(&line.tax_code) {
            out.extend_from_slice(b"<Tax>");
            element!(out, "TaxCode", code);
            out.extend_from_slice(b"</Tax>");
        }
        if let Some(date) = present(&line.value_date) {
            if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) {
                out.extend_from_slice(b"<ValueDate>");
                for (part, mark) in [(&date[..4], "-"), (&date[4..6], "-"), (&date[6..], "</ValueDate>")] {
                    out.extend_from_slice(part.as_bytes());
                    out.extend_from_slice(mark.as_bytes());
                }
            } else {
                sums.bad = true;
            }
        }
        put_assignment(out, line, &self.cost_centers);
        out.extend_from_slice(b"</Item>");
    }

    fn close(&mut self, sums: &Sums) -> std::io::Result<()> {
        if sums.bad || sums.amount != 0 || sums.local != 0 {
            self.counts.rejected += 1;
            self.out.truncate(self.start);
            return Ok(());
        }
        self.out.extend_from_slice(b"</JournalEntry></JournalEntryCreateRequest>\n");
        if self.out.len() > BLOCK_BYTES { self.flush() } else { Ok(()) }
    }
}

/// Currency and amount; the value in minor units, when the currency has digits for it.
fn put_amount(out: &mut Vec<u8>, token: &RawValue, currency: &str) -> Option<i128> {
    put_text(out, currency);
    out.extend_from_slice(b"\">");
    let text = scalar(token);
    let amount = Exact::parse(text)?;
    if text.contains(['e', 'E']) {
        amount.write(out);
    } else {
        out.extend_from_slice(text.as_bytes());
    }
    amount.units(compare::currency_digits(currency))
}

fn put_assignment(out: &mut Vec<u8>, line: &Line, cost_centers: &HashMap<String, String>) {
    let (segment, wbs) = match &line.dims {
        Some(dims) => (present(&dims.segment), present(&dims.wbs)),
        None => (None, None),
    };
    let cost_center = present(&line.cost_center)
        .map(|code| cost_centers.get(code).map_or(compare::COST_CENTER_DEFAULT, String::as_str));
    let profit_center = present(&line.profit_center);
    if profit_center.or(segment).or(cost_center).or(wbs).is_none() {
        return;
    }
    out.extend_from_slice(b"<AccountAssignment>");
    optional!(out, "ProfitCenter", profit_center);
    optional!(out, "Segment", segment);
    optional!(out, "CostCenter", cost_center);
    optional!(out, "WBSElement", wbs);
    out.extend_from_slice(b"</AccountAssignment>");
}

/// Walks the batch object and hands each entry on before the next is read.
struct BatchVisitor<'p>(&'p mut Program);

impl<'de> Visitor<'de> for BatchVisitor<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a batch")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "batch" => {
                    let origin: Origin = map.next_value()?;
                    self.0.created = origin.created_at.0.into_owned();
                    self.0.system = origin.source.0.into_owned();
                }
                "entries" => map.next_value_seed(EntriesVisitor(&mut *self.0))?,
                _ => {
                    map.next_value::<de::IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct EntriesVisitor<'p>(&'p mut Program);

impl<'de> DeserializeSeed<'de> for EntriesVisitor<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EntriesVisitor<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entries")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(entry) = sequence.next_element::<Entry<'de>>()? {
            self.0.entry(entry).map_err(de::Error::custom)?;
        }
        Ok(())
    }
}

/// Groups adjacent rows of one document; lines are written as they come and taken back when it is refused.
fn rows(program: &mut Program, input: &[u8]) -> Result<(), Failure> {
    let mut open: Option<Header> = None;
    let mut sums = Sums::default();
    for row in input.split(|&byte| byte == b'\n').filter(|row| !row.is_empty()) {
        let (header, line) = serde_json::from_slice::<Row>(row)?.split();
        match &open {
            Some(first) if first.doc_no == header.doc_no => sums.bad |= *first != header,
            _ => {
                if open.is_some() {
                    program.close(&sums)?;
                }
                program.open(&header);
                sums = Sums::default();
                open = Some(header);
            }
        }
        let header = open.as_ref().expect("the first row opens a document");
        program.line(header, &line, &mut sums);
    }
    if open.is_some() {
        program.close(&sums)?;
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::read()?;
    let mut program = Program {
        out: Vec::with_capacity(2 * BLOCK_BYTES),
        file: File::create(&arguments.output)?,
        cost_centers: arguments.cost_centers,
        counts: Counts::default(),
        created: compare::RUN_TIME.to_owned(),
        system: compare::SYSTEM.to_owned(),
        start: 0,
    };
    let input = std::fs::read(&arguments.input)?;
    program.begin();
    if arguments.ndjson {
        rows(&mut program, &input)?;
    } else {
        let mut json = serde_json::Deserializer::from_slice(&input);
        json.deserialize_map(BatchVisitor(&mut program))?;
        json.end()?;
    }
    program.out.extend_from_slice(compare::ENVELOPE_END.as_bytes());
    program.flush()?;
    program.counts.report();
    Ok(())
}
