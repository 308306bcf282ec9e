//! An envelope in doubt is not sent again when one of its entries must not be: if its first request was lost, the
//! second would post that one too.

use super::flow::{WHO, claim, key, record, seal};
use super::{Folder, clock, count, send};
use crate::book::{Action, Book, Claim, Posted};
use crate::fate::{Answer, Input, Mode, Next, Phase};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const A: &str = "N-000000";
const B: &str = "N-000001";

struct Shared {
    _folder: Folder,
    book: Book,
    time: Arc<AtomicI64>,
    /// The envelope of both, when its latest request ended unknown for B at least.
    claimed: Claim,
}

impl Shared {
    /// Both in one envelope, answered so.
    fn new(mode: Mode, answers: &[Answer]) -> Shared {
        Shared::of(mode, answers, |_| {})
    }

    fn of(mode: Mode, answers: &[Answer], before: impl FnOnce(&mut Book)) -> Shared {
        let folder = Folder::new();
        let (clock, time) = clock(1_000);
        let mut book = Book::open(&folder.book(), clock).unwrap();
        send(&mut book, mode, 0..2, "a").unwrap();
        before(&mut book);
        seal(&mut book).expect("both are ready");
        let claimed = claim(&mut book, 0).expect("it is due");
        assert_eq!(claimed.members.len(), 2);
        record(&mut book, &claimed, answers);
        time.store(10_000, Ordering::Relaxed);
        Shared { _folder: folder, book, time, claimed }
    }

    fn phase(&self, natural: &str) -> Phase {
        self.book.show(key(natural)).unwrap().unwrap().fate.phase
    }

    fn tell(&mut self, natural: &str, input: Input) {
        self.book.turn(|turn| turn.input(turn.entry(key(natural))?, input)).unwrap();
    }

    /// Nothing of the envelope is sent, and B waits for a person who is told why.
    #[track_caller]
    fn expect_withheld(mut self) -> Book {
        self.time.store(20_000, Ordering::Relaxed);
        let before = self.phase(A);
        if let Some(claim) = claim(&mut self.book, 0) {
            panic!("sent again: {:?}", claim.members);
        }
        assert_eq!((self.phase(A), self.phase(B)), (before, Phase::Parked));
        let shown = self.book.show(key(B)).unwrap().unwrap();
        let told = shown.events.iter().find(|event| event.kind == "withheld").expect("it is written why");
        assert!(told.detail.contains(A) && told.detail.contains("must not be sent again"), "{}", told.detail);
        let causes = self.book.causes().unwrap();
        assert!(causes.iter().any(|c| c.phase == Phase::Parked && c.cause.contains("not sent again")));
        assert_eq!(shown.fate.next(), Next::Person);
        self.tell(B, Input::Settled);
        self.book.act(key(B), &Action::Retry { absent: false }, WHO).expect_err("it may be posted");
        assert_eq!(self.book.check(), []);
        self.book
    }

    /// The same bytes are sent under the same id.
    #[track_caller]
    fn expect_sent_again(mut self) {
        self.time.store(20_000, Ordering::Relaxed);
        let again = claim(&mut self.book, 0).expect("it is sent again");
        assert_eq!((again.message_id, again.body), (self.claimed.message_id, self.claimed.body));
    }
}

fn document() -> Action {
    Action::Settle(Posted { document: "1900000009".into(), year: "2026".into(), company: "1010".into() })
}

#[test]
fn the_old_revision_of_one_is_posted() {
    for mode in [Mode::Async, Mode::SyncIdem] {
        let mut shared = Shared::of(mode, &[Answer::Unknown; 2], |book| {
            seal(book).unwrap();
            let first = claim(book, 0).unwrap();
            record(book, &first, &[Answer::Refused; 2]);
            for natural in [A, B] {
                book.act(key(natural), &Action::Retry { absent: false }, WHO).unwrap();
            }
        });
        shared.tell(A, Input::Confirmed { revision: 0, posted: true });
        assert_eq!(shared.phase(A), Phase::Parked);
        let mut book = shared.expect_withheld();
        // a person has looked: B is not there, and goes on under an id of its own
        book.act(key(B), &Action::Retry { absent: true }, WHO).unwrap();
        assert_eq!(count(&book, Phase::Ready), 1);
    }
}

#[test]
fn one_was_settled_by_hand() {
    for mode in [Mode::Async, Mode::SyncIdem] {
        let mut shared = Shared::new(mode, &[Answer::Unknown; 2]);
        shared.book.act(key(A), &document(), WHO).unwrap();
        shared.expect_withheld();
    }
}

#[test]
fn one_was_closed() {
    let mut shared = Shared::new(Mode::Async, &[Answer::Unknown; 2]);
    shared.tell(A, Input::Forgotten);
    shared.book.act(key(A), &Action::Close, WHO).unwrap();
    shared.expect_withheld();
}

#[test]
fn one_is_sent_again_as_a_new_revision() {
    let mut shared = Shared::new(Mode::SyncIdem, &[Answer::Refused, Answer::Unknown]);
    shared.book.act(key(A), &Action::Retry { absent: false }, WHO).unwrap();
    let mut book = shared.expect_withheld();
    seal(&mut book).expect("the new revision goes on");
    let alone = claim(&mut book, 0).expect("it is due");
    assert_eq!((alone.members.len(), alone.members[0].reference.ends_with(".01")), (1, true));
}

#[test]
fn one_is_parked() {
    let mut shared = Shared::new(Mode::Async, &[Answer::Unknown; 2]);
    shared.tell(A, Input::Forgotten);
    shared.expect_withheld();
    let mut shared = Shared::new(Mode::Async, &[Answer::Unknown; 2]);
    shared.tell(A, Input::Quarantined);
    shared.expect_withheld();
}

/// What the receiver itself said of one shows that the request has arrived: it ignores the second.
#[test]
fn what_the_receiver_said_of_one_hinders_nothing() {
    Shared::new(Mode::SyncIdem, &[Answer::Posted, Answer::Unknown]).expect_sent_again();
    Shared::new(Mode::SyncIdem, &[Answer::Refused, Answer::Unknown]).expect_sent_again();
    for posted in [true, false] {
        let mut shared = Shared::new(Mode::Async, &[Answer::Unknown; 2]);
        shared.tell(A, Input::Confirmed { revision: 0, posted });
        shared.expect_sent_again();
    }
}

/// Where it can be asked, the others are looked up and need nobody.
#[test]
fn where_it_can_be_asked_the_others_are_looked_up() {
    let mut shared = Shared::new(Mode::SyncLookup, &[Answer::Unknown; 2]);
    shared.book.act(key(A), &document(), WHO).unwrap();
    assert!(claim(&mut shared.book, 0).is_none());
    assert_eq!(shared.phase(B), Phase::InDoubt);
    shared.tell(B, Input::Settled);
    shared.tell(B, Input::LookedUp { found: false });
    shared.tell(B, Input::LookedUp { found: false });
    seal(&mut shared.book).expect("it is ready");
    assert_eq!(claim(&mut shared.book, 0).expect("it is due").members.len(), 1);
}

/// One that was refused while an older request could still arrive waits for that: so does its envelope.
#[test]
fn the_envelope_waits_for_the_settle_time_of_each() {
    let mut shared = Shared::new(Mode::SyncIdem, &[Answer::Unknown; 2]);
    let again = claim(&mut shared.book, 0).expect("it is sent again");
    record(&mut shared.book, &again, &[Answer::Refused, Answer::Unknown]);
    shared.time.store(20_000, Ordering::Relaxed);
    assert!(claim(&mut shared.book, 0).is_none(), "A may still arrive and be posted");
    assert_eq!((shared.phase(A), shared.phase(B)), (Phase::InDoubt, Phase::InDoubt));
    shared.tell(A, Input::Settled);
    let third = claim(&mut shared.book, 0).expect("now it is sent again");
    record(&mut shared.book, &third, &[Answer::Refused, Answer::Posted]);
    assert_eq!((shared.phase(A), shared.phase(B)), (Phase::Refused, Phase::Posted));
}

/// An envelope that was never in doubt is divided: what is not to be sent stays behind.
#[test]
fn what_was_never_in_doubt_goes_on_without_it() {
    for mode in Mode::ALL {
        let mut shared = Shared::new(mode, &[Answer::NotTaken; 2]);
        shared.tell(A, Input::Quarantined);
        assert!(claim(&mut shared.book, 0).is_none());
        assert_eq!((shared.phase(A), shared.phase(B)), (Phase::Parked, Phase::Ready));
        seal(&mut shared.book).expect("B is ready");
        let alone = claim(&mut shared.book, 0).expect("it is due");
        assert_eq!(alone.members.iter().map(|m| m.reference.as_str()).collect::<Vec<_>>(), [super::said(B)]);
    }
}
