//! A contract for people and for programs: its tree as text or JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use super::table::PRIMITIVES;
use super::tree::{Attribute, Contract, ElementId, Facets, Occurs};
use crate::diag::near;

/// Columns of a printed tree.
const WIDTH: usize = 100;
/// Column at which occurrences begin, where names leave room.
const OCCURS_AT: usize = 45;
/// Limits longer than this are shown only when one element is asked for.
const LIMITS_SHORT: usize = 28;

impl std::fmt::Display for Occurs {
    /// `0..1`, `1..n`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.max {
            Some(max) => write!(f, "{}..{max}", self.min),
            None => write!(f, "{}..n", self.min),
        }
    }
}

impl std::fmt::Display for Facets {
    /// `token 1–10`, `decimal 28,6`, `date`; exact lengths as `=3`. Patterns are left out, see
    /// [`Facets::limits`].
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = PRIMITIVES.iter().find(|p| p.1 == self.primitive).map_or("", |p| p.0);
        f.write_str(name)?;
        match (self.min_length, self.max_length) {
            (min, Some(max)) if min == max => write!(f, " ={max}")?,
            (min, Some(max)) => write!(f, " {min}–{max}")?,
            (0, None) => {}
            (min, None) => write!(f, " {min}–n")?,
        }
        match (self.total_digits, self.fraction_digits) {
            (Some(total), Some(fraction)) => write!(f, " {total},{fraction}"),
            (Some(total), None) => write!(f, " {total} digits"),
            (None, Some(fraction)) => write!(f, " n,{fraction}"),
            (None, None) => Ok(()),
        }
    }
}

impl Facets {
    /// What else limits a value: range, patterns, list of values; empty when nothing does.
    pub fn limits(&self) -> Vec<String> {
        let mut limits = vec![];
        match (&self.min, &self.max) {
            (Some(min), Some(max)) if min.strip_prefix('-') == Some(max) => limits.push(format!("±{max}")),
            (Some(min), Some(max)) => limits.push(format!("{min} to {max}")),
            (Some(min), None) => limits.push(format!("from {min}")),
            (None, Some(max)) => limits.push(format!("to {max}")),
            (None, None) => {}
        }
        limits.extend(self.patterns.iter().map(|p| format!("like {p}")));
        limits.extend(self.unchecked_patterns().map(|p| format!("{p} is not checked")));
        if !self.values.is_empty() {
            limits.push(format!("one of {}", self.values.join(", ")));
        }
        limits
    }

    fn to_json(&self) -> Value {
        json!({
            "type": PRIMITIVES.iter().find(|p| p.1 == self.primitive).map(|p| p.0),
            "min_length": self.min_length, "max_length": self.max_length,
            "total_digits": self.total_digits, "fraction_digits": self.fraction_digits,
            "min": self.min, "max": self.max, "patterns": self.patterns, "values": self.values,
            "unchecked_patterns": self.unchecked_patterns().collect::<Vec<_>>(),
        })
    }
}

/// Prints the tree of a contract, or the part below a path: occurrences, types, lengths, attributes and
/// remarks. Patterns and ranges that are long are told only of an element that is asked for by itself. The
/// path begins at the root, or at the element a mapping's documents fill.
///
/// # Errors
/// That there is no element at the path, with the nearest that is.
pub fn show(contract: &Contract, path: Option<&str>) -> Result<String, String> {
    let top = find(contract, path)?;
    let mut text = String::new();
    if top == Contract::ROOT {
        head(contract, &mut text);
    }
    let depth = |id: ElementId| std::iter::successors(Some(id), |id| contract.element(*id).parent).count();
    let alone = contract.element(top).children.is_empty();
    for id in below(contract, top) {
        line(contract, id, depth(id) - depth(top), alone, &mut text);
    }
    Ok(text)
}

/// The tree of a contract, or the part below a path, as one object an element; children are nested.
///
/// # Errors
/// See [`show`].
pub fn show_json(contract: &Contract, path: Option<&str>) -> Result<Value, String> {
    let top = find(contract, path)?;
    let element = |id: Option<ElementId>| id.map(|id| contract.path(id));
    Ok(json!({
        "contract": contract.name, "profile": contract.profile,
        "namespace": contract.namespace, "prefix": contract.prefix, "qualified": contract.qualified,
        "document": contract.path(contract.anchors.document), "body": contract.path(contract.anchors.body),
        "message_header": element(contract.anchors.message_header),
        "document_header": element(contract.anchors.document_header),
        "rules": {
            "balanced": contract.rules.balanced, "one_currency": contract.rules.one_currency,
            "lines_max": contract.rules.lines_max,
        },
        "service": contract.service.as_ref().map(|s| json!({
            "operation": s.operation, "action": s.action, "address": s.address, "answer": s.answer,
        })),
        "element": element_json(contract, top),
    }))
}

fn element_json(contract: &Contract, id: ElementId) -> Value {
    let element = contract.element(id);
    let attribute =
        |a: &Attribute| json!({"name": a.name, "required": a.required, "value": a.value.to_json()});
    json!({
        "name": contract.tag(id), "path": contract.path(id),
        "namespace": element.namespace.as_ref().map(|n| &n.1),
        "min": element.occurs.min, "max": element.occurs.max,
        "value": element.value.as_ref().map(Facets::to_json),
        "attributes": element.attributes.iter().map(attribute).collect::<Vec<_>>(),
        "role": element.role.map(|role| format!("{role:?}")),
        "note": element.note,
        // Contracts are at most 16 levels deep, so this recursion is too.
        "children": element.children.iter().map(|id| element_json(contract, *id)).collect::<Vec<_>>(),
    })
}

/// The element at a path, from the root or from the body.
fn find(contract: &Contract, path: Option<&str>) -> Result<ElementId, String> {
    let Some(path) = path else { return Ok(Contract::ROOT) };
    if let Some(id) = contract.find(path).or_else(|| contract.find_below(contract.anchors.body, path)) {
        return Ok(id);
    }
    let mut said = format!("the contract has no element `{path}`");
    let last = path.rsplit('/').next().unwrap_or(path);
    let all: Vec<ElementId> = below(contract, Contract::ROOT).skip(1).collect();
    let same: Vec<String> =
        all.iter().filter(|id| contract.tag(**id) == last).map(|id| contract.path(*id)).collect();
    let tags: Vec<String> = all.iter().map(|id| contract.tag(*id)).collect();
    let paths: Vec<String> = all.iter().map(|id| contract.path(*id)).collect();
    let nearest = || {
        near(path, paths.iter().map(String::as_str)).map(str::to_owned).or_else(|| {
            let tag = near(last, tags.iter().map(String::as_str))?;
            all.iter().find(|id| contract.tag(**id) == tag).map(|id| contract.path(*id))
        })
    };
    if !same.is_empty() {
        let shown: Vec<String> = same.iter().take(3).map(|p| format!("`{p}`")).collect();
        let more = if same.len() > 3 { format!(" and {} more", same.len() - 3) } else { String::new() };
        write!(said, "; `{last}` is at {}{more}", shown.join(", ")).expect("text takes everything");
    } else if let Some(near) = nearest() {
        write!(said, "; did you mean `{near}`?").expect("text takes everything");
    }
    Err(said)
}

/// An element and all below it, in the order they are written.
pub(super) fn below(contract: &Contract, top: ElementId) -> impl Iterator<Item = ElementId> + '_ {
    let mut waiting = vec![top];
    std::iter::from_fn(move || {
        let id = waiting.pop()?;
        waiting.extend(contract.element(id).children.iter().rev());
        Some(id)
    })
}

fn head(contract: &Contract, text: &mut String) {
    let mut say = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    say(format!("{} {}", contract.name, contract.profile).trim_end().to_owned());
    let form = if contract.qualified { "all elements" } else { "only the root" };
    say(format!("namespace  {} (prefix {}, {form})", contract.namespace, contract.prefix));
    let path = |id: ElementId| match contract.path(id) {
        path if path.is_empty() => "the root".to_owned(),
        path => path,
    };
    say(format!("document   {}, filled in {}", path(contract.anchors.document), path(contract.anchors.body)));
    if let Some(service) = &contract.service {
        say(format!("operation  {}", service.operation));
    }
    let rules = &contract.rules;
    let said = [
        rules.balanced.then(|| "amounts add up to zero".to_owned()),
        rules.one_currency.then(|| "one transaction currency".to_owned()),
        rules.lines_max.map(|max| format!("at most {max} lines")),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if !said.is_empty() {
        say(format!("rules      {}", said.join(", ")));
    }
    say(String::new());
}

/// One element; `alone` when it is all that is shown, so that there is room for every limit.
fn line(contract: &Contract, id: ElementId, depth: usize, alone: bool, text: &mut String) {
    let element = contract.element(id);
    let name = format!("{:1$}{2}", "", depth * 2, contract.tag(id));
    let mut line = format!("{name:<OCCURS_AT$} {:<5}", element.occurs.to_string());
    if let Some(value) = &element.value {
        write!(line, " {value}").expect("text takes everything");
    }
    let mut more: Vec<String> = element.attributes.iter().map(|a| attribute(a, alone)).collect();
    if let Some(value) = &element.value {
        let limits = value.limits();
        if alone || limits.iter().map(|l| l.chars().count()).sum::<usize>() <= LIMITS_SHORT {
            more.extend(limits);
        } else {
            more.extend(value.unchecked_patterns().map(|p| format!("{p} is not checked")));
        }
    }
    if !element.note.is_empty() {
        more.push(format!("— {}", element.note));
    }
    let at = line.chars().count();
    let mut column = at;
    for part in more {
        wrap(&mut line, &mut column, &part);
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Adds words to a line, going on in the next one, under the types, where they do not fit.
fn wrap(line: &mut String, column: &mut usize, part: &str) {
    for word in part.split(' ') {
        let length = word.chars().count();
        if *column + 1 + length > WIDTH && *column > OCCURS_AT + 8 {
            let kept = line.trim_end().len();
            line.truncate(kept);
            write!(line, "\n{:1$}", "", OCCURS_AT + 8).expect("text takes everything");
            *column = OCCURS_AT + 8;
        }
        line.push(' ');
        line.push_str(word);
        *column += 1 + length;
    }
}

fn attribute(attribute: &Attribute, full: bool) -> String {
    let star = if attribute.required { "*" } else { "" };
    let mut text = format!("@{}{star}", attribute.name);
    if full {
        write!(text, " ({})", attribute.value).expect("text takes everything");
    }
    text
}
