//! Tree → model: names, types, tables and target are checked before any data flows; all mistakes in one run.
//!
//! No file is opened here: libraries, tables and contracts are asked of a [`Loader`].

mod calls;
mod declare;
mod document;
mod expr;
mod kinds;
mod libs;
mod model;
mod names;
mod occurs;
mod patterns;
mod prove;
mod scope;
mod source;
mod tables;
mod target;
mod targets;
mod types;
mod unused;
mod walk;

#[cfg(test)]
mod tests;

pub use model::*;

use crate::contract::Contract;
use crate::diag::{Code, Report, Severity, Sources, Span};
use crate::syntax::tree::{self, Item};
use names::Names;
use scope::Checker;

/// How deep expressions may be nested once functions are put in.
const DEPTH_MAX: usize = 100;

/// How deep values may be nested with the `let`s in them: who plans and evaluates goes as deep.
const LETS_DEPTH_MAX: usize = 500;

/// How many parts the expressions of one document block may have once functions are put in.
const NODES_MAX: usize = 200_000;

/// How many variables or `let`s a document block may have.
const VARIABLES_MAX: usize = 60_000;

/// Gives the texts and tables that a mapping names.
pub trait Loader {
    /// The bytes of the file at this path, as the mapping writes it.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;
}

/// Checks a mapping for the profiles it names.
///
/// The model is there when no report is an error. Reports are in the order of the text.
/// Libraries are added to `sources`.
pub fn check(file: &tree::File, sources: &mut Sources, loader: &dyn Loader) -> (Option<Model>, Vec<Report>) {
    check_profiles(file, sources, loader, &[])
}

/// Checks a mapping for these profiles of a built-in contract instead of its own.
///
/// All must hold, the first is written.
///
/// None given: the mapping's own.
pub fn check_profiles(
    file: &tree::File,
    sources: &mut Sources,
    loader: &dyn Loader,
    profiles: &[String],
) -> (Option<Model>, Vec<Report>) {
    let mut reports = vec![];
    let libraries = libs::read(file, sources, loader, &mut reports);
    let parts = parts(file, &mut reports);
    reports.extend(groupings(&parts.documents, sources));
    let contracts = match parts.target {
        Some(target) => targets::contracts(target, profiles, loader, sources, &mut reports),
        None => vec![],
    };
    let (names, params, tables) = declare::names(file, &libraries, &parts, loader, sources, &mut reports);
    let mut model = None;
    for (at, contract) in contracts.iter().enumerate() {
        let (found, mut said) = against(contract, &names, &parts);
        if at == 0 {
            model = found;
            reports.extend(said);
        } else {
            // What is said of the first profile already is not said again for the others.
            said.retain(|r| !reports.contains(r));
            reports.extend(
                said.into_iter()
                    .map(|r| Report { message: format!("profile {}: {}", contract.profile, r.message), ..r }),
            );
        }
    }
    // Where something is wrong, what is unused may only be unused because of it.
    if !reports.iter().any(|r| r.severity == Severity::Error) {
        unused::report(&names, &mut reports);
    }
    reports.sort_by_key(|r| (r.labels[0].span.source, r.labels[0].span.start, r.code));
    reports.dedup();
    let wrong = reports.iter().any(|r| r.severity == Severity::Error);
    let model = model.filter(|_| !wrong).map(|found| Model {
        name: parts.map.map_or(String::new(), |m| m.0.name.clone()),
        version: parts.map.and_then(|m| m.1).map_or(0, |v| v.0),
        contract: contracts.into_iter().next().expect("there is a model only where there is a contract"),
        params,
        lines: names.source.lines,
        schema: names.source.schema,
        tables,
        message: found.0,
        documents: found.1,
    });
    (model, reports)
}

/// Whether a file is a library: it declares functions or tables, and nothing that makes it a mapping.
pub fn is_library(file: &tree::File) -> bool {
    let of_library =
        |i: &Item| matches!(i, Item::Function(_) | Item::Table(_) | Item::Test { .. } | Item::Use(_));
    file.items.iter().all(of_library)
        && file.items.iter().any(|i| matches!(i, Item::Function(_) | Item::Table(_)))
}

/// Checks a library by itself: its functions with values of the declared types, its tables with their files.
pub fn check_library(file: &tree::File, sources: &mut Sources, loader: &dyn Loader) -> Vec<Report> {
    let mut reports = libs::foreign(file);
    let (names, ..) = declare::names(file, &[], &Parts::default(), loader, sources, &mut reports);
    // Functions know nothing of a target: any contract does.
    let contract = crate::contract::builtin_names().find_map(|name| {
        let profile = crate::contract::builtin_profiles(name).into_iter().next()?;
        crate::contract::builtin(name, profile)
    });
    let contract = contract.expect("there are contracts built in");
    let mut functions = Checker::new(&names, &contract);
    functions.functions();
    reports.append(&mut functions.reports);
    reports
}

/// A file that a mapping names and that cannot be read.
fn unread(what: &str, file: &tree::Str, why: &str) -> Report {
    let message = format!("the {what} \"{}\" cannot be read: {why}", file.text);
    Report::error(Code::J301, file.span, message).help("paths are relative to the mapping")
}

/// The statements that stand once.
#[derive(Default)]
struct Parts<'t> {
    map: Option<(&'t tree::Ident, Option<(u64, Span)>)>,
    target: Option<&'t tree::Target>,
    source: Option<&'t tree::Source>,
    around: Option<(&'t [tree::Field], Span)>,
    message: Option<(&'t [tree::Stmt], Span)>,
    documents: Vec<&'t tree::Document>,
}

/// The message's header and the documents.
type Checked = (Vec<Stmt>, Vec<Document>);

/// Lines are grouped before it is known which block takes them, so all blocks group in the same way.
fn groupings(documents: &[&tree::Document], sources: &Sources) -> Vec<Report> {
    let written = |span: Span| sources.slice(span).split_whitespace().collect::<String>();
    let way = |document: &tree::Document| match &document.from {
        tree::DocumentFrom::Group { by, collected, span } => {
            let by: Vec<String> = by.iter().map(|e| written(e.span)).collect();
            Some((by, *collected, *span))
        }
        _ => None,
    };
    let ways: Vec<_> = documents.iter().filter_map(|d| way(d)).collect();
    let Some(first) = ways.first() else { return vec![] };
    let other = |w: &&(Vec<String>, bool, Span)| (&w.0, w.1) != (&first.0, first.1);
    let report = |w: &(Vec<String>, bool, Span)| {
        Report::error(Code::J251, w.2, "lines are grouped in one way, and this block groups them in another")
            .and(first.2, "they are grouped like this here")
            .help("group by the same keys in every block, or make two mappings")
    };
    ways.iter().filter(other).map(report).collect()
}

/// Checks the document blocks against one contract.
fn against<'t>(contract: &Contract, names: &Names<'t>, parts: &Parts<'t>) -> (Option<Checked>, Vec<Report>) {
    let mut functions = Checker::new(names, contract);
    functions.functions();
    let of_functions = functions.reports;
    let mut reports = of_functions.clone();
    let mut header = Checker::new(names, contract);
    let body = parts.message.map_or(&[][..], |m| m.0);
    let span = parts.message.map_or_else(|| target_span(parts.target), |m| m.1);
    let message = match contract.anchors.message_header.is_some() || parts.message.is_some() {
        true => header.message(body, span),
        false => vec![],
    };
    reports.append(&mut header.reports);
    let mut documents = vec![];
    if parts.source.is_some() {
        for tree in &parts.documents {
            let mut checker = Checker::new(names, contract);
            documents.extend(checker.document(tree));
            // What is wrong with a function by itself is not said again for each of its calls.
            let same = |a: &Report, b: &Report| (a.code, a.labels[0].span) == (b.code, b.labels[0].span);
            checker.reports.retain(|r| !of_functions.iter().any(|f| same(f, r)));
            reports.append(&mut checker.reports);
        }
    }
    (Some((message, documents)), reports)
}

fn target_span(target: Option<&tree::Target>) -> Span {
    match target {
        Some(
            tree::Target::BuiltIn { span, .. }
            | tree::Target::Wsdl { span, .. }
            | tree::Target::Xsd { span, .. },
        ) => *span,
        None => Span::default(),
    }
}

/// Sorts the statements; what is missing or stands twice is reported.
fn parts<'t>(file: &'t tree::File, reports: &mut Vec<Report>) -> Parts<'t> {
    let mut parts = Parts::default();
    let mut seen: Vec<(&str, Span)> = vec![];
    for item in &file.items {
        let (what, span) = match item {
            Item::Map { name, version, span } => {
                parts.map.get_or_insert((name, *version));
                ("map", *span)
            }
            Item::Target(target) => {
                parts.target.get_or_insert(target);
                ("target", target_span(Some(target)))
            }
            Item::Source(source) => {
                parts.source.get_or_insert(source);
                ("source", source.span)
            }
            Item::Around { fields, span } => {
                parts.around.get_or_insert((fields, *span));
                ("around", *span)
            }
            Item::Message { body, span } => {
                parts.message.get_or_insert((body, *span));
                ("message", *span)
            }
            Item::Document(document) => {
                parts.documents.push(document);
                continue;
            }
            Item::Use(_) | Item::Param(_) | Item::Table(_) | Item::Function(_) | Item::Test { .. } => {
                continue;
            }
        };
        match seen.iter().find(|s| s.0 == what) {
            Some((_, first)) => {
                let report = Report::error(Code::J232, span, format!("`{what}` stands twice"));
                reports.push(report.and(*first, "the first").help("remove one of them"));
            }
            None => seen.push((what, span)),
        }
    }
    let missing = [
        ("map", parts.map.is_none(), "write `map NAME`"),
        ("target", parts.target.is_none(), "write `target s4.journal_entry profile 2024`"),
        ("source", parts.source.is_none(), "write `source json record { … }`"),
        ("document", parts.documents.is_empty(), "write `document from record { … }`"),
    ];
    let end = Span::default();
    for (what, absent, help) in missing {
        if absent {
            reports.push(Report::error(Code::J231, end, format!("the mapping has no `{what}`")).help(help));
        }
    }
    parts
}
