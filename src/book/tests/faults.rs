//! Files that are torn, damaged, full, or no books.

use super::{Folder, begin, clock, count, finish, open, send, take};
use crate::book::Book;
use crate::diag::Code;
use crate::fate::{Mode, Phase};
use std::path::{Path, PathBuf};

fn wal(book: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", book.display()))
}

#[test]
fn whatever_is_torn_behind_the_last_commit_loses_nothing() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::Async, 0..50, "a").unwrap();
    let kept = std::fs::metadata(wal(&folder.book())).unwrap().len() as usize;
    send(&mut book, Mode::Async, 50..100, "a").unwrap();
    let main = std::fs::read(folder.book()).unwrap();
    let log = std::fs::read(wal(&folder.book())).unwrap();
    assert!(log.len() > kept + 20_000);
    let copy = folder.0.join("copy.book");
    let step = (log.len() - kept) / 40;
    let mut tried = 0;
    for cut in (kept..log.len()).step_by(step.max(1)) {
        for rubbish in [0, 1, 2] {
            let mut torn = log[..cut].to_vec();
            match rubbish {
                0 => {}
                1 => torn.extend(std::iter::repeat_n(0xa5, log.len() - cut)),
                _ => torn.extend(log[cut..].iter().enumerate().map(|(i, b)| if i < 512 { !b } else { *b })),
            }
            std::fs::write(&copy, &main).unwrap();
            std::fs::write(wal(&copy), &torn).unwrap();
            let mut again = open(&copy);
            let ready = count(&again, Phase::Ready);
            let received = count(&again, Phase::Received);
            assert!(
                (ready, received) == (50, 0) || (ready, received) == (50, 50) || ready == 100,
                "{ready} {received}"
            );
            assert_eq!(again.check(), [], "cut at {cut}");
            let rest = send(&mut again, Mode::Async, 0..100, "a").unwrap();
            assert_eq!(rest.taken + rest.adopted + rest.duplicates, 100);
            assert_eq!(count(&again, Phase::Ready), 100);
            drop(again);
            let _ = std::fs::remove_file(wal(&copy));
            tried += 1;
        }
    }
    assert!(tried >= 100, "{tried}");
}

#[test]
fn a_full_book_takes_nothing_half_and_goes_on_when_there_is_room() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::Async, 0..100, "a").unwrap();
    book.limit_bytes(400 << 10).unwrap();
    let mut intake = begin(&mut book, Mode::Async);
    let error = take(&mut intake, 100..20_000, "a").unwrap_err();
    assert_eq!(error.code, Code::J714);
    drop(intake);
    assert_eq!(count(&book, Phase::Ready), 100);
    assert_eq!(book.check(), []);
    book.limit_bytes(1 << 30).unwrap();
    send(&mut book, Mode::Async, 0..5_000, "a").unwrap();
    assert_eq!(count(&book, Phase::Ready), 5_000);
}

#[test]
fn what_was_changed_afterwards_is_seen() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::Async, 0..10, "a").unwrap();
    let changes = [
        ("UPDATE event SET detail = replace(detail, '10', '11')", "event 1"),
        ("DELETE FROM event WHERE seq = 1", "event 2"),
        ("UPDATE revision SET content = x'00' WHERE entry = 3", "entry 3 revision 0"),
        ("UPDATE piece SET length = 1 << 60", "piece 1"),
        ("UPDATE piece SET body = x'28b52ffd'", "piece 1"),
    ];
    for (change, named) in changes {
        let copy = folder.0.join("copy.book");
        let _ = std::fs::remove_file(&copy);
        book.backup(&copy).unwrap();
        rusqlite::Connection::open(&copy).unwrap().execute(change, []).unwrap();
        let found = Book::read_only(&copy, clock(0).0).unwrap().check();
        assert!(found.iter().any(|f| f.message.contains(named)), "{change}: {found:?}");
    }
}

#[test]
fn what_is_no_book_is_not_opened_and_not_changed() {
    let folder = Folder::new();
    assert_eq!(Book::read_only(&folder.book(), clock(0).0).err().unwrap().code, Code::J711);
    std::fs::write(folder.book(), "a text that is long enough to be taken for a file").unwrap();
    assert_eq!(Book::open(&folder.book(), clock(0).0).err().unwrap().code, Code::J712);
    let other = folder.0.join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t(x)").unwrap();
    assert_eq!(Book::open(&other, clock(0).0).err().unwrap().code, Code::J712);
    let newer = folder.0.join("newer.book");
    drop(open(&newer));
    rusqlite::Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Book::open(&newer, clock(0).0).err().unwrap();
    assert!(error.message.contains("version 99"), "{error}");
}

#[test]
fn many_threads_take_the_same_batch_once() {
    let folder = Folder::new();
    let path = folder.book();
    let counts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut book = open(&path);
                    let mut intake = begin(&mut book, Mode::Async);
                    take(&mut intake, 0..2_500, "a").unwrap();
                    finish(intake).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let taken: u64 = counts.iter().map(|c| c.taken).sum();
    assert_eq!(taken, 2_500);
    assert!(counts.iter().all(|c| c.taken + c.adopted + c.duplicates == 2_500));
    let book = open(&path);
    assert_eq!(count(&book, Phase::Ready), 2_500);
    assert_eq!(book.check(), []);
}
