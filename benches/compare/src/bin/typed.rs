//! The job as a good engineer writes it first: serde_json into owned structs, rust_decimal, quick-xml's `Writer`.

use compare::{Arguments, Counts, Failure, cut, length_max};
use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::BytesText;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::str::FromStr;

#[derive(Deserialize)]
struct Batch {
    batch: Origin,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Origin {
    created_at: String,
    source: String,
}

#[derive(Deserialize)]
struct Rate {
    rate: Exact,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    doc_no: String,
    uuid: String,
    company_code: String,
    doc_type: String,
    doc_date: String,
    post_date: String,
    currency: String,
    local_currency: String,
    reference: Option<String>,
    header_text: Option<String>,
    user: String,
    period: u32,
    fx: Option<Rate>,
    lines: Vec<Line>,
}

#[derive(Deserialize, Default)]
struct Dimensions {
    segment: Option<String>,
    wbs: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    line_no: u32,
    account: Account,
    amount: Exact,
    local_amount: Exact,
    text: Option<String>,
    cost_center: Option<String>,
    profit_center: Option<String>,
    tax_code: Option<String>,
    assignment: Option<String>,
    value_date: Option<String>,
    dims: Option<Dimensions>,
}

/// A row of the flat form: the header again, and one line.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    doc_no: String,
    uuid: String,
    company_code: String,
    doc_type: String,
    doc_date: String,
    post_date: String,
    currency: String,
    local_currency: String,
    reference: Option<String>,
    header_text: Option<String>,
    user: String,
    period: u32,
    fx_rate: Option<Exact>,
    line_no: u32,
    account: Account,
    amount: Exact,
    local_amount: Exact,
    text: Option<String>,
    cost_center: Option<String>,
    profit_center: Option<String>,
    tax_code: Option<String>,
    assignment: Option<String>,
    value_date: Option<String>,
    segment: Option<String>,
    wbs: Option<String>,
}

/// A decimal from the number's own text, or from a string: never through a float.
#[derive(PartialEq)]
struct Exact(Decimal);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Exact, D::Error> {
        let token = Box::<RawValue>::deserialize(deserializer)?;
        let text = token.get().trim_matches('"');
        let parse = if text.contains(['e', 'E']) { Decimal::from_scientific } else { Decimal::from_str };
        parse(text).map(Exact).map_err(de::Error::custom)
    }
}

/// Accounts come as strings and as numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Account {
    Text(String),
    Number(u64),
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Account::Text(text) => f.write_str(text),
            Account::Number(number) => write!(f, "{number}"),
        }
    }
}

impl Row {
    fn split(self) -> Entry {
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
        Entry {
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
            fx: self.fx_rate.map(|rate| Rate { rate }),
            lines: vec![line],
        }
    }
}

impl Entry {
    /// Whether everything but the lines is the same.
    fn same_header(&self, other: &Entry) -> bool {
        self.uuid == other.uuid
            && self.company_code == other.company_code
            && self.doc_type == other.doc_type
            && self.doc_date == other.doc_date
            && self.post_date == other.post_date
            && self.currency == other.currency
            && self.local_currency == other.local_currency
            && self.reference == other.reference
            && self.header_text == other.header_text
            && self.user == other.user
            && self.period == other.period
            && self.fx.as_ref().map(|fx| &fx.rate) == other.fx.as_ref().map(|fx| &fx.rate)
    }

    /// The job's refusals: digits the currency has not, dates that are none, documents that do not balance.
    fn valid(&self) -> bool {
        let (mut sum, mut local_sum) = (Decimal::ZERO, Decimal::ZERO);
        for line in &self.lines {
            sum += line.amount.0;
            local_sum += line.local_amount.0;
            if !fits(line.amount.0, &self.currency) || !fits(line.local_amount.0, &self.local_currency) {
                return false;
            }
            if present(&line.value_date)
                .is_some_and(|d| d.len() != 8 || !d.bytes().all(|c| c.is_ascii_digit()))
            {
                return false;
            }
        }
        sum.is_zero() && local_sum.is_zero()
    }
}

fn fits(amount: Decimal, currency: &str) -> bool {
    let digits = compare::currency_digits(currency);
    amount.scale() <= digits || amount.normalize().scale() <= digits
}

/// An empty text counts as none.
fn present(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

type Xml = Writer<BufWriter<File>>;

struct Program {
    xml: Xml,
    cost_centers: HashMap<String, String>,
    counts: Counts,
}

fn element(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::from_escaped(partial_escape(text)))?;
    Ok(())
}

fn optional(xml: &mut Xml, name: &str, text: &Option<String>, characters: usize) -> io::Result<()> {
    present(text).map_or(Ok(()), |text| element(xml, name, cut(text, characters)))
}

fn amount(xml: &mut Xml, name: &str, amount: Decimal, currency: &str) -> io::Result<()> {
    let text = amount.to_string();
    xml.create_element(name)
        .with_attribute(("currencyCode", currency))
        .write_text_content(BytesText::from_escaped(text))?;
    Ok(())
}

impl Program {
    fn start(&mut self) -> io::Result<()> {
        self.xml.get_mut().write_all(compare::ENVELOPE_START.as_bytes())?;
        self.xml.create_element("MessageHeader").write_inner_content(|xml| {
            element(xml, "ID", compare::RUN_ID)?;
            element(xml, "CreationDateTime", compare::RUN_TIME)
        })?;
        self.xml.get_mut().write_all(b"\n")
    }

    fn end(mut self) -> io::Result<()> {
        self.xml.get_mut().write_all(compare::ENVELOPE_END.as_bytes())?;
        self.counts.report();
        self.xml.get_mut().flush()
    }

    fn entry(&mut self, origin: &Origin, entry: &Entry, same: bool) -> io::Result<()> {
        self.counts.documents += 1;
        self.counts.lines += entry.lines.len() as u64;
        if !same || !entry.valid() {
            self.counts.rejected += 1;
            return Ok(());
        }
        let cost_centers = &self.cost_centers;
        self.xml.create_element("JournalEntryCreateRequest").write_inner_content(|xml| {
            xml.create_element("MessageHeader").write_inner_content(|xml| {
                element(xml, "ID", &entry.doc_no)?;
                element(xml, "UUID", &entry.uuid)?;
                element(xml, "CreationDateTime", &origin.created_at)
            })?;
            xml.create_element("JournalEntry").write_inner_content(|xml| {
                header(xml, origin, entry)?;
                entry.lines.iter().try_for_each(|line| item(xml, entry, line, cost_centers))
            })?;
            Ok(())
        })?;
        self.xml.get_mut().write_all(b"\n")
    }
}

fn header(xml: &mut Xml, origin: &Origin, entry: &Entry) -> io::Result<()> {
    element(xml, "OriginalReferenceDocumentType", "BKPFF")?;
    element(xml, "OriginalReferenceDocument", &entry.doc_no)?;
    element(xml, "OriginalReferenceDocumentLogicalSystem", &origin.source)?;
    element(xml, "BusinessTransactionType", "RFBU")?;
    element(xml, "AccountingDocumentType", &entry.doc_type)?;
    optional(xml, "DocumentReferenceID", &entry.reference, length_max::REFERENCE)?;
    optional(xml, "DocumentHeaderText", &entry.header_text, length_max::HEADER_TEXT)?;
    element(xml, "CreatedByUser", cut(&entry.user, length_max::USER))?;
    element(xml, "CompanyCode", &entry.company_code)?;
    element(xml, "DocumentDate", &entry.doc_date)?;
    element(xml, "PostingDate", cut(&entry.post_date, 10))?;
    element(xml, "PostingFiscalPeriod", &entry.period.to_string())?;
    if let Some(fx) = &entry.fx {
        element(xml, "ExchangeRate", &fx.rate.0.to_string())?;
    }
    Ok(())
}

fn item(xml: &mut Xml, entry: &Entry, line: &Line, cost_centers: &HashMap<String, String>) -> io::Result<()> {
    xml.create_element("Item").write_inner_content(|xml| {
        element(xml, "ReferenceDocumentItem", &line.line_no.to_string())?;
        element(xml, "GLAccount", &format!("{:0>1$}", line.account.to_string(), length_max::ACCOUNT))?;
        amount(xml, "AmountInTransactionCurrency", line.amount.0, &entry.currency)?;
        amount(xml, "AmountInCompanyCodeCurrency", line.local_amount.0, &entry.local_currency)?;
        element(xml, "DebitCreditCode", if line.amount.0 < Decimal::ZERO { "H" } else { "S" })?;
        optional(xml, "DocumentItemText", &line.text, length_max::ITEM_TEXT)?;
        optional(xml, "AssignmentReference", &line.assignment, length_max::ASSIGNMENT)?;
        if let Some(code) = present(&line.tax_code) {
            xml.create_element("Tax").write_inner_content(|xml| element(xml, "TaxCode", code))?;
        }
        if let Some(date) = present(&line.value_date) {
            element(xml, "ValueDate", &format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]))?;
        }
        assignment(xml, line, cost_centers)
    })?;
    Ok(())
}

fn assignment(xml: &mut Xml, line: &Line, cost_centers: &HashMap<String, String>) -> io::Result<()> {
    let none = Dimensions::default();
    let dims = line.dims.as_ref().unwrap_or(&none);
    let cost_center = present(&line.cost_center)
        .map(|code| cost_centers.get(code).map_or(compare::COST_CENTER_DEFAULT, String::as_str));
    let absent = [&line.profit_center, &dims.segment, &dims.wbs].iter().all(|text| present(text).is_none());
    if absent && cost_center.is_none() {
        return Ok(());
    }
    xml.create_element("AccountAssignment").write_inner_content(|xml| {
        optional(xml, "ProfitCenter", &line.profit_center, usize::MAX)?;
        optional(xml, "Segment", &dims.segment, usize::MAX)?;
        cost_center.map_or(Ok(()), |number| element(xml, "CostCenter", number))?;
        optional(xml, "WBSElement", &dims.wbs, usize::MAX)
    })?;
    Ok(())
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::read()?;
    let out = BufWriter::with_capacity(1 << 16, File::create(&arguments.output)?);
    let mut program =
        Program { xml: Writer::new(out), cost_centers: arguments.cost_centers, counts: Counts::default() };
    program.start()?;
    if arguments.ndjson {
        rows(&mut program, &arguments.input)?;
    } else {
        let batch: Batch = serde_json::from_slice(&std::fs::read(&arguments.input)?)?;
        for entry in &batch.entries {
            program.entry(&batch.batch, entry, true)?;
        }
    }
    Ok(program.end()?)
}

/// Groups adjacent rows of one document.
fn rows(program: &mut Program, path: &str) -> Result<(), Failure> {
    let origin = Origin { created_at: compare::RUN_TIME.to_owned(), source: compare::SYSTEM.to_owned() };
    let mut open: Option<(Entry, bool)> = None;
    for row in BufReader::new(File::open(path)?).lines() {
        let mut next = serde_json::from_str::<Row>(&row?)?.split();
        match &mut open {
            Some((entry, same)) if entry.doc_no == next.doc_no => {
                *same &= entry.same_header(&next);
                entry.lines.append(&mut next.lines);
            }
            _ => {
                if let Some((entry, same)) = open.replace((next, true)) {
                    program.entry(&origin, &entry, same)?;
                }
            }
        }
    }
    open.map_or(Ok(()), |(entry, same)| Ok(program.entry(&origin, &entry, same)?))
}
