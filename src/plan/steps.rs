//! Blocks as they are run: each operation as a step in its common form, with the static text before it.
//!
//! A step is written in one go, straight from the cells of a frame. Where the values it meets do not fit, the operation it
//! stands for is run instead, so a step decides nothing of its own and says nothing.

use super::blocks::{Block, BlockId, FacetCheck, Finish, Op, Range, Rep, ValueOp};
use super::pool::Pool;
use super::{MoneyColumn, Node, NodeId};
use crate::contract::{ElementId, Role};
use crate::data::Value;
use crate::table::{ShortTexts, Table};
use crate::xml;
use std::collections::HashMap;

/// The steps of a block.
#[derive(Debug, Default)]
pub struct Steps {
    /// In the order of the target.
    pub list: Vec<Step>,
    /// The frames their cells are in: shape, and the variable that is bound to the frame.
    pub rows: Vec<(u16, u16)>,
}

/// Static text among the plan's pieces. Each begins a piece of 64 bytes, so that it can be copied as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Piece {
    /// The number of its first 64 bytes.
    pub at: u32,
    /// Its length in bytes.
    pub len: u32,
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// Written first, in any case.
    pub before: Piece,
    /// Written before a value that may be missing.
    pub open: Piece,
    /// Written after it.
    pub close: Piece,
    /// What is written between.
    pub form: Form,
    /// The operation it stands for: its block and its number there.
    pub op: (BlockId, u32),
}

/// The common form of an operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// Nothing but the text before.
    Text,
    /// It has none: the operation is run.
    Operation,
    /// An element with children begins; it is left out when nothing is written before its end.
    Begin,
    /// It ends.
    End,
    /// A field as its cell holds it.
    Field(FieldForm),
    /// Kept money.
    Money(MoneyForm),
    /// The debit/credit code of kept money, which is the line's when `told`.
    DebitCredit {
        /// Where it is kept.
        money: MoneyColumn,
        /// Whether the code is compared with the line's amount.
        told: bool,
    },
    /// A table's cell.
    Lookup(LookupForm),
}

/// A cell of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellPlace {
    /// Which of the block's rows.
    pub row: u16,
    /// Its number.
    pub cell: u16,
}

/// A field written straight from its cell, with the limits that its element's check comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldForm {
    /// Its cell.
    pub place: CellPlace,
    /// It may be missing; then nothing is written.
    pub optional: bool,
    /// Most bytes of a text that surely fits and needs no cut.
    pub bytes_max: u32,
    /// To how many digits a text of digits is padded; 0: texts are written as they are.
    pub padded: u32,
    /// Most digits after the point of a number that surely fits.
    pub fraction_max: u32,
    /// Greatest magnitude of the mantissa of a number that surely fits.
    pub mantissa_max: u64,
    /// Numbers may be written; else they take the long way.
    pub numbers: bool,
    /// Numbers below zero fit as well.
    pub signed: bool,
    /// Dates fit.
    pub dates: bool,
    /// What jemap must know of a text.
    pub role: Option<Role>,
}

/// Kept money, with the limits that its element's check comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoneyForm {
    /// Where it is kept.
    pub money: MoneyColumn,
    /// The element has an attribute for the currency; `open` (or the text before) ends with its quotation mark.
    pub currency: bool,
    /// Most digits after the point of an amount that surely fits.
    pub fraction_max: u32,
    /// Greatest magnitude of the mantissa of an amount that surely fits.
    pub mantissa_max: u64,
    /// Amounts below zero fit as well.
    pub signed: bool,
    /// What it is summed for.
    pub role: Option<Role>,
    /// Which element.
    pub element: ElementId,
}

/// A text found in a table by a field that holds a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookupForm {
    /// The table.
    pub table: u16,
    /// The table's column.
    pub column: u16,
    /// The key's cell.
    pub place: CellPlace,
    /// Nothing is written when there is no key; else that takes the long way.
    pub optional: bool,
    /// Most bytes of a text that surely fits.
    pub bytes_max: u32,
    /// Which of the plan's short texts hold those of its texts that are written as they are.
    pub short: u16,
}

/// What steps are made from.
pub(super) struct Stepper<'a> {
    nodes: &'a [Node],
    checks: &'a [FacetCheck],
    blocks: &'a [Block],
    pool: &'a Pool,
    tables: &'a [Table],
    shorts: Vec<ShortTexts>,
    /// By table, column and the length that fits.
    known_shorts: HashMap<(u16, u16, u32), u16>,
    pieces: Vec<[u8; 64]>,
    known: HashMap<Vec<u8>, Piece>,
}

impl<'a> Stepper<'a> {
    pub(super) fn new(
        nodes: &'a [Node],
        checks: &'a [FacetCheck],
        blocks: &'a [Block],
        pool: &'a Pool,
        tables: &'a [Table],
    ) -> Stepper<'a> {
        let (pieces, known, shorts, known_shorts) = Default::default();
        Stepper { nodes, checks, blocks, pool, tables, shorts, known_shorts, pieces, known }
    }

    /// The steps of every block, and what they are written with: pieces, and short texts of tables. Tags of repeating
    /// elements become text of the block of their inside.
    pub(super) fn all(mut self, reps: &[Rep]) -> (Vec<Steps>, Vec<[u8; 64]>, Vec<ShortTexts>) {
        let mut tags = vec![None; self.blocks.len()];
        for rep in reps {
            if let Rep::Occurrence { open, close, block, .. } = rep {
                tags[block.0 as usize] = Some((*open, *close));
            }
        }
        let ids = (0..self.blocks.len() as u32).map(BlockId);
        let steps = ids.zip(tags).map(|(id, tags)| self.one(id, tags)).collect();
        (steps, self.pieces, self.shorts)
    }

    fn one(&mut self, id: BlockId, tags: Option<(Range, Range)>) -> Steps {
        let mut made = Made::default();
        let (open, close) = tags.unwrap_or_default();
        made.text.push_str(self.pool.get(open));
        self.block(id, 0, &mut made);
        made.text.push_str(self.pool.get(close));
        self.end_text(id, &mut made);
        made.steps
    }

    fn block(&mut self, id: BlockId, depth: usize, made: &mut Made) {
        for (index, op) in self.blocks[id.0 as usize].ops.iter().enumerate() {
            let at = (id, index as u32);
            match op {
                Op::Static(range) => made.text.push_str(self.pool.get(*range)),
                Op::Container { open, close, block, optional: false } => {
                    made.text.push_str(self.pool.get(*open));
                    self.block(*block, depth, made);
                    made.text.push_str(self.pool.get(*close));
                }
                Op::Container { open, close, block, optional: true }
                    if depth < NESTED_MAX && [open, close].iter().all(|tag| tag.len() <= PIECE_BYTES_MAX) =>
                {
                    self.step(made, (self.pool.get(*open), ""), Form::Begin, at);
                    self.block(*block, depth + 1, made);
                    self.end_text(id, made);
                    self.step(made, ("", self.pool.get(*close)), Form::End, at);
                }
                Op::Value(value) => {
                    let short = value.close.len() <= PIECE_BYTES_MAX
                        && value.open.len() + value.currency.map_or(0, Range::len) <= PIECE_BYTES_MAX;
                    let form = if short { self.form(value, made) } else { None };
                    let mut open = self.pool.get(value.open).to_owned();
                    open.push_str(value.currency.map_or("", |currency| self.pool.get(currency)));
                    let close = self.pool.get(value.close);
                    match form {
                        Some(form) => self.step(made, (&open, close), form, at),
                        None => self.step(made, ("", ""), Form::Operation, at),
                    }
                }
                _ => self.step(made, Default::default(), Form::Operation, at),
            }
        }
    }

    fn step(&mut self, made: &mut Made, (open, close): (&str, &str), form: Form, op: (BlockId, u32)) {
        let text = std::mem::take(&mut made.text);
        let mut before = text.as_bytes();
        let (open, close) = (self.piece(open.as_bytes()), self.piece(close.as_bytes()));
        while let Some((first, rest)) =
            before.split_at_checked(PIECE_BYTES_MAX).filter(|(_, rest)| !rest.is_empty())
        {
            let (none, first) = (Piece::default(), self.piece(first));
            made.steps.list.push(Step { before: first, open: none, close: none, form: Form::Text, op });
            before = rest;
        }
        let before = self.piece(before);
        made.steps.list.push(Step { before, open, close, form, op });
    }

    /// Keeps static text; equal texts are kept once.
    fn piece(&mut self, text: &[u8]) -> Piece {
        if text.is_empty() {
            return Piece::default();
        }
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let piece = Piece { at: self.pieces.len() as u32, len: text.len() as u32 };
        for chunk in text.chunks(64) {
            let mut bytes = [0; 64];
            bytes[..chunk.len()].copy_from_slice(chunk);
            self.pieces.push(bytes);
        }
        self.known.insert(text.to_owned(), piece);
        piece
    }

    /// Text that nothing follows.
    fn end_text(&mut self, id: BlockId, made: &mut Made) {
        if !made.text.is_empty() {
            self.step(made, Default::default(), Form::Text, (id, 0));
        }
    }

    /// The form of a value, told by the kind of its node, its last step, its check and its role alone.
    fn form(&mut self, op: &ValueOp, made: &mut Made) -> Option<Form> {
        if !op.attributes.is_empty() {
            return None;
        }
        match self.nodes[op.value.0 as usize] {
            Node::KeptMoney(money) => self.money(op, money),
            _ if op.currency.is_some() => None,
            Node::Field { object, var, cell } => self.field(op, made.place(object, var, cell)?),
            _ => self.lookup(op, made),
        }
    }

    fn field(&self, op: &ValueOp, place: CellPlace) -> Option<Form> {
        let facets = self.limits(op).ok()?;
        let length_max = facets.map_or(u32::MAX, |facets| facets.max_length);
        let (bytes_max, padded) = match op.finish {
            Finish::Plain => (length_max, 0),
            Finish::Cut(max) => (length_max.min(max), 0),
            Finish::Alpha(width) if width <= PADDED_MAX && width <= length_max => (width, width),
            Finish::Alpha(_) | Finish::DebitCredit => return None,
        };
        let of_text = matches!(op.role, Some(Role::MessageId | Role::CompanyCode | Role::LineCompanyCode));
        if op.role.is_some() && (!of_text || padded > 0) {
            return None;
        }
        // what has a role beside texts takes the long way
        let plain = op.finish == Finish::Plain && op.role.is_none();
        let text = facets.is_some_and(|facets| facets.text);
        Some(Form::Field(FieldForm {
            place,
            optional: !op.sure,
            bytes_max,
            padded,
            fraction_max: facets.map_or(u32::MAX, |facets| facets.fraction_digits),
            mantissa_max: facets.map_or(u64::MAX, |facets| facets.mantissa_max),
            numbers: plain,
            signed: !text,
            dates: plain && !text,
            role: op.role,
        }))
    }

    /// Kept money, or its sign.
    fn money(&self, op: &ValueOp, money: MoneyColumn) -> Option<Form> {
        match (op.finish, op.role) {
            (Finish::DebitCredit, None | Some(Role::DebitCredit)) if op.currency.is_none() => {
                Some(Form::DebitCredit { money, told: op.role.is_some() })
            }
            (Finish::Plain, None | Some(Role::Amount | Role::LocalAmount)) => {
                let facets = self.limits(op).ok()?;
                Some(Form::Money(MoneyForm {
                    money,
                    currency: op.currency.is_some(),
                    fraction_max: facets.map_or(u32::MAX, |facets| facets.fraction_digits),
                    mantissa_max: facets.map_or(u64::MAX, |facets| facets.mantissa_max),
                    signed: !facets.is_some_and(|facets| facets.text),
                    role: op.role,
                    element: op.element,
                }))
            }
            _ => None,
        }
    }

    /// A table's cell, when one field is the key; a row that is missing takes the long way.
    fn lookup(&mut self, op: &ValueOp, made: &mut Made) -> Option<Form> {
        let node = |id: NodeId| &self.nodes[id.0 as usize];
        let facets = self.limits(op).ok()?;
        if op.finish != Finish::Plain || op.role.is_some() {
            return None;
        }
        let (tested, found) = match node(op.value) {
            // a function of a field that may be missing
            Node::If(test, none, found) if matches!(node(*none), Node::Const(Value::None)) => {
                let Node::IsNone(tested) = node(*test) else { return None };
                (Some(*tested), *found)
            }
            _ => (None, op.value),
        };
        let found = match node(found) {
            Node::Default(found, _) => *found,
            _ => found,
        };
        let Node::Lookup { table, keys, column, .. } = node(found) else { return None };
        let [key] = keys[..] else { return None };
        let key = match node(key) {
            Node::Require { value, .. } if tested.is_some() => *value,
            _ => key,
        };
        let Node::Field { object, var, cell } = *node(key) else { return None };
        let is_key = |tested: NodeId| match *node(tested) {
            Node::Field { object: o, var: v, cell: c } => (o, v, c) == (object, var, cell),
            _ => false,
        };
        if tested.is_some_and(|tested| !is_key(tested)) {
            return None;
        }
        let bytes_max = facets.map_or(u32::MAX, |facets| facets.max_length);
        let (table, column, place) = (*table, *column, made.place(object, var, cell)?);
        let plain = |text: &str| {
            let mut out = vec![];
            xml::text(&mut out, text);
            out == text.as_bytes() && text.len() <= bytes_max as usize
        };
        let (next, rows) = (self.shorts.len() as u16, &self.tables[usize::from(table)]);
        let short = *self.known_shorts.entry((table, column, bytes_max)).or_insert(next);
        if short == next {
            self.shorts.push(ShortTexts::of(rows, usize::from(column), &rows.pool, plain));
        }
        Some(Form::Lookup(LookupForm {
            table,
            column,
            place,
            optional: tested.is_some() && !op.sure,
            bytes_max,
            short,
        }))
    }

    /// The check of a value, when it comes down to limits; an error when it does not.
    fn limits(&self, op: &ValueOp) -> Result<Option<&FacetCheck>, ()> {
        match op.check.map(|check| &self.checks[usize::from(check)]) {
            Some(facets) if !facets.length_only => Err(()),
            facets => Ok(facets),
        }
    }
}

/// The steps of a block, and the text that waits for the next.
#[derive(Default)]
struct Made {
    steps: Steps,
    text: String,
}

impl Made {
    /// Where a cell is; `None` when it lies in one row more than a block has.
    fn place(&mut self, object: u16, var: u16, cell: u16) -> Option<CellPlace> {
        let rows = &mut self.steps.rows;
        let known = rows.iter().position(|row| *row == (object, var));
        let row = known.unwrap_or_else(|| {
            rows.push((object, var));
            rows.len() - 1
        });
        (row < ROWS_MAX).then_some(CellPlace { row: row as u16, cell })
    }
}

/// Most frames whose cells a block writes in steps.
pub const ROWS_MAX: usize = 4;

/// Elements that are left out when empty, one in the other, whose children are steps of the same block.
pub const NESTED_MAX: usize = 4;

/// Longest static text of one step; what stands before a value and is longer takes steps of its own.
pub const PIECE_BYTES_MAX: usize = 256;

/// Widest padding that is written straight from a cell.
pub const PADDED_MAX: u32 = 16;
