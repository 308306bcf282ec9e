//! Killed at random, a thousand times and more: several books on one sandbox, small batches, all modes, runs
//! that overlap. Nothing is awaited but the end.

use super::ground::{BAD, Desk, Sandbox};
use super::judge::{Given, States, judge};
use crate::beside::MODES;
use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Entries of a cycle.
const EACH: u64 = 5;
/// Cycles after which a book is delivered without a kill, so that what is open does not only grow.
const DRAIN: u64 = 50;
/// Books that are worked on at the same time.
const LANES: u64 = 2;
/// The signal of `kill -9`.
const KILL: i32 = 9;

/// Kills in all.
fn kills() -> u64 {
    number("JEMAP_KILLS").unwrap_or(100)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// What the lanes did.
#[derive(Debug, Default)]
struct Tally {
    /// Processes that were killed.
    killed: u64,
    /// Processes that had ended before.
    ended: u64,
    /// Entries that were not in the book at all when everything was given again.
    untaken: u64,
    /// Entries of batches that were not complete then: killed while they were taken.
    received: u64,
    /// Requests that were under way when their process was killed.
    interrupted: u64,
}

/// One book, killed again and again.
struct Lane<'s> {
    sandbox: &'s Sandbox,
    desk: Desk,
    name: String,
    random: Random,
    given: Given,
    tally: Tally,
    /// The length of a run that nobody kills.
    whole: Duration,
}

impl Lane<'_> {
    /// Begins something and kills it within the time that it would take.
    fn cycle(&mut self, number: u64) {
        let mode = MODES[self.random.below(4) as usize];
        let ids: Vec<String> = (0..EACH)
            .map(|n| {
                format!("{}{number}.{n}{}", self.name, if n == 3 { BAD.to_string() } else { String::new() })
            })
            .collect();
        // at times the delivery of all destinations, without anything new, or another taker beside it
        let kind = self.random.below(10);
        let mut command = if kind < 7 {
            self.desk.write("in.ndjson", &ids);
            self.given.entry(mode).or_default().extend(ids);
            self.desk.command(&["send", "receipts.map", "in.ndjson", "--to", mode, "-q"])
        } else {
            self.desk.command(&["run", "-q"])
        };
        let mut beside = (kind == 6).then(|| {
            let mut beside = self.desk.command(&["run", "-q"]);
            beside.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs")
        });
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
        let within = self.whole.as_micros().max(2_000) as u64;
        std::thread::sleep(Duration::from_micros(self.random.below(within)));
        let _ = child.kill();
        let status = child.wait().expect("it ends");
        match status.signal() {
            Some(KILL) => self.tally.killed += 1,
            _ => {
                self.tally.ended += 1;
                assert!(matches!(status.code(), Some(0 | 1 | 3 | 4)), "{} {number}: {status}", self.name);
            }
        }
        if let Some(beside) = &mut beside {
            let _ = beside.kill();
            beside.wait().expect("it ends");
        }
        if number.is_multiple_of(DRAIN) {
            let (status, said) = self.desk.run(&["run"]);
            assert!(matches!(status.code(), Some(0 | 1 | 3)), "{} {number}: {status} {said}", self.name);
        }
    }

    /// Where the kills have left things.
    fn note(&mut self) {
        let entries = self.desk.entries();
        let mut interrupted = BTreeSet::new();
        for entry in &entries {
            self.tally.received += u64::from(entry["state"] == "received");
            for attempt in entry["attempts_made"].as_array().expect("a list") {
                if attempt["class"] == "interrupted" {
                    interrupted.insert((attempt["envelope"].as_u64(), attempt["attempt"].as_u64()));
                }
            }
        }
        let given: usize = self.given.values().map(Vec::len).sum();
        self.tally.untaken += (given - entries.len()) as u64;
        self.tally.interrupted += interrupted.len() as u64;
    }

    /// How long a run takes that nobody kills.
    fn calibrate(&mut self) {
        let runs = 4;
        let began = Instant::now();
        for (n, mode) in (0..runs).zip(MODES) {
            let ids: Vec<String> = (0..EACH).map(|i| format!("{}c{n}.{i}", self.name)).collect();
            self.desk.write("in.ndjson", &ids);
            let (status, said) = self.desk.run(&["send", "receipts.map", "in.ndjson", "--to", mode, "-q"]);
            assert!(status.success(), "{said}");
            self.given.entry(mode).or_default().extend(ids);
        }
        self.whole = began.elapsed() / runs;
    }

    /// Everything is given again, and all that is open comes to its end.
    fn end(mut self) -> (States, Tally) {
        self.note();
        for (mode, ids) in &self.given {
            self.desk.write("in.ndjson", ids);
            let (status, said) = self.desk.run(&["send", "receipts.map", "in.ndjson", "--to", mode, "-q"]);
            assert!(matches!(status.code(), Some(0 | 1 | 3)), "{mode}: {status} {said}");
        }
        let (status, said) = self.desk.run(&["run", "--wait", "-q"]);
        assert!(matches!(status.code(), Some(0 | 1 | 3)), "{status} {said}");
        (judge(self.sandbox, &self.desk, &self.given, &format!("{}f", self.name)), self.tally)
    }
}

/// The moments differ from run to run, whatever the seed; what is begun and how long it may work does not.
#[test]
fn killed_at_random_nothing_is_lost_or_doubled() {
    let kills = kills();
    let seed = number("JEMAP_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("JEMAP_KILLS={kills} JEMAP_SEED={seed} cargo test --test kills killed_at_random");
    let sandbox = Sandbox::start("random", &["--idempotent", "--fault", "delay-after=3ms:every=2:on=any"]);
    let settings = "connect_timeout = \"2s\"\nanswer_timeout = \"8s\"\nsettle = \"500ms\"\nbatch = 2";
    let began = Instant::now();
    let ends: Vec<(States, Tally)> = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|lane| {
                let name = char::from(b'a' + lane as u8).to_string();
                let mut lane = Lane {
                    sandbox: &sandbox,
                    desk: sandbox.desk(&name, settings),
                    name,
                    random: Random(seed.wrapping_add(lane << 32)),
                    given: Given::new(),
                    tally: Tally::default(),
                    whole: Duration::ZERO,
                };
                scope.spawn(move || {
                    lane.calibrate();
                    let mut number = 0;
                    while lane.tally.killed < kills.div_ceil(LANES) {
                        number += 1;
                        lane.cycle(number);
                    }
                    lane.end()
                })
            })
            .collect();
        lanes.into_iter().map(|lane| lane.join().expect("a lane ended well")).collect()
    });
    let mut states = States::new();
    let mut tally = Tally::default();
    for (found, own) in ends {
        found.into_iter().for_each(|(state, n)| *states.entry(state).or_default() += n);
        tally.killed += own.killed;
        tally.ended += own.ended;
        tally.untaken += own.untaken;
        tally.received += own.received;
        tally.interrupted += own.interrupted;
    }
    println!("{tally:?} in {:.0?}; at the end {states:?}", began.elapsed());
    assert!(tally.killed >= kills);
    // they were killed at work, not only before it and after it
    if kills >= 100 {
        assert!(tally.received > 0 && tally.interrupted > 0, "{tally:?}");
    }
}
