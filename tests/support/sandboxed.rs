//! A folder with a mapping and a sandbox beside it in another process, whose ledger is the judge.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

pub const MAPPING: &str = r#"
map receipts version 3
target s4.journal_entry profile 2024
source json record {
  id: text(1..16), day: date, ccy: currency
  entries: [ { account: text(1..10), amount: money(ccy) } ]
}
document from record key id {
  DocumentReferenceID = id
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = "SA"
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

/// A record; `account` decides whether the sandbox posts it.
pub fn record(id: &str, account: &str, amount: &str) -> String {
    let line = json!({"id": id, "day": "2026-01-31", "ccy": "EUR", "entries": [
        {"account": account, "amount": amount}, {"account": "113100", "amount": format!("-{amount}")}]});
    format!("{line}\n")
}

/// The account that the sandbox does not know.
pub const WRONG: &str = "9999999999";
/// One that it knows.
pub const RIGHT: &str = "400000";

/// What a process said and how it ended; a signal's number is negative.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> Said {
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}{}", self.out, self.err))
    }
}

pub struct Sandboxed {
    pub folder: PathBuf,
    pub sandbox: Child,
    /// Addresses: `address`, `sync`, `async`, `lookup`.
    pub at: Value,
}

impl Drop for Sandboxed {
    fn drop(&mut self) {
        let _ = self.sandbox.kill();
        let _ = self.sandbox.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Sandboxed {
    /// With a destination of each mode, called like its mode.
    pub fn new(name: &str, arguments: &[&str]) -> Sandboxed {
        let folder = std::env::temp_dir().join(format!("jemap-ops-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("receipts.map"), MAPPING).expect("it is written");
        let mut sandbox = Command::new(env!("CARGO_BIN_EXE_jemap"))
            .args(["sandbox", "--json", "--ledger", "ledger.ndjson"])
            .args(arguments)
            .current_dir(&folder)
            .env("SANDBOX_PASSWORD", "canary-7f3a")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        let mut line = String::new();
        BufReader::new(sandbox.stdout.take().expect("piped")).read_line(&mut line).expect("it says where");
        let at: Value = serde_json::from_str(&line).expect("JSON");
        let mut text = String::new();
        for mode in ["async", "sync-idem", "sync-lookup", "sync-none"] {
            let url = at[mode.split('-').next().expect("a word")].as_str().expect("an address");
            text += &format!(
                "[destination.{mode}]\nmode = \"{mode}\"\nurl = \"{url}\"\nbatch = 4\n\
                 connect_timeout = \"2s\"\nanswer_timeout = \"10s\"\nsettle = \"1s\"\n"
            );
            if mode == "sync-lookup" {
                let look_up = at["lookup"].as_str().expect("an address");
                let filter = "?$filter=DocumentReferenceID%20eq%20'{reference}'";
                text += &format!("lookup_url = \"{look_up}{filter}\"\n");
            }
        }
        let place = Sandboxed { folder, sandbox, at };
        place.write("jemap.toml", &text);
        place
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("it is written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jemap"));
        command.args(arguments).current_dir(&self.folder).env("LOGNAME", "anna").stdin(Stdio::null());
        command.env_remove("VISUAL").env_remove("EDITOR").env_remove("NO_COLOR");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().expect("it runs"))
    }

    /// A command that ends well: what it says as JSON.
    #[track_caller]
    pub fn json(&self, code: i32, arguments: &[&str]) -> Value {
        let said = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(said.code, code, "{arguments:?}: {}{}", said.out, said.err);
        said.json()
    }

    /// Takes a file and delivers it.
    #[track_caller]
    pub fn send(&self, code: i32, file: &str, to: &str) -> Value {
        self.json(code, &["send", "receipts.map", file, "--to", to])
    }

    /// The events of the ledger of this kind.
    pub fn ledger(&self, kind: &str) -> Vec<Value> {
        let text = self.read("ledger.ndjson");
        let events = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        events.filter(|event| event["event"] == kind).collect()
    }

    /// How often each entry was posted, by its id with the revision.
    pub fn posted(&self) -> BTreeMap<String, u32> {
        let mut posted = BTreeMap::new();
        for event in self.ledger("posted") {
            *posted.entry(event["entry"].as_str().expect("an id").to_owned()).or_default() += 1;
        }
        posted
    }
}

/// Waits for something that another process does.
#[track_caller]
pub fn wait(done: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not happen within 60 s");
}
