//! Typed expressions → nodes.

use super::{Generator, ListRef, MoneyColumn, Node, NodeId, Pool};
use crate::check::{self, AROUND, Const, Expr, ExprKind, LetId, List, VarId};
use crate::data::Value;
use crate::diag::Span;
use crate::json::{Decode, ObjectId, Schema};
use std::collections::HashMap;

/// Lowers the expressions of one mapping.
pub(super) struct Values<'m> {
    pub(super) pool: Pool,
    pub(super) nodes: Vec<Node>,
    pub(super) spans: Vec<Span>,
    schema: &'m Schema,
    document: Option<&'m check::Document>,
    memos: Vec<Option<NodeId>>,
    /// Money fields of this document, by variable and cell: each is computed once for a frame.
    moneys: HashMap<(u16, u16), NodeId>,
    /// Where they are kept. Variables that go through the same frames share what is kept.
    money_columns: HashMap<MoneySource, u16>,
    columns: usize,
}

impl<'m> Values<'m> {
    pub(super) fn new(schema: &'m Schema) -> Values<'m> {
        Values {
            pool: Pool::default(),
            nodes: vec![],
            spans: vec![],
            schema,
            document: None,
            memos: vec![],
            moneys: HashMap::new(),
            money_columns: HashMap::new(),
            columns: 0,
        }
    }

    /// From here on expressions are of this document (or of the message header: `None`).
    pub(super) fn enter(&mut self, document: Option<&'m check::Document>) {
        self.document = document;
        self.memos = vec![None; document.map_or(0, |d| d.lets.len())];
        self.moneys.clear();
        self.money_columns.clear();
        self.columns = 0;
    }

    /// Memo columns used since `enter`.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Columns of kept money used since `enter`.
    pub(super) fn money_columns(&self) -> usize {
        self.money_columns.len()
    }

    pub(super) fn add(&mut self, node: Node, span: Span) -> NodeId {
        self.nodes.push(node);
        self.spans.push(span);
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// All of these hold.
    pub(super) fn all(&mut self, conditions: &[NodeId]) -> Option<NodeId> {
        let (first, rest) = conditions.split_first()?;
        let mut all = *first;
        for next in rest {
            let span = self.spans[next.0 as usize];
            all = self.add(Node::And(all, *next), span);
        }
        Some(all)
    }

    pub(super) fn generators(&self, list: &[check::Generator]) -> Vec<Generator> {
        list.iter().map(|g| Generator { var: g.var.0, list: self.list(g.list) }).collect()
    }

    fn list(&self, list: List) -> ListRef {
        match list {
            List::Lines => ListRef::Lines,
            List::Cell { var, cell } => ListRef::Cell { var: var.0, object: self.object(var).0, cell },
        }
    }

    fn object(&self, var: VarId) -> ObjectId {
        self.document.map_or(ObjectId(0), |d| d.vars[usize::from(var.0)].object)
    }

    pub(super) fn constant(&mut self, constant: &Const) -> Value {
        match constant {
            Const::None => Value::None,
            Const::Text(text) => Value::Text(self.pool.text(text)),
            Const::Decimal(d) => Value::Decimal(*d),
            Const::Bool(b) => Value::Bool(*b),
        }
    }

    pub(super) fn many(&mut self, list: &'m [Expr]) -> Vec<NodeId> {
        list.iter().map(|e| self.lower(e)).collect()
    }

    pub(super) fn maybe(&mut self, expr: Option<&'m Expr>) -> Option<NodeId> {
        expr.map(|e| self.lower(e))
    }

    pub(super) fn lower(&mut self, expr: &'m Expr) -> NodeId {
        let node = match &expr.kind {
            ExprKind::Let(id) => return self.memo(*id),
            ExprKind::Field { var, cell } => self.field(*var, *cell),
            ExprKind::Money { var, cell, currency } => {
                return self.money_once(*var, *cell, currency, expr.span);
            }
            ExprKind::Const(c) => Node::Const(self.constant(c)),
            ExprKind::Omit => Node::Const(Value::None),
            ExprKind::Param(p) => Node::Param(*p),
            ExprKind::Builtin(b) => Node::Builtin(*b),
            ExprKind::Lookup { table, keys, column, optional } => {
                Node::Lookup { table: *table, keys: self.many(keys), column: *column, optional: *optional }
            }
            ExprKind::Has { table, keys } => Node::Has { table: *table, keys: self.many(keys) },
            ExprKind::Pick { var, list, when, position, value } => {
                let when = self.maybe(when.as_deref());
                let value = self.lower(value);
                Node::Pick { var: var.0, list: self.list(*list), when, position: *position, value }
            }
            ExprKind::Call { function, args } => Node::Call { function, args: self.many(args) },
            ExprKind::Aggregate { op, generators, when, arg, extra } => {
                let when = self.maybe(when.as_deref());
                let arg = self.maybe(arg.as_deref());
                let extra = self.maybe(extra.as_deref());
                Node::Aggregate { op: *op, generators: self.generators(generators), when, arg, extra }
            }
            ExprKind::Not(a) => Node::Not(self.lower(a)),
            ExprKind::Neg(a) => Node::Neg(self.lower(a)),
            ExprKind::Concat(parts) => Node::Concat(self.many(parts)),
            ExprKind::OneOf(a, list) => {
                let a = self.lower(a);
                Node::OneOf(a, list.iter().map(|c| self.constant(c)).collect())
            }
            ExprKind::If(c, a, b) => Node::If(self.lower(c), self.lower(a), self.lower(b)),
            ExprKind::Match(value, arms) => {
                let value = self.lower(value);
                Node::Match(value, arms.iter().map(|(p, e)| (p.clone(), self.lower(e))).collect())
            }
            ExprKind::Reject(reason) => Node::Reject(reason.clone()),
            ExprKind::Require(value) => {
                Node::Require { name: describe(self, value), value: self.lower(value) }
            }
            _ => self.binary(&expr.kind),
        };
        self.add(node, expr.span)
    }

    fn binary(&mut self, kind: &'m ExprKind) -> Node {
        match kind {
            ExprKind::And(a, b) => Node::And(self.lower(a), self.lower(b)),
            ExprKind::Or(a, b) => Node::Or(self.lower(a), self.lower(b)),
            ExprKind::Default(a, b) => Node::Default(self.lower(a), self.lower(b)),
            ExprKind::Compare(check::Cmp::Eq, a, b) if matches!(b.kind, ExprKind::Const(Const::None)) => {
                Node::IsNone(self.lower(a))
            }
            ExprKind::Compare(op, a, b) => Node::Compare(*op, self.lower(a), self.lower(b)),
            ExprKind::Add(a, b) => Node::Add(self.lower(a), self.lower(b)),
            ExprKind::Sub(a, b) => Node::Sub(self.lower(a), self.lower(b)),
            ExprKind::Mul(a, b) => Node::Mul(self.lower(a), self.lower(b)),
            _ => Node::Const(Value::None),
        }
    }

    fn field(&self, var: VarId, cell: u16) -> Node {
        if var == AROUND {
            Node::Around { cell }
        } else {
            Node::Field { object: self.object(var).0, var: var.0, cell }
        }
    }

    /// A money field is asked for by sums, amounts and signs: it is computed once for each frame where that is safe.
    fn money_once(&mut self, var: VarId, cell: u16, currency: &'m Expr, span: Span) -> NodeId {
        if let Some(known) = self.moneys.get(&(var.0, cell)) {
            return *known;
        }
        let money = self.money(var, cell, currency, span);
        let value = self.add(money, span);
        if var == AROUND || !self.document.is_some_and(|d| self.one_frame_tells_all(d, var)) {
            return value;
        }
        let next = self.money_columns.len() as u16;
        let source = self.money_source(var, cell, currency);
        let column = *self.money_columns.entry(source).or_insert(next);
        let kept = self.add(Node::KeptMoney(MoneyColumn { column, var: var.0, value }), span);
        self.moneys.insert((var.0, cell), kept);
        kept
    }

    /// What the money of a frame is computed from, whatever the variable is called that is bound to it.
    fn money_source(&self, var: VarId, cell: u16, currency: &Expr) -> MoneySource {
        let currency = match currency.kind {
            ExprKind::Field { var, cell } if var != AROUND => Ok((self.object(var), cell)),
            _ => Err(var),
        };
        (self.object(var), cell, currency)
    }

    fn money(&mut self, var: VarId, cell: u16, currency: &'m Expr, span: Span) -> Node {
        let object = if var == AROUND { self.schema.around.unwrap_or(ObjectId(0)) } else { self.object(var) };
        let (minor, round) = match self.schema.objects[usize::from(object.0)].leaves[usize::from(cell)].decode
        {
            Decode::Money { minor, round, .. } => (minor, round),
            _ => (false, None),
        };
        let field = self.field(var, cell);
        let amount = self.add(field, span);
        Node::Money { amount, currency: self.lower(currency), minor, round }
    }

    /// A `let` is computed once for each frame of its variable where that is safe, else each time.
    fn memo(&mut self, id: LetId) -> NodeId {
        if let Some(known) = self.memos[usize::from(id.0)] {
            return known;
        }
        let document = self.document.expect("the checker resolved the let in this document");
        let item = &document.lets[usize::from(id.0)];
        let value = self.lower(&item.value);
        let plain = matches!(
            self.nodes[value.0 as usize],
            Node::Const(_) | Node::Field { .. } | Node::KeptMoney(_) | Node::Param(_)
        );
        let node = if plain
            || !self.one_frame_tells_all(document, item.level)
            || positional(&item.value, document)
        {
            value
        } else {
            let column = self.columns as u16;
            self.columns += 1;
            self.add(Node::Memo { column, var: item.level.0, value }, item.span)
        };
        self.memos[usize::from(id.0)] = Some(node);
        node
    }

    /// Whether the frame of a variable determines the frames of all variables outside it (each list lies in the frame before).
    fn one_frame_tells_all(&self, document: &check::Document, var: VarId) -> bool {
        let objects = &self.schema.objects;
        let vars = &document.vars;
        let item = &vars[usize::from(var.0)];
        let chain: Vec<VarId> = item.outer.iter().copied().chain([var]).collect();
        chain.windows(2).all(|pair| {
            let inner = vars[usize::from(pair[1].0)].object;
            objects[usize::from(inner.0)].parent == Some(vars[usize::from(pair[0].0)].object)
        })
    }
}

/// A money field, and the field its currency is in; the variable where that is no field of the records.
type MoneySource = (ObjectId, u16, Result<(ObjectId, u16), VarId>);

/// Whether a value depends on more than frames: the number of the line or the part. Lets in it are looked into.
fn positional(expr: &Expr, document: &check::Document) -> bool {
    use check::Builtin::{ItemNumber, LineNumber, PartBalance, PartCount, PartNumber};
    let mut found = false;
    let mut lets = vec![];
    walk(expr, &mut |e| match &e.kind {
        ExprKind::Builtin(ItemNumber | LineNumber | PartBalance | PartCount | PartNumber) => found = true,
        ExprKind::Let(id) => lets.push(*id),
        _ => {}
    });
    found || lets.into_iter().any(|id| positional(&document.lets[usize::from(id.0)].value, document))
}

/// Visits an expression and everything in it.
pub(super) fn walk<'m>(expr: &'m Expr, visit: &mut dyn FnMut(&'m Expr)) {
    visit(expr);
    match &expr.kind {
        ExprKind::Money { currency, .. } => walk(currency, visit),
        ExprKind::Lookup { keys, .. } | ExprKind::Has { keys, .. } => {
            keys.iter().for_each(|k| walk(k, visit))
        }
        ExprKind::Pick { when, value, .. } => {
            if let Some(w) = when {
                walk(w, visit);
            }
            walk(value, visit);
        }
        ExprKind::Call { args, .. } | ExprKind::Concat(args) => args.iter().for_each(|a| walk(a, visit)),
        ExprKind::Aggregate { when, arg, extra, .. } => {
            [when, arg, extra].into_iter().flatten().for_each(|e| walk(e, visit));
        }
        ExprKind::Not(a) | ExprKind::Neg(a) | ExprKind::Require(a) | ExprKind::OneOf(a, _) => walk(a, visit),
        ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Default(a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::Add(a, b)
        | ExprKind::Sub(a, b)
        | ExprKind::Mul(a, b) => {
            walk(a, visit);
            walk(b, visit);
        }
        ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|e| walk(e, visit)),
        ExprKind::Match(a, arms) => {
            walk(a, visit);
            arms.iter().for_each(|(_, e)| walk(e, visit));
        }
        ExprKind::Const(_)
        | ExprKind::Field { .. }
        | ExprKind::Param(_)
        | ExprKind::Let(_)
        | ExprKind::Builtin(_)
        | ExprKind::Omit
        | ExprKind::Reject(_) => {}
    }
}

/// A short name of a value for messages: the field's name where it is one.
fn describe(values: &Values<'_>, expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Field { var, cell } | ExprKind::Money { var, cell, .. } => {
            let object = if *var == AROUND {
                values.schema.around.unwrap_or(ObjectId(0))
            } else {
                values.object(*var)
            };
            values.schema.objects[usize::from(object.0)].leaves[usize::from(*cell)].name.clone()
        }
        ExprKind::Call { args, .. } if !args.is_empty() => describe(values, &args[0]),
        ExprKind::Let(id) => {
            values.document.map_or(String::new(), |d| d.lets[usize::from(id.0)].name.clone())
        }
        _ => "the value".to_owned(),
    }
}
