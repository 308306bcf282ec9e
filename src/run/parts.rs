//! Documents over the limit of lines: written in parts, each closed by the lines of `split above`.

use super::machine::{Local, Scene, Sum, Tally};
use crate::data::Sheet;

/// Lengths to go back to when a unit does not fit its part any more.
#[derive(Debug, Default)]
pub(super) struct Mark {
    out: usize,
    sides: Vec<usize>,
    sums: Vec<Sum>,
    locals: Vec<Local>,
    lines: u32,
}

impl Mark {
    /// Everything as it is now.
    fn take(&mut self, tally: &Tally, sides: &[Sheet], out: &[u8]) {
        self.out = out.len();
        self.sides.clear();
        self.sides.extend(sides.iter().map(|side| side.len()));
        self.sums.clone_from(&tally.sums);
        self.locals.clone_from(&tally.locals);
        self.lines = tally.lines;
    }

    /// Everything as it was.
    fn back(&self, tally: &mut Tally, sides: &mut [Sheet], out: &mut Sheet) {
        out.truncate(self.out);
        for (side, length) in sides.iter_mut().zip(&self.sides) {
            side.truncate(*length);
        }
        tally.sums.clone_from(&self.sums);
        tally.locals.clone_from(&self.locals);
        tally.lines = self.lines;
    }
}

impl Scene<'_> {
    /// Remembers what was written before the round of a loop whose line may be dropped late.
    pub(super) fn round_begins(&mut self, out: &[u8]) {
        let mut mark = std::mem::take(&mut self.tally.round);
        mark.take(self.tally, self.sides, out);
        self.tally.round = mark;
    }

    /// Takes back what was written for a line that was dropped in the end.
    pub(super) fn take_round_back(&mut self, out: &mut Sheet) {
        let mark = std::mem::take(&mut self.tally.round);
        mark.back(self.tally, self.sides, out);
        self.tally.round = mark;
    }

    /// A unit (a round of a loop, a single line) begins. False: it stands in another part.
    pub(super) fn unit_begins(&mut self, out: &[u8]) -> bool {
        if self.part.lines_max == 0 {
            return true;
        }
        self.part.unit += 1;
        if self.part.unit <= self.part.skip || self.part.full.is_some() {
            return false;
        }
        let mut mark = std::mem::take(&mut self.tally.mark);
        mark.take(self.tally, self.sides, out);
        self.tally.mark = mark;
        true
    }

    /// A unit ends: when it does not fit, it is taken back and begins the next part.
    pub(super) fn unit_ends(&mut self, out: &mut Sheet) {
        if self.part.lines_max == 0 || self.tally.lines <= self.part.lines_max {
            return;
        }
        self.part.full = Some(self.part.unit - 1);
        let mark = std::mem::take(&mut self.tally.mark);
        mark.back(self.tally, self.sides, out);
        self.tally.mark = mark;
    }
}
