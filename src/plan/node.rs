//! Expression nodes: small, in one vector, children by number.

use crate::check::{Agg, Builtin, Cmp, Pattern};
use crate::data::{Rounding, Value};
use crate::func::Function;

/// A node's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(pub u32);

/// A list to go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRef {
    /// The lines of the document.
    Lines,
    /// The cell of the frame a variable is bound to.
    Cell {
        /// The variable.
        var: u16,
        /// The object its frames are of.
        object: u16,
        /// The cell.
        cell: u16,
    },
}

/// A variable bound to each element of a list in turn.
#[derive(Debug, Clone, Copy)]
pub struct Generator {
    /// The variable.
    pub var: u16,
    /// The list.
    pub list: ListRef,
}

/// Money fields of the frames of a variable, kept in a column of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoneyColumn {
    /// The column's number.
    pub column: u16,
    /// The variable.
    pub var: u16,
    /// What computes the money of a frame: a [`Node::Money`].
    pub value: NodeId,
}

/// The arms of a match: patterns (empty: everything) and what each gives.
pub type Arms = Vec<(Vec<Pattern>, NodeId)>;

/// What a node computes.
#[derive(Debug)]
pub enum Node {
    /// A constant; texts in the pool.
    Const(Value),
    /// A cell of a frame.
    Field { object: u16, var: u16, cell: u16 },
    /// A value of the enclosing document.
    Around { cell: u16 },
    /// A money cell: amount, with the currency from another node.
    Money { amount: NodeId, currency: NodeId, minor: bool, round: Option<Rounding> },
    /// The same, computed once for each frame of its variable.
    KeptMoney(MoneyColumn),
    /// A parameter's value.
    Param(u16),
    /// A value computed once for each frame of its variable (column of memos, variable, value).
    Memo { column: u16, var: u16, value: NodeId },
    /// A given value.
    Builtin(Builtin),
    /// A table's cell.
    Lookup { table: u16, keys: Vec<NodeId>, column: u16, optional: bool },
    /// Whether the table has the row.
    Has { table: u16, keys: Vec<NodeId> },
    /// The one element of a list.
    Pick { var: u16, list: ListRef, when: Option<NodeId>, position: Option<u32>, value: NodeId },
    /// A function.
    Call { function: &'static Function, args: Vec<NodeId> },
    /// An aggregate.
    Aggregate {
        op: Agg,
        generators: Vec<Generator>,
        when: Option<NodeId>,
        arg: Option<NodeId>,
        extra: Option<NodeId>,
    },
    /// `not`
    Not(NodeId),
    /// `-`
    Neg(NodeId),
    /// `and`
    And(NodeId, NodeId),
    /// `or`
    Or(NodeId, NodeId),
    /// The second when the first is none.
    Default(NodeId, NodeId),
    /// Whether there is nothing.
    IsNone(NodeId),
    /// A comparison.
    Compare(Cmp, NodeId, NodeId),
    /// Equal to one of the constants.
    OneOf(NodeId, Vec<Value>),
    /// `+`
    Add(NodeId, NodeId),
    /// `-`
    Sub(NodeId, NodeId),
    /// `*`
    Mul(NodeId, NodeId),
    /// `++`
    Concat(Vec<NodeId>),
    /// `? :`
    If(NodeId, NodeId, NodeId),
    /// `match`
    Match(NodeId, Arms),
    /// Whether the value is matched by these patterns and by none of the earlier ones.
    Matches { value: NodeId, patterns: Vec<Pattern>, earlier: Vec<Pattern> },
    /// Refuse the document.
    Reject(String),
    /// The value, or refuse the document.
    Require { value: NodeId, name: String },
}
