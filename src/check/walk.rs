//! Walks through typed expressions.

use super::model::{AROUND, Builtin, Expr, ExprKind, Generator, Let, List, RECORD, Var, VarId};

/// Visits an expression and everything in it, outer first.
pub(super) fn each<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    visit(expr);
    each_part(expr, &mut |part| each(part, visit));
}

/// Visits the expressions an expression is made of.
fn each_part<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr)) {
    match &expr.kind {
        ExprKind::Money { currency: a, .. }
        | ExprKind::Not(a)
        | ExprKind::Neg(a)
        | ExprKind::Require(a)
        | ExprKind::OneOf(a, _) => visit(a),
        ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Default(a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::Add(a, b)
        | ExprKind::Sub(a, b)
        | ExprKind::Mul(a, b) => [a, b].into_iter().for_each(|e| visit(e)),
        ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|e| visit(e)),
        ExprKind::Lookup { keys: list, .. }
        | ExprKind::Has { keys: list, .. }
        | ExprKind::Call { args: list, .. }
        | ExprKind::Concat(list) => list.iter().for_each(visit),
        ExprKind::Pick { when, value, .. } => when.iter().chain([value]).for_each(|e| visit(e)),
        ExprKind::Aggregate { when, arg, extra, .. } => {
            [when, arg, extra].into_iter().flatten().for_each(|e| visit(e));
        }
        ExprKind::Match(by, arms) => {
            visit(by);
            arms.iter().for_each(|(_, e)| visit(e));
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

/// How many parts an expression has.
pub(super) fn size(expr: &Expr) -> usize {
    let mut parts = 0;
    each(expr, &mut |_| parts += 1);
    parts
}

/// How deep an expression is nested; `limit + 1` when deeper than that.
pub(super) fn depth(expr: &Expr, limit: usize) -> usize {
    let Some(below) = limit.checked_sub(1) else { return 1 };
    let mut deepest = 0;
    each_part(expr, &mut |part| deepest = deepest.max(depth(part, below)));
    deepest + 1
}

/// How deep a value is nested when its `let`s are looked into, whose depths are known.
pub(super) fn depth_through(expr: &Expr, lets: &[usize]) -> usize {
    let mut deepest = match &expr.kind {
        ExprKind::Let(number) => lets[usize::from(number.0)],
        _ => 0,
    };
    each_part(expr, &mut |part| deepest = deepest.max(depth_through(part, lets)));
    deepest + 1
}

/// Whether an expression depends on the number of the line.
pub(super) fn numbered(expr: &Expr) -> bool {
    let mut found = false;
    each(expr, &mut |e| {
        found |= matches!(e.kind, ExprKind::Builtin(Builtin::LineNumber | Builtin::ItemNumber))
    });
    found
}

/// The innermost variable an expression depends on.
pub(super) fn innermost(expr: &Expr, vars: &[Var], lets: &[Let]) -> VarId {
    let mut free: Vec<VarId> = vec![];
    let mut own: Vec<VarId> = vec![];
    let in_list = |list: &List| match list {
        List::Lines => None,
        List::Cell { var, .. } => Some(*var),
    };
    each(expr, &mut |e| match &e.kind {
        ExprKind::Field { var, .. } | ExprKind::Money { var, .. } => free.push(*var),
        ExprKind::Let(number) => free.push(lets[usize::from(number.0)].level),
        ExprKind::Pick { var, list, .. } => {
            own.push(*var);
            free.extend(in_list(list));
        }
        ExprKind::Aggregate { generators, .. } => {
            own.extend(generators.iter().map(|g: &Generator| g.var));
            free.extend(generators.iter().filter_map(|g| in_list(&g.list)));
        }
        _ => {}
    });
    let depth = |var: &VarId| if *var == RECORD { 0 } else { 1 + vars[usize::from(var.0)].outer.len() };
    free.into_iter().filter(|v| *v != AROUND && !own.contains(v)).max_by_key(depth).unwrap_or(RECORD)
}
