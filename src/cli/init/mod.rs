//! `jemap init`: a first mapping from a sample.
//!
//! It guesses what it can see (structure, types, spellings) and says what it cannot know: those lines are `#
//! TODO` comments,
//! and `jemap check` names each of them until it is filled in. It knows no element of any service; the
//! contract does.

mod layout;
mod names;
mod rules;
mod sample;
mod shape;
mod source;
mod target;
mod types;

use super::args::Init;
use super::input::Input;
use super::{Exit, Screen};
use crate::contract::{Contract, builtin, builtin_names, builtin_profiles};
use crate::diag::{Code, near};
use crate::report::Problem;
use layout::Layout;
use shape::Shape;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Most records that are looked at.
const RECORDS_MAX: usize = 2_000;

pub(super) fn init(command: &Init, screen: &Screen) -> Exit {
    let written = contract(command).map_err(|p| (Exit::Wrong, p)).and_then(|contract| {
        let input =
            if command.sample == "-" { Input::Standard } else { Input::File(PathBuf::from(&command.sample)) };
        let mut reader = input.open(&Arc::new(AtomicU64::new(0))).map_err(|p| (Exit::Input, p))?;
        let values = sample::read(&mut reader, &input.name()).map_err(|p| (Exit::Input, p))?;
        let name = command.name.clone().unwrap_or_else(|| names::of_file(&command.sample));
        mapping(&name, &contract, &values).ok_or_else(|| {
            let message = format!("the sample {} holds no object", input.name());
            (Exit::Input, Problem::new(Code::J642, message).help("give a sample with at least one record"))
        })
    });
    match written {
        Ok(text) => {
            let todos = text.matches("# TODO").count();
            screen.say(&format!(
                "{todos} places are left to fill in: look for `# TODO`, then run `jemap check`\n"
            ));
            screen.print(&text)
        }
        Err((exit, problem)) => {
            screen.problem(&problem);
            exit
        }
    }
}

fn contract(command: &Init) -> Result<Contract, Problem> {
    let (target, profile) = (command.target.as_str(), command.profile.as_str());
    if let Some(contract) = builtin(target, profile) {
        return Ok(contract);
    }
    let profiles = builtin_profiles(target);
    if profiles.is_empty() {
        let problem = Problem::new(Code::J651, format!("there is no built-in target `{target}`"));
        return Err(problem.did_you_mean(near(target, builtin_names())));
    }
    let message = format!("the target `{target}` has no profile `{profile}`");
    Err(Problem::new(Code::J651, message).help(format!("its profiles are {}", profiles.join(", "))))
}

/// The mapping's text; `None` when there is no object to map.
fn mapping(name: &str, contract: &Contract, values: &[serde_json::Value]) -> Option<String> {
    let layout = Layout::find(values)?;
    let records = layout.records(values);
    let mut shape = Shape::default();
    records.iter().take(RECORDS_MAX).for_each(|r| shape.add(r));
    let mut source = source::Source::guess(&shape);
    let outside = layout.outside(values.first()?);
    let mut round = Shape::default();
    round.add(&outside.before.into());
    let around = source::Source::around(&round, &source);
    source.surround(&around);
    let grouping = layout.lines.then(|| layout::Grouping::guess(&source, &records));
    let mut out = format!(
        "# A first mapping, made from {} of a sample by `jemap init`.\n# What it could not know is marked TODO; `jemap check` says when nothing is left.\nmap {name} version 1\ntarget {} profile {}\n",
        match records.len() {
            1 => "one record".to_owned(),
            n => format!("{n} records"),
        },
        contract.name,
        contract.profile
    );
    if source.needs_currency || around.needs_currency {
        let _ = writeln!(out, "\nparam {}: currency   # the sample names none", source::CURRENCY);
    }
    out.push_str(&source.text(&layout));
    out.push_str(&around.around_text(&outside.after));
    out.push_str(&target::document(contract, &source, grouping.as_ref()));
    Some(out)
}

#[cfg(test)]
mod tests {
    use crate::contract::builtin;

    fn check(sample: &str) -> String {
        let values = super::sample::read(&mut sample.as_bytes(), "sample").expect("the sample is JSON");
        let contract = builtin("s4.journal_entry", "2024").expect("it is built in");
        super::mapping("sample", &contract, &values).expect("the sample holds an object")
    }

    #[test]
    fn flat_lines() {
        let text = check(
            r#"{"doc":"4711","company":"1000","date":"2025-01-31","ccy":"EUR","account":"400000","dc":"D","amount":10.50,"memo":"Rent"}
               {"doc":"4711","company":"1000","date":"2025-01-31","ccy":"EUR","account":"280000","dc":"C","amount":10.50,"memo":null}
               {"doc":"4712","company":"1000","date":"2025-02-01","ccy":"USD","account":"400000","dc":"D","amount":7,"memo":""}
               {"doc":"4712","company":"1000","date":"2025-02-01","ccy":"USD","account":"280000","dc":"C","amount":7}"#,
        );
        insta::assert_snapshot!(text);
    }

    #[test]
    fn nested_records() {
        let text = check(
            r#"{"value":[{"@odata.etag":"W","id":12,"posted":"31.01.2025","created":1738281600,"currency":{"code":"eur"},"notes":[],
                 "lines":[{"no":1,"account":{"nr":4000},"debit":"1.234,50","credit":"","text":"x"},
                          {"no":2,"account":{"nr":2800},"debit":"","credit":"1.234,50","tags":["a","b"]}]}]}"#,
        );
        insta::assert_snapshot!(text);
    }

    #[test]
    fn values_round_the_records() {
        let text = check(
            r#"{"company":"1000","id":7,"meta":{"period":"2025-01","count":2,"flags":[1]},"data":{"ccy":"EUR","items":[
                 {"id":"A","date":"2025-01-31","lines":[{"account":"4000","amount":1.50},{"account":"2800","amount":-1.50}]},
                 {"id":"B","date":"2025-01-31","lines":[{"account":"4000","amount":1.50},{"account":"2800","amount":-1.50}]}],
                 "total":0},"sent":"2025-02-01"}"#,
        );
        insta::assert_snapshot!(text);
    }

    #[test]
    fn odd_samples() {
        let text = check(
            r#"[{"or":1,"a b":"x","a-b":true,"ä":null,"mixed":1},{"mixed":[],"rows":[[1,"2025-01-01"],[2,"2025-01-02"]]}]"#,
        );
        insta::assert_snapshot!(text);
    }
}
