//! Finished batches of long ago move into a book of their own, whole and readable; keys, states and outcomes stay, so
//! that what comes again is recognised for ever.
//!
//! First the archive is written, checked, synced and given its name; then, in one transaction, what it holds is
//! taken out of the book. A crash before that leaves the data in both, and the same command goes on; there is no
//! moment at which it is in neither.

use super::{Book, BookError, Clock, Turn, sums};
use crate::crash::point;
use crate::diag::Code;
use rusqlite::{Connection, TransactionBehavior, params};
use std::fs;
use std::path::{Path, PathBuf};

/// What was moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Archived {
    /// Entries of the archive.
    pub entries: u64,
    /// Batches of them.
    pub batches: u64,
    /// The archive was there already, written by a run that ended before its end.
    pub resumed: bool,
}

/// A length that says: its bytes are in an archive.
pub(super) const AWAY: i64 = -1;

/// The tables that are copied, and which rows of them: `src` is the book, `moved` has the batches.
const COPIED: [(&str, &str); 9] = [
    ("setting", "name <> 'epoch'"),
    ("batch", "1"),
    ("piece", "id IN (SELECT r.piece FROM src.revision r WHERE r.entry IN (SELECT id FROM temp.left))"),
    ("template", "id IN (SELECT r.template FROM src.revision r WHERE r.entry IN (SELECT id FROM temp.left))"),
    ("envelope", "id IN (SELECT m.envelope FROM src.member m WHERE m.entry IN (SELECT id FROM temp.left))"),
    ("entry", "id IN (SELECT id FROM temp.left)"),
    ("revision", "entry IN (SELECT id FROM temp.left)"),
    ("member", "entry IN (SELECT id FROM temp.left)"),
    ("outcome", "entry IN (SELECT id FROM temp.left)"),
];

impl Book {
    /// Moves the data of batches that had ended before a moment into a new book. `path` is this book's own file.
    ///
    /// # Errors
    ///
    /// J711 where the file cannot be written, or is no archive of this book; J718 where an entry of it has changed
    /// since it was written; J713 to J715.
    pub fn archive(&mut self, path: &Path, before: i64, file: &Path) -> Result<Archived, BookError> {
        let resumed = file.exists();
        if !resumed {
            let moved = self.write_archive(path, before, file)?;
            if moved == Archived::default() {
                return Ok(moved);
            }
        }
        point("archive.between");
        let name = text(file)?;
        self.connection.execute("ATTACH ?1 AS archive", [name])?;
        let done = self.turn(|turn| turn.take_out(name));
        let detached = self.connection.execute("DETACH archive", []);
        let done = done?;
        detached?;
        Ok(Archived { resumed, ..done })
    }

    /// Writes the archive under a name of its own, and gives it the right one when it is whole.
    fn write_archive(&self, path: &Path, before: i64, file: &Path) -> Result<Archived, BookError> {
        let part = PathBuf::from(format!("{}.part", text(file)?));
        let failed = |e: std::io::Error| {
            let why = crate::sink::reason(&e);
            BookError::new(Code::J711, format!("cannot write the archive {}: {why}", file.display()))
        };
        // what an earlier run left unfinished
        for end in ["", "-wal", "-shm"] {
            let left = PathBuf::from(format!("{}{end}", part.display()));
            if left.exists() {
                fs::remove_file(&left).map_err(failed)?;
            }
        }
        let mut archive = Book::open(&part, Clock::clone(&self.clock))?;
        archive.connection.execute("ATTACH ?1 AS src", [text(path)?])?;
        let moved = copied(&mut archive, before)?;
        archive.connection.execute("DETACH src", [])?;
        archive.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        archive.connection.pragma_update(None, "journal_mode", "delete")?;
        drop(archive);
        if moved == Archived::default() {
            return fs::remove_file(&part).map(|()| moved).map_err(failed);
        }
        let found = Book::read_only(&part, Clock::clone(&self.clock))?.check();
        if let Some(first) = found.first() {
            return Err(BookError::damaged(format_args!(
                "its archive would not be whole: {}",
                first.message
            )));
        }
        fs::File::open(&part).and_then(|part| part.sync_all()).map_err(failed)?;
        point("archive.written");
        fs::rename(&part, file).map_err(failed)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(moved)
    }
}

/// One transaction, but for the link of outcomes: theirs are in the chain that is copied.
fn copied(archive: &mut Book, before: i64) -> Result<Archived, BookError> {
    let now = (archive.clock)();
    let db = archive.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let turn = Turn { db, now, outcomes: 0 };
    let moved = turn.copy(before)?;
    turn.db.commit()?;
    Ok(moved)
}

impl Turn<'_> {
    /// Copies finished batches from `src`.
    fn copy(&self, before: i64) -> Result<Archived, BookError> {
        let db: &Connection = &self.db;
        let batches = choose(db, before)?;
        if batches == 0 {
            return Ok(Archived::default());
        }
        for (table, rows) in COPIED {
            db.execute(&format!("INSERT INTO main.{table} SELECT * FROM src.{table} WHERE {rows}"), [])?;
        }
        let attempts = "envelope IN (SELECT id FROM main.envelope)";
        db.execute(&format!("INSERT INTO main.attempt SELECT * FROM src.attempt WHERE {attempts}"), [])?;
        // the whole chain, so that it can be followed; what it tells of other entries is not here
        db.execute("DELETE FROM main.event", [])?;
        db.execute("INSERT INTO main.event SELECT * FROM src.event", [])?;
        let entries: i64 = db.query_row("SELECT count(*) FROM main.entry", [], |r| r.get(0))?;
        let detail = serde_json::json!({ "before": before, "entries": entries, "batches": batches });
        self.event(None, None, "archived", &detail.to_string())?;
        Ok(Archived { entries: entries as u64, batches, resumed: false })
    }

    /// Takes out of the book what the attached archive holds.
    fn take_out(&self, name: &str) -> Result<Archived, BookError> {
        let db: &Connection = &self.db;
        let count = |sql: &str| db.query_row(sql, [], |r| r.get::<_, i64>(0));
        let known = count("SELECT count(*) FROM archive.event WHERE kind = 'archived'");
        if !known.is_ok_and(|known| known > 0) {
            return Err(BookError::new(Code::J711, format!("{name} is there already, and is no archive")));
        }
        let other =
            "SELECT count(*) FROM archive.entry a LEFT JOIN main.entry e ON e.id = a.id AND e.key = a.key
            WHERE e.id IS NULL";
        if count(other)? > 0 {
            return Err(BookError::new(Code::J711, format!("{name} is an archive of another book")));
        }
        let changed = "SELECT count(*) FROM archive.entry a JOIN main.entry e ON e.id = a.id
            WHERE e.phase <> a.phase OR e.revision <> a.revision OR e.attempt <> a.attempt OR e.marks <> a.marks";
        if count(changed)? > 0 {
            let message = format!("an entry has changed since {name} was written: nothing was taken out");
            let help = Some("remove the archive and write it again");
            return Err(BookError { help, ..BookError::new(Code::J718, message) });
        }
        let entries = count("SELECT count(*) FROM archive.entry")?;
        let batches = count("SELECT count(DISTINCT batch) FROM archive.entry")?;
        let pieces = db.execute(
            "UPDATE main.piece SET length = ?1, body = x'' WHERE length >= 0
             AND id IN (SELECT id FROM archive.piece) AND id NOT IN (SELECT r.piece FROM main.revision r
               WHERE r.entry NOT IN (SELECT id FROM archive.entry))",
            [AWAY],
        )?;
        let envelopes = db.execute(
            "UPDATE main.envelope SET length = ?1, body = x'' WHERE length >= 0
             AND id IN (SELECT id FROM archive.envelope)",
            [AWAY],
        )?;
        let answers = "answer IS NOT NULL AND envelope IN (SELECT id FROM archive.envelope)";
        db.execute(&format!("UPDATE main.attempt SET answer = NULL WHERE {answers}"), [])?;
        self.sum(&sums::ATTEMPT, "envelope IN (SELECT id FROM archive.envelope)", [])?;
        if pieces + envelopes > 0 {
            let detail = serde_json::json!({ "file": name, "entries": entries, "batches": batches });
            self.event(None, None, "archive", &detail.to_string())?;
        }
        Ok(Archived { entries: entries as u64, batches: batches as u64, resumed: false })
    }
}

/// Finds the batches of `src` that have ended for good, with their entries, in temporary tables. How many.
fn choose(db: &Connection, before: i64) -> Result<u64, BookError> {
    db.execute_batch(
        "CREATE TEMP TABLE moved(batch INTEGER PRIMARY KEY); CREATE TEMP TABLE left(id INTEGER PRIMARY KEY);",
    )?;
    // posted or closed, all of them, and not archived yet
    db.execute(
        "INSERT INTO temp.moved SELECT b.id FROM src.batch b WHERE b.complete = 1 AND b.ended < ?1
         AND NOT EXISTS (SELECT 1 FROM src.entry e WHERE e.batch = b.id
           AND (e.phase NOT IN (10, 11) OR e.updated >= ?1))
         AND EXISTS (SELECT 1 FROM src.entry e JOIN src.revision r ON r.entry = e.id
           JOIN src.piece p ON p.id = r.piece WHERE e.batch = b.id AND p.length >= 0)",
        params![before],
    )?;
    // an envelope moves with all of its members or not at all
    let shared = "DELETE FROM temp.moved WHERE batch IN (SELECT e.batch FROM temp.moved v
        JOIN src.entry e ON e.batch = v.batch JOIN src.member m ON m.entry = e.id
        JOIN src.member o ON o.envelope = m.envelope JOIN src.entry f ON f.id = o.entry
        WHERE f.batch NOT IN (SELECT batch FROM temp.moved))";
    while db.execute(shared, [])? > 0 {}
    db.execute(
        "INSERT INTO temp.left SELECT e.id FROM temp.moved v JOIN src.entry e ON e.batch = v.batch",
        [],
    )?;
    let batches: i64 = db.query_row("SELECT count(*) FROM temp.moved", [], |r| r.get(0))?;
    Ok(batches as u64)
}

fn text(path: &Path) -> Result<&str, BookError> {
    let wrong = || BookError::new(Code::J711, format!("the name {} is not UTF-8", path.display()));
    path.to_str().ok_or_else(wrong)
}
