//! `jemap contract`: what a target service accepts.

use super::args::{Contract as Command, ContractCommand};
use super::loader::neighbour;
use super::{Exit, Screen};
use crate::contract::{self, Contract, ElementId};
use crate::diag::{Code, Report, Reports, near};
use crate::report::Problem;
use crate::sink::reason;
use std::fs;
use std::path::Path;

pub(super) fn contract(command: &Command, screen: &Screen) -> Exit {
    match &command.command {
        ContractCommand::List => {
            let rows = contract::builtin_names()
                .map(|name| format!("{name}  profiles {}\n", contract::builtin_profiles(name).join(", ")));
            screen.print(&rows.collect::<String>())
        }
        ContractCommand::Show { contract: name, path, operation } => {
            show(name, path.as_deref(), operation.as_deref(), screen)
        }
        ContractCommand::Diff { before, after, operation } => {
            diff(before, after, operation.as_deref(), screen)
        }
    }
}

fn show(name: &str, path: Option<&str>, operation: Option<&str>, screen: &Screen) -> Exit {
    let Some(contract) = find(name, operation, screen) else { return Exit::Wrong };
    let whole = path.and_then(|path| below(&contract, path));
    match contract::show(&contract, whole.as_deref().or(path)) {
        Ok(text) => screen.print(&text),
        Err(message) => {
            screen.problem(&Problem::new(Code::J651, message));
            Exit::Wrong
        }
    }
}

/// The whole path of an element that is named by the end of its path: `Item`, `Item/Tax`. The one nearest to
/// the root.
fn below(contract: &Contract, path: &str) -> Option<String> {
    if contract.find(path).is_some() {
        return None;
    }
    let ending = format!("/{}", path.trim_matches('/'));
    let paths = (0..contract.elements.len()).map(|i| contract.path(ElementId(i as u32)));
    paths.filter(|p| p.ends_with(&ending)).min_by_key(|p| p.matches('/').count())
}

/// Like `diff`: 0 when they are equal, 1 when they differ, 2 when that cannot be said.
fn diff(before: &str, after: &str, operation: Option<&str>, screen: &Screen) -> Exit {
    let (before, after) = (find(before, operation, screen), find(after, operation, screen));
    let (Some(before), Some(after)) = (before, after) else { return Exit::Wrong };
    let differences = contract::diff(&before, &after);
    if differences.is_empty() {
        screen.say("no differences\n");
        return Exit::Good;
    }
    match screen.print(&contract::diff_text(&differences)) {
        Exit::Good => Exit::Rejected,
        other => other,
    }
}

/// A built-in contract, `name` or `name@profile`, or a file; says itself what is wrong.
fn find(name: &str, operation: Option<&str>, screen: &Screen) -> Option<Contract> {
    let extension = Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    let found = match extension.as_str() {
        "wsdl" | "xml" | "xsd" => from_file(name, extension == "xsd", operation, screen),
        _ => Some(built_in(name)),
    };
    match found? {
        Ok(contract) => Some(contract),
        Err(problem) => {
            screen.problem(&problem);
            None
        }
    }
}

/// The latest profile of a built-in contract.
fn newest(name: &str) -> &'static str {
    contract::builtin_profiles(name).last().copied().unwrap_or_default()
}

/// Without a profile: the latest.
fn built_in(name: &str) -> Result<Contract, Problem> {
    let (target, profile) =
        name.split_once('@').map_or((name, None), |(target, profile)| (target, Some(profile)));
    let profiles = contract::builtin_profiles(target);
    let Some(latest) = profiles.last() else {
        let problem = Problem::new(
            Code::J651,
            format!("there is no built-in contract `{target}`, and it is no WSDL or XSD"),
        );
        return Err(match near(target, contract::builtin_names()) {
            // a name that is right but for what stands behind it
            Some(near) if target.starts_with(near) => {
                problem.help(format!("a profile is chosen by `@`: `{near}@{latest}`", latest = newest(near)))
            }
            Some(near) => problem.did_you_mean(Some(near)),
            None => problem.help("`jemap contract list` lists the built-in ones"),
        });
    };
    let profile = profile.unwrap_or(latest);
    contract::builtin(target, profile).ok_or_else(|| {
        Problem::new(Code::J651, format!("the contract `{target}` has no profile `{profile}`"))
            .help(format!("its profiles are {}", profiles.join(", ")))
    })
}

/// `None`: what is wrong has been said, with its place in the file.
fn from_file(
    path: &str,
    xsd: bool,
    operation: Option<&str>,
    screen: &Screen,
) -> Option<Result<Contract, Problem>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let problem = Problem::new(Code::J301, format!("cannot read {path}: {}", reason(&error)));
            let near = neighbour(Path::new(path)).filter(|_| error.kind() == std::io::ErrorKind::NotFound);
            return Some(Err(problem.did_you_mean(near.as_deref())));
        }
    };
    let read = match (xsd, operation) {
        (false, operation) => contract::read_wsdl(&text, operation),
        (true, Some(root)) => contract::read_xsd(&text, root),
        (true, None) => {
            let problem = Problem::new(
                Code::J652,
                format!("{path} is a schema: which of its elements is the message?"),
            );
            return Some(Err(problem.help("name it: `--operation ELEMENT`")));
        }
    };
    match read {
        Ok(contract) => Some(Ok(contract)),
        Err(list) => {
            screen.reports(&in_file(path, &text, list));
            None
        }
    }
}

/// The reports of a reader that knows only the text.
fn in_file(path: &str, text: &str, list: Vec<Report>) -> Reports {
    let mut reports = Reports { list, ..Reports::default() };
    reports.sources.add(path, text);
    reports
}
