//! Whether a value is what its element takes: the limits of a simple type, prepared once, checked many times.
//!
//! Knows values only as text or decimal numbers; where they come from is not known here.

use std::fmt;

use super::pattern::Pattern;
use super::tree::{Facets, Primitive};
use crate::data::{Date, Decimal};

/// The limits of a simple type, ready to check values; a good value is checked without allocating.
#[derive(Debug, Clone)]
pub struct Checker {
    facets: Facets,
    /// One for each pattern of the facets; `None` where it is not supported, so not checked.
    patterns: Vec<Option<Pattern>>,
    min: Option<Decimal>,
    max: Option<Decimal>,
}

/// In what way a value is not what its element takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation<'c> {
    /// It is not of the type at all.
    NotA(Primitive),
    /// Fewer characters than needed.
    TooShort {
        /// Characters it has.
        length: usize,
        /// Characters needed.
        min: u32,
    },
    /// More characters than allowed.
    TooLong {
        /// Characters it has.
        length: usize,
        /// Characters allowed.
        max: u32,
    },
    /// It does not match this pattern.
    Pattern(&'c str),
    /// It is none of these values.
    NotAmong(&'c [String]),
    /// More digits than allowed.
    TotalDigits {
        /// Digits it has.
        digits: u32,
        /// Digits allowed.
        max: u32,
    },
    /// More digits after the point than allowed.
    FractionDigits {
        /// Digits it has.
        digits: u32,
        /// Digits allowed.
        max: u32,
    },
    /// Less than the least value.
    Below(&'c str),
    /// Greater than the greatest value.
    Above(&'c str),
}

impl Facets {
    /// Prepares the limits for checking many values.
    pub fn checker(&self) -> Checker {
        let decimal = |text: &Option<String>| text.as_deref().and_then(Decimal::parse);
        Checker {
            patterns: self.patterns.iter().map(|p| Pattern::new(p)).collect(),
            min: decimal(&self.min),
            max: decimal(&self.max),
            facets: self.clone(),
        }
    }

    /// Checks one value, for constants; [`Facets::checker`] serves many.
    ///
    /// # Errors
    /// What is wrong with the value, as the end of a sentence that begins with it.
    pub fn check_text(&self, value: &str) -> Result<(), String> {
        self.checker().check(value).map_err(|violation| violation.to_string())
    }

    /// The patterns jemap cannot check: they use what only tables of Unicode could tell, or are too long.
    pub fn unchecked_patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(String::as_str).filter(|p| Pattern::new(p).is_none())
    }
}

impl Checker {
    /// Checks a value as it will be written.
    ///
    /// White space counts as the receiver sees it: kept in `string`, trimmed and collapsed in all other
    /// types.
    ///
    /// # Errors
    /// The first limit the value breaks.
    pub fn check(&self, value: &str) -> Result<(), Violation<'_>> {
        let facets = &self.facets;
        let value = if self.keeps_white() { value } else { value.trim_matches(is_white) };
        match facets.primitive {
            Primitive::String | Primitive::Token | Primitive::AnyUri => self.length(value)?,
            Primitive::Binary => {
                let octets = octets(value).ok_or(Violation::NotA(Primitive::Binary))?;
                self.within_length(octets)?;
            }
            primitive if !is_a(primitive, value) => return Err(Violation::NotA(primitive)),
            Primitive::Decimal | Primitive::Integer => self.number(value)?,
            _ => {}
        }
        self.patterns(value)?;
        if !facets.values.is_empty() && !facets.values.iter().any(|v| v.chars().eq(self.characters(value))) {
            return Err(Violation::NotAmong(&facets.values));
        }
        Ok(())
    }

    /// Checks a number against digits and range; patterns and lists of values need [`Checker::check`].
    ///
    /// # Errors
    /// The first limit the value breaks.
    pub fn check_decimal(&self, value: Decimal) -> Result<(), Violation<'_>> {
        self.digits(value.total_digits(), value.fraction_digits())?;
        if self.facets.primitive == Primitive::Integer && value.fraction_digits() > 0 {
            return Err(Violation::NotA(Primitive::Integer));
        }
        self.range(value)
    }

    fn keeps_white(&self) -> bool {
        self.facets.primitive == Primitive::String
    }

    /// The characters the receiver sees.
    fn characters<'v>(&self, value: &'v str) -> impl Iterator<Item = char> + use<'v> {
        let keep = self.keeps_white();
        let mut before = false;
        value.chars().filter_map(move |c| {
            if keep || !is_white(c) {
                before = false;
                return Some(c);
            }
            let first = !before;
            before = true;
            first.then_some(' ')
        })
    }

    fn length(&self, value: &str) -> Result<(), Violation<'_>> {
        let Facets { min_length: min, max_length: max, .. } = self.facets;
        // There are never more characters than bytes, so short values need no counting.
        let short = max.is_none_or(|max| value.len() <= max as usize);
        if short && (min == 0 || min == 1 && !value.is_empty()) {
            return Ok(());
        }
        self.within_length(self.characters(value).count())
    }

    fn within_length(&self, length: usize) -> Result<(), Violation<'_>> {
        let Facets { min_length: min, max_length: max, .. } = self.facets;
        match max {
            Some(max) if length > max as usize => Err(Violation::TooLong { length, max }),
            _ if length < min as usize => Err(Violation::TooShort { length, min }),
            _ => Ok(()),
        }
    }

    fn patterns(&self, value: &str) -> Result<(), Violation<'_>> {
        let broken = |p: &Option<Pattern>| {
            p.as_ref()
                .is_some_and(|p| !p.surely_matches(value.as_bytes()) && !p.matches(self.characters(value)))
        };
        match self.patterns.iter().position(broken) {
            Some(index) => Err(Violation::Pattern(&self.facets.patterns[index])),
            None => Ok(()),
        }
    }

    /// Digits are counted in the text, so that numbers longer than a [`Decimal`] are told by their digits
    /// too.
    fn number(&self, value: &str) -> Result<(), Violation<'_>> {
        let digits = value.trim_start_matches(['+', '-']);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        // 0.05 has one digit in all and two after the point.
        let significant = if whole.is_empty() { fraction.trim_start_matches('0') } else { fraction };
        self.digits((whole.len() + significant.len()) as u32, fraction.len() as u32)?;
        if self.min.is_none() && self.max.is_none() {
            return Ok(());
        }
        match Decimal::parse(digits) {
            Some(number) if value.starts_with('-') => self.range(number.neg()),
            Some(number) => self.range(number),
            None => Ok(()),
        }
    }

    fn digits(&self, total: u32, fraction: u32) -> Result<(), Violation<'_>> {
        let Facets { total_digits, fraction_digits, .. } = self.facets;
        match (fraction_digits, total_digits) {
            (Some(max), _) if fraction > max => Err(Violation::FractionDigits { digits: fraction, max }),
            (_, Some(max)) if total > max => Err(Violation::TotalDigits { digits: total, max }),
            _ => Ok(()),
        }
    }

    fn range(&self, value: Decimal) -> Result<(), Violation<'_>> {
        if self.min.is_some_and(|min| value < min) {
            return Err(Violation::Below(self.facets.min.as_deref().unwrap_or_default()));
        }
        if self.max.is_some_and(|max| value > max) {
            return Err(Violation::Above(self.facets.max.as_deref().unwrap_or_default()));
        }
        Ok(())
    }
}

fn is_white(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Whether the text is in the lexical space of a primitive (XML Schema part 2 §3.2).
fn is_a(primitive: Primitive, value: &str) -> bool {
    match primitive {
        Primitive::String | Primitive::Token | Primitive::AnyUri => true,
        Primitive::Binary => octets(value).is_some(),
        Primitive::Boolean => matches!(value, "true" | "false" | "1" | "0"),
        Primitive::Integer => is_digits(unsigned(value)),
        Primitive::Decimal => match unsigned(value).split_once('.') {
            Some(("", fraction)) => is_digits(fraction),
            Some((whole, fraction)) => is_digits(whole) && (fraction.is_empty() || is_digits(fraction)),
            None => is_digits(unsigned(value)),
        },
        Primitive::Date => {
            value.split_at_checked(10).is_some_and(|(date, zone)| is_date(date) && is_zone(zone))
        }
        Primitive::Time => is_time(value),
        Primitive::DateTime => {
            value.split_once('T').is_some_and(|(date, time)| is_date(date) && is_time(time))
        }
        Primitive::Duration => is_duration(value),
    }
}

fn unsigned(value: &str) -> &str {
    value.strip_prefix(['+', '-']).unwrap_or(value)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A number of exactly so many digits.
fn number(text: Option<&str>, digits: usize) -> Option<u16> {
    text.filter(|t| t.len() == digits && is_digits(t)).and_then(|t| t.parse().ok())
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (number(parts.next(), 4), number(parts.next(), 2), number(parts.next(), 2));
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return false };
    Date::new(year, month as u8, day as u8).is_some()
}

/// `hh:mm:ss`, a fraction, a zone.
fn is_time(text: &str) -> bool {
    let Some((time, rest)) = text.split_at_checked(8) else { return false };
    let mut parts = time.splitn(3, ':');
    let (hour, minute, second) = (number(parts.next(), 2), number(parts.next(), 2), number(parts.next(), 2));
    let (Some(hour), Some(minute), Some(second)) = (hour, minute, second) else { return false };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
        None => rest,
    };
    hour < 24 && minute < 60 && second < 60 && is_zone(zone)
}

/// Nothing, `Z` or `+hh:mm`.
fn is_zone(text: &str) -> bool {
    let Some(offset) = text.strip_prefix(['+', '-']) else { return matches!(text, "" | "Z") };
    let Some((hour, minute)) = offset.split_once(':') else { return false };
    number(Some(hour), 2).is_some_and(|h| h <= 14) && number(Some(minute), 2).is_some_and(|m| m < 60)
}

/// `P1Y2M3DT4H5M6.7S`: parts in this order, at least one, and at least one after `T`.
fn is_duration(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('-').unwrap_or(text).strip_prefix('P') else { return false };
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return false,
        None => (rest, ""),
    };
    !rest.is_empty() && is_parts(date, "YMD") && is_parts(time, "HMS")
}

fn is_parts(mut text: &str, units: &str) -> bool {
    for unit in units.chars() {
        let Some((amount, rest)) = text.split_once(unit) else { continue };
        let whole = match amount.split_once('.') {
            Some((whole, fraction)) if unit == 'S' && is_digits(fraction) => whole,
            _ => amount,
        };
        if !is_digits(whole) {
            return false;
        }
        text = rest;
    }
    text.is_empty()
}

/// How many octets a base 64 text stands for.
fn octets(text: &str) -> Option<usize> {
    let signs = || text.chars().filter(|c| !is_white(*c));
    let count = signs().count();
    let padding = signs().skip_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'));
    let pads = padding.clone().count();
    let whole = count.is_multiple_of(4) && pads <= 2 && padding.clone().all(|c| c == '=');
    whole.then(|| count / 4 * 3 - pads)
}

impl fmt::Display for Violation<'_> {
    /// The end of a sentence that begins with the value or its element.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |n: u32| if n == 1 { "" } else { "s" };
        match *self {
            Violation::NotA(primitive) => write!(f, "is not {}", expected(primitive)),
            Violation::TooShort { length: 0, .. } => write!(f, "is empty"),
            Violation::TooShort { length, min } => {
                write!(f, "has {length} character{}, at least {min} are needed", s(length as u32))
            }
            Violation::TooLong { length, max } => {
                let are = if max == 1 { "is" } else { "are" };
                write!(f, "has {length} character{}, at most {max} {are} allowed", s(length as u32))
            }
            Violation::Pattern(pattern) => write!(f, "does not match the pattern `{pattern}`"),
            Violation::NotAmong(values) => {
                let shown: Vec<String> = values.iter().take(8).map(|v| format!("`{v}`")).collect();
                let more = if values.len() > shown.len() { ", …" } else { "" };
                write!(f, "is none of {}{more}", shown.join(", "))
            }
            Violation::TotalDigits { digits, max } => {
                write!(f, "has {digits} digit{}, at most {max} are allowed", s(digits))
            }
            Violation::FractionDigits { digits, max } => {
                write!(f, "has {digits} digit{} after the point, at most {max} are allowed", s(digits))
            }
            Violation::Below(min) => write!(f, "is less than {min}"),
            Violation::Above(max) => write!(f, "is greater than {max}"),
        }
    }
}

fn expected(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::String | Primitive::Token => "text",
        Primitive::Boolean => "`true` or `false`",
        Primitive::Decimal => "a decimal number without exponent",
        Primitive::Integer => "a whole number",
        Primitive::Date => "a date like 2026-01-31",
        Primitive::DateTime => "an instant like 2026-01-31T23:59:59Z",
        Primitive::Time => "a time like 23:59:59",
        Primitive::Duration => "a duration like P30D",
        Primitive::AnyUri => "a URI",
        Primitive::Binary => "base 64",
    }
}

#[cfg(test)]
mod tests {
    use super::Violation;
    use crate::contract::{Facets, Primitive};

    #[track_caller]
    fn check(facets: &Facets, value: &str, said: &str) {
        let found = facets.check_text(value).err().unwrap_or_default();
        assert_eq!(found, said, "of `{value}`");
    }

    fn text(primitive: Primitive, min: u32, max: u32) -> Facets {
        Facets { min_length: min, max_length: Some(max), ..Facets::of(primitive) }
    }

    #[test]
    fn lengths_are_counted_in_characters_the_receiver_sees() {
        let string = text(Primitive::String, 0, 5);
        check(&string, "äöüßé", "");
        check(&string, "", "");
        check(&string, "     ", "");
        check(&string, "äöüßé!", "has 6 characters, at most 5 are allowed");
        let token = text(Primitive::Token, 1, 3);
        check(&token, " a b ", "");
        check(&token, "a  b", "");
        check(&token, "", "is empty");
        check(&token, "   ", "is empty");
        check(&token, "abcd", "has 4 characters, at most 3 are allowed");
        check(&text(Primitive::Token, 1, 1), "AB", "has 2 characters, at most 1 is allowed");
        check(&text(Primitive::Token, 3, 3), "EU", "has 2 characters, at least 3 are needed");
        check(&text(Primitive::Binary, 2, 2), "YWI=", "");
        check(&text(Primitive::Binary, 2, 2), "YWJj", "has 3 characters, at most 2 are allowed");
        check(&text(Primitive::Binary, 2, 2), "Y=I=", "is not base 64");
    }

    #[test]
    fn patterns_and_values_must_match_whole() {
        let mut facets = Facets { patterns: vec![r"\d+".into()], ..text(Primitive::Token, 1, 6) };
        check(&facets, " 12 ", "");
        check(&facets, "1 2", r"does not match the pattern `\d+`");
        facets.patterns = vec![r"\p{Nd}+".into()];
        check(&facets, "ab", "");
        assert_eq!(facets.unchecked_patterns().collect::<Vec<_>>(), [r"\p{Nd}+"]);
        let facets = Facets { values: vec!["S".into(), "H".into()], ..Facets::of(Primitive::Token) };
        check(&facets, "H", "");
        check(&facets, "C", "is none of `S`, `H`");
    }

    #[test]
    fn digits_are_those_of_the_value() {
        let facets =
            Facets { total_digits: Some(5), fraction_digits: Some(2), ..Facets::of(Primitive::Decimal) };
        for good in ["0", "-12.30", "000123.45", "+1.", ".5", "99999", "1.5000"] {
            check(&facets, good, "");
        }
        check(&facets, "1.005", "has 3 digits after the point, at most 2 are allowed");
        check(&facets, "100000", "has 6 digits, at most 5 are allowed");
        check(&facets, "1234.56", "has 6 digits, at most 5 are allowed");
        for bad in ["", ".", "1e3", "--1", "1,5", "1.2.3", "１"] {
            check(&facets, bad, "is not a decimal number without exponent");
        }
        check(&Facets::of(Primitive::Integer), "-7", "");
        check(&Facets::of(Primitive::Integer), "7.0", "is not a whole number");
    }

    #[test]
    fn dates_times_and_durations_are_real() {
        let all = |primitive, good: &[&str], bad: &[&str], said| {
            good.iter().for_each(|v| check(&Facets::of(primitive), v, ""));
            bad.iter().for_each(|v| check(&Facets::of(primitive), v, said));
        };
        let bad =
            ["2023-02-29", "2024-13-01", "24-01-01", "2024-01-01T00:00:00", "", "2024-01-0é", "2024-01-+1"];
        all(Primitive::Date, &["2024-02-29", "2024-01-01Z"], &bad, "is not a date like 2026-01-31");
        let good = ["2024-02-29T23:59:59Z", "2024-02-29T23:59:59.1234567+02:00", "2024-02-29T00:00:00"];
        let bad = ["2024-02-29", "2024-02-29T24:00:00Z", "2024-02-29T23:59:59.Z", "2024-02-29 23:59:59Z"];
        all(Primitive::DateTime, &good, &bad, "is not an instant like 2026-01-31T23:59:59Z");
        all(Primitive::Time, &["12:00:00"], &["12:00", "12:00:61"], "is not a time like 23:59:59");
        let bad = ["30", "P", "P1", "P1DT", "PT1D", "P1M1Y", "P1.5D", "PD"];
        all(Primitive::Duration, &["P30D", "-P1Y2M", "PT1.5S", "P0D"], &bad, "is not a duration like P30D");
        all(Primitive::Boolean, &["true", "0", " false "], &["TRUE", "yes", ""], "is not `true` or `false`");
    }

    #[test]
    fn ranges_include_their_ends() {
        let range =
            Facets { min: Some("-1.5".into()), max: Some("10".into()), ..Facets::of(Primitive::Decimal) };
        check(&range, "-1.50", "");
        check(&range, "10.0", "");
        check(&range, "-1.51", "is less than -1.5");
        check(&range, "10.01", "is greater than 10");
        let checker = range.checker();
        let eleven = crate::data::Decimal::new(11, 0);
        assert_eq!(checker.check_decimal(eleven), Err(Violation::Above("10")));
    }
}
