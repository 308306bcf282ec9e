//! How fast a destination is asked: rates, lanes, and what it asks for itself.

use crate::place::{Place, ids};
use crate::receiver::{Receiver, posted};
use jemap::listen::Answer;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// In any second no more requests begin than the rate allows, by the times the book has of them.
#[test]
fn no_second_has_more_requests_than_the_rate() {
    let receiver = Receiver::new(|_, seen| posted(&seen.entries));
    let place = Place::new("rate");
    place.at("sync-none", &receiver.url, "rate = 5\nconcurrency = 8");
    let (code, states) = place.send(&ids("R", 16), &["--wait"]);
    assert_eq!((code, states), (0, json!({"posted": 16})));
    let shown = place.shown();
    let mut began: Vec<i64> = shown.iter().flat_map(|e| e.attempts.iter().map(|a| a.started)).collect();
    began.sort_unstable();
    assert_eq!(began.len(), 16);
    for pair in began.windows(6) {
        assert!(pair[5] - pair[0] >= 1_000, "six requests within {} ms: {began:?}", pair[5] - pair[0]);
    }
}

/// Entries with the same value in the lane's field are never under way together, and keep their order.
#[test]
fn one_at_a_time_in_a_lane() {
    let flying: Arc<Mutex<BTreeMap<String, u32>>> = Arc::default();
    let most: Arc<Mutex<u32>> = Arc::default();
    let (own, high) = (Arc::clone(&flying), Arc::clone(&most));
    let receiver = Receiver::new(move |_, seen| {
        let lane = |id: &String| id.split('-').next().unwrap_or_default().to_owned();
        let lanes: Vec<String> = seen.entries.iter().map(lane).collect();
        for lane in &lanes {
            let mut all = own.lock().expect("nobody panicked");
            let count = all.entry(lane.clone()).or_default();
            *count += 1;
            let mut high = high.lock().expect("nobody panicked");
            *high = (*high).max(*count);
        }
        std::thread::sleep(Duration::from_millis(20));
        for lane in &lanes {
            if let Some(count) = own.lock().expect("nobody panicked").get_mut(lane) {
                *count -= 1;
            }
        }
        posted(&seen.entries)
    });
    let place = Place::new("lane");
    place.at("sync-none", &receiver.url, "lane = \"ccy\"\nconcurrency = 8");
    let text: String = (0..12)
        .map(|n| {
            let lane = ["EUR", "USD", "GBP"][n % 3];
            crate::place::record(&format!("{lane}-{n:02}"), 2)
                .replace("EUR\",\"entries", &format!("{lane}\",\"entries"))
        })
        .collect();
    place.write("in.ndjson", &text);
    let (code, said) = place.said(&["send", "receipts.map", "in.ndjson", "--to", "s4"]);
    assert_eq!((code, &said["delivery"][0]["states"]), (0, &json!({"posted": 12})), "{said}");
    assert_eq!(*most.lock().expect("nobody panicked"), 1);
    for lane in ["EUR", "USD", "GBP"] {
        let order: Vec<String> =
            receiver.seen().into_iter().flat_map(|s| s.entries).filter(|id| id.starts_with(lane)).collect();
        assert!(order.is_sorted() && order.len() == 4, "{order:?}");
    }
}

/// What it asks for by `Retry-After` is the least that it is left alone, wherever the status is known to mean
/// that nothing was taken.
#[test]
fn retry_after_is_honoured() {
    for (mode, status, settings) in [
        ("async", 503, ""),
        ("async", 429, ""),
        ("sync-none", 429, ""),
        ("sync-none", 503, "not_taken = [429, 503]"),
    ] {
        let receiver = Receiver::new(move |n, seen| match (n, mode) {
            (1, _) => Answer::empty(status).header("Retry-After", "2"),
            (_, "async") => Answer::empty(202),
            _ => posted(&seen.entries),
        });
        let place = Place::new(&format!("retry-after-{mode}-{status}"));
        place.at(mode, &receiver.url, settings);
        let (code, states) = place.send(&ids("W", 1), &["--wait"]);
        let end = if mode == "async" { "accepted" } else { "posted" };
        assert_eq!((code, states), (0, json!({end: 1})), "{mode} {status}");
        let [entry] = &place.shown()[..] else { panic!("one entry") };
        let [first, second] = &entry.attempts[..] else { panic!("{:?}", entry.attempts) };
        assert_eq!((first.class.as_deref(), first.status), (Some("not-taken"), Some(status)));
        let rest = second.started - first.ended.expect("it has ended");
        // The answer came a little before it was written down.
        assert!(rest >= 1_900, "{mode} {status}: asked again after {rest} ms");
        assert_eq!(first.message_id, second.message_id);
    }
    // A synchronous service that is not known to take nothing then may have posted it.
    let receiver = Receiver::new(|_, _| Answer::empty(503).header("Retry-After", "1"));
    let place = Place::new("retry-after-unknown");
    place.at("sync-none", &receiver.url, "");
    assert_eq!(place.send(&ids("W", 1), &[]), (3, json!({"parked": 1})));
    assert_eq!(receiver.seen().len(), 1);
}

/// A receiver that remembers ids for so long, and loses every answer: after that it is not sent again.
#[test]
fn what_the_receiver_may_have_forgotten_is_parked() {
    for mode in ["async", "sync-idem"] {
        let arguments = ["--idempotent", "--fault", "drop-answer"];
        let settings = "memory = \"10s\"\nconnect_timeout = \"1s\"\nanswer_timeout = \"2s\"";
        let place = Place::with(&format!("forgotten-{mode}"), mode, &arguments, settings);
        let ids = ids("F", 2);
        let (code, states) = place.send(&ids, &["--wait"]);
        assert_eq!((code, states), (3, json!({"parked": 2})), "{mode}");
        place.posted_once(&ids, mode);
        for entry in place.shown() {
            let messages: Vec<&String> = entry.attempts.iter().map(|a| &a.message_id).collect();
            assert!(messages.len() > 1 && messages.iter().all(|id| *id == messages[0]), "{messages:?}");
            let first = entry.attempts[0].started;
            let last = entry.attempts.last().expect("there is one").started;
            println!("{mode}: {} attempts, the last after {} ms", messages.len(), last - first);
            assert!(
                last - first + 3_000 <= 10_000,
                "the last request could end {} ms later",
                last - first + 3_000
            );
        }
        let before = place.shown()[0].attempts.len();
        assert_eq!(place.run(&[]).0, 3);
        assert_eq!(place.shown()[0].attempts.len(), before, "it is not sent any more");
    }
}

/// No confirmation in time: overdue, told by the exit code, and nothing is sent again.
#[test]
fn silence_is_overdue() {
    let place =
        Place::with("overdue", "async", &["--confirm", "http://127.0.0.1:1/x,never"], "overdue = \"1s\"");
    let ids = ids("O", 3);
    assert_eq!(place.send(&ids, &[]), (0, json!({"accepted": 3})));
    std::thread::sleep(Duration::from_millis(1_200));
    assert_eq!(place.run(&[]), (3, json!({"overdue": 3})));
    place.posted_once(&ids, "overdue");
    let said = place.output(&["run"]);
    let words = String::from_utf8_lossy(&said.stderr);
    assert!(words.contains("overdue: no confirmation came"), "{words}");
}
