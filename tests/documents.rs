//! Which documents are made of what comes in, and that none is lost, doubled or written with another's values.

use crate::support::{mapping, options, run};
use insta::assert_snapshot;
use jemap::{RunOptions, Split};

/// A mapping with this source and these documents; `HEAD` is what every entry needs.
fn entries(source: &str, documents: &str) -> jemap::Mapping {
    let head = r#"OriginalReferenceDocumentType = "BKPFF"; BusinessTransactionType = "RFBU"
  AccountingDocumentType = "SA"; CreatedByUser = "TEST"; DocumentDate = day; PostingDate = day"#;
    let text = format!("map m version 1\ntarget s4.journal_entry profile 2024\n{source}\n{documents}\n");
    mapping(&text.replace("HEAD", head))
}

const ELEMENTS: &str =
    "source json record { id: text, day: date, ccy: currency, r: [ { k: text, v: money(ccy) } ] }";

const PAIR: &str = r#"HEAD; CompanyCode = "1010"
  Item { GLAccount = "1"; AmountInTransactionCurrency = x.v }
  Item { GLAccount = "2"; AmountInTransactionCurrency = -x.v }"#;

fn elements(id: &str, list: &str) -> String {
    format!(r#"{{"id":"{id}","day":"2026-01-01","ccy":"EUR","r":{list}}}"#)
}

#[test]
fn a_fault_belongs_to_the_document_of_its_element() {
    let mapping = entries(ELEMENTS, &format!("document for x in r key id, x.k {{ {PAIR} }}"));
    let list = r#"[{"k":"1","v":1},{"k":"2","v":"abc"},{"k":"3","v":3}]"#;
    let outcome = run(&mapping, &options(), elements("A", list).as_bytes());
    assert_snapshot!(outcome.told(), @r#"
    written A/1 (2 lines)
    written A/3 (2 lines)
    refused A/2 at in.json:1:76 byte 75: J425 `v` of r[] is "abc": a number like 1234.56 was expected
    "#);
    assert!(outcome.kept.documents.iter().all(|d| !d.xml.contains("currencyCode=\"<")));
}

#[test]
fn a_record_without_elements_is_not_lost() {
    let mapping = entries(ELEMENTS, &format!("document for x in r key id, x.k {{ {PAIR} }}"));
    let text = [elements("A", "[]"), elements("B", "\"nolist\""), elements("C", "null")].join("\n");
    let outcome = run(&mapping, &options(), text.as_bytes());
    let counts = outcome.report.as_ref().expect("it ended").counts;
    assert_snapshot!(format!("{}{counts:#?}", outcome.told()), @r#"
    refused - at in.json:2:46 byte 94: J422 `r` of record is the string "nolist", a list was expected
    refused - at in.json:3:46 byte 149: J421 `r` of record is missing (it is null)
    Fates {
        read: Count {
            documents: 3,
            lines: 0,
        },
        written: Count {
            documents: 0,
            lines: 0,
        },
        rejected: Count {
            documents: 2,
            lines: 0,
        },
        dropped: Count {
            documents: 1,
            lines: 0,
        },
    }
    "#);
}

#[test]
fn a_condition_is_asked_for_each_element() {
    let mapping =
        entries(ELEMENTS, &format!("document for x in r when amount_of(x.v) > 1 key id, x.k {{ {PAIR} }}"));
    let list = |low: &str, high: &str| format!(r#"[{{"k":"1","v":{low}}},{{"k":"2","v":{high}}}]"#);
    let text = [elements("A", &list("1", "2")), elements("B", &list("3", "0"))].join("\n");
    let outcome = run(&mapping, &options(), text.as_bytes());
    assert_snapshot!(outcome.told(), @"
    written A/2 (2 lines)
    written B/1 (2 lines)
    ");
    assert_eq!(outcome.keys(), ["A/2", "B/1"]);
}

const LINES: &str = "source json line { id: text, day: date, ccy: currency, v: money(ccy), z: bool? }";

fn line(id: &str, amount: &str) -> String {
    format!(r#"{{"id":"{id}","day":"2026-01-01","ccy":"EUR","v":{amount}}}"#)
}

const PARTS: &str = r#"document per id {
  same day
  HEAD; CompanyCode = "1010"
  for line in lines { Item { GLAccount = "1"; AmountInTransactionCurrency = v } }
  split above 3 {
    Item { GLAccount = "9"; AmountInTransactionCurrency = -part.balance; DocumentItemText = part.number ++ "/" ++ part.count }
  }
}"#;

#[test]
fn a_document_in_parts_balances_as_a_whole() {
    let mapping = entries(LINES, PARTS);
    let text: Vec<String> = (0..5).map(|_| line("A", "5")).collect();
    let outcome = run(&mapping, &options(), text.join("\n").as_bytes());
    assert_snapshot!(outcome.told(), @"refused A at in.json:1:1 byte 0: J518 the document is off by 25 EUR: debits and credits differ");
    assert!(outcome.kept.documents.is_empty());
}

#[test]
fn parts_know_how_many_there_are() {
    let mapping = entries(LINES, PARTS);
    let text: Vec<String> = ["1", "2", "3", "4", "-10"].iter().map(|v| line("A", v)).collect();
    let outcome = run(&mapping, &options(), text.join("\n").as_bytes());
    let count = outcome.kept.documents.len();
    for (i, document) in outcome.kept.documents.iter().enumerate() {
        let said = format!("<DocumentItemText>{}/{count}</DocumentItemText>", i + 1);
        assert!(document.xml.contains(&said), "{}", document.xml);
    }
}

#[test]
fn a_key_that_comes_again_refuses_all_parts() {
    let mapping = entries(LINES, PARTS);
    let a: Vec<String> = ["1", "2", "3", "4", "-10"].iter().map(|v| line("A", v)).collect();
    let b = [line("B", "1"), line("B", "-1")];
    let text = [a.join("\n"), b.join("\n"), a.join("\n")].join("\n");
    let once = run(&mapping, &options(), a.join("\n").as_bytes());
    for split in [Split::Never, Split::Documents(1)] {
        let outcome = run(&mapping, &RunOptions { split, ..options() }, text.as_bytes());
        assert_eq!(outcome.kept.documents.len(), once.kept.documents.len() + 1, "{}", outcome.told());
        assert_eq!(outcome.kept.rejects.len(), 1, "{}", outcome.told());
        let counts = outcome.report.as_ref().expect("it ended").counts;
        assert_eq!((counts.read.lines, counts.written.lines, counts.rejected.lines), (12, 7, 5));
        let xml = outcome.kept.envelopes.concat();
        assert_eq!(xml.matches("<JournalEntry>").count(), outcome.kept.documents.len());
    }
}

#[test]
fn envelopes_are_split_by_the_lines_that_are_written() {
    let mapping = entries(
        LINES,
        r#"document per id { same day
  HEAD; CompanyCode = "1010"
  for line in lines {
    Item { GLAccount = "1"; AmountInTransactionCurrency = v }
    Item { GLAccount = "2"; AmountInTransactionCurrency = -v }
  }
}"#,
    );
    let input: Vec<String> = (0..6).map(|i| line(&format!("A{i}"), "5")).collect();
    let options = RunOptions { split: Split::Lines(4), ..options() };
    let outcome = run(&mapping, &options, input.join("\n").as_bytes());
    let items: Vec<usize> = outcome.kept.envelopes.iter().map(|e| e.matches("<Item>").count()).collect();
    assert_eq!(items, [4, 4, 4]);
}

#[test]
fn lines_take_the_values_round_them() {
    for kind in ["adjacent", "collected"] {
        let mapping = entries(
            "source json line at a.b[] { id: text, day: date, v: money(ccy) }\naround { ccy: currency at c, co: text(4) at k }",
            &format!(
                r#"document per co, id {kind} {{
  same day
  HEAD; CompanyCode = co
  for line in lines {{ Item {{ GLAccount = "1"; AmountInTransactionCurrency = v }} }}
}}"#
            ),
        );
        let batch = |ccy: &str, company: &str, id: &str| {
            let line = |v| format!(r#"{{"id":"{id}","day":"2026-01-01","v":{v}}}"#);
            format!(r#"{{"c":"{ccy}","k":"{company}","a":{{"b":[{},{}]}}}}"#, line("1"), line("-1"))
        };
        let text =
            [batch("EUR", "1000", "A"), batch("USD", "2000", "B"), batch("USD", "3000", "B")].join("\n");
        let outcome = run(&mapping, &options(), text.as_bytes());
        assert_eq!(outcome.keys(), ["1000/A", "2000/B", "3000/B"], "{kind}: {}", outcome.told());
        let found = |d: usize, text: &str| outcome.kept.documents[d].xml.contains(text);
        assert!(
            found(0, ">1000<") && found(0, "\"EUR\"") && found(1, ">2000<") && found(1, "\"USD\""),
            "{kind}"
        );
    }
}

#[test]
fn a_drop_holds_wherever_it_stands() {
    for body in [
        r#"drop "z" when z or false; Item { GLAccount = "1"; AmountInTransactionCurrency = v }"#,
        r#"Item { GLAccount = "1"; AmountInTransactionCurrency = v }; drop "z" when z or false"#,
    ] {
        let document = format!(
            "document per id {{ same day\nHEAD; CompanyCode = \"1010\"\nfor line in lines {{ {body} }} }}"
        );
        let mapping = entries(LINES, &document);
        let zeroed = line("A", "-5").replace("\"v\"", "\"z\":true,\"v\"");
        let text =
            [line("A", "5"), line("A", "-5"), zeroed.clone(), zeroed.replace("\"A\"", "\"B\"")].join("\n");
        let outcome = run(&mapping, &options(), text.as_bytes());
        assert_eq!(outcome.keys(), ["A"], "{body}: {}", outcome.told());
        assert_eq!(outcome.kept.documents[0].xml.matches("<Item>").count(), 2, "{body}");
        let report = outcome.report.as_ref().expect("it ended");
        let (counts, sums) = (report.counts, &report.sums);
        assert_eq!((counts.read.lines, counts.written.lines, counts.dropped.lines), (4, 2, 2), "{body}");
        let credit = |fates: &jemap::report::Fates<jemap::report::Sides>| {
            [fates.read, fates.written, fates.rejected, fates.dropped].map(|s| s.credit.to_string())
        };
        let credits: Vec<[String; 4]> = sums.iter().map(|s| credit(&s.fates)).collect();
        assert_eq!(credits, [["15", "5", "0", "10"]], "{body}");
    }
}

#[test]
fn long_chains_lose_nothing() {
    let letters: Vec<String> = ('A'..='Z').chain('a'..='z').map(|c| format!("\"{c}\"")).collect();
    let document = r#"document per id { same day
  HEAD; CompanyCode = "1010"
  DocumentHeaderText = (LETTERS) | tail(3)
  for line in lines { Item { GLAccount = "1"; AmountInTransactionCurrency = v } }
}"#;
    let mapping = entries(LINES, &document.replace("LETTERS", &letters.join(" ++ ")));
    let outcome = run(&mapping, &options(), [line("A", "1"), line("A", "-1")].join("\n").as_bytes());
    assert!(
        outcome.kept.documents[0].xml.contains("<DocumentHeaderText>xyz<"),
        "{}",
        outcome.kept.documents[0].xml
    );
}

#[test]
fn an_empty_join_is_none() {
    let mapping = entries(
        "source json record { id: text, day: date, tags: [text], v: money(\"EUR\") }",
        r#"document from record key id {
  HEAD; CompanyCode = "1010"
  DocumentHeaderText = join(tag for tag in tags, "/") | cut(20) or omit
  Item { GLAccount = "1"; AmountInTransactionCurrency = v }
}"#,
    );
    let record = |tags: &str| {
        format!(r#"{{"id":"T{tags}","day":"2026-01-01","tags":[{}],"v":0}}"#, tags.replace('\'', "\""))
    };
    let text = [record(""), record("'a'"), record("'a','b'")].join("\n");
    let outcome = run(&mapping, &options(), text.as_bytes());
    let texts: Vec<Option<&str>> = outcome
        .kept
        .documents
        .iter()
        .map(|d| Some(d.xml.split_once("<DocumentHeaderText>")?.1.split_once('<')?.0))
        .collect();
    assert_eq!(texts, [None, Some("a"), Some("a/b")], "{}", outcome.told());
}

#[test]
fn a_file_cut_off_in_its_last_line_does_not_write_the_document_before_it() {
    let mapping = entries(
        "source json line { id: text, day: date, ccy: currency, v: money(ccy) }",
        r#"document per id adjacent { same day; HEAD; CompanyCode = "1010"
  for line in lines { Item { GLAccount = "1"; AmountInTransactionCurrency = v } } }"#,
    );
    let line = |id: &str, v: &str| format!(r#"{{"id":"{id}","day":"2026-01-01","ccy":"EUR","v":{v}}}"#);
    let lines = [line("A", "1"), line("A", "-1"), line("B", "5"), line("B", "-5"), line("B", "3")];
    let text = lines.join("\n");
    let cut = &text[..text.len() - 9];
    assert_snapshot!(run(&mapping, &options(), cut.as_bytes()).told(), @r"
    written A (2 lines)
    refused B at in.json:3:1 byte 97: J524 the input breaks off before it is certain that the document is complete
    refused - at in.json:5:39 byte 232: J402 the input ends in the middle of a value
    ");
    // the same as an array: what is open where the input breaks is not written either
    let array = format!("[{}", lines.join(","));
    assert_snapshot!(run(&mapping, &options(), &array.as_bytes()[..array.len() - 9]).told(), @r"
    written A (2 lines)
    refused B at in.json:1:99 byte 98: J524 the input breaks off before it is certain that the document is complete
    broken at in.json:1:234 byte 233: J402 the input ends in the middle of a value
    ");
}

#[test]
fn sums_of_money_are_exact_whatever_the_amounts_fit_into() {
    let source =
        "source json record { id: text, day: date, r: [ { c: currency, v: money(c) ?, k: text ? } ] }";
    let body = r#"let total = sum(x.v for x in r)
  reject "off" when amount_of(total) != 0 note "{total}"
  HEAD; CompanyCode = "1010"
  for x in r when x.v != none { Item { GLAccount = "1"; AmountInTransactionCurrency = x.v or reject "none" } }"#;
    let mapping = entries(source, &format!("document from record key id {{ {body} }}"));
    let record = |(id, list): (&str, &[(&str, &str)])| {
        let lines: Vec<_> = list.iter().map(|(c, v)| format!(r#"{{"c":"{c}","v":{v}}}"#)).collect();
        format!(r#"{{"id":"{id}","day":"2026-01-01","r":[{}]}}"#, lines.join(","))
    };
    let text = [
        record(("scales", &[("EUR", "1.5"), ("EUR", "-1"), ("EUR", "-0.50"), ("EUR", "null")])),
        record(("small", &[("eur", "1.25"), ("EUR", "-1.25")])),
        record(("wide", &[("EUR", "9223372036854775807"), ("EUR", "1")])),
        record(("rescaled", &[("EUR", "922337203685477580"), ("EUR", "0.01")])),
        record(("mixed", &[("EUR", "1"), ("USD", "-1")])),
        record(("places", &[("JPY", "1.0"), ("JPY", "-1.5")])),
    ];
    let told = run(&mapping, &options(), text.join("\n").as_bytes()).told();
    assert_snapshot!(told, @r#"
    written scales (3 lines)
    written small (2 lines)
    refused wide at in.json:3:1 byte 206: J501 off: 9223372036854775808 EUR
    refused rescaled at in.json:4:1 byte 299: J501 off: 922337203685477580.01 EUR
    refused mixed at in.json:5:1 byte 398: J507 1 EUR and -1 USD are of different currencies
    refused places at in.json:6:1 byte 475: J511 -1.5 has more places than JPY allows (0)
    "#);
}

// ── what is counted

#[test]
fn of_many_refused_values_each_refuses_its_element() {
    // `w` is read, and used by nothing
    let source = ELEMENTS.replace("v: money(ccy)", "v: money(ccy), w: int?");
    let mapping = entries(&source, &format!("document for x in r key id, x.k {{ {PAIR} }}"));
    let one = |i: usize| {
        let w = if i.is_multiple_of(2) { "\"bad\"" } else { "1" };
        format!(r#"{{"k":"{i}","v":1,"w":{w}}}"#)
    };
    let list = (0..70).map(one).collect::<Vec<_>>().join(",");
    let outcome = run(&mapping, &options(), elements("A", &format!("[{list}]")).as_bytes());
    let written: Vec<String> = (0..70).filter(|i| i % 2 == 1).map(|i| format!("A/{i}")).collect();
    assert_eq!(outcome.keys(), written, "{}", outcome.told());
    assert_eq!(outcome.kept.rejects.len(), 35);
    for reject in &outcome.kept.rejects {
        let at = reject.place.byte as usize;
        assert_eq!(&elements("A", &format!("[{list}]"))[at..at + 5], "\"bad\"", "{reject:?}");
    }
    let last = &outcome.kept.rejects[34];
    assert_eq!((last.code, last.key.as_deref()), ("J500", Some("A/68")));
}

#[test]
fn a_document_in_parts_counts_once_and_what_was_read_only() {
    let text = r#"source json line { doc: text, day: date, ccy: currency, account: text, amount: money(ccy) }
table t = json("t.json") { k: text key, v: text }
document per doc adjacent {
  same day, ccy
  HEAD; CompanyCode = "1010"; DocumentReferenceID = doc
  for line in lines { Item { GLAccount = t[account]?.v or "1"; AmountInTransactionCurrency = amount } }
  split above 3 { Item { GLAccount = t["closing"]?.v or "2"; AmountInTransactionCurrency = -part.balance; DocumentItemText = COUNT } }
}"#;
    let line = |account: &str, amount: &str| {
        format!(r#"{{"doc":"A","day":"2026-01-01","ccy":"EUR","account":"{account}","amount":{amount}}}"#)
    };
    let input = [line("a", "1"), line("b", "2"), line("a", "3"), line("c", "4"), line("a", "-10")].join("\n");
    struct Table;
    impl jemap::Loader for Table {
        fn read(&self, _: &str) -> Result<Vec<u8>, String> {
            Ok(b"[{\"k\":\"z\",\"v\":\"9\"}]".to_vec())
        }
    }
    for count in ["doc", "part.number ++ \"/\" ++ part.count"] {
        let text = text.replace("COUNT", count).replace(
            "HEAD",
            "OriginalReferenceDocumentType = \"BKPFF\"; BusinessTransactionType = \"RFBU\"
  AccountingDocumentType = \"SA\"; CreatedByUser = \"TEST\"; DocumentDate = day; PostingDate = day",
        );
        let text = format!("map m version 1\ntarget s4.journal_entry profile 2024\n{text}\n");
        let compiled = jemap::Mapping::compile("m.map", &text, &Table);
        let mapping = compiled.mapping.unwrap_or_else(|| panic!("{}", compiled.reports));
        let outcome = run(&mapping, &options(), input.as_bytes());
        assert!(outcome.kept.documents.len() > 1, "{}", outcome.told());
        let parts = outcome.kept.documents.len() as u64;
        let report = outcome.report.expect("it ended");
        let misses: Vec<_> = report.misses.iter().map(|m| (m.key.as_str(), m.count)).collect();
        assert_eq!(misses, [("a", 3), ("closing", parts), ("b", 1), ("c", 1)], "{count}");
        let sums = &report.sums[0].fates;
        for side in [sums.read, sums.written] {
            assert_eq!((side.debit.to_string(), side.credit.to_string()), ("10".into(), "10".into()));
        }
    }
}

#[test]
fn amounts_that_cannot_be_read_are_counted() {
    let mapping = entries(ELEMENTS, &format!("document for x in r key id, x.k {{ {PAIR} }}"));
    let list = r#"[{"k":"1","v":1},{"k":"2","v":"abc"},{"k":"3","v":[]},{"k":"4"},{"k":5,"v":2}]"#;
    let text = [elements("A", list), "{\"id\":\"B\",\"r\":[{\"v\":\"x\"".to_owned()].join("\n");
    let report = run(&mapping, &options(), text.as_bytes()).report.expect("it ended");
    assert_eq!((report.numbers_refused, report.counts.rejected.documents), (3, 5));
    assert!(
        report.text(false).contains("  3 amounts or rates could not be read: no sum holds"),
        "{}",
        report.text(false)
    );
}

#[test]
fn undeclared_keys_are_named_with_the_way_to_them() {
    let source = ELEMENTS.replace("day: date", "day: date at meta.\"the day\"");
    let mapping = entries(&source, &format!("document for x in r key id, x.k {{ {PAIR} }}"));
    let list = r#"[{"k":"1","v":1,"x":0},{"k":"2","v":2,"x":{"y":1}}]"#;
    let text = elements("A", list).replace("\"day\":", "\"x\":1,\"meta\":{\"x\":2,\"the day\":");
    let text = text.replace("\"ccy\"", "\"z\":3},\"ccy\"");
    let outcome = run(&mapping, &options(), text.as_bytes());
    let report = outcome.report.as_ref().expect("it ended");
    let names: Vec<_> = report.unknown_names.iter().map(|n| format!("{} {}", n.name, n.count)).collect();
    assert_eq!(names, ["r[].x 2", "meta.x 1", "meta.z 1", "x 1"], "{}", outcome.told());
}

#[test]
fn a_message_that_is_one_document_is_all_of_it() {
    let schema = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:r" elementFormDefault="qualified">
<xs:element name="Receipt"><xs:complexType><xs:sequence>
  <xs:element name="Id" type="xs:string"/><xs:element name="Day" type="xs:date"/>
</xs:sequence></xs:complexType></xs:element></xs:schema>"#;
    struct Schema(&'static str);
    impl jemap::Loader for Schema {
        fn read(&self, _: &str) -> Result<Vec<u8>, String> {
            Ok(self.0.as_bytes().to_vec())
        }
    }
    let text =
        "map m version 1\ntarget xsd \"r.xsd\" root \"Receipt\"\nsource json record { id: text, day: date }
document from record key id { Id = id; Day = day }\n";
    let compiled = jemap::Mapping::compile("m.map", text, &Schema(schema));
    let mapping = compiled.mapping.unwrap_or_else(|| panic!("{}", compiled.reports));
    let input = "{\"id\":\"1\",\"day\":\"2026-01-01\"}\n{\"id\":\"2\",\"day\":\"2026-01-02\"}";
    for soap in [jemap::Soap::V11, jemap::Soap::V12, jemap::Soap::None] {
        let outcome = run(&mapping, &RunOptions { soap, ..options() }, input.as_bytes());
        assert_eq!(outcome.kept.envelopes.len(), 2);
        for (document, envelope) in outcome.kept.documents.iter().zip(&outcome.kept.envelopes) {
            let xml = &document.xml;
            assert!(xml.starts_with('<') && xml.contains("Receipt") && xml.ends_with("Receipt>"), "{xml}");
            assert!(envelope.contains(xml.as_str()) && xml.matches("Receipt").count() == 2, "{envelope}");
        }
        let bytes: usize = outcome.kept.envelopes.iter().map(String::len).sum();
        assert_eq!(outcome.report.expect("it ended").bytes, bytes as u64);
    }
}
