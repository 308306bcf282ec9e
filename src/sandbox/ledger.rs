//! The sandbox's book: one JSON line an event, only ever appended, on disk before the answer leaves. A judge in
//! another process reads it.

use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

/// The ledger; without a file it forgets.
#[derive(Debug)]
pub(super) struct Ledger(Mutex<Open>);

#[derive(Debug)]
struct Open {
    file: Option<File>,
    number: u64,
}

impl Ledger {
    pub(super) fn open(path: Option<&Path>) -> io::Result<Ledger> {
        let open = |path| OpenOptions::new().create(true).append(true).open(path);
        Ok(Ledger(Mutex::new(Open { file: path.map(open).transpose()?, number: 0 })))
    }

    /// Writes events together; they are on disk when it returns.
    pub(super) fn write(&self, events: Vec<Value>) -> io::Result<()> {
        let mut open = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let mut lines = String::new();
        for event in events {
            open.number += 1;
            let mut line = json!({"number": open.number, "at": micros()});
            if let (Value::Object(line), Value::Object(event)) = (&mut line, event) {
                line.extend(event);
            }
            lines += &format!("{line}\n");
        }
        match &mut open.file {
            Some(file) => file.write_all(lines.as_bytes()).and_then(|()| file.sync_data()),
            None => Ok(()),
        }
    }
}

/// Microseconds since 1970.
pub(super) fn micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
