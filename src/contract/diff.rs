//! What changed between two contracts of the same message: two profiles, or a profile and a tenant's own
//! WSDL.

use std::collections::HashMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::show::below;
use super::tree::{Attribute, Contract, Element, ElementId};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The element's path; empty for the root and for the message as a whole.
    pub path: String,
    /// What is different.
    pub change: Change,
}

/// What is different about an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Only the new contract has it; elements within it are not told again.
    Added {
        /// Whether documents without it are refused now.
        required: bool,
    },
    /// Only the old contract has it; elements within it are not told again.
    Removed,
    /// It stands after another element than before, beyond what additions and removals explain.
    Moved {
        /// The element before it, of those both have.
        after: Option<String>,
    },
    /// A property is another one.
    Changed {
        /// `occurs`, `type`, `length`, `pattern`, `@currencyCode`, …
        what: String,
        /// Before.
        old: String,
        /// Now.
        new: String,
    },
}

/// Compares two contracts. Meaning (roles, rules, remarks) is not compared: only what a receiver would
/// notice.
pub fn diff(old: &Contract, new: &Contract) -> Vec<Difference> {
    let mut found = vec![];
    let mut message = |what: &str, old: &str, new: &str| {
        changed(&mut found, "", what, old.to_owned(), new.to_owned());
    };
    message("root", &old.elements[0].name, &new.elements[0].name);
    message("namespace", &old.namespace, &new.namespace);
    let form = |c: &Contract| if c.qualified { "qualified" } else { "unqualified" };
    message("local elements", form(old), form(new));
    let mut waiting = vec![(Contract::ROOT, Contract::ROOT)];
    while let Some((a, b)) = waiting.pop() {
        properties(old.element(a), new.element(b), &new.path(b), &mut found);
        let mut both = children(old, a, new, b, &mut found);
        both.reverse();
        waiting.extend(both);
    }
    // In the order of the new contract; what is gone stands where it was in the old one's parent.
    let order: HashMap<String, usize> =
        below(new, Contract::ROOT).enumerate().map(|(index, id)| (new.path(id), index)).collect();
    let place = |d: &Difference| {
        let mut path = d.path.as_str();
        loop {
            match (order.get(path), path.rsplit_once('/')) {
                (Some(index), _) => return *index,
                (None, Some((parent, _))) => path = parent,
                (None, None) => return 0,
            }
        }
    };
    found.sort_by_key(place);
    found
}

/// Compares the children of an element that both have; gives those that both have.
fn children(
    old: &Contract,
    a: ElementId,
    new: &Contract,
    b: ElementId,
    found: &mut Vec<Difference>,
) -> Vec<(ElementId, ElementId)> {
    let (before, now) = (&old.element(a).children, &new.element(b).children);
    let place: HashMap<String, usize> =
        before.iter().enumerate().map(|(index, id)| (old.tag(*id), index)).collect();
    let kept: Vec<Option<usize>> = now.iter().map(|id| place.get(&new.tag(*id)).copied()).collect();
    let still = longest_rise(&kept.iter().flatten().copied().collect::<Vec<_>>());
    let mut both = vec![];
    let mut after: Option<String> = None;
    for (id, was) in now.iter().zip(&kept) {
        let path = new.path(*id);
        let Some(was) = was else {
            found.push(Difference {
                path,
                change: Change::Added { required: new.element(*id).occurs.required() },
            });
            continue;
        };
        if !still.contains(was) {
            found.push(Difference { path, change: Change::Moved { after: after.clone() } });
        }
        after = Some(new.tag(*id));
        both.push((before[*was], *id));
    }
    for id in before.iter().filter(|id| new.child(b, &old.tag(**id)).is_none()) {
        found.push(Difference { path: old.path(*id), change: Change::Removed });
    }
    both
}

/// The longest part of the numbers that rises: what did not move. Quadratic, over the children of one
/// element.
fn longest_rise(numbers: &[usize]) -> Vec<usize> {
    let mut best: Vec<(usize, Option<usize>)> = vec![];
    for (i, number) in numbers.iter().enumerate() {
        let before =
            (0..i).filter(|j| numbers[*j] < *number).max_by_key(|j| (best[*j].0, std::cmp::Reverse(*j)));
        best.push((before.map_or(1, |j| best[j].0 + 1), before));
    }
    let mut at = (0..numbers.len()).max_by_key(|i| (best[*i].0, std::cmp::Reverse(*i)));
    let mut rise = vec![];
    while let Some(i) = at {
        rise.push(numbers[i]);
        at = best[i].1;
    }
    rise
}

fn changed(found: &mut Vec<Difference>, path: &str, what: &str, old: String, new: String) {
    if old != new {
        found.push(Difference {
            path: path.to_owned(),
            change: Change::Changed { what: what.to_owned(), old, new },
        });
    }
}

fn properties(old: &Element, new: &Element, path: &str, found: &mut Vec<Difference>) {
    let mut say = |what: &str, old: String, new: String| changed(found, path, what, old, new);
    say("occurs", old.occurs.to_string(), new.occurs.to_string());
    let empty = |e: &Element| if e.children.is_empty() { "nothing" } else { "children" }.to_owned();
    let kind = |e: &Element| e.value.as_ref().map_or_else(|| empty(e), ToString::to_string);
    say("type", kind(old), kind(new));
    let limits = |e: &Element| e.value.as_ref().map(|v| v.limits().join(", ")).unwrap_or_default();
    say("limits", limits(old), limits(new));
    let attribute = |e: &Element, name: &str| {
        let found = e.attributes.iter().find(|a| a.name == name);
        found.map(describe).unwrap_or_default()
    };
    let names = old
        .attributes
        .iter()
        .chain(new.attributes.iter().filter(|a| !old.attributes.iter().any(|o| o.name == a.name)));
    for name in names.map(|a| a.name.as_str()) {
        say(&format!("@{name}"), attribute(old, name), attribute(new, name));
    }
}

fn describe(attribute: &Attribute) -> String {
    let need = if attribute.required { "required" } else { "optional" };
    let mut parts = vec![format!("{need} {}", attribute.value)];
    parts.extend(attribute.value.limits());
    parts.join(", ")
}

/// The differences as text: a sign, the path, what changed; one line each.
pub fn diff_text(differences: &[Difference]) -> String {
    let mut text = String::new();
    for Difference { path, change } in differences {
        let path = if path.is_empty() { "(message)" } else { path };
        let line = match change {
            Change::Added { required: true } => format!("+ {path}  (required)"),
            Change::Added { required: false } => format!("+ {path}"),
            Change::Removed => format!("- {path}"),
            Change::Moved { after: Some(after) } => format!("> {path}  now after {after}"),
            Change::Moved { after: None } => format!("> {path}  now first"),
            Change::Changed { what, old, new } => format!("~ {path}  {what}: {} -> {}", dash(old), dash(new)),
        };
        writeln!(text, "{line}").expect("text takes everything");
    }
    text
}

fn dash(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// The differences as an array of objects with `path`, `change` and what belongs to the change.
pub fn diff_json(differences: &[Difference]) -> Value {
    let one = |Difference { path, change }: &Difference| match change {
        Change::Added { required } => json!({"path": path, "change": "added", "required": required}),
        Change::Removed => json!({"path": path, "change": "removed"}),
        Change::Moved { after } => json!({"path": path, "change": "moved", "after": after}),
        Change::Changed { what, old, new } => {
            json!({"path": path, "change": "changed", "what": what, "old": old, "new": new})
        }
    };
    Value::Array(differences.iter().map(one).collect())
}
