//! `jemap show`: one entry with all that happened to it.

use super::args::Show;
use super::difference::difference;
use super::export::whole;
use super::words::{advice, means, verbs, waits_for};
use super::{Exit, Failed, Screen, columns, end, look, one, time};
use crate::book::{Attempt, Outcome, Shown};
use crate::diag::Code;
use crate::fate::Phase;
use serde_json::{Value, json};

pub(in crate::cli) fn show(command: &Show, screen: &Screen) -> Exit {
    end(show_of(command, screen), screen)
}

fn show_of(command: &Show, screen: &Screen) -> Result<Exit, Failed> {
    let (book, _) = look(&command.place, screen)?;
    let key = one(&book, &command.key)?.key;
    let gone = || super::wrong(Code::J716, "the entry is not there any more", "`jemap list` shows what is");
    let shown = book.show(key)?.ok_or_else(gone)?;
    if command.place.json {
        let mut object = whole(&shown);
        let verbs = verbs(shown.fate).into_iter().map(
            |(name, allowed)| json!({ "verb": name, "allowed": allowed.is_ok(), "why_not": allowed.err() }),
        );
        object["means"] = means(shown.fate.phase).into();
        object["operator"] = advice(shown.fate.phase).into();
        object["waits_for"] = waits_for(shown.fate.next()).into();
        object["verbs"] = Value::Array(verbs.collect());
        return Ok(screen.print(&format!("{object}\n")));
    }
    let mut text = head(&shown);
    text += &now(&shown);
    text += &history(&shown);
    if shown.revisions.last().is_some_and(|revision| revision.archived) {
        text += "\nits data is in an archive: name the archive's file by `--book`\n";
    } else if let Some(revision) = shown.revisions.last() {
        text += &format!("\noriginal, revision {}\n", revision.number);
        text += &block(&revision.original);
        if command.xml && !revision.xml.is_empty() {
            text += &format!("\nXML, revision {}\n", revision.number);
            text += &block(&revision.xml);
        }
    }
    if command.diff {
        for pair in shown.revisions.windows(2) {
            let [before, after] = pair else { continue };
            text += &format!("\nrevision {} to {}\n", before.number, after.number);
            let changes = difference(&before.xml, &after.xml);
            text += if changes.is_empty() { "nothing but its id differs\n" } else { &changes };
        }
    }
    if command.answer {
        for attempt in shown.attempts.iter().filter(|attempt| !attempt.answer.is_empty()) {
            text += &format!("\nanswer to attempt {} of envelope {}\n", attempt.number, attempt.envelope);
            text += &block(&attempt.answer);
        }
        for number in confirmed(&shown) {
            if let Some((_, body)) = book.confirmation(number)? {
                text += &format!("\nconfirmation {number}\n");
                text += &block(&body);
            }
        }
    }
    Ok(screen.print(&text))
}

/// The confirmations that told of it.
fn confirmed(shown: &Shown) -> Vec<i64> {
    let of = shown.events.iter().filter(|event| ["confirmed", "unclear"].contains(&event.kind.as_str()));
    let details = of.filter_map(|event| serde_json::from_str::<Value>(&event.detail).ok());
    let mut numbers: Vec<i64> = details.filter_map(|detail| detail["confirmation"].as_i64()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Bytes as text that ends a line; a terminal is not spoken to by them.
fn block(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let clean = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    let mut text: String = text.trim_end().replace("\r\n", "\n").chars().map(clean).collect();
    text.push('\n');
    text
}

fn head(shown: &Shown) -> String {
    let listed = &shown.listed;
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let (mapping, version) = &shown.mapping;
    let mut rows = vec![
        row("natural key", listed.natural.clone()),
        row("id", listed.said.clone()),
        row("state", listed.phase.name().to_owned()),
        row("destination", format!("{} ({})", listed.destination, shown.fate.mode.name())),
        row("mapping", format!("{mapping} version {version}")),
        row("source", shown.source.clone()),
        row("company", listed.company.clone().unwrap_or_else(|| "-".to_owned())),
        row("lines", shown.lines.to_string()),
        row("received", time(shown.received)),
        row("changed", time(listed.updated)),
    ];
    if listed.said != listed.key.said(listed.revision) {
        // the id is the mapping's own
        rows.insert(2, row("key", listed.key.to_string()));
    }
    columns(&rows)
}

fn now(shown: &Shown) -> String {
    let phase = shown.fate.phase;
    let mut text = format!("\n{}: {}\n", phase.name(), means(phase));
    text += &format!("it waits for {}\nto do: {}\n", waits_for(shown.fate.next()), advice(phase));
    if shown.fate.rival {
        text += "an older revision is posted: this one and that may both be\n";
    }
    let verbs = verbs(shown.fate);
    let allowed: Vec<&str> = verbs.iter().filter(|(_, a)| a.is_ok()).map(|(name, _)| *name).collect();
    if !allowed.is_empty() {
        text += &format!("allowed now: {}\n", allowed.join(", "));
    } else if let Some((name, Err(why))) =
        verbs.iter().find(|(name, _)| *name == "retry").filter(|_| phase != Phase::Received)
    {
        text += &format!("nothing is allowed now; {name}: {why}\n");
    }
    text
}

fn history(shown: &Shown) -> String {
    let mut text = String::from("\nrevisions\n");
    for revision in &shown.revisions {
        let refused =
            revision.refusal.as_deref().map(|refusal| format!(", refused: {}", refusal_words(refusal)));
        let reason =
            if revision.reason.is_empty() { String::new() } else { format!(": {}", revision.reason) };
        text += &format!(
            "  {}  {} by {}{reason}{}\n",
            time(revision.made),
            revision.said,
            revision.author,
            refused.unwrap_or_default()
        );
    }
    if !shown.attempts.is_empty() {
        text += "\nattempts\n";
        text.extend(shown.attempts.iter().map(attempt_words));
    }
    if !shown.outcomes.is_empty() {
        text += "\noutcomes\n";
        text.extend(shown.outcomes.iter().map(outcome_words));
    }
    if !shown.events.is_empty() {
        text += "\nevents\n";
        for event in &shown.events {
            text += &format!("  {}  {} {}\n", time(event.at), event.kind, event.detail);
        }
    }
    text
}

fn refusal_words(refusal: &str) -> String {
    let value: Value = serde_json::from_str(refusal).unwrap_or_default();
    let cut =
        if value["cut"] == true { "; only its beginning is kept, for a line was over the limit" } else { "" };
    match (value["message"].as_str(), value["place"].as_str()) {
        (Some(message), Some(place)) => format!("{message} ({place}){cut}"),
        _ => refusal.to_owned(),
    }
}

fn attempt_words(attempt: &Attempt) -> String {
    let ended = match attempt.ended {
        Some(ended) => format!("{} ms", ended.saturating_sub(attempt.started)),
        None => "under way".to_owned(),
    };
    let mut parts = vec![ended];
    parts.extend(attempt.class.clone());
    parts.extend(attempt.status.map(|status| format!("HTTP {status}")));
    parts.extend(attempt.problem.clone());
    let noun = if attempt.documents == 1 { "document" } else { "documents" };
    format!(
        "  {}  envelope {} attempt {}, revision {}, message {} of {} {noun}: {}\n",
        time(attempt.started),
        attempt.envelope,
        attempt.number,
        attempt.revision,
        attempt.message_id,
        attempt.documents,
        parts.join(", ")
    )
}

fn outcome_words(outcome: &Outcome) -> String {
    let posted =
        outcome.posted.as_ref().map(|[document, company, year]| format!(" {document}/{company}/{year}"));
    let attempt = match outcome.attempt {
        0 => "outside of any attempt".to_owned(),
        number => format!("attempt {number}"),
    };
    let mut text = format!(
        "  {}  {}{} (revision {}, {attempt})\n",
        time(outcome.at),
        outcome.kind,
        posted.unwrap_or_default(),
        outcome.revision,
    );
    let notes: Value = serde_json::from_str(&outcome.notes).unwrap_or_default();
    for note in notes.as_array().into_iter().flatten() {
        let part = |name: &str| note[name].as_str().unwrap_or_default().to_owned();
        let code = format!("{} {}", part("class"), part("number"));
        text += &format!("    {}: {}\n", code.trim(), part("text"));
    }
    text
}
