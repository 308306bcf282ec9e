//! A model in short, for tests.

use crate::check::{
    Action, Agg, Const, Content, Document, Element, Expr, ExprKind, Generator, List, Model, Stmt, VarId,
};

/// The documents of a model in short.
pub(super) fn show(model: &Model) -> String {
    let mut out = String::new();
    for document in &model.documents {
        let show = Show { model, document };
        let key: Vec<String> = document.key.iter().map(|k| show.expr(k)).collect();
        out += &format!("{:?} key {}\n", document.from, key.join(", "));
        for (i, l) in document.lets.iter().enumerate() {
            out += &format!(
                "  let {i} {} at {} = {}: {}\n",
                l.name,
                show.var(l.level),
                show.expr(&l.value),
                l.value.ty.describe()
            );
        }
        for s in document.header.iter().chain(&document.body) {
            show.stmt(s, 1, &mut out);
        }
    }
    out
}

struct Show<'m> {
    model: &'m Model,
    document: &'m Document,
}

impl Show<'_> {
    fn var(&self, var: VarId) -> String {
        self.document
            .vars
            .get(usize::from(var.0))
            .map_or("around".into(), |v| format!("{}#{}", v.name, var.0))
    }

    fn cell(&self, var: VarId, cell: u16) -> String {
        let object =
            self.document.vars.get(usize::from(var.0)).map(|v| v.object).or(self.model.schema.around);
        let leaf = &self.model.schema.objects[usize::from(object.expect("the variable is known").0)].leaves
            [usize::from(cell)];
        format!("{}.{}", self.var(var), leaf.name)
    }

    fn generators(&self, list: &[Generator]) -> String {
        let one = |g: &Generator| match g.list {
            List::Lines => format!("{} in lines", self.var(g.var)),
            List::Cell { var, cell } => format!("{} in {}", self.var(g.var), self.cell(var, cell)),
        };
        list.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn stmt(&self, s: &Stmt, depth: usize, out: &mut String) {
        let pad = "  ".repeat(depth);
        match s {
            Stmt::Reject { reason, when, note, .. } => {
                let note: Vec<String> = note.iter().map(|n| self.expr(n)).collect();
                *out += &format!("{pad}reject {reason:?} when {} note {}\n", self.expr(when), note.join(" "));
            }
            Stmt::Drop { reason, when, .. } => {
                *out += &format!("{pad}drop {reason:?} when {}\n", self.expr(when))
            }
            Stmt::Element(e) => self.element(e, depth, out),
            Stmt::If { cond, then, otherwise, .. } => {
                *out += &format!("{pad}if {}\n", self.expr(cond));
                then.iter().for_each(|s| self.stmt(s, depth + 1, out));
                *out += &format!("{pad}else\n");
                otherwise.iter().for_each(|s| self.stmt(s, depth + 1, out));
            }
            Stmt::For { generators, when, body, .. } => {
                let when = when.as_ref().map_or(String::new(), |w| format!(" when {}", self.expr(w)));
                *out += &format!("{pad}for {}{when}\n", self.generators(generators));
                body.iter().for_each(|s| self.stmt(s, depth + 1, out));
            }
            Stmt::Route { by, arms, .. } => {
                *out += &format!("{pad}route {}\n", self.expr(by));
                for arm in arms {
                    *out += &format!("{pad}  {:?}\n", arm.patterns);
                    match &arm.action {
                        Action::Body(body) => body.iter().for_each(|s| self.stmt(s, depth + 2, out)),
                        other => *out += &format!("{pad}    {other:?}\n"),
                    }
                }
            }
        }
    }

    fn element(&self, e: &Element, depth: usize, out: &mut String) {
        let pad = "  ".repeat(depth);
        let attributes: Vec<String> =
            e.attributes.iter().map(|(n, v)| format!("@{n}={}", self.expr(v))).collect();
        let tag = format!("{pad}{}{}", self.model.contract.tag(e.element), attributes.join(""));
        match &e.content {
            Content::Value(value) => *out += &format!("{tag} = {}\n", self.expr(value)),
            Content::Children(body) => {
                *out += &format!("{tag}\n");
                body.iter().for_each(|s| self.stmt(s, depth + 1, out));
            }
        }
    }

    fn expr(&self, e: &Expr) -> String {
        let list = |l: &[Expr]| l.iter().map(|e| self.expr(e)).collect::<Vec<_>>().join(", ");
        match &e.kind {
            ExprKind::Const(Const::Text(t)) => format!("{t:?}"),
            ExprKind::Const(Const::Decimal(d)) => d.to_string(),
            ExprKind::Const(c) => format!("{c:?}"),
            ExprKind::Field { var, cell } => self.cell(*var, *cell),
            ExprKind::Money { var, cell, currency } => {
                format!("{}[{}]", self.cell(*var, *cell), self.expr(currency))
            }
            ExprKind::Param(p) => format!("${}", self.model.params[usize::from(*p)].name),
            ExprKind::Let(l) => format!("let{}", l.0),
            ExprKind::Builtin(b) => format!("{b:?}"),
            ExprKind::Lookup { table, keys, column, optional } => {
                let name = &self.model.tables[usize::from(*table)].name;
                format!("{name}[{}]{}.{column}", list(keys), if *optional { "?" } else { "" })
            }
            ExprKind::Has { table, keys } => {
                format!("{} in {}", list(keys), self.model.tables[usize::from(*table)].name)
            }
            ExprKind::Pick { var, list, when, position, value } => {
                let generators = self.generators(&[Generator { var: *var, list: *list }]);
                let when = when.as_ref().map(|w| self.expr(w));
                format!("pick({generators} {when:?} {position:?} {})", self.expr(value))
            }
            ExprKind::Call { function, args } => format!("{}({})", function.name, list(args)),
            ExprKind::Aggregate { op, generators, when, arg, extra } => {
                let arg = arg.as_ref().map_or(String::new(), |a| self.expr(a));
                let when = when.as_ref().map_or(String::new(), |w| format!(" when {}", self.expr(w)));
                let extra = extra.as_ref().map_or(String::new(), |x| format!(" {}", self.expr(x)));
                let op: &Agg = op;
                format!("{op:?}({arg} for {}{when}{extra})", self.generators(generators))
            }
            ExprKind::Not(a) => format!("not {}", self.expr(a)),
            ExprKind::Neg(a) => format!("-{}", self.expr(a)),
            ExprKind::And(a, b) => format!("({} and {})", self.expr(a), self.expr(b)),
            ExprKind::Or(a, b) | ExprKind::Default(a, b) => format!("({} or {})", self.expr(a), self.expr(b)),
            ExprKind::Compare(op, a, b) => format!("({} {op:?} {})", self.expr(a), self.expr(b)),
            ExprKind::OneOf(a, of) => format!("{} in {of:?}", self.expr(a)),
            ExprKind::Add(a, b) => format!("({} + {})", self.expr(a), self.expr(b)),
            ExprKind::Sub(a, b) => format!("({} - {})", self.expr(a), self.expr(b)),
            ExprKind::Mul(a, b) => format!("({} * {})", self.expr(a), self.expr(b)),
            ExprKind::Concat(parts) => format!("join[{}]", list(parts)),
            ExprKind::If(c, a, b) => format!("({} ? {} : {})", self.expr(c), self.expr(a), self.expr(b)),
            ExprKind::Match(by, arms) => {
                let arms: Vec<String> =
                    arms.iter().map(|(p, e)| format!("{p:?} => {}", self.expr(e))).collect();
                format!("match {} {{ {} }}", self.expr(by), arms.join(", "))
            }
            ExprKind::Omit => "omit".into(),
            ExprKind::Reject(why) => format!("reject {why:?}"),
            ExprKind::Require(a) => format!("require({})", self.expr(a)),
        }
    }
}
