//! What is due by the clock, and what the sender asks of the book between two attempts.

use super::row::{EntryKey, load, phase_number, phase_of};
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

/// Entries that wait for a moment: the partial index that has them, by batch and by what they wait from.
pub(super) struct Waits {
    index: &'static str,
    /// The condition of the index.
    holds: &'static str,
    /// The column that the wait counts from.
    since: &'static str,
}

pub(super) const READY: Waits = Waits { index: "entry_ready", holds: "phase = 1", since: "id" };
const UNSETTLED: Waits = Waits { index: "entry_unsettled", holds: "marks & 3 = 2", since: "deadline" };
const SETTLING: Waits =
    Waits { index: "entry_settling", holds: "phase = 4 AND marks & 2", since: "deadline" };
const EARLY: Waits =
    Waits { index: "entry_early", holds: "phase = 4 AND mode = 2 AND marks & 2", since: "deadline" };
const DOUBTFUL: Waits =
    Waits { index: "entry_doubtful", holds: "phase = 4 AND mode < 2 AND marks & 4", since: "offered" };
const ACCEPTED: Waits = Waits { index: "entry_accepted", holds: "phase = 6", since: "updated" };
const LOOK: Waits =
    Waits { index: "entry_look", holds: "phase = 4 AND mode = 2 AND marks & 34 = 0", since: "updated" };
const LOOK_AGAIN: Waits = Waits {
    index: "entry_look_again",
    holds: "phase = 4 AND mode = 2 AND marks & 34 = 32",
    since: "updated",
};
/// Entries of a batch for which the clock does something in one transaction.
const DUE_MAX: u32 = 2_000;

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
    /// memory, missing confirmations. At most some thousands of entries at a time; how many changed.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn clock(&self, destination: &str, terms: &Terms) -> Result<u64, BookError> {
        let mut changed = 0;
        for (waits, age, input) in [
            (&UNSETTLED, terms.settle, Input::Settled),
            (&DOUBTFUL, terms.memory, Input::Forgotten),
            (&ACCEPTED, terms.overdue, Input::Silence),
        ] {
            let before = self.now.saturating_sub(age);
            let Waits { index, holds, since } = waits;
            let sql = format!(
                "SELECT id FROM entry INDEXED BY {index} WHERE {holds} AND batch = ?1 AND {since} <= ?2 LIMIT ?3"
            );
            let mut at = None;
            while let Some(batch) = self.batch_after(waits, destination, at)? {
                let mut statement = self.db.prepare_cached(&sql)?;
                let rows = statement.query_map(params![batch, before, DUE_MAX], |r| r.get(0))?;
                let ids: Vec<i64> = rows.collect::<Result<_, _>>()?;
                self.all(&ids, input)?;
                changed += ids.len() as u64;
                at = Some(batch);
            }
        }
        Ok(changed)
    }

    /// Applies an input to entries, and sees to their envelopes once.
    fn all(&self, ids: &[i64], input: Input) -> Result<(), BookError> {
        let mut envelopes = BTreeSet::new();
        for id in ids {
            self.apply(*id, input)?;
            let sql = "SELECT envelope FROM entry WHERE id = ?1";
            let envelope: Option<i64> = self.db.prepare_cached(sql)?.query_row([id], |r| r.get(0))?;
            envelopes.extend(envelope);
        }
        for envelope in envelopes {
            self.rest(envelope, self.now)?;
        }
        Ok(())
    }

    /// The next complete batch of a destination that has entries of which this holds: a step in the index,
    /// however many entries there are.
    pub(super) fn batch_after(
        &self,
        waits: &Waits,
        destination: &str,
        after: Option<i64>,
    ) -> Result<Option<i64>, BookError> {
        let Waits { index, holds, .. } = waits;
        let next = format!(
            "SELECT batch FROM entry INDEXED BY {index} WHERE {holds} AND batch > ?1 ORDER BY batch LIMIT 1"
        );
        let fits = "SELECT 1 FROM batch WHERE id = ?1 AND complete = 1 AND destination = ?2";
        let mut after = after.unwrap_or(0);
        loop {
            let batch: Option<i64> =
                self.db.prepare_cached(&next)?.query_row([after], |r| r.get(0)).optional()?;
            let Some(batch) = batch else { return Ok(None) };
            if self.db.prepare_cached(fits)?.exists(params![batch, destination])? {
                return Ok(Some(batch));
            }
            after = batch;
        }
    }

    /// Since when the entry waits that has waited longest.
    fn first(&self, waits: &Waits, destination: &str) -> Result<Option<i64>, BookError> {
        let Waits { index, holds, since } = waits;
        let sql = format!(
            "SELECT {since} FROM entry INDEXED BY {index} WHERE {holds} AND batch = ?1 ORDER BY {since} LIMIT 1"
        );
        let (mut first, mut at) = (None, None);
        while let Some(batch) = self.batch_after(waits, destination, at)? {
            let found: Option<i64> =
                self.db.prepare_cached(&sql)?.query_row([batch], |r| r.get(0)).optional()?.flatten();
            first = [first, found].into_iter().flatten().min();
            at = Some(batch);
        }
        Ok(first)
    }

    /// Entries in doubt that a look-up may resolve: those that have settled, longest in their state first, then
    /// those that have not.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn looks(&self, destination: &str, terms: &Terms, limit: u32) -> Result<Vec<Look>, BookError> {
        let mut found: Vec<Look> = vec![];
        for (waits, settled, again) in
            [(&LOOK, true, 0), (&LOOK_AGAIN, true, terms.look_again), (&EARLY, false, 0)]
        {
            let Waits { index, holds, since } = waits;
            let sql = format!(
                "SELECT e.id, e.revision, e.attempt, r.said, e.updated FROM entry e INDEXED BY {index}
                 JOIN revision r ON r.entry = e.id AND r.n = e.revision
                 WHERE {holds} AND e.batch = ?1 ORDER BY {since} LIMIT ?2"
            );
            let mut after = None;
            while let Some(batch) = self.batch_after(waits, destination, after)? {
                after = Some(batch);
                let left = (limit as usize).saturating_sub(found.len());
                if left == 0 {
                    return Ok(found);
                }
                let mut statement = self.db.prepare_cached(&sql)?;
                let mut rows = statement.query(params![batch, left as i64])?;
                while let Some(row) = rows.next()? {
                    let updated: i64 = row.get(4)?;
                    found.push(Look {
                        entry: row.get(0)?,
                        sent: (row.get(1)?, row.get(2)?),
                        reference: row.get(3)?,
                        settled,
                        at: updated.saturating_add(again),
                    });
                }
            }
        }
        Ok(found)
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
        let ready = self.batch_after(&READY, destination, None)?.map(|_| self.now);
        let settling = self.first(&SETTLING, destination)?;
        let settling = settling.map(|deadline| deadline.saturating_add(terms.settle));
        let look = self.first(&LOOK, destination)?;
        let again = self.first(&LOOK_AGAIN, destination)?.map(|at| at.saturating_add(terms.look_again));
        Ok([waiting, ready, settling, look, again].into_iter().flatten().min())
    }
}

impl Book {
    /// Another mode that open entries of a destination were taken for.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn other_mode(&self, destination: &str, mode: Mode) -> Result<Option<Mode>, BookError> {
        // an entry has the mode of its batch
        let sql = "SELECT b.mode FROM batch b WHERE b.destination = ?1 AND b.mode <> ?2 AND EXISTS (
            SELECT 1 FROM entry e INDEXED BY entry_batch WHERE e.batch = b.id AND e.phase IN (1, 2, 3, 4)) LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found: Option<String> =
            statement.query_row(params![destination, mode.name()], |r| r.get(0)).optional()?;
        Ok(found.and_then(|name| Mode::find(&name)))
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
        let sql = "SELECT e.phase, count(*), min(e.updated)
            FROM batch b CROSS JOIN entry e INDEXED BY entry_batch ON e.batch = b.id
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

    /// Entries of a destination in one state, longest in it first, with what was said of them.
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
            FROM batch b CROSS JOIN entry e INDEXED BY entry_batch ON e.batch = b.id AND e.phase = ?3
            CROSS JOIN revision r ON r.entry = e.id AND r.n = e.revision
            WHERE b.destination = ?1 AND b.complete = 1 AND (?2 IS NULL OR b.id = ?2)
            ORDER BY b.id, e.updated, e.id LIMIT ?4";
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
