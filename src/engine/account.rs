//! Adds up what became of everything, and makes the run report of it.

use crate::contract::ElementId;
use crate::data::{Decimal, Fault};
use crate::json::{Decode, Frames, ObjectId, Reader, UNKNOWN_KEYS_MAX, joined};
use crate::plan::Plan;
use crate::report::{
    Count, Cut, Dropped, Fates, Field, Input, Miss, RejectGroup, RunReport, Sides, Sums, UnknownName,
};
use crate::run::{Rejected, Stats};
use crate::sink::{Place, Rule};
use std::collections::BTreeMap;

/// What is counted over a run.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) stats: Stats,
    pub(super) inputs: Vec<Input>,
    pub(super) envelopes: u64,
    pub(super) bytes: u64,
    pub(super) rejects: u64,
    /// What the sink said of the documents: accepted, deferred, rejected, unknown.
    pub(super) outcomes: [u64; 4],
    groups: BTreeMap<GroupKey, RejectGroup>,
    fields: BTreeMap<(u16, u16), (u64, u64)>,
    numbers_refused: u64,
    unknown: BTreeMap<(usize, String), u64>,
    unknown_others: u64,
}

/// Rejects are of one kind when code, statement and the field named first agree.
type GroupKey = (&'static str, Option<(usize, usize)>, String);

impl Account {
    /// One more reject.
    pub(super) fn reject(
        &mut self,
        fault: &Fault,
        message: &str,
        rejected: &Rejected,
        place: &Place,
        rule: Option<Rule<'_>>,
    ) {
        self.rejects += 1;
        let named = fault.message.split('`').nth(1).unwrap_or_default();
        let named = if rule.is_some() || self.groups.len() > GROUPS_MAX { "" } else { named };
        let key = (fault.code.id(), rule.map(|r| (r.line, r.column)), named.to_owned());
        let group = self.groups.entry(key).or_insert_with(|| RejectGroup {
            code: fault.code,
            message: message.to_owned(),
            count: Count::default(),
            first: place.clone(),
            rule: rule.map(|r| (r.file.to_owned(), r.line, r.column)),
        });
        group.count.documents += 1;
        group.count.lines += rejected.lines;
    }

    /// What a thread's reader has seen.
    pub(super) fn absorb(&mut self, plan: &Plan, reader: &Reader, frames: &Frames) {
        for (object, shape) in plan.schema.objects.iter().enumerate() {
            for cell in 0..shape.leaves.len() {
                let presence = frames.presence(ObjectId(object as u16), cell as u16);
                let sum = self.fields.entry((object as u16, cell as u16)).or_default();
                sum.0 += presence.present;
                sum.1 += presence.frames;
            }
        }
        for key in reader.unknown_keys() {
            *self.unknown.entry((key.node, key.key.to_owned())).or_default() += key.count;
        }
        self.unknown_others += reader.unknown_others();
        self.numbers_refused += frames.numbers_refused;
    }

    /// The report.
    pub(super) fn report(&self, plan: &Plan) -> RunReport {
        let stats = &self.stats;
        let count = |s: &crate::run::Sums| Count { documents: s.documents, lines: s.lines };
        let (written, rejected, dropped) =
            (count(&stats.written), count(&stats.rejected), count(&stats.dropped));
        let read = Count {
            documents: written.documents + rejected.documents + dropped.documents,
            lines: written.lines + rejected.lines + dropped.lines,
        };
        let mut rejects: Vec<RejectGroup> = self.groups.values().cloned().collect();
        rejects.sort_by(|a, b| b.count.documents.cmp(&a.count.documents).then(a.code.cmp(&b.code)));
        RunReport {
            mapping: plan.name.clone(),
            version: plan.version,
            target: format!("{} {}", plan.contract.name, plan.contract.profile),
            inputs: self.inputs.clone(),
            counts: Fates { read, written, rejected, dropped },
            sums: self.sums(),
            drops: self.drops(),
            rejects,
            cuts: self.cuts(plan),
            fields: self.fields(plan),
            unknown_keys: self.unknown.values().sum::<u64>() + self.unknown_others,
            unknown_names: self.unknown_names(plan),
            numbers_refused: self.numbers_refused,
            misses: self.misses(plan),
            envelopes: self.envelopes,
            bytes: self.bytes,
            outcomes: self.outcomes,
            ..RunReport::default()
        }
    }

    fn sums(&self) -> Vec<Sums> {
        let mut all: BTreeMap<(String, String), Fates<Sides>> = BTreeMap::new();
        let stats = &self.stats;
        for (fate, sums) in [&stats.written, &stats.rejected, &stats.dropped].into_iter().enumerate() {
            for total in &sums.totals {
                if total.debit.is_zero() && total.credit.is_zero() {
                    continue;
                }
                let key = (total.currency.as_str().to_owned(), total.company.clone());
                let fates = all.entry(key).or_default();
                let side = match fate {
                    0 => &mut fates.written,
                    1 => &mut fates.rejected,
                    _ => &mut fates.dropped,
                };
                add(side, total.debit, total.credit);
                add(&mut fates.read, total.debit, total.credit);
            }
        }
        all.into_iter().map(|((currency, company), fates)| Sums { currency, company, fates }).collect()
    }

    fn drops(&self) -> Vec<Dropped> {
        let one = |(reason, (documents, lines)): (&String, &(u64, u64))| Dropped {
            reason: reason.clone(),
            count: Count { documents: *documents, lines: *lines },
        };
        self.stats.drops.iter().map(one).collect()
    }

    fn cuts(&self, plan: &Plan) -> Vec<Cut> {
        let name = |id: u32| plan.contract.path(ElementId(id));
        self.stats.cuts.iter().map(|(id, count)| Cut { element: name(*id), count: *count }).collect()
    }

    fn fields(&self, plan: &Plan) -> Vec<Field> {
        let mut list = vec![];
        for ((object, cell), (seen, of)) in &self.fields {
            let shape = &plan.schema.objects[usize::from(*object)];
            let leaf = &shape.leaves[usize::from(*cell)];
            if Some(ObjectId(*object)) == plan.schema.around || matches!(leaf.decode, Decode::Presence) {
                continue;
            }
            let name = if *object == 0 { leaf.name.clone() } else { format!("{}.{}", shape.name, leaf.name) };
            list.push(Field { name, seen: *seen, of: *of });
        }
        list
    }

    /// Each thread tells only so many names apart: from there on, which ones would depend on their number.
    fn unknown_names(&self, plan: &Plan) -> Vec<UnknownName> {
        if self.unknown.len() >= UNKNOWN_KEYS_MAX {
            return vec![];
        }
        let paths = plan.schema.paths();
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for ((node, name), count) in &self.unknown {
            let path = paths.get(*node).map_or("", String::as_str);
            *counts.entry(joined(path, name)).or_default() += count;
        }
        let named = |(name, count): (String, u64)| UnknownName { name, count };
        let mut list: Vec<UnknownName> = counts.into_iter().map(named).collect();
        list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        list.truncate(UNKNOWN_NAMES_MAX);
        list
    }

    fn misses(&self, plan: &Plan) -> Vec<Miss> {
        let mut list = vec![];
        for (table, keys) in &self.stats.misses {
            let name = &plan.tables[usize::from(*table)].name;
            list.extend(keys.iter().map(|(key, count)| Miss {
                table: name.clone(),
                key: key.clone(),
                count: *count,
            }));
        }
        list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| (&a.table, &a.key).cmp(&(&b.table, &b.key))));
        list
    }
}

fn add(side: &mut Sides, debit: Decimal, credit: Decimal) {
    side.debit = side.debit.add(debit).unwrap_or(side.debit);
    side.credit = side.credit.add(credit).unwrap_or(side.credit);
}

/// Kinds of rejects told apart by the field they name; beyond, only by code and statement.
const GROUPS_MAX: usize = 1000;

/// Undeclared keys that are named, see [`RunReport::unknown_names`].
const UNKNOWN_NAMES_MAX: usize = 20;
