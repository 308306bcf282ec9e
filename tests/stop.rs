//! Signals: the exit code says which one came, what is under way ends first, a second one ends at once, and
//! everything is in its place afterwards.
#![cfg(unix)]

use crate::support::beside::wait;
use crate::support::sandboxed::{RIGHT, Sandboxed, record};
use serde_json::json;
use std::process::{Child, Command, Stdio};

fn spawn(place: &Sandboxed, arguments: &[&str]) -> Child {
    let mut command = place.command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs")
}

fn signal(child: &Child, name: &str) {
    let done = Command::new("kill").args([name, &child.id().to_string()]).status().expect("there is a kill");
    assert!(done.success());
}

/// The exit code; a process that a signal ended has none.
fn code(child: &mut Child) -> Option<i32> {
    child.wait().expect("it is our child").code()
}

fn received(place: &Sandboxed) -> usize {
    std::fs::read_to_string(place.folder.join("ledger.ndjson"))
        .map_or(0, |text| text.lines().filter(|line| line.contains("\"event\":\"received\"")).count())
}

const NAMES: [&str; 12] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "K", "L", "M"];

#[test]
fn a_signal_lets_what_is_under_way_end_and_begins_nothing_more() {
    for (name, wanted) in [("-TERM", 143), ("-INT", 130), ("-HUP", 129)] {
        let place = Sandboxed::new(&format!("stop{name}"), &["--fault", "delay-after=1s"]);
        place.write("in.ndjson", &NAMES.map(|id| record(id, RIGHT, "10.00")).concat());
        let toml = place.read("jemap.toml").replace("batch = 4", "batch = 1\nconcurrency = 1");
        place.write("jemap.toml", &toml);
        let mut child = spawn(&place, &["send", "receipts.map", "in.ndjson", "--to", "sync-none"]);
        wait("requests arrive", || received(&place) > 0);
        signal(&child, name);
        assert_eq!(code(&mut child), Some(wanted), "{name}");
        let said = place.json(0, &["status"]);
        let states: Vec<&str> =
            said["entries"].as_array().expect("a list").iter().filter_map(|s| s["state"].as_str()).collect();
        // nothing is under way and nothing in doubt: what was sent has its answer
        let rests = |state: &&str| ["ready", "sealed", "posted"].contains(state);
        assert!(states.iter().all(rests) && states.contains(&"posted"), "{name}: {said}");
        assert_eq!(place.run(&["store", "check"]).code, 0);
        let posted = place.posted().len();
        assert_eq!(received(&place), posted);
        assert!(posted < NAMES.len(), "{name}: it went on to the end");
    }
}

#[test]
fn a_second_signal_ends_at_once_and_the_next_run_resolves_it() {
    for (first, second, wanted) in [("-TERM", "-TERM", 143), ("-INT", "-INT", 130), ("-INT", "-TERM", 143)] {
        let place = Sandboxed::new(
            &format!("twice{first}{second}"),
            &["--idempotent", "--fault", "delay-after=600s:first=1"],
        );
        place.write("in.ndjson", &NAMES.map(|id| record(id, RIGHT, "10.00")).concat());
        let toml = place.read("jemap.toml").replace("concurrency = 8", "concurrency = 1");
        place.write("jemap.toml", &toml.replace("answer_timeout = \"10s\"", "answer_timeout = \"10min\""));
        let mut child = spawn(&place, &["send", "receipts.map", "in.ndjson", "--to", "sync-idem"]);
        wait("requests arrive", || received(&place) > 0);
        signal(&child, first);
        // it waits for the answer that does not come
        std::thread::sleep(std::time::Duration::from_millis(100));
        assert!(child.try_wait().expect("it is our child").is_none(), "{first}: it did not wait");
        signal(&child, second);
        assert_eq!(code(&mut child), Some(wanted), "{first} {second}");
        assert_eq!(place.run(&["store", "check"]).code, 0);
        let said = place.json(0, &["run", "--to", "sync-idem"]);
        assert_eq!(said["delivery"][0]["states"], json!({"posted": NAMES.len()}), "{said}");
        let posted = place.posted();
        assert_eq!((posted.len(), posted.values().max()), (NAMES.len(), Some(&1)));
    }
}

/// Where another process delivers, one that waits for it ends too.
#[test]
fn one_that_waits_for_another_process_ends_by_its_signal() {
    let place = Sandboxed::new("stop-waits", &[]);
    let mut watch = spawn(&place, &["run", "--watch"]);
    let lock = place.folder.join("jemap.book.lock");
    let pid = watch.id().to_string();
    wait("requests arrive", || std::fs::read_to_string(&lock).is_ok_and(|text| text.trim() == pid));
    let mut waits = spawn(&place, &["run", "--wait", "--to", "sync-none"]);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(waits.try_wait().expect("it is our child").is_none(), "it waits");
    signal(&waits, "-TERM");
    assert_eq!(code(&mut waits), Some(143));
    signal(&watch, "-INT");
    assert_eq!(code(&mut watch), Some(130));
}
