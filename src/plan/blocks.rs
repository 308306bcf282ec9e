//! Operations that write: blocks of ops in the target's order, and statements for repeating elements.

use super::{Generator, Guard, MoneyColumn, NodeId};
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
    /// Written in any case.
    pub before: Range,
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
    /// It is always there: `before` holds the start tag too, and the end tag stands in what follows.
    pub sure: bool,
    /// How its common form is written in one step; whatever else it is takes the long way.
    pub quick: Option<Quick>,
}

/// What is written in one step, without a value in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quick {
    /// A field.
    Field(QuickField),
    /// Kept money.
    Money(QuickMoney),
    /// The debit/credit code of kept money.
    DebitCredit(MoneyColumn),
    /// A table's cell.
    Lookup(QuickLookup),
}

/// A text found in a table by a field that holds a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuickLookup {
    /// The table.
    pub table: u16,
    /// The table's column.
    pub column: u16,
    /// The shape of the key's frame.
    pub object: u16,
    /// The variable that is bound to the frame.
    pub var: u16,
    /// The key's cell.
    pub cell: u16,
    /// Nothing is written when there is no key; else that takes the long way.
    pub none: bool,
    /// Most bytes of a text that surely fits.
    pub bytes_max: u32,
}

/// Kept money, with the limits that its element's check comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuickMoney {
    /// Where it is kept.
    pub money: MoneyColumn,
    /// Most digits after the point of an amount that surely fits.
    pub fraction_max: u32,
    /// Greatest magnitude of the mantissa of an amount that surely fits.
    pub mantissa_max: u64,
    /// Amounts below zero fit as well.
    pub signed: bool,
}

/// A field written straight from its cell, with the limits that its element's check comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuickField {
    /// The shape of the frame.
    pub object: u16,
    /// The variable that is bound to the frame.
    pub var: u16,
    /// The cell.
    pub cell: u16,
    /// Most bytes of a text that surely fits and needs no cut.
    pub bytes_max: u32,
    /// To how many digits a text of digits is padded; 0: texts are written as they are.
    pub padded: u32,
    /// Most digits after the point of a number that surely fits.
    pub fraction_max: u32,
    /// Greatest magnitude of the mantissa of a number that surely fits; `None`: numbers take the long way.
    pub mantissa_max: Option<u64>,
    /// Numbers below zero fit as well.
    pub signed: bool,
    /// Dates fit.
    pub dates: bool,
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
