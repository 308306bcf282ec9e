//! Money fields are computed once for each frame and kept as integers, side by side.

use super::machine::Scene;
use crate::data::{Currency, Decimal, Money, Value, sum_short};
use crate::json::{Cell, ObjectId, Tag};
use crate::plan::{MoneyColumn, Node, NodeId};

/// The money of one frame, when its mantissa has 64 bits. 16 bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kept {
    pub(super) mantissa: i64,
    /// The document it was computed for.
    stamp: u32,
    pub(super) scale: u8,
    /// Zeros: there is no amount.
    currency: Currency,
}

impl Kept {
    /// Whether there is nothing.
    pub(super) fn is_none(self) -> bool {
        self.currency == Currency::default()
    }

    /// What is there.
    pub(super) fn money(self) -> Money {
        Money { amount: Decimal::new(i128::from(self.mantissa), self.scale), currency: self.currency }
    }

    pub(super) fn value(self) -> Value {
        if self.is_none() { Value::None } else { Value::Money(self.money()) }
    }

    /// The sum; `None` when the currencies differ or it has more than 64 bits.
    #[inline]
    pub(super) fn plus(self, next: Kept) -> Option<Kept> {
        if next.is_none() {
            return Some(self);
        }
        if self.is_none() {
            return Some(next);
        }
        if self.currency != next.currency {
            return None;
        }
        let (mantissa, scale) = sum_short((self.mantissa, self.scale), (next.mantissa, next.scale))?;
        Some(Kept { mantissa, scale, ..self })
    }
}

impl Scene<'_> {
    /// The money of the frame that its variable is bound to. `None`: computing it again says why it is not kept.
    #[inline(always)]
    pub(super) fn kept_money(&mut self, money: MoneyColumn) -> Option<Kept> {
        let frame = self.bound[usize::from(money.var)] as usize;
        match self.moneys[usize::from(money.column)].get(frame) {
            Some(kept) if kept.stamp == self.stamp => Some(*kept),
            _ => self.keep_money(money, frame),
        }
    }

    #[inline(never)]
    fn keep_money(&mut self, money: MoneyColumn, frame: usize) -> Option<Kept> {
        let plan = self.plan;
        let Node::Money { amount, currency, minor, round } = plan.node(money.value) else { return None };
        let quick = if *minor { None } else { self.plain_money(*amount, *currency) };
        let (mantissa, scale, currency) = match quick {
            Some(known) => known,
            None => match self.money(*amount, *currency, *minor, *round).ok()? {
                Some(Money { amount, currency }) => (amount.short()?, amount.scale(), currency),
                None => (0, 0, Currency::default()),
            },
        };
        let kept = Kept { mantissa, stamp: self.stamp, scale, currency };
        let column = &mut self.moneys[usize::from(money.column)];
        if column.len() <= frame {
            column.resize(frame + 1, Kept::default());
        }
        column[frame] = kept;
        Some(kept)
    }

    /// Keeps the money of all these frames: their sum, `None` as for one of them or for [`Kept::plus`].
    ///
    /// Where the fields are is found once, and so is a currency that stands outside the frames.
    pub(super) fn keep_moneys(&mut self, money: MoneyColumn, range: std::ops::Range<u32>) -> Option<Kept> {
        let (plan, frames, stamp) = (self.plan, self.frames, self.stamp);
        let Node::Money { amount, currency, minor: false, .. } = plan.node(money.value) else { return None };
        let Node::Field { object, var, cell } = *plan.node(*amount) else { return None };
        let Node::Field { var: currency_var, cell: letters, .. } = *plan.node(*currency) else { return None };
        if var != money.var {
            return None;
        }
        let column = usize::from(money.column);
        if self.moneys[column].len() < range.end as usize {
            self.moneys[column].resize(range.end as usize, Kept::default());
        }
        let outside = if currency_var == var { None } else { self.field(*currency) };
        let mut known = outside.and_then(|cell| self.known_currency(cell));
        let mut sum = Kept::default();
        for frame in range {
            let cells = frames.frame(ObjectId(object), frame as usize);
            if outside.is_none() {
                known = self.known_currency(cells[usize::from(letters)]);
            }
            let amount = cells[usize::from(cell)];
            let next = match known {
                Some((currency, places)) if amount.tag == Tag::Decimal && fits(amount, places) => {
                    let (mantissa, scale) = (amount.word as i64, amount.scale);
                    let kept = Kept { mantissa, stamp, scale, currency };
                    self.moneys[column][frame as usize] = kept;
                    kept
                }
                _ => {
                    self.bound[usize::from(var)] = frame;
                    let kept = self.keep_money(money, frame as usize)?;
                    known = outside.and_then(|cell| self.known_currency(cell));
                    kept
                }
            };
            sum = sum.plus(next)?;
        }
        Some(sum)
    }

    /// The common case: both are fields, the currency was met before, the amount has no more places than it.
    #[inline]
    fn plain_money(&mut self, amount: NodeId, currency: NodeId) -> Option<(i64, u8, Currency)> {
        let amount = self.field(amount).filter(|cell| cell.tag == Tag::Decimal)?;
        let text = self.field(currency)?;
        let (currency, places) = self.known_currency(text)?;
        fits(amount, places).then_some((amount.word as i64, amount.scale, currency))
    }

    /// The currency in a cell, with its digits after the point, when it was met before.
    #[inline]
    fn known_currency(&mut self, text: Cell) -> Option<(Currency, Option<u8>)> {
        let at = (text.word >> 32) as usize;
        if text.tag != Tag::Text || text.word as u32 != 3 {
            return None;
        }
        let letters = Currency(*self.texts.input.as_bytes().get(at..)?.first_chunk()?);
        let known = &mut self.tally.exponents;
        if known[1].0 == letters {
            known.swap(0, 1);
        }
        // only letters are remembered, so zeros are no currency
        (known[0].0 == letters && letters != Currency::default()).then_some(known[0])
    }

    #[inline]
    fn field(&self, node: NodeId) -> Option<Cell> {
        let Node::Field { object, var, cell } = self.plan.node(node) else { return None };
        Some(self.frames.cell(ObjectId(*object), self.bound[usize::from(*var)] as usize, *cell))
    }
}

/// Whether an amount has no more places than its currency.
#[inline]
fn fits(amount: Cell, places: Option<u8>) -> bool {
    places.is_none_or(|places| amount.scale <= places)
}
