//! Confirmations: kept once, applied once, and never to another entry than the one that is meant.

use super::{Folder, batch, begin, clock, count, finish, open, said, send, take};
use crate::book::{
    Action, Book, Claim, Confirmed, Confirming, EntryKey, MemberResult, Part, Posted, Recorded,
};
use crate::book::{Says, Sealing, Taken, Template, Who};
use crate::fate::{Alarm, Answer, Input, Mode, Phase};
use std::sync::atomic::Ordering;

const WHO: Who<'static> = Who { name: "anna", reason: "looked" };

fn part(reference: &str, document: Option<&str>) -> Part {
    let posted = |document: &str| {
        Says::Posted(Posted { document: document.into(), year: "2026".into(), company: "1010".into() })
    };
    Part {
        reference: Some(reference.into()),
        says: document.map_or(Says::Refused, posted),
        severity: Some(if document.is_some() { 1 } else { 3 }),
        notes: format!("[{{\"text\":\"{}\"}}]", document.unwrap_or("no")),
        cause: document.is_none().then(|| "F5 808".to_owned()),
    }
}

fn confirming<'c>(uuid: &'c str, message: Option<&'c str>, parts: &'c [Part]) -> Confirming<'c> {
    let mut digest = [0u8; 32];
    for (at, byte) in format!("{message:?}{parts:?}").bytes().enumerate() {
        digest[at % 32] = u8::wrapping_add(digest[at % 32].rotate_left(3), byte);
    }
    Confirming {
        uuid: Some(uuid).filter(|uuid| !uuid.is_empty()),
        message,
        sender: Some("QX1"),
        created: None,
        source: "test",
        body: b"<confirmation/>",
        digest,
        parts,
    }
}

fn confirm(book: &mut Book, uuid: &str, message: Option<&str>, parts: &[Part]) -> Confirmed {
    book.turn(|turn| turn.confirm(&confirming(uuid, message, parts))).unwrap()
}

/// One part alone, under an id of its own: what came of it, as alarm, stray and the state after it.
fn one(book: &mut Book, uuid: &str, part: Part) -> (Option<Alarm>, Option<String>, Option<Phase>) {
    let mut done = confirm(book, uuid, None, &[part]);
    assert!(!done.again, "{uuid}");
    let effect = done.effects.remove(0);
    (effect.alarm, effect.stray, effect.entry.map(|entry| entry.after))
}

fn claim(book: &mut Book) -> Claim {
    let order = Sealing { destination: "s4", documents_max: 10, bytes_max: 1 << 20 };
    book.turn(|turn| turn.seal(&order)).unwrap();
    book.turn(|turn| turn.claim("s4", "w1", turn.epoch()?, 60_000)).unwrap().expect("it is due")
}

fn record(book: &mut Book, claim: &Claim, answer: Answer) {
    let bare = MemberResult { answer, posted: None, severity: None, notes: "[]".into(), cause: None };
    let members = vec![bare; claim.members.len()];
    let recorded = Recorded {
        envelope: claim.envelope,
        attempt: claim.attempt,
        class: "taken",
        status: Some(202),
        problem: None,
        answer: b"",
        members: &members,
        again: 5_000,
    };
    assert!(book.turn(|turn| turn.record(&recorded)).unwrap());
}

/// So many entries, all taken by the receiver.
fn accepted(book: &mut Book, entries: u32) -> Claim {
    send(book, Mode::Async, 0..entries, "a").unwrap();
    let claimed = claim(book);
    record(book, &claimed, Answer::Taken);
    claimed
}

fn key(natural: &str) -> EntryKey {
    EntryKey::parse(&said(natural)).unwrap().0
}

#[test]
fn each_entry_of_a_bulk_has_its_own_outcome_and_the_same_again_changes_nothing() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    accepted(&mut book, 4);
    let parts = [
        part(&said("N-000002"), None),
        part(&said("N-000000"), Some("0100000001")),
        part(&said("N-000009"), Some("0100000009")),
        Part { says: Says::Unclear("it has no document".into()), ..part(&said("N-000001"), None) },
    ];
    let first = confirm(&mut book, "AA-1", None, &parts);
    assert_eq!((first.again, first.effects.len()), (false, 4));
    let count_of = |book: &Book| [Phase::Posted, Phase::Refused, Phase::Accepted].map(|p| count(book, p));
    assert_eq!(count_of(&book), [1, 1, 2]);
    assert_eq!(book.heard().unwrap(), (1, 2));
    let strays = book.strays(None, 10).unwrap();
    assert_eq!(strays[0].why, "no entry of this book has this id");
    assert_eq!((strays[1].says.as_str(), strays[1].why.as_str()), ("unclear", "it has no document"));
    let again = confirm(&mut book, "aa-1", None, &parts);
    assert_eq!((again.again, again.number, again.effects), (true, first.number, vec![]));
    assert_eq!(book.confirmations(false, 10).unwrap()[0].times, 2);
    let shown = book.show(key("N-000000")).unwrap().unwrap();
    assert_eq!(shown.outcomes.iter().filter(|o| o.kind == "posted").count(), 1);
    assert_eq!(book.causes().unwrap()[0].cause, "F5 808");
    // the same id with other content hides nothing
    let other = confirm(&mut book, "AA-1", None, &[part(&said("N-000003"), Some("0100000004"))]);
    assert!(!other.again && other.number != first.number);
    assert_eq!(count(&book, Phase::Posted), 2);
    assert_eq!(book.confirmation(first.number).unwrap().unwrap().1, b"<confirmation/>");
    // when the entry of the unclear one has ended, nobody needs to look at it
    confirm(&mut book, "AA-2", None, &[part(&said("N-000001"), Some("0100000005"))]);
    assert_eq!(book.heard().unwrap(), (3, 1));
    assert_eq!(book.check(), []);
    let body = crate::book::pieces::pack(b"<c/>").unwrap();
    book.connection.execute("UPDATE confirmation SET body = ?1, length = 4 WHERE id = 1", [body]).unwrap();
    let said = |book: &Book| book.check().iter().map(|f| f.message.clone()).collect::<Vec<_>>().join("\n");
    assert!(said(&book).contains("confirmation 1 is not what came"), "{}", said(&book));
    book.connection.pragma_update(None, "foreign_keys", false).unwrap();
    book.connection.execute("DELETE FROM confirmation WHERE id = 1", []).unwrap();
    assert!(said(&book).contains("confirmation 1 is missing"), "{}", said(&book));
}

#[test]
fn what_must_not_be_silent_is_an_alarm() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    accepted(&mut book, 4);
    let [a, b, c] = ["N-000000", "N-000001", "N-000002"].map(said);
    assert_eq!(one(&mut book, "1", part(&a, Some("0100000001"))), (None, None, Some(Phase::Posted)));
    let refused = one(&mut book, "2", part(&a, None));
    assert_eq!(refused, (Some(Alarm::RefusedAfterPosting), None, Some(Phase::Posted)));
    let (alarm, ..) = one(&mut book, "3", part(&a, Some("100000001")));
    assert_eq!(alarm, None, "the same document, written without zeros");
    let (alarm, ..) = one(&mut book, "4", part(&a, Some("0100000002")));
    assert_eq!(alarm, Some(Alarm::TwoDocuments));
    // refused, cancelled, sent again as revision 1, and the first one is posted after all
    assert_eq!(one(&mut book, "5", part(&b, None)), (None, None, Some(Phase::Refused)));
    book.act(key("N-000001"), &Action::Cancelled, WHO).unwrap();
    let id = book.turn(|turn| turn.entry(key("N-000001"))).unwrap();
    book.turn(|turn| turn.input(id, Input::Settled)).unwrap();
    book.act(key("N-000001"), &Action::Retry { absent: false }, WHO).unwrap();
    let claimed = claim(&mut book);
    record(&mut book, &claimed, Answer::Taken);
    let late = one(&mut book, "6", part(&b, Some("0100000003")));
    assert_eq!(late, (Some(Alarm::TwoRevisions), None, Some(Phase::Parked)));
    // closed while overdue, and posted
    let id = book.turn(|turn| turn.entry(key("N-000002"))).unwrap();
    book.turn(|turn| turn.input(id, Input::Silence)).unwrap();
    book.act(key("N-000002"), &Action::Close, WHO).unwrap();
    let (alarm, _, after) = one(&mut book, "7", part(&c, Some("0100000004")));
    assert_eq!((alarm, after), (Some(Alarm::PostedAfterClose), Some(Phase::Posted)));
    let shown = book.show(key("N-000000")).unwrap().unwrap();
    assert_eq!(shown.events.iter().filter(|event| event.kind == "alarm").count(), 2);
}

/// The receiver mended and restarted a refused message; its two confirmations come in the wrong order.
#[test]
fn an_older_refusal_behind_the_posting_is_no_alarm() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    accepted(&mut book, 2);
    let a = said("N-000000");
    let mut tell = |uuid: &str, created: &str, part: Part| {
        let parts = [part];
        let confirming = Confirming { created: Some(created), ..confirming(uuid, None, &parts) };
        let done = book.turn(|turn| turn.confirm(&confirming)).unwrap();
        (done.effects[0].alarm, done.effects[0].entry.as_ref().map(|entry| entry.after))
    };
    let posted = Some(Phase::Posted);
    assert_eq!(tell("1", "2026-10-02T02:46:55.5Z", part(&a, Some("0100000001"))), (None, posted));
    assert_eq!(tell("2", "2026-10-02T02:46:55Z", part(&a, None)), (None, posted));
    let newer = tell("3", "2026-10-02T02:46:56Z", part(&a, None));
    assert_eq!(newer, (Some(Alarm::RefusedAfterPosting), posted));
    let unknown = tell("4", "yesterday", part(&a, None));
    assert_eq!(unknown.0, Some(Alarm::RefusedAfterPosting), "not surely older");
}

/// The confirmation is faster than the answer of the request itself.
#[test]
fn a_confirmation_before_the_answer_is_kept_through_answer_and_crash() {
    for crash in [false, true] {
        let folder = Folder::new();
        let mut book = open(&folder.book());
        send(&mut book, Mode::Async, 0..2, "a").unwrap();
        book.begin_sending().unwrap();
        let claimed = claim(&mut book);
        assert_eq!(one(&mut book, "1", part(&said("N-000000"), None)).2, Some(Phase::Refused));
        assert_eq!(one(&mut book, "2", part(&said("N-000001"), Some("0100000001"))).2, Some(Phase::Posted));
        if crash {
            assert_eq!(book.begin_sending().unwrap().1, 0, "no entry is in doubt");
        } else {
            record(&mut book, &claimed, Answer::Taken);
        }
        let shown = book.show(key("N-000000")).unwrap().unwrap();
        assert!(shown.attempts[0].ended.is_some() && !shown.fate.open, "crash {crash}: {shown:?}");
        assert_eq!((count(&book, Phase::Refused), count(&book, Phase::Posted)), (1, 1));
        let named = book.attention("s4", None, Phase::Refused, 10).unwrap();
        assert_eq!(
            (named[0].notes.as_deref(), named[0].cause.as_deref()),
            (Some(r#"[{"text":"no"}]"#), Some("F5 808"))
        );
        let order = Sealing { destination: "s4", documents_max: 10, bytes_max: 1 << 20 };
        assert_eq!(book.turn(|turn| turn.seal(&order)).unwrap(), None);
        assert_eq!(book.turn(|turn| turn.claim("s4", "w", turn.epoch()?, 90_000)).unwrap(), None);
        // a person can go on with it
        let (later, time) = clock(1_000_000);
        book.clock = later;
        book.act(key("N-000000"), &Action::Cancelled, WHO).unwrap();
        time.store(2_000_000, Ordering::Relaxed);
        let terms = crate::book::Terms { settle: 1, memory: i64::MAX, overdue: i64::MAX, look_again: 1 };
        book.turn(|turn| turn.clock("s4", &terms)).unwrap();
        book.act(key("N-000000"), &Action::Retry { absent: false }, WHO).unwrap();
    }
}

/// The book was lost, or restored from an old copy, and the same input is sent again.
#[test]
fn what_the_receiver_has_told_of_is_not_offered_to_it_again() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    let parts = [part(&said("N-000000"), Some("0100000001")), part(&said("N-000001"), None)];
    confirm(&mut book, "1", None, &parts);
    assert_eq!(book.heard().unwrap(), (1, 2));
    let mut intake = begin(&mut book, Mode::Async);
    take(&mut intake, 0..2, "a").unwrap();
    drop(intake);
    assert_eq!(book.heard().unwrap(), (1, 2), "half a batch is nobody's yet");
    send(&mut book, Mode::Async, 0..3, "a").unwrap();
    let phases = [Phase::Posted, Phase::Refused, Phase::Ready].map(|phase| count(&book, phase));
    assert_eq!((phases, book.heard().unwrap()), ([1, 1, 1], (1, 0)));
    assert_eq!(claim(&mut book).members.len(), 1);
    let shown = book.show(key("N-000000")).unwrap().unwrap();
    assert_eq!(shown.outcomes[0].posted.as_ref().unwrap()[0], "0100000001");
    assert!(shown.events.iter().any(|event| event.kind == "alarm" && event.detail.contains("did not send")));
    assert_eq!(book.check(), []);
}

/// Ids that the mapping writes are the same for all revisions, and may be those of other destinations too.
#[test]
fn an_id_of_the_mappings_own_is_told_apart_by_its_message() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    let own = |book: &mut Book, destination: &str| {
        let mut batch = batch(Mode::Async);
        batch.destination = destination.into();
        let mut intake = book.intake(batch).unwrap();
        intake.template(&Template { head: b"<M><ID>E0</ID>", id: "E0", uuid: "" }).unwrap();
        for id in ["A", "B"] {
            let xml = format!("<D><ID>{id}</ID></D>");
            intake
                .take(&Taken {
                    natural: id,
                    said: id,
                    lines: 2,
                    company: None,
                    original: b"{}",
                    xml: xml.as_bytes(),
                })
                .unwrap();
        }
        finish(intake).unwrap();
    };
    own(&mut book, "s4");
    let message = |claim: &Claim| {
        let body = String::from_utf8_lossy(&claim.body).into_owned();
        body.split("<ID>").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    let first = claim(&mut book);
    record(&mut book, &first, Answer::Taken);
    // alone it is known by its id
    assert_eq!(one(&mut book, "1", part("B", Some("0100000001"))).2, Some(Phase::Posted));
    // a second revision, and another destination with the same ids
    confirm(&mut book, "2", None, &[part("A", None)]);
    let a = EntryKey::of_said("s4", "billing", "A");
    book.act(a, &Action::Cancelled, WHO).unwrap();
    book.act(a, &Action::Retry { absent: false }, WHO).unwrap();
    let second = claim(&mut book);
    record(&mut book, &second, Answer::Taken);
    own(&mut book, "other");
    let (_, stray, entry) = one(&mut book, "3", part("A", Some("0100000002")));
    assert!(entry.is_none() && stray.unwrap().starts_with("3 entries or revisions have this id"));
    let done = confirm(&mut book, "4", Some(&message(&second)), &[part("A", Some("0100000002"))]);
    let entry = done.effects[0].entry.clone().unwrap();
    assert_eq!((entry.revision, entry.after, entry.destination.as_str()), (1, Phase::Posted, "s4"));
    let done = confirm(&mut book, "5", Some(&message(&first)), &[part("A", None)]);
    let entry = done.effects[0].entry.clone().unwrap();
    assert_eq!((entry.revision, done.effects[0].alarm), (0, None), "of the old revision: nothing");
    assert_eq!(book.check(), []);
}

#[test]
fn a_book_of_the_first_schema_is_brought_to_this_one() {
    let folder = Folder::new();
    let old = rusqlite::Connection::open(folder.book()).unwrap();
    old.execute_batch(include_str!("../schema.sql")).unwrap();
    old.pragma_update(None, "application_id", 0x6a6d_6170).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    let refused = Book::read_only(&folder.book(), clock(1).0).err().expect("it has no confirmations");
    assert!(refused.help.is_some_and(|help| help.contains("jemap run")), "{refused}");
    let mut book = open(&folder.book());
    accepted(&mut book, 1);
    assert_eq!(one(&mut book, "1", part(&said("N-000000"), Some("0100000001"))).2, Some(Phase::Posted));
    drop(book);
    assert_eq!(Book::read_only(&folder.book(), clock(1).0).unwrap().heard().unwrap(), (1, 0));
}
