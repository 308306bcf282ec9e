//! The ground of the proof: a sandbox that keeps the ledger, and desks, each a folder with a book of its own.

use crate::beside::{self, Beside, MAPPING};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;

/// The program on trial: this build's, or the one that `JEMAP_PROGRAM` names.
pub fn program() -> PathBuf {
    std::env::var_os("JEMAP_PROGRAM").map_or_else(|| env!("CARGO_BIN_EXE_jemap").into(), PathBuf::from)
}

/// The ids of entries that the sandbox refuses end so.
pub const BAD: char = 'x';

/// The ids of entries with many lines end so.
const WIDE: char = 'w';

/// How an entry is written; each as a line of its own.
pub fn record(id: &str) -> String {
    let account = if id.ends_with(BAD) { "9999999999" } else { "400000" };
    let pair =
        [json!({"account": account, "amount": "10.00"}), json!({"account": "113100", "amount": "-10.00"})];
    let pairs = if id.ends_with(WIDE) { 200 } else { 1 };
    let entries = vec![pair; pairs].concat();
    format!("{}\n", json!({"id": id, "day": "2026-01-31", "ccy": "EUR", "entries": entries}))
}

/// A document that the sandbox posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub number: String,
    pub company: String,
    pub year: String,
}

/// A sandbox in a process of its own, with its ledger.
pub struct Sandbox {
    pub folder: PathBuf,
    beside: Beside,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.beside.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Sandbox {
    pub fn start(name: &str, arguments: &[&str]) -> Sandbox {
        let folder = beside::folder(&format!("kills-{name}"));
        let beside = Beside::start(Command::new(program()), &folder, arguments);
        Sandbox { folder, beside }
    }

    /// What was posted, by id; an id that stands twice was posted twice.
    pub fn posted(&self) -> BTreeMap<String, Vec<Document>> {
        let mut posted: BTreeMap<String, Vec<Document>> = BTreeMap::new();
        for event in beside::ledger(&self.folder).iter().filter(|event| event["event"] == "posted") {
            let word = |name: &str| event[name].as_str().expect("a text").to_owned();
            let document =
                Document { number: word("document"), company: word("company"), year: word("year") };
            posted.entry(word("entry")).or_default().push(document);
        }
        posted
    }

    /// How many requests to its services have arrived whole.
    pub fn requests(&self) -> u64 {
        let said: Value = serde_json::from_str(&self.ask("GET /sandbox", "")).expect("JSON");
        said["requests"].as_u64().expect("a number")
    }

    /// Where confirmations go from now on.
    pub fn confirm_to(&self, confirm: &str) {
        self.ask("POST /sandbox/confirm", confirm);
    }

    /// Asks below `/sandbox`; the body of the answer.
    fn ask(&self, what: &str, body: &str) -> String {
        let address = self.beside.at["address"].as_str().expect("an address").trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("it listens");
        let length = body.len();
        let request = format!(
            "{what} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        assert!(text.starts_with("HTTP/1.1 200"), "{what}: {text}");
        text.split("\r\n\r\n").nth(1).expect("a body").to_owned()
    }

    /// A folder with the mapping and a book to be, for all four modes; `settings` hold for each.
    pub fn desk(&self, name: &str, settings: &str) -> Desk {
        let folder = self.folder.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        self.desk_on(name, settings)
    }

    /// The same, in a folder that is there.
    pub fn desk_on(&self, name: &str, settings: &str) -> Desk {
        let folder = self.folder.join(name);
        fs::write(folder.join("receipts.map"), MAPPING).expect("it is written");
        fs::write(folder.join("jemap.toml"), self.beside.destinations(settings)).expect("it is written");
        Desk { folder }
    }
}

/// A file with entries of these ids.
pub fn write<I: AsRef<str>>(path: &Path, ids: &[I]) {
    let records: String = ids.iter().map(|id| record(id.as_ref())).collect();
    fs::write(path, records).expect("it is written");
}

/// A folder with a book.
pub struct Desk {
    pub folder: PathBuf,
}

impl Desk {
    /// A file with entries of these ids.
    pub fn write<I: AsRef<str>>(&self, name: &str, ids: &[I]) {
        write(&self.folder.join(name), ids);
    }

    pub fn book(&self) -> PathBuf {
        self.folder.join("jemap.book")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).current_dir(&self.folder);
        command
    }

    /// How it ends and what it says.
    pub fn run(&self, arguments: &[&str]) -> (ExitStatus, String) {
        ran(&mut self.command(arguments))
    }

    /// All entries of the book, each with everything; none where there is no book.
    pub fn entries(&self) -> Vec<Value> {
        if !self.book().exists() {
            return vec![];
        }
        let output = self.command(&["export", "--limit", "100000000"]).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

/// How a command ends and what it says, errors first.
pub fn ran(command: &mut Command) -> (ExitStatus, String) {
    let output = command.output().expect("it runs");
    let text = [output.stderr, output.stdout].concat();
    (output.status, String::from_utf8_lossy(&text).into_owned())
}

/// One after the other by some threads: where most of the time is spent waiting, by more than there are processors.
pub fn each<T: Send>(threads: usize, rows: Vec<T>, work: impl Fn(T) + Sync) {
    let queue = Mutex::new(rows.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(row) = { queue.lock().unwrap_or_else(|e| e.into_inner()).next() } {
                    work(row);
                }
            });
        }
    });
}

/// Whether a program can be run here; where it is missing, what is skipped is said.
pub fn there(program: &Path, skipped: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        println!("no {}: skipped {skipped}", program.display());
    }
    found
}
