//! Confirmations of asynchronous entries, posted to whoever wants them: late, twice, in another order, or never.

use super::Host;
use super::faults::duration;
use super::later::Later;
use super::read::Entry;
use super::say::Said;
use super::state::{Outcome, year};
use serde_json::json;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a receiver may take, and how often it is tried.
const TIMEOUT: Duration = Duration::from_secs(10);
const TRIES: u32 = 5;

/// Where and how confirmations are posted: `URL[,late=2s][,twice][,reorder][,never]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    url: String,
    late: Duration,
    twice: bool,
    reorder: bool,
    never: bool,
}

impl Confirm {
    /// Reads one.
    ///
    /// # Errors
    /// What is not known.
    pub fn read(text: &str) -> Result<Confirm, String> {
        let mut parts = text.split(',');
        let url = parts.next().unwrap_or_default().to_owned();
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(format!("`{url}` is no address"));
        }
        let mut confirm = Confirm { url, late: Duration::ZERO, twice: false, reorder: false, never: false };
        for part in parts {
            match part.split_once('=') {
                Some(("late", time)) => confirm.late = duration(time)?,
                None if part == "twice" => confirm.twice = true,
                None if part == "reorder" => confirm.reorder = true,
                None if part == "never" => confirm.never = true,
                _ => return Err(format!("`{part}` is not known after the address")),
            }
        }
        Ok(confirm)
    }
}

/// What waits to be posted.
#[derive(Debug, Default)]
pub(super) struct Outbound {
    confirm: Mutex<Option<Confirm>>,
    letters: Later<Letter>,
    /// How many were written, for `reorder`.
    written: AtomicU64,
}

#[derive(Debug, Clone)]
struct Letter {
    url: String,
    body: String,
    bulk: String,
    tried: u32,
}

impl Outbound {
    pub(super) fn new(confirm: Option<Confirm>) -> Outbound {
        Outbound { confirm: Mutex::new(confirm), ..Outbound::default() }
    }
    pub(super) fn set(&self, confirm: Option<Confirm>) {
        *self.confirm.lock().unwrap_or_else(|e| e.into_inner()) = confirm;
    }
    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.letters.waiting()
    }
    pub(super) fn end(&self) {
        self.letters.end();
    }
    fn add(&self, body: &str, bulk: &str) {
        let confirm = self.confirm.lock().unwrap_or_else(|e| e.into_inner()).clone();
        let Some(confirm) = confirm.filter(|c| !c.never) else { return };
        for _ in 0..=u8::from(confirm.twice) {
            // Every other one waits for those after it.
            let behind = confirm.reorder && self.written.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            let late = confirm.late + if behind { Duration::from_secs(1) } else { Duration::ZERO };
            let (url, body, bulk) = (confirm.url.clone(), body.to_owned(), bulk.to_owned());
            self.letters.add(Instant::now() + late, Letter { url, body, bulk, tried: 0 });
        }
    }
    fn again(&self, mut letter: Letter) {
        letter.tried += 1;
        if letter.tried < TRIES {
            self.letters.add(Instant::now() + Duration::from_millis(200 << letter.tried), letter);
        }
    }
}

impl Host {
    /// Confirms what became of entries, when the request named its sender.
    pub(super) fn confirm(&self, sender: &str, bulk: &str, entries: &[(&Entry, &Outcome)]) {
        if sender.is_empty() {
            return;
        }
        let years: Vec<String> = entries.iter().map(|(e, _)| year(e, &self.places)).collect();
        let said: Vec<Said> = entries
            .iter()
            .zip(&years)
            .map(|((e, outcome), year)| Said { id: &e.id, company: &e.company, year, outcome })
            .collect();
        let body = self.mouth.envelope(false, &self.mouth.confirmation(bulk, &said));
        self.outbound.add(&body, bulk);
    }
}

/// Posts confirmations until the end.
pub(super) fn work(host: &Host) {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build();
    let agent = ureq::Agent::new_with_config(config);
    while let Some(letter) = host.outbound.letters.next() {
        let sent = agent
            .post(&letter.url)
            .header("Content-Type", super::service::content_type(false))
            .send(letter.body.as_bytes());
        let status = sent.map(|answer| answer.status().as_u16()).unwrap_or_default();
        let event =
            json!({"event": "confirmation", "id": letter.bulk, "status": status, "tried": letter.tried});
        // A confirmation that could not be noted was sent all the same.
        let _ = host.ledger.write(vec![event]);
        if !(200..300).contains(&status) {
            host.outbound.again(letter);
        }
    }
}
