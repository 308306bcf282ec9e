//! What can happen to an entry, and what comes of it.

use super::entry::{Entry, Next};

/// Something that happened to an entry, or that a person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// The batch is on disk, whole. An entry that the mapping refused is not `mapped`.
    Committed {
        /// There is XML for it.
        mapped: bool,
    },
    /// It was put into an envelope, which is frozen now.
    Seal,
    /// Its envelope was dissolved, before it was ever in doubt.
    Unseal,
    /// The intent of an attempt is written, in the same transaction; a byte may leave only after the
    /// commit.
    Intend,
    /// An attempt ended.
    Answered {
        /// The revision that was sent.
        revision: u8,
        /// The attempt's number.
        attempt: u32,
        /// What came of it for this entry.
        answer: Answer,
    },
    /// The lease of the attempt under way was lost: a crash, or an epoch that has passed.
    Interrupted,
    /// The settle time of its latest attempt has passed (request deadline, lease and the receiver's longest
    /// run): nothing that was ever sent can arrive any more.
    Settled,
    /// A look-up told; two that find nothing are at least 30 s apart.
    LookedUp {
        /// It is there, with its document.
        found: bool,
    },
    /// The time is over for which the receiver remembers the ids of this revision's attempts.
    Forgotten,
    /// Its envelope must not be sent again, for the sake of another entry in it; this one may be posted or not.
    Withheld,
    /// A confirmation came, outside of any attempt.
    Confirmed {
        /// The revision it names.
        revision: u8,
        /// With a document; else it says that it was refused.
        posted: bool,
    },
    /// No confirmation came in time.
    Silence,
    /// It is known that the receiver's own message was cancelled there, and will not be posted.
    Cancelled,
    /// A person gave it other data, which the mapping took or refused.
    Edit {
        /// There is XML for the new data.
        mapped: bool,
    },
    /// A person wants it sent again.
    Retry {
        /// The person has looked, after the settle time, and it is not there.
        absent: bool,
    },
    /// A person closes it, with a reason.
    Close,
    /// A person found its document in the receiver.
    SettledByHand,
    /// Handling it has broken the program twice.
    Quarantined,
}

/// What one attempt said of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Posted, with a document.
    Posted,
    /// Refused by the receiver's rules.
    Refused,
    /// Taken, to be confirmed later.
    Taken,
    /// Surely not taken: no connection, a shut destination, "not now".
    NotTaken,
    /// Surely not taken, and the envelope must be divided: too large, or refused as a whole where one
    /// member may be the cause.
    TooLarge,
    /// Nobody knows: a time-out, a reset, a cut answer, an entry without an answer.
    Unknown,
    /// The message could not be read by the receiver, and the entry was alone in it.
    RefusedTechnical,
}

/// Something a person must be told at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alarm {
    /// An older revision is posted: it and the present one may both be.
    TwoRevisions,
    /// It was closed, and is posted all the same.
    PostedAfterClose,
    /// It was refused, and is posted all the same.
    PostedAfterRefusal,
    /// The receiver has it, though no attempt of this revision is known that could have brought it.
    PostedUnasked,
    /// It is posted, and the receiver says that it was refused.
    RefusedAfterPosting,
    /// It is posted, and the receiver names another document for it. Found by its keeper: a state has no
    /// documents.
    TwoDocuments,
}

impl Alarm {
    /// One line for people.
    pub fn words(self) -> &'static str {
        match self {
            Alarm::TwoRevisions => "an older revision is posted: two revisions may both be posted",
            Alarm::PostedAfterClose => "it was closed, and the receiver has posted it",
            Alarm::PostedAfterRefusal => "the receiver refused it and has posted it after all",
            Alarm::PostedUnasked => "the receiver has it, though this book did not send this revision",
            Alarm::RefusedAfterPosting => "it is posted, and the receiver says now that it refused it",
            Alarm::TwoDocuments => "the receiver names a second document for it: it may be posted twice",
        }
    }
}

/// What comes of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    /// The entry as it is now.
    pub entry: Entry,
    /// What it waits for now.
    pub next: Next,
    /// Whom to wake.
    pub alarm: Option<Alarm>,
}
