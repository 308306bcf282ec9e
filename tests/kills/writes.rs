//! Writes, syncs and reads that fail, and kills between any two of them: `strace` lets the n-th system call of a
//! kind fail, or kills the process at it, for every n that a whole run has. And disks that are full.

use super::ground::{Desk, Sandbox, each, program, there, write};
use super::judge::{Given, States, hold, judge};
use crate::beside::{MODES, wait};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;

/// What happens at the n-th call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mishap {
    Error(&'static str),
    Kill,
}

/// The calls with which a book and its lease are written and read, and what happens to each.
const CALLS: &[(&str, Mishap)] = &[
    ("pwrite64", Mishap::Error("ENOSPC")),
    ("pwrite64", Mishap::Error("EIO")),
    ("pwrite64", Mishap::Kill),
    ("fsync", Mishap::Error("EIO")),
    ("fsync", Mishap::Kill),
    ("fdatasync", Mishap::Error("EIO")),
    ("fdatasync", Mishap::Kill),
    ("ftruncate", Mishap::Error("ENOSPC")),
    ("write", Mishap::Error("ENOSPC")),
    ("pread64", Mishap::Error("EIO")),
];

const SETTINGS: &str = "connect_timeout = \"1s\"\nanswer_timeout = \"7s\"\nsettle = \"100ms\"\nbatch = 2";
const SEND: [&str; 4] = ["send", "receipts.map", "in.ndjson", "--to"];

/// `strace` with these arguments, round a `send`.
fn traced(desk: &Desk, mode: &str, arguments: &[&str]) -> (ExitStatus, String) {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq"]).args(arguments).arg(program()).args(SEND).arg(mode);
    super::ground::ran(command.current_dir(&desk.folder))
}

/// How often the first thread, which alone writes the book, makes each of the calls.
fn counts(sandbox: &Sandbox, mode: &str) -> BTreeMap<String, u64> {
    let desk = sandbox.desk(&format!("count-{mode}"), SETTINGS);
    desk.write("in.ndjson", &[format!("n{mode}1"), format!("n{mode}2")]);
    let names: Vec<&str> = CALLS.iter().map(|(name, _)| *name).collect();
    let (status, said) =
        traced(&desk, mode, &["-o", "calls.txt", "-e", &format!("trace={}", names.join(","))]);
    assert!(status.success(), "{said}");
    let text = fs::read_to_string(desk.folder.join("calls.txt")).expect("strace wrote it");
    let first = text.split(' ').next().expect("a thread").to_owned();
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.splitn(2, ' ');
        if words.next() == Some(&first)
            && let Some(call) = words.next()
        {
            let name = call.trim_start().split('(').next().unwrap_or_default();
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    counts
}

/// Whether a process may be traced here: not in every container.
fn traces(skipped: &str) -> bool {
    if !there(Path::new("strace"), skipped) {
        return false;
    }
    let tried = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).status();
    let may = tried.is_ok_and(|status| status.success());
    if !may {
        println!("processes may not be traced here: skipped {skipped}");
    }
    may
}

/// Every fifth call, or all of them where `JEMAP_WRITES` is `all`.
///
/// Nothing that was said to be taken is missing afterwards, and with a healthy disk everything comes to its end.
#[test]
fn whichever_call_fails_nothing_is_lost_or_doubled() {
    if !traces("calls that fail, and kills between two of them") {
        return;
    }
    let step = if std::env::var_os("JEMAP_WRITES").is_some_and(|all| all == "all") { 1 } else { 5 };
    let sandbox = Sandbox::start("writes", &["--idempotent"]);
    let mut rows = vec![];
    for mode in ["async", "sync-none"] {
        let counts = counts(&sandbox, mode);
        println!("{mode}: {counts:?}");
        assert!(counts.get("pwrite64").is_some_and(|n| *n > 30), "{counts:?}");
        for (call, mishap) in CALLS {
            // one more than there are: what a call that fails makes another do
            let times = counts.get(*call).map_or(0, |n| n + 1);
            // taking is the same in all modes, and is the first half of the calls
            let first = if mode == "async" { 1 } else { (times / 2).max(1) };
            rows.extend((first..=times).step_by(step).map(|time| (mode, *call, *mishap, time)));
        }
    }
    let all = rows.len();
    let ends: Mutex<BTreeMap<String, u64>> = Mutex::default();
    each(3, rows, |(mode, call, mishap, time)| {
        let name = format!("{mode}-{call}-{mishap:?}-{time}").replace(['"', '(', ')'], "");
        let desk = sandbox.desk(&name, SETTINGS);
        let letter = match mishap {
            Mishap::Kill => "k",
            Mishap::Error(error) => &error[1..2],
        };
        let ids =
            [0, 1].map(|n| format!("{}{}{letter}{time}-{n}", &mode[..1], &call[call.len() - 5..])).to_vec();
        desk.write("in.ndjson", &ids);
        let (what, how) = match mishap {
            Mishap::Kill => (format!("inject={call}:signal=KILL:when={time}"), "-q"),
            // quicker, but no signal comes through it
            Mishap::Error(error) => (format!("inject={call}:error={error}:when={time}"), "--seccomp-bpf"),
        };
        let (status, said) =
            traced(&desk, mode, &[how, "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &what]);
        let end = match (mishap, status.code(), status.signal()) {
            (_, Some(0), None) => "well",
            (Mishap::Error(_), Some(5), None) => "told",
            (Mishap::Kill, _, Some(9)) | (Mishap::Kill, Some(137), _) => "killed",
            // the loader of the system could not read the program
            (Mishap::Error(_), Some(127), None) if call == "pread64" => "told",
            (Mishap::Error(_), Some(3), None) if mode == "sync-none" => "in doubt",
            other => panic!("{name}: {other:?} {said}"),
        };
        *ends.lock().expect("nobody panicked").entry(end.to_owned()).or_default() += 1;
        if said.contains("taken: 2") {
            assert_eq!(desk.entries().len(), 2, "{name}: said to be taken, and not there: {said}");
        }
        let (status, said) = desk.run(&[&SEND[..], &[mode, "--wait"]].concat());
        assert!(matches!(status.code(), Some(0 | 3)), "{name}: {status} {said}");
        hold(&sandbox, &desk, &Given::from([(mode, ids)]));
        let _ = fs::remove_dir_all(&desk.folder);
    });
    let ends = ends.into_inner().expect("nobody panicked");
    println!("{all} runs ended {ends:?}");
    assert!(all > 100 && ends["told"] > 20 && ends["killed"] > 20, "{all} {ends:?}");
}

/// A small disk of its own, in memory.
struct Disk(PathBuf);

impl Disk {
    /// `None` where this user may not mount; what is skipped is said.
    fn mount(at: PathBuf, size: &str, skipped: &str) -> Option<Disk> {
        fs::create_dir_all(&at).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(&at).stderr(Stdio::null());
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Disk(at));
        }
        println!("no disk can be mounted here: skipped {skipped}");
        None
    }
    fn resize(&self, size: &str) {
        let options = format!("remount,size={size}");
        let status = Command::new("mount").args(["-o", &options]).arg(&self.0).status().expect("it runs");
        assert!(status.success());
    }
    /// Leaves no byte.
    fn fill(&self) {
        let full = fs::write(self.0.join("filler"), vec![0; 64 << 20]);
        assert!(full.is_err(), "the disk is larger than that");
    }
    fn free(&self) {
        fs::remove_file(self.0.join("filler")).expect("it is there");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// The disk is full while a batch is taken: nothing of it is sent, and with room the same command takes it.
#[test]
fn a_disk_that_is_full_takes_nothing_half() {
    let sandbox = Sandbox::start("full", &["--idempotent"]);
    let place = sandbox.desk("full", SETTINGS).folder;
    let Some(disk) = Disk::mount(place, "1m", "a disk that is full while a batch is taken") else { return };
    let desk = sandbox.desk_on("full", "batch = 50");
    let ids: Vec<String> = (0..6_000).map(|n| format!("d-{n}")).collect();
    write(&sandbox.folder.join("many.ndjson"), &ids);
    let send = ["send", "receipts.map", "../many.ndjson", "--to", "async"];
    let (status, said) = desk.run(&send);
    assert_eq!(status.code(), Some(5), "{said}");
    assert!(said.contains("J714") && !said.contains("taken:"), "{said}");
    assert!(sandbox.posted().is_empty(), "nothing of it is sent");
    assert!(desk.entries().iter().all(|entry| entry["state"] == "received"));
    disk.resize("64m");
    let (status, said) = desk.run(&send);
    assert!(status.success() && said.contains("taken: 6000"), "{said}");
    judge(&sandbox, &desk, &Given::from([("async", ids)]), "fresh");
}

/// The receiver has posted, and the disk is full when the outcome is to be written: the process ends, and what
/// it could not write is a doubt for the next one.
#[test]
fn a_disk_that_is_full_when_the_outcome_comes() {
    for mode in MODES {
        let arguments = ["--idempotent", "--fault", "delay-after=2s:first=1:on=any"];
        let sandbox = Sandbox::start(&format!("late-{mode}"), &arguments);
        let place = sandbox.desk("late", SETTINGS).folder;
        let Some(disk) = Disk::mount(place, "4m", "a disk that is full when an outcome comes") else {
            return;
        };
        let desk = sandbox.desk_on("late", SETTINGS);
        let ids = ["d-1", "d-2"].map(str::to_owned).to_vec();
        desk.write("in.ndjson", &ids);
        let mut command = desk.command(&[&SEND[..], &[mode]].concat());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        wait("it is posted", || sandbox.posted().len() == 2);
        disk.fill();
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(5), "{mode}: {said}");
        assert!(said.contains("taken: 2") && said.contains("J714"), "{mode}: {said}");
        // nor can anything be done while it is full, and nothing is made worse
        let (status, said) = desk.run(&["run"]);
        assert_eq!(status.code(), Some(5), "{mode}: {said}");
        disk.free();
        let (status, said) = desk.run(&["run", "--wait"]);
        assert!(matches!(status.code(), Some(0 | 3)), "{mode}: {status} {said}");
        let states = judge(&sandbox, &desk, &Given::from([(mode, ids)]), "fresh");
        let state = match mode {
            "async" => "accepted",
            "sync-none" => "parked",
            _ => "posted",
        };
        assert_eq!(states, States::from([((mode.to_owned(), state.to_owned()), 2)]));
    }
}
