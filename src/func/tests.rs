//! Every example of every function is run: checked, evaluated, and its value held against its type.

use super::*;
use crate::data::{Buffer, Decimal, Kind, Text};
use proptest::prelude::*;

/// What an example gives: a value, or the code of a fault, or the checker's refusal.
#[derive(Debug)]
enum Outcome {
    Value(Value),
    Fault(&'static str),
    Refused(String),
}

/// A literal or a call: enough of the language for examples.
struct Example<'a> {
    rest: &'a str,
    pool: &'a mut String,
    scratch: &'a mut String,
    cuts: u64,
}

impl Example<'_> {
    fn texts(&mut self) -> Texts<'_> {
        Texts { input: "", scratch: self.scratch, pool: self.pool, around: "", cuts: 0 }
    }
    fn take(&mut self, part: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(part);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }
    fn word(&mut self) -> &str {
        let rest = self.rest.trim_start();
        let length = rest.find(|c: char| !(c.is_alphanumeric() || "._-".contains(c))).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(length);
        self.rest = rest;
        word
    }
    /// The value, its type, and its text when it is a constant.
    fn expression(&mut self) -> Result<(Value, Type, Option<String>), Outcome> {
        if self.take("\"") {
            let mut text = String::new();
            let mut characters = self.rest.chars();
            loop {
                match characters.next().expect("the string is closed") {
                    '"' => break,
                    '\\' => text.push(match characters.next().expect("something is escaped") {
                        't' => '\t',
                        other => other,
                    }),
                    other => text.push(other),
                }
            }
            self.rest = characters.as_str();
            let at = self.pool.len() as u32;
            self.pool.push_str(&text);
            let value = Value::Text(Text { buffer: Buffer::Pool, at, len: text.len() as u32 });
            let length = text.chars().count() as u32;
            return Ok((value, Type::sure(Kind::Text { min: length, max: Some(length) }), Some(text)));
        }
        let word = self.word().to_owned();
        match word.as_str() {
            "true" | "false" => Ok((Value::Bool(word == "true"), Type::sure(Kind::Bool), None)),
            number if Decimal::parse(number).is_some() => {
                let decimal = Decimal::parse(number).expect("just parsed");
                let int = decimal.scale() == 0;
                Ok((Value::Decimal(decimal), Type::sure(Kind::Decimal { int }), Some(word)))
            }
            name => self.call(find(name).unwrap_or_else(|| panic!("no function `{name}`"))),
        }
    }
    fn call(&mut self, function: &Function) -> Result<(Value, Type, Option<String>), Outcome> {
        let mut args = Vec::new();
        assert!(self.take("("), "{function:?} is called");
        while !self.take(")") {
            args.push(self.expression()?);
            let _ = self.take(",");
        }
        let seen: Vec<_> =
            args.iter().map(|(_, ty, constant)| Arg { ty, constant: constant.as_deref() }).collect();
        let ty = (function.check)(&seen).map_err(|(_, message)| Outcome::Refused(message))?;
        let values: Vec<_> = args.iter().map(|a| a.0).collect();
        let mut texts = self.texts();
        let value = match (function.run)(&mut texts, &values) {
            Ok(value) => value,
            Err(fault) => return Err(Outcome::Fault(fault.code.id())),
        };
        assert!(
            has_type(&texts, value, &ty),
            "{function:?} gave {} for {}",
            show(&texts, value),
            ty.describe()
        );
        let cuts = texts.cuts;
        self.cuts += cuts;
        Ok((value, ty, None))
    }
}

/// Whether a value is what its type promises.
fn has_type(texts: &Texts<'_>, value: Value, ty: &Type) -> bool {
    match (value, &ty.kind) {
        (Value::None, _) => ty.optional,
        (Value::Text(text), Kind::Text { min, max }) => {
            let length = texts.get(text).chars().count() as u32;
            length >= *min && max.is_none_or(|max| length <= max)
        }
        (Value::Text(text), Kind::Enum(words)) => words.iter().any(|w| w == texts.get(text)),
        (Value::Text(text), Kind::Currency) => text.len == 3,
        (Value::Decimal(number), Kind::Decimal { int }) => !int || number.fraction_digits() == 0,
        (Value::Money(_), Kind::Money(_)) => true,
        (Value::Date(_), Kind::Date) | (Value::Time(_), Kind::Time) | (Value::Bool(_), Kind::Bool) => true,
        _ => false,
    }
}

/// A value as examples write it.
fn show(texts: &Texts<'_>, value: Value) -> String {
    let mut out = String::new();
    match value {
        Value::None => out.push_str("none"),
        Value::Bool(truth) => out = truth.to_string(),
        Value::Decimal(number) => number.write(&mut out),
        Value::Money(money) => out = format!("{} {}", money.amount, money.currency.as_str()),
        Value::Text(text) => out = format!("\"{}\"", texts.get(text)),
        Value::Date(date) => date.write(&mut out),
        Value::Time(time) => time.write(&mut out),
    }
    out
}

fn outcome(call: &str) -> String {
    let (mut pool, mut scratch) = (String::new(), String::new());
    let mut example = Example { rest: call, pool: &mut pool, scratch: &mut scratch, cuts: 0 };
    let result = example.expression().map_or_else(|e| e, |(value, _, _)| Outcome::Value(value));
    match result {
        Outcome::Value(value) => {
            assert_eq!(example.rest, "", "all of `{call}` was read");
            show(&example.texts(), value)
        }
        Outcome::Fault(code) => format!("error {code}"),
        Outcome::Refused(_) => "error".into(),
    }
}

#[test]
fn examples_give_what_they_say() {
    for function in all() {
        let mut examples = 0;
        for line in function.doc.lines().filter_map(|l| l.strip_prefix("     ")) {
            let (call, expected) = line.split_once(" => ").expect("an example says its result");
            assert!(call.contains(&format!("{}(", function.name)), "`{call}` shows {function:?}");
            assert_eq!(outcome(call), expected, "{call}");
            examples += 1;
        }
        assert!(examples > 0, "{function:?} has an example");
    }
}

#[test]
fn names_are_unique_and_summaries_short() {
    let mut names: Vec<_> = all().map(|f| f.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|w| w[0] != w[1]));
    for function in all() {
        let summary = function.doc.lines().next().unwrap_or_default();
        assert!(summary.ends_with('.') && summary.len() <= 120, "{function:?}: {summary}");
        assert_eq!(find(function.name).map(|f| f.name), Some(function.name));
    }
    assert!(find("sum").is_none());
}

#[test]
fn refusals_say_which_argument_and_why() {
    let refused = |call: &str| {
        let (mut pool, mut scratch) = (String::new(), String::new());
        let mut example = Example { rest: call, pool: &mut pool, scratch: &mut scratch, cuts: 0 };
        match example.expression() {
            Err(Outcome::Refused(message)) => message,
            _ => panic!("{call} is refused"),
        }
    };
    let rows = [
        ("trim(7)", "`text` of `trim` is text (`to_text` makes it of other values), here is \"7\""),
        ("trim()", "`trim` needs `text` too"),
        ("trim(\"a\", \"b\")", "`trim` takes at most 1, here are 2 arguments"),
        ("cut(\"a\", 2.5)", "`length` of `cut` is a whole number, here is \"2.5\""),
        (
            "round(1, 2, \"half_upp\")",
            "`mode` of `round` is a way of rounding, did you mean \"half_up\", here is",
        ),
        ("year(\"2024\")", "`date` of `year` is a date, here is \"2024\""),
    ];
    for (call, expected) in rows {
        assert!(refused(call).starts_with(expected), "{}", refused(call));
    }
}

#[test]
fn cuts_are_counted() {
    let (mut pool, mut scratch) = (String::new(), String::new());
    let mut example = Example {
        rest: "upper(cut(cut(\"abcdef\", 4), 5))",
        pool: &mut pool,
        scratch: &mut scratch,
        cuts: 0,
    };
    assert!(example.expression().is_ok());
    assert_eq!(example.cuts, 1);
}

#[test]
fn the_reference_page_is_fresh() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar/FUNCTIONS.md");
    let page = page();
    if std::fs::read_to_string(&path).is_ok_and(|old| old == page) {
        return;
    }
    std::fs::create_dir_all(path.parent().expect("it lies in a directory"))
        .expect("the directory can be made");
    std::fs::write(&path, page).expect("the page can be written");
    panic!("grammar/FUNCTIONS.md was stale and has been rewritten; review and commit it");
}

/// The wildcard patterns by the book, for comparison.
fn fits_slowly(text: &[char], pattern: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) => (0..=text.len()).any(|i| fits_slowly(&text[i..], rest)),
        (Some((p, rest)), Some((t, tail))) => (*p == '?' || p == t) && fits_slowly(tail, rest),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn text_functions_keep_what_their_types_promise(
        text in "[ 0aAßİ\u{a0}-]{0,12}", other in "[0a-]{1,2}", number in 0i64..14, scratch: bool,
    ) {
        let (mut pool, mut kept) = (text.clone(), if scratch { text.clone() } else { String::new() });
        pool.push_str(&other);
        let length = text.chars().count() as u32;
        let types = [
            Type::sure(Kind::Text { min: length.saturating_sub(1), max: Some(length) }),
            Type::sure(Kind::Text { min: 1, max: Some(2) }),
            Type::sure(Kind::Decimal { int: true }),
        ];
        let buffer = if scratch { Buffer::Scratch } else { Buffer::Pool };
        let value = Value::Text(Text { buffer, at: 0, len: text.len() as u32 });
        let piece = Text { buffer: Buffer::Pool, at: text.len() as u32, len: other.len() as u32 };
        let count = Value::Decimal(Decimal::new(number.into(), 0));
        let constant = number.to_string();
        let given = |ty, constant| Arg { ty, constant };
        for function in text::FUNCTIONS {
            let mut texts = Texts { input: "", scratch: &mut kept, pool: &pool, around: "", cuts: 0 };
            let shapes = [
                vec![(0, value, None)],
                vec![(0, value, None), (2, count, Some(constant.as_str()))],
                vec![(0, value, None), (2, count, None)],
                vec![(0, value, None), (1, Value::Text(piece), None)],
                vec![(0, value, None), (1, Value::Text(piece), Some(other.as_str()))],
                vec![(0, value, None), (2, count, None), (1, Value::Text(piece), None)],
                vec![(0, value, None), (1, Value::Text(piece), None), (2, count, None)],
                vec![(0, value, None), (1, Value::Text(piece), None), (0, value, None)],
            ];
            for shape in shapes {
                let args: Vec<_> = shape.iter().map(|(ty, _, text)| given(&types[*ty], *text)).collect();
                let values: Vec<_> = shape.iter().map(|(_, value, _)| *value).collect();
                if let Ok(ty) = (function.check)(&args)
                    && let Ok(result) = (function.run)(&mut texts, &values)
                {
                    let shown = show(&texts, result);
                    prop_assert!(has_type(&texts, result, &ty), "{function:?} of {text:?}: {shown}");
                }
            }
        }
    }

    #[test]
    fn wildcards_agree_with_the_book(text in "[ab]{0,8}", pattern in "[ab*?]{0,6}") {
        let characters = |t: &str| t.chars().collect::<Vec<_>>();
        let expected = fits_slowly(&characters(&text), &characters(&pattern));
        let call = format!("matches(\"{text}\", \"{pattern}\")");
        prop_assert_eq!(outcome(&call), expected.to_string());
    }
}
