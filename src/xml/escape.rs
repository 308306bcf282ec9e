//! Escaping text and attribute values (XML 1.0 §2.4, §2.11, §3.3.3).

use crate::data::Append;
use crate::vector::{Kit, Wide};

/// Appends element text: `& < >` become entities; a carriage return becomes a reference, or the parser would make it a line feed.
/// Control characters XML cannot carry must have been refused before; they are left out here.
#[inline]
pub fn text(out: &mut impl Append, value: &str) {
    copy(out, value.as_bytes(), false);
}

/// [`text`] for bytes that are known to be UTF-8.
#[inline]
pub fn text_bytes(out: &mut impl Append, value: &[u8]) {
    copy(out, value, false);
}

/// Appends an attribute value for double quotes: also `"`, tab and line feed.
#[inline]
pub fn attribute(out: &mut impl Append, value: &str) {
    copy(out, value.as_bytes(), true);
}

/// Which of these bytes cannot surely be copied as they are into element text, the first byte's bit lowest.
#[inline(always)]
pub(crate) fn specials<K: Kit>(kit: K, bytes: &[u8; 32]) -> u32 {
    let all = kit.load(bytes);
    // `<` and `>` differ in one bit
    all.with(0x02).is(b'>').or(all.is(b'&')).or(all.at_most(0x1f)).bits()
}

/// Copies all of it at once when it is clean: few texts have something to escape.
#[inline]
fn copy(out: &mut impl Append, value: &[u8], attribute: bool) {
    if is_clean(value) {
        out.append(value);
    } else {
        slow(out, value, attribute);
    }
}

/// Whether surely no byte needs an escape; the last bytes are looked at in a word that overlaps the one before.
#[inline]
fn is_clean(value: &[u8]) -> bool {
    if value.len() >= WIDTH {
        let (chunks, rest) = value.as_chunks::<WIDTH>();
        return chunks.iter().all(|chunk| !is_dirty(chunk))
            && (rest.is_empty() || value.last_chunk::<WIDTH>().is_none_or(|last| !is_dirty(last)));
    }
    if let (Some(first), Some(last)) = (value.first_chunk::<8>(), value.last_chunk::<8>()) {
        return care(u64::from_le_bytes(*first)) | care(u64::from_le_bytes(*last)) == 0;
    }
    if let (Some(first), Some(last)) = (value.first_chunk::<4>(), value.last_chunk::<4>()) {
        let word = u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
        return care(word) == 0;
    }
    !value.iter().any(|b| needs_care(*b))
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

/// [`needs_care`] for eight bytes at once: zero when none does.
///
/// `<` and `>` differ in one bit, `&` and `"` in another; a byte below a bound borrows from its highest bit.
#[inline]
fn care(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word & (ONES << 7);
    let angle = (word | (ONES * 2)) ^ (ONES * 0x3e);
    let quote = (word | (ONES * 4)) ^ (ONES * 0x26);
    below(word, 0x20) | below(angle, 1) | below(quote, 1)
}

/// Copies what stands between two bytes that need care in one go.
#[cold]
fn slow(out: &mut impl Append, value: &[u8], attribute: bool) {
    let mut rest = value;
    while let Some(place) = rest.iter().position(|byte| needs_care(*byte)) {
        let (before, from) = rest.split_at(place);
        out.append(before);
        match from[0] {
            b'&' => out.append(b"&amp;"),
            b'<' => out.append(b"&lt;"),
            b'>' => out.append(b"&gt;"),
            b'\r' => out.append(b"&#13;"),
            b'"' if attribute => out.append(b"&quot;"),
            b'\n' if attribute => out.append(b"&#10;"),
            b'\t' if attribute => out.append(b"&#9;"),
            byte @ (b'\t' | b'\n' | 0x20..) => out.append(&[byte]),
            _ => {}
        }
        rest = &from[1..];
    }
    out.append(rest);
}

#[cfg(test)]
mod tests {
    use crate::vector::{Kit, Level, Task};

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

    struct Specials<'a>(&'a [u8; 32]);

    impl Task for Specials<'_> {
        type Out = u32;
        #[inline(always)]
        fn run<K: Kit>(self, kit: K) -> u32 {
            super::specials(kit, self.0)
        }
    }

    #[test]
    fn specials_are_found_at_their_places() {
        for place in 0..32 {
            for byte in 0..=u8::MAX {
                let mut bytes = [b'a'; 32];
                bytes[place] = byte;
                let special = byte < 0x20 || matches!(byte, b'&' | b'<' | b'>');
                for level in [Level::Base, Level::best()] {
                    let found = level.run(Specials(&bytes));
                    assert_eq!(found, u32::from(special) << place, "{byte:#x} at {place} {level:?}");
                }
            }
        }
    }

    #[test]
    fn words_tell_the_same_as_bytes() {
        for place in 0..8 {
            for byte in 0..=u8::MAX {
                for other in [b'a', 0x80, 0xff, b'\'', b'!', b'='] {
                    let mut bytes = [other; 8];
                    bytes[place] = byte;
                    let told = super::care(u64::from_le_bytes(bytes)) != 0;
                    assert_eq!(told, super::needs_care(byte), "{byte:#x} at {place} among {other:#x}");
                }
            }
        }
    }

    #[test]
    fn a_special_is_seen_at_every_place_of_every_length() {
        for length in 1..70 {
            for at in 0..length {
                let mut value = "x".repeat(length);
                value.replace_range(at..=at, "&");
                assert_eq!(text(&value), value.replace('&', "&amp;"), "{length} {at}");
            }
        }
    }
}
