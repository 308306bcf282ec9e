//! Counting: documents, lines, sums, cuts, misses. Added up over blocks in order.

use crate::data::{Currency, Decimal};
use std::collections::BTreeMap;

/// Debit and credit of one currency and company code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// The currency.
    pub currency: Currency,
    /// The company code; empty when the mapping writes none.
    pub company: String,
    /// Sum of the amounts above zero.
    pub debit: Decimal,
    /// Sum of the amounts below zero, without their sign.
    pub credit: Decimal,
}

/// Documents, lines and sums of one fate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Documents.
    pub documents: u64,
    /// Lines.
    pub lines: u64,
    /// By currency and company code, in the order first met.
    pub totals: Vec<Total>,
}

impl Sums {
    /// Adds an amount (below zero: credit).
    pub fn add(&mut self, currency: Currency, company: &str, debit: Decimal, credit: Decimal) {
        let index = match self.totals.iter().position(|t| t.currency == currency && t.company == company) {
            Some(index) => index,
            None => {
                let company = company.to_owned();
                self.totals.push(Total { currency, company, debit: Decimal::ZERO, credit: Decimal::ZERO });
                self.totals.len() - 1
            }
        };
        let total = &mut self.totals[index];
        // sums of 38 digits do not occur in books; the largest known value is kept rather than a wrong one
        total.debit = total.debit.add(debit).unwrap_or(total.debit);
        total.credit = total.credit.add(credit).unwrap_or(total.credit);
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Sums) {
        self.documents += other.documents;
        self.lines += other.lines;
        for t in &other.totals {
            self.add(t.currency, &t.company, t.debit, t.credit);
        }
    }

    /// Back to nothing, keeping room.
    pub fn clear(&mut self) {
        self.documents = 0;
        self.lines = 0;
        for total in &mut self.totals {
            (total.debit, total.credit) = (Decimal::ZERO, Decimal::ZERO);
        }
    }
}

/// Everything counted while documents are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// What was written.
    pub written: Sums,
    /// What was refused.
    pub rejected: Sums,
    /// What was left out because the mapping says so.
    pub dropped: Sums,
    /// Reasons of drops: documents and lines.
    pub drops: BTreeMap<String, (u64, u64)>,
    /// Texts cut, by element number of the contract.
    pub cuts: BTreeMap<u32, u64>,
    /// Table misses, by table and key; of each table at most `MISSES_MAX` keys are told apart.
    pub misses: BTreeMap<u16, BTreeMap<String, u64>>,
}

impl Stats {
    /// A key without a row.
    pub(super) fn miss(&mut self, table: u16, key: &str, times: u64) {
        let keys = self.misses.entry(table).or_default();
        if let Some(count) = keys.get_mut(key) {
            *count += times;
        } else {
            let key = if keys.len() < MISSES_MAX { key } else { "other keys" };
            *keys.entry(key.to_owned()).or_default() += times;
        }
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Stats) {
        self.written.merge(&other.written);
        self.rejected.merge(&other.rejected);
        self.dropped.merge(&other.dropped);
        for (reason, (documents, lines)) in &other.drops {
            let sum = self.drops.entry(reason.clone()).or_default();
            sum.0 += documents;
            sum.1 += lines;
        }
        for (element, count) in &other.cuts {
            *self.cuts.entry(*element).or_default() += count;
        }
        for (table, keys) in &other.misses {
            for (key, count) in keys {
                self.miss(*table, key, *count);
            }
        }
    }

    /// Back to nothing.
    pub fn clear(&mut self) {
        self.written.clear();
        self.rejected.clear();
        self.dropped.clear();
        self.drops.clear();
        self.cuts.clear();
        self.misses.clear();
    }
}

/// Most keys a table's misses are counted for.
pub const MISSES_MAX: usize = 1000;
