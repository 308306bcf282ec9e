//! The document block: every mandatory element of the target, with a guess or a `# TODO`.

use super::layout::Grouping;
use super::names::{singular, words};
use super::rules;
use super::source::{Field, FieldKind, Source};
use super::types::Scalar;
use crate::contract::{Contract, Element, ElementId, Facets, Primitive, Role};
use std::fmt::Write;

/// Most characters of text that are proposed to be cut rather than asked about.
const NUMBER_LENGTH: u32 = 10;

/// A value that may be written.
#[derive(Debug, Clone)]
struct Candidate<'s> {
    expression: String,
    words: Vec<String>,
    scalar: &'s Scalar,
    optional: bool,
}

/// What can be used in one block.
#[derive(Debug, Default)]
struct Scope<'s> {
    candidates: Vec<Candidate<'s>>,
    /// The signed amount of a line.
    amount: Option<String>,
}

/// The document block's text.
pub(super) fn document(contract: &Contract, source: &Source, grouping: Option<&Grouping>) -> String {
    let mut out = String::from("\n");
    let mut own = Scope::default();
    collect(&source.fields, "", &[], false, &mut own.candidates);
    let lists = if grouping.is_some() { None } else { lines_of(&source.fields) };
    match grouping {
        Some(grouping) => head_of_group(grouping, &mut own, &mut out),
        None => head_of_record(&own, &mut out),
    }
    let body = contract.anchors.body;
    elements(contract, body, &own, 1, &mut out);
    let line =
        contract.element(body).children.iter().find(|&&c| contract.element(c).role == Some(Role::Line));
    if let Some(&line) = line {
        out.push('\n');
        let (head, mut scope) = match (grouping, &lists) {
            (None, None) => {
                let _ = writeln!(
                    out,
                    "  # TODO for line in … {{ {} {{ … }} }}   no list with accounts and amounts was found",
                    contract.tag(line)
                );
                out.push_str("}\n");
                return out;
            }
            (None, Some(chain)) => (chain.head(), chain.scope()),
            (Some(_), _) => {
                let mut scope = Scope::default();
                collect(&source.fields, "", &[], false, &mut scope.candidates);
                ("for line in lines".to_owned(), scope)
            }
        };
        let _ = writeln!(out, "  {head} {{");
        if let Some(signed) = amount(&mut scope) {
            let _ = writeln!(out, "    {signed}");
        }
        let _ = writeln!(out, "    {} {{", contract.tag(line));
        elements(contract, line, &scope, 3, &mut out);
        out.push_str("    }\n  }\n");
    }
    out.push_str("}\n");
    out
}

fn head_of_group(grouping: &Grouping, scope: &mut Scope<'_>, out: &mut String) {
    let how = if grouping.adjacent { "adjacent" } else { "collected" };
    let doubt = if grouping.sure { "" } else { "   # TODO what makes lines one document?" };
    let sure = if grouping.optional { " | require" } else { "" };
    let _ = writeln!(out, "document per {}{sure} {how} {{{doubt}", grouping.key);
    if !grouping.same.is_empty() {
        let _ = writeln!(out, "  same {}\n", grouping.same.join(", "));
    }
    // What differs between lines belongs to no header; of the rest the first line's value is taken.
    for candidate in &mut scope.candidates {
        if candidate.expression != grouping.key && !grouping.same.contains(&candidate.expression) {
            candidate.expression = format!("first({})", candidate.expression);
            candidate.optional = true;
        }
    }
}

fn head_of_record(scope: &Scope<'_>, out: &mut String) {
    let identities = scope.candidates.iter().filter(|c| {
        let scalar = matches!(c.scalar, Scalar::Text { .. } | Scalar::TextNumber { .. } | Scalar::Int);
        // In nested objects stand the identities of other things, unless they say that it is the document's.
        let own = !c.expression.contains('.') || rules::is_document(&c.words);
        scalar && own && !c.optional && rules::is_identity(&c.words)
    });
    let key = identities.min_by_key(|c| c.expression.matches('.').count());
    let _ = match key {
        Some(key) => writeln!(out, "document from record key {} {{", key.expression),
        None => writeln!(out, "document from record {{   # TODO key …: what identifies a document?"),
    };
}

/// Mandatory children of an element, and optional ones that are plain to see.
fn elements(contract: &Contract, of: ElementId, scope: &Scope<'_>, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let mut rows: Vec<(String, Result<String, String>)> = vec![];
    let mut nested = vec![];
    for &id in &contract.element(of).children {
        let element = contract.element(id);
        if element.role == Some(Role::Line)
            || matches!(element.role, Some(Role::MessageId | Role::MessageUuid | Role::Created))
        {
            continue;
        }
        let required = element.occurs.required();
        match &element.value {
            None if required => nested.push(id),
            None => {}
            Some(facets) => match guess(element, facets, scope) {
                Some(expression) => rows.push((contract.tag(id), Ok(expression))),
                None if required => rows.push((contract.tag(id), Err(wanted(element, facets)))),
                None => {}
            },
        }
    }
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, row) in &rows {
        let _ = match row {
            Ok(expression) => writeln!(out, "{indent}{name:<width$} = {expression}"),
            Err(wanted) => writeln!(out, "{indent}# TODO {name} = …   {wanted}"),
        };
    }
    for id in nested {
        let _ = writeln!(out, "{indent}{} {{", contract.tag(id));
        elements(contract, id, scope, depth + 1, out);
        let _ = writeln!(out, "{indent}}}");
    }
}

/// `text(1..5), mandatory: BKPFF for postings from outside`
fn wanted(element: &Element, facets: &Facets) -> String {
    let ty = match (facets.primitive, facets.max_length) {
        (Primitive::String | Primitive::Token, Some(max)) => format!("text({}..{max})", facets.min_length),
        (Primitive::String | Primitive::Token, None) => "text".into(),
        (Primitive::Decimal, _) if element.role == Some(Role::Amount) => "money".into(),
        (Primitive::Decimal, _) => "decimal".into(),
        (other, _) => format!("{other:?}").to_lowercase(),
    };
    let note = if element.note.is_empty() { String::new() } else { format!(": {}", element.note) };
    format!("{ty}, mandatory{note}")
}

/// An expression for an element.
fn guess(element: &Element, facets: &Facets, scope: &Scope<'_>) -> Option<String> {
    match element.role {
        Some(Role::Amount) => return scope.amount.clone(),
        Some(Role::DebitCredit) => return scope.amount.as_ref().map(|a| format!("debit_credit({a})")),
        Some(Role::LocalAmount | Role::LineCompanyCode) => return None,
        _ => {}
    }
    let names = words(&element.name);
    let required = element.occurs.required();
    let company = element.role == Some(Role::CompanyCode);
    let mut best: Option<(usize, String)> = None;
    for candidate in &scope.candidates {
        let shared = names.iter().filter(|n| candidate.words.contains(n)).count();
        let free_text = facets.primitive == Primitive::String
            && names.last().is_some_and(|n| n == "text")
            && rules::is_text(&candidate.words);
        let date = required && facets.primitive == Primitive::Date;
        let likely = match required {
            _ if company => rules::is_company(&candidate.words),
            _ if date || free_text => true,
            // Half of a name of two words, more than half of a longer one.
            true => shared * 2 > names.len() || shared * 2 == names.len() && names.len() == 2,
            false => shared == names.len() && candidate.words.len() == shared && shared > 1,
        };
        let score = 1 + 2 * shared + usize::from(rules::is_written(&candidate.words));
        if !likely || best.as_ref().is_some_and(|(most, _)| *most >= score) {
            continue;
        }
        if let Some(expression) = fitted(candidate, facets, &names, required) {
            best = Some((score, expression));
        }
    }
    best.map(|(_, expression)| expression)
}

/// The candidate as the element's type; `None` when it does not fit.
fn fitted(candidate: &Candidate<'_>, facets: &Facets, element: &[String], required: bool) -> Option<String> {
    let name = &candidate.expression;
    let max = facets.max_length.unwrap_or(u32::MAX);
    let value = match (facets.primitive, candidate.scalar) {
        (Primitive::Date, Scalar::Date { .. }) => name.clone(),
        (Primitive::Date, Scalar::Time { .. }) => format!("{name} | date_of"),
        (Primitive::DateTime, Scalar::Time { .. }) => name.clone(),
        (Primitive::Boolean, Scalar::Bool) => name.clone(),
        (Primitive::Integer, Scalar::Int) | (Primitive::Decimal, Scalar::Int | Scalar::Decimal { .. }) => {
            name.clone()
        }
        (Primitive::String | Primitive::Token, scalar) => match scalar {
            Scalar::Text { digits: true, .. } | Scalar::TextNumber { digits: true }
                if max == NUMBER_LENGTH && rules::is_account(element) =>
            {
                format!("{name} | alpha({NUMBER_LENGTH})")
            }
            Scalar::Text { max: length, .. } if *length as u64 <= u64::from(max) => name.clone(),
            Scalar::Text { .. } if facets.primitive == Primitive::String => format!("{name} | cut({max})"),
            Scalar::TextNumber { .. } | Scalar::Enum(_) | Scalar::Currency => name.clone(),
            Scalar::Int => format!("{name} | to_text"),
            _ => return None,
        },
        _ => return None,
    };
    Some(match (candidate.optional, required) {
        (false, _) => value,
        (true, true) => format!("{value} | require"),
        (true, false) => format!("{value} or omit"),
    })
}

/// Scalars of an object; those of nested objects are part of it, with the words of the object's name.
fn collect<'s>(
    fields: &'s [Field],
    prefix: &str,
    around: &[String],
    optional: bool,
    found: &mut Vec<Candidate<'s>>,
) {
    for field in fields {
        let expression = format!("{prefix}{}", field.name);
        let optional = optional || field.optional;
        let names: Vec<String> = around.iter().cloned().chain(words(&field.key)).collect();
        match &field.kind {
            FieldKind::Scalar(Scalar::Unknown(_)) => {}
            FieldKind::Scalar(scalar) => found.push(Candidate { expression, words: names, scalar, optional }),
            FieldKind::Object(fields) => {
                collect(fields, &format!("{expression}."), &words(&field.key), optional, found)
            }
            _ => {}
        }
    }
}

/// The way to a list of lines: loop variables with their lists, and the fields of the last.
struct Chain<'s> {
    steps: Vec<(String, String)>,
    fields: &'s [Field],
}

impl<'s> Chain<'s> {
    fn head(&self) -> String {
        let steps: Vec<String> = self.steps.iter().map(|(var, list)| format!("{var} in {list}")).collect();
        format!("for {}", steps.join(", "))
    }
    fn scope(&self) -> Scope<'s> {
        let mut scope = Scope::default();
        let var = self.steps.last().map(|(var, _)| format!("{var}.")).unwrap_or_default();
        collect(self.fields, &var, &[], false, &mut scope.candidates);
        scope
    }
    /// An account and an amount make a list of lines; the amount counts more.
    fn score(&self) -> u32 {
        let scope = self.scope();
        let money = scope.candidates.iter().any(|c| matches!(c.scalar, Scalar::Money { .. }));
        let account = scope.candidates.iter().any(|c| rules::is_account(&c.words));
        u32::from(money) * 2 + u32::from(account)
    }
}

fn lines_of(fields: &[Field]) -> Option<Chain<'_>> {
    let mut chains = vec![];
    chains_of(fields, "", &[], &mut chains);
    chains.into_iter().rev().max_by_key(Chain::score).filter(|c| c.score() >= 2)
}

fn chains_of<'s>(fields: &'s [Field], prefix: &str, steps: &[(String, String)], found: &mut Vec<Chain<'s>>) {
    for field in fields {
        let path = format!("{prefix}{}", field.name);
        match &field.kind {
            FieldKind::Object(fields) => chains_of(fields, &format!("{path}."), steps, found),
            FieldKind::List(fields) => {
                let mut var = singular(&field.key);
                while steps.iter().any(|(taken, _)| *taken == var) {
                    var.push('_');
                }
                let steps: Vec<(String, String)> =
                    steps.iter().cloned().chain([(var.clone(), path)]).collect();
                chains_of(fields, &format!("{var}."), &steps, found);
                found.push(Chain { steps, fields });
            }
            _ => {}
        }
    }
}

/// Decides on the signed amount of a line; gives the `let` it needs.
fn amount(scope: &mut Scope<'_>) -> Option<String> {
    let moneys: Vec<&Candidate<'_>> =
        scope.candidates.iter().filter(|c| matches!(c.scalar, Scalar::Money { .. })).collect();
    let side = |test: fn(&str) -> bool| moneys.iter().copied().find(|c| c.words.iter().any(|w| test(w)));
    if let (Some(debit), Some(credit)) = (side(rules::is_debit), side(rules::is_credit)) {
        let (d, c) = (&debit.expression, &credit.expression);
        let signed = match (debit.optional, credit.optional) {
            (false, false) => format!("{d} - {c}"),
            (true, true) => format!("{d} or {c} | negate | require"),
            (true, false) => format!("{d} or -{c}"),
            (false, true) => format!("{c} | negate or {d}"),
        };
        scope.amount = Some("signed".into());
        return Some(format!("let signed = {signed}"));
    }
    let main = moneys.iter().copied().rev().max_by_key(|c| {
        (!rules::is_second_amount(&c.words), c.words.iter().any(|w| w == "amount"), c.words.len() == 1)
    })?;
    let name = &main.expression;
    let indicator = scope.candidates.iter().find_map(|c| match c.scalar {
        Scalar::Enum(words) if !c.optional => {
            let debit = words.iter().find(|w| rules::is_debit(w))?;
            words.iter().find(|w| rules::is_credit(w))?;
            Some((c.expression.clone(), debit.clone()))
        }
        _ => None,
    });
    let (statement, signed) = match (indicator, main.optional) {
        (Some((indicator, debit)), optional) => {
            let value = if optional { format!("({name} | require)") } else { name.clone() };
            let debit = crate::data::quoted(&debit);
            (Some(format!("let signed = {indicator} == {debit} ? {value} : -{value}")), "signed".to_owned())
        }
        (None, true) => (Some(format!("let signed = {name} | require")), "signed".to_owned()),
        (None, false) => (None, name.clone()),
    };
    scope.amount = Some(signed);
    statement
}
