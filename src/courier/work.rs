//! Worker threads: they do HTTP and nothing else. Right before the first byte each asks the book whether its
//! attempt is still the one to send.

use crate::book::{Book, Claim, Clock, Look};
use crate::crash::{breaks, point};
use crate::wire::{Client, LookedUp, Message, Reply};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// What a worker does.
pub(super) enum Job {
    /// Send a claimed envelope, once.
    Post(Claim, Instant),
    /// Look an entry up.
    LookUp(Look),
}

/// What came of it; `None` where it was not done.
pub(super) enum Done {
    /// An attempt; its class where it was not handed over.
    Posted(Claim, Outcome),
    /// A look-up.
    LookedUp(Look, Option<LookedUp>),
}

/// What a worker knows of an attempt.
pub(super) enum Outcome {
    /// The client's reply.
    Reply(Reply),
    /// The fence was shut: surely not sent.
    Fenced(String),
    /// The worker broke: nobody knows.
    Broke,
}

/// What the workers of one destination share.
pub(super) struct Bench {
    client: Arc<Client>,
    book: PathBuf,
    clock: Clock,
    epoch: i64,
    desk: usize,
    jobs: Sender<Job>,
    queue: Arc<Mutex<Receiver<Job>>>,
    done: Sender<(usize, Done)>,
    threads: u32,
}

impl Bench {
    pub(super) fn new(
        client: Client,
        (book, clock): (PathBuf, Clock),
        epoch: i64,
        desk: usize,
        done: Sender<(usize, Done)>,
    ) -> Bench {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        Bench { client: Arc::new(client), book, clock, epoch, desk, jobs, queue, done, threads: 0 }
    }

    /// Hands a job over; `flying` are under way with it.
    pub(super) fn give(&mut self, job: Job, flying: u32) -> std::io::Result<()> {
        while self.threads < flying {
            let book = Book::read_only(&self.book, Arc::clone(&self.clock)).map_err(std::io::Error::other)?;
            let (client, queue) = (Arc::clone(&self.client), Arc::clone(&self.queue));
            let (done, epoch, desk) = (self.done.clone(), self.epoch, self.desk);
            let work = move || {
                loop {
                    let next = queue.lock().unwrap_or_else(|e| e.into_inner()).recv();
                    let Ok(job) = next else { return };
                    if done.send((desk, one(&client, &book, epoch, job))).is_err() {
                        return;
                    }
                }
            };
            std::thread::Builder::new().name("courier".into()).spawn(work)?;
            self.threads += 1;
        }
        self.jobs.send(job).map_err(|_| std::io::Error::other("the workers have gone"))
    }
}

fn one(client: &Client, book: &Book, epoch: i64, job: Job) -> Done {
    match job {
        Job::Post(claim, deadline) => {
            let outcome = match book.may_send(claim.envelope, claim.attempt, epoch) {
                Ok(true) => {
                    point("fence.after");
                    let message = Message { body: &claim.body, message_id: &claim.message_id, deadline };
                    match catch_unwind(AssertUnwindSafe(|| {
                        breaks("post", &claim.body);
                        client.post(&message)
                    })) {
                        Ok(reply) => Outcome::Reply(reply),
                        Err(_) => Outcome::Broke,
                    }
                }
                Ok(false) => Outcome::Fenced("its time was over before it was sent".into()),
                Err(error) => Outcome::Fenced(error.message),
            };
            point("answer.read");
            Done::Posted(claim, outcome)
        }
        Job::LookUp(look) => {
            let told = catch_unwind(AssertUnwindSafe(|| client.look_up(&look.reference))).ok();
            point("look.read");
            Done::LookedUp(look, told)
        }
    }
}
