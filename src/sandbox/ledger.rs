//! The sandbox's book: one JSON line an event, only ever appended, on disk before the answer leaves. A judge in
//! another process reads it.

use serde_json::Value;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

/// The ledger; without a file it forgets. What several requests bring at a time is synced together: one of them
/// writes for all that came before it, and the others wait for that.
#[derive(Debug)]
pub(super) struct Ledger {
    file: Option<File>,
    lines: Mutex<Lines>,
    written: Condvar,
}

#[derive(Debug, Default)]
struct Lines {
    number: u64,
    /// What nobody has begun to write yet.
    waiting: String,
    /// How many times something was handed over, and up to which of these all is on disk.
    handed: u64,
    synced: u64,
    writing: bool,
    /// A write failed: nobody knows what stands in the file, so nothing more is called written.
    failed: Option<io::ErrorKind>,
}

impl Ledger {
    pub(super) fn open(path: Option<&Path>) -> io::Result<Ledger> {
        let open = |path| OpenOptions::new().create(true).append(true).open(path);
        let file = path.map(open).transpose()?;
        Ok(Ledger { file, lines: Mutex::default(), written: Condvar::new() })
    }

    /// Writes events together; they are on disk when it returns.
    pub(super) fn write(&self, events: Vec<Value>) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let texts: Vec<String> = events.iter().map(Value::to_string).collect();
        let mut lines = self.lines();
        for text in &texts {
            lines.number += 1;
            let (number, at) = (lines.number, micros());
            // an event is an object with members: its number and time come first
            let rest = text.strip_prefix('{').unwrap_or(text);
            // writing to a text does not fail
            let _ = writeln!(lines.waiting, "{{\"number\":{number},\"at\":{at},{rest}");
        }
        lines.handed += 1;
        let mine = lines.handed;
        while lines.synced < mine {
            if let Some(kind) = lines.failed {
                return Err(kind.into());
            }
            if lines.writing {
                lines = self.written.wait(lines).unwrap_or_else(|e| e.into_inner());
                continue;
            }
            lines.writing = true;
            let (text, upto) = (std::mem::take(&mut lines.waiting), lines.handed);
            drop(lines);
            let mut file = file;
            let done = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
            lines = self.lines();
            lines.writing = false;
            match done {
                Ok(()) => lines.synced = upto,
                Err(error) => lines.failed = Some(error.kind()),
            }
            self.written.notify_all();
        }
        Ok(())
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Microseconds since 1970.
pub(super) fn micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Ledger;
    use serde_json::{Value, json};

    #[test]
    fn what_many_write_at_once_is_there_when_each_returns() {
        let path = std::env::temp_dir().join(format!("jemap-ledger-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let ledger = Ledger::open(Some(&path)).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (ledger, path) = (&ledger, &path);
                scope.spawn(move || {
                    for n in 0..50 {
                        let id = format!("{thread}/{n}");
                        ledger
                            .write(vec![json!({"event": "a", "id": id}), json!({"event": "b", "id": id})])
                            .unwrap();
                        let text = std::fs::read_to_string(path).unwrap();
                        let own = text.lines().filter(|line| line.contains(&format!("\"{id}\"}}"))).count();
                        assert_eq!(own, 2, "{id}");
                    }
                });
            }
        });
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 800);
        for (at, pair) in lines.chunks(2).enumerate() {
            assert_eq!((&pair[0]["number"], &pair[1]["number"]), (&json!(at * 2 + 1), &json!(at * 2 + 2)));
            assert_eq!(
                (&pair[0]["event"], &pair[1]["event"], &pair[0]["id"]),
                (&json!("a"), &json!("b"), &pair[1]["id"])
            );
        }
        let _ = std::fs::remove_file(&path);
    }
}
