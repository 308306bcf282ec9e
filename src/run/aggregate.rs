//! Aggregates over all combinations of a document's lists.

use super::eval::Evaluated;
use super::machine::Scene;
use crate::check::Agg;
use crate::data::{Decimal, Fault, Value};
use crate::plan::{Generator, MoneyColumn, Node, NodeId};
use std::cmp::Ordering;

/// What has been gathered so far.
struct Gathered {
    op: Agg,
    value: Option<Value>,
    count: u64,
    /// The text joined so far, apart from the scratch that the rounds use.
    joined: String,
    done: bool,
}

impl Scene<'_> {
    pub(super) fn aggregate(
        &mut self,
        op: Agg,
        generators: &[Generator],
        when: Option<NodeId>,
        arg: Option<NodeId>,
        extra: Option<NodeId>,
    ) -> Evaluated {
        let separator = match extra {
            Some(extra) => self.eval(extra)?,
            None => Value::None,
        };
        if let (Agg::Sum, [generator], None, Some(arg)) = (op, generators, when, arg)
            && let Node::KeptMoney(money) = self.plan.node(arg)
            && money.var == generator.var
            && let Some(sum) = self.sum_kept(*generator, *money)
        {
            return Ok(sum);
        }
        let mut gathered = Gathered { op, value: None, count: 0, joined: String::new(), done: false };
        self.gather(generators, when, arg, separator, &mut gathered)?;
        Ok(match op {
            Agg::Count => Value::Decimal(Decimal::new(i128::from(gathered.count), 0)),
            Agg::Any => Value::Bool(gathered.count > 0),
            Agg::All => Value::Bool(!gathered.done),
            Agg::Sum => gathered.value.unwrap_or(Value::Decimal(Decimal::ZERO)),
            Agg::First | Agg::Last | Agg::Min | Agg::Max => gathered.value.unwrap_or(Value::None),
            Agg::Join if gathered.count == 0 => Value::None,
            Agg::Join => Value::Text(self.texts.add(&gathered.joined)),
        })
    }

    /// The sum of money that is kept for each frame: the common balance check. `None`: it takes the long way.
    fn sum_kept(&mut self, generator: Generator, money: MoneyColumn) -> Option<Value> {
        let (first, count) = self.list(generator.list);
        let before = self.bound[usize::from(generator.var)];
        let sum = self.keep_moneys(money, first..first + count);
        self.bound[usize::from(generator.var)] = before;
        sum.map(|sum| if sum.is_none() { Value::Decimal(Decimal::ZERO) } else { sum.value() })
    }

    fn gather(
        &mut self,
        generators: &[Generator],
        when: Option<NodeId>,
        arg: Option<NodeId>,
        separator: Value,
        gathered: &mut Gathered,
    ) -> Result<(), Box<Fault>> {
        let Some((generator, rest)) = generators.split_first() else {
            if let Some(when) = when
                && !self.holds(when)?
            {
                return Ok(());
            }
            return self.round(arg, separator, gathered);
        };
        let (first, count) = self.list(generator.list);
        let before = self.bound[usize::from(generator.var)];
        for index in 0..count {
            self.bound[usize::from(generator.var)] = first + index;
            let result = self.gather(rest, when, arg, separator, gathered);
            if result.is_err() || gathered.done {
                self.bound[usize::from(generator.var)] = before;
                return result;
            }
        }
        self.bound[usize::from(generator.var)] = before;
        Ok(())
    }

    fn round(
        &mut self,
        arg: Option<NodeId>,
        separator: Value,
        gathered: &mut Gathered,
    ) -> Result<(), Box<Fault>> {
        let value = match arg {
            Some(arg) => self.eval(arg)?,
            None => Value::Bool(true),
        };
        if value.is_none() {
            return Ok(());
        }
        let holds = value == Value::Bool(true);
        match gathered.op {
            Agg::Count => gathered.count += u64::from(holds),
            Agg::Any => {
                gathered.count += u64::from(holds);
                gathered.done = holds;
            }
            Agg::All => gathered.done = !holds,
            Agg::First => {
                gathered.value = Some(value);
                gathered.done = true;
            }
            Agg::Last => gathered.value = Some(value),
            Agg::Sum => {
                gathered.value = Some(match gathered.value {
                    Some(sum) => self.sum(sum, value, false)?,
                    None => value,
                });
            }
            Agg::Min | Agg::Max => {
                let wanted = if gathered.op == Agg::Min { Ordering::Less } else { Ordering::Greater };
                let better = match gathered.value {
                    Some(best) => {
                        // moneys of two currencies have no order
                        self.compare(crate::check::Cmp::Lt, value, best)?;
                        self.order(value, best) == Some(wanted)
                    }
                    None => true,
                };
                if better {
                    gathered.value = Some(value);
                }
            }
            Agg::Join => {
                if gathered.count > 0
                    && let Value::Text(text) = separator
                {
                    gathered.joined.push_str(self.texts.get(text));
                }
                gathered.count += 1;
                match value {
                    Value::Text(text) => gathered.joined.push_str(self.texts.get(text)),
                    other => gathered.joined.push_str(&self.show(other)),
                }
            }
        }
        Ok(())
    }
}
