//! Envelopes for people: one element a line, indented.

use super::pieces::{Pieces, not_read};
use super::{DocumentInfo, EnvelopeHead, Outcomes, Reject, Sink, SinkError};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::ops::Range;

/// Spaces a level.
const INDENT: usize = 2;

/// Indents envelopes on their way into another sink; holds one document, or as many as come in one piece.
#[derive(Debug)]
pub struct Pretty<S: Sink> {
    inner: S,
    pieces: Pieces,
    layout: Layout,
    /// Bytes of the indented envelope so far.
    written: u64,
}

impl<S: Sink> Pretty<S> {
    /// Into this sink.
    pub fn new(inner: S) -> Pretty<S> {
        Pretty { inner, pieces: Pieces::default(), layout: Layout::default(), written: 0 }
    }

    /// The sink that it indents for.
    pub fn into_inner(self) -> S {
        self.inner
    }

    /// Indents what came up to this offset, or all of it, and hands it on.
    fn indent(&mut self, to: Option<u64>) -> Result<Range<u64>, SinkError> {
        let bytes = to.map_or(self.pieces.rest(), |to| self.pieces.until(to));
        let mut reader = Reader::from_str(std::str::from_utf8(bytes).map_err(not_read)?);
        // A piece is a part of an envelope: what is opened in one is closed in another.
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        loop {
            match reader.read_event().map_err(not_read)? {
                Event::Eof => break,
                event => self.layout.add(&event),
            }
        }
        let start = self.written;
        self.written += self.layout.out.len() as u64;
        self.inner.write(self.layout.out.as_bytes())?;
        self.layout.out.clear();
        Ok(start..self.written)
    }
}

/// What was written last, as far as it matters for the next line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Last {
    #[default]
    Nothing,
    Start,
    End,
    Text,
}

/// Lines made from events. Text is never touched: only between elements is white space taken away and put in.
#[derive(Debug, Default)]
struct Layout {
    out: String,
    depth: usize,
    last: Last,
    /// White space that is text only when the element ends after it.
    space: String,
}

impl Layout {
    fn add(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) => {
                self.line();
                self.push(&["<", tag, ">"], Last::Start);
                self.depth += 1;
            }
            Event::Empty(tag) => {
                self.line();
                self.push(&["<", tag, "/>"], Last::End);
            }
            Event::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                if self.last == Last::End {
                    self.line();
                }
                self.push(&["</", tag, ">"], Last::End);
            }
            Event::Decl(declaration) => self.push(&["<?", declaration, "?>"], Last::End),
            Event::Text(text) if self.last != Last::Text && text.trim().is_empty() => {
                self.space.push_str(text)
            }
            Event::Text(text) => self.push(&[text], Last::Text),
            Event::GeneralRef(reference) => self.push(&["&", reference, ";"], Last::Text),
            // jemap writes none of these.
            Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) | Event::Eof => {}
        }
    }

    fn push(&mut self, parts: &[&str], last: Last) {
        if self.last == Last::Start {
            self.out.push_str(&self.space);
        }
        self.space.clear();
        parts.iter().for_each(|part| self.out.push_str(part));
        self.last = last;
    }

    /// Begins a line for an element.
    fn line(&mut self) {
        self.space.clear();
        if self.last != Last::Nothing {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', self.depth * INDENT));
    }
}

impl<S: Sink> Sink for Pretty<S> {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        self.pieces.clear();
        self.layout = Layout::default();
        self.written = 0;
        self.inner.open(envelope)
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.pieces.add(bytes);
        Ok(())
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        let range = self.indent(Some(document.range.end))?;
        self.pieces.forget(document.range.end);
        self.inner.document(&DocumentInfo { range, ..document.clone() })
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        self.indent(None)?;
        self.inner.write(b"\n")?;
        self.pieces.clear();
        self.inner.close()
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        self.inner.reject(reject)
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        self.inner.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Pretty;
    use crate::sink::{DocumentInfo, EnvelopeHead, Original, Sink, WriteSink};

    const ENVELOPE: &str = "<?xml version=\"1.0\"?><e><h>1</h>\n<d><a b=\"c\">x &amp; y&gt;</a><n/></d>\n\
                            <d><a> </a><b>&lt; 2 </b></d>\n</e>\n";

    /// Whatever the pieces are, the result is the same.
    fn indented(piece_bytes: usize) -> String {
        let mut sink = Pretty::new(WriteSink::new(vec![], "memory"));
        sink.open(&EnvelopeHead { number: 1, id: "1", uuid: "" }).unwrap();
        let ends: Vec<u64> = ENVELOPE.match_indices("</d>").map(|(i, _)| i as u64 + 4).collect();
        let (mut sent, mut told) = (0, 0);
        for piece in ENVELOPE.as_bytes().chunks(piece_bytes) {
            sink.write(piece).unwrap();
            sent += piece.len() as u64;
            while told < ends.len() && ends[told] <= sent {
                sink.document(&DocumentInfo {
                    key: "",
                    id: "",
                    lines: 1,
                    range: 0..ends[told],
                    original: Original::default(),
                })
                .unwrap();
                told += 1;
            }
        }
        sink.close().unwrap();
        sink.finish().unwrap();
        String::from_utf8(sink.inner.into_inner()).unwrap()
    }

    #[test]
    fn every_element_has_its_line() {
        let expected = "<?xml version=\"1.0\"?>\n<e>\n  <h>1</h>\n  <d>\n    <a b=\"c\">x &amp; y&gt;</a>\n    <n/>\n  </d>\n  \
                        <d>\n    <a> </a>\n    <b>&lt; 2 </b>\n  </d>\n</e>\n";
        for piece_bytes in [1, 7, 40, 1_000] {
            assert_eq!(indented(piece_bytes), expected, "{piece_bytes}");
        }
    }
}
