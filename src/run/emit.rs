//! Runs blocks: the only place where bytes of a document are written.

use super::machine::Scene;
use crate::contract::{self, ElementId};
use crate::data::{Date, Decimal, Fault, Money, Value};
use crate::diag::Code;
use crate::json::{ObjectId, Tag};
use crate::plan::{BlockId, Finish, MoneyColumn, Node, NodeId, Op, Special, ValueOp};
use crate::plan::{Quick, QuickField, QuickLookup, QuickMoney};
use crate::xml;

impl Scene<'_> {
    pub(super) fn block(&mut self, id: BlockId, out: &mut Vec<u8>) {
        let plan = self.plan;
        let block = plan.block(id);
        for op in &block.ops {
            match op {
                Op::Static(range) => out.extend_from_slice(plan.fragment(*range)),
                Op::Value(value) => self.value(value, out),
                Op::Container { open, close, block, optional } => {
                    let start = out.len();
                    out.extend_from_slice(plan.fragment(*open));
                    let inside = out.len();
                    self.block(*block, out);
                    if *optional && out.len() == inside {
                        out.truncate(start);
                    } else {
                        out.extend_from_slice(plan.fragment(*close));
                    }
                }
                Op::If { cond, then, otherwise } => match self.holds(*cond) {
                    Ok(true) => self.block(*then, out),
                    Ok(false) => {
                        if let Some(otherwise) = otherwise {
                            self.block(*otherwise, out);
                        }
                    }
                    Err(fault) => self.refuse(fault, plan.span(*cond)),
                },
                Op::Repeats => {
                    self.reps(&block.repeats, out);
                    if let (Some(closing), true) = (block.closing, self.part.lines_max > 0) {
                        (self.part.inside, self.part.closing) = (true, true);
                        self.part.balance = Some(self.part_balance());
                        self.tally.own_sums.clone_from(&self.tally.sums);
                        self.reps(&[closing], out);
                        (self.part.inside, self.part.closing) = (false, false);
                    }
                }
                Op::Flush(side) => {
                    let side = &mut self.sides[usize::from(*side)];
                    out.extend_from_slice(side);
                    side.clear();
                }
                Op::Attributes(list) => {
                    self.attributes(list, out);
                    out.push(b'>');
                }
                Op::Special { open, close, what: Special::Simulation } => {
                    if self.given.simulate {
                        out.extend_from_slice(plan.fragment(*open));
                        out.extend_from_slice(b"true");
                        out.extend_from_slice(plan.fragment(*close));
                    }
                }
                Op::Special { what, .. } => self.special(*what, out),
            }
        }
    }

    fn special(&mut self, what: Special, out: &mut Vec<u8>) {
        match what {
            Special::Id if self.part.number == 0 => out.extend_from_slice(self.id.message_text().as_bytes()),
            Special::Id => {
                out.extend_from_slice(&self.id.entry_text(self.given.revision));
            }
            Special::Uuid => out.extend_from_slice(&self.id.uuid()),
            Special::Simulation => {}
            Special::Created => {
                if let Value::Time(time) = self.given.run_time {
                    time.write(out);
                }
            }
        }
    }

    /// An element with a value; nothing when the value is none.
    fn value(&mut self, op: &ValueOp, out: &mut Vec<u8>) {
        let plan = self.plan;
        if !op.before.is_empty() {
            out.extend_from_slice(plan.fragment(op.before));
        }
        let done = match &op.quick {
            Some(Quick::Field(quick)) => self.quick_field(op, quick, out),
            Some(Quick::Money(quick)) => self.quick_money(op, quick, out),
            Some(Quick::Lookup(quick)) => self.quick_lookup(op, quick, out),
            Some(Quick::DebitCredit(money)) => self.quick_sign(op, *money, out),
            None => false,
        };
        if done {
            return;
        }
        let cuts = self.texts.cuts;
        let value = match self.eval(op.value) {
            Ok(Value::None) if op.sure => return self.missing(op),
            Ok(Value::None) => return,
            Ok(value) => value,
            Err(fault) => return self.refuse(fault, plan.span(op.value)),
        };
        if self.texts.cuts != cuts {
            self.cut(op.element, self.texts.cuts - cuts);
        }
        if !op.sure {
            out.extend_from_slice(plan.fragment(op.open));
        }
        if op.finish != Finish::Plain {
            self.finished(op, value, out);
        } else {
            if let Some(check) = op.check {
                self.checked(check, value, op.value, op.element);
            }
            if let Some(role) = op.role {
                self.role(role, op, value);
            }
            if !op.attributes.is_empty() || op.currency.is_some() {
                if let Some(open) = op.currency {
                    self.currency_attribute(open, value, op, out);
                }
                self.attributes(&op.attributes, out);
                out.push(b'>');
            }
            self.write(value, out);
        }
        if !op.sure {
            out.extend_from_slice(plan.fragment(op.close));
        }
    }

    /// The common case: a field as its cell holds it, or nothing. False: it takes the long way, of which nothing is done yet.
    #[inline(always)]
    fn quick_field(&self, op: &ValueOp, quick: &QuickField, out: &mut Vec<u8>) -> bool {
        let frame = self.bound[usize::from(quick.var)] as usize;
        let cell = self.frames.cell(ObjectId(quick.object), frame, quick.cell);
        match cell.tag {
            Tag::Absent | Tag::None => return !op.sure,
            Tag::Text => return self.quick_text(op, quick, cell.word, out),
            Tag::Decimal => {
                let mantissa = cell.word as i64;
                let fits = quick.mantissa_max.is_some_and(|max| mantissa.unsigned_abs() <= max)
                    && u32::from(cell.scale) <= quick.fraction_max
                    && (quick.signed || mantissa >= 0);
                if !fits {
                    return false;
                }
                self.open(op, out);
                Decimal::new(i128::from(mantissa), cell.scale).write(out);
            }
            Tag::Date if quick.dates => {
                self.open(op, out);
                Date::unpack(cell.word).write(out);
            }
            _ => return false,
        }
        self.close(op, out);
        true
    }

    #[inline(always)]
    fn quick_text(&self, op: &ValueOp, quick: &QuickField, word: u64, out: &mut Vec<u8>) -> bool {
        let (at, length) = ((word >> 32) as usize, word as u32);
        // an empty text takes the long way
        if length.wrapping_sub(1) >= quick.bytes_max {
            return false;
        }
        let bytes = &self.texts.input.as_bytes()[at..at + length as usize];
        if quick.padded > 0 {
            if !bytes.iter().all(u8::is_ascii_digit) {
                return false;
            }
            self.open(op, out);
            out.extend_from_slice(&ZEROS[..(quick.padded - length) as usize]);
            out.extend_from_slice(bytes);
        } else {
            self.open(op, out);
            xml::text_bytes(out, bytes);
        }
        self.close(op, out);
        true
    }

    /// Kept money within its element's limits. False as for fields.
    #[inline]
    fn quick_money(&mut self, op: &ValueOp, quick: &QuickMoney, out: &mut Vec<u8>) -> bool {
        let Some(kept) = self.kept_money(quick.money) else { return false };
        let fits = kept.mantissa.unsigned_abs() <= quick.mantissa_max
            && u32::from(kept.scale) <= quick.fraction_max
            && (quick.signed || kept.mantissa >= 0);
        if kept.is_none() || !fits {
            return false;
        }
        self.open(op, out);
        let money = kept.money();
        if let Some(role) = op.role {
            self.money_role(role, op, money);
        }
        if let Some(open) = op.currency {
            if !open.is_empty() {
                out.extend_from_slice(self.plan.fragment(open));
            }
            let [a, b, c] = money.currency.0;
            out.extend_from_slice(&[a, b, c, b'"', b'>']);
        }
        money.amount.write(out);
        self.close(op, out);
        true
    }

    /// The debit/credit code of kept money. False as for fields.
    #[inline]
    fn quick_sign(&mut self, op: &ValueOp, money: MoneyColumn, out: &mut Vec<u8>) -> bool {
        let Some(kept) = self.kept_money(money).filter(|kept| !kept.is_none()) else { return false };
        let credit = kept.mantissa < 0;
        self.open(op, out);
        out.extend_from_slice(if credit { contract::CREDIT } else { contract::DEBIT }.as_bytes());
        if op.role == Some(contract::Role::DebitCredit) {
            self.tally.line_credit = Some(credit);
        }
        self.close(op, out);
        true
    }

    /// A text that a table holds. False as for fields.
    #[inline]
    fn quick_lookup(&self, op: &ValueOp, quick: &QuickLookup, out: &mut Vec<u8>) -> bool {
        let frame = self.bound[usize::from(quick.var)] as usize;
        let cell = self.frames.cell(ObjectId(quick.object), frame, quick.cell);
        if matches!(cell.tag, Tag::Absent | Tag::None) {
            return quick.none && !op.sure;
        }
        if cell.tag != Tag::Text {
            return false;
        }
        let table = &self.plan.tables[usize::from(quick.table)];
        let Some(row) = table.find(&self.texts, &[self.frames.value(cell)]) else { return false };
        let Value::Text(text) = table.cell(row, usize::from(quick.column)) else { return false };
        // an empty text takes the long way
        if text.len.wrapping_sub(1) >= quick.bytes_max {
            return false;
        }
        self.open(op, out);
        xml::text_bytes(out, self.texts.bytes(text));
        self.close(op, out);
        true
    }

    #[inline(always)]
    fn open(&self, op: &ValueOp, out: &mut Vec<u8>) {
        if !op.sure {
            out.extend_from_slice(self.plan.fragment(op.open));
        }
    }

    #[inline(always)]
    fn close(&self, op: &ValueOp, out: &mut Vec<u8>) {
        if !op.sure {
            out.extend_from_slice(self.plan.fragment(op.close));
        }
    }

    /// A value that the types said would be there is not: the sum of nothing.
    #[cold]
    fn missing(&mut self, op: &ValueOp) {
        if !self.tally.faults.is_empty() {
            // most likely because of what is told already
            self.tally.poisoned = true;
            return;
        }
        let name = &self.plan.contract.element(op.element).name;
        let fault = Fault::new(Code::J503, format!("there is no value for `{name}`"));
        self.refuse(fault, self.plan.span(op.value));
    }

    /// A value whose last step is done while it is written.
    fn finished(&mut self, op: &ValueOp, value: Value, out: &mut Vec<u8>) {
        if !op.attributes.is_empty() {
            self.attributes(&op.attributes, out);
            out.push(b'>');
        }
        let text = match (op.finish, value) {
            (Finish::Cut(max), Value::Text(text)) => self.cut_text(text, max, op.element),
            (Finish::Alpha(width), Value::Text(text)) => {
                let (bytes, width) = (self.texts.bytes(text), width as usize);
                if bytes.len() < width && !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit) {
                    // padded digits have exactly the length the checker has proven to fit
                    out.extend(std::iter::repeat_n(b'0', width - bytes.len()));
                    out.extend_from_slice(bytes);
                    if op.check.is_none_or(|c| self.plan.checks[usize::from(c)].takes_digits(width)) {
                        return;
                    }
                    let padded = format!("{:0>width$}", self.texts.get(text));
                    let text = self.texts.add(&padded);
                    return self.check_text(op, text);
                }
                match self.alpha(text, width) {
                    Ok(text) => text,
                    Err(fault) => return self.refuse(fault, self.plan.span(op.value)),
                }
            }
            (Finish::DebitCredit, Value::Money(Money { amount, .. }) | Value::Decimal(amount)) => {
                let code = if amount.is_negative() { contract::CREDIT } else { contract::DEBIT };
                out.extend_from_slice(code.as_bytes());
                if op.role == Some(contract::Role::DebitCredit) {
                    self.tally.line_credit = Some(amount.is_negative());
                }
                return;
            }
            (_, other) => {
                self.write(other, out);
                return;
            }
        };
        self.check_text(op, text);
        xml::text_bytes(out, self.texts.bytes(text));
    }

    fn check_text(&mut self, op: &ValueOp, text: crate::data::Text) {
        if let Some(check) = op.check {
            self.checked(check, Value::Text(text), op.value, op.element);
        }
        if let Some(role) = op.role {
            self.role(role, op, Value::Text(text));
        }
    }

    /// The first characters of a text; a real cut is counted.
    fn cut_text(&mut self, text: crate::data::Text, max: u32, element: ElementId) -> crate::data::Text {
        if text.len <= max {
            return text;
        }
        // the characters begin at the bytes that continue none
        let bytes = self.texts.bytes(text);
        let end = bytes.iter().enumerate().filter(|(_, b)| **b & 0xc0 != 0x80).nth(max as usize);
        match end {
            Some((end, _)) => {
                self.cut(element, 1);
                text.slice(0..end)
            }
            None => text,
        }
    }

    /// What the function `alpha` gives for texts that are not simply padded.
    fn alpha(&mut self, text: crate::data::Text, width: usize) -> Result<crate::data::Text, Box<Fault>> {
        let alpha = crate::func::find("alpha").expect("the registry has the function");
        let width = Decimal::new(width as i128, 0);
        match (alpha.run)(&mut self.texts, &[Value::Text(text), Value::Decimal(width)])? {
            Value::Text(text) => Ok(text),
            _ => Ok(text),
        }
    }

    fn currency_attribute(
        &mut self,
        open: crate::plan::Range,
        value: Value,
        op: &ValueOp,
        out: &mut Vec<u8>,
    ) {
        match value {
            Value::Money(money) => {
                out.extend_from_slice(self.plan.fragment(open));
                let [a, b, c] = money.currency.0;
                out.extend_from_slice(&[a, b, c, b'"']);
            }
            _ => {
                let fault = Fault::new(Code::J504, "the amount has no currency: it is the sum of nothing");
                self.refuse(fault, self.plan.span(op.value));
            }
        }
    }

    fn attributes(&mut self, list: &[crate::plan::Attribute], out: &mut Vec<u8>) {
        let plan = self.plan;
        for attribute in list {
            match self.eval(attribute.value) {
                Ok(Value::None) => {}
                Ok(value) => {
                    if let Some(check) = attribute.check {
                        self.checked(check, value, attribute.value, contract::Contract::ROOT);
                    }
                    out.extend_from_slice(plan.fragment(attribute.open));
                    match value {
                        Value::Text(text) => xml::attribute(out, self.texts.get(text)),
                        other => self.write(other, out),
                    }
                    out.push(b'"');
                }
                Err(fault) => self.refuse(fault, plan.span(attribute.value)),
            }
        }
    }

    #[inline]
    fn write(&self, value: Value, out: &mut Vec<u8>) {
        match value {
            Value::Text(text) => xml::text_bytes(out, self.texts.bytes(text)),
            Value::Decimal(decimal) | Value::Money(Money { amount: decimal, .. }) => decimal.write(out),
            Value::Date(date) => date.write(out),
            Value::Time(time) => time.write(out),
            Value::Bool(truth) => out.extend_from_slice(if truth { b"true" } else { b"false" }),
            Value::None => {}
        }
    }

    #[cold]
    fn cut(&mut self, element: ElementId, times: u64) {
        match self.tally.cuts.iter_mut().find(|(e, _)| *e == element.0) {
            Some((_, count)) => *count += times,
            None => self.tally.cuts.push((element.0, times)),
        }
    }

    /// What the types could not prove about the contract's limits.
    #[inline]
    fn checked(&mut self, check: u16, value: Value, node: NodeId, element: ElementId) {
        let facets = &self.plan.checks[usize::from(check)];
        let fits = match value {
            Value::Text(text) => facets.length_only && text.len > 0 && text.len <= facets.max_length,
            Value::Decimal(d) | Value::Money(Money { amount: d, .. }) => {
                facets.length_only
                    && u32::from(d.scale()) <= facets.fraction_digits
                    && d.mantissa().unsigned_abs() <= u128::from(facets.mantissa_max)
                    && !(facets.text && d.is_negative())
            }
            _ => facets.length_only && !facets.text,
        };
        if !fits {
            self.check_fully(check, value, node, element);
        }
    }

    fn check_fully(&mut self, check: u16, value: Value, node: NodeId, element: ElementId) {
        let plan = self.plan;
        let mut out = vec![];
        let result = match value {
            Value::Text(text) => plan.checks[usize::from(check)].checker.check(self.texts.get(text)),
            other => {
                self.write(other, &mut out);
                let text = std::str::from_utf8(&out).expect("numbers and dates are ASCII");
                plan.checks[usize::from(check)].checker.check(text)
            }
        };
        if let Err(violation) = result {
            let name = plan.contract.path(element);
            let name = name.rsplit('/').next().unwrap_or_default();
            let message = format!("{} does not fit `{name}`: {violation}", self.show(value));
            let mut fault = Fault::new(Code::J512, message);
            fault.at = self.place_of(node);
            self.refuse(fault, plan.span(node));
        }
    }

    /// The byte of the input a node's value was read from, when it is a field.
    pub(super) fn place_of(&self, node: NodeId) -> Option<u32> {
        match self.plan.node(node) {
            Node::Field { object, var, cell } => {
                let cell = self.frames.cell(ObjectId(*object), self.bound[usize::from(*var)] as usize, *cell);
                (cell.tag != Tag::Absent).then_some(cell.at)
            }
            Node::Money { amount, .. } => self.place_of(*amount),
            Node::KeptMoney(MoneyColumn { value, .. })
            | Node::Memo { value, .. }
            | Node::Require { value, .. }
            | Node::Neg(value) => self.place_of(*value),
            Node::Default(value, _) => self.place_of(*value),
            Node::Call { args, .. } => args.first().and_then(|a| self.place_of(*a)),
            Node::Lookup { keys, .. } => keys.first().and_then(|k| self.place_of(*k)),
            _ => None,
        }
    }
}

/// What padding is taken from: as long as the widest that the plan asks for.
const ZEROS: [u8; 16] = [b'0'; 16];
