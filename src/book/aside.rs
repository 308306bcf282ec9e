//! What breaks the program is set aside, and the others go on: an entry with which no envelope can be composed, and an
//! envelope whose requests ended with a failure of jemap itself, twice.

use super::due::READY;
use super::row::With;
use super::seal::Sealing;
use super::{BookError, Turn};
use crate::fate::{Input, Phase};
use rusqlite::params;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The cause that is said of what was set aside.
const CAUSE: &str = "jemap failed";
/// So often a request with an envelope may end with a failure of jemap itself.
const BREAKS_MAX: i64 = 2;
const WHAT_TO_DO: &str = "report it; with a version that is mended, retry it";

impl Turn<'_> {
    /// As [`Turn::seal`]; where that breaks the program, those that break it alone, too, are set aside, and the
    /// others are sealed without them.
    ///
    /// # Errors
    ///
    /// J713 to J715; also when no envelope can be composed though none of its entries is to blame.
    pub fn seal_what_can_be(&self, order: &Sealing<'_>) -> Result<Option<i64>, BookError> {
        let mut order = *order;
        loop {
            if let Some(sealed) = self.guarded(true, || self.seal(&order))? {
                return Ok(sealed);
            }
            if self.set_aside(&order)? == 0 {
                if order.documents_max == 1 {
                    return Err(BookError::damaged("an envelope cannot be composed of what is ready"));
                }
                order.documents_max = 1;
            }
        }
    }

    /// Does something of which nothing is kept when it panics (`None`), or when it is not to be kept.
    fn guarded<T>(
        &self,
        keep: bool,
        act: impl FnOnce() -> Result<T, BookError>,
    ) -> Result<Option<T>, BookError> {
        self.db.execute_batch("SAVEPOINT guarded")?;
        let done = catch_unwind(AssertUnwindSafe(act)).ok().transpose()?;
        let back = if keep && done.is_some() { "" } else { "ROLLBACK TO guarded;" };
        self.db.execute_batch(&format!("{back} RELEASE guarded"))?;
        Ok(done)
    }

    /// Tries each entry of the next envelope alone: the second failure of each is its last. How many those are.
    fn set_aside(&self, order: &Sealing<'_>) -> Result<u64, BookError> {
        let Some(batch) = self.batch_after(&READY, order.destination, None)? else { return Ok(0) };
        let mut aside = 0;
        for ready in self.chosen(batch, order)? {
            let id = ready.id;
            if self.guarded(false, || self.freeze(order.destination, &[ready]))?.is_none() {
                self.quarantine(
                    id,
                    Input::Quarantined,
                    "jemap itself failed when it made an envelope of it",
                )?;
                aside += 1;
            }
        }
        Ok(aside)
    }

    fn quarantine(&self, id: i64, input: Input, why: &str) -> Result<(), BookError> {
        self.apply_to(id, self.fate(id)?, input, With::Cause(Some(CAUSE)))?;
        let detail = serde_json::json!({ "why": why, "do": WHAT_TO_DO }).to_string();
        self.event(Some(id), None, "quarantined", &detail)
    }

    /// An attempt has ended with a failure of jemap itself, and says so as its problem. After the second with the
    /// same envelope it is not sent again: its entries wait for a person.
    ///
    /// # Errors
    ///
    /// J713 to J715.
    pub fn broke(&self, envelope: i64, problem: &str) -> Result<(), BookError> {
        let sql = "SELECT count(*) FROM attempt WHERE envelope = ?1 AND problem = ?2";
        let times: i64 = self.db.prepare_cached(sql)?.query_row(params![envelope, problem], |r| r.get(0))?;
        if times < BREAKS_MAX {
            return Ok(());
        }
        for member in self.members(envelope)?.into_iter().filter(|member| member.present) {
            if member.fate.phase == Phase::InDoubt {
                let why = "it may be posted, and jemap itself failed twice on a request with it";
                self.quarantine(member.entry, Input::Withheld, why)?;
            }
        }
        self.rest(envelope, self.now)
    }
}
