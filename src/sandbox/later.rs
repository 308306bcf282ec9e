//! What is done later, each at its time, by whoever waits for it.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Instant;

/// A queue by time; what has the same time keeps its order.
#[derive(Debug)]
pub(super) struct Later<T> {
    queue: Mutex<Queue<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Queue<T> {
    waiting: BTreeMap<(Instant, u64), T>,
    number: u64,
    ended: bool,
}

impl<T> Default for Later<T> {
    fn default() -> Later<T> {
        let queue = Queue { waiting: BTreeMap::new(), number: 0, ended: false };
        Later { queue: Mutex::new(queue), changed: Condvar::new() }
    }
}

impl<T> Later<T> {
    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub(super) fn add(&self, at: Instant, what: T) {
        let mut queue = self.queue();
        queue.number += 1;
        let key = (at, queue.number);
        queue.waiting.insert(key, what);
        self.changed.notify_all();
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue().waiting.len()
    }

    /// No more is done.
    pub(super) fn end(&self) {
        self.queue().ended = true;
        self.changed.notify_all();
    }

    /// The next one whose time has come; `None` at the end.
    pub(super) fn next(&self) -> Option<T> {
        let mut queue = self.queue();
        loop {
            if queue.ended {
                return None;
            }
            let now = Instant::now();
            let Some((&(at, number), _)) = queue.waiting.first_key_value() else {
                queue = self.changed.wait(queue).unwrap_or_else(|e| e.into_inner());
                continue;
            };
            if at <= now {
                return queue.waiting.remove(&(at, number));
            }
            queue = self.changed.wait_timeout(queue, at - now).unwrap_or_else(|e| e.into_inner()).0;
        }
    }
}
