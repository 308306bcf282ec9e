//! Runs operations in their general form: whatever a value is, and what is wrong with it.

use super::machine::Scene;
use crate::contract::{self, ElementId};
use crate::data::{Append, Ascii, Decimal, Fault, Money, Sheet, Value};
use crate::diag::Code;
use crate::json::{ObjectId, Tag};
use crate::plan::{BlockId, Finish, MoneyColumn, Node, NodeId, Op, Special, ValueOp};
use crate::xml;

impl Scene<'_> {
    /// An operation in its general form.
    #[inline(never)]
    pub(super) fn operation(&mut self, (id, index): (BlockId, u32), out: &mut Sheet) {
        let plan = self.plan;
        let block = plan.block(id);
        match &block.ops[index as usize] {
            Op::Static(range) => out.append(plan.fragment(*range)),
            Op::Value(value) => self.value(value, out),
            Op::Container { open, close, block, optional } => {
                let start = out.len();
                out.append(plan.fragment(*open));
                let inside = out.len();
                self.block(*block, out);
                if *optional && out.len() == inside {
                    out.truncate(start);
                } else {
                    out.append(plan.fragment(*close));
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
                out.append(side);
                side.clear();
            }
            Op::Attributes(list) => {
                self.attributes(list, out);
                out.push(b'>');
            }
            Op::Special { open, close, what: Special::Simulation } => {
                if self.given.simulate {
                    out.append(plan.fragment(*open));
                    out.append(b"true");
                    out.append(plan.fragment(*close));
                }
            }
            Op::Special { what, .. } => self.special(*what, out),
        }
    }

    fn special(&mut self, what: Special, out: &mut Sheet) {
        match what {
            Special::Id if self.part.number == 0 => out.append(self.id.message_text().as_bytes()),
            Special::Id => {
                out.append(&self.id.entry_text(self.given.revision));
            }
            Special::Uuid => out.append(&self.id.uuid()),
            Special::Simulation => {}
            Special::Created => {
                if let Value::Time(time) = self.given.run_time {
                    time.write(out);
                }
            }
        }
    }

    /// An element with a value; nothing when the value is none.
    fn value(&mut self, op: &ValueOp, out: &mut Sheet) {
        let plan = self.plan;
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
            out.append(plan.fragment(op.open));
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
            out.append(plan.fragment(op.close));
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
    fn finished(&mut self, op: &ValueOp, value: Value, out: &mut Sheet) {
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
                    (bytes.len()..width).for_each(|_| out.push(b'0'));
                    out.append(bytes);
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
                out.append(code.as_bytes());
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

    fn currency_attribute(&mut self, open: crate::plan::Range, value: Value, op: &ValueOp, out: &mut Sheet) {
        match value {
            Value::Money(money) => {
                out.append(self.plan.fragment(open));
                let [a, b, c] = money.currency.0;
                out.append(&[a, b, c, b'"']);
            }
            _ => {
                let fault = Fault::new(Code::J504, "the amount has no currency: it is the sum of nothing");
                self.refuse(fault, self.plan.span(op.value));
            }
        }
    }

    fn attributes(&mut self, list: &[crate::plan::Attribute], out: &mut Sheet) {
        let plan = self.plan;
        for attribute in list {
            match self.eval(attribute.value) {
                Ok(Value::None) => {}
                Ok(value) => {
                    if let Some(check) = attribute.check {
                        self.checked(check, value, attribute.value, contract::Contract::ROOT);
                    }
                    out.append(plan.fragment(attribute.open));
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
    fn write(&self, value: Value, out: &mut (impl Append + Ascii)) {
        match value {
            Value::Text(text) => xml::text_bytes(out, self.texts.bytes(text)),
            Value::Decimal(decimal) | Value::Money(Money { amount: decimal, .. }) => decimal.write(out),
            Value::Date(date) => date.write(out),
            Value::Time(time) => time.write(out),
            Value::Bool(truth) => out.append(if truth { b"true" } else { b"false" }),
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
