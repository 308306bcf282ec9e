//! Passing over a value while making sure that it is JSON: no recursion, and it can go on when more bytes
//! come.
//!
//! It keeps nothing of what it passes.

use super::scan::white_space;
use super::token::{self, NESTING_MAX, Scan, Stop, unexpected};
use crate::diag::Code;

/// Where in the grammar the next token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A value.
    Value,
    /// A value, or the end of an array.
    Element,
    /// A key, or the end of an object.
    FirstKey,
    /// A key.
    Key,
    /// A comma or an end.
    After,
}

/// Where [`Skipper::up_to_scalar`] stopped.
#[derive(Debug, Clone, Copy)]
pub(super) enum Spot {
    /// Before a scalar inside so many brackets: one bit each, set for an object.
    Scalar { objects: u64, depth: usize },
    /// After the value.
    End,
    /// Inside more than 64 brackets.
    Deep,
}

/// A value being passed over.
#[derive(Debug, Clone)]
pub(super) struct Skipper {
    next: Next,
    depth: usize,
    depth_max: usize,
    /// One bit a level: whether it is an object.
    objects: [u64; NESTING_MAX / 64],
}

impl Skipper {
    /// For a value that is inside so many objects and arrays.
    #[inline]
    pub(super) fn new(outer: usize) -> Skipper {
        let depth_max = NESTING_MAX.saturating_sub(outer);
        Skipper { next: Next::Value, depth: 0, depth_max, objects: [0; NESTING_MAX / 64] }
    }

    /// For a value of which something was passed: after a scalar inside these brackets (see
    /// [`Spot::Scalar`]), or before it when there are none.
    #[inline]
    pub(super) fn resumed(outer: usize, objects: u64, depth: usize) -> Skipper {
        let mut skipper = Skipper::new(outer);
        if depth > 0 {
            (skipper.next, skipper.depth, skipper.objects[0]) = (Next::After, depth, objects);
        }
        skipper
    }

    /// Goes on at `at` up to the next scalar, or the end of the value.
    pub(super) fn up_to_scalar(&mut self, bytes: &[u8], mut at: usize) -> Scan<(usize, Spot)> {
        loop {
            at = white_space(bytes, at);
            let &byte = bytes.get(at).ok_or(Stop::Cut)?;
            let bracket = matches!(byte, b'{' | b'[') || byte == b']' && self.next == Next::Element;
            if matches!(self.next, Next::Value | Next::Element) && !bracket {
                return Ok((at, Spot::Scalar { objects: self.objects[0], depth: self.depth }));
            }
            at = self.step(bytes, at, true)?;
            if self.depth == 0 {
                return Ok((at, Spot::End));
            }
            if self.depth > 64 {
                return Ok((at, Spot::Deep));
            }
        }
    }

    /// Goes on at `at`: how far it came, and whether the value is complete. When it is not ([`Stop::Cut`]),
    /// the bytes
    /// from there on are needed again, with more after them. `last`: no more bytes come, so a number may end
    /// with them.
    pub(super) fn run(&mut self, bytes: &[u8], mut at: usize, last: bool) -> (usize, Scan<()>) {
        loop {
            match self.step(bytes, at, last) {
                Ok(end) => at = end,
                Err(stop) => return (at, Err(stop)),
            }
            if self.depth == 0 && self.next == Next::After {
                return (at, Ok(()));
            }
        }
    }

    /// Passes a few tokens.
    #[inline(always)]
    fn step(&mut self, bytes: &[u8], at: usize, last: bool) -> Scan<usize> {
        let at = white_space(bytes, at);
        let &byte = bytes.get(at).ok_or(Stop::Cut)?;
        match self.next {
            Next::Value | Next::Element => self.value(bytes, at, byte, last),
            Next::FirstKey if byte == b'}' => Ok(self.close(at)),
            Next::FirstKey | Next::Key => {
                let end = key(bytes, at)?.1;
                self.next = Next::Value;
                Ok(end)
            }
            Next::After => match (byte, self.in_object()) {
                (b',', true) => {
                    self.next = Next::Key;
                    Ok(at + 1)
                }
                (b',', false) => {
                    self.next = Next::Value;
                    Ok(at + 1)
                }
                (b'}', true) | (b']', false) => Ok(self.close(at)),
                (_, true) => unexpected(bytes, at, "`,` or `}`"),
                (_, false) => unexpected(bytes, at, "`,` or `]`"),
            },
        }
    }

    #[inline(always)]
    fn value(&mut self, bytes: &[u8], at: usize, byte: u8, last: bool) -> Scan<usize> {
        let end = match byte {
            b'{' | b'[' => return self.open(at, byte == b'{'),
            b']' if self.next == Next::Element => return Ok(self.close(at)),
            _ => scalar(bytes, at)?,
        };
        if end == bytes.len() && byte != b'"' && !last {
            return Err(Stop::Cut);
        }
        self.next = Next::After;
        Ok(end)
    }

    #[inline(always)]
    fn open(&mut self, at: usize, object: bool) -> Scan<usize> {
        if self.depth >= self.depth_max {
            return too_deep(at);
        }
        let bit = 1 << (self.depth % 64);
        let word = &mut self.objects[self.depth / 64];
        *word = if object { *word | bit } else { *word & !bit };
        self.depth += 1;
        self.next = if object { Next::FirstKey } else { Next::Element };
        Ok(at + 1)
    }

    #[inline(always)]
    fn close(&mut self, at: usize) -> usize {
        self.depth -= 1;
        self.next = Next::After;
        at + 1
    }

    #[inline(always)]
    fn in_object(&self) -> bool {
        let level = self.depth - 1;
        self.objects[level / 64] >> (level % 64) & 1 == 1
    }
}

/// "more than 512 levels"
#[cold]
#[inline(never)]
pub(super) fn too_deep<T>(at: usize) -> Scan<T> {
    token::bad(Code::J406, at, format!("objects and arrays are nested more than {NESTING_MAX} levels deep"))
}

/// Passes a value that is no object and no array.
#[inline(always)]
pub(super) fn scalar(bytes: &[u8], at: usize) -> Scan<usize> {
    match bytes.get(at) {
        Some(b'"') => Ok(token::string(bytes, at + 1)?.end + 1),
        _ => bare(bytes, at),
    }
}

/// Passes a number, a boolean or null.
#[inline(always)]
pub(super) fn bare(bytes: &[u8], at: usize) -> Scan<usize> {
    match bytes.get(at) {
        Some(b'-' | b'0'..=b'9') => token::number(bytes, at),
        Some(b't' | b'f' | b'n') => token::literal(bytes, at),
        None => Err(Stop::Cut),
        Some(_) => unexpected(bytes, at, "a value"),
    }
}

/// Passes a key and its colon: the key's string, and the byte after the colon.
#[inline(always)]
pub(super) fn key(bytes: &[u8], at: usize) -> Scan<(token::Str, usize)> {
    match bytes.get(at) {
        Some(b'"') => {}
        None => return Err(Stop::Cut),
        Some(_) => return unexpected(bytes, at, "a key in double quotes"),
    }
    let key = token::string(bytes, at + 1)?;
    let colon = white_space(bytes, key.end + 1);
    match bytes.get(colon) {
        Some(b':') => Ok((key, colon + 1)),
        None => Err(Stop::Cut),
        Some(_) => unexpected(bytes, colon, "`:` after a key"),
    }
}

/// Passes any value that is all there.
#[inline(always)]
pub(super) fn value(bytes: &[u8], at: usize, outer: usize) -> Scan<usize> {
    match bytes.get(at) {
        Some(b'{' | b'[') => container(bytes, at, outer),
        _ => scalar(bytes, at),
    }
}

#[inline(never)]
fn container(bytes: &[u8], at: usize, outer: usize) -> Scan<usize> {
    let (end, result) = Skipper::new(outer).run(bytes, at, true);
    result.map(|()| end)
}
