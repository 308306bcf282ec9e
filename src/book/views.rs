//! What the monitor shows; read from the same rows that sending writes.

use super::row::{EntryKey, phase_of};
use super::{Book, BookError};
use crate::fate::Phase;
use rusqlite::params;
use std::collections::BTreeMap;

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

/// How many entries of a destination stand in a state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// The destination's name.
    pub destination: String,
    /// The state.
    pub phase: Phase,
    /// How many.
    pub entries: u64,
}

/// All that is counted, of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// By destination and state.
    pub standing: Vec<Standing>,
    /// By state, with the oldest.
    pub counts: Vec<Count>,
    /// Causes of refusals, the most frequent first.
    pub causes: Vec<Cause>,
    /// Confirmations that came.
    pub confirmations: u64,
    /// Strays among what they say.
    pub strays: u64,
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
        Ok(self.standing()?.1)
    }

    /// Everything that is counted, read in one transaction.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn status(&self) -> Result<Status, BookError> {
        let moment = self.connection.unchecked_transaction()?;
        let ((standing, counts), causes) = (self.standing()?, self.causes()?);
        let (confirmations, strays) = self.heard()?;
        let status = Status { standing, counts, causes, confirmations, strays };
        drop(moment);
        Ok(status)
    }

    /// By destination and state, and by state alone, from one walk through an index.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn standing(&self) -> Result<(Vec<Standing>, Vec<Count>), BookError> {
        let sql = "SELECT b.destination, b.complete, g.phase, g.n, g.oldest FROM (
            SELECT batch, phase, count(*) AS n, min(updated) AS oldest
            FROM entry INDEXED BY entry_batch GROUP BY batch, phase) g JOIN batch b ON b.id = g.batch";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut sums: BTreeMap<(String, Phase), u64> = BTreeMap::new();
        let mut counts: BTreeMap<Phase, (u64, i64)> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (complete, entries, oldest): (bool, i64, i64) = (row.get(1)?, row.get(3)?, row.get(4)?);
            // entries of a batch that is not complete have the states that they will have
            let phase = if complete { phase_of(row.get(2)?)? } else { Phase::Received };
            *sums.entry((row.get(0)?, phase)).or_default() += entries as u64;
            let count = counts.entry(phase).or_insert((0, oldest));
            *count = (count.0 + entries as u64, count.1.min(oldest));
        }
        let standing = |((destination, phase), entries)| Standing { destination, phase, entries };
        let count = |(phase, (entries, oldest))| Count { phase, entries, oldest };
        Ok((sums.into_iter().map(standing).collect(), counts.into_iter().map(count).collect()))
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
}
