//! Records that are lines: whether they are, where each ends, and what becomes of one that is too long.

use super::framer::{Flow, Framer, State, close};
use super::scan::{self, Carry};
use super::token::{Scan, Stop};
use crate::vector::Base;

/// Most bytes kept of a line that is too long.
const KEPT_BYTES_MAX: usize = 1024;

impl Framer {
    /// A line is a record, unless it is blank.
    pub(super) fn line(&mut self) -> Scan<Flow> {
        let start = self.open.unwrap_or(self.at);
        let line = match memchr::memchr(b'\n', &self.bytes[self.at..self.end]) {
            Some(i) => start..self.at + i,
            None if self.ended => start..self.end,
            None => {
                self.open = Some(start);
                self.at = self.end;
                return Err(Stop::Cut);
            }
        };
        self.open = None;
        self.at = line.end + 1;
        if line.end >= self.end {
            self.at = self.end;
            self.state = State::Done;
        }
        let returned = usize::from(self.bytes[line.clone()].ends_with(b"\r"));
        if line.len() - returned > self.limits.record_bytes_max {
            self.unfit(line.start, line.end - returned);
            return Ok(Flow::On);
        }
        let first = scan::white_space(&self.bytes[..line.end], line.start);
        if first < line.end {
            let white = |b: &&u8| matches!(b, b' ' | b'\t' | b'\r');
            let blank = self.bytes[first..line.end].iter().rev().take_while(white).count();
            self.add_record(first, line.end - blank);
        }
        Ok(Flow::On)
    }

    /// The line that begins the buffer does not end within the limit: its beginning is a record, the rest is
    /// passed over.
    #[cold]
    pub(super) fn too_long(&mut self) {
        self.unfit(0, self.end);
        self.open = None;
        self.at = self.end;
        self.state = State::Rest;
    }

    /// In the rest of a line that is too long, which is kept nowhere.
    pub(super) fn rest_of_line(&mut self) -> Scan<Flow> {
        if self.has_records() {
            return Ok(Flow::Cut);
        }
        match memchr::memchr(b'\n', &self.bytes[self.at..self.end]) {
            Some(i) => {
                self.at += i + 1;
                self.drop_before(self.at);
                self.state = State::Line;
            }
            None => {
                self.at = self.end;
                if !self.ended {
                    return Err(Stop::Cut);
                }
                self.state = State::Done;
            }
        }
        Ok(Flow::On)
    }

    /// A record that is refused as it stands: of its bytes only the beginning is kept.
    #[cold]
    fn unfit(&mut self, start: usize, line_end: usize) {
        let mut end = line_end.min(start + KEPT_BYTES_MAX);
        // no character is cut in two
        while end > start && end < line_end && self.bytes[end] & 0xc0 == 0x80 {
            end -= 1;
        }
        self.remarks.unfit.push((start as u32, self.too_large(start)));
        self.add_record(start, end);
    }

    /// Whether records are lines, see [`Mode::Auto`]; `None`: it cannot be said yet.
    pub(super) fn are_lines(&self) -> Option<bool> {
        let bytes = &self.bytes[..self.end];
        let line_end = match memchr::memchr(b'\n', &bytes[self.at..]) {
            Some(i) => self.at + i,
            None => self.end,
        };
        // whether a line over the limit is one cannot be seen without reading all of it
        if line_end - self.at > self.limits.record_bytes_max {
            return Some(false);
        }
        if line_end == self.end && !self.ended {
            return None;
        }
        let (mut carry, mut depth, mut at) = (Carry::default(), 0, self.at);
        let end = loop {
            if at >= line_end {
                return Some(false);
            }
            let mut block = [b' '; 64];
            let part = &bytes[at..line_end.min(at + 64)];
            block[..part.len()].copy_from_slice(part);
            if let Some(end) = close(Base, &mut carry, &mut depth, &block) {
                break at + end;
            }
            at += 64;
        };
        if scan::white_space(&bytes[..line_end], end) < line_end {
            return Some(false);
        }
        match bytes.get(scan::white_space(bytes, line_end)) {
            Some(b'{' | b'[') => Some(true),
            Some(_) => Some(false),
            None => self.ended.then_some(true),
        }
    }
}
