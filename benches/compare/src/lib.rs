//! What the hand-written programs share: the job's fixed values and rules, and the command line.
//! It knows nothing of how a program reads JSON or writes XML.

use std::collections::HashMap;
use std::io::Write;

#[path = "../../data/mod.rs"]
pub mod data;

/// Anything that ends a program; these are benchmarks, not products.
pub type Failure = Box<dyn std::error::Error>;

/// The envelope up to the message's own header.
pub const ENVELOPE_START: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    "\n",
    r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" "#,
    r#"xmlns:sfin="http://sap.com/xi/SAPSCORE/SFIN"><soapenv:Header/><soapenv:Body>"#,
    "<sfin:JournalEntryBulkCreateRequest>"
);
/// The envelope after the last document.
pub const ENVELOPE_END: &str = "</sfin:JournalEntryBulkCreateRequest></soapenv:Body></soapenv:Envelope>\n";
/// The id of the run, `run.id` for jemap.
pub const RUN_ID: &str = "BATCH-2026-000042";
/// The time of the run, `run.time` for jemap.
pub const RUN_TIME: &str = "2026-01-31T23:59:00Z";
/// The sending system where the input does not name it.
pub const SYSTEM: &str = "ERPPRD100";
/// The cost centre of codes that the table does not hold.
pub const COST_CENTER_DEFAULT: &str = "0000009999";
/// Longest texts of the receiver, in characters.
pub mod length_max {
    /// DocumentReferenceID
    pub const REFERENCE: usize = 16;
    /// DocumentHeaderText
    pub const HEADER_TEXT: usize = 25;
    /// CreatedByUser
    pub const USER: usize = 12;
    /// DocumentItemText
    pub const ITEM_TEXT: usize = 50;
    /// AssignmentReference
    pub const ASSIGNMENT: usize = 18;
    /// GLAccount, padded with zeros.
    pub const ACCOUNT: usize = 10;
}

/// Digits after the point that a currency has.
pub fn currency_digits(currency: &str) -> u32 {
    match currency {
        "JPY" => 0,
        "KWD" => 3,
        _ => 2,
    }
}

/// An exact decimal below 2^127: mantissa and digits after the point.
#[derive(Debug, Clone, Copy)]
pub struct Exact {
    mantissa: i128,
    scale: u32,
}

impl Exact {
    /// A JSON number, or a plain decimal in a string.
    pub fn parse(token: &str) -> Option<Exact> {
        let (digits, exponent) = match token.find(['e', 'E']) {
            Some(at) => (&token[..at], token[at + 1..].parse::<i32>().ok()?),
            None => (token, 0),
        };
        let (negative, digits) = digits.strip_prefix('-').map_or((false, digits), |rest| (true, rest));
        let (mut mantissa, mut scale, mut point) = (0i128, 0i32, false);
        for byte in digits.bytes() {
            match byte {
                b'0'..=b'9' => {
                    mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
                    scale += i32::from(point);
                }
                b'.' if !point => point = true,
                _ => return None,
            }
        }
        scale -= exponent;
        while scale < 0 {
            mantissa = mantissa.checked_mul(10)?;
            scale += 1;
        }
        Some(Exact { mantissa: if negative { -mantissa } else { mantissa }, scale: scale as u32 })
    }

    /// In units of so many digits after the point; `None` when that would lose digits.
    pub fn units(self, digits: u32) -> Option<i128> {
        if self.scale <= digits {
            return self.mantissa.checked_mul(10i128.pow(digits - self.scale));
        }
        let excess = 10i128.checked_pow(self.scale - digits)?;
        (self.mantissa % excess == 0).then_some(self.mantissa / excess)
    }

    /// The plain decimal text.
    pub fn write(self, out: &mut Vec<u8>) {
        let one = 10u128.pow(self.scale);
        let (whole, part) = (self.mantissa.unsigned_abs() / one, self.mantissa.unsigned_abs() % one);
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let written = match self.scale {
            0 => write!(out, "{sign}{whole}"),
            digits => write!(out, "{sign}{whole}.{part:0w$}", w = digits as usize),
        };
        written.expect("writing to memory does not fail");
    }
}

/// The first so many characters.
pub fn cut(text: &str, characters: usize) -> &str {
    if text.len() <= characters {
        return text;
    }
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

/// Reads the cost-centre table: code to number.
pub fn cost_centers(path: &str) -> Result<HashMap<String, String>, Failure> {
    let mut table = HashMap::new();
    for row in csv::Reader::from_path(path)?.records() {
        let row = row?;
        table.insert(row[0].to_owned(), row[1].to_owned());
    }
    Ok(table)
}

/// `100M`, `2G`, `500K` or plain bytes.
pub fn size(text: &str) -> Result<u64, Failure> {
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'K') => (&text[..text.len() - 1], 1_000),
        Some(b'M') => (&text[..text.len() - 1], 1_000_000),
        Some(b'G') => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    Ok(digits.parse::<u64>().map_err(|_| format!("`{text}` is no size, write 100M"))? * unit)
}

/// The command line of every hand-written program: `PROGRAM nested|ndjson IN OUT COST_CENTERS.csv`.
#[derive(Debug)]
pub struct Arguments {
    /// One line object a row.
    pub ndjson: bool,
    /// The JSON.
    pub input: String,
    /// The XML.
    pub output: String,
    /// The cost-centre table.
    pub cost_centers: HashMap<String, String>,
}

impl Arguments {
    /// From the process's own arguments.
    pub fn read() -> Result<Arguments, Failure> {
        let given: Vec<String> = std::env::args().skip(1).collect();
        let [form, input, output, table] = &given[..] else {
            return Err("usage: PROGRAM nested|ndjson IN OUT COST_CENTERS.csv".into());
        };
        Ok(Arguments {
            ndjson: form == "ndjson",
            input: input.clone(),
            output: output.clone(),
            cost_centers: cost_centers(table)?,
        })
    }
}

/// Documents and lines read, documents refused.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    /// Documents read.
    pub documents: u64,
    /// Lines read.
    pub lines: u64,
    /// Documents refused.
    pub rejected: u64,
}

impl Counts {
    /// One line on stderr.
    pub fn report(&self) {
        eprintln!("{} documents, {} lines, {} rejected", self.documents, self.lines, self.rejected);
    }
}
