//! Keys, and the row of an entry as its fate reads and writes it.

use super::{BookError, Turn};
use crate::fate::{Entry, Input, Mode, Phase, Step, step};
use crate::run::EntryId;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

/// The identity of an entry: 128 bits, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryKey(pub [u8; 16]);

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl EntryKey {
    /// From the id in a document's header: `J`, 26 letters, `.rr`; with the revision. `None`: it is the mapping's own.
    pub fn parse(said: &str) -> Option<(EntryKey, u8)> {
        let (letters, revision) = said.strip_prefix('J')?.split_once('.')?;
        let digits = revision.len() == 2 && revision.bytes().all(|b| b.is_ascii_digit());
        Some((EntryKey::letters(letters)?, revision.parse().ok().filter(|_| digits)?))
    }

    /// From the 26 letters alone.
    pub fn letters(letters: &str) -> Option<EntryKey> {
        let first_fits = letters.as_bytes().first().is_some_and(|b| (b'0'..=b'7').contains(b));
        if letters.len() != 26 || !first_fits {
            return None;
        }
        let mut number: u128 = 0;
        for letter in letters.bytes() {
            number = number << 5 | LETTERS.iter().position(|l| *l == letter)? as u128;
        }
        Some(EntryKey(number.to_be_bytes()))
    }

    /// Of a document whose mapping writes its own header id.
    pub fn of_said(destination: &str, mapping: &str, said: &str) -> EntryKey {
        match EntryKey::parse(said) {
            Some((key, _)) => key,
            None => EntryKey(EntryId::derive("jemap-entry/1", &[destination, mapping, said, ""]).0),
        }
    }

    /// As a header writes it, with its revision.
    pub fn said(self, revision: u8) -> String {
        format!("J{self}.{revision:02}")
    }
}

impl std::fmt::Display for EntryKey {
    /// 26 letters.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let letters = EntryId(self.0).base32();
        f.write_str(&String::from_utf8_lossy(&letters))
    }
}

pub(super) fn phase_number(phase: Phase) -> i64 {
    Phase::ALL.iter().position(|p| *p == phase).unwrap_or(0) as i64
}

pub(super) fn phase_of(number: i64) -> Result<Phase, BookError> {
    let phase = usize::try_from(number).ok().and_then(|n| Phase::ALL.get(n)).copied();
    phase.ok_or_else(|| BookError::damaged(format_args!("an entry has the state {number}")))
}

pub(super) fn mode_number(mode: Mode) -> i64 {
    Mode::ALL.iter().position(|m| *m == mode).unwrap_or(0) as i64
}

/// From the columns mode, phase, revision, attempt, marks, the first at `from`.
fn read(row: &Row<'_>, from: usize) -> Result<Entry, BookError> {
    let mode: i64 = row.get(from)?;
    let mode = usize::try_from(mode).ok().and_then(|n| Mode::ALL.get(n)).copied();
    let mode = mode.ok_or_else(|| BookError::damaged("an entry has a mode that is none"))?;
    let entry = Entry {
        phase: phase_of(row.get(from + 1)?)?,
        revision: row.get(from + 2)?,
        attempt: row.get(from + 3)?,
        ..Entry::new(mode)
    };
    Ok(entry.with_marks(row.get(from + 4)?))
}

/// The beginning of the statement that writes a fate.
macro_rules! set {
    () => {
        "UPDATE entry SET phase = ?2, revision = ?3, attempt = ?4, marks = ?5, updated = ?6"
    };
    (envelope) => {
        ", envelope = CASE WHEN ?7 THEN NULL ELSE envelope END"
    };
    (offered) => {
        ", offered = CASE WHEN revision = ?3 THEN offered END"
    };
}

/// An entry's fate, as it is shown and stepped: *received* while its batch is not complete. From the columns of
/// [`read`], the first at `from`, and whether the batch is.
pub(super) fn shown(row: &Row<'_>, from: usize) -> Result<Entry, BookError> {
    let (entry, complete): (Entry, bool) = (read(row, from)?, row.get(from + 5)?);
    Ok(if complete { entry } else { Entry { phase: Phase::Received, ..entry } })
}

/// An entry's fate.
pub(super) fn load(db: &Connection, id: i64) -> Result<Entry, BookError> {
    let sql = "SELECT e.mode, e.phase, e.revision, e.attempt, e.marks, b.complete
        FROM entry e JOIN batch b ON b.id = e.batch WHERE e.id = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([id])?;
    let row = rows.next()?.ok_or_else(|| BookError::damaged(format_args!("entry {id} is missing")))?;
    shown(row, 0)
}

/// The row number of a key.
pub(super) fn find(db: &Connection, key: EntryKey) -> Result<Option<i64>, BookError> {
    let sql = "SELECT id FROM entry WHERE key = ?1";
    Ok(db.prepare_cached(sql)?.query_row([key.0], |r| r.get(0)).optional()?)
}

impl Turn<'_> {
    /// Applies an input to an entry and writes what comes of it.
    pub(super) fn apply(&self, id: i64, input: Input) -> Result<Step, BookError> {
        self.apply_to(id, load(&self.db, id)?, input, With::Nothing)
    }

    /// The same, where its fate was read in this transaction, with more that goes into its row.
    pub(super) fn apply_to(
        &self,
        id: i64,
        before: Entry,
        input: Input,
        with: With<'_>,
    ) -> Result<Step, BookError> {
        let done = step(before, input)?;
        if done.entry != before {
            self.write(id, &done.entry, with)?;
        } else if let With::Cause(cause) = with {
            // nothing else of the row: an entry that waits for its batch is not as it is shown
            let sql = "UPDATE entry SET cause = ?2 WHERE id = ?1";
            self.db.prepare_cached(sql)?.execute(params![id, cause])?;
        }
        if let Some(alarm) = done.alarm {
            let detail = serde_json::json!({ "alarm": alarm.words() }).to_string();
            self.event(Some(id), None, "alarm", &detail)?;
        }
        Ok(done)
    }

    fn write(&self, id: i64, entry: &Entry, with: With<'_>) -> Result<(), BookError> {
        let values = params![
            id,
            phase_number(entry.phase),
            entry.revision,
            entry.attempt,
            entry.marks(),
            self.now,
            entry.phase == Phase::Ready
        ];
        let mut values: Vec<&dyn ToSql> = values.to_vec();
        let (sql, more): (&str, Option<&dyn ToSql>) = match &with {
            With::Nothing => (concat!(set!(), set!(envelope), set!(offered), " WHERE id = ?1"), None),
            With::Envelope(envelope) => {
                let sql = concat!(
                    set!(),
                    ", envelope = CASE WHEN ?7 THEN NULL ELSE ?8 END",
                    set!(offered),
                    " WHERE id = ?1"
                );
                (sql, Some(envelope))
            }
            With::Cause(cause) => {
                (concat!(set!(), set!(envelope), set!(offered), ", cause = ?8 WHERE id = ?1"), Some(cause))
            }
            With::Deadline(deadline) => (
                concat!(
                    set!(),
                    set!(envelope),
                    ", offered = coalesce(offered, ?6), deadline = max(coalesce(deadline, ?8), ?8) WHERE id = ?1"
                ),
                Some(deadline),
            ),
        };
        values.extend(more);
        self.db.prepare_cached(sql)?.execute(&values[..])?;
        Ok(())
    }

    /// The members of an envelope in their order, as they stand.
    pub(super) fn members(&self, envelope: i64) -> Result<Vec<Placed>, BookError> {
        let sql = "SELECT m.position, m.entry, m.revision, m.attempt, r.said, e.envelope,
            e.mode, e.phase, e.revision, e.attempt, e.marks, b.complete
            FROM member m CROSS JOIN entry e ON e.id = m.entry CROSS JOIN batch b ON b.id = e.batch
            CROSS JOIN revision r ON r.entry = m.entry AND r.n = m.revision
            WHERE m.envelope = ?1 ORDER BY m.position";
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query([envelope])?;
        let mut members = vec![];
        while let Some(row) = rows.next()? {
            members.push(Placed {
                position: row.get(0)?,
                entry: row.get(1)?,
                revision: row.get(2)?,
                attempt: row.get(3)?,
                reference: row.get(4)?,
                present: row.get::<_, Option<i64>>(5)? == Some(envelope),
                fate: shown(row, 6)?,
            });
        }
        Ok(members)
    }
}

/// What is written with a step into the same row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum With<'w> {
    Nothing,
    /// The envelope that it is sealed into.
    Envelope(i64),
    /// The deadline of the request that is begun with it.
    Deadline(i64),
    /// The cause of its refusal, or that there is none any more.
    Cause(Option<&'w str>),
}

/// A member of an envelope.
pub(super) struct Placed {
    pub(super) position: i64,
    pub(super) entry: i64,
    /// Its revision in this envelope, and its latest attempt with it.
    pub(super) revision: u8,
    pub(super) attempt: u32,
    /// The id in its header.
    pub(super) reference: String,
    /// It is in this envelope now, and not in a later one.
    pub(super) present: bool,
    /// Where it stands.
    pub(super) fate: Entry,
}
