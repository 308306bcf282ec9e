//! `jemap plan`: what a mapping will do.

use super::args::Plan;
use super::loader::compile;
use super::{Exit, Screen};
use crate::mapping::{ParamDefault, ParamInfo};

pub(super) fn plan(command: &Plan, screen: &Screen) -> Exit {
    let compiled = match compile(&command.map, &[]) {
        Ok(compiled) => compiled,
        Err(problem) => {
            screen.problem(&problem);
            return Exit::Wrong;
        }
    };
    screen.reports(&compiled.reports);
    match compiled.mapping {
        Some(mapping) => screen.print(&format!("{}{}", mapping.explain(), parameters(&mapping.params()))),
        None => Exit::Wrong,
    }
}

fn parameters(params: &[ParamInfo]) -> String {
    if params.is_empty() {
        return String::new();
    }
    let mut out = String::from("\nparameters\n");
    let width =
        |text: fn(&ParamInfo) -> &str| params.iter().map(|p| text(p).chars().count()).max().unwrap_or(0);
    let (names, types) = (width(|p| &p.name), width(|p| &p.ty));
    for param in params {
        let default = match &param.default {
            None => "must be given: --param ".to_owned() + &param.name + "=…",
            Some(ParamDefault::Text(text)) => format!("default {}", crate::data::quoted(text)),
            Some(ParamDefault::Env(variable)) => format!("from the environment: {variable}"),
        };
        out.push_str(&format!("  {:<names$}  {:<types$}  {default}\n", param.name, param.ty));
    }
    out
}
