//! Calls: functions of the registry, functions of the mapping, aggregates, keys of tables.

use super::kinds;
use super::model::{Agg, Cmp, Const, Expr, ExprKind, Generator, List};
use super::scope::{Binding, Bound, Checker, Line};
use super::source;
use super::walk;
use crate::data::{Kind, Type};
use crate::diag::{Code, Report, Span, near};
use crate::func::{self, Arg};
use crate::syntax::tree::{self, Ident};
use crate::table::Role;

/// The aggregates by their names.
pub(super) const AGGREGATES: [(&str, Agg); 9] = [
    ("sum", Agg::Sum),
    ("count", Agg::Count),
    ("first", Agg::First),
    ("last", Agg::Last),
    ("min", Agg::Min),
    ("max", Agg::Max),
    ("any", Agg::Any),
    ("all", Agg::All),
    ("join", Agg::Join),
];

impl<'t> Checker<'_, 't> {
    /// `f(a, b)`
    pub(super) fn call(
        &mut self,
        name: &Ident,
        args: &'t [tree::Expr],
        span: Span,
        tail: bool,
    ) -> Option<Expr> {
        if AGGREGATES.iter().any(|a| a.0 == name.name) {
            let (first, rest) = match args.split_first() {
                Some((first, rest)) => (Some(first), rest),
                None => (None, args),
            };
            return self.aggregate(name, first, rest, &[], None, span);
        }
        if name.name == "require" {
            return self.require(args, span);
        }
        if let Some(function) = self.names.function(&name.name) {
            let outer = self.called;
            self.called = outer.or(Some(span));
            let value = self.own_function(function, args, span, tail);
            self.called = outer;
            return value;
        }
        let Some(function) = func::find(&name.name) else {
            let known = func::all().map(|f| f.name).chain(AGGREGATES.map(|a| a.0)).chain(["require"]);
            let known = known.chain(self.names.functions.iter().map(|f| f.tree.name.name.as_str()));
            let report =
                Report::error(Code::J206, name.span, format!("there is no function `{}`", name.name));
            let report = report.help("`jemap functions` lists them; own ones are declared with `fn`");
            self.reports.push(report.did_you_mean(near(&name.name, known)));
            return None;
        };
        let typed: Vec<Option<Expr>> = args.iter().map(|a| self.expr(a)).collect();
        let args: Vec<Expr> = typed.into_iter().collect::<Option<_>>()?;
        self.registry(function, args, name.span, span)
    }

    /// A function of the registry.
    pub(super) fn registry(
        &mut self,
        function: &'static func::Function,
        args: Vec<Expr>,
        at: Span,
        span: Span,
    ) -> Option<Expr> {
        let constants: Vec<Option<String>> = args.iter().map(constant).collect();
        let given: Vec<Arg<'_>> =
            args.iter().zip(&constants).map(|(a, c)| Arg { ty: &a.ty, constant: c.as_deref() }).collect();
        let ty = (function.check)(&given);
        match ty {
            Ok(mut ty) => {
                let lifts =
                    |(i, a): (usize, &Expr)| a.ty.optional && function.takes_none & (1 << i.min(31)) == 0;
                ty.optional |= args.iter().enumerate().any(lifts);
                Some(Expr { kind: ExprKind::Call { function, args }, ty, span })
            }
            Err((argument, message)) => {
                let place = args.get(argument).map_or(at, |a| a.span);
                let report = Report::error(Code::J238, place, message);
                self.reports.push(report.help(format!("it is called `{}`", function.signature)));
                None
            }
        }
    }

    fn require(&mut self, args: &'t [tree::Expr], span: Span) -> Option<Expr> {
        let [arg] = args else {
            let report = Report::error(Code::J238, span, "`require` takes one value");
            self.reports.push(report.help("write `x | require`"));
            return None;
        };
        let value = self.expr(arg)?;
        if !value.ty.optional {
            let report = Report::warning(Code::J225, span, "this is never none");
            let report = report.and(value.span, value.ty.describe());
            self.never_none(report.help("remove `require`"));
        }
        let ty = Type::sure(value.ty.kind.clone());
        Some(Expr { kind: ExprKind::Require(Box::new(value)), ty, span })
    }

    /// Puts in the body of a function of the mapping, its parameters replaced by the arguments.
    fn own_function(&mut self, at: usize, args: &'t [tree::Expr], span: Span, tail: bool) -> Option<Expr> {
        let names = self.names;
        let function = &names.functions[at];
        function.used.set(true);
        let tree = function.tree;
        if self.inside.contains(&at) {
            let report = Report::error(Code::J230, span, format!("`{}` calls itself", tree.name.name));
            self.reports.push(report.and(tree.name.span, "declared here").help("functions do not recurse"));
            return None;
        }
        if args.len() != tree.params.len() {
            let message =
                format!("`{}` takes {} values, here are {}", tree.name.name, tree.params.len(), args.len());
            self.reports.push(Report::error(Code::J238, span, message).and(tree.span, "declared here"));
            return None;
        }
        let mut given: Vec<Expr> = vec![];
        let mut missing: Vec<Expr> = vec![];
        for (i, arg) in args.iter().enumerate() {
            let value = self.expr(arg)?;
            if walk::depth(&value, super::DEPTH_MAX) > super::DEPTH_MAX {
                self.error(Code::J245, arg.span, "this value is nested too deeply");
                return None;
            }
            let wanted = function.params[i].as_ref()?;
            self.argument_fits(&value, &wanted.kind, &tree.params[i])?;
            if value.ty.optional && !tree.params[i].1.optional {
                // Functions lift over none: none in, none out.
                missing.push(value.clone());
                let ty = Type::sure(value.ty.kind.clone());
                given.push(Expr { kind: ExprKind::Require(Box::new(value)), ty, span: arg.span });
            } else {
                let optional = value.ty.optional || tree.params[i].1.optional;
                given.push(Expr { ty: Type { optional, ..value.ty.clone() }, ..value });
            }
        }
        let mut body = self.body_of(at, given, tail && missing.is_empty())?;
        for value in missing {
            let none = kinds::nothing(ExprKind::Const(Const::None), span);
            let test = ExprKind::Compare(Cmp::Eq, Box::new(value), Box::new(none.clone()));
            let test = Expr { kind: test, ty: Type::sure(Kind::Bool), span };
            let ty = Type { optional: true, ..body.ty.clone() };
            body = Expr { kind: ExprKind::If(Box::new(test), Box::new(none), Box::new(body)), ty, span };
        }
        Some(body)
    }

    /// The body of a function with these values for its parameters.
    pub(super) fn body_of(&mut self, at: usize, given: Vec<Expr>, tail: bool) -> Option<Expr> {
        let function = &self.names.functions[at];
        let tree = function.tree;
        let hidden = std::mem::replace(&mut self.hidden, self.scope.len());
        let aggregate = std::mem::replace(&mut self.in_aggregate, false);
        self.inside.push(at);
        for ((name, _), value) in tree.params.iter().zip(given) {
            let what = Bound::Arg(Box::new(value));
            self.scope.push(Binding { name: name.name.clone(), span: name.span, what });
        }
        let body = self.value(&tree.body, tail);
        self.inside.pop();
        self.scope.truncate(self.hidden);
        self.hidden = hidden;
        self.in_aggregate = aggregate;
        let body = body?;
        if let (Some(returns), Some(wanted)) = (&tree.returns, &function.returns)
            && (kinds::unify(&body.ty.kind, &wanted.kind).is_none()
                || (body.ty.optional && !returns.optional))
        {
            let (gives, says) = (body.ty.describe(), wanted.kind.describe());
            let message = format!("`{}` gives {gives}, its head says {says}", tree.name.name);
            let report = Report::error(Code::J203, tree.body.span, message).and(returns.span, "said here");
            self.reports.push(report.help("mend the type after `->`"));
            return None;
        }
        Some(body)
    }

    fn argument_fits(&mut self, value: &Expr, wanted: &Kind, param: &(Ident, tree::Type)) -> Option<()> {
        let fits = match (&value.ty.kind, wanted) {
            (Kind::Never, _) => true,
            (Kind::Decimal { int: false }, Kind::Decimal { int: true }) => false,
            (Kind::Enum(given), Kind::Enum(words)) => given.iter().all(|w| words.contains(w)),
            (_, Kind::Enum(words)) => {
                kinds::constant_text(value).is_some_and(|t| words.iter().any(|w| w == t))
            }
            (given, Kind::Text { .. }) => kinds::is_text(given),
            (_, Kind::Currency) => value.ty.kind == Kind::Currency || kinds::constant_text(value).is_some(),
            (given, _) => kinds::unify(given, wanted).is_some(),
        };
        if fits {
            return Some(());
        }
        let message =
            format!("`{}` takes {}, this is {}", param.0.name, wanted.describe(), value.ty.describe());
        self.reports.push(Report::error(Code::J203, value.span, message).and(param.1.span, "declared here"));
        None
    }

    /// `sum(E for x in list when COND)`, or over the lines of the document.
    pub(super) fn aggregate(
        &mut self,
        name: &Ident,
        arg: Option<&'t tree::Expr>,
        rest: &'t [tree::Expr],
        vars: &'t [tree::Generator],
        when: Option<&'t tree::Expr>,
        span: Span,
    ) -> Option<Expr> {
        let Some((_, op)) = AGGREGATES.iter().find(|a| a.0 == name.name) else {
            let report =
                Report::error(Code::J206, name.span, format!("`{}` does not put values together", name.name));
            let known = AGGREGATES.map(|a| a.0);
            self.reports.push(
                report.help(format!("these do: {}", known.join(", "))).did_you_mean(near(&name.name, known)),
            );
            return None;
        };
        if self.in_aggregate {
            let report = Report::error(Code::J229, span, format!("`{}` inside of another one", name.name));
            self.reports.push(report.help("give the inner one a name with `let`"));
            return None;
        }
        if vars.is_empty()
            && (!self.names.source.lines || !self.inside.is_empty() || self.line == Line::Whole)
        {
            let report =
                Report::error(Code::J228, span, format!("`{}` has nothing to go over here", name.name));
            let help =
                format!("say the list: `{}(x.… for x in list)`; two values: `lesser`, `greater`", name.name);
            self.reports.push(report.help(help));
            return None;
        }
        let (base, bound, line) = (self.scope.len(), self.bound.len(), self.line);
        self.in_aggregate = true;
        let found = self.aggregate_parts(*op, arg, rest, vars, when, span);
        self.in_aggregate = false;
        self.scope.truncate(base);
        self.bound.truncate(bound);
        self.line = line;
        found
    }

    fn aggregate_parts(
        &mut self,
        op: Agg,
        arg: Option<&'t tree::Expr>,
        rest: &'t [tree::Expr],
        vars: &'t [tree::Generator],
        when: Option<&'t tree::Expr>,
        span: Span,
    ) -> Option<Expr> {
        let (generators, mut condition) = if vars.is_empty() {
            let var = self.lines_variable("line");
            self.bound.push(var);
            self.line = Line::Bound(var);
            (vec![Generator { var, list: List::Lines }], self.not_dropped(span)?)
        } else {
            (self.generators(vars)?, None)
        };
        if let Some(when) = when {
            let when = self.condition(when)?;
            condition = Some(match condition {
                Some(first) => both(first, when, span),
                None => when,
            });
        }
        let lines = generators.iter().all(|g| g.list == List::Lines);
        let arg = match arg {
            Some(arg) => Some(self.expr(arg)?),
            None => None,
        };
        let extra = match (op, rest) {
            (Agg::Join, [separator]) => Some(Box::new(self.expr(separator)?)),
            (_, []) => None,
            _ => {
                self.error(Code::J238, span, "too many values for this function");
                return None;
            }
        };
        if let Some(extra) = &extra
            && kinds::constant_text(extra).is_none()
        {
            self.error(Code::J244, extra.span, "the separator is a text in quotes");
            return None;
        }
        let ty = self.aggregate_type(op, arg.as_ref(), lines, span)?;
        let kind = ExprKind::Aggregate {
            op,
            generators,
            when: condition.map(Box::new),
            arg: arg.map(Box::new),
            extra,
        };
        Some(Expr { kind, ty, span })
    }

    /// The type of an aggregate; `lines`: there is at least one round.
    fn aggregate_type(&mut self, op: Agg, arg: Option<&Expr>, lines: bool, span: Span) -> Option<Type> {
        let Some(arg) = arg else {
            if op == Agg::Count {
                return Some(Type::sure(Kind::Decimal { int: true }));
            }
            self.error(Code::J238, span, "say what is put together");
            return None;
        };
        let kind = &arg.ty.kind;
        let (fits, wanted, ty) = match op {
            Agg::Sum => {
                let fits = matches!(kind, Kind::Decimal { .. } | Kind::Money(_));
                let ty = Type {
                    kind: kind.clone(),
                    optional: matches!(kind, Kind::Money(_)) && (!lines || arg.ty.optional),
                };
                (fits, "numbers or money", ty)
            }
            Agg::Count => (*kind == Kind::Bool, "a condition", Type::sure(Kind::Decimal { int: true })),
            Agg::Any | Agg::All => (*kind == Kind::Bool, "a condition", Type::sure(Kind::Bool)),
            Agg::First | Agg::Last => {
                let optional = !lines || arg.ty.optional;
                (*kind != Kind::Never, "a value", Type { kind: kind.clone(), optional })
            }
            Agg::Min | Agg::Max => {
                let fits = matches!(kind, Kind::Decimal { .. } | Kind::Money(_) | Kind::Date | Kind::Time);
                let optional = !lines || arg.ty.optional;
                (fits, "numbers, money or dates", Type { kind: kind.clone(), optional })
            }
            Agg::Join => {
                let optional = !lines || arg.ty.optional;
                (kinds::is_text(kind), "texts", Type { kind: Kind::Text { min: 1, max: None }, optional })
            }
        };
        let condition_missing = matches!(op, Agg::Count | Agg::Any | Agg::All) && arg.ty.optional;
        if !fits || condition_missing {
            let message = format!("{wanted} expected here, this is {}", arg.ty.describe());
            self.error(Code::J203, arg.span, message);
            return None;
        }
        Some(ty)
    }

    /// `x in list, y in x.list`, with the variables bound.
    pub(super) fn generators(&mut self, vars: &'t [(Ident, tree::Expr)]) -> Option<Vec<Generator>> {
        let mut generators = vec![];
        let mut wrong = false;
        for (name, list) in vars {
            let Some((list, object, parent)) = self.list(list) else {
                // Bound all the same, so that its uses are not reported as well.
                self.bind(name, Bound::Wrong);
                wrong = true;
                continue;
            };
            let var = match list {
                List::Lines => self.lines_variable(&name.name),
                List::Cell { .. } => self.variable(&name.name, object, parent),
            };
            self.bind(name, Bound::Var(var));
            self.bound.push(var);
            if list == List::Lines {
                self.line = Line::Bound(var);
            }
            generators.push(Generator { var, list });
        }
        (!wrong).then_some(generators)
    }

    /// The condition under which a line was not dropped at the level of the document.
    pub(super) fn not_dropped(&mut self, span: Span) -> Option<Option<Expr>> {
        let conditions: Vec<&'t tree::Expr> = self.drops.iter().map(|d| d.when).collect();
        let mut all: Option<Expr> = None;
        for when in conditions {
            let aggregate = std::mem::replace(&mut self.in_aggregate, false);
            let dropped = self.condition(when);
            self.in_aggregate = aggregate;
            let kept = Expr { kind: ExprKind::Not(Box::new(dropped?)), ty: Type::sure(Kind::Bool), span };
            all = Some(match all {
                Some(before) => both(before, kept, span),
                None => kept,
            });
        }
        Some(all)
    }

    /// Keys of a table's row, in the order of its key columns.
    pub(super) fn keys(
        &mut self,
        at: usize,
        keys: &[&'t tree::Expr],
        optional: bool,
        span: Span,
    ) -> Option<Vec<Expr>> {
        let table = &self.names.tables[at];
        // The two ends of a range are asked with one value, in the place of the first.
        let asked = |c: &&super::names::Column| matches!(c.role, Role::Key | Role::From);
        let wanted: Vec<&super::names::Column> = table.columns.iter().filter(asked).collect();
        if wanted.is_empty() {
            return None;
        }
        if wanted.len() != keys.len() {
            let names: Vec<&str> = wanted.iter().map(|c| c.name.as_str()).collect();
            let message =
                format!("`{}` is asked with {} values, here are {}", table.name, wanted.len(), keys.len());
            let report = Report::error(Code::J250, span, message).and(table.span, "declared here");
            self.reports.push(report.help(format!("write `{}[{}]`", table.name, names.join(", "))));
            return None;
        }
        let mut typed = vec![];
        for (key, column) in keys.iter().zip(wanted) {
            let value = self.expr(key)?;
            if value.ty.optional && !optional {
                let report = Report::error(
                    Code::J226,
                    value.span,
                    "a table is asked with a value that may be missing",
                );
                let report = report.here(value.ty.describe());
                let help = format!(
                    "write `{0}[x | require]`; where it may be missing but must be in the table when it is there: \
                     `x == none ? omit : {0}[x | require]…`; `{0}[x]?` gives none for both",
                    table.name
                );
                self.reports.push(report.help(help));
                return None;
            }
            self.key_fits(&value, column)?;
            typed.push(value);
        }
        Some(typed)
    }

    fn key_fits(&mut self, value: &Expr, column: &super::names::Column) -> Option<()> {
        let fits = match (&value.ty.kind, &column.ty.kind) {
            (Kind::Never, _) => false,
            (Kind::Decimal { .. }, Kind::Decimal { .. }) => true,
            (given, wanted) if kinds::is_text(given) && kinds::is_text(wanted) => {
                let text = kinds::constant_text(value);
                if let (Some(text), Kind::Enum(words)) = (text, wanted)
                    && !words.iter().any(|w| w == text)
                {
                    let report = Report::error(
                        Code::J208,
                        value.span,
                        format!("\"{text}\" is none of the declared words"),
                    );
                    let report = report.and(column.span, "declared here");
                    self.reports.push(report.did_you_mean(near(text, words.iter().map(String::as_str))));
                    return None;
                }
                true
            }
            (given, wanted) => given == wanted,
        };
        if fits {
            return Some(());
        }
        let message =
            format!("the key `{}` is {}, this is {}", column.name, column.ty.describe(), value.ty.describe());
        let report = Report::error(Code::J203, value.span, message).and(column.span, "declared here");
        self.reports.push(report.help("declare both with the same type"));
        None
    }

    /// Checks the body of each function with values of the declared types, whether it is used or not.
    pub(super) fn functions(&mut self) {
        for at in 0..self.names.functions.len() {
            let function = &self.names.functions[at];
            let mut given = vec![];
            for ((name, ty), scalar) in function.tree.params.iter().zip(&function.params) {
                let Some(scalar) = scalar else { break };
                let kind = match &scalar.kind {
                    Kind::Money(_) => Kind::Money(source::literal(scalar.currency.as_ref())),
                    other => other.clone(),
                };
                let ty = Type { kind, optional: ty.optional };
                // A stand-in: only its type matters, the result is thrown away. No constant: much is known of those.
                given.push(Expr { kind: ExprKind::Param(0), ty, span: name.span });
            }
            if given.len() == function.tree.params.len() {
                // One that is too large makes those that call it too large: they get less to find that out.
                self.budget = if self.exhausted { super::NODES_MAX / 100 } else { super::NODES_MAX };
                self.stands_in = true;
                self.body_of(at, given, true);
                self.stands_in = false;
            }
        }
    }
}

/// `a and b`
pub(super) fn both(a: Expr, b: Expr, span: Span) -> Expr {
    Expr { kind: ExprKind::And(Box::new(a), Box::new(b)), ty: Type::sure(Kind::Bool), span }
}

/// The text of a constant as functions want to see it.
fn constant(e: &Expr) -> Option<String> {
    match &e.kind {
        ExprKind::Const(Const::Text(text)) => Some(text.clone()),
        ExprKind::Const(Const::Decimal(number)) => Some(number.to_string()),
        ExprKind::Const(Const::Bool(b)) => Some(b.to_string()),
        _ => None,
    }
}
