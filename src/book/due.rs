//! What is due by the clock, and what the sender asks of the book between two attempts.

use super::row::{EntryKey, load, mode_number, phase_number, phase_of};
use super::views::Count;
use super::{Book, BookError, Turn};
use crate::fate::{Entry, Input, Mode, Phase};
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeSet;

/// An entry of which an answer is missing that a look-up may give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Its row.
    pub entry: i64,
    /// Its revision and latest attempt.
    pub sent: (u8, u32),
    /// The id in its header.
    pub reference: String,
    /// Nothing of it can arrive any more: that it is not found counts.
    pub settled: bool,
    /// When it may be looked up.
    pub at: i64,
}

/// After which times, in milliseconds, something happens by itself.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// From the deadline of the latest request until nothing of it can arrive any more.
    pub settle: i64,
    /// How long the receiver remembers message ids.
    pub memory: i64,
    /// How long a confirmation may take.
    pub overdue: i64,
    /// From a look-up that did not find to the next.
    pub look_again: i64,
}

/// An entry that somebody should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attention {
    /// Its key.
    pub key: EntryKey,
    /// Its natural key.
    pub natural: String,
    /// Where it stands.
    pub phase: Phase,
    /// The cause in short.
    pub cause: Option<String>,
    /// What was said of it last, one JSON array of notes, or what the mapping said.
    pub notes: Option<String>,
}

impl Turn<'_> {
    /// An entry's fate.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn fate(&self, id: i64) -> Result<Entry, BookError> {
        load(&self.db, id)
    }

    /// Does what the clock says for the entries of a destination: settle times, the end of the receiver's
    /// memory, missing confirmations. How many entries changed.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn clock(&self, destination: &str, terms: &Terms) -> Result<u64, BookError> {
        let unsettled = "SELECT e.id FROM entry e INDEXED BY entry_unsettled JOIN batch b ON b.id = e.batch
            WHERE e.marks & 2 AND e.marks & 1 = 0 AND b.destination = ?1 AND NOT EXISTS (
              SELECT 1 FROM member m JOIN attempt a ON a.envelope = m.envelope
              WHERE m.entry = e.id AND a.deadline > ?2)";
        let forgotten = "SELECT e.id FROM entry e INDEXED BY entry_phase JOIN batch b ON b.id = e.batch
            WHERE e.phase = 4 AND e.marks & 4 AND e.mode IN (0, 1) AND b.destination = ?1 AND EXISTS (
              SELECT 1 FROM member m JOIN attempt a ON a.envelope = m.envelope
              WHERE m.entry = e.id AND m.revision = e.revision AND a.started <= ?2)";
        let silent = "SELECT e.id FROM entry e INDEXED BY entry_phase JOIN batch b ON b.id = e.batch
            WHERE e.phase = 6 AND e.updated <= ?2 AND b.destination = ?1";
        let mut changed = 0;
        for (sql, age, input) in [
            (unsettled, terms.settle, Input::Settled),
            (forgotten, terms.memory, Input::Forgotten),
            (silent, terms.overdue, Input::Silence),
        ] {
            let mut statement = self.db.prepare_cached(sql)?;
            let before = self.now.saturating_sub(age);
            let rows = statement.query_map(params![destination, before], |r| r.get(0))?;
            let ids: Vec<i64> = rows.collect::<Result<_, _>>()?;
            let mut envelopes = BTreeSet::new();
            for id in ids {
                envelopes.extend(self.input_alone(id, input)?.1);
                changed += 1;
            }
            for envelope in envelopes {
                self.rest(envelope, self.now)?;
            }
        }
        Ok(changed)
    }

    /// Entries in doubt that a look-up may resolve, those first that stand there longest.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn looks(&self, destination: &str, terms: &Terms, limit: u32) -> Result<Vec<Look>, BookError> {
        let sql = "SELECT e.id, e.revision, e.attempt, r.said, e.marks, e.updated
            FROM entry e INDEXED BY entry_phase JOIN batch b ON b.id = e.batch
            JOIN revision r ON r.entry = e.id AND r.n = e.revision
            WHERE e.phase = 4 AND e.mode = 2 AND b.destination = ?1 ORDER BY e.updated LIMIT ?2";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map(params![destination, limit], |r| {
            let (marks, updated): (u16, i64) = (r.get(4)?, r.get(5)?);
            let at = if marks & 32 == 0 { updated } else { updated.saturating_add(terms.look_again) };
            let settled = marks & 2 == 0;
            Ok(Look { entry: r.get(0)?, sent: (r.get(1)?, r.get(2)?), reference: r.get(3)?, settled, at })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When something of a destination can be sent or settled next, of what needs nobody's help: a moment
    /// that has passed means now. `None`: nothing is open.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn next_at(&self, destination: &str, terms: &Terms) -> Result<Option<i64>, BookError> {
        let waiting = "SELECT min(due) FROM envelope INDEXED BY envelope_open
            WHERE destination = ?1 AND state = 0 AND state < 3";
        let waiting: Option<i64> = self.db.prepare_cached(waiting)?.query_row([destination], |r| r.get(0))?;
        let ready = "SELECT 1 FROM entry e INDEXED BY entry_ready JOIN batch b ON b.id = e.batch
            WHERE e.phase = 1 AND b.destination = ?1 AND b.complete = 1 LIMIT 1";
        let ready = self.db.prepare_cached(ready)?.exists([destination])?.then_some(self.now);
        let settling = "SELECT max(a.deadline) FROM entry e INDEXED BY entry_unsettled
            JOIN batch b ON b.id = e.batch JOIN member m ON m.entry = e.id
            JOIN attempt a ON a.envelope = m.envelope
            WHERE e.marks & 2 AND e.phase = 4 AND b.destination = ?1 GROUP BY e.id ORDER BY 1 LIMIT 1";
        let settling: Option<i64> =
            self.db.prepare_cached(settling)?.query_row([destination], |r| r.get(0)).optional()?;
        let looks = self.looks(destination, terms, u32::MAX)?;
        let looks = looks.iter().filter(|look| look.settled).map(|look| look.at).min();
        let settling = settling.map(|deadline| deadline.saturating_add(terms.settle).saturating_add(1));
        Ok([waiting, ready, settling, looks].into_iter().flatten().min())
    }
}

impl Book {
    /// Another mode that open entries of a destination were taken for.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn other_mode(&self, destination: &str, mode: Mode) -> Result<Option<Mode>, BookError> {
        let sql = "SELECT e.mode FROM entry e INDEXED BY entry_phase JOIN batch b ON b.id = e.batch
            WHERE e.phase IN (1, 2, 3, 4) AND b.destination = ?1 AND e.mode <> ?2 LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found: Option<u8> =
            statement.query_row(params![destination, mode_number(mode)], |r| r.get(0)).optional()?;
        Ok(found.and_then(|number| Mode::ALL.get(usize::from(number)).copied()))
    }

    /// Whether an attempt is still the one to send, without a transaction that writes: what a worker asks
    /// right before the first byte.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn may_send(&self, envelope: i64, attempt: i64, epoch: i64) -> Result<bool, BookError> {
        let sql = "SELECT a.deadline FROM attempt a JOIN setting s ON s.name = 'epoch' AND s.value = a.epoch
            WHERE a.envelope = ?1 AND a.n = ?2 AND a.epoch = ?3 AND a.ended IS NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        let deadline: Option<i64> =
            statement.query_row(params![envelope, attempt, epoch], |r| r.get(0)).optional()?;
        Ok(deadline.is_some_and(|deadline| (self.clock)() < deadline))
    }

    /// Entries of a destination by state, of one batch or of all that are complete.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn counts_of(&self, destination: &str, batch: Option<i64>) -> Result<Vec<Count>, BookError> {
        let sql = "SELECT e.phase, count(*), min(e.updated) FROM entry e JOIN batch b ON b.id = e.batch
            WHERE b.destination = ?1 AND b.complete = 1 AND (?2 IS NULL OR b.id = ?2)
            GROUP BY e.phase ORDER BY e.phase";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![destination, batch])?;
        let mut counts = vec![];
        while let Some(row) = rows.next()? {
            let (entries, oldest): (i64, i64) = (row.get(1)?, row.get(2)?);
            counts.push(Count { phase: phase_of(row.get(0)?)?, entries: entries as u64, oldest });
        }
        Ok(counts)
    }

    /// Entries of a destination in one state, with what was said of them.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn attention(
        &self,
        destination: &str,
        batch: Option<i64>,
        phase: Phase,
        limit: u32,
    ) -> Result<Vec<Attention>, BookError> {
        let sql = "SELECT e.key, e.natural_key, e.phase, e.cause, coalesce(
              (SELECT o.notes FROM outcome o WHERE o.entry = e.id ORDER BY o.notes = '[]', o.id DESC LIMIT 1),
              r.refusal)
            FROM entry e INDEXED BY entry_phase JOIN batch b ON b.id = e.batch
            JOIN revision r ON r.entry = e.id AND r.n = e.revision
            WHERE e.phase = ?3 AND b.destination = ?1 AND b.complete = 1 AND (?2 IS NULL OR b.id = ?2)
            ORDER BY e.id LIMIT ?4";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![destination, batch, phase_number(phase), limit])?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            found.push(Attention {
                key: EntryKey(row.get(0)?),
                natural: row.get(1)?,
                phase: phase_of(row.get(2)?)?,
                cause: row.get(3)?,
                notes: row.get(4)?,
            });
        }
        Ok(found)
    }
}
