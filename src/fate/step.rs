//! The one function. Each input has a function of its own that takes the entry and gives it back.

use super::entry::{Entry, Mode, Phase};
use super::input::{Alarm, Answer, Input, Step};
use super::refusal::Refusal;
use super::rules::{Rule, Rules};

/// The highest revision that an entry's id can tell.
const REVISION_MAX: u8 = 99;

/// Technical refusals by the asynchronous service after which an entry is refused.
const FAULTS_MAX: u8 = 3;

type Changed = Result<(Entry, Option<Alarm>), Refusal>;

/// What becomes of an entry when something happens to it.
///
/// # Errors
///
/// The input is not allowed in this state; nothing has changed. Late and repeated answers and confirmations
/// are no errors: they leave the entry as it is.
pub fn step(entry: Entry, input: Input) -> Result<Step, Refusal> {
    step_by(Rules::ALL, entry, input)
}

/// The same, by some of the rules.
pub(super) fn step_by(rules: Rules, entry: Entry, input: Input) -> Result<Step, Refusal> {
    let (entry, alarm) = match input {
        Input::Committed { mapped } => quiet(committed(entry, mapped)),
        Input::Seal => quiet(seal(entry)),
        Input::Unseal => quiet(unseal(entry)),
        Input::Intend => quiet(intend(rules, entry)),
        Input::Answered { revision, attempt, answer } => answered(rules, entry, revision, attempt, answer),
        Input::Interrupted => quiet(Ok(interrupted(rules, entry))),
        Input::Settled => quiet(settled(entry)),
        Input::LookedUp { found } => quiet(looked_up(rules, entry, found)),
        Input::Forgotten => quiet(Ok(forgotten(rules, entry))),
        Input::Withheld => quiet(withheld(entry)),
        Input::Confirmed { revision, posted } => confirmed(rules, entry, revision, posted),
        Input::Silence => quiet(silence(entry)),
        Input::Cancelled => quiet(cancelled(entry)),
        Input::Edit { mapped } => quiet(edit(rules, entry, mapped)),
        Input::Retry { absent } => quiet(retry(rules, entry, absent)),
        Input::Close => quiet(close(rules, entry)),
        Input::SettledByHand => quiet(settled_by_hand(entry)),
        Input::Quarantined => quiet(quarantined(entry)),
    }?;
    Ok(Step { entry, next: entry.next(), alarm })
}

fn quiet(entry: Result<Entry, Refusal>) -> Changed {
    entry.map(|entry| (entry, None))
}

fn committed(entry: Entry, mapped: bool) -> Result<Entry, Refusal> {
    match entry.phase {
        Phase::Received => Ok(Entry { phase: mapped_phase(mapped), ..entry }),
        phase => Err(Refusal::Phase(phase)),
    }
}

fn mapped_phase(mapped: bool) -> Phase {
    if mapped { Phase::Ready } else { Phase::RejectedData }
}

fn seal(entry: Entry) -> Result<Entry, Refusal> {
    match entry.phase {
        Phase::Ready => Ok(Entry { phase: Phase::Sealed, ..entry }),
        phase => Err(Refusal::Phase(phase)),
    }
}

fn unseal(entry: Entry) -> Result<Entry, Refusal> {
    match entry.phase {
        Phase::Sealed if entry.doubtful => Err(Refusal::InDoubt),
        Phase::Sealed => Ok(Entry { phase: Phase::Ready, ..entry }),
        phase => Err(Refusal::Phase(phase)),
    }
}

/// An entry in doubt is sent again only to a receiver that remembers its id.
fn intend(rules: Rules, entry: Entry) -> Result<Entry, Refusal> {
    match entry.phase {
        Phase::Sealed => {}
        Phase::InDoubt if entry.mode.remembers() => {
            if entry.mistrusted && entry.unsettled {
                return Err(Refusal::Unsettled);
            }
        }
        phase => return Err(Refusal::Phase(phase)),
    }
    let attempt = entry.attempt.checked_add(1).ok_or(Refusal::Attempts)?;
    if !rules.hold(Rule::IntentIsWritten) {
        return Ok(Entry { attempt, ..entry });
    }
    Ok(Entry { phase: Phase::Sending, attempt, open: true, mistrusted: false, ..entry })
}

fn answered(rules: Rules, entry: Entry, revision: u8, attempt: u32, answer: Answer) -> Changed {
    let this_revision = revision == entry.revision || !rules.hold(Rule::OutcomeOfThisRevision);
    let latest = attempt == entry.attempt || !rules.hold(Rule::OutcomeOfLatestAttempt);
    let mine = this_revision && latest && (entry.open || !rules.hold(Rule::OutcomeOfLatestAttempt));
    let was = entry;
    let entry = Entry { open: entry.open && !mine, ..entry };
    match answer {
        Answer::Posted => return Ok(posted(rules, entry, revision)),
        Answer::Refused if !rules.hold(Rule::PostedPerEntry) => return Ok(posted(rules, entry, revision)),
        Answer::Taken if entry.mode == Mode::Async => return quiet(Ok(taken(entry, this_revision))),
        _ => {}
    }
    if !mine {
        // A late unknown of this revision: something of it may still arrive.
        let late = matches!(answer, Answer::Unknown | Answer::Taken) && revision == entry.revision;
        return quiet(Ok(Entry { unsettled: entry.unsettled || late && !entry.phase.ended(), ..entry }));
    }
    let unknown = matches!(answer, Answer::Unknown | Answer::Taken);
    let sent = was.phase == Phase::Sending
        || !rules.hold(Rule::OutcomeOfLatestAttempt) && was.phase == Phase::InDoubt
        || !rules.hold(Rule::IntentIsWritten) && was.phase == Phase::Sealed;
    if !sent {
        // Something else has told its fate meanwhile: the attempt only ends.
        return quiet(Ok(Entry { unsettled: entry.unsettled || unknown, ..entry }));
    }
    quiet(Ok(match answer {
        Answer::NotTaken => not_taken(entry),
        Answer::TooLarge if entry.doubtful && rules.hold(Rule::FrozenWhileInDoubt) => not_taken(entry),
        Answer::TooLarge => Entry { phase: Phase::Ready, ..entry },
        Answer::Refused => refused(rules, entry),
        Answer::RefusedTechnical => refused_technical(rules, entry),
        Answer::Unknown | Answer::Taken | Answer::Posted => doubt(rules, entry),
    }))
}

/// Posted is conclusive whenever it comes, if it is of the present revision.
fn posted(rules: Rules, entry: Entry, revision: u8) -> (Entry, Option<Alarm>) {
    if revision != entry.revision && rules.hold(Rule::OutcomeOfThisRevision) {
        let phase = if entry.phase.ended() { entry.phase } else { Phase::Parked };
        return (Entry { phase, rival: true, ..entry }, Some(Alarm::TwoRevisions));
    }
    let alarm = match entry.phase {
        Phase::Closed => Some(Alarm::PostedAfterClose),
        Phase::Refused if entry.mode != Mode::Async => Some(Alarm::PostedAfterRefusal),
        Phase::Received | Phase::Ready | Phase::RejectedData => Some(Alarm::PostedUnasked),
        _ => None,
    };
    (ended(entry, Phase::Posted), alarm)
}

/// Nothing is left open but what must never be forgotten.
fn ended(entry: Entry, phase: Phase) -> Entry {
    let Entry { mode, revision, attempt, open, rival, .. } = entry;
    Entry { phase, revision, attempt, open, rival, ..Entry::new(mode) }
}

fn taken(entry: Entry, this_revision: bool) -> Entry {
    let waits =
        matches!(entry.phase, Phase::Ready | Phase::Sealed | Phase::Sending | Phase::InDoubt | Phase::Parked);
    if !this_revision || !waits || entry.rival {
        return entry;
    }
    Entry { phase: Phase::Accepted, held: true, doubtful: false, mistrusted: false, faults: 0, ..entry }
}

/// Back to where it waits for its turn; what was in doubt before still is.
fn not_taken(entry: Entry) -> Entry {
    Entry { phase: if entry.doubtful { Phase::InDoubt } else { Phase::Sealed }, ..entry }
}

fn refused(rules: Rules, entry: Entry) -> Entry {
    if entry.unsettled && rules.hold(Rule::RefusalTrustedWhenSettled) {
        return Entry { phase: Phase::InDoubt, mistrusted: true, ..entry };
    }
    Entry { phase: Phase::Refused, doubtful: false, mistrusted: false, absent_once: false, ..entry }
}

/// That one request could not be read says nothing of an earlier one, which may have been taken.
fn refused_technical(rules: Rules, entry: Entry) -> Entry {
    if entry.doubtful && rules.hold(Rule::UnreadableSaysNothing) {
        return not_taken(entry);
    }
    if entry.mode == Mode::Async && entry.faults + 1 < FAULTS_MAX {
        return Entry { faults: entry.faults + 1, ..not_taken(entry) };
    }
    refused(rules, Entry { faults: 0, ..entry })
}

fn doubt(rules: Rules, entry: Entry) -> Entry {
    let phase = match entry.mode {
        _ if !rules.hold(Rule::UnknownIsNotGuessed) => Phase::Sealed,
        Mode::SyncNone => Phase::Parked,
        _ => Phase::InDoubt,
    };
    Entry { phase, open: false, unsettled: true, doubtful: true, absent_once: false, ..entry }
}

fn interrupted(rules: Rules, entry: Entry) -> Entry {
    match entry.phase {
        _ if !entry.open => entry,
        Phase::Sending if rules.hold(Rule::LostLeaseIsDoubt) => doubt(rules, entry),
        Phase::Sending => Entry { phase: Phase::Sealed, open: false, unsettled: true, ..entry },
        _ => Entry { open: false, unsettled: true, ..entry },
    }
}

fn settled(entry: Entry) -> Result<Entry, Refusal> {
    if entry.open { Err(Refusal::UnderWay) } else { Ok(Entry { unsettled: false, ..entry }) }
}

fn looked_up(rules: Rules, entry: Entry, found: bool) -> Result<Entry, Refusal> {
    match entry.phase {
        _ if entry.mode != Mode::SyncLookup => Err(Refusal::Mode),
        Phase::InDoubt if found => Ok(ended(entry, Phase::Posted)),
        Phase::InDoubt if entry.unsettled && rules.hold(Rule::LookUpAfterSettling) => Err(Refusal::Unsettled),
        Phase::InDoubt if !entry.absent_once && rules.hold(Rule::AbsentTwice) => {
            Ok(Entry { absent_once: true, ..entry })
        }
        // Others of its envelope may be posted: it goes into a new one.
        Phase::InDoubt => {
            Ok(Entry { phase: Phase::Ready, doubtful: false, mistrusted: false, absent_once: false, ..entry })
        }
        phase => Err(Refusal::Phase(phase)),
    }
}

fn forgotten(rules: Rules, entry: Entry) -> Entry {
    let parks = entry.doubtful && matches!(entry.phase, Phase::Sealed | Phase::InDoubt);
    if parks && rules.hold(Rule::ParkedWhenForgotten) {
        Entry { phase: Phase::Parked, ..entry }
    } else {
        entry
    }
}

/// A later request would have a new id, so only a person may have it made.
fn withheld(entry: Entry) -> Result<Entry, Refusal> {
    match entry.phase {
        Phase::Sealed | Phase::InDoubt => Ok(Entry { phase: Phase::Parked, doubtful: true, ..entry }),
        phase => Err(Refusal::Phase(phase)),
    }
}

fn confirmed(rules: Rules, entry: Entry, revision: u8, posted_it: bool) -> Changed {
    if posted_it {
        return Ok(posted(rules, entry, revision));
    }
    if entry.mode != Mode::Async {
        return Err(Refusal::Mode);
    }
    let waits = match entry.phase {
        Phase::Accepted | Phase::Overdue | Phase::Sending | Phase::InDoubt => true,
        // the receiver has it, though this book has not sent it: it must not be offered a second time
        Phase::Received | Phase::Ready | Phase::Sealed => true,
        Phase::Parked => !entry.rival,
        _ => false,
    };
    if revision == entry.revision && entry.phase == Phase::Posted {
        return Ok((entry, Some(Alarm::RefusedAfterPosting)));
    }
    if revision != entry.revision || !waits {
        return quiet(Ok(entry));
    }
    quiet(Ok(Entry { phase: Phase::Refused, held: true, doubtful: false, mistrusted: false, ..entry }))
}

fn silence(entry: Entry) -> Result<Entry, Refusal> {
    match entry.phase {
        Phase::Accepted => Ok(Entry { phase: Phase::Overdue, ..entry }),
        phase => Err(Refusal::Phase(phase)),
    }
}

fn cancelled(entry: Entry) -> Result<Entry, Refusal> {
    match entry.phase {
        _ if entry.mode != Mode::Async => Err(Refusal::Mode),
        Phase::Accepted | Phase::Overdue | Phase::Refused => {
            Ok(Entry { phase: Phase::Refused, held: false, ..entry })
        }
        phase => Err(Refusal::Phase(phase)),
    }
}

/// Whether nothing of this revision can be posted any more.
fn over(rules: Rules, entry: Entry) -> Result<(), Refusal> {
    if entry.open && rules.hold(Rule::EditWhenNotUnderWay) {
        return Err(Refusal::UnderWay);
    }
    if entry.unsettled && rules.hold(Rule::EditWhenSettled) {
        return Err(Refusal::Unsettled);
    }
    if entry.held && rules.hold(Rule::EditWhenNotHeld) {
        return Err(Refusal::Held);
    }
    if entry.rival {
        return Err(Refusal::Rival);
    }
    Ok(())
}

fn edit(rules: Rules, entry: Entry, mapped: bool) -> Result<Entry, Refusal> {
    if !matches!(entry.phase, Phase::Ready | Phase::Refused | Phase::RejectedData) {
        return Err(Refusal::Phase(entry.phase));
    }
    over(rules, entry)?;
    revise(rules, entry, mapped)
}

fn revise(rules: Rules, entry: Entry, mapped: bool) -> Result<Entry, Refusal> {
    if entry.revision >= REVISION_MAX {
        return Err(Refusal::Revisions);
    }
    let revision = entry.revision + u8::from(rules.hold(Rule::EditIsNewRevision));
    Ok(Entry { phase: mapped_phase(mapped), attempt: entry.attempt, revision, ..Entry::new(entry.mode) })
}

/// What was ever offered is offered again as a revision of its own: under its old id it would be swallowed
/// by a receiver that remembers, and an old confirmation could not be told from a new one.
fn retry(rules: Rules, entry: Entry, absent: bool) -> Result<Entry, Refusal> {
    match entry.phase {
        Phase::Refused => {
            over(rules, entry)?;
            revise(rules, entry, true)
        }
        Phase::Parked if entry.rival => Err(Refusal::Rival),
        Phase::Parked if entry.open => Err(Refusal::UnderWay),
        Phase::Parked if entry.unsettled => Err(Refusal::Unsettled),
        Phase::Parked if !entry.doubtful => Ok(Entry { phase: Phase::Ready, ..entry }),
        Phase::Parked if !absent => Err(Refusal::InDoubt),
        Phase::Parked if rules.hold(Rule::RetryIsNewRevision) => revise(rules, entry, true),
        Phase::Parked => Ok(ended(entry, Phase::Ready)),
        phase => Err(Refusal::Phase(phase)),
    }
}

fn close(rules: Rules, entry: Entry) -> Result<Entry, Refusal> {
    match entry.phase {
        Phase::Ready | Phase::RejectedData => {}
        Phase::Refused => over(rules, entry)?,
        Phase::Parked | Phase::Overdue if entry.open => return Err(Refusal::UnderWay),
        Phase::Parked | Phase::Overdue => {}
        phase => return Err(Refusal::Phase(phase)),
    }
    Ok(ended(entry, Phase::Closed))
}

fn settled_by_hand(entry: Entry) -> Result<Entry, Refusal> {
    match entry.phase {
        Phase::InDoubt | Phase::Parked | Phase::Accepted | Phase::Overdue | Phase::Refused => {}
        phase => return Err(Refusal::Phase(phase)),
    }
    if entry.open { Err(Refusal::UnderWay) } else { Ok(ended(entry, Phase::Posted)) }
}

fn quarantined(entry: Entry) -> Result<Entry, Refusal> {
    match entry.phase {
        Phase::Ready | Phase::Sealed | Phase::InDoubt => Ok(Entry { phase: Phase::Parked, ..entry }),
        phase => Err(Refusal::Phase(phase)),
    }
}
