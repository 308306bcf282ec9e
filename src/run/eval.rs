//! Evaluates nodes: values in, a value or a fault out. Money is exact, texts are places in buffers.

use super::machine::Scene;
use crate::check::{Builtin, Cmp, Pattern};
use crate::data::{Currency, Decimal, Fault, Money, Rounding, Text, Value, quoted};
use crate::diag::Code;
use crate::json::{Cell, ObjectId, Tag};
use crate::plan::{ListRef, Node, NodeId};
use crate::table::KEYS_MAX;
use std::cmp::Ordering;

/// A value, or why the document is refused.
pub(super) type Evaluated = Result<Value, Box<Fault>>;

impl Scene<'_> {
    /// The value of a node. A fault carries the place of the innermost node it arose at.
    ///
    /// The frequent kinds are done here, in the caller's frame: a value handed back through memory stalls the next load.
    #[inline(always)]
    pub(super) fn eval(&mut self, id: NodeId) -> Evaluated {
        match self.plan.node(id) {
            Node::Const(value) => Ok(*value),
            Node::Field { object, var, cell } => {
                let at = self.bound[usize::from(*var)];
                self.cell(self.frames.cell(ObjectId(*object), at as usize, *cell))
            }
            Node::Memo { column, var, value } => {
                let frame = self.remember(*column, *var, *value)?;
                Ok(self.memos[usize::from(*column)][frame].1)
            }
            Node::KeptMoney(money) => match self.kept_money(*money) {
                Some(kept) => Ok(kept.value()),
                None => self.compute_placed(money.value),
            },
            _ => self.compute_placed(id),
        }
    }

    #[inline(never)]
    fn compute_placed(&mut self, id: NodeId) -> Evaluated {
        self.compute(id).map_err(|mut fault| {
            fault.span.get_or_insert(self.plan.span(id));
            fault
        })
    }

    /// Whether a condition holds.
    pub(super) fn holds(&mut self, id: NodeId) -> Result<bool, Box<Fault>> {
        Ok(matches!(self.eval(id)?, Value::Bool(true)))
    }

    fn compute(&mut self, id: NodeId) -> Evaluated {
        let plan = self.plan;
        match plan.node(id) {
            Node::Const(_) | Node::Field { .. } | Node::KeptMoney(_) | Node::Memo { .. } => self.eval(id),
            Node::Around { cell } => Ok(self.given.around[usize::from(*cell)]),
            Node::Param(index) => Ok(self.given.params[usize::from(*index)]),
            Node::Money { amount, currency, minor, round } => {
                Ok(self.money(*amount, *currency, *minor, *round)?.map_or(Value::None, Value::Money))
            }
            Node::Builtin(builtin) => self.builtin(*builtin),
            Node::Lookup { table, keys, column, optional } => self.lookup(*table, keys, *column, *optional),
            Node::Has { table, keys } => Ok(Value::Bool(self.row(*table, keys)?.is_some())),
            Node::Pick { var, list, when, position, value } => {
                self.pick(*var, *list, *when, *position, *value)
            }
            Node::Call { function, args } => self.call(function, args),
            Node::Aggregate { op, generators, when, arg, extra } => {
                self.aggregate(*op, generators, *when, *arg, *extra)
            }
            Node::Not(a) => Ok(Value::Bool(!self.holds(*a)?)),
            Node::And(a, b) => Ok(Value::Bool(self.holds(*a)? && self.holds(*b)?)),
            Node::Or(a, b) => Ok(Value::Bool(self.holds(*a)? || self.holds(*b)?)),
            Node::Neg(a) => self.negative(*a),
            Node::Default(a, b) => match self.eval(*a)? {
                Value::None => self.eval(*b),
                value => Ok(value),
            },
            Node::IsNone(a) => Ok(Value::Bool(self.eval(*a)?.is_none())),
            Node::Compare(op, a, b) => {
                let (a, b) = (self.eval(*a)?, self.eval(*b)?);
                self.compare(*op, a, b).map(Value::Bool)
            }
            Node::OneOf(a, list) => {
                let a = self.eval(*a)?;
                Ok(Value::Bool(list.iter().any(|b| self.order(a, *b).is_some_and(Ordering::is_eq))))
            }
            Node::Add(a, b) => self.add(*a, *b, false),
            Node::Sub(a, b) => self.add(*a, *b, true),
            Node::Mul(a, b) => self.product(*a, *b),
            Node::Concat(parts) => self.concat(parts),
            Node::If(c, a, b) => {
                let branch = if self.holds(*c)? { *a } else { *b };
                self.eval(branch)
            }
            Node::Match(value, arms) => {
                let value = self.eval(*value)?;
                match arms.iter().find(|(patterns, _)| patterns.is_empty() || self.matches(value, patterns)) {
                    Some((_, arm)) => self.eval(*arm),
                    None => Err(self.unmatched(value)),
                }
            }
            Node::Matches { value, patterns, earlier } => {
                let value = self.eval(*value)?;
                let hit = patterns.is_empty() || self.matches(value, patterns);
                Ok(Value::Bool(hit && !self.matches(value, earlier)))
            }
            Node::Reject(reason) => Err(Fault::new(Code::J501, reason.clone())),
            Node::Require { value, name } => match self.eval(*value)? {
                Value::None => {
                    Err(Fault::new(Code::J503, format!("`{name}` is missing, and the mapping requires it")))
                }
                value => Ok(value),
            },
        }
    }

    /// What a cell holds.
    #[inline]
    pub(super) fn cell(&self, cell: Cell) -> Evaluated {
        if cell.tag == Tag::Bad {
            return Err(Fault::new(Code::J500, "the value was refused when it was read"));
        }
        Ok(self.frames.value(cell))
    }

    /// A money field: its amount, its currency, minor units and rounding as the mapping says.
    pub(super) fn money(
        &mut self,
        amount: NodeId,
        currency: NodeId,
        minor: bool,
        round: Option<Rounding>,
    ) -> Result<Option<Money>, Box<Fault>> {
        let Some(amount) = self.decimal(amount)? else { return Ok(None) };
        let currency = match self.text(currency)? {
            Some(text) => self.currency(text)?,
            None => return Err(Fault::new(Code::J504, format!("the amount {amount} has no currency"))),
        };
        let exponent = self.exponent(currency);
        if minor || exponent.is_some_and(|places| amount.scale() > places) {
            return scaled(amount, currency, exponent, minor, round).map(Some);
        }
        Ok(Some(Money { amount, currency }))
    }

    /// A number.
    fn decimal(&mut self, id: NodeId) -> Result<Option<Decimal>, Box<Fault>> {
        match self.eval(id)? {
            Value::Decimal(number) => Ok(Some(number)),
            _ => Ok(None),
        }
    }

    /// A text.
    fn text(&mut self, id: NodeId) -> Result<Option<Text>, Box<Fault>> {
        match self.eval(id)? {
            Value::Text(text) => Ok(Some(text)),
            _ => Ok(None),
        }
    }

    /// Digits after the point of a currency; the last two asked for are remembered.
    pub(super) fn exponent(&mut self, currency: Currency) -> Option<u8> {
        let known = &mut self.tally.exponents;
        if known[0].0 == currency {
            return known[0].1;
        }
        if known[1].0 != currency {
            known[1] = (currency, currency.exponent());
        }
        known.swap(0, 1);
        known[0].1
    }

    /// The currency a text names.
    fn currency(&self, at: Text) -> Result<Currency, Box<Fault>> {
        let text = self.texts.get(at);
        Currency::parse(text).ok_or_else(|| {
            Fault::new(Code::J504, format!("{} is not a currency: three letters are expected", quoted(text)))
        })
    }

    /// Lets are kept for each frame of their variable as long as the document lasts: the frame.
    #[inline(always)]
    pub(super) fn remember(&mut self, column: u16, var: u16, value: NodeId) -> Result<usize, Box<Fault>> {
        let frame = self.bound[usize::from(var)] as usize;
        match self.memos[usize::from(column)].get(frame) {
            Some((stamp, _)) if *stamp == self.stamp => Ok(frame),
            _ => self.compute_memo(column, frame, value),
        }
    }

    #[inline(never)]
    fn compute_memo(&mut self, column: u16, frame: usize, value: NodeId) -> Result<usize, Box<Fault>> {
        let value = self.compute_placed(value)?;
        let stamp = self.stamp;
        let kept = &mut self.memos[usize::from(column)];
        if kept.len() <= frame {
            kept.resize(frame + 1, (0, Value::None));
        }
        kept[frame] = (stamp, value);
        Ok(frame)
    }

    #[inline(never)]
    fn builtin(&mut self, builtin: Builtin) -> Evaluated {
        let number = |n: u64| Ok(Value::Decimal(Decimal::new(i128::from(n), 0)));
        match builtin {
            Builtin::LineNumber => number(self.line_number),
            Builtin::ItemNumber => number(u64::from(self.tally.lines) + 1),
            Builtin::LineCount => number(u64::from(self.lines.1)),
            Builtin::PartNumber => number(u64::from(self.part.number)),
            Builtin::PartCount => number(u64::from(self.part.count)),
            Builtin::PartBalance => Ok(self.part.balance.unwrap_or(Value::Decimal(Decimal::ZERO))),
            Builtin::DocumentKey => {
                let key = std::mem::take(self.key);
                let text = self.texts.add(&key);
                *self.key = key;
                Ok(Value::Text(text))
            }
            Builtin::RunTime => Ok(self.given.run_time),
            Builtin::RunId => Ok(Value::Text(self.given.run_id)),
            Builtin::InputName => Ok(Value::Text(self.given.input_name)),
        }
    }

    fn keys(&mut self, keys: &[NodeId]) -> Result<[Value; KEYS_MAX], Box<Fault>> {
        let mut values = [Value::None; KEYS_MAX];
        for (value, key) in values.iter_mut().zip(keys) {
            *value = self.eval(*key)?;
        }
        Ok(values)
    }

    /// The row with these keys. A key that is none finds nothing.
    #[inline(never)]
    fn row(&mut self, table: u16, keys: &[NodeId]) -> Result<Option<u32>, Box<Fault>> {
        let values = self.keys(keys)?;
        let table = &self.plan.tables[usize::from(table)];
        Ok(table.find(&self.texts, &values[..keys.len()]))
    }

    #[inline(never)]
    fn lookup(&mut self, table: u16, keys: &[NodeId], column: u16, optional: bool) -> Evaluated {
        let plan = self.plan;
        let values = self.keys(keys)?;
        let values = &values[..keys.len()];
        if optional && values.iter().any(Value::is_none) {
            return Ok(Value::None);
        }
        if let Some(row) = plan.tables[usize::from(table)].find(&self.texts, values) {
            return Ok(plan.tables[usize::from(table)].cell(row, usize::from(column)));
        }
        match values {
            // counted when the whole was tried; or what is written now is written a second time
            _ if self.is_repeated() => {}
            [Value::Text(key)] => {
                let key = self.texts.get(*key);
                self.counts.miss(table, key, 1);
            }
            _ => {
                let shown: Vec<String> = values.iter().map(|v| self.show(*v)).collect();
                self.counts.miss(table, &shown.join(", "), 1);
            }
        }
        if optional {
            return Ok(Value::None);
        }
        let shown: Vec<String> = values.iter().map(|v| self.show(*v)).collect();
        let name = &plan.tables[usize::from(table)].name;
        let mut fault = Fault::new(Code::J502, format!("table `{name}` has no row for {}", shown.join(", ")));
        fault.at = keys.first().and_then(|k| self.place_of(*k));
        Err(fault)
    }

    /// Whether what is written now was, or will be, written another time: lines of a split document are tried as
    /// a whole first, and its parts may have to be counted.
    fn is_repeated(&self) -> bool {
        let last = !self.plan.counts_parts || self.part.count > 0;
        self.part.lines_max > 0 && !(self.part.closing && last)
    }

    /// First frame and number of frames of a list.
    pub(super) fn list(&self, list: ListRef) -> (u32, u32) {
        match list {
            ListRef::Lines => self.lines,
            ListRef::Cell { var, object, cell } => {
                let cell = self.frames.cell(ObjectId(object), self.bound[usize::from(var)] as usize, cell);
                if cell.tag == Tag::List { (cell.word as u32, (cell.word >> 32) as u32) } else { (0, 0) }
            }
        }
    }

    #[inline(never)]
    fn pick(
        &mut self,
        var: u16,
        list: ListRef,
        when: Option<NodeId>,
        position: Option<u32>,
        value: NodeId,
    ) -> Evaluated {
        let (first, count) = self.list(list);
        let before = self.bound[usize::from(var)];
        let mut found = None;
        for index in 0..count {
            self.bound[usize::from(var)] = first + index;
            let hit = match (when, position) {
                (Some(condition), _) => self.holds(condition)?,
                (None, position) => position == Some(index),
            };
            if !hit {
                continue;
            }
            if found.is_some() {
                self.bound[usize::from(var)] = before;
                return Err(Fault::new(Code::J506, "two elements of the list match where one is expected"));
            }
            found = Some(self.eval(value)?);
        }
        self.bound[usize::from(var)] = before;
        Ok(found.unwrap_or(Value::None))
    }

    #[inline(never)]
    fn call(&mut self, function: &'static crate::func::Function, args: &[NodeId]) -> Evaluated {
        let mut values = [Value::None; ARGUMENTS_MAX];
        for (index, arg) in args.iter().enumerate().take(ARGUMENTS_MAX) {
            values[index] = self.eval(*arg)?;
            if values[index].is_none() && function.takes_none & (1 << index) == 0 {
                return Ok(Value::None);
            }
        }
        (function.run)(&mut self.texts, &values[..args.len().min(ARGUMENTS_MAX)])
    }

    #[inline(never)]
    fn negative(&mut self, a: NodeId) -> Evaluated {
        Ok(match self.eval(a)? {
            Value::Decimal(d) => Value::Decimal(d.neg()),
            Value::Money(m) => Value::Money(Money { amount: m.amount.neg(), ..m }),
            _ => Value::None,
        })
    }

    fn add(&mut self, a: NodeId, b: NodeId, minus: bool) -> Evaluated {
        let (a, b) = (self.eval(a)?, self.eval(b)?);
        self.sum(a, b, minus)
    }

    /// `a + b`, or `a - b`.
    pub(super) fn sum(&self, a: Value, b: Value, minus: bool) -> Evaluated {
        let decimals = |a: Decimal, b: Decimal| if minus { a.sub(b) } else { a.add(b) }.ok_or_else(too_large);
        match (a, b) {
            (Value::Decimal(a), Value::Decimal(b)) => decimals(a, b).map(Value::Decimal),
            (Value::Money(a), Value::Money(b)) if a.currency == b.currency => {
                Ok(Value::Money(Money { amount: decimals(a.amount, b.amount)?, currency: a.currency }))
            }
            (Value::Money(a), Value::Money(b)) => {
                let message = format!(
                    "{} {} and {} {} are of different currencies",
                    a.amount,
                    a.currency.as_str(),
                    b.amount,
                    b.currency.as_str()
                );
                Err(Fault::new(Code::J507, message))
            }
            // an empty sum of money is the number 0
            (Value::Money(m), Value::Decimal(z)) if z.is_zero() => Ok(Value::Money(m)),
            (Value::Decimal(z), Value::Money(m)) if z.is_zero() => {
                Ok(Value::Money(Money { amount: if minus { m.amount.neg() } else { m.amount }, ..m }))
            }
            (Value::Date(date), Value::Decimal(days)) => shifted(date, days, minus),
            (Value::Date(a), Value::Date(b)) => {
                Ok(Value::Decimal(Decimal::new(i128::from(a.days() - b.days()), 0)))
            }
            _ => Ok(Value::None),
        }
    }

    #[inline(never)]
    fn product(&mut self, a: NodeId, b: NodeId) -> Evaluated {
        match (self.eval(a)?, self.eval(b)?) {
            (Value::Decimal(a), Value::Decimal(b)) => Ok(Value::Decimal(a.mul(b).ok_or_else(too_large)?)),
            (Value::Money(m), Value::Decimal(d)) | (Value::Decimal(d), Value::Money(m)) => {
                Ok(Value::Money(Money { amount: m.amount.mul(d).ok_or_else(too_large)?, ..m }))
            }
            _ => Ok(Value::None),
        }
    }

    #[inline(never)]
    fn concat(&mut self, parts: &[NodeId]) -> Evaluated {
        // parts may make texts of their own, so all are computed before the first is joined
        let mut few = [Value::None; CONCAT_FEW];
        let mut many = vec![];
        let values = match few.get_mut(..parts.len()) {
            Some(few) => few,
            None => {
                many.resize(parts.len(), Value::None);
                &mut many[..]
            }
        };
        for (value, part) in values.iter_mut().zip(parts) {
            *value = self.eval(*part)?;
        }
        let start = self.texts.start();
        for value in values.iter() {
            self.push(*value);
        }
        Ok(Value::Text(self.texts.finish(start)))
    }

    /// Appends a value as text to the text being made.
    pub(super) fn push(&mut self, value: Value) {
        match value {
            Value::Text(text) => self.texts.push(text),
            other => {
                let shown = plain(other);
                self.texts.scratch.push_str(&shown);
            }
        }
    }

    /// A value as a message shows it.
    pub(super) fn show(&self, value: Value) -> String {
        match value {
            Value::Text(text) => quoted(self.texts.get(text)),
            Value::None => "nothing".to_owned(),
            Value::Money(m) => format!("{} {}", m.amount, m.currency.as_str()),
            other => plain(other),
        }
    }

    pub(super) fn compare(&self, op: Cmp, a: Value, b: Value) -> Result<bool, Box<Fault>> {
        if let (Value::Money(a), Value::Money(b)) = (a, b)
            && a.currency != b.currency
        {
            return self.sum(Value::Money(a), Value::Money(b), true).map(|_| false);
        }
        let order = self.order(a, b);
        Ok(match op {
            Cmp::Eq => order.is_some_and(Ordering::is_eq),
            Cmp::Ne => !order.is_some_and(Ordering::is_eq),
            Cmp::Lt => order.is_some_and(Ordering::is_lt),
            Cmp::Le => order.is_some_and(Ordering::is_le),
            Cmp::Gt => order.is_some_and(Ordering::is_gt),
            Cmp::Ge => order.is_some_and(Ordering::is_ge),
        })
    }

    /// How two values of one kind stand to each other; `None` when they are of different kinds (one is missing).
    pub(super) fn order(&self, a: Value, b: Value) -> Option<Ordering> {
        match (a, b) {
            (Value::None, Value::None) => Some(Ordering::Equal),
            (Value::Text(a), Value::Text(b)) => Some(self.texts.bytes(a).cmp(self.texts.bytes(b))),
            (Value::Decimal(a), Value::Decimal(b)) => Some(a.cmp(&b)),
            (Value::Money(a), Value::Money(b)) => Some(a.amount.cmp(&b.amount)),
            (Value::Money(a), Value::Decimal(b)) => Some(a.amount.cmp(&b)),
            (Value::Decimal(a), Value::Money(b)) => Some(a.cmp(&b.amount)),
            (Value::Date(a), Value::Date(b)) => Some(a.cmp(&b)),
            (Value::Time(a), Value::Time(b)) => Some(a.ticks.cmp(&b.ticks)),
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(&b)),
            _ => None,
        }
    }

    pub(super) fn matches(&self, value: Value, patterns: &[Pattern]) -> bool {
        patterns.iter().any(|pattern| match (pattern, value) {
            (Pattern::None, Value::None) => true,
            (Pattern::Bool(p), Value::Bool(v)) => *p == v,
            (Pattern::Text(p), Value::Text(v)) => self.texts.bytes(v) == p.as_bytes(),
            (Pattern::Texts(from, to), Value::Text(v)) => {
                let v = self.texts.get(v);
                v.len() == from.len() && from.as_str() <= v && v <= to.as_str()
            }
            (Pattern::Number(p), Value::Decimal(v)) => *p == v,
            (Pattern::Numbers(from, to), Value::Decimal(v)) => *from <= v && v <= *to,
            _ => false,
        })
    }

    pub(super) fn unmatched(&self, value: Value) -> Box<Fault> {
        Fault::new(Code::J508, format!("no arm takes {}", self.show(value)))
    }
}

/// Most arguments of a function; the registry has none with more.
const ARGUMENTS_MAX: usize = 8;
/// Parts of a `++` chain that are joined without allocating.
const CONCAT_FEW: usize = 8;

fn plain(value: Value) -> String {
    let mut out = vec![];
    match value {
        Value::Decimal(d) => d.write(&mut out),
        Value::Money(m) => m.amount.write(&mut out),
        Value::Date(d) => d.write(&mut out),
        Value::Time(t) => t.write(&mut out),
        Value::Bool(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
        Value::None | Value::Text(_) => {}
    }
    String::from_utf8(out).expect("numbers and dates are written as ASCII")
}

fn shifted(date: crate::data::Date, days: Decimal, minus: bool) -> Evaluated {
    let days = if minus { days.neg() } else { days };
    let whole = days.round(0, Rounding::Down).filter(|whole| *whole == days).map(Decimal::mantissa);
    let moved = whole
        .and_then(|n| i32::try_from(n).ok())
        .and_then(|n| date.days().checked_add(n))
        .and_then(crate::data::Date::from_days);
    moved
        .map(Value::Date)
        .ok_or_else(|| Fault::new(Code::J509, format!("{days} days lead out of the years 1 to 9999")))
}

#[cold]
pub(super) fn too_large() -> Box<Fault> {
    Fault::new(Code::J510, format!("the number has more than {} digits", Decimal::DIGITS_MAX))
}

/// An amount in minor units, or with more places than its currency has.
#[cold]
fn scaled(
    mut amount: Decimal,
    currency: Currency,
    exponent: Option<u8>,
    minor: bool,
    round: Option<Rounding>,
) -> Result<Money, Box<Fault>> {
    if minor {
        let Some(places) = exponent else {
            let message =
                format!("{} is not in the ISO 4217 list, so minor units have no meaning", currency.as_str());
            return Err(Fault::new(Code::J504, message));
        };
        amount = amount.shift(-i32::from(places)).ok_or_else(too_large)?;
    }
    if let Some(places) = exponent
        && amount.fraction_digits() > u32::from(places)
    {
        let Some(mode) = round else { return Err(dirty(amount, currency, places)) };
        amount = amount.round(places, mode).ok_or_else(too_large)?;
    }
    Ok(Money { amount, currency })
}

#[cold]
fn dirty(amount: Decimal, currency: Currency, places: u8) -> Box<Fault> {
    let message = format!("{amount} has more places than {} allows ({places})", currency.as_str());
    Fault::new(Code::J511, message)
}
