//! What tests and curious people ask the sandbox for, below `/sandbox`: JSON out, plain text in.

use super::faults::Fault;
use super::outbound::Confirm;
use super::rules::Rules;
use super::service::event;
use super::state::Outcome;
use super::{Host, play::filled};
use crate::listen::{Answer, Request};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

impl Host {
    pub(super) fn admin(&self, request: &Request) -> Answer {
        let path: Vec<&str> = request.head.path().split('/').skip(2).filter(|p| !p.is_empty()).collect();
        let body = String::from_utf8_lossy(&request.body);
        match (request.head.method.as_str(), path.as_slice()) {
            ("GET", []) => self.summary(),
            ("GET", ["inbox"]) => self.list(),
            ("GET", ["faults"]) => {
                let faults = self.faults.lock().unwrap_or_else(|e| e.into_inner());
                good(json!(faults.iter().map(Fault::text).collect::<Vec<_>>()))
            }
            ("POST", ["faults"]) => self.set_faults(&body),
            ("POST", ["rules"]) => match Rules::read(&body, &self.schema.contract) {
                Ok(rules) => {
                    *self.rules.write().unwrap_or_else(|e| e.into_inner()) = rules;
                    good(json!({}))
                }
                Err(why) => bad(&why),
            },
            ("POST", ["confirm"]) if body.trim().is_empty() => {
                self.outbound.set(None);
                good(json!({}))
            }
            ("POST", ["confirm"]) => match Confirm::read(body.trim()) {
                Ok(confirm) => {
                    self.outbound.set(Some(confirm));
                    good(json!({}))
                }
                Err(why) => bad(&why),
            },
            ("POST", ["forget"]) => {
                let mut state = self.state();
                state.seen.clear();
                state.answered.clear();
                good(json!({}))
            }
            ("POST", ["inbox", number, act]) => match number.parse() {
                Ok(number) => self.act(number, act, &body),
                Err(_) => bad("an entry of the inbox has a number"),
            },
            _ => Answer::empty(404),
        }
    }

    fn summary(&self) -> Answer {
        let waiting = self.outbound.waiting();
        let state = self.state();
        good(json!({
            "requests": self.requests.load(Ordering::Relaxed), "documents": state.documents.len(), "inbox": state.inbox.len(),
            "messages": state.seen.len(), "waiting": self.jobs.waiting(), "confirmations_waiting": waiting,
        }))
    }

    fn list(&self) -> Answer {
        let state = self.state();
        let all = state.inbox.iter().map(|(number, held)| {
            let notes: Vec<String> = held.notes.iter().map(|n| format!("{} {}", n.kind, n.text)).collect();
            json!({"number": number, "entry": held.entry.id, "message": held.message, "notes": notes})
        });
        good(Value::Array(all.collect()))
    }

    /// One fault a line, in the place of those before.
    fn set_faults(&self, text: &str) -> Answer {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        match lines.map(Fault::read).collect::<Result<Vec<_>, _>>() {
            Ok(faults) => {
                *self.faults.lock().unwrap_or_else(|e| e.into_inner()) = faults;
                good(json!({}))
            }
            Err(why) => bad(&why),
        }
    }

    /// `restart`, `cancel`, or `fix` with lines `PATH=VALUE`.
    fn act(&self, number: u64, act: &str, body: &str) -> Answer {
        let rules = self.rules.read().unwrap_or_else(|e| e.into_inner());
        let mut state = self.state();
        let Some(mut held) = state.inbox.get(&number).cloned() else { return Answer::empty(404) };
        match act {
            "cancel" => {
                state.inbox.remove(&number);
                drop(state);
                self.noted(vec![
                    json!({"event": "cancelled", "entry": held.entry.id, "message": held.message}),
                ])
            }
            "fix" => {
                let contract = &self.schema.contract;
                for line in body.lines() {
                    let (path, value) = line.split_once('=').unwrap_or((line, ""));
                    let Some(id) = contract.find_below(contract.anchors.body, path.trim()) else {
                        return bad(&filled("there is no `{path}`", |_| Some(path.to_owned())));
                    };
                    held.entry.set(id, value.trim());
                }
                state.inbox.insert(number, held);
                good(json!({}))
            }
            "restart" => {
                let outcome = state.post(&held.entry, &rules, &self.places);
                if let Outcome::Refused(notes) = &outcome {
                    notes.clone_into(&mut held.notes);
                    state.inbox.insert(number, held.clone());
                } else {
                    state.inbox.remove(&number);
                }
                drop(state);
                let answer = self.noted(vec![event("async", &held.entry.id, &held.message, &outcome)]);
                self.confirm(&held.sender, &held.bulk, &[(&held.entry, &outcome)]);
                answer
            }
            _ => Answer::empty(404),
        }
    }

    fn noted(&self, events: Vec<Value>) -> Answer {
        match self.ledger.write(events) {
            Ok(()) => good(json!({})),
            Err(_) => Answer::empty(500),
        }
    }
}

fn good(value: Value) -> Answer {
    Answer::with(200, "application/json", format!("{value}\n"))
}

fn bad(why: &str) -> Answer {
    Answer::with(400, "application/json", format!("{}\n", json!({"error": why})))
}
