//! Envelopes: composed of ready entries and frozen, then claimed for one attempt after the other.

use super::due::READY;
use super::intake::replaced;
use super::pieces::{Spot, Unpacker, pack, unpack};
use super::row::{EntryKey, Placed, With, load};
use super::{BookError, Turn, sums};
use crate::crash::breaks;
use crate::fate::{Input, Next};
use crate::run::EntryId;
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

/// An envelope waits to be sent.
pub(super) const WAITING: i64 = 0;
/// A request with it is under way.
pub(super) const SENDING: i64 = 1;
/// It waits for something else than being sent: a settle time, a look-up.
pub(super) const HELD: i64 = 2;
/// Nothing more is done with it by itself.
pub(super) const RESOLVED: i64 = 3;

/// Limits of one envelope.
#[derive(Debug, Clone, Copy)]
pub struct Sealing<'s> {
    /// The destination's name.
    pub destination: &'s str,
    /// Most documents, at least 1.
    pub documents_max: usize,
    /// Most bytes of documents; one document alone may have more.
    pub bytes_max: usize,
}

/// A member of a claimed envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its row.
    pub entry: i64,
    /// The id in its own header: what the answer refers to.
    pub reference: String,
}

/// An envelope whose next attempt is written down: it may be sent after the turn has ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its row.
    pub envelope: i64,
    /// The attempt's number within the envelope, from 1.
    pub attempt: i64,
    /// The transport id, a UUID; the same at every attempt.
    pub message_id: String,
    /// The bytes, verified.
    pub body: Vec<u8>,
    /// In the order of the bytes.
    pub members: Vec<Member>,
}

/// An envelope that is due.
struct Due {
    envelope: i64,
    message_id: [u8; 16],
    length: i64,
    sha: Vec<u8>,
    body: Vec<u8>,
    attempts: i64,
    members: Vec<Placed>,
}

pub(super) struct Ready {
    pub(super) id: i64,
    key: EntryKey,
    revision: u8,
    template: i64,
    piece: i64,
    xml: Spot,
}

impl Turn<'_> {
    /// Seals one envelope of ready entries of complete batches, oldest first. `None`: there are none.
    pub fn seal(&self, order: &Sealing<'_>) -> Result<Option<i64>, BookError> {
        let batch = self.batch_after(&READY, order.destination, None)?;
        let Some(batch) = batch else { return Ok(None) };
        let list = self.chosen(batch, order)?;
        self.freeze(order.destination, &list).map(Some)
    }

    /// What the next envelope is made of.
    pub(super) fn chosen(&self, batch: i64, order: &Sealing<'_>) -> Result<Vec<Ready>, BookError> {
        let sql = "SELECT e.id, e.key, e.revision, r.template, r.piece, r.xml_at, r.xml_length
            FROM entry e INDEXED BY entry_ready JOIN revision r ON r.entry = e.id AND r.n = e.revision
            WHERE e.phase = 1 AND e.batch = ?1 ORDER BY e.id LIMIT ?2";
        let limit = i64::try_from(order.documents_max.max(1)).unwrap_or(i64::MAX);
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query(params![batch, limit])?;
        let (mut list, mut bytes): (Vec<Ready>, usize) = (vec![], 0);
        while let Some(row) = rows.next()? {
            let spot = Spot::new(row.get(5)?, row.get(6)?)?;
            let ready = Ready {
                id: row.get(0)?,
                key: EntryKey(row.get(1)?),
                revision: row.get(2)?,
                template: row.get(3)?,
                piece: row.get(4)?,
                xml: spot,
            };
            let differs = list.first().is_some_and(|first| first.template != ready.template);
            if !list.is_empty() && (differs || bytes + spot.length > order.bytes_max) {
                break;
            }
            bytes += spot.length;
            list.push(ready);
        }
        Ok(list)
    }

    pub(super) fn freeze(&self, destination: &str, list: &[Ready]) -> Result<i64, BookError> {
        let Some(first) = list.first() else { return Err(BookError::damaged("its index of ready entries")) };
        let sql = "SELECT head, said_id, said_uuid, tail FROM template WHERE id = ?1";
        let (head, said_id, said_uuid, tail): (Vec<u8>, String, String, Vec<u8>) = self
            .db
            .prepare_cached(sql)?
            .query_row([first.template], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
        let (mut documents, mut unpacker) = (vec![], Unpacker::default());
        for ready in list {
            let xml = unpacker.get(&self.db, ready.piece, ready.xml)?;
            breaks("seal", xml);
            documents.extend_from_slice(xml);
        }
        let mut digest = Sha256::new();
        for part in [&head, &documents, &tail] {
            digest.update(part);
        }
        let letters: String = digest.finalize().iter().map(|b| format!("{b:02x}")).collect();
        let mut parts = vec![destination.to_owned()];
        parts.extend(list.iter().map(|ready| ready.key.said(ready.revision)));
        parts.push(letters);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let id = EntryId::derive("jemap-message/1", &parts);
        let head = replaced(&head, said_id.as_bytes(), id.message_text().as_bytes());
        let mut body = replaced(&head, said_uuid.as_bytes(), &id.uuid());
        body.extend_from_slice(&documents);
        body.extend_from_slice(&tail);
        let (envelope, known) = self.envelope(id, destination, list.len(), &body)?;
        for (position, ready) in list.iter().enumerate() {
            let fate = load(&self.db, ready.id)?;
            self.apply_to(ready.id, fate, Input::Seal, With::Envelope(envelope))?;
            let sql = "INSERT INTO member VALUES (?1, ?2, ?3, ?4, 0)";
            if !known {
                let values = params![envelope, position as i64, ready.id, ready.revision];
                self.db.prepare_cached(sql)?.execute(values)?;
            }
        }
        let (documents, letters) = sums::digest(&self.db, sums::MEMBERS, [envelope])?;
        let detail = serde_json::json!({ "documents": documents, "digest": letters });
        self.event(None, Some(envelope), "sealed", &detail.to_string())?;
        Ok(envelope)
    }

    /// Writes an envelope. The same entries sealed again, after a refusal, give the same id and bytes: then it is
    /// the one that is there, `true`.
    fn envelope(
        &self,
        id: EntryId,
        destination: &str,
        documents: usize,
        body: &[u8],
    ) -> Result<(i64, bool), BookError> {
        let sql = "SELECT id FROM envelope WHERE message_id = ?1";
        let known: Option<i64> = self.db.prepare_cached(sql)?.query_row([id.0], |r| r.get(0)).optional()?;
        if let Some(envelope) = known {
            let sql = "UPDATE envelope SET state = ?2, due = ?3 WHERE id = ?1";
            self.db.prepare_cached(sql)?.execute(params![envelope, WAITING, self.now])?;
            return Ok((envelope, true));
        }
        let sha: [u8; 32] = Sha256::digest(body).into();
        self.db
            .prepare_cached(
                "INSERT INTO envelope VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7, ?7,
                checksum(?1, ?2, ?3, ?4, ?5, ?6, ?7))",
            )?
            .execute(params![
                id.0,
                destination,
                documents as i64,
                body.len() as i64,
                sha,
                pack(body)?,
                self.now
            ])?;
        Ok((self.db.last_insert_rowid(), false))
    }

    /// Claims the envelope of a destination that is due longest, and writes the intent of its next attempt.
    /// `deadline` is when the request is given up. `None`: nothing is due.
    ///
    /// # Errors
    ///
    /// J718 when the epoch has passed: another process sends. J715 when its bytes are not what they were.
    pub fn claim(
        &self,
        destination: &str,
        worker: &str,
        epoch: i64,
        deadline: i64,
    ) -> Result<Option<Claim>, BookError> {
        if self.epoch()? != epoch {
            let message = "another process has begun to send from this book";
            return Err(BookError::new(crate::diag::Code::J718, message));
        }
        let Some(due) = self.due(destination)? else { return Ok(None) };
        let Due { envelope, message_id, length, sha, body, attempts, members: placed } = due;
        let body = unpack(&body, length, &format!("envelope {envelope}"))?;
        if Sha256::digest(&body)[..] != sha[..] {
            return Err(BookError::damaged(format_args!("envelope {envelope} is not what was sealed")));
        }
        let attempt = attempts + 1;
        let mut members = vec![];
        for Placed { position, entry, reference, fate, .. } in placed {
            if fate.next() == Next::Send {
                let done = self.apply_to(entry, fate, Input::Intend, With::Deadline(deadline))?;
                self.db
                    .prepare_cached("UPDATE member SET attempt = ?3 WHERE envelope = ?1 AND position = ?2")?
                    .execute(params![envelope, position, done.entry.attempt])?;
            }
            members.push(Member { entry, reference });
        }
        self.db
            .prepare_cached("UPDATE envelope SET state = ?2, attempts = ?3 WHERE id = ?1")?
            .execute(params![envelope, SENDING, attempt])?;
        self.db
            .prepare_cached(
                "INSERT INTO attempt VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, NULL, NULL, NULL, NULL, 0)",
            )?
            .execute(params![envelope, attempt, worker, epoch, self.now, deadline])?;
        self.sum(&sums::ATTEMPT, "envelope = ?1 AND n = ?2", params![envelope, attempt])?;
        self.event(None, Some(envelope), "intent", &format!("{{\"attempt\":{attempt}}}"))?;
        let uuid = EntryId(message_id).uuid();
        let message_id = String::from_utf8_lossy(&uuid).into_owned();
        Ok(Some(Claim { envelope, attempt, message_id, body, members }))
    }

    /// The envelope that is due longest. One with a member that must not be sent any more is taken apart: what was
    /// never in doubt goes into new ones, what is in doubt is withheld.
    fn due(&self, destination: &str) -> Result<Option<Due>, BookError> {
        let sql = "SELECT id, message_id, length, sha, body, attempts FROM envelope INDEXED BY envelope_open
            WHERE destination = ?1 AND state = 0 AND state < 3 AND due <= ?2 ORDER BY due LIMIT 1";
        loop {
            let mut statement = self.db.prepare_cached(sql)?;
            let mut rows = statement.query(params![destination, self.now])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let envelope: i64 = row.get(0)?;
            let due = Due {
                envelope,
                message_id: row.get(1)?,
                length: row.get(2)?,
                sha: row.get(3)?,
                body: row.get(4)?,
                attempts: row.get(5)?,
                members: self.members(envelope)?,
            };
            let Some(hindrance) = self.hindrance(&due.members)? else { return Ok(Some(due)) };
            self.take_apart(envelope, due.members, &hindrance)?;
        }
    }
}
