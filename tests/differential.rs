//! The reader against a plain one that anybody can check by eye: same verdict, same code, same byte.
//!
//! `JEMAP_DOCUMENTS=1000000 cargo test --release --test main differential` looks at a million
//! documents; without the variable it is a quick part. It compares what is JSON and where it is not,
//! not what becomes of values.

use crate::support::plain;
use jemap::json::validate;

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

/// A record of a ledger, right but for now and then another value, key or blank.
fn record(random: &mut Random, out: &mut String) {
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
        let blank = if random.below(20) == 0 { random.pick(BLANKS) } else { "" };
        let value = if random.below(40) == 0 { random.pick(VALUES) } else { usual };
        let comma = if i == 0 { "" } else { "," };
        match random.below(60) {
            0 => *out += &format!("{comma}{blank}\"{}\":{value}", random.pick(KEYS)),
            1 => {}
            _ => *out += &format!("{comma}{blank}\"key{i}\"{blank}:{blank}{value}"),
        }
    }
    *out += if random.below(50) == 0 { random.pick(BLANKS) } else { "" };
    out.push('}');
}

/// A batch, and how many documents are in it.
fn batch(random: &mut Random) -> (Vec<u8>, usize) {
    let count = 1 + random.below(12);
    let mut text = String::new();
    let array = random.below(4) != 0;
    text += if random.below(30) == 0 { "\u{feff}" } else { "" };
    text += if array { "[" } else { "{\"entries\":[" };
    for i in 0..count {
        text += if i > 0 { "," } else { "" };
        text += if random.below(30) == 0 { random.pick(BLANKS) } else { "" };
        record(random, &mut text);
    }
    text += if array { "]" } else { "]}" };
    if random.below(300) == 0 {
        let depth = 500 + random.below(20);
        text = format!("[{}{}]", "[".repeat(depth), "]".repeat(depth));
    }
    let mut bytes = text.into_bytes();
    for _ in 0..[0, 0, 1, 1, 2][random.below(5)] {
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

#[test]
fn differential_reading_is_that_of_a_plain_reader() {
    let wanted: usize = std::env::var("JEMAP_DOCUMENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut documents, mut inputs, mut right, mut places) = (0, 0, 0, 0);
    while documents < wanted {
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
        right * 10 > inputs && places * 10 > inputs,
        "both kinds are there: {right} and {places} of {inputs}"
    );
}
