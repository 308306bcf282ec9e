//! Batches whose intake was interrupted: shown, and completed or dropped by a person.

use super::row::EntryKey;
use super::{Action, Book, BookError, Turn, Who};
use crate::diag::Code;
use crate::fate::Mode;
use quick_xml::Reader;
use quick_xml::events::Event;
use rusqlite::{OptionalExtension, params};

/// A batch that took an entry within this time may still be taking.
const IDLE_MS: i64 = 60_000;

/// A batch that is not complete, with entries that are shown as *received*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// Its number.
    pub batch: i64,
    /// Names of the inputs.
    pub source: String,
    /// Where it goes to.
    pub destination: String,
    /// The mapping's name.
    pub mapping: String,
    /// When its intake began.
    pub began: i64,
    /// When its latest entry was taken.
    pub latest: i64,
    /// Entries that are on disk.
    pub entries: u64,
}

impl Book {
    /// Batches whose intake was interrupted, or is under way, the oldest first.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn incomplete(&self) -> Result<Vec<Incomplete>, BookError> {
        let sql = "SELECT b.id, b.source, b.destination, b.mapping, b.began, max(e.updated), count(*)
            FROM batch b JOIN entry e ON e.batch = b.id WHERE b.complete = 0 GROUP BY b.id ORDER BY b.id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |r| {
            let entries: i64 = r.get(6)?;
            Ok(Incomplete {
                batch: r.get(0)?,
                source: r.get(1)?,
                destination: r.get(2)?,
                mapping: r.get(3)?,
                began: r.get(4)?,
                latest: r.get(5)?,
                entries: entries as u64,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Turn<'_> {
    /// Completes a batch as it is: what was taken of it is delivered. How many entries.
    ///
    /// # Errors
    ///
    /// J716 where there is none; J718 where its intake may still be under way.
    pub fn complete_batch(&self, batch: i64, who: Who<'_>) -> Result<u64, BookError> {
        let (keys, mode) = self.left(batch)?;
        self.close_templates(batch)?;
        self.complete(batch, mode)?;
        let detail = serde_json::json!({
            "batch": batch, "who": who.name, "reason": who.reason, "completed": keys.len()
        });
        self.event(None, None, "batch", &detail.to_string())?;
        Ok(keys.len() as u64)
    }

    /// Drops a batch: its entries are closed, and never delivered. How many.
    ///
    /// # Errors
    ///
    /// J716 where there is none; J718 where its intake may still be under way.
    pub fn drop_batch(&self, batch: i64, who: Who<'_>) -> Result<u64, BookError> {
        let (keys, mode) = self.left(batch)?;
        self.complete(batch, mode)?;
        let detail = serde_json::json!({
            "batch": batch, "who": who.name, "reason": who.reason, "dropped": keys.len()
        });
        self.event(None, None, "batch", &detail.to_string())?;
        for key in &keys {
            self.act(*key, &Action::Close, who)?;
        }
        Ok(keys.len() as u64)
    }

    /// An intake that was interrupted has not told how its last envelope ends: what its head opened is closed.
    fn close_templates(&self, batch: i64) -> Result<(), BookError> {
        let sql = "SELECT DISTINCT t.id, t.head FROM entry e JOIN revision r ON r.entry = e.id
            JOIN template t ON t.id = r.template WHERE e.batch = ?1 AND length(t.tail) = 0";
        let mut statement = self.db.prepare(sql)?;
        let rows = statement.query_map([batch], |r| Ok((r.get(0)?, r.get(1)?)))?;
        let open: Vec<(i64, Vec<u8>)> = rows.collect::<Result<_, _>>()?;
        for (template, head) in open {
            let tail = closing(&head).ok_or_else(|| {
                BookError::damaged(format_args!("the head of envelope template {template}"))
            })?;
            self.tail(template, &tail)?;
        }
        Ok(())
    }

    /// The entries of a batch whose intake has surely ended, and its mode.
    fn left(&self, batch: i64) -> Result<(Vec<EntryKey>, Mode), BookError> {
        let sql = "SELECT complete, mode FROM batch WHERE id = ?1";
        let found = self.db.query_row(sql, [batch], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
        let (complete, mode): (Option<bool>, String) =
            found.map_or((None, String::new()), |(c, m)| (Some(c), m));
        let none = |what: &str| BookError::new(Code::J716, format!("batch {batch} {what}"));
        match complete {
            None => return Err(none("is not there")),
            Some(true) => return Err(none("is complete: its entries are delivered, or closed one by one")),
            Some(false) => {}
        }
        let mut statement = self.db.prepare("SELECT key, updated FROM entry WHERE batch = ?1 ORDER BY id")?;
        let rows = statement.query_map(params![batch], |r| Ok((EntryKey(r.get(0)?), r.get::<_, i64>(1)?)))?;
        let entries: Vec<(EntryKey, i64)> = rows.collect::<Result<_, _>>()?;
        let Some(latest) = entries.iter().map(|(_, at)| *at).max() else {
            return Err(none("has no entries: another intake has taken them over"));
        };
        let ago = self.now.saturating_sub(latest);
        if ago < IDLE_MS {
            let message = format!(
                "batch {batch} took an entry {} s ago: its intake may still be under way; wait for {} s",
                ago.max(0) / 1_000,
                IDLE_MS / 1_000
            );
            return Err(BookError::new(Code::J718, message));
        }
        let mode =
            Mode::find(&mode).ok_or_else(|| BookError::damaged(format_args!("batch {batch} has no mode")))?;
        Ok((entries.into_iter().map(|(key, _)| key).collect(), mode))
    }
}

/// The end tags of the elements that a head leaves open.
fn closing(head: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::from_str(std::str::from_utf8(head).ok()?);
    reader.config_mut().check_end_names = false;
    let mut open: Vec<Vec<u8>> = vec![];
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => open.push(tag.name().as_ref().as_bytes().to_vec()),
            Event::End(_) => drop(open.pop()?),
            Event::Eof => break,
            _ => {}
        }
    }
    let mut tail = vec![];
    for name in open.iter().rev() {
        tail.extend_from_slice(b"</");
        tail.extend_from_slice(name);
        tail.push(b'>');
    }
    tail.push(b'\n');
    Some(tail)
}

#[cfg(test)]
mod tests {
    use super::closing;

    #[test]
    fn what_a_head_opened_is_closed() {
        let said =
            |head: &str| closing(head.as_bytes()).map(|tail| String::from_utf8_lossy(&tail).into_owned());
        let head =
            "<?xml version=\"1.0\"?>\n<e:Envelope xmlns:e=\"x\"><e:Header/><e:Body><n:Bulk><H><ID>1</ID></H>";
        assert_eq!(said(head).as_deref(), Some("</n:Bulk></e:Body></e:Envelope>\n"));
        assert_eq!(said("").as_deref(), Some("\n"));
        assert_eq!(said("</a>"), None);
        assert_eq!(said("<a"), None);
    }
}
