//! Tables: columns, keys, and the rows themselves.

use super::Loader;
use super::names;
use super::source;
use super::types;
use crate::data::Type;
use crate::diag::{Code, Report, Sources};
use crate::json::AtStep;
use crate::syntax::tree::{self, Mod, Step};
use crate::table::{Column, Role, Table, TableFormat, TableSpec};

/// A table with its rows.
pub(super) fn table(
    tree: &tree::Table,
    library: bool,
    loader: &dyn Loader,
    sources: &mut Sources,
    reports: &mut Vec<Report>,
) -> Option<(names::Table, Table)> {
    let mut columns: Vec<Column> = vec![];
    let mut named: Vec<names::Column> = vec![];
    let before = reports.len();
    for field in &tree.columns {
        if let Some(first) = named.iter().find(|c| c.name == field.name.name) {
            let report = Report::error(
                Code::J211,
                field.name.span,
                format!("the column `{}` is declared twice", field.name.name),
            );
            reports.push(report.and(first.span, "first here").help("rename one of them"));
            continue;
        }
        let Some(scalar) = types::scalar(&field.ty, &field.mods, reports) else { continue };
        if scalar.currency.is_some() {
            let report = Report::error(Code::J203, field.ty.span, "a column cannot be money");
            reports.push(
                report.help("declare it as `decimal` and make money where it is used: `money(x, currency)`"),
            );
            continue;
        }
        let role = role(&field.mods);
        let ty = Type { kind: scalar.kind, optional: field.ty.optional };
        let name = field.name.name.clone();
        let span = field.name.span;
        named.push(names::Column { name: name.clone(), ty, role, span, used: false.into() });
        let header = header(field, reports).unwrap_or_else(|| name.clone());
        let (optional, none) = (field.ty.optional, source::none_spellings(&field.mods));
        columns.push(Column { name, header, decode: scalar.decode, optional, none, role, span });
    }
    let name = tree.name.name.clone();
    let names = names::Table {
        name: name.clone(),
        columns: named,
        span: tree.name.span,
        used: false.into(),
        library,
    };
    let mut table = match reports.len() == before {
        true => rows(tree, columns, loader, sources, reports).unwrap_or_default(),
        false => Table::default(),
    };
    table.name = name;
    Some((names, table))
}

fn role(mods: &[Mod]) -> Role {
    let found = mods.iter().find_map(|m| match m {
        Mod::Key(_) => Some(Role::Key),
        Mod::From(_) => Some(Role::From),
        Mod::To(_) => Some(Role::To),
        _ => None,
    });
    found.unwrap_or(Role::Value)
}

/// The name of a column in the file, when it is said.
fn header(field: &tree::Field, reports: &mut Vec<Report>) -> Option<String> {
    let path = field.at.as_ref()?;
    if let [Step::Key(key)] = path.steps.as_slice() {
        return Some(key.name.clone());
    }
    let report = Report::error(Code::J236, path.span, "a column is found by one name");
    reports.push(report.help("write `at \"Header Name\"`"));
    None
}

fn rows(
    tree: &tree::Table,
    columns: Vec<Column>,
    loader: &dyn Loader,
    sources: &mut Sources,
    reports: &mut Vec<Report>,
) -> Option<Table> {
    let format = match tree.format.name.as_str() {
        "csv" => TableFormat::Csv { separator: separator(tree, reports)? },
        "json" => TableFormat::Json { at: way(tree.at.as_ref()) },
        other => {
            let message = format!("tables of format `{other}` are not known");
            reports.push(
                Report::error(Code::J209, tree.format.span, message)
                    .help("write `csv(\"…\")` or `json(\"…\")`"),
            );
            return None;
        }
    };
    let bytes = match loader.read(&tree.file.text) {
        Ok(bytes) => bytes,
        Err(why) => {
            reports.push(super::unread("table", &tree.file, &why));
            return None;
        }
    };
    // The text is kept for messages; bytes that are no text are refused by the table itself.
    let source = sources.add(&tree.file.text, &String::from_utf8_lossy(&bytes));
    let spec = TableSpec { name: tree.name.name.clone(), columns, format, source, span: tree.name.span };
    match Table::load(&spec, &bytes) {
        Ok(table) => Some(table),
        Err(said) => {
            reports.extend(said);
            None
        }
    }
}

fn separator(tree: &tree::Table, reports: &mut Vec<Report>) -> Option<u8> {
    let Some(text) = &tree.separator else { return Some(b',') };
    match text.text.as_bytes() {
        [one] if one.is_ascii() && !matches!(one, b'"' | b'\n' | b'\r') => Some(*one),
        _ => {
            let message = "a separator is one character of ASCII";
            reports.push(Report::error(Code::J209, text.span, message).help("write `separator \";\"`"));
            None
        }
    }
}

/// The way to the array of rows; that it repeats goes without saying.
fn way(path: Option<&tree::Path>) -> Vec<AtStep> {
    let steps = path.map_or(&[][..], |p| &p.steps);
    let steps = steps.iter().filter_map(|step| match step {
        Step::Key(key) => Some(AtStep::Key(key.name.clone())),
        Step::Index(index, _) => Some(AtStep::Index(*index)),
        Step::Each(_) => None,
    });
    steps.collect()
}
