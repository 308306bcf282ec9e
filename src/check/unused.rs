//! What is declared and never used: warnings.

use super::names::{FieldKind, Names};
use crate::diag::{Code, Report, Span};
use crate::table::Role;

/// Reports unused parameters, tables, columns, functions and fields. Of libraries nothing need be used.
pub(super) fn report(names: &Names<'_>, reports: &mut Vec<Report>) {
    let mut warn = |span: Span, what: String| {
        reports.push(
            Report::warning(Code::J223, span, format!("{what} is never used")).help("use it or remove it"),
        );
    };
    for param in names.params.iter().filter(|p| !p.used.get()) {
        warn(param.span, format!("the parameter `{}`", param.name));
    }
    for table in names.tables.iter().filter(|t| !t.library) {
        if !table.used.get() {
            warn(table.span, format!("the table `{}`", table.name));
            continue;
        }
        for column in table.columns.iter().filter(|c| !c.used.get() && c.role == Role::Value) {
            warn(column.span, format!("the column `{}` of `{}`", column.name, table.name));
        }
    }
    for function in names.functions.iter().filter(|f| !f.library && !f.used.get()) {
        warn(function.tree.name.span, format!("the function `{}`", function.tree.name.name));
    }
    for shape in &names.source.shapes {
        for field in &shape.fields {
            let inside =
                |path: &str| path.strip_prefix(field.path.as_str()).is_some_and(|rest| rest.starts_with('.'));
            let used = match field.kind {
                FieldKind::Object => shape.fields.iter().any(|f| inside(&f.path)),
                _ => field.used.get(),
            };
            if !used {
                warn(field.span, format!("the field `{}`", field.path));
            }
        }
    }
}
