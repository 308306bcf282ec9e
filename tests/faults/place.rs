//! Where a fault is tried: a folder with a mapping and `jemap.toml`, the program as a process, the sandbox as
//! another, whose ledger is the judge.

use jemap::book::{Book, Clock, Filter, Shown};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A document of a record; its id is the natural key, the header's id, and what it can be looked up by.
pub const MAPPING: &str = r#"
map receipts version 3
target s4.journal_entry profile 2024
source json record {
  id: text(1..16), day: date, ccy: currency
  entries: [ { account: text(1..10), amount: money(ccy) } ]
}
document from record key id {
  MessageHeader.ID = id
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = "SA"
  DocumentReferenceID = id
  CreatedByUser = "TEST"
  CompanyCode = "1010"
  DocumentDate = day
  PostingDate = day
  for entry in entries {
    Item {
      GLAccount = entry.account
      AmountInTransactionCurrency = entry.amount
      DebitCreditCode = debit_credit(entry.amount)
    }
  }
}
"#;

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
    sandbox: Option<Child>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stop_sandbox();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Place {
    pub fn new(name: &str) -> Place {
        let folder = std::env::temp_dir().join(format!("jemap-faults-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("receipts.map"), MAPPING).expect("it is written");
        Place { folder, sandbox: None }
    }

    /// With a sandbox, and a destination of this mode at it.
    pub fn with(name: &str, mode: &str, arguments: &[&str], settings: &str) -> Place {
        let mut place = Place::new(name);
        let said = place.sandbox(arguments);
        place.destination(mode, &said, settings);
        place
    }

    /// Starts a sandbox; what it says.
    pub fn sandbox(&mut self, arguments: &[&str]) -> Value {
        self.stop_sandbox();
        let mut child = Command::new(env!("CARGO_BIN_EXE_jemap"))
            .args(["sandbox", "--json", "--ledger", "ledger.ndjson"])
            .args(arguments)
            .current_dir(&self.folder)
            .env("SANDBOX_PASSWORD", "sesame")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it says where");
        self.sandbox = Some(child);
        serde_json::from_str(&line).expect("JSON")
    }

    pub fn stop_sandbox(&mut self) {
        if let Some(mut child) = self.sandbox.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// `jemap.toml` with the destination `s4` at a sandbox.
    pub fn destination(&self, mode: &str, said: &Value, settings: &str) {
        let service = if mode == "async" { "async" } else { "sync" };
        let look_up = format!(
            "lookup_url = \"{}?$filter=DocumentReferenceID%20eq%20'{{reference}}'\"\n",
            said["lookup"].as_str().expect("an address")
        );
        let settings = if mode == "sync-lookup" { look_up + settings } else { settings.to_owned() };
        self.at(mode, said[service].as_str().expect("an address"), &settings);
    }

    /// `jemap.toml` with the destination `s4` at this address.
    pub fn at(&self, mode: &str, url: &str, settings: &str) {
        let mut text = format!("[destination.s4]\nmode = \"{mode}\"\nurl = \"{url}\"\n{settings}\n");
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

    /// What the sandbox did.
    pub fn ledger(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.join("ledger.ndjson")).expect("there is a ledger");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// How often each entry was posted, by the ledger.
    pub fn posted(&self) -> BTreeMap<String, u32> {
        let mut posted = BTreeMap::new();
        for event in self.ledger().iter().filter(|event| event["event"] == "posted") {
            let id = event["entry"].as_str().expect("an id");
            *posted.entry(id.split('.').next().expect("a key").to_owned()).or_default() += 1;
        }
        posted
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

/// Waits for something that comes soon; it decides nothing but when to look.
pub fn wait(what: &str, done: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what}: not within a minute");
}
