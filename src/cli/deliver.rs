//! `jemap run`, and what `jemap send` has in common with it: the configuration, the book, and the account of
//! what became of every entry.

use super::args::Run;
use super::receive::Listener;
use super::stop::{Signal, on_each};
use super::{Exit, Screen, watch};
use crate::book::{Attention, Book, BookError, Clock, Count};
use crate::courier::{Delivery, Lease, Left, News, NoLease, Until, deliver};
use crate::data::Time;
use crate::diag::Code;
use crate::fate::Phase;
use crate::report::Problem;
use crate::sink::reason;
use crate::wire::{Configuration, Destination};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Entries that are named for each state.
const NAMED_MAX: u32 = 20;

/// Milliseconds since 1970.
pub(super) fn clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Milliseconds that pass, whatever the system's clock is set to.
fn steady() -> Clock {
    let start = Instant::now();
    Arc::new(move || i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX))
}

/// Reads the configuration; what is wrong with it is said.
pub(super) fn configuration(path: &Path, screen: &Screen) -> Result<Configuration, Exit> {
    let text = fs::read_to_string(path).map_err(|error| {
        let message = format!("cannot read the configuration {}: {}", path.display(), reason(&error));
        screen.problem(&Problem::new(Code::J731, message).help("give it by `--config FILE`"));
        Exit::Wrong
    })?;
    let mut configuration = Configuration::parse(&path.display().to_string(), &text).map_err(|reports| {
        screen.reports(&reports);
        Exit::Wrong
    })?;
    // the book's path counts from the configuration's folder
    if let Some(folder) = path.parent() {
        configuration.book = folder.join(&configuration.book);
    }
    Ok(configuration)
}

/// The destination of this name, or why there is none.
pub(super) fn destination(
    configuration: &Configuration,
    name: &str,
    screen: &Screen,
) -> Result<Destination, Exit> {
    configuration.destination(name).cloned().map_err(|why| {
        screen.problem(&Problem::new(Code::J735, why));
        Exit::Wrong
    })
}

/// Says what failed.
pub(super) fn book_failed(error: &BookError, screen: &Screen) -> Exit {
    let problem = Problem::new(error.code, error.message.clone());
    screen.problem(&match error.help {
        Some(help) => problem.help(help),
        None => problem,
    });
    if error.code == Code::J735 { Exit::Wrong } else { Exit::Book }
}

/// Stops a run: the first signal lets what is under way end, the second ends the process. Where nothing is
/// delivered yet, the first does: the book is whole at any moment.
#[derive(Clone, Default)]
pub(super) struct Halt {
    pub(super) stop: Arc<AtomicBool>,
    pub(super) delivering: Arc<AtomicBool>,
    signal: Signal,
}

impl Halt {
    pub(super) fn on_signal() -> Halt {
        let mut halt = Halt::default();
        let own = halt.clone();
        halt.signal = on_each(move |signal| {
            let again = own.stop.swap(true, Ordering::SeqCst);
            if again || !own.delivering.load(Ordering::SeqCst) {
                let _ = writeln!(std::io::stderr(), "stopped; the book is whole, `jemap run` goes on");
                std::process::exit(signal.exit() as i32);
            }
            let _ = writeln!(std::io::stderr(), "stopping: what is under way ends first");
        });
        halt
    }

    /// How a process ends that was stopped.
    pub(super) fn exit(&self) -> Exit {
        self.signal.exit()
    }

    /// Whether it was.
    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

pub(super) fn run(command: &Run, screen: &Screen) -> Exit {
    let configuration = match configuration(&command.config, screen) {
        Ok(configuration) => configuration,
        Err(exit) => return exit,
    };
    let destinations = match &command.to {
        None => configuration.destinations.clone(),
        Some(name) => match destination(&configuration, name, screen) {
            Ok(destination) => vec![destination],
            Err(exit) => return exit,
        },
    };
    let until = match (command.watch, command.wait) {
        (true, _) => Until::Stopped,
        (false, true) => Until::Resolved,
        (false, false) => Until::Now,
    };
    let halt = Halt::on_signal();
    let mut book = match Book::open(&configuration.book, clock()) {
        Ok(book) => book,
        Err(error) => return book_failed(&error, screen),
    };
    let began = clock()();
    let listener = command.listen.map(|at| Listener::open(at, &configuration, command.json, screen));
    let listener = match listener.transpose() {
        Ok(listener) => listener,
        Err(exit) => return exit,
    };
    let work = Work { path: &configuration.book, destinations: &destinations, until, halt: &halt };
    let delivered = work.deliver(&mut book, screen);
    if let Some(listener) = listener {
        listener.stop();
    }
    match delivered {
        Err(exit) => exit,
        Ok(left) => {
            let account = Account::of(&book, &work, None, left);
            account.map_or_else(
                |error| book_failed(&error, screen),
                |a| a.say(command.json, began, None, screen),
            )
        }
    }
}

/// A delivery that is to be done.
pub(super) struct Work<'w> {
    pub(super) path: &'w Path,
    pub(super) destinations: &'w [Destination],
    pub(super) until: Until,
    pub(super) halt: &'w Halt,
}

/// Why nothing is delivered here and now, or why each destination was left.
pub(super) enum Delivered {
    /// Another process does it.
    Elsewhere(Option<u32>),
    /// Done here.
    Here(Vec<Left>),
}

impl Work<'_> {
    /// Delivers, if nobody else does.
    pub(super) fn deliver(&self, book: &mut Book, screen: &Screen) -> Result<Delivered, Exit> {
        let lease = loop {
            match Lease::take(self.path) {
                Ok(lease) => break lease,
                Err(NoLease::Held(_)) if self.until == Until::Resolved && !self.halt.stopped() => {
                    std::thread::sleep(std::time::Duration::from_millis(200));
                }
                Err(NoLease::Held(holder)) => return Ok(Delivered::Elsewhere(holder)),
                Err(NoLease::File(path, error)) => {
                    let message = format!("cannot lock {}: {}", path.display(), reason(&error));
                    return Err(book_failed(&BookError::new(Code::J711, message), screen));
                }
            }
        };
        self.halt.delivering.store(true, Ordering::SeqCst);
        let order = Delivery {
            path: self.path,
            clock: clock(),
            steady: steady(),
            destinations: self.destinations,
            until: self.until,
            stop: Arc::clone(&self.halt.stop),
        };
        let line = watch::delivering(self.path, self.destinations, screen);
        let mut tell = |news: News<'_>| match news {
            News::Doubts(1) => {
                line.aside(|| {
                    screen.say("an entry was under way when an earlier run ended: it is in doubt\n")
                });
            }
            News::Doubts(n) => {
                let text =
                    format!("{n} entries were under way when an earlier run ended: they are in doubt\n");
                line.aside(|| screen.say(&text));
            }
            News::Outage(name, why) => line.aside(|| screen.say(&format!("{name}: {why}\n"))),
            News::Back(name) => line.aside(|| screen.say(&format!("{name}: it answers again\n"))),
            News::Answered(_) => {}
        };
        let left = deliver(book, &lease, &order, &mut tell);
        drop(line);
        left.map(Delivered::Here).map_err(|error| book_failed(&error, screen))
    }
}

/// What became of the entries of one destination.
struct Part {
    name: String,
    counts: Vec<Count>,
    named: Vec<Attention>,
    left: Option<Left>,
}

/// What became of every entry.
pub(super) struct Account {
    parts: Vec<Part>,
    elsewhere: Option<Option<u32>>,
    /// How the process ends, where it was stopped.
    stopped: Option<Exit>,
}

/// States whose entries are named.
const NAMED: [Phase; 6] =
    [Phase::InDoubt, Phase::Parked, Phase::Overdue, Phase::Refused, Phase::RejectedData, Phase::Posted];

impl Account {
    /// Of one batch, or of all entries of the destinations.
    pub(super) fn of(
        book: &Book,
        work: &Work<'_>,
        batch: Option<i64>,
        delivered: Delivered,
    ) -> Result<Account, BookError> {
        let (left, elsewhere) = match delivered {
            Delivered::Elsewhere(holder) => (vec![], Some(holder)),
            Delivered::Here(left) => (left, None),
        };
        let mut left = left.into_iter();
        let mut parts = vec![];
        for to in work.destinations {
            let counts = book.counts_of(&to.name, batch)?;
            let mut named = vec![];
            for phase in NAMED {
                if counts.iter().any(|count| count.phase == phase) && phase != Phase::Posted {
                    named.extend(book.attention(&to.name, batch, phase, NAMED_MAX)?);
                }
            }
            parts.push(Part { name: to.name.clone(), counts, named, left: left.next() });
        }
        let stops = |part: &Part| part.left.as_ref().is_none_or(|left| *left == Left::Stopped);
        let stopped = (work.halt.stopped() && parts.iter().any(stops)).then(|| work.halt.exit());
        Ok(Account { parts, elsewhere, stopped })
    }

    fn entries(&self, phases: &[Phase]) -> u64 {
        let counts = self.parts.iter().flat_map(|part| &part.counts);
        counts.filter(|count| phases.contains(&count.phase)).map(|count| count.entries).sum()
    }

    fn exit(&self, conflicts: bool) -> Exit {
        let left =
            |wanted: fn(&Left) -> bool| self.parts.iter().any(|part| part.left.as_ref().is_some_and(wanted));
        if let Some(exit) = self.stopped {
            exit
        } else if conflicts {
            Exit::Conflict
        } else if left(|left| matches!(left, Left::Outage(_))) {
            Exit::UNREACHABLE
        } else if self.entries(&[Phase::InDoubt, Phase::Parked, Phase::Overdue]) > 0 {
            Exit::DOUBT
        } else if self.entries(&[Phase::Refused, Phase::RejectedData]) > 0 {
            Exit::Rejected
        } else {
            Exit::Good
        }
    }

    /// Says it; `taken` is what a batch's intake counted.
    pub(super) fn say(&self, as_json: bool, began: i64, taken: Option<&Value>, screen: &Screen) -> Exit {
        let conflicts = taken.and_then(|taken| taken["conflicts"].as_u64()).unwrap_or(0) > 0;
        let exit = self.exit(conflicts);
        if as_json {
            let printed = screen.print(&format!("{}\n", self.json(began, taken)));
            return if printed == Exit::Good { exit } else { printed };
        }
        screen.say(&self.text());
        exit
    }

    fn json(&self, began: i64, taken: Option<&Value>) -> Value {
        let parts = self.parts.iter().map(|part| {
            let states = part.counts.iter().map(|c| (c.phase.name().to_owned(), json!(c.entries)));
            let states: serde_json::Map<String, Value> = states.collect();
            let named = part.named.iter().map(|entry| {
                let notes = entry.notes.as_deref().and_then(|notes| serde_json::from_str(notes).ok());
                json!({
                    "key": entry.key.to_string(), "entry": entry.natural, "state": entry.phase.name(),
                    "cause": entry.cause, "notes": notes.unwrap_or(Value::Null),
                })
            });
            let (left, why, again) = match &part.left {
                None => ("elsewhere", None, None),
                Some(Left::Done) => ("done", None, None),
                Some(Left::Later(at)) => ("later", None, Some(*at)),
                Some(Left::Outage(why)) => ("outage", Some(why), None),
                Some(Left::Stopped) => ("stopped", None, None),
            };
            json!({
                "destination": part.name, "states": states, "entries": named.collect::<Vec<_>>(),
                "left": left, "problem": why, "again": again,
            })
        });
        let parts: Vec<Value> = parts.collect();
        json!({ "began": began, "intake": taken, "holder": self.elsewhere.flatten(), "delivery": parts })
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            let entries: u64 = part.counts.iter().map(|count| count.entries).sum();
            text += &format!("{}: {entries} {}\n", part.name, if entries == 1 { "entry" } else { "entries" });
            for count in &part.counts {
                text += &format!("{:>10}  {}\n", count.entries, count.phase.name());
            }
            for entry in &part.named {
                text += &format!("  {}  {}  {}\n", entry.phase.name(), entry.natural, cause(entry));
            }
            text += &match &part.left {
                None | Some(Left::Done) => String::new(),
                Some(Left::Later(at)) => {
                    format!("{}: it goes on at {} with `jemap run`\n", part.name, shown(*at))
                }
                Some(Left::Outage(why)) => {
                    format!("{}: {why}; the entries are kept, `jemap run` delivers them\n", part.name)
                }
                Some(Left::Stopped) => {
                    format!("{}: stopped; the entries are kept, `jemap run` delivers them\n", part.name)
                }
            };
        }
        if let Some(holder) = self.elsewhere {
            let who = holder.map_or_else(|| "another process".into(), |pid| format!("process {pid}"));
            text += &format!("{who} sends from this book: it delivers these, or `jemap run` after it\n");
        }
        if self.entries(&[Phase::InDoubt]) > 0 {
            text += "in-doubt: nobody knows yet whether they are posted; `jemap run` resolves it\n";
        }
        if self.entries(&[Phase::Parked]) > 0 {
            text += "parked: nobody knows whether they are posted; look in the receiver, \
                     then settle, retry or close them\n";
        }
        if self.entries(&[Phase::Overdue]) > 0 {
            text += "overdue: no confirmation came; look in the receiver's message monitor\n";
        }
        text
    }
}

/// The first cause in words.
fn cause(entry: &Attention) -> String {
    let notes: Option<Value> = entry.notes.as_deref().and_then(|notes| serde_json::from_str(notes).ok());
    let said = notes.as_ref().and_then(|notes| {
        notes.get(0).map_or_else(|| notes["message"].as_str(), |note| note["text"].as_str())
    });
    match (&entry.cause, said) {
        (Some(code), Some(said)) => format!("{code}: {said}"),
        (Some(code), None) => code.clone(),
        (None, Some(said)) => said.to_owned(),
        (None, None) => String::new(),
    }
}

/// A moment as RFC 3339, to the second.
fn shown(at: i64) -> String {
    /// Milliseconds from 0001-01-01 to 1970-01-01.
    const UNIX_SECONDS: i64 = 62_135_596_800;
    const TICKS: i64 = 10_000_000;
    let mut text = vec![];
    let seconds = at.div_euclid(1_000).saturating_add(1).saturating_add(UNIX_SECONDS);
    Time { ticks: seconds.saturating_mul(TICKS), offset: 0 }.write(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}
