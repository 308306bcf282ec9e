//! Makes a text safe to cut apart: brackets and strings are closed, nothing is nested too deep.
//!
//! What is wrong is reported and mended in a copy, so that the rest of the file can still be read and no mistake
//! is reported twice. It also explains spellings of other languages (`//`, `'a'`, `&&`). It does not know statements.

use crate::diag::{Code, Label, Report, SourceId, Span};
use crate::syntax::tree::Ident;

/// How deep brackets may be nested: checking and planning recurse as deep as the text does.
pub(super) const NESTING_MAX: usize = 64;
/// How many mistakes of brackets and spelling are told before the rest is left: more help nobody.
const MISTAKES_MAX: usize = 100;
/// How many bytes a file may have.
pub(super) const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The words that start a statement at the top level.
pub(super) const ITEM_WORDS: [&str; 11] =
    ["map", "use", "target", "param", "source", "around", "table", "fn", "message", "document", "test"];

/// A change in the mended copy: `len` bytes at `at` of the original became `text`.
#[derive(Debug)]
struct Edit {
    at: usize,
    len: usize,
    text: String,
}

/// A text that can be cut apart.
#[derive(Debug)]
pub(super) struct Scan {
    /// The mended copy.
    pub(super) text: String,
    /// Every comment.
    pub(super) comments: Vec<Ident>,
    /// What was wrong.
    pub(super) reports: Vec<Report>,
    /// Nothing more can be read.
    pub(super) hopeless: bool,
    source: SourceId,
    edits: Vec<Edit>,
}

impl Scan {
    /// The place in the original of bytes of the mended copy.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        place(self.source, self.original(start), self.original(end).max(self.original(start)))
    }

    /// The byte in the original of a byte of the mended copy.
    fn original(&self, at: usize) -> usize {
        let (mut original, mut mended) = (0, 0);
        for edit in &self.edits {
            let start = mended + (edit.at - original);
            if at < start + edit.text.len() {
                return if at < start { original + (at - mended) } else { edit.at };
            }
            (original, mended) = (edit.at + edit.len, start + edit.text.len());
        }
        original + (at - mended)
    }

    /// Whether something was mended on the line of a byte of the mended copy, in the statement from `start` on.
    pub(super) fn mended_near(&self, start: usize, at: usize) -> bool {
        let line_end = self.text[at..].find('\n').map_or(self.text.len(), |n| at + n);
        let (first, last) = (self.original(start), self.original(line_end));
        let line = self.text[..at].rfind('\n').map_or(0, |n| n + 1).max(start);
        let line = self.original(line).max(first);
        self.edits.iter().any(|edit| (line..=last).contains(&edit.at))
    }
}

/// The place of bytes.
fn place(source: SourceId, start: usize, end: usize) -> Span {
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { source, start: narrow(start), end: narrow(end) }
}

/// Looks through a text and mends it.
pub(super) fn scan(text: &str, source: SourceId) -> Scan {
    if text.len() > FILE_BYTES_MAX {
        let message =
            format!("the file has {} bytes, more than the {FILE_BYTES_MAX} a mapping may have", text.len());
        let report =
            Report::error(Code::J119, place(source, 0, 0), message).help("move tables into CSV files");
        return Scan { reports: vec![report], hopeless: true, ..Scanner::new("", source, false).finish() };
    }
    let first = Scanner::new(text, source, false).run();
    // Where nothing is left open the braces match and indentation is only style.
    if first.hopeless || !first.reports.iter().any(|r| r.code == Code::J105 || r.code == Code::J106) {
        return first;
    }
    Scanner::new(text, source, true).run()
}

/// An opening bracket whose end was not seen yet.
struct Open {
    bracket: u8,
    at: usize,
    /// How far the line it stands in is indented.
    indent: usize,
    /// Where a missing bracket is put: for `(` and `[` the end of the first line that looks complete, for `{` the
    /// end of the last line that is indented further than the one it stands in.
    end: Option<usize>,
}

/// The state of one walk through the text.
struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Indentation decides which bracket was not closed.
    by_indent: bool,
    open: Vec<Open>,
    line_start: usize,
    indent: usize,
    /// The byte after the last one of this line that is neither space nor comment.
    code_end: usize,
    scan: Scan,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, source: SourceId, by_indent: bool) -> Scanner<'a> {
        let scan = Scan {
            text: String::new(),
            comments: Vec::new(),
            reports: Vec::new(),
            hopeless: false,
            source,
            edits: Vec::new(),
        };
        let bytes = text.as_bytes();
        Scanner {
            text,
            bytes,
            at: 0,
            by_indent,
            open: Vec::new(),
            line_start: 0,
            indent: 0,
            code_end: 0,
            scan,
        }
    }

    fn run(mut self) -> Scan {
        if self.text.starts_with('\u{feff}') {
            self.edit(0, 3, "");
            self.at = 3;
            self.line_start = 3;
        }
        self.start_line();
        while self.at < self.bytes.len() && !self.scan.hopeless {
            self.step();
        }
        self.code_end = self.code_end.min(self.text.len());
        if !self.scan.hopeless {
            self.close_all(self.text.len());
        }
        self.finish()
    }

    fn finish(mut self) -> Scan {
        // A bracket goes before what is replaced from the same place on.
        self.scan.edits.sort_by_key(|edit| (edit.at, edit.len));
        let mut mended = String::with_capacity(self.text.len() + 16);
        let mut from = 0;
        for edit in &self.scan.edits {
            mended.push_str(&self.text[from..edit.at]);
            mended.push_str(&edit.text);
            from = edit.at + edit.len;
        }
        mended.push_str(&self.text[from..]);
        self.scan.text = mended;
        self.scan
    }

    fn span(&self, start: usize, end: usize) -> Span {
        place(self.scan.source, start, end)
    }

    fn report(&mut self, code: Code, start: usize, end: usize, message: &str, help: &str) {
        let report = Report::error(code, self.span(start, end), message).help(help);
        self.scan.reports.push(report);
        self.scan.hopeless |= self.scan.reports.len() >= MISTAKES_MAX;
    }

    fn edit(&mut self, at: usize, len: usize, text: &str) {
        self.scan.edits.push(Edit { at, len, text: text.to_owned() });
    }

    /// Reads one sign.
    fn step(&mut self) {
        let rest = &self.bytes[self.at..];
        let len = match rest[0] {
            b'\n' | b'\r' => return self.end_line(),
            b' ' | b'\t' => {
                self.at += 1;
                return;
            }
            b'#' => return self.comment(),
            b'"' => self.string(),
            b'{' | b'(' | b'[' => self.open(),
            b'}' | b')' | b']' => self.close(),
            b'/' if matches!(rest.get(1), Some(b'/' | b'*')) => return self.foreign_comment(),
            b'\'' | b'`' => self.quoted(),
            b'&' => self.logic("&&", "and"),
            b'|' if rest.get(1) == Some(&b'|') => self.logic("||", "or"),
            b'!' if rest.get(1) != Some(&b'=') => self.logic("!", "not"),
            b if b.is_ascii_control() => self.odd_character(),
            b if b < 0x80 => 1,
            _ => self.odd_character(),
        };
        self.at += len;
        self.code_end = self.at;
    }

    /// To the next line.
    fn end_line(&mut self) {
        let continues = self.code_end > self.line_start
            && matches!(
                self.bytes[self.code_end - 1],
                b',' | b'(' | b'[' | b'{' | b'+' | b'-' | b'*' | b'|' | b'?' | b':' | b'='
            );
        if !continues && self.code_end > self.line_start {
            let end = self.code_end;
            for open in self.open.iter_mut().rev().take_while(|open| open.bracket != b'{') {
                open.end.get_or_insert(end);
            }
        }
        self.at += if self.bytes[self.at..].starts_with(b"\r\n") { 2 } else { 1 };
        self.line_start = self.at;
        self.code_end = self.at;
        self.start_line();
    }

    /// Measures the indentation; a line that can only be a new top-level statement closes what is open.
    fn start_line(&mut self) {
        let line = &self.text[self.at..];
        self.indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if !self.by_indent || self.open.is_empty() {
            return;
        }
        if !line[self.indent..].starts_with(['\n', '\r', '#', '}', ')', ']', '{']) {
            self.mark_dedent();
        }
        if self.indent > 0 {
            return;
        }
        let word: &str = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
        let after = line[word.len()..].trim_start_matches([' ', '\t']);
        if ITEM_WORDS.contains(&word) && !after.starts_with(['=', ':', '.', ',', '?']) {
            self.close_all(self.at);
        }
    }

    /// Remembers where blocks would end if indentation said so.
    fn mark_dedent(&mut self) {
        let (indent, end) = (self.indent, self.before_space(self.at));
        for open in
            self.open.iter_mut().rev().take_while(|open| open.bracket == b'{' && open.indent >= indent)
        {
            open.end.get_or_insert(end);
        }
    }

    fn comment(&mut self) {
        let end = self.line_end();
        let comment = Ident { name: self.text[self.at..end].to_owned(), span: self.span(self.at, end) };
        self.scan.comments.push(comment);
        self.at = end;
    }

    fn line_end(&self) -> usize {
        self.bytes[self.at..]
            .iter()
            .position(|b| matches!(b, b'\n' | b'\r'))
            .map_or(self.bytes.len(), |n| self.at + n)
    }

    /// The length of the string that starts here.
    fn string(&mut self) -> usize {
        let (start, line_end) = (self.at, self.line_end());
        let mut at = start + 1;
        while at < line_end {
            match self.bytes[at] {
                b'"' => return at + 1 - start,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.report(
            Code::J107,
            start,
            start + 1,
            "a string starts here and is not closed on its line",
            "close it with `\"`; a line break inside a string is written `\\n`",
        );
        let end = self.unclosed_string_end(line_end);
        // A backslash as the last character would take the quote put after it.
        let backslashes = self.text[start..end].len() - self.text[start..end].trim_end_matches('\\').len();
        self.edit(end, 0, if backslashes % 2 == 1 { "\\\"" } else { "\"" });
        end - start
    }

    /// Brackets at the end of the line that close what was opened on it are not part of the string.
    fn unclosed_string_end(&self, line_end: usize) -> usize {
        let mut end = line_end;
        let rest = self.text[self.at + 1..line_end].trim_end_matches([' ', '\t', ')', ']', '}', ',', ';']);
        let tail = self.at + 1 + rest.len();
        let mut open = self.open.iter().rev().take_while(|open| open.at >= self.line_start);
        for (n, b) in self.bytes[tail..line_end].iter().enumerate() {
            if matches!(b, b')' | b']' | b'}') {
                if open.next().is_none_or(|open| closer(open.bracket) != *b) {
                    break;
                }
                end = end.min(tail + n);
            }
        }
        end
    }

    fn open(&mut self) -> usize {
        if self.open.len() == NESTING_MAX {
            let message = format!("brackets are nested deeper than {NESTING_MAX} here");
            self.report(Code::J118, self.at, self.at + 1, &message, "take a part out into a `let` or a `fn`");
            self.scan.hopeless = true;
            return 1;
        }
        self.open.push(Open { bracket: self.bytes[self.at], at: self.at, indent: self.indent, end: None });
        1
    }

    fn close(&mut self) -> usize {
        let bracket = self.bytes[self.at];
        let starts_line = self.at == self.line_start + self.indent;
        if self.by_indent && bracket == b'}' && starts_line {
            self.close_inner_by_indent();
        }
        let matching = self.open.iter().rposition(|open| closer(open.bracket) == bracket);
        let brace = self.open.iter().rposition(|open| open.bracket == b'{');
        match matching {
            // A `)` or `]` does not reach through a `{`.
            Some(index) if bracket == b'}' || brace.is_none_or(|brace| brace < index) => {
                self.close_down_to(index + 1, self.at);
                self.closed();
            }
            _ => {
                let message = format!("`{}` closes nothing", char::from(bracket));
                self.report(
                    Code::J106,
                    self.at,
                    self.at + 1,
                    &message,
                    "take it out, or open the bracket it was meant to close",
                );
                self.edit(self.at, 1, " ");
            }
        }
        1
    }

    /// Takes the last bracket off. An outer one cannot end inside of it.
    fn closed(&mut self) {
        let Some(closed) = self.open.pop() else { return };
        for open in self.open.iter_mut().rev().take_while(|open| open.bracket != b'{') {
            open.end = open.end.filter(|end| *end < closed.at);
        }
    }

    /// Before a `}` at the start of a line: braces further in were not closed, when one fits exactly.
    fn close_inner_by_indent(&mut self) {
        let fits = self.open.iter().rposition(|open| open.bracket == b'{' && open.indent == self.indent);
        let inner = self.open.iter().rposition(|open| open.bracket == b'{');
        if let (Some(fits), Some(inner)) = (fits, inner)
            && fits < inner
            && self.open[inner].indent > self.indent
        {
            self.close_down_to(fits + 1, self.at);
        }
    }

    fn close_all(&mut self, at: usize) {
        self.close_down_to(0, at);
    }

    /// Reports the brackets above `depth` as not closed and closes them before `at`.
    fn close_down_to(&mut self, depth: usize, at: usize) {
        while self.open.len() > depth {
            let open = self.open.pop().expect("the loop saw that one is left");
            let (opening, closing) = (char::from(open.bracket), char::from(closer(open.bracket)));
            let message = format!("`{opening}` is not closed");
            let help = match open.bracket {
                b'{' => format!("put the missing `{closing}` where the block ends"),
                _ => format!("put the missing `{closing}` after the last value"),
            };
            let end = open.end.unwrap_or_else(|| self.before_space(at));
            self.report(Code::J105, open.at, open.at + 1, &message, &help);
            let last = self.scan.reports.last_mut().expect("a report was just written");
            last.labels.push(Label {
                span: place(self.scan.source, end, end),
                text: format!("`{closing}` is missed here"),
            });
            self.edit(end, 0, &closing.to_string());
        }
    }

    /// The end of the code before `at`: a bracket is put before the end of the line and its comment.
    fn before_space(&self, at: usize) -> usize {
        let mut end = self.text[..at].trim_end().len();
        while let Some(comment) = self.scan.comments.iter().rev().find(|c| c.span.end as usize == end) {
            end = self.text[..comment.span.start as usize].trim_end().len();
        }
        end
    }

    fn foreign_comment(&mut self) {
        let block = self.bytes[self.at + 1] == b'*';
        let end = match self.text[self.at..].find("*/") {
            Some(n) if block => self.at + n + 2,
            // Space at its end is no part of it: a bracket that is missed is put before space.
            _ => self.text[..self.line_end()].trim_end().len(),
        };
        let shown = if block { "/*" } else { "//" };
        let message = format!("`{shown}` does not start a comment here");
        self.report(
            Code::J110,
            self.at,
            self.at + 2,
            &message,
            "write `#`: a comment goes on to the end of its line",
        );
        self.edit(self.at, end - self.at, " ");
        self.at = end;
    }

    /// `'text'` or `` `text` ``.
    fn quoted(&mut self) -> usize {
        let quote = self.bytes[self.at];
        let end = self.line_end();
        let inner = self.bytes[self.at + 1..end].iter().position(|b| *b == quote);
        let len = inner.map_or(1, |n| n + 2);
        let message = format!("`{}` does not quote a string", char::from(quote));
        self.report(
            Code::J109,
            self.at,
            self.at + len,
            &message,
            "write strings in double quotes: `\"text\"`",
        );
        match inner {
            Some(_) => {
                let inner =
                    self.text[self.at + 1..self.at + len - 1].replace('\\', "\\\\").replace('"', "\\\"");
                self.edit(self.at, len, &format!("\"{inner}\""));
            }
            None => self.edit(self.at, 1, " "),
        }
        len
    }

    /// `&&`, `||`, `!`
    fn logic(&mut self, sign: &str, word: &str) -> usize {
        let len = if self.bytes[self.at..].starts_with(sign.as_bytes()) { sign.len() } else { 1 };
        let message = format!("`{}` is not an operator", &self.text[self.at..self.at + len]);
        self.report(Code::J114, self.at, self.at + len, &message, &format!("write `{word}`"));
        self.edit(self.at, len, &format!(" {word} "));
        len
    }

    /// Typographic quotes and spaces look right and are not; control characters are not seen at all.
    fn odd_character(&mut self) -> usize {
        let c = self.text[self.at..].chars().next().expect("a character starts where the scanner stands");
        let len = c.len_utf8();
        let name = format!("U+{:04X}", u32::from(c));
        match c {
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2018}'
            | '\u{2019}' => {
                let message = format!("`{c}` does not quote a string");
                self.report(
                    Code::J109,
                    self.at,
                    self.at + len,
                    &message,
                    "write strings in plain double quotes: `\"text\"`",
                );
                self.edit(self.at, len, " ");
            }
            c if c.is_whitespace()
                || c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}') =>
            {
                let message = format!("the invisible character {name} stands here");
                self.report(
                    Code::J122,
                    self.at,
                    self.at + len,
                    &message,
                    "take it out, or write an ordinary space",
                );
                self.edit(self.at, len, " ");
            }
            // Names are made of ASCII letters; the grammar says so where one was expected.
            _ => {}
        }
        len
    }
}

/// What closes a bracket.
fn closer(bracket: u8) -> u8 {
    match bracket {
        b'{' => b'}',
        b'(' => b')',
        _ => b']',
    }
}
