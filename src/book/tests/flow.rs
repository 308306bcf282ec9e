//! What becomes of entries when nothing fails but the receiver.

use super::{Folder, begin, clock, count, finish, open, said, send, take};
use crate::book::{
    Action, Book, Claim, Counts, EntryKey, Filter, Listed, MemberResult, Order, Posted, Recorded,
};
use crate::book::{Refused, Sealing, Who};
use crate::diag::Code;
use crate::fate::{Answer, Input, Mode, Phase};
use std::sync::atomic::Ordering;

const ORDER: Sealing<'static> = Sealing { destination: "s4", documents_max: 3, bytes_max: 1 << 20 };
pub(super) const WHO: Who<'static> = Who { name: "anna", reason: "found in the receiver" };

pub(super) fn seal(book: &mut Book) -> Option<i64> {
    book.turn(|turn| turn.seal(&ORDER)).unwrap()
}

pub(super) fn claim(book: &mut Book, epoch: i64) -> Option<Claim> {
    book.turn(|turn| turn.claim("s4", "w1", epoch, 60_000)).unwrap()
}

fn result(answer: Answer) -> MemberResult {
    let posted = (answer == Answer::Posted).then(|| Posted {
        document: "1900000001".into(),
        year: "2026".into(),
        company: "1010".into(),
    });
    let cause = (answer == Answer::Refused).then(|| "F5 808".to_owned());
    MemberResult { answer, posted, severity: Some(1), notes: "[]".into(), cause }
}

pub(super) fn record(book: &mut Book, claim: &Claim, answers: &[Answer]) -> bool {
    let members: Vec<MemberResult> = answers.iter().map(|a| result(*a)).collect();
    let recorded = Recorded {
        envelope: claim.envelope,
        attempt: claim.attempt,
        class: "answered",
        status: Some(200),
        problem: None,
        answer: b"<answer/>",
        members: &members,
        again: 5_000,
    };
    book.turn(|turn| turn.record(&recorded)).unwrap()
}

pub(super) fn key(natural: &str) -> EntryKey {
    EntryKey::parse(&said(natural)).unwrap().0
}

#[test]
fn taken_sealed_sent_and_posted() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    let counts = send(&mut book, Mode::SyncNone, 0..4, "a").unwrap();
    assert_eq!(counts, Counts { taken: 4, ..Counts::default() });
    let (epoch, doubts) = book.begin_sending().unwrap();
    assert_eq!((epoch, doubts), (1, 0));
    assert!(seal(&mut book).is_some());
    let claimed = claim(&mut book, epoch).expect("one envelope is due");
    let body = String::from_utf8(claimed.body.clone()).unwrap();
    assert!(body.starts_with("<M><ID>E") && body.ends_with("</D></M>"), "{body}");
    assert!(!body.contains("E0<") && body.contains(&format!("<U>{}</U>", claimed.message_id)), "{body}");
    let references: Vec<&str> = claimed.members.iter().map(|m| m.reference.as_str()).collect();
    assert_eq!(references, [said("N-000000"), said("N-000001"), said("N-000002")]);
    assert!(claim(&mut book, epoch).is_none(), "it is under way");
    assert_eq!(count(&book, Phase::Sending), 3);
    assert!(record(&mut book, &claimed, &[Answer::Posted, Answer::Refused, Answer::Posted]));
    assert!(!record(&mut book, &claimed, &[Answer::Refused; 3]), "an end is written once");
    assert_eq!((count(&book, Phase::Posted), count(&book, Phase::Refused)), (2, 1));
    let causes = book.causes().unwrap();
    assert_eq!((causes[0].cause.as_str(), causes[0].entries), ("F5 808", 1));
    assert!(seal(&mut book).is_some(), "the fourth");
    assert!(seal(&mut book).is_none());
    assert_eq!(book.check(), []);
}

#[test]
fn the_same_again_is_skipped_and_other_content_is_a_conflict() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::Async, 0..1500, "a").unwrap();
    let again = send(&mut book, Mode::Async, 0..1500, "a").unwrap();
    assert_eq!(again, Counts { duplicates: 1500, ..Counts::default() });
    let other = send(&mut book, Mode::Async, 7..8, "b").unwrap();
    let named = vec!["N-000007".to_owned()];
    assert_eq!(other, Counts { conflicts: 1, named, ..Counts::default() });
    assert_eq!(count(&book, Phase::Ready), 1500);
}

#[test]
fn an_interrupted_batch_is_not_sent_and_the_next_run_adopts_it() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    let mut intake = begin(&mut book, Mode::Async);
    take(&mut intake, 0..1000, "a").unwrap();
    drop(intake);
    assert_eq!((count(&book, Phase::Received), count(&book, Phase::Ready)), (1000, 0));
    assert!(seal(&mut book).is_none(), "half a batch is not sent");
    let counts = send(&mut book, Mode::Async, 0..1200, "a").unwrap();
    assert_eq!(counts, Counts { taken: 200, adopted: 1000, ..Counts::default() });
    assert_eq!(count(&book, Phase::Ready), 1200);
    let envelope = seal(&mut book);
    assert!(envelope.is_some());
    let body = claim(&mut book, 0).unwrap().body;
    assert!(body.ends_with(b"</M>"), "adopted entries have the tail of the batch that was completed");
}

#[test]
fn two_processes_take_the_same_file_and_one_dies() {
    let folder = Folder::new();
    let (mut first, mut second) = (open(&folder.book()), open(&folder.book()));
    let mut dying = begin(&mut first, Mode::Async);
    let mut living = begin(&mut second, Mode::Async);
    take(&mut dying, 0..10, "a").unwrap();
    dying.flush().unwrap();
    take(&mut living, 0..20, "a").unwrap();
    living.flush().unwrap();
    take(&mut dying, 10..20, "a").unwrap();
    dying.flush().unwrap();
    drop(dying);
    let counts = finish(living).unwrap();
    assert_eq!((counts.taken, counts.adopted), (10, 10));
    assert_eq!(count(&first, Phase::Ready), 20, "what was said to be taken is delivered");
    assert_eq!(count(&first, Phase::Received), 0);
}

#[test]
fn refused_data_is_kept_and_mended_by_sending_it_again() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    let mut intake = begin(&mut book, Mode::Async);
    let refused = Refused {
        natural: Some("N-000003"),
        code: "J518",
        message: "off by 1.00",
        place: "a.json:1:1",
        original: b"{\"number\":3,\"text\":\"wrong\"}",
        cut: false,
    };
    intake.refuse(&refused).unwrap();
    intake.refuse(&Refused { natural: None, ..refused }).unwrap();
    assert_eq!(finish(intake).unwrap().rejected, 2);
    assert_eq!(count(&book, Phase::RejectedData), 2);
    assert_eq!(book.causes().unwrap()[0].cause, "J518");
    assert_eq!(send(&mut book, Mode::Async, 3..4, "right").unwrap().taken, 1);
    assert_eq!((count(&book, Phase::RejectedData), count(&book, Phase::Ready)), (1, 1));
    seal(&mut book).unwrap();
    let claimed = claim(&mut book, 0).unwrap();
    assert_eq!(claimed.members[0].reference, said("N-000003").replace(".00", ".01"));
    assert!(String::from_utf8(claimed.body).unwrap().contains(&claimed.members[0].reference));
}

#[test]
fn a_new_epoch_makes_doubts_and_fences_the_old_worker() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::Async, 0..3, "a").unwrap();
    let (old, _) = book.begin_sending().unwrap();
    seal(&mut book).unwrap();
    let first = claim(&mut book, old).unwrap();
    let may =
        |book: &mut Book, epoch| book.turn(|t| t.may_send(first.envelope, first.attempt, epoch)).unwrap();
    assert!(may(&mut book, old));
    drop(book);
    let mut book = open(&folder.book());
    let (epoch, doubts) = book.begin_sending().unwrap();
    assert_eq!((epoch, doubts), (2, 3));
    assert_eq!(count(&book, Phase::InDoubt), 3);
    assert!(!may(&mut book, old) && !may(&mut book, epoch));
    let refused = book.turn(|turn| turn.claim("s4", "w0", old, 60_000)).unwrap_err();
    assert_eq!(refused.code, Code::J718);
    let second = claim(&mut book, epoch).expect("the receiver remembers: the same is sent again");
    assert_eq!((second.envelope, second.attempt), (first.envelope, 2));
    assert_eq!((second.body, second.message_id), (first.body, first.message_id));
}

#[test]
fn without_a_memory_a_doubt_is_not_sent_again_and_a_person_settles_it() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::SyncNone, 0..1, "a").unwrap();
    seal(&mut book).unwrap();
    let claimed = claim(&mut book, 0).unwrap();
    record(&mut book, &claimed, &[Answer::Unknown]);
    assert!(claim(&mut book, 0).is_none() && seal(&mut book).is_none());
    let posted = Posted { document: "1900000009".into(), year: "2026".into(), company: "1010".into() };
    let step = book.act(key("N-000000"), &Action::Settle(posted), WHO).unwrap();
    assert_eq!(step.entry.phase, Phase::Posted);
    let again = book.act(key("N-000000"), &Action::Retry { absent: true }, WHO).unwrap_err();
    assert_eq!(again.code, Code::J718);
    assert_eq!(book.act(key("none"), &Action::Close, WHO).unwrap_err().code, Code::J716);
    assert_eq!(book.check(), []);
}

#[test]
fn a_refused_entry_is_tried_again_as_a_new_revision() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::SyncNone, 0..1, "a").unwrap();
    seal(&mut book).unwrap();
    let first = claim(&mut book, 0).unwrap();
    record(&mut book, &first, &[Answer::Refused]);
    let (clock, time) = clock(1_000);
    book.clock = clock;
    time.store(20_000, Ordering::Relaxed);
    let id = book.turn(|turn| turn.entry(key("N-000000"))).unwrap();
    book.turn(|turn| turn.input(id, Input::Settled)).unwrap();
    book.act(key("N-000000"), &Action::Retry { absent: false }, WHO).unwrap();
    seal(&mut book).unwrap();
    let second = claim(&mut book, 0).expect("it is due");
    assert_ne!(first.message_id, second.message_id);
    assert_eq!(second.members[0].reference, said("N-000000").replace(".00", ".01"));
    assert!(String::from_utf8_lossy(&second.body).contains(&second.members[0].reference));
    assert!(record(&mut book, &second, &[Answer::Posted]));
    assert_eq!(count(&book, Phase::Posted), 1);
    assert_eq!(book.causes().unwrap(), []);
    assert_eq!(book.check(), []);
}

#[test]
fn lists_fit_their_filters() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::Async, 0..30, "a").unwrap();
    seal(&mut book).unwrap();
    let list = |filter: Filter| book.list(&Filter { limit: 100, ..filter }).unwrap().len();
    assert_eq!(list(Filter::default()), 30);
    assert_eq!(list(Filter { phases: vec![Phase::Sealed], ..Filter::default() }), 3);
    assert_eq!(list(Filter { phases: vec![Phase::Received], ..Filter::default() }), 0);
    assert_eq!(list(Filter { company: Some("1010".into()), ..Filter::default() }), 15);
    assert_eq!(list(Filter { prefix: Some("N-00002".into()), ..Filter::default() }), 10);
    assert_eq!(list(Filter { destination: Some("other".into()), ..Filter::default() }), 0);
    assert_eq!(list(Filter { since: Some(1_001), ..Filter::default() }), 0);
    assert_eq!(list(Filter { cause: Some("F5 808".into()), ..Filter::default() }), 0);
}

#[test]
fn a_clock_that_jumps_back_changes_no_order() {
    let folder = Folder::new();
    let (clock, time) = clock(3_600_000);
    let mut book = Book::open(&folder.book(), clock).unwrap();
    send(&mut book, Mode::Async, 0..3, "a").unwrap();
    time.store(0, Ordering::Relaxed);
    send(&mut book, Mode::Async, 3..6, "a").unwrap();
    seal(&mut book).unwrap();
    let claimed = claim(&mut book, 0).unwrap();
    assert_eq!(claimed.members[0].reference, said("N-000000"), "the one that came first");
    assert_eq!(book.check(), []);
}

/// Whatever index leads, a list has what its filter says.
#[test]
fn a_list_is_the_same_by_every_index() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::Async, 0..40, "a").unwrap();
    seal(&mut book).unwrap();
    let claimed = claim(&mut book, 0).unwrap();
    record(&mut book, &claimed, &[Answer::Posted, Answer::Refused, Answer::Refused]);
    seal(&mut book).unwrap();
    let mut intake = begin(&mut book, Mode::Async);
    take(&mut intake, 40..50, "a").unwrap();
    drop(intake);
    let all = book.list(&Filter { limit: 100, ..Filter::default() }).unwrap();
    assert_eq!(all.len(), 40, "what was not flushed was never there");
    let some = |text: &str| Some(text.to_owned());
    let phase_sets = [
        vec![],
        vec![Phase::Refused],
        vec![Phase::Ready, Phase::Posted, Phase::Ready],
        vec![Phase::Received],
    ];
    let mut tried = 0;
    for phases in phase_sets {
        for destination in [None, some("s4"), some("other")] {
            for company in [None, some("1010"), some("2020")] {
                for prefix in [None, some("N-00001"), some("N-")] {
                    for cause in [None, some("F5 808")] {
                        let filter = Filter {
                            phases: phases.clone(),
                            destination: destination.clone(),
                            company: company.clone(),
                            prefix: prefix.clone(),
                            cause: cause.clone(),
                            since: None,
                            limit: 100,
                        };
                        let fits = |listed: &&crate::book::Listed| {
                            (phases.is_empty() || phases.contains(&listed.phase))
                                && destination.as_ref().is_none_or(|d| *d == listed.destination)
                                && company.as_ref().is_none_or(|c| listed.company.as_ref() == Some(c))
                                && prefix.as_ref().is_none_or(|p| listed.natural.starts_with(p.as_str()))
                                && cause.as_ref().is_none_or(|c| listed.cause.as_ref() == Some(c))
                        };
                        let expected: Vec<_> = all.iter().filter(fits).cloned().collect();
                        for few in [1, 5, 1000] {
                            assert_eq!(book.list_by(few, &filter).unwrap(), expected, "{few} {filter:?}");
                            let two = Filter { limit: 2, ..filter.clone() };
                            let two = book.list_by(few, &two).unwrap();
                            assert_eq!(two.len(), expected.len().min(2), "{few} {filter:?}");
                            assert!(two.iter().all(|listed| expected.contains(listed)));
                            walked(&book, few, &filter, &expected);
                            tried += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(tried, 4 * 3 * 3 * 3 * 2 * 3);
}

/// A walk by small pages gives the same, in both directions, and the last of them where there is a limit.
fn walked(book: &Book, few: i64, filter: &Filter, expected: &[Listed]) {
    for limit in [2, 100, usize::MAX] {
        for order in [Order::LatestFirst, Order::OldestFirst] {
            let filter = Filter { limit, ..filter.clone() };
            let mut walk = book.walk_by(few, 3, &filter, order).unwrap();
            let (mut found, mut pages) = (vec![], 0);
            loop {
                let page = walk.page().unwrap();
                if page.is_empty() {
                    break;
                }
                pages += 1;
                found.extend(page);
            }
            assert_eq!(walk.page().unwrap(), [], "the end is the end");
            let chosen = order == Order::LatestFirst && limit as i64 <= few && limit < 100;
            if chosen && expected.len() > limit {
                // which of many are chosen is `list`'s own
                assert_eq!(found, book.list_by(few, &filter).unwrap());
                continue;
            }
            let mut last: Vec<Listed> = expected.iter().take(limit).cloned().collect();
            if order == Order::OldestFirst {
                last.reverse();
            }
            assert_eq!(found, last, "{few} {order:?} {filter:?}");
            let paged = order == Order::OldestFirst || limit > usize::try_from(few).unwrap();
            assert!(!paged || pages == last.len().div_ceil(3), "{pages} pages of {}", last.len());
        }
    }
}

/// What changes, comes or is asked for while somebody walks: nothing is told twice, nothing that was there is missed.
#[test]
fn a_walk_goes_on_while_entries_change() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::Async, 0..30, "a").unwrap();
    let reader = Book::read_only(&folder.book(), clock(1_000).0).unwrap();
    for order in [Order::LatestFirst, Order::OldestFirst] {
        let mut walk =
            reader.walk_by(5, 10, &Filter { limit: usize::MAX, ..Filter::default() }, order).unwrap();
        let mut found = walk.page().unwrap();
        let more = if order == Order::LatestFirst { 30..40 } else { 40..50 };
        send(&mut book, Mode::Async, more, "a").unwrap();
        seal(&mut book).unwrap();
        loop {
            let page = walk.page().unwrap();
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        let mut naturals: Vec<&str> = found.iter().map(|listed| listed.natural.as_str()).collect();
        naturals.sort_unstable();
        let expected = if order == Order::LatestFirst { 30 } else { 40 };
        assert_eq!(naturals.len(), expected);
        naturals.dedup();
        assert_eq!(naturals.len(), expected, "once each");
    }
}

/// Many shown by one reader are as each is shown alone.
#[test]
fn entries_shown_in_turn_are_as_each_alone() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    let long = "x".repeat(20_000);
    send(&mut book, Mode::SyncNone, 0..30, &long).unwrap();
    seal(&mut book).unwrap();
    let first = claim(&mut book, 0).unwrap();
    record(&mut book, &first, &[Answer::Refused, Answer::Posted, Answer::Posted]);
    book.act(key("N-000000"), &Action::Retry { absent: false }, WHO).unwrap();
    while seal(&mut book).is_some() {
        let next = claim(&mut book, 0).unwrap();
        record(&mut book, &next, &vec![Answer::Posted; next.members.len()]);
    }
    assert_eq!(book.show(key("N-000000")).unwrap().unwrap().attempts.len(), 2);
    let all = book.list(&Filter { limit: 100, ..Filter::default() }).unwrap();
    assert_eq!(all.len(), 30);
    let mut showing = book.showing();
    for listed in all.iter().chain(all.iter().rev()) {
        let shown = showing.show(listed).unwrap();
        assert!(shown.is_some());
        assert_eq!(shown, book.show(listed.key).unwrap());
    }
}

#[test]
fn one_entry_is_shown_whole() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::SyncNone, 0..2, "a").unwrap();
    seal(&mut book).unwrap();
    let first = claim(&mut book, 0).unwrap();
    record(&mut book, &first, &[Answer::Refused, Answer::Posted]);
    book.act(key("N-000000"), &Action::Retry { absent: false }, WHO).unwrap();
    seal(&mut book).unwrap();
    let second = claim(&mut book, 0).unwrap();
    record(&mut book, &second, &[Answer::Posted]);
    let shown = book.show(key("N-000000")).unwrap().unwrap();
    assert_eq!((shown.revisions.len(), shown.attempts.len(), shown.outcomes.len()), (2, 2, 2));
    assert_eq!(shown.revisions[1].author, "anna");
    assert!(String::from_utf8_lossy(&shown.revisions[1].xml).contains(&shown.revisions[1].said));
    assert_eq!(shown.attempts[1].message_id, second.message_id);
    assert_eq!(shown.attempts[0].answer, b"<answer/>");
    assert_eq!(shown.outcomes[1].posted.as_ref().unwrap()[0], "1900000001");
    assert_eq!(shown.fate.phase, Phase::Posted);
    let kinds: Vec<&str> = shown.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["sealed", "intent", "answered", "retry", "sealed", "intent", "answered"]);
    assert_eq!(book.show(key("N-000009")).unwrap(), None);
    assert_eq!(book.meant(&said("N-000001")).unwrap()[0].natural, "N-000001");
    assert_eq!(book.meant("N-000001").unwrap().len(), 1);
    assert_eq!(book.meant("N-00000").unwrap(), []);
}
