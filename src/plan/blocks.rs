//! Operations that write: blocks of ops in the target's order, and statements for repeating elements.

use super::steps::Steps;
use super::{Generator, Guard, NodeId};
use crate::check::Pattern;
use crate::contract::{Checker, ElementId, Role};
use crate::diag::Span;

/// A block's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlockId(pub u32);

/// A repeating statement's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RepId(pub u32);

/// A piece of the pool: bytes `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// First byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Range {
    /// Whether there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
    /// Number of bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

/// What fills the inside of one element, in the order of the contract.
#[derive(Debug, Default)]
pub struct Block {
    /// The operations.
    pub ops: Vec<Op>,
    /// Statements that write repeating elements; run at [`Op::Repeats`].
    pub repeats: Vec<RepId>,
    /// Closes each part of a split document.
    pub closing: Option<RepId>,
    /// Side buffers of this block: the first repeating element is written straight to the output, the others here.
    pub sides: std::ops::Range<u16>,
    /// The operations as they are run.
    pub steps: Steps,
}

/// An operation.
#[derive(Debug)]
pub enum Op {
    /// Static bytes.
    Static(Range),
    /// An element with a value.
    Value(Box<ValueOp>),
    /// An element with children; when `optional` it is left out if nothing was written between.
    Container { open: Range, close: Range, block: BlockId, optional: bool },
    /// One block or the other.
    If { cond: NodeId, then: BlockId, otherwise: Option<BlockId> },
    /// Run the block's repeating statements; the first repeating element goes to the output.
    Repeats,
    /// Append a side buffer.
    Flush(u16),
    /// Attributes of an element with children, and the `>` that ends its start tag.
    Attributes(Vec<Attribute>),
    /// A value jemap makes itself.
    Special { open: Range, close: Range, what: Special },
}

/// Values jemap makes itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// The id of the entry or message.
    Id,
    /// The same as a UUID.
    Uuid,
    /// `run.time`
    Created,
    /// That the message is a simulation; nothing, tags included, when it is none.
    Simulation,
}

/// An element with a value.
#[derive(Debug)]
pub struct ValueOp {
    /// Written before the value: the start tag, up to the first attribute.
    pub open: Range,
    /// Written after the value.
    pub close: Range,
    /// Attributes; `open` lacks its `>`.
    pub attributes: Vec<Attribute>,
    /// The attribute that takes a money's currency: ` currencyCode="`.
    pub currency: Option<Range>,
    /// The value.
    pub value: NodeId,
    /// The check of the value.
    pub check: Option<u16>,
    /// Which element.
    pub element: ElementId,
    /// What jemap must do with it.
    pub role: Option<Role>,
    /// The last step of its value, done while it is written.
    pub finish: Finish,
    /// It is always there: its tags stand in the static text around it, `open` and `close` are empty.
    pub sure: bool,
}

/// The last step of a value, done while it is written rather than by making a text first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// Written as it is.
    Plain,
    /// The first characters of a text: the function `cut`.
    Cut(u32),
    /// A text of digits padded with zeros: the function `alpha`.
    Alpha(u32),
    /// The debit/credit code of money: the function `debit_credit`.
    DebitCredit,
}

/// An attribute of an element.
#[derive(Debug)]
pub struct Attribute {
    /// ` name="`
    pub open: Range,
    /// The value.
    pub value: NodeId,
    /// The check of the value.
    pub check: Option<u16>,
}

/// A check of a value against its facets.
#[derive(Debug)]
pub struct FacetCheck {
    /// Most characters, for the quick test.
    pub max_length: u32,
    /// Most digits after the point, for the quick test.
    pub fraction_digits: u32,
    /// Greatest mantissa that surely has no more digits than allowed, for the quick test.
    pub mantissa_max: u64,
    /// The whole check.
    pub checker: Checker,
    /// Whether only lengths matter (no pattern, no list of values, no bounds), so that the quick test is enough.
    pub length_only: bool,
    /// The element holds a text.
    pub text: bool,
}

impl FacetCheck {
    /// Whether any text of so many digits fits.
    pub fn takes_digits(&self, count: usize) -> bool {
        self.length_only && count as u64 <= u64::from(self.max_length)
    }
}

/// A statement that writes repeating elements.
#[derive(Debug)]
pub enum Rep {
    /// For each combination.
    For {
        /// The variables.
        generators: Vec<Generator>,
        /// Only when this holds.
        when: Option<NodeId>,
        /// What is done each time.
        body: Vec<RepId>,
        /// A round is a line of the document.
        lines: bool,
        /// Something is written in it, so that its rounds are numbered.
        writes: bool,
        /// The line may be dropped after something was written for it.
        takes_back: bool,
    },
    /// One or the other.
    If {
        /// The condition.
        cond: NodeId,
        /// When it holds.
        then: Vec<RepId>,
        /// When not.
        otherwise: Vec<RepId>,
    },
    /// The arm whose pattern matches.
    Switch {
        /// What is compared.
        by: NodeId,
        /// The arms in order.
        arms: Vec<SwitchArm>,
        /// What a line is worth that no arm writes.
        worth: Option<NodeId>,
    },
    /// Refuse the document or drop the line.
    Guard(Guard),
    /// One element.
    Occurrence {
        /// The start tag.
        open: Range,
        /// The end tag.
        close: Range,
        /// Its inside; `None` for an element with a value, which `value` then is.
        block: BlockId,
        /// 0: the output; n: side buffer n - 1 of the block.
        side: u16,
        /// It counts as a line of the document.
        line: bool,
        /// Which element.
        element: ElementId,
    },
}

/// An arm of a switch.
#[derive(Debug)]
pub struct SwitchArm {
    /// Empty: everything else.
    pub patterns: Vec<Pattern>,
    /// What to do.
    pub action: SwitchDo,
    /// Where.
    pub span: Span,
}

/// What an arm does.
#[derive(Debug)]
pub enum SwitchDo {
    /// Statements.
    Body(Vec<RepId>),
    /// Drop the line.
    Drop(String),
    /// Refuse the document.
    Reject(String),
}
