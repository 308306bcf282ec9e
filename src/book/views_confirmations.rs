//! What the monitor shows of confirmations, and of those of their parts that belong nowhere.

use super::pieces::unpack;
use super::{Book, BookError};
use rusqlite::{OptionalExtension, Row, params};

/// A confirmation in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its number in the book.
    pub number: i64,
    /// Its UUID, or the hash of what it says.
    pub name: String,
    /// The id of the message that it is about.
    pub message: Option<String>,
    /// The receiver's business system.
    pub sender: Option<String>,
    /// The file or the address that it came from.
    pub source: String,
    /// How many entries it tells of.
    pub entries: u64,
    /// How many of those wait for somebody.
    pub strays: u64,
    /// When it came first.
    pub received: i64,
    /// How often it came.
    pub times: u64,
    /// When it came last.
    pub latest: i64,
}

/// A part of a confirmation that changed nothing, and that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// The number of the confirmation.
    pub confirmation: i64,
    /// The id that it names.
    pub reference: Option<String>,
    /// `posted`, `refused` or `unclear`.
    pub says: String,
    /// Document number, company code, fiscal year.
    pub posted: Option<[String; 3]>,
    /// The notes, a JSON array.
    pub notes: String,
    /// Why it changed nothing.
    pub why: String,
    /// When it came.
    pub received: i64,
}

/// Strays: what no entry here was meant by, and what is unclear of an entry that has not ended meanwhile.
const OPEN: &str = "SELECT confirmation, position FROM stray INDEXED BY stray_open WHERE entry IS NULL
    UNION ALL SELECT s.confirmation, s.position FROM stray s INDEXED BY stray_unclear
    JOIN entry e ON e.id = s.entry
    WHERE s.kind = 'unclear' AND s.entry IS NOT NULL AND e.phase NOT IN (10, 11)";

const COLUMNS: &str = "c.id, c.name, c.message, c.sender, c.source, c.entries, c.received, c.times, c.latest,
    (SELECT count(*) FROM open o WHERE o.confirmation = c.id)";

fn heard(row: &Row<'_>) -> Result<Heard, rusqlite::Error> {
    let count = |at: usize| -> Result<u64, rusqlite::Error> { Ok(row.get::<_, i64>(at)? as u64) };
    Ok(Heard {
        number: row.get(0)?,
        name: row.get(1)?,
        message: row.get(2)?,
        sender: row.get(3)?,
        source: row.get(4)?,
        entries: count(5)?,
        received: row.get(6)?,
        times: count(7)?,
        latest: row.get(8)?,
        strays: count(9)?,
    })
}

impl Book {
    /// Confirmations, the latest first; only those with strays when asked.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn confirmations(&self, with_strays: bool, limit: usize) -> Result<Vec<Heard>, BookError> {
        let wanted = if with_strays { "WHERE c.id IN (SELECT confirmation FROM open)" } else { "" };
        let sql = format!(
            "WITH open AS MATERIALIZED ({OPEN}) SELECT {COLUMNS} FROM confirmation c {wanted}
             ORDER BY c.id DESC LIMIT ?1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], heard)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// One confirmation and its bytes as they came; `None`: there is none of this number.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn confirmation(&self, number: i64) -> Result<Option<(Heard, Vec<u8>)>, BookError> {
        let sql = format!(
            "WITH open AS MATERIALIZED ({OPEN}) SELECT {COLUMNS}, c.length, c.body FROM confirmation c
             WHERE c.id = ?1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let found = statement
            .query_row([number], |row| Ok((heard(row)?, row.get::<_, i64>(10)?, row.get::<_, Vec<u8>>(11)?)));
        match found.optional()? {
            None => Ok(None),
            Some((heard, length, body)) => {
                let body = unpack(&body, length, &format!("confirmation {number}"))?;
                Ok(Some((heard, body)))
            }
        }
    }

    /// Strays, those that came first first; of one confirmation, or of all.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn strays(&self, of: Option<i64>, limit: usize) -> Result<Vec<Stray>, BookError> {
        let sql = format!(
            "WITH open AS MATERIALIZED ({OPEN}) SELECT s.confirmation, s.reference, s.kind, s.document,
             s.company, s.year, s.notes, s.why, c.received FROM open o
             JOIN stray s ON s.confirmation = o.confirmation AND s.position = o.position
             JOIN confirmation c ON c.id = s.confirmation WHERE (?1 IS NULL OR s.confirmation = ?1)
             ORDER BY s.confirmation, s.position LIMIT ?2"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![of, limit])?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            let document: Option<String> = row.get(3)?;
            let rest: (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
            found.push(Stray {
                confirmation: row.get(0)?,
                reference: row.get(1)?,
                says: row.get(2)?,
                posted: document.map(|d| [d, rest.0.unwrap_or_default(), rest.1.unwrap_or_default()]),
                notes: row.get(6)?,
                why: row.get(7)?,
                received: row.get(8)?,
            });
        }
        Ok(found)
    }

    /// How many confirmations came, and how many strays there are.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn heard(&self) -> Result<(u64, u64), BookError> {
        let sql = format!("SELECT (SELECT count(*) FROM confirmation), (SELECT count(*) FROM ({OPEN}))");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let (all, strays): (i64, i64) = statement.query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok((all as u64, strays as u64))
    }
}
