//! What can be seen from a place in a document block: variables, `let`s, fields; and what a name means there.

use super::model::{AROUND, Builtin, Expr, ExprKind, Let, LetId, List, RECORD, Var, VarId};
use super::names::{Currency, FieldKind, Names};
use crate::contract::{Contract, ElementId};
use crate::data::{Kind, Type};
use crate::diag::{Code, Report, Span, near};
use crate::json::ObjectId;
use crate::syntax::tree;
use std::collections::{HashMap, HashSet};

/// Checks one document block (or the message header) against one contract.
pub(super) struct Checker<'a, 't> {
    pub(super) names: &'a Names<'t>,
    pub(super) contract: &'a Contract,
    pub(super) reports: Vec<Report>,
    /// Variables of the document; number 0 is the record.
    pub(super) vars: Vec<Var>,
    /// The variable in whose frame the list of each variable lies.
    pub(super) parents: Vec<Option<VarId>>,
    pub(super) lets: Vec<Let>,
    /// How deep each `let` is nested, those in it included.
    pub(super) let_depths: Vec<usize>,
    pub(super) declared: Vec<Declared<'t>>,
    /// `let`s of lines, by the variable of the lines they are used with.
    pub(super) instances: HashMap<(usize, VarId), LetId>,
    pub(super) scope: Vec<Binding>,
    /// Bindings before this one cannot be seen: a function sees only its parameters.
    pub(super) hidden: usize,
    /// Functions whose bodies are being put in.
    pub(super) inside: Vec<usize>,
    /// The function being checked by itself, with stand-ins for its parameters.
    pub(super) stands_in: bool,
    pub(super) line: Line,
    /// Cells that are the same in all lines of a document.
    pub(super) same: HashSet<u16>,
    /// Variables that have a value here, outermost first.
    pub(super) bound: Vec<VarId>,
    /// The variable lines are bound to where nothing forbids it: what is computed of a line is computed once.
    pub(super) lines_var: Option<VarId>,
    pub(super) loops: usize,
    pub(super) in_aggregate: bool,
    pub(super) in_split: bool,
    /// No source is visible: the message's own header.
    pub(super) message: bool,
    /// A value of a line was asked for where there is only the document.
    pub(super) denied: bool,
    pub(super) depth: usize,
    pub(super) budget: usize,
    /// The budget is spent, and that was said.
    pub(super) exhausted: bool,
    /// Drops of lines written at the level of the document.
    pub(super) drops: Vec<Dropped<'t>>,
    /// Elements with an unknown name inside.
    pub(super) unknown: HashSet<ElementId>,
    /// Every `let` of the document, for messages.
    pub(super) later: Vec<&'t tree::Ident>,
    /// Where the function of the mapping that is being put in was called in the document.
    pub(super) called: Option<Span>,
    /// Documents do not come from this source: what follows from that is not told.
    pub(super) source_wrong: bool,
}

/// What fields of a line mean here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// The frame 0: a record, or the line that is looked at by itself (`per`, `when`).
    Whole,
    /// Only what is the same in all lines.
    Document,
    /// The line this variable is bound to.
    Bound(VarId),
}

/// A `let` as declared.
pub(super) struct Declared<'t> {
    pub(super) name: String,
    pub(super) value: &'t tree::Expr,
    pub(super) span: Span,
    pub(super) used: bool,
    /// Its number, when there is one for all; a line's `let` has one for each variable.
    pub(super) number: Option<LetId>,
    /// How much of the scope it sees.
    pub(super) base: usize,
    /// It was wrong, so its uses are not reported as well.
    pub(super) wrong: bool,
}

/// A drop of lines written at the level of the document.
pub(super) struct Dropped<'t> {
    pub(super) reason: String,
    pub(super) when: &'t tree::Expr,
    pub(super) span: Span,
}

/// A name with what it means.
pub(super) struct Binding {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) what: Bound,
}

/// What a name of the scope means.
#[derive(Clone)]
pub(super) enum Bound {
    Var(VarId),
    Let(usize),
    /// An argument of a function.
    Arg(Box<Expr>),
    /// The fields of this variable can be named alone: a condition on the elements of a list.
    Open(VarId),
    /// Reported already.
    Wrong,
}

/// What a reference leads to.
pub(super) enum Ref {
    /// Something in a frame.
    Frame(Frame),
    /// A value.
    Value(Expr),
    /// A table.
    Table(usize),
    /// A row of a table.
    Row { table: usize, keys: Vec<Expr>, optional: bool },
    /// The first word of `line.number`, `run.id`, …
    Root(&'static str),
}

/// A place in a frame.
pub(super) struct Frame {
    /// Whose frame; `None`: the line that is meant here.
    pub(super) var: Option<VarId>,
    pub(super) object: ObjectId,
    /// Dotted path within the frame; empty for the object itself.
    pub(super) prefix: String,
    /// Elements picked from lists on the way, outermost first.
    pub(super) picks: Vec<Pick>,
}

/// An element picked from a list.
pub(super) struct Pick {
    pub(super) var: VarId,
    pub(super) list: List,
    pub(super) when: Option<Expr>,
    pub(super) position: Option<u32>,
}

/// The words before the point of given values.
const ROOTS: [&str; 6] = ["line", "item", "document", "run", "input", "part"];

impl<'a, 't> Checker<'a, 't> {
    pub(super) fn new(names: &'a Names<'t>, contract: &'a Contract) -> Checker<'a, 't> {
        let record = Var { name: "record".to_owned(), object: ObjectId(0), outer: vec![] };
        Checker {
            names,
            contract,
            reports: vec![],
            vars: vec![record],
            parents: vec![None],
            lets: vec![],
            let_depths: vec![],
            declared: vec![],
            instances: HashMap::new(),
            scope: vec![],
            hidden: 0,
            inside: vec![],
            stands_in: false,
            line: Line::Whole,
            same: HashSet::new(),
            bound: vec![],
            lines_var: None,
            loops: 0,
            in_aggregate: false,
            in_split: false,
            message: false,
            denied: false,
            depth: 0,
            budget: super::NODES_MAX,
            exhausted: false,
            drops: vec![],
            unknown: HashSet::new(),
            later: vec![],
            called: None,
            source_wrong: false,
        }
    }

    pub(super) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.reports.push(Report::error(code, span, message));
    }

    /// Warns of a value that is never none. Inside a function only where it is checked by itself: what one caller
    /// hands over says nothing about it.
    pub(super) fn never_none(&mut self, report: Report) {
        if self.inside.is_empty() || (self.stands_in && self.inside.len() == 1) {
            self.reports.push(report);
        }
    }

    /// A new variable for the elements of a list.
    pub(super) fn variable(&mut self, name: &str, object: ObjectId, parent: Option<VarId>) -> VarId {
        let var = VarId(self.vars.len() as u16);
        self.vars.push(Var { name: name.to_owned(), object, outer: self.bound.clone() });
        self.parents.push(parent);
        var
    }

    /// A variable for the lines of the document.
    pub(super) fn lines_variable(&mut self, name: &str) -> VarId {
        match self.lines_var {
            Some(var) if !self.bound.contains(&var) => var,
            Some(_) => self.variable(name, ObjectId(0), None),
            None => {
                let var = self.variable(name, ObjectId(0), None);
                if self.bound.is_empty() {
                    self.lines_var = Some(var);
                }
                var
            }
        }
    }

    /// Puts a name into the scope; hiding another one is reported.
    pub(super) fn bind(&mut self, name: &tree::Ident, what: Bound) {
        let names = self.names;
        let other = self.scope[self.hidden..]
            .iter()
            .find(|b| b.name == name.name && !matches!(b.what, Bound::Open(_)))
            .map(|b| b.span)
            .or_else(|| names.param(&name.name).map(|p| names.params[p].span))
            .or_else(|| names.table(&name.name).map(|t| names.tables[t].span))
            .or_else(|| {
                let shape =
                    names.source.shapes.first().filter(|_| !self.message && self.inside.is_empty())?;
                shape.field(&name.name).map(|f| f.span)
            });
        if let Some(other) = other {
            let report = Report::error(
                Code::J212,
                name.span,
                format!("`{}` hides a name that is already visible", name.name),
            );
            self.reports.push(report.and(other, "this one").help("choose another name"));
        }
        self.hides_line(name, &what);
        self.scope.push(Binding { name: name.name.clone(), span: name.span, what });
    }

    /// Warns of a variable `line` whose field hides `line.number` or `line.count`.
    fn hides_line(&mut self, name: &tree::Ident, what: &Bound) {
        let Bound::Var(var) = what else { return };
        let shape = self.names.source.shape(self.vars[usize::from(var.0)].object);
        let hiding = ["number", "count"].into_iter().find_map(|f| Some((f, shape.field(f)?.span)));
        if let Some((field, span)) = hiding.filter(|_| name.name == "line") {
            let message = format!("the field `{field}` of this `line` hides the given `line.{field}`");
            let report = Report::warning(Code::J212, name.span, message);
            self.reports.push(report.and(span, "this field").help("choose another name for the variable"));
        }
    }

    /// What a single name means here.
    pub(super) fn name(&mut self, name: &str, span: Span) -> Option<Ref> {
        let object = |var: VarId, vars: &[Var]| vars[usize::from(var.0)].object;
        for at in (self.hidden..self.scope.len()).rev() {
            let binding = &self.scope[at];
            match &binding.what {
                Bound::Open(var) => {
                    let (var, object) = (*var, object(*var, &self.vars));
                    if self.names.source.shape(object).field(name).is_some() {
                        let prefix = name.to_owned();
                        return Some(Ref::Frame(Frame { var: Some(var), object, prefix, picks: vec![] }));
                    }
                }
                _ if binding.name != name => {}
                Bound::Var(var) => {
                    let (var, object) = (*var, object(*var, &self.vars));
                    return Some(Ref::Frame(Frame {
                        var: Some(var),
                        object,
                        prefix: String::new(),
                        picks: vec![],
                    }));
                }
                Bound::Let(declared) => {
                    let declared = *declared;
                    return self.use_let(declared, span).map(Ref::Value);
                }
                Bound::Arg(value) => {
                    let value = Expr { span, ..(**value).clone() };
                    self.spend(super::walk::size(&value), span)?;
                    return Some(Ref::Value(value));
                }
                Bound::Wrong => return None,
            }
        }
        self.declared_name(name, span)
    }

    fn declared_name(&mut self, name: &str, span: Span) -> Option<Ref> {
        let names = self.names;
        let fields_seen = !self.message && self.inside.is_empty();
        if fields_seen && names.source.shapes.first().is_some_and(|s| s.field(name).is_some()) {
            let var = (!names.source.lines).then_some(RECORD);
            return Some(Ref::Frame(Frame {
                var,
                object: ObjectId(0),
                prefix: name.to_owned(),
                picks: vec![],
            }));
        }
        if let Some(object) = names.source.schema.around.filter(|_| fields_seen)
            && names.source.shape(object).field(name).is_some()
        {
            return Some(Ref::Frame(Frame {
                var: Some(AROUND),
                object,
                prefix: name.to_owned(),
                picks: vec![],
            }));
        }
        if let Some(at) = names.param(name) {
            let param = &names.params[at];
            param.used.set(true);
            return Some(Ref::Value(Expr { kind: ExprKind::Param(at as u16), ty: param.ty.clone(), span }));
        }
        if let Some(at) = names.table(name) {
            names.tables[at].used.set(true);
            return Some(Ref::Table(at));
        }
        if let Some(root) = ROOTS.iter().find(|r| **r == name) {
            return Some(Ref::Root(root));
        }
        self.unknown_name(name, span);
        None
    }

    fn unknown_name(&mut self, name: &str, span: Span) {
        let names = self.names;
        let report = Report::error(Code::J201, span, format!("nothing here is called `{name}`"));
        let declared_later = self.later.iter().find(|l| l.name == name).map(|l| l.span);
        let elsewhere = self.field_elsewhere(name);
        let report = if let Some(function) = (!self.inside.is_empty()).then(|| self.inside.last()).flatten() {
            let function = &names.functions[*function].tree.name.name;
            report.help(format!("a function sees only its parameters: hand it to `{function}`"))
        } else if let Some(other) = declared_later {
            report
                .and(other, "not visible from there")
                .help("a `let` is visible after it, inside its own block")
        } else if let Some(help) = &elsewhere {
            report.help(help)
        } else {
            report.help("declare it in the source block, or as `let` or `param`")
        };
        let mut candidates: Vec<&str> = self.scope[self.hidden..].iter().map(|b| b.name.as_str()).collect();
        if self.inside.is_empty() && !self.message {
            let around = names.source.schema.around.map(|o| names.source.shape(o));
            candidates
                .extend(names.source.shapes.first().into_iter().chain(around).flat_map(|s| s.names("")));
        }
        candidates.extend(names.params.iter().map(|p| p.name.as_str()));
        candidates.extend(names.tables.iter().map(|t| t.name.as_str()));
        // What is certainly there is a better guess than what is called alike.
        let near = near(name, candidates).filter(|_| declared_later.is_none() && elsewhere.is_none());
        self.reports.push(report.did_you_mean(near));
    }

    /// How to reach a field of that name that the elements of a list have.
    fn field_elsewhere(&self, name: &str) -> Option<String> {
        if self.message || !self.inside.is_empty() {
            return None;
        }
        let bound = self.scope[self.hidden..].iter().rev().find(|b| match b.what {
            Bound::Var(var) => {
                let object = self.vars[usize::from(var.0)].object;
                self.names.source.shape(object).field(name).is_some()
            }
            _ => false,
        });
        let around = self.names.source.schema.around;
        let lists = self.names.source.shapes.iter().enumerate().skip(1);
        let mut lists = lists.filter(|(i, _)| around != Some(ObjectId(*i as u16))).map(|(_, s)| s);
        let shape = lists.find(|s| s.field(name).is_some())?;
        Some(match bound {
            Some(binding) => format!("write `{0}.{name}`: it is a field of `{0}`", binding.name),
            None => {
                let list = shape.name.strip_suffix("[]").unwrap_or(&shape.name);
                let var = one_of(list.rsplit(['.', ']']).next().unwrap_or(list));
                format!("it is a field of `{}`: write `{var}.{name}` inside `for {var} in …`", shape.name)
            }
        })
    }

    /// The value of a declared `let` here.
    fn use_let(&mut self, at: usize, span: Span) -> Option<Expr> {
        self.declared[at].used = true;
        if self.declared[at].wrong {
            return None;
        }
        if let Some(number) = self.declared[at].number {
            let ty = self.lets[usize::from(number.0)].value.ty.clone();
            return Some(Expr { kind: ExprKind::Let(number), ty, span });
        }
        let Line::Bound(var) = self.line else {
            let (name, declared) = (self.declared[at].name.clone(), self.declared[at].span);
            self.deny(&name, span, declared);
            return None;
        };
        if let Some(number) = self.instances.get(&(at, var)) {
            let ty = self.lets[usize::from(number.0)].value.ty.clone();
            return Some(Expr { kind: ExprKind::Let(*number), ty, span });
        }
        let later = self.scope.split_off(self.declared[at].base);
        let aggregate = std::mem::replace(&mut self.in_aggregate, false);
        let value = self.expr(self.declared[at].value);
        self.in_aggregate = aggregate;
        self.scope.extend(later);
        let value = value?;
        let ty = value.ty.clone();
        let number = self.keep_let(&self.declared[at].name.clone(), value, self.declared[at].span)?;
        self.instances.insert((at, var), number);
        Some(Expr { kind: ExprKind::Let(number), ty, span })
    }

    /// Keeps a value as a `let` of the model, at the level of the innermost variable in it.
    pub(super) fn keep_let(&mut self, name: &str, value: Expr, span: Span) -> Option<LetId> {
        let depth = super::walk::depth_through(&value, &self.let_depths);
        if depth > super::LETS_DEPTH_MAX {
            let message =
                format!("`{name}` is nested too deeply: it is made of a `let` that is made of another …");
            let report = Report::error(Code::J245, span, message);
            self.reports.push(report.help("reach it in fewer steps: put some of these `let`s together"));
            return None;
        }
        let mut level = super::walk::innermost(&value, &self.vars, &self.lets);
        if super::walk::numbered(&value) {
            // The number of the line is that of the innermost loop.
            level = self.bound.last().copied().unwrap_or(level);
        }
        self.lets.push(Let { name: name.to_owned(), value, level, span });
        self.let_depths.push(depth);
        Some(LetId(self.lets.len() as u16 - 1))
    }

    /// A value of a line is used where there is only the document.
    pub(super) fn deny(&mut self, name: &str, span: Span, declared: Span) {
        self.denied = true;
        if self.source_wrong {
            return;
        }
        let report = Report::error(
            Code::J218,
            span,
            format!("`{name}` is a value of one line, and here is only the document"),
        );
        let report = report.and(declared, "it may differ from line to line");
        let field = self.names.source.shapes.first().and_then(|s| s.field(name)).map(|f| &f.kind);
        let help = match field {
            Some(FieldKind::List(_)) => "write this inside `for line in lines { … }`".to_owned(),
            Some(_) if !name.contains('.') => {
                format!(
                    "say `same {name}`, take `first({name})`, or write this in `for line in lines {{ … }}`"
                )
            }
            _ => format!("take `first({name})`, or write this inside `for line in lines {{ … }}`"),
        };
        self.reports.push(report.help(help));
    }

    /// The frame a cell of the line that is meant here lies in.
    fn line_frame(&mut self, cell: u16, path: &str, span: Span, declared: Span) -> Option<VarId> {
        if self.same.contains(&cell) {
            return Some(RECORD);
        }
        match self.line {
            Line::Whole => Some(RECORD),
            Line::Bound(var) => Some(var),
            Line::Document => {
                self.deny(path, span, declared);
                None
            }
        }
    }

    /// The value at a place of a frame.
    pub(super) fn read(&mut self, frame: Frame, span: Span) -> Option<Expr> {
        let names = self.names;
        let shape = names.source.shape(frame.object);
        let Some(field) = shape.field(&frame.prefix) else {
            let names: Vec<String> = shape.names("").take(4).map(|n| format!("`{n}`")).collect();
            let report =
                Report::error(Code::J241, span, format!("`{}` is an object, not a value", shape.name));
            self.reports.push(report.help(format!("name one of its fields: {}", names.join(", "))));
            return None;
        };
        field.used.set(true);
        match &field.kind {
            FieldKind::List(_) => {
                let report =
                    Report::error(Code::J241, span, format!("`{}` is a list, not a value", field.path));
                let report = report.and(field.span, "declared here");
                self.reports.push(
                    report.help("go through it with `for x in`, pick with `[…]`, or use `sum(… for x in …)`"),
                );
                return None;
            }
            FieldKind::Object => {
                let report =
                    Report::error(Code::J241, span, format!("`{}` is an object, not a value", field.path));
                let fields: Vec<&str> = shape.names(&field.path).take(4).collect();
                self.reports.push(report.help(format!("name one of its fields: {}", fields.join(", "))));
                return None;
            }
            _ if field.wrong() => return None,
            _ => {}
        }
        let var = match frame.var {
            Some(var) if Some(var) == self.lines_var && self.same.contains(&field.cell) => RECORD,
            Some(var) => var,
            None => self.line_frame(field.cell, &field.path, span, field.span)?,
        };
        let (kind, ty) = match &field.kind {
            FieldKind::Value(kind) => (ExprKind::Field { var, cell: field.cell }, kind.clone()),
            FieldKind::Money(currency) => {
                let reference = Kind::Money(currency.reference());
                let currency = Box::new(self.currency(currency, var, span)?);
                (ExprKind::Money { var, cell: field.cell, currency }, reference)
            }
            FieldKind::List(_) | FieldKind::Object => return None,
        };
        let optional = field.optional || !frame.picks.is_empty();
        let mut value = Expr { kind, ty: Type { kind: ty, optional: field.optional }, span };
        for pick in frame.picks.into_iter().rev() {
            let ty = Type { optional, ..value.ty.clone() };
            let Pick { var, list, when, position } = pick;
            let kind =
                ExprKind::Pick { var, list, when: when.map(Box::new), position, value: Box::new(value) };
            value = Expr { kind, ty, span };
        }
        Some(value)
    }

    /// The currency of a money field in the frame of `var`.
    fn currency(&mut self, currency: &Currency, var: VarId, span: Span) -> Option<Expr> {
        let sure = |kind| Expr { kind, ty: Type::sure(Kind::Currency), span };
        match currency {
            Currency::Literal(code) => Some(sure(ExprKind::Const(super::model::Const::Text(code.clone())))),
            Currency::Param(param, _) => Some(sure(ExprKind::Param(*param))),
            Currency::Wrong => None,
            Currency::Cell { object, cell, optional, .. } => {
                let var = if self.names.source.schema.around == Some(*object) {
                    AROUND
                } else if *object == ObjectId(0) && self.same.contains(cell) {
                    RECORD
                } else {
                    self.enclosing(var, *object)
                };
                let field = sure(ExprKind::Field { var, cell: *cell });
                if !*optional {
                    return Some(field);
                }
                let ty = Type { kind: Kind::Currency, optional: true };
                let field = Expr { ty, ..field };
                Some(sure(ExprKind::Require(Box::new(field))))
            }
        }
    }

    /// The variable around `var` (or itself) that is bound to frames of `object`.
    fn enclosing(&self, var: VarId, object: ObjectId) -> VarId {
        let mut at = var;
        while at != AROUND && at != RECORD && self.vars[usize::from(at.0)].object != object {
            match self.parents[usize::from(at.0)] {
                Some(parent) => at = parent,
                None => break,
            }
        }
        at
    }

    /// A list that can be gone through: what it is, what its elements are, in whose frame it lies.
    pub(super) fn list(&mut self, list: &'t tree::Expr) -> Option<(List, ObjectId, Option<VarId>)> {
        let is_lines = matches!(&list.kind, tree::ExprKind::Name(n) if n == "lines");
        let named = self.names.source.shapes.first().is_some_and(|s| s.field("lines").is_some());
        if is_lines && !named && self.names.source.lines && self.inside.is_empty() {
            return Some((List::Lines, ObjectId(0), None));
        }
        match self.reference(list)? {
            Ref::Frame(frame) => self.list_of(frame, list.span),
            _ => {
                let report = Report::error(Code::J241, list.span, "this is no list");
                self.reports.push(report.help("name a list of the source block"));
                None
            }
        }
    }

    /// The list at a place of a frame.
    pub(super) fn list_of(&mut self, frame: Frame, span: Span) -> Option<(List, ObjectId, Option<VarId>)> {
        let names = self.names;
        let field = names.source.shape(frame.object).field(&frame.prefix);
        if field.is_some_and(|f| f.wrong()) {
            return None;
        }
        let Some((field, FieldKind::List(object))) = field.map(|f| (f, &f.kind)) else {
            let report = Report::error(Code::J241, span, "this is no list");
            let report = match field {
                Some(field) => report.and(field.span, "declared here"),
                None => report,
            };
            self.reports.push(report.help("name a list of the source block"));
            return None;
        };
        if !frame.picks.is_empty() {
            let report =
                Report::error(Code::J241, span, "a list inside a picked element cannot be gone through");
            self.reports.push(report.help("go through the outer list with `for … when …`"));
            return None;
        }
        field.used.set(true);
        let var = match frame.var {
            Some(var) => var,
            None => self.line_frame(field.cell, &field.path, span, field.span)?,
        };
        Some((List::Cell { var, cell: field.cell }, *object, Some(var)))
    }

    /// `line.number`, `run.id`, …
    pub(super) fn given(&mut self, root: &str, name: &tree::Ident, span: Span) -> Option<Expr> {
        let int = Kind::Decimal { int: true };
        let text = Kind::Text { min: 1, max: None };
        let known: &[(&str, &str, Builtin, Kind)] = &[
            ("line", "number", Builtin::LineNumber, int.clone()),
            ("line", "count", Builtin::LineCount, int.clone()),
            ("item", "number", Builtin::ItemNumber, int.clone()),
            ("document", "key", Builtin::DocumentKey, text.clone()),
            ("part", "balance", Builtin::PartBalance, Kind::Money(crate::data::CurrencyRef::Unknown)),
            ("part", "number", Builtin::PartNumber, int.clone()),
            ("part", "count", Builtin::PartCount, int),
            ("run", "time", Builtin::RunTime, Kind::Time),
            ("run", "id", Builtin::RunId, text.clone()),
            ("input", "name", Builtin::InputName, text),
        ];
        let Some((_, _, builtin, kind)) = known.iter().find(|k| k.0 == root && k.1 == name.name) else {
            let names: Vec<&str> = known.iter().filter(|k| k.0 == root).map(|k| k.1).collect();
            let report = Report::error(Code::J201, name.span, format!("there is no `{root}.{}`", name.name));
            let all: Vec<String> = names.iter().map(|n| format!("`{root}.{n}`")).collect();
            let report = report.help(format!("there is {}", all.join(", ")));
            self.reports.push(report.did_you_mean(near(&name.name, names)));
            return None;
        };
        self.given_here(*builtin, span)?;
        Some(Expr { kind: ExprKind::Builtin(*builtin), ty: Type::sure(kind.clone()), span })
    }

    fn given_here(&mut self, builtin: Builtin, span: Span) -> Option<()> {
        let in_line = self.loops > 0 || matches!(self.line, Line::Bound(_));
        let wrong = match builtin {
            Builtin::LineNumber if self.names.source.lines && !in_line => {
                self.denied = true;
                Some(("here is no line, only the document", "write it inside `for line in lines { … }`"))
            }
            Builtin::LineNumber if !in_line => {
                Some(("there is no line here", "write it inside `for x in list { … }`"))
            }
            Builtin::LineCount if !self.names.source.lines => {
                Some(("only a source of lines counts its lines", "write `count(true for x in list)`"))
            }
            Builtin::PartBalance | Builtin::PartNumber | Builtin::PartCount if !self.in_split => Some((
                "`part` is known only where documents are split",
                "write it inside `split above … { … }`",
            )),
            Builtin::LineNumber | Builtin::LineCount | Builtin::ItemNumber | Builtin::DocumentKey
                if self.message =>
            {
                Some(("the message header belongs to no document", "use `run.…` or a parameter"))
            }
            _ => None,
        };
        let Some((message, help)) = wrong else { return Some(()) };
        self.reports.push(Report::error(Code::J246, span, message).help(help));
        None
    }
}

/// What one element of a list may be called: `entry` of `entries`.
fn one_of(list: &str) -> String {
    let one = match list.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => list.strip_suffix('s').unwrap_or_default().to_owned(),
    };
    if one.is_empty() { "x".to_owned() } else { one }
}
