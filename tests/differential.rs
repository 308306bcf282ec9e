//! The reader against a plain one that anybody can check by eye: same verdict, same code, same byte; and whole
//! runs against a plain reading of each record: same documents, same rejects with their bytes, same sums.
//!
//! `JEMAP_DOCUMENTS=1000000 cargo test --release --test main differential` looks at a million
//! documents in each test; without the variable it is a quick part.

use crate::support::{ledger, mapping, options, plain, run};
use jemap::data::Decimal;
use jemap::json::validate;
use jemap::report::Sums;
use jemap::{InputFormat, RunOptions, RunReport};
use std::cell::Cell;
use std::fmt::Write;
use std::ops::Range;

/// Numbers that look the same on every machine (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 16) as usize % end
    }
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const BLANKS: &[&str] =
    &["", "", "", "", " ", "\n", "\r\n", "\t", "                    ", "\u{a0}", "\u{b}", "\u{c}"];
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "null", "true", "false", "nul", "nullx", "True", "0", "-0", "-", "-5.", "1.25", "00", "01", ".5", "+1",
    "1e2", "1E+2", "1e", "1e+", "-1.5e-300", "12345678901234567890123456789", "0x1", "NaN", "1.2.3", "1-2",
    "12345678901234.", "\"\"", "\"a\"", "\"Größe\"", "\"日本\"", "\"\\n\\t\\\"\\\\\\/\"", "\"\\u00e4\"",
    "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\\ud800\\u0041\"", "\"\\u12g4\"", "\"\\x\"",
    "\"tab\tinside\"", "\"\u{1}\"", "\"\u{7f}\u{ffff}\"",
    "\"text that is longer than thirty-two bytes by some\"", "\"thirty-two and then an end\\\\\\\"]}\"",
    "'a'", "[]", "{}", "[1,]", "{,}", "[,]", "{\"a\"}", "{\"a\":}", "[[[[]]]]",
    "[{\"k\":true},{\"k\":null}]", "{\"a\":{\"b\":[1,2,{}]}}", "]", "}", "", "// no", "\u{feff}",
];
const KEYS: &[&str] = &["docNo", "amount", "lines", "tex\\u0074", "x", "", "a b", "ключ", "docNo"];
const BYTES: &[u8] = b"\"\\{}[],:0-1.eE+ tnu\n\r\x00\x01\x0c\x80\xc3\xe4\xed\xf0\xff";

/// A record of a ledger, right but for now and then (one of so many) another value or blank, or another key.
fn record(random: &mut Random, wrong: usize, out: &mut String) {
    let usual = [
        "\"4900000001\"",
        "\"2026-01-31\"",
        "12.50",
        "-7",
        "\"Rent & Office\"",
        "null",
        "{\"a\":[1,\"]}\"],\"b\":true}",
    ];
    out.push('{');
    for (i, usual) in usual.iter().enumerate() {
        let blank = if random.below(wrong) == 0 { random.pick(BLANKS) } else { "" };
        let value = if random.below(wrong) == 0 { random.pick(VALUES) } else { usual };
        let comma = if i == 0 { "" } else { "," };
        match random.below(60) {
            0 => *out += &format!("{comma}{blank}\"{}\":{value}", random.pick(KEYS)),
            1 => {}
            _ => *out += &format!("{comma}{blank}\"key{i}\"{blank}:{blank}{value}"),
        }
    }
    *out += if random.below(2 * wrong) == 0 { random.pick(BLANKS) } else { "" };
    out.push('}');
}

/// A batch, and how many documents are in it.
fn batch(random: &mut Random) -> (Vec<u8>, usize) {
    let count = 1 + random.below(12);
    let mut text = String::new();
    let array = random.below(4) != 0;
    let wrong = [20, 1000, 10_000][random.below(3)];
    text += if random.below(30) == 0 { "\u{feff}" } else { "" };
    text += if array { "[" } else { "{\"entries\":[" };
    for i in 0..count {
        text += if i > 0 { "," } else { "" };
        text += if random.below(wrong) == 0 { random.pick(BLANKS) } else { "" };
        record(random, wrong, &mut text);
    }
    text += if array { "]" } else { "]}" };
    if random.below(300) == 0 {
        let depth = 500 + random.below(20);
        text = format!("[{}{}]", "[".repeat(depth), "]".repeat(depth));
    }
    let mut bytes = text.into_bytes();
    for _ in 0..[0, 0, 0, 0, 0, 1, 2][random.below(7)] {
        if bytes.is_empty() {
            break;
        }
        let at = random.below(bytes.len());
        let byte = BYTES[random.below(BYTES.len())];
        match random.below(5) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = byte,
            2 => bytes.insert(at, byte),
            3 => drop(bytes.remove(at)),
            _ => bytes.truncate(at),
        }
    }
    (bytes, count)
}

/// How many documents each test looks at.
fn wanted() -> usize {
    std::env::var("JEMAP_DOCUMENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
}

#[test]
fn differential_reading_is_that_of_a_plain_reader() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut documents, mut inputs, mut right, mut places) = (0, 0, 0, 0);
    while documents < wanted() {
        let (bytes, count) = batch(&mut random);
        documents += count;
        inputs += 1;
        let ours = validate(&bytes).map_err(|e| (e.code.id(), e.at as usize));
        let plain = plain::document(&bytes);
        right += usize::from(plain.is_ok());
        // Which of two mistakes is told first is not defined where one of them is the encoding.
        if std::str::from_utf8(&bytes).is_err() {
            assert!(ours.is_err(), "{:?}", String::from_utf8_lossy(&bytes));
            continue;
        }
        places += usize::from(plain.is_err());
        assert_eq!(ours, plain, "{:?}", String::from_utf8_lossy(&bytes));
    }
    println!("{documents} documents in {inputs} inputs: {right} right, {places} wrong at the same byte");
    assert!(
        right * 2 > inputs && places * 10 > inputs,
        "both kinds are there: {right} and {places} of {inputs}"
    );
}

const TEXTS: &[&str] = &[
    "Rent",
    "Rent & Office <Q1>",
    "Größe 12",
    "東京支店 Miete",
    "quote \\\" and \\\\",
    "a\\u00e4\\/b",
    "\\ud83d\\ude00 x",
    "a text of more than fifty characters, so that it is cut in the middle of this",
    "x",
    "\u{7f}",
    "\u{fffd}",
    "thirty-two bytes, not one more..",
    "ends in an escape of 32 bytes \\\\",
];
const UNKNOWN: &[&str] = &[
    "1",
    "-0.5e-3",
    "true",
    "null",
    "\"\"",
    "\"a ] } text\"",
    "{}",
    "[]",
    "[[1,2,[]],{\"a\":null}]",
    "{\"file\":\"fi.csv\",\"row\":12,\"hash\":\"7dd35348\"}",
    "[\"REV\"]",
    "{\"a\":{\"b\":[true,{\"c\":\"\\\\\"}]}}",
];
/// Values that are wrong where they stand, or some of them.
#[rustfmt::skip]
const WRONG: &[&str] = &[
    "null", "\"\"", "true", "[]", "{}", "[1]", "\"2026-02-30\"", "\"20261301\"", "\"2026-1-1\"", "\"EURO\"",
    "\"E1R\"", "\"12,50\"", "\"1.\"", "\" 1\"", "\"abcdefghijklmnopq\"", "\"\\u0001\"", "\"\\uffff\"", "0.001",
];

/// How a batch is spelt.
struct Style {
    blank: &'static str,
    shuffled: bool,
    /// One of so many objects has a value that is likely wrong.
    wrong: usize,
    /// How many have one in the record that is made.
    mistakes: Cell<usize>,
}

/// An object of these members.
fn object(random: &mut Random, style: &Style, mut members: Vec<(&str, String)>, out: &mut String) {
    if style.shuffled && random.below(3) == 0 {
        for i in 1..members.len() {
            members.swap(i, random.below(i + 1));
        }
    }
    let before = (members.len(), style.mistakes.get());
    if random.below(style.wrong) == 0 {
        let at = random.below(members.len());
        style.mistakes.set(before.1 + 1);
        members[at].1 = random.pick(WRONG).to_owned();
    } else if random.below(4 * style.wrong) == 0 {
        let twice = members[random.below(members.len())].clone();
        members.push(twice);
    } else if random.below(4 * style.wrong) == 0 {
        members.remove(random.below(members.len()));
    }
    style.mistakes.set(style.mistakes.get() + usize::from(members.len() != before.0));
    out.push('{');
    for (i, (key, value)) in members.iter().enumerate() {
        let (comma, blank) = (if i == 0 { "" } else { "," }, style.blank);
        let key = match random.below(200) {
            0 => format!("\\u{:04x}{}", key.as_bytes()[0], &key[1..]),
            _ => (*key).to_owned(),
        };
        write!(out, "{comma}{blank}\"{key}\":{blank}{value}").expect("a string takes all");
    }
    *out += style.blank;
    out.push('}');
}

/// So many hundredths, in one of the ways to write them.
fn spelt(random: &mut Random, hundredths: i64, whole_only: bool) -> String {
    let (sign, amount) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
    let number = match (amount / 100, amount % 100) {
        (whole, 0) if whole_only || random.below(2) == 0 => format!("{sign}{whole}"),
        (whole, places) if places % 10 == 0 && random.below(2) == 0 => {
            format!("{sign}{whole}.{}", places / 10)
        }
        (whole, places) => format!("{sign}{whole}.{places:02}"),
    };
    if random.below(2) == 0 { format!("\"{number}\"") } else { number }
}

/// One of these as a string.
fn quoted(random: &mut Random, from: &[&str]) -> String {
    format!("\"{}\"", random.pick(from))
}

/// Entries of a record that balance.
fn ledger_entries(random: &mut Random, style: &Style, japanese: bool) -> String {
    let most = if random.below(20) == 0 { 60 } else { 6 };
    let count = 1 + random.below(most);
    let unit = if japanese { 100 } else { 1 };
    let (mut entries, mut sum) = (String::from("["), 0);
    for i in 0..=count {
        let amount = [1, 99, 1250, 51_670_000, 1_000_000_000][random.below(5)] + random.below(90) as i64;
        let amount = if random.below(2) == 0 { amount * unit } else { -amount * unit };
        let last = i == count && sum != 0;
        let amount = if last { -sum } else { amount };
        sum += amount;
        let account = random.pick(&["\"400000\"", "\"1\"", "21300058", "\"A-ß/1\""]).to_owned();
        let mut members = vec![("account", account), ("amount", spelt(random, amount, japanese))];
        match random.below(4) {
            0 => {}
            1 => members.push(("memo", "null".to_owned())),
            _ => members.push(("memo", quoted(random, TEXTS))),
        }
        if random.below(3) != 0 {
            let mut dims = String::new();
            let tax = random.pick(&["null", "\"V0\"", "\"A\"", "\"\""]).to_owned();
            let other = ("order", random.pick(UNKNOWN).to_owned());
            object(random, style, vec![("tax", tax), other], &mut dims);
            members.push(("dims", dims));
        }
        if random.below(3) != 0 {
            members.push(("source", random.pick(UNKNOWN).to_owned()));
        }
        if random.below(3) != 0 {
            let due = random.pick(&["\"20260131\"", "\"20240229\"", "null", "20261231", "\"99991231\""]);
            members.push(("due", due.to_owned()));
        }
        entries += if i == 0 { "" } else { "," };
        entries += style.blank;
        object(random, style, members, &mut entries);
    }
    entries + style.blank + "]"
}

/// A record of [`ledger::MAPPING`].
fn ledger_record(random: &mut Random, style: &Style, number: usize, out: &mut String) {
    let japanese = random.below(5) == 0;
    let entries = ledger_entries(random, style, japanese);
    let currency = if japanese { &["JPY"][..] } else { &["EUR", "USD", "chf"] };
    let day = quoted(random, &["2026-01-31", "2024-02-29", "0001-01-01", "9999-12-31"]);
    let mut members = vec![("id", format!("\"D{number}\"")), ("day", day), ("ccy", quoted(random, currency))];
    match random.below(4) {
        0 => {}
        1 => members.push(("rate", "null".to_owned())),
        2 => members.push(("rate", "\"1.5\"".to_owned())),
        _ => members.push(("rate", format!("{}.{:03}", 1 + random.below(99), random.below(1000)))),
    }
    if random.below(3) != 0 {
        members.push(("note", quoted(random, TEXTS)));
    }
    if random.below(3) != 0 {
        members.push(("flags", random.pick(UNKNOWN).to_owned()));
    }
    members.push(("entries", entries));
    object(random, style, members, out);
}

/// Records as lines or as one array; where each stands, and how many mistakes it has.
fn ledger_batch(random: &mut Random, first: usize, lines: bool) -> (Vec<u8>, Vec<(Range<usize>, usize)>) {
    let blank = if lines { ["", " "][random.below(2)] } else { ["", "", " ", "\n      "][random.below(4)] };
    let (shuffled, wrong) = (random.below(4) == 0, [40, 400, 4000][random.below(3)]);
    let style = Style { blank, shuffled, wrong, mistakes: Cell::new(0) };
    let (mut text, mut places) = (String::from(if lines { "" } else { "[" }), vec![]);
    for i in 0..1 + random.below(40) {
        text += if lines || i == 0 { "" } else { "," };
        let start = text.len();
        ledger_record(random, &style, first + i, &mut text);
        places.push((start..text.len(), style.mistakes.replace(0)));
        text += if lines { "\n" } else { style.blank };
    }
    text += if lines { "" } else { "]" };
    let mut bytes = text.into_bytes();
    // A line that is broken is refused by itself.
    for (place, mistakes) in places.iter_mut().filter(|_| lines) {
        if random.below(style.wrong) == 0 {
            *mistakes += 1;
            let byte = BYTES[random.below(BYTES.len())];
            let at = place.start + 1 + random.below(place.len() - 2);
            bytes[at] = if byte == b'\n' || byte == b'\r' || byte >= 0x80 { b'{' } else { byte };
        }
    }
    (bytes, places)
}

/// What a plain reading of the records comes to.
#[derive(Default)]
struct Expected<'a> {
    /// The XML of the documents written, and the records.
    written: Vec<(String, &'a [u8])>,
    /// Code and byte of the records refused (none where it is not defined which is told), and the records.
    refused: Vec<(Option<ledger::Refusal>, &'a [u8])>,
    sums: ledger::Sums,
}

fn expected(bytes: &[u8], places: Vec<(Range<usize>, usize)>) -> Expected<'_> {
    let mut expected = Expected::default();
    for (place, mistakes) in places {
        let record = &bytes[place.clone()];
        // A byte that was changed may have cut a character in two.
        let Ok(text) = std::str::from_utf8(record) else {
            expected.refused.push((None, record));
            continue;
        };
        if let Err((code, at)) = plain::record(record) {
            expected.refused.push((Some((code, place.start + at)), record));
            continue;
        }
        match ledger::document(&ledger::parse(text), &mut expected.sums) {
            Ok(xml) => expected.written.push((xml, record)),
            // Which of several is told first is not defined.
            Err(_) if mistakes > 1 => expected.refused.push((None, record)),
            Err((code, at)) => expected.refused.push((Some((code, place.start + at)), record)),
        }
    }
    expected
}

/// The sums of the documents written, in thousandths.
fn sums_told(report: &RunReport) -> ledger::Sums {
    let thousandths = |sum: Decimal| sum.mantissa() * 10i128.pow(3 - u32::from(sum.scale()));
    let sides = |sums: &Sums| {
        let written = sums.fates.written;
        (sums.currency.clone(), (thousandths(written.debit), thousandths(written.credit)))
    };
    report.sums.iter().map(sides).filter(|(_, sides)| *sides != (0, 0)).collect()
}

#[test]
fn differential_runs_come_to_what_a_plain_reading_comes_to() {
    let mapping = mapping(ledger::MAPPING);
    let mut random = Random(0x1234_5678_9abc_def1);
    let (mut documents, mut written, mut refused, mut inputs, mut right) = (0, 0, 0, 0, 0);
    while documents < wanted() {
        let (lines, threads) = (random.below(2) == 0, 1 + random.below(2));
        let (bytes, places) = ledger_batch(&mut random, documents, lines);
        documents += places.len();
        inputs += 1;
        let format = if lines { InputFormat::Ndjson } else { InputFormat::Json };
        let outcome = run(&mapping, &RunOptions { threads, format, ..options() }, &bytes);
        let expected = expected(&bytes, places);
        let shown = String::from_utf8_lossy(&bytes);
        assert!(outcome.error.is_none(), "{:?}: {shown}", outcome.error);
        let kept = &outcome.kept;
        let counts = (kept.documents.len(), kept.rejects.len());
        assert_eq!(counts, (expected.written.len(), expected.refused.len()), "{shown}");
        for (document, (xml, record)) in kept.documents.iter().zip(&expected.written) {
            let inner = document.xml.split_once("</MessageHeader>").map_or("", |(_, inner)| inner);
            assert_eq!(inner, format!("{xml}</JournalEntryCreateRequest>\n"), "{}", document.original);
            assert_eq!(document.original.as_bytes(), *record);
        }
        for (reject, (expected, record)) in kept.rejects.iter().zip(&expected.refused) {
            let said = Some((reject.code, reject.place.byte as usize));
            let original = String::from_utf8_lossy(record);
            assert!(expected.is_none() || said == *expected, "{said:?}, not {expected:?}: {original}");
            assert_eq!(reject.original, *record, "{original}");
        }
        assert_eq!(sums_told(&outcome.report.expect("the run has ended")), expected.sums, "{shown}");
        written += expected.written.len();
        refused += expected.refused.len();
        right += usize::from(expected.refused.is_empty());
    }
    println!(
        "{documents} documents in {inputs} inputs: {written} written, {refused} refused, {right} inputs all right"
    );
    assert!(right * 2 > inputs && refused * 100 > documents, "{right} inputs right, {refused} refused");
}
