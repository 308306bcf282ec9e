//! `jemap functions`, `jemap errors`, `jemap completions`: what is in the tables, for people.

use super::args::{Args, Errors, Functions};
use super::{Exit, Screen};
use crate::diag::{Code, codes, near};
use crate::func::{self, FAMILIES};
use crate::report::Problem;
use clap::CommandFactory;

pub(super) fn functions(command: &Functions, screen: &Screen) -> Exit {
    let Some(name) = &command.name else {
        return screen.print(&list());
    };
    match func::find(name) {
        Some(function) => screen.print(&format!("{}\n\n{}", function.signature, unindented(function.doc))),
        None => {
            let problem = Problem::new(Code::J651, format!("there is no function `{name}`"));
            unknown(problem, near(name, func::all().map(|f| f.name)), screen)
        }
    }
}

/// Every function by family: name and summary.
fn list() -> String {
    let width = func::all().map(|f| f.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (family, functions) in FAMILIES {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&format!("{family}\n"));
        for function in functions {
            out.push_str(&format!("  {:<width$}  {}\n", function.name, summary(function.doc)));
        }
    }
    out
}

pub(super) fn errors(command: &Errors, screen: &Screen) -> Exit {
    let Some(text) = &command.code else {
        let rows = codes::all().map(|c| format!("{}  {:<28}  {}\n", c.id(), c.name(), summary(c.doc())));
        return screen.print(&rows.collect::<String>());
    };
    match Code::find(text) {
        Some(code) => screen.print(&format!("{} {}\n\n{}", code.id(), code.name(), unindented(code.doc()))),
        None => {
            let names = codes::all().flat_map(|c| [c.id(), c.name()]);
            let problem = Problem::new(Code::J651, format!("there is no error `{text}`"));
            unknown(problem, near(text, names), screen)
        }
    }
}

pub(super) fn completions(shell: clap_complete::Shell, screen: &Screen) -> Exit {
    let mut script = vec![];
    clap_complete::generate(shell, &mut Args::command(), "jemap", &mut script);
    screen.print(&String::from_utf8_lossy(&script))
}

fn unknown(problem: Problem, near: Option<&str>, screen: &Screen) -> Exit {
    let problem = match near {
        Some(_) => problem.did_you_mean(near),
        None => problem.help("the command without a name lists all"),
    };
    screen.problem(&problem);
    Exit::Wrong
}

/// The first line.
fn summary(doc: &str) -> &str {
    doc.lines().next().unwrap_or("").trim()
}

/// Documentation comments carry one space in front of each line.
fn unindented(doc: &str) -> String {
    doc.lines().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line).trim_end())).collect()
}
