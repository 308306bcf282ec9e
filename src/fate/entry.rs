//! The state of one entry, as plain data of a few bytes.

/// How a destination lets an outcome be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The asynchronous bulk service: it remembers message ids, and confirms later.
    Async,
    /// The synchronous service, proven to recognise a repeated message id.
    SyncIdem,
    /// The synchronous service, with a read service that tells whether an entry is there.
    SyncLookup,
    /// The synchronous service alone: an unknown outcome is for a person.
    SyncNone,
}

impl Mode {
    /// All, in the order of their names in `jemap.toml`.
    pub const ALL: [Mode; 4] = [Mode::Async, Mode::SyncIdem, Mode::SyncLookup, Mode::SyncNone];

    /// As `jemap.toml` writes it.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Async => "async",
            Mode::SyncIdem => "sync-idem",
            Mode::SyncLookup => "sync-lookup",
            Mode::SyncNone => "sync-none",
        }
    }

    /// By its name.
    pub fn find(name: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// Whether the receiver recognises a message id that comes again.
    pub fn remembers(self) -> bool {
        matches!(self, Mode::Async | Mode::SyncIdem)
    }
}

/// Where an entry stands. Each says what an operator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Its batch is not yet taken. *Operator:* run the same `jemap send` again, to complete the batch.
    Received,
    /// Mapped, waits to be put into an envelope. *Operator:* nothing is needed; may edit or close it.
    Ready,
    /// In a frozen envelope, waits for its turn or for the destination. *Operator:* nothing is needed; see
    /// to the destination if it is shut.
    Sealed,
    /// A request with it is under way. *Operator:* wait; it ends by its deadline.
    Sending,
    /// A request ended without a clear answer; jemap resolves it by sending the same bytes under the same
    /// id, or by looking it up. *Operator:* nothing is needed; may settle it by hand when the document is
    /// found.
    InDoubt,
    /// It stopped for a person: it may be posted or not. *Operator:* look in the receiver, then settle it
    /// (it is there), retry it with the word that it is absent, or close it.
    Parked,
    /// The asynchronous service took it; it is not posted yet. *Operator:* wait for its confirmation; may
    /// settle it by hand, or say that its message was cancelled in the receiver.
    Accepted,
    /// Taken, and no confirmation came in time. *Operator:* look for its message in the receiver's monitor;
    /// then settle it, say that it was cancelled there, or close it.
    Overdue,
    /// The receiver refused it; it is not posted. *Operator:* edit it (or retry it as it is, when the cause
    /// is gone), or close it. One refused by the asynchronous service first needs its message to be
    /// cancelled there.
    Refused,
    /// The mapping refused its data; it was never sent. *Operator:* edit it or close it.
    RejectedData,
    /// Posted; the document's number is known. The end. *Operator:* nothing; a document posted twice by
    /// others is reversed in the receiver.
    Posted,
    /// A person closed it, with a reason. The end.
    Closed,
}

impl Phase {
    /// All, in the order of an entry's life.
    pub const ALL: [Phase; 12] = [
        Phase::Received,
        Phase::Ready,
        Phase::Sealed,
        Phase::Sending,
        Phase::InDoubt,
        Phase::Parked,
        Phase::Accepted,
        Phase::Overdue,
        Phase::Refused,
        Phase::RejectedData,
        Phase::Posted,
        Phase::Closed,
    ];

    /// As commands, the book and machines write it.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Received => "received",
            Phase::Ready => "ready",
            Phase::Sealed => "sealed",
            Phase::Sending => "sending",
            Phase::InDoubt => "in-doubt",
            Phase::Parked => "parked",
            Phase::Accepted => "accepted",
            Phase::Overdue => "overdue",
            Phase::Refused => "refused",
            Phase::RejectedData => "rejected-data",
            Phase::Posted => "posted",
            Phase::Closed => "closed",
        }
    }

    /// By its name.
    pub fn find(name: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.name() == name)
    }

    /// Nothing more happens to it by itself or by a person's doing.
    pub fn ended(self) -> bool {
        matches!(self, Phase::Posted | Phase::Closed)
    }

    /// Only a person moves it on: the dead letters, as a view.
    pub fn needs_a_person(self) -> bool {
        matches!(self, Phase::Parked | Phase::Overdue | Phase::Refused | Phase::RejectedData)
    }
}

/// One journal entry, as far as its fate goes. What it says, who sent it and when is kept by the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    /// How its destination answers.
    pub mode: Mode,
    /// Where it stands.
    pub phase: Phase,
    /// The number of edits: `.00` to `.99`.
    pub revision: u8,
    /// The number of its latest attempt, of all revisions; 0 before the first. Never used again.
    pub attempt: u32,
    /// The latest attempt is under way: intended, and not ended.
    pub open: bool,
    /// An ended attempt may still arrive at the receiver: its settle time has not passed.
    pub unsettled: bool,
    /// An attempt of this revision ended unknown, and nothing since told what became of it.
    pub doubtful: bool,
    /// A refusal was said while an older attempt could still arrive, so it does not count yet.
    pub mistrusted: bool,
    /// The asynchronous receiver holds a message of this revision that it could still post.
    pub held: bool,
    /// A look-up has not found it, once.
    pub absent_once: bool,
    /// Technical refusals of this revision by the asynchronous service, up to 2; the third refuses the
    /// entry.
    pub faults: u8,
    /// An older revision was said to be posted.
    pub rival: bool,
}

/// What an entry waits for, so that its keeper knows what to do and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Next {
    /// The commit of its batch.
    Commit,
    /// To be put into an envelope.
    Seal,
    /// To be sent, when the destination's circuit lets: [`Input::Intend`](super::Input::Intend).
    Send,
    /// The answer of the attempt under way, or its deadline.
    Answer,
    /// The settle time of its latest attempt: [`Input::Settled`](super::Input::Settled).
    Settle,
    /// A look-up: [`Input::LookedUp`](super::Input::LookedUp).
    LookUp,
    /// A second look-up, 30 s after the first.
    LookUpAgain,
    /// The receiver's confirmation, or [`Input::Silence`](super::Input::Silence).
    Confirmation,
    /// A person.
    Person,
    /// Nothing: it has ended.
    Nothing,
}

impl Entry {
    /// As intake writes it first.
    pub fn new(mode: Mode) -> Entry {
        Entry {
            mode,
            phase: Phase::Received,
            revision: 0,
            attempt: 0,
            open: false,
            unsettled: false,
            doubtful: false,
            mistrusted: false,
            held: false,
            absent_once: false,
            faults: 0,
            rival: false,
        }
    }

    /// What it waits for. [`Entry::unsettled`] entries of every phase also wait for `Input::Settled`, at their
    /// settle time; doubtful ones of a mode that [remembers](Mode::remembers) for `Input::Forgotten`, at the end
    /// of the receiver's memory.
    pub fn next(&self) -> Next {
        match self.phase {
            Phase::Received => Next::Commit,
            Phase::Ready => Next::Seal,
            Phase::Sealed => Next::Send,
            Phase::Sending => Next::Answer,
            Phase::InDoubt if self.mode.remembers() && !(self.mistrusted && self.unsettled) => Next::Send,
            Phase::InDoubt if self.unsettled => Next::Settle,
            Phase::InDoubt if self.mode == Mode::SyncNone => Next::Person,
            Phase::InDoubt if self.absent_once => Next::LookUpAgain,
            Phase::InDoubt => Next::LookUp,
            Phase::Accepted => Next::Confirmation,
            Phase::Parked | Phase::Overdue | Phase::Refused | Phase::RejectedData => Next::Person,
            Phase::Posted | Phase::Closed => Next::Nothing,
        }
    }

    /// Everything but mode, phase, revision and attempt, as one number for a column of the book.
    pub fn marks(&self) -> u16 {
        let bits = [
            self.open,
            self.unsettled,
            self.doubtful,
            self.mistrusted,
            self.held,
            self.absent_once,
            self.faults & 1 != 0,
            self.faults & 2 != 0,
            self.rival,
        ];
        bits.iter().enumerate().fold(0, |sum, (at, bit)| sum | u16::from(*bit) << at)
    }

    /// The entry with these marks; bits that no mark has mean nothing.
    pub fn with_marks(self, marks: u16) -> Entry {
        let bit = |at: u16| marks >> at & 1 != 0;
        Entry {
            open: bit(0),
            unsettled: bit(1),
            doubtful: bit(2),
            mistrusted: bit(3),
            held: bit(4),
            absent_once: bit(5),
            faults: u8::from(bit(6)) | u8::from(bit(7)) << 1,
            rival: bit(8),
            ..self
        }
    }
}
