//! What [`MAPPING`] makes of a record, by the letter: the plain reading of the document, one value after the
//! other, that whole runs are compared with. It shares no code with the reader, the decimals or the writer.

use std::collections::BTreeMap;

/// An ordinary mapping with every kind of value.
pub const MAPPING: &str = r#"
map differential version 1
target s4.journal_entry profile 2024
source json record {
  id: text(1..16), day: date, ccy: currency, rate: decimal?, note: text?
  entries: [ {
    account: text(1..10) number, amount: money(ccy), memo: text?, due: date "yyyyMMdd"?
    tax: text(1..2)? at dims.tax
  } ]
}
document from record key id {
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = "SA"
  DocumentReferenceID = id
  DocumentHeaderText = note | cut(25) or omit
  CreatedByUser = "TEST"
  CompanyCode = "1010"
  DocumentDate = day
  PostingDate = day
  ExchangeRate = rate or omit
  for entry in entries {
    Item {
      GLAccount = entry.account
      AmountInTransactionCurrency = entry.amount
      DebitCreditCode = debit_credit(entry.amount)
      DocumentItemText = entry.memo | cut(50) or omit
      Tax.TaxCode = entry.tax or omit
      ValueDate = entry.due or omit
    }
  }
}
"#;

/// A JSON value and where it begins.
#[derive(Debug)]
pub struct At {
    pub at: usize,
    pub value: Json,
}

/// A JSON value; keys that come twice are there twice.
#[derive(Debug)]
pub enum Json {
    Null,
    Truth,
    Number(String),
    Text(String),
    List(Vec<At>),
    Object(Vec<(String, At)>),
}

impl Json {
    /// Null and "" are no value.
    fn is_nothing(&self) -> bool {
        match self {
            Json::Null => true,
            Json::Text(text) => text.is_empty(),
            _ => false,
        }
    }
}

/// Code and byte of the first reason why a record is refused.
pub type Refusal = (&'static str, usize);

/// Amounts above and below zero of the documents written, in thousandths, by currency.
pub type Sums = BTreeMap<String, (i128, i128)>;

/// Parses what [`super::plain::document`] has found right.
pub fn parse(text: &str) -> At {
    let mut rest = Rest { bytes: text.as_bytes(), at: 0 };
    rest.value()
}

struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Rest<'_> {
    fn blank(&mut self) {
        while self.at < self.bytes.len() && b" \t\r\n".contains(&self.bytes[self.at]) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> At {
        self.blank();
        let at = self.at;
        let value = match self.bytes[at] {
            b'{' => self.object(),
            b'[' => self.list(),
            b'"' => Json::Text(self.text()),
            _ => {
                while self.at < self.bytes.len() && !b",]} \t\r\n".contains(&self.bytes[self.at]) {
                    self.at += 1;
                }
                match &self.bytes[at..self.at] {
                    b"null" => Json::Null,
                    b"true" | b"false" => Json::Truth,
                    number => Json::Number(String::from_utf8(number.to_vec()).expect("it is ASCII")),
                }
            }
        };
        self.blank();
        At { at, value }
    }

    fn object(&mut self) -> Json {
        let mut members = vec![];
        self.at += 1;
        self.blank();
        while self.bytes[self.at] != b'}' {
            self.at += usize::from(self.bytes[self.at] == b',');
            self.blank();
            let key = self.text();
            self.blank();
            self.at += 1;
            members.push((key, self.value()));
        }
        self.at += 1;
        Json::Object(members)
    }

    fn list(&mut self) -> Json {
        let mut elements = vec![];
        self.at += 1;
        self.blank();
        while self.bytes[self.at] != b']' {
            self.at += usize::from(self.bytes[self.at] == b',');
            elements.push(self.value());
        }
        self.at += 1;
        Json::List(elements)
    }

    fn text(&mut self) -> String {
        let mut units: Vec<u16> = vec![];
        let mut out = String::new();
        self.at += 1;
        while self.bytes[self.at] != b'"' {
            let start = self.at;
            if self.bytes[start] != b'\\' {
                while !b"\"\\".contains(&self.bytes[self.at]) {
                    self.at += 1;
                }
                out += std::str::from_utf8(&self.bytes[start..self.at]).expect("it was UTF-8");
                continue;
            }
            self.at += 2;
            match self.bytes[start + 1] {
                b'u' => {
                    let digits = std::str::from_utf8(&self.bytes[start + 2..start + 6]).expect("digits");
                    units.push(u16::from_str_radix(digits, 16).expect("digits"));
                    self.at += 4;
                    if let Ok(text) = String::from_utf16(&units) {
                        out += &text;
                        units.clear();
                    }
                }
                b'b' => out.push('\u{8}'),
                b'f' => out.push('\u{c}'),
                b'n' => out.push('\n'),
                b'r' => out.push('\r'),
                b't' => out.push('\t'),
                byte => out.push(char::from(byte)),
            }
        }
        self.at += 1;
        out
    }
}

/// The `JournalEntry` element of a record that is parsed, or the first reason against it.
pub fn document(record: &At, sums: &mut Sums) -> Result<String, Refusal> {
    let Json::Object(members) = &record.value else { return Err(("J422", record.at)) };
    once(members, &["id", "day", "ccy", "rate", "note", "entries"])?;
    let mut xml = String::from("<JournalEntry>");
    let mut element = |name: &str, text: &str| xml += &format!("<{name}>{}</{name}>", escaped(text));
    let id = text(members, "id", record.at, 1..=16)?;
    let day = required(date(members, "day", true)?, members, "day", record.at)?;
    let currency = currency(members, record.at)?;
    let rate = number(members, "rate")?;
    let note = optional_text(members, "note", 0..=usize::MAX)?;
    element("OriginalReferenceDocumentType", "BKPFF");
    element("BusinessTransactionType", "RFBU");
    element("AccountingDocumentType", "SA");
    element("DocumentReferenceID", &id);
    if let Some(note) = note {
        element("DocumentHeaderText", &note.chars().take(25).collect::<String>());
    }
    element("CreatedByUser", "TEST");
    element("CompanyCode", "1010");
    element("DocumentDate", &day);
    element("PostingDate", &day);
    if let Some((rate, _)) = rate {
        element("ExchangeRate", &rate);
    }
    let entries = match get(members, "entries") {
        Some(At { value: Json::List(entries), .. }) => entries,
        Some(At { at, value }) if value.is_nothing() => return Err(("J421", *at)),
        Some(other) => return Err(("J422", other.at)),
        None => return Err(("J421", record.at)),
    };
    let places = if currency == "JPY" { 0 } else { 2 };
    let (mut balance, mut debit, mut credit, mut too_fine) = (0, 0, 0, false);
    for entry in entries {
        let (item, amount, scale) = item(entry, &currency)?;
        xml += &item;
        balance += amount;
        *(if amount > 0 { &mut debit } else { &mut credit }) += amount.abs();
        too_fine |= scale > places;
    }
    if too_fine || balance != 0 || entries.is_empty() {
        let code = if too_fine {
            "J511"
        } else if entries.is_empty() {
            "J525"
        } else {
            "J518"
        };
        return Err((code, record.at));
    }
    let sum = sums.entry(currency).or_default();
    *sum = (sum.0 + debit, sum.1 + credit);
    Ok(xml + "</JournalEntry>")
}

/// The `Item` of an entry, its amount in thousandths, and the digits after its point.
fn item(entry: &At, currency: &str) -> Result<(String, i128, usize), Refusal> {
    let Json::Object(members) = &entry.value else { return Err(("J422", entry.at)) };
    once(members, &["account", "amount", "memo", "due", "dims"])?;
    let account = match get(members, "account") {
        Some(At { value: Json::Number(number), .. }) => number.clone(),
        _ => text(members, "account", entry.at, 1..=10)?,
    };
    let (amount, thousandths) = required(number(members, "amount")?, members, "amount", entry.at)?;
    let scale = amount.split_once('.').map_or(0, |(_, digits)| digits.len());
    let side = if thousandths < 0 { "H" } else { "S" };
    let mut xml = format!(
        "<Item><GLAccount>{}</GLAccount><AmountInTransactionCurrency currencyCode=\"{currency}\">{amount}\
         </AmountInTransactionCurrency><DebitCreditCode>{side}</DebitCreditCode>",
        escaped(&account)
    );
    if let Some(memo) = optional_text(members, "memo", 0..=usize::MAX)? {
        let memo: String = memo.chars().take(50).collect();
        xml += &format!("<DocumentItemText>{}</DocumentItemText>", escaped(&memo));
    }
    match get(members, "dims") {
        None => {}
        Some(dims) if dims.value.is_nothing() => {}
        Some(At { value: Json::Object(dims), .. }) => {
            once(dims, &["tax"])?;
            if let Some(tax) = optional_text(dims, "tax", 1..=2)? {
                xml += &format!("<Tax><TaxCode>{}</TaxCode></Tax>", escaped(&tax));
            }
        }
        Some(other) => return Err(("J422", other.at)),
    }
    if let Some(due) = date(members, "due", false)? {
        xml += &format!("<ValueDate>{due}</ValueDate>");
    }
    Ok((xml + "</Item>", thousandths, scale))
}

fn get<'a>(members: &'a [(String, At)], key: &str) -> Option<&'a At> {
    members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// No declared key comes twice.
fn once(members: &[(String, At)], declared: &[&str]) -> Result<(), Refusal> {
    for (i, (key, value)) in members.iter().enumerate() {
        if declared.contains(&key.as_str()) && members[..i].iter().any(|(before, _)| before == key) {
            return Err(("J431", value.at));
        }
    }
    Ok(())
}

/// What is missing is told where its null or "" stands, else where the object begins.
fn required<T>(value: Option<T>, members: &[(String, At)], key: &str, object: usize) -> Result<T, Refusal> {
    value.ok_or(("J421", get(members, key).map_or(object, |value| value.at)))
}

fn text(
    members: &[(String, At)],
    key: &str,
    object: usize,
    length: std::ops::RangeInclusive<usize>,
) -> Result<String, Refusal> {
    required(optional_text(members, key, length)?, members, key, object)
}

fn optional_text(
    members: &[(String, At)],
    key: &str,
    length: std::ops::RangeInclusive<usize>,
) -> Result<Option<String>, Refusal> {
    let Some(At { at, value }) = get(members, key) else { return Ok(None) };
    match value {
        Json::Null => Ok(None),
        Json::Text(text) if text.is_empty() => Ok(None),
        Json::Text(text) if !length.contains(&text.chars().count()) => Err(("J423", *at)),
        Json::Text(text)
            if text.chars().any(|c| c < ' ' && !"\t\r\n".contains(c) || "\u{fffe}\u{ffff}".contains(c)) =>
        {
            Err(("J433", *at))
        }
        Json::Text(text) => Ok(Some(text.clone())),
        _ => Err(("J422", *at)),
    }
}

fn currency(members: &[(String, At)], object: usize) -> Result<String, Refusal> {
    match get(members, "ccy") {
        Some(At { at, value: Json::Text(code) }) if !code.is_empty() => {
            let letters = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
            if letters { Ok(code.to_ascii_uppercase()) } else { Err(("J428", *at)) }
        }
        Some(At { at, value }) => Err((if value.is_nothing() { "J421" } else { "J422" }, *at)),
        None => Err(("J421", object)),
    }
}

/// A decimal, as it is written, and in thousandths (it has no more than three places).
fn number(members: &[(String, At)], key: &str) -> Result<Option<(String, i128)>, Refusal> {
    let Some(At { at, value }) = get(members, key) else { return Ok(None) };
    let text = match value {
        Json::Null => return Ok(None),
        Json::Text(text) if text.is_empty() => return Ok(None),
        Json::Text(text) | Json::Number(text) => text,
        _ => return Err(("J422", *at)),
    };
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let all = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all(whole) || !all(places) || digits.ends_with('.') || places.len() > 3 {
        return Err(("J425", *at));
    }
    let thousandths = format!("{whole}{places:0<3}").parse::<i128>().map_err(|_| ("J425", *at))?;
    Ok(Some((text.clone(), if text.starts_with('-') { -thousandths } else { thousandths })))
}

/// A date as `yyyy-MM-dd`, read as that or as `yyyyMMdd`.
fn date(members: &[(String, At)], key: &str, dashes: bool) -> Result<Option<String>, Refusal> {
    let Some(At { at, value }) = get(members, key) else { return Ok(None) };
    let text = match value {
        Json::Null => return Ok(None),
        Json::Text(text) if text.is_empty() => return Ok(None),
        Json::Text(text) | Json::Number(text) => text,
        _ => return Err(("J422", *at)),
    };
    let wrong = || ("J429", *at);
    let form = if dashes { "dddd-dd-dd" } else { "dddddddd" };
    let fits = |(c, form): (char, char)| if form == 'd' { c.is_ascii_digit() } else { c == form };
    if text.chars().count() != form.len() || !text.chars().zip(form.chars()).all(fits) {
        return Err(wrong());
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let part = |range: std::ops::Range<usize>| digits[range].parse::<u32>().map_err(|_| wrong());
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if year == 0 || day == 0 || day > days {
        return Err(wrong());
    }
    Ok(Some(format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..])))
}

/// Text as XML content.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;")
}
