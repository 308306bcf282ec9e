//! How often elements stand, on every way through a block: mandatory ones missing, single ones twice.
//!
//! Ways are counted as sets: for an element, whether anything was written around it and whether it was there
//! 0, 1 or more times.

use super::model::{Action, Content, Element, Stmt};
use super::prove::{describe, omits};
use crate::contract::{Contract, ElementId, Role};
use crate::diag::{Code, Report, Span};

/// A set of ways: bit `w * 3 + n` is "something was written (w) and the element stood n times"; n = 2 is more
/// than once.
type Ways = u8;

/// The way on which nothing happens.
const NOTHING: Ways = 1;

/// Checks the children of `parent`, found by following `chain` from `statements` down.
pub(super) fn check(
    contract: &Contract,
    parent: ElementId,
    statements: &[Stmt],
    chain: &[ElementId],
    span: Span,
    reports: &mut Vec<(ElementId, Report)>,
) {
    // The body of a document is there in any case, a single element only where it is written.
    let always = chain.is_empty();
    let mut missing = vec![];
    let mut found: Vec<&Element> = vec![];
    collect(statements, chain, &mut found);
    for &child in &contract.element(parent).children {
        let element = contract.element(child);
        let places: Vec<&&Element> = found.iter().filter(|e| e.element == child).collect();
        let ways = ways(contract, statements, chain, child);
        let absent = ways & bit(true, 0) != 0 || (always && ways & bit(false, 0) != 0);
        let filled = matches!(element.role, Some(Role::MessageId | Role::MessageUuid | Role::Created));
        if element.occurs.required() && absent && !filled {
            missing.push((child, places.first().map(|p| p.span)));
        }
        let twice = ways & (bit(true, 2) | bit(false, 2)) != 0;
        let merged = matches!(places.first().map(|p| &p.content), Some(Content::Children(_)));
        if twice && !element.occurs.repeats() && !merged && places.len() > 1 {
            let report = Report::error(
                Code::J216,
                places[1].span,
                format!("`{}` is assigned twice", contract.tag(child)),
            );
            let report = report.and(places[0].span, "the first");
            reports
                .push((parent, report.help("keep one of them, or put them into the branches of one `if`")));
        }
        if let Some(max) = element.occurs.max.filter(|m| *m > 1)
            && most(statements, chain, child) > max as usize
        {
            let place = places.get(max as usize).map_or(span, |p| p.span);
            let message = format!("`{}` may stand {max} times at most", contract.tag(child));
            reports
                .push((parent, Report::error(Code::J217, place, message).help("leave out what is too much")));
        }
        deeper(contract, child, statements, chain, &places, reports);
    }
    report_missing(contract, parent, missing, span, reports);
}

/// Checks inside the children.
fn deeper(
    contract: &Contract,
    child: ElementId,
    statements: &[Stmt],
    chain: &[ElementId],
    places: &[&&Element],
    reports: &mut Vec<(ElementId, Report)>,
) {
    if contract.element(child).value.is_some() || places.is_empty() {
        return;
    }
    if contract.element(child).occurs.repeats() {
        for place in places {
            if let Content::Children(body) = &place.content {
                check(contract, child, body, &[], place.span, reports);
            }
        }
    } else {
        let chain: Vec<ElementId> = chain.iter().copied().chain([child]).collect();
        check(contract, child, statements, &chain, places[0].span, reports);
    }
}

fn report_missing(
    contract: &Contract,
    parent: ElementId,
    missing: Vec<(ElementId, Option<Span>)>,
    span: Span,
    reports: &mut Vec<(ElementId, Report)>,
) {
    let name = contract.tag(parent);
    let (sometimes, never): (Vec<_>, Vec<_>) = missing.into_iter().partition(|(_, place)| place.is_some());
    for (child, place) in sometimes {
        let message = format!("`{}` is mandatory in `{name}` and may be missing", contract.tag(child));
        let report = Report::error(Code::J215, place.unwrap_or(span), message).and(span, "in this block");
        reports.push((parent, report.help("assign it on every way, without `omit`")));
    }
    if never.is_empty() {
        return;
    }
    let names: Vec<String> = never.iter().map(|(c, _)| format!("`{}`", contract.tag(*c))).collect();
    let kinds: Vec<String> =
        never.iter().map(|(c, _)| format!("{} = … ({})", contract.tag(*c), kind(contract, *c))).collect();
    let message = match names.len() {
        1 => format!("the mandatory element {} of `{name}` is missing", names[0]),
        _ => format!("mandatory elements of `{name}` are missing: {}", names.join(", ")),
    };
    let report = Report::error(Code::J215, span, message).help(format!("assign {}", kinds.join("; ")));
    reports.push((parent, report));
}

fn kind(contract: &Contract, element: ElementId) -> String {
    match &contract.element(element).value {
        Some(facets) => match facets.max_length {
            Some(max) => format!("{}, at most {max} characters", describe(facets.primitive)),
            None => describe(facets.primitive).to_owned(),
        },
        None => "a block".to_owned(),
    }
}

/// The elements written directly inside the element a chain leads to, in the order of the mapping.
fn collect<'s>(statements: &'s [Stmt], chain: &[ElementId], found: &mut Vec<&'s Element>) {
    for statement in statements {
        match statement {
            Stmt::Element(element) => match chain.split_first() {
                None => found.push(element),
                Some((first, rest)) if element.element == *first => {
                    if let Content::Children(body) = &element.content {
                        collect(body, rest, found);
                    }
                }
                Some(_) => {}
            },
            Stmt::If { then, otherwise, .. } => {
                collect(then, chain, found);
                collect(otherwise, chain, found);
            }
            Stmt::For { body, .. } => collect(body, chain, found),
            Stmt::Route { arms, .. } => {
                for arm in arms {
                    if let Action::Body(body) = &arm.action {
                        collect(body, chain, found);
                    }
                }
            }
            Stmt::Reject { .. } | Stmt::Drop { .. } => {}
        }
    }
}

fn bit(written: bool, times: usize) -> Ways {
    1 << (usize::from(written) * 3 + times.min(2))
}

/// The ways of one after the other.
fn then(a: Ways, b: Ways) -> Ways {
    let mut both = 0;
    for (i, j) in (0..6).flat_map(|i| (0..6).map(move |j| (i, j))) {
        if a & (1 << i) != 0 && b & (1 << j) != 0 {
            both |= bit(i >= 3 || j >= 3, i % 3 + j % 3);
        }
    }
    both
}

/// The ways through statements, seen from a child of the element the chain leads to.
fn ways(contract: &Contract, statements: &[Stmt], chain: &[ElementId], child: ElementId) -> Ways {
    let mut all = NOTHING;
    for statement in statements {
        let one = match statement {
            Stmt::Element(element) => element_ways(contract, element, chain, child),
            Stmt::If { then, otherwise, .. } => {
                ways(contract, then, chain, child) | ways(contract, otherwise, chain, child)
            }
            // At least one round is assumed: whether a list is empty is known only when it runs.
            Stmt::For { body, .. } => {
                let round = ways(contract, body, chain, child);
                round | then(round, round)
            }
            Stmt::Route { arms, .. } => {
                let bodies = arms.iter().filter_map(|a| match &a.action {
                    Action::Body(body) => Some(ways(contract, body, chain, child)),
                    Action::Drop(_) | Action::Reject(_) => None,
                });
                bodies.reduce(|a, b| a | b).unwrap_or(NOTHING)
            }
            Stmt::Reject { .. } | Stmt::Drop { .. } => NOTHING,
        };
        if one != NOTHING {
            all = then(all, one);
        }
    }
    all
}

fn element_ways(contract: &Contract, element: &Element, chain: &[ElementId], child: ElementId) -> Ways {
    if let Some((first, rest)) = chain.split_first() {
        return match &element.content {
            Content::Children(body) if element.element == *first => {
                let inside = ways(contract, body, rest, child);
                // A mandatory element is written even when nothing is in it.
                if rest.is_empty() && contract.element(*first).occurs.required() {
                    then(inside, bit(true, 0))
                } else {
                    inside
                }
            }
            _ => NOTHING,
        };
    }
    let times = usize::from(element.element == child);
    let sure = bit(true, times);
    if may_be_left_out(contract, element) { sure | NOTHING } else { sure }
}

/// Whether an element may end up not being written.
fn may_be_left_out(contract: &Contract, element: &Element) -> bool {
    match &element.content {
        Content::Value(value) => omits(value),
        Content::Children(body) => {
            !contract.element(element.element).occurs.required() && may_be_empty(contract, body)
        }
    }
}

fn may_be_empty(contract: &Contract, statements: &[Stmt]) -> bool {
    statements.iter().all(|statement| match statement {
        Stmt::Element(element) => may_be_left_out(contract, element),
        Stmt::If { then, otherwise, .. } => may_be_empty(contract, then) || may_be_empty(contract, otherwise),
        Stmt::For { .. } | Stmt::Reject { .. } | Stmt::Drop { .. } => true,
        Stmt::Route { arms, .. } => arms.iter().any(|a| match &a.action {
            Action::Body(body) => may_be_empty(contract, body),
            Action::Drop(_) | Action::Reject(_) => false,
        }),
    })
}

/// How often a child stands at most, loops counted once.
fn most(statements: &[Stmt], chain: &[ElementId], child: ElementId) -> usize {
    let each = statements.iter().map(|statement| match statement {
        Stmt::Element(element) => match (chain.split_first(), &element.content) {
            (None, _) => usize::from(element.element == child),
            (Some((first, rest)), Content::Children(body)) if element.element == *first => {
                most(body, rest, child)
            }
            _ => 0,
        },
        Stmt::If { then, otherwise, .. } => most(then, chain, child).max(most(otherwise, chain, child)),
        Stmt::For { body, .. } => most(body, chain, child),
        Stmt::Route { arms, .. } => {
            let bodies =
                arms.iter().map(|a| if let Action::Body(b) = &a.action { most(b, chain, child) } else { 0 });
            bodies.max().unwrap_or(0)
        }
        Stmt::Reject { .. } | Stmt::Drop { .. } => 0,
    });
    each.sum()
}
