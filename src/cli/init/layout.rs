//! Where records are in a sample, whether they are lines, and what makes lines a document.

use super::names::words;
use super::rules;
use super::source::{Field, FieldKind, Source, path};
use super::types::Scalar;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Deeper lists are not looked for.
const DEPTH_MAX: usize = 6;

/// Where records are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Keys from the top-level value to the list of records; empty for the values themselves.
    pub(super) path: Vec<String>,
    /// Records are lines of documents.
    pub(super) lines: bool,
}

impl Layout {
    /// The likeliest; `None` when there is no object.
    pub(super) fn find(values: &[Value]) -> Option<Layout> {
        let first = values.iter().find_map(Value::as_object)?;
        let mut path = vec![];
        if values.len() == 1 && !is_record(first) {
            path = best_list(first).unwrap_or_default();
        }
        let layout = Layout { path, lines: false };
        let records = layout.records(values);
        let lines = records.iter().any(|r| is_line(r)) && !records.iter().any(|r| has_list(r));
        Some(Layout { lines, ..layout })
    }

    /// The records.
    pub(super) fn records<'v>(&self, values: &'v [Value]) -> Vec<&'v Value> {
        if self.path.is_empty() {
            return values.iter().filter(|v| v.is_object()).collect();
        }
        let list = |value: &'v Value| {
            self.path.iter().try_fold(value, |at, key| at.get(key)).and_then(Value::as_array)
        };
        values.iter().filter_map(list).flatten().filter(|v| v.is_object()).collect()
    }
}

/// What stands round the records.
#[derive(Debug, Default)]
pub(super) struct Outside {
    /// What comes before them, in the objects it stands in.
    pub(super) before: Map<String, Value>,
    /// The ways to what comes after them.
    pub(super) after: Vec<String>,
}

impl Layout {
    /// What stands round the records of a value, lists left out.
    pub(super) fn outside(&self, value: &Value) -> Outside {
        let mut outside = Outside::default();
        if let (Some(object), false) = (value.as_object(), self.path.is_empty()) {
            let Outside { before, after } = &mut outside;
            stands_outside(object, &self.path, &mut vec![], before, after);
        }
        outside
    }
}

fn stands_outside(
    object: &Map<String, Value>,
    way: &[String],
    walked: &mut Vec<String>,
    before: &mut Map<String, Value>,
    after: &mut Vec<String>,
) {
    let mut passed = false;
    for (key, value) in object {
        walked.push(key.clone());
        if way.first() == Some(key) {
            passed = true;
            if let Value::Object(inner) = value {
                let mut inside = Map::new();
                stands_outside(inner, &way[1..], walked, &mut inside, after);
                if !inside.is_empty() {
                    before.insert(key.clone(), inside.into());
                }
            }
        } else if passed {
            after.push(path(walked));
        } else if let Some(value) = without_lists(value, 0) {
            before.insert(key.clone(), value);
        }
        walked.pop();
    }
}

/// A value as it can stand in `around`.
fn without_lists(value: &Value, depth: usize) -> Option<Value> {
    match value {
        Value::Array(_) => None,
        Value::Object(_) if depth == DEPTH_MAX => None,
        Value::Object(object) => {
            let member = |(k, v): (&String, &Value)| Some((k.clone(), without_lists(v, depth + 1)?));
            let kept: Map<String, Value> = object.iter().filter_map(member).collect();
            (!kept.is_empty()).then(|| kept.into())
        }
        value => Some(value.clone()),
    }
}

/// The list of objects that looks most like records: nested ones rather than flat, then the longest.
fn best_list(object: &Map<String, Value>) -> Option<Vec<String>> {
    let mut found = vec![];
    lists(object, &mut vec![], &mut found);
    found
        .into_iter()
        .max_by_key(|(_, items)| {
            let nested = items.iter().any(has_list);
            let lines = items.iter().any(is_line);
            (nested, lines, items.len())
        })
        .map(|(path, _)| path)
}

fn lists<'v>(
    object: &'v Map<String, Value>,
    path: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, &'v [Value])>,
) {
    if path.len() == DEPTH_MAX {
        return;
    }
    for (key, value) in object {
        path.push(key.clone());
        match value {
            Value::Array(items) if items.iter().any(Value::is_object) => found.push((path.clone(), items)),
            Value::Object(object) => lists(object, path, found),
            _ => {}
        }
        path.pop();
    }
}

/// An object that is one document with its own lines: a date, or an id and a currency, beside a list of
/// lines.
fn is_record(object: &Map<String, Value>) -> bool {
    let scalar = |test: fn(&[String]) -> bool| {
        object.iter().any(|(k, v)| !v.is_object() && !v.is_array() && !v.is_null() && test(&words(k)))
    };
    let lines = object
        .values()
        .any(|v| v.as_array().is_some_and(|items| items.iter().any(|i| is_line(i) || has_line(i))));
    lines
        && (scalar(rules::is_date) || scalar(rules::is_identity))
        && !object
            .values()
            .any(|v| v.as_array().is_some_and(|items| items.iter().any(|i| has_list(i) && !has_line(i))))
}

fn has_list(value: &Value) -> bool {
    let list = |v: &Value| v.as_array().is_some_and(|items| items.iter().any(Value::is_object));
    value.as_object().is_some_and(|o| o.values().any(|v| list(v) || v.is_object() && has_list(v)))
}

/// One of its lists holds lines.
fn has_line(value: &Value) -> bool {
    let lines = |v: &Value| v.as_array().is_some_and(|items| items.iter().any(is_line));
    value.as_object().is_some_and(|o| o.values().any(lines))
}

/// An account and an amount beside each other.
fn is_line(value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    let has = |test: fn(&[String]) -> bool| object.keys().any(|k| test(&words(k)));
    has(rules::is_account) && has(rules::is_amount)
}

/// What makes lines a document.
#[derive(Debug)]
pub(super) struct Grouping {
    /// The field whose value the lines share.
    pub(super) key: String,
    /// It may be missing.
    pub(super) optional: bool,
    /// Whether there was a reason to take it.
    pub(super) sure: bool,
    /// Lines of a document stand together.
    pub(super) adjacent: bool,
    /// Fields that are the same in all lines of a document.
    pub(super) same: Vec<String>,
}

impl Grouping {
    /// From the fields of a line and the lines themselves.
    pub(super) fn guess(source: &Source, lines: &[&Value]) -> Grouping {
        let candidates: Vec<&Field> =
            source.fields.iter().filter(|f| !f.optional && groups(&f.kind)).collect();
        let best = candidates.iter().copied().max_by_key(|f| {
            let (names, runs) = (words(&f.key), Runs::count(&f.key, lines));
            // One line a document, or all lines in one, is no grouping.
            let useful =
                runs.values > 1 && runs.values < lines.len() || rules::is_document(&names) && lines.len() < 3;
            (
                useful,
                rules::is_document(&names),
                rules::is_identity(&names),
                runs.runs == runs.values,
                runs.values,
            )
        });
        let Some(best) = best.or(source
            .fields
            .iter()
            .find(|f| matches!(f.kind, FieldKind::Scalar(ref s) if !matches!(s, Scalar::Unknown(_)))))
        else {
            return Grouping {
                key: "document".into(),
                optional: false,
                sure: false,
                adjacent: true,
                same: vec![],
            };
        };
        let runs = Runs::count(&best.key, lines);
        let same = source.fields.iter().filter(|f| f.name != best.name && constant(f, &best.key, lines));
        Grouping {
            key: best.name.clone(),
            optional: best.optional,
            sure: rules::is_document(&words(&best.key)),
            adjacent: runs.runs == runs.values,
            same: same.map(|f| f.name.clone()).collect(),
        }
    }
}

fn groups(kind: &FieldKind) -> bool {
    matches!(kind, FieldKind::Scalar(Scalar::Text { .. } | Scalar::TextNumber { .. } | Scalar::Int))
}

/// How the values of a key follow each other.
struct Runs {
    values: usize,
    runs: usize,
}

impl Runs {
    fn count(key: &str, lines: &[&Value]) -> Runs {
        let values: Vec<String> = lines.iter().map(|l| l[key].to_string()).collect();
        let changes = values.windows(2).filter(|w| w[0] != w[1]).count();
        Runs {
            runs: changes + usize::from(!values.is_empty()),
            values: values.iter().collect::<HashSet<_>>().len(),
        }
    }
}

/// Whether a scalar that a header needs (a date, a currency, a company) is the same in all lines of each
/// document.
fn constant(field: &Field, key: &str, lines: &[&Value]) -> bool {
    let FieldKind::Scalar(scalar) = &field.kind else { return false };
    let names = words(&field.key);
    let header = matches!(scalar, Scalar::Date { .. } | Scalar::Time { .. } | Scalar::Currency)
        || rules::is_company(&names);
    let pair = |line: &Value| (line[key].to_string(), line[&field.key].to_string());
    let pairs: HashSet<(String, String)> = lines.iter().map(|l| pair(l)).collect();
    header && !field.optional && pairs.len() == Runs::count(key, lines).values
}
