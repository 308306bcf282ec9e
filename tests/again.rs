//! Rejects run again: what was written and what is written of the mended rejects is together what a right input
//! gives, nothing twice, with the same ids.

use crate::support::{Document, Kept, LINES, RECORDS, line, mapping, options, record};
use insta::assert_snapshot;
use jemap::sink::{Both, RejectLines};
use jemap::{Mapping, RunReport, WriteSink};
use serde_json::Value;

/// What became of an input: the documents, the rejects as `--rejects` writes them, and the account.
struct Done {
    documents: Vec<Document>,
    rejects: String,
    report: RunReport,
}

/// Runs over inputs, or over rejects.
fn done(mapping: &Mapping, inputs: &[(&str, &str)], again: bool, threads: usize) -> Done {
    let (mut kept, mut rejects) = (Kept::default(), vec![]);
    let lines = RejectLines::new(WriteSink::new(&mut rejects, "memory"));
    let sink = Both { documents: &mut kept, rejects: Some(lines) };
    let options = jemap::RunOptions { threads, ..options() };
    let mut run = mapping.start(&options, Box::new(sink)).expect("there are no parameters");
    for (name, text) in inputs {
        let read = match again {
            true => run.read_again(name, &mut text.as_bytes()),
            false => run.read(name, &mut text.as_bytes()),
        };
        read.expect("the input does not end the run");
    }
    let report = run.finish().expect("memory does not fill up");
    Done { documents: kept.documents, rejects: String::from_utf8(rejects).expect("JSON is UTF-8"), report }
}

fn first(mapping: &Mapping, text: &str) -> Done {
    done(mapping, &[("in.json", text)], false, 1)
}

fn again(mapping: &Mapping, rejects: &str) -> Done {
    done(mapping, &[("refused.ndjson", rejects)], true, 1)
}

/// Changes each reject.
fn mended(rejects: &str, mend: impl Fn(&mut Value)) -> String {
    let one = |line: &str| {
        let mut reject = serde_json::from_str(line).expect("a reject is JSON");
        mend(&mut reject);
        format!("{reject}\n")
    };
    rejects.lines().map(one).collect()
}

/// Key, id and XML of documents, in the order of their XML.
fn all(runs: &[&Done]) -> Vec<(String, String, String)> {
    let documents = runs.iter().flat_map(|done| &done.documents);
    let mut all: Vec<_> = documents.map(|d| (d.xml.clone(), d.id.clone(), d.key.clone())).collect();
    all.sort();
    all
}

/// What is refused and written of it, without what only the first run knows.
fn told(rejects: &str) -> String {
    mended(rejects, |reject| {
        for name in ["name", "place", "rule", "message"] {
            reject.as_object_mut().expect("an object").shift_remove(name);
        }
    })
}

/// Runs a wrong input, mends all rejects, runs them again, and compares with the right input.
fn compare(mapping: &Mapping, right: &str, wrong: &str, mend: impl Fn(&mut Value)) -> String {
    let expected = first(mapping, right);
    assert_eq!(expected.rejects, "");
    let before = first(mapping, wrong);
    assert!(!before.documents.is_empty() && !before.rejects.is_empty(), "{}", before.rejects);
    for threads in [1, 3] {
        assert_eq!(done(mapping, &[("in.json", wrong)], false, threads).rejects, before.rejects);
    }
    // what is not mended is refused again, and says the same
    let unmended = again(mapping, &before.rejects);
    assert!(unmended.documents.is_empty(), "{:?}", unmended.documents);
    let plain = |rejects: &str| {
        mended(rejects, |r| {
            for name in ["place", "origin", "rule"] {
                r.as_object_mut().expect("an object").shift_remove(name);
            }
        })
    };
    assert_eq!(plain(&unmended.rejects), plain(&before.rejects));
    let after = again(mapping, &mended(&before.rejects, &mend));
    assert_eq!(after.rejects, "");
    assert_eq!(all(&[&before, &after]), all(&[&expected]));
    // a second generation of rejects is as good as the first
    let second = again(mapping, &mended(&unmended.rejects, &mend));
    assert_eq!(all(&[&before, &second]), all(&[&expected]));
    told(&before.rejects)
}

fn put(reject: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = reject.pointer_mut(pointer) {
        *place = value;
    }
}

#[test]
fn records_at_a_path_with_values_round_them() {
    let text = RECORDS
        .replace("source json record {", "source json record at data.items[] {")
        .replace(
            "document from",
            "around { batch: text at data.name, days: { first: date } at data.days }\ndocument from",
        )
        .replace("DocumentReferenceID = id", "DocumentReferenceID = batch ++ id")
        .replace("PostingDate = day", "PostingDate = days.first")
        .replace("DocumentItemText = note | cut(50) or omit", "DocumentItemText = input.name");
    let mapping = mapping(&text);
    let batch = |name: &str, day: &str, items: &[String]| {
        format!(
            r#"{{"data":{{"name":"{name}","days":{{"first":"{day}"}},"other":1,"items":[{}]}}}}"#,
            items.join(",")
        )
    };
    let items: Vec<String> = (0..4).map(|i| record(&format!("D{i}"), "")).collect();
    let bad: Vec<String> = items.iter().map(|i| i.replace("-12.5", "\"minus\"")).collect();
    let right =
        format!("{}\n{}", batch("A", "2024-05-31", &items[..2]), batch("B", "2024-06-30", &items[2..]));
    let wrong = format!(
        "{}\n{}",
        batch("A", "2024-05-31", &[items[0].clone(), bad[1].clone()]),
        batch("B", "2024-06-30", &[bad[2].clone(), items[3].clone()])
    );
    let said = compare(&mapping, &right, &wrong, |r| {
        put(r, "/original/entries/1/amount", serde_json::from_str("-12.5").expect("a number"));
    });
    assert_snapshot!(said, @r#"
    {"code":"J425","key":"D1","original":{"id":"D1","day":"2024-05-01","ccy":"EUR","note":"","entries":[{"account":"400000","amount":12.5},{"account":"280000","amount":"minus"}]},"around":{"data":{"name":"A","days":{"first":"2024-05-31"}}}}
    {"code":"J425","key":"D2","original":{"id":"D2","day":"2024-05-01","ccy":"EUR","note":"","entries":[{"account":"400000","amount":12.5},{"account":"280000","amount":"minus"}]},"around":{"data":{"name":"B","days":{"first":"2024-06-30"}}}}
    "#);
    // a value round the records that is wrong is mended there
    let wrong = right.replace("2024-06-30", "June");
    let said = compare(&mapping, &right, &wrong, |r| put(r, "/around/data/days/first", "2024-06-30".into()));
    assert!(said.contains(r#""around":{"data":{"name":"B","days":{"first":"June"}}}"#), "{said}");
}

#[test]
fn lines_of_a_document_stay_together_and_apart_from_others() {
    let mapping = mapping(LINES);
    let right =
        [line("A", "1"), line("A", "-1"), line("B", "2"), line("B", "-2"), line("C", "3"), line("C", "-3")];
    let wrong = right.join("\n").replace("-1}", "-7}").replace("-3}", "\"x\"}");
    let said = compare(&mapping, &right.join("\n"), &wrong, |r| {
        let amount = if r["key"] == "A" { "-1" } else { "-3" };
        put(r, "/original/1/amount", serde_json::from_str(amount).expect("a number"));
    });
    assert_snapshot!(said, @r#"
    {"code":"J518","key":"A","original":[{"doc":"A","day":"2024-05-01","ccy":"EUR","account":"400000","amount":1},{"doc":"A","day":"2024-05-01","ccy":"EUR","account":"400000","amount":-7}]}
    {"code":"J425","key":"C","original":[{"doc":"C","day":"2024-05-01","ccy":"EUR","account":"400000","amount":3},{"doc":"C","day":"2024-05-01","ccy":"EUR","account":"400000","amount":"x"}]}
    "#);
}

#[test]
fn two_rejects_of_one_key_do_not_become_one_document() {
    let mapping = mapping(LINES);
    // the halves of `A` balance together only
    let text = [line("A", "1"), line("B", "2"), line("B", "-2"), line("A", "-1")].join("\n");
    let before = first(&mapping, &text);
    assert_eq!(before.documents.len(), 1);
    assert_snapshot!(told(&before.rejects), @r#"
    {"code":"J518","key":"A","original":[{"doc":"A","day":"2024-05-01","ccy":"EUR","account":"400000","amount":1}]}
    {"code":"J518","key":"A","original":[{"doc":"A","day":"2024-05-01","ccy":"EUR","account":"400000","amount":-1}],"key_again":true}
    "#);
    let after = again(&mapping, &before.rejects);
    assert!(after.documents.is_empty());
    assert_eq!(told(&after.rejects).matches("J518").count(), 2, "{}", after.rejects);
    // each mended for itself: the key is written once
    let each = mended(&before.rejects, |r| {
        let mut other = r["original"][0].clone();
        put(
            &mut other,
            "/amount",
            serde_json::from_str(if r["place"]["line"] == 1 { "-1" } else { "1" }).expect("a number"),
        );
        r["original"].as_array_mut().expect("lines").push(other);
    });
    let after = again(&mapping, &each);
    assert_eq!(after.documents.len(), 1, "{}", after.rejects);
    assert!(after.rejects.contains("J520"), "{}", after.rejects);
}

#[test]
fn a_key_that_was_written_is_not_written_again() {
    let mapping = mapping(RECORDS);
    let bad = record("A", "").replace("-12.5", "-1");
    let other = record("B", "").replace("-12.5", "-1");
    let text = [record("A", ""), bad, record("A", ""), other, record("B", "")].join("\n");
    let before = first(&mapping, &text);
    assert_eq!(before.documents.len(), 1);
    assert_snapshot!(before.rejects.lines().map(|l| l.split("original").next().expect("a part")).collect::<Vec<_>>().join("\n"), @r#"
    {"code":"J518","name":"unbalanced","message":"the document is off by 11.5 EUR: debits and credits differ; the document key \"A\" was met before in this run","place":{"file":"in.json","line":2,"column":1,"byte":135},"key":"A","rule":{"file":"test.map","line":8,"column":1},"
    {"code":"J520","name":"key-again","message":"the document key \"A\" was met before in this run","place":{"file":"in.json","line":3,"column":1,"byte":267},"key":"A","rule":null,"
    {"code":"J518","name":"unbalanced","message":"the document is off by 11.5 EUR: debits and credits differ","place":{"file":"in.json","line":4,"column":1,"byte":402},"key":"B","rule":{"file":"test.map","line":8,"column":1},"
    {"code":"J520","name":"key-again","message":"the document key \"B\" was met before in this run","place":{"file":"in.json","line":5,"column":1,"byte":534},"key":"B","rule":null,"
    "#);
    let amount = |r: &mut Value| {
        put(r, "/original/entries/1/amount", serde_json::from_str("-12.5").expect("a number"))
    };
    let after = again(&mapping, &mended(&before.rejects, amount));
    // of two of one key the first is written, where none was before
    assert_eq!(after.documents.iter().map(|d| d.key.as_str()).collect::<Vec<_>>(), ["B"]);
    assert_eq!(after.rejects.matches("J520").count(), 3, "{}", after.rejects);
    // with keys of their own all are
    let number = std::cell::Cell::new(0);
    let renamed = mended(&before.rejects, |r| {
        number.set(number.get() + 1);
        amount(r);
        put(r, "/original/id", format!("N{}", number.get()).into());
    });
    let after = again(&mapping, &renamed);
    assert_eq!(after.documents.len(), 4, "{}", after.rejects);
}

/// A document for each entry; `more` stands in it.
fn elements(key: &str, more: &str) -> String {
    let head = format!("document for entry in entries{key}");
    let text = RECORDS.replace("document from record key id", &head);
    let text = text.replace("for entry in entries {\n    Item", &format!("{more}\nif true {{\n    Item"));
    text.replace(
        "GLAccount = entry.account",
        "GLAccount = entry.account\n      ReferenceDocumentItem = \"1\"",
    )
}

fn entries(amounts: &[&str]) -> String {
    let one = |(i, amount): (usize, &&str)| format!(r#"{{"account":"{}","amount":{amount}}}"#, i + 1);
    let entries: Vec<String> = amounts.iter().enumerate().map(one).collect();
    format!(r#"{{"id":"R","day":"2026-03-31","ccy":"EUR","entries":[ {} ]}}"#, entries.join(" , "))
}

fn to_zero(reject: &mut Value) {
    let zero: Value = serde_json::from_str("0").expect("a number");
    for entry in reject["original"]["entries"].as_array_mut().expect("a list") {
        put(entry, "/amount", zero.clone());
    }
}

#[test]
fn of_a_list_only_the_refused_elements_are_made_again() {
    let (right, wrong) = (entries(&["0"; 5]), entries(&["0", "5", "\"x\"", "0", "7"]));
    let keyed = mapping(&elements(" key id, entry.account", ""));
    let said = compare(&keyed, &right, &wrong, to_zero);
    assert_snapshot!(said, @r#"
    {"code":"J518","key":"R/2","original":{"id":"R","day":"2026-03-31","ccy":"EUR","entries":[{"account":"2","amount":5}]},"only":{"list":"entries","number":2,"alone":true}}
    {"code":"J425","key":"R/3","original":{"id":"R","day":"2026-03-31","ccy":"EUR","entries":[{"account":"3","amount":"x"}]},"only":{"list":"entries","number":3,"alone":true}}
    {"code":"J518","key":"R/5","original":{"id":"R","day":"2026-03-31","ccy":"EUR","entries":[{"account":"5","amount":7}]},"only":{"list":"entries","number":5,"alone":true}}
    "#);
    // all elements are computed with: the original keeps them, and one is made all the same
    let counted = mapping(&elements(
        " key id, entry.account",
        "reject \"few\" when count(x.account != \"\" for x in entries) != 5",
    ));
    let said = compare(&counted, &right, &wrong, to_zero);
    assert_snapshot!(said, @r#"
    {"code":"J518","key":"R/2","original":{"id":"R","day":"2026-03-31","ccy":"EUR","entries":[{"account":"1","amount":0},{"account":"2","amount":5},{"account":"3","amount":"x"},{"account":"4","amount":0},{"account":"5","amount":7}]},"only":{"list":"entries","number":2}}
    {"code":"J425","key":"R/3","original":{"id":"R","day":"2026-03-31","ccy":"EUR","entries":[{"account":"1","amount":0},{"account":"2","amount":5},{"account":"3","amount":"x"},{"account":"4","amount":0},{"account":"5","amount":7}]},"only":{"list":"entries","number":3}}
    {"code":"J518","key":"R/5","original":{"id":"R","day":"2026-03-31","ccy":"EUR","entries":[{"account":"1","amount":0},{"account":"2","amount":5},{"account":"3","amount":"x"},{"account":"4","amount":0},{"account":"5","amount":7}]},"only":{"list":"entries","number":5}}
    "#);
    // a mapping that has come to read the others does not do with one
    let alone = first(&keyed, &wrong).rejects;
    let after = again(&counted, &mended(&alone, to_zero));
    assert!(after.documents.is_empty());
    assert_eq!(after.rejects.matches("J414").count(), 3, "{}", after.rejects);
    // and what could not be run again keeps what it needs to be
    let after = again(&keyed, &after.rejects);
    assert_eq!(all(&[&first(&keyed, &wrong), &after]), all(&[&first(&keyed, &right)]));
}

#[test]
fn documents_without_a_key_keep_their_ids_when_the_mapping_is_mended() {
    let strict = |text: String| {
        text.replace("  OriginalReference", "  reject \"not yet\" when note == \"no\"\n  OriginalReference")
    };
    let input = [
        record("A", ""),
        record("B", "no").replace(':', " : "),
        entries(&["0", "0", "0"]).replace("\"ccy\"", "\"note\":\"no\",\"ccy\""),
    ];
    for text in [RECORDS.replace(" key id", ""), elements("", "")] {
        let (good, bad) = (mapping(&text), mapping(&strict(text.clone())));
        let input = input.join("\n");
        let input = if text.contains("for entry in entries {") { input } else { input.replace("12.5", "0") };
        let before = first(&bad, &input);
        assert!(before.rejects.contains("\"origin\":{\"file\":\"in.json\""), "{}", before.rejects);
        let once_more = again(&bad, &before.rejects);
        for rejects in [&before.rejects, &once_more.rejects] {
            let after = again(&good, rejects);
            assert_eq!(all(&[&before, &after]), all(&[&first(&good, &input)]), "{}", before.rejects);
        }
    }
}

#[test]
fn a_record_that_gives_a_document_of_its_own_too() {
    let text = RECORDS.to_owned();
    let head = text.find("document from").expect("it is there");
    let second = text[head..]
        .replace("for entry in entries {\n    Item", "if true {\n Item")
        .replace("document from record key id", "document for fee in fees key id, fee.account");
    let second = second.replace("entry.", "fee.").replace("drop \"noted as void\" when note == \"void\"", "");
    let text = text
        .replace("entries: [ {", "fees: [ { account: text(1..10), amount: money(ccy) } ]\n  entries: [ {");
    let mapping = mapping(&format!(
        "{}\n{}",
        text[..text.find("document from").expect("it is there")].to_owned() + &second,
        &text[text.find("document from").expect("it is there")..]
    ));
    let fee = |amount: &str| {
        format!(r#""fees":[{{"account":"1","amount":0}},{{"account":"2","amount":{amount}}}],"entries""#)
    };
    let right = record("A", "").replace("\"entries\"", &fee("0"));
    let wrong = record("A", "").replace("-12.5", "-1").replace("\"entries\"", &fee("9"));
    let said = compare(&mapping, &right, &wrong, |r| {
        put(r, "/original/entries/1/amount", serde_json::from_str("-12.5").expect("a number"));
        for fee in r["original"]["fees"].as_array_mut().expect("a list") {
            put(fee, "/amount", serde_json::from_str("0").expect("a number"));
        }
    });
    assert_snapshot!(said, @r#"
    {"code":"J518","key":"A/2","original":{"id":"A","day":"2024-05-01","ccy":"EUR","note":"","fees":[{"account":"2","amount":9}],"entries":[{"account":"400000","amount":12.5},{"account":"280000","amount":-1}]},"only":{"list":"fees","number":2,"alone":true}}
    {"code":"J518","key":"A","original":{"id":"A","day":"2024-05-01","ccy":"EUR","note":"","fees":[{"account":"1","amount":0},{"account":"2","amount":9}],"entries":[{"account":"400000","amount":12.5},{"account":"280000","amount":-1}]},"only":"record"}
    "#);
}

#[test]
fn what_may_lack_lines_says_so_and_is_not_written_until_somebody_says_otherwise() {
    let mapping = mapping(LINES);
    let lines = [
        line("A", "1"),
        line("A", "0").replace("\"doc\"", "doc"),
        line("A", "-1"),
        line("B", "2"),
        line("B", "-2"),
    ];
    let before = first(&mapping, &lines.join("\n"));
    assert_eq!(before.documents.len(), 1);
    assert_eq!(before.rejects.matches("\"may_lack_lines\":true").count(), 2, "{}", before.rejects);
    let after = again(&mapping, &before.rejects);
    assert_eq!((after.documents.len(), after.report.counts.rejected.documents), (0, 2));
    assert_eq!(after.rejects.matches("\"may_lack_lines\":true").count(), 2, "{}", after.rejects);
    // the broken line is put where it belongs
    let mut rejects: Vec<Value> =
        after.rejects.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let broken = rejects.iter().position(|r| r["original"].is_string()).expect("the broken line is there");
    rejects.remove(broken);
    let line: Value = serde_json::from_str(&line("A", "0")).expect("JSON");
    rejects[0]["original"].as_array_mut().expect("lines").insert(1, line);
    rejects[0].as_object_mut().expect("an object").shift_remove("may_lack_lines");
    let after = again(&mapping, &rejects[0].to_string());
    let right = lines.join("\n").replace("{doc", "{\"doc\"");
    assert_eq!(all(&[&before, &after]), all(&[&first(&mapping, &right)]), "{}", after.rejects);
}

#[test]
fn a_line_that_is_no_reject_is_refused_and_keeps_its_place() {
    let mapping = mapping(RECORDS);
    let original = record("A", "");
    let text = [
        original.clone(),
        "{\"original\":".to_owned(),
        "[1]".to_owned(),
        format!("{{\"original\":{original},\"only\":{{\"list\":\"entries\",\"number\":1}}}}"),
        format!("{{\"original\":{original},\"only\":5}}"),
        "{\"original\":\"{\"}".to_owned(),
        format!("{{\"original\":{original}}}"),
    ];
    let done = again(&mapping, &text.join("\n"));
    assert_eq!(done.documents.len(), 1);
    let said = done.rejects.lines().map(|l| {
        let reject: Value = serde_json::from_str(l).expect("JSON");
        format!("{} {}: {}\n", reject["place"]["line"], reject["code"], reject["message"])
    });
    assert_snapshot!(said.collect::<String>(), @r#"
    1 "J414": "the line is no reject: it has no member `original`, and `--again` reads what `--rejects` wrote"
    2 "J402": "the input ends in the middle of a value"
    3 "J414": "the line is no reject: it has no member `original`, and `--again` reads what `--rejects` wrote"
    4 "J414": "`only` names the list `entries`, of which the mapping makes no documents"
    5 "J414": "`only` is \"record\", or an object with `list` and `number` (from 1)"
    6 "J414": "`original` is a text that is not JSON, or not all of it: put the mended JSON there"
    "#);
}
