//! One entry with all that is known of it: revisions, attempts with their answers, outcomes, events.

use super::pieces::{Spot, Unpacker, unpack};
use super::row::{EntryKey, find, shown};
use super::views_list::{COLUMNS, Listed, listed};
use super::{Book, BookError};
use crate::fate::Entry;
use rusqlite::Row;
use std::collections::VecDeque;

/// All of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// As a list has it.
    pub listed: Listed,
    /// Its fate: what it waits for, and what is known of it.
    pub fate: Entry,
    /// The inputs of its batch.
    pub source: String,
    /// The mapping's name and version.
    pub mapping: (String, u64),
    /// Its line items.
    pub lines: u64,
    /// When it was taken.
    pub received: i64,
    /// From the first on.
    pub revisions: Vec<Revision>,
    /// From the first on, of all revisions.
    pub attempts: Vec<Attempt>,
    /// From the first on.
    pub outcomes: Vec<Outcome>,
    /// In the order in which they were written.
    pub events: Vec<Event>,
}

/// What it said at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// From 0.
    pub number: u8,
    /// The id in its own header.
    pub said: String,
    /// `intake`, or a person's name.
    pub author: String,
    /// Why it was made.
    pub reason: String,
    /// When.
    pub made: i64,
    /// The original JSON.
    pub original: Vec<u8>,
    /// Its element; empty where the mapping refused it.
    pub xml: Vec<u8>,
    /// Why the mapping refused it: `message` and `place` as a JSON object; with `cut` where of a line over the
    /// limit only the beginning is in `original`.
    pub refusal: Option<String>,
    /// Its data is in an archive, and not here.
    pub archived: bool,
}

/// One request with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The envelope's row.
    pub envelope: i64,
    /// The attempt's number within its envelope.
    pub number: i64,
    /// The transport id, a UUID.
    pub message_id: String,
    /// Documents of the envelope.
    pub documents: u64,
    /// The revision that was in it.
    pub revision: u8,
    /// When it began.
    pub started: i64,
    /// When it ended; `None`: it is under way.
    pub ended: Option<i64>,
    /// The class of the reply.
    pub class: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// What went wrong on the way.
    pub problem: Option<String>,
    /// The answer's bytes.
    pub answer: Vec<u8>,
}

/// What was said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Of which revision.
    pub revision: u8,
    /// Of which of its attempts.
    pub attempt: u32,
    /// `posted`, `refused`, `taken`, `unknown` …
    pub kind: String,
    /// Document number, company code, fiscal year.
    pub posted: Option<[String; 3]>,
    /// The highest severity of its notes.
    pub severity: Option<u8>,
    /// The notes, a JSON array.
    pub notes: String,
    /// When.
    pub at: i64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number in the book.
    pub number: i64,
    /// When.
    pub at: i64,
    /// The envelope, where it happened to that.
    pub envelope: Option<i64>,
    /// What.
    pub kind: String,
    /// A JSON object.
    pub detail: String,
}

/// Reads entries whole, one after the other. Neighbours lie in the same piece and came with the same answers:
/// the last ones are kept, so that each is unpacked once.
pub struct Showing<'b> {
    book: &'b Book,
    unpacker: Unpacker,
    /// Answers by envelope and attempt, the latest last.
    answers: VecDeque<((i64, i64), Vec<u8>)>,
}

/// Answers that are kept, each of at most 1 MiB.
const ANSWERS: usize = 4;

impl Book {
    /// All of an entry; `None`: the book has no such key.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn show(&self, key: EntryKey) -> Result<Option<Shown>, BookError> {
        match find(&self.connection, key)? {
            Some(id) => self.showing().whole(id),
            None => Ok(None),
        }
    }

    /// What reads many entries whole.
    pub fn showing(&self) -> Showing<'_> {
        Showing { book: self, unpacker: Unpacker::default(), answers: VecDeque::new() }
    }
}

impl Showing<'_> {
    /// All of an entry, of one moment; `None`: it is not there any more.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn show(&mut self, listed: &Listed) -> Result<Option<Shown>, BookError> {
        self.whole(listed.row)
    }

    fn whole(&mut self, id: i64) -> Result<Option<Shown>, BookError> {
        // dropped last
        let _moment = self.book.connection.unchecked_transaction()?;
        let sql = format!(
            "SELECT {COLUMNS}, b.source, b.mapping, b.version, e.lines, e.received,
             e.mode, e.phase, e.revision, e.attempt, e.marks, b.complete
             FROM entry e JOIN batch b ON b.id = e.batch WHERE e.id = ?1"
        );
        let mut statement = self.book.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (version, lines): (i64, i64) = (row.get(13)?, row.get(14)?);
        let mut lines_of = [listed(row)?];
        self.book.named(&mut lines_of)?;
        let [listed] = lines_of;
        let shown = Shown {
            listed,
            fate: shown(row, 16)?,
            source: row.get(11)?,
            mapping: (row.get(12)?, version as u64),
            lines: lines as u64,
            received: row.get(15)?,
            revisions: self.revisions(id)?,
            attempts: self.attempts(id)?,
            outcomes: self.outcomes(id)?,
            events: self.events(id)?,
        };
        Ok(Some(shown))
    }

    fn revisions(&mut self, id: i64) -> Result<Vec<Revision>, BookError> {
        let sql = "SELECT n, said, author, reason, made, refusal, piece, json_at, json_length, xml_at,
            xml_length, coalesce(p.length < 0, 0) FROM revision r LEFT JOIN piece p ON p.id = r.piece
            WHERE entry = ?1 ORDER BY n";
        let mut statement = self.book.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let mut list = vec![];
        while let Some(row) = rows.next()? {
            let archived: bool = row.get(11)?;
            let mut bytes = |at: usize| -> Result<Vec<u8>, BookError> {
                if archived {
                    return Ok(vec![]);
                }
                let spot = Spot::new(row.get(at)?, row.get(at + 1)?)?;
                Ok(self.unpacker.get(&self.book.connection, row.get(6)?, spot)?.to_vec())
            };
            list.push(Revision {
                original: bytes(7)?,
                xml: bytes(9)?,
                number: row.get(0)?,
                said: row.get(1)?,
                author: row.get(2)?,
                reason: row.get(3)?,
                made: row.get(4)?,
                refusal: row.get(5)?,
                archived,
            });
        }
        Ok(list)
    }

    fn attempts(&mut self, id: i64) -> Result<Vec<Attempt>, BookError> {
        let sql =
            "SELECT a.envelope, a.n, v.message_id, v.documents, m.revision, a.started, a.ended, a.class,
            a.status, a.problem, a.answer FROM member m JOIN envelope v ON v.id = m.envelope
            JOIN attempt a ON a.envelope = m.envelope WHERE m.entry = ?1 ORDER BY a.envelope, a.n";
        let mut statement = self.book.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let mut list = vec![];
        while let Some(row) = rows.next()? {
            let (message, documents): ([u8; 16], i64) = (row.get(2)?, row.get(3)?);
            let (envelope, number) = (row.get(0)?, row.get(1)?);
            let answer = answer(&mut self.answers, (envelope, number), row)?;
            list.push(Attempt {
                envelope,
                number,
                message_id: String::from_utf8_lossy(&crate::run::EntryId(message).uuid()).into_owned(),
                documents: documents as u64,
                revision: row.get(4)?,
                started: row.get(5)?,
                ended: row.get(6)?,
                class: row.get(7)?,
                status: row.get(8)?,
                problem: row.get(9)?,
                answer,
            });
        }
        Ok(list)
    }

    fn outcomes(&self, id: i64) -> Result<Vec<Outcome>, BookError> {
        let sql = "SELECT revision, attempt, kind, document, company, year, severity, notes, at FROM outcome
            WHERE entry = ?1 ORDER BY id";
        let mut statement = self.book.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let mut list = vec![];
        while let Some(row) = rows.next()? {
            let document: Option<String> = row.get(3)?;
            let posted = match document {
                Some(document) => {
                    let rest: (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
                    Some([document, rest.0.unwrap_or_default(), rest.1.unwrap_or_default()])
                }
                None => None,
            };
            list.push(Outcome {
                revision: row.get(0)?,
                attempt: row.get(1)?,
                kind: row.get(2)?,
                posted,
                severity: row.get(6)?,
                notes: row.get(7)?,
                at: row.get(8)?,
            });
        }
        Ok(list)
    }

    fn events(&self, id: i64) -> Result<Vec<Event>, BookError> {
        let sql = "SELECT seq, at, envelope, kind, detail FROM event WHERE entry = ?1
            UNION ALL SELECT v.seq, v.at, v.envelope, v.kind, v.detail FROM member m
            JOIN event v ON v.envelope = m.envelope WHERE m.entry = ?1 AND v.entry IS NULL";
        let mut statement = self.book.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let mut list = vec![];
        while let Some(row) = rows.next()? {
            list.push(Event {
                number: row.get(0)?,
                at: row.get(1)?,
                envelope: row.get(2)?,
                kind: row.get(3)?,
                detail: row.get(4)?,
            });
        }
        list.sort_by_key(|event| event.number);
        list.dedup_by_key(|event| event.number);
        Ok(list)
    }
}

/// The answer to an attempt, from the tenth column or from those that are kept. It is written once, when the
/// attempt has ended.
fn answer(
    kept: &mut VecDeque<((i64, i64), Vec<u8>)>,
    of: (i64, i64),
    row: &Row<'_>,
) -> Result<Vec<u8>, BookError> {
    if let Some((_, answer)) = kept.iter().find(|(attempt, _)| *attempt == of) {
        return Ok(answer.clone());
    }
    let Some(packed) = row.get_ref(10)?.as_blob_or_null().map_err(rusqlite::Error::from)? else {
        return Ok(vec![]);
    };
    let answer = answered(packed)?;
    if kept.len() == ANSWERS {
        kept.pop_front();
    }
    kept.push_back((of, answer.clone()));
    Ok(answer)
}

/// An answer as it was packed; it says its own length.
fn answered(packed: &[u8]) -> Result<Vec<u8>, BookError> {
    let length = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten().unwrap_or(u64::MAX);
    unpack(packed, i64::try_from(length).unwrap_or(i64::MAX), "an answer")
}
