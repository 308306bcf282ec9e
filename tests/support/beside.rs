//! A sandbox in a process of its own, whose ledger is the judge, and the mapping of what is sent to it: what every
//! test of delivery from outside begins with. Each test binary uses its part.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

macro_rules! mapping {
    ($header:literal) => {
        concat!(
            r#"
map receipts version 3
target s4.journal_entry profile 2024
source json record {
  id: text(1..16), day: date, ccy: currency
  entries: [ { account: text(1..10), amount: money(ccy) } ]
}
document from record key id {
"#,
            $header,
            r#"  OriginalReferenceDocumentType = "BKPFF"
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
"#
        )
    };
}

/// A document of a record; its id is the natural key, the header's id, and what it can be looked up by.
pub const MAPPING: &str = mapping!("  MessageHeader.ID = id\n");

/// The same, but the header has the id that jemap makes.
pub const MADE_ID: &str = mapping!("");

/// The modes, each also the name of its destination.
pub const MODES: [&str; 4] = ["async", "sync-idem", "sync-lookup", "sync-none"];

/// An empty folder.
pub fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("jemap-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A sandbox that runs; it ends with this.
pub struct Beside {
    child: Child,
    /// Addresses: `address`, `sync`, `async`, `lookup`.
    pub at: Value,
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Beside {
    /// Starts it by a command of the program; its ledger stands in the folder.
    pub fn start(mut program: Command, folder: &Path, arguments: &[&str]) -> Beside {
        program.args(["sandbox", "--json", "--ledger", LEDGER]).args(arguments);
        let mut child =
            program.current_dir(folder).stdout(Stdio::piped()).spawn().expect("the program is built");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it says where");
        Beside { child, at: serde_json::from_str(&line).expect("JSON") }
    }

    /// Ends it.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// A destination of `jemap.toml` at it; `settings` are lines.
    pub fn destination(&self, name: &str, mode: &str, settings: &str) -> String {
        let address = |service: &str| self.at[service].as_str().expect("an address");
        let url = address(if mode == "async" { "async" } else { "sync" });
        let mut text = format!("[destination.{name}]\nmode = \"{mode}\"\nurl = \"{url}\"\n{settings}\n");
        if mode == "sync-lookup" {
            let filter = "?$filter=DocumentReferenceID%20eq%20'{reference}'";
            text += &format!("lookup_url = \"{}{filter}\"\n", address("lookup"));
        }
        text
    }

    /// A destination of each mode.
    pub fn destinations(&self, settings: &str) -> String {
        MODES.map(|mode| self.destination(mode, mode, settings)).concat()
    }
}

/// What the sandbox of a folder did.
pub fn ledger(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(LEDGER)).expect("there is a ledger");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// How often each entry was posted, by its id without the revision.
pub fn posted(folder: &Path) -> BTreeMap<String, u32> {
    let mut posted = BTreeMap::new();
    for event in ledger(folder).iter().filter(|event| event["event"] == "posted") {
        let id = event["entry"].as_str().expect("an id");
        *posted.entry(id.split('.').next().expect("a key").to_owned()).or_default() += 1;
    }
    posted
}

/// Waits for something that another process does; it decides nothing but when to look.
#[track_caller]
pub fn wait(what: &str, done: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what}: not within a minute");
}

const LEDGER: &str = "ledger.ndjson";
