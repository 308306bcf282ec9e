//! Whatever is written, the checker ends soon and says what is wrong.

use super::good::{FLAT, NESTED};
use super::{FILES, compile};
use crate::check::check_profiles;
use crate::diag::{Reports, Sources};
use crate::syntax::parse;

fn with(top: &str, statement: &str) -> String {
    format!(
        "map m\ntarget s4.journal_entry profile 2024\nsource json record {{ id: text, day: date, ok: bool }}\n{top}\n\
         document from record key id {{\nOriginalReferenceDocumentType = \"BKPFF\"; BusinessTransactionType = \"RFBU\"\n\
         AccountingDocumentType = \"SA\"; CreatedByUser = \"ME\"; CompanyCode = \"1\"; DocumentDate = day; PostingDate = day\n\
         {statement}\n}}\n"
    )
}

/// The codes of what is said, without those of unused things.
fn codes(text: &str) -> String {
    let (_, reports) = compile(text);
    let codes: Vec<&str> = reports.list.iter().map(|r| r.code.id()).filter(|c| *c != "J223").collect();
    codes.join(" ")
}

#[test]
fn functions_that_double_end() {
    let mut top = String::from("fn f0(a: text) = a ++ a\n");
    for i in 1..40 {
        top += &format!("fn f{i}(a: text) = f{}(f{}(a))\n", i - 1, i - 1);
    }
    assert_eq!(codes(&with(&top, "DocumentReferenceID = f39(id) | cut(16)")), "J245");
    let mut top = String::from("fn h0(a: text) = a | upper\n");
    for i in 1..14 {
        top += &format!("fn h{i}(a: text) = h{}(h{}(a))\n", i - 1, i - 1);
    }
    assert!(codes(&with(&top, "DocumentReferenceID = h13(id) | cut(16)")).contains("J245"));
    let mut top = String::from("fn g0(a: text) = a\n");
    for i in 1..300 {
        top += &format!("fn g{i}(a: text) = g{}(a)\n", i - 1);
    }
    assert!(codes(&with(&top, "DocumentReferenceID = g299(id) | cut(16)")).contains("J245"));
}

#[test]
fn lets_that_double_end() {
    let mut body = String::from("let a0 = id\n");
    for i in 1..100 {
        body += &format!("let a{i} = ok ? a{} : a{}\n", i - 1, i - 1);
    }
    assert_eq!(codes(&with("", &(body + "DocumentReferenceID = a99"))), "");
}

#[test]
fn chains_of_lets_end() {
    for (steps, said) in [(200, ""), (5000, "J245")] {
        let mut body = String::from("let a0 = 1\n");
        for i in 1..steps {
            body += &format!("let a{i} = a{} + 1\n", i - 1);
        }
        let body = format!("{body}DocumentReferenceID = to_text(a{}) | cut(16)", steps - 1);
        assert_eq!(codes(&with("", &body)), said, "{steps}");
    }
}

#[test]
fn chains_of_lets_of_lines_end() {
    let mut body = String::from("let a0 = amount\n");
    for i in 1..5000 {
        body += &format!("let a{i} = a{} + a0\n", i - 1);
    }
    let body = format!("{body}Item {{ GLAccount = \"1\"; AmountInTransactionCurrency = sum(a4999) }}");
    let text = with("", &body)
        .replace("source json record {", "source json line { amount: money(\"EUR\"),")
        .replace("document from record key id {", "document per id { same day\n");
    assert_eq!(codes(&text), "J245");
}

#[test]
fn long_chains_end() {
    let texts = vec!["id"; 60].join(" ++ ");
    assert_eq!(codes(&with("", &format!("DocumentReferenceID = ({texts}) | cut(16)"))), "");
}

#[test]
fn any_text_is_answered() {
    // A fixed sequence: the same texts every time.
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let words: Vec<&str> =
        FLAT.split_inclusive([' ', '\n']).chain(NESTED.split_inclusive([' ', '\n'])).collect();
    for round in 0..150 {
        let frame = if round % 2 == 0 { FLAT } else { NESTED };
        let mut text: Vec<&str> = frame.split_inclusive([' ', '\n']).collect();
        for _ in 0..1 + random(4) {
            let at = random(text.len());
            match random(3) {
                0 => text[at] = words[random(words.len())],
                1 => text.insert(at, words[random(words.len())]),
                _ => {
                    text.remove(at);
                }
            }
        }
        let (model, reports) = compile(&text.concat());
        assert!(model.is_some() != reports.has_errors(), "{}\n{reports}", text.concat());
    }
}

#[test]
fn several_profiles() {
    let text = with(
        "",
        "Item { GLAccount = \"1\"; AmountInTransactionCurrency(currencyCode: \"EUR\") = 1; HouseBank = \"X\" }\nRubbish = \"1\"",
    );
    let mut sources = Sources::default();
    let id = sources.add("m.map", &text);
    let (file, _) = parse(&text, id);
    let profiles = ["2024".to_owned(), "2020".to_owned()];
    let (model, list) = check_profiles(&file, &mut sources, &FILES, &profiles);
    assert!(model.is_none());
    insta::assert_snapshot!(Reports { sources, list }, @r#"
    m.map:8:79: error[J202 unknown-element]: profile 2020: `Item` has no element `HouseBank` (profile 2024 has it, profile 2020 has not)
    m.map:9:1: error[J202 unknown-element]: `JournalEntry` has no element `Rubbish` (`jemap contract show` lists what `JournalEntry` takes)
    "#);
}
