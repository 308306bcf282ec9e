//! `jemap send`: entries are mapped and taken into the book, then delivered.

use super::args::Send;
use super::deliver::{Account, Halt, Work, book_failed, clock, configuration, destination};
use super::input::{self, Input};
use super::rehearse::{Dry, Simulation};
use super::transform::{now, parameters, run_id};
use super::{Exit, Screen, loader, watch};
use crate::answer::Service;
use crate::book::{Batch, Book, BookSink, Counts};
use crate::courier::Until;
use crate::diag::Code;
use crate::fate::Mode;
use crate::mapping::{Mapping, RunError, RunOptions, Soap, Split};
use crate::report::{Problem, RunReport};
use crate::sink::{Outcome, Sink, SinkError, reason};
use crate::wire::{Client, Configuration, Destination, SoapSink};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

pub(super) fn send(command: &Send, screen: &Screen) -> Exit {
    match prepare(command, screen) {
        Ok(prepared) if command.dry_run => prepared.dry(command, screen).unwrap_or_else(|exit| exit),
        Ok(prepared) if command.simulate => prepared.simulate(command, screen).unwrap_or_else(|exit| exit),
        Ok(prepared) => prepared.send(command, screen).unwrap_or_else(|exit| exit),
        Err(exit) => exit,
    }
}

/// What a receiver says of a simulation.
pub(super) fn simulation(command: &Send, screen: &Screen) -> Result<Simulation, Exit> {
    prepare(command, screen)?.ask(screen)
}

/// Everything that can be known before data flows.
struct Prepared {
    mapping: Mapping,
    hash: [u8; 32],
    inputs: Vec<Input>,
    options: RunOptions,
    configuration: Configuration,
    to: Destination,
    halt: Halt,
}

fn prepare(command: &Send, screen: &Screen) -> Result<Prepared, Exit> {
    let wrong = |problems: Vec<Problem>| {
        problems.iter().for_each(|problem| screen.problem(problem));
        Exit::Wrong
    };
    let configuration = configuration(&command.config, screen)?;
    let to = destination(&configuration, &command.to, screen)?;
    let compiled = loader::compile(&command.map, &[]).map_err(|p| wrong(vec![p]))?;
    screen.reports(&compiled.reports);
    let mapping = compiled.mapping.ok_or(Exit::Wrong)?;
    let text = fs::read(&command.map).map_err(|e| {
        let message = format!("cannot read the mapping {}: {}", command.map.display(), reason(&e));
        wrong(vec![Problem::new(Code::J641, message)])
    })?;
    let inputs = input::expand(&command.inputs).map_err(wrong)?;
    let mut problems = vec![];
    let params: BTreeMap<String, String> = parameters(&command.params, &mapping, &mut problems);
    if !problems.is_empty() {
        return Err(wrong(problems));
    }
    let run_time = command.run_time.clone().unwrap_or_else(now);
    let halt = Halt::on_signal();
    let options = RunOptions {
        params,
        run_id: run_id(&run_time),
        run_time,
        destination: to.name.clone(),
        simulate: command.simulate,
        // the book divides by itself; a simulation is sent as it is made
        split: if command.simulate { Split::Documents(u64::from(to.batch)) } else { Split::Never },
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        soap: match to.soap {
            crate::xml::Soap::V12 => Soap::V12,
            _ => Soap::V11,
        },
        format: command.input_format.into(),
        stop: Arc::clone(&halt.stop),
        ..RunOptions::default()
    };
    Ok(Prepared { mapping, hash: Sha256::digest(text).into(), inputs, options, configuration, to, halt })
}

impl Prepared {
    fn send(&self, command: &Send, screen: &Screen) -> Result<Exit, Exit> {
        let failed = |error: &_| book_failed(error, screen);
        let path = &self.configuration.book;
        let mut book = Book::open(path, clock()).map_err(|e| failed(&e))?;
        let began = clock()();
        let (batch, counts) = self.take(&mut book, command, screen)?;
        let taken = told(&counts);
        if !command.json {
            screen.say(&words(&counts));
        }
        let until = if command.wait { Until::Resolved } else { Until::Now };
        let destinations = std::slice::from_ref(&self.to);
        let work = Work { path, destinations, until, halt: &self.halt };
        let delivered = work.deliver(&mut book, screen)?;
        // entries that were there already belong to an earlier batch
        let batch = Some(batch).filter(|_| counts.duplicates == 0 && counts.conflicts == 0);
        let account = Account::of(&book, &work, batch, delivered).map_err(|e| failed(&e))?;
        Ok(account.say(command.json, began, Some(&taken), screen))
    }

    /// Says what would be taken.
    fn dry(&self, command: &Send, screen: &Screen) -> Result<Exit, Exit> {
        let path = &self.configuration.book;
        let book = match path.exists() {
            true => Some(Book::read_only(path, clock()).map_err(|e| book_failed(&e, screen))?),
            false => None,
        };
        let mut dry = Dry::new(book.as_ref(), &self.to.name, self.mapping.name().0);
        self.read(&mut dry, screen)?;
        let text = if command.json {
            let counts = json!({
                "taken": dry.new, "duplicates": dry.same, "rejected": dry.rejected,
                "conflicts": dry.other.len(), "conflicting": dry.other,
            });
            format!("{}\n", json!({ "dry_run": counts }))
        } else {
            let (new, same, rejected, other) = (dry.new, dry.same, dry.rejected, dry.other.len());
            format!(
                "would be taken and sent to {}: {new}; already there: {same}; refused by the mapping: \
                 {rejected}; there with other content: {other}\n",
                self.to.name
            )
        };
        let exit = match (dry.other.len(), dry.rejected) {
            (0, 0) => Exit::Good,
            (0, _) => Exit::Rejected,
            _ => Exit::Conflict,
        };
        let printed = screen.print(&text);
        Ok(if printed == Exit::Good { exit } else { printed })
    }

    /// Asks the receiver what would become of the entries. The book is not touched.
    fn ask(&self, screen: &Screen) -> Result<Simulation, Exit> {
        if self.to.mode == Mode::Async {
            let message = format!("`{}` is asynchronous: it answers nothing to a simulation", self.to.name);
            let help = "simulate at a synchronous destination";
            screen.problem(&Problem::new(Code::J652, message).help(help));
            return Err(Exit::Wrong);
        }
        let client = Client::new(&self.to).map_err(|why| {
            screen.problem(&Problem::new(Code::J735, why));
            Exit::Wrong
        })?;
        let mut simulation = Simulation::new(SoapSink::new(client).simulated());
        self.read(&mut simulation, screen)?;
        Ok(simulation)
    }

    fn simulate(&self, command: &Send, screen: &Screen) -> Result<Exit, Exit> {
        let simulation = self.ask(screen)?;
        let text = if command.json { format!("{}\n", simulation.json()) } else { simulation.text() };
        let exit = if simulation.any(Outcome::Deferred) {
            Exit::UNREACHABLE
        } else if simulation.any(Outcome::Unknown) {
            Exit::DOUBT
        } else if simulation.any(Outcome::Rejected) || !simulation.rejected.is_empty() {
            Exit::Rejected
        } else {
            Exit::Good
        };
        let printed = screen.print(&text);
        Ok(if printed == Exit::Good { exit } else { printed })
    }

    /// Takes the inputs as one batch. When it returns well, all that is counted is on disk.
    fn take(&self, book: &mut Book, command: &Send, screen: &Screen) -> Result<(i64, Counts), Exit> {
        let (name, version) = self.mapping.name();
        let names: Vec<String> = self.inputs.iter().map(Input::name).collect();
        let batch = Batch {
            source: names.join(" "),
            destination: self.to.name.clone(),
            mode: self.to.mode,
            mapping: (name.to_owned(), version),
            hash: self.hash,
            path: command.map.display().to_string(),
            params: json!(self.options.params).to_string(),
        };
        let intake = book.intake(batch).map_err(|e| book_failed(&e, screen))?;
        let id = intake.id();
        let mut sink = BookSink::new(intake, Service::journal_entry().key_company)
            .searchable(self.to.mode == Mode::SyncLookup);
        let sender = Service::journal_entry().header_sender;
        if self.to.mode == Mode::Async {
            sink = sink.named(sender);
        }
        self.read(&mut sink, screen)?;
        if sink.is_unnamed() {
            screen.say(&format!(
                "the mapping names no sender, so the receiver will confirm nothing: write `message {{ {sender} = \
                 \"…\" }}` with the name of your communication system\n"
            ));
        }
        Ok((id, sink.counts().clone()))
    }

    /// Maps the inputs into a sink. Nothing of a broken input is kept.
    fn read(&self, sink: &mut dyn Sink, screen: &Screen) -> Result<RunReport, Exit> {
        let mut run = self.mapping.start(&self.options, Box::new(sink)).map_err(|problems| {
            problems.iter().for_each(|p| screen.problem(p));
            Exit::Wrong
        })?;
        let taken = Arc::new(AtomicU64::new(0));
        let total = self.inputs.iter().map(Input::bytes).sum();
        let line = watch::taking(&self.options.progress, &taken, total, screen);
        for input in &self.inputs {
            screen.tell(&format!("reading {}", input.name()));
            let mut reader = input.open(&taken).map_err(|problem| {
                screen.problem(&problem.help("nothing is taken"));
                Exit::Wrong
            })?;
            run.read(&input.name(), &mut reader).map_err(|error| self.ended(error, screen))?;
        }
        let report = run.finish();
        drop(line);
        report.map_err(|error| self.ended(error, screen))
    }

    /// What an error that ends the intake means for the process.
    fn ended(&self, error: RunError, screen: &Screen) -> Exit {
        match error {
            RunError::Input { code, message, place } => {
                let message = format!("{place} (byte {}): {message}", place.byte);
                screen.problem(
                    &Problem::new(code, message).help("nothing is taken; mend it and send it again"),
                );
                Exit::Wrong
            }
            RunError::Sink(SinkError::Output { code, help, message, .. }) => {
                let problem = Problem::new(code, message);
                screen.problem(&match help {
                    Some(help) => problem.help(help),
                    None => problem,
                });
                Exit::Book
            }
            RunError::Sink(SinkError::Closed) | RunError::TooManyRejects(_) => Exit::Book,
            RunError::Stopped => {
                screen.problem(&Problem::new(Code::J632, "the run was stopped; nothing is taken"));
                self.halt.exit()
            }
        }
    }
}

fn told(counts: &Counts) -> Value {
    json!({
        "taken": counts.taken, "adopted": counts.adopted, "duplicates": counts.duplicates,
        "rejected": counts.rejected, "conflicts": counts.conflicts, "conflicting": counts.named,
    })
}

fn words(counts: &Counts) -> String {
    let Counts { taken, adopted, duplicates, rejected, conflicts, named } = counts;
    let mut text = format!("taken: {}", taken + adopted);
    for (number, word) in [
        (duplicates, "already there"),
        (rejected, "refused by the mapping, and kept"),
        (conflicts, "there with other content, and not taken"),
    ] {
        if *number > 0 {
            text += &format!(", {number} {word}");
        }
    }
    text.push('\n');
    for name in named {
        text += &format!("  conflict  {name}\n");
    }
    text
}
