//! Clocks that are set while the program waits, and between two runs: `libfaketime` sets them, for the program
//! alone.

use super::ground::{Desk, Sandbox, each, ran};
use super::judge::{Given, States, judge};
use crate::beside::{MODES, wait};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

const SETTINGS: &str = "connect_timeout = \"1s\"\nanswer_timeout = \"1s\"\nsettle = \"9s\"\nbatch = 4";

/// The library that sets clocks; where it is missing, what is skipped is said.
fn library() -> Option<PathBuf> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
    let found = folders.iter().map(|folder| PathBuf::from(folder).join("faketime/libfaketimeMT.so.1"));
    let found = found.into_iter().find(|path| path.exists());
    if found.is_none() {
        println!("no libfaketime: skipped clocks that are set");
    }
    found
}

/// A command whose clock is off by what stands in the file `clock`, at any moment.
fn off(desk: &Desk, library: &PathBuf, arguments: &[&str]) -> Command {
    let mut command = desk.command(arguments);
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", desk.folder.join("clock"));
    command.env("FAKETIME_NO_CACHE", "1");
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
    command
}

/// Within two minutes, or it is ended and has failed.
fn ends(command: &mut Command) -> String {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    ended(child)
}

fn ended(mut child: std::process::Child) -> String {
    let mut waited = Duration::ZERO;
    while child.try_wait().expect("it is our child").is_none() {
        if waited > Duration::from_secs(120) {
            child.kill().expect("it runs");
            panic!("it waits for ever: {:?}", child.wait_with_output());
        }
        waited += Duration::from_millis(20);
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().expect("it ended");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{} {said}", output.status);
    said
}

fn state(mode: &str) -> &str {
    match mode {
        "async" => "accepted",
        "sync-none" => "parked",
        _ => "posted",
    }
}

/// The receiver works on a request for longer than the program waits for its answer, and the clock is set again
/// and again: settle times and look-ups keep their lengths, so that nothing is sent that is still worked on.
#[test]
fn the_clock_is_set_while_it_waits() {
    let Some(library) = library() else { return };
    let rows = MODES.iter().flat_map(|mode| [("+", *mode), ("-", *mode)]).collect();
    each(8, rows, |(sign, mode): (&str, &'static str)| {
        let arguments = ["--idempotent", "--fault", "delay-before=6s:first=1"];
        let sandbox = Sandbox::start(&format!("set{sign}{mode}"), &arguments);
        let desk = sandbox.desk("desk", SETTINGS);
        let ids = ["k-1", "k-2"].map(str::to_owned).to_vec();
        desk.write("in.ndjson", &ids);
        let set = |hours: u32| {
            fs::write(desk.folder.join("clock"), format!("{sign}{}", hours * 3600)).expect("it is written")
        };
        set(0);
        let mut command =
            off(&desk, &library, &["send", "receipts.map", "in.ndjson", "--to", mode, "--wait"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        wait("it has sent", || sandbox.requests() > 0);
        std::thread::sleep(Duration::from_millis(2_300));
        for hours in 1..=3 {
            set(hours);
            std::thread::sleep(Duration::from_millis(800));
        }
        ended(child);
        wait("what was begun is done", || sandbox.posted().len() == 2);
        let states = judge(&sandbox, &desk, &Given::from([(mode, ids)]), "fresh");
        assert_eq!(states, States::from([((mode.to_owned(), state(mode).to_owned()), 2)]), "{sign}");
    });
}

/// A run is ended with its clock an hour ahead, and the next has the right time: nothing waits for that hour.
#[cfg(debug_assertions)]
#[test]
fn the_clock_is_set_back_between_two_runs() {
    let Some(library) = library() else { return };
    let rows =
        MODES.iter().flat_map(|mode| [("intent.after", *mode), ("outcome.before", *mode), ("", *mode)]);
    each(8, rows.collect(), |(point, mode): (&str, &'static str)| {
        let sandbox =
            Sandbox::start(&format!("back{point}{mode}"), &["--idempotent", "--fault", "status=429:first=1"]);
        let desk = sandbox.desk("desk", &SETTINGS.replace("9s", "100ms"));
        let ids = ["k-1", "k-2"].map(str::to_owned).to_vec();
        desk.write("in.ndjson", &ids);
        fs::write(desk.folder.join("clock"), "+3600").expect("it is written");
        let send = ["send", "receipts.map", "in.ndjson", "--to", mode];
        // without a point it is killed while it waits after a refusal
        let mut command = off(&desk, &library, &send);
        if point.is_empty() {
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
            wait("it was refused", || sandbox.requests() > 0);
            std::thread::sleep(Duration::from_millis(30));
            child.kill().expect("it runs");
            child.wait().expect("it ends");
        } else {
            let (status, said) = ran(command.env("JEMAP_CRASH", point));
            assert!(!status.success(), "{said}");
        }
        ends(&mut desk.command(&["send", "receipts.map", "in.ndjson", "--to", mode, "--wait"]));
        let states = judge(&sandbox, &desk, &Given::from([(mode, ids)]), "fresh");
        assert_eq!(states.values().sum::<u64>(), 2, "{point} of {mode}");
    });
}
