//! Statements that write repeating elements: loops, routes, and the buffers their elements are gathered in.

use super::assemble::Assembler;
use super::blocks::{Op, Rep, RepId, SwitchArm, SwitchDo};
use super::lower::Lower;
use super::shape::{Shape, place};
use super::{Guard, Node, NodeId};
use crate::check::{self, Action, Content, Element, Stmt};
use crate::contract::{ElementId, Role};
use crate::data::Value;
use std::collections::BTreeSet;

impl<'m> Lower<'m> {
    /// Lowers the repeating statements of the assembler's owner and gives each repeating element a buffer.
    pub(super) fn sort_repeats(
        &mut self,
        asm: &mut Assembler,
        shape: &mut Shape<'m>,
        split: Option<&'m check::Split>,
    ) -> Option<(u32, u32)> {
        let mut kinds = BTreeSet::new();
        for (_, statement) in &shape.repeats {
            self.kinds(std::slice::from_ref(*statement), &mut kinds);
        }
        if let Some(split) = split {
            self.kinds(&split.body, &mut kinds);
        }
        asm.kinds = kinds.into_iter().map(|(_, id)| id).collect();
        let extra = asm.kinds.len().saturating_sub(1) as u16;
        asm.sides = self.sides..self.sides + extra;
        self.sides += extra;
        let mut repeats = std::mem::take(&mut shape.repeats);
        // loops that only refuse or drop lines come first: what they drop must not be written
        repeats.sort_by_key(|(_, statement)| writes(statement));
        for (conditions, statement) in repeats {
            let body = self.reps(std::slice::from_ref(statement), asm);
            match self.values.all(&conditions) {
                Some(cond) => {
                    let rep = self.rep(Rep::If { cond, then: body, otherwise: vec![] });
                    asm.repeats.push(rep);
                }
                None => asm.repeats.extend(body),
            }
        }
        split.map(|split| {
            let body = self.reps(&split.body, asm);
            let lines = split.body.iter().map(|s| self.line_elements(s)).sum();
            let always = self.values.add(Node::Const(Value::Bool(true)), split.span);
            asm.closing = Some(self.rep(Rep::If { cond: always, then: body, otherwise: vec![] }));
            (split.above, lines)
        })
    }

    /// How many elements that count as lines a statement of a `split` writes at most.
    fn line_elements(&self, statement: &Stmt) -> u32 {
        let count = |list: &[Stmt]| list.iter().map(|s| self.line_elements(s)).sum::<u32>();
        match statement {
            Stmt::Element(e) => u32::from(self.contract.element(e.element).role == Some(Role::Line)),
            Stmt::If { then, otherwise, .. } => count(then).max(count(otherwise)),
            _ => 0,
        }
    }

    /// At the place of a repeating element: the first one runs the statements, the others append their buffer.
    pub(super) fn repeats_at(&mut self, asm: &mut Assembler, child: ElementId) {
        match asm.kinds.iter().position(|k| *k == child) {
            Some(0) => asm.op(&mut self.values.pool, Op::Repeats),
            Some(n) => {
                let side = asm.sides.start + n as u16 - 1;
                asm.op(&mut self.values.pool, Op::Flush(side));
            }
            None => {}
        }
    }

    fn kinds(&self, statements: &[Stmt], kinds: &mut BTreeSet<(usize, ElementId)>) {
        for statement in statements {
            match statement {
                Stmt::Element(e) => {
                    kinds.insert((place(self.contract, e.element), e.element));
                }
                Stmt::For { body, .. } => self.kinds(body, kinds),
                Stmt::If { then, otherwise, .. } => {
                    self.kinds(then, kinds);
                    self.kinds(otherwise, kinds);
                }
                Stmt::Route { arms, .. } => {
                    for arm in arms {
                        if let Action::Body(body) = &arm.action {
                            self.kinds(body, kinds);
                        }
                    }
                }
                Stmt::Reject { .. } | Stmt::Drop { .. } => {}
            }
        }
    }

    /// Statements inside a loop, or one repeating statement outside.
    fn reps(&mut self, statements: &'m [Stmt], asm: &Assembler) -> Vec<RepId> {
        let mut list = vec![];
        // what refuses or drops comes first: nothing of a dropped line may be written
        let mut sorted: Vec<&'m Stmt> = statements.iter().collect();
        sorted.sort_by_key(|statement| writes(statement));
        for statement in sorted {
            let rep = match statement {
                Stmt::Element(element) => {
                    let mut guards = vec![];
                    let occurrence = self.occurrence(element, asm, &mut guards);
                    for mut guard in guards {
                        if !guard.reject {
                            guard.worth = self.worth(statements);
                        }
                        list.push(self.rep(Rep::Guard(guard)));
                    }
                    occurrence
                }
                Stmt::For { generators, when, body, .. } => {
                    let generators = self.values.generators(generators);
                    let when = self.values.maybe(when.as_ref());
                    let lines = !body.iter().any(|s| matches!(s, Stmt::For { .. }));
                    let first_written = body.iter().position(writes).unwrap_or(body.len());
                    let takes_back = body.iter().skip(first_written).any(drops);
                    let writes = body.iter().any(writes);
                    Rep::For { generators, when, body: self.reps(body, asm), lines, writes, takes_back }
                }
                Stmt::If { cond, then, otherwise, .. } => {
                    let cond = self.values.lower(cond);
                    let then = self.reps(then, asm);
                    Rep::If { cond, then, otherwise: self.reps(otherwise, asm) }
                }
                Stmt::Route { by, arms, .. } => {
                    let by = self.values.lower(by);
                    let bodies = arms.iter().filter_map(|a| {
                        if let Action::Body(b) = &a.action { Some(b.as_slice()) } else { None }
                    });
                    let worth = bodies.into_iter().find_map(|body| self.worth(body));
                    Rep::Switch { by, arms: arms.iter().map(|arm| self.arm(arm, asm)).collect(), worth }
                }
                Stmt::Reject { reason, when, note, span } => {
                    let when = self.values.lower(when);
                    let note = self.values.many(note);
                    Rep::Guard(Guard {
                        when,
                        reject: true,
                        reason: reason.clone(),
                        note,
                        worth: None,
                        span: *span,
                    })
                }
                Stmt::Drop { reason, when, span } => {
                    let when = self.values.lower(when);
                    let worth = self.worth(statements);
                    Rep::Guard(Guard {
                        when,
                        reject: false,
                        reason: reason.clone(),
                        note: vec![],
                        worth,
                        span: *span,
                    })
                }
            };
            list.push(self.rep(rep));
        }
        list
    }

    fn arm(&mut self, arm: &'m check::Arm, asm: &Assembler) -> SwitchArm {
        let action = match &arm.action {
            Action::Body(body) => SwitchDo::Body(self.reps(body, asm)),
            Action::Drop(reason) => SwitchDo::Drop(reason.clone()),
            Action::Reject(reason) => SwitchDo::Reject(reason.clone()),
        };
        SwitchArm { patterns: arm.patterns.clone(), action, span: arm.span }
    }

    /// What a dropped line is worth: what the mapping says, or what is assigned to the amount beside it.
    fn worth(&mut self, statements: &'m [Stmt]) -> Option<NodeId> {
        if let Some(total) = self.total {
            return Some(self.values.lower(total));
        }
        let amount = statements.iter().find_map(|s| self.amount(s))?;
        Some(self.values.lower(amount))
    }

    fn amount(&self, statement: &'m Stmt) -> Option<&'m check::Expr> {
        let first = |list: &'m [Stmt]| list.iter().find_map(|s| self.amount(s));
        match statement {
            Stmt::Element(e) => match &e.content {
                Content::Value(value) if self.contract.element(e.element).role == Some(Role::Amount) => {
                    Some(value)
                }
                Content::Value(_) => None,
                Content::Children(body) => first(body),
            },
            Stmt::If { then, otherwise, .. } => first(then).or_else(|| first(otherwise)),
            Stmt::For { body, .. } => first(body),
            Stmt::Route { arms, .. } => arms.iter().find_map(|a| match &a.action {
                Action::Body(body) => first(body),
                _ => None,
            }),
            Stmt::Reject { .. } | Stmt::Drop { .. } => None,
        }
    }

    fn rep(&mut self, rep: Rep) -> RepId {
        self.reps.push(rep);
        RepId(self.reps.len() as u32 - 1)
    }

    /// One repeating element.
    fn occurrence(&mut self, element: &'m Element, asm: &Assembler, guards: &mut Vec<Guard>) -> Rep {
        let id = element.element;
        let mut inner = Assembler::new();
        let (mut open, mut close) = (String::new(), String::new());
        match &element.content {
            Content::Value(_) => self.value(&mut inner, element),
            Content::Children(body) => {
                let tag = self.tag(id);
                (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
                if !element.attributes.is_empty() {
                    open.pop();
                    let attributes = self.attributes(element);
                    inner.op(&mut self.values.pool, Op::Attributes(attributes));
                }
                self.fill(&mut inner, id, vec![(vec![], body)], None, guards);
            }
        }
        let block = inner.finish(&mut self.values.pool, &mut self.blocks);
        let side = match asm.kinds.iter().position(|k| *k == id) {
            Some(0) | None => 0,
            Some(n) => asm.sides.start + n as u16,
        };
        let line = self.contract.element(id).role == Some(Role::Line);
        let (open, close) = (self.values.pool.add(&open), self.values.pool.add(&close));
        Rep::Occurrence { open, close, block, side, line, element: id }
    }

    /// Whether a statement may write an element that counts as a line.
    pub(super) fn has_lines(&self, statement: &Stmt) -> bool {
        let any = |list: &[Stmt]| list.iter().any(|s| self.has_lines(s));
        match statement {
            Stmt::Element(e) => self.contract.element(e.element).role == Some(Role::Line),
            Stmt::For { body, .. } => any(body),
            Stmt::If { then, otherwise, .. } => any(then) || any(otherwise),
            Stmt::Route { arms, .. } => {
                arms.iter().any(|a| matches!(&a.action, Action::Body(body) if any(body)))
            }
            Stmt::Reject { .. } | Stmt::Drop { .. } => false,
        }
    }

    pub(super) fn has_repeats(&self, statement: &Stmt) -> bool {
        match statement {
            Stmt::Element(e) => self.contract.element(e.element).occurs.repeats(),
            Stmt::For { .. } => true,
            Stmt::If { then, otherwise, .. } => then.iter().chain(otherwise).any(|s| self.has_repeats(s)),
            Stmt::Route { arms, .. } => arms
                .iter()
                .any(|a| matches!(&a.action, Action::Body(body) if body.iter().any(|s| self.has_repeats(s)))),
            Stmt::Reject { .. } | Stmt::Drop { .. } => false,
        }
    }
}

/// Whether a statement writes an element.
fn writes(statement: &Stmt) -> bool {
    match statement {
        Stmt::Element(_) => true,
        Stmt::For { body, .. } => body.iter().any(writes),
        Stmt::If { then, otherwise, .. } => then.iter().chain(otherwise).any(writes),
        Stmt::Route { arms, .. } => {
            arms.iter().any(|a| matches!(&a.action, Action::Body(body) if body.iter().any(writes)))
        }
        Stmt::Reject { .. } | Stmt::Drop { .. } => false,
    }
}

/// Whether a statement may drop the line it stands in, after something was written for it.
fn drops(statement: &Stmt) -> bool {
    match statement {
        Stmt::Drop { .. } => true,
        Stmt::If { then, otherwise, .. } => then.iter().chain(otherwise).any(drops),
        Stmt::Route { arms, .. } => arms.iter().any(|a| match &a.action {
            Action::Drop(_) => true,
            Action::Body(body) => body.iter().any(drops),
            Action::Reject(_) => false,
        }),
        Stmt::Element(e) => match &e.content {
            Content::Children(body) => body.iter().any(drops),
            Content::Value(_) => false,
        },
        Stmt::For { .. } | Stmt::Reject { .. } => false,
    }
}
