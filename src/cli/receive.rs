//! `jemap receive`: confirmations from files or over HTTP, into the book.

use super::args::Receive as Command;
use super::deliver::{Halt, book_failed, clock, configuration};
use super::input::{Input, expand_one};
use super::{Exit, Screen};
use crate::answer::CONFIRMATION_BYTES_MAX;
use crate::book::{Book, BookError, Effect, Part, Says, Touched};
use crate::courier::{Ear, Heard, Listening, NotReceived, Received, Tell, receive as take, terms};
use crate::diag::Code;
use crate::listen::Stop;
use crate::report::Problem;
use crate::sink::reason;
use crate::wire::{Configuration, Destination};
use serde_json::{Value, json};
use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Entries of one confirmation that are told to people.
const TOLD: usize = 20;
/// How often a listener looks whether it is being stopped, and for confirmations that are missing.
const LOOK: Duration = Duration::from_millis(100);
const CLOCK: Duration = Duration::from_secs(1);

pub(super) fn receive(command: &Command, screen: &Screen) -> Exit {
    let configuration = match configuration(&command.config, screen) {
        Ok(configuration) => configuration,
        Err(exit) => return exit,
    };
    let done = if command.files.is_empty() {
        listen(command, &configuration, screen)
    } else {
        files(command, &configuration, screen)
    };
    done.unwrap_or_else(|exit| exit)
}

/// Reads files, each in a transaction of its own.
fn files(command: &Command, configuration: &Configuration, screen: &Screen) -> Result<Exit, Exit> {
    let (mut inputs, mut exit) = (vec![], Exit::Good);
    for argument in &command.files {
        match expand_one(argument, "*.xml") {
            Ok(found) => inputs.extend(found),
            Err(problem) => {
                screen.problem(&problem);
                exit = Exit::Wrong;
            }
        }
    }
    if inputs.is_empty() {
        return Err(exit);
    }
    let mut book = Book::open(&configuration.book, clock()).map_err(|e| book_failed(&e, screen))?;
    for input in &inputs {
        let name = input.name();
        let received = read(input).and_then(|body| {
            let what = if matches!(input, Input::Standard) { "the input" } else { "the file" };
            take(&mut book, &body, what, &name).map_err(|why| match why {
                NotReceived::Book(error) => Wrong::Book(error),
                NotReceived::Other(why) => Wrong::File(
                    Problem::new(Code::J701, format!("{name}: {why}")).help("nothing of it is kept"),
                ),
                NotReceived::TooLarge(why) => Wrong::File(
                    Problem::new(Code::J701, format!("{name}: {why}"))
                        .help("fewer entries in a message, `batch` of the destination, give smaller ones"),
                ),
            })
        });
        match received {
            Ok(received) => {
                let strays = match received.confirmed.again {
                    true => book.strays(Some(received.confirmed.number), 1).map(|found| found.len()),
                    false => Ok(0),
                };
                let strays = strays.map_err(|e| book_failed(&e, screen))?;
                exit = worse(exit, meaning(&received, strays));
                let said = said(&received, &name, command.json);
                let printed = screen.print(&said);
                if printed != Exit::Good {
                    return Ok(printed);
                }
            }
            Err(Wrong::Book(error)) => return Err(book_failed(&error, screen)),
            Err(Wrong::File(problem)) => {
                if command.json {
                    let line = json!({"source": name, "problem": problem.message});
                    screen.print(&format!("{line}\n"));
                }
                screen.problem(&problem);
                exit = Exit::Wrong;
            }
        }
    }
    Ok(exit)
}

/// Why a file was not taken.
enum Wrong {
    File(Problem),
    Book(BookError),
}

fn read(input: &Input) -> Result<Vec<u8>, Wrong> {
    let mut reader = input.open(&Arc::new(AtomicU64::new(0))).map_err(Wrong::File)?;
    let mut body = vec![];
    // one byte more than may be shows that there are more
    let most = CONFIRMATION_BYTES_MAX as u64 + 1;
    reader.by_ref().take(most).read_to_end(&mut body).map_err(|error| {
        let message = match error.get_ref() {
            Some(inner) => inner.to_string(),
            None => reason(&error),
        };
        Wrong::File(Problem::new(Code::J601, format!("cannot read {}: {message}", input.name())))
    })?;
    Ok(body)
}

/// What a confirmation means for the exit code; `strays` are those of one that was there already.
fn meaning(received: &Received, strays: usize) -> Exit {
    let waits = |effect: &Effect| effect.stray.is_some() || effect.alarm.is_some();
    if strays > 0 || received.confirmed.effects.iter().any(waits) {
        Exit::DOUBT
    } else if received.parts.iter().any(|part| part.says == Says::Refused) {
        Exit::Rejected
    } else {
        Exit::Good
    }
}

/// A wrong file before what waits for a person, this before refusals.
fn worse(one: Exit, other: Exit) -> Exit {
    let order = [Exit::Wrong, Exit::DOUBT, Exit::Rejected];
    order.into_iter().find(|exit| [one, other].contains(exit)).unwrap_or(Exit::Good)
}

/// Listens until it is stopped.
fn listen(command: &Command, configuration: &Configuration, screen: &Screen) -> Result<Exit, Exit> {
    let halt = Halt::on_signal();
    let ear = Listener::open(command.listen, configuration, command.json, screen)?;
    halt.delivering.store(true, Ordering::SeqCst);
    let mut book = Book::open(&configuration.book, clock()).map_err(|e| book_failed(&e, screen))?;
    let mut looked: Option<Instant> = None;
    while !halt.stopped() && !ear.ended() {
        std::thread::sleep(LOOK);
        if looked.is_none_or(|at| at.elapsed() >= CLOCK) {
            // what cannot be looked at now is looked at again
            let _ = silence(&mut book, &configuration.destinations);
            looked = Some(Instant::now());
        }
    }
    let ended = ear.ended();
    ear.stop();
    Ok(if ended { Exit::Output } else { halt.exit() })
}

/// Makes what was not confirmed in time overdue, also where nobody sends.
fn silence(book: &mut Book, destinations: &[Destination]) -> Result<u64, BookError> {
    book.turn(|turn| destinations.iter().map(|to| turn.clock(&to.name, &terms(to))).sum())
}

/// A listener at work in a thread of its own.
pub(super) struct Listener {
    stop: Stop,
    thread: JoinHandle<()>,
}

impl Listener {
    /// Binds, says where, and serves.
    pub(super) fn open(
        listen: Option<SocketAddr>,
        configuration: &Configuration,
        as_json: bool,
        screen: &Screen,
    ) -> Result<Listener, Exit> {
        let wrong = |problem: Problem| {
            screen.problem(&problem);
            Exit::Wrong
        };
        let door = configuration
            .receive
            .door(listen)
            .map_err(|(why, help)| wrong(Problem::new(Code::J734, why).help(help)))?;
        let book = Book::open(&configuration.book, clock()).map_err(|e| book_failed(&e, screen))?;
        let scheme = if door.tls.is_some() { "https" } else { "http" };
        let path = door.path.clone().unwrap_or_else(|| "/".to_owned());
        let login = door.login.is_some();
        let address = door.address;
        let ear = Ear { address, path: door.path, login: door.login, tls: door.tls };
        let listening = ear.open(book, tell(as_json, *screen)).map_err(|error| {
            let help = "another program has the port, or it is no address of this machine; any free port: \
                        `--listen 127.0.0.1:0`";
            wrong(
                Problem::new(Code::J761, format!("cannot listen at {address}: {}", reason(&error)))
                    .help(help),
            )
        })?;
        let url = format!("{scheme}://{}{path}", listening.address());
        let text = match as_json {
            true => format!("{}\n", json!({ "listening": url, "login": login })),
            false => format!("listening at {url}\n"),
        };
        screen.print(&text);
        Listener::serve(listening).map_err(|error| {
            wrong(Problem::new(Code::J761, format!("cannot listen at {address}: {}", reason(&error))))
        })
    }

    fn serve(listening: Listening) -> std::io::Result<Listener> {
        let stop = listening.stop();
        let thread = std::thread::Builder::new().name("receive".into()).spawn(move || listening.serve())?;
        Ok(Listener { stop, thread })
    }

    fn ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Answers what is being answered, and ends.
    pub(super) fn stop(self) {
        self.stop.stop();
        // a thread that broke has nothing more to say
        let _ = self.thread.join();
    }
}

/// Says what is heard, as it is heard.
fn tell(as_json: bool, screen: Screen) -> Tell {
    Box::new(move |heard| match heard {
        Heard::Received(received) => {
            screen.print(&said(received, "http", as_json));
        }
        Heard::Refused { peer, status, why } => {
            let peer = peer.map_or("one who is gone".to_owned(), |peer| peer.to_string());
            screen.say(&match status {
                Some(status) => format!("answered {status} to {peer}: {why}\n"),
                None => format!("TLS was not agreed on with {peer}: {why}\n"),
            });
        }
        Heard::Failed(error) => {
            screen.problem(&Problem::new(error.code, error.message.clone()).help("it is to be posted again"));
        }
    })
}

fn said(received: &Received, source: &str, as_json: bool) -> String {
    if as_json { format!("{}\n", as_value(received, source)) } else { words(received, source) }
}

fn as_value(received: &Received, source: &str) -> Value {
    let confirmed = &received.confirmed;
    let entries = received.parts.iter().enumerate().map(|(at, part)| {
        let mut value = json!({
            "reference": part.reference, "says": part.says.word(), "cause": part.cause,
            "notes": serde_json::from_str::<Value>(&part.notes).unwrap_or_default(),
        });
        if let Says::Posted(posted) = &part.says {
            value["posted"] =
                json!({"document": posted.document, "company": posted.company, "year": posted.year});
        }
        if let Some(effect) = confirmed.effects.iter().find(|effect| effect.part == at) {
            let entry = effect.entry.as_ref();
            value["key"] = json!(entry.map(|entry| entry.key.to_string()));
            value["entry"] = json!(entry.map(|entry| &entry.natural));
            value["destination"] = json!(entry.map(|entry| &entry.destination));
            value["before"] = json!(entry.map(|entry| entry.before.name()));
            value["state"] = json!(entry.map(|entry| entry.after.name()));
            value["stray"] = json!(effect.stray);
            value["alarm"] = json!(effect.alarm.map(|alarm| alarm.words()));
        }
        value
    });
    json!({
        "confirmation": confirmed.number, "again": confirmed.again, "source": source,
        "message": received.message, "entries": entries.collect::<Vec<_>>(),
    })
}

fn words(received: &Received, source: &str) -> String {
    let (confirmed, parts) = (&received.confirmed, &received.parts);
    let source = if source == "http" { String::new() } else { format!("{source}: ") };
    let number = confirmed.number;
    if confirmed.again {
        return format!("{source}confirmation {number} came again: nothing changes\n");
    }
    let mut counts = vec![];
    for word in ["posted", "refused", "unclear"] {
        let count = parts.iter().filter(|part| part.says.word() == word).count();
        if count > 0 {
            counts.push(format!("{count} {word}"));
        }
    }
    let mut text = format!("{source}confirmation {number}: {}\n", counts.join(", "));
    // what somebody must look at first
    let mut effects: Vec<&Effect> = confirmed.effects.iter().collect();
    effects.sort_by_key(|effect| match (&effect.alarm, &effect.stray) {
        (Some(_), _) => 0,
        (None, Some(_)) => 1,
        _ if parts.get(effect.part).is_some_and(|part| part.says == Says::Refused) => 2,
        _ => 3,
    });
    let lines = effects.iter().take(TOLD);
    text.extend(lines.filter_map(|effect| Some(line(effect, parts.get(effect.part)?))));
    if effects.len() > TOLD {
        text += &format!("  and {} more: `jemap list`\n", effects.len() - TOLD);
    }
    text
}

/// `  refused  G26-0401-02  M3 305: Material FAIL-22 does not exist`
fn line(effect: &Effect, part: &Part) -> String {
    let who = match (&effect.entry, &part.reference) {
        (Some(touched), _) => touched.natural.clone(),
        (None, Some(reference)) => reference.clone(),
        (None, None) => "no id".to_owned(),
    };
    let what = match &part.says {
        Says::Posted(posted) => format!("{}/{}/{}", posted.document, posted.company, posted.year),
        Says::Unclear(_) => String::new(),
        Says::Refused => note(&part.notes),
    };
    let mut text = format!("  {:7}  {who}  {what}", part.says.word());
    if let Some(why) = &effect.stray {
        text = format!("{}  stray: {why}", text.trim_end());
    } else if let Some(touched) = effect.entry.as_ref().filter(|t| stays(t, part)) {
        text = format!("{}  (the entry stays {})", text.trim_end(), touched.after.name());
    }
    if let Some(alarm) = effect.alarm {
        text = format!("{}\n  alarm    {who}  {}", text.trim_end(), alarm.words());
    }
    format!("{}\n", text.trim_end())
}

/// Whether the entry is not what the part says.
fn stays(touched: &Touched, part: &Part) -> bool {
    touched.after.name() != part.says.word()
}

/// The first note in words.
fn note(notes: &str) -> String {
    let notes: Value = serde_json::from_str(notes).unwrap_or_default();
    let part = |name: &str| notes[0][name].as_str().unwrap_or_default();
    let code = format!("{} {}", part("class"), part("number"));
    match (code.trim(), part("text")) {
        ("", text) => text.to_owned(),
        (code, text) => format!("{code}: {text}"),
    }
}
