//! Every interleaving of a world around the state machine; and the same with a rule taken out.

mod explorer;
mod world;

use super::entry::{Entry, Mode, Phase};
use super::input::{Alarm, Answer, Input};
use super::refusal::Refusal;
use super::rules::{Rule, Rules};
use super::step::step;
use explorer::{Found, explore};
use world::{Design, Refuses, Setting};

const DESIGN: Design = Design {
    rules: Rules::ALL,
    tells_early: false,
    new_id_each_attempt: false,
    one_id: false,
    unfenced: false,
    deletes: false,
};

fn troubles(workers: usize) -> u8 {
    if workers == 2 { 2 } else { 3 }
}

/// All that a receiver may do, in one mode. One that refuses as it likes may do all that the others do;
/// those are run besides, with one worker, because being stuck is found only where the way out is missing.
fn run(mode: Mode, workers: usize, design: &Design) -> Found {
    let mut states = 0;
    let receivers = [Refuses::Never, Refuses::Always, Refuses::AsItLikes];
    for refuses in receivers.into_iter().skip(if workers == 1 { 0 } else { 2 }) {
        let setting = Setting { mode, workers, refuses, troubles: troubles(workers) };
        let found = explore(&setting, design);
        states += found.states;
        if found.wrong.is_some() {
            return Found { states, ..found };
        }
    }
    Found { states, wrong: None }
}

#[test]
fn nothing_is_lost_doubled_or_stuck_in_any_interleaving() {
    let mut total = 0;
    for mode in Mode::ALL {
        for workers in [1, 2] {
            let found = run(mode, workers, &DESIGN);
            println!("{:12} {workers} workers {:8} states", mode.name(), found.states);
            if let Some((wrong, way)) = found.wrong {
                panic!("{} with {workers} workers: {wrong}: {}", mode.name(), way.join(" > "));
            }
            total += found.states;
        }
    }
    println!("{total} states");
    assert!(total >= 290_000, "the world is large enough: {total}");
}

/// A design without one of the rules, and the modes in which that must go wrong.
struct Mutant {
    name: &'static str,
    design: Design,
    workers: usize,
    /// In which modes it goes wrong.
    wrong_in: &'static [Mode],
}

fn without(rules: &[Rule]) -> Design {
    Design { rules: rules.iter().fold(Rules::ALL, |all, rule| all.without(*rule)), ..DESIGN }
}

/// Rules 6 (either half), 10 and the half of 9 that asks an edit to wait are not needed singly: each is
/// also kept by another. They are shown as pairs, by the rows with two numbers, where one of the two alone
/// does not go wrong in any mode.
fn mutants() -> Vec<Mutant> {
    use Mode::{Async, SyncIdem, SyncLookup, SyncNone};
    let all: &[Mode] = &Mode::ALL;
    let early = Design { tells_early: true, ..DESIGN };
    let ids = Design { new_id_each_attempt: true, ..DESIGN };
    let unfenced = Design { unfenced: true, ..DESIGN };
    let deletes = Design { deletes: true, ..DESIGN };
    let one_id = Design { one_id: true, ..DESIGN };
    let row = |name, design, workers, wrong_in| Mutant { name, design, workers, wrong_in };
    vec![
        row("1 tells before the commit", early, 1, all),
        row("2 no intent", without(&[Rule::IntentIsWritten]), 1, &[SyncLookup, SyncNone]),
        row("3 unknown is guessed", without(&[Rule::UnknownIsNotGuessed]), 1, &[SyncLookup, SyncNone]),
        row("4 an id for each attempt", ids, 1, &[Async, SyncIdem]),
        row("4 divided while in doubt", without(&[Rule::FrozenWhileInDoubt]), 1, &[Async, SyncIdem]),
        row(
            "5 an answer is a success",
            without(&[Rule::PostedPerEntry]),
            1,
            &[SyncIdem, SyncLookup, SyncNone],
        ),
        row(
            "4 and 6",
            without(&[Rule::FrozenWhileInDoubt, Rule::OutcomeOfLatestAttempt]),
            2,
            &[Async, SyncIdem],
        ),
        row("6 and 9", without(&[Rule::OutcomeOfThisRevision, Rule::EditWhenSettled]), 2, &[Async]),
        row("6 and 10", without(&[Rule::OutcomeOfThisRevision, Rule::EditWhenNotUnderWay]), 2, &[Async]),
        row("7 looks at once", without(&[Rule::LookUpAfterSettling]), 1, &[SyncLookup]),
        row("7 absent once", without(&[Rule::AbsentTwice]), 1, &[SyncLookup]),
        row("8 an edit keeps the revision", without(&[Rule::EditIsNewRevision]), 1, &[Async]),
        row("8 an edit keeps the id", one_id, 1, &[Async]),
        row("8 a retry keeps the revision", without(&[Rule::RetryIsNewRevision]), 1, &[Async]),
        row("9 a refusal is trusted", without(&[Rule::RefusalTrustedWhenSettled]), 1, &[SyncIdem]),
        row("9 unreadable is trusted", without(&[Rule::UnreadableSaysNothing]), 1, &[SyncIdem]),
        row("11 edits what is held", without(&[Rule::EditWhenNotHeld]), 1, &[Async]),
        row("12 a lost lease sends", without(&[Rule::LostLeaseIsDoubt]), 2, all),
        row("12 no fencing", unfenced, 2, all),
        row("13 deletes", deletes, 1, all),
        row("memory is for ever", without(&[Rule::ParkedWhenForgotten]), 1, &[Async, SyncIdem]),
    ]
}

#[test]
fn each_rule_is_needed() {
    let mutants = mutants();
    assert!(mutants.len() >= 19);
    for mutant in mutants {
        for mode in mutant.wrong_in {
            let found = run(*mode, mutant.workers, &mutant.design);
            let (name, mode, states) = (mutant.name, mode.name(), found.states);
            let (wrong, way) =
                found.wrong.unwrap_or_else(|| panic!("{name} in {mode}: {states} states, all right"));
            println!("{name:30} {mode:12} {states:8} states  {wrong}: {}", way.join(" > "));
        }
    }
}

/// Every phase with every mark and every input.
#[test]
fn every_input_has_an_answer_in_every_state() {
    let answers = [
        Answer::Posted,
        Answer::Refused,
        Answer::Taken,
        Answer::NotTaken,
        Answer::TooLarge,
        Answer::Unknown,
        Answer::RefusedTechnical,
    ];
    let answered = answers.into_iter().flat_map(|answer| {
        [(1, 7), (0, 7), (1, 6)].map(|(revision, attempt)| Input::Answered { revision, attempt, answer })
    });
    let mut inputs: Vec<Input> = answered.collect();
    inputs.extend([Input::Seal, Input::Unseal, Input::Intend, Input::Interrupted, Input::Settled]);
    inputs.extend([Input::Forgotten, Input::Silence, Input::Cancelled, Input::Close, Input::SettledByHand]);
    inputs.extend([Input::Quarantined, Input::Withheld]);
    for yes in [false, true] {
        inputs.extend([Input::Committed { mapped: yes }, Input::LookedUp { found: yes }]);
        inputs.extend([Input::Edit { mapped: yes }, Input::Retry { absent: yes }]);
        inputs.extend([0, 1].map(|revision| Input::Confirmed { revision, posted: yes }));
    }
    let (mut allowed, mut refused) = (0, 0);
    for mode in Mode::ALL {
        for phase in Phase::ALL {
            for marks in 0..512 {
                let entry = Entry { phase, revision: 1, attempt: 7, ..Entry::new(mode) }.with_marks(marks);
                assert_eq!(entry.marks(), marks);
                for input in &inputs {
                    match step(entry, *input) {
                        Ok(step) => {
                            allowed += 1;
                            assert!(step.entry.attempt >= 7 && step.entry.revision >= 1);
                            assert_eq!(step.next, step.entry.next());
                            let leaves = phase == Phase::Posted && step.entry.phase != phase;
                            assert!(!leaves, "posted is the end: {entry:?} {input:?}");
                        }
                        Err(refusal) => {
                            refused += 1;
                            assert!(refusal.to_string().len() > 20);
                        }
                    }
                }
            }
        }
    }
    assert!(allowed > 100_000 && refused > 100_000, "{allowed} allowed, {refused} refused");
}

#[test]
fn an_old_revision_that_is_posted_parks_the_new_one_and_wakes_somebody() {
    let mut entry = Entry { phase: Phase::Refused, attempt: 1, ..Entry::new(Mode::SyncNone) };
    entry = step(entry, Input::Edit { mapped: true }).expect("a refused entry may be edited").entry;
    entry = step(entry, Input::Seal).expect("it is ready").entry;
    let late = step(entry, Input::Answered { revision: 0, attempt: 1, answer: Answer::Posted });
    let late = late.expect("a late answer is no error");
    assert_eq!((late.entry.phase, late.alarm), (Phase::Parked, Some(Alarm::TwoRevisions)));
    assert_eq!(step(late.entry, Input::Retry { absent: true }), Err(Refusal::Rival));
    assert!(step(late.entry, Input::SettledByHand).is_ok());
}

#[test]
fn revisions_end_at_what_an_id_can_tell() {
    let refused = Entry { phase: Phase::Refused, revision: 98, ..Entry::new(Mode::SyncNone) };
    let last = step(refused, Input::Edit { mapped: false }).expect("there is one more").entry;
    assert_eq!((last.revision, last.phase), (99, Phase::RejectedData));
    assert_eq!(step(last, Input::Edit { mapped: true }), Err(Refusal::Revisions));
    let tried = Entry { phase: Phase::Sealed, attempt: u32::MAX, ..Entry::new(Mode::SyncNone) };
    assert_eq!(step(tried, Input::Intend), Err(Refusal::Attempts));
}
