//! What a person, a look-up, a confirmation or a clock does to one entry.

use super::intake::replaced;
use super::pieces::{Packer, Spot, Unpacker};
use super::record::{MemberResult, Posted};
use super::row::{EntryKey, find, load};
use super::{Book, BookError, Turn, sums};
use crate::diag::Code;
use crate::fate::{Answer, Input, Phase, Step};
use rusqlite::{OptionalExtension, params};

/// Who acts, and why.
#[derive(Debug, Clone, Copy)]
pub struct Who<'w> {
    /// A person's name, or `jemap`.
    pub name: &'w str,
    /// The reason, for the audit.
    pub reason: &'w str,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send it again; `absent`: it was looked for in the receiver, and is not there.
    Retry {
        /// It is not there.
        absent: bool,
    },
    /// Close it.
    Close,
    /// Its document was found.
    Settle(Posted),
    /// Its message was cancelled in the receiver.
    Cancelled,
}

impl Action {
    fn name(&self) -> &'static str {
        match self {
            Action::Retry { .. } => "retry",
            Action::Close => "close",
            Action::Settle(_) => "settle",
            Action::Cancelled => "cancelled",
        }
    }
    fn input(&self) -> Input {
        match self {
            Action::Retry { absent } => Input::Retry { absent: *absent },
            Action::Close => Input::Close,
            Action::Settle(_) => Input::SettledByHand,
            Action::Cancelled => Input::Cancelled,
        }
    }
}

impl Book {
    /// Does something to one entry, in a transaction of its own.
    ///
    /// # Errors
    ///
    /// J716, J718.
    pub fn act(&mut self, key: EntryKey, action: &Action, who: Who<'_>) -> Result<Step, BookError> {
        self.turn(|turn| turn.act(key, action, who))
    }
}

impl Turn<'_> {
    /// The row of a key.
    ///
    /// # Errors
    ///
    /// J716.
    pub fn entry(&self, key: EntryKey) -> Result<i64, BookError> {
        find(&self.db, key)?.ok_or_else(|| BookError::new(Code::J716, format!("no entry has the key {key}")))
    }

    /// Does something to one entry, and writes who and why.
    ///
    /// # Errors
    ///
    /// J716, J718.
    pub fn act(&self, key: EntryKey, action: &Action, who: Who<'_>) -> Result<Step, BookError> {
        let id = self.entry(key)?;
        let before = load(&self.db, id)?.revision;
        if let Action::Settle(posted) = action {
            self.may_be_its(id, posted)?;
        }
        let step = self.input(id, action.input())?;
        if step.entry.revision != before {
            self.carry(id, key, (before, step.entry.revision), who)?;
        }
        if let Action::Settle(posted) = action {
            self.found(id, step.entry.revision, step.entry.attempt, posted)?;
        }
        let detail = serde_json::json!({
            "who": who.name, "reason": who.reason, "state": step.entry.phase.name()
        });
        self.event(Some(id), None, action.name(), &detail.to_string())?;
        Ok(step)
    }

    /// Whether a document that a person names may be the entry's: of its company code, and no other entry's.
    fn may_be_its(&self, id: i64, posted: &Posted) -> Result<(), BookError> {
        let sql = "SELECT company FROM entry WHERE id = ?1";
        let company: Option<String> = self.db.prepare_cached(sql)?.query_row([id], |r| r.get(0))?;
        let Posted { document, company: other, year } = posted;
        let not = |message| {
            let help = Some("look the document up in the receiver once more: was a number mistyped?");
            Err(BookError { help, ..BookError::new(Code::J718, message) })
        };
        if let Some(company) = company.filter(|company| company != other) {
            return not(format!(
                "the entry is of company code {company}, document {document}/{other}/{year} is not"
            ));
        }
        let sql = "SELECT e.natural_key FROM outcome o JOIN entry e ON e.id = o.entry JOIN batch b ON b.id = e.batch
            WHERE o.document = ?1 AND o.company = ?2 AND o.year = ?3 AND e.id <> ?4
              AND b.destination = (SELECT b.destination FROM entry e JOIN batch b ON b.id = e.batch WHERE e.id = ?4)";
        let taken: Option<String> = self
            .db
            .prepare_cached(sql)?
            .query_row(params![document, other, year, id], |r| r.get(0))
            .optional()?;
        match taken {
            Some(taken) => not(format!("document {document}/{other}/{year} is that of entry {taken}")),
            None => Ok(()),
        }
    }

    /// A new revision of the same data: the same bytes but for the revision in its id, where the id is jemap's.
    fn carry(&self, id: i64, key: EntryKey, (from, to): (u8, u8), who: Who<'_>) -> Result<(), BookError> {
        let sql = "SELECT piece, json_at, json_length, xml_at, xml_length, said FROM revision
            WHERE entry = ?1 AND n = ?2";
        type Found = (i64, i64, i64, i64, i64, String);
        let (piece, json_at, json_length, xml_at, xml_length, said): Found =
            self.db.prepare_cached(sql)?.query_row(params![id, from], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?))
            })?;
        let mut unpacker = Unpacker::default();
        let json = unpacker.get(&self.db, piece, Spot::new(json_at, json_length)?)?.to_vec();
        let xml = unpacker.get(&self.db, piece, Spot::new(xml_at, xml_length)?)?;
        let (said, xml) = match EntryKey::parse(&said) {
            Some(_) => (key.said(to), replaced(xml, said.as_bytes(), key.said(to).as_bytes())),
            None => (said, xml.to_vec()),
        };
        let mut packer = Packer::default();
        let (piece, json, xml) = packer.add(self, &json, &xml)?;
        packer.flush(self)?;
        let sql =
            "INSERT INTO revision SELECT entry, ?3, content, template, ?4, ?5, ?6, ?7, ?8, ?9, NULL, ?10,
            ?11, ?12, 0 FROM revision WHERE entry = ?1 AND n = ?2";
        self.db.prepare_cached(sql)?.execute(params![
            id,
            from,
            to,
            piece,
            json.at as i64,
            json.length as i64,
            xml.at as i64,
            xml.length as i64,
            said,
            who.name,
            who.reason,
            self.now
        ])?;
        self.sum(&sums::REVISION, "entry = ?1 AND n = ?2", params![id, to])
    }

    /// Applies an input to one entry, and sees to its envelope: for look-ups, settle times, confirmations.
    pub fn input(&self, id: i64, input: Input) -> Result<Step, BookError> {
        let (step, envelope) = self.input_alone(id, input)?;
        if let Some(envelope) = envelope {
            self.rest(envelope, self.now)?;
        }
        Ok(step)
    }

    /// Applies an input to one entry; the envelope that is to be seen to when all of its members were told.
    pub(super) fn input_alone(&self, id: i64, input: Input) -> Result<(Step, Option<i64>), BookError> {
        let sql = "SELECT envelope FROM entry WHERE id = ?1";
        let envelope: Option<i64> =
            self.db.prepare_cached(sql)?.query_row([id], |r| r.get(0)).optional()?.flatten();
        let before = load(&self.db, id)?.phase;
        let step = self.apply(id, input)?;
        Ok((step, envelope.filter(|_| before != Phase::Ready)))
    }

    /// Writes the document of an entry, as no answer of its attempt told it.
    pub fn found(&self, id: i64, revision: u8, attempt: u32, posted: &Posted) -> Result<(), BookError> {
        let result = MemberResult {
            answer: Answer::Posted,
            posted: Some(posted.clone()),
            severity: None,
            notes: "[]".into(),
            cause: None,
        };
        self.outcome(id, revision, attempt, &result)
    }
}
