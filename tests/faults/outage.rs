//! A receiver that is shut or gone: nothing is given up, nobody is stormed, all is delivered afterwards.

use crate::beside::wait;
use crate::place::{Place, clock, ids, shown};
use crate::receiver::{Receiver, posted};
use jemap::Configuration;
use jemap::book::{Book, Clock};
use jemap::courier::{Delivery, Lease, Left, News, Until, deliver};
use jemap::fate::Phase;
use jemap::listen::Answer;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, Ordering};
use std::time::Duration;

/// Shut: a person has to mend something. One or two requests find it out, however many entries wait.
#[test]
fn a_shut_destination_keeps_everything_and_is_not_stormed() {
    for status in [401, 403, 404, 405, 415] {
        let now = Arc::new(AtomicU16::new(status));
        let own = Arc::clone(&now);
        let receiver = Receiver::new(move |_, seen| match own.load(Ordering::SeqCst) {
            200 => posted(&seen.entries),
            status => Answer::empty(status),
        });
        let place = Place::new(&format!("shut-{status}"));
        place.at("sync-none", &receiver.url, "concurrency = 8");
        let ids = ids("C", 30);
        let (code, states) = place.send(&ids, &[]);
        let asked = receiver.seen().len();
        assert!(code == 4 && asked <= 3, "{status}: {asked} requests, {states}");
        let kept: u64 = ["ready", "sealed"].iter().filter_map(|s| states[*s].as_u64()).sum();
        assert_eq!(kept, 30, "{status}: {states}");
        assert!(place.shown().iter().all(|e| e.attempts.len() <= 2), "{status}");
        // It is mended.
        now.store(200, Ordering::SeqCst);
        let (code, states) = place.run(&[]);
        assert_eq!((code, states), (0, json!({"posted": 30})), "{status}");
        let sent: usize = receiver.seen()[asked..].iter().map(|seen| seen.entries.len()).sum();
        assert_eq!(sent, 30, "{status}: each once");
    }
}

/// Overloaded or gone: it is asked less and less often, said once, and all is delivered when it is back.
#[test]
fn an_outage_keeps_everything_and_is_said_once() {
    for (mode, status) in [("async", 503), ("sync-none", 429)] {
        let now = Arc::new(AtomicU16::new(status));
        let own = Arc::clone(&now);
        let receiver = Receiver::new(move |_, seen| match own.load(Ordering::SeqCst) {
            200 if mode == "async" => Answer::empty(202),
            200 => posted(&seen.entries),
            status => Answer::empty(status),
        });
        let place = Place::new(&format!("outage-{status}"));
        place.at(mode, &receiver.url, "concurrency = 8\nbatch = 1");
        let ids = ids("C", 30);
        let records: String = ids.iter().map(|id| crate::place::record(id, 2)).collect();
        place.write("in.ndjson", &records);
        let output = place.output(&["send", "receipts.map", "in.ndjson", "--to", "s4"]);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        let asked = receiver.seen().len();
        assert!(output.status.code() == Some(4) && asked <= 8, "{status}: {asked} requests\n{words}");
        let told = words.lines().filter(|line| line.starts_with(&format!("s4: {status}"))).count();
        assert_eq!(told, 2, "as it begins, and as it is left: {words}");
        now.store(200, Ordering::SeqCst);
        let end = if mode == "async" { "accepted" } else { "posted" };
        assert_eq!(place.run(&[]), (0, json!({end: 30})));
        let mut sent: Vec<String> = receiver.seen()[asked..].iter().flat_map(|s| s.entries.clone()).collect();
        sent.sort();
        sent.dedup();
        assert_eq!(sent.len(), 30, "{status}");
    }
}

/// A day without the receiver, on a clock that goes a minute each few milliseconds: one alert, nothing given
/// up, and everything is delivered when it is back.
#[test]
fn a_day_without_the_receiver() {
    for mode in ["async", "sync-none"] {
        let mut place = Place::new(&format!("day-{mode}"));
        let settings = "answer_timeout = \"10h\"\nconnect_timeout = \"10h\"\nbatch = 5\nmemory = \"7d\"";
        place.at(mode, "http://127.0.0.1:1/service", settings);
        let ids = ids("D", 20);
        assert_eq!(place.send(&ids, &[]).0, 4, "nobody listens there");
        let began = clock()();
        let now = Arc::new(AtomicI64::new(began));
        let own = Arc::clone(&now);
        let time: Clock = Arc::new(move || own.load(Ordering::SeqCst));
        let day = Day::deliver(&place, &time);
        while now.load(Ordering::SeqCst) < began + 24 * 3_600_000 {
            now.fetch_add(60_000, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(4));
        }
        // It is back, at another address: what was sealed is sent there.
        day.stop.store(true, Ordering::SeqCst);
        let (left, outages, backs) = day.thread.join().expect("it ends");
        assert_eq!((&left[..], outages, backs), (&[Left::Stopped][..], 1, 0), "one alert in {mode}");
        let entries = shown(&place.book());
        assert!(entries.iter().all(|e| matches!(e.listed.phase, Phase::Ready | Phase::Sealed)), "{mode}");
        let tried: usize = entries.iter().map(|e| e.attempts.len()).max().expect("there are entries");
        println!("{mode}: at most {tried} attempts of an entry in a day");
        place.sandbox(&[]);
        place.destination(mode, "batch = 5");
        let end = if mode == "async" { "accepted" } else { "posted" };
        let day = Day::deliver(&place, &time);
        wait("all is delivered", || {
            now.fetch_add(500, Ordering::SeqCst);
            shown(&place.book()).iter().all(|entry| entry.listed.phase.name() == end)
        });
        day.stop.store(true, Ordering::SeqCst);
        day.thread.join().expect("it ends");
        place.posted_once(&ids, mode);
    }
}

/// A sender in a thread of its own.
struct Day {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<(Vec<Left>, u32, u32)>,
}

impl Day {
    fn deliver(place: &Place, time: &Clock) -> Day {
        let text = std::fs::read_to_string(place.folder.join("jemap.toml")).expect("it is there");
        let configuration = Configuration::parse("jemap.toml", &text).unwrap_or_else(|e| panic!("{e}"));
        let (path, time) = (place.book(), Arc::clone(time));
        let stop = Arc::new(AtomicBool::new(false));
        let own = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let lease = Lease::take(&path).expect("nobody else sends");
            let mut book = Book::open(&path, Arc::clone(&time)).expect("it is a book");
            let order = Delivery {
                path: &path,
                steady: Arc::clone(&time),
                clock: time,
                destinations: &configuration.destinations,
                until: Until::Stopped,
                stop: own,
            };
            let (mut outages, mut backs) = (0, 0);
            let left = deliver(&mut book, &lease, &order, &mut |news| match news {
                News::Outage(..) => outages += 1,
                News::Back(_) => backs += 1,
                _ => {}
            });
            (left.expect("the book is whole"), outages, backs)
        });
        Day { stop, thread }
    }
}

/// A look-up that finds nothing says so only after the settle time, and twice: then it is sent again, once.
/// The clock goes two hundred times as fast.
#[test]
fn what_was_looked_for_twice_and_is_absent_is_sent_again() {
    let settings = "batch = 4\nanswer_timeout = \"10min\"";
    let place = Place::with("absent", "sync-lookup", &["--fault", "drop-request:first=1"], settings);
    let ids = ids("A", 3);
    let start = std::time::Instant::now();
    let began = clock()();
    let time: Clock =
        Arc::new(move || began + i64::try_from(start.elapsed().as_millis()).expect("it is short") * 200);
    let records: String = ids.iter().map(|id| crate::place::record(id, 2)).collect();
    place.write("in.ndjson", &records);
    // The first run sends it, and cannot know.
    let (code, said) = place.said(&["send", "receipts.map", "in.ndjson", "--to", "s4"]);
    assert_eq!((code, &said["delivery"][0]["states"]), (3, &json!({"in-doubt": 3})), "{said}");
    assert!(place.posted().is_empty());
    let day = Day::deliver(&place, &time);
    wait("they are posted", || shown(&place.book()).iter().all(|entry| entry.listed.phase == Phase::Posted));
    day.stop.store(true, Ordering::SeqCst);
    day.thread.join().expect("it ends");
    place.posted_once(&ids, "absent, and sent again");
    for entry in place.shown() {
        let [first, second] = &entry.attempts[..] else { panic!("{:?}", entry.attempts) };
        let settled = first.started + 602_000 + 1_000;
        let rest = second.started - settled;
        assert!(rest >= 30_000, "sent again {rest} ms after it had settled");
        let events: Vec<&str> = entry.events.iter().map(|event| event.kind.as_str()).collect();
        println!("{events:?}");
    }
}
