//! Writes confirmations and faults from the templates.

use super::NoDocument;
use super::ledger::micros;
use super::play::{Play, escaped};
use super::state::Outcome;
use crate::data::Date;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is said about one entry.
pub(super) struct Said<'s> {
    pub(super) id: &'s str,
    pub(super) company: &'s str,
    pub(super) year: &'s str,
    pub(super) outcome: &'s Outcome,
}

/// Writes what the services say.
pub(super) struct Mouth {
    pub(super) play: Play,
    no_document: NoDocument,
    counter: AtomicU64,
    started: u64,
}

impl Mouth {
    pub(super) fn new(play: Play, no_document: NoDocument) -> Mouth {
        Mouth { play, no_document, counter: AtomicU64::new(0), started: micros() }
    }

    /// A confirmation without envelope.
    pub(super) fn confirmation(&self, bulk: &str, entries: &[Said]) -> String {
        let body: String = entries.iter().map(|e| self.entry(e)).collect();
        let (uuid, now, reference) = (self.uuid(), now(), self.reference(bulk));
        let values = [("uuid", &*uuid), ("now", &*now), ("reference", &*reference), ("entries", &*body)];
        self.play.fill("confirmation", &values)
    }

    /// An envelope of either version around a body.
    pub(super) fn envelope(&self, soap12: bool, body: &str) -> String {
        self.play.fill(if soap12 { "envelope12" } else { "envelope11" }, &[("body", body)])
    }

    /// A whole fault with one of the texts.
    pub(super) fn fault(&self, soap12: bool, text: &str) -> String {
        let transaction = self.uuid().replace('-', "").to_uppercase();
        let stamp: String = now().chars().filter(char::is_ascii_digit).take(14).collect();
        let text = self.play.fill(text, &[("stamp", &stamp), ("transaction", &transaction)]);
        let name = if soap12 { "fault12" } else { "fault11" };
        self.envelope(soap12, &self.play.fill(name, &[("text", &escaped(&text))]))
    }

    fn reference(&self, id: &str) -> String {
        if id.is_empty() { String::new() } else { self.play.fill("reference", &[("id", &escaped(id))]) }
    }

    fn entry(&self, said: &Said) -> String {
        let none = match self.no_document {
            NoDocument::Zeros => "0000000000",
            NoDocument::Blank => "",
            NoDocument::Spaces => "          ",
        };
        let (document, severity, notes) = match said.outcome {
            Outcome::Posted(d) => {
                let key = format!("{}{}{}", d.number, d.company, d.year);
                let text = self.play.fact("posted").replace("{key}", &key);
                (d.number.as_str(), "1", self.fixed(&text, "1"))
            }
            Outcome::Checked => ("0000000000", "1", self.fixed(self.play.fact("simulated"), "1")),
            Outcome::Refused(refused) => {
                let notes = refused.iter().map(|n| self.note(&n.kind, "3", &n.text, &n.variables));
                let collective = self.fixed(self.play.fact("collective"), "3");
                (none, "3", collective + &notes.collect::<String>())
            }
        };
        let blank = document.is_empty();
        let (company, year) = if blank { ("", "0000") } else { (said.company, said.year) };
        let (uuid, now, reference) = (self.uuid(), now(), self.reference(said.id));
        let values = [
            ("uuid", &*uuid),
            ("now", &*now),
            ("reference", &*reference),
            ("document", document),
            ("company", &*escaped(company)),
            ("year", year),
            ("severity", severity),
            ("notes", &*notes),
        ];
        self.play.fill("entry", &values)
    }

    /// A note whose text has its variables after the colon.
    fn fixed(&self, fact: &str, severity: &str) -> String {
        let (kind, text) = fact.split_once(' ').unwrap_or((fact, ""));
        let variables = text.split_once(": ").map_or("", |t| t.1).split(' ').map(str::to_owned);
        self.note(kind, severity, text, &variables.collect::<Vec<_>>())
    }

    fn note(&self, kind: &str, severity: &str, text: &str, variables: &[String]) -> String {
        let (number, class) = kind.trim_end_matches(')').split_once('(').unwrap_or((kind, ""));
        let variables: String = (1..)
            .zip(variables.iter().take(4))
            .map(|(n, v): (usize, _)| {
                self.play.fill("variable", &[("number", &n.to_string()), ("value", &percent(v))])
            })
            .collect();
        let object = format!("{class}{number}");
        let uri = self.play.fill("uri", &[("object", &object), ("variables", &variables)]);
        let (kind, text, uri) = (escaped(kind), escaped(text), escaped(&uri));
        self.play.fill("note", &[("type", &kind), ("severity", severity), ("text", &text), ("uri", &uri)])
    }

    /// Another id each time: the start of the sandbox and a number.
    pub(super) fn uuid(&self) -> String {
        let n = self.counter.fetch_add(1, Ordering::Relaxed);
        let start = self.started;
        let head = start >> 32;
        let tail = start & 0xffff_ffff;
        format!("{:08x}-{:04x}-1eee-{:04x}-{n:012x}", tail, head & 0xffff, 0x8000 | (head >> 16 & 0x3fff))
    }
}

/// Now, with microseconds: `2026-10-02T02:46:55.044992Z`.
pub(super) fn now() -> String {
    let micros = micros();
    let seconds = micros / 1_000_000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let mut day = Vec::with_capacity(10);
    if let Some(date) = i32::try_from(days).ok().and_then(Date::from_days) {
        date.write(&mut day);
    }
    let day = String::from_utf8_lossy(&day);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{day}T{hour:02}:{minute:02}:{second:02}.{:06}Z", micros % 1_000_000)
}

/// Text as it stands in a URI.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}
