//! What a state means and what an operator does about it, in words.

use crate::fate::{Entry, Input, Next, Phase, step};

/// What a state means.
pub(super) fn means(phase: Phase) -> &'static str {
    match phase {
        Phase::Received => "taken, but its batch is not complete",
        Phase::Ready => "mapped, waits to be put into an envelope",
        Phase::Sealed => "in a frozen envelope, waits for its turn or for the destination",
        Phase::Sending => "a request with it is under way",
        Phase::InDoubt => "a request ended without a clear answer; jemap resolves it",
        Phase::Parked => "stopped for a person: it may be posted or not",
        Phase::Accepted => "the receiver took it; it is not posted yet",
        Phase::Overdue => "taken by the receiver, and no confirmation came in time",
        Phase::Refused => "the receiver refused it; it is not posted",
        Phase::RejectedData => "the mapping refused its data; it was never sent",
        Phase::Posted => "posted; its document is known",
        Phase::Closed => "closed by a person",
    }
}

/// What an operator does.
pub(super) fn advice(phase: Phase) -> &'static str {
    match phase {
        Phase::Received => "send the same input again, to complete its batch",
        Phase::Ready => "nothing is needed; it may be edited or closed",
        Phase::Sealed => "nothing is needed; see to the destination if it is shut",
        Phase::Sending => "wait; it ends by its deadline",
        Phase::InDoubt => "nothing is needed; settle it when you have found its document",
        Phase::Parked => {
            "look in the receiver; then settle it (it is there), retry it with --absent, or close it"
        }
        Phase::Accepted => {
            "wait for its confirmation; settle it when you have found its document, or say cancelled when its \
             message was cancelled in the receiver"
        }
        Phase::Overdue => {
            "look for its message in the receiver's monitor; then settle it, say cancelled, or close it"
        }
        Phase::Refused => {
            "edit it, or see to the cause in the receiver and retry it, or close it; one refused by the \
             asynchronous service first needs its message to be cancelled there"
        }
        Phase::RejectedData => "edit it, or mend the data or the mapping and send it again, or close it",
        Phase::Posted => "nothing; a document that is wrong is reversed in the receiver",
        Phase::Closed => "nothing",
    }
}

/// What it waits for.
pub(super) fn waits_for(next: Next) -> &'static str {
    match next {
        Next::Commit => "the end of its batch",
        Next::Seal => "an envelope",
        Next::Send => "its turn to be sent",
        Next::Answer => "an answer",
        Next::Settle => "the settle time of its latest attempt",
        Next::LookUp => "a look-up in the receiver",
        Next::LookUpAgain => "a second look-up in the receiver",
        Next::Confirmation => "the receiver's confirmation",
        Next::Person => "a person",
        Next::Nothing => "nothing",
    }
}

/// The verbs, with whether each is allowed now, or why not.
pub(super) fn verbs(entry: Entry) -> Vec<(&'static str, Result<(), String>)> {
    let verbs = [
        ("edit", Input::Edit { mapped: true }),
        ("retry", Input::Retry { absent: false }),
        ("retry --absent", Input::Retry { absent: true }),
        ("settle", Input::SettledByHand),
        ("cancelled", Input::Cancelled),
        ("close", Input::Close),
    ];
    let asked = |(name, input)| (name, step(entry, input).map(|_| ()).map_err(|why| why.to_string()));
    verbs.into_iter().map(asked).collect()
}
