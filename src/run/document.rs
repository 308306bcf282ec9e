//! One document: its key, its conditions, its parts, and whether it may leave.

use super::EntryId;
use super::machine::{DROPPED, EMITTED, Part, Scene};
use super::record::Unit;
use crate::data::{Decimal, Fault, Sheet, Text, Value};
use crate::diag::Code;
use crate::json::{Cell, ObjectId, Tag};
use crate::plan::{Document, Origin};

/// What became of a document before it is counted.
pub(super) enum Fate {
    Written,
    Dropped,
    Refused,
}

/// The end of a part in the output, with its sums.
#[derive(Debug)]
pub(super) struct PartEnd {
    pub(super) end: usize,
    pub(super) id: EntryId,
    pub(super) message_id: Option<Text>,
    pub(super) lines: u32,
    pub(super) sums: std::ops::Range<usize>,
}

/// What became of the lines of a document.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lines {
    pub(super) emitted: u64,
    pub(super) dropped: u64,
    pub(super) silent: u64,
}

impl Lines {
    pub(super) fn all(self) -> u64 {
        self.emitted + self.dropped + self.silent
    }
}

impl Scene<'_> {
    /// The key as text; false when the mapping declares none, or a part that may be missing is.
    pub(super) fn make_key(&mut self, document: &Document) -> bool {
        self.key.clear();
        self.key_whole = true;
        for (index, part) in document.key.iter().enumerate() {
            if index > 0 {
                self.key.push('/');
            }
            let shown = match self.eval(*part) {
                Ok(Value::Text(text)) => {
                    // a slash inside a part must not look like one between parts
                    let text = self.texts.get(text);
                    if text.contains(['/', '\\']) {
                        self.key.push_str(&text.replace('\\', "\\\\").replace('/', "\\/"));
                    } else {
                        self.key.push_str(text);
                    }
                    continue;
                }
                Ok(Value::None) => {
                    self.key.clear();
                    return false;
                }
                Ok(value) => Ok(self.show(value)),
                Err(fault) => Err(fault),
            };
            match shown {
                Ok(text) => self.key.push_str(&text),
                Err(fault) => {
                    self.key_whole = false;
                    self.refuse(fault, self.plan.span(*part));
                }
            }
        }
        !document.key.is_empty()
    }

    /// The document's key, and the natural key its id is made of.
    pub(super) fn identify(
        &mut self,
        document: &Document,
        unit: Unit,
        index: Option<u32>,
        input: &str,
        natural: &mut String,
    ) {
        use std::fmt::Write;
        natural.clear();
        self.keyed = self.make_key(document);
        if self.keyed {
            natural.push_str(self.key);
            return;
        }
        // a document that is run again is the one that was refused, not one at another place
        let again = self.given.again.as_deref();
        let name = self.texts.get(self.given.input_name);
        let at = again.and_then(|a| a.byte).unwrap_or(unit.place.base + u64::from(unit.place.start));
        let number = again.and_then(|a| a.number).filter(|_| index.is_some());
        let index = number.map_or(index.map(u64::from), |number| Some(number - 1));
        self.key.push_str(name);
        // writing to a String cannot fail
        let _ = write!(self.key, "#{at}");
        if let Some(index) = index {
            let _ = write!(self.key, ".{index}");
        }
        natural.push_str(self.key);
        natural.push('#');
        match again.and_then(|a| a.content.as_ref()) {
            Some(content) => natural.push_str(content),
            None => {
                let bytes = input.get(unit.place.start as usize..unit.place.end as usize).unwrap_or("");
                natural.extend(content(bytes.as_bytes()));
            }
        }
    }

    pub(super) fn write_parts(
        &mut self,
        document: &Document,
        natural: &str,
        out: &mut Sheet,
        parts: &mut Vec<PartEnd>,
    ) -> Fate {
        let dropped = self.dropped(document);
        let rejected = !dropped && self.rejected(document);
        self.same(document);
        let start = out.len();
        self.part = Part { number: 1, ..Part::default() };
        self.id = self.entry_id(document, natural, "");
        self.block(document.block, out);
        let limit = document.split.map(|s| s.0).filter(|limit| self.tally.lines > *limit);
        match (limit, document.split) {
            (Some(limit), Some((_, closing_lines))) => {
                // closing lines balance every part, so the whole must balance before it is split
                self.balanced(document, false);
                out.truncate(start);
                if self.is_clean() {
                    self.split(document, limit.saturating_sub(closing_lines), natural, out, parts);
                } else {
                    self.end_part(start, parts);
                }
            }
            _ => {
                self.balanced(document, true);
                self.end_part(out.len(), parts);
            }
        }
        if dropped {
            return Fate::Dropped;
        }
        if document.has_lines && parts.len() == 1 && self.tally.lines == 0 && self.is_clean() {
            return self.without_lines(document);
        }
        if rejected {
            // what else is wrong with a document that the mapping refuses would only hide the reason;
            // that it may lack lines is a reason of its own
            let told = [Code::J501, Code::J523, Code::J524];
            self.tally.faults.retain(|f| told.contains(&f.code));
            self.tally.faults_more = 0;
        }
        if self.is_clean() { Fate::Written } else { Fate::Refused }
    }

    /// A document whose lines were all dropped is left out; one that has none is refused.
    fn without_lines(&mut self, document: &Document) -> Fate {
        if self.tally.marks.iter().any(|marks| marks.contains(DROPPED)) {
            "no line is left".clone_into(&mut self.tally.reason);
            return Fate::Dropped;
        }
        self.refuse(Fault::new(Code::J525, "the document has no lines"), document.span);
        Fate::Refused
    }

    /// Whether the mapping leaves the document out. Values that cannot be computed leave nothing out.
    fn dropped(&mut self, document: &Document) -> bool {
        for guard in document.guards.iter().filter(|g| !g.reject) {
            if let Ok(true) = self.holds(guard.when) {
                self.tally.reason.clone_from(&guard.reason);
                return true;
            }
        }
        false
    }

    /// Whether the mapping refuses the document; a condition that cannot be computed is a fault of its own.
    fn rejected(&mut self, document: &Document) -> bool {
        let mut rejected = false;
        for guard in &document.guards {
            match self.holds(guard.when) {
                Ok(true) if guard.reject => {
                    rejected = true;
                    let fault = self.rejection(guard);
                    self.refuse(fault, guard.span);
                }
                Ok(_) => {}
                Err(fault) => self.refuse(fault, guard.span),
            }
        }
        rejected
    }

    /// The id of an entry or of a part of it, when the mapping writes none itself.
    fn entry_id(&self, document: &Document, natural: &str, part: &str) -> EntryId {
        if !document.makes_id {
            return EntryId([0; 16]);
        }
        EntryId::derive("jemap-entry/1", &[&self.given.destination, &self.plan.name, natural, part])
    }

    /// Writes a document in parts of at most `lines_max` lines and the closing ones.
    fn split(
        &mut self,
        document: &Document,
        lines_max: u32,
        natural: &str,
        out: &mut Sheet,
        parts: &mut Vec<PartEnd>,
    ) {
        let start = out.len();
        let count = if self.plan.counts_parts {
            // how many parts there are is known when all are written, so they are written twice
            self.pass(document, (lines_max, 0), natural, out, parts);
            out.truncate(start);
            self.tally.part_sums.clear();
            std::mem::take(parts).len() as u32
        } else {
            0
        };
        self.pass(document, (lines_max, count), natural, out, parts);
    }

    /// Writes all parts of a document once.
    fn pass(
        &mut self,
        document: &Document,
        (lines_max, count): (u32, u32),
        natural: &str,
        out: &mut Sheet,
        parts: &mut Vec<PartEnd>,
    ) {
        // cuts were counted when the whole was tried
        self.tally.cuts.clear();
        let mut skip = 0;
        for number in 1..=PARTS_MAX {
            self.next_part();
            self.part = Part { number, skip, lines_max, count, ..Part::default() };
            self.id = self.entry_id(document, natural, &number.to_string());
            self.block(document.block, out);
            self.balanced(document, true);
            self.end_part(out.len(), parts);
            match self.part.full {
                Some(next) if next > skip => skip = next,
                Some(_) => {
                    let message =
                        format!("one round of the loop writes more lines than a part may have ({lines_max})");
                    self.refuse(Fault::new(Code::J514, message), document.span);
                    return;
                }
                None => return,
            }
        }
        self.refuse(
            Fault::new(Code::J514, format!("more than {PARTS_MAX} parts would be needed")),
            document.span,
        );
    }

    fn end_part(&mut self, end: usize, parts: &mut Vec<PartEnd>) {
        let tally = &mut *self.tally;
        let from = tally.part_sums.len();
        let closed = self.part.lines_max > 0 && !tally.own_sums.is_empty();
        tally.part_sums.extend_from_slice(if closed { &tally.own_sums } else { &tally.sums });
        parts.push(PartEnd {
            end,
            id: self.id,
            message_id: tally.message_id,
            lines: tally.lines,
            sums: from..tally.part_sums.len(),
        });
    }

    /// Sums and buffers of the part before are done with; dropped lines stay dropped.
    fn next_part(&mut self) {
        self.tally.clear_part();
        self.tally.own_sums.clear();
        self.line_number = 0;
        self.sides.iter_mut().for_each(Sheet::clear);
    }

    /// Cells that must be the same in all lines.
    fn same(&mut self, document: &Document) {
        let (first, count) = self.lines;
        for (cell, span) in &document.same {
            let wanted = self.frames.cell(ObjectId(0), first as usize, *cell);
            for frame in first + 1..first + count {
                let other = self.frames.cell(ObjectId(0), frame as usize, *cell);
                if !self.cells_equal(wanted, other) {
                    let fault = self.differs(*cell, wanted, other);
                    self.refuse(fault, *span);
                    break;
                }
            }
        }
    }

    fn input_bytes(&self, cell: Cell) -> &[u8] {
        let at = (cell.word >> 32) as usize;
        &self.texts.input.as_bytes()[at..at + cell.word as u32 as usize]
    }

    fn cells_equal(&self, a: Cell, b: Cell) -> bool {
        match (a.tag, b.tag) {
            (Tag::Bad, _) | (_, Tag::Bad) => return true,
            (Tag::Text, Tag::Text) => return self.input_bytes(a) == self.input_bytes(b),
            (Tag::Date, Tag::Date) | (Tag::Bool, Tag::Bool) => return a.word == b.word,
            (Tag::Decimal, Tag::Decimal) if a.scale == b.scale => return a.word == b.word,
            (Tag::Absent | Tag::None, Tag::Absent | Tag::None) => return true,
            _ => {}
        }
        match (self.cell(a), self.cell(b)) {
            (Ok(a), Ok(b)) => self.order(a, b).is_some_and(std::cmp::Ordering::is_eq),
            _ => true,
        }
    }

    fn differs(&self, cell: u16, a: Cell, b: Cell) -> Box<Fault> {
        let name = &self.plan.schema.objects[0].leaves[usize::from(cell)].name;
        let shown = |cell| self.cell(cell).map_or_else(|f| f.message.clone(), |v| self.show(v));
        let message = format!("`{name}` is {} in the first line and {} in this one", shown(a), shown(b));
        Fault::at(Code::J515, b.at, message)
    }

    /// Whether nothing is wrong with the document so far.
    fn is_clean(&self) -> bool {
        self.tally.faults.is_empty() && !self.tally.poisoned
    }

    /// The receiver's rules beyond its schema: balance, one currency, and the number of lines of what is written `whole`.
    fn balanced(&mut self, document: &Document, whole: bool) {
        let rules = &self.plan.contract.rules;
        if self.tally.sums.is_empty() || !self.is_clean() {
            return;
        }
        if let Some(max) = rules.lines_max
            && whole
            && self.tally.lines > max
        {
            let message = format!("{} lines, the receiver takes {max} in one document", self.tally.lines);
            self.refuse(Fault::new(Code::J516, message), document.span);
        }
        let first = self.tally.sums[0].currency;
        if rules.one_currency
            && let Some(other) = self.tally.sums.iter().find(|s| s.currency != first)
        {
            let message =
                format!("lines in {} and in {}: a document has one", first.as_str(), other.currency.as_str());
            self.refuse(Fault::new(Code::J517, message), document.span);
            return;
        }
        if rules.balanced {
            self.zero(document, first);
        }
    }

    fn zero(&mut self, document: &Document, currency: crate::data::Currency) {
        let net = self.tally.sums.iter().try_fold(Decimal::ZERO, |sum, s| sum.add(s.debit)?.sub(s.credit));
        if net.is_none_or(|n| !n.is_zero()) {
            let off = net.map_or_else(|| "too much to count".to_owned(), |n| n.to_string());
            let message =
                format!("the document is off by {off} {}: debits and credits differ", currency.as_str());
            self.refuse(Fault::new(Code::J518, message), document.span);
        }
        let lines = self.tally.lines;
        let contract = &self.plan.contract;
        // amounts given in some lines only cannot be added up: the receiver computes the others
        let off = self.tally.locals.iter().find(|l| l.lines == lines && !l.sum.is_zero()).copied();
        if let Some(local) = off {
            let name = &contract.element(local.element).name;
            let message = format!(
                "`{name}` is off by {} {}: debits and credits differ",
                local.sum,
                local.currency.as_str()
            );
            self.refuse(Fault::new(Code::J519, message), document.span);
        }
    }

    /// Counts the lines met and forgets them.
    pub(super) fn lines_met(&mut self, document: &Document) -> Lines {
        let mut lines = Lines::default();
        let mut any = false;
        for marks in &mut self.tally.marks {
            for mark in marks.drain() {
                match mark {
                    0 => continue,
                    EMITTED => lines.emitted += 1,
                    DROPPED => lines.dropped += 1,
                    _ => lines.silent += 1,
                }
                any = true;
            }
        }
        if matches!(document.from, Origin::Group { .. }) {
            // every line of a group counts, also those no loop has met
            lines.silent = u64::from(self.lines.1).saturating_sub(lines.emitted + lines.dropped);
        } else if !any {
            lines.emitted = u64::from(self.tally.lines);
        }
        lines
    }
}

/// What the bytes of a record are, as a hash of 26 letters: a part of the id of a document without a key.
pub fn content(record: &[u8]) -> impl Iterator<Item = char> {
    let text = std::str::from_utf8(record).unwrap_or("");
    EntryId::derive("jemap-content/1", &[text]).base32().into_iter().map(char::from)
}

/// Most parts of a document.
const PARTS_MAX: u32 = 10_000;
