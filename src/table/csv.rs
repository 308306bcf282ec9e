//! Rows of comma-separated text by RFC 4180, strictly, with the place of every cell.
//!
//! A reader that is lenient about quotes would take half a file for one cell and say nothing.

use std::borrow::Cow;
use std::ops::Range;

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// What it says, quotes resolved.
    pub(super) text: Cow<'a, str>,
    /// Its bytes in the file, quotes included.
    pub(super) at: Range<usize>,
}

/// What is wrong, and where.
pub(super) type Wrong = (Range<usize>, String);

/// Reads row by row.
pub(super) struct Rows<'a> {
    text: &'a str,
    at: usize,
    separator: u8,
}

impl<'a> Rows<'a> {
    /// From the first row; a byte order mark before it is passed over.
    pub(super) fn of(text: &'a str, separator: u8) -> Rows<'a> {
        Rows { text, at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }, separator }
    }
    /// The next row that is not empty, into `fields`; `None` at the end. After a mistake the next line is
    /// read on.
    pub(super) fn next(&mut self, fields: &mut Vec<Field<'a>>) -> Option<Result<(), Wrong>> {
        fields.clear();
        while let Some(length) = self.line_end() {
            self.at += length;
        }
        if self.at == self.text.len() {
            return None;
        }
        loop {
            match self.field() {
                Ok(field) => fields.push(field),
                Err(wrong) => {
                    let rest = &self.text[self.at..];
                    self.at += rest.find('\n').map_or(rest.len(), |i| i + 1);
                    return Some(Err(wrong));
                }
            }
            if let Some(length) = self.line_end() {
                self.at += length;
                return Some(Ok(()));
            }
            if self.at == self.text.len() {
                return Some(Ok(()));
            }
            // A field ends at a separator, at a line's end, or at the end.
            self.at += 1;
        }
    }
    /// The length of the line's end that stands here.
    fn line_end(&self) -> Option<usize> {
        match self.text.as_bytes()[self.at..] {
            [b'\n', ..] => Some(1),
            [b'\r', b'\n', ..] => Some(2),
            _ => None,
        }
    }
    fn field(&mut self) -> Result<Field<'a>, Wrong> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        if bytes.get(start) == Some(&b'"') {
            return self.quoted_field();
        }
        let length = bytes[start..].iter().position(|b| *b == self.separator || *b == b'\n');
        let mut end = length.map_or(bytes.len(), |length| start + length);
        if bytes.get(end) == Some(&b'\n') && end > start && bytes[end - 1] == b'\r' {
            end -= 1;
        }
        let text = &self.text[start..end];
        if let Some(quote) = text.find('"') {
            let message =
                "a quote inside a cell that does not begin with one; put the cell in quotes and double it";
            return Err((start + quote..start + quote + 1, message.into()));
        }
        self.at = end;
        Ok(Field { text: Cow::Borrowed(text), at: start..end })
    }
    fn quoted_field(&mut self) -> Result<Field<'a>, Wrong> {
        let start = self.at;
        let mut text = Cow::Borrowed("");
        let mut from = start + 1;
        loop {
            let Some(length) = self.text[from..].find('"') else {
                self.at = self.text.len();
                return Err((
                    start..start + 1,
                    "a quote that is not closed before the end of the file".into(),
                ));
            };
            let part = &self.text[from..from + length];
            match &mut text {
                Cow::Borrowed("") => text = Cow::Borrowed(part),
                text => text.to_mut().push_str(part),
            }
            let behind = from + length + 1;
            match self.text.as_bytes().get(behind) {
                Some(b'"') => {
                    text.to_mut().push('"');
                    from = behind + 1;
                }
                Some(b'\n') | None => {
                    self.at = behind;
                    return Ok(Field { text, at: start..behind });
                }
                Some(b'\r') if self.text.as_bytes().get(behind + 1) == Some(&b'\n') => {
                    self.at = behind;
                    return Ok(Field { text, at: start..behind });
                }
                Some(byte) if *byte == self.separator => {
                    self.at = behind;
                    return Ok(Field { text, at: start..behind });
                }
                Some(_) => {
                    self.at = behind;
                    let message = "characters behind the closing quote of a cell; quotes inside are doubled";
                    return Err((behind - 1..behind, message.into()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rows;
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<Result<Vec<String>, String>> {
        let mut rows = Rows::of(text, b',');
        let mut fields = Vec::new();
        let mut out = Vec::new();
        while let Some(row) = rows.next(&mut fields) {
            out.push(match row {
                Ok(()) => Ok(fields.iter().map(|f| f.text.to_string()).collect()),
                Err((at, message)) => Err(format!("{}..{} {message}", at.start, at.end)),
            });
        }
        out
    }

    #[test]
    fn rows_by_rfc_4180() {
        let text = "\u{feff}a,b\r\n\"x,\"\"y\"\"\r\nz\",\r\n\n,\"\"\nlast,é";
        let expected = [["a", "b"], ["x,\"y\"\r\nz", ""], ["", ""], ["last", "é"]];
        let read: Vec<Vec<String>> = rows(text).into_iter().map(|r| r.expect("well formed")).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn quotes_out_of_place_are_refused() {
        let found = rows("a\"b,1\nok\n\"a\"b,1\n\"open");
        let found: Vec<_> = found.into_iter().map(|r| r.map(|r| r.join("|"))).collect();
        assert_eq!(found[1], Ok("ok".into()));
        let errors: Vec<_> = found.iter().filter_map(|r| r.as_ref().err()).collect();
        assert!(errors[0].starts_with("1..2 a quote inside a cell"), "{errors:?}");
        assert!(errors[1].starts_with("11..12 characters behind the closing quote"), "{errors:?}");
        assert!(errors[2].starts_with("16..17 a quote that is not closed"), "{errors:?}");
    }

    proptest! {
        #[test]
        fn well_formed_rows_are_read_as_written(
            table in prop::collection::vec(prop::collection::vec("[a,\"\r\né]{0,5}", 2..4), 0..5),
        ) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",");
            let text = table.iter().map(line).collect::<Vec<_>>().join("\r\n");
            let read: Result<Vec<_>, _> = rows(&text).into_iter().collect();
            prop_assert_eq!(read, Ok(table));
        }

        #[test]
        fn agrees_with_another_reader(text in "[a,\r\né]{0,20}") {
            // Without quotes both are strict; a lone carriage return is a line's end to the other one only.
            prop_assume!(!text.replace("\r\n", "").contains('\r'));
            let mut reader = ::csv::ReaderBuilder::new();
            let mut reader = reader.has_headers(false).flexible(true).from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> = reader
                .records()
                .map(|r| r.expect("text without quotes").iter().map(str::to_owned).collect())
                .collect();
            let read: Vec<Vec<String>> = rows(&text).into_iter().map(|r| r.expect("well formed")).collect();
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn never_panics(text in "[a,\"\r\né]{0,20}") {
            let _ = rows(&text);
        }
    }
}
