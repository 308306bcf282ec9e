//! Mended entries: what a mapping makes of other data is kept to be looked at, then written as a revision.

use super::intake::{Batch, Taken, Template};
use super::pieces::Packer;
use super::row::EntryKey;
use super::sink::{inside, searchable};
use super::{Book, BookError, Turn, Who, content_hash, sums};
use crate::crash::point;
use crate::diag::Code;
use crate::fate::{Input, Mode, Step};
use crate::sink::{DocumentInfo, EnvelopeHead, Outcome, Outcomes, Reject, Sink, SinkError};
use rusqlite::params;
use std::ops::Range;

/// Where an entry's present revision came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The mapping's path, as it was given.
    pub path: String,
    /// SHA-256 of the mapping's text.
    pub hash: [u8; 32],
    /// The mapping's parameters, a JSON object.
    pub params: String,
    /// The envelope's bytes before the first document; `None` where the mapping refused the entry.
    pub head: Option<Vec<u8>>,
}

/// A mapped document of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafted {
    /// Its natural key, as the mapping makes it.
    pub natural: String,
    /// The id in its own header.
    pub said: String,
    /// Its line items.
    pub lines: u64,
    /// The JSON it was made of.
    pub original: Vec<u8>,
    range: Range<usize>,
}

/// A document that the mapping refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// Its key, where it could be made.
    pub natural: Option<String>,
    /// The kind of mistake.
    pub code: Code,
    /// What is there and what was expected.
    pub message: String,
    /// `file:line:column`
    pub place: String,
}

/// Takes the documents of a run and keeps them in memory: a sink for the data of one entry.
#[derive(Debug, Default)]
pub struct Draft {
    ids: (String, String),
    bytes: Vec<u8>,
    /// What was mapped.
    pub documents: Vec<Drafted>,
    /// What was not.
    pub refused: Vec<Unmapped>,
}

impl Draft {
    /// The element of one of its documents.
    pub fn xml(&self, document: &Drafted) -> &[u8] {
        self.bytes.get(document.range.clone()).unwrap_or_default()
    }

    fn head(&self) -> &[u8] {
        let end = self.documents.first().map_or(0, |first| first.range.start);
        self.bytes.get(..end).unwrap_or_default()
    }

    fn tail(&self) -> &[u8] {
        let start = self.documents.last().map_or(0, |last| last.range.end);
        self.bytes.get(start..).unwrap_or_default()
    }
}

impl Sink for Draft {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        self.ids = (envelope.id.to_owned(), envelope.uuid.to_owned());
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        let mut original = vec![];
        document.original.write_to(&mut original);
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        self.documents.push(Drafted {
            natural: if document.key.is_empty() { document.id } else { document.key }.to_owned(),
            said: document.id.to_owned(),
            lines: document.lines,
            original,
            range: place(document.range.start)..place(document.range.end),
        });
        Ok(())
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        Ok(Outcomes::All(Outcome::Deferred))
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        self.refused.push(Unmapped {
            natural: reject.key.filter(|key| !key.is_empty()).map(str::to_owned),
            code: reject.code,
            message: reject.message.to_owned(),
            place: reject.place.to_string(),
        });
        Ok(())
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// A document of a draft that is to become the next revision of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'e> {
    /// The mapping that made it, and its data's name.
    pub batch: &'e Batch,
    /// What the mapping made.
    pub draft: &'e Draft,
    /// Which of its documents.
    pub document: &'e Drafted,
    /// The revision that it was made as.
    pub revision: u8,
    /// The element that holds its company code, without brackets; empty: it is not looked for.
    pub company: &'e str,
}

impl Book {
    /// Where an entry's present revision came from.
    ///
    /// # Errors
    ///
    /// J713 to J716.
    pub fn origin(&self, key: EntryKey) -> Result<Origin, BookError> {
        let sql = "SELECT b.path, b.hash, b.params, t.head FROM entry e JOIN batch b ON b.id = e.batch
            JOIN revision r ON r.entry = e.id AND r.n = e.revision LEFT JOIN template t ON t.id = r.template
            WHERE e.key = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([key.0])?;
        let Some(row) = rows.next()? else {
            return Err(BookError::new(Code::J716, format!("no entry has the key {key}")));
        };
        Ok(Origin { path: row.get(0)?, hash: row.get(1)?, params: row.get(2)?, head: row.get(3)? })
    }

    /// Gives an entry other data, in a transaction of its own.
    ///
    /// # Errors
    ///
    /// J716, J718, J719.
    pub fn edit(&mut self, key: EntryKey, edit: &Edit<'_>, who: Who<'_>) -> Result<Step, BookError> {
        let step = self.turn(|turn| {
            let step = turn.edit(key, edit, who)?;
            point("edit.before");
            Ok(step)
        })?;
        point("edit.after");
        Ok(step)
    }
}

impl Turn<'_> {
    /// Gives an entry other data: its next revision, in an envelope of its own template.
    ///
    /// # Errors
    ///
    /// J716; J718 where its state does not allow it, or where it was changed since its draft was made; J719.
    pub fn edit(&self, key: EntryKey, edit: &Edit<'_>, who: Who<'_>) -> Result<Step, BookError> {
        let Edit { batch, draft, document, revision, company } = *edit;
        let id = self.entry(key)?;
        let xml = draft.xml(document);
        let step = self.input(id, Input::Edit { mapped: true })?;
        if step.entry.revision != revision {
            let message = "the entry was changed by somebody else meanwhile: look at it again";
            return Err(BookError::new(Code::J718, message));
        }
        if step.entry.mode == Mode::SyncLookup {
            searchable(xml, &document.said)?;
        }
        let was: i64 = self.db.query_row("SELECT batch FROM entry WHERE id = ?1", [id], |r| r.get(0))?;
        let own = self.begin(batch)?;
        self.db.execute("UPDATE batch SET complete = 1, ended = ?2 WHERE id = ?1", params![own, self.now])?;
        let template =
            self.template(&Template { head: draft.head(), id: &draft.ids.0, uuid: &draft.ids.1 })?;
        self.tail(template, draft.tail())?;
        let taken = Taken {
            natural: &document.natural,
            said: &document.said,
            lines: document.lines,
            company: inside(xml, company),
            original: &document.original,
            xml,
        };
        self.revise(id, revision, template, &taken, who)?;
        let sql = "UPDATE entry SET batch = ?2, cause = NULL, company = ?3, lines = ?4 WHERE id = ?1";
        let lines = i64::try_from(taken.lines).unwrap_or(i64::MAX);
        self.db.execute(sql, params![id, own, taken.company, lines])?;
        let detail = serde_json::json!({
            "who": who.name, "reason": who.reason, "state": step.entry.phase.name(), "revision": revision,
            "source": batch.source, "mapping": batch.path, "batch": own, "batch_before": was,
        });
        self.event(Some(id), None, "edit", &detail.to_string())?;
        Ok(step)
    }

    fn revise(
        &self,
        id: i64,
        n: u8,
        template: i64,
        taken: &Taken<'_>,
        who: Who<'_>,
    ) -> Result<(), BookError> {
        let mut packer = Packer::default();
        let (piece, json, xml) = packer.add(self, taken.original, taken.xml)?;
        packer.flush(self)?;
        let sql =
            "INSERT INTO revision VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL, ?11, ?12, ?13, 0)";
        self.db.prepare_cached(sql)?.execute(params![
            id,
            n,
            content_hash(taken.original),
            template,
            piece,
            json.at as i64,
            json.length as i64,
            xml.at as i64,
            xml.length as i64,
            taken.said,
            who.name,
            who.reason,
            self.now
        ])?;
        self.sum(&sums::REVISION, "entry = ?1 AND n = ?2", params![id, n])
    }
}
