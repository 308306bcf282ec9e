//! Where records begin and end, and what stands around them.

use super::run;
use crate::json::{
    AtStep, Block, Decode, Entry, Framer, Leaf, Limits, Mode, Node, NodeId, Object, ObjectId, Schema, Step,
    Tag,
};

/// A schema that takes any object as record at a path: `a.b[]`, `a[0].b`, `a[] or .`.
fn at(path: &str) -> Schema {
    let (path, bare) = path.strip_suffix(" or .").map_or((path, false), |path| (path, true));
    let mut steps = Vec::new();
    for part in path.replace('[', ".[").split('.').filter(|part| !part.is_empty()) {
        steps.push(match part.strip_prefix('[') {
            Some("]") => AtStep::Each,
            Some(index) => AtStep::Index(index.trim_end_matches(']').parse().expect("a number")),
            None => AtStep::Key(part.to_owned()),
        });
    }
    Schema {
        objects: vec![Object {
            name: "record".into(),
            root: NodeId(0),
            cells: 0,
            leaves: vec![],
            parent: None,
        }],
        nodes: vec![Node::default()],
        at: steps,
        bare,
        around: None,
    }
}

#[track_caller]
fn check(path: &str, mode: Mode, input: &str, expected: &[&str]) {
    let schema = at(path);
    for chunk in [1, 2, 3, 7, 64, 1000] {
        let limits = Limits { block_bytes: chunk, ..Limits::default() };
        let (mut found, error) = run(&schema, mode, limits, input.as_bytes(), chunk);
        found.extend(error.map(|e| format!("{} {e}", e.code.id())));
        assert_eq!(found, expected, "in portions of {chunk}");
    }
}

#[test]
fn records_that_may_stand_alone() {
    let page = r#"{"n":1,"d":[{"a":1},{"d":2}]}"#;
    for mode in [Mode::Auto, Mode::Lines, Mode::Values] {
        check("d[] or .", mode, page, &["{\"a\":1}", "{\"d\":2}"]);
        check(
            "d[] or .",
            mode,
            &format!(" {page}\n{page}"),
            &["{\"a\":1}", "{\"d\":2}", "{\"a\":1}", "{\"d\":2}"],
        );
        check(
            "d[] or .",
            mode,
            "{\"a\":{\"d\":[]}}\n{\"b\":[\"}\"]}",
            &["{\"a\":{\"d\":[]}}", "{\"b\":[\"}\"]}"],
        );
        check("d[] or .", mode, "{}", &["{}"]);
        check("\u{e9}[] or .", mode, r#"{"\u00e9":[{}]}"#, &["{}"]);
    }
    for mode in [Mode::Auto, Mode::Values] {
        check("d[] or .", mode, "[{\"a\":1}, {\"d\":[{}]}]", &["{\"a\":1}", "{\"d\":[{}]}"]);
        check(
            "d[] or .",
            mode,
            "{\"a\":1} {\"d\":[{\"b\":2}]} {\"c\":\n3}",
            &["{\"a\":1}", "{\"b\":2}", "{\"c\":\n3}"],
        );
    }
    // what is wrong is told where it stands
    check(
        "d.e[] or .",
        Mode::Auto,
        "{\"d\":{\"f\":1}}",
        &["J411 line 1, column 12 (byte 11): no records at `d.e[]`: `d` has the keys \"f\""],
    );
    check(
        "d[] or .",
        Mode::Values,
        "{\"a\":1,}",
        &["J401 line 1, column 8 (byte 7): `}` is there, a key in double quotes was expected"],
    );
    check(
        "d[] or .",
        Mode::Auto,
        "{\"a\":1",
        &["J402 line 1, column 7 (byte 6): the input ends in the middle of a value"],
    );
    check(
        "d[] or .",
        Mode::Auto,
        "5",
        &[
            "J411 line 1, column 1 (byte 0): no records at `d[]`: the document is a number, an object was expected",
        ],
    );
    check(
        "d[] or .",
        Mode::Auto,
        "",
        &["J402 line 1, column 1 (byte 0): the input is empty, a JSON document was expected"],
    );
    // a broken line is a record of its own
    check(
        "d[] or .",
        Mode::Auto,
        "{\"a\":1}\n{\"b\":\n{\"c\":1}",
        &[
            "{\"a\":1}",
            "broken: line 2, column 6 (byte 13): the input ends in the middle of a value",
            "{\"c\":1}",
        ],
    );
}

#[test]
fn the_mode_is_found_out() {
    check("", Mode::Auto, "", &[]);
    check("", Mode::Auto, " \n\n", &[]);
    check("", Mode::Auto, "[{\"a\":1}, {\"b\":2}]", &["{\"a\":1}", "{\"b\":2}"]);
    check("", Mode::Auto, "{\"a\":1}", &["{\"a\":1}"]);
    check("", Mode::Auto, "\u{feff}{\"a\":1}\r\n\r\n{\"b\":2}\r\n", &["{\"a\":1}", "{\"b\":2}"]);
    check("", Mode::Auto, "{\n\"a\":1}{\"b\"\n:2}", &["{\n\"a\":1}", "{\"b\"\n:2}"]);
    check("", Mode::Auto, "{\"a\":1} {\"b\":2}", &["{\"a\":1}", "{\"b\":2}"]);
    check("", Mode::Auto, "[{\"a\":1}]\n[{\"b\":2}]", &["{\"a\":1}", "{\"b\":2}"]);
    check(
        "",
        Mode::Document,
        "[{}] []",
        &["{}", "J410 line 1, column 6 (byte 5): `[` is there after the end of the document"],
    );
}

#[test]
fn a_broken_line_is_one_record() {
    check(
        "",
        Mode::Auto,
        "{\"a\":1}\n{\"a\":}\n{\"a\":2} x\n{\"c\n{\"b\":3}",
        &[
            "{\"a\":1}",
            "broken: line 2, column 6 (byte 13): `}` is there, a value was expected",
            "broken: line 3, column 9 (byte 23): `x` is there after a complete value",
            "broken: line 4, column 4 (byte 28): the input ends in the middle of a value",
            "{\"b\":3}",
        ],
    );
    let form_feed = "broken: line 1, column 3 (byte 2): U+000C is there after a complete value";
    check("", Mode::Lines, "{}\x0c\n{} \t\r\n", &[form_feed, "{}"]);
}

#[test]
fn broken_documents_end_the_input() {
    let at_5 = "J401 line 1, column 15 (byte 14): `}` is there, a value was expected";
    check("", Mode::Auto, "[{\"a\":1},{\"b\":}]", &["{\"a\":1}", at_5]);
    check(
        "",
        Mode::Auto,
        "[{\"a\":1},{\"b\":[}",
        &["{\"a\":1}", "J401 line 1, column 16 (byte 15): `}` is there, a value was expected"],
    );
    check(
        "",
        Mode::Auto,
        "[{},\n{\"a\":\"x",
        &["{}", "J402 line 2, column 8 (byte 12): the input ends in the middle of a value"],
    );
    check(
        "",
        Mode::Auto,
        "[{},\n{}",
        &["{}", "{}", "J402 line 2, column 3 (byte 7): the input ends in the middle of a value"],
    );
    check(
        "",
        Mode::Auto,
        "[{}}",
        &["{}", "J401 line 1, column 4 (byte 3): `}` is there, `,` or `]` was expected"],
    );
    check(
        "",
        Mode::Auto,
        "[{}]]",
        &["{}", "J401 line 1, column 5 (byte 4): `]` is there, a value was expected"],
    );
    check(
        "",
        Mode::Auto,
        "[{} {}]",
        &["{}", "J401 line 1, column 5 (byte 4): `{` is there, `,` or `]` was expected"],
    );
    check("", Mode::Auto, "[1]", &["1 !record is the number 1, an object was expected"]);
}

#[test]
fn the_path_is_followed() {
    let input =
        "{\"x\":[1,{\"y\":\"]\"}],\"a\":{\"k\":null,\"b\":[{\"n\":1},{\"n\":2}],\"z\":[[]]},\"t\":1.5e3}";
    check("a.b[]", Mode::Auto, input, &["{\"n\":1}", "{\"n\":2}"]);
    check("a.b", Mode::Auto, input, &["{\"n\":1}", "{\"n\":2}"]);
    check("a", Mode::Auto, input, &["{\"k\":null,\"b\":[{\"n\":1},{\"n\":2}],\"z\":[[]]}"]);
    check("x[1]", Mode::Auto, input, &["{\"y\":\"]\"}"]);
    check("[].e[]", Mode::Auto, "[{\"e\":[{}]},{\"e\":[]},{\"e\":[{\"a\":0}]}]", &["{}", "{\"a\":0}"]);
    check("e", Mode::Auto, "{\"e\":[{}]}\n{\"e\":null}\n{\"\\u0065\":{\"a\":0}}", &["{}", "{\"a\":0}"]);
    check("[]", Mode::Auto, "[{},[]]", &["{}", "[] !record is a list, an object was expected"]);
}

#[test]
fn a_path_that_leads_nowhere_is_told() {
    check(
        "a.b[]",
        Mode::Auto,
        "{\"a\":{\"c\":1,\"d d\":2}}",
        &["J411 line 1, column 20 (byte 19): no records at `a.b[]`: `a` has the keys \"c\", \"d d\""],
    );
    check(
        "a",
        Mode::Auto,
        " ",
        &["J402 line 1, column 2 (byte 1): the input is empty, a JSON document was expected"],
    );
    check(
        "a",
        Mode::Auto,
        "{}",
        &["J411 line 1, column 2 (byte 1): no records at `a`: the document has no keys"],
    );
    check(
        "a.b",
        Mode::Auto,
        "{\"a\":[]}",
        &["J411 line 1, column 6 (byte 5): no records at `a.b`: `a` is a list, an object was expected"],
    );
    check(
        "a[]",
        Mode::Auto,
        "{\"a\":{}}",
        &["J411 line 1, column 6 (byte 5): no records at `a[]`: `a` is an object, a list was expected"],
    );
    check(
        "a[2]",
        Mode::Auto,
        "{\"a\":[1,2]}",
        &["J411 line 1, column 10 (byte 9): no records at `a[2]`: `a` has too few elements"],
    );
    check(
        "a",
        Mode::Auto,
        "{\"a\":[{}],\"a\":[]}",
        &["{}", "J412 line 1, column 11 (byte 10): the key \"a\" on the way to the records is there twice"],
    );
    check(
        "a",
        Mode::Auto,
        "{\"a\":[{}],\"b\":[1,}",
        &["{}", "J401 line 1, column 18 (byte 17): `}` is there, a value was expected"],
    );
    check(
        "a",
        Mode::Auto,
        "{\"a\":[{}]",
        &["{}", "J402 line 1, column 10 (byte 9): the input ends in the middle of a value"],
    );
}

#[test]
fn a_record_has_a_limit() {
    let limits = Limits { block_bytes: 16, record_bytes_max: 100 };
    let fits = format!("[{{\"a\":\"{}\"}}]", "x".repeat(80));
    assert_eq!(run(&at(""), Mode::Auto, limits, fits.as_bytes(), 10).1, None);
    let input = format!("[{{}},{{\"a\":\"{}\"}}]", "x".repeat(200));
    let (records, error) = run(&at(""), Mode::Auto, limits, input.as_bytes(), 10);
    assert_eq!(records, ["{}"]);
    let error = error.expect("too large");
    assert_eq!((error.code.id(), error.at), ("J409", 4));
}

/// `company` and `b.id` stand around the records at `b.e[]`.
fn with_around() -> Schema {
    let mut schema = at("b.e[]");
    let text = |name: &str| Leaf {
        name: name.into(),
        decode: Decode::Text { min: 0, max: None, number: false },
        optional: true,
        none: vec![],
    };
    let entry = |key: &str, cells: Vec<u16>, node| Entry { key: key.into(), cells, node };
    schema.nodes.push(Node {
        entries: vec![entry("company", vec![0], None), entry("b", vec![], Some(NodeId(2)))],
        ..Node::default()
    });
    schema.nodes.push(Node { entries: vec![entry("id", vec![1], None)], ..Node::default() });
    let leaves = vec![text("company"), text("id")];
    schema.objects.push(Object { name: "around".into(), root: NodeId(1), cells: 2, leaves, parent: None });
    schema.around = Some(ObjectId(1));
    schema
}

fn around_of(input: &str, chunk: usize) -> Vec<String> {
    let mut framer =
        Framer::new(&with_around(), Mode::Auto, Limits { block_bytes: chunk, ..Limits::default() });
    let (mut block, mut rest, mut out) = (Block::default(), input.as_bytes(), Vec::new());
    loop {
        match framer.next(&mut block) {
            Err(error) => out.push(format!("{} {error}", error.code.id())),
            Ok(Step::End) => {}
            Ok(Step::More) => {
                let space = framer.space();
                let count = space.len().min(rest.len()).min(chunk);
                space[..count].copy_from_slice(&rest[..count]);
                framer.filled(count);
                rest = &rest[count..];
                continue;
            }
            Ok(Step::Block) => {
                let around = block.around.as_ref().expect("it is declared");
                let text = |cell| match around.frames.cell(around.object, 0, cell) {
                    c if c.tag == Tag::Text => {
                        &around.text[(c.word >> 32) as usize..][..c.word as u32 as usize]
                    }
                    _ => "-",
                };
                for _ in &block.records {
                    out.push(format!("{} {}", text(0), text(1)));
                }
                continue;
            }
        }
        return out;
    }
}

#[test]
fn values_around_the_records_are_read() {
    for chunk in [1, 5, 1000] {
        let input = "{\"x\":{\"company\":\"no\"},\"company\":\"DE\",\"b\":{\"id\":\"1\",\"e\":[{},{}]}}{\"b\":{\"e\":[{}]}}";
        assert_eq!(around_of(input, chunk), ["DE 1", "DE 1", "- -"]);
        let late = "{\"b\":{\"e\":[{}],\"id\":\"1\"}}";
        let error =
            "J413 line 1, column 16 (byte 15): \"id\" is declared in `around`, but stands after the records";
        assert_eq!(around_of(late, chunk), ["- -", error]);
    }
}

#[test]
fn a_line_over_the_limit_is_kept_nowhere() {
    let limits = Limits { block_bytes: 4_096, record_bytes_max: 10_000 };
    let mut input = "1\n".to_owned();
    for _ in 0..20 {
        input.push_str(&"x".repeat(200_000));
        input.push_str("\n2\n");
    }
    let mut framer = Framer::new(&at(""), Mode::Lines, limits);
    let (mut block, mut held) = (Block::default(), Block::default());
    let (mut rest, mut space_max, mut cut) = (input.as_bytes(), 0, 0);
    loop {
        match framer.next(&mut block).expect("every line is a record") {
            Step::End => break,
            Step::More => {
                let space = framer.space();
                space_max = space_max.max(space.len());
                let count = space.len().min(rest.len());
                space[..count].copy_from_slice(&rest[..count]);
                framer.filled(count);
                rest = &rest[count..];
            }
            Step::Block => {
                cut += block.records.iter().filter(|record| block.is_cut(record.0)).count();
                held.append(&block);
            }
        }
    }
    assert_eq!((cut, held.records.len()), (20, 41));
    assert!(space_max <= limits.record_bytes_max + limits.block_bytes + 1, "{space_max}");
    assert!(held.len() < 20 * 1_100, "{}", held.len());
    // the last line, behind all that was left out
    let last = held.records[40].0 as usize;
    assert_eq!(held.record(40), b"2");
    assert_eq!(held.base_at(last) as usize + last, input.len() - 2);
    assert_eq!(held.line_column(last), (41, 1));
    assert_eq!(held.line_column_from((0, (1, 1)), last), (41, 1));
}
