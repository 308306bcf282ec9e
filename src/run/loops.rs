//! Statements that write repeating elements: loops, routes, guards of lines.

use super::machine::{DROPPED, EMITTED, MET, Scene};
use crate::data::{Fault, Sheet, Value};
use crate::diag::Code;
use crate::plan::{BlockId, Generator, Guard, NodeId, Rep, RepId, SwitchArm, SwitchDo};

/// A loop's body.
struct Each<'p> {
    when: Option<NodeId>,
    body: &'p [RepId],
    lines: bool,
    writes: bool,
    takes_back: bool,
}

impl Scene<'_> {
    pub(super) fn reps(&mut self, list: &[RepId], out: &mut Sheet) {
        for id in list {
            if !self.rep(*id, out) {
                return;
            }
        }
    }

    /// False: the round is over (its line was dropped).
    fn rep(&mut self, id: RepId, out: &mut Sheet) -> bool {
        let plan = self.plan;
        match plan.rep(id) {
            Rep::For { generators, when, body, lines, writes, takes_back } => {
                let (lines, writes, takes_back) = (*lines, *writes, *takes_back);
                let each = Each { when: *when, body, lines, writes, takes_back };
                self.rounds(generators, &each, out);
            }
            Rep::If { cond, then, otherwise } => match self.holds(*cond) {
                Ok(true) => return self.body(then, out),
                Ok(false) => return self.body(otherwise, out),
                Err(fault) => self.refuse(fault, plan.span(*cond)),
            },
            Rep::Switch { by, arms, worth } => return self.switch(*by, arms, *worth, out),
            Rep::Guard(guard) => return self.guard(guard),
            Rep::Occurrence { block, side, line, .. } => {
                if !self.part.inside && !self.unit_begins(out) {
                    return true;
                }
                let alone = !self.part.inside;
                self.occurrence(*block, *side, *line, out);
                if alone {
                    self.unit_ends(out);
                }
            }
        }
        true
    }

    fn body(&mut self, list: &[RepId], out: &mut Sheet) -> bool {
        let plan = self.plan;
        list.iter().all(|id| match plan.rep(*id) {
            // the common case: nothing is asked but what is written
            Rep::Occurrence { block, side, line, .. } if self.part.lines_max == 0 || self.part.inside => {
                self.occurrence(*block, *side, *line, out);
                true
            }
            _ => self.rep(*id, out),
        })
    }

    fn switch(&mut self, by: NodeId, arms: &[SwitchArm], worth: Option<NodeId>, out: &mut Sheet) -> bool {
        let value = match self.eval(by) {
            Ok(value) => value,
            Err(fault) => {
                self.refuse(fault, self.plan.span(by));
                self.count_worth(worth, false);
                return true;
            }
        };
        let Some(arm) = arms.iter().find(|a| a.patterns.is_empty() || self.matches(value, &a.patterns))
        else {
            let mut fault = self.unmatched(value);
            fault.at = self.place_of(by);
            self.refuse(fault, self.plan.span(by));
            self.count_worth(worth, false);
            return true;
        };
        match &arm.action {
            SwitchDo::Body(body) => self.body(body, out),
            SwitchDo::Drop(reason) => {
                self.drop_line(reason, worth);
                false
            }
            SwitchDo::Reject(reason) => {
                let mut fault = Fault::new(Code::J501, reason.clone());
                fault.at = self.place_of(by);
                self.refuse(fault, arm.span);
                self.count_worth(worth, false);
                true
            }
        }
    }

    fn guard(&mut self, guard: &Guard) -> bool {
        match self.holds(guard.when) {
            Ok(false) => true,
            Ok(true) if guard.reject => {
                let fault = self.rejection(guard);
                self.refuse(fault, guard.span);
                true
            }
            Ok(true) => {
                self.drop_line(&guard.reason, guard.worth);
                false
            }
            Err(fault) => {
                self.refuse(fault, guard.span);
                true
            }
        }
    }

    /// The fault of a `reject`, with its note.
    pub(super) fn rejection(&mut self, guard: &Guard) -> Box<Fault> {
        let mut message = guard.reason.clone();
        if !guard.note.is_empty() {
            message.push_str(": ");
            for part in &guard.note {
                match self.eval(*part) {
                    Ok(Value::Text(text)) => message.push_str(self.texts.get(text)),
                    Ok(value) => message.push_str(&self.show(value)),
                    Err(fault) => message.push_str(&fault.message),
                }
            }
        }
        let mut fault = Fault::new(Code::J501, message);
        fault.at = self.tally.here.and_then(|(object, frame)| self.frame_place(object, frame));
        fault
    }

    /// Where a line begins: the first value read for it.
    pub(super) fn frame_place(&self, object: u16, frame: u32) -> Option<u32> {
        super::record::first_byte(self.frames, object, frame)
    }

    fn drop_line(&mut self, reason: &str, worth: Option<NodeId>) {
        self.tally.line_dropped = true;
        self.mark(DROPPED);
        match self.tally.drops.iter_mut().find(|(r, _)| r == reason) {
            Some((_, count)) => *count += 1,
            None => self.tally.drops.push((reason.to_owned(), 1)),
        }
        self.count_worth(worth, true);
    }

    /// What a line that is not written is worth: among the document's sums, or among the dropped ones.
    fn count_worth(&mut self, worth: Option<NodeId>, dropped: bool) {
        if let Some(worth) = worth
            && let Ok(Value::Money(money)) = self.eval(worth)
        {
            let company = self.tally.company;
            self.add_sum(money, company, dropped);
        }
    }

    fn set_mark(&mut self, mark: u8) {
        if let Some((object, frame)) = self.tally.here {
            self.tally.marks[usize::from(object)].set(frame, mark);
        }
    }

    fn mark(&mut self, mark: u8) {
        if let Some((object, frame)) = self.tally.here {
            self.tally.marks[usize::from(object)].raise(frame, mark);
        }
    }

    fn rounds(&mut self, generators: &[Generator], each: &Each<'_>, out: &mut Sheet) {
        let Some((generator, rest)) = generators.split_first() else {
            return self.one_round(each, out);
        };
        let (first, count) = self.list(generator.list);
        let object = self.object_of(generator.list);
        let before = (self.bound[usize::from(generator.var)], self.tally.here);
        for index in 0..count {
            self.bound[usize::from(generator.var)] = first + index;
            if each.lines && rest.is_empty() {
                self.tally.here = Some((object, first + index));
            }
            match rest {
                [] => self.one_round(each, out),
                _ => self.rounds(rest, each, out),
            }
        }
        (self.bound[usize::from(generator.var)], self.tally.here) = before;
    }

    fn one_round(&mut self, each: &Each<'_>, out: &mut Sheet) {
        if each.lines && each.writes {
            self.line_number += 1;
        }
        let unit = each.lines && each.writes && !self.part.inside;
        if (unit && !self.unit_begins(out)) || (each.lines && self.is_dropped()) {
            return;
        }
        if each.writes {
            self.mark(MET);
        }
        let wanted = match each.when.map(|w| (w, self.holds(w))) {
            None | Some((_, Ok(true))) => true,
            Some((_, Ok(false))) => false,
            Some((node, Err(fault))) => {
                self.refuse(fault, self.plan.span(node));
                false
            }
        };
        if wanted {
            self.part.inside |= unit;
            if each.takes_back {
                self.tally.line_dropped = false;
                self.round_begins(out);
            }
            self.body(each.body, out);
            if each.takes_back && self.tally.line_dropped {
                self.take_round_back(out);
                self.set_mark(DROPPED);
            }
            if unit {
                self.part.inside = false;
            }
        }
        if unit {
            self.unit_ends(out);
        }
    }

    /// Whether the line was dropped by an earlier statement.
    fn is_dropped(&self) -> bool {
        let Some((object, frame)) = self.tally.here else { return false };
        self.tally.marks[usize::from(object)].get(frame) == DROPPED
    }

    fn occurrence(&mut self, block: BlockId, side: u16, line: bool, out: &mut Sheet) {
        if line {
            (self.tally.line_company, self.tally.line_amount, self.tally.line_credit) = (None, None, None);
        }
        if side == 0 {
            self.block(block, out);
        } else {
            let mut buffer = std::mem::take(&mut self.sides[usize::from(side - 1)]);
            self.block(block, &mut buffer);
            self.sides[usize::from(side - 1)] = buffer;
        }
        if line {
            self.mark(EMITTED);
            self.tally.lines += 1;
            self.sign_agrees();
        }
    }
}
