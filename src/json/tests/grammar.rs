//! RFC 8259 and nothing else.

use std::path::PathBuf;

use crate::json::{NESTING_MAX, validate};

/// The `i_` files of the suite that are accepted; all others are refused. docs/JSON.md gives the reasons.
const FREE_ACCEPTED: &[&str] = &[
    "i_number_double_huge_neg_exp.json",
    "i_number_huge_exp.json",
    "i_number_neg_int_huge_exp.json",
    "i_number_pos_double_huge_exp.json",
    "i_number_real_neg_overflow.json",
    "i_number_real_pos_overflow.json",
    "i_number_real_underflow.json",
    "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
    "i_structure_500_nested_arrays.json",
    "i_structure_UTF-8_BOM_empty_object.json",
];

#[test]
fn the_parsing_suite_is_passed() {
    let shared = std::env::var_os("JEMAP_SHARED").map_or_else(|| "../shared".into(), PathBuf::from);
    let folder = shared.join("suites/JSONTestSuite/test_parsing");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in files {
        let path = file.expect("the folder can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let accept = match name.as_bytes()[0] {
            b'y' => true,
            b'n' => false,
            _ => FREE_ACCEPTED.contains(&name.as_str()),
        };
        let result = validate(&std::fs::read(&path).expect("the file can be read"));
        count += 1;
        if result.is_ok() != accept {
            wrong.push(format!("{name}: {result:?}"));
        }
        if let Err(error) = result {
            assert!(error.line >= 1 && (error.column >= 1 || error.at == 0), "{name}: {error:?}");
        }
    }
    assert!(count > 300);
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn documents_are_accepted() {
    let deepest = "[".repeat(NESTING_MAX) + &"]".repeat(NESTING_MAX);
    for text in [
        "null",
        " true\n",
        "\"\"",
        "-0",
        "0.10",
        "1e5",
        "1E-05",
        "-12.5e+3",
        "[]",
        "{}",
        "[ ]",
        "{ }",
        "[[],{}]",
        "{\"\":0}",
        "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":\"x\"}",
        "[\"\\u00e4\\ud83d\\ude00\\/\\b\"]",
        "\"\u{7f}\u{80}\u{2028}\"",
        "\u{feff}{}",
        "{\"a\":1,\"a\":2}",
        "[1 , 2\t,\r\n3]",
        &deepest,
    ] {
        assert_eq!(validate(text.as_bytes()), Ok(()), "{text}");
    }
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let error = validate(text.as_bytes()).expect_err(text);
    assert_eq!(format!("{} {error}", error.code.id()), expected, "{text}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    refused("", "J402 line 1, column 1 (byte 0): the input is empty, a JSON document was expected");
    refused("[1,]", "J401 line 1, column 4 (byte 3): `]` is there, a value was expected");
    refused(
        "{\"a\":1,}",
        "J401 line 1, column 8 (byte 7): `}` is there, a key in double quotes was expected",
    );
    refused("{\n\"ä\" 1}", "J401 line 2, column 5 (byte 7): `1` is there, `:` after a key was expected");
    refused("{a:1}", "J401 line 1, column 2 (byte 1): `a` is there, a key in double quotes was expected");
    refused("[1 2]", "J401 line 1, column 4 (byte 3): `2` is there, `,` or `]` was expected");
    refused("[[1}]", "J401 line 1, column 4 (byte 3): `}` is there, `,` or `]` was expected");
    refused(
        "[{\"a\":tru}]",
        "J401 line 1, column 10 (byte 9): `}` is there, `true`, `false` or `null` was expected",
    );
    refused("[nul]", "J401 line 1, column 5 (byte 4): `]` is there, `true`, `false` or `null` was expected");
    refused("['a']", "J401 line 1, column 2 (byte 1): `'` is there, a value was expected");
    refused("[01]", "J403 line 1, column 3 (byte 2): `1` cannot stand here in a number");
    refused("{\"a\":1.}", "J403 line 1, column 8 (byte 7): `}` cannot stand here in a number");
    refused("[-]", "J403 line 1, column 3 (byte 2): `]` cannot stand here in a number");
    refused("[1e]", "J403 line 1, column 4 (byte 3): `]` cannot stand here in a number");
    refused("[\"\\x\"]", "J404 line 1, column 3 (byte 2): `x` follows a backslash, which is no escape");
    refused(
        "[{\"a\":\"\\u00g0\"}]",
        "J404 line 1, column 12 (byte 11): `g` is there, one of four hexadecimal digits was expected",
    );
    refused(
        "[\"a\tb\"]",
        "J404 line 1, column 4 (byte 3): control character U+0009 stands unescaped in a string",
    );
    refused(
        "[\"\\ud800x\"]",
        "J405 line 1, column 3 (byte 2): \\uD800 is half a character, its other half does not stand beside it",
    );
    refused(
        "[\"\\udc00\"]",
        "J405 line 1, column 3 (byte 2): \\uDC00 is half a character, its other half does not stand beside it",
    );
    refused("[1] x", "J410 line 1, column 5 (byte 4): `x` is there after the end of the document");
    refused("[1", "J402 line 1, column 3 (byte 2): the input ends in the middle of a value");
    refused("{\"a\":\"b", "J402 line 1, column 8 (byte 7): the input ends in the middle of a value");
    refused("[{\"a\":[}", "J401 line 1, column 8 (byte 7): `}` is there, a value was expected");
}

#[test]
fn bytes_that_are_no_utf8_are_refused() {
    let error = validate(b"[\"a\",\n\"\xe4\"]").expect_err("latin 1");
    assert_eq!((error.code.id(), error.at, error.line, error.column), ("J407", 7, 2, 2));
    let error = validate(b"{\"a\":\"\xed\xa0\x80\"}").expect_err("a surrogate");
    assert_eq!((error.code.id(), error.at), ("J407", 6));
    assert_eq!(validate(b"\xff\xfe{\0}\0").expect_err("utf-16").code.id(), "J408");
    assert_eq!(validate(b"\0{\0}").expect_err("utf-16").code.id(), "J408");
}

#[test]
fn extremes_are_refused_or_read_but_never_panic() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = open.repeat(1_000_000);
        assert_eq!(validate(deep.as_bytes()).expect_err("deep").code.id(), "J406");
        let deep = format!("{deep}1{}", close.repeat(1_000_000));
        assert_eq!(validate(deep.as_bytes()).expect_err("deep").code.id(), "J406");
    }
    let digits = "7".repeat(100_000);
    assert_eq!(validate(digits.as_bytes()), Ok(()));
    assert_eq!(validate(format!("[{digits}.{digits}e{digits}]").as_bytes()), Ok(()));
    let long = "ä\\n".repeat(2_500_000);
    assert_eq!(validate(format!("{{\"{long}\":[\"{long}\"]}}").as_bytes()), Ok(()));
    assert_eq!(validate(format!("[\"{long}").as_bytes()).expect_err("cut").code.id(), "J402");
}

#[test]
fn a_cut_at_any_byte_is_an_error() {
    let text = "{\"ä\":[1.5e-3,\"x\\ud83d\\ude00\\\\\",{\"b\":null}],\"c\":true,\"d\":{},\"e\":-0}";
    for end in 0..text.len() {
        let error = validate(&text.as_bytes()[..end]).expect_err("cut");
        assert!(error.at <= end as u64, "{end}");
    }
    assert_eq!(validate(text.as_bytes()), Ok(()));
}
