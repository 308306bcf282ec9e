//! The façade: compile a mapping once, run it over readers into a sink.

use crate::check;
use crate::contract::Contract;
use crate::diag::{Code, Reports, Severity, Sources, near};
use crate::engine;
use crate::json::AtStep;
use crate::plan::{self, Plan};
use crate::report::Problem;
use crate::sink::Sink;
use crate::syntax;
use std::collections::BTreeMap;

pub use crate::check::{Loader, ParamDefault};
pub use crate::engine::{InputFormat, Progress, Run, RunError, RunOptions, Soap, Split};

/// A compiled mapping; may be shared between threads.
#[derive(Debug)]
pub struct Mapping {
    plan: Plan,
    sources: Sources,
}

/// What a compilation gives: the mapping when there is no error, and everything there is to say.
#[derive(Debug)]
pub struct Compiled {
    /// The mapping; `None` when there are errors.
    pub mapping: Option<Mapping>,
    /// Errors and warnings.
    pub reports: Reports,
}

/// What a file is, and what is said about it.
#[derive(Debug)]
pub enum Checked {
    /// A library: it has no mistake when its reports have no error.
    Library(Reports),
    /// A mapping, or a file that is not even one.
    Mapping(Box<Compiled>),
}

/// A parameter, as `jemap plan` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamInfo {
    /// Its name.
    pub name: String,
    /// Its type as a mapping writes it.
    pub ty: String,
    /// Its default.
    pub default: Option<ParamDefault>,
}

impl Mapping {
    /// Compiles a mapping. `name` is what messages call it, usually its path.
    pub fn compile(name: &str, text: &str, loader: &dyn Loader) -> Compiled {
        Mapping::compile_for(name, text, &[], loader)
    }

    /// Compiles for these profiles instead of the mapping's own; all must hold, the first is written. None given: the mapping's own.
    pub fn compile_for(name: &str, text: &str, profiles: &[String], loader: &dyn Loader) -> Compiled {
        Parsed::new(name, text).compile(profiles, loader)
    }

    /// Checks a file: a library when it is one, that is a file of `fn` and `table` only, which mappings `use`; else a
    /// mapping, as [`Mapping::compile_for`] does.
    pub fn check(name: &str, text: &str, profiles: &[String], loader: &dyn Loader) -> Checked {
        let parsed = Parsed::new(name, text);
        if check::is_library(&parsed.file) {
            Checked::Library(parsed.check_library(loader))
        } else {
            Checked::Mapping(Box::new(parsed.compile(profiles, loader)))
        }
    }

    /// Its name and version.
    pub fn name(&self) -> (&str, u64) {
        (&self.plan.name, self.plan.version)
    }

    /// Its parameters.
    pub fn params(&self) -> Vec<ParamInfo> {
        let one = |p: &check::Param| ParamInfo {
            name: p.name.clone(),
            ty: p.ty.describe(),
            default: p.default.clone(),
        };
        self.plan.params.iter().map(one).collect()
    }

    /// What will be done, for people: pipeline, operations, what is held in memory.
    pub fn explain(&self) -> String {
        plan::explain(&self.plan)
    }

    /// What it was compiled to, for benches of the rooms.
    #[doc(hidden)]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What is written.
    pub fn contract(&self) -> &Contract {
        &self.plan.contract
    }

    /// Records, put back where the mapping reads them: what a document was made of can be read again so. Values
    /// of `around` are not part of a record. What leads to the records already, and what is no JSON, stays as it
    /// is.
    pub fn enclosed(&self, records: &[u8]) -> Vec<u8> {
        let at = &self.plan.schema.at;
        let mut values = serde_json::Deserializer::from_slice(records).into_iter::<serde_json::Value>();
        let (mut list, mut start) = (vec![], 0);
        while let Some(value) = values.next() {
            let Ok(value) = value else { return records.to_vec() };
            if leads(at, &value) {
                return records.to_vec();
            }
            list.push(&records[start..values.byte_offset()]);
            start = values.byte_offset();
        }
        enclose(at, list.join(&b','))
    }

    /// Begins a run.
    ///
    /// # Errors
    ///
    /// All that is wrong with the parameters, as [`Code::J621`] to [`Code::J624`].
    pub fn start<'m>(
        &'m self,
        options: &RunOptions,
        sink: Box<dyn Sink + 'm>,
    ) -> Result<Run<'m>, Vec<Problem>> {
        let texts = self.parameters(&options.params)?;
        let given = engine::given(&self.plan.params, &texts, options)?;
        if options.simulate && !self.plan.simulates {
            let message = format!(
                "`{}` has no element that asks for a simulation, or the mapping writes it",
                self.plan.contract.name
            );
            return Err(vec![Problem::new(Code::J625, message)]);
        }
        Ok(Run::new(&self.plan, &self.sources, options, given, sink))
    }

    /// The texts of all parameters: given, or their defaults.
    fn parameters(&self, given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Vec<Problem>> {
        let mut problems = vec![];
        let names = || self.plan.params.iter().map(|p| p.name.as_str());
        for name in given.keys().filter(|name| !names().any(|n| n == name.as_str())) {
            let problem = Problem::new(Code::J621, format!("the mapping declares no parameter `{name}`"));
            problems.push(match near(name, names()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem,
            });
        }
        let mut texts = BTreeMap::new();
        for param in &self.plan.params {
            let text = match (given.get(&param.name), &param.default) {
                (Some(text), _) | (None, Some(ParamDefault::Text(text))) => Some(text.clone()),
                (None, Some(ParamDefault::Env(variable))) => {
                    problems.push(
                        Problem::new(
                            Code::J624,
                            format!("parameter `{}` comes from {variable}, which is not set", param.name),
                        )
                        .help(format!("set {variable}, or give `--param {}=…`", param.name)),
                    );
                    None
                }
                (None, None) if param.ty.optional => Some(String::new()),
                (None, None) => {
                    problems.push(
                        Problem::new(Code::J622, format!("parameter `{}` has no value", param.name))
                            .help(format!("give it: `--param {}=…`", param.name)),
                    );
                    None
                }
            };
            texts.extend(text.map(|text| (param.name.clone(), text)));
        }
        if problems.is_empty() { Ok(texts) } else { Err(problems) }
    }
}

/// Whether a value has what the way goes through, up to its first list.
fn leads(at: &[AtStep], mut value: &serde_json::Value) -> bool {
    for step in at {
        let next = match step {
            AtStep::Key(key) => value.get(key),
            AtStep::Index(place) => value.get(place),
            AtStep::Each => return value.is_array(),
        };
        let Some(next) = next else { return false };
        value = next;
    }
    true
}

/// Values with commas between them, as the elements of the list that this way leads to.
fn enclose(at: &[AtStep], mut text: Vec<u8>) -> Vec<u8> {
    for step in at.iter().rev() {
        let (before, after) = match step {
            AtStep::Key(key) => (format!("{{{}:", serde_json::Value::from(key.as_str())), "}"),
            AtStep::Index(place) => (format!("[{}", "null,".repeat(*place)), "]"),
            AtStep::Each => ("[".to_owned(), "]"),
        };
        text = [before.as_bytes(), &text, after.as_bytes()].concat();
    }
    text
}

/// A text that was parsed.
struct Parsed {
    file: syntax::tree::File,
    reports: Reports,
}

impl Parsed {
    fn new(name: &str, text: &str) -> Parsed {
        let mut reports = Reports::default();
        let source = reports.sources.add(name, text);
        let (file, list) = syntax::parse(text, source);
        reports.list = list;
        Parsed { file, reports }
    }

    /// A file that cannot be read whole would be blamed for what the unread part declares.
    fn is_whole(&self) -> bool {
        !self.reports.list.iter().any(|r| r.severity == Severity::Error)
    }

    fn compile(mut self, profiles: &[String], loader: &dyn Loader) -> Compiled {
        let mut model = None;
        if self.is_whole() {
            let found;
            (model, found) = check::check_profiles(&self.file, &mut self.reports.sources, loader, profiles);
            self.reports.list.extend(found);
        }
        self.reports.sort();
        let reports = self.reports;
        let model = model.filter(|_| !reports.has_errors());
        let mapping =
            model.map(|model| Mapping { plan: plan::plan(&model), sources: reports.sources.clone() });
        Compiled { mapping, reports }
    }

    fn check_library(mut self, loader: &dyn Loader) -> Reports {
        if self.is_whole() {
            let found = check::check_library(&self.file, &mut self.reports.sources, loader);
            self.reports.list.extend(found);
        }
        self.reports.sort();
        self.reports
    }
}

#[cfg(test)]
mod tests;
