//! `jemap store`: whether the book is whole, and copies of it.

use super::args::{Store, StoreCommand};
use super::{Exit, Failed, Screen, end, look};
use serde_json::json;

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
