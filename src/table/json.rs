//! Rows of a JSON file with the place of every value; numbers stay text.
//!
//! `serde_json` judges whether the file is JSON at all; what comes after may rely on that.

use crate::json::AtStep;
use std::borrow::Cow;
use std::ops::Range;

/// Passes through JSON that is known to be well formed.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

/// What is wrong, and where.
type Wrong = (Range<usize>, String);

/// The places of the rows' values: the elements of the array that `at` leads to.
pub(super) fn rows(text: &str, at: &[AtStep]) -> Result<Vec<Range<usize>>, Wrong> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    if let Err(error) = serde_json::from_str::<serde_json::Value>(&text[start..]) {
        return Err((place(text, start, error.line(), error.column()), format!("not JSON: {error}")));
    }
    let mut value = Scan { text, at: start }.value();
    for step in at {
        value = match step {
            AtStep::Each => continue,
            AtStep::Index(index) => elements(text, &value).into_iter().nth(*index),
            AtStep::Key(key) => {
                members(text, &value).into_iter().find(|(name, _)| string(text, name) == *key).map(|(_, v)| v)
            }
        }
        .ok_or_else(|| {
            let missing = match step {
                AtStep::Key(key) => format!("no key `{key}`"),
                AtStep::Index(index) => format!("no element {index}"),
                AtStep::Each => "no elements".into(),
            };
            (value.start..value.start + 1, format!("{missing} here"))
        })?;
    }
    if !text[value.clone()].starts_with('[') {
        return Err((value.start..value.start + 1, "expected an array of rows here".into()));
    }
    Ok(elements(text, &value))
}

/// The bytes at a line and column (both from 1, columns in bytes) as the parser counts them.
fn place(text: &str, start: usize, line: usize, column: usize) -> Range<usize> {
    let before: usize = text[start..].split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + before + column).saturating_sub(1).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at..at + text[at..].chars().next().map_or(0, char::len_utf8)
}

/// Keys and values of an object; nothing for other values.
pub(super) fn members(text: &str, value: &Range<usize>) -> Vec<(Range<usize>, Range<usize>)> {
    if !text[value.clone()].starts_with('{') {
        return Vec::new();
    }
    let mut scan = Scan { text, at: value.start + 1 };
    let mut members = Vec::new();
    while scan.peek() != b'}' {
        let key = scan.value();
        scan.pass(b':');
        members.push((key, scan.value()));
        scan.pass(b',');
    }
    members
}

/// Elements of an array; nothing for other values.
fn elements(text: &str, value: &Range<usize>) -> Vec<Range<usize>> {
    if !text[value.clone()].starts_with('[') {
        return Vec::new();
    }
    let mut scan = Scan { text, at: value.start + 1 };
    let mut elements = Vec::new();
    while scan.peek() != b']' {
        elements.push(scan.value());
        scan.pass(b',');
    }
    elements
}

/// What a string says.
pub(super) fn string<'a>(text: &'a str, value: &Range<usize>) -> Cow<'a, str> {
    let inner = &text[value.start + 1..value.end - 1];
    if inner.contains('\\') {
        let decoded = serde_json::from_str(&text[value.clone()]);
        return Cow::Owned(decoded.expect("the whole file was read as JSON before"));
    }
    Cow::Borrowed(inner)
}

impl Scan<'_> {
    /// The next byte that is not white space; 0 at the end.
    fn peek(&mut self) -> u8 {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }
    fn pass(&mut self, byte: u8) {
        if self.peek() == byte {
            self.at += 1;
        }
    }
    /// Passes over one value without descending into it by recursion.
    fn value(&mut self) -> Range<usize> {
        let mut depth = 0;
        let first = self.peek();
        let start = self.at;
        let mut byte = first;
        loop {
            match byte {
                b'"' => self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' => self.at += 1,
                _ => self.word(),
            }
            if depth == 0 {
                return start..self.at;
            }
            byte = self.peek();
        }
    }
    fn string(&mut self) {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while bytes[self.at] != b'"' {
            self.at += if bytes[self.at] == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
    }
    /// A number, `true`, `false` or `null`.
    fn word(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let ends = |b: &u8| matches!(b, b',' | b':' | b']' | b'}') || b.is_ascii_whitespace();
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
    }
}
