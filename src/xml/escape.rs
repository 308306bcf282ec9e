//! Escaping text and attribute values (XML 1.0 §2.4, §2.11, §3.3.3).

/// Appends element text: `& < >` become entities; a carriage return becomes a reference, or the parser would make it a line feed.
/// Control characters XML cannot carry must have been refused before; they are left out here.
#[inline]
pub fn text(out: &mut Vec<u8>, value: &str) {
    copy(out, value.as_bytes(), false);
}

/// [`text`] for bytes that are known to be UTF-8.
#[inline]
pub fn text_bytes(out: &mut Vec<u8>, value: &[u8]) {
    copy(out, value, false);
}

/// Appends an attribute value for double quotes: also `"`, tab and line feed.
#[inline]
pub fn attribute(out: &mut Vec<u8>, value: &str) {
    copy(out, value.as_bytes(), true);
}

#[inline]
fn copy(out: &mut Vec<u8>, value: &[u8], attribute: bool) {
    let clean = clean_prefix(value);
    out.extend_from_slice(&value[..clean]);
    if clean < value.len() {
        slow(out, &value[clean..], attribute);
    }
}

/// Number of leading bytes that surely need no escape: sixteen at a time, the last sixteen overlapping.
#[inline]
fn clean_prefix(value: &[u8]) -> usize {
    let mut chunks = value.chunks_exact(WIDTH);
    let mut at = 0;
    for chunk in &mut chunks {
        if is_dirty(chunk.try_into().expect("the chunk has this width")) {
            return at;
        }
        at += WIDTH;
    }
    let rest = chunks.remainder();
    if rest.is_empty() {
        return at;
    }
    let dirty = match value.len().checked_sub(WIDTH).and_then(|from| value[from..].first_chunk::<WIDTH>()) {
        Some(last) => is_dirty(last),
        None => rest.iter().any(|b| needs_care(*b)),
    };
    if dirty { at } else { value.len() }
}

/// Bytes looked at together; the compiler makes vector instructions of the loop over them.
const WIDTH: usize = 16;

#[inline]
fn is_dirty(chunk: &[u8; WIDTH]) -> bool {
    chunk.iter().fold(false, |dirty, b| dirty | needs_care(*b))
}

/// Whether a byte may need an escape.
#[inline]
fn needs_care(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'&') | (byte == b'<') | (byte == b'>') | (byte == b'"')
}

#[cold]
fn slow(out: &mut Vec<u8>, value: &[u8], attribute: bool) {
    for &byte in value {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'\r' => out.extend_from_slice(b"&#13;"),
            b'"' if attribute => out.extend_from_slice(b"&quot;"),
            b'\n' if attribute => out.extend_from_slice(b"&#10;"),
            b'\t' if attribute => out.extend_from_slice(b"&#9;"),
            b'\t' | b'\n' | 0x20.. => out.push(byte),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    fn text(value: &str) -> String {
        let mut out = vec![];
        super::text(&mut out, value);
        String::from_utf8(out).expect("escaping keeps UTF-8")
    }

    #[test]
    fn specials_become_entities_and_the_rest_stays() {
        assert_eq!(text("Meier & Söhne <GmbH> \"A\"\r\n"), "Meier &amp; Söhne &lt;GmbH&gt; \"A\"&#13;\n");
        assert_eq!(text("plain text of more than eight bytes"), "plain text of more than eight bytes");
        let mut out = vec![];
        super::attribute(&mut out, "a\"b\n<");
        assert_eq!(out, b"a&quot;b&#10;&lt;");
    }

    #[test]
    fn every_place_of_every_special_is_seen() {
        for special in ['&', '<', '>', '\r', '=', ';', '"', 'ü'] {
            for at in 0..20 {
                let mut plain: Vec<char> = "abcdefghijklmnopqrst".chars().collect();
                plain[at] = special;
                let plain: String = plain.into_iter().collect();
                let expected = plain
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('\r', "&#13;");
                assert_eq!(text(&plain), expected);
            }
        }
    }
}
