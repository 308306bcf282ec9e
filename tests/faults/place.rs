//! Where a fault is tried: a folder with a mapping and `jemap.toml`, the program as a process, the sandbox as
//! another, whose ledger is the judge.

use crate::beside::{self, Beside, MAPPING};
use jemap::book::{Book, Clock, Filter, Shown};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A record that balances, of this many lines.
pub fn record(id: &str, lines: usize) -> String {
    let pairs = (0..lines.div_ceil(2)).flat_map(|_| {
        [json!({"account": "400000", "amount": "10.00"}), json!({"account": "113100", "amount": "-10.00"})]
    });
    let entries: Vec<Value> = pairs.collect();
    format!("{}\n", json!({"id": id, "day": "2026-01-31", "ccy": "EUR", "entries": entries}))
}

/// `A-0`, `A-1` …
pub fn ids(letter: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{letter}-{n}")).collect()
}

pub struct Place {
    pub folder: PathBuf,
    sandbox: Option<Beside>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stop_sandbox();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Place {
    pub fn new(name: &str) -> Place {
        let place = Place { folder: beside::folder(&format!("faults-{name}")), sandbox: None };
        place.write("receipts.map", MAPPING);
        place
    }

    /// With a sandbox, and a destination of this mode at it.
    pub fn with(name: &str, mode: &str, arguments: &[&str], settings: &str) -> Place {
        let mut place = Place::new(name);
        place.sandbox(arguments);
        place.destination(mode, settings);
        place
    }

    /// Starts a sandbox, another one when there is one.
    pub fn sandbox(&mut self, arguments: &[&str]) -> &Beside {
        self.stop_sandbox();
        let mut program = Command::new(env!("CARGO_BIN_EXE_jemap"));
        program.env("SANDBOX_PASSWORD", "sesame");
        self.sandbox.insert(Beside::start(program, &self.folder, arguments))
    }

    pub fn stop_sandbox(&mut self) {
        self.sandbox = None;
    }

    /// `jemap.toml` with the destination `s4` at the sandbox.
    pub fn destination(&self, mode: &str, settings: &str) {
        let sandbox = self.sandbox.as_ref().expect("it was started");
        self.configure(sandbox.destination("s4", mode, settings));
    }

    /// `jemap.toml` with the destination `s4` at this address.
    pub fn at(&self, mode: &str, url: &str, settings: &str) {
        self.configure(format!("[destination.s4]\nmode = \"{mode}\"\nurl = \"{url}\"\n{settings}\n"));
    }

    fn configure(&self, mut text: String) {
        for (name, value) in [("connect_timeout", "2s"), ("answer_timeout", "20s"), ("settle", "1s")] {
            if !text.contains(&format!("\n{name} =")) {
                text += &format!("{name} = \"{value}\"\n");
            }
        }
        self.write("jemap.toml", &text);
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("it is written");
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jemap"));
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it runs")
    }

    /// Its exit code, and what it says as JSON.
    pub fn said(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.command(arguments).arg("--json").output().expect("it runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        let said = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {errors}"));
        (output.status.code().unwrap_or_else(|| panic!("{errors}")), said)
    }

    /// Takes and delivers records of two lines; its exit code and the states.
    pub fn send(&self, ids: &[String], more: &[&str]) -> (i32, Value) {
        let records: String = ids.iter().map(|id| record(id, 2)).collect();
        self.write("in.ndjson", &records);
        let arguments = ["send", "receipts.map", "in.ndjson", "--to", "s4"];
        let (code, said) = self.said(&[&arguments, more].concat());
        (code, said["delivery"][0]["states"].clone())
    }

    pub fn run(&self, more: &[&str]) -> (i32, Value) {
        let (code, said) = self.said(&[&["run"], more].concat());
        (code, said["delivery"][0]["states"].clone())
    }

    pub fn book(&self) -> PathBuf {
        self.folder.join("jemap.book")
    }

    /// Every entry of the book with all that happened to it, in the order of their keys.
    pub fn shown(&self) -> Vec<Shown> {
        shown(&self.book())
    }

    /// How often each entry was posted, by the ledger.
    pub fn posted(&self) -> BTreeMap<String, u32> {
        beside::posted(&self.folder)
    }

    /// Each of these was posted once, and nothing else.
    #[track_caller]
    pub fn posted_once(&self, ids: &[String], what: &str) {
        let posted = self.posted();
        let all: Vec<&String> = posted.keys().collect();
        let mut wanted: Vec<&String> = ids.iter().collect();
        wanted.sort();
        assert_eq!(all, wanted, "{what}");
        assert!(posted.values().all(|times| *times == 1), "{what}: {posted:?}");
    }
}

/// Every entry of a book, in the order of their natural keys.
pub fn shown(book: &Path) -> Vec<Shown> {
    let book = Book::read_only(book, clock()).expect("there is a book");
    let all = book.list(&Filter { limit: 100_000, ..Filter::default() }).expect("they are listed");
    let mut all: Vec<Shown> =
        all.iter().map(|listed| book.show(listed.key).expect("it is read").expect("it is there")).collect();
    all.sort_by(|a, b| a.listed.natural.cmp(&b.listed.natural));
    all
}

/// The time of day.
pub fn clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        i64::try_from(since.as_millis()).expect("it is before the end of time")
    })
}
