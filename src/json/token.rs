//! The tokens of JSON, strictly by RFC 8259: strings, numbers, literals.
//!
//! It knows neither nesting nor what values are for.

use super::scan;
use crate::diag::Code;
use crate::vector::{Base, Kit, Wide};

/// Objects and arrays may be nested this deep within one record.
pub const NESTING_MAX: usize = 512;

/// Why bytes are not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The kind.
    pub code: Code,
    /// The first byte that cannot be there.
    pub at: usize,
    /// One line: what is there and what was expected.
    pub message: String,
}

/// Why reading stops.
#[derive(Debug)]
pub(super) enum Stop {
    /// The bytes end within a token or value; more bytes may mend it.
    Cut,
    /// Nothing mends it.
    Bad(Box<SyntaxError>),
}

impl Stop {
    /// As an error, when no more bytes come after the `end` there is.
    #[cold]
    pub(super) fn final_error(self, end: usize) -> Box<SyntaxError> {
        match self {
            Stop::Cut => {
                let message = "the input ends in the middle of a value".to_owned();
                Box::new(SyntaxError { code: Code::J402, at: end, message })
            }
            Stop::Bad(error) => error,
        }
    }
}

/// A result of reading.
pub(super) type Scan<T> = Result<T, Stop>;

#[cold]
#[inline(never)]
pub(super) fn bad<T>(code: Code, at: usize, message: impl Into<String>) -> Scan<T> {
    Err(Stop::Bad(Box::new(SyntaxError { code, at, message: message.into() })))
}

/// What stands at a place, for messages.
pub(super) fn shown(bytes: &[u8], at: usize) -> String {
    let rest = &bytes[at.min(bytes.len())..];
    let rest = &rest[..rest.len().min(4)];
    let text =
        std::str::from_utf8(rest).or_else(|e| std::str::from_utf8(&rest[..e.valid_up_to()])).unwrap_or("");
    match text.chars().next() {
        Some(c) if c.is_control() || c == '\u{feff}' => format!("U+{:04X}", u32::from(c)),
        Some(c) => format!("`{c}`"),
        None => rest.first().map_or("the end".to_owned(), |b| format!("byte 0x{b:02X}")),
    }
}

/// "`x` is there, … was expected".
#[cold]
#[inline(never)]
pub(super) fn unexpected<T>(bytes: &[u8], at: usize, expected: &str) -> Scan<T> {
    bad(Code::J401, at, format!("{} is there, {expected} was expected", shown(bytes, at)))
}

/// A string that was passed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Str {
    /// Its closing quote.
    pub end: usize,
    /// There are escapes in it.
    pub escaped: bool,
    /// There is other than ASCII in it.
    pub wide: bool,
}

/// Passes the string whose first character (after the quote) is at `at`.
#[inline(always)]
pub(super) fn string(bytes: &[u8], at: usize) -> Scan<Str> {
    let mut wide = false;
    match scan::string_stop(Base, bytes, at, &mut wide) {
        Some(end) if bytes[end] == b'"' => Ok(Str { end, escaped: false, wide }),
        Some(stop) => string_with_escapes(bytes, stop, wide),
        None => Err(Stop::Cut),
    }
}

#[inline(never)]
fn string_with_escapes(bytes: &[u8], mut at: usize, mut wide: bool) -> Scan<Str> {
    loop {
        match bytes[at] {
            b'"' => return Ok(Str { end: at, escaped: true, wide }),
            b'\\' => at = escape(bytes, at)?.1,
            byte => {
                let message = format!("control character U+{byte:04X} stands unescaped in a string");
                return bad(Code::J404, at, message);
            }
        }
        at = scan::string_stop(Base, bytes, at, &mut wide).ok_or(Stop::Cut)?;
    }
}

/// The character of the escape whose backslash is at `at`, and the byte after the escape.
fn escape(bytes: &[u8], at: usize) -> Scan<(char, usize)> {
    let c = match bytes.get(at + 1) {
        None => return Err(Stop::Cut),
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(bytes, at),
        Some(_) => {
            let message = format!("{} follows a backslash, which is no escape", shown(bytes, at + 1));
            return bad(Code::J404, at, message);
        }
    };
    Ok((c, at + 2))
}

fn unicode_escape(bytes: &[u8], at: usize) -> Scan<(char, usize)> {
    let first = four_digits(bytes, at + 2)?;
    if let Some(c) = char::from_u32(first) {
        return Ok((c, at + 6));
    }
    let lone = || {
        let message = format!("\\u{first:04X} is half a character, its other half does not stand beside it");
        bad(Code::J405, at, message)
    };
    if first >= 0xdc00 {
        return lone();
    }
    match (bytes.get(at + 6), bytes.get(at + 7)) {
        (None, _) | (Some(b'\\'), None) => return Err(Stop::Cut),
        (Some(b'\\'), Some(b'u')) => {}
        _ => return lone(),
    }
    let second = four_digits(bytes, at + 8)?;
    if !(0xdc00..0xe000).contains(&second) {
        return lone();
    }
    let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    Ok((char::from_u32(code).expect("two surrogates make a character"), at + 12))
}

fn four_digits(bytes: &[u8], at: usize) -> Scan<u32> {
    let mut code = 0;
    for i in at..at + 4 {
        let &byte = bytes.get(i).ok_or(Stop::Cut)?;
        let Some(digit) = char::from(byte).to_digit(16) else {
            let message =
                format!("{} is there, one of four hexadecimal digits was expected", shown(bytes, i));
            return bad(Code::J404, i, message);
        };
        code = code << 4 | digit;
    }
    Ok(code)
}

/// Appends the text of a string's inside; it was passed by [`string`] before.
pub(super) fn unescape(text: &str, out: &mut String) {
    let mut at = 0;
    while let Some(run) = memchr::memchr(b'\\', &text.as_bytes()[at..]) {
        out.push_str(&text[at..at + run]);
        let Ok((c, end)) = escape(text.as_bytes(), at + run) else { return };
        out.push(c);
        at = end;
    }
    out.push_str(&text[at..]);
}

/// Passes the number at `at`.
#[inline(always)]
pub(super) fn number(bytes: &[u8], at: usize) -> Scan<usize> {
    match scan::chunk(bytes, at).and_then(|text| plain_number(Base, text)) {
        Some(length) => Ok(at + length),
        None => number_by_digits(bytes, at),
    }
}

/// The length of a number that ends within these bytes and has no exponent.
#[inline(always)]
pub(super) fn plain_number<K: Kit>(kit: K, text: &[u8; 32]) -> Option<usize> {
    let start = usize::from(text[0] == b'-');
    let others = scan::no_digits(kit, text);
    let integers = (others >> start).trailing_zeros() as usize;
    let mut end = start + integers;
    if integers == 0 || end > 15 || text[start] == b'0' && integers > 1 {
        return None;
    }
    if text[end] == b'.' {
        let digits = (others >> (end + 1)).trailing_zeros() as usize;
        end += 1 + digits;
        if digits == 0 || end > 31 {
            return None;
        }
    }
    matches!(text[end], b',' | b'}' | b']').then_some(end)
}

/// The closing quote of a string, and whether other than ASCII is in it. `text`: the 32 bytes at `at`, the first
/// `passed` (0 or 1) of which are the opening quote. None: it has escapes, or it is wrong.
#[inline(always)]
pub(super) fn plain_string<K: Kit>(
    kit: K,
    bytes: &[u8],
    text: &[u8; 32],
    at: usize,
    passed: u32,
) -> Option<(usize, bool)> {
    let text = kit.load(text);
    let quotes = text.is(b'"');
    let stops = quotes.or(text.is(b'\\')).or(text.at_most(0x1f)).bits() & !passed;
    if stops == 0 {
        return long_string(kit, bytes, at, text.bits() != 0);
    }
    let first = stops & stops.wrapping_neg();
    let wide = text.bits() & (first - 1) != 0;
    (quotes.bits() & first != 0).then_some((at + stops.trailing_zeros() as usize, wide))
}

/// The same for one that goes on after 32 bytes.
#[inline(always)]
fn long_string<K: Kit>(kit: K, bytes: &[u8], at: usize, mut wide: bool) -> Option<(usize, bool)> {
    let end = scan::string_stop(kit, bytes, at + 32, &mut wide)?;
    (bytes[end] == b'"').then_some((end, wide))
}

#[inline(never)]
fn number_by_digits(bytes: &[u8], mut at: usize) -> Scan<usize> {
    at += usize::from(bytes.get(at) == Some(&b'-'));
    match bytes.get(at) {
        Some(b'0') => at += 1,
        Some(b'1'..=b'9') => at = digits(bytes, at + 1),
        None => return Err(Stop::Cut),
        Some(_) => return bad_number(bytes, at),
    }
    if bytes.get(at) == Some(&b'.') {
        at = some_digits(bytes, at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = some_digits(bytes, at)?;
    }
    match bytes.get(at) {
        Some(b'0'..=b'9' | b'.' | b'+' | b'-' | b'a'..=b'z' | b'A'..=b'Z') => bad_number(bytes, at),
        _ => Ok(at),
    }
}

#[inline(always)]
fn digits(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b'0'..=b'9')) {
        at += 1;
    }
    at
}

#[inline(always)]
fn some_digits(bytes: &[u8], at: usize) -> Scan<usize> {
    match bytes.get(at) {
        Some(b'0'..=b'9') => Ok(digits(bytes, at + 1)),
        None => Err(Stop::Cut),
        Some(_) => bad_number(bytes, at),
    }
}

#[cold]
#[inline(never)]
fn bad_number<T>(bytes: &[u8], at: usize) -> Scan<T> {
    bad(Code::J403, at, format!("{} cannot stand here in a number", shown(bytes, at)))
}

/// Passes `true`, `false` or `null`, whichever begins with the letter at `at`.
#[inline(always)]
pub(super) fn literal(bytes: &[u8], at: usize) -> Scan<usize> {
    if let Some(b"true" | b"null") = scan::chunk::<4>(bytes, at) {
        return Ok(at + 4);
    }
    let word: &[u8] = match bytes.get(at) {
        Some(b't') => b"true",
        Some(b'f') => b"false",
        _ => b"null",
    };
    let rest = &bytes[at.min(bytes.len())..];
    if rest.starts_with(word) {
        return Ok(at + word.len());
    }
    match rest.iter().zip(word).position(|(a, b)| a != b) {
        Some(i) => unexpected(bytes, at + i, "`true`, `false` or `null`"),
        None => Err(Stop::Cut),
    }
}
