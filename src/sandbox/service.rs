//! The two services and the look-up.

use super::Host;
use super::read::Message;
use super::rules::Rules;
use super::say::Said;
use super::state::{Held, Outcome, State, year};
use crate::contract::{Called, write_wsdl};
use crate::listen::{Answer, Request};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

impl Host {
    /// Answers a request to a service; an asynchronous message is looked at after this time.
    pub(super) fn serve(&self, service: &str, request: &Request, after: Duration) -> Answer {
        match (service, request.head.method.as_str()) {
            ("lookup", "GET") => self.look_up(request),
            (_, "GET") if request.head.query("wsdl").is_some() => self.describe(service, request),
            ("lookup", _) => Answer::empty(405),
            (_, "POST") => self.post(service, request, after),
            _ => Answer::empty(405),
        }
    }

    fn post(&self, service: &str, request: &Request, after: Duration) -> Answer {
        let rules = self.rules.read().unwrap_or_else(|e| e.into_inner());
        let mut message = match self.schema.read(&request.body, &self.wanted(&rules)) {
            Ok(message) => message,
            Err(why) => return self.unreadable(service, request, &why),
        };
        if let Some(id) = request.head.query(self.mouth.play.fact("id_parameter")) {
            message.transport = Some(id);
        }
        let answer = match service {
            "sync" => self.post_sync(&message, &rules, request),
            _ => self.post_async(message, &rules, request, after),
        };
        // What could not be written into the ledger was not done, as far as anybody can tell.
        answer.unwrap_or_else(|_| self.opaque(request, "fault_text"))
    }

    /// What the service says of itself, made from the contract that it judges by.
    fn describe(&self, service: &str, request: &Request) -> Answer {
        let Host { description, mouth, .. } = self;
        let facts = if service == "sync" {
            ["sync_operation", "sync_action"]
        } else {
            ["async_operation", "async_action"]
        };
        let [operation, action] = facts.map(|name| mouth.play.fact(name));
        let host = request.head.header("host").unwrap_or_default();
        let address = format!("{}://{host}{}", description.scheme, request.head.path());
        let called = Called { operation, action, address: &address };
        let answer = description.answer.as_ref().filter(|_| service == "sync");
        Answer::with(200, "text/xml; charset=utf-8", write_wsdl(&self.schema.contract, answer, &called))
    }

    fn unreadable(&self, service: &str, request: &Request, why: &str) -> Answer {
        let event = json!({"event": "unreadable", "service": service, "why": why});
        // The fault is the answer whether or not it could be noted.
        let _ = self.ledger.write(vec![event]);
        self.opaque(request, "fault_text")
    }

    /// The fault that never says what was wrong.
    pub(super) fn opaque(&self, request: &Request, text: &str) -> Answer {
        let soap12 = is_soap12(request);
        Answer::with(500, content_type(soap12), self.mouth.fault(soap12, text))
    }

    fn post_sync(&self, message: &Message, rules: &Rules, request: &Request) -> std::io::Result<Answer> {
        let mut events = vec![received("sync", message)];
        let mut outcomes = Vec::with_capacity(message.entries.len());
        {
            let mut state = self.state();
            for (place, entry) in message.entries.iter().enumerate() {
                let known = (message.uuid.clone(), place);
                let remembered = self.idempotent && !message.uuid.is_empty();
                if let Some(document) = state.answered.get(&known).filter(|_| remembered) {
                    events.push(json!({"event": "duplicate", "service": "sync", "entry": entry.id}));
                    outcomes.push(Outcome::Posted(document.clone()));
                    continue;
                }
                let outcome = state.post(entry, rules, &self.places);
                if let (Outcome::Posted(document), true) = (&outcome, remembered) {
                    state.answered.insert(known, document.clone());
                }
                events.push(event("sync", &entry.id, &message.uuid, &outcome));
                outcomes.push(outcome);
            }
        }
        self.ledger.write(events)?;
        let years: Vec<String> = message.entries.iter().map(|e| year(e, &self.places)).collect();
        let said: Vec<Said> = message
            .entries
            .iter()
            .zip(&outcomes)
            .zip(&years)
            .map(|((e, outcome), year)| Said { id: &e.id, company: &e.company, year, outcome })
            .collect();
        let soap12 = is_soap12(request);
        let body = self.mouth.envelope(soap12, &self.mouth.confirmation(&message.id, &said));
        Ok(Answer::with(200, content_type(soap12), body))
    }

    fn post_async(
        &self,
        message: Message,
        rules: &Rules,
        request: &Request,
        after: Duration,
    ) -> std::io::Result<Answer> {
        let transport = message.transport.as_deref().filter(|id| is_uuid(id));
        let Some(transport) = transport.map(str::to_ascii_lowercase) else {
            let event = json!({"event": "unreadable", "service": "async", "why": "no message id"});
            self.ledger.write(vec![event])?;
            return Ok(self.opaque(request, "addressing_text"));
        };
        let mut events = vec![received("async", &message)];
        if !self.state().is_new(&transport, self.remember) {
            let event = json!({"event": "duplicate", "service": "async", "message": transport});
            self.ledger.write(vec![event])?;
            return Ok(Answer::empty(202));
        }
        events.push(json!({"event": "accepted", "service": "async", "message": transport, "id": message.id}));
        if after.is_zero() {
            self.process(&message, &transport, rules, events)?;
        } else {
            self.ledger.write(events)?;
            self.jobs.add(Instant::now() + after, Job { message, transport });
        }
        Ok(Answer::empty(202))
    }

    /// Looks at the entries of an asynchronous message that was taken over.
    fn process(
        &self,
        message: &Message,
        transport: &str,
        rules: &Rules,
        mut events: Vec<Value>,
    ) -> std::io::Result<()> {
        let mut outcomes = vec![];
        {
            let mut state = self.state();
            for entry in &message.entries {
                let outcome = state.post(entry, rules, &self.places);
                events.push(event("async", &entry.id, transport, &outcome));
                if let Outcome::Refused(notes) = &outcome {
                    hold(&mut state, entry, message, transport, notes);
                }
                outcomes.push(outcome);
            }
        }
        self.ledger.write(events)?;
        let entries: Vec<_> = message.entries.iter().zip(&outcomes).collect();
        self.confirm(&message.sender, &message.id, &entries);
        Ok(())
    }

    /// `$filter=Field eq 'value' and …`
    fn look_up(&self, request: &Request) -> Answer {
        let filter = request.head.query("$filter").unwrap_or_default();
        let Some(terms) = filter.split(" and ").map(term).collect::<Option<Vec<_>>>() else {
            return Answer::empty(400);
        };
        let play = &self.mouth.play;
        let state = self.state();
        let known: Vec<&str> = play.fact("references").split(' ').collect();
        let Some((field, value)) = terms.iter().find(|t| known.contains(&t.0.as_str())) else {
            return Answer::empty(400);
        };
        let [document, company, year] =
            ["lookup_document", "lookup_company", "lookup_year"].map(|name| play.fact(name));
        let mut results = vec![];
        for found in state.look_up(field, value) {
            let mut row = serde_json::Map::new();
            row.insert(document.into(), json!(found.number));
            row.insert(company.into(), json!(found.company));
            row.insert(year.into(), json!(found.year));
            for (name, value) in &found.references {
                row.insert((*name).into(), json!(value));
            }
            let fits = |term: &(String, String)| row.get(&term.0).and_then(Value::as_str) == Some(&term.1);
            if terms.iter().all(fits) {
                results.push(Value::Object(row));
            }
        }
        Answer::with(200, "application/json", json!({"d": {"results": results}}).to_string())
    }
}

/// An asynchronous message that is looked at later.
#[derive(Debug)]
pub(super) struct Job {
    message: Message,
    transport: String,
}

/// Looks at what was taken over, each at its time, until the end.
pub(super) fn work(host: &Host) {
    while let Some(Job { message, transport }) = host.jobs.next() {
        let rules = host.rules.read().unwrap_or_else(|e| e.into_inner());
        // Nobody is there to be told that the ledger failed; the sender waits for a confirmation in vain.
        let _ = host.process(&message, &transport, &rules, vec![]);
    }
}

/// `Field eq 'value'`, quotes doubled within it.
fn term(text: &str) -> Option<(String, String)> {
    let (field, value) = text.trim().split_once(" eq ")?;
    let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    Some((field.trim().to_owned(), value.replace("''", "'")))
}

/// Keeps an entry that failed, as AIF does.
fn hold(
    state: &mut State,
    entry: &super::read::Entry,
    message: &Message,
    transport: &str,
    notes: &[super::rules::Note],
) {
    state.held += 1;
    let held = Held {
        entry: entry.clone(),
        message: transport.to_owned(),
        bulk: message.id.clone(),
        sender: message.sender.clone(),
        notes: notes.to_vec(),
    };
    state.inbox.insert(state.held, held);
}

fn received(service: &str, message: &Message) -> Value {
    let entries: Vec<&str> = message.entries.iter().map(|e| e.id.as_str()).collect();
    json!({
        "event": "received", "service": service, "id": message.id, "uuid": message.uuid,
        "message": message.transport, "entries": entries,
    })
}

/// What became of an entry, for the ledger.
pub(super) fn event(service: &str, entry: &str, message: &str, outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Posted(d) => json!({
            "event": "posted", "service": service, "entry": entry, "message": message,
            "document": d.number, "company": d.company, "year": d.year,
        }),
        Outcome::Checked => json!({"event": "simulated", "service": service, "entry": entry}),
        Outcome::Refused(notes) => {
            let notes: Vec<String> = notes.iter().map(|n| format!("{} {}", n.kind, n.text)).collect();
            json!({"event": "refused", "service": service, "entry": entry, "message": message, "notes": notes})
        }
    }
}

pub(super) fn content_type(soap12: bool) -> &'static str {
    if soap12 { "application/soap+xml; charset=utf-8" } else { "text/xml; charset=utf-8" }
}

/// The version of a request, also of one that cannot be read.
fn is_soap12(request: &Request) -> bool {
    memchr::memmem::find(&request.body, b"http://www.w3.org/2003/05/soap-envelope").is_some()
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|p| p.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_hexdigit()))
}
