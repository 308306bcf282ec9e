//! `jemap export`: entries with everything, for other programs and for good.

use super::args::Export;
use super::list::as_json;
use super::{Exit, Failed, Screen, end, filter, json_line, look, stops, time};
use crate::book::{Order, Shown};
use crate::report::Problem;
use base64::Engine;
use serde_json::{Value, json};
use std::io::{self, BufWriter, Write};

/// How much is written at a time.
const OUT_BYTES: usize = 64 << 10;

pub(in crate::cli) fn export(command: &Export, screen: &Screen) -> Exit {
    end(export_of(command, screen), screen)
}

fn export_of(command: &Export, screen: &Screen) -> Result<Exit, Failed> {
    let (book, _) = look(&command.place, screen)?;
    let mut out = BufWriter::with_capacity(OUT_BYTES, io::stdout().lock());
    let mut exit = Exit::Good;
    // the oldest first, so that a later one is never read before what it follows
    let mut walk = book.walk(&filter(&command.filters, usize::MAX), Order::OldestFirst)?;
    let mut showing = book.showing();
    loop {
        let page = walk.page()?;
        if page.is_empty() {
            break;
        }
        for listed in &page {
            let line = match showing.show(listed) {
                Ok(Some(shown)) => whole(&shown),
                Ok(None) => continue,
                // what can be read is exported all the same
                Err(error) => {
                    let message = format!("{}: {}", listed.natural, error.message);
                    screen.problem(&Problem::new(error.code, message));
                    exit = Exit::Book;
                    let mut line = as_json(listed);
                    line["problem"] = error.message.into();
                    line
                }
            };
            if let Some(stopped) = stops(json_line(&mut out, &line)) {
                return Ok(if stopped == Exit::Good { exit } else { stopped });
            }
        }
    }
    match stops(out.flush()) {
        Some(stopped) if stopped != Exit::Good => Ok(stopped),
        _ => Ok(exit),
    }
}

/// Text as it is; other bytes as base64 in an object.
pub(super) fn text(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => json!({ "base64": base64::engine::general_purpose::STANDARD.encode(bytes) }),
    }
}

/// What was written as JSON, as JSON again.
fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// All of an entry.
pub(super) fn whole(shown: &Shown) -> Value {
    let mut line = as_json(&shown.listed);
    line["mode"] = shown.fate.mode.name().into();
    line["source"] = shown.source.clone().into();
    line["mapping"] = json!({ "name": shown.mapping.0, "version": shown.mapping.1 });
    line["lines"] = shown.lines.into();
    line["archived"] = shown.revisions.last().is_some_and(|revision| revision.archived).into();
    line["received"] = time(shown.received).into();
    let revisions = shown.revisions.iter().map(|revision| {
        json!({
            "revision": revision.number, "id": revision.said, "by": revision.author,
            "reason": revision.reason, "made": time(revision.made),
            "refusal": revision.refusal.as_deref().map(object),
            "original": text(&revision.original), "xml": text(&revision.xml),
        })
    });
    line["revisions"] = Value::Array(revisions.collect());
    let attempts = shown.attempts.iter().map(|attempt| {
        json!({
            "envelope": attempt.envelope, "attempt": attempt.number, "message_id": attempt.message_id,
            "documents": attempt.documents, "revision": attempt.revision,
            "started": time(attempt.started), "ended": attempt.ended.map(time),
            "class": attempt.class, "status": attempt.status, "problem": attempt.problem,
            "answer": text(&attempt.answer),
        })
    });
    line["attempts_made"] = Value::Array(attempts.collect());
    let outcomes = shown.outcomes.iter().map(|outcome| {
        let posted = outcome.posted.as_ref().map(
            |[document, company, year]| json!({ "document": document, "company": company, "year": year }),
        );
        json!({
            "revision": outcome.revision, "attempt": outcome.attempt, "kind": outcome.kind,
            "posted": posted, "severity": outcome.severity, "notes": object(&outcome.notes),
            "at": time(outcome.at),
        })
    });
    line["outcomes"] = Value::Array(outcomes.collect());
    let events = shown.events.iter().map(|event| {
        json!({
            "event": event.number, "at": time(event.at), "envelope": event.envelope, "kind": event.kind,
            "detail": object(&event.detail),
        })
    });
    line["events"] = Value::Array(events.collect());
    line
}
