//! The border: a JSON value becomes what its field is declared to be, or a fault says why not.
//!
//! Nothing is converted silently: a string is no number unless the declaration gives its spelling.

use super::frames::NO_CELL;
use super::reader::{Place, Walk, cell_at};
use super::shape::EntryShape;
use super::skip;
use super::token::{self, Scan, Str};
use super::{Cell, Decode, Leaf, Tag};
use crate::data::{Decimal, NumberFormat, quoted};
use crate::diag::Code;

/// Where the text of a scalar lies.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// First byte of the value, its quote included.
    at: usize,
    /// First byte of the text: in the input, or in the scratch text.
    start: usize,
    end: usize,
    scratch: bool,
    /// Other than ASCII may be in it.
    wide: bool,
}

impl<'a> Walk<'a> {
    /// The value of one cell.
    #[inline(always)]
    pub(super) fn leaf(&mut self, place: Place, cell: u16, at: usize, depth: usize) -> Scan<usize> {
        let shape = self.shape;
        let leaf = &shape.objects[place.object].leaves[usize::from(cell)];
        match self.bytes.get(at) {
            Some(b'"') if !matches!(leaf.decode, Decode::List { .. } | Decode::Presence | Decode::Raw) => {
                let text = token::string(self.bytes, at + 1)?;
                self.string(leaf, place, cell, at, text);
                Ok(text.end + 1)
            }
            Some(b'-' | b'0'..=b'9') if is_number(&leaf.decode) => {
                let end = token::number(self.bytes, at)?;
                let span = Span { at, start: at, end, scratch: false, wide: false };
                if leaf.none.is_empty() || !self.is_none(leaf, span) {
                    self.decimal(leaf, place, cell, span, NumberFormat::PLAIN);
                } else {
                    self.none(place, cell, at);
                }
                Ok(end)
            }
            _ => self.other(leaf, place, cell, at, depth),
        }
    }

    /// What is not in the common form.
    #[inline(never)]
    fn other(&mut self, leaf: &'a Leaf, place: Place, cell: u16, at: usize, depth: usize) -> Scan<usize> {
        match leaf.decode {
            Decode::List { object, or_one } => {
                return self.list(place, cell, (object, or_one), at, depth);
            }
            Decode::Presence | Decode::Raw => {
                if let Some(end) = self.nothing(at)? {
                    self.none(place, cell, at);
                    return Ok(end);
                }
                let end = skip::value(self.bytes, at, depth)?;
                let value = if let Decode::Raw = leaf.decode {
                    text_cell(Span { at, start: at, end, scratch: false, wide: true })
                } else {
                    Cell { tag: Tag::Present, ..cell_at(at) }
                };
                self.frames.put(place.object, place.base, cell, value);
                return Ok(end);
            }
            _ => {}
        }
        match self.bytes.get(at) {
            Some(b'n') => {
                let end = token::literal(self.bytes, at)?;
                self.none(place, cell, at);
                Ok(end)
            }
            Some(b't' | b'f' | b'-' | b'0'..=b'9') => {
                let end = skip::scalar(self.bytes, at)?;
                let span = Span { at, start: at, end, scratch: false, wide: false };
                self.bare(leaf, place, cell, span);
                Ok(end)
            }
            _ => {
                let end = skip::value(self.bytes, at, depth)?;
                self.wrong_type(place, cell, at, end, expected(&leaf.decode));
                Ok(end)
            }
        }
    }

    /// A string.
    #[inline(always)]
    fn string(&mut self, leaf: &'a Leaf, place: Place, cell: u16, at: usize, text: Str) {
        let mut span = Span { at, start: at + 1, end: text.end, scratch: false, wide: text.wide };
        if text.escaped {
            span = self.unescaped(span);
        }
        if span.start == span.end || !leaf.none.is_empty() && self.is_none(leaf, span) {
            return self.none(place, cell, at);
        }
        match &leaf.decode {
            Decode::Text { min, max, .. } => self.text(place, cell, span, *min, *max),
            Decode::Int => self.decimal(leaf, place, cell, span, NumberFormat::PLAIN),
            Decode::Decimal { format } | Decode::Money { format, .. } => {
                self.decimal(leaf, place, cell, span, *format);
            }
            _ => self.special(leaf, place, cell, span),
        }
    }

    /// A string or a number as one of the kinds that are met less often.
    fn special(&mut self, leaf: &'a Leaf, place: Place, cell: u16, span: Span) {
        let text = self.text_of(span);
        let value = match &leaf.decode {
            Decode::Enum(words) => match words.iter().position(|word| word == text) {
                Some(word) => Ok(Cell { extra: i16::try_from(word).unwrap_or(-1), ..text_cell(span) }),
                None => Err((Code::J424, format!("one of {} was expected", words_shown(words)))),
            },
            Decode::Currency => {
                if text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
                    let capital = text.bytes().all(|b| b.is_ascii_uppercase());
                    return self.currency(place, cell, span, capital);
                }
                Err((Code::J428, "three letters like EUR were expected".to_owned()))
            }
            Decode::Date(pattern) => match pattern.read_date(text) {
                Ok(date) => Ok(Cell { tag: Tag::Date, word: date.packed(), ..cell_at(span.at) }),
                Err(why) => Err((Code::J429, why)),
            },
            Decode::Time(pattern) => match pattern.read_time(text) {
                Ok(time) => Ok(Cell {
                    tag: Tag::Time,
                    word: time.ticks as u64,
                    extra: time.offset,
                    ..cell_at(span.at)
                }),
                Err(why) => Err((Code::J430, why)),
            },
            decode => {
                let message = format!("the string {}, {} was expected", quoted(text), expected(decode));
                let message = format!("{} is {message}", self.name(place, cell));
                return self.fault(place, cell, Code::J422, span.at, message);
            }
        };
        match value {
            Ok(value) => self.frames.put(place.object, place.base, cell, value),
            Err((code, expected)) => self.refuse(place, cell, span, code, &expected),
        }
    }

    /// A number or a boolean where none of the numeric kinds is declared.
    fn bare(&mut self, leaf: &'a Leaf, place: Place, cell: u16, span: Span) {
        if self.is_none(leaf, span) {
            return self.none(place, cell, span.at);
        }
        let first = self.bytes[span.at];
        let truth = first == b't' || first == b'f';
        match &leaf.decode {
            Decode::Bool if truth => {
                let value = Cell { tag: Tag::Bool, word: u64::from(first == b't'), ..cell_at(span.at) };
                self.frames.put(place.object, place.base, cell, value);
            }
            Decode::Text { min, max, number: true } if !truth => self.text(place, cell, span, *min, *max),
            Decode::Enum(_) => self.special(leaf, place, cell, span),
            Decode::Date(_) | Decode::Time(_) if !truth => self.special(leaf, place, cell, span),
            decode => self.wrong_type(place, cell, span.at, span.end, expected(decode)),
        }
    }

    #[inline(always)]
    fn text(&mut self, place: Place, cell: u16, span: Span, min: u32, max: Option<u32>) {
        let bytes = span.end - span.start;
        let short = bytes < min as usize || span.wide && min > 1;
        if short || max.is_some_and(|max| bytes > max as usize) {
            let characters = self.text_of(span).chars().count();
            if characters < min as usize || max.is_some_and(|max| characters > max as usize) {
                return self.wrong_length(place, cell, span, characters, min, max);
            }
        }
        // Without escapes only U+FFFE and U+FFFF can be there, and their first byte is 0xEF.
        let suspect =
            span.scratch || span.wide && memchr::memchr(0xef, self.text_of(span).as_bytes()).is_some();
        if suspect && let Some(c) = self.text_of(span).chars().find(|&c| !for_xml(c)) {
            return self.not_for_xml(place, cell, span, c);
        }
        self.frames.put(place.object, place.base, cell, text_cell(span));
    }

    /// A number, bare or in a string.
    #[inline(always)]
    fn decimal(&mut self, leaf: &'a Leaf, place: Place, cell: u16, span: Span, format: NumberFormat) {
        if format.decimal == b'.'
            && !span.scratch
            && let Some((mantissa, scale)) = plain(&self.bytes[span.start..span.end])
            && (scale == 0 || !is_whole(&leaf.decode))
        {
            let value = Cell { tag: Tag::Decimal, scale, word: mantissa as u64, ..cell_at(span.at) };
            return self.frames.put(place.object, place.base, cell, value);
        }
        self.decimal_at_large(leaf, place, cell, span, format);
    }

    #[inline(never)]
    fn decimal_at_large(
        &mut self,
        leaf: &'a Leaf,
        place: Place,
        cell: u16,
        span: Span,
        format: NumberFormat,
    ) {
        let bare = self.bytes[span.at] != b'"';
        let text = self.text_of(span);
        let read = if bare { Decimal::parse(text) } else { format.read(text) };
        let Some(mut number) = read else {
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            let (code, expected) = if bare || digits > Decimal::DIGITS_MAX as usize {
                (Code::J426, format!("at most {} digits were expected", Decimal::DIGITS_MAX))
            } else {
                (Code::J425, format!("a number like {} was expected", sample(format)))
            };
            return self.refuse(place, cell, span, code, &expected);
        };
        if is_whole(&leaf.decode) {
            let factor = 10i128.checked_pow(u32::from(number.scale()));
            match factor.map(|factor| (number.mantissa() / factor, number.mantissa() % factor)) {
                Some((whole, 0)) => number = Decimal::new(whole, 0),
                _ => return self.refuse(place, cell, span, Code::J427, "a whole number was expected"),
            }
        }
        let scale = number.scale();
        let value = match i64::try_from(number.mantissa()) {
            Ok(mantissa) => Cell { tag: Tag::Decimal, scale, word: mantissa as u64, ..cell_at(span.at) },
            Err(_) => {
                self.frames.large.push(number.mantissa());
                let word = self.frames.large.len() as u64 - 1;
                Cell { tag: Tag::Large, scale, word, ..cell_at(span.at) }
            }
        };
        self.frames.put(place.object, place.base, cell, value);
    }

    fn currency(&mut self, place: Place, cell: u16, span: Span, capital: bool) {
        let mut span = span;
        if !capital {
            let letters: [u8; 3] = std::array::from_fn(|i| self.text_of(span).as_bytes()[i]);
            span = Span { start: self.frames.scratch.len(), scratch: true, ..span };
            self.frames.scratch.extend(letters.map(|letter| char::from(letter.to_ascii_uppercase())));
            span.end = self.frames.scratch.len();
        }
        self.frames.put(place.object, place.base, cell, text_cell(span));
    }

    /// Null, "", or a spelling of none.
    #[inline(never)]
    pub(super) fn none(&mut self, place: Place, cell: u16, at: usize) {
        if !self.shape.objects[place.object].leaves[usize::from(cell)].optional {
            return self.missing(place, cell, at);
        }
        let value = Cell { tag: Tag::None, ..cell_at(at) };
        self.frames.put_uncounted(place.object, place.base, cell, value);
    }

    #[inline(never)]
    fn is_none(&self, leaf: &Leaf, span: Span) -> bool {
        let text = self.text_of(span);
        leaf.none.iter().any(|none| none == text)
    }

    /// The string's text without escapes, in the scratch text.
    #[inline(never)]
    fn unescaped(&mut self, span: Span) -> Span {
        let start = self.frames.scratch.len();
        token::unescape(&self.input[span.start..span.end], &mut self.frames.scratch);
        Span { start, end: self.frames.scratch.len(), scratch: true, wide: true, ..span }
    }

    #[inline(always)]
    fn text_of(&self, span: Span) -> &str {
        let buffer = if span.scratch { self.frames.scratch.as_str() } else { self.input };
        &buffer[span.start..span.end]
    }

    // What is wrong.

    #[cold]
    #[inline(never)]
    pub(super) fn wrong_type(&mut self, place: Place, cell: u16, at: usize, end: usize, expected: &str) {
        let name = self.name(place, cell);
        let message = format!("{name} is {}, {expected} was expected", self.kind(at, end));
        self.fault(place, cell, Code::J422, at, message);
    }

    /// A value that cannot be walked through.
    #[cold]
    #[inline(never)]
    pub(super) fn no_node(
        &mut self,
        place: Place,
        entry: Option<&EntryShape>,
        at: usize,
        end: usize,
        expected: &str,
    ) {
        let object = &self.shape.objects[place.object].name;
        let name = entry.map_or(object.clone(), |entry| format!("`{}` of {object}", entry.key));
        let cell = entry.and_then(|entry| entry.presence).unwrap_or(NO_CELL);
        let message = format!("{name} is {}, {expected} was expected", self.kind(at, end));
        self.fault(place, cell, Code::J422, at, message);
    }

    /// "a list", "the number 12"
    fn kind(&self, at: usize, end: usize) -> String {
        match self.bytes[at] {
            b'{' => "an object".to_owned(),
            b'[' => "a list".to_owned(),
            b'"' => format!("the string {}", quoted(&self.input[at + 1..end - 1])),
            b'n' => "null".to_owned(),
            b't' | b'f' => self.input[at..end].to_owned(),
            _ => format!("the number {}", quoted(&self.input[at..end]).trim_matches('"')),
        }
    }

    #[cold]
    #[inline(never)]
    fn refuse(&mut self, place: Place, cell: u16, span: Span, code: Code, expected: &str) {
        let value = quoted(self.text_of(span));
        let message = format!("{} is {value}: {expected}", self.name(place, cell));
        self.fault(place, cell, code, span.at, message);
    }

    #[cold]
    #[inline(never)]
    fn wrong_length(
        &mut self,
        place: Place,
        cell: u16,
        span: Span,
        characters: usize,
        min: u32,
        max: Option<u32>,
    ) {
        let expected = match max {
            Some(max) if max == min => format!("{characters} characters, exactly {max} were expected"),
            Some(max) if characters > max as usize => {
                format!("{characters} characters, at most {max} were expected")
            }
            _ => format!("{characters} characters, at least {min} were expected"),
        };
        self.refuse(place, cell, span, Code::J423, &expected);
    }

    #[cold]
    #[inline(never)]
    fn not_for_xml(&mut self, place: Place, cell: u16, span: Span, c: char) {
        let expected = format!("U+{:04X} cannot be written to XML", u32::from(c));
        self.refuse(place, cell, span, Code::J433, &expected);
    }

    /// "`amount` of line"
    fn name(&self, place: Place, cell: u16) -> String {
        let object = &self.shape.objects[place.object];
        format!("`{}` of {}", object.leaves[usize::from(cell)].name, object.name)
    }
}

#[inline(always)]
fn text_cell(span: Span) -> Cell {
    let tag = if span.scratch { Tag::Scratch } else { Tag::Text };
    let word = (span.end - span.start) as u64 | (span.start as u64) << 32;
    Cell { tag, word, ..cell_at(span.at) }
}

#[inline(always)]
fn is_number(decode: &Decode) -> bool {
    matches!(decode, Decode::Int | Decode::Decimal { .. } | Decode::Money { .. })
}

/// Money in minor units is whole as well.
#[inline(always)]
fn is_whole(decode: &Decode) -> bool {
    matches!(decode, Decode::Int | Decode::Money { minor: true, .. })
}

/// A number of up to 18 digits without exponent, spelt as in JSON: mantissa and digits after the point.
#[inline(always)]
fn plain(text: &[u8]) -> Option<(i64, u8)> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    // Eighteen digits and a point; nineteen digits could overflow.
    if digits.len() > 18 && (digits.len() > 19 || !digits.contains(&b'.')) {
        return None;
    }
    if digits.len() > 1 && digits[0] == b'0' && digits[1] != b'.' {
        return None;
    }
    let (mut mantissa, mut point) = (0i64, digits.len());
    for (i, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            if byte != b'.' || i == 0 || point != digits.len() || i + 1 == digits.len() {
                return None;
            }
            point = i;
            continue;
        }
        mantissa = mantissa * 10 + i64::from(digit);
    }
    if digits.is_empty() {
        return None;
    }
    let scale = (digits.len() - point).saturating_sub(1) as u8;
    Some((if negative { -mantissa } else { mantissa }, scale))
}

/// Whether XML 1.0 section 2.2 has this character.
fn for_xml(c: char) -> bool {
    c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}' || matches!(c, '\t' | '\n' | '\r')
}

fn expected(decode: &Decode) -> &'static str {
    match decode {
        Decode::Text { number: true, .. } => "a string or number",
        Decode::Text { .. } => "a string",
        Decode::Enum(_) => "one of the declared words",
        Decode::Int => "a whole number",
        Decode::Decimal { .. } | Decode::Money { .. } => "a number",
        Decode::Currency => "a currency code",
        Decode::Bool => "true or false",
        Decode::Date(_) => "a date",
        Decode::Time(_) => "an instant",
        Decode::Raw => "any value",
        Decode::List { .. } => "a list",
        Decode::Presence => "an object",
    }
}

fn words_shown(words: &[String]) -> String {
    let mut shown: Vec<_> = words.iter().take(12).map(|word| quoted(word)).collect();
    if words.len() > 12 {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

/// `1.234,56`
fn sample(format: NumberFormat) -> String {
    let group = if format.group == 0 { String::new() } else { char::from(format.group).to_string() };
    format!("1{group}234{}56", char::from(format.decimal))
}
