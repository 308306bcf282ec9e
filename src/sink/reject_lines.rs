//! Refused documents as NDJSON: one line each, ready to be mended and run again.

use super::{EnvelopeHead, Outcome, Outcomes, Reject, Sink, SinkError};
use serde_json::{Map, Value, json};

/// Writes each reject as one JSON line into another sink; takes no envelopes.
///
/// A line holds `code`, `name`, `message`, `place` (`file`, `line`, `column`, `byte`), `key`, `rule` (`file`, `line`,
/// `column`) and `original`.
/// `original` holds the document's own JSON, numbers as they were spelt; an array when it was made from
/// several lines; a string when its bytes are no JSON or only a beginning of it.
#[derive(Debug)]
pub struct RejectLines<S: Sink> {
    inner: S,
    line: Vec<u8>,
}

impl<S: Sink> RejectLines<S> {
    /// Into this sink.
    pub fn new(inner: S) -> RejectLines<S> {
        RejectLines { inner, line: vec![] }
    }
}

impl<S: Sink> Sink for RejectLines<S> {
    fn open(&mut self, _: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        Ok(())
    }
    fn write(&mut self, _: &[u8]) -> Result<(), SinkError> {
        Ok(())
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        Ok(Outcomes::All(Outcome::Accepted))
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        self.line.clear();
        write_line(reject, &mut self.line);
        self.inner.write(&self.line)
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        self.inner.finish()
    }
}

fn write_line(reject: &Reject<'_>, out: &mut Vec<u8>) {
    let place = reject.place;
    let mut line = Map::new();
    line.insert("code".into(), reject.code.id().into());
    line.insert("name".into(), reject.code.name().into());
    line.insert("message".into(), reject.message.into());
    line.insert(
        "place".into(),
        json!({"file": place.file, "line": place.line, "column": place.column, "byte": place.byte}),
    );
    line.insert("key".into(), reject.key.into());
    let rule = reject.rule.map(|r| json!({"file": r.file, "line": r.line, "column": r.column}));
    line.insert("rule".into(), rule.into());
    let head = Value::Object(line).to_string();
    out.extend_from_slice(&head.as_bytes()[..head.len() - 1]);
    out.extend_from_slice(b",\"original\":");
    write_original(reject, out);
    out.extend_from_slice(b"}\n");
}

/// The bytes as JSON, or as a string when they are none or not all there: the beginning of a line may be JSON
/// by chance. Values keep their spelling; only white space between
/// them is left out,
/// because a raw newline would end the line.
fn write_original(reject: &Reject<'_>, out: &mut Vec<u8>) {
    let values = if reject.cut { None } else { values(reject.original) };
    let Some(values) = values else {
        out.extend_from_slice(Value::from(String::from_utf8_lossy(reject.original)).to_string().as_bytes());
        return;
    };
    if let [one] = values[..] {
        return compact(one, out);
    }
    out.push(b'[');
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        compact(value, out);
    }
    out.push(b']');
}

/// The JSON values that the bytes are, at least one.
fn values(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let mut found = vec![];
    let mut start = 0;
    while let Some(value) = stream.next() {
        value.ok()?;
        found.push(&bytes[start..stream.byte_offset()]);
        start = stream.byte_offset();
    }
    (!found.is_empty()).then_some(found)
}

/// Valid JSON without the white space outside of strings.
fn compact(json: &[u8], out: &mut Vec<u8>) {
    let (mut in_string, mut escaped) = (false, false);
    for &byte in json {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            continue;
        } else {
            in_string = byte == b'"';
        }
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::RejectLines;
    use crate::diag::Code;
    use crate::sink::{Place, Reject, Rule, Sink, WriteSink};

    fn line(original: &[u8]) -> String {
        line_of(original, false)
    }

    fn line_of(original: &[u8], cut: bool) -> String {
        let mut sink = RejectLines::new(WriteSink::new(vec![], "memory"));
        let place = Place { file: "a.json".into(), line: 3, column: 7, byte: 41 };
        let rule = Some(Rule { file: "a.map", line: 9, column: 3 });
        let (code, message, key) = (Code::J601, "unbalanced", Some("4/1"));
        sink.reject(&Reject { code, message, place: &place, key, rule, original, cut }).unwrap();
        String::from_utf8(sink.inner.into_inner()).unwrap()
    }

    #[test]
    fn the_original_keeps_its_spelling() {
        let expected = concat!(
            r#"{"code":"J601","name":"input-not-read","message":"unbalanced","#,
            r#""place":{"file":"a.json","line":3,"column":7,"byte":41},"key":"4/1","#,
            r#""rule":{"file":"a.map","line":9,"column":3},"original":{"a":1.500e0,"b":"x \" y"}}"#,
            "\n"
        );
        assert_eq!(line(b"{\"a\": 1.500e0,\n \"b\": \"x \\\" y\"}"), expected);
    }

    #[test]
    fn lines_become_an_array_and_broken_json_a_string() {
        assert!(line(b"{\"a\":1}\n{\"a\":2}").ends_with("\"original\":[{\"a\":1},{\"a\":2}]}\n"));
        assert!(line(b"{\"a\":\n").ends_with("\"original\":\"{\\\"a\\\":\\n\"}\n"));
        assert!(line(b"").ends_with("\"original\":\"\"}\n"));
        assert!(line(b"\xff").ends_with("\"original\":\"\u{fffd}\"}\n"));
    }

    #[test]
    fn what_is_not_all_there_is_a_string_also_when_it_is_json() {
        assert!(line_of(b"{\"a\":1}  ", true).ends_with("\"original\":\"{\\\"a\\\":1}  \"}\n"));
    }
}
