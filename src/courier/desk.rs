//! One destination at work: what may be begun now, and what its answers mean for how it is asked.

use super::flow::{Circuit, Concurrency, Permit, Rate};
use super::results::results;
use super::sender::{CLOCK_MS, Left, News, Until};
use super::work::{Bench, Done, Job, Outcome};
use crate::book::{BookError, Claim, Look, MemberResult, Posted, Recorded, Sealing, Terms, Turn};
use crate::crash::{breaks, point};
use crate::fate::{Answer, Input, Phase};
use crate::wire::{Class, Destination, LookedUp, Reply};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Between two look-ups that do not find.
const LOOK_AGAIN_MS: i64 = 30_000;
/// Failures in a row after which a run that does not wait for outages ends.
const FAILURES_MAX: u32 = 5;
/// How long a run that does not wait goes on for what is due soon.
const PATIENCE_MS: i64 = 5_000;
/// How long an envelope rests after each of its failures, and at most.
const REST_MS: i64 = 250;
const REST_MAX_MS: i64 = 300_000;
/// What is said of an attempt that broke the program.
const BROKE: &str = "jemap itself failed on it, please report it";
/// Look-ups that are thought of at once.
const LOOKS_MAX: u32 = 1_000;

/// A destination with its circuit, its workers and what is under way.
pub(super) struct Desk {
    pub(super) to: Destination,
    pub(super) terms: Terms,
    pub(super) flying: u32,
    bench: Bench,
    epoch: i64,
    circuit: Circuit,
    at_once: Concurrency,
    failures: u32,
    /// Why nothing more is sent before a person mends something.
    shut: Option<String>,
    problem: String,
    documents_max: usize,
    bytes_max: usize,
    /// When attempts under way began, by envelope.
    began: BTreeMap<i64, i64>,
    /// Entries that are being looked up, or were before they had settled.
    looking: BTreeSet<i64>,
    early: BTreeSet<i64>,
    /// Look-ups that told nothing, and when they are done again.
    unclear: BTreeMap<i64, i64>,
    rate: Rate,
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// For jitter: a new one each time.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn unsigned(now: i64) -> u64 {
    u64::try_from(now).unwrap_or(0)
}

/// After which times something happens by itself at a destination.
pub fn terms(to: &Destination) -> Terms {
    // The last request is over before the receiver may forget: it begins a request's time earlier, and the
    // clock is looked at once in a while only.
    let last = millis(to.request_timeout()).saturating_add(CLOCK_MS);
    Terms {
        settle: millis(to.settle),
        memory: millis(to.memory).saturating_sub(last).max(0),
        overdue: millis(to.overdue),
        look_again: LOOK_AGAIN_MS,
    }
}

impl Desk {
    pub(super) fn new(mut to: Destination, bench: Bench, epoch: i64) -> Desk {
        if to.lane.is_some() {
            // entries of one lane are never under way together when no two entries are
            (to.concurrency, to.batch) = (1, 1);
        }
        Desk {
            terms: terms(&to),
            flying: 0,
            bench,
            epoch,
            circuit: Circuit::default(),
            at_once: Concurrency::new(to.concurrency),
            failures: 0,
            shut: None,
            problem: String::new(),
            documents_max: to.batch as usize,
            bytes_max: usize::try_from(to.batch_bytes).unwrap_or(usize::MAX),
            began: BTreeMap::new(),
            looking: BTreeSet::new(),
            early: BTreeSet::new(),
            unclear: BTreeMap::new(),
            rate: Rate::new(to.rate),
            to,
        }
    }

    /// What an answer means for how the destination is asked.
    pub(super) fn heard(&mut self, done: &Done, now: i64, tell: &mut dyn FnMut(News<'_>)) {
        self.flying -= 1;
        let was = self.circuit.since_ms().is_some();
        match done {
            Done::Posted(claim, outcome) => {
                let began = self.began.remove(&claim.envelope).unwrap_or(now);
                match outcome {
                    Outcome::Reply(reply) => self.reply(claim, reply, began, now),
                    Outcome::Fenced(why) => self.failed(why, None, began, now),
                    Outcome::Broke => self.failed(BROKE, None, began, now),
                }
            }
            Done::LookedUp(look, told) => {
                self.looking.remove(&look.entry);
                match told {
                    Some(LookedUp::Found(_) | LookedUp::Absent) => self.answered(),
                    Some(LookedUp::Unclear(why)) => self.unclear(look, why, now),
                    None => self.unclear(look, BROKE, now),
                }
            }
        }
        match (was, self.circuit.since_ms().is_some()) {
            (false, true) => tell(News::Outage(&self.to.name, &self.problem)),
            (true, false) => tell(News::Back(&self.to.name)),
            _ => {}
        }
    }

    fn unclear(&mut self, look: &Look, why: &str, now: i64) {
        self.unclear.insert(look.entry, now.saturating_add(PATIENCE_MS));
        self.failed(why, None, now, now);
    }

    fn answered(&mut self) {
        self.failures = 0;
        self.shut = None;
        self.circuit.answered();
    }

    fn failed(&mut self, why: &str, retry_after: Option<Duration>, began: i64, now: i64) {
        self.failures = self.failures.saturating_add(1);
        self.problem = why.to_owned();
        let asked = retry_after.map(|d| unsigned(millis(d)));
        self.circuit.failed(unsigned(now), asked, random());
        self.at_once.pushed_back(unsigned(began), unsigned(now));
    }

    fn reply(&mut self, claim: &Claim, reply: &Reply, began: i64, now: i64) {
        let why = reply.problem.as_deref().unwrap_or("it gave no clear answer");
        match reply.class {
            Class::NotTaken | Class::Unknown => self.failed(why, reply.retry_after, began, now),
            Class::Shut => {
                self.problem = why.to_owned();
                self.shut = Some(why.to_owned());
                self.circuit.shut(unsigned(now), random());
            }
            Class::TooLarge | Class::Refused => {
                self.answered();
                self.documents_max = (claim.members.len() / 2).max(1);
                if reply.class == Class::TooLarge {
                    self.bytes_max = self.bytes_max.min(claim.body.len() / 2).max(1);
                }
            }
            Class::Taken | Class::Answered => {
                self.answered();
                self.at_once.answered(unsigned(began), unsigned(now));
                self.documents_max = (self.documents_max * 2).min(self.to.batch as usize);
            }
        }
    }

    /// Writes down what came.
    pub(super) fn record(&mut self, turn: &Turn<'_>, done: &Done, now: i64) -> Result<(), BookError> {
        match done {
            Done::Posted(claim, outcome) => {
                let references: Vec<&str> = claim.members.iter().map(|m| m.reference.as_str()).collect();
                let bare = |answer| MemberResult {
                    answer,
                    posted: None,
                    severity: None,
                    notes: "[]".to_owned(),
                    cause: None,
                };
                let all = |answer| references.iter().map(|_| bare(answer)).collect::<Vec<_>>();
                let told = |reply: &Reply| {
                    breaks("answer", &reply.body);
                    results(reply, &references)
                };
                let (class, members, reply, problem) = match outcome {
                    Outcome::Reply(reply) => match catch_unwind(AssertUnwindSafe(|| told(reply))) {
                        Ok(members) => (class(reply.class), members, Some(reply), reply.problem.as_deref()),
                        Err(_) => ("unknown", all(Answer::Unknown), Some(reply), Some(BROKE)),
                    },
                    Outcome::Fenced(why) => ("not-sent", all(Answer::NotTaken), None, Some(why.as_str())),
                    Outcome::Broke => ("unknown", all(Answer::Unknown), None, Some(BROKE)),
                };
                let rest = claim.attempt.saturating_mul(REST_MS).min(REST_MAX_MS);
                turn.record(&Recorded {
                    envelope: claim.envelope,
                    attempt: claim.attempt,
                    class,
                    status: reply.and_then(|reply| reply.status),
                    problem,
                    answer: reply.map_or(&[], |reply| &reply.body),
                    members: &members,
                    again: now.saturating_add(rest),
                })?;
                match problem {
                    Some(BROKE) => turn.broke(claim.envelope, BROKE),
                    _ => Ok(()),
                }
            }
            Done::LookedUp(look, told) => looked_up(turn, look, told.as_ref()),
        }
    }

    /// What is begun next: as many as the circuit and the concurrency let.
    pub(super) fn next(
        &mut self,
        turn: &Turn<'_>,
        now: i64,
        look: bool,
        begin: &mut dyn FnMut(Job),
    ) -> Result<(), BookError> {
        // What is claimed begins when the turn does, for the book and so for the rate.
        let begins = unsigned(turn.now());
        self.rate.clock(begins);
        let mut free = match self.circuit.permit(unsigned(now)) {
            Permit::Go => self.at_once.limit().saturating_sub(self.flying),
            Permit::Probe => u32::from(self.flying == 0),
            Permit::Wait(_) | Permit::Probing => 0,
        };
        let probe = self.circuit.since_ms().is_some();
        while free > 0 && self.rate.wait_until(begins).is_none() {
            let Some(claim) = self.claim(turn, now)? else { break };
            self.rate.begun(begins);
            self.began.insert(claim.envelope, now);
            begin(Job::Post(claim, Instant::now() + self.to.request_timeout()));
            self.flying += 1;
            free -= 1;
            if probe {
                self.circuit.probing();
            }
        }
        if free == 0 || !look {
            return Ok(());
        }
        for look in turn.looks(&self.to.name, &self.terms, LOOKS_MAX)? {
            let rests = self.unclear.get(&look.entry).is_some_and(|at| now < *at);
            let early = !look.settled && self.early.contains(&look.entry);
            let paced = self.rate.wait_until(begins).is_some();
            if free == 0 || paced || rests || early || now < look.at || self.looking.contains(&look.entry) {
                continue;
            }
            self.rate.begun(begins);
            if !look.settled {
                self.early.insert(look.entry);
            }
            self.looking.insert(look.entry);
            begin(Job::LookUp(look));
            self.flying += 1;
            free -= 1;
            if probe {
                self.circuit.probing();
            }
        }
        Ok(())
    }

    fn claim(&self, turn: &Turn<'_>, now: i64) -> Result<Option<Claim>, BookError> {
        let deadline = now.saturating_add(millis(self.to.request_timeout()));
        let claim = || turn.claim(&self.to.name, "courier", self.epoch, deadline);
        if let Some(claimed) = claim()? {
            return Ok(Some(claimed));
        }
        let order = Sealing {
            destination: &self.to.name,
            documents_max: self.documents_max,
            bytes_max: self.bytes_max,
        };
        if turn.seal_what_can_be(&order)?.is_none() {
            return Ok(None);
        }
        point("seal.before");
        claim()
    }

    /// The clock was set by so many milliseconds: nothing that waits waits longer or shorter for it.
    pub(super) fn clock_was_set(&mut self, by: i64) {
        self.circuit.clock_was_set(by);
        for at in self.began.values_mut().chain(self.unclear.values_mut()) {
            *at = at.saturating_add(by);
        }
    }

    /// Hands over what was committed.
    pub(super) fn begin(&mut self, job: Job) -> std::io::Result<()> {
        self.bench.give(job, self.flying)
    }

    /// Why it is left, when nothing is under way; `None`: it is not.
    pub(super) fn left(&self, turn: &Turn<'_>, now: i64, until: Until) -> Result<Option<Left>, BookError> {
        let Some(mut next) = turn.next_at(&self.to.name, &self.terms)? else { return Ok(Some(Left::Done)) };
        let looks = turn.looks(&self.to.name, &self.terms, LOOKS_MAX)?;
        if looks.iter().any(|look| !look.settled && !self.early.contains(&look.entry)) {
            next = now;
        }
        if let Some(why) = &self.shut {
            return Ok(Some(Left::Outage(why.clone())));
        }
        if until != Until::Now {
            return Ok(None);
        }
        let open = match self.circuit.permit(unsigned(now)) {
            Permit::Wait(at) => i64::try_from(at).unwrap_or(i64::MAX),
            _ => now,
        };
        let sends = self.circuit.since_ms().is_some() && next <= now.saturating_add(PATIENCE_MS);
        if sends && (self.failures >= FAILURES_MAX || open > now.saturating_add(6 * PATIENCE_MS)) {
            return Ok(Some(Left::Outage(self.problem.clone())));
        }
        Ok((next > now.saturating_add(PATIENCE_MS)).then_some(Left::Later(next)))
    }

    /// When it can go on by the circuit's or the rate's leave.
    pub(super) fn waits_until(&self, now: i64) -> Option<i64> {
        match self.circuit.permit(unsigned(now)) {
            Permit::Wait(at) => i64::try_from(at).ok(),
            Permit::Go => self.rate.wait_until(unsigned(now)).and_then(|at| i64::try_from(at).ok()),
            _ => None,
        }
    }
}

/// In doubt still, and of the same attempt: else something has told its fate meanwhile.
fn looked_up(turn: &Turn<'_>, look: &Look, told: Option<&LookedUp>) -> Result<(), BookError> {
    let entry = turn.fate(look.entry)?;
    if entry.phase != Phase::InDoubt || (entry.revision, entry.attempt) != look.sent {
        return Ok(());
    }
    match told {
        Some(LookedUp::Found(key)) => {
            turn.input(look.entry, Input::LookedUp { found: true })?;
            let posted = Posted {
                document: key.document.clone(),
                year: key.year.clone(),
                company: key.company.clone(),
            };
            turn.found(look.entry, look.sent.0, look.sent.1, &posted)
        }
        // what was looked for before it had settled may still come
        Some(LookedUp::Absent) if look.settled => {
            turn.input(look.entry, Input::LookedUp { found: false }).map(|_| ())
        }
        _ => Ok(()),
    }
}

fn class(class: Class) -> &'static str {
    match class {
        Class::NotTaken => "not-taken",
        Class::TooLarge => "too-large",
        Class::Shut => "shut",
        Class::Refused => "refused",
        Class::Unknown => "unknown",
        Class::Taken => "taken",
        Class::Answered => "answered",
    }
}
