//! The source block: declared fields, guessed from a sample's shape.

use super::layout::Layout;
use super::names::{field, words};
use super::rules;
use super::shape::Shape;
use super::types::{Scalar, scalar};
use crate::data::quoted;
use std::fmt::Write;

/// Nested deeper, objects are not declared.
const DEPTH_MAX: usize = 6;

/// Most keys of one kind that are named although they are not declared.
const KEYS_MAX: usize = 6;

/// A declared field.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name in the mapping.
    pub(super) name: String,
    /// Its key in the JSON.
    pub(super) key: String,
    pub(super) optional: bool,
    pub(super) kind: FieldKind,
    /// The currency of a money.
    currency: String,
}

/// What a field is.
#[derive(Debug)]
pub(super) enum FieldKind {
    Scalar(Scalar),
    Object(Vec<Field>),
    List(Vec<Field>),
    Scalars(Scalar),
    Rows(Vec<Field>),
}

/// What is declared.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) fields: Vec<Field>,
    /// A money has no currency field: it becomes a parameter.
    pub(super) needs_currency: bool,
}

impl Source {
    /// From the shape of a record or line.
    pub(super) fn guess(shape: &Shape) -> Source {
        let mut source = Source { fields: members(shape, &[], 0), needs_currency: false };
        let mut fields = std::mem::take(&mut source.fields);
        source.needs_currency = name_frame(&mut fields, &mut vec![]);
        source.fields = fields;
        source
    }

    /// Gives moneys that name no currency the one that stands round the records.
    pub(super) fn surround(&mut self, around: &Source) {
        let mut outer = vec![];
        currencies(&around.fields, "", false, &mut outer);
        self.needs_currency = name_frame(&mut self.fields, &mut vec![outer]);
    }

    /// From the shape of what stands round the records; no name of a record is taken again.
    pub(super) fn around(shape: &Shape, records: &Source) -> Source {
        let taken = records.fields.iter().map(|field| field.name.clone()).collect();
        let mut fields = members_beside(shape, &[], 0, taken);
        let needs_currency = name_frame(&mut fields, &mut vec![]);
        Source { fields, needs_currency }
    }

    /// As a mapping writes `around`; nothing when there is nothing to declare. `after`: the ways to what comes after
    /// the records.
    pub(super) fn around_text(&self, after: &[String]) -> String {
        let mut out = String::new();
        if !self.fields.is_empty() {
            out.push_str("\naround {\n");
            write_fields(&self.fields, 1, &mut out);
            out.push_str("}\n");
        }
        if !after.is_empty() {
            let more = after.len().saturating_sub(KEYS_MAX);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let shown = &after[..after.len().min(KEYS_MAX)];
            let start = if out.is_empty() { "\n" } else { "" };
            let _ = writeln!(
                out,
                "{start}# after the records, so not known while they are written: {}{more}",
                shown.join(", ")
            );
        }
        out
    }

    /// As a mapping writes it.
    pub(super) fn text(&self, layout: &Layout) -> String {
        let unit = if layout.lines { "line" } else { "record" };
        let at = if layout.path.is_empty() { String::new() } else { format!(" at {}[]", path(&layout.path)) };
        let mut out = format!("\nsource json {unit}{at} {{\n");
        write_fields(&self.fields, 1, &mut out);
        out.push_str("}\n");
        out
    }
}

/// `around` are the words of the object's own name: `amount.value` is an amount.
fn members(shape: &Shape, around: &[String], depth: usize) -> Vec<Field> {
    members_beside(shape, around, depth, vec![])
}

/// The same, beside names that are taken.
fn members_beside(shape: &Shape, around: &[String], depth: usize, mut taken: Vec<String>) -> Vec<Field> {
    let mut fields = vec![];
    for (key, member) in &shape.members {
        let name = field(key, &taken);
        taken.push(name.clone());
        let kind = kind(member, &telling(words(key), around), depth);
        let optional = member.optional_in(shape.objects);
        fields.push(Field { name, key: key.clone(), optional, kind, currency: String::new() });
    }
    fields
}

/// The own words, where they say what the value is; else together with those around.
fn telling(own: Vec<String>, around: &[String]) -> Vec<String> {
    if rules::is_account(&own) || rules::is_amount(&own) || rules::is_date(&own) {
        return own;
    }
    around.iter().cloned().chain(own).collect()
}

fn kind(shape: &Shape, words: &[String], depth: usize) -> FieldKind {
    let scalars = shape.texts + shape.numbers + shape.bools;
    if depth < DEPTH_MAX && shape.objects > 0 && shape.arrays == 0 && scalars == 0 {
        let fields = members(shape, words, depth + 1);
        let known = |f: &Field| !matches!(f.kind, FieldKind::Scalar(Scalar::Unknown(_)));
        return match fields.iter().any(known) {
            true => FieldKind::Object(fields),
            false => FieldKind::Scalar(Scalar::Unknown("nothing in it in the sample")),
        };
    }
    let Some(elements) = shape.elements.as_ref().filter(|_| shape.objects == 0 && scalars == 0) else {
        return FieldKind::Scalar(scalar(shape, words));
    };
    if elements.values == 0 {
        return FieldKind::Scalar(Scalar::Unknown("an empty list in the sample"));
    }
    if elements.objects > 0 && elements.objects + elements.empty == elements.values && depth < DEPTH_MAX {
        return FieldKind::List(members(elements, &[], depth + 1));
    }
    if elements.arrays > 0 && elements.arrays == elements.values {
        return rows(elements);
    }
    match scalar(elements, words) {
        Scalar::Unknown(_) => FieldKind::Scalar(Scalar::Unknown("a list of several kinds in the sample")),
        scalar => FieldKind::Scalars(scalar),
    }
}

/// Arrays of arrays: fields by position.
fn rows(elements: &Shape) -> FieldKind {
    let fields = elements.positions.iter().enumerate().map(|(i, shape)| {
        let kind = FieldKind::Scalar(scalar(shape, &[]));
        let name = format!("column_{}", i + 1);
        Field {
            key: name.clone(),
            name,
            optional: shape.optional_in(elements.arrays),
            kind,
            currency: String::new(),
        }
    });
    FieldKind::Rows(fields.collect())
}

/// What is said when the sample names no currency.
pub(super) const CURRENCY: &str = "document_currency";

/// Gives each money the nearest currency: of its own frame (the record, or a list's element), else of one around it.
/// `frames` are the currencies of the frames around, `prefix` is the object's path within its own. True when a
/// money has none.
fn name_currencies(fields: &mut [Field], prefix: &str, frames: &mut Vec<Vec<(bool, String)>>) -> bool {
    let mut missing = false;
    for field in fields.iter_mut() {
        let inner = format!("{prefix}{}.", field.name);
        match &mut field.kind {
            FieldKind::Scalar(Scalar::Money { .. }) => {
                let nearest = nearest(prefix, frames);
                missing |= nearest.is_none();
                field.currency = nearest.unwrap_or(CURRENCY).to_owned();
            }
            FieldKind::Object(fields) => missing |= name_currencies(fields, &inner, frames),
            FieldKind::List(fields) => missing |= name_frame(fields, frames),
            _ => {}
        }
    }
    missing
}

fn name_frame(fields: &mut [Field], frames: &mut Vec<Vec<(bool, String)>>) -> bool {
    let mut own = vec![];
    currencies(fields, "", false, &mut own);
    frames.push(own);
    let missing = name_currencies(fields, "", frames);
    frames.pop();
    missing
}

/// Of each frame the one that shares most of its path; one that may be missing is the last choice.
fn nearest<'f>(prefix: &str, frames: &'f [Vec<(bool, String)>]) -> Option<&'f str> {
    let shared = |path: &str| prefix.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
    let of = |optional: bool| {
        let best = |frame: &'f Vec<(bool, String)>| {
            frame
                .iter()
                .rev()
                .filter(|(may_miss, _)| *may_miss == optional)
                .max_by_key(|(_, path)| shared(path))
        };
        frames.iter().rev().find_map(best)
    };
    of(false).or_else(|| of(true)).map(|(_, path)| path.as_str())
}

/// Paths of the currency fields of one object; nested objects are part of it.
fn currencies(fields: &[Field], prefix: &str, optional: bool, found: &mut Vec<(bool, String)>) {
    for field in fields {
        let optional = optional || field.optional;
        match &field.kind {
            FieldKind::Scalar(Scalar::Currency) => found.push((optional, format!("{prefix}{}", field.name))),
            FieldKind::Object(fields) => {
                currencies(fields, &format!("{prefix}{}.", field.name), optional, found)
            }
            _ => {}
        }
    }
}

fn write_fields(fields: &[Field], depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let nests = |f: &Field| matches!(f.kind, FieldKind::Object(_) | FieldKind::List(_));
    let width = fields.iter().filter(|f| !nests(f)).map(|f| f.name.len()).max().unwrap_or(0) + 1;
    let mut unknown: Vec<(&str, Vec<&str>)> = vec![];
    for field in fields {
        let Field { name, key, .. } = field;
        if let FieldKind::Scalar(Scalar::Unknown(why)) = &field.kind {
            match unknown.iter_mut().find(|(reason, _)| reason == why) {
                Some((_, keys)) => keys.push(key),
                None => unknown.push((why, vec![key])),
            }
            continue;
        }
        let mark = if field.optional { "?" } else { "" };
        let at = if name == key { String::new() } else { format!(" at {}", quoted_key(key)) };
        let width = if nests(field) { 0 } else { width };
        let _ = write!(out, "{indent}{:<width$} ", format!("{name}:"));
        match &field.kind {
            FieldKind::Scalar(scalar) => {
                let (ty, mods, note) = written(scalar, &field.currency);
                let _ = writeln!(out, "{ty}{mark}{mods}{at}{note}");
            }
            FieldKind::Scalars(scalar) => {
                let (ty, mods, note) = written(scalar, CURRENCY);
                let _ = writeln!(out, "[{ty}{mods}]{mark}{at}{note}");
            }
            FieldKind::Rows(fields) => {
                let cells: Vec<String> = fields.iter().map(cell).collect();
                let _ = writeln!(out, "[ ({}) ]{mark}{at}", cells.join(", "));
            }
            FieldKind::Object(fields) => nested("{", fields, &format!("}}{mark}{at}"), depth, out),
            FieldKind::List(fields) => nested("[ {", fields, &format!("}} ]{mark}{at}"), depth, out),
        }
    }
    for (why, keys) in unknown {
        let more = keys.len().saturating_sub(KEYS_MAX);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let shown: Vec<&str> = keys.into_iter().take(KEYS_MAX).collect();
        let _ = writeln!(out, "{indent}# {why}: {}{more}", shown.join(", "));
    }
}

fn nested(open: &str, fields: &[Field], close: &str, depth: usize, out: &mut String) {
    out.push_str(open);
    out.push('\n');
    write_fields(fields, depth + 1, out);
    let _ = writeln!(out, "{}{close}", "  ".repeat(depth));
}

/// A field of a positional row.
fn cell(field: &Field) -> String {
    match &field.kind {
        FieldKind::Scalar(Scalar::Unknown(_)) => "_".into(),
        FieldKind::Scalar(scalar) => {
            let (ty, mods, _) = written(scalar, CURRENCY);
            format!("{}: {ty}{}{mods}", field.name, if field.optional { "?" } else { "" })
        }
        _ => "_".into(),
    }
}

/// The type, what follows the `?`, and a remark.
fn written(scalar: &Scalar, currency: &str) -> (String, String, &'static str) {
    let number = |sample: &str| if sample.is_empty() { String::new() } else { format!(" \"{sample}\"") };
    let pattern =
        |pattern: &str| if pattern.is_empty() { String::new() } else { format!(" {}", quoted(pattern)) };
    match scalar {
        Scalar::Text { max, .. } => (format!("text(..{max})"), String::new(), ""),
        Scalar::TextNumber { .. } => ("text number".into(), String::new(), ""),
        Scalar::Int => ("int".into(), String::new(), ""),
        Scalar::Decimal { sample } => ("decimal".into(), number(sample), ""),
        Scalar::Money { sample } => (format!("money({currency})"), number(sample), ""),
        Scalar::Date { pattern: p, sure } => (
            format!("date{}", pattern(p)),
            String::new(),
            if *sure { "" } else { "   # TODO day or month first?" },
        ),
        Scalar::Time { pattern: p } => (format!("time{}", pattern(p)), String::new(), ""),
        Scalar::Bool => ("bool".into(), String::new(), ""),
        Scalar::Currency => ("currency".into(), String::new(), ""),
        Scalar::Enum(words) => (
            words.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" | "),
            String::new(),
            "   # all of them?",
        ),
        Scalar::Unknown(_) => (String::new(), String::new(), ""),
    }
}

/// A path as a mapping writes it.
pub(super) fn path(keys: &[String]) -> String {
    keys.iter().map(|k| quoted_key(k)).collect::<Vec<_>>().join(".")
}

fn quoted_key(key: &str) -> String {
    let plain = field(key, &[]) == key;
    if plain { key.to_owned() } else { format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\"")) }
}
