//! Libraries: files that bring functions and tables.

use super::Loader;
use crate::diag::{Code, Report, Sources};
use crate::syntax::{
    parse,
    tree::{File, Item},
};

/// Reads the libraries a mapping uses. What is wrong inside of them is reported with their own places.
pub(super) fn read(
    file: &File,
    sources: &mut Sources,
    loader: &dyn Loader,
    reports: &mut Vec<Report>,
) -> Vec<File> {
    let mut libraries = vec![];
    let mut seen: Vec<&str> = vec![];
    for item in &file.items {
        let Item::Use(path) = item else { continue };
        if seen.contains(&path.text.as_str()) {
            let message = format!("\"{}\" is used twice", path.text);
            reports.push(Report::error(Code::J232, path.span, message).help("remove one `use`"));
            continue;
        }
        seen.push(&path.text);
        let bytes = match loader.read(&path.text) {
            Ok(bytes) => bytes,
            Err(why) => {
                reports.push(super::unread("library", path, &why));
                continue;
            }
        };
        let Ok(text) = String::from_utf8(bytes) else {
            let message = format!("the library \"{}\" is not UTF-8", path.text);
            reports.push(Report::error(Code::J239, path.span, message).help("save it as UTF-8"));
            continue;
        };
        let id = sources.add(&path.text, &text);
        let (library, said) = parse(&text, id);
        reports.extend(said);
        reports.extend(foreign(&library).into_iter().map(|report| report.and(path.span, "used here")));
        libraries.push(library);
    }
    libraries
}

/// What a library does not hold.
pub(super) fn foreign(library: &File) -> Vec<Report> {
    let wrong = |item: &Item| {
        let (what, span) = match item {
            Item::Function(_) | Item::Table(_) | Item::Test { .. } => return None,
            Item::Map { span, .. } => ("map", *span),
            Item::Use(path) => ("use", path.span),
            Item::Target(target) => ("target", super::target_span(Some(target))),
            Item::Param(param) => ("param", param.span),
            Item::Source(source) => ("source", source.span),
            Item::Around { span, .. } => ("around", *span),
            Item::Message { span, .. } => ("message", *span),
            Item::Document(document) => ("document", document.span),
        };
        let report = Report::error(Code::J239, span, format!("a library has no `{what}`"));
        Some(report.help("libraries hold `fn` and `table` only"))
    };
    library.items.iter().filter_map(wrong).collect()
}
