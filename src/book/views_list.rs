//! Entries by filters: the smallest index that fits leads, so that a list is short work in a large book.

use super::row::{EntryKey, phase_number, phase_of};
use super::{Book, BookError};
use crate::fate::Phase;
use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};

/// Entries up to which all that an index leads to are looked at; beyond, its own order is taken.
pub(super) const FEW: i64 = 10_000;

/// Which entries are listed: all that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// States; empty: all.
    pub phases: Vec<Phase>,
    /// The destination.
    pub destination: Option<String>,
    /// The company code.
    pub company: Option<String>,
    /// How the natural key begins.
    pub prefix: Option<String>,
    /// The cause.
    pub cause: Option<String>,
    /// Changed since; no index leads to it.
    pub since: Option<i64>,
    /// Most entries.
    pub limit: usize,
}

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: EntryKey,
    /// The id in its header, by which the receiver knows it: of jemap's making, or the mapping's own.
    pub said: String,
    /// Its natural key.
    pub natural: String,
    /// Its destination.
    pub destination: String,
    /// Its state.
    pub phase: Phase,
    /// Its revision.
    pub revision: u8,
    /// Its attempts.
    pub attempts: u32,
    /// Its company code.
    pub company: Option<String>,
    /// The cause of its refusal.
    pub cause: Option<String>,
    /// When it last changed.
    pub updated: i64,
    /// Its row: the later taken, the higher.
    pub(super) row: i64,
}

/// One condition, the index that leads to the entries that meet it, and the order in which it does.
pub(super) struct Condition {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
    pub(super) index: Option<&'static str>,
    pub(super) order: Option<&'static str>,
}

impl Condition {
    pub(super) fn new(sql: &str, value: impl Into<Value>) -> Condition {
        Condition { sql: sql.to_owned(), values: vec![value.into()], index: None, order: None }
    }
    pub(super) fn led(self, index: &'static str, order: Option<&'static str>) -> Condition {
        Condition { index: Some(index), order, ..self }
    }
}

pub(super) const COLUMNS: &str = "e.id, e.key, e.natural_key, b.destination, e.phase, e.revision, e.attempt,
    e.company, e.cause, e.updated, b.complete";

/// A line from [`COLUMNS`], with the id that jemap makes.
pub(super) fn listed(row: &Row<'_>) -> Result<Listed, BookError> {
    let complete: bool = row.get(10)?;
    let (key, revision) = (EntryKey(row.get(1)?), row.get(5)?);
    Ok(Listed {
        row: row.get(0)?,
        key,
        said: key.said(revision),
        natural: row.get(2)?,
        destination: row.get(3)?,
        phase: if complete { phase_of(row.get(4)?)? } else { Phase::Received },
        revision,
        attempts: row.get(6)?,
        company: row.get(7)?,
        cause: row.get(8)?,
        updated: row.get(9)?,
    })
}

impl Book {
    /// Entries that fit a filter, the latest taken first. Where more fit than the limit and there are many
    /// (over ten thousand), those that changed last are chosen for a state, those with the last keys for a
    /// beginning of keys, and those taken last otherwise.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Listed>, BookError> {
        self.list_by(FEW, filter)
    }

    pub(super) fn list_by(&self, few: i64, filter: &Filter) -> Result<Vec<Listed>, BookError> {
        let mut found = vec![];
        if filter.phases.is_empty() {
            found = self.list_of(few, filter, None)?;
        }
        for (i, phase) in filter.phases.iter().enumerate() {
            if !filter.phases[..i].contains(phase) {
                found.extend(self.list_of(few, filter, Some(*phase))?);
            }
        }
        found.sort_by_key(|listed| std::cmp::Reverse(listed.row));
        found.truncate(filter.limit);
        self.named(&mut found)?;
        Ok(found)
    }

    /// Gives lines the ids that stand in the headers. Not part of the lists' own statements: these look at
    /// many entries before they choose a few.
    pub(super) fn named(&self, lines: &mut [Listed]) -> Result<(), BookError> {
        let mut statement =
            self.connection.prepare_cached("SELECT said FROM revision WHERE entry = ?1 AND n = ?2")?;
        for line in lines {
            let mut rows = statement.query(params![line.row, line.revision])?;
            if let Some(row) = rows.next()? {
                line.said = row.get(0)?;
            }
        }
        Ok(())
    }

    fn list_of(&self, few: i64, filter: &Filter, phase: Option<Phase>) -> Result<Vec<Listed>, BookError> {
        let conditions = conditions(filter, phase);
        let mut best: Option<(i64, &Condition)> = None;
        for condition in &conditions {
            let Some(index) = condition.index else { continue };
            let reach = self.reach(condition, index, few)?;
            if best.is_none_or(|(least, _)| reach < least) {
                best = Some((reach, condition));
            }
        }
        let (leading, order) = match best {
            Some((reach, condition)) if reach < few => (condition.index, "e.id DESC"),
            // of many, no matter how few fit the other conditions
            Some((_, condition)) if condition.order.is_some() => {
                (condition.index, condition.order.unwrap_or_default())
            }
            _ => (None, "e.id DESC"),
        };
        let leading = leading.map_or("NOT INDEXED".to_owned(), |index| format!("INDEXED BY {index}"));
        let wanted: Vec<&str> = conditions.iter().map(|c| c.sql.as_str()).collect();
        let wanted = if wanted.is_empty() { "1".to_owned() } else { wanted.join(" AND ") };
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let sql = format!(
            "SELECT {COLUMNS} FROM entry e {leading} CROSS JOIN batch b ON b.id = e.batch
             WHERE {wanted} ORDER BY {order} LIMIT {limit}"
        );
        let values = conditions.iter().flat_map(|c| c.values.iter().cloned());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            found.push(listed(row)?);
        }
        Ok(found)
    }

    /// How many entries a condition leads to, counted up to so many.
    pub(super) fn reach(&self, condition: &Condition, index: &str, few: i64) -> Result<i64, BookError> {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM entry e INDEXED BY {index} WHERE {} LIMIT {few})",
            condition.sql
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row(params_from_iter(condition.values.iter().cloned()), |r| r.get(0))?)
    }

    /// The entries that a person means: by key, by the id in a header, or by the whole natural key.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn meant(&self, text: &str) -> Result<Vec<Listed>, BookError> {
        let letters = text.strip_prefix('J').unwrap_or(text);
        let letters = letters.split_once('.').map_or(letters, |(letters, _)| letters);
        if let Some(key) = EntryKey::letters(letters) {
            let found = self.meant_by("SELECT id FROM entry WHERE key = ?1", key.0.to_vec().into())?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        // the second condition is that of the index
        let ids = "SELECT id FROM entry WHERE natural_key = ?1
            UNION SELECT r.entry FROM revision r INDEXED BY revision_own WHERE r.said = ?1
            AND r.said NOT GLOB 'J??????????????????????????.[0-9][0-9]'";
        self.meant_by(ids, text.to_owned().into())
    }

    fn meant_by(&self, ids: &str, value: Value) -> Result<Vec<Listed>, BookError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM entry e CROSS JOIN batch b ON b.id = e.batch
             WHERE e.id IN (SELECT * FROM ({ids}) LIMIT 100) ORDER BY e.id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([value])?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            found.push(listed(row)?);
        }
        self.named(&mut found)?;
        Ok(found)
    }
}

pub(super) fn conditions(filter: &Filter, phase: Option<Phase>) -> Vec<Condition> {
    let mut list = vec![];
    if let Some(cause) = &filter.cause {
        let order = Some("e.phase DESC, e.id DESC");
        list.push(Condition::new("e.cause = ?", cause.clone()).led("entry_cause", order));
    }
    if let Some(company) = &filter.company {
        list.push(Condition::new("e.company = ?", company.clone()).led("entry_company", Some("e.id DESC")));
    }
    if let Some(prefix) = &filter.prefix {
        // no character sorts after this one
        let values = vec![prefix.clone().into(), format!("{prefix}\u{10ffff}").into()];
        let sql = "e.natural_key >= ? AND e.natural_key < ?".to_owned();
        let order = Some("e.natural_key DESC, e.id DESC");
        list.push(Condition { sql, values, index: Some("entry_natural"), order });
    }
    match phase {
        Some(Phase::Received) => {
            let open = "e.batch IN (SELECT id FROM batch WHERE complete = ?)";
            list.push(Condition::new(open, 0).led("entry_batch", None));
        }
        Some(phase) => {
            let order = Some("e.updated DESC");
            list.push(Condition::new("e.phase = ?", phase_number(phase)).led("entry_phase", order));
            list.push(Condition::new("b.complete = ?", 1));
        }
        None => {}
    }
    if let Some(destination) = &filter.destination {
        let batches = "e.batch IN (SELECT id FROM batch WHERE destination = ?)";
        list.push(Condition::new(batches, destination.clone()).led("entry_batch", None));
    }
    if let Some(since) = filter.since {
        list.push(Condition::new("e.updated >= ?", since));
    }
    list
}
