//! Entries that fit a filter, a page at a time: however many fit, one page is in memory, and no transaction is
//! open between two pages.

use super::row::phase_number;
use super::views_list::{COLUMNS, Condition, FEW, Filter, Listed, conditions, listed};
use super::{Book, BookError};
use crate::fate::Phase;
use rusqlite::params_from_iter;
use rusqlite::types::Value;

/// Lines of a page.
const PAGE: usize = 1_000;

/// In which order entries are walked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The one taken last comes first.
    LatestFirst,
    /// The one taken first comes first.
    OldestFirst,
}

/// A walk through the entries that fit a filter. One that changes meanwhile is given as it is when its page is
/// read, and none is given twice; those taken after the beginning are left out.
pub struct Walk<'b> {
    book: &'b Book,
    /// The next page, where it is read already.
    ready: Option<Vec<Listed>>,
    sql: String,
    values: Vec<Value>,
    order: Order,
    /// The rows between which those lie that are still to come, without the two.
    between: (i64, i64),
    left: usize,
    page: usize,
}

impl Book {
    /// Walks through the entries that fit a filter. With a limit of up to ten thousand they are those of
    /// [`Book::list`]; with a larger one, or in the order in which they were taken, those taken last.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn walk(&self, filter: &Filter, order: Order) -> Result<Walk<'_>, BookError> {
        self.walk_by(FEW, PAGE, filter, order)
    }

    pub(super) fn walk_by(
        &self,
        few: i64,
        page: usize,
        filter: &Filter,
        order: Order,
    ) -> Result<Walk<'_>, BookError> {
        let few_wanted = i64::try_from(filter.limit).is_ok_and(|limit| limit <= few);
        let ready = match order {
            Order::LatestFirst if few_wanted => Some(self.list_by(few, filter)?),
            _ => None,
        };
        let mut list = conditions(filter, None);
        list.extend(of_phases(&filter.phases));
        let from = format!("FROM entry e {} CROSS JOIN batch b ON b.id = e.batch", self.leading(few, &list)?);
        let wanted: Vec<String> = list.iter().map(|c| format!("({}) AND ", c.sql)).collect();
        let wanted = format!("WHERE {}e.id > ? AND e.id < ?", wanted.concat());
        let values: Vec<Value> = list.into_iter().flat_map(|c| c.values).collect();
        let last: Option<i64> = self.connection.query_row("SELECT max(id) FROM entry", [], |r| r.get(0))?;
        let mut between = (0, last.unwrap_or(0).saturating_add(1));
        if order == Order::OldestFirst && filter.limit < usize::MAX && filter.limit > 0 {
            let limit = filter.limit;
            let sql = format!(
                "SELECT min(id) FROM (SELECT e.id AS id {from} {wanted} ORDER BY e.id DESC LIMIT {limit})"
            );
            let all = values.iter().cloned().chain([between.0.into(), between.1.into()]);
            let mut statement = self.connection.prepare_cached(&sql)?;
            let first: Option<i64> = statement.query_row(params_from_iter(all), |r| r.get(0))?;
            between.0 = first.map_or(0, |first| first - 1);
        }
        let direction = if order == Order::LatestFirst { "DESC" } else { "" };
        let sql = format!("SELECT {COLUMNS} {from} {wanted} ORDER BY e.id {direction} LIMIT ?");
        Ok(Walk { book: self, ready, sql, values, order, between, left: filter.limit, page })
    }

    /// The index that leads to few entries, or none: then all are looked at in the order of their rows.
    fn leading(&self, few: i64, list: &[Condition]) -> Result<String, BookError> {
        let mut best: Option<(i64, &str)> = None;
        for condition in list {
            let Some(index) = condition.index else { continue };
            let reach = self.reach(condition, index, few)?;
            if reach < best.map_or(few, |(least, _)| least) {
                best = Some((reach, index));
            }
        }
        Ok(best.map_or("NOT INDEXED".to_owned(), |(_, index)| format!("INDEXED BY {index}")))
    }
}

impl Walk<'_> {
    /// The next lines, at most ten thousand; none: it has come to its end.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn page(&mut self) -> Result<Vec<Listed>, BookError> {
        if let Some(ready) = self.ready.take() {
            self.left = 0;
            return Ok(ready);
        }
        let most = self.left.min(self.page);
        if most == 0 {
            return Ok(vec![]);
        }
        let values = self.values.iter().cloned();
        let values = values.chain([self.between.0.into(), self.between.1.into(), (most as i64).into()]);
        let mut statement = self.book.connection.prepare_cached(&self.sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            found.push(listed(row)?);
        }
        self.book.named(&mut found)?;
        self.left = if found.len() < most { 0 } else { self.left - found.len() };
        match (found.last(), self.order) {
            (Some(last), Order::LatestFirst) => self.between.1 = last.row,
            (Some(last), Order::OldestFirst) => self.between.0 = last.row,
            (None, _) => {}
        }
        Ok(found)
    }
}

/// All states at once; those of a batch that is not complete are *received*.
fn of_phases(phases: &[Phase]) -> Vec<Condition> {
    let others: Vec<Value> =
        phases.iter().filter(|p| **p != Phase::Received).map(|p| phase_number(*p).into()).collect();
    let marks = vec!["?"; others.len()].join(", ");
    let is = |sql: String, values| Condition { sql, values, ..Condition::new("", 0) };
    match (phases.contains(&Phase::Received), others.is_empty()) {
        (false, true) => vec![],
        (true, true) => {
            let open = "e.batch IN (SELECT id FROM batch WHERE complete = ?)";
            vec![Condition::new(open, 0).led("entry_batch", None)]
        }
        (false, false) => vec![
            is(format!("e.phase IN ({marks})"), others).led("entry_phase", None),
            Condition::new("b.complete = ?", 1),
        ],
        (true, false) => vec![is(format!("b.complete = 0 OR e.phase IN ({marks})"), others)],
    }
}
