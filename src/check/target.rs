//! Statements: elements with their values, loops, routes, conditions; each against the contract.

use super::model::{Action, Arm, Content, Element, Expr, Generator, List, Stmt};
use super::patterns::Taken;
use super::prove::{Target, describe, limits};
use super::scope::{Binding, Bound, Checker, Declared, Dropped, Line};
use crate::contract::{Contract, ElementId, builtin, builtin_profiles};
use crate::data::Kind;
use crate::diag::{Code, Report, Span, near};
use crate::syntax::tree::{self, Ident};

/// Where statements stand.
#[derive(Clone, Default)]
pub(super) struct At<'t> {
    /// Directly in the document.
    pub(super) top: bool,
    /// Loops since the last element.
    pub(super) loops: usize,
    /// Statements for every element of a route's arms.
    pub(super) each: Vec<&'t tree::Stmt>,
}

impl<'t> Checker<'_, 't> {
    /// The statements of a block.
    pub(super) fn statements(
        &mut self,
        parent: ElementId,
        body: &[&'t tree::Stmt],
        at: &At<'t>,
    ) -> Vec<Stmt> {
        let base = self.scope.len();
        let out = self.open_statements(parent, body, at);
        self.close(base);
        out
    }

    /// The statements of a block; its names stay visible until `close`.
    pub(super) fn open_statements(
        &mut self,
        parent: ElementId,
        body: &[&'t tree::Stmt],
        at: &At<'t>,
    ) -> Vec<Stmt> {
        let mut out = vec![];
        for statement in body {
            self.statement(parent, statement, at, &mut out);
        }
        out
    }

    /// Ends a block: its names are gone, unused ones are reported.
    pub(super) fn close(&mut self, base: usize) {
        for Binding { name, span, what } in self.scope.split_off(base) {
            // one that is used where it cannot be seen is told there
            let too_early = |r: &Report| r.code == Code::J201 && r.labels.iter().any(|l| l.span == span);
            if let Bound::Let(declared) = what
                && !self.declared[declared].used
                && !self.reports.iter().any(too_early)
            {
                let report = Report::error(Code::J222, span, format!("`{name}` is never used"));
                self.reports.push(report.help("use it or remove it"));
            }
        }
    }

    fn statement(&mut self, parent: ElementId, statement: &'t tree::Stmt, at: &At<'t>, out: &mut Vec<Stmt>) {
        use tree::Stmt as S;
        match statement {
            S::Same { span, .. } | S::Total { span, .. } | S::Split { span, .. } if !at.top => {
                let report =
                    Report::error(Code::J246, *span, "this stands directly in a document block only");
                self.reports.push(report.help("move it out of the inner block"));
            }
            // Read before and after the other statements of the document.
            S::Same { .. } | S::Total { .. } | S::Split { .. } => {}
            S::Let { name, value, span } => self.let_statement(name, value, *span),
            S::Reject { reason, when, note, span } => {
                self.reject(&reason.text, when, note.as_ref(), *span, out)
            }
            S::Drop { reason, when, span } => self.drop_statement(reason, when, *span, out),
            S::For { vars, when, body, span } => {
                out.extend(self.for_statement(parent, vars, when.as_ref(), body, *span, at))
            }
            S::Route { var, by, arms, each, span } => {
                out.extend(self.route(parent, var.as_ref(), by, arms, each.as_deref(), *span, at));
            }
            S::If { cond, then, otherwise, span } => {
                let cond = self.condition(cond);
                let inner = At { top: false, ..at.clone() };
                let then = self.statements(parent, &then.iter().collect::<Vec<_>>(), &inner);
                let otherwise = self.statements(parent, &otherwise.iter().collect::<Vec<_>>(), &inner);
                // A wrong condition keeps its branches, so that their elements do not count as missing.
                let cond = cond.unwrap_or_else(|| never(*span));
                out.push(Stmt::If { cond, then, otherwise, span: *span });
            }
            S::Assign { path, attrs, value, span } => {
                let found = self.path(parent, path, at);
                let value = self.value(value, true);
                let Some((way, last)) = found else { return };
                let content = self.assigned(last, path, attrs, value);
                out.push(nested(&way, last, content, *span));
            }
            S::Element { path, attrs, body, span } => {
                let Some((way, last)) = self.path(parent, path, at) else { return };
                let content = self.block(last, path, attrs, body, at);
                out.push(nested(&way, last, content, *span));
            }
        }
    }

    /// The elements a path leads through and to.
    fn path(
        &mut self,
        parent: ElementId,
        path: &[Ident],
        at: &At<'t>,
    ) -> Option<(Vec<ElementId>, ElementId)> {
        let contract = self.contract;
        let mut way = vec![];
        let mut here = parent;
        for (i, name) in path.iter().enumerate() {
            let header = contract.anchors.document_header.filter(|h| {
                i == 0 && !self.message && parent == contract.anchors.body && contract.tag(*h) == name.name
            });
            let Some(next) = contract.child(here, &name.name).or(header) else {
                self.unknown_element(here, name);
                return None;
            };
            let repeats = contract.element(next).occurs.repeats();
            if at.loops > 0 && i == 0 && !repeats {
                let message =
                    format!("`{}` stands once in `{}`, here it is in a loop", name.name, contract.tag(here));
                let report = Report::error(Code::J219, name.span, message);
                self.reports
                    .push(report.help("write it outside of the loop, or inside the repeating element"));
                return None;
            }
            if repeats && i + 1 < path.len() {
                let report = Report::error(
                    Code::J248,
                    name.span,
                    format!("`{}` repeats: which one is meant?", name.name),
                );
                self.reports.push(report.help(format!(
                    "write a block: `{} {{ {} = … }}`",
                    name.name,
                    path[i + 1].name
                )));
                return None;
            }
            way.push(next);
            here = next;
        }
        let last = way.pop()?;
        Some((way, last))
    }

    fn unknown_element(&mut self, parent: ElementId, name: &Ident) {
        let contract = self.contract;
        self.unknown.insert(parent);
        let children: Vec<String> =
            contract.element(parent).children.iter().map(|c| contract.tag(*c)).collect();
        let parent_tag = contract.tag(parent);
        let report =
            Report::error(Code::J202, name.span, format!("`{parent_tag}` has no element `{}`", name.name));
        let anywhere = elements_called(contract, &name.name);
        let below = anywhere.iter().find_map(|e| below(contract, parent, *e));
        let near = near(&name.name, children.iter().map(String::as_str));
        let report = if let Some(path) = below {
            let group = path.rsplit_once('.').map_or("", |p| p.0);
            report.help(format!("`{}` belongs under `{group}`: write `{path}`", name.name))
        } else if let Some(profile) = self.profile_with(parent, &name.name) {
            report.help(format!("profile {profile} has it, profile {} has not", contract.profile))
        } else if near.is_some() {
            report.did_you_mean(near)
        } else if let Some(other) = anywhere.first() {
            report.help(format!("`{}` stands in `{}`", name.name, contract.path(*other).replace('/', ".")))
        } else if children.is_empty() {
            report.help(format!("`{parent_tag}` takes a value, it has no elements"))
        } else {
            report.help(format!("`jemap contract show` lists what `{parent_tag}` takes"))
        };
        self.reports.push(report);
    }

    /// Another built-in profile that has the element.
    fn profile_with(&self, parent: ElementId, name: &str) -> Option<&'static str> {
        let contract = self.contract;
        let path = contract.path(parent);
        let others = builtin_profiles(&contract.name).into_iter().filter(|p| *p != contract.profile);
        others.into_iter().find(|profile| {
            let other = builtin(&contract.name, profile);
            other.is_some_and(|o| o.find(&path).is_some_and(|p| o.child(p, name).is_some()))
        })
    }

    /// The value of an element, checked.
    fn assigned(
        &mut self,
        last: ElementId,
        path: &[Ident],
        attrs: &'t [(Ident, tree::Expr)],
        value: Option<Expr>,
    ) -> (Vec<(u16, Expr)>, Content) {
        let contract = self.contract;
        let element = contract.element(last);
        let Some(name) = path.last() else { return (vec![], Content::Children(vec![])) };
        let given: Vec<&str> = attrs.iter().map(|a| a.0.name.as_str()).collect();
        let kind = value.as_ref().map(|v| &v.ty.kind);
        // Any other value is refused as such.
        let number = matches!(kind, Some(Kind::Decimal { .. }));
        let currency = element.currency_attribute();
        // A misspelt one would be reported a second time, as missing.
        let misspelt = given.iter().any(|g| !element.attributes.iter().any(|a| a.name == *g));
        let attributes = self.attributes(last, attrs);
        for (i, attribute) in element.attributes.iter().enumerate() {
            let filled = currency == Some(i) && !number;
            let stands = filled || misspelt || given.contains(&attribute.name.as_str());
            if attribute.required && !stands && value.is_some() {
                let report = Report::error(
                    Code::J214,
                    name.span,
                    format!("`{}` needs the attribute `{}`", name.name, attribute.name),
                );
                let help = if currency == Some(i) {
                    format!("assign money, or write `{}({}: …) = …`", name.name, attribute.name)
                } else {
                    format!("write `{}({}: …) = …`", name.name, attribute.name)
                };
                self.reports.push(report.help(help));
            }
        }
        let Some(facets) = &element.value else {
            let report = Report::error(
                Code::J242,
                name.span,
                format!("`{}` has elements, it takes no value", name.name),
            );
            let children: Vec<String> = element.children.iter().take(3).map(|c| contract.tag(*c)).collect();
            let help =
                format!("write a block: `{} {{ {} = … }}`", name.name, children.first().map_or("", |c| c));
            self.reports.push(report.help(help));
            return (attributes, Content::Children(vec![]));
        };
        if let Some(value) = &value {
            let target =
                Target { name: name.name.clone(), facets, span: name.span, money: currency.is_some() };
            self.prove(value, &target);
        }
        (attributes, Content::Value(value.unwrap_or_else(|| never(name.span))))
    }

    fn attributes(&mut self, element: ElementId, attrs: &'t [(Ident, tree::Expr)]) -> Vec<(u16, Expr)> {
        let contract = self.contract;
        let declared = &contract.element(element).attributes;
        let mut out: Vec<(u16, Expr)> = vec![];
        for (name, value) in attrs {
            let value = self.value(value, true);
            let Some(number) = declared.iter().position(|a| a.name == name.name) else {
                let message = format!("`{}` has no attribute `{}`", contract.tag(element), name.name);
                let names: Vec<&str> = declared.iter().map(|a| a.name.as_str()).collect();
                let help = if names.is_empty() {
                    "it has none".to_owned()
                } else {
                    format!("it has {}", names.join(", "))
                };
                let report = Report::error(Code::J213, name.span, message).help(help);
                self.reports.push(report.did_you_mean(near(&name.name, names)));
                continue;
            };
            if out.iter().any(|(n, _)| usize::from(*n) == number) {
                self.error(Code::J211, name.span, format!("the attribute `{}` is assigned twice", name.name));
                continue;
            }
            if let Some(value) = value {
                let facets = &declared[number].value;
                let target =
                    Target { name: format!("@{}", name.name), facets, span: name.span, money: false };
                self.prove(&value, &target);
                out.push((number as u16, value));
            }
        }
        out
    }

    /// The block of an element.
    fn block(
        &mut self,
        last: ElementId,
        path: &[Ident],
        attrs: &'t [(Ident, tree::Expr)],
        body: &'t [tree::Stmt],
        at: &At<'t>,
    ) -> (Vec<(u16, Expr)>, Content) {
        let element = self.contract.element(last);
        let attributes = self.attributes(last, attrs);
        if let (Some(facets), Some(name)) = (&element.value, path.last()) {
            let message = format!("`{}` takes a value, it has no elements", name.name);
            let report = Report::error(Code::J242, name.span, message);
            let shape = format!("{}, {}", describe(facets.primitive), limits(facets));
            self.reports.push(report.help(format!("write `{} = …` ({shape})", name.name)));
            return (attributes, Content::Value(never(name.span)));
        }
        let body: Vec<&'t tree::Stmt> = body.iter().chain(at.each.iter().copied()).collect();
        let inside = self.statements(last, &body, &At::default());
        (attributes, Content::Children(inside))
    }

    fn let_statement(&mut self, name: &'t Ident, value: &'t tree::Expr, span: Span) {
        let mark = self.reports.len();
        let denied = std::mem::replace(&mut self.denied, false);
        let mut typed = self.expr(value);
        let mut of_line = None;
        if typed.is_none() && self.denied && self.line == Line::Document {
            // It is a value of each line: it has a number for each variable lines are bound to.
            self.reports.truncate(mark);
            typed = self.with_line(|checker, var| {
                of_line = Some(var);
                checker.expr(value)
            });
        }
        self.denied = denied;
        let number = match (&of_line, typed.clone()) {
            (None, Some(value)) => self.keep_let(&name.name, value, span),
            _ => None,
        };
        let at = self.declared.len();
        let base = self.scope.len();
        let of_document = of_line.is_none();
        let wrong = typed.is_none() || (of_document && number.is_none());
        self.declared.push(Declared {
            name: name.name.clone(),
            value,
            span: name.span,
            used: wrong,
            number,
            base,
            wrong,
        });
        if let (Some(var), Some(value)) = (of_line, typed) {
            match self.keep_let(&name.name, value, span) {
                Some(number) => drop(self.instances.insert((at, var), number)),
                None => {
                    self.declared[at].wrong = true;
                    self.declared[at].used = true;
                }
            }
        }
        self.bind(name, Bound::Let(at));
    }

    /// The names of all `let`s inside statements, for messages about those used too early.
    pub(super) fn note_lets(&mut self, body: &'t [tree::Stmt]) {
        for statement in body {
            match statement {
                tree::Stmt::Let { name, .. } => self.later.push(name),
                tree::Stmt::If { then, otherwise, .. } => {
                    self.note_lets(then);
                    self.note_lets(otherwise);
                }
                tree::Stmt::For { body, .. } | tree::Stmt::Element { body, .. } => self.note_lets(body),
                _ => {}
            }
        }
    }

    /// Does something for each line, with the variable lines are bound to.
    fn with_line<R>(&mut self, work: impl FnOnce(&mut Self, super::model::VarId) -> R) -> R {
        let var = self.lines_variable("line");
        let line = std::mem::replace(&mut self.line, Line::Bound(var));
        self.bound.push(var);
        self.loops += 1;
        let result = work(self, var);
        self.loops -= 1;
        self.bound.pop();
        self.line = line;
        result
    }

    /// A condition of the document, or of a line when it uses one: then with the variable.
    fn condition_of(&mut self, when: &'t tree::Expr) -> (Option<Expr>, bool) {
        let mark = self.reports.len();
        let denied = std::mem::replace(&mut self.denied, false);
        let typed = self.condition(when);
        let of_line = typed.is_none() && self.denied && self.line == Line::Document;
        self.denied = denied;
        if of_line {
            self.reports.truncate(mark);
        }
        (typed, of_line)
    }

    fn reject(
        &mut self,
        reason: &str,
        when: &'t tree::Expr,
        note: Option<&'t tree::Note>,
        span: Span,
        out: &mut Vec<Stmt>,
    ) {
        let (typed, of_line) = self.condition_of(when);
        let reason = reason.to_owned();
        if !of_line {
            let note = self.note(note);
            let Some(when) = typed else { return };
            out.push(Stmt::Reject { reason, when, note, span });
            return;
        }
        let found = self.with_line(|checker, var| {
            let kept = checker.not_dropped(span);
            let when = checker.condition(when);
            let note = checker.note(note);
            let body = vec![Stmt::Reject { reason, when: when?, note, span }];
            Some(Stmt::For {
                generators: vec![Generator { var, list: List::Lines }],
                when: kept?,
                body,
                span,
            })
        });
        out.extend(found);
    }

    fn note(&mut self, note: Option<&'t tree::Note>) -> Vec<Expr> {
        let Some(note) = note else { return vec![] };
        let mut parts = vec![];
        for part in &note.parts {
            match part {
                tree::NotePart::Text(text) => parts.push(super::kinds::text(text, note.span)),
                tree::NotePart::Expr(e) => parts.extend(self.expr(e)),
            }
        }
        parts
    }

    fn drop_statement(&mut self, reason: &tree::Str, when: &'t tree::Expr, span: Span, out: &mut Vec<Stmt>) {
        let (typed, of_line) = self.condition_of(when);
        let reason = reason.text.clone();
        if let Some(when) = typed {
            out.push(Stmt::Drop { reason, when, span });
        } else if of_line && self.with_line(|checker, _| checker.condition(when)).is_some() {
            self.drops.push(Dropped { reason, when, span });
        }
    }

    fn for_statement(
        &mut self,
        parent: ElementId,
        vars: &'t [(Ident, tree::Expr)],
        when: Option<&'t tree::Expr>,
        body: &'t [tree::Stmt],
        span: Span,
        at: &At<'t>,
    ) -> Option<Stmt> {
        let (base, bound, line) = (self.scope.len(), self.bound.len(), self.line);
        let generators = self.generators(vars);
        self.loops += 1;
        let dropped = self.drops_here(generators.as_deref().unwrap_or_default());
        let when = when.map(|w| self.condition(w));
        let inner = At { top: false, loops: at.loops + 1, each: at.each.clone() };
        let mut inside = dropped;
        inside.extend(self.statements(parent, &body.iter().collect::<Vec<_>>(), &inner));
        self.loops -= 1;
        self.close(base);
        self.bound.truncate(bound);
        self.line = line;
        // A wrong list keeps its body, so that its elements do not count as missing.
        let when = when.flatten();
        Some(Stmt::For { generators: generators.unwrap_or_default(), when, body: inside, span })
    }

    /// Drops of lines written at the level of the document, for a loop over the lines.
    fn drops_here(&mut self, generators: &[Generator]) -> Vec<Stmt> {
        if !generators.iter().any(|g| g.list == List::Lines) {
            return vec![];
        }
        let drops: Vec<(String, &'t tree::Expr, Span)> =
            self.drops.iter().map(|d| (d.reason.clone(), d.when, d.span)).collect();
        let typed = drops.into_iter().filter_map(|(reason, when, span)| {
            let when = self.condition(when)?;
            Some(Stmt::Drop { reason, when, span })
        });
        typed.collect()
    }

    #[allow(clippy::too_many_arguments)] // the parts of one statement of the tree
    fn route(
        &mut self,
        parent: ElementId,
        var: Option<&'t Ident>,
        by: &'t tree::Expr,
        arms: &'t [tree::Arm],
        each: Option<&'t [tree::Stmt]>,
        span: Span,
        at: &At<'t>,
    ) -> Option<Stmt> {
        let Some(name) = var else {
            return Some(self.route_here(parent, by, arms, each, span, at));
        };
        if !self.names.source.lines || self.line != Line::Document {
            let report = Report::error(Code::J246, name.span, "only lines of a document are routed by name");
            self.reports.push(report.help("write `for x in list { route by … }`"));
            return None;
        }
        let base = self.scope.len();
        let found = self.with_line(|checker, var| {
            checker.bind(name, Bound::Var(var));
            let generators = vec![Generator { var, list: List::Lines }];
            let mut body = checker.drops_here(&generators);
            let inner = At { top: false, loops: at.loops + 1, each: at.each.clone() };
            body.push(checker.route_here(parent, by, arms, each, span, &inner));
            Stmt::For { generators, when: None, body, span }
        });
        self.close(base);
        Some(found)
    }

    fn route_here(
        &mut self,
        parent: ElementId,
        by: &'t tree::Expr,
        arms: &'t [tree::Arm],
        each: Option<&'t [tree::Stmt]>,
        span: Span,
        at: &At<'t>,
    ) -> Stmt {
        let by_span = by.span;
        let by = self.expr(by);
        let mut taken = Taken::default();
        let shared: Vec<&'t tree::Stmt> = at.each.iter().copied().chain(each.into_iter().flatten()).collect();
        let mut out = vec![];
        for arm in arms {
            let patterns = match &by {
                Some(by) => self.patterns(&by.ty, &arm.patterns, arm.span, &mut taken),
                None => vec![],
            };
            let action = match &arm.action {
                tree::ArmAction::Drop(reason) => Action::Drop(reason.text.clone()),
                tree::ArmAction::Reject(reason) => Action::Reject(reason.text.clone()),
                tree::ArmAction::Body(body) => Action::Body(self.arm(parent, body, &shared, at)),
            };
            out.push(Arm { patterns, action, span: arm.span });
        }
        if let Some(by) = &by {
            self.exhaustive(&by.ty, &taken, by_span, span, "route");
        }
        Stmt::Route { by: by.unwrap_or_else(|| never(span)), arms: out, span }
    }

    /// The body of an arm: what all arms share goes into its elements, or beside its values.
    fn arm(
        &mut self,
        parent: ElementId,
        body: &'t [tree::Stmt],
        shared: &[&'t tree::Stmt],
        at: &At<'t>,
    ) -> Vec<Stmt> {
        let mut all: Vec<&'t tree::Stmt> = body.iter().collect();
        let mut inner = At { top: false, loops: at.loops, each: vec![] };
        if has_blocks(body) {
            inner.each = shared.to_vec();
        } else {
            all.extend(shared);
        }
        self.statements(parent, &all, &inner)
    }
}

/// Whether statements write elements with blocks and no values beside them.
fn has_blocks(body: &[tree::Stmt]) -> bool {
    let blocks = body.iter().any(|s| match s {
        tree::Stmt::Element { .. } | tree::Stmt::Route { .. } => true,
        tree::Stmt::If { then, otherwise, .. } => has_blocks(then) || has_blocks(otherwise),
        tree::Stmt::For { body, .. } => has_blocks(body),
        _ => false,
    });
    blocks && !body.iter().any(|s| matches!(s, tree::Stmt::Assign { .. }))
}

/// Stands for an expression that was reported.
fn never(span: Span) -> Expr {
    super::kinds::nothing(super::model::ExprKind::Const(super::model::Const::None), span)
}

/// An element inside of those a path leads through.
fn nested(way: &[ElementId], last: ElementId, content: (Vec<(u16, Expr)>, Content), span: Span) -> Stmt {
    let (attributes, content) = content;
    let mut found = Element { element: last, attributes, content, span };
    for outer in way.iter().rev() {
        let content = Content::Children(vec![Stmt::Element(found)]);
        found = Element { element: *outer, attributes: vec![], content, span };
    }
    Stmt::Element(found)
}

/// Every element of that name.
fn elements_called(contract: &Contract, name: &str) -> Vec<ElementId> {
    let all = (0..contract.elements.len() as u32).map(ElementId);
    all.filter(|e| contract.element(*e).parent.is_some() && contract.tag(*e) == name).collect()
}

/// The dotted path from `ancestor` down to an element.
fn below(contract: &Contract, ancestor: ElementId, element: ElementId) -> Option<String> {
    let mut names = vec![];
    let mut at = element;
    while at != ancestor {
        names.push(contract.tag(at));
        at = contract.element(at).parent?;
    }
    names.reverse();
    Some(names.join("."))
}
