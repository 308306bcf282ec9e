//! TLS and tokens from end to end: the sandbox speaks TLS with an authority of its own.

use crate::place::{Place, ids};
use crate::receiver::{Receiver, Seen, posted};
use jemap::listen::Answer;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const TRUSTED: &str = "ca = \"ca.pem\"\nuser = \"me\"\npassword = \"cmd:echo sesame\"";
const TLS: [&str; 5] = ["--tls", "--ca", "ca.pem", "--basic", "me:env:SANDBOX_PASSWORD"];

/// Each flaw alone is enough for nothing to be sent, and what is wrong is said; nothing is given up.
#[test]
fn only_a_sound_receiver_is_spoken_to() {
    let shown = "certificate = \"client.pem\"\ncertificate_key = \"file:client.pem\"";
    let asks = ["--client-certificate", "client.pem"];
    let both = format!("{TRUSTED}\n{shown}");
    let foreign = TRUSTED.replace("ca = \"ca.pem\"\n", "");
    let table: [(&str, &[&str], &str, &str); 7] = [
        ("sound", &[], TRUSTED, ""),
        ("certified", &asks, &both, ""),
        ("expired", &["--expired"], TRUSTED, "expired"),
        ("other-host", &["--other-host"], TRUSTED, "not valid for name"),
        ("unknown-ca", &[], &foreign, "UnknownIssuer"),
        ("no-certificate", &asks, TRUSTED, "alert"),
        ("wrong-password", &[], "ca = \"ca.pem\"\nuser = \"me\"\npassword = \"cmd:echo xyz12345\"", "401"),
    ];
    std::thread::scope(|scope| {
        for row in table {
            scope.spawn(move || one(row));
        }
    });
}

fn one((name, flaw, settings, why): (&str, &[&str], &str, &str)) {
    let mut place = Place::with(&format!("tls-{name}"), "sync-none", &[&TLS[..], flaw].concat(), settings);
    let ids = ids("T", 2);
    place.send(&ids, &["--dry-run"]);
    let (code, said) = place.said(&["send", "receipts.map", "in.ndjson", "--to", "s4"]);
    let delivery = &said["delivery"][0];
    if why.is_empty() {
        assert_eq!((code, &delivery["states"]), (0, &json!({"posted": 2})), "{name} {said}");
        return place.posted_once(&ids, name);
    }
    let problem = delivery["problem"].to_string();
    assert!(code == 4 && problem.contains(why), "{name}: {said}");
    assert!(!said.to_string().contains("xyz12345"));
    let kept: u64 = ["ready", "sealed"].iter().filter_map(|s| delivery["states"][*s].as_u64()).sum();
    assert_eq!(kept, 2, "{name}: {said}");
    assert!(place.posted().is_empty(), "{name}");
    // It is mended.
    place.sandbox(&TLS);
    place.destination("sync-none", TRUSTED);
    assert_eq!(place.run(&[]), (0, json!({"posted": 2})), "{name}");
    place.posted_once(&ids, name);
}

const CANARY: &str = "canary-4b1d";

fn oauth(tokens: &str) -> String {
    format!(
        "concurrency = 8\ntoken_url = \"{tokens}\"\nclient_id = \"me\"\nclient_secret = \"cmd:echo {CANARY}\""
    )
}

fn token(number: u64) -> Answer {
    let body =
        format!("{{\"access_token\":\"{CANARY}-{number}\",\"token_type\":\"Bearer\",\"expires_in\":3600}}");
    Answer::with(200, "application/json", body)
}

/// A token ends in the middle: one new one for all who send, and nothing is posted twice.
#[test]
fn a_token_that_ends_in_the_middle_is_renewed_once_for_all() {
    let tokens = Receiver::new(|number, _| token(number as u64));
    let good = Arc::new(AtomicU64::new(1));
    let own = Arc::clone(&good);
    let receiver = Receiver::new(move |number, seen: &Seen| {
        // From the twelfth request on only a newer one is good.
        if number == 12 {
            own.store(2, Ordering::SeqCst);
        }
        let valid = format!("Bearer {CANARY}-{}", own.load(Ordering::SeqCst));
        if seen.authorization == valid { posted(&seen.entries) } else { Answer::empty(401) }
    });
    let place = Place::new("token-ends");
    place.at("sync-none", &receiver.url, &oauth(&tokens.url));
    let ids = ids("T", 40);
    assert_eq!(place.send(&ids, &[]), (0, json!({"posted": 40})));
    assert_eq!(tokens.seen().len(), 2, "one for each time");
    let seen = receiver.seen();
    let second = format!("Bearer {CANARY}-2");
    let refused = seen[11..].iter().filter(|seen| seen.authorization != second).count();
    println!("{refused} requests were refused with the old token, {} in all", seen.len());
    assert!(refused >= 1 && seen.len() == 40 + refused, "{} requests", seen.len());
    for entry in place.shown() {
        assert_eq!(entry.attempts.len(), 1, "a refused token is not an attempt");
    }
    no_secret_is_kept(&place);
}

/// Without the endpoint nothing is sent and nothing given up.
#[test]
fn without_a_token_nothing_is_sent() {
    let receiver = Receiver::new(|_, seen| posted(&seen.entries));
    let place = Place::new("no-token");
    place.at("sync-none", &receiver.url, &oauth("http://127.0.0.1:1/token"));
    let ids = ids("T", 10);
    let (code, states) = place.send(&ids, &[]);
    let kept: u64 = ["ready", "sealed"].iter().filter_map(|s| states[*s].as_u64()).sum();
    assert_eq!((code, kept), (4, 10), "{states}");
    assert_eq!(receiver.seen(), []);
    let broken = Receiver::new(|_, _| Answer::with(500, "text/plain", CANARY));
    place.at("sync-none", &receiver.url, &oauth(&broken.url));
    assert_eq!(place.run(&[]).0, 4);
    assert!(receiver.seen().is_empty() && broken.seen().len() <= 8, "{} requests", broken.seen().len());
    let tokens = Receiver::new(|number, _| token(number as u64));
    place.at("sync-none", &receiver.url, &oauth(&tokens.url));
    assert_eq!(place.run(&[]), (0, json!({"posted": 10})));
    no_secret_is_kept(&place);
}

/// Neither the book nor what is told of it has the canary.
fn no_secret_is_kept(place: &Place) {
    for command in [&["export"][..], &["status"], &["list", "--json"]] {
        let output = place.output(command);
        let text = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8_lossy(&text).contains(CANARY), "{command:?}");
    }
    for name in ["jemap.book", "jemap.book-wal"] {
        let bytes = std::fs::read(place.folder.join(name)).unwrap_or_default();
        assert!(memchr::memmem::find(&bytes, CANARY.as_bytes()).is_none(), "{name}");
    }
}
