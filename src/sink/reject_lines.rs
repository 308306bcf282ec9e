//! Refused documents as NDJSON: one line each, ready to be mended and run again.

use super::{EnvelopeHead, Only, Outcome, Outcomes, Reject, Sink, SinkError};
use serde_json::{Map, Value, json};

/// Writes each reject as one JSON line into another sink; takes no envelopes.
///
/// A line holds `code`, `name`, `message`, `place` (`file`, `line`, `column`, `byte`), `key`, `rule` (`file`, `line`,
/// `column`) and `original`.
/// `original` holds the document's own JSON, numbers as they were spelt; an array of its lines when it was made
/// from lines; a string when its bytes are no JSON or only a beginning of it.
/// What else is needed to run it again follows where there is any: `around`, `only`, `origin`,
/// `may_lack_lines`, `key_again`, see [`Rerun`](super::Rerun).
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
    write_again(reject, out);
    out.extend_from_slice(b"}\n");
}

fn write_again(reject: &Reject<'_>, out: &mut Vec<u8>) {
    let again = &reject.again;
    if let Some(kept) = again.kept {
        return out.extend_from_slice(kept.as_bytes());
    }
    if let Some(around) = again.around {
        out.extend_from_slice(b",\"around\":");
        compact(around.as_bytes(), out);
    }
    let mut line = Map::new();
    let only = again.only.map(|only| match only {
        Only::Record => "record".into(),
        Only::Element { list, number, alone: true } => json!({"list": list, "number": number, "alone": true}),
        Only::Element { list, number, alone: false } => json!({"list": list, "number": number}),
    });
    line.extend(only.map(|only| ("only".into(), only)));
    if let Some(from) = again.origin {
        let mut origin = Map::new();
        origin.insert("file".into(), from.file.into());
        origin.extend(from.byte.map(|byte| ("byte".into(), byte.into())));
        origin.extend(from.content.map(|content| ("content".into(), content.into())));
        line.insert("origin".into(), origin.into());
    }
    for (name, holds) in [("may_lack_lines", again.may_lack_lines), ("key_again", again.key_again)] {
        line.extend(holds.then(|| (name.into(), true.into())));
    }
    if !line.is_empty() {
        let members = Value::Object(line).to_string();
        out.push(b',');
        out.extend_from_slice(&members.as_bytes()[1..members.len() - 1]);
    }
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
    if let ([one], false) = (&values[..], reject.again.lines) {
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
    use crate::sink::{Only, Origin, Place, Reject, Rerun, Rule, Sink, WriteSink};

    fn line(original: &[u8]) -> String {
        line_of(original, false)
    }

    fn line_of(original: &[u8], cut: bool) -> String {
        written(original, cut, Rerun::default())
    }

    fn written(original: &[u8], cut: bool, again: Rerun<'_>) -> String {
        let mut sink = RejectLines::new(WriteSink::new(vec![], "memory"));
        let place = Place { file: "a.json".into(), line: 3, column: 7, byte: 41 };
        let rule = Some(Rule { file: "a.map", line: 9, column: 3 });
        let (code, message, key) = (Code::J601, "unbalanced", Some("4/1"));
        sink.reject(&Reject { code, message, place: &place, key, rule, original, cut, again }).unwrap();
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
    fn what_running_it_again_needs_follows_the_original() {
        let lines = Rerun { lines: true, may_lack_lines: true, ..Rerun::default() };
        let said = written(b"{\"a\":1}", false, lines);
        assert!(said.ends_with("\"original\":[{\"a\":1}],\"may_lack_lines\":true}\n"), "{said}");
        let again = Rerun {
            around: Some("{\"day\" : 1.50}"),
            only: Some(Only::Element { list: "entries", number: 3, alone: true }),
            origin: Some(Origin { file: "a.json", byte: Some(7), content: Some("ABC") }),
            key_again: true,
            ..Rerun::default()
        };
        let expected = concat!(
            r#""original":1,"around":{"day":1.50},"only":{"list":"entries","number":3,"alone":true},"#,
            r#""origin":{"file":"a.json","byte":7,"content":"ABC"},"key_again":true}"#,
            "\n"
        );
        let said = written(b"1", false, again);
        assert!(said.ends_with(expected), "{said}");
        let record = Rerun { only: Some(Only::Record), ..Rerun::default() };
        assert!(written(b"1", false, record).ends_with("\"original\":1,\"only\":\"record\"}\n"));
    }

    #[test]
    fn what_is_not_all_there_is_a_string_also_when_it_is_json() {
        assert!(line_of(b"{\"a\":1}  ", true).ends_with("\"original\":\"{\\\"a\\\":1}  \"}\n"));
    }
}
