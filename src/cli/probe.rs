//! `jemap probe`: a destination is tried step by step, and nothing is posted.

use super::args::{Layout, Probe, Send};
use super::deliver::{configuration, destination};
use super::rehearse::Simulation;
use super::{Exit, Screen, loader, send};
use crate::contract::{Change, Contract, Difference, builtin, builtin_profiles, diff, diff_json, diff_text};
use crate::diag::{Code, near};
use crate::fate::Mode;
use crate::report::Problem;
use crate::sink::Outcome;
use crate::wire::{Client, Destination, Sound, Step};
use serde_json::{Value, json};

/// The contract of the services.
const CONTRACT: &str = "s4.journal_entry";
/// Differences and refused entries that are told to people.
const TOLD: usize = 20;

pub(super) fn probe(command: &Probe, screen: &Screen) -> Exit {
    probe_of(command, screen).unwrap_or_else(|exit| exit)
}

fn probe_of(command: &Probe, screen: &Screen) -> Result<Exit, Exit> {
    let configured = configuration(&command.config, screen)?;
    let to = destination(&configured, &command.to, screen)?;
    let wanted = wanted(command, screen)?;
    if let Some(problem) = cannot_simulate(command, &to) {
        screen.problem(&problem);
        return Err(Exit::Wrong);
    }
    let client = Client::new(&to).map_err(|why| {
        screen.problem(&Problem::new(Code::J735, why));
        Exit::Wrong
    })?;
    let mut told = Told { command, screen, steps: vec![], exit: Exit::Good };
    let found = client.probe(&mut |step| told.say(step, Exit::UNREACHABLE));
    let mut differences = vec![];
    if let Some(found) = &found {
        let (step, list) = compared(&wanted, found);
        told.say(step, Exit::Rejected);
        if !command.json {
            let text = diff_text(&list[..list.len().min(TOLD)]);
            screen.print(&text.lines().map(|line| format!("           {line}\n")).collect::<String>());
            if list.len() > TOLD {
                screen.say(&format!("and {} more: `--json`\n", list.len() - TOLD));
            }
        }
        differences = list;
    }
    let mut simulated = Value::Null;
    if let ([map, input], true) = (&command.simulate[..], told.exit != Exit::UNREACHABLE) {
        let simulation = send::simulation(&as_send(command, map, input), screen)?;
        told.say(simulation_step(&simulation), Exit::Rejected);
        simulated = simulation.json()["simulated"].clone();
    }
    if command.json {
        let steps: Vec<Value> = told.steps.iter().map(as_json).collect();
        let text = json!({
            "destination": to.name, "mode": to.mode.name(), "steps": steps,
            "differences": diff_json(&differences), "simulated": simulated,
        });
        let printed = screen.print(&format!("{text}\n"));
        return Ok(if printed == Exit::Good { told.exit } else { printed });
    }
    Ok(told.exit)
}

/// The steps that were told, and how the process ends by them.
struct Told<'t> {
    command: &'t Probe,
    screen: &'t Screen,
    steps: Vec<Step>,
    exit: Exit,
}

impl Told<'_> {
    /// Tells a step at once: the next one may take a while.
    fn say(&mut self, step: Step, failed: Exit) {
        // what a destination says wrongly is no outage
        let failed = if step.name == "look-up" { Exit::Rejected } else { failed };
        if step.sound == Sound::Failed {
            self.exit = failed;
        }
        if !self.command.json {
            let mut text = format!("{:<7}  {:<11}  {}\n", word(step.sound), step.name, step.what);
            text.extend(step.help.map(|help| format!("{:22}help: {help}\n", "")));
            self.screen.print(&text);
        }
        self.steps.push(step);
    }
}

fn word(sound: Sound) -> &'static str {
    match sound {
        Sound::Good => "ok",
        Sound::Failed => "failed",
        Sound::Unknown => "unknown",
    }
}

fn as_json(step: &Step) -> Value {
    json!({ "step": step.name, "result": word(step.sound), "what": step.what, "help": step.help })
}

/// What is expected of the service: the mapping's target, a profile, or any of those that come with jemap.
fn wanted(command: &Probe, screen: &Screen) -> Result<Vec<Contract>, Exit> {
    let wrong = |problem: Problem| {
        screen.problem(&problem);
        Exit::Wrong
    };
    if let Some(map) = &command.map {
        let compiled = loader::compile(map, &[]).map_err(wrong)?;
        screen.reports(&compiled.reports);
        return Ok(vec![compiled.mapping.ok_or(Exit::Wrong)?.contract().clone()]);
    }
    let profiles = builtin_profiles(CONTRACT);
    match &command.profile {
        None => Ok(profiles.iter().filter_map(|profile| builtin(CONTRACT, profile)).collect()),
        Some(profile) => match builtin(CONTRACT, profile) {
            Some(contract) => Ok(vec![contract]),
            None => {
                let problem = Problem::new(Code::J651, format!("{CONTRACT} has no profile `{profile}`"));
                Err(wrong(match near(profile, profiles.iter().copied()) {
                    Some(near) => problem.did_you_mean(Some(near)),
                    None => problem.help(format!("its profiles are {}", profiles.join(", "))),
                }))
            }
        },
    }
}

/// What the service says of itself against what is expected: the nearest of several.
fn compared(wanted: &[Contract], found: &Contract) -> (Step, Vec<Difference>) {
    let all = wanted.iter().map(|contract| (contract, diff(contract, found)));
    let Some((contract, list)) = all.min_by_key(|(_, list)| list.len()) else {
        return (step(Sound::Unknown, "there is nothing to compare it with".into(), None), vec![]);
    };
    let name = format!("{} {}", contract.name, contract.profile);
    let harmless = |d: &Difference| matches!(d.change, Change::Added { required: false });
    let worse = list.iter().filter(|d| !harmless(d)).count();
    let step = match (list.len(), worse) {
        (0, _) => step(Sound::Good, format!("it is {name}"), None),
        (more, 0) => step(Sound::Good, format!("it is {name}, and takes {more} more elements"), None),
        (_, worse) => step(
            Sound::Failed,
            format!("it differs from {name} in {worse} places that may matter"),
            Some(
                "name another profile in the mapping's `target`, or take the service's own WSDL as the target",
            ),
        ),
    };
    (step, list)
}

fn step(sound: Sound, what: String, help: Option<&'static str>) -> Step {
    Step { name: "wsdl", sound, what, help }
}

fn cannot_simulate(command: &Probe, to: &Destination) -> Option<Problem> {
    if command.simulate.is_empty() || to.mode != Mode::Async {
        return None;
    }
    let message = format!("`{}` is asynchronous: it answers nothing to a simulation", to.name);
    Some(
        Problem::new(Code::J652, message)
            .help("probe it without `--simulate`, or simulate at a synchronous one"),
    )
}

/// `jemap send --simulate` does the same.
fn as_send(command: &Probe, map: &str, input: &str) -> Send {
    Send {
        map: map.into(),
        inputs: vec![input.to_owned()],
        to: command.to.clone(),
        config: command.config.clone(),
        params: command.params.clone(),
        wait: false,
        dry_run: false,
        simulate: true,
        input_format: Layout::Auto,
        run_time: None,
        json: command.json,
    }
}

fn simulation_step(simulation: &Simulation) -> Step {
    let count = |wanted| simulation.said.iter().filter(|(_, said)| said.outcome == wanted).count();
    let good = count(Outcome::Accepted);
    let bad = simulation.said.iter().filter(|(_, said)| said.outcome != Outcome::Accepted);
    let bad = bad.map(|(name, said)| format!("{name}: {}", said.notes.join("; ")));
    let refused = simulation.rejected.iter().map(|(name, why)| format!("{name}: {why}"));
    let bad: Vec<String> = bad.chain(refused).collect();
    let (sound, what, help) = match (good, bad.len()) {
        (0, 0) => (Sound::Unknown, "the input makes no entry".to_owned(), None),
        (good, 0) => (Sound::Good, format!("{good} would be posted; nothing was"), None),
        (good, many) => {
            let told = bad.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
            let what = format!("{good} would be posted, {many} would not; nothing was: {told}");
            (Sound::Failed, what, Some("mend what the notes say, there or in the data"))
        }
    };
    Step { name: "simulation", sound, what, help }
}
