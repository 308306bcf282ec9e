//! The common forms of values, read in one look at 32 bytes: text without escapes, plain numbers, dates.
//!
//! A value either fills its cell here exactly as [`super::decode`] would, or nothing happens and it goes
//! there: null where it is refused, escapes, other than ASCII near a limit, whatever is wrong.

use super::follow::Follow;
use super::frames::Row;
use super::pass::Passed;
use super::scan;
use super::shape::{Key, NONE, NodeShape, Quick, Table, Target};
use super::{Cell, Tag, token};
use crate::data::{Date, Time};
use crate::vector::{Base, Kit, Sixteen, Task};

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
    /// The frames of the object's shape.
    pub row: &'a mut Row,
    /// First cell of the one being filled.
    pub base: usize,
    /// The object is an element of a list of which nothing else is asked, so the next one can be read on.
    pub siblings: bool,
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

impl Task for Run<'_, '_> {
    type Out = Exit;

    #[inline(always)]
    fn run<K: Kit>(self, kit: K) -> Exit {
        self.lane.members(kit, self.depth)
    }
}

/// [`Lane::members`], with the objects and arrays around the values.
pub(super) struct Run<'l, 'a> {
    pub lane: &'l mut Lane<'a>,
    pub depth: usize,
}

impl Lane<'_> {
    /// Reads as many values as have the common form, also those of an object within this one, and of the
    /// objects that follow it in its list. `depth`: objects and arrays around the values.
    #[inline(always)]
    fn members<K: Kit>(&mut self, kit: K, depth: usize) -> Exit {
        let (bytes, follows, nodes) = (self.bytes, self.follows, self.nodes);
        // What changes with every value is kept by itself, so that it stays in registers.
        let mut open = self.open;
        let (mut cells, present) = self.row.frame(self.base);
        let mut present = present;
        let exit = loop {
            let looked_up;
            let Some(follow) = follows.get(open.from as usize) else { break Exit::Unknown };
            let Some(window) = scan::chunk::<64>(bytes, open.at) else { break Exit::Unknown };
            let (target, at, text) = match follow.find(kit, window) {
                Some((target, length)) => {
                    let Some(text) = window[length..].first_chunk::<32>() else { break Exit::Unknown };
                    (target, open.at + length, text)
                }
                // While there is room, what is here is parsed and learned.
                None if follow.has_room() => break Exit::Unknown,
                None => match look_up(bytes, nodes, self.tables, self.keys, open) {
                    Some((target, at, text)) => {
                        looked_up = target;
                        (&looked_up, at, text)
                    }
                    None => break Exit::Unknown,
                },
            };
            let value = match target.quick {
                Quick::Pass => {
                    let depth = depth + usize::from(self.outer.is_some());
                    let Some(key) = self.keys.get_mut(target.key as usize) else { break Exit::Unknown };
                    let Some(end) = pass(kit, key, self.passed, bytes, text, at, depth) else {
                        break Exit::Value(target.key, at);
                    };
                    (open.from, open.at) = (target.key, end);
                    continue;
                }
                Quick::End => {
                    if let Some(outer) = self.outer {
                        if !nodes[open.node].has_required(open.seen) {
                            break Exit::Unknown;
                        }
                        open = Open { at, ..outer };
                        self.outer = None;
                        continue;
                    }
                    let next = match self.siblings && nodes[open.node].has_required(open.seen) {
                        true => next_object(bytes, at),
                        false => None,
                    };
                    let Some(start) = next else {
                        open.at = at;
                        break Exit::End;
                    };
                    self.base = self.row.push();
                    (cells, present) = self.row.frame(self.base);
                    let from = nodes[open.node].first;
                    open = Open { start, seen: 0, from, at: start + 1, ..open };
                    continue;
                }
                // Entries beyond the first 64 have no common form.
                _ if open.seen & 1 << (target.bit & 63) != 0 => None,
                Quick::Node(node) if self.outer.is_none() && text[0] == b'{' => {
                    let seen = open.seen | 1 << (target.bit & 63);
                    self.outer = Some(Open { seen, from: target.key, ..open });
                    let node = usize::from(node);
                    open = Open { node, start: at, seen: 0, from: nodes[node].first, at: at + 1 };
                    continue;
                }
                quick => value(kit, quick, target.optional, bytes, text, at),
            };
            let Some((cell, end)) = value else { break Exit::Value(target.key, at) };
            open.seen |= 1 << (target.bit & 63);
            (open.from, open.at) = (target.key, end);
            let index = usize::from(target.cell);
            cells[index] = Cell { at: at as u32, ..cell };
            present[index] += u64::from(cell.tag != Tag::None);
        };
        self.open = open;
        exit
    }
}

/// The next object of a list, when nothing but a comma and white space is before it.
#[inline(always)]
fn next_object(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at) != Some(&b',') {
        return None;
    }
    let start = scan::white_space(bytes, at + 1);
    (bytes.get(start) == Some(&b'{')).then_some(start)
}

/// The next key by its name, and where its value begins: where keys come in so many orders that no more of
/// them are learned. Only what has no white space and no escapes, and names that were met before.
#[inline(never)]
fn look_up<'b>(
    bytes: &'b [u8],
    nodes: &[NodeShape],
    tables: &[Table],
    keys: &[Key],
    Open { node, from, at: start, .. }: Open,
) -> Option<(Target, usize, &'b [u8; 32])> {
    let mut at = start;
    let first = from == nodes[node].first;
    match bytes.get(at)? {
        b'}' => return Some((Target::END, at + 1, scan::chunk::<32>(bytes, at + 1)?)),
        b',' if !first => at += 1,
        _ if first => {}
        _ => return None,
    }
    let text = scan::chunk::<32>(bytes, at).filter(|text| text[0] == b'"')?;
    let (end, _) = token::plain_string(Base, bytes, text, at, 1)?;
    let value = end + 2;
    let text = scan::chunk::<32>(bytes, value)?;
    if bytes[end + 1] != b':' {
        return None;
    }
    let key = tables[node].find(keys, &bytes[at + 1..end])?;
    Some((keys[key as usize].target(key), value, text))
}

/// One value, and the byte after it.
#[inline(always)]
fn value<K: Kit>(
    kit: K,
    quick: Quick,
    optional: bool,
    bytes: &[u8],
    text: &[u8; 32],
    at: usize,
) -> Option<(Cell, usize)> {
    match quick {
        Quick::Text { min, max } if text[0] == b'"' => {
            let (end, wide) = token::plain_string(kit, bytes, text, at, 1)?;
            let length = end - at - 1;
            let fits = (length != 0) & (length >= min as usize) & (length <= max as usize);
            if !fits || wide && (min > 1 || !for_xml(&bytes[at..end])) {
                return None;
            }
            let word = length as u64 | (at as u64 + 1) << 32;
            Some((Cell { tag: Tag::Text, word, ..Cell::ABSENT }, end + 1))
        }
        _ if text[0] == b'n' => {
            let null = optional && text.first_chunk() == Some(b"null");
            null.then_some((Cell { tag: Tag::None, ..Cell::ABSENT }, at + 4))
        }
        Quick::Number { whole } => from(at, quick_number(kit, text, whole)?),
        Quick::IsoDate => from(at, quick_iso_date(text.first_chunk()?)?),
        Quick::CompactDate => from(at, quick_compact_date(text.first_chunk()?)?),
        Quick::IsoTime => from(at, quick_iso_time(text)?),
        Quick::Currency => from(at, quick_currency(text.first_chunk()?, at)?),
        _ => None,
    }
}

/// The value of an undeclared key: the byte after it.
#[inline(always)]
fn pass<K: Kit>(
    kit: K,
    key: &mut Key,
    passed: &mut Passed,
    bytes: &[u8],
    text: &[u8; 32],
    at: usize,
    depth: usize,
) -> Option<usize> {
    let end = match text[0] {
        b'"' => token::plain_string(kit, bytes, text, at, 1)?.0 + 1,
        b'{' | b'[' => {
            if key.pass == NONE {
                return None;
            }
            kit.call(passed.walk(key.pass, bytes, at, depth)).ok()?
        }
        b'n' if text.starts_with(b"null") => at + 4,
        b't' if text.starts_with(b"true") => at + 4,
        b'f' if text.starts_with(b"false") => at + 5,
        _ => at + token::plain_number(kit, text)?,
    };
    key.seen += 1;
    Some(end)
}

/// A value and the byte after it, from its length.
#[inline(always)]
fn from(at: usize, (value, length): (Cell, usize)) -> Option<(Cell, usize)> {
    Some((value, at + length))
}

/// Whether text that is not all ASCII can be written to XML for certain: only U+FFFE and U+FFFF cannot, and
/// their first byte is 0xEF.
#[inline(never)]
fn for_xml(text: &[u8]) -> bool {
    memchr::memchr(0xef, text).is_none()
}

/// A number of at most eight digits before the point and eight after it, bare or in quotes.
#[inline(always)]
fn quick_number<K: Kit>(kit: K, text: &[u8; 32], whole: bool) -> Option<(Cell, usize)> {
    let quoted = usize::from(text[0] == b'"');
    let negative = text[quoted] == b'-';
    let start = quoted + usize::from(negative);
    let others = scan::no_digits(kit, text);
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
