//! Passing over undeclared objects and arrays whose structure repeats: only their scalars are parsed again.
//!
//! A place is known by the brackets open around it and the bytes before it. Whatever was never met there goes
//! to the skipper, so everything passed has been validated: the bytes between scalars when they were learned,
//! the scalars each time.

use std::collections::HashMap;

use super::follow::{Follow, GLUE_MAX};
use super::scan;
use super::skip::{self, Skipper, Spot};
use super::token::{self, NESTING_MAX, Scan};
use crate::vector::{Kit, Task};

/// Most places told apart.
const PLACES_MAX: usize = 2048;
/// The value is complete.
const END: u32 = u32::MAX;
/// Brackets learned places may be inside of.
const DEPTH_MAX: usize = 64;

/// A place in a value that is passed over.
#[derive(Debug)]
struct Place {
    /// The brackets that are open, counted from the value's own: one bit each, set for an object.
    objects: u64,
    depth: usize,
    follow: Follow<Next>,
}

/// Where known bytes lead.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Next {
    place: u32,
    /// The next scalar is a string, and its quote belongs to the known bytes.
    string: bool,
}

/// What was learned of undeclared values.
#[derive(Debug)]
pub(super) struct Passed {
    places: Vec<Place>,
    numbers: HashMap<(u64, usize, Box<[u8]>), u32>,
}

impl Passed {
    /// Nothing is known yet.
    pub(super) fn new() -> Passed {
        Passed { places: Vec::new(), numbers: HashMap::new() }
    }

    /// One more place before a value.
    pub(super) fn add(&mut self) -> u32 {
        self.places.push(Place { objects: 0, depth: 0, follow: Follow::new() });
        self.places.len() as u32 - 1
    }

    /// To pass the object or array at `at` from the place `start`; it is inside so many others.
    #[inline(always)]
    pub(super) fn walk<'p>(&'p mut self, start: u32, bytes: &'p [u8], at: usize, outer: usize) -> Walk<'p> {
        Walk { passed: self, start, bytes, at, outer }
    }

    #[inline(always)]
    fn value<K: Kit>(&mut self, kit: K, start: u32, bytes: &[u8], at: usize, outer: usize) -> Scan<usize> {
        if outer + DEPTH_MAX > NESTING_MAX {
            return skip::value(bytes, at, outer);
        }
        let (mut place, mut at) = (start, at);
        loop {
            // No closures here: they would not be compiled for the kit's processor.
            let mut known = None;
            if let Some(window) = scan::chunk::<64>(bytes, at)
                && let Some((next, length)) = self.places[place as usize].follow.find(kit, window)
                && let Some(text) = window[length..].first_chunk::<32>()
                && (next.string || next.place == END || begins_bare(text[0]))
            {
                known = Some((*next, at + length, text));
            }
            let Some((next, end, text)) = known else {
                match self.parse(place, bytes, at, outer)? {
                    Parsed::Complete(end) => return Ok(end),
                    Parsed::Scalar(next, end) if next.place == END => return Ok(end),
                    Parsed::Scalar(next, end) => {
                        place = next.place;
                        at = if next.string {
                            token::string(bytes, end)?.end + 1
                        } else {
                            skip::bare(bytes, end)?
                        };
                        continue;
                    }
                }
            };
            if next.place == END {
                return Ok(end);
            }
            place = next.place;
            if next.string {
                at = match token::plain_string(kit, bytes, text, end, 0) {
                    Some((end, _)) => end + 1,
                    None => token::string(bytes, end)?.end + 1,
                };
            } else {
                at = match token::plain_number(kit, text) {
                    Some(length) => end + length,
                    None => skip::bare(bytes, end)?,
                };
            }
        }
    }

    /// Parses from a place to the next scalar and keeps what was there; without room for that, to the end.
    #[inline(never)]
    fn parse(&mut self, from: u32, bytes: &[u8], start: usize, outer: usize) -> Scan<Parsed> {
        let place = &self.places[from as usize];
        let mut skipper = Skipper::resumed(outer, place.objects, place.depth);
        let room = place.follow.has_room() && self.places.len() < PLACES_MAX;
        let (at, spot) = if room { skipper.up_to_scalar(bytes, start)? } else { (start, Spot::Deep) };
        let (place, string) = match spot {
            Spot::End => (END, false),
            Spot::Scalar { objects, depth } if at - start < GLUE_MAX => {
                let string = bytes[at] == b'"';
                let glue = &bytes[start..at + usize::from(string)];
                (self.number(objects, depth, glue), string)
            }
            Spot::Scalar { .. } | Spot::Deep => {
                let (end, result) = skipper.run(bytes, at, true);
                return result.map(|()| Parsed::Complete(end));
            }
        };
        let end = at + usize::from(string);
        let next = Next { place, string };
        self.places[from as usize].follow.learn(&bytes[start..end], next);
        Ok(Parsed::Scalar(next, end))
    }

    /// The place after these bytes.
    fn number(&mut self, objects: u64, depth: usize, glue: &[u8]) -> u32 {
        let key = (objects, depth, glue.into());
        if let Some(&number) = self.numbers.get(&key) {
            return number;
        }
        let number = self.places.len() as u32;
        self.places.push(Place { objects, depth, follow: Follow::new() });
        self.numbers.insert(key, number);
        number
    }
}

/// A value to be passed.
pub(super) struct Walk<'p> {
    passed: &'p mut Passed,
    start: u32,
    bytes: &'p [u8],
    at: usize,
    outer: usize,
}

impl Task for Walk<'_> {
    type Out = Scan<usize>;

    #[inline(always)]
    fn run<K: Kit>(self, kit: K) -> Scan<usize> {
        self.passed.value(kit, self.start, self.bytes, self.at, self.outer)
    }
}

/// How far parsing came.
enum Parsed {
    /// To a scalar, or just past the whole value.
    Scalar(Next, usize),
    /// Past the whole value.
    Complete(usize),
}

/// Whether a number, a boolean or null begins with this byte.
#[inline(always)]
fn begins_bare(byte: u8) -> bool {
    matches!(byte, b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
}
