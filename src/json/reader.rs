//! One record: the walk through its JSON, from the bytes to the frames.
//!
//! Declared values are decoded where they stand, everything else is passed over and validated on the way.
//! It does not know where records begin; that is the framer's work.

use super::frames::{Frames, NO_CELL};
use super::quick::{Exit, Lane, Open, Run};
use super::scan::white_space;
use super::shape::{self, Action, EntryShape, Learned, NodeShape, Shape};
use super::skip;
use super::token::{self, NESTING_MAX, Scan, Stop, SyntaxError, unexpected};
use super::{Cell, Decode, ObjectId, Schema, Tag};
use crate::data::Fault;
use crate::diag::{Code, near};
use crate::vector::Level;

/// Reads records of one schema. It learns the order of keys, so one reader should read many records.
#[derive(Debug)]
pub struct Reader {
    shape: Shape,
    learned: Learned,
    /// Bits of the keys seen in the objects that are open.
    seen: Vec<u64>,
    /// A key with escapes.
    key: String,
    level: Level,
}

/// A key no field is declared for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownKey<'a> {
    /// Number of the node it was found in.
    pub node: usize,
    /// The key.
    pub key: &'a str,
    /// How often.
    pub count: u64,
}

impl Reader {
    /// A reader for a schema.
    pub fn new(schema: &Schema) -> Reader {
        Reader::at_level(schema, Level::best())
    }

    /// A reader that uses no more of the processor than this.
    pub(super) fn at_level(schema: &Schema, level: Level) -> Reader {
        let (shape, learned) = shape::lower(schema);
        Reader { shape, learned, seen: Vec::new(), key: String::new(), level }
    }

    /// Reads the JSON value that starts at `at` (white space before it is passed) into a new frame of object
    /// 0.
    /// Places in cells and errors are counted from the start of `input`, which must be shorter than 4 GiB.
    /// The result is the byte after the value.
    ///
    /// # Errors
    /// The value is no JSON: J401 to J406. Its frames are taken back. Values that are JSON but not what was
    /// declared are faults in the frames.
    pub fn read_record(
        &mut self,
        input: &str,
        at: usize,
        frames: &mut Frames,
    ) -> Result<usize, Box<SyntaxError>> {
        self.read(ObjectId(0), input, at, frames)
    }

    /// Reads a record that must end where the framer found its end.
    ///
    /// # Errors
    /// As [`Reader::read_record`]; also when something stands after the value.
    pub fn read_unit(
        &mut self,
        input: &str,
        unit: (u32, u32),
        frames: &mut Frames,
    ) -> Result<(), Box<SyntaxError>> {
        let (start, end) = (unit.0 as usize, unit.1 as usize);
        let mark = frames.mark();
        // Keys are guessed by looking ahead, so the bytes after the record are left in sight.
        match self.read(ObjectId(0), input, start, frames) {
            Ok(found) if found == end => return Ok(()),
            Ok(_) => frames.reset(mark),
            Err(_) => {}
        }
        // What is wrong must be told from the record's own bytes.
        let input = &input[..end];
        let found = self.read(ObjectId(0), input, start, frames)?;
        let rest = white_space(input.as_bytes(), found);
        if rest == end {
            return Ok(());
        }
        frames.reset(mark);
        let message = format!("{} is there after a complete value", token::shown(input.as_bytes(), rest));
        Err(Box::new(SyntaxError { code: Code::J401, at: rest, message }))
    }

    /// Reads a value into a new frame of any object of the schema, see [`Reader::read_record`].
    ///
    /// # Errors
    /// As [`Reader::read_record`].
    pub fn read(
        &mut self,
        object: ObjectId,
        input: &str,
        at: usize,
        frames: &mut Frames,
    ) -> Result<usize, Box<SyntaxError>> {
        if u32::try_from(input.len()).is_err() {
            let message = "4 GiB or more cannot be read at once".to_owned();
            return Err(Box::new(SyntaxError { code: Code::J409, at, message }));
        }
        let mark = frames.mark();
        self.seen.clear();
        let object = usize::from(object.0);
        let bytes = input.as_bytes();
        let mut walk = Walk {
            input,
            bytes,
            shape: &self.shape,
            learned: &mut self.learned,
            frames,
            seen: &mut self.seen,
            key: &mut self.key,
            level: self.level,
        };
        match walk.element(object, white_space(bytes, at), 0) {
            Ok(end) => Ok(end),
            Err(stop) => {
                frames.reset(mark);
                Err(stop.final_error(input.len()))
            }
        }
    }

    /// The keys that were found without being declared, in the order they were first met; at most 1,000 are
    /// told apart.
    pub fn unknown_keys(&self) -> impl Iterator<Item = UnknownKey<'_>> {
        let met = self.learned.keys.iter().filter(|key| key.seen > 0);
        met.map(|key| UnknownKey { node: key.node as usize, key: &key.name, count: key.seen })
    }

    /// Adds what another reader of the same schema has counted.
    pub fn add_counts(&mut self, other: &Reader) {
        for met in other.unknown_keys() {
            // never followed by guess: whether the key is refused where it is met is looked up each time
            match self.learned.find(met.node, met.key, true) {
                Some(key) => self.learned.keys[key as usize].seen += met.count,
                None => self.learned.unknown_others += met.count,
            }
        }
        self.learned.unknown_others += other.unknown_others();
    }

    /// Undeclared keys that are not among [`Reader::unknown_keys`] because there were too many names.
    pub fn unknown_others(&self) -> u64 {
        self.learned.unknown_others
    }
}

/// The frame being filled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub object: usize,
    /// Index of its first cell.
    pub base: usize,
}

/// What the walk through one record needs.
pub(super) struct Walk<'a> {
    pub input: &'a str,
    pub bytes: &'a [u8],
    pub shape: &'a Shape,
    pub learned: &'a mut Learned,
    pub frames: &'a mut Frames,
    seen: &'a mut Vec<u64>,
    key: &'a mut String,
    level: Level,
}

impl<'a> Walk<'a> {
    /// A value that fills a new frame.
    pub(super) fn element(&mut self, object: usize, at: usize, depth: usize) -> Scan<usize> {
        let place = Place { object, base: self.frames.push(object) };
        self.walk(self.shape.objects[object].root, place, at, depth, None)
    }

    /// A value that is walked through by a node; `entry`: the one it belongs to.
    #[inline]
    fn walk(
        &mut self,
        node: usize,
        place: Place,
        at: usize,
        depth: usize,
        entry: Option<&EntryShape>,
    ) -> Scan<usize> {
        let shape = self.shape;
        let node_shape = &shape.nodes[node];
        let mut end = at;
        for &cell in &node_shape.whole {
            end = self.leaf(place, cell, at, depth)?;
        }
        if !node_shape.walked {
            return Ok(end);
        }
        match self.bytes.get(at) {
            Some(b'{') if !node_shape.positional => self.object(node, place, at, depth),
            Some(b'[') if node_shape.positional => self.row(node_shape, place, at, depth),
            _ => {
                let end = skip::value(self.bytes, at, depth)?;
                let expected = if node_shape.positional { "a list" } else { "an object" };
                self.no_node(place, entry, at, end, expected);
                Ok(end)
            }
        }
    }

    /// An object; `at` is its opening bracket.
    fn object(&mut self, node: usize, place: Place, start: usize, depth: usize) -> Scan<usize> {
        let shape = self.shape;
        let node_shape = &shape.nodes[node];
        if depth >= NESTING_MAX {
            return skip::too_deep(start);
        }
        let seen = self.seen.len();
        self.seen.resize(seen + node_shape.required.len().max(1), 0);
        let open = Open { node, start, seen: 0, from: node_shape.first, at: start + 1 };
        self.members(open, seen, place, depth, false)
    }

    /// An object that fills a new frame, and those that follow it in the list: the byte after the last one that
    /// was read.
    fn siblings(&mut self, object: usize, node: usize, start: usize, depth: usize) -> Scan<usize> {
        if depth >= NESTING_MAX {
            return skip::too_deep(start);
        }
        let place = Place { object, base: self.frames.push(object) };
        let seen = self.seen.len();
        self.seen.push(0);
        let open = Open { node, start, seen: 0, from: self.shape.nodes[node].first, at: start + 1 };
        self.members(open, seen, place, depth, true)
    }

    /// The rest of an object; `seen`: where its bits are. `siblings`: objects that follow it in its list may be
    /// read as well.
    fn members(
        &mut self,
        mut open: Open,
        seen: usize,
        mut place: Place,
        depth: usize,
        siblings: bool,
    ) -> Scan<usize> {
        let shape = self.shape;
        let node = &shape.nodes[open.node];
        let end = loop {
            let (exit, inner) = self.quick(&mut open, seen, &mut place, depth + 1, siblings);
            if let Some(inner) = inner {
                open.at = self.inner(inner, exit, place, depth + 1)?;
                continue;
            }
            let (key, at) = match exit {
                Exit::End => break open.at,
                Exit::Value(key, at) => (Some(key), at),
                Exit::Unknown => match self.next_key(&open)? {
                    (_, None) => break white_space(self.bytes, open.at) + 1,
                    (key, Some(at)) => (key, at),
                },
            };
            open.from = key.unwrap_or(shape::NONE);
            open.at = self.value_of(node, key, seen, place, at, depth + 1)?;
        };
        for (word, &required) in node.required.iter().enumerate() {
            let missing = required & !self.seen[seen + word];
            if missing != 0 {
                self.missing_entries(node, word, missing, place, open.start);
            }
        }
        self.seen.truncate(seen);
        Ok(end)
    }

    /// The rest of an object within the one that is read: the byte after it.
    fn inner(&mut self, mut open: Open, exit: Exit, place: Place, depth: usize) -> Scan<usize> {
        let shape = self.shape;
        let node = &shape.nodes[open.node];
        let seen = self.seen.len();
        self.seen.resize(seen + node.required.len().max(1), 0);
        self.seen[seen] = open.seen;
        if let Exit::Value(key, at) = exit {
            open.from = key;
            open.at = self.value_of(node, Some(key), seen, place, at, depth + 1)?;
        }
        self.members(open, seen, place, depth, false)
    }

    /// Reads on while keys are known and their values have the common form, see [`Run`]. When that stopped in an
    /// object within this one, that object is the second result.
    #[inline(always)]
    fn quick(
        &mut self,
        open: &mut Open,
        seen: usize,
        place: &mut Place,
        depth: usize,
        siblings: bool,
    ) -> (Exit, Option<Open>) {
        let Learned { follows, keys, passed, tables, .. } = &mut *self.learned;
        let nodes = &self.shape.nodes;
        let open_now = Open { seen: self.seen[seen], ..*open };
        let mut lane = Lane {
            bytes: self.bytes,
            follows,
            keys,
            tables,
            passed,
            row: self.frames.row(place.object),
            base: place.base,
            siblings,
            nodes,
            open: open_now,
            outer: None,
        };
        let exit = self.level.run(Run { lane: &mut lane, depth });
        let (outer, inner) = match lane.outer {
            Some(outer) => (outer, Some(lane.open)),
            None => (lane.open, None),
        };
        *open = outer;
        place.base = lane.base;
        self.seen[seen] = outer.seen;
        (exit, inner)
    }

    /// The value of a key; `None`: an undeclared one that is not told apart.
    #[inline(never)]
    fn value_of(
        &mut self,
        node: &'a NodeShape,
        number: Option<u32>,
        seen: usize,
        place: Place,
        at: usize,
        depth: usize,
    ) -> Scan<usize> {
        let at = white_space(self.bytes, at);
        let Some(number) = number else {
            self.learned.unknown_others += 1;
            if node.strict {
                self.unnamed_key(place, at);
            }
            return skip::value(self.bytes, at, depth);
        };
        let key = &mut self.learned.keys[number as usize];
        let (action, bit) = (key.action, usize::from(key.bit));
        if let Action::Pass = action {
            key.seen += 1;
            if node.strict {
                self.unknown_key(node, number, place, at);
            }
            return self.learned.pass(self.level, number, self.bytes, at, depth);
        }
        let word = &mut self.seen[seen + bit / 64];
        if *word >> (bit % 64) & 1 == 1 {
            return self.twice(node, number, place, at, depth);
        }
        *word |= 1 << (bit % 64);
        match action {
            Action::Leaf(cell) => self.leaf(place, cell, at, depth),
            _ => self.several(node, bit, place, at, depth),
        }
    }

    /// Parses from the end of one value to the next value: its key (unless there are too many) and the
    /// value's place,
    /// or no place when the object ends. `at` is also where the first key may stand.
    #[inline(never)]
    fn next_key(&mut self, open: &Open) -> Scan<(Option<u32>, Option<usize>)> {
        let &Open { node, from, at: start, .. } = open;
        let bytes = self.bytes;
        let mut at = white_space(bytes, start);
        let shape = &self.shape.nodes[node];
        let (first, strict) = (from == shape.first, shape.strict);
        match bytes.get(at) {
            None => return Err(Stop::Cut),
            Some(b'}') => {
                self.learned.learn_end(from, &bytes[start..=at]);
                return Ok((None, None));
            }
            Some(b',') if !first => at = white_space(bytes, at + 1),
            Some(_) if first => {}
            Some(_) => return unexpected(bytes, at, "`,` or `}`"),
        }
        let (name, colon) = skip::key(bytes, at)?;
        let value = white_space(bytes, colon);
        if value >= bytes.len() {
            return Err(Stop::Cut);
        }
        let text = &self.input[at + 1..name.end];
        let key = if name.escaped {
            self.key.clear();
            token::unescape(text, self.key);
            self.learned.find(node, self.key, strict)
        } else {
            self.learned.find(node, text, strict)
        };
        if let Some(key) = key {
            self.learned.learn(from, key, &bytes[start..value]);
        }
        Ok((key, Some(value)))
    }

    /// A row of positions; `start` is its opening bracket.
    fn row(&mut self, node: &'a NodeShape, place: Place, start: usize, depth: usize) -> Scan<usize> {
        if depth >= NESTING_MAX {
            return skip::too_deep(start);
        }
        let seen = self.seen.len();
        self.seen.resize(seen + node.required.len(), 0);
        let mut at = white_space(self.bytes, start + 1);
        let mut position = 0;
        if self.bytes.get(at) != Some(&b']') {
            loop {
                at = match node.positions.get(position) {
                    Some(&key) if key != shape::NONE => {
                        self.value_of(node, Some(key), seen, place, at, depth + 1)?
                    }
                    Some(_) => skip::value(self.bytes, at, depth + 1)?,
                    None => self.beyond(node, position, place, at, depth + 1)?,
                };
                position += 1;
                match self.after_element(at)? {
                    (next, true) => at = next,
                    (end, false) => {
                        at = end;
                        break;
                    }
                }
            }
        }
        for (word, &required) in node.required.iter().enumerate() {
            let missing = required & !self.seen[seen + word];
            if missing != 0 {
                self.missing_entries(node, word, missing, place, start);
            }
        }
        self.seen.truncate(seen);
        Ok(at + 1)
    }

    /// After an element: the next element's place, or the place of the closing bracket.
    #[inline(always)]
    fn after_element(&self, at: usize) -> Scan<(usize, bool)> {
        let at = white_space(self.bytes, at);
        match self.bytes.get(at) {
            Some(b',') => Ok((white_space(self.bytes, at + 1), true)),
            Some(b']') => Ok((at, false)),
            None => Err(Stop::Cut),
            Some(_) => unexpected(self.bytes, at, "`,` or `]`"),
        }
    }

    /// A value of which several things are asked.
    fn several(
        &mut self,
        node: &'a NodeShape,
        bit: usize,
        place: Place,
        at: usize,
        depth: usize,
    ) -> Scan<usize> {
        let entry = &node.entries[bit];
        let mut end = at;
        for &cell in &entry.cells {
            end = self.leaf(place, cell, at, depth)?;
        }
        let Some(below) = entry.node else { return Ok(end) };
        if let Some(end) = self.nothing(at)? {
            for &cell in &entry.missing_below {
                self.missing(place, cell, at);
            }
            return Ok(end);
        }
        self.walk(below, place, at, depth, Some(entry))
    }

    /// The end of a null or "".
    #[inline(always)]
    pub(super) fn nothing(&self, at: usize) -> Scan<Option<usize>> {
        match self.bytes.get(at) {
            Some(b'n') => token::literal(self.bytes, at).map(Some),
            Some(b'"') if self.bytes.get(at + 1) == Some(&b'"') => Ok(Some(at + 2)),
            _ => Ok(None),
        }
    }

    /// A list: each element fills a frame of `child`.
    pub(super) fn list(
        &mut self,
        place: Place,
        cell: u16,
        (child, or_one): (ObjectId, bool),
        at: usize,
        depth: usize,
    ) -> Scan<usize> {
        let first = self.frames.len(child);
        let child = usize::from(child.0);
        let end = match self.bytes.get(at) {
            Some(b'[') => self.elements(child, at, depth)?,
            Some(b'{') if or_one && self.shape.nodes[self.shape.objects[child].root].walked => {
                self.element(child, at, depth)?
            }
            _ => {
                if let Some(end) = self.nothing(at)? {
                    self.none(place, cell, at);
                    return Ok(end);
                }
                if or_one && !self.shape.nodes[self.shape.objects[child].root].walked {
                    self.element(child, at, depth)?
                } else {
                    let end = skip::value(self.bytes, at, depth)?;
                    self.wrong_type(place, cell, at, end, "a list");
                    return Ok(end);
                }
            }
        };
        let count = self.frames.len(ObjectId(child as u16)) - first;
        let word = first as u64 | (count as u64) << 32;
        let value = Cell { tag: Tag::List, word, ..cell_at(at) };
        self.frames.put(place.object, place.base, cell, value);
        Ok(end)
    }

    fn elements(&mut self, child: usize, start: usize, depth: usize) -> Scan<usize> {
        if depth >= NESTING_MAX {
            return skip::too_deep(start);
        }
        let mut at = white_space(self.bytes, start + 1);
        if self.bytes.get(at) == Some(&b']') {
            return Ok(at + 1);
        }
        let root = self.shape.objects[child].root;
        let siblings = self.shape.nodes[root].is_plain();
        loop {
            at = match self.bytes.get(at) {
                Some(b'{') if siblings => self.siblings(child, root, at, depth + 1)?,
                _ => self.element(child, at, depth + 1)?,
            };
            match self.after_element(at)? {
                (next, true) => at = next,
                (end, false) => return Ok(end + 1),
            }
        }
    }

    // What is wrong.

    #[cold]
    #[inline(never)]
    fn missing_entries(
        &mut self,
        node: &'a NodeShape,
        word: usize,
        mut missing: u64,
        place: Place,
        at: usize,
    ) {
        while missing != 0 {
            let entry = &node.entries[word * 64 + missing.trailing_zeros() as usize];
            for &cell in entry.missing.iter().chain(&entry.missing_below) {
                self.missing(place, cell, at);
            }
            missing &= missing - 1;
        }
    }

    #[cold]
    pub(super) fn missing(&mut self, place: Place, cell: u16, at: usize) {
        let object = &self.shape.objects[place.object];
        let shown = match self.bytes.get(at) {
            Some(b'n') => " (it is null)",
            Some(b'"') => " (it is empty)",
            _ => "",
        };
        let message =
            format!("`{}` of {} is missing{shown}", object.leaves[usize::from(cell)].name, object.name);
        self.fault(place, cell, Code::J421, at, message);
    }

    #[cold]
    #[inline(never)]
    fn twice(
        &mut self,
        node: &'a NodeShape,
        number: u32,
        place: Place,
        at: usize,
        depth: usize,
    ) -> Scan<usize> {
        let key = &self.learned.keys[number as usize];
        let entry = &node.entries[usize::from(key.bit)];
        let object = &self.shape.objects[place.object];
        let message = format!("the key \"{}\" is twice in one object of {}", key.name, object.name);
        let cell = entry.cells.first().copied().unwrap_or(NO_CELL);
        self.fault(place, cell, Code::J431, at, message);
        skip::value(self.bytes, at, depth)
    }

    #[cold]
    #[inline(never)]
    fn unknown_key(&mut self, node: &'a NodeShape, number: u32, place: Place, at: usize) {
        let name = &self.learned.keys[number as usize].name;
        let first = node.first as usize + 1;
        let declared = self.learned.keys[first..first + node.entries.len()].iter().map(|k| k.name.as_str());
        let hint = near(name, declared).map(|near| format!(", did it mean \"{near}\"?")).unwrap_or_default();
        let object = &self.shape.objects[place.object];
        let message = format!("the key \"{name}\" of {} is not declared{hint}", object.name);
        self.fault(place, NO_CELL, Code::J432, at, message);
    }

    #[cold]
    #[inline(never)]
    fn unnamed_key(&mut self, place: Place, at: usize) {
        let object = &self.shape.objects[place.object];
        let message = format!("a key of {} is not declared", object.name);
        self.fault(place, NO_CELL, Code::J432, at, message);
    }

    /// A value beyond the declared positions.
    #[cold]
    #[inline(never)]
    fn beyond(
        &mut self,
        node: &'a NodeShape,
        position: usize,
        place: Place,
        at: usize,
        depth: usize,
    ) -> Scan<usize> {
        if node.strict {
            let object = &self.shape.objects[place.object];
            let declared = node.positions.len();
            let message =
                format!("{} has a value number {}, {declared} are declared", object.name, position + 1);
            self.fault(place, NO_CELL, Code::J432, at, message);
        } else {
            self.learned.unknown_others += 1;
        }
        skip::value(self.bytes, at, depth)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn fault(&mut self, place: Place, cell: u16, code: Code, at: usize, message: String) {
        if cell != NO_CELL {
            let value = Cell { tag: Tag::Bad, ..cell_at(at) };
            self.frames.put_uncounted(place.object, place.base, cell, value);
            let decode = &self.shape.objects[place.object].leaves[usize::from(cell)].decode;
            let number = matches!(decode, Decode::Money { .. } | Decode::Decimal { .. });
            self.frames.numbers_refused += u64::from(number);
        }
        if self.frames.faults.len() < super::FAULTS_MAX {
            let fault = Fault::at(code, at as u32, message);
            self.frames.faults.push((ObjectId(place.object as u16), cell, fault));
        } else {
            self.frames.refused_more.push(at as u32);
        }
    }
}

/// An empty cell at a place.
#[inline(always)]
pub(super) fn cell_at(at: usize) -> Cell {
    Cell { at: at as u32, ..Cell::ABSENT }
}
