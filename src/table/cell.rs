//! One cell: from what a file says to a value of the column's type.

use super::Column;
use crate::data::{Buffer, Currency, Decimal, NumberFormat, Text, Value, quoted};
use crate::json::Decode;
use std::borrow::Cow;

/// What a file says in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Raw<'a> {
    /// Nothing: not there, `null`.
    Nothing,
    /// Text: every cell of a CSV file, strings of JSON.
    Text(Cow<'a, str>),
    /// A JSON number as written.
    Number(&'a str),
    /// `true` or `false` in JSON.
    Truth(&'a str),
    /// A JSON object or array.
    Compound,
}

/// The value of a cell; texts are appended to `pool`. The error says what is there and what was expected.
pub(super) fn decode(column: &Column, raw: &Raw<'_>, pool: &mut String) -> Result<Value, String> {
    let Some(text) = written(raw) else {
        return Err("an object or array where a single value was expected".into());
    };
    if is_empty(column, raw) {
        return if column.optional { Ok(Value::None) } else { Err(empty(text)) };
    }
    let is_text = matches!(raw, Raw::Text(_));
    let number = |format: NumberFormat| match raw {
        Raw::Text(text) => format.read(text),
        Raw::Number(text) => Decimal::parse(text),
        _ => None,
    };
    match &column.decode {
        Decode::Text { min, max, number } if is_text || (*number && matches!(raw, Raw::Number(_))) => {
            let length = text.chars().count() as u32;
            if length < *min || max.is_some_and(|max| length > max) {
                return Err(format!(
                    "{length} characters in {}, expected {}",
                    quoted(text),
                    lengths(*min, *max)
                ));
            }
            keep(text, pool)
        }
        Decode::Enum(words) if words.iter().any(|word| word == text) => keep(text, pool),
        Decode::Int => number(NumberFormat::PLAIN)
            .filter(|n| n.scale() == 0)
            .map(Value::Decimal)
            .ok_or_else(|| expected(text, "a whole number")),
        Decode::Decimal { format } => {
            number(*format).map(Value::Decimal).ok_or_else(|| expected(text, "a number"))
        }
        Decode::Bool if matches!(text, "true" | "false") => Ok(Value::Bool(text == "true")),
        Decode::Currency if is_text => match Currency::parse(text) {
            Some(currency) => keep(currency.as_str(), pool),
            None => Err(expected(text, "a currency of three letters")),
        },
        Decode::Date(pattern) => pattern.read_date(text).map(Value::Date).map_err(|why| found(text, &why)),
        Decode::Time(pattern) => pattern.read_time(text).map(Value::Time).map_err(|why| found(text, &why)),
        other => Err(expected(text, &words(other))),
    }
}

/// Whether a cell says nothing.
pub(super) fn is_empty(column: &Column, raw: &Raw<'_>) -> bool {
    written(raw).is_some_and(|text| text.is_empty() || column.none.iter().any(|spelling| spelling == text))
}

/// The text of a cell; `None`: it is no single value.
fn written<'a>(raw: &'a Raw<'_>) -> Option<&'a str> {
    match raw {
        Raw::Nothing => Some(""),
        Raw::Text(text) => Some(text),
        Raw::Number(text) | Raw::Truth(text) => Some(text),
        Raw::Compound => None,
    }
}

/// Whether cells can be of a type.
pub(super) fn is_possible(decode: &Decode) -> bool {
    !matches!(decode, Decode::Money { .. } | Decode::Raw | Decode::List { .. } | Decode::Presence)
}

fn keep(text: &str, pool: &mut String) -> Result<Value, String> {
    let place = |n: usize| u32::try_from(n).map_err(|_| "more than 4 GiB of texts".to_owned());
    let (at, len) = (place(pool.len())?, place(text.len())?);
    pool.push_str(text);
    Ok(Value::Text(Text { buffer: Buffer::Pool, at, len }))
}

fn empty(text: &str) -> String {
    match text {
        "" => "empty, but the column is not optional".into(),
        spelling => format!("{} means nothing, but the column is not optional", quoted(spelling)),
    }
}

fn expected(text: &str, what: &str) -> String {
    format!("{}, expected {what}", quoted(text))
}

fn found(text: &str, why: &str) -> String {
    format!("{}, {why}", quoted(text))
}

/// What a column takes, for messages.
fn words(decode: &Decode) -> String {
    match decode {
        Decode::Text { number: false, .. } => "a string (`text number` takes numbers too)".into(),
        Decode::Enum(words) => words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(" or "),
        Decode::Bool => "true or false".into(),
        _ => "a string".into(),
    }
}

fn lengths(min: u32, max: Option<u32>) -> String {
    match max {
        Some(max) if max == min => format!("{max}"),
        Some(max) => format!("{min} to {max}"),
        None => format!("at least {min}"),
    }
}
