//! What waits for a moment, when the clock is set: it waits as long as it would have. Without this a clock that is
//! set forward ends settle times early, and an entry is sent again that the receiver still works on; one that is
//! set back lets everything wait for as long.

use super::{Book, BookError, Turn};
use rusqlite::params;

/// An envelope that is due later than this from now was made by a clock that was ahead, in milliseconds.
const DUE_MAX_MS: i64 = 600_000;

impl Book {
    /// The clock was set by so many milliseconds while this process ran. How many entries wait for something.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn clock_was_set(&mut self, by: i64) -> Result<u64, BookError> {
        self.turn(|turn| {
            let mut changed = 0;
            for which in ["phase IN (3, 4)", "marks & 3 = 2 AND phase NOT IN (3, 4)"] {
                let sql = format!(
                    "UPDATE entry SET deadline = deadline + ?1, offered = offered + ?1,
                     updated = updated + ?1 WHERE {which}"
                );
                changed += turn.db.execute(&sql, [by])?;
            }
            turn.db.execute("UPDATE envelope SET due = due + ?1 WHERE state < 3", [by])?;
            turn.event(None, None, "clock", &format!("{{\"by\":{by},\"entries\":{changed}}}"))?;
            Ok(changed as u64)
        })
    }
}

impl Turn<'_> {
    /// What an earlier process wrote by a clock that was ahead of the present one: nobody knows how much time has
    /// passed since, so it waits as long from now on as it had to wait from then on.
    pub(super) fn ahead(&self) -> Result<(), BookError> {
        let latest = "SELECT {} FROM member m JOIN attempt a ON a.envelope = m.envelope
            WHERE m.entry = entry.id ORDER BY a.epoch DESC, a.n DESC LIMIT 1";
        let (started, length) =
            (latest.replace("{}", "a.started"), latest.replace("{}", "a.deadline - a.started"));
        for which in ["phase IN (3, 4)", "marks & 3 = 2 AND phase NOT IN (3, 4)"] {
            let sql = format!(
                "UPDATE entry SET deadline = ?1 + ({length}), offered = min(offered, ?1)
                 WHERE {which} AND deadline > ?1 AND ({started}) > ?1"
            );
            self.db.execute(&sql, [self.now])?;
        }
        self.db.execute("UPDATE entry SET updated = ?1 WHERE phase = 4 AND updated > ?1", [self.now])?;
        let sql = "UPDATE envelope SET due = ?1 WHERE state < 3 AND due > ?2";
        self.db.execute(sql, params![self.now, self.now.saturating_add(DUE_MAX_MS)])?;
        Ok(())
    }
}
