//! Input that is broken, endless or hostile: each has its place in what is said, and nothing good is lost.

use crate::support::{LINES, RECORDS, line, mapping, options, record, records, run, run_all};
use insta::assert_snapshot;
use jemap::{InputFormat, RunError, RunOptions};

#[test]
fn a_broken_line_is_refused_and_the_rest_goes_on() {
    let mapping = mapping(RECORDS);
    let good = records(0..3);
    let text = format!("{}\n{{\"id\": \"D9\", \"day\": }}\n{}\nnot json\n{}\n", good[0], good[1], good[2]);
    let outcome = run(&mapping, &options(), text.as_bytes());
    assert_snapshot!(outcome.told(), @"
    written D0 (2 lines)
    written D1 (2 lines)
    written D2 (2 lines)
    refused - at in.json:2:21 byte 165: J401 `}` is there, a value was expected
    refused - at in.json:4:2 byte 313: J401 `o` is there, `true`, `false` or `null` was expected
    ");
    assert_eq!(outcome.kept.rejects[0].original, br#"{"id": "D9", "day": }"#);
}

#[test]
fn a_broken_array_ends_the_run_and_keeps_what_came_before() {
    let mapping = mapping(RECORDS);
    let good = records(0..3);
    let text = format!("[{},\n{},\n  {{\"id\": ?}},\n{}]", good[0], good[1], good[2]);
    let outcome = run(&mapping, &options(), text.as_bytes());
    assert_snapshot!(outcome.told(), @"
    written D0 (2 lines)
    written D1 (2 lines)
    broken at in.json:3:10 byte 302: J401 `?` is there, a value was expected
    ");
    assert!(outcome.kept.envelopes[0].trim_end().ends_with("Envelope>"));
    assert!(outcome.kept.finished);
}

#[test]
fn a_file_cut_at_any_byte_is_an_error_and_nothing_is_lost() {
    let records = records(0..2);
    for (source, text) in [
        (RECORDS.to_owned(), format!("[{}]", records.join(","))),
        (
            RECORDS.replace("source json record {", "source json record at a.items[] {"),
            format!(r#"{{"x":"é","a":{{"items":[{}]}}}}"#, records.join(",")),
        ),
    ] {
        let mapping = mapping(&source);
        let ends: Vec<usize> = records.iter().map(|r| text.find(r).expect("it is there") + r.len()).collect();
        for cut in 1..text.len() {
            let outcome = run(&mapping, &options(), &text.as_bytes()[..cut]);
            let Some(RunError::Input { place, .. }) = &outcome.error else { panic!("{cut}: {outcome:?}") };
            assert!(place.byte <= cut as u64, "{cut}: {place:?}");
            let whole = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(outcome.kept.documents.len(), whole, "{cut}: {}", outcome.told());
            assert_eq!(outcome.kept.envelopes.len(), usize::from(whole > 0), "{cut}");
        }
    }
}

#[test]
fn lines_cut_at_any_byte_are_refused_or_whole() {
    let mapping = mapping(RECORDS);
    let text = records(0..2).join("\n");
    for cut in 1..text.len() {
        let options = RunOptions { format: InputFormat::Ndjson, ..options() };
        let outcome = run(&mapping, &options, &text.as_bytes()[..cut]);
        assert!(outcome.error.is_none(), "{cut}: {}", outcome.told());
        let lines = text.as_bytes()[..cut].split(|b| *b == b'\n').filter(|l| !l.is_empty()).count();
        assert_eq!(
            outcome.kept.documents.len() + outcome.kept.rejects.len(),
            lines,
            "{cut}: {}",
            outcome.told()
        );
    }
}

#[test]
fn nothing_in_the_input_is_said() {
    let mapping = mapping(RECORDS);
    let mut told = String::new();
    for text in ["", " \n ", "\u{feff}", "[]", "[ ]\n", "null", "5", "\"x\"", "[1]", "[[]]", "{}", "}", "]"] {
        let outcome = run(&mapping, &options(), text.as_bytes());
        told.push_str(&format!("{text:?}\n{}", outcome.told()));
        assert!(outcome.kept.documents.is_empty() && outcome.kept.envelopes.is_empty());
    }
    assert_snapshot!(told, @r#"
    ""
    " \n "
    "\u{feff}"
    "[]"
    "[ ]\n"
    "null"
    refused in.json#0 at in.json:1:1 byte 0: J422 record is null, an object was expected
    "5"
    refused in.json#0 at in.json:1:1 byte 0: J422 record is the number 5, an object was expected
    "\"x\""
    refused in.json#0 at in.json:1:1 byte 0: J422 record is the string "x", an object was expected
    "[1]"
    refused in.json#1 at in.json:1:2 byte 1: J422 record is the number 1, an object was expected
    "[[]]"
    refused in.json#1 at in.json:1:2 byte 1: J422 record is a list, an object was expected
    "{}"
    refused - at in.json:1:1 byte 0: J421 `id` of record is missing; `day` of record is missing; `ccy` of record is missing; `entries` of record is missing
    "}"
    broken at in.json:1:1 byte 0: J401 `}` is there, a value was expected
    "]"
    broken at in.json:1:1 byte 0: J401 `]` is there, a value was expected
    "#);
}

#[test]
fn bytes_that_are_no_utf_8() {
    let mapping = mapping(RECORDS);
    let mut lines = records(0..3).join("\n").into_bytes();
    let at = lines.len() - records(2..3)[0].len() - 40;
    lines[at] = 0xff;
    let outcome = run(&mapping, &options(), &lines);
    assert_snapshot!(outcome.told(), @"
    written D0 (2 lines)
    written D2 (2 lines)
    refused - at in.json:2:106 byte 250: J407 a byte of the line is no UTF-8
    ");
    assert_eq!(outcome.kept.rejects[0].original.iter().filter(|b| **b == 0xff).count(), 1);
    let mut array = format!("[{}]", records(0..3).join(",\n")).into_bytes();
    let at = array.len() - records(2..3)[0].len() - 40;
    array[at] = 0xff;
    assert_snapshot!(run(&mapping, &options(), &array).told(), @"
    written D0 (2 lines)
    broken at in.json:2:108 byte 254: J407 byte 0xFF cannot stand here in UTF-8
    ");
    let wide: Vec<u8> = records(0..1)[0].encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_snapshot!(run(&mapping, &options(), &wide).told(), @"broken at in.json:1:1 byte 0: J408 the input is UTF-16, UTF-8 was expected");
}

#[test]
fn nesting_without_end() {
    let mapping = mapping(RECORDS);
    let deep = |open: &str| open.repeat(1_000_000);
    let mut told = String::new();
    for text in [
        deep("["),
        deep("{\"a\":"),
        format!("{{\"id\":\"1\",\"other\":{}", deep("[")),
        format!("{{\"id\":\"1\",\"other\":{}1{}}}", deep("["), deep("]")),
        format!("{{\"entries\":{}", deep("[")),
        format!("[{},{}{}]", record("1", ""), deep("["), deep("]")),
    ] {
        told.push_str(&run(&mapping, &options(), text.as_bytes()).told());
    }
    assert_snapshot!(told, @"
    broken at in.json:1:514 byte 513: J406 objects and arrays are nested more than 512 levels deep
    broken at in.json:1:2561 byte 2560: J406 objects and arrays are nested more than 512 levels deep
    broken at in.json:1:530 byte 529: J406 objects and arrays are nested more than 512 levels deep
    refused - at in.json:1:530 byte 529: J406 objects and arrays are nested more than 512 levels deep
    broken at in.json:1:523 byte 522: J406 objects and arrays are nested more than 512 levels deep
    written 1 (2 lines)
    broken at in.json:1:649 byte 648: J406 objects and arrays are nested more than 512 levels deep
    ");
}

#[test]
fn numbers_without_end() {
    let mapping = mapping(RECORDS);
    let digits = "1".repeat(100_000);
    let amount = |number: &str| record("1", "").replace("12.5", number);
    let mut told = String::new();
    for number in [
        digits.clone(),
        format!("0.{digits}"),
        format!("{digits}.{digits}"),
        format!("1e{digits}"),
        "1e400".into(),
        "1e-400".into(),
        "0e999999999999999999999".into(),
        "1".repeat(38),
        "1".repeat(39),
    ] {
        told.push_str(&run(&mapping, &options(), amount(&number).as_bytes()).told());
    }
    // a number that nobody asked for may be as long as it likes
    let skipped =
        record("1", "").replace("{\"id\"", &format!("{{\"other\":-{digits}.{digits}e{digits},\"id\""));
    told.push_str(&run(&mapping, &options(), skipped.as_bytes()).told());
    assert_snapshot!(told, @r#"
    refused 1 at in.json:1:92 byte 91: J426 `amount` of entries[] is "111111111111111111111111111111111111111111111111111111111111…": at most 38 digits were expected; `amount` of entries[] is "-11111111111111111111111111111111111111111111111111111111111…": at most 38 digits were expected
    refused 1 at in.json:1:92 byte 91: J426 `amount` of entries[] is "0.1111111111111111111111111111111111111111111111111111111111…": at most 38 digits were expected; `amount` of entries[] is "-0.111111111111111111111111111111111111111111111111111111111…": at most 38 digits were expected
    refused 1 at in.json:1:92 byte 91: J426 `amount` of entries[] is "111111111111111111111111111111111111111111111111111111111111…": at most 38 digits were expected; `amount` of entries[] is "-11111111111111111111111111111111111111111111111111111111111…": at most 38 digits were expected
    refused 1 at in.json:1:92 byte 91: J426 `amount` of entries[] is "1e1111111111111111111111111111111111111111111111111111111111…": at most 38 digits were expected; `amount` of entries[] is "-1e111111111111111111111111111111111111111111111111111111111…": at most 38 digits were expected
    refused 1 at in.json:1:92 byte 91: J426 `amount` of entries[] is "1e400": at most 38 digits were expected; `amount` of entries[] is "-1e400": at most 38 digits were expected
    refused 1 at in.json:1:92 byte 91: J426 `amount` of entries[] is "1e-400": at most 38 digits were expected; `amount` of entries[] is "-1e-400": at most 38 digits were expected
    written 1 (2 lines)
    refused 1 at in.json:1:92 byte 91: J512 11111111111111111111111111111111111111 EUR does not fit `AmountInTransactionCurrency`: has 38 digits, at most 28 are allowed; -11111111111111111111111111111111111111 EUR does not fit `AmountInTransactionCurrency`: has 38 digits, at most 28 are allowed
    refused 1 at in.json:1:92 byte 91: J426 `amount` of entries[] is "111111111111111111111111111111111111111": at most 38 digits were expected; `amount` of entries[] is "-111111111111111111111111111111111111111": at most 38 digits were expected
    written 1 (2 lines)
    "#);
}

#[test]
fn strings_without_end() {
    let mapping = mapping(RECORDS);
    let long = "x".repeat(10_000_000);
    let noted = run(&mapping, &options(), record("1", &long).as_bytes());
    assert_eq!(noted.keys(), ["1"]);
    assert!(noted.kept.documents[0].xml.contains(&format!("<DocumentItemText>{}<", &long[..50])));
    let outcome = run(&mapping, &options(), record(&long, "").as_bytes());
    assert_eq!(outcome.kept.rejects.len(), 1);
    assert!(outcome.kept.rejects[0].message.len() < 200, "{}", outcome.kept.rejects[0].message.len());
    let outcome = run(&mapping, &options(), record("1", "").replace("2024-05-01", &long).as_bytes());
    assert_eq!(outcome.kept.rejects.len(), 1);
    assert!(outcome.kept.rejects[0].message.len() < 200, "{}", outcome.kept.rejects[0].message.len());
    let outcome =
        run(&mapping, &options(), record("1", "").replace("\"id\"", &format!("\"{long}\"")).as_bytes());
    assert_snapshot!(outcome.told(), @"refused - at in.json:1:1 byte 0: J421 `id` of record is missing");
}

#[test]
fn a_document_over_the_limit() {
    let mapping = mapping(RECORDS);
    // what is read at once is larger than the first limit and smaller than the second
    for limit in [1_000, 300_000] {
        let options = RunOptions { document_bytes_max: limit as u64, ..options() };
        let long = |bytes: usize| record("L", &"x".repeat(bytes - record("L", "").len()));
        for (bytes, lines_told, array_told) in [
            (limit, "written 1\nwritten L\nwritten 2\n", "written 1\nwritten L\nwritten 2\n"),
            (
                limit + 1,
                "written 1\nwritten 2\nrefused - at in.json:2:1 byte 135: J409 a record is larger than",
                "written 1\nbroken at in.json:1:137 byte 136: J409 a record is larger than",
            ),
            (
                limit * 7,
                "written 1\nwritten 2\nrefused - at in.json:2:1 byte 135: J409 a record is larger than",
                "written 1\nbroken at in.json:1:137 byte 136: J409 a record is larger than",
            ),
        ] {
            let records = [record("1", ""), long(bytes), record("2", "")];
            let array = format!("[{}]", records.join(","));
            for sizes in [&[usize::MAX][..], &[4096, 7], &[65_536]] {
                let told = |text: &str| {
                    run_all(&mapping, &options, &[("in.json", text.as_bytes())], sizes)
                        .told()
                        .replace(" (2 lines)", "")
                        .replace(&format!(" {limit} bytes\n"), "")
                };
                assert_eq!(told(&records.join("\n")), lines_told, "{bytes} of {limit}, {sizes:?}");
                let windows = lines_told.replace("byte 135", "byte 136");
                assert_eq!(told(&records.join("\r\n")), windows, "{bytes} of {limit}, {sizes:?}");
                assert_eq!(told(&array), array_told, "{bytes} of {limit}, {sizes:?}");
            }
        }
    }
}

#[test]
fn lines_of_one_document_over_the_limit() {
    let options = RunOptions { document_bytes_max: 1_000, ..options() };
    let mapping = mapping(LINES);
    let many: Vec<String> = (0..100).map(|i| line("1", &i.to_string())).collect();
    assert_snapshot!(run(&mapping, &options, many.join("\n").as_bytes()).told(), @"broken at in.json byte 7389: J521 lines of one document would hold more than 1000 bytes");
}

#[test]
fn a_line_over_the_limit_between_lines_that_are_grouped() {
    for (grouped, limit, bytes) in [
        ("adjacent", 4_000, 4_001),
        ("adjacent", 300_000, 300_001),
        ("adjacent", 300_000, 2_000_000),
        ("collected", 4_000, 4_001),
        ("collected", 300_000, 2_000_000),
    ] {
        let mapping = mapping(&LINES.replace("adjacent", grouped));
        // what is kept of it would be JSON, and a line of `B`
        let blank = line("B", "7") + &" ".repeat(bytes - line("B", "7").len());
        let text = "ü€".repeat(bytes / 5 + 1);
        let lines =
            [line("A", "1"), line("A", "-1"), blank, line("B", "2"), text, line("B", "-2"), line("C", "3")];
        let input = lines.join("\n");
        let at = |index: usize| lines[..index].iter().map(|line| line.len() + 1).sum::<usize>();
        let expected = format!(
            "written A (2 lines)\n\
             refused - at in.json:3:1 byte {}: J409 a record is larger than {limit} bytes\n\
             refused B at in.json:5:1 byte {}: J523 a broken line stands between the lines of this document\n\
             refused - at in.json:5:1 byte {}: J409 a record is larger than {limit} bytes\n\
             refused C at in.json:7:1 byte {}: J518 the document is off by 3 EUR: debits and credits differ\n",
            at(2),
            at(4),
            at(4),
            at(6),
        );
        for (threads, sizes) in [(1, &[usize::MAX][..]), (2, &[usize::MAX]), (1, &[4096, 7]), (2, &[65_536])]
        {
            let options = RunOptions { document_bytes_max: limit, threads, ..options() };
            let outcome = run_all(&mapping, &options, &[("in.json", input.as_bytes())], sizes);
            assert_eq!(outcome.told(), expected, "{grouped} {limit} {bytes} {threads} {sizes:?}");
            let originals: Vec<&[u8]> = outcome.kept.rejects.iter().map(|r| &r.original[..]).collect();
            assert_eq!(originals[0], &lines[2].as_bytes()[..1024]);
            // no character is cut in two
            assert_eq!(originals[2], &lines[4].as_bytes()[..1022]);
            // the line that is cut is a reject of its own
            assert_eq!(originals[1], [lines[3].as_bytes(), lines[5].as_bytes()].join(&b'\n'));
            let cut: Vec<bool> = outcome.kept.rejects.iter().map(|r| r.cut).collect();
            assert_eq!(cut, [true, false, true, false]);
        }
    }
}

#[test]
fn a_first_line_over_the_limit() {
    let mapping = mapping(RECORDS);
    let input = format!("{}\n{}", record("L", &"x".repeat(1_000_000)), record("2", ""));
    for (format, told) in [
        (
            InputFormat::Ndjson,
            "written 2 (2 lines)\nrefused - at in.json:1:1 byte 0: J409 a record is larger than 300000 bytes\n",
        ),
        // whether it is a line is not known
        (InputFormat::Auto, "broken at in.json:1:1 byte 0: J409 a record is larger than 300000 bytes\n"),
    ] {
        let options = RunOptions { document_bytes_max: 300_000, format, ..options() };
        for sizes in [&[usize::MAX][..], &[4096, 7]] {
            assert_eq!(run_all(&mapping, &options, &[("in.json", input.as_bytes())], sizes).told(), told);
        }
    }
}
