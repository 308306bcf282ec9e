//! What is counted and checked of amounts beyond writing them: sums, balance, company codes, signs.

use super::kept::Kept;
use super::machine::{Local, Scene, Sum};
use crate::contract::{self, ElementId, Role};
use crate::data::{Currency, Decimal, Fault, Money, Text, Value, quoted};
use crate::diag::Code;
use crate::plan::ValueOp;

impl Sum {
    /// Adds an amount to its side; false when that has too many digits.
    #[inline]
    fn add(&mut self, amount: Decimal) -> bool {
        let side = if amount.is_negative() { &mut self.credit } else { &mut self.debit };
        let total = side.add(if amount.is_negative() { amount.neg() } else { amount });
        *side = total.unwrap_or(*side);
        total.is_some()
    }
}

impl Local {
    #[inline]
    fn add(&mut self, amount: Decimal) {
        self.sum = self.sum.add(amount).unwrap_or(self.sum);
        self.lines += 1;
    }
}

impl Scene<'_> {
    /// What jemap must know of a value beyond writing it.
    pub(super) fn role(&mut self, role: Role, op: &ValueOp, value: Value) {
        match (role, value) {
            (Role::MessageId, Value::Text(text)) => self.tally.message_id = Some(text),
            (Role::CompanyCode, Value::Text(text)) => self.tally.company = Some(text),
            (Role::LineCompanyCode, Value::Text(text)) => self.tally.line_company = Some(text),
            (Role::DebitCredit, Value::Text(text)) => {
                self.tally.line_credit = match self.texts.get(text) {
                    contract::DEBIT => Some(false),
                    contract::CREDIT => Some(true),
                    _ => None,
                };
            }
            (role, Value::Money(money)) => self.money_role(role, op, money),
            _ => {}
        }
    }

    /// The same for money.
    #[inline]
    pub(super) fn money_role(&mut self, role: Role, op: &ValueOp, money: Money) {
        match role {
            Role::Amount => {
                self.tally.line_amount = Some(money.amount);
                self.whole(money, op);
                let company = self.tally.line_company.or(self.tally.company);
                if !self.add_sum(money, company, false) {
                    self.refuse(super::eval::too_large(), self.plan.span(op.value));
                }
            }
            Role::LocalAmount => {
                self.whole(money, op);
                self.add_local(op.element, money);
            }
            _ => {}
        }
    }

    /// The amount of a line that is kept: false when a sum has too many digits, and then nothing is counted.
    #[inline]
    pub(super) fn amount_role(&mut self, kept: Kept) -> bool {
        let money = kept.money();
        let company = self.tally.line_company.or(self.tally.company);
        self.tally.line_amount = Some(money.amount);
        if let [sum] = &mut self.tally.sums[..]
            && sum.currency == money.currency
            && sum.company == company
        {
            return sum.add(money.amount);
        }
        self.add_sum(money, company, false)
    }

    /// A computed amount may have more places than its currency.
    #[inline]
    fn whole(&mut self, money: Money, op: &ValueOp) {
        let places = match self.exponent(money.currency) {
            Some(places) if money.amount.scale() > places => places,
            _ => return,
        };
        if money.amount.fraction_digits() > u32::from(places) {
            let message = format!(
                "{} has more places than {} allows ({places}): round it where it is computed",
                money.amount,
                money.currency.as_str()
            );
            self.refuse(Fault::new(Code::J511, message), self.plan.span(op.value));
        }
    }

    /// Adds to the document's sums (or to those of dropped lines); false when a sum has too many digits.
    pub(super) fn add_sum(&mut self, money: Money, company: Option<Text>, dropped: bool) -> bool {
        let list = if dropped { &self.tally.dropped } else { &self.tally.sums };
        let known =
            list.iter().position(|s| s.currency == money.currency && self.same_text(s.company, company));
        let list = if dropped { &mut self.tally.dropped } else { &mut self.tally.sums };
        let index = known.unwrap_or_else(|| {
            list.push(Sum { currency: money.currency, company, debit: Decimal::ZERO, credit: Decimal::ZERO });
            list.len() - 1
        });
        list[index].add(money.amount)
    }

    fn same_text(&self, a: Option<Text>, b: Option<Text>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => a == b || self.texts.get(a) == self.texts.get(b),
            (a, b) => a == b,
        }
    }

    #[inline]
    pub(super) fn add_local(&mut self, element: ElementId, money: Money) {
        if let Some(local) = self.tally.locals.first_mut()
            && local.element == element
            && local.currency == money.currency
        {
            return local.add(money.amount);
        }
        let contract = &self.plan.contract;
        let name = &contract.element(element).name;
        let known = self.tally.locals.iter_mut().find(|l| {
            l.currency == money.currency
                && (l.element == element || contract.element(l.element).name == *name)
        });
        match known {
            Some(local) => local.add(money.amount),
            None => self.tally.locals.push(Local {
                element,
                currency: money.currency,
                sum: money.amount,
                lines: 1,
            }),
        }
    }

    pub(super) fn part_balance(&self) -> Value {
        let mut sums = self.tally.sums.iter();
        let Some(first) = sums.next() else { return Value::Decimal(Decimal::ZERO) };
        let net = |s: &Sum| s.debit.sub(s.credit);
        let total =
            sums.filter(|s| s.currency == first.currency).fold(net(first), |total, s| total?.add(net(s)?));
        let currency: Currency = first.currency;
        total.map_or(Value::Decimal(Decimal::ZERO), |amount| Value::Money(Money { amount, currency }))
    }

    /// A debit is above zero, a credit below.
    pub(super) fn sign_agrees(&mut self) {
        let (Some(amount), Some(credit)) = (self.tally.line_amount, self.tally.line_credit) else { return };
        let wrong = !amount.is_zero() && amount.is_negative() != credit;
        let code = if credit { contract::CREDIT } else { contract::DEBIT };
        if wrong {
            let message = format!(
                "the amount {amount} and the debit/credit code {} disagree: debit ({}) is above zero, credit ({}) below",
                quoted(code),
                contract::DEBIT,
                contract::CREDIT
            );
            let mut fault = Fault::new(Code::J513, message);
            fault.at = self.tally.here.and_then(|(object, frame)| self.frame_place(object, frame));
            self.tally.fault(*fault);
        }
    }
}
