//! A folder with a mapping and a sandbox beside it in another process, whose ledger is the judge.

use super::beside::{self, Beside};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

pub use super::beside::MADE_ID as MAPPING;

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
    pub sandbox: Beside,
}

impl Drop for Sandboxed {
    fn drop(&mut self) {
        self.sandbox.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Sandboxed {
    /// With a destination of each mode, called like its mode.
    pub fn new(name: &str, arguments: &[&str]) -> Sandboxed {
        let folder = beside::folder(&format!("ops-{name}"));
        let mut program = Command::new(env!("CARGO_BIN_EXE_jemap"));
        program.env("SANDBOX_PASSWORD", "canary-7f3a").stderr(Stdio::null());
        let place = Sandboxed { sandbox: Beside::start(program, &folder, arguments), folder };
        place.write("receipts.map", MAPPING);
        let settings = "batch = 4\nconnect_timeout = \"2s\"\nanswer_timeout = \"10s\"\nsettle = \"1s\"";
        place.write("jemap.toml", &place.sandbox.destinations(settings));
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
        beside::ledger(&self.folder).into_iter().filter(|event| event["event"] == kind).collect()
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
