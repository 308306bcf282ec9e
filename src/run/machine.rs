//! The machine: buffers that live from document to document, and the scene one document is written in.

use super::EntryId;
use super::kept::Kept;
use super::stats::Stats;
use crate::data::{Currency, Decimal, Fault, Sheet, Text, Texts, Value};
use crate::diag::Span;
use crate::json::Frames;
use crate::plan::{ListRef, Plan};
use crate::vector::Level;

/// What is given for a run and one input; its texts lie in `text` (`Buffer::Around`).
#[derive(Debug, Clone)]
pub struct Given {
    /// Texts of the values here.
    pub text: String,
    /// Parameters, in the plan's order.
    pub params: Vec<Value>,
    /// Values round the records, by cell.
    pub around: Vec<Value>,
    /// What is wrong with the values round the records: every document is refused for it.
    pub faults: Vec<Fault>,
    /// `run.time`
    pub run_time: Value,
    /// `run.id`
    pub run_id: Text,
    /// `input.name`
    pub input_name: Text,
    /// Where the entries are sent; a part of their ids. Empty: nowhere in particular.
    pub destination: String,
    /// Which revision of the entries is written, at most 99; a part of the text of their ids.
    pub revision: u8,
    /// Headers say that the message is a simulation.
    pub simulate: bool,
    /// The records are those of a reject that is run again.
    pub again: Option<Box<Again>>,
}

/// What of a record a document is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Made {
    /// All that the record, or the group of lines, gives.
    #[default]
    All,
    /// Its own document, not those of its elements.
    Record,
    /// An element of a list.
    Element {
        /// The list's cell in the record's frame.
        cell: u16,
        /// From 0.
        index: u32,
    },
}

/// What a reject that is run again says of itself.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// Where the record began in the input it was refused in.
    pub byte: Option<u64>,
    /// What the record's bytes were there, as a hash.
    pub content: Option<String>,
    /// Only this is made again.
    pub made: Made,
    /// Of an element: its number in the list that was read first, from 1.
    pub number: Option<u64>,
    /// Of an element: the others are no longer in its list.
    pub alone: bool,
    /// What the reject said of this, as JSON members with a comma before each.
    pub kept: Option<String>,
}

/// Where a document stands in its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// First byte of the record, or of the group's first line, in the block.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
    /// Where the block begins in the input.
    pub base: u64,
    /// The records it is made of: first and number in the block's list.
    pub records: (u32, u32),
}

/// A document that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// First byte in `Output::bytes`.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Its key, in `Output::keys`.
    pub key: (u32, u32),
    /// Its id.
    pub id: EntryId,
    /// Its revision.
    pub revision: u8,
    /// The id the mapping writes instead, in `Output::keys`; empty when it does not.
    pub said: (u32, u32),
    /// Whether the mapping declares a key, so that one coming again is a mistake.
    pub keyed: bool,
    /// Which part of a split document, from 0.
    pub part: u32,
    /// Lines of the source written; those of a split document are counted with its first part.
    pub lines: u32,
    /// Line items in it.
    pub items: u32,
    /// Where it stood.
    pub place: Place,
    /// What of the record it was made of.
    pub made: Made,
    /// Its sums, in `Output::rows`.
    pub rows: (u32, u32),
}

/// A document that was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejected {
    /// Why; the first is the one reported first.
    pub faults: Vec<Fault>,
    /// Its key, as far as it is known.
    pub key: String,
    /// The mapping gave it this key, and all of it.
    pub keyed: bool,
    /// A document of this key was met before.
    pub key_again: bool,
    /// Where it stood.
    pub place: Place,
    /// What of the record it was made of.
    pub made: Made,
    /// It could not be read: of a source of lines it is not known whose line it is.
    pub unreadable: bool,
    /// How many lines it has.
    pub lines: u64,
    /// How many entries of `Output::documents` come before it.
    pub after: usize,
}

/// A sum of one document: currency, company code (in `Output::keys`), debit, credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub(super) currency: Currency,
    pub(super) company: (u32, u32),
    pub(super) debit: Decimal,
    pub(super) credit: Decimal,
}

/// What a block of input became. Buffers are reused: call [`Output::clear`].
#[derive(Debug, Default)]
pub struct Output {
    /// The documents' bytes, one after the other.
    pub bytes: Sheet,
    /// The documents that were written.
    pub documents: Vec<Written>,
    /// Texts of keys and company codes.
    pub keys: String,
    /// Sums of documents.
    pub rows: Vec<Row>,
    /// The documents that were refused.
    pub rejected: Vec<Rejected>,
    /// Everything counted.
    pub stats: Stats,
}

impl Output {
    /// Empty again, keeping room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.documents.clear();
        self.keys.clear();
        self.rows.clear();
        self.rejected.clear();
        self.stats.clear();
    }
    /// The key of a written document.
    pub fn key(&self, written: &Written) -> &str {
        &self.keys[written.key.0 as usize..written.key.1 as usize]
    }
    /// The id in a written document's header.
    pub fn id(&self, written: &Written, out: &mut String) {
        out.clear();
        let said = &self.keys[written.said.0 as usize..written.said.1 as usize];
        if said.is_empty() {
            out.extend(written.id.entry_text(written.revision).map(char::from));
        } else {
            out.push_str(said);
        }
    }
    /// Takes the written document of this number back: it counts as refused. Its bytes stay and must be passed
    /// over; so must its other parts, whose sums [`Output::take_back`] moves.
    pub fn refuse(&mut self, after: usize, fault: Fault) -> Rejected {
        let written = self.documents[after];
        let lines = u64::from(written.lines);
        self.stats.written.documents -= 1;
        self.stats.written.lines -= lines;
        self.stats.rejected.documents += 1;
        self.stats.rejected.lines += lines;
        self.take_back(&written);
        let key = self.key(&written).to_owned();
        Rejected {
            faults: vec![fault],
            key,
            keyed: true,
            key_again: true,
            place: written.place,
            made: written.made,
            lines,
            after,
            ..Rejected::default()
        }
    }
    /// Moves the sums of a written part to what was refused.
    pub fn take_back(&mut self, written: &Written) {
        for index in written.rows.0..written.rows.1 {
            let row = self.rows[index as usize];
            let company = &self.keys[row.company.0 as usize..row.company.1 as usize];
            self.stats.rejected.add(row.currency, company, row.debit, row.credit);
            self.stats.written.add(row.currency, company, row.debit.neg(), row.credit.neg());
        }
    }
}

/// What one thread needs to write documents.
#[derive(Debug)]
pub struct Machine<'p> {
    pub(super) plan: &'p Plan,
    pub(super) bound: Vec<u32>,
    pub(super) memos: Vec<Vec<(u32, Value)>>,
    /// Kept money, by column and frame.
    pub(super) moneys: Vec<Vec<Kept>>,
    pub(super) stamp: u32,
    pub(super) sides: Vec<Sheet>,
    /// What this processor can.
    pub(super) level: Level,
    pub(super) key: String,
    pub(super) tally: Tally,
    pub(super) parts: Vec<super::document::PartEnd>,
    pub(super) natural: String,
    /// Elements of lists that a block has taken, by object and frame.
    pub(super) taken: Vec<Vec<bool>>,
}

impl<'p> Machine<'p> {
    /// For a plan.
    pub fn new(plan: &'p Plan) -> Machine<'p> {
        let vars = plan.documents.iter().map(|d| d.vars.len()).max().unwrap_or(0).max(1);
        let memos = plan.documents.iter().map(|d| d.memos).max().unwrap_or(0);
        let moneys = plan.documents.iter().map(|d| d.moneys).max().unwrap_or(0);
        Machine {
            plan,
            bound: vec![0; vars],
            memos: vec![vec![]; memos],
            moneys: vec![vec![]; moneys],
            stamp: 0,
            sides: vec![Sheet::default(); plan.sides],
            level: Level::best(),
            key: String::new(),
            tally: Tally { marks: vec![Marks::default(); plan.schema.objects.len()], ..Tally::default() },
            parts: vec![],
            natural: String::new(),
            taken: vec![vec![]; plan.schema.objects.len()],
        }
    }
}

/// Which part of a split document is being written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Part {
    /// From 1.
    pub(super) number: u32,
    /// How many there are, once known.
    pub(super) count: u32,
    /// Most lines before the closing ones; 0: not split.
    pub(super) lines_max: u32,
    /// Units (rounds of a loop, single lines) that stand in earlier parts.
    pub(super) skip: u64,
    /// The unit being written.
    pub(super) unit: u64,
    /// Inside a unit.
    pub(super) inside: bool,
    /// In the lines that close it.
    pub(super) closing: bool,
    /// What the part is off by before its closing lines.
    pub(super) balance: Option<Value>,
    /// No more fits; the next part begins with unit `skip` of this number.
    pub(super) full: Option<u64>,
}

/// What is gathered while one document is written.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The currencies last asked for, with their digits after the point.
    pub(super) exponents: [(Currency, Option<u8>); 2],
    /// Why it is left out.
    pub(super) reason: String,
    /// Where the unit being written began.
    pub(super) mark: super::parts::Mark,
    /// Where the round being written began.
    pub(super) round: super::parts::Mark,
    /// The line of this round was dropped.
    pub(super) line_dropped: bool,
    /// Why it must be refused.
    pub(super) faults: Vec<Fault>,
    /// A value was needed that was refused when it was read: told once, where it was read.
    pub(super) poisoned: bool,
    /// Faults beyond those kept.
    pub(super) faults_more: u64,
    /// Sums of the parts already written, one after the other.
    pub(super) part_sums: Vec<Sum>,
    /// Sums by currency and company code.
    pub(super) sums: Vec<Sum>,
    /// The same before the closing lines of a part, which were never read.
    pub(super) own_sums: Vec<Sum>,
    /// Sums of other amounts that must balance, by element name and currency.
    pub(super) locals: Vec<Local>,
    /// What dropped lines are worth.
    pub(super) dropped: Vec<Sum>,
    /// Reasons of dropped lines.
    pub(super) drops: Vec<(String, u64)>,
    /// Elements that count as lines.
    pub(super) lines: u32,
    /// What became of each frame of each object: 0 not met, else a [`Mark`].
    pub(super) marks: Vec<Marks>,
    /// The frame of the innermost loop: object and frame.
    pub(super) here: Option<(u16, u32)>,
    /// Texts cut, by element.
    pub(super) cuts: Vec<(u32, u64)>,
    /// The id the mapping writes into the document's header.
    pub(super) message_id: Option<Text>,
    /// The company code of the document and of the line.
    pub(super) company: Option<Text>,
    pub(super) line_company: Option<Text>,
    /// The amount of the line, and whether its debit/credit code says credit.
    pub(super) line_amount: Option<Decimal>,
    pub(super) line_credit: Option<bool>,
}

/// What became of the frames of one object, from the first that was met.
#[derive(Debug, Clone, Default)]
pub(super) struct Marks {
    first: u32,
    marks: Vec<u8>,
}

impl Marks {
    #[inline]
    pub(super) fn get(&self, frame: u32) -> u8 {
        let index = frame.checked_sub(self.first).map(|index| index as usize);
        index.and_then(|index| self.marks.get(index)).copied().unwrap_or(0)
    }

    pub(super) fn set(&mut self, frame: u32, mark: u8) {
        if self.marks.is_empty() {
            self.first = frame;
        }
        if frame < self.first {
            let more = (self.first - frame) as usize;
            self.marks.splice(0..0, std::iter::repeat_n(0, more));
            self.first = frame;
        }
        let index = (frame - self.first) as usize;
        if self.marks.len() <= index {
            self.marks.resize(index + 1, 0);
        }
        self.marks[index] = mark;
    }

    /// Sets a mark that is greater than the one that is there.
    #[inline]
    pub(super) fn raise(&mut self, frame: u32, mark: u8) {
        let index = frame.wrapping_sub(self.first) as usize;
        match self.marks.get_mut(index) {
            Some(known) => *known = mark.max(*known),
            None => self.set(frame, mark),
        }
    }

    /// All marks, which are forgotten.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = u8> {
        self.marks.drain(..)
    }

    pub(super) fn contains(&self, mark: u8) -> bool {
        self.marks.contains(&mark)
    }
}

/// What became of a line.
pub(super) const MET: u8 = 1;
/// See [`MET`].
pub(super) const DROPPED: u8 = 2;
/// See [`MET`].
pub(super) const EMITTED: u8 = 3;

/// A sum of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    pub(super) currency: Currency,
    pub(super) company: Option<Text>,
    pub(super) debit: Decimal,
    pub(super) credit: Decimal,
}

/// A sum of another amount.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local {
    /// The element it was first met in.
    pub(super) element: crate::contract::ElementId,
    pub(super) currency: Currency,
    pub(super) sum: Decimal,
    pub(super) lines: u32,
}

impl Tally {
    pub(super) fn clear(&mut self) {
        self.faults.clear();
        self.faults_more = 0;
        self.poisoned = false;
        self.company = None;
        self.message_id = None;
        self.here = None;
        self.clear_part();
        self.part_sums.clear();
        self.dropped.clear();
        self.drops.clear();
        self.cuts.clear();
    }

    /// What belongs to one part of a split document.
    pub(super) fn clear_part(&mut self) {
        self.sums.clear();
        self.locals.clear();
        self.lines = 0;
        self.line_company = None;
        self.line_amount = None;
        self.line_credit = None;
    }

    /// Keeps a fault of reading, which follows from no other.
    pub(super) fn read_fault(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        } else {
            self.faults_more += 1;
        }
    }

    /// Keeps a fault; the value a fault was already kept for (J500) is not told twice.
    pub(super) fn fault(&mut self, fault: Fault) {
        if fault.code == crate::diag::Code::J500 {
            self.poisoned = true;
            return;
        }
        self.read_fault(fault);
    }
}

/// Most faults kept of one document.
const FAULTS_MAX: usize = 20;

/// One document being written.
pub(super) struct Scene<'a> {
    pub(super) plan: &'a Plan,
    pub(super) frames: &'a Frames,
    pub(super) given: &'a Given,
    pub(super) texts: Texts<'a>,
    pub(super) bound: &'a mut Vec<u32>,
    pub(super) memos: &'a mut Vec<Vec<(u32, Value)>>,
    pub(super) moneys: &'a mut Vec<Vec<Kept>>,
    pub(super) stamp: u32,
    pub(super) sides: &'a mut Vec<Sheet>,
    pub(super) level: Level,
    pub(super) key: &'a mut String,
    pub(super) tally: &'a mut Tally,
    pub(super) counts: &'a mut Stats,
    /// First frame and number of the document's lines (line sources).
    pub(super) lines: (u32, u32),
    /// Round of the document-level loop, from 1.
    pub(super) line_number: u64,
    pub(super) part: Part,
    pub(super) id: EntryId,
    /// Whether the mapping gave the document a key.
    pub(super) keyed: bool,
    /// Whether all parts of the key could be made.
    pub(super) key_whole: bool,
}

impl Scene<'_> {
    /// Keeps a fault with the place in the mapping it came from.
    #[expect(clippy::boxed_local, reason = "faults travel in boxes, so that results stay small")]
    pub(super) fn refuse(&mut self, fault: Box<Fault>, span: Span) {
        self.tally.fault(Fault { span: fault.span.or(Some(span)), ..*fault });
    }

    /// Where a list's elements are: used to know which lines there are.
    pub(super) fn object_of(&self, list: ListRef) -> u16 {
        match list {
            ListRef::Lines => 0,
            ListRef::Cell { object, cell, .. } => {
                match self.plan.schema.objects[usize::from(object)].leaves[usize::from(cell)].decode {
                    crate::json::Decode::List { object, .. } => object.0,
                    _ => object,
                }
            }
        }
    }
}
