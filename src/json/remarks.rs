//! What is known of some records of a block beyond where they are. Almost always there is nothing.

use super::block::Place;
use super::token::SyntaxError;

/// Records are known by their first byte, because they may be sorted. All places ascend.
#[derive(Debug, Clone, Default)]
pub(super) struct Remarks {
    /// Records that are refused as they stand.
    pub(super) unfit: Vec<(u32, SyntaxError)>,
    /// Where bytes of the input before a byte of the block were left out.
    pub(super) seams: Vec<Seam>,
}

/// Here the block goes on with another part of the input than the byte before would have it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seam {
    /// Byte of the block.
    pub(super) at: u32,
    /// The same byte of the input.
    pub(super) input: u64,
    /// Its line and column.
    pub(super) place: Place,
}

impl Remarks {
    /// Back to nothing, keeping room.
    pub(super) fn clear(&mut self) {
        self.unfit.clear();
        self.seams.clear();
    }

    /// Those of the bytes `from..end` of another block, which come to stand at `to`.
    pub(super) fn append(&mut self, other: &Remarks, from: u32, end: u32, to: u32) {
        let seams = other.seams.iter().filter(|seam| seam.at > from && seam.at < end);
        self.seams.extend(seams.map(|seam| Seam { at: seam.at - from + to, ..*seam }));
        let unfit = other.unfit.iter().filter(|(at, _)| (from..end).contains(at));
        self.unfit.extend(unfit.map(|(at, error)| {
            let moved = SyntaxError { at: error.at + to as usize - from as usize, ..error.clone() };
            (at - from + to, moved)
        }));
    }

    /// The last seam at or before a byte.
    pub(super) fn seam(&self, at: usize) -> Option<&Seam> {
        let before = self.seams.partition_point(|seam| seam.at as usize <= at);
        before.checked_sub(1).and_then(|last| self.seams.get(last))
    }
}
