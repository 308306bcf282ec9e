//! What holds for any text and any amount, checked with another XML parser and other decimals than jemap's.

use crate::support::{Kept, mapping, run};
use bigdecimal::{BigDecimal, Zero};
use jemap::RunOptions;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use quick_xml::events::Event;
use std::process::{Command, Stdio};
use std::str::FromStr;

/// Puts a text into an element and into an attribute.
const TEXTS: &str = r#"
map texts version 1
target s4.journal_entry profile 2024
source json record { id: text(1..16), text: text(1..50), mark: text(1..4) }
document from record key id {
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = "SA"
  CreatedByUser = "TEST"
  CompanyCode = "1010"
  DocumentDate = make_date(2024, 5, 1)
  PostingDate = make_date(2024, 5, 1)
  Item {
    GLAccount(listID: mark) = "400000"
    AmountInTransactionCurrency = money(0, "EUR")
    DocumentItemText = text
  }
}
"#;

/// A document of entries in any currency.
const AMOUNTS: &str = r#"
map amounts version 1
target s4.journal_entry profile 2024
source json record { id: text(1..16), ccy: currency, entries: [ { amount: money(ccy) } ] }
document from record key id {
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = "SA"
  CreatedByUser = "TEST"
  CompanyCode = "1010"
  DocumentDate = make_date(2024, 5, 1)
  PostingDate = make_date(2024, 5, 1)
  for entry in entries {
    Item { GLAccount = "400000"; AmountInTransactionCurrency = entry.amount }
  }
}
"#;

/// Whether XML 1.0 can carry it.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// Characters that mean something to JSON or XML, and any others.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        3 => prop::sample::select("<>&'\"]\\/\t\r\n \u{85}\u{a0}\u{2028}\u{feff}\u{7f}\u{80}\u{fffd}\u{10ffff};#x".chars().collect::<Vec<_>>()),
        1 => prop::sample::select("\u{0}\u{1}\u{b}\u{1f}\u{fffe}\u{ffff}".chars().collect::<Vec<_>>()),
        8 => any::<char>(),
    ]
}

fn texts(max: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(character(), 1..=max).prop_map(|c| c.into_iter().collect())
}

fn json(id: &str, text: &str, mark: &str) -> String {
    serde_json::json!({"id": id, "text": text, "mark": mark}).to_string()
}

/// The texts and attributes that quick-xml reads.
fn read_back(xml: &str) -> Vec<(String, String)> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut found, mut mark, mut inside, mut text) = (vec![], String::new(), false, String::new());
    loop {
        match reader.read_event().expect("the output is XML") {
            Event::Start(start) => {
                inside = start.local_name().as_ref() == "DocumentItemText";
                if let Some(attribute) = start.try_get_attribute("listID").expect("attributes are read") {
                    mark = attribute
                        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .expect("it is XML")
                        .into_owned();
                }
            }
            Event::Text(part) if inside => text.push_str(&part.xml10_content()),
            Event::GeneralRef(part) if inside => match part.resolve_char_ref().expect("a character") {
                Some(c) => text.push(c),
                None => text.push_str(match &*part {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    "quot" => "\"",
                    "apos" => "'",
                    other => panic!("an entity that nobody declared: {other:?}"),
                }),
            },
            Event::End(_) if inside => {
                inside = false;
                found.push((std::mem::take(&mut text), std::mem::take(&mut mark)));
            }
            Event::CData(_) | Event::DocType(_) | Event::Comment(_) => panic!("not needed"),
            Event::Eof => return found,
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back_through_another_parser(text in texts(50), mark in texts(4)) {
        let outcome = run(&mapping(TEXTS), &RunOptions::default(), json("1", &text, &mark).as_bytes());
        if text.chars().chain(mark.chars()).all(is_xml) {
            prop_assert!(outcome.kept.rejects.is_empty(), "{}", outcome.told());
            prop_assert_eq!(read_back(&outcome.kept.envelopes[0]), vec![(text, mark)]);
        } else {
            prop_assert_eq!(outcome.kept.rejects.len(), 1);
            prop_assert_eq!(outcome.kept.rejects[0].code, "J433");
        }
    }
}

#[test]
fn any_text_comes_back_through_libxml() {
    let version =
        Command::new("xmllint").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if version.is_err() {
        println!("skipped: there is no xmllint");
        return;
    }
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (texts(50), texts(4));
    let mut wanted = vec![];
    while wanted.len() < 300 {
        let (text, mark) = strategy.new_tree(&mut runner).expect("texts are made").current();
        if text.chars().chain(mark.chars()).all(is_xml) {
            wanted.push((text, mark));
        }
    }
    let input: String =
        wanted.iter().enumerate().map(|(i, (text, mark))| json(&i.to_string(), text, mark) + "\n").collect();
    let outcome = run(&mapping(TEXTS), &RunOptions::default(), input.as_bytes());
    assert_eq!(outcome.kept.documents.len(), wanted.len(), "{}", outcome.told());
    let path = std::env::temp_dir().join(format!("jemap-properties-{}.xml", std::process::id()));
    std::fs::write(&path, &outcome.kept.envelopes[0]).expect("the temporary folder can be written");
    let done = Command::new("xmllint").arg("--c14n").arg(&path).output().expect("xmllint runs");
    // What is left behind in a temporary folder harms nobody.
    let _ = std::fs::remove_file(&path);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let canonical = String::from_utf8(done.stdout).expect("canonical XML is UTF-8");
    for (text, mark) in wanted {
        let escaped = |s: &str| s.replace('&', "&amp;").replace('<', "&lt;").replace('\r', "&#xD;");
        let element = format!("<DocumentItemText>{}</DocumentItemText>", escaped(&text).replace('>', "&gt;"));
        assert!(canonical.contains(&element), "{text:?}");
        let value = escaped(&mark).replace('"', "&quot;").replace('\t', "&#x9;").replace('\n', "&#xA;");
        assert!(canonical.contains(&format!("listID=\"{value}\"")), "{mark:?}");
    }
}

/// An amount of a currency as JSON may spell it.
fn amount(places: u32) -> impl Strategy<Value = (BigDecimal, String)> {
    let limits = prop_oneof![-10_000i64..10_000, -1_000_000_000_000_000i64..1_000_000_000_000_000];
    (limits, 0..=places, 0..5).prop_map(|(units, places, spelling)| {
        let value = BigDecimal::new(units.into(), i64::from(places));
        let plain = value.to_plain_string();
        let text = match spelling {
            0 => plain,
            1 => format!("\"{plain}\""),
            2 => format!("{units}e-{places}"),
            3 if units != 0 => format!("{units}0E-{}", places + 1),
            _ if plain.contains('.') => format!("{plain}00"),
            _ => format!("{plain}.00"),
        };
        (value, text)
    })
}

fn entries(currency: &str, amounts: &[String]) -> String {
    let list: Vec<String> = amounts.iter().map(|a| format!("{{\"amount\":{a}}}")).collect();
    format!(r#"{{"id":"1","ccy":"{currency}","entries":[{}]}}"#, list.join(","))
}

fn currencies() -> impl Strategy<Value = (&'static str, u32)> {
    prop::sample::select(vec![("EUR", 2), ("JPY", 0), ("KWD", 3), ("CHF", 2)])
}

/// The amounts of the only document.
fn written(kept: &Kept) -> Vec<BigDecimal> {
    let parts = kept.documents[0].xml.split("</AmountInTransactionCurrency>");
    let texts = parts.filter_map(|part| part.split_once("<AmountInTransactionCurrency ")?.1.split_once('>'));
    texts.map(|(_, number)| BigDecimal::from_str(number).expect("amounts are numbers")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sums_are_those_of_another_library(
        (currency, amounts) in currencies().prop_flat_map(|(c, p)| (Just(c), prop::collection::vec(amount(p), 1..30))),
        off in prop_oneof![Just(0i64), -3i64..4, any::<i32>().prop_map(i64::from)],
    ) {
        let sum: BigDecimal = amounts.iter().map(|(value, _)| value).sum();
        let off = BigDecimal::from(off);
        let last = &off - &sum;
        let mut texts: Vec<String> = amounts.iter().map(|(_, text)| text.clone()).collect();
        texts.push(last.to_plain_string());
        let outcome = run(&mapping(AMOUNTS), &RunOptions::default(), entries(currency, &texts).as_bytes());
        let mut values: Vec<BigDecimal> = amounts.into_iter().map(|(value, _)| value).collect();
        values.push(last);
        if off.is_zero() {
            prop_assert!(outcome.kept.rejects.is_empty(), "{}", outcome.told());
            prop_assert_eq!(written(&outcome.kept), values.clone());
        } else {
            let message = &outcome.kept.rejects[0].message;
            let said = message.strip_prefix("the document is off by ").and_then(|rest| rest.split_once(' '));
            let (number, rest) = said.expect("it says by how much");
            prop_assert_eq!(BigDecimal::from_str(number).expect("a number"), off);
            prop_assert_eq!(rest, format!("{currency}: debits and credits differ"));
        }
        let report = outcome.report.expect("it ended");
        let sides = report.sums.first().map(|sums| sums.fates.read).unwrap_or_default();
        let side = |keep: fn(&BigDecimal) -> bool| -> BigDecimal { values.iter().filter(|v| keep(v)).map(BigDecimal::abs).sum() };
        let text = |d: jemap::data::Decimal| BigDecimal::from_str(&d.to_string()).expect("a number");
        prop_assert_eq!(text(sides.debit), side(|v| v > &BigDecimal::zero()));
        prop_assert_eq!(text(sides.credit), side(|v| v < &BigDecimal::zero()));
    }

    #[test]
    fn arithmetic_is_that_of_another_library(a in amount(6), b in amount(6), places in 0u8..8) {
        use jemap::data::{Decimal, Rounding};
        let ours = |v: &BigDecimal| Decimal::parse(&v.to_plain_string()).expect("it has few digits");
        let theirs = |d: Option<Decimal>| d.map(|d| BigDecimal::from_str(&d.to_string()).expect("a number"));
        let (x, y) = (ours(&a.0), ours(&b.0));
        prop_assert_eq!(theirs(x.add(y)), Some(&a.0 + &b.0));
        prop_assert_eq!(theirs(x.sub(y)), Some(&a.0 - &b.0));
        prop_assert_eq!(theirs(x.mul(y)), Some(&a.0 * &b.0));
        prop_assert_eq!(x.cmp(&y), a.0.cmp(&b.0));
        for (name, theirs_mode) in [
            ("half_up", bigdecimal::RoundingMode::HalfUp),
            ("half_even", bigdecimal::RoundingMode::HalfEven),
            ("half_down", bigdecimal::RoundingMode::HalfDown),
            ("down", bigdecimal::RoundingMode::Down),
            ("up", bigdecimal::RoundingMode::Up),
        ] {
            let mode = Rounding::parse(name).expect("it is one of the ways");
            let expected = a.0.with_scale_round(i64::from(places), theirs_mode);
            prop_assert_eq!(theirs(x.round(places, mode)), Some(expected), "{} {}", name, places);
        }
    }
}
