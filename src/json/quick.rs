//! The common forms of values, read in one look at 32 bytes: text without escapes, plain numbers, dates.
//!
//! A value either fills its cell here exactly as [`super::decode`] would, or nothing happens and it goes
//! there: null where it is refused, escapes, other than ASCII near a limit, whatever is wrong.

use super::follow::Follow;
use super::pass::Passed;
use super::scan;
use super::shape::{Key, NONE, NodeShape, Quick, Table, Target};
use super::sixteen::Sixteen;
use super::{Cell, Tag, token};
use crate::data::{Date, Time};

/// Ticks of 100 ns.
const TICKS_OF_SECOND: i64 = 10_000_000;

/// Powers of ten.
const TENS: [i64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// What is needed while key after key is known and its value has the common form.
pub(super) struct Lane<'a> {
    pub bytes: &'a [u8],
    pub follows: &'a [Follow<Target>],
    pub keys: &'a mut [Key],
    pub tables: &'a [Table],
    pub passed: &'a mut Passed,
    /// The frame.
    pub cells: &'a mut [Cell],
    /// For each of its cells, how many frames held a value in it.
    pub present: &'a mut [u64],
    pub nodes: &'a [NodeShape],
    pub open: Open,
    /// The object around it, when it was met here.
    pub outer: Option<Open>,
}

/// An object being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub node: usize,
    /// Its opening bracket.
    pub start: usize,
    /// Bits of the keys seen, see [`Target::bit`].
    pub seen: u64,
    /// The key whose value was read last.
    pub from: u32,
    /// The byte after that value.
    pub at: usize,
}

/// What comes after values that have the common form.
#[derive(Debug, Clone, Copy)]
pub(super) enum Exit {
    /// The end of the object, which is before [`Open::at`].
    End,
    /// A value whose key is known, and where it begins.
    Value(u32, usize),
    /// Bytes that were not met before.
    Unknown,
}

impl Lane<'_> {
    /// Reads as many values as have the common form, also those of an object within this one. `depth`:
    /// objects and arrays around the values.
    #[inline(never)]
    pub(super) fn run(&mut self, depth: usize) -> Exit {
        // What changes with every value is kept by itself, so that it stays in registers.
        let mut open = self.open;
        let exit = self.members(&mut open, depth);
        self.open = open;
        exit
    }

    #[inline(always)]
    fn members(&mut self, open: &mut Open, depth: usize) -> Exit {
        let (bytes, follows) = (self.bytes, self.follows);
        loop {
            let follow = follows.get(open.from as usize);
            let Some(follow) = follow else { return Exit::Unknown };
            let looked_up;
            let (target, at) = match follow.find(bytes, open.at) {
                Some(found) => found,
                // While there is room, what is here is parsed and learned.
                None if follow.has_room() => return Exit::Unknown,
                None => match self.look_up(*open) {
                    Some((target, at)) => {
                        looked_up = target;
                        (&looked_up, at)
                    }
                    None => return Exit::Unknown,
                },
            };
            // Entries beyond the first 64 have no common form.
            let bit = 1u64 << (target.bit & 63);
            let end = match target.quick {
                Quick::Pass => self.pass(target, at, depth),
                Quick::End => match self.end(open, at) {
                    Some(exit) => return exit,
                    None => continue,
                },
                _ if open.seen & bit != 0 => None,
                Quick::Node(node) if self.outer.is_none() && bytes.get(at) == Some(&b'{') => {
                    self.outer = Some(Open { seen: open.seen | bit, from: target.key, ..*open });
                    let (node, first) = (usize::from(node), self.nodes[usize::from(node)].first);
                    *open = Open { node, start: at, seen: 0, from: first, at: at + 1 };
                    continue;
                }
                _ => self.value(target, at),
            };
            let Some(end) = end else { return Exit::Value(target.key, at) };
            if !matches!(target.quick, Quick::Pass) {
                open.seen |= bit;
            }
            (open.from, open.at) = (target.key, end);
        }
    }

    /// The next key by its name, and where its value begins: where keys come in so many orders that no more of
    /// them are learned. Only what has no white space and no escapes, and names that were met before.
    #[inline(never)]
    fn look_up(&self, Open { node, from, at: start, .. }: Open) -> Option<(Target, usize)> {
        let (bytes, mut at) = (self.bytes, start);
        let first = from == self.nodes[node].first;
        match bytes.get(at)? {
            b'}' => return Some((Target::END, at + 1)),
            b',' if !first => at += 1,
            _ if first => {}
            _ => return None,
        }
        let text = scan::chunk::<32>(bytes, at).filter(|text| text[0] == b'"')?;
        let (end, _) = token::plain_string(bytes, text, at)?;
        let value = end + 2;
        scan::chunk::<32>(bytes, value)?;
        if bytes[end + 1] != b':' {
            return None;
        }
        let key = self.tables[node].find(self.keys, &bytes[at + 1..end])?;
        Some((self.keys[key as usize].target(key), value))
    }

    /// After the closing bracket of an object: `None` when the one around it goes on here.
    #[inline(always)]
    fn end(&mut self, open: &mut Open, at: usize) -> Option<Exit> {
        let Some(outer) = self.outer else {
            open.at = at;
            return Some(Exit::End);
        };
        let required = &self.nodes[open.node].required;
        let complete = required.len() <= 1 && required.first().is_none_or(|word| word & !open.seen == 0);
        if !complete {
            return Some(Exit::Unknown);
        }
        *open = Open { at, ..outer };
        self.outer = None;
        None
    }

    /// One value: the byte after it.
    #[inline(always)]
    fn value(&mut self, target: &Target, at: usize) -> Option<usize> {
        let text = scan::chunk::<32>(self.bytes, at)?;
        let (value, end) = match target.quick {
            Quick::Text { min, max } if text[0] == b'"' => {
                let (end, wide) = token::plain_string(self.bytes, text, at)?;
                let length = end - at - 1;
                let fits = (length != 0) & (length >= min as usize) & (length <= max as usize);
                if !fits || wide && (min > 1 || !for_xml(&self.bytes[at..end])) {
                    return None;
                }
                let word = length as u64 | (at as u64 + 1) << 32;
                (Cell { tag: Tag::Text, word, ..Cell::ABSENT }, end + 1)
            }
            _ if text[0] == b'n' => return self.null(target, text, at),
            Quick::Number { whole } => from(at, quick_number(text, whole)?),
            Quick::IsoDate => from(at, quick_iso_date(text.first_chunk()?)?),
            Quick::CompactDate => from(at, quick_compact_date(text.first_chunk()?)?),
            Quick::IsoTime => from(at, quick_iso_time(text)?),
            Quick::Currency => from(at, quick_currency(text.first_chunk()?, at)?),
            _ => return None,
        };
        self.cells[usize::from(target.cell)] = Cell { at: at as u32, ..value };
        self.present[usize::from(target.cell)] += 1;
        Some(end)
    }

    #[inline(always)]
    fn null(&mut self, target: &Target, text: &[u8; 32], at: usize) -> Option<usize> {
        if !target.optional || !text.starts_with(b"null") {
            return None;
        }
        self.cells[usize::from(target.cell)] = Cell { tag: Tag::None, at: at as u32, ..Cell::ABSENT };
        Some(at + 4)
    }

    /// The value of an undeclared key: the byte after it.
    #[inline(always)]
    fn pass(&mut self, target: &Target, at: usize, depth: usize) -> Option<usize> {
        let text = scan::chunk::<32>(self.bytes, at)?;
        let end = match text[0] {
            b'"' => token::plain_string(self.bytes, text, at)?.0 + 1,
            b'{' | b'[' => {
                let place = Some(self.keys[target.key as usize].pass).filter(|&place| place != NONE)?;
                let depth = depth + usize::from(self.outer.is_some());
                self.passed.value(place, self.bytes, at, depth).ok()?
            }
            b'n' if text.starts_with(b"null") => at + 4,
            b't' if text.starts_with(b"true") => at + 4,
            b'f' if text.starts_with(b"false") => at + 5,
            _ => at + token::plain_number(text)?,
        };
        self.keys[target.key as usize].seen += 1;
        Some(end)
    }
}

/// A value and the byte after it, from its length.
#[inline(always)]
fn from(at: usize, (value, length): (Cell, usize)) -> (Cell, usize) {
    (value, at + length)
}

/// Whether text that is not all ASCII can be written to XML for certain: only U+FFFE and U+FFFF cannot, and
/// their first byte is 0xEF.
#[inline(never)]
fn for_xml(text: &[u8]) -> bool {
    memchr::memchr(0xef, text).is_none()
}

/// A number of at most eight digits before the point and eight after it, bare or in quotes.
#[inline(always)]
fn quick_number(text: &[u8; 32], whole: bool) -> Option<(Cell, usize)> {
    let quoted = usize::from(text[0] == b'"');
    let negative = text[quoted] == b'-';
    let start = quoted + usize::from(negative);
    let others = scan::no_digits(text);
    let integers = (others >> start).trailing_zeros() as usize;
    let point = start + integers;
    if integers == 0 || integers > 8 || text[start] == b'0' && integers > 1 {
        return None;
    }
    let mut mantissa = eight(text, start, integers)? as i64;
    let (mut end, mut scale) = (point, 0);
    if text[point] == b'.' {
        scale = (others >> (point + 1)).trailing_zeros() as usize;
        if scale == 0 || scale > 8 || whole {
            return None;
        }
        mantissa = mantissa * TENS[scale] + eight(text, point + 1, scale)? as i64;
        end = point + 1 + scale;
    }
    let closed = if quoted == 1 { text[end] == b'"' } else { matches!(text[end], b',' | b'}' | b']') };
    if !closed {
        return None;
    }
    let mantissa = if negative { -mantissa } else { mantissa };
    let value = Cell { tag: Tag::Decimal, scale: scale as u8, word: mantissa as u64, ..Cell::ABSENT };
    Some((value, end + quoted))
}

/// The number that so many digits, one to eight, make.
#[inline(always)]
fn eight(text: &[u8; 32], at: usize, count: usize) -> Option<u64> {
    let word = u64::from_le_bytes(*scan::chunk::<8>(text, at)?);
    // Digits move to the end, zeros stand before them; then neighbours are joined: ones, hundreds, ten
    // thousands.
    let digits = (word << (64 - 8 * count as u32)) & 0x0f0f_0f0f_0f0f_0f0f;
    let twos = (digits.wrapping_mul(10 << 8 | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul(10_000 << 32 | 1) >> 32)
}

/// `"2026-01-31"`
#[inline(always)]
fn quick_iso_date(text: &[u8; 16]) -> Option<(Cell, usize)> {
    let date = iso_date(text)?;
    let closed = text[11] == b'"';
    closed.then_some((Cell { tag: Tag::Date, word: date.packed(), ..Cell::ABSENT }, 12))
}

/// `"2026-01-31`
#[inline(always)]
fn iso_date(text: &[u8; 16]) -> Option<Date> {
    let others = !Sixteen::of(text).minus(b'0').at_most(9).bits();
    let form = others & 0b0111_1111_1111 == 0b0001_0010_0001
        && text[0] == b'"'
        && text[5] == b'-'
        && text[8] == b'-';
    if !form {
        return None;
    }
    let two = |at: usize| (text[at] & 15) * 10 + (text[at + 1] & 15);
    Date::new(u16::from(two(1)) * 100 + u16::from(two(3)), two(6), two(9))
}

/// `"2026-01-31T23:59:00Z"`
#[inline(never)]
fn quick_iso_time(text: &[u8; 32]) -> Option<(Cell, usize)> {
    let date = iso_date(text.first_chunk()?)?;
    let clock = text[11..22].first_chunk::<11>()?;
    let &[b'T', hour, hour_ones, b':', minute, minute_ones, b':', second, second_ones, b'Z', b'"'] = clock
    else {
        return None;
    };
    let digits = [hour, hour_ones, minute, minute_ones, second, second_ones];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |tens: u8, ones: u8| i64::from((tens & 15) * 10 + (ones & 15));
    let (hour, minute, second) = (two(hour, hour_ones), two(minute, minute_ones), two(second, second_ones));
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let time = Time::new(date, ((hour * 60 + minute) * 60 + second) * TICKS_OF_SECOND, 0)?;
    let value = Cell { tag: Tag::Time, word: time.ticks as u64, extra: time.offset, ..Cell::ABSENT };
    Some((value, 22))
}

/// `"20260131"`
#[inline(always)]
fn quick_compact_date(text: &[u8; 16]) -> Option<(Cell, usize)> {
    let digits = Sixteen::of(text).minus(b'0').at_most(9).bits() & 0b1_1111_1110;
    if digits != 0b1_1111_1110 || text[0] != b'"' || text[9] != b'"' {
        return None;
    }
    let two = |at: usize| (text[at] - b'0') * 10 + (text[at + 1] - b'0');
    let date = Date::new(u16::from(two(1)) * 100 + u16::from(two(3)), two(5), two(7))?;
    Some((Cell { tag: Tag::Date, word: date.packed(), ..Cell::ABSENT }, 10))
}

/// `"EUR"`
#[inline(always)]
fn quick_currency(text: &[u8; 8], at: usize) -> Option<(Cell, usize)> {
    let capital = text[1].is_ascii_uppercase() & text[2].is_ascii_uppercase() & text[3].is_ascii_uppercase();
    if !capital || text[0] != b'"' || text[4] != b'"' {
        return None;
    }
    Some((Cell { tag: Tag::Text, word: 3 | (at as u64 + 1) << 32, ..Cell::ABSENT }, 5))
}
