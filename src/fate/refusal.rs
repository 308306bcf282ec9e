//! Why an input is not allowed, in words for an operator.

use super::entry::Phase;
use std::fmt;

/// Why an input is not allowed now. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// It has no meaning in this phase.
    Phase(Phase),
    /// A request with it is under way.
    UnderWay,
    /// A request that ended may still arrive.
    Unsettled,
    /// It is not known whether it is posted, and nobody has said that it is absent.
    InDoubt,
    /// The receiver holds its message and could still post it.
    Held,
    /// An older revision is posted.
    Rival,
    /// The destination's mode has no such thing.
    Mode,
    /// It has been edited as often as its id can tell.
    Revisions,
    /// It has been tried as often as can be counted.
    Attempts,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Refusal::Phase(phase) => return write!(f, "the entry is {}: {}", phase.name(), instead(*phase)),
            Refusal::UnderWay => "a request with the entry is under way: wait until it has ended",
            Refusal::Unsettled => "a request that was given up may still arrive: wait for the settle time",
            Refusal::InDoubt => {
                "the entry may be posted: look for it in the receiver, then say what you found"
            }
            Refusal::Held => "the receiver holds the entry's message: cancel it there and say so first",
            Refusal::Rival => "an older revision of the entry is posted: settle it or close it",
            Refusal::Mode => "the entry's destination has no such outcome",
            Refusal::Revisions => "the entry was edited 99 times: close it and send a new one",
            Refusal::Attempts => "the entry was tried 4294967295 times: close it and send a new one",
        };
        f.write_str(words)
    }
}

impl std::error::Error for Refusal {}

/// What may be done in a phase instead.
fn instead(phase: Phase) -> &'static str {
    match phase {
        Phase::Received => "complete its batch by sending the same input again",
        Phase::Ready => "it will be sent by itself; it can be edited or closed",
        Phase::Sealed => "it will be sent by itself",
        Phase::Sending => "wait for its answer",
        Phase::InDoubt => "it is being resolved; it can be settled by hand",
        Phase::Parked => "settle it, retry it when it is absent in the receiver, or close it",
        Phase::Accepted => "wait for its confirmation",
        Phase::Overdue => "look in the receiver; then settle it, say that it was cancelled, or close it",
        Phase::Refused => "edit it, retry it, or close it",
        Phase::RejectedData => "edit it or close it",
        Phase::Posted => "nothing is left to do",
        Phase::Closed => "nothing is left to do",
    }
}
