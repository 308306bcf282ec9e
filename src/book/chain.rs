//! Events are chained by their hashes, so that a changed or missing one is seen.

use super::{BookError, Turn};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

/// What an event's hash is made of.
pub(super) struct Event<'e> {
    seq: i64,
    at: i64,
    entry: Option<i64>,
    pub(super) envelope: Option<i64>,
    pub(super) kind: &'e str,
    pub(super) detail: &'e str,
}

impl Event<'_> {
    fn hash(&self, before: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(before);
        for number in [self.seq, self.at, self.entry.unwrap_or(0), self.envelope.unwrap_or(0)] {
            hash.update(number.to_le_bytes());
        }
        for text in [self.kind, self.detail] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        hash.finalize().into()
    }
}

impl Turn<'_> {
    /// Appends an event; `detail` is JSON.
    pub(super) fn event(
        &self,
        entry: Option<i64>,
        envelope: Option<i64>,
        kind: &str,
        detail: &str,
    ) -> Result<(), BookError> {
        let last = "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1";
        let last: Option<(i64, Vec<u8>)> =
            self.db.prepare_cached(last)?.query_row([], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
        let (seq, before) = last.unwrap_or_default();
        let event = Event { seq: seq + 1, at: self.now, entry, envelope, kind, detail };
        let hash = event.hash(&before);
        self.db
            .prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![event.seq, self.now, entry, envelope, kind, detail, hash])?;
        Ok(())
    }
}

/// Goes through the events from the first on, up to one that does not fit to the one before it: its number.
pub(super) fn walk(
    db: &Connection,
    hear: &mut dyn FnMut(&Event<'_>) -> Result<(), BookError>,
) -> Result<Option<i64>, BookError> {
    let mut statement =
        db.prepare("SELECT seq, at, entry, envelope, kind, detail, hash FROM event ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let (mut before, mut expected) = (vec![], 1);
    while let Some(row) = rows.next()? {
        let (kind, detail): (String, String) = (row.get(4)?, row.get(5)?);
        let event = Event {
            seq: row.get(0)?,
            at: row.get(1)?,
            entry: row.get(2)?,
            envelope: row.get(3)?,
            kind: &kind,
            detail: &detail,
        };
        let hash: Vec<u8> = row.get(6)?;
        if event.seq != expected || event.hash(&before)[..] != hash[..] {
            return Ok(Some(event.seq));
        }
        hear(&event)?;
        (before, expected) = (hash, event.seq + 1);
    }
    Ok(None)
}
