//! A Markdown page as tests see it: its fenced blocks, and what is said about each in a comment before it.
//!
//! It does not know what the blocks mean.

use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A fenced block.
pub struct Block {
    /// What stands behind the opening fence.
    pub info: String,
    /// The comment before it: `<!-- in: vouchers -->` is `("in", "vouchers")`.
    pub remarks: Vec<(String, String)>,
    /// Its lines, each with its end.
    pub text: String,
    /// The first of them, from 0.
    lines: Range<usize>,
    /// The heading it stands under.
    pub heading: String,
}

impl Block {
    /// What the comment says under this name.
    pub fn remark(&self, name: &str) -> Option<&str> {
        self.remarks.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// A page.
pub struct Page {
    /// Its path from the root of the project.
    pub name: String,
    /// Its blocks in order.
    pub blocks: Vec<Block>,
    text: String,
    wrong: String,
    changes: Vec<(Range<usize>, String)>,
}

/// The root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page that is written by hand.
pub fn all() -> Vec<String> {
    let folders = ["", "docs/", "grammar/"].map(str::to_owned).into_iter();
    let mappings = fs::read_dir(root().join("mappings")).expect("the mappings are there");
    let mappings = mappings.flatten().map(|e| format!("mappings/{}/", e.file_name().to_string_lossy()));
    let mut pages = vec![];
    for folder in folders.chain(mappings) {
        for entry in fs::read_dir(root().join(&folder)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".md") {
                pages.push(format!("{folder}{name}"));
            }
        }
    }
    pages.sort();
    assert!(pages.len() >= 15, "only {} pages were found", pages.len());
    pages
}

impl Page {
    /// Reads a page of the project.
    pub fn read(name: &str) -> Page {
        let path: PathBuf = root().join(name);
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let blocks = blocks(&text);
        Page { name: name.to_owned(), blocks, text, wrong: String::new(), changes: vec![] }
    }

    /// Where a block stands, for messages.
    pub fn place(&self, block: usize) -> String {
        format!("{}:{}", self.name, self.blocks[block].lines.start)
    }

    /// Something in a block is wrong and cannot be mended by writing it anew.
    pub fn wrong(&mut self, block: usize, message: &str) {
        let _ = writeln!(self.wrong, "{}: {message}\n", self.place(block));
    }

    /// A block should hold this text.
    pub fn expect(&mut self, block: usize, actual: &str) {
        let Block { text, lines, .. } = &self.blocks[block];
        if !agrees(text, actual) {
            self.changes.push((lines.clone(), actual.to_owned()));
            let message = format!("shows\n{}but is\n{actual}", self.blocks[block].text);
            self.wrong(block, &message);
        }
    }

    /// Fails when something was wrong, or writes it anew when that was asked for.
    pub fn finish(mut self) {
        if self.wrong.is_empty() {
            return;
        }
        if std::env::var_os("UPDATE_DOCS").is_some() && !self.changes.is_empty() {
            let mut lines: Vec<&str> = self.text.split_inclusive('\n').collect();
            self.changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
            for (range, text) in &self.changes {
                lines.splice(range.clone(), [text.as_str()]);
            }
            fs::write(root().join(&self.name), lines.concat()).expect("the project can be written");
            self.wrong.push_str("(what could be written anew was)\n");
        }
        panic!("{} does not tell the truth; UPDATE_DOCS=1 writes what is said\n\n{}", self.name, self.wrong);
    }
}

/// The fenced blocks of a text.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = vec![];
    let (mut remarks, mut heading, mut open) = (vec![], String::new(), false);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim_end();
        if let (true, Some(block)) = (open, blocks.last_mut()) {
            if bare == "```" {
                open = false;
            } else {
                block.text.push_str(line);
                block.lines.end = number + 1;
            }
        } else if let Some(info) = bare.strip_prefix("```") {
            let lines = number + 1..number + 1;
            let remarks = std::mem::take(&mut remarks);
            let (info, text, heading) = (info.to_owned(), String::new(), heading.clone());
            blocks.push(Block { info, remarks, text, lines, heading });
            open = true;
        } else if let Some(remark) = bare.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) {
            let (name, value) = remark.split_once(": ").unwrap_or((remark, ""));
            remarks.push((name.to_owned(), value.to_owned()));
        } else if !bare.is_empty() {
            remarks.clear();
            if bare.starts_with('#') {
                heading = bare.trim_start_matches('#').trim().to_owned();
            }
        }
    }
    assert!(!open, "a block is not closed");
    blocks
}

/// Whether a text is as shown. A line `…` stands for any lines; times, moments and run ids may differ.
pub fn agrees(shown: &str, actual: &str) -> bool {
    let shown: Vec<String> = shown.lines().map(masked).collect();
    let actual: Vec<String> = actual.lines().map(masked).collect();
    fits(&shown, &actual)
}

fn fits(shown: &[String], actual: &[String]) -> bool {
    match shown.split_first() {
        None => actual.is_empty(),
        Some((line, rest)) if line.trim() == "…" => {
            (0..=actual.len()).any(|skipped| fits(rest, &actual[skipped..]))
        }
        Some((line, rest)) => {
            actual.split_first().is_some_and(|(first, tail)| line == first && fits(rest, tail))
        }
    }
}

/// A line without what differs from run to run: how long it took (`12 ms`, `1.2 s`), moments
/// (`2026-03-31T12:00:00Z`) and what is made from them: identifiers of an envelope (`E…`) and UUIDs.
pub fn masked(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let len =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-:.".contains(c))).unwrap_or(rest.len());
        let (word, after) = rest.split_at(len.max(first.len_utf8()));
        let (word, after) = match after.strip_prefix(' ') {
            Some(unit) if is_number(word) && is_unit(unit) => {
                ("‹time›", &unit[unit.find('s').map_or(0, |at| at + 1)..])
            }
            _ if is_moment(word) => ("‹moment›", after),
            _ if is_uuid(word) => ("‹uuid›", after),
            _ if is_envelope(word) => ("‹envelope›", after),
            _ => (word, after),
        };
        out.push_str(word);
        rest = after;
    }
    out.trim_end().to_owned()
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || c == '.')
}

fn is_unit(text: &str) -> bool {
    ["ms", "s", "µs"].iter().any(|unit| {
        text.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    })
}

/// `2026-03-31T12:00:00Z`, or as a run id `20260331T120000Z`.
fn is_moment(word: &str) -> bool {
    let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape.starts_with("0000-00-00T00:00:00") && shape.ends_with('Z') || shape == "00000000T000000Z"
}

fn is_uuid(word: &str) -> bool {
    word.len() == 36 && word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

fn is_envelope(word: &str) -> bool {
    word.len() == 27
        && word.starts_with('E')
        && word.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
}
