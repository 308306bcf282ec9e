//! Model → plan: flat nodes for values, blocks of operations in the target's order, static XML rendered.
//!
//! The plan is what runs: it has no names to look up and nothing left to decide. It does no IO.

mod assemble;
mod blocks;
mod explain;
mod lists;
mod lower;
mod node;
mod pool;
mod repeats;
mod shape;
mod steps;
mod values;

pub use blocks::{
    Attribute, Block, BlockId, FacetCheck, Finish, Op, Range, Rep, RepId, Special, SwitchArm, SwitchDo,
    ValueOp,
};
pub use explain::explain;
pub use lower::plan;
pub use node::{Arms, Generator, ListRef, MoneyColumn, Node, NodeId};
pub use pool::Pool;
pub use steps::{
    CellPlace, FieldForm, Form, LookupForm, MoneyForm, NESTED_MAX, PIECE_BYTES_MAX, Piece, ROWS_MAX, Step,
    Steps,
};

use crate::check::Param;
use crate::contract::Contract;
use crate::diag::Span;
use crate::json::{ObjectId, Schema};
use crate::table::{ShortTexts, Table};

/// An execution plan.
#[derive(Debug)]
pub struct Plan {
    /// `map NAME`.
    pub name: String,
    /// `version N`.
    pub version: u64,
    /// The contract that is written.
    pub contract: Contract,
    /// What is read.
    pub schema: Schema,
    /// Whether objects of the source are lines to be grouped.
    pub lines: bool,
    /// Parameters.
    pub params: Vec<Param>,
    /// Tables; their texts lie in `pool`.
    pub tables: Vec<Table>,
    /// Constants, static XML and table cells.
    pub pool: String,
    /// Static text of steps.
    pub pieces: Vec<[u8; 64]>,
    /// Texts of tables that steps find by short keys.
    pub short_texts: Vec<ShortTexts>,
    /// Nodes of all expressions.
    pub nodes: Vec<Node>,
    /// Where each node stands in the mapping.
    pub spans: Vec<Span>,
    /// Blocks of operations.
    pub blocks: Vec<Block>,
    /// Statements that write repeating elements.
    pub reps: Vec<Rep>,
    /// Checks of values against the contract.
    pub checks: Vec<FacetCheck>,
    /// `part.count` is asked for somewhere, so parts are counted before they are written.
    pub counts_parts: bool,
    /// Every header has a place that says whether the message is a simulation.
    pub simulates: bool,
    /// How many side buffers the blocks need.
    pub sides: usize,
    /// Operations for the message's own header, when the contract has one.
    pub message: Option<BlockId>,
    /// Document blocks.
    pub documents: Vec<Document>,
    /// Prefixes and namespaces to be declared on the envelope, the message's own first.
    pub namespaces: Vec<(String, String)>,
    /// The root element as written.
    pub root: String,
}

/// The plan of one `document` block.
#[derive(Debug)]
pub struct Document {
    /// Where documents come from.
    pub from: Origin,
    /// Only when this holds.
    pub when: Option<NodeId>,
    /// The identity.
    pub key: Vec<NodeId>,
    /// The object each variable is bound to frames of.
    pub vars: Vec<ObjectId>,
    /// Number of memo columns: one for each `let` that is kept.
    pub memos: usize,
    /// Number of columns of kept money.
    pub moneys: usize,
    /// Cells that must be the same in all lines.
    pub same: Vec<(u16, Span)>,
    /// Rejects and drops of the whole document.
    pub guards: Vec<Guard>,
    /// jemap makes an id or UUID for its header.
    pub makes_id: bool,
    /// The mapping writes lines, so a document without any is not written.
    pub has_lines: bool,
    /// Writes the document element with everything in it.
    pub block: BlockId,
    /// `split above`: most lines of a part, and how many of them close it.
    pub split: Option<(u32, u32)>,
    /// The head of the statement.
    pub span: Span,
}

/// Where documents come from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Each record.
    Record,
    /// Each element of a list of the record.
    Each(Generator),
    /// Lines with equal keys.
    Group {
        /// Everything is held before the first document is written.
        collected: bool,
    },
}

/// A condition that ends a document or a line.
#[derive(Debug, Clone)]
pub struct Guard {
    /// When this holds.
    pub when: NodeId,
    /// Refuse, or leave out.
    pub reject: bool,
    /// Why.
    pub reason: String,
    /// Text for the reject.
    pub note: Vec<NodeId>,
    /// What a dropped line is worth.
    pub worth: Option<NodeId>,
    /// Where.
    pub span: Span,
}

impl Plan {
    /// A node.
    #[inline]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
    /// Where a node stands in the mapping.
    pub fn span(&self, id: NodeId) -> Span {
        self.spans[id.0 as usize]
    }
    /// A block.
    #[inline]
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }
    /// A statement that writes repeating elements.
    #[inline]
    pub fn rep(&self, id: RepId) -> &Rep {
        &self.reps[id.0 as usize]
    }
    /// Static bytes.
    #[inline]
    pub fn fragment(&self, range: Range) -> &[u8] {
        &self.pool.as_bytes()[range.start as usize..range.end as usize]
    }
    /// Steps have no form but text: every operation is run. What comes of it must be the same.
    #[cfg(test)]
    pub(crate) fn take_the_long_way(&mut self) -> usize {
        let steps = self.blocks.iter_mut().flat_map(|block| &mut block.steps.list);
        let quick = steps.filter(|step| !matches!(step.form, Form::Text | Form::Begin | Form::End));
        quick
            .map(|step| usize::from(std::mem::replace(&mut step.form, Form::Operation) != Form::Operation))
            .sum()
    }
}
