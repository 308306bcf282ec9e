//! `jemap batch`: batches whose intake was interrupted are listed, completed or dropped.

use super::act::{ask, name};
use super::args::{Batch, BatchCommand, BatchOf};
use super::{Exit, Failed, Screen, change, columns, end, look, time, wrong};
use crate::book::{Incomplete, Who};
use crate::diag::Code;
use crate::report::Problem;
use serde_json::{Value, json};

pub(in crate::cli) fn batch(command: &Batch, screen: &Screen) -> Exit {
    let done = match &command.command {
        BatchCommand::List { place } => look(place, screen).and_then(|(book, _)| {
            let found = book.incomplete()?;
            let text = if place.json {
                found.iter().map(|batch| format!("{}\n", as_json(batch))).collect()
            } else if found.is_empty() {
                "every batch is complete\n".to_owned()
            } else {
                table(&found)
            };
            Ok(screen.print(&text))
        }),
        BatchCommand::Complete { of, reason } => act(of, reason, Verb::Complete, screen),
        BatchCommand::Drop { of, reason } => act(of, reason, Verb::Drop, screen),
    };
    end(done, screen)
}

#[derive(Clone, Copy)]
enum Verb {
    Complete,
    Drop,
}

fn act(of: &BatchOf, reason: &str, verb: Verb, screen: &Screen) -> Result<Exit, Failed> {
    let word = match verb {
        Verb::Complete => "complete",
        Verb::Drop => "drop",
    };
    if matches!(verb, Verb::Drop) && reason.trim().is_empty() {
        return Err(wrong(Code::J652, "--reason is empty", "say why, for those who look later"));
    }
    let mut book = change(&of.place, screen)?;
    let found = book.incomplete()?.into_iter().find(|batch| batch.batch == of.batch);
    let Some(found) = found else {
        let problem = Problem::new(Code::J716, format!("no incomplete batch has the number {}", of.batch));
        return Err(Failed::Problem(
            Exit::Wrong,
            problem.help("`jemap batch list` shows those that there are"),
        ));
    };
    let then = match verb {
        Verb::Complete => "they are delivered, and what was not taken is missing",
        Verb::Drop => "they are closed; the same input again does not deliver them",
    };
    let what =
        format!("{word} batch {} of {}: {}; {then}", found.batch, found.source, entries(found.entries));
    ask(&what, of.by.yes, screen)?;
    let who = Who { name: &name(of.by.name.as_deref()), reason };
    let count = book.turn(|turn| match verb {
        Verb::Complete => turn.complete_batch(found.batch, who),
        Verb::Drop => turn.drop_batch(found.batch, who),
    })?;
    if of.place.json {
        let line = json!({ "verb": word, "batch": found.batch, "entries": count, "done": true });
        return Ok(screen.print(&format!("{line}\n")));
    }
    let done = match verb {
        Verb::Complete => "ready",
        Verb::Drop => "closed",
    };
    Ok(screen.print(&format!("batch {}: {} {done}\n", found.batch, entries(count))))
}

fn entries(count: u64) -> String {
    format!("{count} {}", if count == 1 { "entry" } else { "entries" })
}

pub(super) fn as_json(batch: &Incomplete) -> Value {
    json!({
        "batch": batch.batch, "source": batch.source, "destination": batch.destination,
        "mapping": batch.mapping, "began": time(batch.began), "latest": time(batch.latest),
        "entries": batch.entries,
    })
}

/// Batches that are not complete, for people.
pub(super) fn table(found: &[Incomplete]) -> String {
    let mut rows =
        vec![["batch", "entries", "destination", "latest entry", "source"].map(String::from).to_vec()];
    rows.extend(found.iter().map(|batch| {
        vec![
            format!("{:>5}", batch.batch),
            format!("{:>7}", batch.entries),
            batch.destination.clone(),
            time(batch.latest),
            batch.source.clone(),
        ]
    }));
    let help =
        "send the same input again, or `jemap batch complete N`, or `jemap batch drop N --reason TEXT`\n";
    columns(&rows) + help
}
