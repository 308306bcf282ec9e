//! The page a block's steps are written on.
//!
//! Everything is copied in pieces of a fixed size: what stands behind the end of a text is copied with it and written over
//! by what follows. So a page has room behind its last place, and a text that has too little behind it is left to others.
//! Values that are not of the common form give `None`; what was written for them then is garbage behind the end.

use crate::data::Date;
use crate::plan::{PIECE_BYTES_MAX, Piece};
use crate::vector::Kit;
use crate::xml;

/// Places on a page where something may begin. A power of two: a place is brought into it by its low bits, which costs
/// less than asking whether it is one.
const PLACES: usize = 8 * 1024;

/// Where a page is written further than this, a new one is begun for the next step, which writes at most four pieces.
pub(super) const FULL: usize = PLACES - 4 * PIECE_BYTES_MAX;

/// A page.
pub(super) type Page = [u8; PLACES + 2 * PIECE_BYTES_MAX];

/// So many bytes of the page from a place on.
#[inline(always)]
fn place<const N: usize>(page: &mut Page, at: usize) -> &mut [u8; N] {
    const { assert!(N <= PIECE_BYTES_MAX) };
    debug_assert!(at < PLACES, "the page was turned in time");
    page[at % PLACES..].first_chunk_mut().expect("there is more room than this behind the last place")
}

/// Writes static text.
#[inline(always)]
pub(super) fn piece(page: &mut Page, at: usize, pieces: &[[u8; 64]], piece: Piece) -> usize {
    let (first, length) = (&pieces[piece.at as usize], piece.len as usize);
    if length <= 32 {
        *place::<32>(page, at) = *first.first_chunk().expect("64 bytes begin with 32");
    } else {
        *place::<64>(page, at) = *first;
        if length > 64 {
            long_piece(page, at, pieces, piece);
        }
    }
    at + length
}

#[inline(never)]
fn long_piece(page: &mut Page, at: usize, pieces: &[[u8; 64]], piece: Piece) {
    let count = (piece.len as usize).div_ceil(64);
    let all = &pieces[piece.at as usize..][..count];
    for (index, bytes) in all.iter().enumerate() {
        *place::<64>(page, at + index * 64) = *bytes;
    }
}

/// Writes the text at a place of `from` as element text when none of its bytes needs an escape.
#[inline(always)]
pub(super) fn text<K: Kit>(
    kit: K,
    page: &mut Page,
    at: usize,
    from: &[u8],
    (start, length): (usize, usize),
) -> Option<usize> {
    let bytes = from.get(start..start + 32)?.first_chunk::<32>()?;
    *place::<32>(page, at) = *bytes;
    let specials = xml::specials(kit, bytes);
    if length <= 32 {
        // the bytes behind the text do not count
        return (specials << ((32 - length as u32) % 32) == 0).then_some(at + length);
    }
    if specials != 0 || length > PIECE_BYTES_MAX {
        return None;
    }
    let mut done = 32;
    while done < length {
        let bytes = from.get(start + done..)?.first_chunk::<32>()?;
        *place::<32>(page, at + done) = *bytes;
        let left = (length - done).min(32) as u32;
        if xml::specials(kit, bytes) << (32 - left) != 0 {
            return None;
        }
        done += 32;
    }
    Some(at + length)
}

/// Writes a few bytes as they are.
#[inline(always)]
pub(super) fn few<const N: usize>(page: &mut Page, at: usize, bytes: [u8; N]) -> usize {
    *place::<N>(page, at) = bytes;
    at + N
}

/// Writes a text of digits, of at least one and at most `width` bytes, padded with zeros; `width` is at most 16.
#[inline(always)]
pub(super) fn padded(
    page: &mut Page,
    at: usize,
    from: &[u8],
    (start, length): (usize, usize),
    width: usize,
) -> Option<usize> {
    let bytes = from.get(start..start + 16)?.first_chunk::<16>()?;
    let digits = u128::from_le_bytes(*bytes);
    const ONES: u128 = u128::MAX / 255;
    // a byte is a digit when its upper half is 3 and six more does not carry into it
    let upper = (digits ^ (ONES * 0x30)) | (digits.wrapping_add(ONES * 0x06) ^ (ONES * 0x30));
    // the bytes behind the text do not count
    if (upper & (ONES * 0xf0)) << ((128 - 8 * length as u32) % 128) != 0 {
        return None;
    }
    *place::<16>(page, at) = [b'0'; 16];
    *place::<16>(page, at + width - length) = *bytes;
    Some(at + width)
}

/// Writes a number of at most 16 digits, as [`crate::data::Decimal::write`] does.
#[inline(always)]
pub(super) fn number(page: &mut Page, at: usize, mantissa: i64, scale: u8) -> Option<usize> {
    let magnitude = mantissa.unsigned_abs();
    let fraction = u32::from(scale);
    if fraction > 7 || magnitude >= DIGITS_16 {
        return None;
    }
    // the sign is written over when there is none
    place::<1>(page, at)[0] = b'-';
    let at = at + usize::from(mantissa < 0);
    if magnitude >= DIGITS_8 {
        return Some(long_number(page, at, magnitude, fraction));
    }
    let digits = eight(magnitude as u32);
    // zeros in front, of which those stay that stand before or behind the point
    let zeros = (digits | 1 << 56).trailing_zeros() / 8;
    let skipped = zeros.min(7 - fraction);
    let text = digits + ONES * 0x30;
    let point = at + (8 - skipped - fraction) as usize;
    *place(page, at) = (text >> (8 * skipped)).to_le_bytes();
    if fraction == 0 {
        return Some(point);
    }
    place::<1>(page, point)[0] = b'.';
    *place(page, point + 1) = (text >> (8 * (8 - fraction))).to_le_bytes();
    Some(point + 1 + fraction as usize)
}

/// Nine to sixteen digits.
#[inline(never)]
fn long_number(page: &mut Page, at: usize, magnitude: u64, fraction: u32) -> usize {
    let [first, last] = [magnitude / DIGITS_8, magnitude % DIGITS_8].map(|half| eight(half as u32));
    let skipped = first.trailing_zeros() / 8;
    let text = u128::from(last + ONES * 0x30) << 64 | u128::from(first + ONES * 0x30);
    let point = at + (16 - skipped - fraction) as usize;
    *place(page, at) = (text >> (8 * skipped)).to_le_bytes();
    if fraction == 0 {
        return point;
    }
    place::<1>(page, point)[0] = b'.';
    *place(page, point + 1) = (text >> (8 * (16 - fraction))).to_le_bytes();
    point + 1 + fraction as usize
}

/// Writes a date.
#[inline(always)]
pub(super) fn date(page: &mut Page, at: usize, date: Date) -> usize {
    let digits = eight(u32::from(date.year) * 10_000 + u32::from(date.month) * 100 + u32::from(date.day));
    let [a, b, c, d, e, f, g, h] = (digits + ONES * 0x30).to_le_bytes();
    few(page, at, [a, b, c, d, b'-', e, f, b'-', g, h])
}

/// The least number of nine digits.
const DIGITS_8: u64 = 100_000_000;
/// The least number of seventeen digits.
const DIGITS_16: u64 = DIGITS_8 * DIGITS_8;

/// Every byte 0x01.
const ONES: u64 = u64::MAX / 255;

/// The eight digits of a number below 10^8, one in a byte, the first lowest: split in halves, quarters, eighths at once.
#[inline(always)]
fn eight(number: u32) -> u64 {
    let number = u64::from(number);
    let halves = (number / 10_000) | ((number % 10_000) << 32);
    // × 10486 >> 20 divides numbers below 10^4 by 100, × 103 >> 10 those below 100 by 10
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let quarters = hundreds | ((halves - hundreds * 100) << 16);
    let tens = ((quarters * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((quarters - tens * 10) << 8)
}

#[cfg(test)]
mod tests {
    use super::{FULL, Page};
    use crate::data::{Date, Decimal};
    use crate::plan::{PIECE_BYTES_MAX, Piece};
    use crate::vector::{Kit, Level, Task};
    use proptest::prelude::*;

    /// What a function writes at the first and the last place of a page, when it does.
    fn written(write: impl Fn(&mut Page, usize) -> Option<usize>) -> Option<String> {
        let [first, last] = [0, FULL].map(|at| {
            let mut page = [b'?'; size_of::<Page>()];
            let end = write(&mut page, at)?;
            assert!(page[..at].iter().all(|b| *b == b'?'), "nothing before is touched");
            Some(String::from_utf8_lossy(&page[at..end]).into_owned())
        });
        assert_eq!(first, last);
        first
    }

    struct Text<'a>(&'a mut Page, usize, &'a [u8], (usize, usize));

    impl Task for Text<'_> {
        type Out = Option<usize>;
        #[inline(always)]
        fn run<K: Kit>(self, kit: K) -> Option<usize> {
            super::text(kit, self.0, self.1, self.2, self.3)
        }
    }

    /// At every level the same.
    fn written_text(page: &mut Page, at: usize, from: &[u8], start: usize, length: usize) -> Option<usize> {
        let mut other = *page;
        let found = Level::Base.run(Text(page, at, from, (start, length)));
        assert_eq!(Level::best().run(Text(&mut other, at, from, (start, length))), found);
        assert_eq!(page[..found.unwrap_or(0)], other[..found.unwrap_or(0)]);
        found
    }

    fn decimal(mantissa: i64, scale: u8) -> String {
        let mut out = vec![];
        Decimal::new(i128::from(mantissa), scale).write(&mut out);
        String::from_utf8(out).expect("digits")
    }

    #[test]
    fn every_count_of_eight_digits_is_split() {
        for number in (0..100_000_000u32).step_by(997) {
            let digits = super::eight(number).to_le_bytes().map(|d| char::from(b'0' + d));
            assert_eq!(digits.iter().collect::<String>(), format!("{number:08}"));
        }
    }

    #[test]
    fn numbers_at_every_limit_are_written() {
        for scale in 0..=8 {
            for power in 0..=18 {
                for near in [-1, 0, 1] {
                    for sign in [-1, 1] {
                        let mantissa = sign * (10i64.pow(power) + near);
                        let found = written(|page, at| super::number(page, at, mantissa, scale));
                        let fits = scale <= 7 && mantissa.unsigned_abs() < 10u64.pow(16);
                        assert_eq!(found, fits.then(|| decimal(mantissa, scale)), "{mantissa} {scale}");
                    }
                }
            }
        }
    }

    #[test]
    fn pieces_of_every_length_are_written() {
        for length in 0..=PIECE_BYTES_MAX {
            let text: Vec<u8> = (0..length).map(|i| b'a' + (i % 26) as u8).collect();
            let mut pieces = vec![[b'#'; 64]];
            pieces.extend(text.chunks(64).map(|chunk| {
                let mut piece = [b'#'; 64];
                piece[..chunk.len()].copy_from_slice(chunk);
                piece
            }));
            pieces.push([b'#'; 64]);
            let piece = Piece { at: 1, len: length as u32 };
            let found = written(|page, at| Some(super::piece(page, at, &pieces, piece)));
            assert_eq!(found, Some(String::from_utf8(text).expect("letters")));
        }
    }

    #[test]
    fn a_text_that_ends_its_buffer_is_left() {
        let from = b"0123456789012345678901234567890123456789";
        let found = |start, length| written(|page, at| written_text(page, at, from, start, length));
        assert_eq!(found(8, 32).as_deref(), Some("89012345678901234567890123456789"));
        assert_eq!(found(9, 1), None);
        assert_eq!(found(0, 40), None);
        assert_eq!(found(usize::MAX / 2, 1), None);
        assert_eq!(written(|page, at| super::padded(page, at, from, (25, 3), 10)), None);
        let from = [b'x'; 1000];
        assert_eq!(written(|page, at| written_text(page, at, &from, 0, 256)).map(|t| t.len()), Some(256));
        assert_eq!(written(|page, at| written_text(page, at, &from, 0, 257)), None);
    }

    proptest! {
        #[test]
        fn numbers_are_written_as_decimals_are(mantissa in any::<i64>(), cut in 0u32..19, scale in 0u8..10) {
            let mantissa = mantissa / 10i64.pow(cut);
            if let Some(text) = written(|page, at| super::number(page, at, mantissa, scale)) {
                prop_assert_eq!(text, decimal(mantissa, scale));
            } else {
                prop_assert!(scale > 7 || mantissa.unsigned_abs() >= 10u64.pow(16));
            }
        }

        #[test]
        fn dates_are_written_as_dates_are(days in 0i32..3_652_059) {
            let date = Date::from_days(days - 719_162).expect("a day of the calendar");
            prop_assert_eq!(written(|page, at| Some(super::date(page, at, date))), Some(date.to_string()));
        }

        #[test]
        fn texts_are_copied_or_left(text in "[a-zä0-9<>&\"\r\t =;%']{1,80}", behind in "[a-z<&]{64}", start in 0usize..40) {
            let from = format!("{}{text}{behind}", "&".repeat(start));
            let mut escaped = vec![];
            crate::xml::text(&mut escaped, &text);
            let clean = escaped == text.as_bytes() && !text.contains('\t');
            let found = written(|page, at| written_text(page, at, from.as_bytes(), start, text.len()));
            prop_assert_eq!(found, clean.then_some(text));
        }

        #[test]
        fn digits_are_padded_and_nothing_else(text in "[0-9]{1,16}|[ -~ä]{1,8}", more in 0usize..16) {
            let width = (text.len() + more).min(16);
            prop_assume!(text.len() <= width);
            let from = format!("..{text}ab39/:..........");
            let digits = text.bytes().all(|b| b.is_ascii_digit());
            let found = written(|page, at| super::padded(page, at, from.as_bytes(), (2, text.len()), width));
            prop_assert_eq!(found, digits.then(|| format!("{text:0>width$}")));
        }
    }
}
