//! A record's frames become documents: which block takes them, and how each is counted.

use super::EntryId;
use super::document::{Fate, Lines, PartEnd};
use super::machine::{Given, Machine, Made, Output, Part, Place, Rejected, Row, Scene, Sum, Written};
use super::stats::Sums;
use crate::data::{Fault, Sheet, Texts};
use crate::diag::Code;
use crate::json::{Frames, ObjectId, Tag};
use crate::plan::{Document, Generator, ListRef, Node, Origin};

/// Where the frames of a document are.
#[derive(Debug, Clone, Copy)]
pub struct Unit {
    /// The record's frame; for groups the first line's.
    pub frame: u32,
    /// Number of lines (groups), else 0.
    pub lines: u32,
    /// Where it stands in the input.
    pub place: Place,
}

/// What a document is made from.
struct Matter<'a> {
    unit: Unit,
    input: &'a str,
    frames: &'a Frames,
    given: &'a Given,
    scratch: String,
}

impl Machine<'_> {
    /// Writes the documents of a record (or a group of lines) whose frames were read without a syntax error.
    /// `read_faults` are the faults of values met while it was read.
    pub fn record(
        &mut self,
        unit: Unit,
        input: &str,
        frames: &mut Frames,
        given: &Given,
        read_faults: Vec<Fault>,
        out: &mut Output,
    ) {
        let scratch = std::mem::take(&mut frames.scratch);
        let mark = scratch.len();
        let mut matter = Matter { unit, input, frames, given, scratch };
        self.blocks(&mut matter, read_faults, out);
        let mut scratch = matter.scratch;
        scratch.truncate(mark);
        frames.scratch = scratch;
    }

    /// The first block that takes the record makes documents of it; of a list, each element is taken by the first block that takes it.
    fn blocks(&mut self, matter: &mut Matter<'_>, read_faults: Vec<Fault>, out: &mut Output) {
        let plan = self.plan;
        let mut lists = false;
        let made = matter.made();
        self.taken.iter_mut().for_each(Vec::clear);
        for document in &plan.documents {
            self.next_stamp();
            self.tally.clear();
            if let Origin::Each(generator) = &document.from {
                lists |= made != Made::Record;
                if lists {
                    self.elements(document, *generator, matter, &read_faults, out);
                }
                continue;
            }
            if matches!(made, Made::Element { .. }) {
                continue;
            }
            if self.takes(document, matter, out) {
                return self.one(document, matter, Made::Record, read_faults, out);
            }
        }
        if lists {
            self.leftover(matter, read_faults, out);
        } else {
            self.tally.clear();
            let fault = Fault::new(Code::J505, "no document block takes this record");
            self.reject_whole(matter.unit, read_faults.into_iter().chain([*fault]).collect(), out);
        }
    }

    /// Whether a block's `when` holds. One that cannot be computed takes the document, which is then refused for it.
    fn takes(&mut self, document: &Document, matter: &mut Matter<'_>, out: &mut Output) -> bool {
        let Some(when) = document.when else { return true };
        let plan = self.plan;
        let mut scene = self.scene(matter, out);
        match scene.holds(when) {
            Ok(holds) => holds,
            Err(fault) => {
                scene.refuse(fault, plan.span(when));
                true
            }
        }
    }

    /// The elements of a list that no block before has taken.
    fn elements(
        &mut self,
        document: &Document,
        generator: Generator,
        matter: &mut Matter<'_>,
        read_faults: &[Fault],
        out: &mut Output,
    ) {
        let scene = self.scene(matter, out);
        let (first, count) = scene.list(generator.list);
        let object = usize::from(scene.object_of(generator.list));
        let (cell, only) = (cell_of(generator), matter.made());
        let mark = matter.scratch.len();
        let frames = matter.frames;
        let begins = |index: u32| first_byte(frames, object as u16, first + index);
        for index in 0..count {
            let frame = (first + index) as usize;
            if self.taken[object].len() <= frame {
                self.taken[object].resize(frame + 1, false);
            }
            let made = Made::Element { cell, index };
            if self.taken[object][frame] || (only != Made::All && only != made) {
                continue;
            }
            self.next_stamp();
            self.tally.clear();
            self.bound[usize::from(generator.var)] = first + index;
            if self.takes(document, matter, out) {
                self.taken[object][frame] = true;
                // a refused value is told where it belongs; one outside the list concerns every element
                let from = begins(index).filter(|_| index > 0).unwrap_or(0);
                let to = if index + 1 < count { begins(index + 1) } else { None }.unwrap_or(u32::MAX);
                let belongs = |f: &&Fault| f.at.is_none_or(|at| (from..to).contains(&at));
                let mut faults: Vec<Fault> = read_faults.iter().filter(belongs).cloned().collect();
                let more = &frames.refused_more;
                // of many refused values only the first are kept with what is wrong with them
                let at = more.get(more.partition_point(|at| *at < from)).filter(|at| **at < to);
                if let (true, Some(at)) = (faults.is_empty(), at) {
                    let message = "a value was refused when it was read, as others of the record before it";
                    faults.push(*Fault::at(Code::J500, *at, message));
                }
                self.one(document, matter, made, faults, out);
            }
            matter.scratch.truncate(mark);
        }
    }

    /// Elements that no block takes are counted as left out; a record without elements is, too, unless it was refused.
    fn leftover(&mut self, matter: &mut Matter<'_>, read_faults: Vec<Fault>, out: &mut Output) {
        let (mut elements, mut left) = (0, 0);
        let only = matter.made();
        for document in &self.plan.documents {
            if let Origin::Each(generator) = &document.from {
                let scene = self.scene(matter, out);
                let (first, count) = scene.list(generator.list);
                let object = usize::from(scene.object_of(generator.list));
                let cell = cell_of(*generator);
                for index in 0..count {
                    if only != Made::All && only != (Made::Element { cell, index }) {
                        continue;
                    }
                    elements += 1;
                    let frame = first + index;
                    let taken = &mut self.taken[object];
                    if !std::mem::replace(&mut taken[frame as usize], true) {
                        left += 1;
                    }
                }
            }
        }
        let reason = match (elements, read_faults.is_empty()) {
            (0, false) => return self.reject_whole(matter.unit, read_faults, out),
            (0, true) => {
                left = 1;
                "there is no element to make a document of"
            }
            _ => "no document block takes it",
        };
        if left > 0 {
            out.stats.dropped.documents += left;
            out.stats.drops.entry(reason.to_owned()).or_default().0 += left;
        }
    }

    fn reject_whole(&mut self, unit: Unit, faults: Vec<Fault>, out: &mut Output) {
        let lines = u64::from(unit.lines);
        out.stats.rejected.documents += 1;
        out.stats.rejected.lines += lines;
        let after = out.documents.len();
        out.rejected.push(Rejected { faults, place: unit.place, lines, after, ..Rejected::default() });
    }

    /// The key of the record or line at a frame, as text; parts joined by `/`. Faults leave it incomplete.
    pub fn key(
        &mut self,
        unit: Unit,
        input: &str,
        frames: &mut Frames,
        given: &Given,
        out: &mut Output,
        key: &mut String,
    ) {
        self.next_stamp();
        self.tally.clear();
        let scratch = std::mem::take(&mut frames.scratch);
        let mark = scratch.len();
        let mut matter = Matter { unit, input, frames, given, scratch };
        let document = &self.plan.documents[0];
        let mut scene = self.scene(&mut matter, out);
        scene.make_key(document);
        key.clear();
        key.push_str(scene.key);
        let mut scratch = matter.scratch;
        scratch.truncate(mark);
        frames.scratch = scratch;
        self.tally.clear();
    }

    /// Whether two lines have the same key, where that can be told from their cells alone: all parts are texts of the input.
    pub fn same_key(&self, input: &str, frames: &Frames, one: u32, other: u32) -> Option<bool> {
        let bytes = |object: u16, frame: u32, cell: u16| {
            let cell = frames.cell(ObjectId(object), frame as usize, cell);
            let at = (cell.word >> 32) as usize;
            (cell.tag == Tag::Text).then(|| &input.as_bytes()[at..at + cell.word as u32 as usize])
        };
        for part in &self.plan.documents[0].key {
            let Node::Field { object, var: 0, cell } = self.plan.node(*part) else { return None };
            if bytes(*object, one, *cell)? != bytes(*object, other, *cell)? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// A record that could not even be read.
    pub fn unreadable(&mut self, fault: Fault, place: Place, out: &mut Output) {
        out.stats.rejected.documents += 1;
        let lines = u64::from(self.plan.lines);
        out.stats.rejected.lines += lines;
        let after = out.documents.len();
        let faults = vec![fault];
        let unread = Rejected { faults, unreadable: true, place, lines, after, ..Rejected::default() };
        out.rejected.push(unread);
    }

    fn next_stamp(&mut self) {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            // stamps come again after 2^32 documents: what is kept under the old ones must go
            self.memos.iter_mut().for_each(Vec::clear);
            self.moneys.iter_mut().for_each(Vec::clear);
            self.stamp = 1;
        }
    }

    fn scene<'a>(&'a mut self, matter: &'a mut Matter<'_>, out: &'a mut Output) -> Scene<'a> {
        let unit = matter.unit;
        self.bound[0] = unit.frame;
        let (input, given) = (matter.input, matter.given);
        let scratch = &mut matter.scratch;
        Scene {
            plan: self.plan,
            frames: matter.frames,
            given,
            texts: Texts { input, scratch, pool: &self.plan.pool, around: &given.text, cuts: 0 },
            bound: &mut self.bound,
            memos: &mut self.memos,
            moneys: &mut self.moneys,
            stamp: self.stamp,
            sides: &mut self.sides,
            level: self.level,
            key: &mut self.key,
            tally: &mut self.tally,
            counts: &mut out.stats,
            lines: (unit.frame, unit.lines),
            line_number: 0,
            part: Part::default(),
            id: EntryId([0; 16]),
            keyed: false,
            key_whole: true,
        }
    }

    fn one(
        &mut self,
        document: &Document,
        matter: &mut Matter<'_>,
        made: Made,
        read_faults: Vec<Fault>,
        out: &mut Output,
    ) {
        for fault in matter.given.faults.iter().cloned().chain(read_faults) {
            self.tally.read_fault(fault);
        }
        let start = out.bytes.len();
        let mut bytes = std::mem::take(&mut out.bytes);
        let mut parts = std::mem::take(&mut self.parts);
        parts.clear();
        let mut natural = std::mem::take(&mut self.natural);
        let (unit, input) = (matter.unit, matter.input);
        let index = match made {
            Made::Element { index, .. } => Some(index),
            _ => None,
        };
        let mut scene = self.scene(matter, out);
        scene.identify(document, unit, index, input, &mut natural);
        let fate = scene.write_parts(document, &natural, &mut bytes, &mut parts);
        let lines = scene.lines_met(document);
        let keyed = scene.keyed && scene.key_whole;
        out.bytes = bytes;
        match fate {
            Fate::Written => self.written(&parts, lines, (keyed, made), start, matter, out),
            Fate::Dropped => self.dropped(lines, start, matter, out),
            Fate::Refused => self.refused(lines, (keyed, made), start, matter, out),
        }
        self.parts = parts;
        self.natural = natural;
    }

    fn written(
        &mut self,
        parts: &[PartEnd],
        lines: Lines,
        (keyed, made): (bool, Made),
        start: usize,
        matter: &mut Matter<'_>,
        out: &mut Output,
    ) {
        let (place, revision) = (matter.unit.place, matter.given.revision);
        let texts = matter.texts(&self.plan.pool);
        let tally = &self.tally;
        let key = (out.keys.len() as u32, (out.keys.len() + self.key.len()) as u32);
        out.keys.push_str(&self.key);
        let mut from = start;
        for (number, part) in parts.iter().enumerate() {
            let rows = out.rows.len() as u32;
            for s in &tally.part_sums[part.sums.clone()] {
                let company = keep(&mut out.keys, s.company.map_or("", |t| texts.get(t)));
                out.rows.push(Row { currency: s.currency, company, debit: s.debit, credit: s.credit });
            }
            let said = keep(&mut out.keys, part.message_id.map_or("", |t| texts.get(t)));
            let lines = if number == 0 { lines.emitted as u32 } else { 0 };
            out.documents.push(Written {
                start: from,
                end: part.end,
                key,
                id: part.id,
                revision,
                said,
                keyed: number == 0 && keyed,
                part: number as u32,
                lines,
                items: part.lines,
                place,
                made,
                rows: (rows, out.rows.len() as u32),
            });
            from = part.end;
        }
        let stats = &mut out.stats;
        stats.written.documents += 1;
        stats.written.lines += lines.emitted;
        add(&mut stats.written, &tally.part_sums, &texts);
        for (element, count) in &tally.cuts {
            *stats.cuts.entry(*element).or_default() += count;
        }
        stats.dropped.lines += lines.dropped + lines.silent;
        add(&mut stats.dropped, &tally.dropped, &texts);
        for (reason, count) in &tally.drops {
            stats.drops.entry(reason.clone()).or_default().1 += count;
        }
        if lines.silent > 0 {
            stats.drops.entry(SILENT.to_owned()).or_default().1 += lines.silent;
        }
    }

    fn dropped(&mut self, lines: Lines, start: usize, matter: &mut Matter<'_>, out: &mut Output) {
        let texts = matter.texts(&self.plan.pool);
        out.bytes.truncate(start);
        let stats = &mut out.stats;
        stats.dropped.documents += 1;
        stats.dropped.lines += lines.all();
        add(&mut stats.dropped, &self.tally.part_sums, &texts);
        add(&mut stats.dropped, &self.tally.dropped, &texts);
        let entry = stats.drops.entry(std::mem::take(&mut self.tally.reason)).or_default();
        entry.0 += 1;
        entry.1 += lines.all();
    }

    fn refused(
        &mut self,
        lines: Lines,
        (keyed, made): (bool, Made),
        start: usize,
        matter: &mut Matter<'_>,
        out: &mut Output,
    ) {
        let place = matter.unit.place;
        let texts = matter.texts(&self.plan.pool);
        out.bytes.truncate(start);
        let tally = &mut self.tally;
        let stats = &mut out.stats;
        stats.rejected.documents += 1;
        stats.rejected.lines += lines.all();
        add(&mut stats.rejected, &tally.part_sums, &texts);
        add(&mut stats.rejected, &tally.dropped, &texts);
        let mut faults = std::mem::take(&mut tally.faults);
        if faults.is_empty() {
            faults.push(*Fault::new(Code::J500, "a value was refused when it was read"));
        }
        if tally.faults_more > 0 {
            faults.push(*Fault::new(Code::J500, format!("{} more faults", tally.faults_more)));
        }
        let (key, after) = (self.key.clone(), out.documents.len());
        let lines = lines.all();
        out.rejected.push(Rejected { faults, key, keyed, place, made, lines, after, ..Rejected::default() });
    }

    /// The message's own header for an envelope.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn message(&mut self, id: EntryId, given: &Given, frames: &Frames) -> Result<Sheet, Fault> {
        self.next_stamp();
        self.tally.clear();
        let mut bytes = Sheet::default();
        let Some(block) = self.plan.message else { return Ok(bytes) };
        let unit = Unit { frame: 0, lines: 0, place: Place::default() };
        let mut matter = Matter { unit, input: "", frames, given, scratch: String::new() };
        let mut out = Output::default();
        let mut scene = self.scene(&mut matter, &mut out);
        scene.id = id;
        scene.block(block, &mut bytes);
        match self.tally.faults.first() {
            Some(fault) => Err(fault.clone()),
            None => Ok(bytes),
        }
    }
}

impl Matter<'_> {
    /// What of the record is wanted.
    fn made(&self) -> Made {
        self.given.again.as_ref().map_or(Made::All, |again| again.made)
    }

    fn texts<'a>(&'a mut self, pool: &'a str) -> Texts<'a> {
        let (input, around) = (self.input, &self.given.text);
        Texts { input, scratch: &mut self.scratch, pool, around, cuts: 0 }
    }
}

/// The cell of the record that the list is in.
fn cell_of(generator: Generator) -> u16 {
    match generator.list {
        ListRef::Cell { cell, .. } => cell,
        ListRef::Lines => 0,
    }
}

/// Adds sums of a document to those of a fate.
fn add(to: &mut Sums, sums: &[Sum], texts: &Texts<'_>) {
    for s in sums {
        to.add(s.currency, s.company.map_or("", |t| texts.get(t)), s.debit, s.credit);
    }
}

/// Keeps a text among the keys.
fn keep(keys: &mut String, text: &str) -> (u32, u32) {
    let at = keys.len() as u32;
    keys.push_str(text);
    (at, keys.len() as u32)
}

/// The first byte a frame was read from.
pub(super) fn first_byte(frames: &Frames, object: u16, frame: u32) -> Option<u32> {
    let cells = frames.frame(ObjectId(object), frame as usize);
    cells.iter().filter(|c| c.tag != Tag::Absent).map(|c| c.at).min()
}

/// What the run report says of lines nothing was written for.
const SILENT: &str = "no element was written for it";

/// The place of a fault; without one, where the document begins.
pub fn place_of(fault: &Fault, place: Place) -> u64 {
    place.base + u64::from(fault.at.unwrap_or(place.start))
}
