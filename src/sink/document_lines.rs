//! Documents as NDJSON, for those who look rather than read XML.

use super::pieces::{Pieces, not_read};
use super::{DocumentInfo, EnvelopeHead, Outcomes, Reject, Sink, SinkError};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Which elements become arrays, and which prefix is left out of names.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// Prefix of the message's own namespace.
    pub prefix: String,
    /// Paths below the document's element, `JournalEntry/Item`, of elements that may repeat. They are arrays
    /// even when there is one.
    pub repeats: BTreeSet<String>,
}

/// Writes one JSON line a document: `{"id", "key", "document": {…}}`. Values are strings; attributes are
/// `@name`; the text of an
/// element that has attributes is `#text`.
#[derive(Debug)]
pub struct DocumentLines<S: Sink> {
    inner: S,
    shape: Shape,
    pieces: Pieces,
    written: u64,
}

impl<S: Sink> DocumentLines<S> {
    /// Into this sink.
    pub fn new(inner: S, shape: Shape) -> DocumentLines<S> {
        DocumentLines { inner, shape, pieces: Pieces::default(), written: 0 }
    }
}

impl<S: Sink> Sink for DocumentLines<S> {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        self.pieces.clear();
        self.written = 0;
        self.inner.open(envelope)
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.pieces.add(bytes);
        Ok(())
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        let xml = self.pieces.between(document.range.start, document.range.end);
        let body = to_json(std::str::from_utf8(xml).map_err(not_read)?, &self.shape)?;
        self.pieces.forget(document.range.end);
        let line = Map::from_iter([
            ("id".to_owned(), document.id.into()),
            ("key".to_owned(), document.key.into()),
            ("document".to_owned(), body),
        ]);
        let mut line = Value::Object(line).to_string();
        let range = self.written..self.written + line.len() as u64;
        line.push('\n');
        self.written = range.end + 1;
        self.inner.write(line.as_bytes())?;
        self.inner.document(&DocumentInfo { range, ..document.clone() })
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
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

/// An element that is being read.
struct Open {
    name: String,
    members: Map<String, Value>,
    text: String,
}

/// The content of one element as JSON.
fn to_json(xml: &str, shape: &Shape) -> Result<Value, SinkError> {
    let mut reader = Reader::from_str(xml);
    let mut open: Vec<Open> = vec![];
    let mut result = Value::Null;
    loop {
        match reader.read_event().map_err(not_read)? {
            Event::Start(start) => open.push(begin(&start, shape)?),
            Event::Empty(start) => {
                open.push(begin(&start, shape)?);
                end(&mut open, &mut result, shape);
            }
            Event::End(_) => end(&mut open, &mut result, shape),
            Event::Text(text) => push_text(&mut open, &text),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().map_err(not_read)? {
                    Some(character) => String::from(character),
                    None => quick_xml::escape::resolve_predefined_entity(&reference)
                        .unwrap_or_default()
                        .to_owned(),
                };
                push_text(&mut open, &character);
            }
            Event::Eof => return Ok(result),
            _ => {}
        }
    }
}

fn begin(start: &BytesStart<'_>, shape: &Shape) -> Result<Open, SinkError> {
    let mut members = Map::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(not_read)?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(not_read)?;
        members.insert(format!("@{}", attribute.key.as_ref()), value.into_owned().into());
    }
    Ok(Open { name: local(start.name().as_ref(), shape).to_owned(), members, text: String::new() })
}

/// The name without the message's own prefix.
fn local<'n>(name: &'n str, shape: &Shape) -> &'n str {
    name.strip_prefix(shape.prefix.as_str()).and_then(|n| n.strip_prefix(':')).unwrap_or(name)
}

fn push_text(open: &mut [Open], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// Closes the innermost element and puts it into the one around it.
fn end(open: &mut Vec<Open>, result: &mut Value, shape: &Shape) {
    let Some(Open { name, mut members, text }) = open.pop() else { return };
    let value = if members.is_empty() {
        Value::String(text)
    } else {
        if members.keys().all(|k| k.starts_with('@')) {
            members.insert("#text".into(), text.into());
        }
        Value::Object(members)
    };
    // The outermost element's own name is not part of paths.
    let path: Vec<&str> = open.iter().skip(1).map(|o| o.name.as_str()).chain([name.as_str()]).collect();
    let repeats = shape.repeats.contains(&path.join("/"));
    let Some(around) = open.last_mut() else {
        *result = value;
        return;
    };
    match around.members.get_mut(&name) {
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None if repeats => {
            around.members.insert(name, Value::Array(vec![value]));
        }
        None => {
            around.members.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DocumentLines, Shape, to_json};
    use crate::sink::{DocumentInfo, EnvelopeHead, Original, Sink, WriteSink};

    fn shape() -> Shape {
        Shape { prefix: "s".into(), repeats: ["E/Item".to_owned()].into() }
    }

    #[test]
    fn attributes_text_and_repeats() {
        let xml = "<D><E><Item><A c=\"EUR\">1.00</A><T>a &lt; b&#10;c</T></Item><X>1</X><X>2</X><N/></E></D>";
        let expected =
            r##"{"E":{"Item":[{"A":{"@c":"EUR","#text":"1.00"},"T":"a < b\nc"}],"X":["1","2"],"N":""}}"##;
        assert_eq!(to_json(xml, &shape()).unwrap().to_string(), expected);
    }

    #[test]
    fn one_line_a_document() {
        let mut sink = DocumentLines::new(WriteSink::new(vec![], "memory"), shape());
        sink.open(&EnvelopeHead { number: 1, id: "1", uuid: "" }).unwrap();
        sink.write(b"<s:R><D><X>1</X></D><D><X>2</X></D></s:R>").unwrap();
        sink.document(&DocumentInfo {
            key: "a",
            id: "A",
            lines: 1,
            range: 5..20,
            original: Original::default(),
        })
        .unwrap();
        sink.document(&DocumentInfo {
            key: "b",
            id: "B",
            lines: 1,
            range: 20..35,
            original: Original::default(),
        })
        .unwrap();
        sink.close().unwrap();
        let text = String::from_utf8(sink.inner.into_inner()).unwrap();
        assert_eq!(
            text,
            "{\"id\":\"A\",\"key\":\"a\",\"document\":{\"X\":\"1\"}}\n{\"id\":\"B\",\"key\":\"b\",\"document\":{\"X\":\"2\"}}\n"
        );
    }
}
