//! `jemap transform`: a mapping over inputs into outputs.

use super::args::Transform;
use super::input::{self, Input};
use super::output::{self, Outputs};
use super::stop::Signal;
use super::{Exit, Screen, loader, progress, stop};
use crate::data::Time;
use crate::diag::Code;
use crate::mapping::{Mapping, ParamDefault, RunError, RunOptions};
use crate::report::{Problem, RunReport};
use crate::sink::{Sink, SinkError, Temporaries};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

pub(super) fn transform(command: &Transform, screen: &Screen) -> Exit {
    match prepare(command, screen) {
        Ok(prepared) => prepared.run(command, screen),
        Err((exit, problems)) => {
            for problem in &problems {
                screen.problem(problem);
            }
            exit
        }
    }
}

/// Everything that can be known before data flows.
struct Prepared {
    mapping: Mapping,
    inputs: Vec<Input>,
    options: RunOptions,
}

fn prepare(command: &Transform, screen: &Screen) -> Result<Prepared, (Exit, Vec<Problem>)> {
    let compiled = loader::compile(&command.map, &[]).map_err(|p| (Exit::Wrong, vec![p]))?;
    screen.reports(&compiled.reports);
    let mapping = compiled.mapping.ok_or((Exit::Wrong, vec![]))?;
    let inputs = input::expand(&command.inputs).map_err(|problems| (Exit::Input, problems))?;
    let mut problems = output::contradictions(command, &inputs);
    let params = parameters(&command.params, &mapping, &mut problems);
    if !problems.is_empty() {
        return Err((Exit::Wrong, problems));
    }
    let run_time = command.run_time.clone().unwrap_or_else(now);
    let run_id = command.run_id.clone().unwrap_or_else(|| run_id(&run_time));
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let options = RunOptions {
        params,
        run_time,
        run_id,
        threads: command.threads.map_or_else(cores, usize::from),
        soap: command.soap.into(),
        split: command.split.unwrap_or_default(),
        fail_fast: command.fail_fast,
        max_rejects: command.max_rejects,
        document_bytes_max: command.document_max,
        format: command.input_format.into(),
        ..RunOptions::default()
    };
    Ok(Prepared { mapping, inputs, options })
}

/// Parameters as given, and from the environment where the mapping says so. What is wrong with their values,
/// the run's start says.
pub(super) fn parameters(
    given: &[(String, String)],
    mapping: &Mapping,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let mut params = BTreeMap::new();
    for (name, value) in given {
        if params.insert(name.clone(), value.clone()).is_some() {
            problems.push(Problem::new(Code::J652, format!("the parameter `{name}` is given twice")));
        }
    }
    for param in mapping.params() {
        let Some(ParamDefault::Env(variable)) = param.default else { continue };
        if params.contains_key(&param.name) {
            continue;
        }
        match std::env::var(&variable) {
            Ok(value) => {
                params.insert(param.name, value);
            }
            Err(_) => problems.push(
                Problem::new(
                    Code::J624,
                    format!(
                        "the environment variable {variable} of the parameter `{}` is not set",
                        param.name
                    ),
                )
                .help(format!("set it, or give `--param {}=…`", param.name)),
            ),
        }
    }
    params
}

/// How a run ended.
enum End {
    Finished(RunReport),
    /// The input broke off; what came before it is complete.
    Broken(RunReport),
    /// Too many rejects: no documents are kept.
    Refused(Box<RunReport>),
    /// Nothing to report.
    Failed(Exit),
}

impl Prepared {
    fn run(&self, command: &Transform, screen: &Screen) -> Exit {
        let temporaries = Temporaries::default();
        let signal = stop::on_signal(&self.options.stop, &temporaries);
        let mut outputs = match output::open(command, self.mapping.contract(), &temporaries) {
            Ok(outputs) => outputs,
            Err(error) => return sink_failed(&error, screen),
        };
        let end = self.read(&mut outputs, command.again, &signal, screen);
        let (report, exit) = match end {
            End::Failed(exit) => return exit,
            End::Finished(report) if report.counts.rejected.documents > 0 => (report, Exit::Rejected),
            End::Finished(report) => (report, Exit::Good),
            End::Broken(report) => (report, Exit::Input),
            End::Refused(report) => {
                // The documents are not kept, but what was wrong with the refused ones is.
                if let Some(Err(error)) = outputs.rejects.as_mut().map(Sink::finish) {
                    return sink_failed(&error, screen);
                }
                (*report, Exit::Rejected)
            }
        };
        drop(outputs);
        screen.say(&report.text(screen.colour));
        if report.counts.rejected.documents > 0 && command.rejects.is_none() {
            screen.say("\nthe refused documents are kept with `--rejects FILE`\n");
        }
        if let Some(path) = &command.report
            && let Err(error) = output::write(path, &format!("{:#}\n", report.to_json()), &temporaries)
        {
            return sink_failed(&error, screen);
        }
        exit
    }

    fn read(&self, outputs: &mut Outputs, again: bool, signal: &Signal, screen: &Screen) -> End {
        let mut run = match self.mapping.start(&self.options, Box::new(outputs)) {
            Ok(run) => run,
            Err(problems) => {
                problems.iter().for_each(|p| screen.problem(p));
                return End::Failed(Exit::Wrong);
            }
        };
        let taken = Arc::new(AtomicU64::new(0));
        let total = self.inputs.iter().map(Input::bytes).sum();
        let bar = progress::watch(&self.options.progress, &taken, total, screen.quiet);
        let mut broken = None;
        for input in &self.inputs {
            screen.tell(&format!("reading {}", input.name()));
            let mut reader = match input.open(&taken) {
                Ok(reader) => reader,
                Err(problem) => {
                    broken = Some(problem);
                    break;
                }
            };
            let read = match again {
                true => run.read_again(&input.name(), &mut reader),
                false => run.read(&input.name(), &mut reader),
            };
            if let Err(error) = read {
                match error {
                    RunError::Input { code, message, place } => {
                        broken =
                            Some(Problem::new(code, format!("{place} (byte {}): {message}", place.byte)));
                        break;
                    }
                    error => {
                        drop(bar);
                        return ended(error, signal, screen);
                    }
                }
            }
        }
        let finished = run.finish();
        drop(bar);
        match (finished, broken) {
            (Err(error), _) => ended(error, signal, screen),
            (Ok(report), None) => End::Finished(report),
            (Ok(report), Some(problem)) => {
                let help = match report.counts.written.documents {
                    0 => "no document before it could be written".to_owned(),
                    1 => "the document before it is written and complete".to_owned(),
                    n => format!("the {n} documents before it are written and complete"),
                };
                screen.problem(&problem.help(help));
                End::Broken(report)
            }
        }
    }
}

/// What an error that ends a run means for the process.
fn ended(error: RunError, signal: &Signal, screen: &Screen) -> End {
    match error {
        RunError::Input { code, message, place } => {
            screen.problem(&Problem::new(code, format!("{place} (byte {}): {message}", place.byte)));
            End::Failed(Exit::Input)
        }
        RunError::Sink(error) => End::Failed(sink_failed(&error, screen)),
        RunError::TooManyRejects(report) => {
            let refused = report.counts.rejected.documents;
            let message = match refused {
                1 => "a document was refused".to_owned(),
                n => format!("{n} documents were refused"),
            };
            screen.problem(&Problem::new(
                Code::J631,
                format!("{message}, more than allowed: the output is not kept"),
            ));
            End::Refused(report)
        }
        RunError::Stopped => {
            screen.problem(&Problem::new(Code::J632, "the run was stopped"));
            End::Failed(signal.exit())
        }
    }
}

/// A pipe that nobody reads any more is a good end.
fn sink_failed(error: &SinkError, screen: &Screen) -> Exit {
    let SinkError::Output { code, help, .. } = error else { return Exit::Good };
    let problem = Problem::new(*code, error.to_string());
    screen.problem(&match help {
        Some(help) => problem.help(*help),
        None => problem,
    });
    Exit::Output
}

/// The current time as RFC 3339, to the second: `run.time` is a parameter, this is only its default.
pub(super) fn now() -> String {
    /// Seconds from 0001-01-01 to 1970-01-01.
    const UNIX_SECONDS: i64 = 62_135_596_800;
    const TICKS: i64 = 10_000_000;
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let seconds = i64::try_from(seconds).unwrap_or(0) + UNIX_SECONDS;
    let mut text = vec![];
    Time { ticks: seconds * TICKS, offset: 0 }.write(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// `20250131T120000Z`
pub(super) fn run_id(run_time: &str) -> String {
    run_time.chars().filter(|c| c.is_ascii_alphanumeric()).collect()
}
