//! `jemap check`: what is wrong with mappings.

use super::args::{Check, ReportForm};
use super::loader;
use super::{Exit, Screen};
use crate::diag::Reports;
use crate::mapping::Checked;
use crate::report::Problem;
use serde_json::{Value, json};
use std::path::Path;

/// What is found in one file: all that is said, and what it is when nothing is wrong.
struct Found {
    reports: Reports,
    is: Option<String>,
}

pub(super) fn check(command: &Check, screen: &Screen) -> Exit {
    let mut results = vec![];
    let mut exit = Exit::Good;
    for path in &command.maps {
        let name = path.display().to_string();
        match found(path, &command.profile) {
            Err(problem) => {
                exit = Exit::Wrong;
                if command.format == ReportForm::Text {
                    screen.problem(&problem);
                }
                let report = json!({
                    "code": problem.code.id(), "name": problem.code.name(), "severity": "error",
                    "message": problem.message, "help": problem.help, "labels": [],
                });
                results.push(json!({"mapping": name, "ok": false, "reports": [report]}));
            }
            Ok(found) => {
                if found.is.is_none() {
                    exit = Exit::Wrong;
                }
                if command.format == ReportForm::Text {
                    screen.reports(&found.reports);
                }
                if let (Some(is), ReportForm::Text, false) = (&found.is, command.format, screen.quiet) {
                    screen.print(&format!("{name}: ok, {is}\n"));
                }
                let ok = found.is.is_some();
                results.push(json!({"mapping": name, "ok": ok, "reports": found.reports.to_json()}));
            }
        }
    }
    if command.format == ReportForm::Json {
        screen.print(&format!("{:#}\n", Value::Array(results)));
    }
    exit
}

/// Checks a mapping, or a library when it is one.
fn found(path: &Path, profiles: &[String]) -> Result<Found, Problem> {
    let compiled = match loader::check(path, profiles)? {
        Checked::Library(reports) => {
            let is = (!reports.has_errors()).then(|| "a library".to_owned());
            return Ok(Found { reports, is });
        }
        Checked::Mapping(compiled) => *compiled,
    };
    let is = compiled.mapping.map(|mapping| {
        let contract = mapping.contract();
        let profiles = if profiles.is_empty() { contract.profile.clone() } else { profiles.join(", ") };
        format!("writes {} {profiles}", contract.name)
    });
    Ok(Found { reports: compiled.reports, is })
}
