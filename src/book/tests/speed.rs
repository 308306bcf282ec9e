//! How fast a book takes, seals and lists; figures are printed, and decide nothing.

use super::{Folder, begin, count, finish, open, take};
use crate::book::{Filter, Sealing};
use crate::fate::{Mode, Phase};
use std::time::Instant;

/// Entries; a million by `JEMAP_BOOK_ENTRIES=1000000`.
fn entries() -> u32 {
    std::env::var("JEMAP_BOOK_ENTRIES").ok().and_then(|n| n.parse().ok()).unwrap_or(5_000)
}

#[test]
fn taking_sealing_and_listing() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    let text = "a text as long as a journal entry of a few lines has it ".repeat(25);
    let begun = Instant::now();
    let mut intake = begin(&mut book, Mode::Async);
    take(&mut intake, 0..entries(), &text).unwrap();
    finish(intake).unwrap();
    let ms = begun.elapsed().as_millis().max(1);
    println!("{} entries taken in {ms} ms: {} a second", entries(), u128::from(entries()) * 1000 / ms);
    drop(book);
    let begun = Instant::now();
    let mut book = open(&folder.book());
    let (epoch, _) = book.begin_sending().unwrap();
    let order = Sealing { destination: "s4", documents_max: 100, bytes_max: 4 << 20 };
    book.turn(|turn| turn.seal(&order)).unwrap().unwrap();
    assert!(book.turn(|turn| turn.claim("s4", "w", epoch, 60_000)).unwrap().is_some());
    println!("opened, sealed and claimed in {} ms", begun.elapsed().as_millis());
    let filters = [
        Filter { limit: 50, ..Filter::default() },
        Filter { limit: 50, phases: vec![Phase::Refused], ..Filter::default() },
        Filter { limit: 50, phases: vec![Phase::Sending], ..Filter::default() },
        Filter { limit: 50, phases: vec![Phase::Ready], company: Some("1010".into()), ..Filter::default() },
        Filter { limit: 50, company: Some("9999".into()), ..Filter::default() },
        Filter { limit: 50, prefix: Some("N-00001".into()), ..Filter::default() },
        Filter { limit: 50, prefix: Some("N-".into()), ..Filter::default() },
        Filter { limit: 50, phases: vec![Phase::Ready], ..Filter::default() },
        Filter { limit: 50, phases: vec![Phase::Ready, Phase::Sending], ..Filter::default() },
        Filter { limit: 50, company: Some("2020".into()), ..Filter::default() },
        Filter { limit: 50, cause: Some("F5 808".into()), ..Filter::default() },
        Filter { limit: 50, destination: Some("s4".into()), ..Filter::default() },
        Filter { limit: 50, phases: vec![Phase::Received], ..Filter::default() },
        Filter { limit: 50, destination: Some("other".into()), ..Filter::default() },
    ];
    for filter in filters {
        let begun = Instant::now();
        let found = book.list(&filter).unwrap().len();
        println!("list of {found} in {} ms: {filter:?}", begun.elapsed().as_millis());
    }
    let begun = Instant::now();
    assert_eq!(count(&book, Phase::Sending), 100);
    println!("counts in {} ms", begun.elapsed().as_millis());
    let begun = Instant::now();
    let standing = book.status().unwrap().standing;
    assert_eq!(standing.iter().map(|s| s.entries).sum::<u64>(), u64::from(entries()));
    println!("status in {} ms", begun.elapsed().as_millis());
    let begun = Instant::now();
    let found = book.meant("N-000007").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(book.show(found[0].key).unwrap().unwrap().revisions.len(), 1);
    println!("one shown in {} ms", begun.elapsed().as_millis());
}
