//! Statements of one element, sorted: what is written once, what repeats, what guards the document.

use super::values::Values;
use super::{Guard, Node, NodeId};
use crate::check::{Action, Content, Element, Stmt};
use crate::contract::{Contract, ElementId};
use std::collections::BTreeMap;

/// Conditions that must all hold.
pub(super) type Conditions = Vec<NodeId>;

/// Statements with the conditions they stand under.
pub(super) type Part<'m> = (Conditions, &'m [Stmt]);

/// One of the ways an element is written: under these conditions.
pub(super) type Alternative<'m> = (Conditions, &'m Element);

/// The statements of one element, sorted.
#[derive(Default)]
pub(super) struct Shape<'m> {
    /// Elements written at most once, by their place in the contract; alternatives in the order of the mapping.
    pub(super) singles: BTreeMap<usize, (ElementId, Vec<Alternative<'m>>)>,
    /// Statements that write repeating elements, with the conditions round them.
    pub(super) repeats: Vec<(Conditions, &'m Stmt)>,
    /// Rejects and drops outside loops.
    pub(super) guards: Vec<Guard>,
}

impl<'m> Shape<'m> {
    pub(super) fn of(contract: &Contract, parts: Vec<Part<'m>>, values: &mut Values<'m>) -> Shape<'m> {
        let mut shape = Shape::default();
        for (conditions, statements) in parts {
            shape.take(contract, conditions, statements, values);
        }
        shape
    }

    fn take(
        &mut self,
        contract: &Contract,
        under: Conditions,
        statements: &'m [Stmt],
        values: &mut Values<'m>,
    ) {
        for statement in statements {
            match statement {
                Stmt::Element(element) if contract.element(element.element).occurs.repeats() => {
                    self.repeats.push((under.clone(), statement));
                }
                Stmt::Element(element) => {
                    let place = place(contract, element.element);
                    let entry = self.singles.entry(place).or_insert_with(|| (element.element, vec![]));
                    entry.1.push((under.clone(), element));
                }
                Stmt::For { .. } => self.repeats.push((under.clone(), statement)),
                Stmt::If { cond, then, otherwise, span } => {
                    let cond = values.lower(cond);
                    self.take(contract, with(&under, cond), then, values);
                    if !otherwise.is_empty() {
                        let not = values.add(Node::Not(cond), *span);
                        self.take(contract, with(&under, not), otherwise, values);
                    }
                }
                Stmt::Route { by, arms, .. } => {
                    let value = values.lower(by);
                    let mut earlier = vec![];
                    for arm in arms {
                        let node =
                            Node::Matches { value, patterns: arm.patterns.clone(), earlier: earlier.clone() };
                        earlier.extend(arm.patterns.iter().cloned());
                        let cond = values.add(node, arm.span);
                        match &arm.action {
                            Action::Body(body) => self.take(contract, with(&under, cond), body, values),
                            Action::Drop(reason) | Action::Reject(reason) => {
                                let reject = matches!(arm.action, Action::Reject(_));
                                self.guard(&with(&under, cond), reject, reason, vec![], arm.span, values);
                            }
                        }
                    }
                }
                Stmt::Reject { reason, when, note, span } => {
                    let cond = values.lower(when);
                    let note = values.many(note);
                    self.guard(&with(&under, cond), true, reason, note, *span, values);
                }
                Stmt::Drop { reason, when, span } => {
                    let cond = values.lower(when);
                    self.guard(&with(&under, cond), false, reason, vec![], *span, values);
                }
            }
        }
    }

    fn guard(
        &mut self,
        conditions: &Conditions,
        reject: bool,
        reason: &str,
        note: Vec<NodeId>,
        span: crate::diag::Span,
        values: &mut Values<'m>,
    ) {
        if let Some(when) = values.all(conditions) {
            self.guards.push(Guard { when, reject, reason: reason.to_owned(), note, worth: None, span });
        }
    }
}

/// The statements inside an element with children.
pub(super) fn inside<'m>(conditions: &Conditions, element: &'m Element) -> Option<Part<'m>> {
    match &element.content {
        Content::Children(body) => Some((conditions.clone(), body)),
        Content::Value(_) => None,
    }
}

fn with(conditions: &Conditions, one: NodeId) -> Conditions {
    let mut all = conditions.clone();
    all.push(one);
    all
}

/// Where an element stands among its siblings.
pub(super) fn place(contract: &Contract, element: ElementId) -> usize {
    let siblings = contract.element(element).parent.map_or(&[][..], |p| &contract.element(p).children);
    siblings.iter().position(|c| *c == element).unwrap_or(0)
}
