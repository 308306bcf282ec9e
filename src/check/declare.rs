//! Parameters, functions and tables: their names and types.

use super::calls::AGGREGATES;
use super::model::{Param, ParamDefault};
use super::names::{self, Names};
use super::types::{self, Scalar};
use super::{Loader, Parts, source};
use crate::data::{Decimal, Kind, Type};
use crate::diag::{Code, Report, Sources, Span};
use crate::func;
use crate::json::Decode;
use crate::syntax::tree::{self, Item, Mod};
use crate::table::Table;

/// Everything that is declared at the top level of a mapping and its libraries.
pub(super) fn names<'t>(
    file: &'t tree::File,
    libraries: &'t [tree::File],
    parts: &Parts<'t>,
    loader: &dyn Loader,
    sources: &mut Sources,
    reports: &mut Vec<Report>,
) -> (Names<'t>, Vec<Param>, Vec<Table>) {
    let mut names = Names::default();
    let mut params = vec![];
    for item in &file.items {
        if let Item::Param(tree) = item
            && let Some((name, param)) = param(tree, reports)
        {
            names.params.push(name);
            params.push(param);
        }
    }
    if let Some(tree) = parts.source {
        names.source = source::source(tree, parts.around, &names, reports);
    }
    let mut tables = vec![];
    let own = file.items.iter().map(|i| (i, false));
    let all = own.chain(libraries.iter().flat_map(|l| l.items.iter().map(|i| (i, true))));
    for (item, library) in all {
        match item {
            Item::Table(tree) => {
                if let Some((name, table)) = super::tables::table(tree, library, loader, sources, reports) {
                    names.tables.push(name);
                    tables.push(table);
                }
            }
            Item::Function(tree) => names.functions.push(function(tree, library, reports)),
            _ => {}
        }
    }
    unique(&names, file, libraries, reports);
    (names, params, tables)
}

fn param(tree: &tree::Param, reports: &mut Vec<Report>) -> Option<(names::Param, Param)> {
    let scalar = types::scalar(&tree.ty, &[], reports)?;
    if let Some(types::CurrencyArg::Path(path)) = &scalar.currency {
        let span = path.first().map_or(tree.ty.span, |p| p.span);
        let report = Report::error(Code::J203, span, "a parameter's currency is a constant");
        reports.push(report.help("write `money(\"EUR\")`"));
        return None;
    }
    let kind = match &scalar.kind {
        Kind::Money(_) => Kind::Money(source::literal(scalar.currency.as_ref())),
        other => other.clone(),
    };
    let ty = Type { kind, optional: tree.ty.optional };
    let default = match &tree.default {
        None => None,
        Some(tree::ParamDefault::Env(name)) => Some(ParamDefault::Env(name.text.clone())),
        Some(tree::ParamDefault::Text(text)) => {
            default_fits(&text.text, text.span, &scalar, tree, reports);
            Some(ParamDefault::Text(text.text.clone()))
        }
        Some(tree::ParamDefault::Bare(word)) => {
            default_fits(&word.name, word.span, &scalar, tree, reports);
            Some(ParamDefault::Text(word.name.clone()))
        }
    };
    let name = names::Param {
        name: tree.name.name.clone(),
        ty: ty.clone(),
        span: tree.name.span,
        used: false.into(),
    };
    let param =
        Param { name: tree.name.name.clone(), ty, decode: scalar.decode, default, span: tree.name.span };
    Some((name, param))
}

fn default_fits(text: &str, span: Span, scalar: &Scalar<'_>, tree: &tree::Param, reports: &mut Vec<Report>) {
    let length = text.chars().count() as u32;
    let fits = (tree.ty.optional && text.is_empty())
        || match &scalar.decode {
            Decode::Text { min, max, .. } => length >= *min && max.is_none_or(|m| length <= m),
            Decode::Enum(words) => words.iter().any(|w| w == text),
            Decode::Int => Decimal::parse(text).is_some_and(|d| d.fraction_digits() == 0),
            Decode::Decimal { format } | Decode::Money { format, .. } => format.read(text).is_some(),
            Decode::Currency => crate::data::Currency::parse(text).is_some_and(|c| c.exponent().is_some()),
            Decode::Bool => matches!(text, "true" | "false"),
            Decode::Date(pattern) => pattern.read_date(text).is_ok(),
            Decode::Time(pattern) => pattern.read_time(text).is_ok(),
            Decode::Raw | Decode::List { .. } | Decode::Presence => true,
        };
    if !fits {
        let shown = crate::data::quoted(text);
        let message = format!("the default {shown} is not {}", scalar.kind.describe());
        let report = Report::error(Code::J240, span, message).and(tree.ty.span, "said here");
        reports.push(report.help("write a default of this type"));
    }
}

fn function<'t>(tree: &'t tree::Function, library: bool, reports: &mut Vec<Report>) -> names::Function<'t> {
    const NONE: &[Mod] = &[];
    let mut params = vec![];
    for (at, (name, ty)) in tree.params.iter().enumerate() {
        if let Some((first, _)) = tree.params[..at].iter().find(|p| p.0.name == name.name) {
            let report = Report::error(
                Code::J211,
                name.span,
                format!("the parameter `{}` is declared twice", name.name),
            );
            reports.push(report.and(first.span, "first here").help("rename one of them"));
        }
        params.push(types::scalar(ty, NONE, reports));
    }
    let returns = tree.returns.as_ref().and_then(|ty| types::scalar(ty, NONE, reports));
    names::Function { tree, params, returns, used: false.into(), library }
}

/// Reports names that stand for two things.
fn unique(names: &Names<'_>, file: &tree::File, libraries: &[tree::File], reports: &mut Vec<Report>) {
    let mut seen: Vec<(&str, Span)> = vec![];
    let around = names.source.schema.around.map(|o| names.source.shape(o));
    for shape in names.source.shapes.first().into_iter().chain(around) {
        for field in shape.fields.iter().filter(|f| !f.path.contains('.')) {
            taken(&mut seen, &field.path, field.span, reports);
        }
    }
    let mut all: Vec<&tree::Ident> = vec![];
    for item in file.items.iter().chain(libraries.iter().flat_map(|l| &l.items)) {
        match item {
            Item::Param(param) => all.push(&param.name),
            Item::Table(table) => all.push(&table.name),
            _ => {}
        }
    }
    for name in all {
        taken(&mut seen, &name.name, name.span, reports);
    }
    for (at, function) in names.functions.iter().enumerate() {
        let name = &function.tree.name;
        if let Some(first) = names.functions[..at].iter().find(|f| f.tree.name.name == name.name) {
            let report = Report::error(
                Code::J211,
                name.span,
                format!("the function `{}` is declared twice", name.name),
            );
            reports.push(report.and(first.tree.name.span, "first here").help("rename one of them"));
        }
        if func::find(&name.name).is_some()
            || AGGREGATES.iter().any(|a| a.0 == name.name)
            || name.name == "require"
        {
            let report =
                Report::error(Code::J211, name.span, format!("there is a function `{}` already", name.name));
            reports
                .push(report.help(format!("`jemap functions {}` shows it; choose another name", name.name)));
        }
    }
}

/// Takes note of a name; one that is taken is reported.
fn taken<'n>(seen: &mut Vec<(&'n str, Span)>, name: &'n str, span: Span, reports: &mut Vec<Report>) {
    match seen.iter().find(|s| s.0 == name) {
        Some((_, first)) => {
            let report = Report::error(Code::J211, span, format!("two things are called `{name}`"));
            reports.push(report.and(*first, "the other").help("rename one of them"));
        }
        None => seen.push((name, span)),
    }
}
