//! Builds one block: static text is held back and merged into the next operation.

use super::blocks::{Block, BlockId, Op, Range, RepId, ValueOp};
use super::pool::Pool;
use crate::contract::ElementId;

/// A block being built.
pub(super) struct Assembler {
    ops: Vec<Op>,
    pending: String,
    pub(super) repeats: Vec<RepId>,
    pub(super) sides: std::ops::Range<u16>,
    /// Closes each part of a split document.
    pub(super) closing: Option<RepId>,
    /// The repeating elements the owner's statements write, in the contract's order.
    pub(super) kinds: Vec<ElementId>,
}

impl Assembler {
    pub(super) fn new() -> Assembler {
        Assembler {
            ops: vec![],
            pending: String::new(),
            repeats: vec![],
            sides: 0..0,
            kinds: vec![],
            closing: None,
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.pending.push_str(text);
    }

    /// Of an element that is always there the start tag is written with what stands before, the end tag with what follows.
    pub(super) fn value(&mut self, pool: &mut Pool, mut op: ValueOp) {
        let mut before = std::mem::take(&mut self.pending);
        if op.sure {
            before.push_str(pool.get(op.open));
            op.open = Range::default();
            if let Some(currency) = op.currency {
                before.push_str(pool.get(currency));
                op.currency = Some(Range::default());
            }
            self.pending.push_str(pool.get(op.close));
            op.close = Range::default();
        }
        op.before = pool.add(&before);
        self.ops.push(Op::Value(Box::new(op)));
    }

    pub(super) fn op(&mut self, pool: &mut Pool, op: Op) {
        self.flush(pool);
        self.ops.push(op);
    }

    fn flush(&mut self, pool: &mut Pool) {
        if !self.pending.is_empty() {
            let range: Range = pool.add(&std::mem::take(&mut self.pending));
            self.ops.push(Op::Static(range));
        }
    }

    pub(super) fn finish(mut self, pool: &mut Pool, blocks: &mut Vec<Block>) -> BlockId {
        self.flush(pool);
        blocks.push(Block { ops: self.ops, repeats: self.repeats, closing: self.closing, sides: self.sides });
        BlockId(blocks.len() as u32 - 1)
    }
}
