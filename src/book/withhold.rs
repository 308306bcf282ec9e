//! Before an envelope is sent, and sent again: whether each of its members still may be. The bytes of an envelope in
//! doubt are never changed, so one member that must not be posted keeps all of them from being sent again.

use super::row::{Placed, With};
use super::{BookError, Turn};
use crate::fate::{Input, Next, Phase};

/// A member that must not be sent, and why.
pub(super) struct Hindrance {
    entry: i64,
    why: &'static str,
}

impl Turn<'_> {
    /// The first member with which the envelope must not be sent.
    pub(super) fn hindrance(&self, members: &[Placed]) -> Result<Option<Hindrance>, BookError> {
        for member in members {
            if let Some(why) = self.hinders(member)? {
                return Ok(Some(Hindrance { entry: member.entry, why }));
            }
        }
        Ok(None)
    }

    /// What the receiver itself said of this revision shows that the envelope has arrived: one that remembers
    /// ignores it when it comes again. What a person said shows nothing, for the document may be another.
    fn hinders(&self, member: &Placed) -> Result<Option<&'static str>, BookError> {
        let fate = member.fate;
        let arrived = matches!(fate.phase, Phase::Posted | Phase::Accepted | Phase::Overdue | Phase::Refused);
        Ok(match fate.phase {
            _ if fate.rival => Some("an older revision of it is posted"),
            _ if fate.revision != member.revision => Some("it has another revision since"),
            Phase::Posted if self.by_hand(member.entry)? => Some("a person has settled it"),
            _ if arrived && fate.mode.remembers() => None,
            _ if member.present && fate.next() == Next::Send => None,
            Phase::Parked => Some("it waits for a person"),
            Phase::Closed => Some("a person has closed it"),
            _ => Some("it is dealt with apart"),
        })
    }

    fn by_hand(&self, entry: i64) -> Result<bool, BookError> {
        let sql = "SELECT 1 FROM event WHERE entry = ?1 AND kind = 'settle'";
        Ok(self.db.prepare_cached(sql)?.exists([entry])?)
    }

    /// Takes an envelope out of sending. What is surely not in the receiver goes into new envelopes; what may be
    /// there, and would have been sent again, waits for a person; what is looked up is looked up.
    pub(super) fn take_apart(
        &self,
        envelope: i64,
        members: Vec<Placed>,
        hindrance: &Hindrance,
    ) -> Result<(), BookError> {
        let sql = "SELECT natural_key FROM entry WHERE id = ?1";
        let natural: String = self.db.prepare_cached(sql)?.query_row([hindrance.entry], |r| r.get(0))?;
        let why = format!(
            "it may be posted, and its envelope must not be sent again: that holds `{natural}` too, and {}",
            hindrance.why
        );
        for member in members.into_iter().filter(|member| member.present) {
            let fate = member.fate;
            match fate.phase {
                Phase::Sealed if !fate.doubtful => {
                    self.apply_to(member.entry, fate, Input::Unseal, With::Nothing)?;
                }
                _ if fate.next() == Next::Send => {
                    let cause = With::Cause(Some("envelope not sent again"));
                    self.apply_to(member.entry, fate, Input::Withheld, cause)?;
                    let detail = serde_json::json!({ "why": why, "do": WHAT_TO_DO }).to_string();
                    self.event(Some(member.entry), Some(envelope), "withheld", &detail)?;
                }
                _ => {}
            }
        }
        self.rest(envelope, self.now)?;
        let detail = serde_json::json!({ "why": format!("`{natural}`: {}", hindrance.why) }).to_string();
        self.event(None, Some(envelope), "dissolved", &detail)
    }
}

const WHAT_TO_DO: &str =
    "look in the receiver: settle it where it is there, retry it with --absent where it is not";
