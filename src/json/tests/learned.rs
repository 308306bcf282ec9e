//! What was learned of the input changes nothing: a reader that has seen many records reads one as a new
//! reader does.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::data::{DatePattern, NumberFormat};
use crate::json::{
    Cell, Decode, Entry, Frames, Leaf, Node, NodeId, Object, ObjectId, Reader, Schema, SyntaxError,
};

/// A record with every form a value has, an object in it, and a list of objects; undeclared values as well.
fn schema(strict: bool) -> Schema {
    let leaf =
        |name: &str, decode, optional| Leaf { name: name.to_owned(), decode, optional, none: Vec::new() };
    let text = |min, max| Decode::Text { min, max, number: false };
    let date = |pattern| DatePattern::parse(pattern).expect("the pattern is right");
    let money = Decode::Money { format: NumberFormat::PLAIN, minor: false, round: None };
    let record = vec![
        leaf("id", text(1, Some(8)), false),
        leaf("note", text(1, None), true),
        leaf("count", Decode::Int, true),
        leaf("rate", Decode::Decimal { format: NumberFormat::PLAIN }, true),
        leaf("day", Decode::Date(date("yyyy-MM-dd")), false),
        leaf("due", Decode::Date(date("yyyyMMdd")), true),
        leaf("ccy", Decode::Currency, false),
        leaf("dim.a", text(3, Some(10)), true),
        leaf("dim.b", Decode::Money { format: NumberFormat::PLAIN, minor: true, round: None }, false),
        Leaf { none: vec!["-".to_owned()], ..leaf("kind", text(0, None), true) },
        leaf("time", Decode::Time(DatePattern::iso_time()), true),
        leaf("lines", Decode::List { object: ObjectId(1), or_one: false }, false),
    ];
    let line =
        vec![leaf("no", Decode::Int, false), leaf("sum", money, true), leaf("label", text(1, Some(5)), true)];
    let entry = |key: &str, cell| Entry { key: key.to_owned(), cells: vec![cell], node: None };
    let mut members: Vec<_> = ["id", "note", "count", "rate", "day", "due", "ccy"]
        .iter()
        .zip(0..)
        .map(|(k, i)| entry(k, i))
        .collect();
    members.push(Entry { key: "dim".to_owned(), cells: Vec::new(), node: Some(NodeId(1)) });
    members.extend([entry("kind", 9), entry("time", 10), entry("lines", 11)]);
    let lines = ["no", "sum", "label"].iter().zip(0..).map(|(k, i)| entry(k, i)).collect();
    let node = |entries| Node { entries, positional: false, strict };
    let object = |name: &str, root, leaves: Vec<Leaf>, parent| Object {
        name: name.to_owned(),
        root: NodeId(root),
        cells: leaves.len() as u16,
        leaves,
        parent,
    };
    Schema {
        objects: vec![object("record", 0, record, None), object("line", 2, line, Some(ObjectId(0)))],
        nodes: vec![node(members), node(vec![entry("a", 7), entry("b", 8)]), node(lines)],
        ..Schema::default()
    }
}

/// A value of any field, right or wrong.
fn value() -> impl Strategy<Value = String> {
    let some = prop::sample::select(vec![
        "null",
        "nul",
        "nullx",
        "true",
        "false",
        "0",
        "-0",
        "7",
        "12345678",
        "123456789",
        "00",
        "01",
        "-",
        "-5.",
        "1.25",
        "-99999999.12345678",
        "1.123456789",
        "1e2",
        ".5",
        "12 ",
        "\"\"",
        "\"-\"",
        "\"0\"",
        "\"12.50\"",
        "\"-7.5\"",
        "\"007\"",
        "\"1,5\"",
        "\"1.\"",
        "\"12345678901234567890.5\"",
        "\"2026-01-31\"",
        "\"2026-02-30\"",
        "\"20260131\"",
        "\"20261301\"",
        "\"0000-01-01\"",
        "\"2026-01-3x\"",
        "\"2026-01-31T00:00:00Z\"",
        "\"0001-01-01T24:00:00Z\"",
        "\"9999-12-31T23:59:59Z\"",
        "\"2026-01-31T23:59:59.5+01:00\"",
        "\"2026-01-31t23:59:59z\"",
        "\"2026-01-31T23:59:5xZ\"",
        "\"2026-01-31T23:59:59Z \"",
        "\"EUR\"",
        "\"eur\"",
        "\"EU\"",
        "\"abc\"",
        "\"abcdefghij\"",
        "\"abcdefghijk\"",
        "\"Größe\"",
        "\"日本語\"",
        "\"\u{feff}\"",
        "\"\u{fffe}x\"",
        "\"a\\nb\"",
        "\"\\u00e4\"",
        "\"\\ud800\"",
        "\"an unescaped \u{1} in a text\"",
        "\"text that is longer than thirty-two bytes by some\"",
        "\"Text, der länger als zweiunddreißig Bytes ist\"",
        "[]",
        "{}",
        "[1,\"a\",[],{\"b\":null}]",
        "[1,]",
        "[ 1 , 2 ]",
        "{\"a\":\"abcd\",\"b\":5}",
        "{\"b\":5,\"x\":{\"y\":[1,2]}}",
        "{\"x\":{\"y\":[\"a\",\"b\"],\"z\":1}}",
        "{\"a\" : 1}",
        "{\"x\":[{\"y\":1},{\"y\":2}]}",
        "[{\"no\":1,\"sum\":\"1.50\"},{\"no\":2,\"sum\":-3,\"label\":\"x\"}]",
        "[{\"no\":\"x\"}]",
        "{\"a\"}",
        "[[[1]]]",
        "[[[1]]",
        "]",
        "}",
        "\"a",
        "",
        " \"abc\"",
        "\n5",
    ]);
    some.prop_map(str::to_owned)
}

/// A value that is right for the key.
fn right(key: &str) -> &'static str {
    match key {
        "id" => "\"A-1\"",
        "count" => "12",
        "rate" => "\"1.7751\"",
        "day" => "\"2026-03-31\"",
        "time" => "\"2026-03-31T22:00:59Z\"",
        "due" => "\"20260331\"",
        "ccy" => "\"EUR\"",
        "dim" => "{\"a\":\"SERV\",\"b\":500}",
        "lines" => {
            "[{\"no\":1,\"sum\":\"12.50\",\"label\":\"a\"},{\"no\":2,\"sum\":-12.5,\"u\":[\"x\",\"y\"]}]"
        }
        "other" => "{\"file\":\"f\",\"row\":12,\"of\":[{\"k\":true},{\"k\":null}]}",
        _ => "\"some text\"",
    }
}

/// Records of one shape most of the time, with a few other values, keys missing, twice or elsewhere, and other
/// bytes.
fn record() -> impl Strategy<Value = String> {
    let keys = vec![
        "id", "note", "count", "rate", "day", "due", "ccy", "dim", "kind", "time", "lines", "other", "more",
    ];
    let change = (any::<prop::sample::Index>(), 0u8..6, value());
    let byte =
        (any::<prop::sample::Index>(), prop::sample::select(b"\"\\{}[],:0-.e n\x01x".to_vec()), 0u8..3);
    let bytes = prop_oneof![3 => Just(None), 1 => byte.prop_map(Some)];
    (prop::collection::vec(change, 0..3), bytes).prop_map(move |(changes, byte)| {
        let mut members: Vec<_> = keys.iter().map(|key| (*key, right(key).to_owned())).collect();
        for (place, kind, value) in changes {
            let at = place.index(members.len());
            match kind {
                0 => drop(members.remove(at)),
                1 => members.push(members[at].clone()),
                2 => members.swap(0, at),
                _ => members[at].1 = value,
            }
        }
        let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        let mut bytes = format!("{{{}}}", members.join(",")).into_bytes();
        if let Some((place, byte, kind)) = byte {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Everything that comes of a record.
type Outcome = (Result<usize, Box<SyntaxError>>, Vec<Vec<Cell>>, Vec<i128>, String, Vec<(u16, u16, String)>);

fn outcome(reader: &mut Reader, frames: &mut Frames, input: &str) -> Outcome {
    frames.clear();
    let result = reader.read_record(input, 0, frames);
    let cells = |object| (0..frames.len(object)).flat_map(|i| frames.frame(object, i).to_vec()).collect();
    let cells = [ObjectId(0), ObjectId(1)].map(cells).to_vec();
    let faults = frames.faults.iter().map(|(object, cell, f)| (object.0, *cell, f.message.clone())).collect();
    (result, cells, frames.large.clone(), frames.scratch.clone(), faults)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn changes_nothing(records in prop::collection::vec(record(), 1..12), strict in any::<bool>()) {
        let schema = schema(strict);
        let (mut reader, mut frames) = (Reader::new(&schema), Frames::new(&schema));
        let mut unknown: BTreeMap<(usize, String), u64> = BTreeMap::new();
        let mut present = [0; 12];
        for record in &records {
            // Bytes after the record, so that all of it is in reach of the comparisons.
            let padded = format!("{record}{}", " ".repeat(64));
            let (mut new, mut new_frames) = (Reader::new(&schema), Frames::new(&schema));
            let expected = outcome(&mut new, &mut new_frames, &padded);
            prop_assert_eq!(outcome(&mut reader, &mut frames, &padded), expected, "{}", record);
            for key in new.unknown_keys() {
                *unknown.entry((key.node, key.key.to_owned())).or_default() += key.count;
            }
            for (cell, present) in present.iter_mut().enumerate() {
                *present += new_frames.presence(ObjectId(0), cell as u16).present;
            }
        }
        let counted: BTreeMap<_, _> = reader.unknown_keys().map(|k| ((k.node, k.key.to_owned()), k.count)).collect();
        prop_assert_eq!(counted, unknown);
        let counts = std::array::from_fn(|cell| frames.presence(ObjectId(0), cell as u16).present);
        prop_assert_eq!(counts, present);
    }
}
