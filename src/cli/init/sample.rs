//! The first part of a sample as JSON values, however large the sample is.

use crate::diag::Code;
use crate::report::Problem;
use crate::sink::reason;
use serde_json::Value;
use std::io::Read;

/// More is not looked at.
const SAMPLE_BYTES_MAX: usize = 16 << 20;

/// Values one after the other, an array, or one document; of a sample that is too large, what is whole in its
/// first part.
pub(super) fn read(reader: &mut dyn Read, name: &str) -> Result<Vec<Value>, Problem> {
    let mut bytes = vec![];
    let limit = SAMPLE_BYTES_MAX as u64;
    reader
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|e| Problem::new(Code::J601, format!("cannot read the sample {name}: {}", reason(&e))))?;
    let whole = bytes.len() < SAMPLE_BYTES_MAX;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let mut values = vec![];
    let mut end = 0;
    while let Some(value) = stream.next() {
        match value {
            Ok(value) => values.push(value),
            Err(_) if !whole => {
                // The last value is cut off: what came before it, or its own whole part.
                if values.is_empty() {
                    values.extend(serde_json::from_slice(&closed(&bytes[end..])).ok());
                }
                break;
            }
            Err(error) => {
                return Err(Problem::new(Code::J642, format!("the sample {name} is no JSON: {error}")));
            }
        }
        end = stream.byte_offset();
    }
    // A top-level array is a list of records.
    Ok(values.into_iter().flat_map(|v| if let Value::Array(items) = v { items } else { vec![v] }).collect())
}

/// The JSON up to the last comma, everything that is open closed.
fn closed(bytes: &[u8]) -> Vec<u8> {
    let (mut open, mut in_string, mut escaped) = (vec![], false, false);
    let mut last: Option<(usize, Vec<u8>)> = None;
    for (i, &byte) in bytes.iter().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => {
                open.pop();
            }
            b',' => last = Some((i, open.clone())),
            _ => {}
        }
    }
    let Some((at, open)) = last else { return vec![] };
    let mut out = bytes[..at].to_vec();
    out.extend(open.iter().rev());
    out
}

#[cfg(test)]
mod tests {
    use super::closed;

    #[test]
    fn a_cut_document_keeps_its_whole_part() {
        assert_eq!(closed(br#"{"a":[{"b":"x,]"},{"b":2,"c":"#), br#"{"a":[{"b":"x,]"},{"b":2}]}"#);
        assert_eq!(closed(b"{\"a\":1"), b"");
    }
}
