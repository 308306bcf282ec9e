//! What an attempt ended with, written in one transaction: answer, outcomes and new states.

use super::pieces::pack;
use super::row::{Placed, With};
use super::seal::{HELD, RESOLVED, SENDING, WAITING};
use super::{BookError, Turn, sums};
use crate::fate::{Answer, Input, Next, Phase};
use rusqlite::{OptionalExtension, params};

/// Bytes of an answer that are kept.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// A document in the receiver.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Posted {
    /// Its number.
    pub document: String,
    /// Its fiscal year.
    pub year: String,
    /// Its company code.
    pub company: String,
}

/// What was said of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberResult {
    /// What it means.
    pub answer: Answer,
    /// Its document, when it is posted.
    pub posted: Option<Posted>,
    /// The highest severity of its notes.
    pub severity: Option<u8>,
    /// Its notes, the cause first, as one JSON array.
    pub notes: String,
    /// The cause in short, `F5 808`: what refusals are grouped by.
    pub cause: Option<String>,
}

/// An attempt that ended.
#[derive(Debug, Clone)]
pub struct Recorded<'r> {
    /// The envelope and the attempt, as claimed.
    pub envelope: i64,
    /// The attempt.
    pub attempt: i64,
    /// The class of the reply, a word.
    pub class: &'r str,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// What went wrong on the way.
    pub problem: Option<&'r str>,
    /// The answer's bytes, without secrets; the first MiB is kept.
    pub answer: &'r [u8],
    /// One for each member, in order.
    pub members: &'r [MemberResult],
    /// When an envelope that must be sent again is due, or one that waits for something else is looked at.
    pub again: i64,
}

impl Turn<'_> {
    /// Writes down the end of an attempt. One that has already ended is not written twice: `false`.
    ///
    /// # Errors
    ///
    /// J715 when the results do not fit the members.
    pub fn record(&self, recorded: &Recorded<'_>) -> Result<bool, BookError> {
        let Recorded { envelope, attempt, .. } = *recorded;
        let answer = &recorded.answer[..recorded.answer.len().min(ANSWER_BYTES_MAX)];
        let sql = "UPDATE attempt SET ended = ?3, class = ?4, status = ?5, problem = ?6, answer = ?7
            WHERE envelope = ?1 AND n = ?2 AND (ended IS NULL OR class = 'interrupted')";
        let changed = self.db.prepare_cached(sql)?.execute(params![
            envelope,
            attempt,
            self.now,
            recorded.class,
            recorded.status,
            recorded.problem,
            pack(answer)?
        ])?;
        if changed == 0 {
            return Ok(false);
        }
        self.sum(&sums::ATTEMPT, "envelope = ?1 AND n = ?2", params![envelope, attempt])?;
        let members = self.members(envelope)?;
        let sql = "SELECT attempts FROM envelope WHERE id = ?1";
        let attempts: i64 = self.db.prepare_cached(sql)?.query_row([envelope], |r| r.get(0))?;
        if members.len() != recorded.members.len() {
            return Err(BookError::damaged(format_args!("envelope {envelope} has other members")));
        }
        let later = u32::try_from(attempts - attempt).unwrap_or(u32::MAX);
        for (member, result) in members.iter().zip(recorded.members) {
            let Placed { entry, revision, attempt: latest, fate, .. } = *member;
            let own = latest.saturating_sub(later);
            let input = Input::Answered { revision, attempt: own, answer: result.answer };
            let told = result.answer != Answer::NotTaken
                && (result.cause.is_some() || result.answer == Answer::Posted);
            let with = if told { With::Cause(result.cause.as_deref()) } else { With::Nothing };
            self.apply_to(entry, fate, input, with)?;
            if result.answer != Answer::NotTaken {
                self.outcome(entry, revision, own, result)?;
            }
        }
        let detail = serde_json::json!({
            "attempt": attempt, "class": recorded.class, "status": recorded.status
        });
        self.event(None, Some(envelope), "answered", &detail.to_string())?;
        self.rest(envelope, recorded.again)?;
        Ok(true)
    }

    /// Writes what an attempt came to for one member.
    pub(super) fn outcome(
        &self,
        entry: i64,
        revision: u8,
        attempt: u32,
        result: &MemberResult,
    ) -> Result<(), BookError> {
        let kind = match result.answer {
            Answer::Posted => "posted",
            Answer::Refused => "refused",
            Answer::Taken => "taken",
            Answer::NotTaken => "not-taken",
            Answer::TooLarge => "too-large",
            Answer::Unknown => "unknown",
            Answer::RefusedTechnical => "refused-technical",
        };
        let posted = result.posted.as_ref();
        self.db
            .prepare_cached("INSERT INTO outcome VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
            .execute(params![
                entry,
                revision,
                attempt,
                kind,
                posted.map(|p| &p.document),
                posted.map(|p| &p.year),
                posted.map(|p| &p.company),
                result.severity,
                result.notes,
                self.now
            ])?;
        Ok(())
    }

    /// Where an envelope stands, by what its members wait for.
    pub(super) fn rest(&self, envelope: i64, due: i64) -> Result<(), BookError> {
        let (mut state, mut settles) = (RESOLVED, false);
        for member in self.members(envelope)?.iter().filter(|member| member.present) {
            let entry = member.fate;
            settles |= entry.next() == Next::Settle;
            state = state.min(match entry.next() {
                // a confirmation was faster than the answer: the attempt has yet to end
                _ if entry.open => SENDING,
                Next::Send => WAITING,
                Next::Answer => SENDING,
                Next::Settle | Next::LookUp | Next::LookUpAgain => HELD,
                _ => RESOLVED,
            });
        }
        if settles && state == WAITING {
            // the bytes of all are sent together: before the settle time of one is over none may be
            state = HELD;
        }
        let sql = "UPDATE envelope SET state = ?2, due = ?3 WHERE id = ?1";
        self.db.prepare_cached(sql)?.execute(params![envelope, state, due])?;
        Ok(())
    }

    /// Requests under way of earlier epochs become doubts; how many entries.
    pub(super) fn interrupt_before(&self, epoch: i64) -> Result<u64, BookError> {
        let sql = "SELECT a.envelope, a.n FROM envelope e INDEXED BY envelope_sending
            CROSS JOIN attempt a ON a.envelope = e.id WHERE e.state = 1 AND a.ended IS NULL AND a.epoch < ?1";
        let mut statement = self.db.prepare(sql)?;
        let rows = statement.query_map([epoch], |r| Ok((r.get(0)?, r.get(1)?)))?;
        let found: Vec<(i64, i64)> = rows.collect::<Result<_, _>>()?;
        let mut doubts = 0;
        for (envelope, attempt) in found {
            self.db
                .prepare_cached(
                    "UPDATE attempt SET ended = ?3, class = 'interrupted' WHERE envelope = ?1 AND n = ?2",
                )?
                .execute(params![envelope, attempt, self.now])?;
            self.sum(&sums::ATTEMPT, "envelope = ?1 AND n = ?2", params![envelope, attempt])?;
            for Placed { entry, fate: before, .. } in self.members(envelope)? {
                if before.open {
                    self.apply_to(entry, before, Input::Interrupted, With::Nothing)?;
                    doubts += u64::from(before.phase == Phase::Sending);
                }
            }
            self.event(None, Some(envelope), "interrupted", &format!("{{\"attempt\":{attempt}}}"))?;
            self.rest(envelope, self.now)?;
        }
        Ok(doubts)
    }

    /// Whether an attempt is still the one to send: what a worker asks right before the first byte.
    pub fn may_send(&self, envelope: i64, attempt: i64, epoch: i64) -> Result<bool, BookError> {
        let sql =
            "SELECT deadline FROM attempt WHERE envelope = ?1 AND n = ?2 AND epoch = ?3 AND ended IS NULL";
        let deadline: Option<i64> = self
            .db
            .prepare_cached(sql)?
            .query_row(params![envelope, attempt, epoch], |r| r.get(0))
            .optional()?;
        Ok(self.epoch()? == epoch && deadline.is_some_and(|deadline| self.now < deadline))
    }
}
