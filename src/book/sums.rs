//! What rows with content are held to: a sum in each row, and digests of rows in the chain of events. A bit that
//! changed by itself is seen by the row's own sum; rows that somebody changed, by the chain.

use super::{BookError, Turn};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params};
use sha2::{Digest, Sha256};

/// The function of SQL that makes sums: of any values, with their kinds and lengths.
const FUNCTION: &str = "checksum";

/// A table whose rows have a sum: its name, what names a row, and the columns that the sum is of.
pub(super) struct Summed {
    pub(super) table: &'static str,
    pub(super) row: &'static str,
    pub(super) columns: &'static str,
}

pub(super) const BATCH: Summed = Summed {
    table: "batch",
    row: "'batch ' || id",
    columns: "source, destination, mode, mapping, version, hash, path, params, began",
};
pub(super) const TEMPLATE: Summed =
    Summed { table: "template", row: "'template ' || id", columns: "head, said_id, said_uuid, tail" };
pub(super) const PIECE: Summed = Summed { table: "piece", row: "'piece ' || id", columns: "length, body" };
pub(super) const REVISION: Summed = Summed {
    table: "revision",
    row: "'entry ' || entry || ' revision ' || n",
    columns:
        "entry, n, content, template, piece, json_at, json_length, xml_at, xml_length, said, refusal, author,
        reason, made",
};
pub(super) const ENVELOPE: Summed = Summed {
    table: "envelope",
    row: "'envelope ' || id",
    columns: "message_id, destination, documents, length, sha, body, made",
};
pub(super) const ATTEMPT: Summed = Summed {
    table: "attempt",
    row: "'envelope ' || envelope || ' attempt ' || n",
    columns: "envelope, n, worker, epoch, started, deadline, ended, class, status, problem, answer",
};
pub(super) const CONFIRMATION: Summed = Summed {
    table: "confirmation",
    row: "'confirmation ' || id",
    columns: "name, digest, message, sender, created, source, entries, length, body, received",
};
pub(super) const STRAY: Summed = Summed {
    table: "stray",
    row: "'confirmation ' || confirmation || ' part ' || position",
    columns: "confirmation, position, reference, key, kind, document, year, company, severity, notes, cause, why",
};
/// All of them.
pub(super) const ALL: [&Summed; 8] =
    [&BATCH, &TEMPLATE, &PIECE, &REVISION, &ENVELOPE, &ATTEMPT, &CONFIRMATION, &STRAY];

/// Makes the function known to a connection.
pub(super) fn register(db: &Connection) -> Result<(), BookError> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    db.create_scalar_function(FUNCTION, -1, flags, |values| {
        let mut sum = Sum::default();
        for at in 0..values.len() {
            sum.add(values.get_raw(at));
        }
        Ok(sum.short())
    })?;
    Ok(())
}

/// SHA-256 over values, each with its kind and length.
#[derive(Default)]
pub(super) struct Sum(Sha256);

impl Sum {
    pub(super) fn add(&mut self, value: ValueRef<'_>) {
        let (kind, bytes): (u8, &[u8]) = match value {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(number) => {
                self.0.update([1]);
                self.0.update(number.to_le_bytes());
                return;
            }
            // no column of a book is one
            ValueRef::Real(_) => (2, &[]),
            ValueRef::Text(bytes) => (3, bytes),
            ValueRef::Blob(bytes) => (4, bytes),
        };
        self.0.update([kind]);
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// The first eight bytes: enough for damage.
    fn short(self) -> i64 {
        let digest: [u8; 32] = self.0.finalize().into();
        i64::from_le_bytes(digest[..8].try_into().unwrap_or_default())
    }

    /// In letters, for an event.
    pub(super) fn letters(self) -> String {
        self.0.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// The digest of all rows that a statement gives, and how many there are.
pub(super) fn digest(db: &Connection, sql: &str, values: impl Params) -> Result<(u64, String), BookError> {
    let mut statement = db.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(values)?;
    let (mut count, mut sum) = (0, Sum::default());
    while let Some(row) = rows.next()? {
        for at in 0..columns {
            sum.add(row.get_ref(at)?);
        }
        count += 1;
    }
    Ok((count, sum.letters()))
}

/// Outcomes by their numbers, for the digest of those between two.
pub(super) const OUTCOMES: &str =
    "SELECT id, entry, revision, attempt, kind, document, year, company, severity, notes,
    at FROM outcome WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
/// Entries by their numbers, as they were taken.
pub(super) const TAKEN: &str =
    "SELECT e.id, e.key, e.natural_key, e.position, e.received, r.content, r.said, r.refusal,
    r.json_at, r.json_length, r.xml_at, r.xml_length, p.sum
    FROM entry e CROSS JOIN revision r ON r.entry = e.id AND r.n = 0 CROSS JOIN piece p ON p.id = r.piece
    WHERE e.id BETWEEN ?1 AND ?2 ORDER BY e.id";
/// What an envelope was made of.
pub(super) const MEMBERS: &str =
    "SELECT position, entry, revision FROM member WHERE envelope = ?1 ORDER BY position";

impl Turn<'_> {
    /// Writes the sums of the rows that a condition finds.
    pub(super) fn sum(&self, of: &Summed, condition: &str, values: impl Params) -> Result<(), BookError> {
        let Summed { table, columns, .. } = of;
        let sql = format!("UPDATE {table} SET sum = {FUNCTION}({columns}) WHERE {condition}");
        self.db.prepare_cached(&sql)?.execute(values)?;
        Ok(())
    }

    /// The number of the last outcome.
    pub(super) fn outcomes_last(&self) -> Result<i64, BookError> {
        let sql = "SELECT coalesce(max(id), 0) FROM outcome";
        Ok(self.db.prepare_cached(sql)?.query_row([], |r| r.get(0))?)
    }

    /// Links the outcomes that this transaction wrote into the chain of events.
    pub(super) fn link_outcomes(&self) -> Result<(), BookError> {
        let last = self.outcomes_last()?;
        if last > self.outcomes {
            let from = self.outcomes + 1;
            let (_, letters) = digest(&self.db, OUTCOMES, [from, last])?;
            let detail = serde_json::json!({ "outcomes": [from, last], "digest": letters });
            self.event(None, None, "outcomes", &detail.to_string())?;
        }
        Ok(())
    }

    /// Notes that the schema was raised, and links what was there before.
    pub(super) fn raised(&self, from: i32, to: i32) -> Result<(), BookError> {
        self.event(None, None, "schema", &serde_json::json!({ "from": from, "to": to }).to_string())?;
        let linked = self.db.prepare("SELECT 1 FROM event WHERE kind = 'outcomes' LIMIT 1")?.exists([])?;
        if linked { Ok(()) } else { self.link_outcomes() }
    }
}
