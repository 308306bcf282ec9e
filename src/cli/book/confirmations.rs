//! `jemap confirmations`: what came, and what of it belongs nowhere.

use super::args::Confirmations;
use super::{Exit, Failed, Screen, columns, end, look, time, wrong};
use crate::book::{Book, Heard, Stray};
use crate::diag::Code;
use serde_json::{Value, json};
use std::io::{self, Write};

pub(in crate::cli) fn confirmations(command: &Confirmations, screen: &Screen) -> Exit {
    end(of(command, screen), screen)
}

fn of(command: &Confirmations, screen: &Screen) -> Result<Exit, Failed> {
    let (book, _) = look(&command.place, screen)?;
    if let Some(number) = command.number {
        return one(&book, number, command.place.json, screen);
    }
    if command.strays {
        return strays(&book, command, screen);
    }
    let found = book.confirmations(false, command.limit)?;
    if command.place.json {
        let lines: String = found.iter().map(|heard| format!("{}\n", as_json(heard))).collect();
        return Ok(screen.print(&lines));
    }
    if found.is_empty() {
        screen.say("no confirmation has come\n");
        return Ok(Exit::Good);
    }
    let head = ["number", "received", "message", "entries", "strays", "times", "from"];
    let mut rows = vec![head.map(String::from).to_vec()];
    rows.extend(found.iter().map(|heard| {
        vec![
            format!("{:>6}", heard.number),
            time(heard.received),
            heard.message.clone().unwrap_or_else(|| "-".to_owned()),
            format!("{:>7}", heard.entries),
            format!("{:>6}", heard.strays),
            format!("{:>5}", heard.times),
            heard.source.clone(),
        ]
    }));
    let exit = screen.print(&columns(&rows));
    if found.len() == command.limit {
        screen.say(&format!("there may be more than {}: `--limit N`\n", command.limit));
    }
    Ok(exit)
}

fn strays(book: &Book, command: &Confirmations, screen: &Screen) -> Result<Exit, Failed> {
    let found = book.strays(None, command.limit)?;
    if command.place.json {
        let lines: String = found.iter().map(|stray| format!("{}\n", stray_json(stray))).collect();
        return Ok(screen.print(&lines));
    }
    if found.is_empty() {
        screen.say("there are no strays\n");
        return Ok(Exit::Good);
    }
    let head = ["confirmation", "received", "id", "says", "document", "why"];
    let mut rows = vec![head.map(String::from).to_vec()];
    rows.extend(found.iter().map(|stray| {
        vec![
            format!("{:>12}", stray.confirmation),
            time(stray.received),
            stray.reference.clone().unwrap_or_else(|| "-".to_owned()),
            stray.says.clone(),
            stray.posted.as_ref().map_or_else(|| "-".to_owned(), |key| key.join("/")),
            stray.why.clone(),
        ]
    }));
    Ok(screen.print(&columns(&rows)))
}

fn one(book: &Book, number: i64, as_object: bool, screen: &Screen) -> Result<Exit, Failed> {
    let Some((heard, body)) = book.confirmation(number)? else {
        let help = "`jemap confirmations` lists those that came";
        return Err(wrong(Code::J716, format!("there is no confirmation {number}"), help));
    };
    if as_object {
        let mut object = as_json(&heard);
        let strays = book.strays(Some(number), usize::MAX)?;
        object["stray_entries"] = Value::Array(strays.iter().map(stray_json).collect());
        object["body"] = super::export::text(&body);
        return Ok(screen.print(&format!("{object}\n")));
    }
    let mut out = io::stdout().lock();
    match out.write_all(&body).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Ok(Exit::Output),
        _ => Ok(Exit::Good),
    }
}

fn as_json(heard: &Heard) -> Value {
    json!({
        "confirmation": heard.number, "id": heard.name, "message": heard.message, "sender": heard.sender,
        "source": heard.source, "entries": heard.entries, "strays": heard.strays,
        "received": time(heard.received), "times": heard.times, "latest": time(heard.latest),
    })
}

fn stray_json(stray: &Stray) -> Value {
    let posted = stray
        .posted
        .as_ref()
        .map(|[document, company, year]| json!({ "document": document, "company": company, "year": year }));
    json!({
        "confirmation": stray.confirmation, "reference": stray.reference, "says": stray.says,
        "posted": posted, "notes": serde_json::from_str::<Value>(&stray.notes).unwrap_or_default(),
        "why": stray.why, "received": time(stray.received),
    })
}
