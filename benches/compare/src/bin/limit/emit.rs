//! Writes values straight into the output: every function takes the place to write at and returns the place after.
//! The caller has made [`room`], and [`scan::SLACK`](crate::scan::SLACK) bytes may be read behind each source.

use compare::Exact;
use std::arch::x86_64::*;
use std::collections::HashMap;

/// Bytes to reserve before a unit of so many bytes is written: every byte an entity, and the tags around.
pub fn room(source_bytes: usize) -> usize {
    source_bytes * 6 + 8192
}

#[inline(always)]
fn lowest(count: usize) -> u64 {
    unsafe { _bzhi_u64(!0, count as u32) }
}

/// Copies 32 bytes; bits of those that must not stand in XML as they are, or are JSON escapes.
#[inline(always)]
unsafe fn copy32(to: *mut u8, from: *const u8) -> u32 {
    unsafe {
        let bytes = _mm256_loadu_si256(from.cast());
        _mm256_storeu_si256(to.cast(), bytes);
        // `<` and `>` differ in one bit.
        let angle =
            _mm256_cmpeq_epi8(_mm256_or_si256(bytes, _mm256_set1_epi8(2)), _mm256_set1_epi8(b'>' as i8));
        let amp = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'&' as i8));
        let backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\' as i8));
        _mm256_movemask_epi8(_mm256_or_si256(angle, _mm256_or_si256(amp, backslash))) as u32
    }
}

#[inline(always)]
unsafe fn copy64(to: *mut u8, from: *const u8) -> u64 {
    unsafe { u64::from(copy32(to, from)) | u64::from(copy32(to.add(32), from.add(32))) << 32 }
}

/// Bits of the bytes that start a character.
#[inline(always)]
unsafe fn starts64(from: *const u8) -> u64 {
    unsafe {
        let limit = _mm256_set1_epi8(-65);
        let starts = |p: *const u8| {
            _mm256_movemask_epi8(_mm256_cmpgt_epi8(_mm256_loadu_si256(p.cast()), limit)) as u32
        };
        u64::from(starts(from)) | u64::from(starts(from.add(32))) << 32
    }
}

/// Where the character number `count` starts.
#[inline(always)]
fn nth_start(starts: u64, count: usize) -> usize {
    unsafe { _pdep_u64(1 << count, starts) }.trailing_zeros() as usize
}

/// Text of a JSON string, unescaped, cut to so many characters, escaped for XML.
#[inline(always)]
pub unsafe fn text(to: *mut u8, from: &[u8], characters: usize, scratch: &mut Vec<u8>) -> *mut u8 {
    let len = from.len();
    if len <= 64 {
        let special = unsafe {
            if len <= 32 { u64::from(copy32(to, from.as_ptr())) } else { copy64(to, from.as_ptr()) }
        };
        if special & lowest(len) == 0 {
            if len <= characters {
                return unsafe { to.add(len) };
            }
            let starts = unsafe { starts64(from.as_ptr()) } & lowest(len);
            let short = starts.count_ones() as usize <= characters;
            return unsafe { to.add(if short { len } else { nth_start(starts, characters) }) };
        }
    }
    unsafe { text_slow(to, from, characters, scratch) }
}

#[inline(never)]
unsafe fn text_slow(mut to: *mut u8, from: &[u8], characters: usize, scratch: &mut Vec<u8>) -> *mut u8 {
    let mut source = from;
    if let Some(first) = memchr::memchr(b'\\', from) {
        scratch.clear();
        unescape(from, first, scratch);
        scratch.reserve(crate::scan::SLACK);
        source = scratch;
    }
    let source = cut(source, characters);
    let mut at = 0;
    while at < source.len() {
        let count = (source.len() - at).min(64);
        let special = unsafe { copy64(to, source.as_ptr().add(at)) } & lowest(count);
        if special == 0 {
            to = unsafe { to.add(count) };
            at += count;
            continue;
        }
        let plain = special.trailing_zeros() as usize;
        let entity: &[u8] = match source[at + plain] {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            _ => b"\\",
        };
        unsafe {
            to = to.add(plain);
            std::ptr::copy_nonoverlapping(entity.as_ptr(), to, entity.len());
            to = to.add(entity.len());
        }
        at += plain + 1;
    }
    to
}

/// The source has slack behind it.
fn cut(source: &[u8], characters: usize) -> &[u8] {
    if source.len() <= characters {
        return source;
    }
    let (mut at, mut left) = (0, characters);
    while at < source.len() {
        let starts = unsafe { starts64(source.as_ptr().add(at)) } & lowest((source.len() - at).min(64));
        let count = starts.count_ones() as usize;
        if count > left {
            return &source[..at + nth_start(starts, left)];
        }
        left -= count;
        at += 64;
    }
    source
}

/// Wrong escapes become U+FFFD: a product would refuse them.
fn unescape(source: &[u8], first: usize, out: &mut Vec<u8>) {
    let hex = |at: usize| {
        let digits = std::str::from_utf8(source.get(at..at + 4)?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    out.extend_from_slice(&source[..first]);
    let mut at = first;
    while at < source.len() {
        if source[at] != b'\\' {
            let next = memchr::memchr(b'\\', &source[at..]).map_or(source.len(), |offset| at + offset);
            out.extend_from_slice(&source[at..next]);
            at = next;
            continue;
        }
        let letter = source.get(at + 1).copied().unwrap_or(0);
        at += 2;
        match letter {
            b'"' | b'\\' | b'/' => out.push(letter),
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'u' => {
                let mut code = hex(at);
                at += 4;
                if let (Some(high @ 0xD800..=0xDBFF), Some(low @ 0xDC00..=0xDFFF)) = (code, hex(at + 2)) {
                    code = Some(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00));
                    at += 6;
                }
                let letter = code.and_then(char::from_u32).unwrap_or('\u{FFFD}');
                out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => out.extend_from_slice("\u{FFFD}".as_bytes()),
        }
    }
}

/// The value of up to eight digits that fill the high bytes; `shift` bits below them are empty.
#[inline(always)]
fn digits8(bytes: u64, shift: u32) -> Option<u64> {
    let values = bytes ^ 0x3030_3030_3030_3030u64.wrapping_shl(shift);
    if ((values.wrapping_add(0x7676_7676_7676_7676)) | values) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    let high = (pairs & 0x0000_00FF_0000_00FF).wrapping_mul(0x000F_4240_0000_0064);
    let low = ((pairs >> 16) & 0x0000_00FF_0000_00FF).wrapping_mul(0x0000_2710_0000_0001);
    Some(high.wrapping_add(low) >> 32)
}

/// An amount as written, and its value in units of so many digits; `None`: no decimal, or too many digits.
#[inline(always)]
pub unsafe fn amount(to: *mut u8, from: &[u8], digits: u32) -> Option<(*mut u8, i64)> {
    unsafe { amount_usual(to, from, digits) }.or_else(|| unsafe { amount_slow(to, from, digits) })
}

/// Two digits after the point and one to eight before it.
#[inline(always)]
unsafe fn amount_usual(to: *mut u8, from: &[u8], digits: u32) -> Option<(*mut u8, i64)> {
    let (len, start) = (from.len(), from.as_ptr());
    let negative = usize::from(unsafe { *start } == b'-');
    let whole = len.wrapping_sub(3 + negative);
    if digits != 2 || whole.wrapping_sub(1) >= 8 || unsafe { *start.add(len - 3) } != b'.' {
        return None;
    }
    let shift = (8 - whole as u32) * 8;
    unsafe {
        let value = digits8(start.add(negative).cast::<u64>().read_unaligned() << shift, shift)?;
        let (tens, ones) = (*start.add(len - 2) ^ b'0', *start.add(len - 1) ^ b'0');
        if tens >= 10 || ones >= 10 || (whole > 1 && *start.add(negative) == b'0') {
            return None;
        }
        let units = (value * 100 + u64::from(tens) * 10 + u64::from(ones)) as i64;
        std::ptr::copy_nonoverlapping(start, to, 16);
        Some((to.add(len), if negative == 1 { -units } else { units }))
    }
}

#[inline(never)]
unsafe fn amount_slow(to: *mut u8, from: &[u8], digits: u32) -> Option<(*mut u8, i64)> {
    let token = std::str::from_utf8(from).ok()?;
    let amount = Exact::parse(token)?;
    let units = i64::try_from(amount.units(digits)?).ok()?;
    let mut text = Vec::with_capacity(48);
    if token.contains(['e', 'E']) {
        amount.write(&mut text)
    } else {
        text.extend_from_slice(from)
    }
    unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), to, text.len()) };
    Some((unsafe { to.add(text.len()) }, units))
}

/// A whole number of at most eight digits.
#[inline(always)]
pub unsafe fn whole(to: *mut u8, from: &[u8]) -> Option<*mut u8> {
    let len = from.len();
    if len.wrapping_sub(1) >= 8 {
        return None;
    }
    let shift = (8 - len as u32) * 8;
    let bytes = unsafe { from.as_ptr().cast::<u64>().read_unaligned() };
    digits8(bytes << shift, shift)?;
    unsafe { to.cast::<u64>().write_unaligned(bytes) };
    Some(unsafe { to.add(len) })
}

/// Padded with zeros to ten characters.
#[inline(always)]
pub unsafe fn account(to: *mut u8, from: &[u8], scratch: &mut Vec<u8>) -> *mut u8 {
    let zeros = 10usize.saturating_sub(from.len());
    unsafe {
        std::ptr::copy_nonoverlapping(b"0000000000000000".as_ptr(), to, 16);
        text(to.add(zeros), from, usize::MAX, scratch)
    }
}

/// `yyyymmdd` as `yyyy-mm-dd`.
#[inline(always)]
pub unsafe fn date(to: *mut u8, from: &[u8]) -> Option<*mut u8> {
    if from.len() != 8 {
        return None;
    }
    let bytes = unsafe { from.as_ptr().cast::<u64>().read_unaligned() };
    digits8(bytes, 0)?;
    let (month, day) = (bytes >> 32 & 0xffff, bytes >> 48);
    let rest = u64::from(b'-') | month << 8 | u64::from(b'-') << 24 | day << 32;
    unsafe {
        to.cast::<u32>().write_unaligned(bytes as u32);
        to.add(4).cast::<u64>().write_unaligned(rest);
        Some(to.add(10))
    }
}

/// A row of the table: key of at most 16 bytes, value of at most 14, ready for XML.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
struct Row {
    key: [u8; 16],
    key_len: u8,
    len: u8,
    value: [u8; 14],
}

/// A table with a perfect hash made when it is loaded: hash, displacement, one row.
pub struct Table {
    buckets_mask: usize,
    rows_mask: usize,
    displacements: Vec<u32>,
    rows: Vec<Row>,
    default: Row,
}

impl Table {
    /// A folded multiplication: every bit of the key reaches every bit of the hash.
    #[inline(always)]
    fn hash(key: u128, len: usize) -> u64 {
        let low = key as u64 ^ len as u64 ^ 0x9E37_79B9_7F4A_7C15;
        let product = u128::from(low).wrapping_mul(u128::from((key >> 64) as u64 ^ 0xC2B2_AE3D_27D4_EB4F));
        product as u64 ^ (product >> 64) as u64
    }

    #[inline(always)]
    fn slot(&self, hash: u64, displacement: u32) -> usize {
        (hash.wrapping_mul(u64::from(displacement | 1)) >> 32) as usize & self.rows_mask
    }

    fn row(key: &str, value: &str) -> Row {
        let mut row = Row { key: [0; 16], key_len: key.len() as u8, len: value.len() as u8, value: [0; 14] };
        row.key[..key.len()].copy_from_slice(key.as_bytes());
        row.value[..value.len()].copy_from_slice(value.as_bytes());
        row
    }

    pub fn new(entries: &HashMap<String, String>, default: &str) -> Table {
        let rows: Vec<Row> = entries.iter().map(|(key, value)| Table::row(key, value)).collect();
        let capacity = (rows.len() + rows.len() / 4).next_power_of_two().max(16);
        let buckets = (rows.len() / 3).next_power_of_two().max(16);
        let empty = Row { key_len: u8::MAX, ..Table::row("", "") };
        let mut table = Table {
            buckets_mask: buckets - 1,
            rows_mask: capacity - 1,
            displacements: vec![0; buckets],
            rows: vec![empty; capacity],
            default: Table::row("", default),
        };
        let hash = |row: &Row| Table::hash(u128::from_le_bytes(row.key), row.key_len as usize);
        let mut by_bucket: Vec<Vec<&Row>> = vec![vec![]; buckets];
        for row in &rows {
            by_bucket[hash(row) as usize & table.buckets_mask].push(row);
        }
        let mut order: Vec<usize> = (0..buckets).collect();
        order.sort_by_key(|&bucket| std::cmp::Reverse(by_bucket[bucket].len()));
        for bucket in order {
            let members = &by_bucket[bucket];
            let fits = |displacement: &u32| {
                let slots: Vec<usize> =
                    members.iter().map(|row| table.slot(hash(row), *displacement)).collect();
                let free = slots.iter().all(|&slot| table.rows[slot].key_len == u8::MAX);
                free && slots.iter().enumerate().all(|(index, slot)| !slots[..index].contains(slot))
            };
            let tries = (1u32..).map(|index| index.wrapping_mul(0x9E37_79B1) | 1);
            let displacement =
                tries.take(1 << 20).find(fits).expect("a table of this size finds free places");
            table.displacements[bucket] = displacement;
            for row in members {
                let slot = table.slot(hash(row), displacement);
                table.rows[slot] = **row;
            }
        }
        table
    }

    #[inline(always)]
    pub unsafe fn put(&self, to: *mut u8, from: &[u8]) -> *mut u8 {
        let mut row = &self.default;
        let len = from.len();
        if len <= 16 {
            let key = unsafe { from.as_ptr().cast::<u128>().read_unaligned() };
            let key = if len == 16 { key } else { key & ((1 << (len * 8)) - 1) };
            let hash = Table::hash(key, len);
            let found = unsafe {
                let displacement = *self.displacements.get_unchecked(hash as usize & self.buckets_mask);
                self.rows.get_unchecked(self.slot(hash, displacement))
            };
            if u128::from_le_bytes(found.key) == key && found.key_len as usize == len {
                row = found;
            }
        }
        unsafe {
            std::ptr::copy_nonoverlapping(row.value.as_ptr(), to, 14);
            to.add(row.len as usize)
        }
    }
}
