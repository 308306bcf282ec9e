//! Functions of numbers, exact in 38 digits. Most take money too and give money of the same currency.

use crate::data::{Decimal, Fault, Kind, NumberFormat, Type, Value, quoted};
use crate::diag::Code;
use crate::func::Arg;
use crate::func::macros::functions;
use crate::func::take::{Wrong, common_currency, constant_count, sure, too_long};

functions! {
    /// Without its sign.
    ///
    ///     abs(-12.50) => 12.50
    ///     abs(money(-3, "EUR")) => 3 EUR
    fn abs(texts, number: number) -> "the same", same => {
        let _ = texts;
        let amount = number.amount;
        number.with(Some(if amount.is_negative() { amount.neg() } else { amount }))
    }

    /// With the opposite sign.
    ///
    ///     negate(12.50) => -12.50
    fn negate(texts, number: number) -> "the same", same => {
        let _ = texts;
        number.with(Some(number.amount.neg()))
    }

    /// -1 below zero, 0 for zero, 1 above zero.
    ///
    ///     sign(-12.50) => -1
    ///     sign(0.00) => 0
    fn sign(texts, number: number) -> "int", |_| sure(Kind::Decimal { int: true }) => {
        let _ = texts;
        Ok(Value::Decimal(Decimal::new(number.amount.mantissa().signum(), 0)))
    }

    /// With exactly so many digits after the point: zeros are added, excess digits given up as said.
    ///
    ///     round(2.345, 2, "half_up") => 2.35
    ///     round(2.345, 2, "half_even") => 2.34
    ///     round(-2.5, 0, "down") => -2
    ///     round(money(1, "EUR"), 2, "half_up") => 1.00 EUR
    ///     round(2.5, 0, "half") => error
    fn round(texts, number: number, places: places, mode: mode) -> "the same", rounded => {
        let _ = texts;
        number.with(number.amount.round(places, mode))
    }

    /// The quotient with so many digits after the point. Money by money of the same currency is a decimal.
    ///
    ///     divide(10, 3, 4, "half_up") => 3.3333
    ///     divide(money(10, "EUR"), 4, 2, "half_up") => 2.50 EUR
    ///     divide(money(10, "EUR"), money(4, "EUR"), 1, "half_up") => 2.5
    ///     divide(1, 0, 2, "half_up") => error J552
    ///     divide(money(1, "EUR"), money(1, "USD"), 2, "half_up") => error J557
    ///     divide(1, money(1, "EUR"), 2, "half_up") => error
    fn divide(texts, number: number, by: number, places: places, mode: mode) -> "the same", divided => {
        let _ = texts;
        if by.amount.is_zero() {
            return Err(Fault::new(Code::J552, "division by zero"));
        }
        let quotient = number.amount.div(by.amount, places, mode);
        match (number.currency, by.currency) {
            (Some(a), Some(b)) if a != b => Err(currencies_differ(a.as_str(), b.as_str())),
            (_, Some(_)) => quotient.map(Value::Decimal).ok_or_else(too_long),
            (_, None) => number.with(quotient),
        }
    }

    /// The lesser of two numbers, moneys of one currency, dates or instants; the first when they are equal.
    ///
    ///     lesser(3, 2.5) => 2.5
    ///     lesser(money(1, "EUR"), money(1, "USD")) => error J557
    fn lesser(texts, a: ordered, b: ordered) -> "the same", both => {
        let _ = texts;
        Ok(if is_greater(a, b)? { b } else { a })
    }

    /// The greater of two numbers, moneys of one currency, dates or instants; the second when they are equal.
    ///
    ///     greater(3, 2.5) => 3
    ///     greater(to_date("2024-01-31", "yyyy-MM-dd"), to_date("2024-02-01", "yyyy-MM-dd")) => 2024-02-01
    ///     greater(1, "a") => error
    fn greater(texts, a: ordered, b: ordered) -> "the same", both => {
        let _ = texts;
        Ok(if is_greater(a, b)? { a } else { b })
    }

    /// Moved by so many places, exactly: times 10 for 1, a hundredth for -2.
    ///
    ///     shift(12345, -2) => 123.45
    ///     shift(1.5, 3) => 1500
    ///     shift(1, 38) => error J551
    fn shift(texts, number: decimal, places: int) -> "decimal", shifted => {
        let _ = texts;
        let places = i32::try_from(places).unwrap_or(i32::MAX);
        number.shift(places).map(Value::Decimal).ok_or_else(too_long)
    }

    /// A whole number of a decimal that has no digits but zeros after the point.
    ///
    ///     int(12.00) => 12
    ///     int(12.50) => error J553
    fn int(texts, number: decimal) -> "int", |_| sure(Kind::Decimal { int: true }) => {
        let _ = texts;
        match number.normal() {
            whole if whole.scale() == 0 => Ok(Value::Decimal(whole)),
            _ => Err(Fault::new(Code::J553, format!("expected a whole number, found {number}"))),
        }
    }

    /// The number a text spells, plainly or as the sample says; a minus may stand before or behind.
    ///
    ///     to_decimal("-12.50") => -12.50
    ///     to_decimal("1.234,50-", "1.234,56") => -1234.50
    ///     to_decimal("1,5") => error J550
    ///     to_decimal("1,5", "1,5") => error
    fn to_decimal(texts, text: text, sample: [sample]) -> "decimal", any_decimal => {
        let format = sample.unwrap_or(NumberFormat::PLAIN);
        let text = texts.get(text);
        format.read(text).map(Value::Decimal).ok_or_else(|| not_a_number(text, "a number", sample.is_some()))
    }

    /// The whole number a text spells; zeros may lead.
    ///
    ///     to_int("007") => 7
    ///     to_int("7.0") => error J550
    fn to_int(texts, text: text) -> "int", |_| sure(Kind::Decimal { int: true }) => {
        let text = texts.get(text);
        let number = NumberFormat::PLAIN.read(text).filter(|n| n.scale() == 0);
        number.map(Value::Decimal).ok_or_else(|| not_a_number(text, "a whole number", false))
    }
}

#[cold]
fn not_a_number(text: &str, expected: &str, by_sample: bool) -> Box<Fault> {
    let how = if by_sample { " spelt as the sample says" } else { "" };
    Fault::new(Code::J550, format!("expected {expected} of at most 38 digits{how}, found {}", quoted(text)))
}

#[cold]
fn currencies_differ(a: &str, b: &str) -> Box<Fault> {
    Fault::new(Code::J557, format!("expected amounts of one currency, found {a} and {b}"))
}

fn is_greater(a: Value, b: Value) -> Result<bool, Box<Fault>> {
    match (a, b) {
        (Value::Decimal(a), Value::Decimal(b)) => Ok(a > b),
        (Value::Money(a), Value::Money(b)) if a.currency == b.currency => Ok(a.amount > b.amount),
        (Value::Money(a), Value::Money(b)) => {
            Err(currencies_differ(a.currency.as_str(), b.currency.as_str()))
        }
        (Value::Date(a), Value::Date(b)) => Ok(a > b),
        (Value::Time(a), Value::Time(b)) => Ok(a > b),
        _ => Err(crate::func::take::unchecked()),
    }
}

fn same(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    sure(args[0].ty.kind.clone())
}

fn any_decimal(_: &[Arg<'_>]) -> Result<Type, Wrong> {
    sure(Kind::Decimal { int: false })
}

/// Whole when rounded to no places.
fn rounded(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    match &args[0].ty.kind {
        Kind::Decimal { .. } => sure(Kind::Decimal { int: constant_count(&args[1]) == Some(0) }),
        kind => sure(kind.clone()),
    }
}

fn divided(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let int = constant_count(&args[2]) == Some(0);
    match (&args[0].ty.kind, &args[1].ty.kind) {
        (Kind::Decimal { .. }, Kind::Money(_)) => {
            Err((1, "a number cannot be divided by money; `amount_of` takes its currency away".into()))
        }
        (Kind::Money(_), Kind::Money(_)) => sure(Kind::Decimal { int }),
        (Kind::Decimal { .. }, _) => sure(Kind::Decimal { int }),
        (kind, _) => sure(kind.clone()),
    }
}

fn both(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    match (&args[0].ty.kind, &args[1].ty.kind) {
        (Kind::Decimal { int: a }, Kind::Decimal { int: b }) => sure(Kind::Decimal { int: *a && *b }),
        (Kind::Money(a), Kind::Money(b)) => sure(Kind::Money(common_currency(a, b))),
        (a, b) if a == b => sure(a.clone()),
        (Kind::Never, kind) | (kind, Kind::Never) => sure(kind.clone()),
        (a, b) => Err((1, format!("cannot compare {} with {}", a.describe(), b.describe()))),
    }
}

/// Whole numbers moved to the left stay whole.
fn shifted(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let whole = matches!(args[0].ty.kind, Kind::Decimal { int: true });
    sure(Kind::Decimal { int: whole && constant_count(&args[1]).is_some() })
}
