//! A fault: why one document cannot be written. Made only when something is wrong, so it may own its words.

use crate::diag::{Code, Span};

/// Why one document is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The kind.
    pub code: Code,
    /// One line: what is there and what was expected, the value included (cut to 60 characters).
    pub message: String,
    /// The first byte of the value in the document's input, where known.
    pub at: Option<u32>,
    /// The place in the mapping, where known.
    pub span: Option<Span>,
}

impl Fault {
    /// A fault without a place; the caller that knows the place adds it.
    #[cold]
    pub fn new(code: Code, message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { code, message: message.into(), at: None, span: None })
    }
    /// A fault at a byte of the document.
    #[cold]
    pub fn at(code: Code, at: u32, message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { code, message: message.into(), at: Some(at), span: None })
    }
}

/// A value quoted for a message: at most 60 characters, control characters escaped.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for (i, c) in text.chars().enumerate() {
        if i == 60 {
            out.push('…');
            break;
        }
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
