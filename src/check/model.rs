//! The checked model: every name resolved, every type known, everything that can be proven proven.
//!
//! It still has the shape of the mapping; putting it into the target's order is `plan`'s work.

use crate::contract::{Contract, ElementId};
use crate::data::{Decimal, Type};
use crate::diag::Span;
use crate::func::Function;
use crate::json::{ObjectId, Schema};
use crate::table::Table;

/// A checked mapping.
#[derive(Debug, Clone)]
pub struct Model {
    /// `map NAME`.
    pub name: String,
    /// `version N`, 0 when not said.
    pub version: u64,
    /// The contract that is written (the first profile).
    pub contract: Contract,
    /// Parameters, in the order of the mapping.
    pub params: Vec<Param>,
    /// Whether objects of the source are lines to be grouped.
    pub lines: bool,
    /// What is read.
    pub schema: Schema,
    /// Tables, loaded.
    pub tables: Vec<Table>,
    /// Additions to the message's own header: children of the contract's `message_header`.
    pub message: Vec<Stmt>,
    /// Document blocks, in the order of the mapping.
    pub documents: Vec<Document>,
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// How text given for it is read.
    pub decode: crate::json::Decode,
    /// Its value as text when the caller gives none.
    pub default: Option<ParamDefault>,
    /// Where it is declared.
    pub span: Span,
}

/// Where a parameter's value comes from when the caller gives none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamDefault {
    /// This text.
    Text(String),
    /// An environment variable.
    Env(String),
}

/// A variable bound to a frame: `record` (always number 0: the record, or a line source's first line), loop and aggregate variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u16);

/// The frame `around` values are in.
pub const AROUND: VarId = VarId(u16::MAX);

/// The frame 0 of every document.
pub const RECORD: VarId = VarId(0);

/// Number of a `let` within its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LetId(pub u16);

/// A list: elements are frames of `object`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// The lines of a document of a line source.
    Lines,
    /// A list field: cell `cell` of the frame `var` is bound to.
    Cell {
        /// Whose frame.
        var: VarId,
        /// Which cell.
        cell: u16,
    },
}

/// `x in list`
#[derive(Debug, Clone)]
pub struct Generator {
    /// The variable bound to each element in turn.
    pub var: VarId,
    /// The list.
    pub list: List,
}

/// One `document` block.
#[derive(Debug, Clone)]
pub struct Document {
    /// Where documents come from.
    pub from: From,
    /// Only when this holds (evaluated on the record; for groups on the first line).
    pub when: Option<Expr>,
    /// The identity: each part is text, a number, a date or an enum word. Empty: derived from place and content.
    pub key: Vec<Expr>,
    /// Variables: number `i` is bound to frames of `vars[i].object`.
    pub vars: Vec<Var>,
    /// `let`s.
    pub lets: Vec<Let>,
    /// Cells that must be the same in all lines (line sources).
    pub same: Vec<(u16, Span)>,
    /// What one line is worth, for the run report. `None`: what is assigned to the transaction amount.
    pub total: Option<Expr>,
    /// The entry's own header: children of the contract's `document_header`.
    pub header: Vec<Stmt>,
    /// Children of the contract's `body`.
    pub body: Vec<Stmt>,
    /// `split above`.
    pub split: Option<Split>,
    /// The head of the statement.
    pub span: Span,
}

/// Where documents come from.
#[derive(Debug, Clone)]
pub enum From {
    /// Each record is one.
    Record,
    /// Each element of a list of the record is one.
    Each(Generator),
    /// Lines with equal keys are one (the document's `key` holds the expressions).
    Group {
        /// Lines of a document need not stand together: everything is held.
        collected: bool,
    },
}

/// A variable.
#[derive(Debug, Clone)]
pub struct Var {
    /// Its name, for messages.
    pub name: String,
    /// The shape of its frames.
    pub object: ObjectId,
    /// The variables that are bound when it is (outer loops), outermost first; `record` left out.
    pub outer: Vec<VarId>,
}

/// A `let`.
#[derive(Debug, Clone)]
pub struct Let {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Expr,
    /// The innermost variable it depends on ([`RECORD`]: once a document).
    pub level: VarId,
    /// Where.
    pub span: Span,
}

/// `split above N { … }`
#[derive(Debug, Clone)]
pub struct Split {
    /// Most lines of a part, the closing ones included.
    pub above: u32,
    /// What closes each part.
    pub body: Vec<Stmt>,
    /// Where.
    pub span: Span,
}

/// A statement.
#[derive(Debug, Clone)]
pub enum Stmt {
    /// Refuse the document.
    Reject { reason: String, when: Expr, note: Vec<Expr>, span: Span },
    /// Leave out the document (level: document) or this round of the loop (inside `For`).
    Drop { reason: String, when: Expr, span: Span },
    /// Write an element.
    Element(Element),
    /// One or the other.
    If { cond: Expr, then: Vec<Stmt>, otherwise: Vec<Stmt>, span: Span },
    /// For each combination of elements.
    For { generators: Vec<Generator>, when: Option<Expr>, body: Vec<Stmt>, span: Span },
    /// The first arm whose pattern matches; `each` is already part of the arms' elements.
    Route { by: Expr, arms: Vec<Arm>, span: Span },
}

/// An arm of a route. It is exhaustive, or a value without an arm refuses the document.
#[derive(Debug, Clone)]
pub struct Arm {
    /// Empty: everything else.
    pub patterns: Vec<Pattern>,
    /// What to do.
    pub action: Action,
    /// Where.
    pub span: Span,
}

/// What an arm does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Statements.
    Body(Vec<Stmt>),
    /// Drop the line.
    Drop(String),
    /// Refuse the document.
    Reject(String),
}

/// A constant pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// This text or enum word.
    Text(String),
    /// This number.
    Number(Decimal),
    /// Numbers from..=to.
    Numbers(Decimal, Decimal),
    /// Texts from..=to of the same length, compared byte by byte (account ranges).
    Texts(String, String),
    /// This truth.
    Bool(bool),
    /// Nothing.
    None,
}

/// An element to write.
#[derive(Debug, Clone)]
pub struct Element {
    /// Which.
    pub element: ElementId,
    /// Attributes by their index in the contract's list.
    pub attributes: Vec<(u16, Expr)>,
    /// What it holds.
    pub content: Content,
    /// The path as written.
    pub span: Span,
}

/// What an element holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// A value; what the types could not prove about the contract's facets is checked when it runs.
    Value(Expr),
    /// Children. Optional elements whose children were all left out are left out.
    Children(Vec<Stmt>),
}

/// A typed expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type.
    pub ty: Type,
    /// Where.
    pub span: Span,
}

/// A constant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Const {
    /// Nothing.
    None,
    /// Text.
    Text(String),
    /// A number.
    Decimal(Decimal),
    /// Truth.
    Bool(bool),
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cmp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// Aggregates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agg {
    /// Sum; of nothing: none for money (its currency is unknown), 0 for decimals. `sum(money) == 0` holds for none.
    Sum,
    /// How many (rounds where `arg`, a condition, holds when given).
    Count,
    /// The first that is not none.
    First,
    /// The last that is not none.
    Last,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// Whether one holds.
    Any,
    /// Whether all hold.
    All,
    /// Texts joined by the separator in `extra`.
    Join,
}

/// Values that are given, not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builtin {
    /// `line.number`: round of the innermost loop at document level, from 1.
    LineNumber,
    /// `item.number`: the line item being written, from 1 in each document or part.
    ItemNumber,
    /// `line.count`: number of lines (line sources) of the document.
    LineCount,
    /// `document.key`
    DocumentKey,
    /// `part.balance`: sum of the transaction amounts written in this part.
    PartBalance,
    /// `part.number`, from 1.
    PartNumber,
    /// `part.count`: not known before the end, so only lines already written may not use it; see `check`.
    PartCount,
    /// `run.time`
    RunTime,
    /// `run.id`
    RunId,
    /// `input.name`
    InputName,
}

impl Builtin {
    /// As a mapping writes it.
    pub fn name(self) -> &'static str {
        match self {
            Builtin::LineNumber => "line.number",
            Builtin::ItemNumber => "item.number",
            Builtin::LineCount => "line.count",
            Builtin::DocumentKey => "document.key",
            Builtin::PartBalance => "part.balance",
            Builtin::PartNumber => "part.number",
            Builtin::PartCount => "part.count",
            Builtin::RunTime => "run.time",
            Builtin::RunId => "run.id",
            Builtin::InputName => "input.name",
        }
    }
}

/// The kinds of expressions. Operands are of the right types; optional operands only where said.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// A constant.
    Const(Const),
    /// A field: a cell of the frame `var` is bound to.
    Field { var: VarId, cell: u16 },
    /// A money field with the expression of its currency.
    Money { var: VarId, cell: u16, currency: Box<Expr> },
    /// A parameter.
    Param(u16),
    /// A `let` of this document.
    Let(LetId),
    /// A given value.
    Builtin(Builtin),
    /// A column of the row with these keys (texts, enums, decimals, dates). A miss refuses the document, or is none when `optional`.
    Lookup { table: u16, keys: Vec<Expr>, column: u16, optional: bool },
    /// Whether the table has a row.
    Has { table: u16, keys: Vec<Expr> },
    /// `value` with `var` bound to the one element for which `when` holds (or the one at `position`); none when there is none; two refuse the document.
    Pick { var: VarId, list: List, when: Option<Box<Expr>>, position: Option<u32>, value: Box<Expr> },
    /// A function of the registry. Arguments may be none when the function says so; else a none argument gives none.
    Call { function: &'static Function, args: Vec<Expr> },
    /// Over all combinations of the generators. `arg` is missing only for `Count`.
    Aggregate {
        op: Agg,
        generators: Vec<Generator>,
        when: Option<Box<Expr>>,
        arg: Option<Box<Expr>>,
        extra: Option<Box<Expr>>,
    },
    /// `not`
    Not(Box<Expr>),
    /// `-`
    Neg(Box<Expr>),
    /// `and`
    And(Box<Expr>, Box<Expr>),
    /// `or` of booleans
    Or(Box<Expr>, Box<Expr>),
    /// `a or b`: `b` when `a` is none.
    Default(Box<Expr>, Box<Expr>),
    /// A comparison of two of the same kind; money with money or with the constant 0; optional operands: none equals only none.
    Compare(Cmp, Box<Expr>, Box<Expr>),
    /// One of these constants.
    OneOf(Box<Expr>, Vec<Const>),
    /// `+` of decimals or money, `date + days`
    Add(Box<Expr>, Box<Expr>),
    /// `-`, see `Add`
    Sub(Box<Expr>, Box<Expr>),
    /// `*` of decimals, or money and decimal
    Mul(Box<Expr>, Box<Expr>),
    /// Texts (numbers, dates and enums as they are written) one after the other.
    Concat(Vec<Expr>),
    /// `c ? a : b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// The first arm that matches; empty patterns match everything.
    Match(Box<Expr>, Vec<(Vec<Pattern>, Expr)>),
    /// Nothing (`omit`).
    Omit,
    /// Refuse the document with this reason.
    Reject(String),
    /// The value, or refuse the document: it is missing.
    Require(Box<Expr>),
}
