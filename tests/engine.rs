//! What a run does with good input and with bad, at any layout, at any number of threads, however the bytes come.

use crate::support::{LINES, Outcome, RECORDS, line, mapping, options, record, records, run, run_all};
use insta::assert_snapshot;
use jemap::{InputFormat, RunError, RunOptions, Soap, Split};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn documents(outcome: &Outcome) -> Vec<&str> {
    outcome.kept.documents.iter().map(|d| d.xml.as_str()).collect()
}

// ── layouts

#[test]
fn every_layout_gives_the_same_documents() {
    let mapping = mapping(RECORDS);
    let records = records(0..3);
    let expected = run(&mapping, &options(), records.join("\n").as_bytes());
    assert_eq!(expected.keys(), ["D0", "D1", "D2"], "{}", expected.told());
    let spread = format!("[\n  {}\n]\n", records.join(",\n  ").replace(':', " : "));
    for (layout, text) in [
        ("an array", format!("[{}]", records.join(","))),
        ("an array over several lines", spread),
        ("with a byte order mark", format!("\u{feff}{}", records.join("\n"))),
        ("an array with a byte order mark", format!("\u{feff}[{}]", records.join(","))),
        ("one after the other", records.concat()),
        ("spaces between", records.join("  \n\n  ")),
        ("lines of Windows", records.join("\r\n")),
        ("empty lines and a last newline", format!("\n{}\n\n", records.join("\n\n"))),
    ] {
        let got = run(&mapping, &options(), text.as_bytes());
        assert_eq!(got.told(), expected.told(), "{layout}");
        assert_eq!(documents(&got), documents(&expected), "{layout}");
    }
}

#[test]
fn records_at_a_path_or_alone() {
    let text = RECORDS.replace("source json record {", "source json record at data[] or . {");
    let text = text.replace("document from", "around { batch: text? at name }\ndocument from");
    let mapping =
        mapping(&text.replace("DocumentReferenceID = id", "DocumentReferenceID = (batch or \"-\") ++ id"));
    let records = records(0..4);
    let expected = |name: &str| {
        let text = records.iter().map(|r| format!(r#"{{"name":"{name}","data":[{r}]}}"#)).collect::<String>();
        documents(&run(&mapping, &options(), text.as_bytes())).concat()
    };
    let page = |name: &str| format!(r#"{{"name":"{name}","data":[{}]}}"#, records.join(","));
    for (layout, text, name) in [
        ("a page", page("A"), "A"),
        ("a list", format!("[{}]", records.join(",")), "-"),
        ("lines", records.join("\n"), "-"),
        ("one after the other", records.concat(), "-"),
    ] {
        let outcome = run(&mapping, &options(), text.as_bytes());
        assert_eq!(documents(&outcome).concat(), expected(name), "{layout}: {}", outcome.told());
    }
    // a page, then records: what stood round the page is not round them
    let others = records.join("\n").replace("\"D", "\"E");
    let outcome = run(&mapping, &options(), format!("{}\n{others}", page("A")).as_bytes());
    let alone = documents(&run(&mapping, &options(), others.as_bytes())).concat();
    assert_eq!(documents(&outcome).concat(), expected("A") + &alone, "{}", outcome.told());
    // a broken line is one reject
    let broken = [&records[0], "{\"id\": }", &records[1]].join("\n");
    let outcome = run(&mapping, &options(), broken.as_bytes());
    assert_eq!((outcome.keys(), outcome.kept.rejects.len()), (vec!["D0", "D1"], 1), "{}", outcome.told());
}

#[test]
fn records_lie_at_a_path_and_values_round_them_are_seen() {
    let text = RECORDS.replace("source json record {", "source json record at export.batches[0].items[] {");
    let text = text.replace("document from", "around { batch: text at export.name }\ndocument from");
    let mapping = mapping(&text.replace("DocumentReferenceID = id", "DocumentReferenceID = batch ++ id"));
    let wrapped = |name: &str, range| {
        let records = records(range).join(",");
        format!(
            r#"{{"before":[1,{{"items":[]}}],"export":{{"name":"{name}","batches":[{{"items":[{records}],"n":1}},{{"items":[5]}}]}}}}"#
        )
    };
    let outcome =
        run(&mapping, &options(), format!("{}\n{}", wrapped("A", 0..2), wrapped("B", 2..4)).as_bytes());
    assert_snapshot!(outcome.told(), @"
    written D0 (2 lines)
    written D1 (2 lines)
    written D2 (2 lines)
    written D3 (2 lines)
    ");
    let found = |id: &str| {
        let element = format!("<DocumentReferenceID>{id}</DocumentReferenceID>");
        outcome.kept.documents.iter().filter(|d| d.xml.contains(&element)).count()
    };
    assert_eq!(["AD0", "AD1", "BD2", "BD3"].map(found), [1, 1, 1, 1]);
}

#[test]
fn values_round_the_records_that_come_too_late_are_an_error() {
    let text = RECORDS.replace("source json record {", "source json record at items[] {");
    let text = text.replace("document from", "around { batch: text }\ndocument from");
    let mapping = mapping(&text.replace("DocumentReferenceID = id", "DocumentReferenceID = batch ++ id"));
    let late = format!(r#"{{"items":[{}],"batch":"A"}}"#, record("1", ""));
    assert_snapshot!(run(&mapping, &options(), late.as_bytes()).told(), @r#"
    refused 1 at in.json:1:11 byte 10: J421 `batch` of around is missing
    broken at in.json:1:147 byte 146: J413 "batch" is declared in `around`, but stands after the records
    "#);
    assert_snapshot!(run(&mapping, &options(), b"{\"things\":[]}").told(), @r#"broken at in.json:1:13 byte 12: J411 no records at `items[]`: the document has the keys "things""#);
    assert_snapshot!(run(&mapping, &options(), b"{\"batch\":\"A\",\"items\":{}}").told(), @"broken at in.json:1:22 byte 21: J411 no records at `items[]`: `items` is an object, a list was expected");
}

// ── the same bytes

/// Records of all fates.
fn mixed(count: usize) -> String {
    let mut text = String::new();
    for i in 0..count {
        let note = if i % 7 == 3 { "void".to_owned() } else { "xä€\u{1d11e}".repeat(i * 31 % 50) };
        let mut record = record(&format!("K{i}"), &note);
        if i % 11 == 5 {
            record = record.replace("-12.5", "-12.4");
        }
        if i % 13 == 6 {
            record.truncate(record.len() - 1);
        }
        if i % 17 == 9 {
            record = record.replace("\"day\":", ["\"day\":ä", "ä\"day\":", "\"day\"\u{1d11e}"][i % 3]);
        }
        text.push_str(&record);
        text.push('\n');
    }
    text
}

fn lines_of_all_sizes(count: usize) -> String {
    let mut text = String::new();
    for i in 0..count {
        for j in 0..1 + i * 5 % 9 {
            let memo = "y".repeat((i + j) * 17 % 100);
            let amount = if j % 2 == 0 { "10.01" } else { "-10.01" };
            text.push_str(
                &line(&format!("K{i}"), amount).replace("\"ccy\"", &format!("\"memo\":\"{memo}\",\"ccy\"")),
            );
            text.push('\n');
        }
        if i % 10 == 4 {
            text.push_str("{\"doc\": broken}\n");
        }
    }
    text
}

#[test]
fn threads_change_nothing() {
    for (text, input) in [(RECORDS, mixed(6_000)), (LINES, lines_of_all_sizes(1_500))] {
        let mapping = mapping(text);
        for split in [Split::Never, Split::Documents(97), Split::Bytes(100_000)] {
            let options = |threads| RunOptions { threads, split, ..options() };
            let one = run(&mapping, &options(1), input.as_bytes());
            assert!(
                one.kept.documents.len() > 500 && one.kept.rejects.len() > 100,
                "{}",
                one.kept.rejects.len()
            );
            for threads in [2, 3, 4] {
                let more = run(&mapping, &options(threads), input.as_bytes());
                assert!(more.kept == one.kept, "{threads} threads, {split:?}");
                let (mut a, mut b) = (one.report.clone().expect("it ended"), more.report.expect("it ended"));
                (a.elapsed, b.elapsed) = Default::default();
                assert_eq!(a, b, "{threads} threads, {split:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_the_bytes_come(
        count in 1usize..60,
        sizes in prop::collection::vec(prop_oneof![Just(1usize), Just(7), Just(4096), 1usize..3000], 1..5),
        threads in prop::sample::select(vec![1usize, 2, 4]),
        layout in 0..4,
    ) {
        let (map, text) = match layout {
            0 => (RECORDS, mixed(count)),
            1 => {
                let text = mixed(count);
                let whole: Vec<&str> = text.lines().filter(|l| l.ends_with('}')).skip(count / 3).collect();
                (RECORDS, format!("[{}]", whole.join(",\n")))
            }
            2 => (RECORDS, mixed(count).replace('\n', " ")),
            _ => (LINES, lines_of_all_sizes(count)),
        };
        let mapping = mapping(map);
        let whole = run(&mapping, &options(), text.as_bytes());
        let options = RunOptions { threads, ..options() };
        let pieces = run_all(&mapping, &options, &[("in.json", text.as_bytes())], &sizes);
        prop_assert_eq!(whole.told(), pieces.told());
        prop_assert!(whole.kept == pieces.kept);
    }
}

#[test]
fn where_blocks_are_cut_changes_no_refusal() {
    let mapping = mapping(LINES);
    let not_json: &[u8] = b"{\"doc\": 1x}";
    let not_utf8: &[u8] = b"{\"doc\": \"\xff\"}";
    let [a, b, c] = [line("A", "5"), line("B", "1"), line("C", "-1")];
    let [a, b, c] = [a.as_bytes(), b.as_bytes(), c.as_bytes()];
    let mut tried = BTreeSet::new();
    for lines in [
        vec![a, not_utf8, b, c],
        vec![a, not_json, b, c],
        vec![a, not_json, not_utf8, b],
        vec![a, not_json, a, b],
        vec![not_json, a, b],
        vec![a, b, not_json],
    ] {
        for format in [InputFormat::Json, InputFormat::Ndjson] {
            let options = RunOptions { format, ..options() };
            let heard = |input: &[u8]| {
                let outcome = run(&mapping, &options, input);
                let mut refused: Vec<String> = outcome
                    .kept
                    .rejects
                    .iter()
                    .map(|r| format!("{} {} {}", r.code, r.key.as_deref().unwrap_or("-"), r.message))
                    .collect();
                refused.sort();
                let code = match outcome.error {
                    Some(RunError::Input { code, .. }) => code.id(),
                    _ => "-",
                };
                (refused, code)
            };
            let whole = heard(&lines.join(&b'\n'));
            tried.extend(whole.0.iter().map(|told| told[..4].to_owned()));
            for gap in 1..lines.len() {
                // a block ends somewhere among so many empty lines
                let many = vec![b'\n'; 600_000];
                let cut = [lines[..gap].join(&b'\n'), many, lines[gap..].join(&b'\n')].concat();
                assert_eq!(heard(&cut), whole, "{format:?}, cut before line {gap} of {}", lines.len());
            }
        }
    }
    let tried: Vec<&str> = tried.iter().map(String::as_str).collect();
    assert_eq!(tried, ["J403", "J407", "J518", "J523", "J524"]);
}

// ── envelopes

#[test]
fn envelopes_are_split() {
    let mapping = mapping(RECORDS);
    let text = records(0..7).join("\n");
    let split = |split| run(&mapping, &RunOptions { split, ..options() }, text.as_bytes());
    let counts = |outcome: &Outcome| -> Vec<usize> {
        outcome.kept.envelopes.iter().map(|e| e.matches("<JournalEntry>").count()).collect()
    };
    assert_eq!(counts(&split(Split::Never)), [7]);
    assert_eq!(counts(&split(Split::Documents(3))), [3, 3, 1]);
    assert_eq!(counts(&split(Split::Documents(7))), [7]);
    assert_eq!(counts(&split(Split::Lines(5))), [2, 2, 2, 1]);
    assert_eq!(counts(&split(Split::Lines(1))), [1; 7]);
    assert_eq!(counts(&split(Split::Bytes(1))), [1; 7]);
    let whole = split(Split::Never);
    let size = whole.kept.envelopes[0].len();
    assert_eq!(counts(&split(Split::Bytes(size as u64))), [7], "an envelope may be full");
    let less = split(Split::Bytes(size as u64 - 1));
    assert_eq!(counts(&less), [6, 1]);
    for outcome in [split(Split::Documents(3)), less] {
        assert_eq!(documents(&outcome), documents(&whole), "documents do not know of envelopes");
        let ids: BTreeSet<&str> = outcome.kept.envelopes.iter().map(|e| message_id(e)).collect();
        assert_eq!(ids.len(), outcome.kept.envelopes.len(), "each envelope has an id of its own");
    }
}

/// The id in the message's own header.
fn message_id(envelope: &str) -> &str {
    let (_, rest) = envelope.split_once("<ID>").expect("there is an id");
    rest.split_once("</ID>").expect("it ends").0
}

#[test]
fn envelopes_of_soap() {
    let mapping = mapping(RECORDS);
    let text = record("1", "");
    let of = |soap| {
        let outcome = run(&mapping, &RunOptions { soap, ..options() }, text.as_bytes());
        let xml = outcome.kept.envelopes[0].clone();
        let (head, rest) = xml.split_once("<JournalEntryCreateRequest>").expect("there is a document");
        let (_, tail) = rest.split_once("</JournalEntryCreateRequest>").expect("it ends");
        format!("{head}…{tail}")
    };
    assert_snapshot!(of(Soap::V11), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sfin="http://sap.com/xi/SAPSCORE/SFIN"><soapenv:Header/><soapenv:Body><sfin:JournalEntryBulkCreateRequest><MessageHeader><ID>E229H2PHTDGXVFFMP9DA1PN3KR2</ID><UUID>424c4568-e9b0-8ede-ba59-2d506d51cf02</UUID><CreationDateTime>1970-01-01T00:00:00Z</CreationDateTime></MessageHeader>
    …
    </sfin:JournalEntryBulkCreateRequest></soapenv:Body></soapenv:Envelope>
    "#);
    assert_snapshot!(of(Soap::V12), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <soapenv:Envelope xmlns:soapenv="http://www.w3.org/2003/05/soap-envelope" xmlns:sfin="http://sap.com/xi/SAPSCORE/SFIN"><soapenv:Header/><soapenv:Body><sfin:JournalEntryBulkCreateRequest><MessageHeader><ID>E229H2PHTDGXVFFMP9DA1PN3KR2</ID><UUID>424c4568-e9b0-8ede-ba59-2d506d51cf02</UUID><CreationDateTime>1970-01-01T00:00:00Z</CreationDateTime></MessageHeader>
    …
    </sfin:JournalEntryBulkCreateRequest></soapenv:Body></soapenv:Envelope>
    "#);
    assert_snapshot!(of(Soap::None), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <sfin:JournalEntryBulkCreateRequest xmlns:sfin="http://sap.com/xi/SAPSCORE/SFIN"><MessageHeader><ID>E229H2PHTDGXVFFMP9DA1PN3KR2</ID><UUID>424c4568-e9b0-8ede-ba59-2d506d51cf02</UUID><CreationDateTime>1970-01-01T00:00:00Z</CreationDateTime></MessageHeader>
    …
    </sfin:JournalEntryBulkCreateRequest>
    "#);
}

// ── documents

#[test]
fn a_document_over_the_split_limit_is_written_in_balanced_parts() {
    let mapping = mapping(LINES);
    let mut lines: Vec<String> = (1..=9).map(|i| line("A", &format!("{i}.10"))).collect();
    lines.push(line("A", "-45.90"));
    lines.push(line("B", "1"));
    lines.push(line("B", "-1"));
    let outcome = run(&mapping, &options(), lines.join("\n").as_bytes());
    assert_snapshot!(outcome.told(), @"
    written A (5 lines)
    written A (5 lines)
    written A (3 lines)
    written B (2 lines)
    ");
    let parts: Vec<Vec<&str>> = outcome.kept.documents.iter().map(|d| amounts(&d.xml)).collect();
    assert_snapshot!(format!("{parts:#?}"), @r#"
    [
        [
            "1.10",
            "2.10",
            "3.10",
            "4.10",
            "-10.40",
        ],
        [
            "5.10",
            "6.10",
            "7.10",
            "8.10",
            "-26.40",
        ],
        [
            "9.10",
            "-45.90",
            "36.80",
        ],
        [
            "1",
            "-1",
        ],
    ]
    "#);
    let ids: BTreeSet<&str> = outcome.kept.documents.iter().map(|d| d.id.as_str()).collect();
    assert_eq!(ids.len(), outcome.kept.documents.len(), "each part has an id of its own");
}

/// The amounts of a document as written.
fn amounts(xml: &str) -> Vec<&str> {
    let open = "<AmountInTransactionCurrency currencyCode=\"EUR\">";
    xml.split(open).skip(1).map(|rest| rest.split_once('<').expect("it ends").0).collect()
}

#[test]
fn a_key_that_comes_again() {
    let mapping_of_lines = mapping(LINES);
    let lines = [line("A", "1"), line("A", "-1"), line("B", "0"), line("A", "2"), line("A", "-2")];
    assert_snapshot!(run(&mapping_of_lines, &options(), lines.join("\n").as_bytes()).told(), @r#"
    written A (2 lines)
    refused A at in.json:4:1 byte 220: J520 the document key "A" was met before in this run
    "#);
    let collected = mapping(&LINES.replace("adjacent", "collected"));
    let outcome = run(&collected, &options(), lines.join("\n").as_bytes());
    assert_snapshot!(outcome.told(), @"written A (4 lines)");
    let mapping = mapping(RECORDS);
    let twice = [record("A", ""), record("B", ""), record("A", "")];
    assert_snapshot!(run(&mapping, &options(), twice.join("\n").as_bytes()).told(), @r#"
    written A (2 lines)
    written B (2 lines)
    refused A at in.json:3:1 byte 270: J520 the document key "A" was met before in this run
    "#);
    let inputs: [(&str, &[u8]); 2] = [("a.json", twice[0].as_bytes()), ("b.json", twice[2].as_bytes())];
    assert_snapshot!(run_all(&mapping, &options(), &inputs, &[usize::MAX]).told(), @r#"
    written A (2 lines)
    refused A at b.json:1:1 byte 0: J520 the document key "A" was met before in this run
    "#);
}

#[test]
fn rejects_come_in_the_order_of_the_input() {
    let bad = record("C", "").replace("-12.5", "-1");
    let text = [record("A", ""), record("A", ""), bad, record("A", ""), record("B", "")].join("\n");
    assert_snapshot!(run(&mapping(RECORDS), &options(), text.as_bytes()).told(), @r#"
    written A (2 lines)
    written B (2 lines)
    refused A at in.json:2:1 byte 135: J520 the document key "A" was met before in this run
    refused C at in.json:3:1 byte 270: J518 the document is off by 11.5 EUR: debits and credits differ
    refused A at in.json:4:1 byte 402: J520 the document key "A" was met before in this run
    "#);
    let text = [&line("A", "1"), "{\"doc\": broken}", &line("A", "-1"), &line("B", "1")].join("\n");
    assert_snapshot!(run(&mapping(LINES), &options(), text.as_bytes()).told(), @r#"
    refused A at in.json:2:1 byte 73: J523 a broken line stands between the lines of this document
    refused - at in.json:2:9 byte 81: J401 `b` is there, a value was expected
    refused B at in.json:4:1 byte 163: J518 the document is off by 1 EUR: debits and credits differ
    "#);
    // documents of one record: in the order of its elements
    let elements =
        RECORDS.replace("document from record key id", "document for entry in entries key entry.account");
    let elements = elements.replace("for entry in entries {\n    Item", "if true {\n    Item");
    let entry = |account: &str, amount: &str| format!(r#"{{"account":"{account}","amount":{amount}}}"#);
    let entries = [entry("1", "0"), entry("1", "0"), entry("2", "5"), entry("1", "0"), entry("3", "7")];
    let text = format!(r#"{{"id":"A","day":"2026-03-31","ccy":"EUR","entries":[{}]}}"#, entries.join(","));
    assert_snapshot!(run(&mapping(&elements), &options(), text.as_bytes()).told(), @r#"
    written 1 (1 lines)
    refused 1 at in.json:1:1 byte 0: J520 the document key "1" was met before in this run
    refused 2 at in.json:1:1 byte 0: J518 the document is off by 5 EUR: debits and credits differ
    refused 1 at in.json:1:1 byte 0: J520 the document key "1" was met before in this run
    refused 3 at in.json:1:1 byte 0: J518 the document is off by 7 EUR: debits and credits differ
    "#);
}

#[test]
fn lines_of_one_document_in_two_inputs() {
    let mapping = mapping(LINES);
    let (a, b) = (line("A", "1"), line("A", "-1"));
    let inputs: [(&str, &[u8]); 2] = [("a.json", a.as_bytes()), ("b.json", b.as_bytes())];
    assert_snapshot!(run_all(&mapping, &options(), &inputs, &[usize::MAX]).told(), @r#"
    refused A at a.json:1:1 byte 0: J518 the document is off by 1 EUR: debits and credits differ
    refused A at b.json:1:1 byte 0: J518 the document is off by -1 EUR: debits and credits differ; the document key "A" was met before in this run
    "#);
}

#[test]
fn the_first_reject_or_one_too_many_ends_the_run() {
    let mapping = mapping(RECORDS);
    let bad = |id: &str| record(id, "").replace("-12.5", "-1");
    let text = [record("1", ""), bad("2"), record("3", ""), bad("4"), record("5", "")].join("\n");
    let run = |options: RunOptions| run(&mapping, &options, text.as_bytes());
    for options in [
        RunOptions { fail_fast: true, ..options() },
        RunOptions { max_rejects: Some(0), ..options() },
        RunOptions { max_rejects: Some(1), threads: 4, ..options() },
    ] {
        let outcome = run(options);
        let Some(RunError::TooManyRejects(report)) = &outcome.error else { panic!("{}", outcome.told()) };
        assert!(report.counts.rejected.documents >= 1);
        assert!(outcome.kept.envelopes.is_empty(), "what is not closed is not kept");
    }
    let outcome = run(RunOptions { max_rejects: Some(2), ..options() });
    assert!(outcome.error.is_none());
    assert_eq!((outcome.keys().len(), outcome.kept.rejects.len()), (3, 2));
}

#[test]
fn a_run_is_stopped_from_outside() {
    let mapping = mapping(RECORDS);
    let options = options();
    options.stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let outcome = run(&mapping, &options, record("1", "").as_bytes());
    assert!(matches!(outcome.error, Some(RunError::Stopped)));
    assert!(!outcome.kept.finished && outcome.kept.envelopes.is_empty());
}

// ── parameters

#[test]
fn parameters_are_checked_before_anything_is_read() {
    let text = RECORDS.replace(
        "source json",
        "param user: text(1..12)\nparam rate: decimal?\nparam day0: date = \"2024-01-01\"\nsource json",
    );
    let text = text.replace("\"TEST\"", "user");
    let text = text.replace("PostingDate = day", "PostingDate = day0; ExchangeRate = rate or omit");
    let mapping = mapping(&text);
    let start = |params: &[(&str, &str)]| {
        let params = params.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut kept = crate::support::Kept::default();
        let problems = match mapping.start(&RunOptions { params, ..options() }, Box::new(&mut kept)) {
            Ok(_) => vec![],
            Err(problems) => problems,
        };
        let told = |p: &jemap::Problem| {
            format!("{} {} ({})\n", p.code.id(), p.message, p.help.as_deref().unwrap_or("-"))
        };
        problems.iter().map(told).collect::<String>()
    };
    assert_eq!(start(&[("user", "ME")]), "");
    assert_snapshot!(start(&[]), @"J622 parameter `user` has no value (give it: `--param user=…`)");
    assert_snapshot!(start(&[("usr", "ME")]), @"
    J621 the mapping declares no parameter `usr` (did you mean `user`?)
    J622 parameter `user` has no value (give it: `--param user=…`)
    ");
    assert_snapshot!(start(&[("user", "MUCH_TOO_LONG"), ("rate", "1,5"), ("day0", "2024-02-30")]), @r#"
    J623 parameter `user` is "MUCH_TOO_LONG": 13 characters, at most 12 were expected (give another: `--param user=…`)
    J623 parameter `rate` is "1,5": a number like 1234.56 was expected (give another: `--param rate=…`)
    J623 parameter `day0` is "2024-02-30": there is no day 2024-02-30 (give another: `--param day0=…`)
    "#);
    assert_snapshot!(start(&[("user", ""), ("rate", "")]), @"J623 parameter `user` is missing (it is empty) (give another: `--param user=…`)");
}

// ── accounts

#[test]
fn a_reject_has_its_bytes_and_its_place() {
    let mapping = mapping(RECORDS);
    let bad = record("2", "ü").replace("\"amount\":-12.5", "\"amount\": \"x\"");
    let text = format!("{}\n  {bad}\n{}", record("1", "é"), record("3", ""));
    let outcome = run(&mapping, &options(), text.as_bytes());
    assert_snapshot!(outcome.told(), @r#"
    written 1 (2 lines)
    written 3 (2 lines)
    refused 2 at in.json:2:131 byte 268: J425 `amount` of entries[] is "x": a number like 1234.56 was expected
    "#);
    let reject = &outcome.kept.rejects[0];
    assert_eq!(reject.original, bad.as_bytes());
    assert!(text.as_bytes()[reject.place.byte as usize..].starts_with(b"\"x\""));
    let mapping = crate::support::mapping(LINES);
    let lines = [line("A", "1"), line("B", "5"), line("B", "-6"), line("C", "0")];
    let outcome = run(&mapping, &options(), lines.join("\r\n").as_bytes());
    assert_snapshot!(outcome.told(), @"
    refused A at in.json:1:1 byte 0: J518 the document is off by 1 EUR: debits and credits differ
    refused B at in.json:2:1 byte 74: J518 the document is off by -1 EUR: debits and credits differ
    ");
    assert_eq!(outcome.kept.rejects[1].original, lines[1..3].join("\n").as_bytes());
}

#[test]
fn what_came_in_is_what_became_of_it() {
    for (text, input) in [(RECORDS, mixed(500)), (LINES, lines_of_all_sizes(300))] {
        let outcome = run(&mapping(text), &options(), input.as_bytes());
        let report = outcome.report.expect("it ended");
        let counts = &report.counts;
        assert_eq!(
            counts.read.documents,
            counts.written.documents + counts.rejected.documents + counts.dropped.documents
        );
        assert_eq!(counts.read.lines, counts.written.lines + counts.rejected.lines + counts.dropped.lines);
        assert!(counts.rejected.documents > 0);
        for sums in &report.sums {
            let f = &sums.fates;
            let sum = |a, b| jemap::data::Decimal::add(a, b).expect("sums are small");
            let debit = sum(sum(f.written.debit, f.rejected.debit), f.dropped.debit);
            let credit = sum(sum(f.written.credit, f.rejected.credit), f.dropped.credit);
            assert_eq!((f.read.debit, f.read.credit), (debit, credit), "{sums:?}");
        }
        assert_eq!(counts.rejected.documents, report.rejects.iter().map(|r| r.count.documents).sum::<u64>());
    }
}

#[test]
fn undeclared_keys_are_named_as_long_as_all_are_told_apart() {
    let mapping = mapping(RECORDS);
    let names = |different: usize, threads: usize| {
        let mut text = String::new();
        for i in 0..2 * different {
            let key = format!("x{}", i % different);
            let twice = if i % different == 7 { ",\"also\":1" } else { "" };
            let more = format!("\"{key}\":1{twice},\"id\"");
            text.push_str(&record(&format!("K{i}"), "").replace("\"id\"", &more));
            text.push('\n');
        }
        let options = RunOptions { threads, ..options() };
        let report = run(&mapping, &options, text.as_bytes()).report.expect("it ended");
        assert_eq!(report.unknown_keys, 2 * different as u64 + 2);
        let names = report.unknown_names;
        names.iter().map(|n| format!("{} {}", n.name, n.count)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(names(8, 1), "also 2, x0 2, x1 2, x2 2, x3 2, x4 2, x5 2, x6 2, x7 2");
    let many = names(998, 1);
    assert!(
        many.starts_with("also 2, x0 2, x1 2, x10 2, x100 2,") && many.matches(' ').count() == 39,
        "{many}"
    );
    assert_eq!(names(999, 1), "");
    for different in [998, 999, 3_000] {
        assert_eq!(names(different, 3), names(different, 1), "{different}");
    }
}

#[test]
fn ids_belong_to_keys() {
    let mapping = mapping(RECORDS);
    let text = records(0..3).join("\n");
    let first = run(&mapping, &options(), text.as_bytes());
    for document in &first.kept.documents {
        assert!(
            document.xml.contains(&format!("<ID>{}</ID>", document.id)),
            "{} {}",
            document.id,
            document.xml
        );
    }
    let ids: Vec<&str> = first.kept.documents.iter().map(|d| d.id.as_str()).collect();
    assert_snapshot!(format!("{ids:#?}"), @r#"
    [
        "J6XXZEPFE00N6WM2H58Z8Q7Y30C.00",
        "J7EM6EZMKYW62FPWT1AG4YCQHEE.00",
        "J65Z73A95VHETEXKQMAAJ0GW038.00",
    ]
    "#);
    // another run, another order, another envelope: the same documents
    let other = RunOptions { run_id: "R2".into(), split: Split::Documents(1), ..options() };
    let again = run(&mapping, &other, records(1..3).join("\n").as_bytes());
    assert_eq!(again.kept.documents.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), ids[1..]);
}

// ── ids, simulations and what a sink says

fn entry_ids(options: &RunOptions) -> Vec<String> {
    let outcome = run(&mapping(RECORDS), options, records(0..2).join("\n").as_bytes());
    outcome.kept.documents.iter().map(|d| d.id.clone()).collect()
}

#[test]
fn ids_differ_by_destination_and_end_in_the_revision() {
    let plain = entry_ids(&options());
    let elsewhere = entry_ids(&RunOptions { destination: "acme".into(), ..options() });
    let revised = entry_ids(&RunOptions { revision: 12, ..options() });
    assert_ne!(plain, elsewhere);
    for (plain, revised) in plain.iter().zip(&revised) {
        let (key, revision) = plain.split_once('.').expect("an id has a revision");
        assert_eq!((key.len(), revision), (27, "00"));
        assert_eq!(*revised, format!("{key}.12"));
    }
    let last = entry_ids(&RunOptions { revision: 99, ..options() });
    assert_eq!(last, entry_ids(&RunOptions { revision: 100, ..options() }), "there is no revision past 99");
}

#[test]
fn a_simulation_says_so_in_every_header() {
    let said = "<TestDataIndicator>true</TestDataIndicator>";
    let input = records(0..2).join("\n");
    let count = |options: &RunOptions| {
        let outcome = run(&mapping(RECORDS), options, input.as_bytes());
        assert_eq!(outcome.kept.envelopes.len(), 1);
        outcome.kept.envelopes[0].matches(said).count()
    };
    assert_eq!(count(&options()), 0);
    assert_eq!(count(&RunOptions { simulate: true, ..options() }), 3);
}

#[test]
fn a_mapping_that_writes_the_indicator_itself_cannot_be_simulated() {
    let text = RECORDS.replacen(
        "  OriginalReferenceDocumentType",
        "  MessageHeader { TestDataIndicator = false }\n  OriginalReferenceDocumentType",
        1,
    );
    let mapping = mapping(&text);
    let sink = Box::new(jemap::WriteSink::new(vec![], "memory"));
    let problems =
        mapping.start(&RunOptions { simulate: true, ..options() }, sink).err().expect("it is refused");
    assert_eq!(problems.iter().map(|p| p.code.id()).collect::<Vec<_>>(), ["J625"]);
}

#[test]
fn the_report_counts_what_the_sink_said_and_documents_know_their_records() {
    let outcome =
        run(&mapping(LINES), &options(), format!("{}\n{}\n", line("A", "1"), line("A", "-1")).as_bytes());
    assert_eq!(outcome.kept.documents[0].original, format!("{}\n{}", line("A", "1"), line("A", "-1")));
    assert_eq!(outcome.report.expect("the run ends well").outcomes, [1, 0, 0, 0]);
}
