//! Builds one block: static text is held back and merged into the next operation.

use super::blocks::{Block, BlockId, Op, Range, RepId, ValueOp};
use super::pool::Pool;
use super::steps::Steps;
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
        let mut after = String::new();
        if op.sure {
            self.pending.push_str(pool.get(std::mem::take(&mut op.open)));
            if let Some(currency) = &mut op.currency {
                self.pending.push_str(pool.get(std::mem::take(currency)));
            }
            after.push_str(pool.get(std::mem::take(&mut op.close)));
        }
        self.op(pool, Op::Value(Box::new(op)));
        self.pending = after;
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
        blocks.push(Block {
            ops: self.ops,
            repeats: self.repeats,
            closing: self.closing,
            sides: self.sides,
            steps: Steps::default(),
        });
        BlockId(blocks.len() as u32 - 1)
    }
}
