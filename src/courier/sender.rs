//! The sender: one thread that owns the book. Each turn of it is one transaction: the answers that came, what
//! the clock says, the envelopes to seal and the intents of the next attempts. What is handed to a worker was
//! committed before.

use super::desk::Desk;
use super::lease::Lease;
use super::work::{Bench, Done, Job};
use crate::book::{Book, BookError, Clock};
use crate::crash::point;
use crate::diag::Code;
use crate::wire::{Client, Destination};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How often the sender looks for what others changed, and at the stop flag.
const TICK: Duration = Duration::from_millis(200);
/// How often it looks at the clock for settle times and the like.
pub(super) const CLOCK_MS: i64 = 1_000;
/// A clock that is off by more than this from the time that has passed was set.
const JUMP_MS: i64 = 1_000;

/// How long to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until nothing more can be done within some seconds.
    Now,
    /// Until only people and confirmations can move anything; outages are waited for.
    Resolved,
    /// Until it is stopped.
    Stopped,
}

/// Why a destination was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// Nothing is open that goes on by itself.
    Done,
    /// It goes on by itself from this moment, in milliseconds since 1970.
    Later(i64),
    /// It could not be reached, or it is shut: in its words.
    Outage(String),
    /// It was stopped from outside.
    Stopped,
}

/// What delivery says while it goes on.
#[derive(Debug, Clone, Copy)]
pub enum News<'n> {
    /// Entries that were under way when an earlier run ended, and are in doubt now.
    Doubts(u64),
    /// A destination's outage, as it begins: its name and what is wrong.
    Outage(&'n str, &'n str),
    /// Its end.
    Back(&'n str),
    /// Attempts that ended.
    Answered(u64),
}

/// What is to be delivered, and by whom.
pub struct Delivery<'d> {
    /// The book's file: workers look into it too.
    pub path: &'d Path,
    /// The same clock as the book's.
    pub clock: Clock,
    /// Milliseconds that pass whatever that clock is set to: where both differ, it was set.
    pub steady: Clock,
    /// The destinations.
    pub destinations: &'d [Destination],
    /// How long to go on.
    pub until: Until,
    /// Set: nothing more is begun, what is under way ends.
    pub stop: Arc<AtomicBool>,
}

/// Delivers what is open. The lease shows that nobody else does. Why each destination was left, in their
/// order.
///
/// # Errors
///
/// J711 to J718 of the book; J735 where a destination cannot be used. What was under way is in doubt then,
/// and is resolved by the next run.
pub fn deliver(
    book: &mut Book,
    _lease: &Lease,
    order: &Delivery<'_>,
    tell: &mut dyn FnMut(News<'_>),
) -> Result<Vec<Left>, BookError> {
    let mut clients = vec![];
    for destination in order.destinations {
        if let Some(was) = book.other_mode(&destination.name, destination.mode)? {
            let Destination { name, mode, .. } = destination;
            let (was, is) = (was.name(), mode.name());
            let message = format!("`{name}` is `{is}`, and has open entries that were taken for `{was}`");
            let mut error = BookError::new(Code::J735, message);
            error.help =
                Some("deliver or close them with the old mode first, or give the new one a name of its own");
            return Err(error);
        }
        clients.push(Client::new(destination).map_err(|why| BookError::new(Code::J735, why))?);
    }
    let (epoch, doubts) = book.begin_sending()?;
    if doubts > 0 {
        tell(News::Doubts(doubts));
    }
    let (done, answers) = channel();
    let mut desks: Vec<Desk> = order
        .destinations
        .iter()
        .zip(clients)
        .enumerate()
        .map(|(at, (to, client))| {
            let bench = Bench::new(
                client,
                (order.path.to_owned(), Arc::clone(&order.clock)),
                epoch,
                at,
                done.clone(),
            );
            Desk::new(to.clone(), bench, epoch)
        })
        .collect();
    Sending {
        order,
        desks: &mut desks,
        answers,
        _done: done,
        clock_at: 0,
        looked_at: 0,
        seen: ((order.clock)(), (order.steady)()),
    }
    .run(book, tell)
}

/// Tells which commits a turn is: that of outcomes, of what look-ups told, of intents, and of look-ups to do.
fn passed([outcome, found, intent, look]: [&str; 4], answers: &[(usize, Done)], jobs: &[(usize, Job)]) {
    for (_, done) in answers {
        point(if matches!(done, Done::Posted(..)) { outcome } else { found });
    }
    for (_, job) in jobs {
        point(if matches!(job, Job::Post(..)) { intent } else { look });
    }
}

struct Sending<'s> {
    order: &'s Delivery<'s>,
    desks: &'s mut [Desk],
    answers: Receiver<(usize, Done)>,
    /// Keeps the channel open where no worker runs.
    _done: Sender<(usize, Done)>,
    clock_at: i64,
    looked_at: i64,
    /// A moment by the clock, and the same by the time that nobody sets.
    seen: (i64, i64),
}

impl Sending<'_> {
    fn run(mut self, book: &mut Book, tell: &mut dyn FnMut(News<'_>)) -> Result<Vec<Left>, BookError> {
        let mut answers: Vec<(usize, Done)> = vec![];
        loop {
            let now = self.now(book)?;
            for (desk, done) in &answers {
                self.desks[*desk].heard(done, now, tell);
            }
            if !answers.is_empty() {
                tell(News::Answered(answers.len() as u64));
            }
            let jobs = self.turn(book, &answers, now)?;
            let begun = jobs.len();
            for (desk, job) in jobs {
                self.desks[desk]
                    .begin(job)
                    .map_err(|error| BookError::new(Code::J711, format!("a worker cannot begin: {error}")))?;
            }
            let flying: u32 = self.desks.iter().map(|desk| desk.flying).sum();
            if flying == 0
                && begun == 0
                && let Some(left) = self.left(book, now)?
            {
                return Ok(left);
            }
            answers = self.wait();
        }
    }

    /// The time. Where the clock was set since it was last looked at, what waits is made to wait as long as it
    /// would have.
    fn now(&mut self, book: &mut Book) -> Result<i64, BookError> {
        let before = (self.order.steady)();
        let now = (self.order.clock)();
        let (seen, at) = self.seen;
        let by = now.saturating_sub(seen.saturating_add(before - at));
        // a thread that stood still between the two looks has seen no jump
        let looked = (self.order.steady)() - before;
        if by.saturating_abs() > JUMP_MS.saturating_add(looked) {
            book.clock_was_set(by)?;
            self.desks.iter_mut().for_each(|desk| desk.clock_was_set(by));
        }
        self.seen = (now, before);
        Ok(now)
    }

    /// One transaction; what may be begun after its commit.
    fn turn(
        &mut self,
        book: &mut Book,
        answers: &[(usize, Done)],
        now: i64,
    ) -> Result<Vec<(usize, Job)>, BookError> {
        let stopped = self.order.stop.load(Ordering::Relaxed);
        let clock = now - self.clock_at >= CLOCK_MS || now < self.clock_at;
        let look = !answers.is_empty() || now - self.looked_at >= CLOCK_MS || now < self.looked_at;
        if clock {
            self.clock_at = now;
        }
        if look {
            self.looked_at = now;
        }
        let desks = &mut *self.desks;
        let mut more = false;
        let jobs = book.turn(|turn| {
            let mut jobs = vec![];
            for (desk, done) in answers {
                desks[*desk].record(turn, done, now)?;
            }
            for (at, desk) in desks.iter_mut().enumerate() {
                if clock {
                    more |= turn.clock(&desk.to.name, &desk.terms)? > 0;
                }
                if !stopped {
                    desk.next(turn, now, look, &mut |job| jobs.push((at, job)))?;
                }
            }
            passed(["outcome.before", "found.before", "intent.before", "look.before"], answers, &jobs);
            Ok(jobs)
        })?;
        if more {
            // it does some at a time, so that a turn stays short
            self.clock_at = 0;
        }
        passed(["outcome.after", "found.after", "intent.after", "look.after"], answers, &jobs);
        Ok(jobs)
    }

    /// Why each destination is left, when all of them are.
    fn left(&self, book: &mut Book, now: i64) -> Result<Option<Vec<Left>>, BookError> {
        if self.order.stop.load(Ordering::Relaxed) {
            return Ok(Some(self.desks.iter().map(|_| Left::Stopped).collect()));
        }
        if self.order.until == Until::Stopped {
            return Ok(None);
        }
        let until = self.order.until;
        book.turn(|turn| {
            let left = self.desks.iter().map(|desk| desk.left(turn, now, until));
            let left: Vec<Option<Left>> = left.collect::<Result<_, _>>()?;
            Ok(left.into_iter().collect())
        })
    }

    /// The answers that came, after one came or a tick has passed.
    fn wait(&self) -> Vec<(usize, Done)> {
        let until = Instant::now() + self.tick();
        let mut answers = vec![];
        match self.answers.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(answer) => answers.push(answer),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        answers.extend(self.answers.try_iter());
        answers
    }

    fn tick(&self) -> Duration {
        let now = (self.order.clock)();
        let next = self.desks.iter().filter_map(|desk| desk.waits_until(now)).min();
        let next = next.map(|at| Duration::from_millis(u64::try_from(at - now).unwrap_or(0).max(1)));
        next.map_or(TICK, |next| next.min(TICK))
    }
}
