//! Several processes on one book, and one that stands still for longer than its time.

use super::ground::{Desk, Sandbox, each, ran};
use super::judge::{Given, States, judge};
use crate::beside::{MODES, wait};
use serde_json::Value;
use std::fs;
use std::process::{Child, Command, Stdio};

const SETTINGS: &str =
    "connect_timeout = \"1s\"\nanswer_timeout = \"1s\"\nsettle = \"100ms\"\nbatch = 2\nconcurrency = 2";

fn spawn(desk: &Desk, arguments: &[&str]) -> Child {
    let mut command = desk.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().expect("it runs").success());
}

/// Two at once, with the same file: each entry is taken by one of them and sent once, and both say so. With
/// another content under a known key, the first one stands.
#[test]
fn two_take_the_same_file_at_the_same_time() {
    let sandbox = Sandbox::start("twice", &["--idempotent"]);
    let desk = sandbox.desk("desk", &SETTINGS.replace("1s", "8s"));
    let mut given = Given::new();
    for round in 0..10 {
        let mode = MODES[round % 4];
        let ids: Vec<String> = (0..40).map(|n| format!("{round}-{n}")).collect();
        desk.write("in.ndjson", &ids);
        let send = ["send", "receipts.map", "in.ndjson", "--to", mode, "--wait", "--json"];
        let children: Vec<Child> = (0..3).map(|_| spawn(&desk, &send)).collect();
        let mut taken = 0;
        for child in children {
            let output = child.wait_with_output().expect("it ends");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{mode}: {} {errors}", output.status);
            let said: Value =
                serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {errors}"));
            let count = |name: &str| said["intake"][name].as_u64().expect("a number");
            assert_eq!(count("taken") + count("adopted") + count("duplicates"), 40, "{said}");
            taken += count("taken");
        }
        assert_eq!(taken, 40, "{mode}: each is taken once");
        given.entry(mode).or_default().extend(ids);
    }
    let changed =
        fs::read_to_string(desk.folder.join("in.ndjson")).expect("it is there").replace("10.00", "11.00");
    fs::write(desk.folder.join("changed.ndjson"), changed).expect("it is written");
    let send = ["send", "receipts.map", "changed.ndjson", "--to", MODES[9 % 4]];
    let (status, said) = desk.run(&send);
    assert_eq!(status.code(), Some(6), "{said}");
    let states = judge(&sandbox, &desk, &given, "fresh");
    assert_eq!(states.values().sum::<u64>(), 400);
}

/// A sender stands still with the right to send, while others take and want to send: they are told who has it,
/// and when it goes on everything comes to its end.
#[test]
fn one_that_stands_still_keeps_the_right_to_send() {
    each(4, MODES.to_vec(), |mode| {
        let arguments = ["--idempotent", "--fault", "delay-after=300ms:every=2:on=any"];
        let sandbox = Sandbox::start(&format!("still-{mode}"), &arguments);
        let desk = sandbox.desk("desk", &SETTINGS.replace("1s", "8s"));
        let first: Vec<String> = (0..12).map(|n| format!("a-{n}")).collect();
        let second: Vec<String> = (0..4).map(|n| format!("b-{n}")).collect();
        desk.write("in.ndjson", &first);
        desk.write("more.ndjson", &second);
        let child = spawn(&desk, &["send", "receipts.map", "in.ndjson", "--to", mode, "--wait"]);
        wait("it sends", || sandbox.requests() > 0);
        signal(&child, "-STOP");
        let take = ["send", "receipts.map", "more.ndjson", "--to", mode];
        let (status, said) = desk.run(&take);
        if status.code() == Some(5) {
            // it stopped while it wrote: nobody else can, and nothing is taken
            assert!(said.contains("J713") && !said.contains("taken:"), "{mode}: {said}");
        } else {
            assert!(said.contains("taken: 4"), "{mode}: {said}");
            assert!(said.contains(&child.id().to_string()), "{mode}: it says who sends: {status} {said}");
        }
        signal(&child, "-CONT");
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{mode}: {} {said}", output.status);
        let (status, said) = desk.run(&[&take[..], &["--wait"]].concat());
        assert!(matches!(status.code(), Some(0 | 3)), "{mode}: {status} {said}");
        let ids = [first, second].concat();
        let states = judge(&sandbox, &desk, &Given::from([(mode, ids)]), "fresh");
        assert_eq!(states.values().sum::<u64>(), 16);
    });
}

/// The machine stands still at a step, for longer than a request may take: what has not begun to leave does not
/// leave any more, and what may have left is in doubt.
#[cfg(debug_assertions)]
#[test]
fn what_stands_still_beyond_its_time_sends_nothing_twice() {
    let sandbox = Sandbox::start("pause", &["--idempotent"]);
    let points = [
        "intent.after",
        "fence.after",
        "request.before",
        "request.first",
        "request.last",
        "answer.head",
        "answer.read",
        "outcome.before",
    ];
    let rows = points.iter().flat_map(|point| MODES.map(|mode| (*point, mode)));
    each(8, rows.collect(), |(point, mode): (&str, &'static str)| {
        let desk = sandbox.desk(&format!("{point}-{mode}"), SETTINGS);
        let ids: Vec<String> =
            (0..2).map(|n| format!("{}{n}{}", &point[point.len() - 5..], &mode[mode.len() - 4..])).collect();
        let ids: Vec<String> = ids.iter().map(|id| format!("{}{id}", &point[..1])).collect();
        desk.write("in.ndjson", &ids);
        let mut send = desk.command(&["send", "receipts.map", "in.ndjson", "--to", mode, "--wait"]);
        let (status, said) = ran(send.env("JEMAP_CRASH", format!("{point}:1:2600")));
        assert!(matches!(status.code(), Some(0 | 3)), "{point} of {mode}: {status} {said}");
        let states = judge(&sandbox, &desk, &Given::from([(mode, ids.clone())]), &format!("f{}", ids[0]));
        let late = matches!(point, "request.first" | "request.last");
        let state = match mode {
            "async" => "accepted",
            // before its first byte it surely was not sent: it is sent again, and nobody is asked
            "sync-none" if late => "parked",
            _ => "posted",
        };
        assert_eq!(
            states,
            States::from([((mode.to_owned(), state.to_owned()), 2)]),
            "{point} of {mode}: {said}"
        );
    });
}
