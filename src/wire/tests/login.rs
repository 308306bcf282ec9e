//! Basic, tokens, and that no secret is in anything that is told or kept.

use super::server::{Act, Server, answer, closed_port, say, to};
use super::{client, confirmation, post};
use crate::fate::Mode;
use crate::wire::{Class, Destination, Login, Secret};
use std::time::Duration;

const CANARY: &str = "canary-7f3a";

fn secret() -> Secret {
    Secret::parse(&format!("cmd:echo {CANARY}")).unwrap_or_else(|why| panic!("{why}"))
}

fn oauth(service: &str, tokens: u16) -> Destination {
    let mut to = to(service, Mode::SyncNone);
    to.login = Login::OAuth {
        token_url: format!("http://127.0.0.1:{tokens}/token"),
        client_id: "id/1".into(),
        client_secret: secret(),
        scope: Some("a b".into()),
    };
    to
}

fn token(text: &str, life: u32) -> Act {
    let body = format!("{{\"access_token\":\"{text}\",\"token_type\":\"Bearer\",\"expires_in\":{life}}}");
    Act::Say(answer("200 OK", "Content-Type: application/json\r\n", &body))
}

#[test]
fn basic_is_sent_and_never_told() {
    // A careless server that tells what it was sent.
    let echo = |text: &str| format!("<html>Authorization: {text} and {CANARY}</html>");
    let server = Server::plain(vec![say("500 Error", &echo("Basic dXNlcjpjYW5hcnktN2YzYQ=="))]);
    let mut to = to(&server.url(), Mode::SyncNone);
    to.login = Login::Basic { user: "user".into(), password: secret() };
    let reply = post(&client(&to), b"<m/>");
    assert_eq!(reply.class, Class::Unknown);
    let told = format!("{reply:?}{}", String::from_utf8_lossy(&reply.body));
    assert!(!told.contains(CANARY) && !told.contains("dXNlcjpjYW5hcnktN2YzYQ"), "{told}");
    assert_eq!(reply.body.len(), echo("Basic dXNlcjpjYW5hcnktN2YzYQ==").len());
    let head = &server.seen()[0].head;
    assert!(head.contains("authorization: Basic dXNlcjpjYW5hcnktN2YzYQ==\r\n"), "{head}");
}

#[test]
fn without_its_secret_nothing_is_sent() {
    let mut to = to(&format!("http://127.0.0.1:{}/", closed_port()), Mode::SyncNone);
    let password = Secret::parse("cmd:false").unwrap_or_else(|why| panic!("{why}"));
    to.login = Login::Basic { user: "user".into(), password };
    let reply = post(&client(&to), b"<m/>");
    assert_eq!(reply.class, Class::NotTaken);
    assert_eq!(reply.problem.as_deref(), Some("the program false failed: exit status: 1"));
}

/// One act at the token endpoint: whoever asked twice would wait for ever.
#[test]
fn one_token_is_fetched_for_all_who_send() {
    let tokens = Server::plain(vec![token("t1", 3600)]);
    let server = Server::plain((0..8).map(|_| say("200 OK", &confirmation())).collect());
    let client = client(&oauth(&server.url(), tokens.port));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(post(&client, b"<m/>").class, Class::Answered));
        }
    });
    let seen = tokens.seen();
    assert_eq!(String::from_utf8_lossy(&seen[0].body), "grant_type=client_credentials&scope=a%20b");
    // `id%2F1:canary-7f3a`, as RFC 6749 §2.3.1 has it.
    assert!(seen[0].head.contains("authorization: Basic aWQlMkYxOmNhbmFyeS03ZjNh\r\n"), "{}", seen[0].head);
    let seen = server.seen();
    assert_eq!(seen.len(), 8);
    assert!(seen.iter().all(|s| s.head.contains("authorization: Bearer t1\r\n")), "{seen:?}");
}

#[test]
fn a_token_is_renewed_once_when_it_is_refused_and_before_it_expires() {
    // The first lives for no longer than it is renewed before its end.
    let tokens = Server::plain(vec![token("t1", 60), token("t2", 3600), token("t3", 3600)]);
    let refused = || say("401 Unauthorized", "");
    let server = Server::plain(vec![
        say("200 OK", &confirmation()),
        refused(),
        say("200 OK", &confirmation()),
        refused(),
    ]);
    let client = client(&oauth(&server.url(), tokens.port));
    assert_eq!(post(&client, b"<m/>").class, Class::Answered);
    assert_eq!(post(&client, b"<m/>").class, Class::Answered);
    let tokens_seen = tokens.seen();
    assert_eq!(tokens_seen.len(), 3);
    // The endpoint has gone: 401 is told, and that there is no token.
    let reply = post(&client, b"<m/>");
    assert_eq!(reply.class, Class::NotTaken, "{reply:?}");
    assert!(
        reply.problem.as_deref().is_some_and(|p| p.starts_with("no token: the token endpoint:")),
        "{reply:?}"
    );
    assert!(!format!("{reply:?}").contains(CANARY));
    let bearers: Vec<String> = server
        .seen()
        .iter()
        .filter_map(|s| s.head.lines().find_map(|l| l.strip_prefix("authorization: ")).map(str::to_owned))
        .collect();
    assert_eq!(bearers, ["Bearer t1", "Bearer t2", "Bearer t3", "Bearer t3"]);
}

#[test]
fn a_token_endpoint_that_fails_means_not_taken() {
    let json = |status: &str, body: &str| Act::Say(answer(status, "", body));
    let table = [
        (json("400 Bad Request", "{\"error\":\"invalid_client\"}"), "answered 400 `invalid_client`"),
        (json("503 Unavailable", "canary-7f3a"), "answered 503"),
        (json("302 Found", ""), "answered 302"),
        (json("200 OK", "{}"), "has no `access_token`"),
        (json("200 OK", "{\"access_token\":\"x\",\"token_type\":\"mac\"}"), "another kind than `bearer`"),
        (json("200 OK", "{\"access_token\":\"x\\r\\nX: y\"}"), "characters that no header may have"),
        (Act::Reset, "the token endpoint:"),
    ];
    for (act, why) in table {
        let tokens = Server::plain(vec![act]);
        let reply =
            post(&client(&oauth(&format!("http://127.0.0.1:{}/", closed_port()), tokens.port)), b"<m/>");
        assert_eq!((reply.class, reply.status), (Class::NotTaken, None), "{reply:?}");
        let problem = reply.problem.unwrap_or_default();
        assert!(problem.contains(why) && !problem.contains(CANARY), "{problem}");
        drop(tokens);
    }
}

/// While it fails it is not asked by each who waited: after a failure all are told the same for a while.
#[test]
fn a_failure_of_the_token_endpoint_is_shared() {
    let tokens = Server::plain(vec![Act::Say(answer("500 Error", "", ""))]);
    let client = client(&oauth(&format!("http://127.0.0.1:{}/", closed_port()), tokens.port));
    let first = post(&client, b"<m/>");
    assert_eq!(tokens.seen().len(), 1);
    let began = std::time::Instant::now();
    let second = post(&client, b"<m/>");
    if began.elapsed() < Duration::from_millis(500) {
        assert_eq!(first, second);
    }
    assert_eq!(second.class, Class::NotTaken);
}
