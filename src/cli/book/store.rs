//! `jemap store`: whether the book is whole, and copies of it.

use super::args::{Place, Store, StoreCommand};
use super::{Exit, Failed, Screen, clock, end, look, wrong};
use crate::book::{Archived, Book};
use crate::data::Date;
use crate::diag::Code;
use serde_json::json;
use std::path::Path;

pub(in crate::cli) fn store(command: &Store, screen: &Screen) -> Exit {
    end(store_of(&command.command, screen), screen)
}

fn store_of(command: &StoreCommand, screen: &Screen) -> Result<Exit, Failed> {
    match command {
        StoreCommand::Check { place } => {
            let (book, path) = look(place, screen)?;
            let found = book.check();
            let exit = if found.is_empty() { Exit::Good } else { Exit::Book };
            let text = if place.json {
                let findings: Vec<&str> = found.iter().map(|f| f.message.as_str()).collect();
                format!("{}\n", json!({ "book": path.display().to_string(), "findings": findings }))
            } else if found.is_empty() {
                format!("{} is whole\n", path.display())
            } else {
                found.iter().map(|finding| format!("{}\n", finding.message)).collect()
            };
            let printed = screen.print(&text);
            Ok(if printed == Exit::Good { exit } else { printed })
        }
        StoreCommand::Archive { before, output, place } => archive(before, output, place, screen),
        StoreCommand::Backup { file, place } => {
            let (book, path) = look(place, screen)?;
            book.backup(file)?;
            if place.json {
                let said = json!({ "book": path.display().to_string(), "copy": file.display().to_string() });
                return Ok(screen.print(&format!("{said}\n")));
            }
            screen.say(&format!("{} is a copy of {}\n", file.display(), path.display()));
            Ok(Exit::Good)
        }
    }
}

fn archive(before: &str, output: &Path, place: &Place, screen: &Screen) -> Result<Exit, Failed> {
    let now = clock()();
    let Some(moment) = moment(before, now) else {
        let message = format!("--before `{before}` is no day and no number of days");
        return Err(wrong(Code::J652, message, "write it as `2026-01-01`, or `90d` for so many days ago"));
    };
    if moment > now {
        let message = format!("--before `{before}` is still to come");
        return Err(wrong(Code::J652, message, "name a day that has passed"));
    }
    let (book, path) = look(place, screen)?;
    drop(book);
    let mut book = Book::open(&path, clock())?;
    let Archived { entries, batches, resumed } = book.archive(&path, moment, output)?;
    if place.json {
        let said = json!({
            "book": path.display().to_string(), "archive": (entries > 0).then(|| output.display().to_string()),
            "entries": entries, "batches": batches, "resumed": resumed,
        });
        return Ok(screen.print(&format!("{said}\n")));
    }
    if entries == 0 {
        screen.say("no batch has ended for good before that; no archive was written\n");
        return Ok(Exit::Good);
    }
    let again = if resumed { "; it was there already, and its data is out of the book now" } else { "" };
    let text = format!("{}: {entries} entries of {batches} batches{again}\n", output.display());
    Ok(screen.print(&text))
}

/// `2026-01-01` at midnight UTC, or `90d` before now; in milliseconds since 1970.
fn moment(text: &str, now: i64) -> Option<i64> {
    const DAY_MS: i64 = 86_400_000;
    if let Some(days) = text.strip_suffix('d') {
        let days: u32 = days.parse().ok()?;
        return now.checked_sub(i64::from(days) * DAY_MS);
    }
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let right = year.len() == 4 && month.len() == 2 && day.len() == 2;
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).filter(|_| right)?;
    Some(i64::from(date.days()) * DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn days_and_terms() {
        assert_eq!(moment("1970-01-02", 0), Some(86_400_000));
        assert_eq!(moment("2d", 200_000_000), Some(27_200_000));
        for wrong in ["", "d", "-1d", "2026", "2026-1-1", "2026-02-30", "2026-01-01T00:00", "1.5d"] {
            assert_eq!(moment(wrong, 0), None, "{wrong}");
        }
    }
}
