//! A JSON text in pieces: the members of an object, the elements of a list, a record without most elements of
//! a list.
//!
//! For texts that are looked at once, as rejects are; records are read by the reader.

use std::ops::Range;

use super::scan::white_space;
use super::skip;
use super::token::{self, Scan, Stop, SyntaxError, unexpected};
use super::{Decode, NodeId, ObjectId, Schema};

/// Where a member or an element stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its key, unescaped; empty for elements.
    pub key: String,
    /// Its value.
    pub value: Range<usize>,
}

/// The members of the object, or the elements of the list, that the text is.
///
/// # Errors
/// J401 to J406 with the place: the text is no JSON, or neither an object nor a list.
pub fn pieces(text: &str) -> Result<Vec<Piece>, Box<SyntaxError>> {
    let all = |text: &str| {
        let (found, end) = walk(text, white_space(text.as_bytes(), 0), 0)?;
        let rest = white_space(text.as_bytes(), end);
        if rest < text.len() { unexpected(text.as_bytes(), rest, "the end") } else { Ok(found) }
    };
    all(text).map_err(|stop| stop.final_error(text.len()))
}

/// The pieces of the value at this place, and the byte after it.
fn walk(text: &str, at: usize, outer: usize) -> Scan<(Vec<Piece>, usize)> {
    let bytes = text.as_bytes();
    let object = match bytes.get(at) {
        Some(b'{') => true,
        Some(b'[') => false,
        None => return Err(Stop::Cut),
        Some(_) => return unexpected(bytes, at, "an object or a list"),
    };
    let (end, expected) = if object { (b'}', "`,` or `}`") } else { (b']', "`,` or `]`") };
    let mut found = vec![];
    let mut at = white_space(bytes, at + 1);
    if bytes.get(at) == Some(&end) {
        return Ok((found, at + 1));
    }
    loop {
        let mut key = String::new();
        if object {
            let (name, after) = skip::key(bytes, at)?;
            token::unescape(&text[at + 1..name.end], &mut key);
            at = white_space(bytes, after);
        }
        let after = skip::value(bytes, at, outer)?;
        found.push(Piece { key, value: at..after });
        at = white_space(bytes, after);
        match bytes.get(at) {
            Some(b',') => at = white_space(bytes, at + 1),
            Some(byte) if *byte == end => return Ok((found, at + 1)),
            None => return Err(Stop::Cut),
            Some(_) => return unexpected(bytes, at, expected),
        }
    }
}

/// The record with only one element, or none, in each of these lists (cells of the record's frame).
/// Nothing when a list cannot be told from other values that are read.
pub fn keep_elements(schema: &Schema, record: &str, lists: &[(u16, Option<usize>)]) -> Option<String> {
    let mut edits = vec![];
    for (cell, kept) in lists {
        let mut path = vec![];
        let root = schema.objects.first()?.root;
        if !find(schema, root, *cell, &mut path) {
            return None;
        }
        let Some(list) = value_at(record, &path)? else { continue };
        let text = &record[list.clone()];
        if !text.starts_with('[') {
            continue;
        }
        let elements = pieces(text).ok()?;
        let kept = match kept {
            Some(index) => &text[elements.get(*index)?.value.clone()],
            None => "",
        };
        edits.push((list.clone(), format!("[{kept}]")));
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::new();
    let mut at = 0;
    for (range, text) in edits {
        out.push_str(record.get(at..range.start)?);
        out.push_str(&text);
        at = range.end;
    }
    out.push_str(&record[at..]);
    Some(out)
}

/// The keys that lead to a cell that is alone in being read from its value; false when there are none.
fn find(schema: &Schema, node: NodeId, cell: u16, path: &mut Vec<String>) -> bool {
    let node = &schema.nodes[usize::from(node.0)];
    let leaves = &schema.objects[usize::from(ObjectId(0).0)].leaves;
    let presence = |cells: &[u16]| {
        cells.iter().all(|cell| matches!(leaves[usize::from(*cell)].decode, Decode::Presence))
    };
    if node.positional || node.entries.iter().any(|entry| entry.key.is_empty() && !presence(&entry.cells)) {
        return false;
    }
    for entry in &node.entries {
        path.push(entry.key.clone());
        if entry.cells.contains(&cell) {
            return entry.cells.len() == 1 && entry.node.is_none();
        }
        if let Some(inner) = entry.node
            && presence(&entry.cells)
            && find(schema, inner, cell, path)
        {
            return true;
        }
        path.pop();
    }
    false
}

/// Where the value under these keys stands, or that there is none; nothing when a key is there twice.
fn value_at(text: &str, path: &[String]) -> Option<Option<Range<usize>>> {
    let mut range = 0..text.len();
    for key in path {
        if !text[range.clone()].trim_start().starts_with('{') {
            return Some(None);
        }
        let members = pieces(&text[range.clone()]).ok()?;
        let mut named = members.iter().filter(|member| member.key == *key);
        let Some(member) = named.next() else { return Some(None) };
        if named.next().is_some() {
            return None;
        }
        range = range.start + member.value.start..range.start + member.value.end;
    }
    Some(Some(range))
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn members_and_elements() {
        let text = r#" {"a\n": [1, {"b": "]"}], "c" : null } "#;
        let found = pieces(text).unwrap();
        let shown: Vec<_> = found.iter().map(|p| (p.key.as_str(), &text[p.value.clone()])).collect();
        assert_eq!(shown, [("a\n", r#"[1, {"b": "]"}]"#), ("c", "null")]);
        let inner = &text[found[0].value.clone()];
        let shown: Vec<_> = pieces(inner).unwrap().iter().map(|p| &inner[p.value.clone()]).collect();
        assert_eq!(shown, ["1", r#"{"b": "]"}"#]);
        assert!(pieces("[]").unwrap().is_empty() && pieces("{ }").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_json_has_its_place() {
        for (text, code, at) in [
            ("{\"a\":1", "J402", 6),
            ("{\"a\":1]", "J401", 6),
            ("[1] 2", "J401", 4),
            ("\"text\"", "J401", 0),
            ("", "J402", 0),
            ("{\"a\" 1}", "J401", 5),
            ("[1,]", "J401", 3),
        ] {
            let error = pieces(text).unwrap_err();
            assert_eq!((error.code.id(), error.at), (code, at), "{text}");
        }
        let deep = "[".repeat(1_000_000);
        assert_eq!(pieces(&deep).unwrap_err().code.id(), "J406");
    }
}
