//! `jemap status` and `jemap list`.

use super::args::{List, Status as Command};
use super::batch;
use super::words::{advice, means};
use super::{
    Exit, Failed, Screen, columns, columns_in, end, filter, json_line, look, none_fits, stops, time,
};
use crate::book::{Listed, Order, Status};
use crate::fate::Phase;
use serde_json::{Value, json};
use std::io::{self, BufWriter, Write};

/// Entries that are listed for people when no limit is given.
const LIMIT: usize = 100;
/// Causes that are told to people.
const CAUSES: usize = 20;

pub(in crate::cli) fn status(command: &Command, screen: &Screen) -> Exit {
    end(status_of(command, screen), screen)
}

fn status_of(command: &Command, screen: &Screen) -> Result<Exit, Failed> {
    let (book, path) = look(&command.place, screen)?;
    let status = book.status()?;
    let incomplete = book.incomplete()?;
    let causes: Vec<_> = status.causes.iter().filter(|cause| waits(cause.phase)).collect();
    if command.place.json {
        let text = json!({
            "book": path.display().to_string(),
            "entries": status.standing.iter().map(|s| json!({
                "destination": s.destination, "state": s.phase.name(), "entries": s.entries
            })).collect::<Vec<_>>(),
            "states": status.counts.iter().map(|c| json!({
                "state": c.phase.name(), "entries": c.entries, "oldest": time(c.oldest),
                "means": means(c.phase), "operator": advice(c.phase)
            })).collect::<Vec<_>>(),
            "confirmations": status.confirmations, "strays": status.strays,
            "incomplete": incomplete.iter().map(batch::as_json).collect::<Vec<_>>(),
            "causes": causes.iter().map(|c| json!({
                "cause": c.cause, "state": c.phase.name(), "entries": c.entries
            })).collect::<Vec<_>>(),
        });
        return Ok(screen.print(&format!("{text}\n")));
    }
    if status.standing.is_empty() {
        return Ok(screen.print(&format!("the book has no entries\n{}", heard(&status))));
    }
    let mut rows = vec![["destination", "state", "entries"].map(String::from).to_vec()];
    let standing = status.standing.iter();
    rows.extend(
        standing.map(|s| vec![s.destination.clone(), s.phase.name().to_owned(), format!("{:>7}", s.entries)]),
    );
    let mut text = columns(&rows);
    let mut rows = vec![["state", "oldest", "means"].map(String::from).to_vec()];
    rows.extend(
        status.counts.iter().map(|c| vec![c.phase.name().into(), time(c.oldest), means(c.phase).into()]),
    );
    text += &format!("\n{}", columns(&rows));
    if !causes.is_empty() {
        let mut rows = vec![["cause", "state", "entries"].map(String::from).to_vec()];
        let shown = causes.iter().take(CAUSES);
        rows.extend(shown.map(|c| vec![c.cause.clone(), c.phase.name().into(), format!("{:>7}", c.entries)]));
        text += &format!("\n{}", columns(&rows));
        if causes.len() > CAUSES {
            text += &format!("and {} more causes: `jemap status --json`\n", causes.len() - CAUSES);
        }
    }
    if !incomplete.is_empty() {
        text += &format!(
            "\nbatches whose intake was interrupted, or is under way\n{}",
            batch::table(&incomplete)
        );
    }
    let heard = heard(&status);
    if !heard.is_empty() {
        text += &format!("\n{heard}");
    }
    Ok(screen.print(&text))
}

/// What came besides answers.
fn heard(status: &Status) -> String {
    let (all, strays) = (status.confirmations, status.strays);
    let of = if all == 1 { "1 confirmation came".to_owned() } else { format!("{all} confirmations came") };
    match (all, strays) {
        (0, _) => String::new(),
        (_, 0) => format!("{of}\n"),
        (_, 1) => format!("{of}; 1 stray among them: `jemap confirmations --strays`\n"),
        _ => format!("{of}; {strays} strays among them: `jemap confirmations --strays`\n"),
    }
}

/// Where a cause still matters.
fn waits(phase: Phase) -> bool {
    phase.needs_a_person() || phase == Phase::InDoubt
}

pub(in crate::cli) fn list(command: &List, screen: &Screen) -> Exit {
    end(list_of(command, screen), screen)
}

fn list_of(command: &List, screen: &Screen) -> Result<Exit, Failed> {
    let (book, _) = look(&command.place, screen)?;
    // a program reads all of it; a person is told that there is more
    let filter = filter(&command.filters, if command.place.json { usize::MAX } else { LIMIT });
    let mut walk = book.walk(&filter, Order::LatestFirst)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut count, mut widths) = (0, vec![]);
    loop {
        let page = walk.page()?;
        if page.is_empty() {
            break;
        }
        let written = match command.place.json {
            true => page.iter().try_for_each(|listed| json_line(&mut out, &as_json(listed))),
            false => out.write_all(columns_in(&rows(&page, count == 0), &mut widths).as_bytes()),
        };
        if let Some(exit) = stops(written) {
            return Ok(exit);
        }
        count += page.len();
    }
    if let Some(exit) = stops(out.flush()) {
        return Ok(exit);
    }
    match count {
        _ if command.place.json => {}
        0 => return none_fits(&book, &command.filters, screen),
        _ if count == filter.limit => screen.say(&format!("there may be more than {count}: `--limit N`\n")),
        _ => {}
    }
    Ok(Exit::Good)
}

/// Lines of a list for people.
fn rows(page: &[Listed], with_head: bool) -> Vec<Vec<String>> {
    let head = ["natural key", "id", "destination", "state", "company", "cause", "attempts", "changed"];
    let mut rows = if with_head { vec![head.map(String::from).to_vec()] } else { vec![] };
    rows.extend(page.iter().map(|listed| {
        vec![
            listed.natural.clone(),
            listed.said.clone(),
            listed.destination.clone(),
            listed.phase.name().to_owned(),
            listed.company.clone().unwrap_or_else(|| "-".to_owned()),
            listed.cause.clone().unwrap_or_else(|| "-".to_owned()),
            format!("{:>8}", listed.attempts),
            time(listed.updated),
        ]
    }));
    rows
}

/// A line of a list.
pub(super) fn as_json(listed: &Listed) -> Value {
    json!({
        "key": listed.key.to_string(),
        "id": listed.said,
        "natural_key": listed.natural,
        "destination": listed.destination,
        "state": listed.phase.name(),
        "revision": listed.revision,
        "attempts": listed.attempts,
        "company": listed.company,
        "cause": listed.cause,
        "changed": time(listed.updated),
    })
}
