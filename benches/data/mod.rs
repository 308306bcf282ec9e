//! Makes the benchmarks' input: journal-entry batches as real ledgers export them, the same bytes for the same recipe.
//! It knows nothing of mappings; the job's rules stand in `benches/job`.

mod json;
mod words;

use json::{Member, Node, Text, ignored, plain, plain_or_null, raw, used};
use std::io::{self, Write};
use words::{
    ACCOUNTS, ASCII, COMPANIES, CURRENCIES, DOCUMENT_TYPES, NOT_ASCII, SEGMENTS, TAX_CODES, UNITS, USERS,
    XML_SPECIAL,
};

/// How the batch is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One object: the batch's own values, then `entries`, each with its `lines`.
    Nested,
    /// The same, indented by two blanks.
    Pretty,
    /// One line object a row, the document's header repeated in each.
    Ndjson,
}

impl Form {
    /// Every form by its name.
    pub const NAMES: [(&'static str, Form); 3] =
        [("nested", Form::Nested), ("pretty", Form::Pretty), ("ndjson", Form::Ndjson)];

    /// By its name.
    pub fn parse(name: &str) -> Option<Form> {
        Form::NAMES.iter().find(|known| known.0 == name).map(|known| known.1)
    }
}

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// How it is spelt.
    pub form: Form,
    /// Every record has its own key order and its own unknown keys, so that nothing repeats.
    pub wild: bool,
    /// Another seed, other values.
    pub seed: u64,
    /// Documents are added until this size is reached.
    pub bytes_min: u64,
}

/// What was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    /// Size of the output.
    pub bytes: u64,
    /// Bytes of keys and values the job's mappings do not read.
    pub ignored_bytes: u64,
    /// Documents.
    pub documents: u64,
    /// Lines of all documents.
    pub lines: u64,
    /// Lines of the largest document.
    pub lines_max: u64,
}

/// How far the other exporter's order is turned against the usual one.
const TURN: usize = 4;
/// Rows of the cost-centre table.
pub const COST_CENTERS: u64 = 500;

/// Writes one batch.
pub fn write_batch(recipe: &Recipe, out: &mut impl Write) -> io::Result<Made> {
    let mut random = Random(recipe.seed);
    let mut text = Text { pretty: recipe.form == Form::Pretty, ..Text::default() };
    let mut made = Made::default();
    let nested = recipe.form != Form::Ndjson;
    if nested {
        open_batch(&mut text);
    }
    while made.bytes + (text.bytes.len() as u64) < recipe.bytes_min {
        let document = Document::draw(&mut random, made.documents);
        if nested {
            text.member_start(made.documents > 0, 2);
            text.node(&document.nested(recipe.wild, &mut random), 2);
        } else {
            for line in &document.lines {
                text.node(&document.flat(line, recipe.wild, &mut random), 0);
                text.bytes.push('\n');
            }
        }
        made.documents += 1;
        made.lines += document.lines.len() as u64;
        made.lines_max = made.lines_max.max(document.lines.len() as u64);
        made.bytes += text.drain(out)?;
    }
    if nested {
        close_batch(&mut text);
    }
    made.bytes += text.drain(out)?;
    made.ignored_bytes = text.ignored_bytes;
    Ok(made)
}

fn open_batch(text: &mut Text) {
    text.bytes.push('{');
    text.member_start(false, 1);
    let producer = vec![ignored("name", plain("fi-extract")), ignored("version", plain("4.7.1"))];
    let batch = Node::Object(vec![
        used("id", plain("BATCH-2026-000042")),
        used("createdAt", plain("2026-01-31T23:59:00Z")),
        used("source", plain("ERPPRD100")),
        ignored("producer", Node::Object(producer)),
    ]);
    text.key("batch");
    text.node(&batch, 1);
    text.member_start(true, 1);
    text.key("entries");
    text.bytes.push('[');
}

fn close_batch(text: &mut Text) {
    text.new_line(1);
    text.bytes.push(']');
    text.new_line(0);
    text.bytes.push_str("}\n");
}

/// The cost-centre table of the job as CSV: code of the sending system, number of the receiver, a description.
pub fn cost_centers_csv() -> String {
    let mut csv = String::from("code,cost_center,description\n");
    for row in 0..COST_CENTERS {
        let words = ["Lager", "Vertrieb", "\"Einkauf, Süd\"", "IT", "\"Werk \"\"Nord\"\"\""];
        let word = words[(row % 5) as usize];
        csv.push_str(&format!("KST-{},{:010},{word}\n", 1000 + row, 100_000 + row * 37));
    }
    csv
}

/// A small generator of numbers that looks the same on every machine (wyrand).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0xa076_1d64_78bd_642f);
        let product = u128::from(self.0) * u128::from(self.0 ^ 0xe703_7ed1_a0b4_28db);
        (product >> 64) as u64 ^ product as u64
    }
    fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }
    fn chance(&mut self, per_10_000: u64) -> bool {
        self.below(10_000) < per_10_000
    }
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end as u64 + 1) as usize);
        }
    }
    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        let (time, middle, version) = (a as u32, (a >> 32) as u16, (a >> 48) & 0xfff);
        format!("{time:08x}-{middle:04x}-4{version:03x}-a{:03x}-{:012x}", b & 0xfff, b >> 16)
    }
}

/// A text of about so many characters, with everything that needs escaping in JSON or XML now and then.
fn phrase(random: &mut Random, length: u64) -> String {
    let mut text = String::new();
    let mut count = 0;
    while count < length {
        if count > 0 {
            text.push(' ');
            count += 1;
        }
        let word = if random.chance(700) {
            random.pick(NOT_ASCII)
        } else if random.chance(150) {
            random.pick(XML_SPECIAL)
        } else {
            random.pick(ASCII)
        };
        text.push_str(word);
        count += word.chars().count() as u64;
        for (per_10_000, extra) in [(60, " \"net\""), (30, " C:\\tmp"), (20, "\n"), (15, "\t")] {
            if random.chance(per_10_000) {
                text.push_str(extra);
                count += extra.len() as u64;
            }
        }
        if random.chance(200) {
            text.push_str(&format!(" {}", random.below(1_000_000)));
            count += 6;
        }
    }
    text
}

/// How a sending system spells its amounts.
#[derive(Clone, Copy, PartialEq)]
enum Spelling {
    Number,
    ShortestNumber,
    Text,
}

struct Document {
    number: u64,
    uuid: String,
    company: &'static str,
    kind: &'static str,
    date: String,
    posted: String,
    currency: &'static str,
    reference: String,
    text: String,
    user: &'static str,
    period: u64,
    rate: Option<u64>,
    /// Everything outside ASCII is spelt `\uXXXX`, as some exporters do.
    ascii: bool,
    /// Currency and reference stand after the lines.
    trailing: bool,
    /// Another exporter: the members of a line come in another order, always the same.
    turned: bool,
    workflow: u64,
    lines: Vec<Line>,
}

struct Line {
    number: u64,
    uuid: String,
    account: u64,
    account_is_number: bool,
    amount: Node,
    local_amount: Node,
    text: String,
    cost_center: Option<u64>,
    cost_center_absent: bool,
    profit_center: u64,
    tax_code: Option<&'static str>,
    assignment: String,
    value_date: Option<String>,
    segment: Option<&'static str>,
    wbs: Option<String>,
    order: Option<u64>,
    memo: Option<String>,
    amounts_first: bool,
    row: u64,
    hash: u64,
    quantity: u64,
    unit: &'static str,
    flags: u64,
}

/// Minor units as decimal text.
fn decimal(minor: i64, places: u32) -> String {
    let (one, sign) = (10u64.pow(places), if minor < 0 { "-" } else { "" });
    let (whole, part) = (minor.unsigned_abs() / one, minor.unsigned_abs() % one);
    if places == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part:0w$}", w = places as usize)
    }
}

fn amount(random: &mut Random, minor: i64, places: u32, spelling: Spelling) -> Node {
    let fixed = decimal(minor, places);
    match spelling {
        Spelling::Text => plain(fixed),
        Spelling::ShortestNumber if places > 0 => {
            if places == 2 && minor != 0 && minor % 10_000 == 0 && random.chance(300) {
                return raw(format!("{}e2", minor / 10_000));
            }
            let short = fixed.trim_end_matches('0');
            raw(if short.ends_with('.') { format!("{short}0") } else { short.to_owned() })
        }
        _ => raw(fixed),
    }
}

/// Amounts of a document in minor units that add up to zero, in both currencies, and agree in sign.
fn amounts(random: &mut Random, count: usize, rate: Option<u64>, places: u32) -> Vec<(i64, i64)> {
    let mut amounts: Vec<(i64, i64)> = vec![];
    let (mut sum, mut local_sum) = (0, 0);
    for index in 0..count {
        let digits = 2 + random.below(6) as u32;
        let mut minor = (10u64.pow(digits) + random.below(9 * 10u64.pow(digits))) as i64;
        if random.chance(1500) {
            minor = minor / 10_000 * 10_000 + 10_000;
        }
        if random.chance(4800) {
            minor = -minor;
        }
        if index + 1 == count && sum != 0 {
            minor = -sum;
        }
        let local = if rate.is_some() { minor * 9317 / 10_000 } else { minor };
        let local = match places {
            0 => local * 100,
            3 => local / 10,
            _ => local,
        };
        sum += minor;
        local_sum += local;
        amounts.push((minor, local));
    }
    // The difference that cutting left goes to the largest amount, whose sign it cannot turn.
    if let Some(largest) = amounts.iter_mut().max_by_key(|amount| amount.1.abs()) {
        largest.1 -= local_sum;
    }
    // A few documents are wrong: they do not balance, or are off in one currency only.
    if random.chance(8) {
        amounts[0].0 += 1;
    }
    if random.chance(3) {
        amounts[0].1 += 1;
    }
    amounts
}

impl Document {
    fn draw(random: &mut Random, index: u64) -> Document {
        let (currency, places) = match random.below(1000) {
            0..20 => ("JPY", 0),
            20..24 => ("KWD", 3),
            _ => (random.pick(CURRENCIES), 2),
        };
        let spelling = match random.below(100) {
            0..60 => Spelling::Number,
            60..75 => Spelling::ShortestNumber,
            _ => Spelling::Text,
        };
        let count = match random.below(10_000) {
            0..15 => 41 + random.below(860).min(random.below(860)).min(random.below(860)),
            15..4500 => 2 + random.below(3),
            4500..8500 => 4 + random.below(10),
            _ => 12 + random.below(29),
        };
        let (day, month) = (1 + random.below(28), 1 + random.below(12));
        let rate = (currency != "EUR").then(|| 10_001 + random.below(8_999) * 10);
        let drawn = amounts(random, count as usize, rate, places);
        let digits_too_many = random.chance(2);
        let mut lines = vec![];
        for (index, &(minor, local)) in drawn.iter().enumerate() {
            let mut line = Line::draw(random, index as u64 + 1, day, month);
            line.amount = amount(random, minor, places, spelling);
            line.local_amount = amount(random, local, 2, spelling);
            if digits_too_many && index == 0 {
                line.amount = raw(format!("{}5", decimal(minor * 10, places + 1)));
            }
            lines.push(line);
        }
        let (hour, number) = (random.below(24), random.below(1_000_000));
        let corrected = if random.chance(1000) { "/CORR" } else { "" };
        let length = 8 + random.below(26);
        Document {
            number: 4_900_000_000 + index,
            uuid: random.uuid(),
            company: random.pick(COMPANIES),
            kind: random.pick(DOCUMENT_TYPES),
            date: format!("2026-{month:02}-{day:02}"),
            posted: format!("2026-{month:02}-{day:02}T{hour:02}:00:00Z"),
            currency,
            reference: if random.chance(500) {
                String::new()
            } else {
                format!("INV-2026-{number:06}{corrected}")
            },
            text: phrase(random, length),
            user: random.pick(USERS),
            period: month,
            rate,
            ascii: random.chance(1000),
            trailing: random.chance(200),
            turned: random.chance(1000),
            workflow: random.next(),
            lines,
        }
    }

    fn text(&self, text: &str) -> Node {
        Node::Text(text.to_owned(), self.ascii)
    }

    fn header(&self, flat: bool) -> Vec<Member> {
        let mut header = vec![
            used("docNo", plain(self.number)),
            used("uuid", plain(&self.uuid)),
            used("companyCode", plain(self.company)),
            used("docType", plain(self.kind)),
            used("docDate", plain(&self.date)),
            used("postDate", plain(&self.posted)),
        ];
        let trailing = self.trailing && !flat;
        if !trailing {
            header.push(used("currency", plain(self.currency)));
        }
        header.push(used("localCurrency", plain("EUR")));
        if !trailing {
            header.push(used("reference", plain(&self.reference)));
        }
        header.push(used("headerText", self.text(&self.text)));
        header.push(used("user", plain(self.user)));
        header.push(used("period", raw(self.period)));
        let rate = self.rate.map(|rate| raw(format!("{}.{:04}", rate / 10_000, rate % 10_000)));
        match (flat, rate) {
            (true, Some(rate)) => header.push(used("fxRate", rate)),
            (true, None) => {}
            (false, Some(rate)) => {
                header.push(used("fx", Node::Object(vec![used("rate", rate), ignored("type", plain("M"))])));
            }
            (false, None) => header.push(used("fx", raw("null"))),
        }
        header
    }

    fn nested(&self, wild: bool, random: &mut Random) -> Node {
        let mut members = self.header(false);
        members.push(ignored("workflow", self.workflow()));
        let lines = self.lines.iter().map(|line| {
            let mut members = line.values(self.ascii);
            line.dimensions(&mut members, false);
            line.trace(&mut members, self.ascii);
            if self.turned {
                members.rotate_left(TURN);
            }
            if wild {
                scramble(&mut members, random);
            }
            Node::Object(members)
        });
        members.push(used("lines", Node::Array(lines.collect())));
        if self.trailing {
            members.push(used("currency", plain(self.currency)));
            members.push(used("reference", plain(&self.reference)));
        }
        let scan = format!(
            r#"[{{"name":"scan_{}.pdf","size":{},"mime":"application/pdf"}}]"#,
            self.workflow % 1000,
            self.workflow % 1_000_000
        );
        members.push(ignored(
            "attachments",
            Node::Raw(if self.workflow.is_multiple_of(5) { scan } else { "[]".to_owned() }),
        ));
        if wild {
            scramble(&mut members, random);
        }
        Node::Object(members)
    }

    fn flat(&self, line: &Line, wild: bool, random: &mut Random) -> Node {
        let mut members = self.header(true);
        members.extend(line.values(self.ascii));
        line.dimensions(&mut members, true);
        line.flat_trace(&mut members, self.ascii);
        if self.turned {
            members.rotate_left(TURN);
        }
        if wild {
            scramble(&mut members, random);
        }
        Node::Object(members)
    }

    fn workflow(&self) -> Node {
        let w = self.workflow;
        let steps = format!(
            r#"[{{"by":"A{:04}","at":"2026-01-30T10:{:02}:00Z","ok":true}},{{"by":"B{:04}","at":"2026-01-31T11:{:02}:00Z","ok":{}}}]"#,
            w % 9999,
            w % 60,
            w % 7777,
            w % 59,
            w.is_multiple_of(2)
        );
        Node::Object(vec![
            ignored("state", plain("RELEASED")),
            ignored("steps", Node::Raw(steps)),
            ignored("checksum", plain(format!("{w:016x}"))),
        ])
    }
}

/// Any order, and a few keys that occur nowhere else.
fn scramble(members: &mut Vec<Member>, random: &mut Random) {
    for _ in 0..random.below(4) {
        let key = format!("x{:x}", random.next());
        let value = match random.below(3) {
            0 => raw(random.next()),
            1 => plain(random.pick(NOT_ASCII)),
            _ => Node::Object(vec![ignored("deep", Node::Array(vec![raw("true"), plain("]}")]))]),
        };
        members.push(ignored(&key, value));
    }
    random.shuffle(members);
    for member in members {
        if let Node::Object(inner) = &mut member.value {
            random.shuffle(inner);
        }
    }
}

impl Line {
    fn draw(random: &mut Random, number: u64, day: u64, month: u64) -> Line {
        let length = match random.below(100) {
            0..3 => 0,
            3..55 => 10 + random.below(20),
            55..88 => 25 + random.below(22),
            _ => 45 + random.below(40),
        };
        let partner = if random.chance(300) { "-INTERCOMP" } else { "" };
        let memo_length = 15 + random.below(50);
        Line {
            number,
            uuid: random.uuid(),
            account: ACCOUNTS[random.below(7) as usize] + random.below(900),
            account_is_number: random.chance(2000),
            amount: raw("0"),
            local_amount: raw("0"),
            text: phrase(random, length),
            // One in 500 is a code the table does not hold.
            cost_center: random
                .chance(6500)
                .then(|| 1000 + random.below(COST_CENTERS) + if random.chance(20) { 5000 } else { 0 }),
            cost_center_absent: random.chance(3000),
            profit_center: 1000 + random.below(40) * 10,
            tax_code: random.chance(4500).then(|| random.pick(TAX_CODES)),
            assignment: format!("2026{month:02}{day:02}-{:04}{partner}", random.below(10_000)),
            value_date: random.chance(8000).then(|| format!("2026{month:02}{day:02}")),
            segment: random.chance(8500).then(|| random.pick(SEGMENTS)),
            wbs: random
                .chance(2000)
                .then(|| format!("P-{:04}.{}.{}", random.below(9000), random.below(9), random.below(99))),
            order: random.chance(3000).then(|| 800_000 + random.below(9999)),
            memo: random.chance(3500).then(|| phrase(random, memo_length)),
            amounts_first: random.chance(300),
            row: random.below(9_000_000),
            hash: random.next(),
            quantity: random.below(100_000),
            unit: random.pick(UNITS),
            flags: random.below(16),
        }
    }

    /// What both forms have in common.
    fn values(&self, ascii: bool) -> Vec<Member> {
        let number = used("lineNo", raw(self.number));
        let account = if self.account_is_number { raw(self.account) } else { plain(self.account) };
        let account = used("account", account);
        let amounts = [used("amount", self.amount.copy()), used("localAmount", self.local_amount.copy())];
        let mut values = vec![];
        if self.amounts_first {
            values.extend(amounts);
            values.extend([number, account]);
        } else {
            values.push(number);
            if self.number % 3 != 1 {
                values.push(ignored("id", plain(&self.uuid)));
            }
            values.push(account);
            values.extend(amounts);
        }
        values.push(used("text", Node::Text(self.text.clone(), ascii)));
        if self.cost_center.is_some() || !self.cost_center_absent {
            values
                .push(used("costCenter", plain_or_null(self.cost_center.map(|code| format!("KST-{code}")))));
        }
        values.push(used("profitCenter", plain(format!("PC{:04}", self.profit_center))));
        if self.tax_code.is_some() || self.number.is_multiple_of(2) {
            values.push(used("taxCode", plain_or_null(self.tax_code)));
        }
        values.push(used("assignment", plain(&self.assignment)));
        values.push(used("valueDate", plain_or_null(self.value_date.as_ref())));
        values
    }

    fn dimensions(&self, members: &mut Vec<Member>, flat: bool) {
        let segment = used("segment", plain_or_null(self.segment));
        let wbs = used("wbs", plain_or_null(self.wbs.as_ref()));
        let order = ignored("order", plain_or_null(self.order));
        if !flat {
            return members.push(used("dims", Node::Object(vec![segment, wbs, order])));
        }
        members.push(segment);
        if self.wbs.is_some() {
            members.push(wbs);
        }
        members.push(order);
    }

    /// What a nested export adds and the job ignores.
    fn trace(&self, members: &mut Vec<Member>, ascii: bool) {
        let source = vec![
            ignored("file", plain("fi_export_2026.csv")),
            ignored("row", raw(self.row)),
            ignored("hash", plain(format!("{:08x}", self.hash as u32))),
        ];
        members.push(ignored("source", Node::Object(source)));
        if self.flags != 0 {
            let names = ["AUTO", "REV", "MAN", "CLR"];
            let set = (0..4).filter(|bit| self.flags >> bit & 1 == 1 && !self.flags.is_multiple_of(3));
            members.push(ignored("flags", Node::Array(set.map(|bit| plain(names[bit])).collect())));
        }
        if self.number.is_multiple_of(2) {
            self.quantity(members);
        }
        if let Some(memo) = &self.memo {
            members.push(ignored("memo", Node::Text(memo.clone(), ascii)));
        }
    }

    fn quantity(&self, members: &mut Vec<Member>) {
        let quantity = format!("{}.{:03}", self.quantity / 1000, self.quantity % 1000);
        members.push(ignored("quantity", raw(quantity)));
        members.push(ignored("unit", plain(self.unit)));
    }

    /// What a flat export adds and the job ignores: more, because the header is repeated and read.
    fn flat_trace(&self, members: &mut Vec<Member>, ascii: bool) {
        let batch = vec![ignored("run", raw(self.row % 97)), ignored("part", raw(self.hash % 16))];
        let source = vec![
            ignored("file", plain("fi_export_2026.csv")),
            ignored("row", raw(self.row)),
            ignored("hash", plain(format!("{:08x}", self.hash as u32))),
            ignored("batch", Node::Object(batch)),
            ignored("extractor", plain("fi-extract/4.7.1 (prod)")),
            ignored("trace", plain(format!("{:016x}{:016x}", self.hash, self.hash.rotate_left(29)))),
        ];
        members.push(ignored("source", Node::Object(source)));
        self.quantity(members);
        let second = self.hash % 86_400;
        let clock =
            format!("{:02}:{:02}:{:02}.{:03}", second / 3600, second / 60 % 60, second % 60, self.row % 1000);
        members.push(ignored("createdAt", plain(format!("2026-01-31T{clock}Z"))));
        let memo = self.memo.as_ref().map_or_else(|| raw("null"), |memo| Node::Text(memo.clone(), ascii));
        members.push(ignored("memo", memo));
        let (flags, quantity, unit) = (self.flags, self.quantity, self.unit);
        let extra = format!(
            concat!(
                r#"{{"posted":{},"score":{}.{},"tags":["fi","{}",[1,2,{}]],"#,
                r#""note":"imported by nightly run; see ticket OPS-{} for details","geo":{{"lat":{}.{},"lon":{}.{}}}}}"#
            ),
            flags.is_multiple_of(2),
            flags,
            quantity,
            unit,
            flags,
            quantity,
            flags + 30,
            quantity,
            flags,
            self.row
        );
        members.push(ignored("extra", Node::Raw(extra)));
    }
}
