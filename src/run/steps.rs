//! Runs blocks: the steps of the plan, each in its common form where the values it meets fit it.
//!
//! Steps are written on a page in the room behind the output, which is then taken over. A step that does not fit has done
//! nothing yet: the operation it stands for is run instead, and only that says what is wrong.

use super::machine::{Scene, Tally};
use super::page::{self, FULL, Page};
use crate::contract::{CREDIT, DEBIT, Role};
use crate::data::{Buffer, Date, Sheet, Text, Texts, Value};
use crate::json::{Cell, ObjectId, Tag};
use crate::plan::{
    BlockId, CellPlace, FieldForm, Form, LookupForm, MoneyColumn, MoneyForm, NESTED_MAX, Piece,
};
use crate::plan::{Plan, ROWS_MAX, Step, Steps};
use crate::vector::{Kit, Task};

/// The frames whose cells a block writes.
type Rows<'a> = [&'a [Cell]; ROWS_MAX];

/// The steps of a block: a loop compiled for every kit of vectors.
struct Write<'a, 's> {
    scene: &'a mut Scene<'s>,
    plan: &'a Plan,
    steps: &'a Steps,
    rows: &'a Rows<'a>,
    out: &'a mut Sheet,
}

impl Task for Write<'_, '_> {
    type Out = ();

    #[inline(always)]
    fn run<K: Kit>(self, kit: K) {
        let Write { scene, plan, steps, rows, out } = self;
        // where the page lies in the output, and how much of it is written
        let (mut base, mut at) = (out.len(), 0);
        let mut page: &mut Page = out.room();
        // where elements began that may be left out, and where their inside began
        let (mut begun, mut depth) = ([(0, 0); NESTED_MAX], 0);
        for step in &steps.list {
            if at > FULL {
                out.take_over(at);
                (base, at, page) = (out.len(), 0, out.room());
            }
            if step.before.len > 0 {
                at = page::piece(page, at, &plan.pieces, step.before);
            }
            let done = match &step.form {
                Form::Text => Some(at),
                Form::Field(form) => {
                    scene.field_step(kit, plan, step, form, cell(rows, form.place), (page, at))
                }
                Form::Money(form) => scene.money_step(plan, step, form, (page, at)),
                Form::DebitCredit { money, told } => scene.sign_step(plan, step, (*money, *told), (page, at)),
                Form::Lookup(form) => {
                    lookup_step(kit, plan, &scene.texts, (step, form), cell(rows, form.place), (page, at))
                }
                Form::Begin => {
                    let start = base + at;
                    at = page::piece(page, at, &plan.pieces, step.open);
                    begun[depth % NESTED_MAX] = (start, base + at);
                    depth += 1;
                    Some(at)
                }
                Form::End => {
                    depth -= 1;
                    let (start, inside) = begun[depth % NESTED_MAX];
                    if base + at != inside {
                        Some(page::piece(page, at, &plan.pieces, step.close))
                    } else if start >= base {
                        Some(start - base)
                    } else {
                        // its start tag stands before this page
                        out.truncate(start);
                        (base, page) = (out.len(), out.room());
                        Some(0)
                    }
                }
                Form::Operation => None,
            };
            match done {
                Some(end) => at = end,
                None => {
                    out.take_over(at);
                    scene.operation(step.op, out);
                    (base, at, page) = (out.len(), 0, out.room());
                }
            }
        }
        out.take_over(at);
    }
}

impl Scene<'_> {
    /// Writes a block.
    pub(super) fn block(&mut self, id: BlockId, out: &mut Sheet) {
        let (plan, frames) = (self.plan, self.frames);
        let steps = &plan.block(id).steps;
        let mut rows: Rows<'_> = [&[]; ROWS_MAX];
        for (row, (object, var)) in rows.iter_mut().zip(&steps.rows) {
            *row = frames.cells(ObjectId(*object), self.bound[usize::from(*var)] as usize);
        }
        self.level.run(Write { scene: self, plan, steps, rows: &rows, out });
    }

    /// A field as its cell holds it, or nothing.
    #[inline(always)]
    fn field_step<K: Kit>(
        &mut self,
        kit: K,
        plan: &Plan,
        step: &Step,
        form: &FieldForm,
        cell: Option<&Cell>,
        (page, at): (&mut Page, usize),
    ) -> Option<usize> {
        let cell = cell?;
        if matches!(cell.tag, Tag::Absent | Tag::None) {
            return form.optional.then_some(at);
        }
        let at = around(page, plan, step.open, at);
        let at = match cell.tag {
            Tag::Text => {
                let (start, length) = ((cell.word >> 32) as usize, cell.word as u32 as usize);
                // an empty text takes the long way
                if length.wrapping_sub(1) >= form.bytes_max as usize {
                    return None;
                }
                let input = self.texts.input.as_bytes();
                if form.padded > 0 {
                    page::padded(page, at, input, (start, length), form.padded as usize)?
                } else {
                    page::text(kit, page, at, input, (start, length))?
                }
            }
            Tag::Decimal => {
                let mantissa = cell.word as i64;
                let fits = form.numbers
                    && mantissa.unsigned_abs() <= form.mantissa_max
                    && u32::from(cell.scale) <= form.fraction_max
                    && (form.signed || mantissa >= 0);
                if !fits {
                    return None;
                }
                page::number(page, at, mantissa, cell.scale)?
            }
            Tag::Date if form.dates => page::date(page, at, Date::unpack(cell.word)),
            _ => return None,
        };
        let at = around(page, plan, step.close, at);
        if let Some(role) = form.role {
            text_role(self.tally, role, cell);
        }
        Some(at)
    }

    /// Kept money within its element's limits.
    #[inline(always)]
    fn money_step(
        &mut self,
        plan: &Plan,
        step: &Step,
        form: &MoneyForm,
        (page, at): (&mut Page, usize),
    ) -> Option<usize> {
        let kept = self.kept_money(form.money)?;
        let fits = kept.mantissa.unsigned_abs() <= form.mantissa_max
            && u32::from(kept.scale) <= form.fraction_max
            && (form.signed || kept.mantissa >= 0);
        if kept.is_none() || !fits {
            return None;
        }
        let mut at = around(page, plan, step.open, at);
        if form.currency {
            let [a, b, c] = kept.money().currency.0;
            at = page::few(page, at, [a, b, c, b'"', b'>']);
        }
        let at = page::number(page, at, kept.mantissa, kept.scale)?;
        let at = around(page, plan, step.close, at);
        // kept money has no more places than its currency, so only its sum may not fit
        let counted = match form.role {
            Some(Role::Amount) => self.amount_role(kept),
            Some(Role::LocalAmount) => {
                self.add_local(form.element, kept.money());
                true
            }
            _ => true,
        };
        counted.then_some(at)
    }

    /// The debit/credit code of kept money.
    #[inline(always)]
    fn sign_step(
        &mut self,
        plan: &Plan,
        step: &Step,
        (money, told): (MoneyColumn, bool),
        (page, at): (&mut Page, usize),
    ) -> Option<usize> {
        const CODES: [[u8; 1]; 2] = [letter(DEBIT), letter(CREDIT)];
        let kept = self.kept_money(money).filter(|kept| !kept.is_none())?;
        let credit = kept.mantissa < 0;
        let at = around(page, plan, step.open, at);
        let at = page::few(page, at, CODES[usize::from(credit)]);
        if told {
            self.tally.line_credit = Some(credit);
        }
        Some(around(page, plan, step.close, at))
    }
}

/// A text that a table holds.
#[inline(always)]
fn lookup_step<K: Kit>(
    kit: K,
    plan: &Plan,
    texts: &Texts<'_>,
    (step, form): (&Step, &LookupForm),
    cell: Option<&Cell>,
    (page, at): (&mut Page, usize),
) -> Option<usize> {
    let cell = cell?;
    if matches!(cell.tag, Tag::Absent | Tag::None) {
        return form.optional.then_some(at);
    }
    if cell.tag != Tag::Text {
        return None;
    }
    let (start, length) = ((cell.word >> 32) as usize, cell.word as u32 as usize);
    if let Some(key) = texts.input.as_bytes().get(start..).and_then(<[u8]>::first_chunk)
        && let Some(text) = plan.short_texts[usize::from(form.short)].find(key, length)
    {
        let at = around(page, plan, step.open, at);
        let end = at + usize::from(text.len);
        page::few(page, at, text.bytes);
        return Some(around(page, plan, step.close, end));
    }
    let table = &plan.tables[usize::from(form.table)];
    let row = table.find_text(texts, text_of(cell))?;
    let Value::Text(text) = table.cell(row, usize::from(form.column)) else { return None };
    // an empty text takes the long way
    if text.len.wrapping_sub(1) >= form.bytes_max || text.buffer != Buffer::Pool {
        return None;
    }
    let at = around(page, plan, step.open, at);
    let at = page::text(kit, page, at, plan.pool.as_bytes(), (text.at as usize, text.len as usize))?;
    Some(around(page, plan, step.close, at))
}

/// The tag before or after a value.
#[inline(always)]
fn around(page: &mut Page, plan: &Plan, tag: Piece, at: usize) -> usize {
    if tag.len == 0 { at } else { page::piece(page, at, &plan.pieces, tag) }
}

#[inline(always)]
fn cell<'a>(rows: &Rows<'a>, place: CellPlace) -> Option<&'a Cell> {
    rows[usize::from(place.row) % ROWS_MAX].get(usize::from(place.cell))
}

/// A text of the input.
#[inline(always)]
fn text_of(cell: &Cell) -> Text {
    Text { buffer: Buffer::Input, at: (cell.word >> 32) as u32, len: cell.word as u32 }
}

/// What jemap must know of a text beyond writing it.
fn text_role(tally: &mut Tally, role: Role, cell: &Cell) {
    let text = Some(text_of(cell));
    match role {
        Role::MessageId => tally.message_id = text,
        Role::CompanyCode => tally.company = text,
        Role::LineCompanyCode => tally.line_company = text,
        _ => {}
    }
}

/// A code of one letter.
const fn letter(code: &str) -> [u8; 1] {
    assert!(code.len() == 1);
    [code.as_bytes()[0]]
}
