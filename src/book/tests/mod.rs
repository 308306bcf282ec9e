//! Books on real files: taking, sealing, sending, and all that goes wrong with a file.

mod confirm;
mod faults;
mod flow;
mod sink;
mod speed;
mod torn;
mod whole;
mod withheld;

use super::{Batch, Book, BookError, Counts, Intake, Taken, Template};
use crate::fate::Mode;
use crate::run::EntryId;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("jemap-book-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
    fn book(&self) -> PathBuf {
        self.0.join("jemap.book")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A clock that moves when it is told to.
fn clock(start: i64) -> (super::Clock, Arc<AtomicI64>) {
    let time = Arc::new(AtomicI64::new(start));
    let shared = Arc::clone(&time);
    (Arc::new(move || shared.load(Ordering::Relaxed)), time)
}

fn open(path: &Path) -> Book {
    Book::open(path, clock(1_000).0).unwrap()
}

fn batch(mode: Mode) -> Batch {
    Batch {
        source: "orders.json".into(),
        destination: "s4".into(),
        mode,
        mapping: ("billing".into(), 1),
        hash: [7; 32],
        path: "billing.map".into(),
        params: "{}".into(),
    }
}

fn said(natural: &str) -> String {
    let id = EntryId::derive("jemap-entry/1", &["s4", "billing", natural, ""]);
    String::from_utf8(id.entry_text(0).to_vec()).unwrap()
}

fn begin(book: &mut Book, mode: Mode) -> Intake<'_> {
    let mut intake = book.intake(batch(mode)).unwrap();
    intake.template(&Template { head: b"<M><ID>E0</ID><U>u-0</U>", id: "E0", uuid: "u-0" }).unwrap();
    intake
}

/// Takes documents number so and so; each says its number and `text`.
fn take(intake: &mut Intake<'_>, numbers: std::ops::Range<u32>, text: &str) -> Result<(), BookError> {
    for number in numbers {
        let natural = format!("N-{number:06}");
        let said = said(&natural);
        let original = format!("{{\"number\":{number},\"text\":\"{text}\"}}");
        let xml = format!("<D><ID>{said}</ID><T>{text}</T></D>");
        let company = if number % 2 == 0 { "1010" } else { "2020" };
        intake.take(&Taken {
            natural: &natural,
            said: &said,
            lines: 2,
            company: Some(company),
            original: original.as_bytes(),
            xml: xml.as_bytes(),
        })?;
    }
    Ok(())
}

fn finish(mut intake: Intake<'_>) -> Result<Counts, BookError> {
    intake.tail(b"</M>")?;
    intake.finish()
}

/// A whole batch.
fn send(book: &mut Book, mode: Mode, numbers: std::ops::Range<u32>, text: &str) -> Result<Counts, BookError> {
    let mut intake = begin(book, mode);
    take(&mut intake, numbers, text)?;
    finish(intake)
}

/// How many entries stand in a state.
fn count(book: &Book, phase: crate::fate::Phase) -> u64 {
    book.counts().unwrap().iter().filter(|c| c.phase == phase).map(|c| c.entries).sum()
}
