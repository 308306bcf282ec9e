//! What declared values become.

use std::fmt::Write as _;

use crate::data::{Currency, Date, DatePattern, Decimal, NumberFormat};
use crate::json::{
    Cell, Decode, Entry, Frames, Leaf, NO_CELL, Node, NodeId, Object, ObjectId, Reader, Schema, Tag,
};

/// Builds schemas: fields by their dotted path.
struct Fields {
    schema: Schema,
}

impl Fields {
    fn new() -> Fields {
        Fields { schema: Schema::default() }
    }
    fn object(mut self, name: &str, fields: Vec<(&str, Decode)>) -> Fields {
        let root = self.node();
        let object = Object { name: name.into(), root, cells: 0, leaves: vec![], parent: None };
        self.schema.objects.push(object);
        for (path, decode) in fields {
            self.field(path, decode);
        }
        self
    }
    fn node(&mut self) -> NodeId {
        self.schema.nodes.push(Node::default());
        NodeId(self.schema.nodes.len() as u16 - 1)
    }
    /// `a.b?`: optional; "": the value itself.
    fn field(&mut self, path: &str, decode: Decode) {
        let object = self.schema.objects.last_mut().expect("an object was begun");
        let name = path.trim_end_matches('?');
        let cell = object.leaves.len() as u16;
        object.cells += 1;
        let none = vec!["None".to_owned(), "0000".to_owned()];
        object.leaves.push(Leaf { name: name.into(), decode, optional: name != path, none });
        let mut node = object.root;
        let parts: Vec<_> = name.split('.').collect();
        for (i, part) in parts.iter().enumerate() {
            let entries = &mut self.schema.nodes[usize::from(node.0)].entries;
            let entry = entries.iter().position(|e| e.key == *part).unwrap_or_else(|| {
                entries.push(Entry { key: part.to_string(), ..Entry::default() });
                entries.len() - 1
            });
            if i + 1 == parts.len() {
                entries[entry].cells.push(cell);
            } else {
                let below = entries[entry].node;
                let below = below.unwrap_or_else(|| self.node());
                self.schema.nodes[usize::from(node.0)].entries[entry].node = Some(below);
                node = below;
            }
        }
    }
}

fn text(min: u32, max: u32) -> Decode {
    Decode::Text { min, max: Some(max), number: false }
}

fn show(cell: Cell, input: &str, frames: &Frames) -> String {
    let at = (cell.word >> 32) as usize;
    let part = at..at + cell.word as u32 as usize;
    match cell.tag {
        Tag::Text => format!("'{}'", &input[part]),
        Tag::Scratch => format!("~'{}'", &frames.scratch[part]),
        Tag::Decimal => Decimal::new(i128::from(cell.word as i64), cell.scale).to_string(),
        Tag::Large => format!("large {}", Decimal::new(frames.large[cell.word as usize], cell.scale)),
        Tag::Bool => (cell.word == 1).to_string(),
        Tag::Date => {
            let Date { year, month, day } = Date::unpack(cell.word);
            format!("{year}-{month}-{day}")
        }
        Tag::Time => format!("{}+{}", cell.word, cell.extra),
        Tag::List => format!("{}..+{}", cell.word as u32, cell.word >> 32),
        tag => format!("{tag:?}"),
    }
}

/// Reads the input three times with one reader (the order of keys is learned); all frames, then faults.
#[track_caller]
fn check(fields: Fields, input: &str, expected: &str) {
    let schema = fields.schema;
    let (mut reader, mut frames) = (Reader::new(&schema), Frames::new(&schema));
    for round in 0..3 {
        frames.clear();
        // The glue of keys is only compared where enough bytes follow.
        let padded = format!("{input}{}", " ".repeat(round * 40));
        let mut out = String::new();
        match reader.read_record(&padded, 0, &mut frames) {
            Ok(end) => assert_eq!(end, input.len()),
            Err(error) => out = format!("{error:?}"),
        }
        for (i, object) in schema.objects.iter().enumerate() {
            for index in 0..frames.len(ObjectId(i as u16)) {
                let cells = frames.frame(ObjectId(i as u16), index);
                let cells: Vec<_> = cells.iter().map(|&c| show(c, &padded, &frames)).collect();
                writeln!(out, "{}: {}", object.name, cells.join(", ")).expect("a string grows");
            }
        }
        for (object, cell, fault) in &frames.faults {
            assert!(usize::from(object.0) < schema.objects.len());
            assert!(*cell == NO_CELL || *cell < schema.objects[usize::from(object.0)].cells);
            let at = fault.at.expect("faults of data have a place");
            writeln!(out, "{} at {at}: {}", fault.code.id(), fault.message).expect("a string grows");
        }
        assert_eq!(out.trim_end(), expected, "round {round}");
    }
}

fn one(decode: Decode) -> Fields {
    Fields::new().object("r", vec![("f?", decode)])
}

#[test]
fn texts() {
    check(one(text(1, 4)), r#"{"f":"abcd"}"#, "r: 'abcd'");
    check(one(text(1, 4)), r#"{"f":"äöüß"}"#, "r: 'äöüß'");
    check(one(text(1, 4)), r#"{"f":"\u00e4\"😀x"}"#, "r: ~'ä\"😀x'");
    check(one(text(1, 4)), r#"{"f":""}"#, "r: None");
    check(one(text(1, 4)), r#"{"f":null}"#, "r: None");
    check(one(text(1, 4)), r#"{"f":"None"}"#, "r: None");
    check(one(text(1, 4)), r#"{"f":"N\u006fne"}"#, "r: None");
    check(one(text(1, 4)), "{}", "r: Absent");
    check(
        one(text(1, 4)),
        r#"{"f":"abcde"}"#,
        "r: Bad\nJ423 at 5: `f` of r is \"abcde\": 5 characters, at most 4 were expected",
    );
    check(
        one(text(4, 4)),
        r#"{"f":"ää"}"#,
        "r: Bad\nJ423 at 5: `f` of r is \"ää\": 2 characters, exactly 4 were expected",
    );
    check(
        one(text(3, 9)),
        r#"{"f":"ää"}"#,
        "r: Bad\nJ423 at 5: `f` of r is \"ää\": 2 characters, at least 3 were expected",
    );
    check(
        one(text(1, 4)),
        r#"{"f":12}"#,
        "r: Bad\nJ422 at 5: `f` of r is the number 12, a string was expected",
    );
    check(
        one(text(1, 4)),
        r#"{"f":[1,"x"]}"#,
        "r: Bad\nJ422 at 5: `f` of r is a list, a string was expected",
    );
    check(one(Decode::Text { min: 1, max: Some(4), number: true }), r#"{"f":120}"#, "r: '120'");
    check(
        one(Decode::Text { min: 1, max: Some(4), number: true }),
        r#"{"f":true}"#,
        "r: Bad\nJ422 at 5: `f` of r is true, a string or number was expected",
    );
}

#[test]
fn characters_xml_cannot_carry_are_refused() {
    check(one(text(0, 9)), r#"{"f":"a\tb\r\n"}"#, "r: ~'a\tb\r\n'");
    check(
        one(text(0, 9)),
        r#"{"f":"a\u0000"}"#,
        "r: Bad\nJ433 at 5: `f` of r is \"a\\u{0}\": U+0000 cannot be written to XML",
    );
    check(
        one(text(0, 9)),
        "{\"f\":\"a\u{ffff}\"}",
        "r: Bad\nJ433 at 5: `f` of r is \"a\u{ffff}\": U+FFFF cannot be written to XML",
    );
    check(one(text(0, 9)), "{\"f\":\"a\u{fffd}\u{7f}\"}", "r: 'a\u{fffd}\u{7f}'");
    check(one(text(0, 9)), r#"{"other":"\u0000"}"#, "r: Absent");
}

#[test]
fn numbers() {
    let decimal = || one(Decode::Decimal { format: NumberFormat::PLAIN });
    check(decimal(), r#"{"f":-12.50}"#, "r: -12.50");
    check(decimal(), r#"{"f":"1200"}"#, "r: 1200");
    check(decimal(), r#"{"f":1.5e3}"#, "r: 1500");
    check(decimal(), r#"{"f":9999999999999999999}"#, "r: large 9999999999999999999");
    check(decimal(), r#"{"f":"-99999999999999999.9"}"#, "r: -99999999999999999.9");
    check(decimal(), r#"{"f":123456789012345678}"#, "r: 123456789012345678");
    check(decimal(), r#"{"f":12345678901234567.8}"#, "r: 12345678901234567.8");
    check(decimal(), r#"{"f":12345678901234567890.5}"#, "r: large 12345678901234567890.5");
    check(
        decimal(),
        r#"{"f":"12,5"}"#,
        "r: Bad\nJ425 at 5: `f` of r is \"12,5\": a number like 1234.56 was expected",
    );
    check(decimal(), r#"{"f":true}"#, "r: Bad\nJ422 at 5: `f` of r is true, a number was expected");
    check(decimal(), r#"{"f":{"a":1}}"#, "r: Bad\nJ422 at 5: `f` of r is an object, a number was expected");
    check(decimal(), &format!("{{\"f\":{}}}", "9".repeat(38)), &format!("r: large {}", "9".repeat(38)));
    check(
        decimal(),
        &format!("{{\"f\":{}}}", "9".repeat(39)),
        &format!("r: Bad\nJ426 at 5: `f` of r is \"{}\": at most 38 digits were expected", "9".repeat(39)),
    );
    let german = NumberFormat { decimal: b',', group: b'.' };
    check(one(Decode::Decimal { format: german }), r#"{"f":"1.234,56"}"#, "r: 1234.56");
    check(one(Decode::Decimal { format: german }), r#"{"f":1234.56}"#, "r: 1234.56");
    check(one(Decode::Int), r#"{"f":12}"#, "r: 12");
    check(one(Decode::Int), r#"{"f":12.00}"#, "r: 12");
    check(one(Decode::Int), r#"{"f":"12"}"#, "r: 12");
    check(
        one(Decode::Int),
        r#"{"f":12.5}"#,
        "r: Bad\nJ427 at 5: `f` of r is \"12.5\": a whole number was expected",
    );
    let minor = Decode::Money { format: NumberFormat::PLAIN, minor: true, round: None };
    check(one(minor), r#"{"f":1.5}"#, "r: Bad\nJ427 at 5: `f` of r is \"1.5\": a whole number was expected");
}

#[test]
fn words_truths_currencies_and_days() {
    let words = || Decode::Enum(vec!["D".into(), "C".into(), "1".into(), "true".into()]);
    check(one(words()), r#"{"f":"C"}"#, "r: 'C'");
    check(one(words()), r#"{"f":1}"#, "r: '1'");
    check(one(words()), r#"{"f":true}"#, "r: 'true'");
    check(
        one(words()),
        r#"{"f":"X"}"#,
        "r: Bad\nJ424 at 5: `f` of r is \"X\": one of \"D\", \"C\", \"1\", \"true\" was expected",
    );
    check(one(Decode::Bool), r#"{"f":false}"#, "r: false");
    check(
        one(Decode::Bool),
        r#"{"f":"false"}"#,
        "r: Bad\nJ422 at 5: `f` of r is the string \"false\", true or false was expected",
    );
    check(one(Decode::Currency), r#"{"f":"EUR"}"#, "r: 'EUR'");
    check(one(Decode::Currency), r#"{"f":"eUR"}"#, "r: ~'EUR'");
    check(
        one(Decode::Currency),
        r#"{"f":"EURO"}"#,
        "r: Bad\nJ428 at 5: `f` of r is \"EURO\": three letters like EUR were expected",
    );
    assert_eq!(Currency::parse("eUR").map(|c| c.0), Some(*b"EUR"));
    let date = || one(Decode::Date(DatePattern::iso_date()));
    check(date(), r#"{"f":"2024-02-29"}"#, "r: 2024-2-29");
    check(date(), r#"{"f":"0000"}"#, "r: None");
    let schema = date().schema;
    let (mut reader, mut frames) = (Reader::new(&schema), Frames::new(&schema));
    reader.read_record(r#"{"f":"2023-02-29"}"#, 0, &mut frames).expect("it is JSON");
    assert_eq!(frames.faults[0].2.code.id(), "J429");
}

#[test]
fn required_fields_are_missed() {
    let fields = || {
        Fields::new().object(
            "r",
            vec![("a", text(1, 4)), ("b?", text(1, 4)), ("c.d", text(1, 4)), ("c.e?", text(1, 4))],
        )
    };
    check(fields(), r#"{"b":"x","a":"y","c":{"d":"z"}}"#, "r: 'y', 'x', 'z', Absent");
    check(
        fields(),
        "{}",
        "r: Bad, Absent, Bad, Absent\nJ421 at 0: `a` of r is missing\nJ421 at 0: `c.d` of r is missing",
    );
    check(
        fields(),
        r#"{"a":null,"c":null}"#,
        "r: Bad, Absent, Bad, Absent\nJ421 at 5: `a` of r is missing (it is null)\nJ421 at 14: `c.d` of r is missing (it is null)",
    );
    check(
        fields(),
        r#"{"a":"","c":{}}"#,
        "r: Bad, Absent, Bad, Absent\nJ421 at 5: `a` of r is missing (it is empty)\nJ421 at 12: `c.d` of r is missing",
    );
    check(
        fields(),
        r#"{"a":"x","c":7}"#,
        "r: 'x', Absent, Absent, Absent\nJ422 at 13: `c` of r is the number 7, an object was expected",
    );
}

#[test]
fn an_optional_object_excuses_its_fields() {
    let fields = || Fields::new().object("r", vec![("c?", Decode::Presence), ("c.d", text(1, 4))]);
    check(fields(), "{}", "r: Absent, Absent");
    check(fields(), r#"{"c":null}"#, "r: None, Absent");
    check(fields(), r#"{"c":{"d":"x"}}"#, "r: Present, 'x'");
    check(fields(), r#"{"c":{}}"#, "r: Present, Bad\nJ421 at 5: `c.d` of r is missing");
    check(fields(), r#"{"c":[]}"#, "r: Bad, Absent\nJ422 at 5: `c` of r is a list, an object was expected");
    let required = Fields::new().object("r", vec![("c", Decode::Presence), ("c.d", text(1, 4))]);
    check(required, "{}", "r: Bad, Absent\nJ421 at 0: `c` of r is missing");
}

fn lines(or_one: bool) -> Fields {
    let list = |object| Decode::List { object: ObjectId(object), or_one };
    Fields::new()
        .object("r", vec![("l", list(1)), ("t?", list(2))])
        .object("line", vec![("n", Decode::Int), ("s?", list(3))])
        .object("tag", vec![("", text(1, 4))])
        .object("sub", vec![("m?", Decode::Int)])
}

#[test]
fn lists() {
    check(
        lines(false),
        r#"{"l":[{"n":1,"s":[{"m":1},{"m":2}]}, {"n":2},{"s":[{}],"n":3}],"t":["a","b"]}"#,
        "r: 0..+3, 0..+2\nline: 1, 0..+2\nline: 2, Absent\nline: 3, 2..+1\ntag: 'a'\ntag: 'b'\nsub: 1\nsub: 2\nsub: Absent",
    );
    check(lines(false), r#"{"l":[ ],"t":null}"#, "r: 0..+0, None");
    check(lines(false), "{}", "r: Bad, Absent\nJ421 at 0: `l` of r is missing");
    check(
        lines(false),
        r#"{"l":{"n":1}}"#,
        "r: Bad, Absent\nJ422 at 5: `l` of r is an object, a list was expected",
    );
    check(lines(true), r#"{"l":{"n":1},"t":"a"}"#, "r: 0..+1, 0..+1\nline: 1, Absent\ntag: 'a'");
    check(
        lines(true),
        r#"{"l":7,"t":""}"#,
        "r: Bad, None\nJ422 at 5: `l` of r is the number 7, a list was expected",
    );
    check(
        lines(false),
        r#"{"l":[null,{"n":1.5}],"t":["",7]}"#,
        "r: 0..+2, 0..+2\nline: Absent, Absent\nline: Bad, Absent\ntag: Bad\ntag: Bad\n\
         J422 at 6: line is null, an object was expected\n\
         J427 at 16: `n` of line is \"1.5\": a whole number was expected\n\
         J421 at 27: `` of tag is missing (it is empty)\n\
         J422 at 30: `` of tag is the number 7, a string was expected",
    );
}

#[test]
fn rows_of_positions() {
    let mut fields = Fields::new()
        .object("r", vec![("l", Decode::List { object: ObjectId(1), or_one: false })])
        .object("row", vec![("0", text(1, 9)), ("2?", Decode::Int)]);
    fields.schema.nodes[1].positional = true;
    let relaxed = || Fields { schema: fields.schema.clone() };
    check(
        relaxed(),
        r#"{"l":[["a",{},7],["b"],["c",0,null,1]]}"#,
        "r: 0..+3\nrow: 'a', 7\nrow: 'b', Absent\nrow: 'c', None",
    );
    check(
        relaxed(),
        r#"{"l":[[],{}]}"#,
        "r: 0..+2\nrow: Bad, Absent\nrow: Absent, Absent\nJ421 at 6: `0` of row is missing\nJ422 at 9: row is an object, a list was expected",
    );
    let mut strict = relaxed();
    strict.schema.nodes[1].strict = true;
    check(
        strict,
        r#"{"l":[["c",0,null,1]]}"#,
        "r: 0..+1\nrow: 'c', None\nJ432 at 18: row has a value number 4, 3 are declared",
    );
}

#[test]
fn one_key_fills_several_cells() {
    let fields =
        Fields::new().object("r", vec![("a?", text(1, 9)), ("a?", Decode::Raw), ("a.b?", Decode::Int)]);
    check(
        fields,
        r#"{"a":"x"}"#,
        "r: 'x', '\"x\"', Absent\nJ422 at 5: `a` of r is the string \"x\", an object was expected",
    );
    let fields = Fields::new().object("r", vec![("a?", Decode::Raw), ("a.b?", Decode::Int)]);
    check(fields, r#"{"a":{"b":1, "c":[]}}"#, "r: '{\"b\":1, \"c\":[]}', 1");
}

#[test]
fn keys_twice_and_unknown_keys() {
    check(
        one(text(1, 4)),
        r#"{"f":"a","g":1,"g":2,"f":"b"}"#,
        "r: Bad\nJ431 at 25: the key \"f\" is twice in one object of r",
    );
    check(
        one(text(1, 4)),
        r#"{"f":null,"\u0066":"b"}"#,
        "r: Bad\nJ431 at 19: the key \"f\" is twice in one object of r",
    );
    let mut strict = Fields::new().object("r", vec![("account?", text(1, 9))]);
    strict.schema.nodes[0].strict = true;
    check(
        strict,
        r#"{"acount":"1"}"#,
        "r: Absent\nJ432 at 10: the key \"acount\" of r is not declared, did it mean \"account\"?",
    );
    let schema = one(text(1, 4)).schema;
    let (mut reader, mut frames) = (Reader::new(&schema), Frames::new(&schema));
    for i in 0..1200 {
        let input = format!("{{\"x\":1,\"k{i}\":[{{\"y\":2}}],\"f\":\"a\"}}");
        frames.clear();
        reader.read_record(&input, 0, &mut frames).expect("it is JSON");
        assert_eq!(frames.cell(ObjectId(0), 0, 0).tag, Tag::Text);
    }
    for broken in ["{,\"f\":1}", "{\"k1100\":1\"f\":2}", "{\"k1100\":1,,\"f\":2}", "{\"x\":1\"f\":2}"] {
        let padded = format!("{broken}{}", " ".repeat(40));
        reader.read_record(&padded, 0, &mut frames).expect_err(broken);
    }
    let unknown: Vec<_> = reader.unknown_keys().collect();
    assert_eq!((unknown.len(), unknown[0].key, unknown[0].count), (1000, "x", 1201));
    assert_eq!(reader.unknown_others(), 203);
    let presence = frames.presence(ObjectId(0), 0);
    assert_eq!((presence.frames, presence.present), (1204, 1200));
}

#[test]
fn records_of_any_order_are_read_alike() {
    let fields = ["a?", "b?", "c?", "d?", "e?"];
    let schema = Fields::new().object("r", fields.iter().map(|f| (*f, Decode::Int)).collect()).schema;
    let (mut reader, mut frames) = (Reader::new(&schema), Frames::new(&schema));
    let mut seed = 7u64;
    for _ in 0..3000 {
        let mut members = Vec::new();
        for (i, key) in ["a", "b", "c", "d", "e", "x", "y"].iter().enumerate() {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let blank = &"  \n   "[..(seed >> 40) as usize % 6];
            if seed >> 33 & 3 != 0 {
                members.push((seed, i, format!("{blank}\"{key}\"{blank}: {i}")));
            }
        }
        members.sort();
        let input = format!("{{{}}}", members.iter().map(|m| m.2.as_str()).collect::<Vec<_>>().join(","));
        frames.clear();
        assert_eq!(reader.read_record(&input, 0, &mut frames).expect("it is JSON"), input.len());
        for cell in 0..5 {
            let there = members.iter().any(|m| m.1 == cell);
            let found = frames.cell(ObjectId(0), 0, cell as u16);
            assert_eq!((found.tag == Tag::Decimal, found.word), (there, if there { cell as u64 } else { 0 }));
        }
    }
}

#[test]
fn a_record_that_is_no_json_leaves_nothing() {
    let schema = lines(false).schema;
    let (mut reader, mut frames) = (Reader::new(&schema), Frames::new(&schema));
    reader.read_record(r#"{"l":[{"n":1}]}"#, 0, &mut frames).expect("it is JSON");
    let error =
        reader.read_record(r#"{"l":[{"n":"x"},{"n":2,"s":[{}]},{]}"#, 0, &mut frames).expect_err("broken");
    assert_eq!((error.at, error.message.as_str()), (34, "`]` is there, a key in double quotes was expected"));
    assert_eq!((frames.len(ObjectId(0)), frames.len(ObjectId(1)), frames.len(ObjectId(3))), (1, 1, 0));
    assert!(frames.faults.is_empty());
    let deep = format!("{{\"l\":{}", "[".repeat(600));
    assert_eq!(reader.read_record(&deep, 0, &mut frames).expect_err("deep").code.id(), "J406");
}
