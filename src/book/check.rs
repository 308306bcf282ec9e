//! Whether a book is whole, and copies of it.

use super::confirm::hash;
use super::pieces::{Spot, Unpacker, unpack};
use super::sums::{self, Summed};
use super::{Book, BookError, chain, content_hash};
use crate::diag::Code;
use rusqlite::{Connection, OptionalExtension, ToSql};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// One line for people.
    pub message: String,
}

/// Findings that are told.
const FINDINGS_MAX: usize = 100;

/// What is found, up to the limit.
struct Found(Vec<Finding>);

impl Found {
    fn add(&mut self, message: std::fmt::Arguments<'_>) {
        if !self.full() {
            self.0.push(Finding { message: message.to_string() });
        }
    }
    fn full(&self) -> bool {
        self.0.len() >= FINDINGS_MAX
    }
}

impl Book {
    /// Looks at every page, the sum of every row that has one, every original, every envelope, the chain of
    /// events and what it says of entries, members and outcomes. None: it is whole.
    ///
    /// A bit that changed in what was taken, sealed, answered or said is found, wherever it is. Of the columns
    /// of an entry that change by themselves, those are that an index or another row repeats: not its count of
    /// lines, its times and the marks of its state.
    pub fn check(&self) -> Vec<Finding> {
        let mut found = Found(vec![]);
        let db = &self.connection;
        for look in [pages, rows, originals, envelopes, entries, events] {
            if let Err(error) = look(db, &mut found) {
                found.add(format_args!("{}", error.message));
            }
        }
        found.0
    }

    /// Writes a copy that is whole and needs no `-wal` file; works while others use the book.
    ///
    /// # Errors
    ///
    /// J711 when the file is there already or cannot be written.
    pub fn backup(&self, to: &Path) -> Result<(), BookError> {
        let failed = |why: &dyn std::fmt::Display| {
            BookError::new(Code::J711, format!("cannot write the copy {}: {why}", to.display()))
        };
        if to.exists() {
            return Err(failed(&"the file is there already"));
        }
        let name = to.to_str().ok_or_else(|| failed(&"its name is not UTF-8"))?;
        self.connection.execute("VACUUM INTO ?1", [name]).map_err(|e| failed(&e))?;
        std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(|e| failed(&e))
    }
}

fn pages(db: &Connection, found: &mut Found) -> Result<(), BookError> {
    let mut statement = db.prepare("PRAGMA integrity_check(100)")?;
    let rows = statement.query_map([], |r| r.get::<_, String>(0))?;
    for row in rows {
        let line = row?;
        if line != "ok" {
            found.add(format_args!("page: {line}"));
        }
    }
    let mut statement = db.prepare("PRAGMA foreign_key_check")?;
    let rows = statement.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(2)?)))?;
    for row in rows.take(FINDINGS_MAX) {
        let (table, parent) = row?;
        found.add(format_args!("a row of {table} refers to a row of {parent} that is missing"));
    }
    Ok(())
}

/// Rows whose content is not what their sum was made of.
fn rows(db: &Connection, found: &mut Found) -> Result<(), BookError> {
    for Summed { table, row, columns } in sums::ALL {
        // what was moved into an archive keeps the sum that it has there
        let here =
            if [sums::PIECE.table, sums::ENVELOPE.table].contains(table) { "length >= 0" } else { "1" };
        let sql = format!(
            "SELECT {row} FROM {table} WHERE {here} AND sum <> checksum({columns}) LIMIT {FINDINGS_MAX}"
        );
        let mut statement = db.prepare(&sql)?;
        for row in statement.query_map([], |r| r.get::<_, String>(0))? {
            found.add(format_args!("{} is not what was written", row?));
        }
    }
    Ok(())
}

fn originals(db: &Connection, found: &mut Found) -> Result<(), BookError> {
    // what is in an archive is held to the same sums there
    let sql = "SELECT r.entry, r.n, r.content, r.piece, r.json_at, r.json_length FROM revision r
        JOIN piece p ON p.id = r.piece WHERE p.length >= 0 ORDER BY r.entry, r.n";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut unpacker = Unpacker::default();
    while let Some(row) = rows.next()? {
        let (entry, n, content): (i64, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (at, length): (i64, i64) = (row.get(4)?, row.get(5)?);
        let spot = Spot {
            at: usize::try_from(at).unwrap_or(usize::MAX),
            length: usize::try_from(length).unwrap_or(usize::MAX),
        };
        let wrong = match unpacker.get(db, row.get(3)?, spot) {
            Ok(bytes) if content_hash(bytes)[..] == content[..] => continue,
            Ok(_) => "its original is not what was taken".to_owned(),
            Err(error) => error.message,
        };
        found.add(format_args!("entry {entry} revision {n}: {wrong}"));
        if found.full() {
            break;
        }
    }
    Ok(())
}

fn envelopes(db: &Connection, found: &mut Found) -> Result<(), BookError> {
    let mut statement =
        db.prepare("SELECT id, length, sha, body FROM envelope WHERE length >= 0 ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, length): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (sha, body): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(3)?);
        match unpack(&body, length, &format!("envelope {id}")) {
            Ok(bytes) if Sha256::digest(&bytes)[..] == sha[..] => {}
            Ok(_) => found.add(format_args!("envelope {id} is not what was sealed")),
            Err(error) => found.add(format_args!("{}", error.message)),
        }
    }
    Ok(())
}

/// The chain of events, and what its events say of other rows.
fn events(db: &Connection, found: &mut Found) -> Result<(), BookError> {
    let mut said = Said { db, found, outcome: 0, gaps: vec![], archived: false, batches: BTreeSet::new() };
    let broken = chain::walk(db, &mut |event| said.hear(event))?;
    let Said { outcome, gaps, archived, batches, .. } = said;
    if let Some(seq) = broken {
        found.add(format_args!(
            "event {seq} does not follow from the one before it: one was changed or is missing"
        ));
        return Ok(());
    }
    if !archived {
        gaps.iter().for_each(|gap| found.add(format_args!("{gap}")));
    }
    let last: i64 = db.query_row("SELECT coalesce(max(id), 0) FROM outcome", [], |r| r.get(0))?;
    if last > outcome {
        found.add(format_args!("outcome {last} is in no event"));
    }
    let mut statement = db.prepare("SELECT id FROM batch WHERE complete = 1 ORDER BY id")?;
    let complete: BTreeSet<i64> = statement.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
    for batch in complete.symmetric_difference(&batches).take(FINDINGS_MAX) {
        found.add(format_args!(
            "batch {batch} is complete by the book or by the chain of events, and not by both"
        ));
    }
    Ok(())
}

/// What the events say, while they are read.
struct Said<'s> {
    db: &'s Connection,
    found: &'s mut Found,
    /// The last outcome that an event covers.
    outcome: i64,
    /// Rows that are missing: no damage where they were archived.
    gaps: Vec<String>,
    archived: bool,
    batches: BTreeSet<i64>,
}

impl Said<'_> {
    fn hear(&mut self, event: &chain::Event<'_>) -> Result<(), BookError> {
        match event.kind {
            "archived" => self.archived = true,
            "confirmation" => self.confirmation(event.detail)?,
            "taken" | "outcomes" | "sealed" | "batch" | "edit" => {
                let Ok(detail) = serde_json::from_str::<Value>(event.detail) else { return Ok(()) };
                let number = |value: &Value| value.as_i64().unwrap_or(0);
                match event.kind {
                    // an edit is a batch of its own
                    "batch" | "edit" => {
                        self.batches.insert(number(&detail["batch"]));
                    }
                    "sealed" => {
                        let envelope = event.envelope.unwrap_or(0);
                        let what = format!("the members of envelope {envelope}");
                        let members = number(&detail["documents"]);
                        self.compare(&what, (sums::MEMBERS, &[&envelope]), members, &detail["digest"])?;
                    }
                    "taken" => {
                        let (first, last) = (number(&detail["entries"][0]), number(&detail["entries"][1]));
                        let what = format!("entries {first} to {last}");
                        let entries = last - first + 1;
                        // events of the first version of the schema have another digest
                        if first > 0 {
                            self.compare(&what, (sums::TAKEN, &[&first, &last]), entries, &detail["digest"])?;
                        }
                    }
                    _ => {
                        let (first, last) = (number(&detail["outcomes"][0]), number(&detail["outcomes"][1]));
                        if first != self.outcome + 1 {
                            self.found.add(format_args!("outcome {} is in no event", self.outcome + 1));
                        }
                        self.outcome = last;
                        let what = format!("outcomes {first} to {last}");
                        let outcomes = last - first + 1;
                        self.compare(&what, (sums::OUTCOMES, &[&first, &last]), outcomes, &detail["digest"])?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Holds the bytes of a confirmation to what came.
    fn confirmation(&mut self, detail: &str) -> Result<(), BookError> {
        let detail: Value = serde_json::from_str(detail).unwrap_or_default();
        let number = detail["confirmation"].as_i64();
        let what = format!("confirmation {}", number.unwrap_or(0));
        let sql = "SELECT length, body FROM confirmation WHERE id = ?1";
        let mut statement = self.db.prepare_cached(sql)?;
        let found = statement.query_row([number], |r| Ok((r.get(0)?, r.get::<_, Vec<u8>>(1)?)));
        match found.optional()? {
            None => self.gaps.push(format!("{what} is missing")),
            Some((length, body)) => match unpack(&body, length, &what) {
                Ok(bytes) if detail["sha256"] == hash(&bytes) => {}
                Ok(_) => self.found.add(format_args!("{what} is not what came")),
                Err(error) => self.found.add(format_args!("{}", error.message)),
            },
        }
        Ok(())
    }

    /// Holds rows to the digest that an event has of them.
    fn compare(
        &mut self,
        what: &str,
        (sql, values): (&str, &[&dyn ToSql]),
        count: i64,
        digest: &Value,
    ) -> Result<(), BookError> {
        let Some(digest) = digest.as_str() else { return Ok(()) };
        let (rows, letters) = sums::digest(self.db, sql, values)?;
        if (rows as i64) < count {
            self.gaps.push(format!("{what}: some are missing"));
        } else if letters != digest {
            self.found.add(format_args!("{what} are not what the chain of events says"));
        }
        Ok(())
    }
}

/// Columns of entries that have no sum, since they change: held to what other rows say.
fn entries(db: &Connection, found: &mut Found) -> Result<(), BookError> {
    let looks = [
        (
            "has another mode than its batch",
            "SELECT e.id FROM entry e JOIN batch b ON b.id = e.batch WHERE e.mode <> CASE b.mode WHEN 'async' THEN 0
             WHEN 'sync-idem' THEN 1 WHEN 'sync-lookup' THEN 2 WHEN 'sync-none' THEN 3 ELSE -1 END",
        ),
        (
            "has another revision than its latest",
            "SELECT e.id FROM entry e WHERE e.revision IS NOT (SELECT max(n) FROM revision r WHERE r.entry = e.id)",
        ),
        (
            "was received at another time than its first revision",
            "SELECT e.id FROM entry e JOIN revision r ON r.entry = e.id AND r.n = 0 WHERE e.received <> r.made",
        ),
        (
            "is in an envelope that does not have it",
            "SELECT e.id FROM entry e WHERE e.envelope IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM member m WHERE m.entry = e.id AND m.envelope = e.envelope)",
        ),
        (
            "has fewer attempts than an envelope says",
            "SELECT e.id FROM entry e WHERE e.attempt < (
               SELECT max(m.attempt) FROM member m WHERE m.entry = e.id)",
        ),
    ];
    for (wrong, sql) in looks {
        let mut statement = db.prepare(&format!("{sql} LIMIT {FINDINGS_MAX}"))?;
        for row in statement.query_map([], |r| r.get::<_, i64>(0))? {
            found.add(format_args!("entry {} {wrong}", row?));
        }
    }
    Ok(())
}
