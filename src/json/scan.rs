//! The byte scans everything else is made of: where a string stops, where white space stops, which bytes are
//! brackets.
//!
//! Thirty-two bytes at a time: a class of bytes becomes a mask of one bit each. This file knows bytes, not
//! grammar.

use crate::vector::{Kit, Sixteen, Wide};

/// The chunk at `at`, when it is all there.
#[inline(always)]
pub(super) fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    bytes.get(at..)?.first_chunk::<N>()
}

/// One bit for each byte that is no digit.
#[inline(always)]
pub(super) fn no_digits<K: Kit>(kit: K, bytes: &[u8; 32]) -> u32 {
    !kit.load(bytes).minus(b'0').at_most(9).bits()
}

/// The first quote, backslash or control character from `at` on; `wide` is set when other than ASCII was
/// passed.
#[inline(always)]
pub(super) fn string_stop<K: Kit>(kit: K, bytes: &[u8], mut at: usize, wide: &mut bool) -> Option<usize> {
    while let Some(chunk) = chunk::<32>(bytes, at) {
        let text = kit.load(chunk);
        let stops = text.is(b'"').or(text.is(b'\\')).or(text.at_most(0x1f)).bits();
        let wides = text.bits();
        if stops != 0 {
            // The bits below the first stop.
            *wide |= wides & stops.wrapping_sub(1) & !stops != 0;
            return Some(at + stops.trailing_zeros() as usize);
        }
        *wide |= wides != 0;
        at += 32;
    }
    string_stop_near_end(bytes, at, wide)
}

#[inline(never)]
fn string_stop_near_end(bytes: &[u8], mut at: usize, wide: &mut bool) -> Option<usize> {
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            return Some(at);
        }
        *wide |= byte >= 0x80;
        at += 1;
    }
    None
}

/// The first byte from `at` on that is no white space, or the end.
#[inline(always)]
pub(super) fn white_space(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(&byte) if byte > b' ' => at,
        _ => white_space_run(bytes, at),
    }
}

#[inline(never)]
fn white_space_run(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = chunk::<16>(bytes, at) {
        let text = Sixteen::of(chunk);
        let blank = text.is(b' ').or(text.is(b'\n')).or(text.is(b'\t')).or(text.is(b'\r')).bits();
        if blank != 0xffff {
            return at + blank.trailing_ones() as usize;
        }
        at += 16;
    }
    while matches!(bytes.get(at), Some(b' ' | b'\n' | b'\t' | b'\r')) {
        at += 1;
    }
    at
}

/// Brackets outside strings in 64 bytes, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Brackets {
    pub open: u64,
    pub close: u64,
}

/// What has to be known from the bytes before to tell strings from structure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Carry {
    /// All ones inside a string.
    string: u64,
    /// 1 when the next byte is escaped.
    escaped: u64,
}

impl Carry {
    /// The brackets of the next 64 bytes.
    #[inline(always)]
    pub(super) fn brackets<K: Kit>(&mut self, kit: K, block: &[u8; 64]) -> Brackets {
        let (halves, _) = block.as_chunks::<32>();
        let text = [kit.load(&halves[0]), kit.load(&halves[1])];
        let mut quote = bits(text.map(|text| text.is(b'"')));
        let slashes = text.map(|text| text.is(b'\\'));
        let slash = if slashes[0].or(slashes[1]).bits() == 0 { 0 } else { bits(slashes) };
        // `[` and `{` differ in this bit only, as do `]` and `}`.
        let folded = text.map(|text| text.with(0x20));
        let open = bits(folded.map(|text| text.is(b'{')));
        let close = bits(folded.map(|text| text.is(b'}')));
        quote &= !self.escapes(slash);
        let inside = kit.prefix_xor(quote) ^ self.string;
        self.string = ((inside as i64) >> 63) as u64;
        Brackets { open: open & !inside, close: close & !inside }
    }

    /// The bytes that are escaped by a backslash before them.
    #[inline(always)]
    fn escapes(&mut self, slash: u64) -> u64 {
        if slash == 0 {
            return std::mem::take(&mut self.escaped);
        }
        // Of each run of backslashes every second byte, and the byte after a run of odd length, is escaped:
        // adding the
        // run's start bits at odd places carries through the run and tells its parity (Langdale, Lemire
        // 2019, section 3.1.1).
        const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
        let start = slash & !self.escaped;
        let terminal = (((start << 1) | ODD).wrapping_sub(start)) ^ ODD;
        let escaped = terminal ^ (slash | self.escaped);
        self.escaped = (terminal & slash) >> 63;
        escaped
    }
}

/// Bit 7 of each of 64 bytes.
#[inline(always)]
fn bits<W: Wide>([low, high]: [W; 2]) -> u64 {
    u64::from(low.bits()) | u64::from(high.bits()) << 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{Base, Level, Task};
    use proptest::prelude::*;

    /// Brackets by the definition: one byte after the other.
    fn by_hand(bytes: &[u8]) -> Vec<Brackets> {
        let (mut string, mut escaped) = (false, false);
        let mut one = |block: &[u8]| {
            let mut out = Brackets { open: 0, close: 0 };
            for (i, &byte) in block.iter().enumerate() {
                if escaped {
                    escaped = false;
                    if byte == b'"' {
                        continue;
                    }
                } else if byte == b'\\' {
                    escaped = true;
                    continue;
                } else if byte == b'"' {
                    string = !string;
                }
                match byte {
                    b'{' | b'[' if !string => out.open |= 1 << i,
                    b'}' | b']' if !string => out.close |= 1 << i,
                    _ => {}
                }
            }
            out
        };
        bytes.chunks(64).map(&mut one).collect()
    }

    struct All<'a>(&'a [u8]);

    impl Task for All<'_> {
        type Out = Vec<Brackets>;

        #[inline(always)]
        fn run<K: Kit>(self, kit: K) -> Vec<Brackets> {
            let mut carry = Carry::default();
            self.0.as_chunks::<64>().0.iter().map(|block| carry.brackets(kit, block)).collect()
        }
    }

    proptest! {
        #[test]
        fn white_space_ends(text in "[ \n\t\r]{0,40}[ax\u{1}]?[ \n]{0,3}", from in 0usize..4) {
            let from = from.min(text.len());
            let solid = |b: &u8| !matches!(b, b' ' | b'\n' | b'\t' | b'\r');
            let expected = text.as_bytes()[from..].iter().position(solid).map_or(text.len(), |i| i + from);
            prop_assert_eq!(white_space(text.as_bytes(), from), expected);
        }

        #[test]
        fn brackets_are_those_outside_strings(bytes in prop::collection::vec(prop::sample::select(b"\"\\\\{}[]a".to_vec()), 256)) {
            for level in [Level::Base, Level::best()] {
                prop_assert_eq!(level.run(All(&bytes)), by_hand(&bytes));
            }
        }

        #[test]
        fn string_stops(text in "[a-zäé\"\\\\\u{1}]{0,40}", from in 0usize..4) {
            let bytes = text.as_bytes();
            let from = from.min(bytes.len());
            let mut wide = false;
            let stop = string_stop(Base, bytes, from, &mut wide);
            let expected = bytes[from..].iter().position(|&b| b == b'"' || b == b'\\' || b < 0x20).map(|i| i + from);
            prop_assert_eq!(stop, expected);
            prop_assert_eq!(wide, bytes[from..expected.unwrap_or(bytes.len())].iter().any(|&b| b >= 0x80));
        }
    }
}
