//! Texts at and past the limits, odd endings, and texts that nobody would write.

use super::{parsed, said, tree};
use crate::syntax::expression::EXPRESSION_DEPTH_MAX;
use crate::syntax::scan::{FILE_BYTES_MAX, NESTING_MAX};
use insta::assert_snapshot;

fn nested(open: &str, close: &str, times: usize) -> String {
    format!("fn f() = {}1{}", open.repeat(times), close.repeat(times))
}

#[test]
fn brackets_nest_so_deep() {
    assert_eq!(said(&nested("(", ")", NESTING_MAX)), "");
    assert_eq!(said(&nested("f(", ")", NESTING_MAX)), "");
    assert_eq!(said(&nested("[", "]", NESTING_MAX)), "");
    let blocks =
        format!("document from record {}{}", "{ A ".repeat(NESTING_MAX - 1) + "{ ", "}".repeat(NESTING_MAX));
    assert_eq!(said(&blocks), "");
    let objects = format!(
        "source json record {{ {}{} }}",
        "a: { ".repeat(NESTING_MAX - 1),
        "}".repeat(NESTING_MAX - 1)
    );
    assert_eq!(said(&objects), "");
    let lists = format!(
        "source json record {{ a: {}text{} }}",
        "[".repeat(NESTING_MAX - 1),
        "]".repeat(NESTING_MAX - 1)
    );
    assert_eq!(said(&lists), "");
    let matches = "match a { else => ".repeat(NESTING_MAX) + "1" + &"}".repeat(NESTING_MAX);
    assert_eq!(said(&format!("fn f() = {matches}")), "");
    assert_snapshot!(said(&nested("(", ")", NESTING_MAX + 1)), @r#"t.map:1:74: error[J118 too-deep]: brackets are nested deeper than 64 here (take a part out into a `let` or a `fn`)"#);
    assert_snapshot!(said(&format!("document {}", "{".repeat(1_000_000))), @r#"t.map:1:74: error[J118 too-deep]: brackets are nested deeper than 64 here (take a part out into a `let` or a `fn`)"#);
    assert_snapshot!(said(&format!("fn f() = {}", "[".repeat(1_000_000))), @r#"t.map:1:74: error[J118 too-deep]: brackets are nested deeper than 64 here (take a part out into a `let` or a `fn`)"#);
}

#[test]
fn expressions_are_so_deep() {
    let chain = |operators: usize| format!("fn f() = a{}", " ++ a".repeat(operators));
    assert_eq!(said(&chain(EXPRESSION_DEPTH_MAX - 1)), "");
    assert_snapshot!(said(&chain(EXPRESSION_DEPTH_MAX)), @r#"t.map:1:10: error[J118 too-deep]: the expression is more than 128 operators deep (take a part out into a `let`)"#);
    for text in ["- ", "not ", "a.b ? c : "] {
        assert_eq!(said(&format!("fn f() = {}a", text.repeat(20))), "");
    }
    for text in [" ++ a", ".b", "[1]", " | f", " ? a : b", " or a and b"] {
        assert!(said(&format!("fn f() = a{}", text.repeat(20_000))).contains("operators deep"), "{text}");
    }
    for text in ["-", "not "] {
        assert!(said(&format!("fn f() = {}a", text.repeat(20_000))).contains("operators deep"), "{text}");
    }
    for text in ["a ? ", "a.b ? c : ", "a or ", "a ++ - not "] {
        assert!(said(&format!("fn f() = {}a", text.repeat(20_000))).contains("error"), "{text}");
    }
    let nested = format!("{}a{}", "f(a ++ a ++ a ++ ".repeat(NESTING_MAX), ")".repeat(NESTING_MAX));
    assert!(said(&format!("fn f() = {nested}")).contains("operators deep"));
    let generators =
        format!("{}a{}", "sum(a for x in b ++ b ++ ".repeat(NESTING_MAX), ")".repeat(NESTING_MAX));
    assert!(said(&format!("fn f() = {generators}")).contains("operators deep"));
}

#[test]
fn so_many_else_if() {
    let text =
        |times: usize| format!("document from record {{ if a {{ }}{} }}", " else if a { }".repeat(times));
    assert_eq!(said(&text(NESTING_MAX - 1)), "");
    assert!(said(&text(20_000)).contains("else if"));
    assert_snapshot!(said(&text(NESTING_MAX)), @r#"t.map:1:915: error[J118 too-deep]: more than 64 `else if` follow each other here (use `route` or `match`, or look the value up in a table)"#);
}

#[test]
fn a_file_is_so_large() {
    let text = format!("map m{}", " ".repeat(FILE_BYTES_MAX - 5));
    assert_eq!(said(&text), "");
    assert_snapshot!(said(&format!("{text} ")), @r#"t.map:1:1: error[J119 file-too-large]: the file has 4194305 bytes, more than the 4194304 a mapping may have (move tables into CSV files)"#);
}

#[test]
fn endless_mistakes_end() {
    let text = "}".repeat(100_000);
    assert!(said(&text).lines().count() <= 101);
    assert!(said(&"'".repeat(100_000)).lines().count() <= 101);
}

#[test]
fn places_are_those_of_the_original() {
    let text =
        "\u{feff}map m\r\n\r\ndocument from record {\r\n  A = 'x' && b\r\n  B = f(1\r\n  C = ä\r\n}\r\n";
    assert_snapshot!(said(text), @r#"
    t.map:4:7: error[J109 wrong-quotes]: `'` does not quote a string (write strings in double quotes: `"text"`)
    t.map:4:11: error[J114 unknown-operator]: `&&` is not an operator (write `and`)
    t.map:5:8: error[J105 unclosed-bracket]: `(` is not closed (put the missing `)` after the last value)
    t.map:6:7: error[J122 wrong-character]: the character `ä` cannot stand here (names are made of ASCII letters, digits and `_`; other names stand in quotes: `at "Straße"`)
    "#);
    let (file, reports) = parsed("\u{feff}# é\r\nmap name\r\n");
    let crate::syntax::tree::Item::Map { name, .. } = &file.items[0] else { panic!("a map was written") };
    assert_eq!(
        (reports.sources.slice(name.span), reports.sources.slice(file.comments[0].span)),
        ("name", "# é")
    );
}

#[test]
fn a_single_sign_is_no_danger() {
    for byte in 0..=255_u8 {
        let c = char::from(byte);
        for text in [
            format!("{c}"),
            format!("{c}{c}"),
            format!("map {c}"),
            format!("document from record {{ A = {c} }}"),
        ] {
            said(&text);
        }
    }
    assert_eq!(tree("map m\r"), "map m");
}

/// Texts of the other tests with pieces taken out, doubled and swapped: whatever is said, nothing panics.
#[test]
fn broken_texts_are_only_wrong() {
    let seed = format!("{}\n{}", super::trees::FLAT, super::trees::NESTED);
    let signs = [
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "\"",
        "\\",
        "#",
        "\n",
        ",",
        ";",
        "=",
        "=>",
        "or",
        "'",
        "é",
        "..",
        "?",
        "match a {",
    ];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("the remainder is below a usize")
    };
    let rounds = std::env::var("JEMAP_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    for _ in 0..rounds {
        let mut text = seed.clone();
        for _ in 0..=random(4) {
            let mut at = random(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let mut end = (at + random(12)).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            match random(3) {
                0 => text.replace_range(at..end.max(at), ""),
                1 => text.insert_str(at, signs[random(signs.len())]),
                _ => {
                    let part = text[at..end.max(at)].to_owned();
                    text.insert_str(at, &part);
                }
            }
        }
        let (_, reports) = parsed(&text);
        for report in &reports.list {
            let span = report.labels[0].span;
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{}\n{text}", report.message);
        }
    }
}
