//! Delivery from outside: `jemap send` and `jemap run` against a sandbox in another process, whose ledger is
//! the judge. Nothing may be posted twice, and of every entry that was taken the book must know where it stands.

#[allow(dead_code)]
#[path = "support/beside.rs"]
mod beside;
#[path = "delivery/door.rs"]
mod door;
#[path = "delivery/receive.rs"]
mod receive;

use beside::{Beside, MAPPING, wait};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A record; `account` decides whether the sandbox posts it.
fn record(id: &str, account: &str, amount: &str) -> String {
    let line = json!({"id": id, "day": "2026-01-31", "ccy": "EUR", "entries": [
        {"account": account, "amount": amount}, {"account": "113100", "amount": format!("-{amount}")}]});
    format!("{line}\n")
}

/// A folder with a mapping, a sandbox beside it, and its four destinations.
struct Place {
    folder: PathBuf,
    sandbox: Beside,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sandbox.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Place {
    fn new(name: &str, arguments: &[&str]) -> Place {
        let folder = beside::folder(&format!("delivery-{name}"));
        let sandbox = Beside::start(Command::new(env!("CARGO_BIN_EXE_jemap")), &folder, arguments);
        let place = Place { folder, sandbox };
        place.write("receipts.map", MAPPING);
        let settings = "batch = 4\nconnect_timeout = \"2s\"\nanswer_timeout = \"10s\"\nsettle = \"1s\"";
        place.write("jemap.toml", &place.sandbox.destinations(settings));
        place
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("it is written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jemap"));
        command.args(arguments).current_dir(&self.folder);
        command
    }

    /// Its exit code, and what it says as JSON.
    fn said(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.command(arguments).arg("--json").output().expect("it runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        let said = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {errors}"));
        (output.status.code().unwrap_or_else(|| panic!("{errors}")), said)
    }

    fn send(&self, file: &str, to: &str) -> (i32, Value) {
        self.said(&["send", "receipts.map", file, "--to", to])
    }

    /// How often each entry was posted, by the ledger.
    fn posted(&self) -> BTreeMap<String, u32> {
        beside::posted(&self.folder)
    }
}

fn states(said: &Value) -> &Value {
    &said["delivery"][0]["states"]
}

#[test]
fn what_was_taken_is_sent_once_and_other_content_is_a_conflict() {
    let place = Place::new("async", &[]);
    let records = ["A", "B", "C", "D", "E"].map(|id| record(id, "400000", "10.00"));
    place.write("in.ndjson", &records.concat());
    let (code, said) = place.send("in.ndjson", "async");
    assert_eq!((code, &said["intake"]["taken"], states(&said)), (0, &json!(5), &json!({"accepted": 5})));
    let (code, said) = place.send("in.ndjson", "async");
    assert_eq!((code, &said["intake"]["taken"], &said["intake"]["duplicates"]), (0, &json!(0), &json!(5)));
    place.write("in.ndjson", &record("A", "400000", "11.00"));
    let (code, said) = place.send("in.ndjson", "async");
    assert_eq!((code, &said["intake"]["conflicting"]), (6, &json!(["A"])));
    let posted = place.posted();
    assert_eq!((posted.len(), posted.values().max()), (5, Some(&1)));
}

#[test]
fn one_is_refused_and_the_others_of_its_envelope_are_posted() {
    let place = Place::new("refused", &[]);
    let records =
        [("A", "400000"), ("B", "9999999999"), ("C", "400000")].map(|(id, to)| record(id, to, "10.00"));
    place.write("in.ndjson", &records.concat());
    let (code, said) = place.send("in.ndjson", "sync-none");
    assert_eq!((code, states(&said)), (1, &json!({"refused": 1, "posted": 2})), "{said}");
    let entry = &said["delivery"][0]["entries"][0];
    assert_eq!((&entry["entry"], &entry["state"]), (&json!("B"), &json!("refused")));
    assert!(entry["cause"].as_str().is_some_and(|cause| cause.contains("507")), "{entry}");
    assert_eq!(place.posted().len(), 2);
}

/// The receiver has posted, and its answer is lost.
#[test]
fn a_lost_answer_is_never_guessed() {
    for (mode, arguments, code, state) in [
        ("async", &[][..], 0, json!({"accepted": 3})),
        ("sync-idem", &["--idempotent"], 0, json!({"posted": 3})),
        ("sync-lookup", &[], 0, json!({"posted": 3})),
        ("sync-none", &[], 3, json!({"parked": 3})),
    ] {
        let place = Place::new(mode, &[&["--fault", "drop-answer:first=1"], arguments].concat());
        place.write("in.ndjson", &["A", "B", "C"].map(|id| record(id, "400000", "10.00")).concat());
        let (exit, said) = place.send("in.ndjson", mode);
        assert_eq!((exit, states(&said)), (code, &state), "{mode} {said}");
        let posted = place.posted();
        assert_eq!((posted.len(), posted.values().max()), (3, Some(&1)), "{mode}");
    }
}

#[test]
fn entries_outlive_an_outage() {
    let mut place = Place::new("outage", &["--fault", "status=401"]);
    place.write("in.ndjson", &record("A", "400000", "10.00"));
    let (code, said) = place.send("in.ndjson", "sync-none");
    assert_eq!(
        (code, states(&said), &said["delivery"][0]["left"]),
        (4, &json!({"sealed": 1}), &json!("outage"))
    );
    place.sandbox.stop();
    let (code, said) = place.send("in.ndjson", "async");
    assert_eq!((code, states(&said)), (4, &json!({"sealed": 1})), "nobody listens: {said}");
}

#[test]
fn a_rehearsal_changes_nothing() {
    let place = Place::new("rehearsal", &[]);
    place.write("in.ndjson", &(record("A", "400000", "10.00") + &record("B", "9999999999", "10.00")));
    let dry = |code: i32, counts: [u64; 3]| {
        let (exit, said) =
            place.said(&["send", "receipts.map", "in.ndjson", "--to", "sync-none", "--dry-run"]);
        let said = &said["dry_run"];
        let told = ["taken", "duplicates", "conflicts"].map(|name| said[name].as_u64().expect("a number"));
        assert_eq!((exit, told), (code, counts));
    };
    dry(0, [2, 0, 0]);
    assert!(!place.folder.join("jemap.book").exists());
    let (code, said) = place.said(&["send", "receipts.map", "in.ndjson", "--to", "sync-none", "--simulate"]);
    let outcomes: Vec<_> =
        said["simulated"].as_array().expect("a list").iter().map(|s| &s["outcome"]).collect();
    assert_eq!((code, outcomes), (1, vec![&json!("good"), &json!("refused")]), "{said}");
    assert!(place.posted().is_empty() && !place.folder.join("jemap.book").exists());
    let (code, _) = place.send("in.ndjson", "sync-none");
    assert_eq!(code, 1);
    dry(0, [0, 2, 0]);
    place.write("in.ndjson", &(record("A", "400000", "12.00") + &record("C", "400000", "10.00")));
    dry(6, [1, 0, 1]);
    assert_eq!(place.posted().len(), 1);
}

#[test]
fn entries_taken_for_another_mode_are_not_sent() {
    let mut place = Place::new("mode", &[]);
    place.sandbox.stop();
    place.write("in.ndjson", &record("A", "400000", "10.00"));
    assert_eq!(place.send("in.ndjson", "async").0, 4);
    let text = fs::read_to_string(place.folder.join("jemap.toml")).expect("it is there");
    place.write("jemap.toml", &text.replace("mode = \"async\"", "mode = \"sync-none\""));
    let output = place.command(&["run", "--to", "async"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("taken for `async`"), "{said}");
}

/// Another process takes while one delivers, and a signal ends the one with everything in its place.
#[cfg(unix)]
#[test]
fn one_process_delivers_what_others_take() {
    let place = Place::new("watch", &[]);
    let mut watch = place
        .command(&["run", "--watch", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let lock = place.folder.join("jemap.book.lock");
    let pid = watch.id().to_string();
    wait("it sends", || fs::read_to_string(&lock).is_ok_and(|text| text.trim() == pid));
    place.write("in.ndjson", &["A", "B", "C"].map(|id| record(id, "400000", "10.00")).concat());
    let (_, said) = place.send("in.ndjson", "sync-none");
    assert_eq!((said["holder"].to_string(), &said["intake"]["taken"]), (pid.clone(), &json!(3)));
    wait("all are posted", || place.posted().len() == 3);
    let signal = Command::new("kill").args(["-TERM", &pid]).status().expect("it runs");
    assert!(signal.success());
    assert_eq!(watch.wait().expect("it ends").code(), Some(143));
    let (code, said) = place.said(&["run", "--to", "sync-none"]);
    assert_eq!((code, states(&said)), (0, &json!({"posted": 3})), "{said}");
    assert_eq!(place.posted().values().max(), Some(&1));
}

/// A look-up that can find nothing would have the entry sent again.
#[test]
fn what_no_look_up_could_find_is_not_taken() {
    let place = Place::new("unsearchable", &[]);
    place.write("receipts.map", &MAPPING.replace("  DocumentReferenceID = id\n", ""));
    place.write("in.ndjson", &record("A", "400000", "10.00"));
    let output = place
        .command(&["send", "receipts.map", "in.ndjson", "--to", "sync-lookup"])
        .output()
        .expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{errors}");
    assert!(errors.contains("J719") && errors.contains("stands in no field"), "{errors}");
    assert!(place.posted().is_empty());
    let (code, said) = place.said(&["run", "--to", "sync-lookup"]);
    assert_eq!(code, 0, "{said}");
    assert!(place.posted().is_empty());
}

/// The README's second example: its commands against a sandbox, and what they say.
#[test]
fn the_example_of_the_readme_says_what_it_shows() {
    let place = Place::new("readme", &[]);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("there is a README");
    let block = readme.split("<!-- tests/delivery.rs runs").nth(1).and_then(|rest| rest.split("```").nth(1));
    let example = block.and_then(|b| b.strip_prefix("text\n")).expect("the example stands there");
    let addresses = fs::read_to_string(place.folder.join("jemap.toml")).expect("the sandbox said them");
    let port = addresses.split("127.0.0.1:").nth(1).and_then(|r| r.split('/').next()).expect("a port");
    let folder = place.folder.join("docs/first_delivery");
    fs::create_dir_all(&folder).expect("a folder");
    for name in ["goods.map", "goods.ndjson", "jemap.toml"] {
        let text = fs::read_to_string(root.join("docs/first_delivery").join(name)).expect("it is there");
        fs::write(folder.join(name), text.replace(":8055/", &format!(":{port}/"))).expect("it is written");
    }
    let post = receive::catch(&place);
    let runs: Vec<&str> = example.split("$ jemap ").skip(1).collect();
    assert_eq!(runs.len(), 2);
    for (run, code) in runs.into_iter().zip([1, 0]) {
        let (command, said) = run.split_once('\n').expect("something is said");
        let output = place.command(&command.split(' ').collect::<Vec<_>>()).output().expect("it runs");
        let text = [output.stdout, output.stderr].concat();
        assert_eq!(String::from_utf8_lossy(&text).trim_end(), said.trim_end(), "{command}");
        assert_eq!(output.status.code(), Some(code), "{command}");
    }
    assert_eq!(place.posted().len(), 2, "the good one, by each service");
    let block =
        readme.split("<!-- tests/delivery.rs compares").nth(1).and_then(|rest| rest.split("```").nth(1));
    let example = block.and_then(|b| b.strip_prefix("text\n")).expect("what is received stands there");
    assert_eq!(receive::heard(&place, &post(), example.lines().count()), example);
}
