//! The operator's commands on the book of record.

mod act;
mod args;
mod batch;
mod confirmations;
mod difference;
mod edit;
mod export;
mod list;
mod show;
mod store;
mod words;

pub(super) use act::{cancelled, close, retry, settle};
pub(super) use args::{Batch, Cancelled, Close, Confirmations, Edit, Export};
pub(super) use args::{List, Retry, Settle, Show, Status, Store};
pub(super) use batch::batch;
pub(super) use confirmations::confirmations;
pub(super) use edit::edit;
pub(super) use export::export;
pub(super) use list::{list, status};
pub(super) use show::show;
pub(super) use store::store;

use super::deliver::{clock, configuration};
use super::{Exit, Screen};
use crate::book::{Book, BookError, Filter, Listed};
use crate::data::Time;
use crate::diag::{Code, near};
use crate::fate::Phase;
use crate::report::Problem;
use args::{CONFIG, Filters, Place};
use serde_json::Value;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Seconds from 0001-01-01 to 1970-01-01.
const UNIX_SECONDS: i64 = 62_135_596_800;

/// Why a command did not do what was asked.
enum Failed {
    /// It was said already.
    Said(Exit),
    Problem(Exit, Problem),
}

impl From<BookError> for Failed {
    fn from(error: BookError) -> Failed {
        let of_entry = [Code::J716, Code::J718].contains(&error.code);
        let exit = if of_entry { Exit::Rejected } else { Exit::Book };
        let problem = Problem { code: error.code, message: error.message, help: error.help.map(Into::into) };
        Failed::Problem(exit, problem)
    }
}

fn wrong(code: Code, message: impl Into<String>, help: &str) -> Failed {
    Failed::Problem(Exit::Wrong, Problem::new(code, message).help(help))
}

/// Ends a command.
fn end(result: Result<Exit, Failed>, screen: &Screen) -> Exit {
    match result {
        Ok(exit) | Err(Failed::Said(exit)) => exit,
        Err(Failed::Problem(exit, problem)) => {
            screen.problem(&problem);
            exit
        }
    }
}

/// The book's file, by the options or by the configuration.
fn path(place: &Place, screen: &Screen) -> Result<PathBuf, Failed> {
    if let Some(book) = &place.book {
        return Ok(book.clone());
    }
    let config = place.config.as_deref().unwrap_or(Path::new(CONFIG));
    configuration(config, screen).map(|configuration| configuration.book).map_err(Failed::Said)
}

/// Opens the book to look into it.
fn look(place: &Place, screen: &Screen) -> Result<(Book, PathBuf), Failed> {
    let path = path(place, screen)?;
    Ok((Book::read_only(&path, clock())?, path))
}

/// Opens the book to change it; one that is not there is not made.
fn change(place: &Place, screen: &Screen) -> Result<Book, Failed> {
    let (book, path) = look(place, screen)?;
    drop(book);
    Ok(Book::open(&path, clock())?)
}

/// The filter of a command.
fn filter(filters: &Filters, limit: usize) -> Filter {
    Filter {
        phases: filters.state.iter().filter_map(|name| Phase::find(name)).collect(),
        destination: filters.to.clone(),
        company: filters.company.clone(),
        prefix: filters.key.clone(),
        cause: filters.code.as_deref().map(cause),
        since: None,
        limit: filters.limit.unwrap_or(limit),
    }
}

/// `808(F5)`, as receivers show it, is `F5 808` in the book.
fn cause(text: &str) -> String {
    match text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        Some((number, class)) => format!("{} {}", class.trim(), number.trim()),
        None => text.to_owned(),
    }
}

/// The one entry that a person means.
fn one(book: &Book, text: &str) -> Result<Listed, Failed> {
    let mut found = book.meant(text)?;
    let none = |message: String, help: &str| {
        Failed::Problem(Exit::Wrong, Problem::new(Code::J716, message).help(help))
    };
    match (found.pop(), found.len()) {
        (Some(listed), 0) => Ok(listed),
        (Some(last), others) => {
            let ids = found.iter().chain([&last]).take(5).map(|l| l.key.said(l.revision));
            let ids = ids.collect::<Vec<_>>().join(", ");
            let count = others + 1;
            Err(none(format!("`{text}` names {count} entries"), &format!("name one: {ids}")))
        }
        (None, _) => {
            let message = format!("no entry has the key `{text}`");
            if let Some(name) = likely(book, text)? {
                let problem = Problem::new(Code::J716, message).did_you_mean(Some(&name));
                return Err(Failed::Problem(Exit::Wrong, problem));
            }
            Err(none(
                message,
                "`jemap list --key PREFIX` lists entries by the beginning of their natural keys",
            ))
        }
    }
}

/// The natural key that was most likely meant: the end is what is mistyped most.
fn likely(book: &Book, text: &str) -> Result<Option<String>, Failed> {
    const CUT_MAX: usize = 3;
    const LOOKED_AT: usize = 200;
    let letters = text.chars().count();
    for cut in 1..=CUT_MAX.min(letters.saturating_sub(CUT_MAX)) {
        let prefix: String = text.chars().take(letters - cut).collect();
        let list = book.list(&Filter { prefix: Some(prefix), limit: LOOKED_AT, ..Filter::default() })?;
        if let Some(found) = near(text, list.iter().map(|listed| listed.natural.as_str())) {
            return Ok(Some(found.to_owned()));
        }
    }
    Ok(None)
}

/// Says that no entry fits, and which names there are where one was given that the book does not have.
fn none_fits(book: &Book, filters: &Filters, screen: &Screen) -> Result<Exit, Failed> {
    const NAMES_MAX: usize = 5;
    let mut text = "no entry fits".to_owned();
    if filters.to.is_some() || filters.code.is_some() {
        let status = book.status()?;
        let mut destinations: Vec<&str> = status.standing.iter().map(|s| s.destination.as_str()).collect();
        destinations.dedup();
        let causes: Vec<&str> = status.causes.iter().map(|c| c.cause.as_str()).collect();
        let code = filters.code.as_deref().map(cause);
        for (given, what, names) in
            [(filters.to.as_deref(), "destination", &destinations), (code.as_deref(), "cause", &causes)]
        {
            let Some(given) = given.filter(|given| !names.contains(given)) else { continue };
            text += &match near(given, names.iter().copied()) {
                Some(near) => format!("; the book has no {what} `{given}`, did you mean `{near}`?"),
                None if names.is_empty() => format!("; the book has no {what} `{given}`, and no other"),
                None => {
                    let names = names.iter().take(NAMES_MAX).copied().collect::<Vec<_>>().join(", ");
                    format!("; the book has no {what} `{given}`, but: {names}")
                }
            };
        }
    }
    screen.say(&format!("{text}\n"));
    Ok(Exit::Good)
}

/// `2026-03-31T12:00:00.500Z`
fn time(ms: i64) -> String {
    const TICKS: i64 = 10_000_000;
    let seconds = ms.div_euclid(1000) + UNIX_SECONDS;
    let time = seconds.checked_mul(TICKS).and_then(|ticks| Time::from_ticks(ticks, 0));
    let Some(time) = time else { return "-".to_owned() };
    let mut text = vec![];
    time.write(&mut text);
    let text = String::from_utf8_lossy(&text);
    format!("{}.{:03}Z", text.trim_end_matches('Z'), ms.rem_euclid(1000))
}

/// A line of JSON.
fn json_line(out: &mut impl Write, value: &Value) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// How a command ends that can write no more. A closed pipe is no error: whoever closed it has read enough.
fn stops(written: io::Result<()>) -> Option<Exit> {
    match written {
        Ok(()) => None,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Some(Exit::Good),
        Err(_) => Some(Exit::Output),
    }
}

/// Rows as columns; numbers are the caller's to align.
fn columns(rows: &[Vec<String>]) -> String {
    columns_in(rows, &mut vec![])
}

/// The same for rows that come some at a time: columns are as wide as in those before, or wider.
fn columns_in(rows: &[Vec<String>], widths: &mut Vec<usize>) -> String {
    for row in rows {
        for (i, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(i) {
                Some(widest) if *widest >= width => {}
                Some(widest) => *widest = width,
                None => widths.push(width),
            }
        }
    }
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths.iter()) {
            line += &format!("{cell:<width$}  ");
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{cause, time};

    #[test]
    fn codes_as_receivers_show_them() {
        assert_eq!(cause("808(F5)"), "F5 808");
        assert_eq!(cause("F5 808"), "F5 808");
        assert_eq!(cause("J501"), "J501");
    }

    #[test]
    fn times_of_any_number() {
        assert_eq!(time(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(time(1_774_958_400_500), "2026-03-31T12:00:00.500Z");
        assert_eq!((time(i64::MAX), time(i64::MIN)), ("-".into(), "-".into()));
    }
}
