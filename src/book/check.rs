//! Whether a book is whole, and copies of it.

use super::confirm::hash;
use super::pieces::{Spot, Unpacker, unpack};
use super::{Book, BookError, chain, content_hash};
use crate::diag::Code;
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// One line for people.
    pub message: String,
}

/// Findings that are told.
const FINDINGS_MAX: usize = 100;

impl Book {
    /// Looks at every page, every original, every envelope, every confirmation and the chain of events. None: it is whole.
    pub fn check(&self) -> Vec<Finding> {
        let mut found = vec![];
        let db = &self.connection;
        for look in [pages, originals, envelopes, confirmations, events] {
            if let Err(error) = look(db, &mut found) {
                found.push(Finding { message: error.message });
            }
        }
        found.truncate(FINDINGS_MAX);
        found
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

fn pages(db: &Connection, found: &mut Vec<Finding>) -> Result<(), BookError> {
    let mut statement = db.prepare("PRAGMA integrity_check(100)")?;
    let rows = statement.query_map([], |r| r.get::<_, String>(0))?;
    for row in rows {
        let line = row?;
        if line != "ok" {
            found.push(Finding { message: format!("page: {line}") });
        }
    }
    Ok(())
}

fn originals(db: &Connection, found: &mut Vec<Finding>) -> Result<(), BookError> {
    let sql = "SELECT entry, n, content, piece, json_at, json_length FROM revision ORDER BY entry, n";
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
        found.push(Finding { message: format!("entry {entry} revision {n}: {wrong}") });
        if found.len() > FINDINGS_MAX {
            break;
        }
    }
    Ok(())
}

fn envelopes(db: &Connection, found: &mut Vec<Finding>) -> Result<(), BookError> {
    let mut statement = db.prepare("SELECT id, length, sha, body FROM envelope ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, length): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (sha, body): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(3)?);
        match unpack(&body, length, &format!("envelope {id}")) {
            Ok(bytes) if Sha256::digest(&bytes)[..] == sha[..] => {}
            Ok(_) => found.push(Finding { message: format!("envelope {id} is not what was sealed") }),
            Err(error) => found.push(Finding { message: error.message }),
        }
    }
    Ok(())
}

fn confirmations(db: &Connection, found: &mut Vec<Finding>) -> Result<(), BookError> {
    let sql = "SELECT c.id, c.length, c.body, e.detail FROM event e
        LEFT JOIN confirmation c ON c.id = json_extract(e.detail, '$.confirmation')
        WHERE e.kind = 'confirmation' ORDER BY e.seq";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let detail: String = row.get(3)?;
        let detail: serde_json::Value = serde_json::from_str(&detail).unwrap_or_default();
        let what = format!("confirmation {}", detail["confirmation"]);
        let message = match row.get::<_, Option<i64>>(0)? {
            None => format!("{what} is missing"),
            Some(_) => match unpack(&row.get::<_, Vec<u8>>(2)?, row.get(1)?, &what) {
                Ok(bytes) if detail["sha256"] == hash(&bytes) => continue,
                Ok(_) => format!("{what} is not what came"),
                Err(error) => error.message,
            },
        };
        found.push(Finding { message });
    }
    Ok(())
}

fn events(db: &Connection, found: &mut Vec<Finding>) -> Result<(), BookError> {
    if let Some(seq) = chain::broken(db)? {
        let message =
            format!("event {seq} does not follow from the one before it: one was changed or is missing");
        found.push(Finding { message });
    }
    Ok(())
}
