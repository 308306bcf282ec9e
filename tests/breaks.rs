//! An entry that breaks the program is set aside, and the others go on.

use crate::support::beside::wait;
use crate::support::sandboxed::{MAPPING, RIGHT, Said, Sandboxed, record};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const BREAKS: &str = "JEMAP_BREAKS";

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Documents, and rejects as code, line and whether it is the original.
fn transform(folder: &Path, input: &str, breaks: &str, threads: &str) -> (Vec<Value>, Vec<Value>, Said) {
    fs::write(folder.join("in.json"), input).expect("it is written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_jemap"));
    command.current_dir(folder).env(BREAKS, breaks).args(["transform", "m.map", "in.json", "--as", "ndjson"]);
    command.args(["--rejects", "r.ndjson", "--threads", threads, "--run-time", "2026-01-31T12:00:00Z"]);
    let said = Said::of(command.output().expect("it runs"));
    let lines = |text: &str| {
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<Value>>()
    };
    let rejects = lines(&fs::read_to_string(folder.join("r.ndjson")).unwrap_or_default());
    (lines(&said.out), rejects, said)
}

fn folder(name: &str, map: &str) -> Folder {
    let path = std::env::temp_dir().join(format!("jemap-breaks-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a folder");
    fs::write(path.join("m.map"), map).expect("it is written");
    Folder(path)
}

#[test]
fn a_record_that_breaks_the_program_is_a_reject_and_the_others_are_written() {
    let place = folder("records", MAPPING);
    let name = |n: usize| format!("R-{n:05}");
    let records: Vec<String> = (0..3_000).map(|n| record(&name(n), RIGHT, "10.00")).collect();
    let bare: Vec<&str> = records.iter().map(|record| record.trim_end()).collect();
    let array = format!("[{}]", bare.join(","));
    for (input, lines) in [(records.concat(), true), (array, false)] {
        let (all, none, said) = transform(&place.0, &input, "read=nothing like it", "1");
        assert_eq!((all.len(), none.len(), said.code), (3_000, 0, 0), "{}", said.err);
        // one, and the 150 of one ending, spread over all blocks
        for (breaks, broken) in [("=R-01234", 1), ("=33\",\"day", 30)] {
            for (point, threads) in [("read", "1"), ("write", "1"), ("write", "3")] {
                let (written, rejects, said) =
                    transform(&place.0, &input, &format!("{point}{breaks}"), threads);
                assert_eq!((rejects.len(), said.code), (broken, 1), "{point}{breaks}: {}", said.err);
                let text = breaks.trim_start_matches('=');
                let others: Vec<&Value> = all
                    .iter()
                    .filter(|one| {
                        let key = one["key"].as_str().expect("a key");
                        if broken == 1 { key != text } else { !key.ends_with("33") }
                    })
                    .collect();
                assert!(written.iter().eq(others), "{point}{breaks}, {threads} threads");
                for reject in &rejects {
                    assert_eq!((&reject["code"], &reject["name"]), (&json!("J526"), &json!("failed-inside")));
                    let (said, original) = (reject["message"].as_str(), reject["original"].to_string());
                    let wanted = format!(
                        "jemap itself failed on this record, please report it: ordered to fail over {text}"
                    );
                    assert_eq!(said, Some(wanted.as_str()));
                    assert!(original.replace('\\', "").contains(text), "{original}");
                }
                let line = &rejects[0]["place"]["line"];
                assert!(broken > 1 || *line == json!(if lines { 1_235 } else { 1 }), "{line}");
            }
        }
    }
    // with a program that is mended the reject is run again
    transform(&place.0, &records.concat(), "write=R-01234", "1");
    let again = Command::new(env!("CARGO_BIN_EXE_jemap"))
        .current_dir(&place.0)
        .args(["transform", "m.map", "--again", "r.ndjson", "--as", "ndjson"])
        .output();
    let again = Said::of(again.expect("it runs"));
    assert_eq!((again.code, again.json()["key"].as_str()), (0, Some("R-01234")), "{}", again.err);
}

#[test]
fn of_grouped_lines_the_document_is_refused_or_the_line() {
    let map = MAPPING
        .replace("source json record {", "source json line {")
        .replace(
            "  entries: [ { account: text(1..10), amount: money(ccy) } ]",
            "  account: text(1..10), amount: money(ccy)",
        )
        .replace("document from record key id {", "document per id adjacent { same day; same ccy")
        .replace("for entry in entries", "for entry in lines");
    let place = folder("lines", &map);
    let line = |id: &str, amount: &str| {
        format!(
            "{{\"id\":\"{id}\",\"day\":\"2026-01-31\",\"ccy\":\"EUR\",\"account\":\"400000\",\"amount\":{amount}}}\n"
        )
    };
    let input: String = ["A", "B", "C"]
        .iter()
        .flat_map(|id| [line(id, "7.00"), line(id, "1.00"), line(id, "-8.00")])
        .collect();
    let keys = |list: &[Value]| list.iter().map(|one| one["key"].clone()).collect::<Vec<_>>();
    let (written, rejects, said) = transform(&place.0, &input, "write=\"B\"", "1");
    assert_eq!((keys(&written), said.code), (vec![json!("A"), json!("C")], 1), "{}{}", said.out, said.err);
    assert_eq!((rejects.len(), &rejects[0]["code"]), (1, &json!("J526")));
    assert_eq!(rejects[0]["original"].to_string().matches("\\\"B\\\"").count().max(3), 3);
    // a line that cannot be read, nor asked for its key, is refused alone; its document may lack it
    let line = "\"B\",\"day\":\"2026-01-31\",\"ccy\":\"EUR\",\"account\":\"400000\",\"amount\":1.00";
    let (written, rejects, said) = transform(&place.0, &input, &format!("read={line}"), "1");
    assert_eq!((keys(&written), said.code), (vec![json!("A"), json!("C")], 1), "{}", said.err);
    let mut codes: Vec<&str> =
        rejects.iter().map(|reject| reject["code"].as_str().expect("a code")).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["J523", "J526"], "{rejects:?}");
}

#[test]
fn an_entry_that_breaks_the_mapping_is_not_taken_and_the_others_are_delivered() {
    let place = Sandboxed::new("breaks-map", &[]);
    let records = ["A-1", "B-2", "C-3"].map(|id| record(id, RIGHT, "10.00"));
    place.write("in.ndjson", &records.concat());
    let send = ["send", "receipts.map", "in.ndjson", "--to", "sync-none", "--json"];
    let said = Said::of(place.command(&send).env(BREAKS, "write=B-2").output().expect("it runs"));
    assert_eq!(said.code, 1, "{}", said.err);
    let states = &said.json()["delivery"][0]["states"];
    assert_eq!(*states, json!({"posted": 2, "rejected-data": 1}));
    let listed = place.json(0, &["list", "--state", "rejected-data"]);
    assert_eq!(listed["cause"], "J526", "{listed}");
    // with a program that is mended the same input completes it
    let said = place.send(0, "in.ndjson", "sync-none");
    assert_eq!(said["intake"]["duplicates"], 2, "{said}");
    assert_eq!((place.posted().len(), place.posted().values().max()), (3, Some(&1)));
    assert_eq!(place.run(&["store", "check"]).code, 0);
}

/// Runs with an order to break over some data.
fn broken(place: &Sandboxed, breaks: &str, arguments: &[&str]) -> Said {
    let said = place.command(&[arguments, &["--json"]].concat()).env(BREAKS, breaks).output();
    Said::of(said.expect("it runs"))
}

fn events(place: &Sandboxed, key: &str) -> String {
    place.json(0, &["show", key])["events"].to_string()
}

#[test]
fn an_entry_of_which_no_envelope_can_be_made_is_parked_and_the_others_are_sent() {
    for mode in ["sync-none", "async"] {
        let place = Sandboxed::new(&format!("breaks-seal-{mode}"), &[]);
        let ids = ["A-1", "B-2", "C-3", "D-4", "E-5", "F-6"];
        place.write("in.ndjson", &ids.map(|id| record(id, RIGHT, "10.00")).concat());
        let send = ["send", "receipts.map", "in.ndjson", "--to", mode];
        let said = broken(&place, "seal=<DocumentReferenceID>B-2<", &send);
        let others = if mode == "async" { "accepted" } else { "posted" };
        assert_eq!(said.json()["delivery"][0]["states"], json!({others: 5, "parked": 1}), "{}", said.err);
        assert!(events(&place, "B-2").contains("jemap itself failed when it made an envelope of it"));
        assert_eq!(place.json(0, &["list", "--code", "jemap failed"])["natural_key"], "B-2");
        // a program that is mended sends it; it was never sent before, so nobody has to look for it
        assert_eq!(place.run(&["retry", "B-2", "--yes"]).code, 0);
        place.json(0, &["run", "--to", mode]);
        wait("all are posted", || place.posted().len() == 6);
        assert_eq!(place.posted().values().max(), Some(&1));
        assert_eq!(place.run(&["store", "check"]).code, 0);
    }
}

#[test]
fn an_envelope_that_breaks_the_sender_twice_is_parked_and_the_others_are_sent() {
    let ids = ["A-1", "B-2", "C-3", "D-4", "E-5", "F-6", "G-7", "H-8"];
    for point in ["post=<DocumentReferenceID>E-5<", "answer=Confirmation"] {
        let place = Sandboxed::new(&format!("breaks-{}", &point[..4]), &["--idempotent"]);
        place.write("in.ndjson", &ids.map(|id| record(id, RIGHT, "10.00")).concat());
        let said = broken(&place, point, &["send", "receipts.map", "in.ndjson", "--to", "sync-idem"]);
        let states = &said.json()["delivery"][0]["states"];
        let (wanted, sent) = match point {
            "answer=Confirmation" => (json!({"parked": 8}), 8),
            _ => (json!({"posted": 4, "parked": 4}), 4),
        };
        assert_eq!((states, place.posted().len()), (&wanted, sent), "{point}: {}", said.err);
        let told = events(&place, "E-5");
        assert_eq!(told.matches("\"intent\"").count(), 2, "twice and not more: {told}");
        assert!(told.contains("jemap itself failed twice on a request with it"), "{told}");
        let sent_again = place.json(3, &["run", "--to", "sync-idem"]);
        assert_eq!(sent_again["delivery"][0]["states"]["parked"], wanted["parked"]);
        assert_eq!((place.posted().len(), place.posted().values().max()), (sent, Some(&1)));
        assert_eq!(place.run(&["store", "check"]).code, 0);
    }
}
