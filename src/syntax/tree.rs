//! The syntax tree: what a mapping says, with the place of everything it says.
//!
//! It does not know names, types or the target: that is `check`'s room.
//! Lists keep the order of the source. Comments are kept so that a formatter can put them back.
//! Bracketed expressions leave no node of their own: their brackets are part of the span.

use crate::diag::Span;

/// A name with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    /// The text as written.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// A string literal (escapes already resolved) with its place, quotes included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Str {
    /// The text meant.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// One mapping or library file.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// The statements in the order of the source.
    pub items: Vec<Item>,
    /// Every comment, `#` included, in the order of the source.
    pub comments: Vec<Ident>,
}

/// A statement at the top level.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the line of each variant shows its parts
pub enum Item {
    /// `map NAME [version N]`
    Map { name: Ident, version: Option<(u64, Span)>, span: Span },
    /// `use "lib.map"`
    Use(Str),
    /// `target …`
    Target(Target),
    /// `param NAME: TYPE [= DEFAULT]`
    Param(Param),
    /// `source json record|line [at PATH] [strict] { FIELDS }`
    Source(Source),
    /// `around { FIELDS }`
    Around { fields: Vec<Field>, span: Span },
    /// `table NAME = csv(…) { COLUMNS }`
    Table(Table),
    /// `fn NAME(ARGS) [-> TYPE] = EXPR`
    Function(Function),
    /// `message { … }`
    Message { body: Vec<Stmt>, span: Span },
    /// `document … { … }`
    Document(Document),
    /// `test "name" { … }`: kept, not run yet.
    Test { name: Str, body: Span, span: Span },
}

/// `target …`
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the line of each variant shows its parts
pub enum Target {
    /// A built-in contract and the profiles that must hold; the first is the one written.
    BuiltIn { name: Ident, profiles: Vec<Ident>, span: Span },
    /// A WSDL file and, where it has several, the operation.
    Wsdl { file: Str, operation: Option<Str>, span: Span },
    /// A schema file and the root element.
    Xsd { file: Str, root: Str, span: Span },
}

/// `param NAME: TYPE [= DEFAULT]`
#[derive(Debug, Clone)]
pub struct Param {
    /// The parameter's name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
    /// What holds when the caller gives nothing.
    pub default: Option<ParamDefault>,
    /// The whole statement.
    pub span: Span,
}

/// The default of a parameter.
#[derive(Debug, Clone)]
pub enum ParamDefault {
    /// A string.
    Text(Str),
    /// A number or another bare word (`12`, `-1.5`, `true`) as written.
    Bare(Ident),
    /// `env("NAME")`
    Env(Str),
}

/// What one object of the source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// One object is one record (a document with its lines inside).
    Record,
    /// One object is one line; lines become documents by grouping.
    Line,
}

/// `source json …`
#[derive(Debug, Clone)]
pub struct Source {
    /// Record or line.
    pub kind: SourceKind,
    /// The format word: always `json`.
    pub format: Ident,
    /// Where the repeating object is.
    pub at: Option<Path>,
    /// What follows `or`: `.` when records also stand alone.
    pub or: Option<Path>,
    /// Unknown keys are refused.
    pub strict: bool,
    /// The declared fields.
    pub fields: Vec<Field>,
    /// The whole statement.
    pub span: Span,
}

/// A path into JSON: `a.b."odd key"[0].items[]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The steps; empty for `.` (this object itself).
    pub steps: Vec<Step>,
    /// Where it stands.
    pub span: Span,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A key of an object.
    Key(Ident),
    /// A fixed element of an array, from 0.
    Index(usize, Span),
    /// Each element: `[]`.
    Each(Span),
}

/// A declared field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in the mapping (`_` in a positional row: skipped; without a type it is an optional `json`).
    pub name: Ident,
    /// Its type.
    pub ty: Type,
    /// What is said after the type.
    pub mods: Vec<Mod>,
    /// Where the value is, when not under its own name.
    pub at: Option<Path>,
    /// The whole field.
    pub span: Span,
}

/// A type as written.
#[derive(Debug, Clone)]
pub struct Type {
    /// What kind of value.
    pub kind: TypeKind,
    /// A trailing `?`.
    pub optional: bool,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of types.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the line of each variant shows its parts
pub enum TypeKind {
    /// A word with optional arguments: `text(1..16)`, `money(ccy)`. The format is the pattern of a `date` or
    /// `time`, before or after the `?`; in a field any other string after a type is a [`Mod::Sample`].
    Word { name: Ident, args: Vec<TypeArg>, format: Option<Str> },
    /// `"D" | "C"`
    Enum(Vec<Str>),
    /// `{ FIELDS }`
    Object(Vec<Field>),
    /// `[TYPE]`
    List(Box<Type>),
    /// `( FIELDS )`: a positional row, only inside a list.
    Row(Vec<Field>),
}

/// An argument of a type.
#[derive(Debug, Clone)]
pub enum TypeArg {
    /// `4`
    Number(u64, Span),
    /// `1..16`, `..12`, `3..`
    Range(Option<u64>, Option<u64>, Span),
    /// `ccy`, `report.currency`
    Path(Vec<Ident>),
    /// `"EUR"`
    Text(Str),
}

/// What may follow a type.
#[derive(Debug, Clone)]
pub enum Mod {
    /// `none "None", "0"`
    None(Vec<Str>),
    /// `"1.234,56"`: how numbers are spelt.
    Sample(Str),
    /// `minor`
    Minor(Span),
    /// `round half_up`
    Round(Ident),
    /// `or one`
    OrOne(Span),
    /// `key`
    Key(Span),
    /// `from` (tables)
    From(Span),
    /// `to` (tables)
    To(Span),
    /// `number`: text that may be written as a JSON number.
    Number(Span),
}

/// `table NAME = csv("file"…) { COLUMNS }`
#[derive(Debug, Clone)]
pub struct Table {
    /// The table's name.
    pub name: Ident,
    /// `csv` or `json`.
    pub format: Ident,
    /// The file, relative to the mapping.
    pub file: Str,
    /// CSV: the separator, when not `,`.
    pub separator: Option<Str>,
    /// JSON: where the rows are.
    pub at: Option<Path>,
    /// The columns.
    pub columns: Vec<Field>,
    /// The whole statement.
    pub span: Span,
}

/// `fn NAME(a: TYPE, …) [-> TYPE] = EXPR`
#[derive(Debug, Clone)]
pub struct Function {
    /// The function's name.
    pub name: Ident,
    /// Its parameters.
    pub params: Vec<(Ident, Type)>,
    /// What it gives, when said.
    pub returns: Option<Type>,
    /// Its body.
    pub body: Expr,
    /// The whole statement.
    pub span: Span,
}

/// Where documents come from.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the line of each variant shows its parts
pub enum DocumentFrom {
    /// `from record`
    Record(Span),
    /// `for x in list`
    Each { var: Ident, list: Expr },
    /// `per EXPR, … [adjacent|collected]`
    Group { by: Vec<Expr>, collected: bool, span: Span },
}

/// `document …`
#[derive(Debug, Clone)]
pub struct Document {
    /// Where documents come from.
    pub from: DocumentFrom,
    /// Only records for which this holds.
    pub when: Option<Expr>,
    /// The identity of a document.
    pub key: Vec<Expr>,
    /// The statements.
    pub body: Vec<Stmt>,
    /// The head of the statement, up to its `{`.
    pub span: Span,
}

/// A note of a reject: text and values in turn.
#[derive(Debug, Clone)]
pub struct Note {
    /// The pieces in order.
    pub parts: Vec<NotePart>,
    /// Where it stands.
    pub span: Span,
}

/// A piece of a note.
#[derive(Debug, Clone)]
pub enum NotePart {
    /// Text as it is.
    Text(String),
    /// `{expr}`
    Expr(Expr),
}

/// A statement inside a document.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the line of each variant shows its parts
pub enum Stmt {
    /// `same a, b`
    Same { fields: Vec<Ident>, span: Span },
    /// `let x = EXPR`
    Let { name: Ident, value: Expr, span: Span },
    /// `reject "why" when COND [note "…"]`
    Reject { reason: Str, when: Expr, note: Option<Note>, span: Span },
    /// `drop "why" when COND`
    Drop { reason: Str, when: Expr, span: Span },
    /// `total EXPR`
    Total { value: Expr, span: Span },
    /// `for x in list, y in x.list [when COND] { … }`
    For { vars: Vec<(Ident, Expr)>, when: Option<Expr>, body: Vec<Stmt>, span: Span },
    /// `route [NAME] by EXPR { … }`
    Route { var: Option<Ident>, by: Expr, arms: Vec<Arm>, each: Option<Vec<Stmt>>, span: Span },
    /// `if COND { … } else { … }` (`else if` is an `If` inside `otherwise`)
    If { cond: Expr, then: Vec<Stmt>, otherwise: Vec<Stmt>, span: Span },
    /// `Path.To.Element(attr: EXPR) = EXPR`; a name may be quoted (`"odd-name" = …`), with the quotes in its span
    Assign { path: Vec<Ident>, attrs: Vec<(Ident, Expr)>, value: Expr, span: Span },
    /// `Element(attr: EXPR) { … }`; the span is that of the path
    Element { path: Vec<Ident>, attrs: Vec<(Ident, Expr)>, body: Vec<Stmt>, span: Span },
    /// `split above N { … }`
    Split { above: (u64, Span), body: Vec<Stmt>, span: Span },
}

/// One arm of a route.
#[derive(Debug, Clone)]
pub struct Arm {
    /// The patterns; empty for `else`.
    pub patterns: Vec<Pattern>,
    /// What happens.
    pub action: ArmAction,
    /// The whole arm's head.
    pub span: Span,
}

/// What an arm does.
#[derive(Debug, Clone)]
pub enum ArmAction {
    /// `=> { … }` or `=> Element { … }` (one `Element` statement)
    Body(Vec<Stmt>),
    /// `=> drop "why"`
    Drop(Str),
    /// `=> reject "why"`
    Reject(Str),
}

/// A pattern of a route or match.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// A bare word: an enum's word, `true`, `false`, `none`.
    Word(Ident),
    /// A string.
    Text(Str),
    /// A number as written.
    Number(Ident),
    /// `1000..1999`, both ends included, as written.
    Range(Ident, Ident),
}

impl Pattern {
    /// Where the pattern stands.
    pub fn span(&self) -> Span {
        match self {
            Pattern::Word(w) | Pattern::Number(w) => w.span,
            Pattern::Text(t) => t.span,
            Pattern::Range(a, b) => a.span.to(b.span),
        }
    }
}

/// An expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinOp {
    /// `or` between booleans, or the default of an optional.
    Or,
    /// `and`
    And,
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
    /// `in`: a value in a list literal or a key in a table
    In,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `++`
    Join,
}

/// A generator of an aggregate: `x in list`.
pub type Generator = (Ident, Expr);

/// The kinds of expressions.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the line of each variant shows its parts
pub enum ExprKind {
    /// A string.
    Text(Str),
    /// A number as written.
    Number(String),
    /// `true` or `false`
    Bool(bool),
    /// `none`
    None,
    /// A name.
    Name(String),
    /// `x.field`
    Field(Box<Expr>, Ident),
    /// `x[e]`, or `x[e]?` with `optional`
    Index { base: Box<Expr>, args: Vec<Expr>, optional: bool },
    /// `f(a, b)`; a pipe `x | f(a)` is the same with `x` first and `piped`
    Call { name: Ident, args: Vec<Expr>, piped: bool },
    /// `sum(E for x in list … when C)`: only for aggregates; without `for` it is a `Call`
    Aggregate { name: Ident, arg: Box<Expr>, rest: Vec<Expr>, vars: Vec<Generator>, when: Option<Box<Expr>> },
    /// `not e`
    Not(Box<Expr>),
    /// `-e`
    Neg(Box<Expr>),
    /// `a op b`; the span is the operator's
    Binary(BinOp, Box<Expr>, Box<Expr>, Span),
    /// `c ? a : b`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `match e { P => v, else => v }`; empty patterns are `else`
    Match(Box<Expr>, Vec<(Vec<Pattern>, Expr)>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `omit`, only to the right of `or` or as an arm of a condition
    Omit,
    /// `reject "why"`, only to the right of `or` or as an arm of a condition
    Reject(Str),
}
