//! The program ends at each step between taking an entry and knowing its outcome (the rows of the design's
//! "what is on disk before each outward effect"), before the commit and after it, in every mode.

use super::ground::{BAD, Desk, Sandbox, each, record};
use super::judge::{Given, States, judge};
use crate::beside::{MODES, wait};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::Mutex;

/// How the process dies at a point.
const ABORT: i32 = 6;

/// What the receiver has, and what the book knows of it, when the process has ended at a point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Then {
    /// Nothing was sent, and the book knows it.
    Unsent,
    /// Nothing was taken, but the book cannot know: the intent was written.
    Doubt,
    /// All of it was posted, and the book does not know yet.
    Posted,
    /// All of it was posted, and the book knows.
    Known,
    /// As `Posted`, of a mode that looks entries up, since the answer was lost.
    Lost,
    /// A confirmation came; it is tried by `ended_when_a_confirmation_comes`.
    Confirmed,
    /// A person acts; it is tried by `ended_when_a_person_acts`.
    Person,
    /// Finished entries are moved to an archive; it is tried in `tests/archive.rs`.
    Archive,
}

/// Every point in the source, in the order in which they are passed.
const POINTS: &[(&str, Then)] = &[
    ("schema.before", Then::Unsent),
    ("schema.after", Then::Unsent),
    ("batch.before", Then::Unsent),
    ("batch.after", Then::Unsent),
    ("template.after", Then::Unsent),
    ("tail.after", Then::Unsent),
    ("group.before", Then::Unsent),
    ("group.after", Then::Unsent),
    ("taken.before", Then::Unsent),
    ("taken.after", Then::Unsent),
    ("epoch.before", Then::Unsent),
    ("epoch.after", Then::Unsent),
    ("seal.before", Then::Unsent),
    ("intent.before", Then::Unsent),
    ("intent.after", Then::Doubt),
    ("fence.after", Then::Doubt),
    ("request.before", Then::Doubt),
    ("request.first", Then::Doubt),
    ("request.part", Then::Doubt),
    ("request.last", Then::Doubt),
    ("answer.head", Then::Posted),
    ("answer.read", Then::Posted),
    ("outcome.before", Then::Posted),
    ("outcome.after", Then::Known),
    ("look.before", Then::Lost),
    ("look.after", Then::Lost),
    ("look.read", Then::Lost),
    ("found.before", Then::Lost),
    ("found.after", Then::Lost),
    ("confirmation.before", Then::Confirmed),
    ("confirmation.after", Then::Confirmed),
    ("act.before", Then::Person),
    ("act.after", Then::Person),
    ("edit.before", Then::Person),
    ("edit.after", Then::Person),
    ("archive.written", Then::Archive),
    ("archive.between", Then::Archive),
];

/// The rows of the table with a mode each: those that wait for look-ups first, since they take longest.
fn rows() -> Vec<(usize, &'static str, Then, &'static str)> {
    let mut rows = vec![];
    for (number, (point, then)) in POINTS.iter().enumerate() {
        for mode in MODES {
            let own = match then {
                Then::Confirmed | Then::Person | Then::Archive => false,
                Then::Lost => mode == "sync-lookup",
                _ => true,
            };
            if own {
                rows.push((number, *point, *then, mode));
            }
        }
    }
    rows.sort_by_key(|(_, _, then, mode)| {
        (*then != Then::Doubt || *mode != "sync-lookup", *mode != "sync-none")
    });
    rows
}

fn letter(mode: &str) -> &str {
    &mode[mode.len() - 1..]
}

const SETTINGS: &str = "connect_timeout = \"1s\"\nanswer_timeout = \"7s\"\nsettle = \"100ms\"";

/// Ends at the point for the n-th time, and is run again; what is said at the end.
fn ended_and_again(
    sandbox: &Sandbox,
    desk: &Desk,
    order: &str,
    mode: &'static str,
    ids: &[String],
    between: impl Fn(),
) -> States {
    desk.write("in.ndjson", ids);
    let send = ["send", "receipts.map", "in.ndjson", "--to", mode, "--wait"];
    let status = desk.command(&send).env("JEMAP_CRASH", order).output().expect("it runs");
    assert_eq!(
        status.status.signal(),
        Some(ABORT),
        "{order} of {mode} was not reached: {}",
        String::from_utf8_lossy(&status.stderr)
    );
    between();
    let (status, said) = desk.run(&send);
    assert!(matches!(status.code(), Some(0 | 3)), "{order} of {mode}: {status} {said}");
    judge(sandbox, desk, &Given::from([(mode, ids.to_vec())]), &format!("f{}", ids[0]))
}

/// All points, all modes: about a hundred runs.
#[cfg(debug_assertions)]
#[test]
fn ended_at_every_step_nothing_is_lost_or_doubled() {
    let sandbox = Sandbox::start("points", &["--idempotent"]);
    let silent = Sandbox::start("silent", &["--idempotent", "--fault", "drop-answer:on=sync"]);
    let reached: Mutex<BTreeMap<&str, BTreeSet<&str>>> = Mutex::default();
    each(6, rows(), |(number, point, then, mode)| {
        let sandbox = if then == Then::Lost { &silent } else { &sandbox };
        let desk = sandbox.desk(&format!("{point}-{mode}"), &format!("{SETTINGS}\nbatch = 4"));
        // only a request that is longer than a buffer goes in parts
        let wide = if point == "request.part" { "w" } else { "" };
        let ids: Vec<String> = (0..3).map(|n| format!("{number}{}-{n}{wide}", letter(mode))).collect();
        let states = ended_and_again(sandbox, &desk, point, mode, &ids, || {
            let posted = sandbox.posted();
            let posted = ids.iter().filter(|id| posted.contains_key(*id)).count();
            let expected = if matches!(then, Then::Unsent | Then::Doubt) { 0 } else { 3 };
            assert_eq!(posted, expected, "{point} of {mode}: posted when it ended");
        });
        let state = match (mode, then) {
            ("async", _) => "accepted",
            ("sync-none", Then::Doubt | Then::Posted) => "parked",
            _ => "posted",
        };
        let expected = States::from([((mode.to_owned(), state.to_owned()), 3)]);
        assert_eq!(states, expected, "{point} of {mode}");
        let _ = std::fs::remove_dir_all(&desk.folder);
        reached.lock().expect("nobody panicked").entry(point).or_default().insert(mode);
    });
    let reached = reached.into_inner().expect("nobody panicked");
    let others = POINTS
        .iter()
        .filter(|(_, then)| matches!(then, Then::Confirmed | Then::Person | Then::Archive))
        .count();
    assert_eq!(reached.len(), POINTS.len() - others);
    assert_eq!(reached.values().map(BTreeSet::len).sum::<usize>(), rows().len());
}

/// The whole request is with the receiver, and no byte of an answer has come: killed from outside, before the
/// receiver works on it and after. What was begun before may still be done while the next run is at work.
#[test]
fn killed_while_the_receiver_works() {
    for (fault, done) in [("delay-after=6s:first=1:on=any", true), ("delay-before=3s:first=1:on=any", false)]
    {
        let rows: Vec<&str> = MODES.to_vec();
        each(6, rows, |mode| {
            let sandbox =
                Sandbox::start(&format!("works-{mode}-{done}"), &["--idempotent", "--fault", fault]);
            let desk = sandbox.desk("desk", &format!("{SETTINGS}\nbatch = 4"));
            let ids: Vec<String> = (0..3).map(|n| format!("k-{n}")).collect();
            desk.write("in.ndjson", &ids);
            let send = ["send", "receipts.map", "in.ndjson", "--to", mode, "--wait"];
            let mut child =
                desk.command(&send).stderr(Stdio::null()).stdout(Stdio::null()).spawn().expect("it runs");
            wait("the request arrives", || {
                if done { sandbox.posted().len() == 3 } else { sandbox.requests() > 0 }
            });
            child.kill().expect("it runs");
            child.wait().expect("it ends");
            assert_eq!(sandbox.posted().len(), if done { 3 } else { 0 }, "{mode}: when it was killed");
            let (status, said) = desk.run(&send);
            assert!(matches!(status.code(), Some(0 | 3)), "{mode}: {status} {said}");
            wait("what was begun is done", || sandbox.posted().len() == 3);
            let states = judge(&sandbox, &desk, &Given::from([(mode, ids)]), "fresh");
            let state = match mode {
                "async" => "accepted",
                "sync-none" => "parked",
                _ => "posted",
            };
            assert_eq!(states, States::from([((mode.to_owned(), state.to_owned()), 3)]));
        });
    }
}

/// The second envelope while the first is under way, and later commits of the same kind.
#[cfg(debug_assertions)]
#[test]
fn ended_in_the_middle_of_several_envelopes() {
    let sandbox = Sandbox::start("middle", &["--idempotent", "--fault", "delay-after=20ms:every=2:on=any"]);
    let mut rows = vec![];
    for point in [
        "seal.before",
        "intent.before",
        "intent.after",
        "request.last",
        "answer.head",
        "outcome.before",
        "outcome.after",
    ] {
        for mode in ["async", "sync-idem", "sync-none"] {
            rows.extend([2, 3].map(|time| (point, mode, time)));
        }
    }
    each(6, rows, |(point, mode, time)| {
        let desk = sandbox.desk(&format!("{point}-{mode}-{time}"), &format!("{SETTINGS}\nbatch = 2"));
        let place = POINTS.iter().position(|(name, _)| *name == point).expect("it is in the table");
        let ids: Vec<String> = (0..6).map(|n| format!("{place}{}{time}-{n}", letter(mode))).collect();
        let states = ended_and_again(&sandbox, &desk, &format!("{point}:{time}"), mode, &ids, || {});
        assert_eq!(states.values().sum::<u64>(), 6, "{point}:{time} of {mode}");
        let _ = std::fs::remove_dir_all(&desk.folder);
    });
}

/// The points of one kind.
#[cfg(debug_assertions)]
fn points_of(wanted: Then) -> Vec<&'static str> {
    POINTS.iter().filter(|(_, then)| *then == wanted).map(|(name, _)| *name).collect()
}

/// The listener ends when a confirmation has come, before it is written and before it is answered; another
/// listener is at the same address then, and the receiver, which has no answer, sends it again.
#[cfg(debug_assertions)]
#[test]
fn ended_when_a_confirmation_comes() {
    let points = points_of(Then::Confirmed);
    assert_eq!(points.len(), 2);
    each(2, points, |point| {
        let sandbox = Sandbox::start(point, &[]);
        let desk = sandbox.desk("desk", &format!("{SETTINGS}\nbatch = 4"));
        let map = desk.folder.join("receipts.map");
        let text = std::fs::read_to_string(&map).expect("it is there");
        let named =
            text.replace("document from", "message { SenderBusinessSystemID = \"ME\" }\ndocument from");
        std::fs::write(&map, named).expect("it is written");
        let (mut ear, address) = Ear::open(&desk, "127.0.0.1:0", Some(point));
        sandbox.confirm_to(&format!("http://{address}/,twice"));
        let ids: Vec<String> = (0..3).map(|n| format!("c-{n}")).collect();
        desk.write("in.ndjson", &ids);
        let (status, said) = desk.run(&["send", "receipts.map", "in.ndjson", "--to", "async"]);
        assert!(status.success(), "{said}");
        assert_eq!(ear.0.wait().expect("it ends").signal(), Some(ABORT), "{point} was not reached");
        let posted = desk.entries().iter().filter(|entry| entry["state"] == "posted").count();
        assert_eq!(posted, if point.ends_with("before") { 0 } else { 3 }, "{point}: when it ended");
        let (ear, _) = Ear::open(&desk, &address, None);
        wait("all are confirmed", || desk.entries().iter().all(|entry| entry["state"] == "posted"));
        let states = judge(&sandbox, &desk, &Given::from([("async", ids)]), "fresh");
        assert_eq!(states, States::from([(("async".to_owned(), "posted".to_owned()), 3)]), "{point}");
        drop(ear);
    });
}

/// A `jemap receive` that listens.
#[cfg(debug_assertions)]
struct Ear(std::process::Child);

#[cfg(debug_assertions)]
impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(debug_assertions)]
impl Ear {
    /// It, and the address that it says it has.
    fn open(desk: &Desk, at: &str, crash: Option<&str>) -> (Ear, String) {
        let mut command = desk.command(&["receive", "--listen", at, "--json"]);
        command.envs(crash.map(|point| ("JEMAP_CRASH", point)));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
        let mut line = String::new();
        let out = child.stdout.as_mut().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("it says where");
        let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let url = said["listening"].as_str().expect("an address");
        let address = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).expect("a host");
        (Ear(child), address.to_owned())
    }
}

/// The program ends when a person acts: it is done with who and why, or it is not done at all.
#[cfg(debug_assertions)]
#[test]
fn ended_when_a_person_acts() {
    let points = points_of(Then::Person);
    assert_eq!(points.len(), 4);
    let sandbox = Sandbox::start("person", &[]);
    each(2, points, |point| {
        let desk = sandbox.desk(point, &format!("{SETTINGS}\nbatch = 4"));
        let ids = vec![format!("{}-1", point.replace('.', "")), format!("{}-2{BAD}", point.replace('.', ""))];
        desk.write("in.ndjson", &ids);
        let (status, said) = desk.run(&["send", "receipts.map", "in.ndjson", "--to", "sync-none"]);
        assert_eq!(status.code(), Some(1), "{said}");
        let verb = point.split('.').next().expect("a word");
        let bad = ids[1].clone();
        let mended = record(&bad).replace("9999999999", "400000");
        std::fs::write(desk.folder.join("mended.json"), mended).expect("it is written");
        let command = match verb {
            "act" => vec!["retry", &bad, "--reason", "again", "--yes"],
            _ => vec!["edit", &bad, "--with", "mended.json", "--reason", "a slip", "--yes"],
        };
        let output = desk.command(&command).env("JEMAP_CRASH", point).output().expect("it runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(ABORT), "{point} was not reached: {errors}");
        let entries = desk.entries();
        let entry = entries.iter().find(|entry| entry["natural_key"] == *bad).expect("it is there");
        let revisions = entry["revisions"].as_array().expect("a list");
        let (state, number) = if point.ends_with("before") { ("refused", 1) } else { ("ready", 2) };
        assert_eq!(
            (entry["state"].as_str(), revisions.len()),
            (Some(state), number),
            "{point}: when it ended"
        );
        if number == 1 {
            let (status, said) = desk.run(&command);
            assert!(status.success(), "{point}: {said}");
        }
        let (status, said) = desk.run(&["run", "--to", "sync-none"]);
        assert_eq!(status.code(), Some(if verb == "edit" { 0 } else { 1 }), "{point}: {said}");
        let posted = sandbox.posted();
        let times = |id: &String| posted.get(id).map_or(0, Vec::len);
        assert_eq!((times(&ids[0]), times(&ids[1])), (1, usize::from(verb == "edit")), "{point}");
        let (status, said) = desk.run(&["store", "check"]);
        assert!(status.success(), "{said}");
    });
}

/// A point that is in the source and not in the table would never be tried, and one that is only in the table
/// stands for nothing.
#[test]
fn the_table_has_every_point_of_the_source() {
    fn points(folder: &std::path::Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                points(&path, found);
            } else if path.file_name().is_some_and(|name| name != "crash.rs") {
                let text = std::fs::read_to_string(&path).expect("a text");
                if text.contains("use crate::crash::") {
                    let words = text.split('"').filter(|word| {
                        word.ends_with(".before")
                            || word.ends_with(".after")
                            || text.contains(&format!("point(\"{word}\")"))
                    });
                    found.extend(words.map(str::to_owned));
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    points(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let table: BTreeSet<String> = POINTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, table);
    assert!(table.len() >= 35);
}
