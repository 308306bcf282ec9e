//! The kinds of arguments: what the checker lets pass and what a body gets.

#![allow(non_camel_case_types)] // They are named as the language's pages name them.

use crate::data::{Currency as Code3, CurrencyRef, Date, Decimal, Kind, Money, NumberFormat, Rounding, Time};
use crate::data::{Fault, Text, Texts, Type, Value, quoted, read_offset};
use crate::diag::{Code, near};
use crate::func::Arg;

/// What is wrong with which argument.
pub(super) type Wrong = (usize, String);

/// The kinds as the reference page explains them.
pub(super) const KINDS: [(&str, &str); 20] = [
    ("text", "text, a word of an enum, or a currency"),
    ("piece", "text of at least one character"),
    ("letter", "text of exactly one character"),
    ("int", "a whole number"),
    ("count", "a whole number from 0 to 10000"),
    ("places", "a whole number from 0 to 38"),
    ("decimal", "a whole number or decimal"),
    ("number", "a whole number, decimal or money"),
    ("money", "money"),
    ("currency", "a currency"),
    ("date", "a date"),
    ("time", "an instant"),
    ("moment", "a date or an instant"),
    ("ordered", "a number, money, a date or an instant"),
    ("any", "any value"),
    ("optional", "any value, or none"),
    ("mode", "`\"half_up\"`, `\"half_even\"`, `\"half_down\"`, `\"down\"` or `\"up\"`"),
    ("sample", "how numbers are spelt, as 1234.56 would be: `\"1.234,56\"`"),
    ("pattern", "how dates are spelt, as a string: `\"dd.MM.yyyy\"`"),
    ("offset", "an offset as a string: `\"+02:00\"` or `\"Z\"`"),
];

/// Most characters a function pads to or counts by; more is a slip, and would fill the memory.
const COUNT_MAX: i64 = 10_000;

/// A kind of argument.
pub(super) trait Take {
    /// What the body gets.
    type Given;
    /// Whether none is given to the function rather than making its result none.
    const TAKES_NONE: bool = false;
    /// Whether the checker lets it pass; the error says what was expected.
    fn accept(arg: &Arg<'_>) -> Result<(), String>;
    /// The value the body gets.
    fn take(texts: &Texts<'_>, value: Value) -> Result<Self::Given, Box<Fault>>;
}

/// An argument of a function, for the checker.
pub(super) struct Param {
    name: &'static str,
    may_be_left_out: bool,
    accept: fn(&Arg<'_>) -> Result<(), String>,
}

impl Param {
    pub(super) const fn of<T: Take>(name: &'static str, may_be_left_out: bool) -> Param {
        Param { name, may_be_left_out, accept: T::accept }
    }
}

/// Number and kinds of arguments.
pub(super) fn arguments(function: &str, args: &[Arg<'_>], params: &[Param]) -> Result<(), Wrong> {
    for (i, param) in params.iter().enumerate() {
        match args.get(i) {
            // `none` is of every kind; the result is none too.
            Some(Arg { ty: Type { kind: Kind::Never, .. }, .. }) => {}
            Some(arg) => (param.accept)(arg).map_err(|expected| {
                let found = arg.constant.map_or_else(|| arg.ty.describe(), quoted);
                (i, format!("`{}` of `{function}` is {expected}, here is {found}", param.name))
            })?,
            None if param.may_be_left_out => {}
            None => return Err((i, format!("`{function}` needs `{}` too", param.name))),
        }
    }
    let most = params.len();
    if args.len() > most {
        return Err((most, format!("`{function}` takes at most {most}, here are {} arguments", args.len())));
    }
    Ok(())
}

/// The engine gave what the checker did not let pass: a mistake in jemap, but one document less is enough
/// harm.
#[cold]
pub(super) fn unchecked() -> Box<Fault> {
    Fault::new(Code::J559, "an argument is not of the type that was checked; this is a mistake in jemap")
}

#[cold]
pub(super) fn out_of_range(message: String) -> Box<Fault> {
    Fault::new(Code::J559, message)
}

/// `Ok` when the kind is right.
fn kind(right: bool, expected: &str) -> Result<(), String> {
    if right { Ok(()) } else { Err(expected.to_owned()) }
}

/// Text of any length.
pub(super) enum text {}
impl Take for text {
    type Given = Text;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        let right = matches!(arg.ty.kind, Kind::Text { .. } | Kind::Enum(_) | Kind::Currency);
        kind(right, "text (`to_text` makes it of other values)")
    }
    fn take(_: &Texts<'_>, value: Value) -> Result<Text, Box<Fault>> {
        match value {
            Value::Text(text) => Ok(text),
            _ => Err(unchecked()),
        }
    }
}

/// Text of at least one character.
pub(super) enum piece {}
impl Take for piece {
    type Given = Text;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        text::accept(arg)?;
        kind(arg.constant != Some(""), "at least one character")
    }
    fn take(texts: &Texts<'_>, value: Value) -> Result<Text, Box<Fault>> {
        let given = text::take(texts, value)?;
        if given.len == 0 {
            return Err(out_of_range(
                "expected at least one character to look for, found an empty text".into(),
            ));
        }
        Ok(given)
    }
}

/// One character.
pub(super) enum letter {}
impl Take for letter {
    type Given = char;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        text::accept(arg)?;
        kind(arg.constant.is_none_or(|c| c.chars().count() == 1), "one character")
    }
    fn take(texts: &Texts<'_>, value: Value) -> Result<char, Box<Fault>> {
        let given = texts.get(text::take(texts, value)?);
        let mut characters = given.chars();
        match (characters.next(), characters.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(out_of_range(format!("expected one character, found {}", quoted(given)))),
        }
    }
}

/// A whole number.
pub(super) enum int {}
impl Take for int {
    type Given = i64;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        kind(matches!(arg.ty.kind, Kind::Decimal { int: true }), "a whole number")
    }
    fn take(_: &Texts<'_>, value: Value) -> Result<i64, Box<Fault>> {
        let Value::Decimal(given) = value else { return Err(unchecked()) };
        given
            .to_i64()
            .ok_or_else(|| out_of_range(format!("expected a whole number of 64 bits, found {given}")))
    }
}

/// A whole number from 0 to a limit.
fn limited(arg: &Arg<'_>, max: i64) -> Result<(), String> {
    int::accept(arg)?;
    let right = arg.constant.is_none_or(|c| c.parse().is_ok_and(|n: i64| (0..=max).contains(&n)));
    kind(right, &format!("a whole number from 0 to {max}"))
}

fn take_limited(texts: &Texts<'_>, value: Value, max: i64) -> Result<i64, Box<Fault>> {
    let given = int::take(texts, value)?;
    if (0..=max).contains(&given) {
        return Ok(given);
    }
    Err(out_of_range(format!("expected a whole number from 0 to {max}, found {given}")))
}

/// How many characters.
pub(super) enum count {}
impl Take for count {
    type Given = usize;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        limited(arg, COUNT_MAX)
    }
    fn take(texts: &Texts<'_>, value: Value) -> Result<usize, Box<Fault>> {
        take_limited(texts, value, COUNT_MAX).map(|n| n as usize)
    }
}

/// How many digits after the point.
pub(super) enum places {}
impl Take for places {
    type Given = u8;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        limited(arg, Decimal::DIGITS_MAX.into())
    }
    fn take(texts: &Texts<'_>, value: Value) -> Result<u8, Box<Fault>> {
        take_limited(texts, value, Decimal::DIGITS_MAX.into()).map(|n| n as u8)
    }
}

/// A number without currency.
pub(super) enum decimal {}
impl Take for decimal {
    type Given = Decimal;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        kind(matches!(arg.ty.kind, Kind::Decimal { .. }), "a number")
    }
    fn take(_: &Texts<'_>, value: Value) -> Result<Decimal, Box<Fault>> {
        match value {
            Value::Decimal(given) => Ok(given),
            _ => Err(unchecked()),
        }
    }
}

/// A number with or without currency.
#[derive(Clone, Copy)]
pub(super) struct Number {
    pub(super) amount: Decimal,
    pub(super) currency: Option<Code3>,
}
impl Number {
    /// The same kind of value with another amount; `None`: it has too many digits.
    pub(super) fn with(self, amount: Option<Decimal>) -> Result<Value, Box<Fault>> {
        let amount = amount.ok_or_else(too_long)?;
        Ok(match self.currency {
            Some(currency) => Value::Money(Money { amount, currency }),
            None => Value::Decimal(amount),
        })
    }
}

#[cold]
pub(super) fn too_long() -> Box<Fault> {
    Fault::new(Code::J551, "the result has more than 38 digits")
}

/// See [`Number`].
pub(super) enum number {}
impl Take for number {
    type Given = Number;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        kind(matches!(arg.ty.kind, Kind::Decimal { .. } | Kind::Money(_)), "a number or money")
    }
    fn take(_: &Texts<'_>, value: Value) -> Result<Number, Box<Fault>> {
        match value {
            Value::Decimal(amount) => Ok(Number { amount, currency: None }),
            Value::Money(Money { amount, currency }) => Ok(Number { amount, currency: Some(currency) }),
            _ => Err(unchecked()),
        }
    }
}

/// Money.
pub(super) enum money {}
impl Take for money {
    type Given = Money;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        kind(matches!(arg.ty.kind, Kind::Money(_)), "money")
    }
    fn take(_: &Texts<'_>, value: Value) -> Result<Money, Box<Fault>> {
        match value {
            Value::Money(given) => Ok(given),
            _ => Err(unchecked()),
        }
    }
}

/// A currency, or a constant that is one.
pub(super) enum currency {}
impl Take for currency {
    type Given = Code3;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        let right = match &arg.ty.kind {
            Kind::Currency => true,
            Kind::Enum(words) => words.iter().all(|w| Code3::parse(w).is_some()),
            Kind::Text { .. } => arg.constant.is_some_and(|c| Code3::parse(c).is_some()),
            _ => false,
        };
        kind(right, "a currency (`to_currency` makes one of a text)")
    }
    fn take(texts: &Texts<'_>, value: Value) -> Result<Code3, Box<Fault>> {
        Code3::parse(texts.get(text::take(texts, value)?)).ok_or_else(unchecked)
    }
}

/// A date.
pub(super) enum date {}
impl Take for date {
    type Given = Date;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        kind(matches!(arg.ty.kind, Kind::Date), "a date")
    }
    fn take(_: &Texts<'_>, value: Value) -> Result<Date, Box<Fault>> {
        match value {
            Value::Date(given) => Ok(given),
            _ => Err(unchecked()),
        }
    }
}

/// An instant.
pub(super) enum time {}
impl Take for time {
    type Given = Time;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        kind(matches!(arg.ty.kind, Kind::Time), "an instant")
    }
    fn take(_: &Texts<'_>, value: Value) -> Result<Time, Box<Fault>> {
        match value {
            Value::Time(given) => Ok(given),
            _ => Err(unchecked()),
        }
    }
}

/// A date or an instant.
pub(super) enum moment {}
impl Take for moment {
    type Given = Value;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        kind(matches!(arg.ty.kind, Kind::Date | Kind::Time), "a date or an instant")
    }
    fn take(_: &Texts<'_>, value: Value) -> Result<Value, Box<Fault>> {
        Ok(value)
    }
}

/// What has an order: numbers, money, dates, instants.
pub(super) enum ordered {}
impl Take for ordered {
    type Given = Value;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        let right = matches!(arg.ty.kind, Kind::Decimal { .. } | Kind::Money(_) | Kind::Date | Kind::Time);
        kind(right, "a number, money, a date or an instant")
    }
    fn take(_: &Texts<'_>, value: Value) -> Result<Value, Box<Fault>> {
        Ok(value)
    }
}

/// Anything.
pub(super) enum any {}
impl Take for any {
    type Given = Value;
    fn accept(_: &Arg<'_>) -> Result<(), String> {
        Ok(())
    }
    fn take(_: &Texts<'_>, value: Value) -> Result<Value, Box<Fault>> {
        Ok(value)
    }
}

/// Anything, or none.
pub(super) enum optional {}
impl Take for optional {
    type Given = Value;
    const TAKES_NONE: bool = true;
    fn accept(_: &Arg<'_>) -> Result<(), String> {
        Ok(())
    }
    fn take(_: &Texts<'_>, value: Value) -> Result<Value, Box<Fault>> {
        Ok(value)
    }
}

/// How excess digits are given up; a constant.
pub(super) enum mode {}
impl Take for mode {
    type Given = Rounding;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        let names = Rounding::NAMES.map(|n| n.0);
        match arg.constant.map(|c| (Rounding::parse(c), near(c, names))) {
            Some((Some(_), _)) => Ok(()),
            Some((None, Some(name))) => Err(format!("a way of rounding, did you mean \"{name}\"")),
            _ => Err(format!("a way of rounding, one of \"{}\"", names.join("\", \""))),
        }
    }
    fn take(texts: &Texts<'_>, value: Value) -> Result<Rounding, Box<Fault>> {
        Rounding::parse(texts.get(text::take(texts, value)?)).ok_or_else(unchecked)
    }
}

/// How numbers are spelt; a constant.
pub(super) enum sample {}
impl Take for sample {
    type Given = NumberFormat;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        let right = arg.constant.is_some_and(|c| NumberFormat::sample(c).is_some());
        kind(right, &format!("how 1234.56 is spelt ({})", NumberFormat::SAMPLES))
    }
    fn take(texts: &Texts<'_>, value: Value) -> Result<NumberFormat, Box<Fault>> {
        NumberFormat::sample(texts.get(text::take(texts, value)?)).ok_or_else(unchecked)
    }
}

/// How dates are spelt; a constant. What it must say depends on the function, which checks it.
pub(super) enum pattern {}
impl Take for pattern {
    type Given = Text;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        text::accept(arg)?;
        kind(arg.constant.is_some(), "a pattern written as a string")
    }
    fn take(texts: &Texts<'_>, value: Value) -> Result<Text, Box<Fault>> {
        text::take(texts, value)
    }
}

/// Minutes east of Greenwich; a constant.
pub(super) enum offset {}
impl Take for offset {
    type Given = i16;
    fn accept(arg: &Arg<'_>) -> Result<(), String> {
        kind(arg.constant.is_some_and(|c| read_offset(c).is_some()), "an offset like \"+02:00\" or \"Z\"")
    }
    fn take(texts: &Texts<'_>, value: Value) -> Result<i16, Box<Fault>> {
        read_offset(texts.get(text::take(texts, value)?)).ok_or_else(unchecked)
    }
}

/// A result that is always there.
pub(super) fn sure(kind: Kind) -> Result<Type, Wrong> {
    Ok(Type::sure(kind))
}

/// A text of so many characters.
pub(super) fn text_of(min: u32, max: Option<u32>) -> Result<Type, Wrong> {
    sure(Kind::Text { min, max })
}

/// Fewest and most characters of a text argument.
pub(super) fn bounds(arg: &Arg<'_>) -> (u32, Option<u32>) {
    if let (Some(constant), Kind::Text { .. }) = (arg.constant, &arg.ty.kind) {
        let characters = constant.chars().count() as u32;
        return (characters, Some(characters));
    }
    match &arg.ty.kind {
        Kind::Text { min, max } => (*min, *max),
        Kind::Currency => (3, Some(3)),
        Kind::Enum(words) => {
            let lengths = words.iter().map(|w| w.chars().count() as u32);
            (lengths.clone().min().unwrap_or(0), lengths.max())
        }
        _ => (0, None),
    }
}

/// A constant whole number that is not negative.
pub(super) fn constant_count(arg: &Arg<'_>) -> Option<u32> {
    arg.constant.and_then(|c| c.parse().ok())
}

/// What is known of the currency of two moneys together.
pub(super) fn common_currency(a: &CurrencyRef, b: &CurrencyRef) -> CurrencyRef {
    if a == b { a.clone() } else { CurrencyRef::Unknown }
}
