//! One thread's work: a block of whole records becomes documents.

use super::failed::{At, Failed};
use crate::crash::breaks;
use crate::data::Fault;
use crate::diag::Code;
use crate::json::{Block, Frames, InputError, ObjectId, Reader, SyntaxError};
use crate::plan::{Origin, Plan};
use crate::run::{Given, Machine, Output, Place, Unit};
use std::sync::Arc;

/// A block on its way: input, then what became of it. Buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Whole records; for line sources whole documents.
    pub(super) block: Block,
    /// What it became.
    pub(super) output: Output,
    /// Why the input ends here: a record that is no JSON.
    pub(super) broken: Option<Box<InputError>>,
    /// The input ended, or broke, behind these records: the last document may lack lines.
    pub(super) cut_off: bool,
    /// Nothing follows in the input.
    pub(super) last: bool,
    /// What is given for these records.
    pub(super) given: Option<Arc<Given>>,
}

/// What a thread keeps from block to block.
pub(super) struct Worker<'p> {
    pub(super) plan: &'p Plan,
    pub(super) reader: Reader,
    pub(super) frames: Frames,
    pub(super) machine: Machine<'p>,
    /// What is worked on.
    pub(super) at: At,
    key: String,
    next: String,
}

/// The text of a block and what is wrong with some of its records.
struct Input<'a> {
    text: &'a str,
    records: &'a [(u32, u32)],
    /// Where a byte of the block lies in the input.
    block: &'a Block,
    /// Records that are no UTF-8 or too long, by their number.
    bad: Vec<(usize, SyntaxError)>,
    /// A broken record is a reject, not the end of the input.
    lenient: bool,
    /// The last document may lack lines.
    cut_off: bool,
    /// Nothing follows in the input.
    last: bool,
    given: &'a Given,
    /// What jemap itself has failed on.
    failed: &'a Failed,
}

impl Input<'_> {
    fn bytes(&self, place: &Place) -> &[u8] {
        self.text.as_bytes().get(place.start as usize..place.end as usize).unwrap_or(&[])
    }

    /// A record that cannot be read is a reject, and the next one is read.
    fn goes_on(&self, error: &SyntaxError) -> bool {
        self.lenient || error.code == Code::J526
    }

    fn place(&self, index: usize) -> Place {
        let (start, end) = self.records[index];
        Place { start, end, base: self.block.base_at(start as usize), records: (index as u32, 1) }
    }
}

impl<'p> Worker<'p> {
    pub(super) fn new(plan: &'p Plan) -> Worker<'p> {
        Worker {
            plan,
            reader: Reader::new(&plan.schema),
            frames: Frames::new(&plan.schema),
            machine: Machine::new(plan),
            at: At::Nothing,
            key: String::new(),
            next: String::new(),
        }
    }

    /// Turns a block into documents, but for the records that jemap itself has failed on.
    pub(super) fn attempt(&mut self, work: &mut Work, failed: &Failed) {
        work.output.clear();
        work.broken = None;
        let block = &work.block;
        let Some(given) = work.given.clone() else { return };
        let (text, error) = block.text();
        let mut input = Input {
            text,
            records: &block.records,
            block,
            bad: vec![],
            lenient: block.lines,
            cut_off: work.cut_off,
            last: work.last,
            given: &given,
            failed,
        };
        let mended;
        match error {
            Some(_) if block.lines => {
                mended = without_bad(block, &mut input.bad);
                input.text = &mended;
            }
            Some(_) => {
                let good = block.records.iter().take_while(|r| r.1 as usize <= text.len()).count();
                input.records = &block.records[..good];
                input.cut_off = true;
            }
            None => {}
        }
        if block.has_unfit() {
            let starts = block.records.iter().enumerate();
            let unfit = starts.filter_map(|(i, r)| block.unfit(r.0).map(|e| (i, e.clone())));
            input.bad.splice(0..0, unfit);
            input.bad.sort_by_key(|(index, _)| *index);
            input.bad.dedup_by_key(|(index, _)| *index);
        }
        if self.groups_lines() {
            failed.mark(&block.records, &mut input.bad);
        }
        let stop = self.records(&input, &mut work.output);
        work.broken = stop.map(|e| block.locate(e)).or(if block.lines { None } else { error });
    }

    /// Refuses a block of one record that is not even to be read.
    pub(super) fn refuse(&mut self, work: &mut Work, error: SyntaxError) {
        work.output.clear();
        work.broken = None;
        let (start, end) = work.block.records[0];
        let base = work.block.base_at(start as usize);
        let place = Place { start, end, base, records: (0, 1) };
        self.unreadable(error, place, &mut work.output);
    }

    fn records(&mut self, input: &Input<'_>, out: &mut Output) -> Option<SyntaxError> {
        if self.groups_lines() {
            return self.groups(input, out);
        }
        for index in 0..input.records.len() {
            self.frames.clear();
            let place = input.place(index);
            self.at = At::Record(index as u32);
            if let Some((fault, key)) = input.failed.of(self.at, place.start) {
                self.machine.failed(Unit { frame: 0, lines: 0, place }, fault, key, out);
                continue;
            }
            match self.read(input, index) {
                Ok(()) => {
                    breaks("write", input.bytes(&place));
                    let faults = self.faults();
                    let unit = Unit { frame: 0, lines: 0, place };
                    self.machine.record(unit, input.text, &mut self.frames, input.given, faults, out);
                }
                Err(error) if input.goes_on(&error) => self.unreadable(error, place, out),
                Err(error) => return Some(error),
            }
        }
        None
    }

    /// Whether lines are grouped into documents.
    fn groups_lines(&self) -> bool {
        self.plan.documents.iter().any(|d| matches!(d.from, Origin::Group { .. }))
    }

    fn read(&mut self, input: &Input<'_>, index: usize) -> Result<(), SyntaxError> {
        if let Ok(bad) = input.bad.binary_search_by_key(&index, |(bad, _)| *bad) {
            return Err(input.bad[bad].1.clone());
        }
        breaks("read", input.bytes(&input.place(index)));
        self.reader.read_unit(input.text, input.records[index], &mut self.frames).map_err(|e| *e)
    }

    /// Faults of values met while reading.
    fn faults(&mut self) -> Vec<Fault> {
        self.frames.faults.drain(..).map(|(_, _, fault)| *fault).collect()
    }

    fn unreadable(&mut self, error: SyntaxError, place: Place, out: &mut Output) {
        let fault = Fault::at(error.code, error.at as u32, error.message);
        self.machine.unreadable(*fault, place, out);
    }

    /// Lines with equal keys that stand together are a document.
    fn groups(&mut self, input: &Input<'_>, out: &mut Output) -> Option<SyntaxError> {
        self.frames.clear();
        let mut open: Option<Unit> = None;
        let mut faults: Vec<Fault> = vec![];
        for index in 0..input.records.len() {
            let place = input.place(index);
            let frame = self.frames.len(ObjectId(0)) as u32;
            self.at = At::Record(index as u32);
            if let Err(error) = self.read(input, index) {
                if !input.goes_on(&error) {
                    faults.push(cut_off());
                    self.close(open.take(), input, faults, out);
                    return Some(error);
                }
                self.unreadable(error, place, out);
                continue;
            }
            let line = Unit { frame, lines: 1, place };
            let goes_on = match &open {
                Some(unit) => self.goes_on(unit, &line, input, out),
                None => false,
            };
            match &mut open {
                Some(unit) if goes_on => {
                    let (first, count) = unit.place.records;
                    if first + count != place.records.0 {
                        let at = input.records[index - 1].0;
                        let message = "a broken line stands between the lines of this document";
                        faults.push(*Fault::at(Code::J523, at, message));
                    }
                    unit.lines += 1;
                    unit.place.end = place.end;
                    unit.place.records.1 = place.records.0 + 1 - first;
                    faults.append(&mut self.faults());
                }
                _ => {
                    let later = self.faults();
                    self.close(open.take(), input, std::mem::replace(&mut faults, later), out);
                    open = Some(self.forget(line, input, index));
                }
            }
        }
        // a file that was cut off ends in a broken line, which may have been of the last document
        let broken_last =
            open.as_ref().is_some_and(|u| u.place.records.0 + u.place.records.1 < input.records.len() as u32);
        if input.cut_off || (input.last && broken_last) {
            faults.push(cut_off());
        }
        self.close(open, input, faults, out);
        None
    }

    /// Whether a line belongs to the document that is open.
    fn goes_on(&mut self, open: &Unit, line: &Unit, input: &Input<'_>, out: &mut Output) -> bool {
        if let Some(same) = self.machine.same_key(input.text, &self.frames, open.frame, line.frame) {
            return same;
        }
        self.machine.key(*open, input.text, &mut self.frames, input.given, out, &mut self.key);
        self.machine.key(*line, input.text, &mut self.frames, input.given, out, &mut self.next);
        self.key == self.next
    }

    fn close(&mut self, open: Option<Unit>, input: &Input<'_>, faults: Vec<Fault>, out: &mut Output) {
        if let Some(unit) = open {
            self.at = At::Document(unit.place.records.0);
            if let Some((fault, key)) = input.failed.of(self.at, unit.place.start) {
                return self.machine.failed(unit, fault, key, out);
            }
            breaks("write", input.bytes(&unit.place));
            self.machine.record(unit, input.text, &mut self.frames, input.given, faults, out);
        }
    }

    /// Frames of documents already written are forgotten now and then; the line just read is read again.
    fn forget(&mut self, line: Unit, input: &Input<'_>, index: usize) -> Unit {
        if line.frame < FRAMES_KEPT {
            return line;
        }
        self.at = At::Record(index as u32);
        self.frames.clear();
        // it was read a moment ago, so it can be read now
        let refused = self.frames.numbers_refused;
        let _ = self.read(input, index);
        self.frames.numbers_refused = refused;
        self.frames.faults.clear();
        Unit { frame: 0, ..line }
    }

    /// The key of one record of a block of lines: used to cut blocks between documents. Broken lines have none.
    pub(super) fn read_key(&mut self, block: &Block, index: usize, given: &Given, key: &mut String) -> bool {
        let (text, _) = block.text_of(index);
        self.frames.clear();
        let Some(text) = text else { return false };
        if block.unfit(block.records[index].0).is_some() {
            return false;
        }
        let read = self.reader.read_unit(text, (0, text.len() as u32), &mut self.frames);
        if read.is_err() {
            return false;
        }
        let place = Place { start: 0, end: text.len() as u32, base: block.base, records: (index as u32, 1) };
        let mut out = Output::default();
        let line = Unit { frame: 0, lines: 1, place };
        self.machine.key(line, text, &mut self.frames, given, &mut out, key);
        self.frames.faults.clear();
        true
    }
}

/// Frames of documents already written that are kept before they are forgotten together.
const FRAMES_KEPT: u32 = 4096;

/// Why the last document before a break in the input is refused.
fn cut_off() -> Fault {
    *Fault::new(Code::J524, "the input breaks off before it is certain that the document is complete")
}

/// The text of a block of lines with the lines that are no UTF-8 blanked, and what is wrong with them.
fn without_bad(block: &Block, bad: &mut Vec<(usize, SyntaxError)>) -> String {
    let mut text = String::new();
    let mut at = 0;
    for (index, &(start, end)) in block.records.iter().enumerate() {
        text.push_str(&" ".repeat(start as usize - at));
        match block.text_of(index) {
            (Some(line), _) => text.push_str(line),
            (None, valid) => {
                let message = "a byte of the line is no UTF-8".to_owned();
                bad.push((index, SyntaxError { code: Code::J407, at: start as usize + valid, message }));
                text.push_str(&" ".repeat((end - start) as usize));
            }
        }
        at = end as usize;
    }
    text
}
