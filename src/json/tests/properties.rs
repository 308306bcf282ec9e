//! Against an independent reader, and against ourselves in other portions.

use proptest::prelude::*;
use serde_json::Value;

use super::run;
use crate::data::NumberFormat;
use crate::json::{
    Decode, Entry, Frames, Leaf, Limits, Mode, Node, NodeId, Object, ObjectId, Reader, Schema, Tag, validate,
};

/// JSON with odd white space, escapes, numbers and nesting.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
        string(),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..5), blank())
                .prop_map(|(all, s)| format!("[{s}{}{s}]", all.join(&format!("{s},")))),
            (prop::collection::vec((string(), inner), 0..5), blank()).prop_map(|(all, s)| {
                let members: Vec<_> =
                    all.into_iter().map(|(key, value)| format!("{s}{key}{s}:{s}{value}")).collect();
                format!("{{{}{s}}}", members.join(","))
            }),
        ]
    })
}

fn blank() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", " ", "\n", "\r\n\t", "                    "])
}

fn string() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-zA-Z0-9 äöß€😀{}\\[\\],:]{0,20}",
        prop::sample::select(vec!["\\n", "\\\"", "\\\\", "\\/", "\\u00e4", "\\uD83D\\uDE00", "\\b\\f\\r\\t"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..4).prop_map(|parts| format!("\"{}\"", parts.concat()))
}

/// What `serde_json` accepts and we do not is only depth, which is not generated here.
fn agree(bytes: &[u8]) -> Result<(), TestCaseError> {
    let ours = validate(bytes);
    let theirs = serde_json::from_slice::<Value>(bytes);
    prop_assert_eq!(
        ours.is_ok(),
        theirs.is_ok(),
        "{:?}: {:?} / {:?}",
        String::from_utf8_lossy(bytes),
        ours,
        theirs.err()
    );
    Ok(())
}

/// A schema with one optional text at `text`, and everything else unknown.
fn one_text() -> Schema {
    let leaf = Leaf {
        name: "text".to_owned(),
        decode: Decode::Text { min: 0, max: None, number: true },
        optional: true,
        none: Vec::new(),
    };
    let entry = Entry { key: "te xt".to_owned(), cells: vec![0], node: None };
    Schema {
        objects: vec![Object {
            name: "record".to_owned(),
            root: NodeId(0),
            cells: 1,
            leaves: vec![leaf],
            parent: None,
        }],
        nodes: vec![Node { entries: vec![entry], ..Node::default() }],
        ..Schema::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_json_is_agreed_on(text in json()) {
        prop_assert_eq!(validate(text.as_bytes()), Ok(()), "{}", text);
        agree(text.as_bytes())?;
    }

    #[test]
    fn what_is_not_json_is_agreed_on(
        text in json(),
        places in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"\"\\{}[],:0-1.eE+ tnu\n\x01\x80\xe4\xff".to_vec()), 0u8..3), 1..4),
    ) {
        let mut bytes = text.into_bytes();
        for (place, byte, kind) in places {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        // The other reader takes no byte order mark, and input that looks like UTF-16 is another error here.
        agree(&bytes)?;
    }

    #[test]
    fn cuts_are_agreed_on(text in json(), place in any::<prop::sample::Index>()) {
        agree(&text.as_bytes()[..place.index(text.len() + 1)])?;
    }

    #[test]
    fn texts_are_what_the_other_reader_reads(
        before in prop::collection::vec((string(), json()), 0..4),
        text in string(),
        after in prop::collection::vec((string(), json()), 0..4),
        blank in blank(),
    ) {
        let members = |all: Vec<(String, String)>| -> Vec<String> {
            all.into_iter().filter(|(key, _)| key != "\"te xt\"").map(|(key, value)| format!("{key}{blank}:{value}")).collect()
        };
        let mut all = members(before);
        all.push(format!("{blank}\"te xt\":{blank}{text}{blank}"));
        all.extend(members(after));
        let input = format!("{{{}}}", all.join(","));
        let expected: Value = serde_json::from_str(&input).expect("it is JSON");
        let schema = one_text();
        let (mut reader, mut frames) = (Reader::new(&schema), Frames::new(&schema));
        // Twice: the second time the order of keys is known.
        for _ in 0..2 {
            frames.clear();
            let padded = format!("{input}{}", " ".repeat(64));
            prop_assert_eq!(reader.read_record(&padded, 0, &mut frames).expect("it is JSON"), input.len());
            let cell = frames.cell(ObjectId(0), 0, 0);
            let (length, at) = (cell.word as u32 as usize, (cell.word >> 32) as usize);
            let found = match cell.tag {
                Tag::Text => &padded[at..at + length],
                Tag::Scratch => &frames.scratch[at..at + length],
                Tag::None => "",
                // Control characters are refused.
                Tag::Bad => {
                    prop_assert_eq!(frames.faults[0].2.code.id(), "J433");
                    return Ok(());
                }
                tag => panic!("{tag:?}"),
            };
            prop_assert_eq!(found, expected["te xt"].as_str().expect("a string"));
        }
    }

    #[test]
    fn numbers_are_what_the_other_reader_reads(number in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,6})?([eE][+-]?[0-9])?") {
        let mut schema = one_text();
        schema.objects[0].leaves[0].decode = Decode::Decimal { format: NumberFormat::PLAIN };
        let (mut reader, mut frames) = (Reader::new(&schema), Frames::new(&schema));
        let expected = crate::data::Decimal::parse(&number);
        for input in [format!("{{\"te xt\":{number}}}"), format!("{{\"te xt\":\"{number}\"}}")] {
            frames.clear();
            reader.read_record(&input, 0, &mut frames).expect("it is JSON");
            let cell = frames.cell(ObjectId(0), 0, 0);
            let found = match cell.tag {
                Tag::Decimal => Some((i128::from(cell.word as i64), cell.scale)),
                Tag::Large => Some((frames.large[cell.word as usize], cell.scale)),
                _ => None,
            };
            // A string need not allow exponents; when it does, the number is the same.
            if input.ends_with("\"}") && found.is_none() && number.contains(['e', 'E']) {
                continue;
            }
            prop_assert_eq!(found, expected.map(|d| (d.mantissa(), d.scale())), "{}", input);
        }
    }

    #[test]
    fn portions_change_nothing(
        records in prop::collection::vec(json(), 0..6),
        mode in prop::sample::select(vec![Mode::Auto, Mode::Lines, Mode::Values]),
        array in any::<bool>(),
        broken in prop::option::of((any::<prop::sample::Index>(), prop::sample::select(b"\"\\{}[],x\xff".to_vec()))),
        chunk in 1usize..40,
        block_bytes in 1usize..200,
    ) {
        let text = if array { format!("[{}]", records.join(" , ")) } else { records.join("\n") };
        let mut bytes = text.into_bytes();
        if let Some((place, byte)) = broken && !bytes.is_empty() {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        let schema = one_text();
        let whole = run(&schema, mode, Limits::default(), &bytes, usize::MAX);
        let limits = Limits { block_bytes, ..Limits::default() };
        let parts = run(&schema, mode, limits, &bytes, chunk);
        prop_assert_eq!(whole, parts);
    }
}
