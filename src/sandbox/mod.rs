//! Plays both services on loopback, so that everything but SAP itself can be tried without SAP.
//!
//! It behaves as the services were seen to: lenient in form, opaque in faults, 200 for a refusal, 202 for
//! anything that could be read. It writes what it did into a ledger that a judge in another process reads, and
//! shares no code with what makes or reads messages; only the contract is common.

mod admin;
mod certificate;
mod faults;
mod later;
mod ledger;
mod outbound;
mod play;
mod read;
mod rules;
mod say;
mod service;
mod state;

#[cfg(test)]
mod tests;

pub use certificate::{Certificates, Flaw, certificates};
pub use faults::{Fault, duration};
pub use outbound::Confirm;

use crate::contract::{Contract, ElementId, builtin};
use crate::listen::{Answer, Handler, Head, Limits, Request, Server, Tls};
use base64::Engine;
use later::Later;
use ledger::Ledger;
use outbound::Outbound;
use play::Play;
use read::Schema;
use rules::Rules;
use say::Mouth;
use service::Job;
use state::{Places, State};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use std::time::Duration;

/// How the sandbox is set up.
#[derive(Default)]
pub struct Setup {
    /// The user and password that are asked for by HTTP Basic.
    pub login: Option<(String, String)>,
    /// Refuse what the services ignore: unknown elements, another order.
    pub strict: bool,
    /// Remember the UUIDs of synchronous messages: what was posted is not posted again.
    pub idempotent: bool,
    /// What is refused, instead of what comes with jemap.
    pub rules: Option<String>,
    /// Where events are written.
    pub ledger: Option<PathBuf>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Where and how confirmations of asynchronous entries are posted.
    pub confirm: Option<Confirm>,
    /// TLS, when it speaks it.
    pub tls: Option<Tls>,
    /// How long transport ids are remembered; `None`: for ever.
    pub remember: Option<Duration>,
    /// What stands in the place of the document of a refused entry.
    pub no_document: NoDocument,
}

/// What stands in the place of a document where there is none; the services were seen to do all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoDocument {
    /// `0000000000`, company code and fiscal year filled.
    #[default]
    Zeros,
    /// Nothing, no company code, fiscal year `0000`.
    Blank,
    /// Ten spaces, company code and fiscal year filled.
    Spaces,
}

/// Why a sandbox cannot be opened.
#[derive(Debug)]
pub enum Refusal {
    /// The rules: line and reason.
    Rules(String),
    /// The ledger.
    Ledger(io::Error),
    /// The address.
    Address(io::Error),
}

/// A sandbox that is bound to its address.
pub struct Sandbox {
    server: Server,
    host: Arc<Host>,
}

/// What all connections work on.
struct Host {
    schema: Schema,
    mouth: Mouth,
    places: Places,
    rules: RwLock<Rules>,
    state: Mutex<State>,
    faults: Mutex<Vec<Fault>>,
    ledger: Ledger,
    outbound: Outbound,
    jobs: Later<Job>,
    login: Option<String>,
    idempotent: bool,
    remember: Option<Duration>,
    /// Requests to the services that have arrived whole.
    requests: AtomicU64,
    description: Description,
}

/// What a description says beside the contract.
struct Description {
    scheme: &'static str,
    answer: Option<Contract>,
}

impl Sandbox {
    /// Binds to an address; port 0 takes any free one.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn open(address: SocketAddr, contract: Contract, setup: Setup) -> Result<Sandbox, Refusal> {
        let play = Play::read();
        let rules = setup.rules.unwrap_or_else(|| fitting(&play.rules, &contract));
        let rules = Rules::read(&rules, &contract).map_err(Refusal::Rules)?;
        let ledger = Ledger::open(setup.ledger.as_deref()).map_err(Refusal::Ledger)?;
        let below = |name: &str| contract.find_below(contract.anchors.body, name);
        let references = play.fact("references").split(' ');
        let places = Places {
            posting_date: below(play.fact("posting_date")),
            references: references.filter_map(|name| Some((name, below(name)?))).collect(),
        };
        let login = setup.login.map(|(user, password)| {
            let both = format!("{user}:{password}");
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(both))
        });
        let description = Description {
            scheme: if setup.tls.is_some() { "https" } else { "http" },
            answer: builtin(play.fact("answer"), &contract.profile),
        };
        let host = Arc::new(Host {
            schema: Schema::new(contract, &play, setup.strict),
            mouth: Mouth::new(play, setup.no_document),
            places,
            rules: RwLock::new(rules),
            state: Mutex::default(),
            faults: Mutex::new(setup.faults),
            ledger,
            outbound: Outbound::new(setup.confirm),
            jobs: Later::default(),
            remember: setup.remember,
            login,
            idempotent: setup.idempotent,
            description,
            requests: AtomicU64::new(0),
        });
        let handler: Arc<dyn Handler> = Arc::<Host>::clone(&host);
        let server =
            Server::bind(address, Limits::default(), setup.tls, handler).map_err(Refusal::Address)?;
        Ok(Sandbox { server, host })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The paths of the synchronous service, the asynchronous one and the look-up.
    pub fn paths(&self) -> [String; 3] {
        let fact = |name| self.host.mouth.play.fact(name);
        [
            format!("{}{}", fact("cloud_path"), fact("sync_tail")),
            format!("{}{}", fact("cloud_path"), fact("async_tail")),
            format!("{}{}", fact("lookup_path"), fact("lookup_tail")),
        ]
    }

    /// What stops it.
    pub fn stop(&self) -> crate::listen::Stop {
        self.server.stop()
    }

    /// Serves until it is stopped.
    pub fn serve(self) {
        let host = Arc::clone(&self.host);
        let stop = self.server.stop();
        let confirming = std::thread::spawn(move || outbound::work(&host));
        let host = Arc::clone(&self.host);
        let processing = std::thread::spawn(move || service::work(&host));
        self.server.serve();
        stop.stop();
        self.host.jobs.end();
        self.host.outbound.end();
        // A thread that panicked has nothing more to say.
        let _ = (processing.join(), confirming.join());
    }
}

/// Those of the rules whose elements the profile has: an older one has fewer.
fn fitting(rules: &str, contract: &Contract) -> String {
    let fits = |line: &&str| Rules::read(line, contract).is_ok();
    rules.lines().filter(fits).map(|line| format!("{line}\n")).collect()
}

/// The rules of a sandbox that is given none.
pub fn rules() -> String {
    Play::read().rules
}

impl Host {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Which service a path is for.
    fn service(&self, path: &str) -> Option<&'static str> {
        let has = |name| path.split('/').any(|part| part == self.mouth.play.fact(name));
        if has("sync_tail") {
            Some("sync")
        } else if has("async_tail") {
            Some("async")
        } else {
            has("lookup_tail").then_some("lookup")
        }
    }

    /// The elements whose values are kept.
    fn wanted(&self, rules: &Rules) -> Vec<bool> {
        let mut wanted = vec![false; self.schema.contract.elements.len()];
        let places = self.places.references.iter().map(|r| r.1).chain(self.places.posting_date);
        for ElementId(id) in rules.wanted().chain(places) {
            wanted[id as usize] = true;
        }
        wanted
    }
}

impl Handler for Host {
    fn begin(&self, head: &Head) -> Result<(), Answer> {
        let wanted = self.login.as_deref();
        let given = head.header("authorization");
        if self.service(head.path()).is_some() && wanted.is_some() && wanted != given {
            return Err(Answer::empty(401).header("WWW-Authenticate", "Basic realm=\"sandbox\""));
        }
        Ok(())
    }

    fn answer(&self, request: &Request) -> Answer {
        let path = request.head.path();
        if path == "/sandbox" || path.starts_with("/sandbox/") {
            return self.admin(request);
        }
        let Some(service) = self.service(path) else { return Answer::empty(404) };
        self.requests.fetch_add(1, Ordering::Relaxed);
        let fault = {
            let mut faults = self.faults.lock().unwrap_or_else(|e| e.into_inner());
            faults.iter_mut().find_map(|f| f.happens(service, request.body.len()).then(|| f.clone()))
        };
        let Some(fault) = fault else { return self.serve(service, request, Duration::ZERO) };
        if let Some(answer) = fault.before() {
            return answer;
        }
        if let faults::Kind::DelayBefore(delay) = fault.kind {
            std::thread::sleep(delay);
        }
        let after = if let faults::Kind::ProcessAfter(after) = fault.kind { after } else { Duration::ZERO };
        let mut answer = self.serve(service, request, after);
        if fault.kind == faults::Kind::FaultAfter {
            answer = self.opaque(request, "fault_text");
        }
        fault.after(&mut answer);
        answer
    }
}
