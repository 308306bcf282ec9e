//! Document blocks: where documents come from, what identifies them, what is the same in all lines.

use super::kinds;
use super::model::{
    Action, Agg, Arm, Content, Document, Expr, ExprKind, From, Generator, List, Split, Stmt, VarId,
};
use super::names::FieldKind;
use super::occurs;
use super::prove::unhandled;
use super::scope::{Bound, Checker, Line};
use super::target::At;
use crate::contract::ElementId;
use crate::data::{Kind, Type};
use crate::diag::{Code, Report, Span, near};
use crate::syntax::tree;

impl<'t> Checker<'_, 't> {
    /// A document block.
    pub(super) fn document(&mut self, tree: &'t tree::Document) -> Option<Document> {
        let (from, key) = self.origin(tree);
        let when = tree.when.as_ref().map(|w| self.condition(w));
        if self.names.source.lines {
            self.line = Line::Document;
        }
        self.same(&tree.body);
        self.note_lets(&tree.body);
        let base = self.scope.len();
        let statements: Vec<&'t tree::Stmt> = tree.body.iter().collect();
        let contract = self.contract;
        let at = At { top: true, ..At::default() };
        // The scope stays open until `total` and `split` are read: they see the document's `let`s.
        let mut body = self.open_statements(contract.anchors.body, &statements, &at);
        let total = self.total(&tree.body);
        let split = self.split(&tree.body);
        self.close(base);
        let header = match contract.anchors.document_header {
            Some(header) => {
                let taken = take_header(&mut body, header);
                self.occurs(header, &taken, tree.span);
                taken
            }
            None => vec![],
        };
        self.occurs(contract.anchors.body, &body, tree.span);
        Some(Document {
            from: from?,
            when: when.flatten(),
            key,
            vars: std::mem::take(&mut self.vars),
            lets: std::mem::take(&mut self.lets),
            same: self.same_cells(&tree.body),
            total,
            header,
            body,
            split,
            span: tree.span,
        })
    }

    /// The message's own header.
    pub(super) fn message(&mut self, body: &'t [tree::Stmt], span: Span) -> Vec<Stmt> {
        self.message = true;
        let Some(header) = self.contract.anchors.message_header else {
            let report = Report::error(Code::J246, span, "this message has no header of its own");
            self.reports.push(report.help("remove `message { … }`"));
            return vec![];
        };
        let statements: Vec<&'t tree::Stmt> = body.iter().collect();
        let out = self.statements(header, &statements, &At::default());
        self.occurs(header, &out, span);
        out
    }

    fn occurs(&mut self, parent: ElementId, statements: &[Stmt], span: Span) {
        let mut found = vec![];
        occurs::check(self.contract, parent, statements, &[], span, &mut found);
        // A misspelt element would be reported a second time, as missing.
        let unknown = &self.unknown;
        found.retain(|(parent, report)| report.code != Code::J215 || !unknown.contains(parent));
        self.reports.extend(found.into_iter().map(|(_, report)| report));
    }

    /// Where documents come from, and their key.
    fn origin(&mut self, tree: &'t tree::Document) -> (Option<From>, Vec<Expr>) {
        let lines = self.names.source.lines;
        let source = self.names.source.span;
        let (from, by) = match &tree.from {
            tree::DocumentFrom::Group { by, collected, span } => {
                if !lines {
                    let report =
                        Report::error(Code::J234, *span, "`per` groups lines, and the source has records");
                    let report = report.and(source, "each record is a document here");
                    self.reports.push(report.help("write `document from record`, or `source json line`"));
                    return (None, vec![]);
                }
                (Some(From::Group { collected: *collected }), by)
            }
            tree::DocumentFrom::Record(span) => {
                if lines {
                    self.not_of_lines("from record", *span);
                }
                ((!lines).then_some(From::Record), &tree.key)
            }
            tree::DocumentFrom::Each { var, list } => {
                if lines {
                    self.not_of_lines("for", var.span);
                }
                let found = self.list(list);
                let from = match found {
                    Some((list, object, parent)) => {
                        let id = self.variable(&var.name, object, parent);
                        self.bind(var, Bound::Var(id));
                        self.bound.push(id);
                        Some(From::Each(Generator { var: id, list }))
                    }
                    None => {
                        self.bind(var, Bound::Wrong);
                        None
                    }
                };
                (from.filter(|_| !lines), &tree.key)
            }
        };
        if matches!(tree.from, tree::DocumentFrom::Group { .. }) && !tree.key.is_empty() {
            let report =
                Report::error(Code::J246, tree.key[0].span, "what lines are grouped by is the key already");
            self.reports.push(report.help("remove `key …`"));
        }
        if by.is_empty() {
            let report = Report::warning(Code::J233, tree.span, "these documents have no key");
            self.reports.push(report.help("say what identifies them: `key number`"));
        }
        let key = by.iter().filter_map(|e| self.key(e)).collect();
        (from, key)
    }

    fn not_of_lines(&mut self, what: &str, span: Span) {
        self.source_wrong = true;
        let report = Report::error(
            Code::J234,
            span,
            format!("`{what}` makes documents of records, and the source has lines"),
        );
        let report = report.and(self.names.source.span, "one object is one line here");
        self.reports.push(report.help("write `document per …`, or `source json record`"));
    }

    /// A part of the key.
    fn key(&mut self, e: &'t tree::Expr) -> Option<Expr> {
        // A record may come without its key: then its id is derived from its place and content.
        let lines = self.names.source.lines;
        let typed = self.value(e, !lines)?;
        if let Some(span) = unhandled(&typed) {
            let report = Report::error(Code::J226, span, "a part of the key may be missing");
            let help = match lines {
                true => "write `x | require`, or `x or \"…\"`",
                false => "write `x | require`, `x or \"…\"`, or `x or omit`: an id from place and content",
            };
            self.reports.push(report.here(typed.ty.describe()).help(help));
            return None;
        }
        if !kinds::is_text(&typed.ty.kind) && !matches!(typed.ty.kind, Kind::Decimal { .. } | Kind::Date) {
            let message =
                format!("a key is made of texts, numbers and dates, this is {}", typed.ty.describe());
            self.error(Code::J203, typed.span, message);
            return None;
        }
        if let (true, ExprKind::Field { var: super::model::RECORD, cell }) =
            (self.names.source.lines, &typed.kind)
        {
            // Equal in all lines of a document, or they would not be one document.
            self.same.insert(*cell);
        }
        Some(typed)
    }

    /// Takes note of the fields that are the same in all lines.
    fn same(&mut self, body: &'t [tree::Stmt]) {
        let names = self.names;
        for (field, span) in same_fields(body) {
            if !names.source.lines {
                let report = Report::error(Code::J246, span, "`same` is for sources of lines");
                self.reports.push(report.help("remove it: a record's own fields are there once"));
                return;
            }
            let Some(shape) = names.source.shapes.first() else { return };
            match shape.field(&field.name) {
                Some(found) if matches!(found.kind, FieldKind::Value(_) | FieldKind::Money(_)) => {
                    found.used.set(true);
                    self.same.insert(found.cell);
                }
                Some(found) => {
                    let report =
                        Report::error(Code::J241, field.span, format!("`{}` is no single value", field.name));
                    self.reports.push(report.and(found.span, "declared here").help("name a single field"));
                }
                None => {
                    let report = Report::error(
                        Code::J201,
                        field.span,
                        format!("a line has no field `{}`", field.name),
                    );
                    let report = report.help("declare it in the source block");
                    let near = near(&field.name, shape.names(""));
                    self.reports.push(report.did_you_mean(near));
                    // Most likely this one was meant: its uses are not to be reported as well.
                    self.same.extend(near.and_then(|n| shape.field(n)).map(|f| f.cell));
                }
            }
        }
    }

    fn same_cells(&self, body: &[tree::Stmt]) -> Vec<(u16, Span)> {
        let shape = self.names.source.shapes.first();
        let cell = |f: &tree::Ident| shape.and_then(|s| s.field(&f.name)).map(|found| (found.cell, f.span));
        same_fields(body).filter_map(|(field, _)| cell(field)).collect()
    }

    /// `total EXPR`: what the whole document is worth; a line's value is added up.
    fn total(&mut self, body: &'t [tree::Stmt]) -> Option<Expr> {
        let mut totals = body.iter().filter_map(|s| match s {
            tree::Stmt::Total { value, span } => Some((value, *span)),
            _ => None,
        });
        let (value, span) = totals.next()?;
        if let Some((_, second)) = totals.next() {
            let report = Report::error(Code::J232, second, "`total` stands twice");
            self.reports.push(report.and(span, "the first").help("remove one of them"));
        }
        let mark = self.reports.len();
        self.denied = false;
        let mut typed = self.expr(value);
        if typed.is_none() && self.denied {
            self.reports.truncate(mark);
            let var = self.lines_variable("line");
            typed = self.over_lines(value, var, span);
        }
        let typed = typed?;
        if !matches!(typed.ty.kind, Kind::Money(_)) {
            let message = format!("`total` is money, this is {}", typed.ty.describe());
            self.error(Code::J203, typed.span, message);
            return None;
        }
        Some(typed)
    }

    fn over_lines(&mut self, value: &'t tree::Expr, var: VarId, span: Span) -> Option<Expr> {
        let line = std::mem::replace(&mut self.line, Line::Bound(var));
        self.bound.push(var);
        let kept = self.not_dropped(span);
        let typed = self.expr(value);
        self.bound.pop();
        self.line = line;
        let typed = typed?;
        let ty = Type { kind: typed.ty.kind.clone(), optional: true };
        let generators = vec![Generator { var, list: List::Lines }];
        let when = kept?.map(Box::new);
        let kind =
            ExprKind::Aggregate { op: Agg::Sum, generators, when, arg: Some(Box::new(typed)), extra: None };
        Some(Expr { kind, ty, span })
    }

    fn split(&mut self, body: &'t [tree::Stmt]) -> Option<Split> {
        let mut splits = body.iter().filter_map(|s| match s {
            tree::Stmt::Split { above, body, span } => Some((above, body, *span)),
            _ => None,
        });
        let (above, body, span) = splits.next()?;
        if let Some((_, _, second)) = splits.next() {
            let report = Report::error(Code::J232, second, "`split` stands twice");
            self.reports.push(report.and(span, "the first").help("remove one of them"));
        }
        self.in_split = true;
        let statements: Vec<&'t tree::Stmt> = body.iter().collect();
        let inside = self.statements(self.contract.anchors.body, &statements, &At::default());
        self.in_split = false;
        let contract = self.contract;
        for statement in &inside {
            if let Stmt::Element(element) = statement {
                self.closes(element.element, element.span);
                if let Content::Children(children) = &element.content {
                    self.occurs(element.element, children, element.span);
                }
            }
        }
        let limit = contract.rules.lines_max.unwrap_or(u32::MAX);
        let wanted = u32::try_from(above.0).unwrap_or(u32::MAX);
        if wanted < 2 || wanted > limit {
            let message = match contract.rules.lines_max {
                Some(max) => format!("a part has 2 to {max} lines"),
                None => "a part has at least 2 lines".to_owned(),
            };
            let best = if wanted < 2 { 2 } else { limit };
            let report = Report::error(Code::J237, above.1, message);
            self.reports.push(report.help(format!("write `split above {best}`")));
        }
        Some(Split { above: wanted, body: inside, span })
    }

    /// What closes a part is a line.
    fn closes(&mut self, element: ElementId, span: Span) {
        if !self.contract.element(element).occurs.repeats() {
            let message = format!("`{}` cannot close a part: it stands once", self.contract.tag(element));
            self.reports.push(Report::error(Code::J246, span, message).help("a part is closed by lines"));
        }
    }
}

fn same_fields(body: &[tree::Stmt]) -> impl Iterator<Item = (&tree::Ident, Span)> {
    body.iter()
        .filter_map(|s| if let tree::Stmt::Same { fields, span } = s { Some((fields, *span)) } else { None })
        .flat_map(|(fields, span)| fields.iter().map(move |f| (f, span)))
}

/// Takes what is written into the document's own header out of the body, with the conditions around it.
fn take_header(body: &mut Vec<Stmt>, header: ElementId) -> Vec<Stmt> {
    let mut taken = vec![];
    let mut rest = vec![];
    for statement in std::mem::take(body) {
        match statement {
            Stmt::Element(element) if element.element == header => {
                if let Content::Children(children) = element.content {
                    taken.extend(children);
                }
            }
            Stmt::If { cond, mut then, mut otherwise, span } => {
                let (a, b) = (take_header(&mut then, header), take_header(&mut otherwise, header));
                if !a.is_empty() || !b.is_empty() {
                    taken.push(Stmt::If { cond: cond.clone(), then: a, otherwise: b, span });
                }
                rest.push(Stmt::If { cond, then, otherwise, span });
            }
            Stmt::Route { by, mut arms, span } => {
                let mut inside: Vec<Arm> = vec![];
                for arm in &mut arms {
                    let children = match &mut arm.action {
                        Action::Body(body) => take_header(body, header),
                        Action::Drop(_) | Action::Reject(_) => vec![],
                    };
                    let patterns = arm.patterns.clone();
                    inside.push(Arm { patterns, action: Action::Body(children), span: arm.span });
                }
                if inside.iter().any(|a| matches!(&a.action, Action::Body(body) if !body.is_empty())) {
                    taken.push(Stmt::Route { by: by.clone(), arms: inside, span });
                }
                rest.push(Stmt::Route { by, arms, span });
            }
            other => rest.push(other),
        }
    }
    *body = rest;
    taken
}
