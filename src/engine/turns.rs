//! Blocks on several threads: whoever is free takes the oldest that is not begun, and the first thread settles
//! them in the order of the input.
//!
//! It knows nothing of what is done with a block.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A thread has failed, so a block that was begun will not be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failed;

/// What the threads share: blocks that are not begun and blocks that are done, by their turn, from 0.
#[derive(Debug)]
pub(super) struct Turns<T> {
    state: Mutex<State<T>>,
    /// Something is to be begun, or nothing will be any more.
    to_begin: Condvar,
    /// Something is done, or failed.
    finished: Condvar,
}

#[derive(Debug)]
struct State<T> {
    to_begin: VecDeque<(usize, T)>,
    finished: Vec<(usize, T)>,
    closed: bool,
    failed: bool,
}

impl<T> Turns<T> {
    pub(super) fn new() -> Turns<T> {
        let state = State { to_begin: VecDeque::new(), finished: Vec::new(), closed: false, failed: false };
        Turns { state: Mutex::new(state), to_begin: Condvar::new(), finished: Condvar::new() }
    }

    /// What a thread left that failed while it held the lock is whole: nothing here can fail half-way.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more block. Turns are put in ascending order.
    pub(super) fn put(&self, turn: usize, block: T) {
        self.state().to_begin.push_back((turn, block));
        self.to_begin.notify_one();
    }

    /// The oldest block that is not begun, if there is one.
    pub(super) fn begin(&self) -> Option<(usize, T)> {
        self.state().to_begin.pop_front()
    }

    /// Waits for a block to begin; none: there will be no more.
    fn wait_to_begin(&self) -> Option<(usize, T)> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            if let Some(next) = state.to_begin.pop_front() {
                return Some(next);
            }
            state = self.to_begin.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A block that was begun is done.
    pub(super) fn finish(&self, turn: usize, block: T) {
        self.state().finished.push((turn, block));
        self.finished.notify_one();
    }

    /// The block of this turn, if it is done.
    pub(super) fn finished(&self, turn: usize) -> Option<T> {
        take(&mut self.state(), turn)
    }

    /// Waits until the block of this turn, which was begun, is done.
    ///
    /// # Errors
    /// The thread that had it failed.
    pub(super) fn wait_finished(&self, turn: usize) -> Result<T, Failed> {
        let mut state = self.state();
        loop {
            if let Some(block) = take(&mut state, turn) {
                return Ok(block);
            }
            if state.failed {
                return Err(Failed);
            }
            state = self.finished.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Nothing is begun any more.
    fn close(&self) {
        self.state().closed = true;
        self.to_begin.notify_all();
    }

    /// Closes when it is dropped, also by a panic: no thread is left waiting for what will not come.
    pub(super) fn open(&self) -> Open<'_, T> {
        Open(self)
    }

    /// Works on blocks until [`Turns::close`].
    pub(super) fn work(&self, mut work: impl FnMut(&mut T)) {
        let watch = Watch(self);
        while let Some((turn, mut block)) = self.wait_to_begin() {
            work(&mut block);
            self.finish(turn, block);
        }
        std::mem::forget(watch);
    }
}

fn take<T>(state: &mut State<T>, turn: usize) -> Option<T> {
    let found = state.finished.iter().position(|(other, _)| *other == turn)?;
    Some(state.finished.swap_remove(found).1)
}

/// See [`Turns::open`].
pub(super) struct Open<'a, T>(&'a Turns<T>);

impl<T> Drop for Open<'_, T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Tells the first thread when a thread ends without having been told to, so that it does not wait for ever.
struct Watch<'a, T>(&'a Turns<T>);

impl<T> Drop for Watch<'_, T> {
    fn drop(&mut self) {
        self.0.state().failed = true;
        self.0.finished.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::{Failed, Turns};

    #[test]
    fn blocks_come_back_by_their_turn_whoever_did_them() {
        let turns = Turns::new();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| turns.work(|block: &mut u64| *block *= 2));
            }
            for turn in 0..1000 {
                turns.put(turn, turn as u64);
            }
            for turn in 0..1000 {
                let block = match (turns.finished(turn), turns.begin()) {
                    (Some(block), begun) => {
                        if let Some((turn, block)) = begun {
                            turns.finish(turn, block * 2);
                        }
                        Ok(block)
                    }
                    (None, Some((begun, block))) => {
                        turns.finish(begun, block * 2);
                        turns.wait_finished(turn)
                    }
                    (None, None) => turns.wait_finished(turn),
                };
                assert_eq!(block, Ok(turn as u64 * 2));
            }
            turns.close();
        });
    }

    #[test]
    fn no_thread_waits_when_the_first_fails() {
        let turns = Turns::new();
        let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            std::thread::scope(|scope| {
                scope.spawn(|| turns.work(|block: &mut u64| *block += 1));
                let _open = turns.open();
                turns.put(0, 1);
                assert_eq!(turns.wait_finished(0), Ok(2));
                std::panic::resume_unwind(Box::new(()));
            });
        }));
        assert!(failed.is_err());
    }

    #[test]
    fn a_thread_that_fails_is_noticed() {
        let turns = Turns::new();
        turns.put(0, 0);
        let failed = std::thread::scope(|scope| {
            let lane = scope.spawn(|| turns.work(|_: &mut u64| std::panic::resume_unwind(Box::new(()))));
            let failed = turns.wait_finished(0);
            turns.close();
            assert!(lane.join().is_err());
            failed
        });
        assert_eq!(failed, Err(Failed));
    }
}
