//! Confirmations: what a receiver says of entries later, outside of any answer. Each is kept as it came, and
//! applied in the same transaction; what it says of an entry that is not here is kept as a *stray*.

use super::pieces::pack;
use super::record::Posted;
use super::row::{EntryKey, find, load};
use super::{BookError, Turn};
use crate::diag::Code;
use crate::fate::{Alarm, Input, Phase};
use crate::run::EntryId;
use rusqlite::{OptionalExtension, Row, params};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// A longer id of a message or of an entry is none that could be known, and is kept only in the bytes.
const ID_CHARACTERS_MAX: usize = 200;

/// A confirmation as it came, and what it says.
#[derive(Debug, Clone)]
pub struct Confirming<'c> {
    /// Its own id; the same when it is delivered again.
    pub uuid: Option<&'c str>,
    /// The id of the message that it is about.
    pub message: Option<&'c str>,
    /// The receiver's business system.
    pub sender: Option<&'c str>,
    /// When it was made, in RFC 3339.
    pub created: Option<&'c str>,
    /// The file or the address that it came from.
    pub source: &'c str,
    /// All of its bytes.
    pub body: &'c [u8],
    /// SHA-256 of what it says: two that say the same are one, two that differ are two, whatever their ids.
    pub digest: [u8; 32],
    /// What it says of each entry.
    pub parts: &'c [Part],
}

/// What a confirmation says of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The id in the entry's header.
    pub reference: Option<String>,
    /// What became of it.
    pub says: Says,
    /// The highest severity of its notes.
    pub severity: Option<u8>,
    /// Its notes, the cause first, as one JSON array.
    pub notes: String,
    /// The cause in short, `F5 808`.
    pub cause: Option<String>,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// It is posted.
    Posted(Posted),
    /// It was refused.
    Refused,
    /// It is not clear, and why.
    Unclear(String),
}

impl Says {
    /// In one word.
    pub fn word(&self) -> &'static str {
        match self {
            Says::Posted(_) => "posted",
            Says::Refused => "refused",
            Says::Unclear(_) => "unclear",
        }
    }
    fn posted(&self) -> Option<&Posted> {
        match self {
            Says::Posted(posted) => Some(posted),
            _ => None,
        }
    }
}

/// What came of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// Its number in the book.
    pub number: i64,
    /// It was there already; nothing was done.
    pub again: bool,
    /// What came of each of its parts; none where it was there already.
    pub effects: Vec<Effect>,
}

/// What came of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The place of the part.
    pub part: usize,
    /// The entry, where it is of this book.
    pub entry: Option<Touched>,
    /// Why it changed nothing and waits for somebody.
    pub stray: Option<String>,
    /// What a person must know at once.
    pub alarm: Option<Alarm>,
}

/// An entry that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Its key.
    pub key: EntryKey,
    /// Its natural key.
    pub natural: String,
    /// Its destination.
    pub destination: String,
    /// The revision that was meant.
    pub revision: u8,
    /// Where it stood.
    pub before: Phase,
    /// Where it stands.
    pub after: Phase,
}

/// A confirmation whose parts are being applied.
struct Source<'s> {
    number: i64,
    created: Option<&'s str>,
    /// Envelopes to be seen to when all parts were.
    envelopes: BTreeSet<i64>,
}

impl Turn<'_> {
    /// Keeps a confirmation and applies it. One that was there already is only counted.
    ///
    /// # Errors
    ///
    /// J713 to J715; then nothing of it is kept, and it must not be said to be received.
    pub fn confirm(&self, said: &Confirming<'_>) -> Result<Confirmed, BookError> {
        let (name, known) = self.name(said)?;
        if let Some(number) = known {
            let sql = "UPDATE confirmation SET times = times + 1, latest = ?2 WHERE id = ?1";
            self.db.prepare_cached(sql)?.execute(params![number, self.now])?;
            return Ok(Confirmed { number, again: true, effects: vec![] });
        }
        let sql = "INSERT INTO confirmation VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, ?10,
            checksum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))";
        self.db.prepare_cached(sql)?.execute(params![
            name,
            said.digest,
            said.message.map(short),
            said.sender.map(short),
            said.created.map(short),
            said.source,
            said.parts.len() as i64,
            said.body.len() as i64,
            pack(said.body)?,
            self.now
        ])?;
        let number = self.db.last_insert_rowid();
        let mut source = Source { number, created: said.created, envelopes: BTreeSet::new() };
        let mut effects = Vec::with_capacity(said.parts.len());
        for (at, part) in said.parts.iter().enumerate() {
            let effect = match self.meant(part.reference.as_deref(), said.message)? {
                Ok(entry) => self.told(at, part, entry, &mut source)?,
                Err(why) => Effect { part: at, entry: None, stray: Some(why), alarm: None },
            };
            if let Some(why) = &effect.stray {
                let entry = match &effect.entry {
                    Some(touched) => find(&self.db, touched.key)?,
                    None => None,
                };
                self.stray(number, at, part, why, entry)?;
            }
            effects.push(effect);
        }
        for envelope in source.envelopes {
            self.rest(envelope, self.now)?;
        }
        let strays = effects.iter().filter(|effect| effect.stray.is_some()).count();
        let detail = serde_json::json!({
            "confirmation": number, "id": name, "source": said.source, "entries": said.parts.len(),
            "strays": strays, "sha256": hash(said.body)
        });
        self.event(None, None, "confirmation", &detail.to_string())?;
        Ok(Confirmed { number, again: false, effects })
    }

    /// What a confirmation is called, and its number where it is there already.
    fn name(&self, said: &Confirming<'_>) -> Result<(String, Option<i64>), BookError> {
        let sql = "SELECT id, digest FROM confirmation WHERE name = ?1";
        let known = |name: &str| -> Result<Option<(i64, Vec<u8>)>, BookError> {
            let mut statement = self.db.prepare_cached(sql)?;
            Ok(statement.query_row([name], |r| Ok((r.get(0)?, r.get(1)?))).optional()?)
        };
        let letters: String = said.digest.iter().map(|b| format!("{b:02x}")).collect();
        let uuid = said.uuid.map(str::trim).filter(|id| (1..=ID_CHARACTERS_MAX).contains(&id.len()));
        let Some(uuid) = uuid.map(str::to_ascii_lowercase) else {
            let found = known(&letters)?;
            return Ok((letters, found.map(|(id, _)| id)));
        };
        match known(&uuid)? {
            None => Ok((uuid, None)),
            Some((id, digest)) if digest == said.digest => Ok((uuid, Some(id))),
            // an id that is used twice must not hide what the second one says
            Some(_) => {
                let name = format!("{uuid} {letters}");
                let found = known(&name)?;
                Ok((name, found.map(|(id, _)| id)))
            }
        }
    }

    /// The entry and the revision that an id means, or why none.
    fn meant(
        &self,
        reference: Option<&str>,
        message: Option<&str>,
    ) -> Result<Result<(i64, u8), String>, BookError> {
        let Some(reference) = reference else { return Ok(Err("it names no entry".to_owned())) };
        let absent = || Ok(Err("no entry of this book has this id".to_owned()));
        if let Some((key, revision)) = EntryKey::parse(reference) {
            return find(&self.db, key)?.map_or_else(absent, |entry| Ok(Ok((entry, revision))));
        }
        // an id that the mapping made: every revision has the same, and so may other destinations' entries
        let sql = "SELECT r.entry, r.n, EXISTS (SELECT 1 FROM member m JOIN envelope v ON v.id = m.envelope
              WHERE m.entry = r.entry AND m.revision = r.n AND v.message_id = ?2)
            FROM revision r INDEXED BY revision_own WHERE r.said = ?1
            AND r.said NOT GLOB 'J??????????????????????????.[0-9][0-9]' ORDER BY r.entry, r.n LIMIT 1000";
        let id = message.and_then(message_id);
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map(params![reference, id.map(|id| id.0)], |r| {
            Ok(((r.get(0)?, r.get(1)?), r.get::<_, bool>(2)?))
        })?;
        let all: Vec<((i64, u8), bool)> = rows.collect::<Result<_, _>>()?;
        let sent: Vec<(i64, u8)> = all.iter().filter(|(_, sent)| *sent).map(|(entry, _)| *entry).collect();
        match (sent[..].first(), all[..].first(), sent.len().max(1), all.len()) {
            (Some(entry), _, 1, _) => Ok(Ok(*entry)),
            (None, Some((entry, _)), _, 1) => Ok(Ok(*entry)),
            (_, None, ..) => absent(),
            (.., n) => Ok(Err(format!(
                "{n} entries or revisions have this id, and it does not say of which message it is"
            ))),
        }
    }

    /// Applies one part to its entry.
    fn told(
        &self,
        at: usize,
        part: &Part,
        (id, revision): (i64, u8),
        source: &mut Source<'_>,
    ) -> Result<Effect, BookError> {
        let before = load(&self.db, id)?;
        let sql = "SELECT e.key, e.natural_key, b.destination FROM entry e JOIN batch b ON b.id = e.batch
            WHERE e.id = ?1";
        let touched = self.db.prepare_cached(sql)?.query_row([id], |r| {
            Ok(Touched {
                key: EntryKey(r.get(0)?),
                natural: r.get(1)?,
                destination: r.get(2)?,
                revision,
                before: before.phase,
                after: before.phase,
            })
        })?;
        let mut effect = Effect { part: at, entry: Some(touched), stray: None, alarm: None };
        if let Says::Unclear(why) = &part.says {
            effect.stray = Some(why.clone());
            return Ok(effect);
        }
        let posted = part.says.posted();
        let mut after = before;
        // a refusal that is older than the posting it comes behind was mended in the receiver
        let late = posted.is_none() && before.phase == Phase::Posted && self.older(id, revision, source)?;
        if !late {
            match self.input_alone(id, Input::Confirmed { revision, posted: posted.is_some() }) {
                Ok((step, envelope)) => {
                    (after, effect.alarm) = (step.entry, step.alarm);
                    source.envelopes.extend(envelope);
                }
                Err(error) if error.code == Code::J718 => {
                    effect.stray = Some(error.message);
                    return Ok(effect);
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(document) = posted
            && self.other_document(id, document)?
            && effect.alarm.is_none()
        {
            effect.alarm = Some(Alarm::TwoDocuments);
            let detail = serde_json::json!({ "alarm": Alarm::TwoDocuments.words() }).to_string();
            self.event(Some(id), None, "alarm", &detail)?;
        }
        self.outcome_of(id, revision, part)?;
        let cause = match (after.phase, posted) {
            (Phase::Posted, Some(_)) => Some(None),
            (Phase::Refused, None) if revision == after.revision => Some(part.cause.as_deref()),
            _ => None,
        };
        if let Some(cause) = cause {
            let sql = "UPDATE entry SET cause = ?2 WHERE id = ?1";
            self.db.prepare_cached(sql)?.execute(params![id, cause])?;
        }
        let detail = serde_json::json!({
            "confirmation": source.number, "says": part.says.word(), "revision": revision,
            "created": source.created.map(short), "state": after.phase.name(), "late": late,
        });
        self.event(Some(id), None, "confirmed", &detail.to_string())?;
        if let Some(touched) = &mut effect.entry {
            touched.after = after.phase;
        }
        Ok(effect)
    }

    /// Whether a confirmation was surely made before one that told of the posting of this revision.
    fn older(&self, entry: i64, revision: u8, source: &Source<'_>) -> Result<bool, BookError> {
        let Some(created) = source.created.and_then(instant) else { return Ok(false) };
        let sql = "SELECT detail FROM event WHERE entry = ?1 AND kind = 'confirmed'";
        let mut statement = self.db.prepare_cached(sql)?;
        let details = statement.query_map([entry], |r| r.get::<_, String>(0))?;
        for detail in details {
            let detail: serde_json::Value = serde_json::from_str(&detail?).unwrap_or_default();
            let of_it = detail["says"] == "posted" && detail["revision"] == revision;
            let at = detail["created"].as_str().and_then(instant).filter(|_| of_it);
            if at.is_some_and(|at| created < at) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether another document is known for an entry.
    fn other_document(&self, entry: i64, posted: &Posted) -> Result<bool, BookError> {
        let sql = "SELECT 1 FROM outcome WHERE entry = ?1 AND kind = 'posted'
            AND (ltrim(document, '0'), company, year) <> (ltrim(?2, '0'), ?3, ?4)";
        let values = params![entry, posted.document, posted.company, posted.year];
        Ok(self.db.prepare_cached(sql)?.exists(values)?)
    }

    /// Writes an outcome that no attempt gave: attempt 0. One that is there is not written twice.
    fn outcome_of(&self, entry: i64, revision: u8, part: &Part) -> Result<(), BookError> {
        let posted = part.says.posted();
        let sql = "INSERT INTO outcome SELECT NULL, ?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9
            WHERE NOT EXISTS (SELECT 1 FROM outcome WHERE entry = ?1 AND revision = ?2 AND attempt = 0
              AND kind = ?3 AND document IS ?4 AND year IS ?5 AND company IS ?6 AND notes = ?8)";
        self.db.prepare_cached(sql)?.execute(params![
            entry,
            revision,
            part.says.word(),
            posted.map(|p| &p.document),
            posted.map(|p| &p.year),
            posted.map(|p| &p.company),
            part.severity,
            part.notes,
            self.now
        ])?;
        Ok(())
    }

    fn stray(
        &self,
        confirmation: i64,
        at: usize,
        part: &Part,
        why: &str,
        entry: Option<i64>,
    ) -> Result<(), BookError> {
        let posted = part.says.posted();
        let reference = part.reference.as_deref().map(short);
        let key = reference.as_deref().and_then(EntryKey::parse).map(|(key, _)| key.0);
        let sql = "INSERT INTO stray VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
            checksum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12))";
        self.db.prepare_cached(sql)?.execute(params![
            confirmation,
            at as i64,
            reference,
            key,
            part.says.word(),
            posted.map(|p| &p.document),
            posted.map(|p| &p.year),
            posted.map(|p| &p.company),
            part.severity,
            part.notes,
            part.cause,
            why,
            entry
        ])?;
        if let Some(entry) = entry {
            let detail = serde_json::json!({ "confirmation": confirmation, "why": why }).to_string();
            self.event(Some(entry), None, "unclear", &detail)?;
        }
        Ok(())
    }

    /// Gives strays to entries of a batch that has just been completed: what the receiver already has must not
    /// be offered to it again.
    pub(super) fn match_strays(&self, batch: i64) -> Result<(), BookError> {
        if !self.db.prepare_cached("SELECT 1 FROM stray WHERE entry IS NULL LIMIT 1")?.exists([])? {
            return Ok(());
        }
        let columns = "s.confirmation, s.position, s.reference, s.kind, s.document, s.year, s.company,
            s.severity, s.notes, s.cause, s.why, c.message, c.created";
        let sql = format!(
            "SELECT {columns} FROM stray s INDEXED BY stray_open CROSS JOIN entry e ON e.key = s.key
               JOIN confirmation c ON c.id = s.confirmation WHERE s.entry IS NULL AND e.batch = ?1
             UNION SELECT {columns} FROM stray s INDEXED BY stray_open
               CROSS JOIN revision r INDEXED BY revision_own ON r.said = s.reference
               AND r.said NOT GLOB 'J??????????????????????????.[0-9][0-9]' JOIN entry e ON e.id = r.entry
               JOIN confirmation c ON c.id = s.confirmation WHERE s.entry IS NULL AND e.batch = ?1
             ORDER BY 1, 2"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query([batch])?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            let names: (Option<String>, Option<String>) = (row.get(11)?, row.get(12)?);
            found.push((row.get(0)?, row.get(1)?, part_of(row)?, names));
        }
        for (number, position, part, (message, created)) in found {
            let (number, position): (i64, i64) = (number, position);
            let Ok(entry) = self.meant(part.reference.as_deref(), message.as_deref())? else { continue };
            let mut source = Source { number, created: created.as_deref(), envelopes: BTreeSet::new() };
            self.told(0, &part, entry, &mut source)?;
            for envelope in source.envelopes {
                self.rest(envelope, self.now)?;
            }
            let sql = "UPDATE stray SET entry = ?3 WHERE confirmation = ?1 AND position = ?2";
            self.db.prepare_cached(sql)?.execute(params![number, position, entry.0])?;
        }
        Ok(())
    }
}

/// From the columns of a stray, its reference the third.
fn part_of(row: &Row<'_>) -> Result<Part, BookError> {
    let (kind, document): (String, Option<String>) = (row.get(3)?, row.get(4)?);
    let text = |at: usize| -> Result<String, BookError> {
        Ok(row.get::<_, Option<String>>(at)?.unwrap_or_default())
    };
    let says = match (kind.as_str(), document) {
        ("posted", Some(document)) => Says::Posted(Posted { document, year: text(5)?, company: text(6)? }),
        ("refused", _) => Says::Refused,
        _ => Says::Unclear(text(10)?),
    };
    let (reference, severity) = (row.get(2)?, row.get(7)?);
    Ok(Part { reference, says, severity, notes: row.get(8)?, cause: row.get(9)? })
}

/// SHA-256 in hexadecimal digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// The id of an envelope from the text in its header: `E` and 26 letters.
fn message_id(text: &str) -> Option<EntryId> {
    EntryKey::letters(text.strip_prefix('E')?).map(|key| EntryId(key.0))
}

fn short(text: &str) -> String {
    text.chars().take(ID_CHARACTERS_MAX).collect()
}

/// A moment in UTC to be compared as text; `None`: it is written otherwise.
fn instant(text: &str) -> Option<&str> {
    let text = text.strip_suffix('Z')?;
    let form = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        19 => byte == b'.',
        _ => byte.is_ascii_digit(),
    };
    (text.len() >= 19 && text.bytes().enumerate().all(form)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn moments_are_compared_whatever_their_fractions() {
        let of = |text| instant(text).expect("it is a moment");
        assert!(of("2026-10-02T02:46:55Z") < of("2026-10-02T02:46:55.04Z"));
        assert!(of("2026-10-02T02:46:55.044992Z") < of("2026-10-02T02:46:56Z"));
        for other in ["2026-10-02T02:46:55+01:00", "2026-10-02", "", "Z", "2026-10-02T02:46:5Z"] {
            assert_eq!(instant(other), None, "{other}");
        }
    }
}
