//! Expressions: references, operators and conditions, with their types.

use super::kinds::{self, Side};
use super::model::{Cmp, Const, Expr, ExprKind};
use super::scope::{Binding, Bound, Checker, Frame, Pick, Ref};
use super::types::currency_is_known;
use crate::data::{CurrencyRef, Decimal, Kind, Type};
use crate::diag::{Code, Report, Span, near};
use crate::syntax::tree::{self, BinOp, Ident};

impl<'t> Checker<'_, 't> {
    /// A typed expression; `None` when something was reported.
    pub(super) fn expr(&mut self, e: &'t tree::Expr) -> Option<Expr> {
        self.value(e, false)
    }

    /// A typed expression; `tail`: it is the last word about an element, so `omit` is allowed.
    pub(super) fn value(&mut self, e: &'t tree::Expr, tail: bool) -> Option<Expr> {
        if self.depth >= super::DEPTH_MAX {
            self.error(Code::J245, e.span, "this expression is nested too deeply");
            return None;
        }
        self.spend(1, e.span)?;
        self.depth += 1;
        let typed = self.kind_of(e, tail);
        self.depth -= 1;
        typed
    }

    /// Counts parts of expressions: functions and `let`s could make few lines very large.
    pub(super) fn spend(&mut self, parts: usize, span: Span) -> Option<()> {
        let room = self.vars.len() < super::VARIABLES_MAX && self.lets.len() < super::VARIABLES_MAX;
        match self.budget.checked_sub(parts).filter(|_| room) {
            Some(left) => {
                self.budget = left;
                Some(())
            }
            None => {
                // A function checked by itself says nothing: it may never be called with so much in it.
                if !self.exhausted && !self.stands_in {
                    let message = match self.called {
                        Some(_) => "this becomes too large when its functions are put in",
                        None => "this block becomes too large",
                    };
                    let help = format!(
                        "a block has at most {} parts: name what is repeated with `let`",
                        super::NODES_MAX
                    );
                    let report = Report::error(Code::J245, self.called.unwrap_or(span), message);
                    self.reports.push(report.help(help));
                }
                self.exhausted = true;
                None
            }
        }
    }

    fn kind_of(&mut self, e: &'t tree::Expr, tail: bool) -> Option<Expr> {
        use tree::ExprKind as K;
        let span = e.span;
        match &e.kind {
            K::Text(text) => Some(kinds::text(&text.text, span)),
            K::Number(number) => self.number(number, span),
            K::Bool(b) => {
                Some(Expr { kind: ExprKind::Const(Const::Bool(*b)), ty: Type::sure(Kind::Bool), span })
            }
            K::None => Some(kinds::nothing(ExprKind::Const(Const::None), span)),
            K::Omit if tail => Some(kinds::nothing(ExprKind::Omit, span)),
            K::Omit => {
                let report = Report::error(Code::J243, span, "nothing can be left out here");
                self.reports.push(
                    report.help("`omit` is the last word of an element's value: `Element = x or omit`"),
                );
                None
            }
            K::Reject(reason) => {
                let kind = ExprKind::Reject(reason.text.clone());
                Some(Expr { kind, ty: Type::sure(Kind::Never), span })
            }
            K::Name(_) | K::Field(..) | K::Index { .. } => {
                let found = self.reference(e)?;
                self.value_of(found, span)
            }
            K::Call { name, args, .. } => self.call(name, args, span, tail),
            K::Aggregate { name, arg, rest, vars, when } => {
                self.aggregate(name, Some(arg), rest, vars, when.as_deref(), span)
            }
            K::Not(a) => {
                let a = self.condition(a)?;
                Some(Expr { kind: ExprKind::Not(Box::new(a)), ty: Type::sure(Kind::Bool), span })
            }
            K::Neg(a) => self.negative(a, span),
            K::Binary(op, a, b, at) => self.binary(*op, a, b, *at, span, tail),
            K::If(c, a, b) => {
                let (c, a, b) = (self.condition(c), self.value(a, tail), self.value(b, tail));
                let (c, a, b) = (c?, a?, b?);
                let ty = self.either(&a, &b)?;
                Some(Expr { kind: ExprKind::If(Box::new(c), Box::new(a), Box::new(b)), ty, span })
            }
            K::Match(by, arms) => self.match_arms(by, arms, span, tail),
            K::List(_) => {
                let report = Report::error(Code::J241, span, "a list is no value");
                self.reports.push(report.help("lists stand after `in`: `x in [\"a\", \"b\"]`"));
                None
            }
        }
    }

    fn number(&mut self, text: &str, span: Span) -> Option<Expr> {
        match Decimal::parse(text) {
            Some(number) => Some(kinds::number(number, span)),
            None => {
                let message = format!("`{text}` is no number of at most {} digits", Decimal::DIGITS_MAX);
                self.error(Code::J245, span, message);
                None
            }
        }
    }

    /// A condition: true or false, never none.
    pub(super) fn condition(&mut self, e: &'t tree::Expr) -> Option<Expr> {
        let typed = self.expr(e)?;
        if typed.ty.kind != Kind::Bool {
            let report = Report::error(
                Code::J203,
                e.span,
                format!("a condition was expected, this is {}", typed.ty.describe()),
            );
            self.reports.push(report.help("compare it with something: `x == \"…\"`, `x != none`"));
            return None;
        }
        if typed.ty.optional {
            let report = Report::error(Code::J224, e.span, "this condition may be none");
            self.reports.push(report.help("say what holds then: `(x or false)`"));
            return None;
        }
        Some(typed)
    }

    /// What a reference leads to.
    pub(super) fn reference(&mut self, e: &'t tree::Expr) -> Option<Ref> {
        match &e.kind {
            tree::ExprKind::Name(name) => self.name(name, e.span),
            tree::ExprKind::Field(base, name) => self.field(base, name, e.span),
            tree::ExprKind::Index { base, args, optional } => self.index(base, args, *optional, e.span),
            _ => self.expr(e).map(Ref::Value),
        }
    }

    fn field(&mut self, base: &'t tree::Expr, name: &Ident, span: Span) -> Option<Ref> {
        match self.reference(base)? {
            Ref::Frame(frame) => self.field_of(frame, base, name, span),
            Ref::Row { table, keys, optional } => {
                let found = &self.names.tables[table];
                let Some(column) = found.columns.iter().position(|c| c.name == name.name) else {
                    let message = format!("table `{}` has no column `{}`", found.name, name.name);
                    let columns = found.columns.iter().map(|c| c.name.as_str());
                    let names: Vec<String> = columns.clone().map(|c| format!("`{c}`")).collect();
                    let report =
                        Report::error(Code::J205, name.span, message).and(found.span, "declared here");
                    let report = report.help(format!("it has {}", names.join(", ")));
                    self.reports.push(report.did_you_mean(near(&name.name, columns)));
                    return None;
                };
                found.columns[column].used.set(true);
                let ty = &found.columns[column].ty;
                let ty = Type { optional: ty.optional || optional, ..ty.clone() };
                let kind = ExprKind::Lookup { table: table as u16, keys, column: column as u16, optional };
                Some(Ref::Value(Expr { kind, ty, span }))
            }
            Ref::Root(root) => self.given(root, name, span).map(Ref::Value),
            Ref::Table(table) => {
                let table = &self.names.tables[table];
                let message = format!("`{}` is a table: a column is of one of its rows", table.name);
                let report = Report::error(Code::J250, span, message);
                self.reports.push(report.help(format!("say which row: `{}[key].{}`", table.name, name.name)));
                None
            }
            Ref::Value(value) => {
                let message = format!("{} has no fields", value.ty.describe());
                let help = if matches!(value.ty.kind, Kind::Money(_)) {
                    "take `amount_of(x)` or `currency_of(x)`"
                } else {
                    "only objects have fields"
                };
                self.reports.push(Report::error(Code::J241, name.span, message).help(help));
                None
            }
        }
    }

    fn field_of(&mut self, mut frame: Frame, base: &tree::Expr, name: &Ident, span: Span) -> Option<Ref> {
        let names = self.names;
        let shape = names.source.shape(frame.object);
        let path = if frame.prefix.is_empty() {
            name.name.clone()
        } else {
            format!("{}.{}", frame.prefix, name.name)
        };
        if shape.field(&path).is_some() {
            if let Some(outer) = shape.field(&frame.prefix) {
                outer.used.set(true);
            }
            frame.prefix = path;
            return Some(Ref::Frame(frame));
        }
        let is_line = matches!(&base.kind, tree::ExprKind::Name(n) if n == "line");
        if is_line && matches!(name.name.as_str(), "number" | "count") {
            return self.given("line", name, span).map(Ref::Value);
        }
        let here = shape.field(&frame.prefix);
        if here.is_some_and(|f| f.wrong()) {
            return None;
        }
        if let Some(super::names::FieldKind::List(_)) = here.map(|f| &f.kind) {
            let report = Report::error(
                Code::J241,
                span,
                format!("`{}` is a list: its elements have fields", frame.prefix),
            );
            self.reports.push(
                report.help(format!("go through it: `for x in {} {{ … x.{} … }}`", frame.prefix, name.name)),
            );
            return None;
        }
        let owner = match here {
            Some(field) => field.path.clone(),
            None => shape.name.clone(),
        };
        let report = Report::error(Code::J201, name.span, format!("`{owner}` has no field `{}`", name.name));
        let report = match here {
            Some(field) => report.and(field.span, "declared here"),
            None => report,
        };
        let report = report.help("declare it in the source block");
        self.reports.push(report.did_you_mean(near(&name.name, shape.names(&frame.prefix))));
        None
    }

    fn index(
        &mut self,
        base: &'t tree::Expr,
        args: &'t [tree::Expr],
        optional: bool,
        span: Span,
    ) -> Option<Ref> {
        let mark = self.reports.len();
        let found = self.reference(base);
        if let (None, [report]) = (&found, &mut self.reports[mark..])
            && report.code == Code::J201
            && let tree::ExprKind::Name(name) = &base.kind
        {
            report.code = Code::J204;
            report.message = format!("there is no table or list `{name}`");
        }
        match found? {
            Ref::Table(table) => {
                let keys: Vec<&tree::Expr> = args.iter().collect();
                let keys = self.keys(table, &keys, optional, span)?;
                Some(Ref::Row { table, keys, optional })
            }
            Ref::Frame(frame) => self.pick(frame, args, span),
            _ => {
                let report =
                    Report::error(Code::J241, base.span, "only tables and lists are asked with `[…]`");
                self.reports.push(report.help("parts of texts: `before`, `after`, `part`, `cut`, `tail`"));
                None
            }
        }
    }

    /// `list[COND]`, `list[N]`, `list[KEY]`
    fn pick(&mut self, mut frame: Frame, args: &'t [tree::Expr], span: Span) -> Option<Ref> {
        let names = self.names;
        let [arg] = args else {
            self.error(Code::J238, span, "a list is asked with one condition, key or number");
            return None;
        };
        let inner =
            Frame { var: frame.var, object: frame.object, prefix: frame.prefix.clone(), picks: vec![] };
        let (list, object, parent) = self.list_of(inner, span)?;
        let var = self.variable("element", object, parent);
        let shape = names.source.shape(object);
        let mut position = None;
        let mut when = None;
        let number = match &arg.kind {
            tree::ExprKind::Number(n) => n.parse::<u32>().ok(),
            _ => None,
        };
        if let (Some(number), None) = (number, shape.key) {
            position = Some(number);
        } else {
            // Fields of the elements can be named alone in a condition, not in a key.
            let open = shape.key.is_none() || is_condition(arg);
            if open {
                self.scope.push(Binding { name: String::new(), span: arg.span, what: Bound::Open(var) });
            }
            self.bound.push(var);
            let condition = self.expr(arg);
            self.bound.pop();
            if open {
                self.scope.pop();
            }
            let condition = condition?;
            when = Some(if condition.ty.kind == Kind::Bool && !condition.ty.optional {
                condition
            } else if let Some(key) = shape.key {
                let key =
                    Frame { var: Some(var), object, prefix: shape.fields[key].path.clone(), picks: vec![] };
                let key = self.read(key, arg.span)?;
                self.compare(Cmp::Eq, key, condition, arg.span, span)?
            } else {
                let report = Report::error(Code::J203, arg.span, "a condition or a number was expected");
                let help =
                    "write `list[code == \"…\"]`, or mark the field that identifies an element with `key`";
                self.reports.push(report.help(help));
                return None;
            });
        }
        frame.picks.push(Pick { var, list, when, position });
        Some(Ref::Frame(Frame { var: Some(var), object, prefix: String::new(), picks: frame.picks }))
    }

    /// The value a reference stands for.
    fn value_of(&mut self, found: Ref, span: Span) -> Option<Expr> {
        match found {
            Ref::Value(value) => Some(value),
            Ref::Frame(frame) => self.read(frame, span),
            Ref::Row { table, .. } => {
                let table = &self.names.tables[table];
                let columns: Vec<String> = table.columns.iter().map(|c| format!("`.{}`", c.name)).collect();
                let report =
                    Report::error(Code::J241, span, format!("a row of `{}` is no value", table.name));
                self.reports.push(report.help(format!("name one of its columns: {}", columns.join(", "))));
                None
            }
            Ref::Table(table) => {
                let table = &self.names.tables[table];
                let report =
                    Report::error(Code::J241, span, format!("`{}` is a table, not a value", table.name));
                self.reports.push(report.help(format!("ask it for a row: `{}[key].column`", table.name)));
                None
            }
            Ref::Root(root) => {
                let report = Report::error(Code::J241, span, format!("`{root}` is no value by itself"));
                let help = match root {
                    "line" => "there is `line.number` and `line.count`",
                    "item" => "there is `item.number`",
                    "document" => "there is `document.key`",
                    "run" => "there is `run.id` and `run.time`",
                    "input" => "there is `input.name`",
                    _ => "there is `part.balance`, `part.number` and `part.count`",
                };
                self.reports.push(report.help(help));
                None
            }
        }
    }

    fn negative(&mut self, a: &'t tree::Expr, span: Span) -> Option<Expr> {
        let a = self.expr(a)?;
        let a = self.operand(a, "-")?;
        if let ExprKind::Const(Const::Decimal(number)) = a.kind {
            return Some(kinds::number(number.neg(), span));
        }
        if !matches!(a.ty.kind, Kind::Decimal { .. } | Kind::Money(_)) {
            let message = format!("`-` is for numbers and money, this is {}", a.ty.describe());
            self.error(Code::J203, a.span, message);
            return None;
        }
        let ty = a.ty.clone();
        Some(Expr { kind: ExprKind::Neg(Box::new(a)), ty, span })
    }

    /// An operand that must be there.
    pub(super) fn operand(&mut self, a: Expr, operator: &str) -> Option<Expr> {
        if !a.ty.optional {
            return Some(a);
        }
        let message = format!("`{operator}` with a value that may be missing");
        let report = Report::error(Code::J226, a.span, message).here(a.ty.describe());
        let help = match a.ty.kind {
            Kind::Decimal { .. } => "say what holds then: `(x or 0)`, or `x | require`",
            Kind::Text { .. } => "say what holds then: `(x or \"…\")`, or `x | require`",
            _ => "say what holds then: `(x or …)`, or `x | require`",
        };
        self.reports.push(report.help(help));
        None
    }

    fn binary(
        &mut self,
        op: BinOp,
        a: &'t tree::Expr,
        b: &'t tree::Expr,
        at: Span,
        span: Span,
        tail: bool,
    ) -> Option<Expr> {
        let bool = |kind| Some(Expr { kind, ty: Type::sure(Kind::Bool), span });
        match op {
            BinOp::Or => self.or(a, b, span, tail),
            BinOp::And => {
                let (a, b) = (self.condition(a), self.condition(b));
                bool(ExprKind::And(Box::new(a?), Box::new(b?)))
            }
            BinOp::In => self.one_of(a, b, span),
            BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => {
                let (a, b) = (self.expr(a), self.expr(b));
                self.compare(comparison(op), a?, b?, at, span)
            }
            BinOp::Add | BinOp::Sub | BinOp::Mul => {
                let (a, b) = (self.expr(a), self.expr(b));
                self.arithmetic(op, a?, b?, at, span)
            }
            BinOp::Join => {
                let mut parts = vec![];
                let (a, b) = (self.joined(a, &mut parts), self.joined(b, &mut parts));
                a?;
                b?;
                Some(kinds::concat(parts, span))
            }
        }
    }

    /// One side of `++`, flattened.
    fn joined(&mut self, e: &'t tree::Expr, parts: &mut Vec<Expr>) -> Option<()> {
        let typed = self.expr(e)?;
        let typed = self.operand(typed, "++")?;
        let help = match &typed.ty.kind {
            Kind::Text { .. } | Kind::Enum(_) | Kind::Currency | Kind::Decimal { .. } | Kind::Date => {
                match typed.kind {
                    ExprKind::Concat(inner) => parts.extend(inner),
                    _ => parts.push(typed),
                }
                return Some(());
            }
            Kind::Money(_) => "take `amount_of(x)` or `currency_of(x)`",
            Kind::Time => "take `date_of(x)`",
            Kind::Bool | Kind::Never => "write `x ? \"yes\" : \"no\"`",
        };
        let message = format!("`++` joins texts, numbers and dates, this is {}", typed.ty.describe());
        self.reports.push(Report::error(Code::J203, typed.span, message).help(help));
        None
    }

    fn or(&mut self, a: &'t tree::Expr, b: &'t tree::Expr, span: Span, tail: bool) -> Option<Expr> {
        let first = self.expr(a);
        if let Some(first) = &first
            && first.ty.kind == Kind::Bool
            && !first.ty.optional
        {
            let first = first.clone();
            let second = self.condition(b)?;
            let kind = ExprKind::Or(Box::new(first), Box::new(second));
            return Some(Expr { kind, ty: Type::sure(Kind::Bool), span });
        }
        let second = self.value(b, tail);
        let (first, mut second) = (first?, second?);
        if let (Kind::Money(_), ExprKind::Const(Const::Decimal(number))) = (&first.ty.kind, &second.kind)
            && number.is_zero()
            && let Some(currency) = self.currency_of(&first)
        {
            second = self.zero(second, currency)?;
        }
        if !first.ty.optional {
            let report = Report::warning(Code::J225, b.span, "this default is never taken");
            let report = report.and(first.span, format!("this is {} and never none", first.ty.describe()));
            let help = match first.kind {
                ExprKind::Lookup { .. } => {
                    "a row that is missing rejects: write `table[key]?.column` to have a default"
                }
                _ => "remove `or …`, or declare the field with `?`",
            };
            self.never_none(report.help(help));
        }
        let mut ty = self.either(&first, &second)?;
        // A word of the enum adds nothing to it.
        if let (Kind::Enum(words), Some(word)) = (&first.ty.kind, kinds::constant_text(&second))
            && words.iter().any(|w| w == word)
        {
            ty.kind = first.ty.kind.clone();
        }
        ty.optional = second.ty.optional;
        Some(Expr { kind: ExprKind::Default(Box::new(first), Box::new(second)), ty, span })
    }

    /// The expression of a money's currency, where it is known although there may be no money.
    fn currency_of(&self, money: &Expr) -> Option<Expr> {
        match &money.kind {
            ExprKind::Money { currency, .. } => Some((**currency).clone()),
            ExprKind::Neg(a) | ExprKind::Require(a) | ExprKind::Default(a, _) => self.currency_of(a),
            ExprKind::Let(number) => self.currency_of(&self.lets[usize::from(number.0)].value),
            _ => None,
        }
    }

    /// No money, in a currency: what `x or 0` gives for money.
    fn zero(&mut self, zero: Expr, currency: Expr) -> Option<Expr> {
        let span = zero.span;
        let function = crate::func::find("money")?;
        self.registry(function, vec![zero, currency], span, span)
    }

    /// The type of a value that is one or the other.
    pub(super) fn either(&mut self, a: &Expr, b: &Expr) -> Option<Type> {
        match kinds::unify(&a.ty.kind, &b.ty.kind) {
            Some(kind) => Some(Type { kind, optional: a.ty.optional || b.ty.optional }),
            None => {
                let message = format!("one way gives {}, the other {}", a.ty.describe(), b.ty.describe());
                let report = Report::error(Code::J203, b.span, message).here(b.ty.describe());
                let report = report.and(a.span, a.ty.describe());
                self.reports.push(report.help("make both the same type"));
                None
            }
        }
    }

    fn one_of(&mut self, a: &'t tree::Expr, b: &'t tree::Expr, span: Span) -> Option<Expr> {
        let tree::ExprKind::List(items) = &b.kind else {
            let Some(Ref::Table(table)) = self.reference(b) else {
                let report = Report::error(
                    Code::J203,
                    b.span,
                    "after `in` a list of constants or a table was expected",
                );
                self.reports.push(report.help("write `x in [\"a\", \"b\"]` or `x in table`"));
                return None;
            };
            let keys: Vec<&tree::Expr> = match &a.kind {
                tree::ExprKind::List(parts) => parts.iter().collect(),
                _ => vec![a],
            };
            let keys = self.keys(table, &keys, false, span)?;
            return Some(Expr {
                kind: ExprKind::Has { table: table as u16, keys },
                ty: Type::sure(Kind::Bool),
                span,
            });
        };
        let value = self.expr(a)?;
        let mut constants = vec![];
        for item in items {
            let typed = self.expr(item)?;
            let ExprKind::Const(constant) = &typed.kind else {
                let report = Report::error(Code::J244, item.span, "a constant was expected in the list");
                self.reports.push(report.help("compare with `==` and `or`"));
                return None;
            };
            constants.push(constant.clone());
            self.comparable(Cmp::Eq, &value, &typed, item.span)?;
        }
        Some(Expr { kind: ExprKind::OneOf(Box::new(value), constants), ty: Type::sure(Kind::Bool), span })
    }

    /// A comparison; `at` is the operator.
    pub(super) fn compare(&mut self, op: Cmp, a: Expr, b: Expr, at: Span, span: Span) -> Option<Expr> {
        self.comparable(op, &a, &b, at)?;
        let kind = ExprKind::Compare(op, Box::new(a), Box::new(b));
        Some(Expr { kind, ty: Type::sure(Kind::Bool), span })
    }

    fn comparable(&mut self, op: Cmp, a: &Expr, b: &Expr, at: Span) -> Option<()> {
        for (one, other) in [(a, b), (b, a)] {
            if matches!(one.kind, ExprKind::Const(Const::None)) && !other.ty.optional {
                let report = Report::warning(Code::J225, at, "this is never none");
                let report = report.and(other.span, other.ty.describe());
                self.never_none(report.help("remove the comparison, or declare the field with `?`"));
            }
        }
        let ordered = !matches!(op, Cmp::Eq | Cmp::Ne);
        if ordered {
            for side in [a, b] {
                self.operand(side.clone(), comparison_sign(op))?;
            }
        }
        match kinds::comparable(a, b, ordered) {
            Ok(()) => {}
            Err(Side::Kinds) => {
                let message = format!("{} cannot be compared with {}", a.ty.describe(), b.ty.describe());
                let report = Report::error(Code::J203, at, message)
                    .and(a.span, a.ty.describe())
                    .and(b.span, b.ty.describe());
                self.reports.push(report.help(kinds::comparison_help(&a.ty.kind, &b.ty.kind)));
                return None;
            }
            Err(Side::Currencies(x, y)) => {
                let report =
                    Report::error(Code::J227, at, format!("money in {x} is compared with money in {y}"));
                let report = report.and(a.span, x).and(b.span, y);
                self.reports.push(report.help("compare their amounts: `amount_of(x)`"));
                return None;
            }
            Err(Side::Word(word, words)) => {
                let span = if matches!(a.kind, ExprKind::Const(_)) { a.span } else { b.span };
                let other = if matches!(a.kind, ExprKind::Const(_)) { b.span } else { a.span };
                let all: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
                let report =
                    Report::error(Code::J208, span, format!("\"{word}\" is none of the declared words"));
                let report =
                    report.and(other, all.join(" | ")).help(format!("it is one of {}", all.join(", ")));
                self.reports.push(report.did_you_mean(near(&word, words.iter().map(String::as_str))));
                return None;
            }
            Err(Side::Currency(text, span)) => {
                currency_is_known(&text, span, &mut self.reports)?;
            }
        }
        Some(())
    }

    fn arithmetic(&mut self, op: BinOp, a: Expr, b: Expr, at: Span, span: Span) -> Option<Expr> {
        let sign = match op {
            BinOp::Add => "+",
            BinOp::Sub => "-",
            _ => "*",
        };
        let (a, b) = (self.operand(a, sign), self.operand(b, sign));
        let (a, b) = (a?, b?);
        let kind = match (op, &a.ty.kind, &b.ty.kind) {
            (_, Kind::Decimal { int: x }, Kind::Decimal { int: y }) => Kind::Decimal { int: *x && *y },
            (BinOp::Add | BinOp::Sub, Kind::Money(x), Kind::Money(y)) => {
                if let (CurrencyRef::Literal(x), CurrencyRef::Literal(y)) = (x, y)
                    && x != y
                {
                    let report =
                        Report::error(Code::J227, at, format!("`{sign}` of money in {x} and money in {y}"));
                    let report = report.and(a.span, x.clone()).and(b.span, y.clone());
                    self.reports
                        .push(report.help("convert one of them first: `money(amount_of(x) * rate, \"…\")`"));
                    return None;
                }
                Kind::Money(if x == y { x.clone() } else { CurrencyRef::Unknown })
            }
            (BinOp::Add | BinOp::Sub, Kind::Date, Kind::Decimal { int: true }) => Kind::Date,
            (BinOp::Mul, Kind::Money(x), Kind::Decimal { .. })
            | (BinOp::Mul, Kind::Decimal { .. }, Kind::Money(x)) => Kind::Money(x.clone()),
            (_, x, y) => {
                let message = format!("`{sign}` of {} and {}", x.describe(), y.describe());
                let report = Report::error(Code::J203, at, message)
                    .and(a.span, x.describe())
                    .and(b.span, y.describe());
                self.reports.push(report.help(kinds::arithmetic_help(x, y)));
                return None;
            }
        };
        let (a, b) = (Box::new(a), Box::new(b));
        let value = match op {
            BinOp::Add => ExprKind::Add(a, b),
            BinOp::Sub => ExprKind::Sub(a, b),
            _ => ExprKind::Mul(a, b),
        };
        Some(Expr { kind: value, ty: Type::sure(kind), span })
    }
}

/// Whether an expression is a condition by its looks.
fn is_condition(e: &tree::Expr) -> bool {
    use BinOp::{And, Eq, Ge, Gt, In, Le, Lt, Ne, Or};
    match &e.kind {
        tree::ExprKind::Not(_) => true,
        tree::ExprKind::Binary(op, ..) => matches!(op, And | Eq | Ge | Gt | In | Le | Lt | Ne | Or),
        _ => false,
    }
}

fn comparison(op: BinOp) -> Cmp {
    match op {
        BinOp::Ne => Cmp::Ne,
        BinOp::Lt => Cmp::Lt,
        BinOp::Le => Cmp::Le,
        BinOp::Gt => Cmp::Gt,
        BinOp::Ge => Cmp::Ge,
        _ => Cmp::Eq,
    }
}

fn comparison_sign(op: Cmp) -> &'static str {
    match op {
        Cmp::Eq => "==",
        Cmp::Ne => "!=",
        Cmp::Lt => "<",
        Cmp::Le => "<=",
        Cmp::Gt => ">",
        Cmp::Ge => ">=",
    }
}
