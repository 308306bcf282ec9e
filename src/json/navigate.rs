//! The way from the start of the input to the records and on to its end: the framer's steps outside records.
//!
//! All of it is validated strictly, whether it stands before or after the records.

use std::sync::Arc;

use super::block::{Around, not_utf8};
use super::framer::{Flow, Framer, Mode, State};
use super::scan::white_space;
use super::skip::{self, Skipper};
use super::token::{self, Scan, Stop, bad, unexpected};
use super::{AtStep, Frames, NodeId, Schema};
use crate::data::quoted;
use crate::diag::Code;

/// Most keys named when the path leads nowhere.
const KEYS_SHOWN_MAX: usize = 12;

/// An object or array that encloses the records.
#[derive(Debug)]
pub(super) struct Level {
    object: bool,
    /// Number of the path's step taken in it; the path's length: it is the list of records.
    step: usize,
    /// Elements before the current one.
    index: usize,
    /// The step was taken.
    found: bool,
    /// Keys that are there, for the message.
    keys: Vec<String>,
    /// The node of `around` that describes this object.
    around: Option<NodeId>,
    /// Members declared in `around`, as JSON, each with a comma after it.
    kept: Vec<u8>,
}

impl Framer {
    /// One step outside records.
    pub(super) fn navigate(&mut self) -> Scan<Flow> {
        if let State::Begin = self.state {
            return self.begin();
        }
        if let State::Passing(..) = self.state {
            return self.pass();
        }
        self.at = white_space(&self.bytes[..self.end], self.at);
        if self.at >= self.end && !self.ended {
            return Err(Stop::Cut);
        }
        match self.state {
            State::Detect => self.detect(),
            State::Top => self.top(),
            State::Value { step, element } => self.value(step, element),
            State::Element { first } => self.element(first),
            State::Member { first } => self.member(first),
            _ => self.after(),
        }
    }

    fn input(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    fn go(&mut self, state: State) -> Scan<Flow> {
        self.state = state;
        Ok(Flow::On)
    }

    /// Byte order marks.
    fn begin(&mut self) -> Scan<Flow> {
        let input = self.input();
        if input.len() < 4 && !self.ended {
            return Err(Stop::Cut);
        }
        match input {
            [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0, b'{' | b'[', ..] | [b'{' | b'[', 0, ..] => {
                return bad(Code::J408, 0, "the input is UTF-16, UTF-8 was expected");
            }
            [0xef, 0xbb, 0xbf, ..] => {
                self.at = 3;
                self.place.column = 0;
            }
            _ => {}
        }
        let lines_possible = !self.has_path() || self.schema.bare;
        match self.mode {
            Mode::Lines if !self.has_path() => self.go(State::Line),
            Mode::Lines | Mode::Auto if lines_possible => self.go(State::Detect),
            Mode::Lines | Mode::Auto => {
                self.mode = Mode::Values;
                self.go(State::Top)
            }
            Mode::Values | Mode::Document => self.go(State::Top),
        }
    }

    fn detect(&mut self) -> Scan<Flow> {
        let lines = match self.input().get(self.at) {
            _ if self.mode == Mode::Lines => true,
            Some(b'{') => self.are_lines().ok_or(Stop::Cut)?,
            _ => false,
        };
        let lines = lines && !self.is_way()?;
        if lines {
            // nothing stands round lines
            self.read_around()?;
        }
        self.mode = if lines { Mode::Lines } else { Mode::Values };
        self.go(if lines { State::Line } else { State::Top })
    }

    /// Before a top-level value.
    fn top(&mut self) -> Scan<Flow> {
        let ended = self.at >= self.end;
        let one = self.mode == Mode::Document;
        // A file that was cut off before its first byte is not taken for one without records.
        if ended && self.documents == 0 && (one || self.has_path()) {
            return bad(Code::J402, self.at, "the input is empty, a JSON document was expected");
        }
        if !ended && self.documents > 0 && one {
            let shown = token::shown(self.input(), self.at);
            return bad(Code::J410, self.at, format!("{shown} is there after the end of the document"));
        }
        self.go(if ended { State::Done } else { State::Value { step: 0, element: false } })
    }

    /// Before a value on the way to the records, or a record.
    fn value(&mut self, step: usize, element: bool) -> Scan<Flow> {
        let &byte = self.input().get(self.at).ok_or(Stop::Cut)?;
        if step == 0
            && self.schema.bare
            && let Some(flow) = self.alone(byte)?
        {
            return Ok(flow);
        }
        let Some(next) = self.schema.at.get(step) else { return self.record_value(byte, element) };
        let object = matches!(next, AtStep::Key(_));
        if byte != if object { b'{' } else { b'[' } {
            // A value that is no JSON at all is told as such.
            if !matches!(byte, b'{' | b'[') {
                let end = skip::scalar(self.input(), self.at)?;
                if end == self.end && byte != b'"' && !self.ended {
                    return Err(Stop::Cut);
                }
            }
            return self.not_there(step, byte);
        }
        if *next == AtStep::Each && step + 1 == self.schema.at.len() && self.read_around()? == Flow::Cut {
            return Ok(Flow::Cut);
        }
        self.open_level(object, step)
    }

    /// A record, or a list of records, with nothing round it; nothing where the way to the records begins.
    fn alone(&mut self, byte: u8) -> Scan<Option<Flow>> {
        let end = match byte {
            b'[' => None,
            b'{' => match self.object_without_way()? {
                Some(end) => Some(end),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        if self.read_around()? == Flow::Cut {
            return Ok(Some(Flow::Cut));
        }
        let Some(end) = end else { return self.open_level(false, self.schema.at.len()).map(Some) };
        if end - self.at > self.limits.record_bytes_max {
            return Err(Stop::Bad(Box::new(self.too_large(self.at))));
        }
        self.add_record(self.at, end);
        (self.at, self.open) = (end, None);
        self.go(State::After).map(Some)
    }

    /// Whether the way to the records begins in the value that comes. One that is no JSON does not lead there.
    fn is_way(&mut self) -> Scan<bool> {
        if !self.schema.bare || self.input().get(self.at) != Some(&b'{') {
            return Ok(false);
        }
        let end = self.object_without_way();
        self.open = None;
        match end {
            Ok(end) => Ok(end.is_none()),
            Err(Stop::Cut) if !self.ended => Err(Stop::Cut),
            Err(_) => Ok(false),
        }
    }

    /// The byte after the object that comes; nothing when it has the first key of the way to the records. What was
    /// looked at is kept until it is known.
    fn object_without_way(&mut self) -> Scan<Option<usize>> {
        self.open = Some(self.at);
        let bytes = &self.bytes[..self.end];
        let wanted = match self.schema.at.first() {
            Some(AtStep::Key(key)) => key.as_str(),
            _ => "",
        };
        let mut at = white_space(bytes, self.at + 1);
        if bytes.get(at) == Some(&b'}') {
            return Ok(Some(at + 1));
        }
        let mut key = String::new();
        loop {
            let (name, after) = skip::key(bytes, at)?;
            key.clear();
            token::unescape(std::str::from_utf8(&bytes[at + 1..name.end]).unwrap_or(""), &mut key);
            if key == wanted {
                self.open = None;
                return Ok(None);
            }
            let (end, result) = Skipper::new(1).run(bytes, after, self.ended);
            result?;
            at = white_space(bytes, end);
            match bytes.get(at) {
                Some(b',') => at = white_space(bytes, at + 1),
                Some(b'}') => return Ok(Some(at + 1)),
                None => return Err(Stop::Cut),
                Some(_) => return unexpected(bytes, at, "`,` or `}`"),
            }
        }
    }

    fn record_value(&mut self, byte: u8, element: bool) -> Scan<Flow> {
        let element = element || self.path_ends_with_each();
        let outermost = self.levels.last().is_none_or(|level| level.step < self.schema.at.len());
        if outermost && !self.path_ends_with_each() && self.read_around()? == Flow::Cut {
            return Ok(Flow::Cut);
        }
        match byte {
            b'[' if !element => self.open_level(false, self.schema.at.len()),
            b'{' | b'[' => {
                self.begin_record();
                Ok(Flow::On)
            }
            _ => {
                let (start, input) = (self.at, self.input());
                let end = skip::scalar(input, start)?;
                if end == input.len() && byte != b'"' && !self.ended {
                    return Err(Stop::Cut);
                }
                self.at = end;
                // No list at all is an empty list.
                if byte != b'n' || element || !self.has_path() {
                    self.add_record(start, end);
                }
                self.go(State::After)
            }
        }
    }

    fn open_level(&mut self, object: bool, step: usize) -> Scan<Flow> {
        let around = match (self.levels.last(), self.schema.around) {
            (None, Some(around)) => Some(self.schema.objects[usize::from(around.0)].root),
            (Some(level), Some(_)) => match (level.around, self.schema.at.get(level.step)) {
                (Some(node), Some(AtStep::Key(key))) => {
                    around_entry(&self.schema, node, key).and_then(|e| e.node)
                }
                _ => None,
            },
            (_, None) => None,
        };
        let around = around.filter(|_| object);
        self.levels.push(Level {
            object,
            step,
            index: 0,
            found: false,
            keys: Vec::new(),
            around,
            kept: Vec::new(),
        });
        self.at += 1;
        self.go(if object { State::Member { first: true } } else { State::Element { first: true } })
    }

    /// Before an element of the innermost level.
    fn element(&mut self, first: bool) -> Scan<Flow> {
        let &byte = self.input().get(self.at).ok_or(Stop::Cut)?;
        if first && byte == b']' {
            return self.close_level();
        }
        let Some(level) = self.levels.last_mut() else { return self.go(State::Top) };
        let step = level.step;
        match self.schema.at.get(step) {
            None => self.go(State::Value { step, element: true }),
            Some(AtStep::Index(wanted)) if *wanted != level.index => self.begin_passing(None),
            _ => {
                level.found = true;
                self.go(State::Value { step: step + 1, element: false })
            }
        }
    }

    /// Before a key of the innermost level.
    fn member(&mut self, first: bool) -> Scan<Flow> {
        let start = self.at;
        if first && self.input().get(start) == Some(&b'}') {
            return self.close_level();
        }
        let (name, after) = skip::key(self.input(), start)?;
        self.check_utf8(start, after)?;
        let mut key = String::new();
        token::unescape(std::str::from_utf8(&self.input()[start + 1..name.end]).unwrap_or(""), &mut key);
        let Some(level) = self.levels.last_mut() else { return self.go(State::Top) };
        if level.keys.len() < KEYS_SHOWN_MAX {
            level.keys.push(key.clone());
        }
        if matches!(&self.schema.at[level.step], AtStep::Key(wanted) if *wanted == key) {
            if level.found {
                let message = format!("the key \"{key}\" on the way to the records is there twice");
                return bad(Code::J412, start, message);
            }
            level.found = true;
            let step = level.step + 1;
            self.at = after;
            return self.go(State::Value { step, element: false });
        }
        let declared = level.around.is_some_and(|node| around_entry(&self.schema, node, &key).is_some());
        if declared && level.found {
            let message = format!("\"{key}\" is declared in `around`, but stands after the records");
            return bad(Code::J413, start, message);
        }
        self.at = after;
        self.begin_passing(declared.then_some(key))
    }

    fn begin_passing(&mut self, kept: Option<String>) -> Scan<Flow> {
        self.open = kept.as_ref().map(|_| self.at);
        let skipper = Box::new(Skipper::new(self.levels.len()));
        self.go(State::Passing(skipper, kept))
    }

    /// Passes over a value.
    fn pass(&mut self) -> Scan<Flow> {
        let State::Passing(skipper, kept) = &mut self.state else { return Ok(Flow::On) };
        let start = self.at;
        let (end, result) = skipper.run(&self.bytes[..self.end], start, self.ended);
        let kept = if result.is_ok() { kept.take() } else { None };
        self.check_utf8(start, end)?;
        self.at = end;
        result?;
        if let (Some(key), Some(value), Some(level)) = (kept, self.open.take(), self.levels.last_mut()) {
            level.kept.extend_from_slice(serde_json::Value::from(key).to_string().as_bytes());
            level.kept.push(b':');
            level.kept.extend_from_slice(&self.bytes[value..end]);
            level.kept.push(b',');
        }
        self.go(State::After)
    }

    /// After a value.
    fn after(&mut self) -> Scan<Flow> {
        let Some(level) = self.levels.last_mut() else {
            self.documents += 1;
            return self.go(State::Top);
        };
        let object = level.object;
        match self.bytes[..self.end].get(self.at) {
            Some(b',') => {
                level.index += 1;
                self.at += 1;
                self.go(if object { State::Member { first: false } } else { State::Element { first: false } })
            }
            Some(b'}') if object => self.close_level(),
            Some(b']') if !object => self.close_level(),
            None => Err(Stop::Cut),
            Some(_) if object => unexpected(self.input(), self.at, "`,` or `}`"),
            Some(_) => unexpected(self.input(), self.at, "`,` or `]`"),
        }
    }

    fn close_level(&mut self) -> Scan<Flow> {
        let Some(level) = self.levels.last() else { return self.go(State::Top) };
        let optional = matches!(self.schema.at.get(level.step), None | Some(AtStep::Each));
        if !level.found && !optional {
            return self.not_found(level);
        }
        self.levels.pop();
        self.at += 1;
        self.go(State::After)
    }

    /// Reads `around` from what stands before the records.
    fn read_around(&mut self) -> Scan<Flow> {
        if self.schema.around.is_some() && self.has_records() {
            return Ok(Flow::Cut);
        }
        let (Some(object), Some(reader)) = (self.schema.around, &mut self.around_reader) else {
            return Ok(Flow::On);
        };
        let mut text = Vec::new();
        let objects = self.levels.iter().take_while(|level| level.object).count();
        for (i, level) in self.levels[..objects].iter().enumerate() {
            text.push(b'{');
            text.extend_from_slice(&level.kept);
            match self.schema.at.get(level.step) {
                Some(AtStep::Key(key)) if i + 1 < objects => {
                    text.extend_from_slice(serde_json::Value::from(key.as_str()).to_string().as_bytes());
                    text.push(b':');
                }
                _ => text.truncate(text.len() - usize::from(text.last() == Some(&b','))),
            }
        }
        if objects == 0 {
            text.push(b'{');
        }
        text.resize(text.len() + objects.max(1), b'}');
        let text = String::from_utf8(text).unwrap_or_default();
        let mut frames = Frames::new(&self.schema);
        if let Err(error) = reader.read(object, &text, 0, &mut frames) {
            return bad(error.code, self.at, format!("around the records: {}", error.message));
        }
        self.around = Some(Arc::new(Around { text, frames, object }));
        Ok(Flow::On)
    }

    fn check_utf8(&self, start: usize, end: usize) -> Scan<()> {
        let part = &self.bytes[start..end];
        match std::str::from_utf8(part) {
            Ok(_) => Ok(()),
            Err(error) => {
                let at = start + error.valid_up_to();
                bad(Code::J407, at, not_utf8(&self.bytes, at))
            }
        }
    }

    // Where the path leads nowhere.

    #[cold]
    fn not_there(&self, step: usize, byte: u8) -> Scan<Flow> {
        let there = match byte {
            b'{' => "an object",
            b'[' => "a list",
            b'"' => "a string",
            b'n' => "null",
            b't' | b'f' => "a boolean",
            _ => "a number",
        };
        let (path, before) = (shown(&self.schema.at), shown(&self.schema.at[..step]));
        let owner = if step == 0 { "the document".to_owned() } else { format!("`{before}`") };
        let expected = if matches!(self.schema.at[step], AtStep::Key(_)) { "an object" } else { "a list" };
        let message = format!("no records at `{path}`: {owner} is {there}, {expected} was expected");
        bad(Code::J411, self.at, message)
    }

    #[cold]
    fn not_found(&self, level: &Level) -> Scan<Flow> {
        let path = shown(&self.schema.at);
        let owner = match level.step {
            0 => "the document".to_owned(),
            step => format!("`{}`", shown(&self.schema.at[..step])),
        };
        let there = if !level.object {
            format!("{owner} has too few elements")
        } else if level.keys.is_empty() {
            format!("{owner} has no keys")
        } else {
            let keys: Vec<_> = level.keys.iter().map(|key| quoted(key)).collect();
            let more = if keys.len() == KEYS_SHOWN_MAX { " …" } else { "" };
            format!("{owner} has the keys {}{more}", keys.join(", "))
        };
        bad(Code::J411, self.at, format!("no records at `{path}`: {there}"))
    }
}

/// The entry of an `around` node for a key.
fn around_entry<'a>(schema: &'a Schema, node: NodeId, key: &str) -> Option<&'a super::Entry> {
    schema.nodes[usize::from(node.0)].entries.iter().find(|entry| entry.key == key)
}

/// A path as a mapping writes it.
fn shown(path: &[AtStep]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            AtStep::Key(key) => {
                let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                out.push_str(if out.is_empty() { "" } else { "." });
                out.push_str(&if plain { key.clone() } else { quoted(key) });
            }
            AtStep::Index(index) => out.push_str(&format!("[{index}]")),
            AtStep::Each => out.push_str("[]"),
        }
    }
    out
}
