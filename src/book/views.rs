//! What the monitor shows; read from the same rows that sending writes.

use super::row::{EntryKey, phase_number, phase_of};
use super::{Book, BookError};
use crate::fate::Phase;
use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

/// How many entries stand in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The state.
    pub phase: Phase,
    /// How many.
    pub entries: u64,
    /// When the one that stands there longest came there.
    pub oldest: i64,
}

/// How many entries share a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// `F5 808`, or a code of the mapping's.
    pub cause: String,
    /// The state.
    pub phase: Phase,
    /// How many.
    pub entries: u64,
}

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
    /// Changed since.
    pub since: Option<i64>,
    /// Most entries.
    pub limit: usize,
}

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: EntryKey,
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
}

/// What a book knows of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    New,
    /// It is there, with this content in one of its revisions.
    Same,
    /// It is there, with other content.
    Other,
}

impl Book {
    /// Whether a document is there. One whose data was refused, and that comes again mended, would be taken.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn known(&self, key: EntryKey, content: [u8; 32]) -> Result<Known, BookError> {
        let sql = "SELECT e.phase, EXISTS(SELECT 1 FROM revision r WHERE r.entry = e.id AND r.content = ?2)
            FROM entry e WHERE e.key = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![key.0, content])?;
        let Some(row) = rows.next()? else { return Ok(Known::New) };
        Ok(match (phase_of(row.get(0)?)?, row.get(1)?) {
            (Phase::RejectedData, _) => Known::New,
            (_, true) => Known::Same,
            (_, false) => Known::Other,
        })
    }

    /// Entries by state, in the order of an entry's life; states without entries are left out.
    pub fn counts(&self) -> Result<Vec<Count>, BookError> {
        // entries of incomplete batches: there are few such batches, and their states are as if complete
        let sql = "SELECT e.phase, count(*), min(e.updated) FROM batch b JOIN entry e ON e.batch = b.id
            WHERE b.complete = 0 GROUP BY e.phase";
        let open = self.grouped(sql)?;
        let mut counts = self.grouped("SELECT phase, count(*), min(updated) FROM entry GROUP BY phase")?;
        for received in &open {
            if let Some(count) = counts.iter_mut().find(|c| c.phase == received.phase) {
                count.entries -= received.entries;
            }
        }
        counts.retain(|c| c.entries > 0);
        if let Some(oldest) = open.iter().map(|c| c.oldest).min() {
            let entries = open.iter().map(|c| c.entries).sum();
            counts.push(Count { phase: Phase::Received, entries, oldest });
        }
        counts.sort_by_key(|c| c.phase);
        Ok(counts)
    }

    fn grouped(&self, sql: &str) -> Result<Vec<Count>, BookError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut counts = vec![];
        while let Some(row) = rows.next()? {
            let entries: i64 = row.get(1)?;
            counts.push(Count {
                phase: phase_of(row.get(0)?)?,
                entries: entries as u64,
                oldest: row.get(2)?,
            });
        }
        Ok(counts)
    }

    /// Causes of refusals, the most frequent first.
    pub fn causes(&self) -> Result<Vec<Cause>, BookError> {
        let sql = "SELECT cause, phase, count(*) AS n FROM entry INDEXED BY entry_cause
            WHERE cause IS NOT NULL GROUP BY cause, phase ORDER BY n DESC, cause LIMIT 1000";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut causes = vec![];
        while let Some(row) = rows.next()? {
            let entries: i64 = row.get(2)?;
            causes.push(Cause { cause: row.get(0)?, phase: phase_of(row.get(1)?)?, entries: entries as u64 });
        }
        Ok(causes)
    }

    /// Entries that fit a filter, the latest first.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Listed>, BookError> {
        let mut wanted: Vec<String> = vec![];
        let mut values: Vec<Value> = vec![];
        let mut give = |sql: &str, value: Value| {
            values.push(value);
            wanted.push(sql.replace('?', &format!("?{}", values.len())));
        };
        let stored = |phase: &Phase| phase_number(*phase).to_string();
        if let Some(since) = filter.since {
            give("e.updated >= ?", since.into());
        }
        if let Some(destination) = &filter.destination {
            give("b.destination = ?", destination.clone().into());
        }
        if let Some(company) = &filter.company {
            give("e.company = ?", company.clone().into());
        }
        if let Some(cause) = &filter.cause {
            give("e.cause = ?", cause.clone().into());
        }
        if let Some(prefix) = &filter.prefix {
            give("e.natural_key >= ?", prefix.clone().into());
            // no character sorts after this one
            give("e.natural_key < ?", format!("{prefix}\u{10ffff}").into());
        }
        if !filter.phases.is_empty() {
            let received = filter.phases.contains(&Phase::Received);
            let list: Vec<String> = filter.phases.iter().map(stored).collect();
            let complete = format!("(b.complete = 1 AND e.phase IN ({}))", list.join(","));
            wanted.push(if received { format!("(b.complete = 0 OR {complete})") } else { complete.clone() });
            if !received {
                wanted.push(format!("e.phase IN ({})", list.join(",")));
            }
        }
        let wanted = if wanted.is_empty() { "1".to_owned() } else { wanted.join(" AND ") };
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let sql = format!(
            "SELECT e.key, e.natural_key, b.destination, e.phase, e.revision, e.attempt, e.company, e.cause,
             e.updated, b.complete FROM entry e CROSS JOIN batch b ON b.id = e.batch WHERE {wanted}
             ORDER BY e.id DESC LIMIT {limit}"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut listed = vec![];
        while let Some(row) = rows.next()? {
            let complete: bool = row.get(9)?;
            listed.push(Listed {
                key: EntryKey(row.get(0)?),
                natural: row.get(1)?,
                destination: row.get(2)?,
                phase: if complete { phase_of(row.get(3)?)? } else { Phase::Received },
                revision: row.get(4)?,
                attempts: row.get(5)?,
                company: row.get(6)?,
                cause: row.get(7)?,
                updated: row.get(8)?,
            });
        }
        Ok(listed)
    }
}
