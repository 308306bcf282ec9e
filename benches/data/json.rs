//! JSON values and how they are spelt: compact or indented, in ASCII or not.
//! It knows nothing of ledgers.

use std::io::{self, Write};

/// One JSON value before it is spelt.
pub enum Node {
    /// A scalar as it stands in the file.
    Raw(String),
    /// A string, escaped when written; `true`: in ASCII only.
    Text(String, bool),
    Object(Vec<Member>),
    Array(Vec<Node>),
}

pub struct Member {
    /// Its name.
    pub key: String,
    /// What it holds.
    pub value: Node,
    /// The job's mappings read it.
    pub used: bool,
}

pub fn used(key: &str, value: Node) -> Member {
    Member { key: key.to_owned(), value, used: true }
}
pub fn ignored(key: &str, value: Node) -> Member {
    Member { key: key.to_owned(), value, used: false }
}
pub fn raw(value: impl ToString) -> Node {
    Node::Raw(value.to_string())
}
pub fn plain(value: impl ToString) -> Node {
    Node::Text(value.to_string(), false)
}
pub fn plain_or_null(value: Option<impl ToString>) -> Node {
    value.map_or_else(|| raw("null"), plain)
}

impl Node {
    /// The same scalar again.
    pub fn copy(&self) -> Node {
        match self {
            Node::Raw(text) => Node::Raw(text.clone()),
            Node::Text(text, ascii) => Node::Text(text.clone(), *ascii),
            Node::Object(_) | Node::Array(_) => unreachable!("only scalars are copied"),
        }
    }
}

/// Spells nodes, compact or indented, and counts what the job ignores.
#[derive(Default)]
pub struct Text {
    /// What is spelt and not yet written.
    pub bytes: String,
    /// Indented.
    pub pretty: bool,
    /// Of all that was spelt.
    pub ignored_bytes: u64,
}

impl Text {
    /// Hands over what is spelt; its size.
    pub fn drain(&mut self, out: &mut impl Write) -> io::Result<u64> {
        out.write_all(self.bytes.as_bytes())?;
        let written = self.bytes.len() as u64;
        self.bytes.clear();
        Ok(written)
    }

    /// In the indented form.
    pub fn new_line(&mut self, depth: usize) {
        if self.pretty {
            self.bytes.push('\n');
            self.bytes.extend(std::iter::repeat_n("  ", depth));
        }
    }

    /// What stands before a member or item.
    pub fn member_start(&mut self, comma: bool, depth: usize) {
        if comma {
            self.bytes.push(',');
        }
        self.new_line(depth);
    }

    /// A key and its colon.
    pub fn key(&mut self, key: &str) {
        self.string(key, false);
        self.bytes.push_str(if self.pretty { ": " } else { ":" });
    }

    /// A value.
    pub fn node(&mut self, node: &Node, depth: usize) {
        match node {
            Node::Raw(text) => self.bytes.push_str(text),
            Node::Text(text, ascii) => self.string(text, *ascii),
            Node::Object(members) => {
                self.bytes.push('{');
                for (index, member) in members.iter().enumerate() {
                    let (start, before) = (self.bytes.len(), self.ignored_bytes);
                    self.member_start(index > 0, depth + 1);
                    self.key(&member.key);
                    self.node(&member.value, depth + 1);
                    if !member.used {
                        self.ignored_bytes = before + (self.bytes.len() - start) as u64;
                    }
                }
                self.new_line(depth);
                self.bytes.push('}');
            }
            Node::Array(items) => {
                self.bytes.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.member_start(index > 0, depth + 1);
                    self.node(item, depth + 1);
                }
                if !items.is_empty() {
                    self.new_line(depth);
                }
                self.bytes.push(']');
            }
        }
    }

    fn string(&mut self, text: &str, ascii: bool) {
        self.bytes.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.bytes.push_str("\\\""),
                '\\' => self.bytes.push_str("\\\\"),
                '\n' => self.bytes.push_str("\\n"),
                '\t' => self.bytes.push_str("\\t"),
                letter if ascii && !letter.is_ascii() => {
                    for unit in letter.encode_utf16(&mut [0; 2]) {
                        self.bytes.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                letter => self.bytes.push(letter),
            }
        }
        self.bytes.push('"');
    }
}
