//! Taking a batch: documents are written in groups, and none is delivered before all of them are there.

use super::pieces::Packer;
use super::row::{EntryKey, find, load, mode_number, phase_number};
use super::{Book, BookError, Turn, content_hash, sums};
use crate::crash::point;
use crate::fate::{Input, Mode, Phase, step};
use crate::run::EntryId;
use rusqlite::params;

/// Documents of one transaction.
const GROUP_DOCUMENTS: usize = 1000;
/// Bytes of one transaction, before packing.
const GROUP_BYTES: usize = 4 << 20;
/// Conflicting keys that are named.
const NAMED_MAX: usize = 100;

/// Where a batch comes from and goes to.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Names of the inputs.
    pub source: String,
    /// The destination's name: part of every key.
    pub destination: String,
    /// How it answers.
    pub mode: Mode,
    /// The mapping's name and version.
    pub mapping: (String, u64),
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    /// Its path.
    pub path: String,
    /// Its parameters, a JSON object.
    pub params: String,
}

/// What stands round the documents of an envelope.
#[derive(Debug, Clone, Copy)]
pub struct Template<'t> {
    /// The bytes before the first document.
    pub head: &'t [u8],
    /// The message id written in the head; replaced at seal.
    pub id: &'t str,
    /// The UUID written in the head; replaced at seal. Empty: there is none.
    pub uuid: &'t str,
}

/// A mapped document.
#[derive(Debug, Clone, Copy)]
pub struct Taken<'t> {
    /// Its natural key.
    pub natural: &'t str,
    /// The id in its own header.
    pub said: &'t str,
    /// Its line items.
    pub lines: u64,
    /// Its company code, where it is known.
    pub company: Option<&'t str>,
    /// The JSON it was made of.
    pub original: &'t [u8],
    /// Its element.
    pub xml: &'t [u8],
}

/// A document that the mapping refused.
#[derive(Debug, Clone, Copy)]
pub struct Refused<'t> {
    /// Its key, where it could be made: the entry key is the same as if it had been mapped.
    pub natural: Option<&'t str>,
    /// The code, `J520`.
    pub code: &'t str,
    /// What is there and what was expected.
    pub message: &'t str,
    /// `file:line:column`
    pub place: &'t str,
    /// Its own bytes.
    pub original: &'t [u8],
    /// Of a line over the limit only the beginning is here.
    pub cut: bool,
}

/// What became of a batch's documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// New in the book.
    pub taken: u64,
    /// Left by an interrupted intake and now part of this batch.
    pub adopted: u64,
    /// Already there with the same content; skipped.
    pub duplicates: u64,
    /// Refused by the mapping, and kept.
    pub rejected: u64,
    /// Already there with other content; not taken.
    pub conflicts: u64,
    /// Natural keys of the first conflicts.
    pub named: Vec<String>,
}

struct Pending {
    key: EntryKey,
    natural: String,
    said: String,
    lines: u64,
    company: Option<String>,
    original: Vec<u8>,
    xml: Option<Vec<u8>>,
    refusal: Option<(String, String)>,
    template: Option<i64>,
    content: [u8; 32],
}

/// A batch that is being taken. Dropping it leaves it incomplete: nothing of it is delivered until the same
/// documents come again and are completed.
pub struct Intake<'b> {
    book: &'b mut Book,
    batch: Batch,
    id: i64,
    template: Option<i64>,
    pending: Vec<Pending>,
    bytes: usize,
    position: i64,
    counts: Counts,
}

impl Book {
    /// Begins to take a batch.
    pub fn intake(&mut self, batch: Batch) -> Result<Intake<'_>, BookError> {
        let id = self.turn(|turn| {
            let id = turn.begin(&batch)?;
            point("batch.before");
            Ok(id)
        })?;
        point("batch.after");
        let counts = Counts::default();
        Ok(Intake { book: self, batch, id, template: None, pending: vec![], bytes: 0, position: 0, counts })
    }
}

impl Intake<'_> {
    /// The number of the batch in the book.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// What became of the documents so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The documents that follow stand in this.
    pub fn template(&mut self, template: &Template<'_>) -> Result<(), BookError> {
        self.template = Some(self.book.turn(|turn| turn.template(template))?);
        point("template.after");
        Ok(())
    }

    /// The bytes after the last document of the present template.
    pub fn tail(&mut self, tail: &[u8]) -> Result<(), BookError> {
        let Some(template) = self.template else { return Ok(()) };
        self.book.turn(|turn| turn.tail(template, tail))?;
        point("tail.after");
        Ok(())
    }

    /// Takes a document; it is on disk after the next group's commit.
    pub fn take(&mut self, taken: &Taken<'_>) -> Result<(), BookError> {
        let key = EntryKey::of_said(&self.batch.destination, &self.batch.mapping.0, taken.said);
        self.add(Pending {
            key,
            natural: taken.natural.to_owned(),
            said: taken.said.to_owned(),
            lines: taken.lines,
            company: taken.company.map(str::to_owned),
            original: taken.original.to_vec(),
            xml: Some(taken.xml.to_vec()),
            refusal: None,
            template: self.template,
            content: content_hash(taken.original),
        })
    }

    /// Keeps a document that the mapping refused.
    pub fn refuse(&mut self, refused: &Refused<'_>) -> Result<(), BookError> {
        let (destination, mapping) = (&self.batch.destination, &self.batch.mapping.0);
        let content = content_hash(refused.original);
        let key = match refused.natural {
            Some(natural) => EntryId::derive("jemap-entry/1", &[destination, mapping, natural, ""]),
            None => {
                let letters: String = content.iter().map(|b| format!("{b:02x}")).collect();
                EntryId::derive("jemap-reject/1", &[destination, mapping, refused.place, &letters])
            }
        };
        let key = EntryKey(key.0);
        let mut shown = serde_json::json!({ "message": refused.message, "place": refused.place });
        if refused.cut {
            shown["cut"] = true.into();
        }
        self.add(Pending {
            key,
            natural: refused.natural.unwrap_or(refused.place).to_owned(),
            said: key.said(0),
            lines: 0,
            company: None,
            original: refused.original.to_vec(),
            xml: None,
            refusal: Some((refused.code.to_owned(), shown.to_string())),
            template: None,
            content,
        })
    }

    fn add(&mut self, pending: Pending) -> Result<(), BookError> {
        self.bytes += pending.original.len() + pending.xml.as_ref().map_or(0, Vec::len);
        self.pending.push(pending);
        if self.pending.len() >= GROUP_DOCUMENTS || self.bytes >= GROUP_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Commits the group that is being filled.
    pub fn flush(&mut self) -> Result<(), BookError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let group = std::mem::take(&mut self.pending);
        self.bytes = 0;
        let mut writing = Writing {
            batch: self.id,
            mode: self.batch.mode,
            position: self.position,
            counts: self.counts.clone(),
            packer: Packer::default(),
            first: None,
        };
        self.book.turn(|turn| {
            for pending in &group {
                writing.one(turn, pending)?;
            }
            writing.packer.flush(turn)?;
            if let Some(first) = writing.first {
                let last = first + (writing.position - self.position) - 1;
                let (_, letters) = sums::digest(&turn.db, sums::TAKEN, [first, last])?;
                let detail = serde_json::json!({
                    "batch": writing.batch, "entries": [first, last], "digest": letters
                });
                turn.event(None, None, "taken", &detail.to_string())?;
            }
            point("group.before");
            Ok(())
        })?;
        point("group.after");
        self.position = writing.position;
        self.counts = writing.counts;
        Ok(())
    }

    /// Completes the batch. When this returns well, everything counted is on disk and will be delivered.
    pub fn finish(mut self) -> Result<Counts, BookError> {
        self.flush()?;
        let (id, mode, counts) = (self.id, self.batch.mode, std::mem::take(&mut self.counts));
        self.book.turn(|turn| {
            turn.complete(id, mode)?;
            let detail = serde_json::json!({
                "batch": id, "taken": counts.taken, "adopted": counts.adopted, "rejected": counts.rejected,
                "duplicates": counts.duplicates, "conflicts": counts.conflicts
            });
            turn.event(None, None, "batch", &detail.to_string())?;
            point("taken.before");
            Ok(())
        })?;
        point("taken.after");
        Ok(counts)
    }
}

impl Turn<'_> {
    /// A new batch that is not complete; its row.
    pub(super) fn begin(&self, batch: &Batch) -> Result<i64, BookError> {
        self.db.execute(
            "INSERT INTO batch VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, NULL,
             checksum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))",
            params![
                batch.source,
                batch.destination,
                batch.mode.name(),
                batch.mapping.0,
                i64::try_from(batch.mapping.1).unwrap_or(i64::MAX),
                batch.hash,
                batch.path,
                batch.params,
                self.now
            ],
        )?;
        Ok(self.db.last_insert_rowid())
    }

    /// What stands round documents, its tail still empty; its row.
    pub(super) fn template(&self, template: &Template<'_>) -> Result<i64, BookError> {
        let Template { head, id, uuid } = *template;
        let sql = "INSERT INTO template VALUES (NULL, ?1, ?2, ?3, x'', checksum(?1, ?2, ?3, x''))";
        self.db.execute(sql, params![head, id, uuid])?;
        Ok(self.db.last_insert_rowid())
    }

    /// The bytes after the last document.
    pub(super) fn tail(&self, template: i64, tail: &[u8]) -> Result<(), BookError> {
        self.db.execute("UPDATE template SET tail = ?2 WHERE id = ?1", params![template, tail])?;
        self.sum(&sums::TEMPLATE, "id = ?1", [template])
    }

    /// Completes a batch: what it adopted and nobody else has completed meanwhile becomes its own.
    pub(super) fn complete(&self, batch: i64, mode: Mode) -> Result<(), BookError> {
        self.db.execute(
            "UPDATE revision SET template = a.template FROM adopted a JOIN entry e ON e.id = a.entry
             JOIN batch b ON b.id = e.batch
             WHERE a.batch = ?1 AND b.complete = 0 AND revision.entry = a.entry AND revision.n = e.revision",
            [batch],
        )?;
        let own = "entry IN (SELECT entry FROM adopted WHERE batch = ?1)";
        self.sum(&sums::REVISION, own, [batch])?;
        self.db.execute(
            "UPDATE entry SET batch = ?1, mode = ?3, updated = ?2 WHERE id IN (SELECT a.entry FROM adopted a
             JOIN entry e ON e.id = a.entry JOIN batch b ON b.id = e.batch
             WHERE a.batch = ?1 AND b.complete = 0)",
            params![batch, self.now, mode_number(mode)],
        )?;
        self.db
            .execute("UPDATE batch SET complete = 1, ended = ?2 WHERE id = ?1", params![batch, self.now])?;
        self.match_strays(batch)
    }
}

/// One group while it is written.
struct Writing {
    batch: i64,
    mode: Mode,
    position: i64,
    counts: Counts,
    packer: Packer,
    /// The first entry that it inserted; the others follow.
    first: Option<i64>,
}

impl Writing {
    fn one(&mut self, turn: &Turn<'_>, new: &Pending) -> Result<(), BookError> {
        match find(&turn.db, new.key)? {
            None => self.insert(turn, new),
            Some(id) => self.again(turn, id, new),
        }
    }

    fn insert(&mut self, turn: &Turn<'_>, new: &Pending) -> Result<(), BookError> {
        let fresh = crate::fate::Entry::new(self.mode);
        let entry = step(fresh, Input::Committed { mapped: new.xml.is_some() })?.entry;
        turn.db
            .prepare_cached(
                "INSERT INTO entry VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, ?10, NULL, ?11,
                 ?12, ?13, ?13, NULL, NULL)",
            )?
            .execute(params![
                new.key.0,
                new.natural,
                self.batch,
                self.position,
                mode_number(self.mode),
                phase_number(entry.phase),
                entry.revision,
                entry.attempt,
                entry.marks(),
                new.company,
                i64::try_from(new.lines).unwrap_or(i64::MAX),
                new.refusal.as_ref().map(|(code, _)| code),
                turn.now
            ])?;
        let id = turn.db.last_insert_rowid();
        self.revision(turn, id, 0, &new.said, new.xml.as_deref(), new)?;
        self.position += 1;
        self.first.get_or_insert(id);
        match new.xml {
            Some(_) => self.counts.taken += 1,
            None => self.counts.rejected += 1,
        }
        Ok(())
    }

    fn revision(
        &mut self,
        turn: &Turn<'_>,
        id: i64,
        n: u8,
        said: &str,
        xml: Option<&[u8]>,
        new: &Pending,
    ) -> Result<(), BookError> {
        let (piece, json, xml) = self.packer.add(turn, &new.original, xml.unwrap_or_default())?;
        turn.db
            .prepare_cached(
                "INSERT INTO revision VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'intake', '', ?12,
                 checksum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'intake', '', ?12))",
            )?
            .execute(params![
                id,
                n,
                new.content,
                new.template,
                piece,
                json.at as i64,
                json.length as i64,
                xml.at as i64,
                xml.length as i64,
                said,
                new.refusal.as_ref().map(|(_, shown)| shown),
                turn.now
            ])?;
        Ok(())
    }

    /// The key is in the book already.
    fn again(&mut self, turn: &Turn<'_>, id: i64, new: &Pending) -> Result<(), BookError> {
        let sql = "SELECT 1 FROM revision WHERE entry = ?1 AND content = ?2";
        let same = turn.db.prepare_cached(sql)?.exists(params![id, new.content])?;
        let entry = load(&turn.db, id)?;
        match entry.phase {
            Phase::Received if same => {
                turn.db
                    .prepare_cached("INSERT OR IGNORE INTO adopted VALUES (?1, ?2, ?3)")?
                    .execute(params![self.batch, id, new.template])?;
                self.counts.adopted += 1;
            }
            // data that was refused comes again: mended, or taken by a mended mapping
            Phase::RejectedData if new.xml.is_some() => self.mend(turn, id, new)?,
            _ if same => self.counts.duplicates += 1,
            _ => {
                self.counts.conflicts += 1;
                if self.counts.named.len() < NAMED_MAX {
                    self.counts.named.push(new.natural.clone());
                }
                let detail = serde_json::json!({ "batch": self.batch }).to_string();
                turn.event(Some(id), None, "conflict", &detail)?;
            }
        }
        Ok(())
    }

    /// A refused document came again and is mapped now: its next revision.
    fn mend(&mut self, turn: &Turn<'_>, id: i64, new: &Pending) -> Result<(), BookError> {
        let done = turn.apply(id, Input::Edit { mapped: true })?;
        let revision = done.entry.revision;
        let (said, xml) = match (EntryKey::parse(&new.said), &new.xml) {
            (Some((key, _)), Some(xml)) => {
                let said = key.said(revision);
                (said.clone(), replaced(xml, new.said.as_bytes(), said.as_bytes()))
            }
            (_, xml) => (new.said.clone(), xml.clone().unwrap_or_default()),
        };
        self.revision(turn, id, revision, &said, Some(&xml), new)?;
        let sql =
            "UPDATE entry SET batch = ?2, cause = NULL, company = ?3, lines = ?4, mode = ?5 WHERE id = ?1";
        let (lines, mode) = (i64::try_from(new.lines).unwrap_or(i64::MAX), mode_number(self.mode));
        turn.db.prepare_cached(sql)?.execute(params![id, self.batch, new.company, lines, mode])?;
        let detail = serde_json::json!({ "batch": self.batch, "revision": revision }).to_string();
        turn.event(Some(id), None, "mended", &detail)?;
        self.counts.taken += 1;
        Ok(())
    }
}

/// All occurrences of `from` as `to`.
pub(super) fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = 0;
    if !from.is_empty() {
        for at in memchr::memmem::find_iter(bytes, from) {
            out.extend_from_slice(&bytes[rest..at]);
            out.extend_from_slice(to);
            rest = at + from.len();
        }
    }
    out.extend_from_slice(&bytes[rest..]);
    out
}
