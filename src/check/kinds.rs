//! Rules about kinds: what goes together, and what comes out.

use super::model::{Const, Expr, ExprKind};
use crate::data::{CurrencyRef, Decimal, Kind, Type};
use crate::diag::Span;

/// Why two values cannot be compared.
pub(super) enum Side {
    /// Their kinds differ.
    Kinds,
    /// Their currencies certainly differ.
    Currencies(String, String),
    /// A text is none of these words.
    Word(String, Vec<String>),
    /// A text must be a currency.
    Currency(String, Span),
}

/// A text constant.
pub(super) fn text(text: &str, span: Span) -> Expr {
    let length = text.chars().count() as u32;
    let kind = ExprKind::Const(Const::Text(text.to_owned()));
    Expr { kind, ty: Type::sure(Kind::Text { min: length, max: Some(length) }), span }
}

/// A number constant.
pub(super) fn number(number: Decimal, span: Span) -> Expr {
    let int = number.fraction_digits() == 0;
    Expr { kind: ExprKind::Const(Const::Decimal(number)), ty: Type::sure(Kind::Decimal { int }), span }
}

/// An expression that has no value.
pub(super) fn nothing(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, ty: Type { kind: Kind::Never, optional: true }, span }
}

/// Parts joined to a text.
pub(super) fn concat(parts: Vec<Expr>, span: Span) -> Expr {
    let (mut min, mut max) = (0u32, Some(0u32));
    for part in &parts {
        let (low, high) = lengths(&part.ty.kind);
        min = min.saturating_add(low);
        max = max.zip(high).map(|(a, b)| a.saturating_add(b));
    }
    Expr { kind: ExprKind::Concat(parts), ty: Type::sure(Kind::Text { min, max }), span }
}

/// Fewest and most characters of a value as it is written.
pub(super) fn lengths(kind: &Kind) -> (u32, Option<u32>) {
    match kind {
        Kind::Text { min, max } => (*min, *max),
        Kind::Enum(words) => {
            let lengths = words.iter().map(|w| w.chars().count() as u32);
            (lengths.clone().min().unwrap_or(0), lengths.max())
        }
        Kind::Currency => (3, Some(3)),
        Kind::Date => (10, Some(10)),
        Kind::Decimal { .. } | Kind::Money(_) | Kind::Time | Kind::Bool | Kind::Never => (1, None),
    }
}

/// Whether values of the kind are text.
pub(super) fn is_text(kind: &Kind) -> bool {
    matches!(kind, Kind::Text { .. } | Kind::Enum(_) | Kind::Currency)
}

/// The kind of a value that is of one kind or the other.
pub(super) fn unify(a: &Kind, b: &Kind) -> Option<Kind> {
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Kind::Never, other) | (other, Kind::Never) => Some(other.clone()),
        (Kind::Decimal { int: x }, Kind::Decimal { int: y }) => Some(Kind::Decimal { int: *x && *y }),
        (Kind::Money(_), Kind::Money(_)) => Some(Kind::Money(CurrencyRef::Unknown)),
        (Kind::Enum(x), Kind::Enum(y)) => {
            let mut words = x.clone();
            words.extend(y.iter().filter(|w| !x.contains(w)).cloned());
            Some(Kind::Enum(words))
        }
        (x, y) if is_text(x) && is_text(y) => {
            let ((low, high), (lower, higher)) = (lengths(x), lengths(y));
            Some(Kind::Text { min: low.min(lower), max: high.zip(higher).map(|(a, b)| a.max(b)) })
        }
        _ => None,
    }
}

/// Whether two values can be compared; `ordered`: with `<` and its like.
pub(super) fn comparable(a: &Expr, b: &Expr, ordered: bool) -> Result<(), Side> {
    match (&a.ty.kind, &b.ty.kind) {
        (Kind::Never, _) | (_, Kind::Never) => Ok(()),
        (Kind::Decimal { .. }, Kind::Decimal { .. })
        | (Kind::Date, Kind::Date)
        | (Kind::Time, Kind::Time) => Ok(()),
        (Kind::Bool, Kind::Bool) if !ordered => Ok(()),
        (Kind::Money(CurrencyRef::Literal(x)), Kind::Money(CurrencyRef::Literal(y))) if x != y => {
            Err(Side::Currencies(x.clone(), y.clone()))
        }
        (Kind::Money(_), Kind::Money(_)) => Ok(()),
        (Kind::Money(_), Kind::Decimal { .. }) if is_zero(b) => Ok(()),
        (Kind::Decimal { .. }, Kind::Money(_)) if is_zero(a) => Ok(()),
        (Kind::Enum(words), _) if constant_text(b).is_some() => word(constant_text(b), words),
        (_, Kind::Enum(words)) if constant_text(a).is_some() => word(constant_text(a), words),
        (Kind::Enum(x), Kind::Enum(y)) if !x.iter().any(|w| y.contains(w)) => Err(Side::Kinds),
        (Kind::Currency, _) if constant_text(b).is_some() => {
            Err(Side::Currency(constant_text(b).unwrap_or_default().to_owned(), b.span))
        }
        (_, Kind::Currency) if constant_text(a).is_some() => {
            Err(Side::Currency(constant_text(a).unwrap_or_default().to_owned(), a.span))
        }
        (x, y) if is_text(x) && is_text(y) => Ok(()),
        _ => Err(Side::Kinds),
    }
}

fn word(text: Option<&str>, words: &[String]) -> Result<(), Side> {
    let text = text.unwrap_or_default();
    if words.iter().any(|w| w == text) { Ok(()) } else { Err(Side::Word(text.to_owned(), words.to_vec())) }
}

/// The text of a text constant.
pub(super) fn constant_text(e: &Expr) -> Option<&str> {
    match &e.kind {
        ExprKind::Const(Const::Text(text)) => Some(text),
        _ => None,
    }
}

fn is_zero(e: &Expr) -> bool {
    matches!(&e.kind, ExprKind::Const(Const::Decimal(d)) if d.is_zero())
}

/// One act that makes two kinds comparable.
pub(super) fn comparison_help(a: &Kind, b: &Kind) -> &'static str {
    match (a, b) {
        (Kind::Bool, k) | (k, Kind::Bool) if is_text(k) => {
            "a bool is compared with true or false, a text with \"…\""
        }
        (Kind::Money(_), Kind::Decimal { .. }) | (Kind::Decimal { .. }, Kind::Money(_)) => {
            "money compares with money or with 0: take `amount_of(x)`"
        }
        (Kind::Date, Kind::Time) | (Kind::Time, Kind::Date) => "take the day of the instant: `date_of(x)`",
        (Kind::Date, k) | (k, Kind::Date) if is_text(k) => "make a date: `make_date(2024, 1, 31)`",
        (Kind::Decimal { .. }, k) | (k, Kind::Decimal { .. }) if is_text(k) => {
            "a number is written without quotes; texts become numbers by `to_decimal(x)`"
        }
        _ => "compare values of one type",
    }
}

/// One act that makes an operation possible.
pub(super) fn arithmetic_help(a: &Kind, b: &Kind) -> &'static str {
    match (a, b) {
        (x, y) if is_text(x) && is_text(y) => "texts are joined by `++`",
        (Kind::Money(_), Kind::Decimal { .. }) | (Kind::Decimal { .. }, Kind::Money(_)) => {
            "give the number a currency: `money(x, currency)`, or take `amount_of(x)`"
        }
        (Kind::Money(_), Kind::Money(_)) => "money times money has no meaning: take `amount_of(x)`",
        (Kind::Date, _) | (_, Kind::Date) => "days are added to a date: `date + 30`",
        (x, _) | (_, x) if is_text(x) => "make a number of the text: `to_decimal(x)`",
        _ => "use numbers, or money of one currency",
    }
}
