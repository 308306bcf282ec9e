//! Confirmations that a receiver sends later: bytes to what the book is told. It knows where they came from only
//! as a name.

use super::results::notes;
use crate::answer::{self, Answer, Confirmation, EntryAnswer, Note, Unread, Verdict};
use crate::book::{Book, BookError, Confirmed, Confirming, Part, Posted, Says};
use crate::crash::point;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// A confirmation that is in the book now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The id of the message that it is about.
    pub message: Option<String>,
    /// What it says, a part for each entry.
    pub parts: Vec<Part>,
    /// What came of it.
    pub confirmed: Confirmed,
}

/// Why bytes were not taken for a confirmation; the book has nothing of them.
#[derive(Debug)]
pub enum NotReceived {
    /// They are none, in words.
    Other(String),
    /// They are more than is read, in words.
    TooLarge(String),
    /// The book failed: it must not be said to be received.
    Book(BookError),
}

/// Reads a confirmation and writes it down with what comes of it, in one transaction. When this returns well,
/// it is on disk. `what` is what the bytes are called in messages, `source` where they came from.
///
/// # Errors
///
/// See [`NotReceived`].
pub fn receive(book: &mut Book, body: &[u8], what: &str, source: &str) -> Result<Received, NotReceived> {
    let said = read(body, what)?;
    let parts = parts(&said, what);
    let confirming = Confirming {
        uuid: said.uuid.as_deref(),
        message: said.reference.as_deref(),
        sender: said.sender.as_deref(),
        created: said.created.as_deref(),
        source,
        body,
        digest: digest(&said, &parts),
        parts: &parts,
    };
    let confirmed = book.turn(|turn| {
        let confirmed = turn.confirm(&confirming)?;
        point("confirmation.before");
        Ok(confirmed)
    });
    let confirmed = confirmed.map_err(NotReceived::Book)?;
    point("confirmation.after");
    Ok(Received { message: said.reference.clone(), parts, confirmed })
}

fn read(body: &[u8], what: &str) -> Result<Confirmation, NotReceived> {
    match answer::read_late(body) {
        Ok(Answer::Confirmation(said)) => Ok(*said),
        Ok(Answer::Empty) => {
            Err(NotReceived::Other(format!("{what} is empty: there is no confirmation in it")))
        }
        Ok(Answer::Fault(fault)) => {
            Err(NotReceived::Other(format!("{what} is no confirmation but a fault: {}", fault.text)))
        }
        Err(why) if why.kind == Unread::Limit => Err(NotReceived::TooLarge(why.said_of(what))),
        Err(why) => Err(NotReceived::Other(why.said_of(what))),
    }
}

/// What it says of each entry; one that is told of twice and differently is unclear, and twice the same is once.
fn parts(said: &Confirmation, what: &str) -> Vec<Part> {
    let mut of: HashMap<&str, Vec<&EntryAnswer>> = HashMap::new();
    for entry in &said.entries {
        of.entry(entry.reference.as_deref().unwrap_or_default()).or_default().push(entry);
    }
    let mut parts: Vec<Part> = vec![];
    for entry in &said.entries {
        let reference = entry.reference.as_deref().unwrap_or_default();
        let others = of.get(reference).map(Vec::as_slice).unwrap_or_default();
        let first = others.first().is_some_and(|first| std::ptr::eq(*first, entry));
        let same = others.iter().all(|o| (&o.key, o.severity) == (&entry.key, entry.severity));
        if reference.is_empty() || (first && same) {
            parts.push(part(entry, entry.verdict(false), what));
        } else if !same {
            parts.push(part(entry, Verdict::Unclear("the answer says two things of this entry"), what));
        }
    }
    if parts.is_empty() {
        let notes: Vec<String> = said.notes.iter().map(Note::to_string).collect();
        let why = match notes.join("; ") {
            none if none.is_empty() => "it tells of no entry".to_owned(),
            notes => format!("it tells of no entry, but says: {notes}"),
        };
        let notes = "[]".to_owned();
        parts.push(Part { reference: None, says: Says::Unclear(why), severity: None, notes, cause: None });
    }
    parts
}

fn part(entry: &EntryAnswer, verdict: Verdict, what: &str) -> Part {
    let says = match verdict {
        Verdict::Posted(Some(key)) => {
            Says::Posted(Posted { document: key.document, year: key.year, company: key.company })
        }
        Verdict::Refused => Says::Refused,
        Verdict::Posted(None) => Says::Unclear(format!("{what} has no document")),
        Verdict::Unclear(why) => Says::Unclear(why.replace("the answer", what)),
    };
    let cause = entry.notes.first().map(Note::code).filter(|code| !code.is_empty());
    Part {
        reference: entry.reference.clone(),
        cause: cause.filter(|_| says == Says::Refused),
        says,
        severity: entry.severity,
        notes: notes(entry),
    }
}

/// The same for two that say the same, whatever their bytes are.
fn digest(said: &Confirmation, parts: &[Part]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |text: Option<&str>| {
        let text = text.unwrap_or_default();
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(said.reference.as_deref());
    for part in parts {
        add(part.reference.as_deref());
        add(Some(part.says.word()));
        match &part.says {
            Says::Posted(p) => [&p.document, &p.company, &p.year].map(|text| add(Some(text))),
            Says::Unclear(_) | Says::Refused => [(); 3],
        };
        add(Some(&part.notes));
    }
    hash.finalize().into()
}
