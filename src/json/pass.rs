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

    /// Passes the object or array at `at` from the place `start`; it is inside so many others.
    #[inline(never)]
    pub(super) fn value(&mut self, start: u32, bytes: &[u8], at: usize, outer: usize) -> Scan<usize> {
        if outer + DEPTH_MAX > NESTING_MAX {
            return skip::value(bytes, at, outer);
        }
        let (mut place, mut at) = (start, at);
        loop {
            let known = self.places[place as usize].follow.find(bytes, at);
            let known =
                known.filter(|(next, end)| next.string || next.place == END || begins_bare(bytes, *end));
            let (next, end) = match known {
                Some((next, end)) => (*next, end),
                None => match self.parse(place, bytes, at, outer)? {
                    Parsed::Scalar(next, end) => (next, end),
                    Parsed::Complete(end) => return Ok(end),
                },
            };
            if next.place == END {
                return Ok(end);
            }
            place = next.place;
            at = if next.string { string(bytes, end)? } else { skip::bare(bytes, end)? };
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

/// How far parsing came.
enum Parsed {
    /// To a scalar, or just past the whole value.
    Scalar(Next, usize),
    /// Past the whole value.
    Complete(usize),
}

/// Passes the string whose quote stands before `at`.
#[inline(always)]
fn string(bytes: &[u8], at: usize) -> Scan<usize> {
    match scan::chunk(bytes, at - 1).and_then(|text| token::plain_string(bytes, text, at - 1)) {
        Some((end, _)) => Ok(end + 1),
        None => Ok(token::string(bytes, at)?.end + 1),
    }
}

/// Whether a number, a boolean or null begins here.
#[inline(always)]
fn begins_bare(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at), Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n'))
}
