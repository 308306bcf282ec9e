//! Values against the contract: kind, length, digits, pattern, words.
//!
//! What cannot be proven is checked when it runs.

use super::kinds;
use super::model::{Const, Expr, ExprKind, LetId};
use super::scope::Checker;
use crate::contract::{Facets, Primitive};
use crate::data::Kind;
use crate::diag::{Code, Report, Span};

/// Values of at most so many characters are codes.
const CODE_MAX: usize = 5;

/// The element or attribute a value is for.
pub(super) struct Target<'f> {
    /// As it is called in messages.
    pub(super) name: String,
    pub(super) facets: &'f Facets,
    /// Where its name stands.
    pub(super) span: Span,
    /// Money may be given: the currency goes into an attribute.
    pub(super) money: bool,
}

impl Checker<'_, '_> {
    /// Checks a value against the simple type of its element or attribute.
    pub(super) fn prove(&mut self, value: &Expr, target: &Target<'_>) {
        if let Some(span) = unhandled(value) {
            let report = Report::error(
                Code::J224,
                span,
                format!("`{}` gets a value that may be missing", target.name),
            );
            let report = report.here(value.ty.describe());
            let help = "add `or omit`, `or VALUE`, `or reject \"why\"`, or `| require`";
            self.reports.push(report.help(help));
        }
        if self.kind_fits(value, target) {
            self.facets_hold(value, target, &mut vec![]);
        }
    }

    fn kind_fits(&mut self, value: &Expr, target: &Target<'_>) -> bool {
        let kind = &value.ty.kind;
        let primitive = target.facets.primitive;
        let fits = match (primitive, kind) {
            (_, Kind::Never) => true,
            (
                Primitive::String
                | Primitive::Token
                | Primitive::AnyUri
                | Primitive::Binary
                | Primitive::Duration
                | Primitive::Time,
                kind,
            ) if kinds::is_text(kind) => true,
            // A whole number has one spelling only: digits.
            (Primitive::String | Primitive::Token, Kind::Decimal { int: true }) => true,
            (Primitive::Boolean, Kind::Bool) => true,
            (Primitive::Decimal, Kind::Decimal { .. }) => true,
            (Primitive::Decimal, Kind::Money(_)) => target.money,
            (Primitive::Integer, Kind::Decimal { int }) => *int,
            (Primitive::Date, Kind::Date) | (Primitive::DateTime, Kind::Time) => true,
            _ => false,
        };
        if !fits {
            let message = format!(
                "`{}` is {}, the value is {}",
                target.name,
                describe(primitive),
                value.ty.kind.describe()
            );
            let report = Report::error(Code::J203, value.span, message).here(value.ty.kind.describe());
            let report = report.and(target.span, describe(primitive));
            self.reports.push(match help(primitive, kind) {
                Some(help) => report.help(help),
                None => report,
            });
        }
        fits
    }

    /// Constants fully, texts by their lengths, each way through the value by itself.
    fn facets_hold(&mut self, value: &Expr, target: &Target<'_>, seen: &mut Vec<LetId>) {
        match &value.kind {
            ExprKind::Const(Const::Text(text)) => self.constant(&text.clone(), value.span, target),
            ExprKind::Const(Const::Decimal(number)) => self.constant(&number.to_string(), value.span, target),
            ExprKind::Default(a, b) | ExprKind::If(_, a, b) => {
                self.facets_hold(a, target, seen);
                self.facets_hold(b, target, seen);
            }
            ExprKind::Match(_, arms) => arms.iter().for_each(|(_, arm)| self.facets_hold(arm, target, seen)),
            ExprKind::Require(a) => self.facets_hold(a, target, seen),
            ExprKind::Let(number) if seen.contains(number) => {}
            ExprKind::Let(number) => {
                seen.push(*number);
                let value = self.lets[usize::from(number.0)].value.clone();
                self.facets_hold(&value, target, seen);
            }
            _ => self.lengths_hold(value, target),
        }
    }

    fn constant(&mut self, text: &str, span: Span, target: &Target<'_>) {
        if let Err(why) = target.facets.check_text(text) {
            let shown = crate::data::quoted(text);
            let report = Report::error(
                Code::J237,
                span,
                format!("{shown} does not go into `{}`: it {why}", target.name),
            );
            let report = report.and(target.span, limits(target.facets));
            self.reports.push(match fitting(text, target.facets) {
                Some(help) => report.help(help),
                None => report,
            });
        }
    }

    fn lengths_hold(&mut self, value: &Expr, target: &Target<'_>) {
        let facets = target.facets;
        if let Kind::Enum(words) = &value.ty.kind {
            for word in words {
                self.constant(word, value.span, target);
            }
            return;
        }
        if !kinds::is_text(&value.ty.kind) {
            return;
        }
        let (min, max) = kinds::lengths(&value.ty.kind);
        let report = if let Some(limit) = facets.max_length
            && min > limit
        {
            let message =
                format!("`{}` takes at most {limit} characters, this text has at least {min}", target.name);
            Report::error(Code::J237, value.span, message).help(format!("cut it: `| cut({limit})`"))
        } else if let Some(max) = max
            && max < facets.min_length
        {
            let least = facets.min_length;
            let message =
                format!("`{}` takes at least {least} characters, this text has at most {max}", target.name);
            Report::error(Code::J237, value.span, message)
                .help(format!("fill it up: `| pad_left({least}, \"0\")`"))
        } else {
            return;
        };
        self.reports.push(report.here(value.ty.describe()).and(target.span, limits(facets)));
    }
}

/// What could be written instead of a constant that does not fit.
fn fitting(text: &str, facets: &Facets) -> Option<String> {
    if !facets.values.is_empty() {
        let values: Vec<String> = facets.values.iter().take(8).map(|v| format!("\"{v}\"")).collect();
        return Some(format!("write one of {}", values.join(", ")));
    }
    let most = facets.max_length.map_or(usize::MAX, |m| m as usize);
    if text.chars().count() > most && most <= CODE_MAX {
        // The beginning of a code is another code: there is nothing to propose.
        return None;
    }
    let digits = facets.fraction_digits.map_or(usize::MAX, |m| m as usize);
    let cut = match text.split_once('.').filter(|_| facets.primitive == Primitive::Decimal) {
        Some((whole, fraction)) => format!("{whole}.{}", fraction.get(..digits).unwrap_or(fraction)),
        None => text.chars().take(most).collect(),
    };
    if cut != text && facets.check_text(&cut).is_ok() {
        return Some(format!("shorten it, as to {}", crate::data::quoted(&cut)));
    }
    facets.patterns.first().map(|pattern| format!("write a text like `{pattern}`"))
}

/// Where a value may be missing without a word on what happens then.
pub(super) fn unhandled(value: &Expr) -> Option<Span> {
    match &value.kind {
        ExprKind::Omit | ExprKind::Reject(_) => None,
        ExprKind::Default(_, b) => unhandled(b),
        ExprKind::If(_, a, b) => unhandled(a).or_else(|| unhandled(b)),
        ExprKind::Match(_, arms) => arms.iter().find_map(|(_, arm)| unhandled(arm)),
        _ => value.ty.optional.then_some(value.span),
    }
}

/// Whether a value may leave its element out.
pub(super) fn omits(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Omit => true,
        ExprKind::Default(_, b) => omits(b),
        ExprKind::If(_, a, b) => omits(a) || omits(b),
        ExprKind::Match(_, arms) => arms.iter().any(|(_, arm)| omits(arm)),
        _ => false,
    }
}

/// A simple type for people.
pub(super) fn describe(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::String | Primitive::Token => "text",
        Primitive::Boolean => "true or false",
        Primitive::Decimal => "a decimal",
        Primitive::Integer => "a whole number",
        Primitive::Date => "a date",
        Primitive::DateTime => "an instant",
        Primitive::Time => "a time of day",
        Primitive::Duration => "a duration",
        Primitive::AnyUri => "a URI",
        Primitive::Binary => "base 64",
    }
}

/// The limits of a simple type in short.
pub(super) fn limits(facets: &Facets) -> String {
    let mut words = vec![];
    match (facets.min_length, facets.max_length) {
        (0, None) => {}
        (1, Some(1)) => words.push("1 character".to_owned()),
        (a, Some(b)) if a == b => words.push(format!("{a} characters")),
        (a, Some(b)) => words.push(format!("{a} to {b} characters")),
        (a, None) => words.push(format!("at least {a} characters")),
    }
    if let Some(total) = facets.total_digits {
        words.push(format!("at most {total} digits"));
    }
    if let Some(fraction) = facets.fraction_digits {
        words.push(format!("{fraction} after the point"));
    }
    words.extend(facets.patterns.iter().map(|p| format!("like {p}")));
    if !facets.values.is_empty() {
        let values: Vec<String> = facets.values.iter().take(8).map(|v| format!("\"{v}\"")).collect();
        words.push(format!("one of {}", values.join(", ")));
    }
    if words.is_empty() {
        words.push(describe(facets.primitive).to_owned());
    }
    words.join(", ")
}

fn help(primitive: Primitive, kind: &Kind) -> Option<&'static str> {
    Some(match (primitive, kind) {
        (Primitive::Date, Kind::Time) => "take the day of the instant: `date_of(x)`",
        (Primitive::Date, kind) if kinds::is_text(kind) => {
            "declare the field as `date \"…\"`, or read it: `to_date(x, \"yyyyMMdd\")`"
        }
        (Primitive::DateTime, Kind::Date) => "a day is no instant: declare the field as `time`",
        (Primitive::String | Primitive::Token, Kind::Decimal { .. }) => "say how it is written: `to_text(x)`",
        (Primitive::String | Primitive::Token, Kind::Money(_)) => "take `to_text(amount_of(x))`",
        (Primitive::String | Primitive::Token, Kind::Date) => {
            "say how it is written: `format(x, \"yyyyMMdd\")`"
        }
        (Primitive::String | Primitive::Token, Kind::Time) => {
            "say how it is written: `format(date_of(x), \"yyyyMMdd\")`"
        }
        (Primitive::String | Primitive::Token, Kind::Bool) => {
            "write `x ? \"X\" : \"\"`, in the words the receiver knows"
        }
        (Primitive::Boolean, _) => "compare: `x == \"…\"` is true or false",
        (Primitive::Decimal, Kind::Money(_)) => "the element has no currency: take `amount_of(x)`",
        (Primitive::Decimal | Primitive::Integer, kind) if kinds::is_text(kind) => {
            "declare the field as `decimal` or `money(ccy)`, or read it: `to_decimal(x)`"
        }
        (Primitive::Integer, Kind::Decimal { .. }) => "round it: `round(x, 0, \"half_up\")`",
        (Primitive::Duration, Kind::Decimal { .. }) => "days become a duration by `duration_days(x)`",
        _ => return None,
    })
}
