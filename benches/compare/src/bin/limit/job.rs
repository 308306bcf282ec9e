//! The job itself: a window of whole documents or rows, the fields, the XML.

use crate::emit::{self, Table, room};
use crate::fields::{Header, Line, entry_start, fields, header_field, line, rest, row};
use crate::scan::{SLACK, Scan, Span, Step, Stop};
use compare::{Arguments, Counts, Failure, length_max};
use std::fs::File;
use std::io::{Read, Write};

/// Input window and output block; the window grows for a document that does not fit.
const BLOCK_BYTES: usize = 1 << 18;

const END: &[u8] = b"</JournalEntry></JournalEntryCreateRequest>\n";

/// What is rendered once a document for all its lines.
#[derive(Clone, Copy)]
struct Amounts {
    digits: u32,
    local_digits: u32,
    before: Fragment,
    between: Fragment,
}

/// Static XML with a currency in it; copied as a whole.
#[derive(Clone, Copy)]
struct Fragment {
    bytes: [u8; 96],
    len: usize,
}

impl Fragment {
    fn new(tags: &str, currency: &[u8]) -> Fragment {
        let mut fragment = Fragment { bytes: [0; 96], len: 0 };
        for part in [tags.as_bytes(), &currency[..currency.len().min(3)], b"\">"] {
            fragment.bytes[fragment.len..fragment.len + part.len()].copy_from_slice(part);
            fragment.len += part.len();
        }
        fragment
    }
    #[inline(always)]
    unsafe fn put(&self, to: *mut u8) -> *mut u8 {
        std::ptr::copy_nonoverlapping(self.bytes.as_ptr(), to, self.bytes.len());
        to.add(self.len)
    }
}

#[derive(Clone, Copy, Default)]
struct Sums {
    amount: i128,
    local: i128,
    bad: bool,
}

impl Sums {
    fn wrong(&self) -> bool {
        self.bad || self.amount != 0 || self.local != 0
    }
}

/// The document that rows are being added to.
#[derive(Default)]
struct Group {
    open: bool,
    /// Its first row, which the header's spans point into.
    row: Vec<u8>,
    header: Header,
    /// Length of the part of the row before the line's own fields; 0 when they are mixed.
    prefix: usize,
    sums: Sums,
    start: usize,
}

#[derive(PartialEq)]
enum State {
    Start,
    Entries,
    Done,
}

struct Job {
    state: State,
    counts: Counts,
    cost_centers: Table,
    created: Vec<u8>,
    system: Vec<u8>,
    scratch: Vec<u8>,
    group: Group,
    amounts: Amounts,
    out: Vec<u8>,
    file: File,
}

macro_rules! put {
    ($to:ident, $text:expr) => {{
        const TEXT: &[u8] = $text.as_bytes();
        std::ptr::copy_nonoverlapping(TEXT.as_ptr(), $to, TEXT.len());
        $to = $to.add(TEXT.len());
    }};
}

impl Job {
    /// Appends what a closure writes; room for it is made here.
    #[inline(always)]
    unsafe fn write(&mut self, source_bytes: usize, each: impl FnOnce(&mut Job, *mut u8) -> *mut u8) {
        self.out.reserve(room(source_bytes));
        let start = self.out.as_mut_ptr();
        let end = each(self, start.add(self.out.len()));
        self.out.set_len(end.offset_from(start) as usize);
    }

    fn begin(&mut self) {
        let header = format!(
            "{}<MessageHeader><ID>{}</ID><CreationDateTime>{}</CreationDateTime></MessageHeader>\n",
            compare::ENVELOPE_START,
            compare::RUN_ID,
            compare::RUN_TIME
        );
        self.out.extend_from_slice(header.as_bytes());
        self.state = State::Entries;
    }

    fn flush(&mut self, least: usize) -> std::io::Result<()> {
        if self.out.len() >= least {
            self.file.write_all(&self.out)?;
            self.out.clear();
        }
        Ok(())
    }

    unsafe fn open(&mut self, scan: &Scan, header: &Header) {
        let currency = scan.bytes(header.currency);
        let local_currency = scan.bytes(header.local_currency);
        let digits = |currency: &[u8]| compare::currency_digits(std::str::from_utf8(currency).unwrap_or(""));
        self.amounts = Amounts {
            digits: digits(currency),
            local_digits: digits(local_currency),
            before: Fragment::new("</GLAccount><AmountInTransactionCurrency currencyCode=\"", currency),
            between: Fragment::new(
                "</AmountInTransactionCurrency><AmountInCompanyCodeCurrency currencyCode=\"",
                local_currency,
            ),
        };
        self.counts.documents += 1;
        self.write(header.source_bytes(), |job, to| job.put_header(to, scan, header));
    }

    #[inline(always)]
    unsafe fn put_header(&mut self, mut to: *mut u8, scan: &Scan, header: &Header) -> *mut u8 {
        let scratch = &mut self.scratch;
        macro_rules! text {
            ($bytes:expr, $characters:expr) => {
                to = emit::text(to, $bytes, $characters, scratch)
            };
        }
        put!(to, "<JournalEntryCreateRequest><MessageHeader><ID>");
        text!(scan.bytes(header.doc_no), usize::MAX);
        put!(to, "</ID><UUID>");
        text!(scan.bytes(header.uuid), usize::MAX);
        put!(to, "</UUID><CreationDateTime>");
        text!(&self.created, usize::MAX);
        put!(to, "</CreationDateTime></MessageHeader><JournalEntry>");
        put!(
            to,
            "<OriginalReferenceDocumentType>BKPFF</OriginalReferenceDocumentType><OriginalReferenceDocument>"
        );
        text!(scan.bytes(header.doc_no), usize::MAX);
        put!(to, "</OriginalReferenceDocument><OriginalReferenceDocumentLogicalSystem>");
        text!(&self.system, usize::MAX);
        put!(
            to,
            "</OriginalReferenceDocumentLogicalSystem><BusinessTransactionType>RFBU</BusinessTransactionType>"
        );
        put!(to, "<AccountingDocumentType>");
        text!(scan.bytes(header.doc_type), usize::MAX);
        put!(to, "</AccountingDocumentType>");
        if !header.reference.is_none() {
            put!(to, "<DocumentReferenceID>");
            text!(scan.bytes(header.reference), length_max::REFERENCE);
            put!(to, "</DocumentReferenceID>");
        }
        if !header.header_text.is_none() {
            put!(to, "<DocumentHeaderText>");
            text!(scan.bytes(header.header_text), length_max::HEADER_TEXT);
            put!(to, "</DocumentHeaderText>");
        }
        put!(to, "<CreatedByUser>");
        text!(scan.bytes(header.user), length_max::USER);
        put!(to, "</CreatedByUser><CompanyCode>");
        text!(scan.bytes(header.company_code), usize::MAX);
        put!(to, "</CompanyCode><DocumentDate>");
        text!(scan.bytes(header.doc_date), usize::MAX);
        put!(to, "</DocumentDate><PostingDate>");
        text!(scan.bytes(header.post_date), 10);
        put!(to, "</PostingDate><PostingFiscalPeriod>");
        text!(scan.bytes(header.period), usize::MAX);
        put!(to, "</PostingFiscalPeriod>");
        if !header.rate.is_none() {
            put!(to, "<ExchangeRate>");
            text!(scan.bytes(header.rate), usize::MAX);
            put!(to, "</ExchangeRate>");
        }
        to
    }

    #[inline(always)]
    unsafe fn put_line(&mut self, mut to: *mut u8, scan: &Scan, line: &Line, sums: &mut Sums) -> *mut u8 {
        let scratch = &mut self.scratch;
        macro_rules! optional {
            ($open:literal, $span:expr, $characters:expr, $close:literal) => {
                if !$span.is_none() {
                    put!(to, $open);
                    to = emit::text(to, scan.bytes($span), $characters, scratch);
                    put!(to, $close);
                }
            };
        }
        macro_rules! checked {
            ($written:expr) => {
                match $written {
                    Some(end) => to = end,
                    None => sums.bad = true,
                }
            };
        }
        put!(to, "<Item><ReferenceDocumentItem>");
        checked!(emit::whole(to, scan.bytes(line.line_no)));
        put!(to, "</ReferenceDocumentItem><GLAccount>");
        to = emit::account(to, scan.bytes(line.account), scratch);
        to = self.amounts.before.put(to);
        let amount = emit::amount(to, scan.bytes(line.amount), self.amounts.digits);
        let negative = amount.is_some_and(|amount| amount.1 < 0);
        sums.amount += amount.map_or(0, |amount| i128::from(amount.1));
        checked!(amount.map(|amount| amount.0));
        to = self.amounts.between.put(to);
        let local = emit::amount(to, scan.bytes(line.local_amount), self.amounts.local_digits);
        sums.local += local.map_or(0, |amount| i128::from(amount.1));
        checked!(local.map(|amount| amount.0));
        put!(to, "</AmountInCompanyCodeCurrency><DebitCreditCode>");
        *to = if negative { b'H' } else { b'S' };
        to = to.add(1);
        put!(to, "</DebitCreditCode>");
        optional!("<DocumentItemText>", line.text, length_max::ITEM_TEXT, "</DocumentItemText>");
        optional!("<AssignmentReference>", line.assignment, length_max::ASSIGNMENT, "</AssignmentReference>");
        optional!("<Tax><TaxCode>", line.tax_code, usize::MAX, "</TaxCode></Tax>");
        if !line.value_date.is_none() {
            put!(to, "<ValueDate>");
            checked!(emit::date(to, scan.bytes(line.value_date)));
            put!(to, "</ValueDate>");
        }
        if line.profit_center.len | line.segment.len | line.cost_center.len | line.wbs.len != 0 {
            put!(to, "<AccountAssignment>");
            optional!("<ProfitCenter>", line.profit_center, usize::MAX, "</ProfitCenter>");
            optional!("<Segment>", line.segment, usize::MAX, "</Segment>");
            if !line.cost_center.is_none() {
                put!(to, "<CostCenter>");
                to = self.cost_centers.put(to, scan.bytes(line.cost_center));
                put!(to, "</CostCenter>");
            }
            optional!("<WBSElement>", line.wbs, usize::MAX, "</WBSElement>");
            put!(to, "</AccountAssignment>");
        }
        put!(to, "</Item>");
        to
    }

    /// Writes the lines of a document; here is the opening bracket of their list.
    #[inline(always)]
    unsafe fn lines(&mut self, scan: &mut Scan, sums: &mut Sums) -> Step<u64> {
        let mut count = 0;
        let mut more = scan.enter(b'[', b']')?;
        while more {
            let (from, mut read) = (scan.at, Line::default());
            line(scan, &mut read)?;
            self.write(scan.at - from, |job, to| job.put_line(to, scan, &read, sums));
            count += 1;
            more = (scan.roomy() && scan.literal(b",")) || scan.more(b']')?;
        }
        Ok(count)
    }

    /// A document of a nested batch; here is its opening bracket. Where header fields stand behind the lines, the
    /// document is read twice: then the first pass has found them.
    unsafe fn entry(&mut self, scan: &mut Scan) -> Step<()> {
        let (first, start, counts) = (*scan, self.out.len(), self.counts);
        let mut header = Header::default();
        let mut sums = Sums::default();
        let mut again = true;
        while std::mem::take(&mut again) {
            *scan = first;
            self.out.truncate(start);
            self.counts = counts;
            sums = Sums::default();
            let (mut written, mut late) = (false, false);
            let before = header;
            entry_start(scan, &mut header)?;
            rest(scan, first.at, |scan, key| {
                if key == b"lines" {
                    self.open(scan, &header);
                    self.counts.lines += self.lines(scan, &mut sums)?;
                    written = true;
                } else if header_field(scan, key, &mut header)? {
                    late |= written;
                } else {
                    scan.any()?;
                }
                Ok(())
            })?;
            again = late && before.doc_no.is_none();
        }
        if sums.wrong() {
            self.counts.rejected += 1;
            self.out.truncate(start);
        } else {
            self.out.extend_from_slice(END);
        }
        Ok(())
    }

    /// The batch object up to its first entry.
    unsafe fn root(&mut self, scan: &mut Scan) -> Step<()> {
        let (mut created, mut system) = (Span::default(), Span::default());
        let mut more = scan.enter(b'{', b'}')?;
        while more {
            match scan.key()? {
                b"batch" => fields(scan, |scan, key| {
                    match key {
                        b"createdAt" => created = scan.leaf()?,
                        b"source" => system = scan.leaf()?,
                        _ => {
                            scan.any()?;
                        }
                    }
                    Ok(())
                })?,
                b"entries" => {
                    let some = scan.enter(b'[', b']')?;
                    self.created = with_slack(scan.bytes(created));
                    self.system = with_slack(scan.bytes(system));
                    self.begin();
                    if !some {
                        self.state = State::Done;
                    }
                    return Ok(());
                }
                _ => {
                    scan.any()?;
                }
            }
            more = scan.more(b'}')?;
        }
        Err(Stop::Wrong("no entries", scan.at))
    }

    /// As many whole documents as the window holds; returns how far it came.
    unsafe fn nested(&mut self, scan: &mut Scan, last: bool) -> Result<usize, Failure> {
        if self.state == State::Start {
            match self.root(scan) {
                Err(Stop::More) if !last => return Ok(0),
                step => step.map_err(failure)?,
            }
        }
        let mut done = scan.at;
        while self.state == State::Entries {
            let (start, counts) = (self.out.len(), self.counts);
            match self.entry(scan).and_then(|()| scan.more(b']')) {
                Ok(more) => {
                    done = scan.at;
                    if !more {
                        self.state = State::Done;
                    }
                    self.flush(BLOCK_BYTES)?;
                }
                Err(Stop::More) if !last => {
                    self.out.truncate(start);
                    self.counts = counts;
                    return Ok(done);
                }
                Err(stop) => return Err(failure(stop)),
            }
        }
        // What follows the entries is of no interest to the job.
        Ok(scan.len)
    }

    /// As many whole rows as the window holds.
    unsafe fn rows(&mut self, scan: &mut Scan) -> Result<usize, Failure> {
        if self.state == State::Start {
            self.begin();
        }
        loop {
            scan.blank();
            if scan.at >= scan.len {
                return Ok(scan.len);
            }
            let from = scan.at;
            let (mut header, mut line) = (Header::default(), Line::default());
            let prefix = match row(scan, &mut header, &mut line) {
                // A literal may have matched beyond the window's end.
                Ok(prefix) if scan.at <= scan.len => prefix,
                Ok(_) | Err(Stop::More) => return Ok(from),
                Err(stop) => return Err(failure(stop)),
            };
            if self.group.open && scan.bytes(header.doc_no) == self.group.bytes(self.group.header.doc_no) {
                let this = std::slice::from_raw_parts(scan.base.add(from), scan.at - from);
                self.group.sums.bad |= !self.group.same_header(this, prefix, scan, &header);
            } else {
                self.close()?;
                self.group.start(scan, from, prefix, &header, self.out.len());
                self.open(scan, &header);
            }
            self.counts.lines += 1;
            let mut sums = self.group.sums;
            self.write(scan.at - from, |job, to| job.put_line(to, scan, &line, &mut sums));
            self.group.sums = sums;
        }
    }

    /// Ends the document that rows were added to.
    fn close(&mut self) -> std::io::Result<()> {
        if std::mem::take(&mut self.group.open) {
            if self.group.sums.wrong() {
                self.counts.rejected += 1;
                self.out.truncate(self.group.start);
            } else {
                self.out.extend_from_slice(END);
            }
            self.flush(BLOCK_BYTES)?;
        }
        Ok(())
    }
}

impl Group {
    fn bytes(&self, span: Span) -> &[u8] {
        &self.row[span.at as usize..(span.at + span.len) as usize]
    }

    /// Keeps the first row: the window moves on below it.
    unsafe fn start(&mut self, scan: &Scan, from: usize, prefix: usize, header: &Header, start: usize) {
        self.row.clear();
        self.row.extend_from_slice(std::slice::from_raw_parts(scan.base.add(from), scan.at - from));
        // An empty span may come from anywhere in the window: it has no place in the row.
        let moved = |span: Span| match span.is_none() {
            true => Span::default(),
            false => Span { at: span.at - from as u32, len: span.len },
        };
        self.header = Header {
            doc_no: moved(header.doc_no),
            uuid: moved(header.uuid),
            company_code: moved(header.company_code),
            doc_type: moved(header.doc_type),
            doc_date: moved(header.doc_date),
            post_date: moved(header.post_date),
            currency: moved(header.currency),
            local_currency: moved(header.local_currency),
            reference: moved(header.reference),
            header_text: moved(header.header_text),
            user: moved(header.user),
            period: moved(header.period),
            rate: moved(header.rate),
        };
        self.prefix = prefix;
        self.sums = Sums::default();
        self.start = start;
        self.open = true;
    }

    /// Whether a row has the header of the first one: mostly its first bytes are the same, else field by field.
    #[inline(always)]
    unsafe fn same_header(&self, row: &[u8], prefix: usize, scan: &Scan, header: &Header) -> bool {
        if prefix != 0 && prefix == self.prefix && row[..prefix] == self.row[..prefix] {
            return true;
        }
        self.header
            .spans()
            .iter()
            .zip(header.spans())
            .all(|(ours, theirs)| self.bytes(*ours) == scan.bytes(theirs))
    }
}

fn failure(stop: Stop) -> Failure {
    match stop {
        Stop::More => "the input ends too early".into(),
        Stop::Wrong(what, at) => format!("{what}, at byte {at} of the window").into(),
    }
}

/// A copy with readable bytes behind it.
fn with_slack(bytes: &[u8]) -> Vec<u8> {
    let mut copy = Vec::with_capacity(bytes.len() + SLACK);
    copy.extend_from_slice(bytes);
    copy
}

/// Reads the input window by window: whole units are consumed, the rest moves to the front.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let empty = Fragment { bytes: [0; 96], len: 0 };
    let mut job = Job {
        state: State::Start,
        counts: Counts::default(),
        cost_centers: Table::new(&arguments.cost_centers, compare::COST_CENTER_DEFAULT),
        created: with_slack(compare::RUN_TIME.as_bytes()),
        system: with_slack(compare::SYSTEM.as_bytes()),
        scratch: vec![],
        group: Group::default(),
        amounts: Amounts { digits: 2, local_digits: 2, before: empty, between: empty },
        out: Vec::with_capacity(2 * BLOCK_BYTES),
        file: File::create(&arguments.output)?,
    };
    let mut input = File::open(&arguments.input)?;
    let mut window = vec![0; BLOCK_BYTES + SLACK];
    let mut have = 0;
    loop {
        let capacity = window.len() - SLACK;
        let mut last = false;
        while have < capacity && !last {
            let count = input.read(&mut window[have..capacity])?;
            last = count == 0;
            have += count;
        }
        window[have..have + SLACK].fill(0);
        let mut scan = Scan { base: window.as_ptr(), len: have, at: 0 };
        // SAFETY: `have` bytes of the window are set and SLACK more are readable; the output has room for each unit.
        let done =
            unsafe { if arguments.ndjson { job.rows(&mut scan)? } else { job.nested(&mut scan, last)? } };
        if simdutf8::basic::from_utf8(&window[..done]).is_err() {
            return Err("the input is not UTF-8".into());
        }
        if last {
            if window[done..have].iter().any(|byte| !byte.is_ascii_whitespace()) {
                return Err("the input ends too early".into());
            }
            break;
        }
        window.copy_within(done..have, 0);
        have -= done;
        if done == 0 {
            window.resize(window.len() * 2, 0);
        }
    }
    job.close()?;
    job.out.extend_from_slice(compare::ENVELOPE_END.as_bytes());
    job.flush(0)?;
    job.counts.report();
    Ok(())
}
