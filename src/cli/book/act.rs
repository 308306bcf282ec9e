//! `jemap retry`, `close`, `settle`, `cancelled`: what a person does to entries, written down with who and why.

use super::args::{Act, Cancelled, Close, Retry, Settle};
use super::{Exit, Failed, Screen, change, end, filter, none_fits, one, wrong};
use crate::book::{Action, Book, Listed, Posted, Who};
use crate::crash::point;
use crate::diag::Code;
use crate::fate::{Phase, Step};
use crate::report::Problem;
use serde_json::json;
use std::io::{self, BufRead, IsTerminal};

/// Entries of one transaction.
const GROUP: usize = 200;
/// Entries and refusals that are told one by one.
const TOLD: usize = 20;

/// What is to be done.
struct Verb<'v> {
    name: &'static str,
    action: Action,
    reason: &'v str,
}

pub(in crate::cli) fn retry(command: &Retry, screen: &Screen) -> Exit {
    let action = Action::Retry { absent: command.absent };
    end(act(&command.act, &Verb { name: "retry", action, reason: &command.reason }, screen), screen)
}

pub(in crate::cli) fn close(command: &Close, screen: &Screen) -> Exit {
    let verb = Verb { name: "close", action: Action::Close, reason: &command.reason };
    end(act(&command.act, &verb, screen), screen)
}

pub(in crate::cli) fn cancelled(command: &Cancelled, screen: &Screen) -> Exit {
    let verb = Verb { name: "cancelled", action: Action::Cancelled, reason: &command.reason };
    end(act(&command.act, &verb, screen), screen)
}

pub(in crate::cli) fn settle(command: &Settle, screen: &Screen) -> Exit {
    let done = posted(&command.posted).and_then(|posted| {
        let verb = Verb { name: "settle", action: Action::Settle(posted), reason: &command.reason };
        act(&command.act, &verb, screen)
    });
    end(done, screen)
}

/// `1900000001/2100/2026`
fn posted(text: &str) -> Result<Posted, Failed> {
    let parts: Vec<&str> = text.split('/').collect();
    let fits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    match parts[..] {
        [document, company, year]
            if fits(document, 10)
                && fits(company, 4)
                && year.len() == 4
                && year.bytes().all(|b| b.is_ascii_digit()) =>
        {
            Ok(Posted { document: document.into(), company: company.into(), year: year.into() })
        }
        _ => {
            let message = format!("--posted `{text}` is not document, company code and fiscal year");
            Err(wrong(Code::J652, message, "write it as `1900000001/2100/2026`"))
        }
    }
}

fn act(act: &Act, verb: &Verb<'_>, screen: &Screen) -> Result<Exit, Failed> {
    if verb.name == "close" && verb.reason.trim().is_empty() {
        return Err(wrong(Code::J652, "--reason is empty", "say why, for those who look later"));
    }
    let mut book = change(&act.place, screen)?;
    let targets = targets(&book, act, verb.name)?;
    if targets.is_empty() {
        return none_fits(&book, &act.filters, screen);
    }
    if targets.len() > 1 && matches!(verb.action, Action::Settle(_)) {
        let message = format!("settle: {} entries cannot be one document", targets.len());
        return Err(wrong(Code::J652, message, "settle one entry at a time"));
    }
    confirm(act, verb.name, &targets, screen)?;
    let name = name(act.by.name.as_deref());
    let who = Who { name: &name, reason: verb.reason };
    let done = all(&mut book, &targets, &verb.action, who)?;
    tell(act, verb.name, &targets, &done, screen)
}

fn targets(book: &Book, act: &Act, verb: &str) -> Result<Vec<Listed>, Failed> {
    let f = &act.filters;
    let filtered = !f.state.is_empty()
        || [&f.to, &f.key, &f.code, &f.company].iter().any(|given| given.is_some())
        || f.limit.is_some();
    if act.keys.is_empty() && !filtered {
        let help = "name entries by their keys, or choose them as `jemap list` does: `--state refused`";
        return Err(wrong(Code::J652, format!("{verb}: no entry is named"), help));
    }
    if filtered {
        return Ok(book.list(&filter(f, usize::MAX))?);
    }
    let mut targets: Vec<Listed> = vec![];
    for key in &act.keys {
        let listed = one(book, key)?;
        if targets.iter().all(|known| known.key != listed.key) {
            targets.push(listed);
        }
    }
    Ok(targets)
}

/// Says how many entries will be touched, and asks.
fn confirm(act: &Act, verb: &str, targets: &[Listed], screen: &Screen) -> Result<(), Failed> {
    let mut states = vec![];
    for phase in Phase::ALL {
        let count = targets.iter().filter(|listed| listed.phase == phase).count();
        if count > 0 {
            states.push(format!("{count} {}", phase.name()));
        }
    }
    let noun = if targets.len() == 1 { "entry" } else { "entries" };
    ask(&format!("{verb}: {} {noun} ({})", targets.len(), states.join(", ")), act.by.yes, screen)
}

/// Says what will be done, and asks.
pub(super) fn ask(what: &str, yes: bool, screen: &Screen) -> Result<(), Failed> {
    if yes {
        screen.say(&format!("{what}\n"));
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(wrong(Code::J652, format!("{what}: not done, nobody can be asked"), "say `--yes`"));
    }
    screen.ask(&format!("{what}; go on? [y/N] "));
    let mut line = String::new();
    // what cannot be read is no consent
    let read = io::stdin().lock().read_line(&mut line);
    if read.is_ok() && matches!(line.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    screen.say("nothing was changed\n");
    Err(Failed::Said(Exit::Wrong))
}

/// Who acts: as given, or the login name.
pub(super) fn name(given: Option<&str>) -> String {
    given.filter(|name| !name.trim().is_empty()).map_or_else(login, str::to_owned)
}

fn login() -> String {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    ["LOGNAME", "USER", "USERNAME"].iter().find_map(set).unwrap_or_else(|| "unknown".to_owned())
}

/// Does it to all, some in each transaction. An entry that does not allow it is left as it is.
fn all(
    book: &mut Book,
    targets: &[Listed],
    action: &Action,
    who: Who<'_>,
) -> Result<Vec<Result<Step, String>>, Failed> {
    let mut done = vec![];
    for group in targets.chunks(GROUP) {
        let steps = book.turn(|turn| {
            let mut steps = vec![];
            for target in group {
                steps.push(match turn.act(target.key, action, who) {
                    Ok(step) => Ok(step),
                    Err(error) if [Code::J716, Code::J718].contains(&error.code) => Err(error.message),
                    Err(error) => return Err(error),
                });
            }
            point("act.before");
            Ok(steps)
        });
        done.extend(steps?);
        point("act.after");
    }
    Ok(done)
}

fn tell(
    act: &Act,
    verb: &str,
    targets: &[Listed],
    done: &[Result<Step, String>],
    screen: &Screen,
) -> Result<Exit, Failed> {
    let refused = done.iter().filter(|result| result.is_err()).count();
    let exit = if refused > 0 { Exit::Rejected } else { Exit::Good };
    let (mut text, mut told, mut lines) = (String::new(), 0, 0);
    for (target, result) in targets.iter().zip(done) {
        let (key, natural) = (target.key.to_string(), &target.natural);
        if act.place.json {
            let line = match result {
                Ok(step) => json!({
                    "verb": verb, "key": key, "natural_key": natural, "done": true,
                    "before": target.phase.name(), "state": step.entry.phase.name(),
                    "revision": step.entry.revision, "alarm": step.alarm.map(|alarm| alarm.words()),
                }),
                Err(why) => json!({
                    "verb": verb, "key": key, "natural_key": natural, "done": false,
                    "before": target.phase.name(), "why_not": why,
                }),
            };
            text += &format!("{line}\n");
            continue;
        }
        match result {
            Ok(step) => {
                if lines < TOLD {
                    let (from, to) = (target.phase.name(), step.entry.phase.name());
                    text += &format!("{natural}  {from} -> {to}, revision {}\n", step.entry.revision);
                }
                lines += 1;
                if let Some(alarm) = step.alarm {
                    screen.say(&format!("{natural}: {}\n", alarm.words()));
                }
            }
            Err(why) => {
                if told < TOLD {
                    screen.problem(&Problem::new(Code::J718, format!("{verb} {natural}: {why}")));
                }
                told += 1;
            }
        }
    }
    let printed = screen.print(&text);
    if !act.place.json && (done.len() > 1 || refused > 0) {
        screen.say(&format!("{} done, {refused} not allowed\n", done.len() - refused));
    }
    Ok(if printed == Exit::Good { exit } else { printed })
}
