//! Expressions → tree: which operator binds tighter, and how deep a tree may be. It does not know types.

use super::grammar::Rule;
use super::parse::{Reader, block};
use super::tree::{BinOp, Expr, ExprKind, Pattern, Str};
use crate::diag::{Code, Report, Span};
use pest::iterators::{Pair, Pairs};
use pest::pratt_parser::{Assoc, Op, PrattParser};
use std::sync::LazyLock;

/// How deep the tree of an expression may be; a chain of operators is as deep as it is long.
pub(super) const EXPRESSION_DEPTH_MAX: usize = 128;

/// The operators, loosest first.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let infix = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(infix(Rule::kw_or))
        .op(infix(Rule::kw_and))
        .op(Op::prefix(Rule::kw_not))
        .op(infix(Rule::equal)
            | infix(Rule::unequal)
            | infix(Rule::below)
            | infix(Rule::at_most)
            | infix(Rule::above)
            | infix(Rule::at_least)
            | infix(Rule::kw_in))
        .op(infix(Rule::add) | infix(Rule::subtract))
        .op(infix(Rule::join))
        .op(infix(Rule::multiply))
        .op(Op::prefix(Rule::negate))
});

/// An expression on its way into the tree.
struct Built {
    expr: Expr,
    depth: usize,
    /// A comparison without brackets around it: it cannot be compared again.
    compares: bool,
    /// The second operator of a chained comparison.
    chained: Option<Span>,
}

impl Built {
    fn leaf(kind: ExprKind, span: Span) -> Built {
        Built { expr: Expr { kind, span }, depth: 1, compares: false, chained: None }
    }
    /// An expression above others; what is too deep is cut off here and reported at the whole.
    fn above(kind: ExprKind, span: Span, below: usize) -> Built {
        let kind = if below < EXPRESSION_DEPTH_MAX { kind } else { ExprKind::None };
        Built { depth: below + 1, ..Built::leaf(kind, span) }
    }
}

impl<'t> Reader<'t> {
    /// An expression.
    pub(super) fn expr(&mut self, pair: Pair<'t, Rule>) -> Expr {
        let written = pair.as_str();
        let built = self.built(pair);
        if built.depth > EXPRESSION_DEPTH_MAX {
            let message = format!("the expression is more than {EXPRESSION_DEPTH_MAX} operators deep");
            self.error(Code::J118, written, message, "take a part out into a `let`");
        }
        built.expr
    }

    /// The expressions directly in a rule.
    pub(super) fn exprs(&mut self, pair: Pair<'t, Rule>) -> Vec<Expr> {
        pair.into_inner().filter(|p| p.as_rule() == Rule::expr).map(|p| self.expr(p)).collect()
    }

    /// `c ? a : b`, from the right.
    fn built(&mut self, pair: Pair<'t, Rule>) -> Built {
        let mut parts = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::operation => parts.push(self.operation(part)),
                Rule::outcome => parts.extend(part.into_inner().next().map(|p| self.outcome(p))),
                _ => {}
            }
        }
        let mut result = parts.pop().expect("the rule `expr` starts with an operation");
        while let (Some(then), Some(cond)) = (parts.pop(), parts.pop()) {
            if let ExprKind::Omit | ExprKind::Reject(_) = cond.expr.kind {
                let report = Report::error(Code::J116, cond.expr.span, "a condition was expected before `?`");
                self.reports.push(report.help("put brackets around the inner `? :`"));
            }
            let depth = cond.depth.max(then.depth).max(result.depth);
            let span = cond.expr.span.to(result.expr.span);
            let kind = ExprKind::If(Box::new(cond.expr), Box::new(then.expr), Box::new(result.expr));
            result = Built::above(kind, span, depth);
        }
        result
    }

    /// `omit`, `reject "why"` or a value.
    fn outcome(&mut self, pair: Pair<'t, Rule>) -> Built {
        let span = self.span(pair.as_str());
        match pair.as_rule() {
            Rule::kw_omit => Built::leaf(ExprKind::Omit, span),
            Rule::reject_outcome => {
                let reason = self.strings(pair).next().unwrap_or(Str { text: String::new(), span });
                Built::leaf(ExprKind::Reject(reason), span)
            }
            Rule::operation => self.operation(pair),
            _ => self.built(pair),
        }
    }

    /// Operands and operators.
    fn operation(&mut self, pair: Pair<'t, Rule>) -> Built {
        let span = self.span(pair.as_str());
        let mut parts: Vec<Pair<'t, Rule>> = pair.into_inner().collect();
        if parts.len() > 2 * EXPRESSION_DEPTH_MAX {
            return Built { depth: EXPRESSION_DEPTH_MAX + 1, ..Built::leaf(ExprKind::None, span) };
        }
        let fallback =
            parts.pop_if(|last| last.as_rule() == Rule::fallback).map(|fallback| (fallback, parts.pop()));
        let flat = parts.into_iter().map(|part| match part.as_rule() {
            Rule::infix => part.into_inner().next().expect("the rule `infix` holds an operator"),
            _ => part,
        });
        let scan = self.scan;
        let place = |op: &Pair<'t, Rule>| {
            let start = op.as_str().as_ptr() as usize - scan.text.as_ptr() as usize;
            scan.span(start, start + op.as_str().len())
        };
        let built = PRECEDENCE
            .map_primary(|operand| self.operand(operand))
            .map_prefix(|op, operand| prefix(&op, place(&op), operand))
            .map_infix(|left, op, right| infix(left, &op, place(&op), right))
            .parse(flat);
        if let Some(second) = built.chained {
            let report = Report::error(Code::J123, second, "a comparison cannot be compared again");
            self.reports.push(report.help("compare two values at a time: `a < b and b < c`"));
        }
        let Some((fallback, Some(or))) = fallback else { return Built { chained: None, ..built } };
        let right = fallback.into_inner().next().map(|p| self.outcome(p));
        let right = right.expect("the rule `fallback` holds `omit` or `reject`");
        infix(built, &or, self.span(or.as_str()), right)
    }

    fn operand(&mut self, pair: Pair<'t, Rule>) -> Built {
        let mut parts = pair.into_inner();
        let primary = parts.next().expect("the rule `operand` starts with a primary");
        let mut built = self.primary(primary);
        for part in parts {
            if built.depth > EXPRESSION_DEPTH_MAX {
                break;
            }
            built = self.taken_from(built, part);
        }
        built
    }

    /// `.field`, `[k]` or `| f(a)` after a value.
    fn taken_from(&mut self, base: Built, pair: Pair<'t, Rule>) -> Built {
        let span = base.expr.span.to(self.span(pair.as_str()));
        match pair.as_rule() {
            Rule::member => {
                let name = pair.into_inner().nth(1).map(|name| self.ident(&name));
                let name = name.expect("the rule `member` ends with a name");
                Built::above(ExprKind::Field(Box::new(base.expr), name), span, base.depth)
            }
            Rule::lookup => {
                let optional = pair.clone().into_inner().any(|p| p.as_rule() == Rule::maybe);
                let (args, depth) = self.all_built(pair.into_inner());
                let kind = ExprKind::Index { base: Box::new(base.expr), args, optional };
                Built::above(kind, span, base.depth.max(depth))
            }
            _ => {
                let mut parts = pair.into_inner().skip(1);
                let name = parts
                    .next()
                    .map(|name| self.ident(&name))
                    .expect("the rule `pipe_call` names a function");
                let mut args = vec![base.expr];
                let mut depth = base.depth;
                for arguments in parts {
                    if let Some(extra) =
                        arguments.clone().into_inner().find(|p| p.as_rule() == Rule::comprehension)
                    {
                        self.error(
                            Code::J101,
                            extra.as_str(),
                            "`for` was found in a pipe",
                            "write the aggregate as a call: `sum(x.amount for x in lines)`",
                        );
                    }
                    let (more, below) = self.all_built(arguments.into_inner());
                    args.extend(more);
                    depth = depth.max(below);
                }
                Built::above(ExprKind::Call { name, args, piped: true }, span, depth)
            }
        }
    }

    /// The expressions among some pairs and the depth of the deepest.
    fn all_built(&mut self, pairs: Pairs<'t, Rule>) -> (Vec<Expr>, usize) {
        let mut depth = 0;
        let mut exprs = Vec::new();
        for pair in pairs.filter(|p| p.as_rule() == Rule::expr) {
            let built = self.built(pair);
            depth = depth.max(built.depth);
            exprs.push(built.expr);
        }
        (exprs, depth)
    }

    fn primary(&mut self, pair: Pair<'t, Rule>) -> Built {
        let mut parts = pair.into_inner();
        let pair = parts.next().expect("the rule `primary` holds a value");
        if let Some(arguments) = parts.next() {
            return self.call(&pair, arguments);
        }
        let written = pair.as_str();
        let span = self.span(written);
        let kind = match pair.as_rule() {
            Rule::match_expr => return self.match_expr(pair, span),
            Rule::paren | Rule::list => {
                let is_list = pair.as_rule() == Rule::list;
                let (mut exprs, depth) = self.all_built(pair.into_inner());
                return match exprs.pop() {
                    // Brackets leave no trace but their place.
                    Some(inner) if !is_list => Built { depth, ..Built::leaf(inner.kind, span) },
                    last => {
                        exprs.extend(last);
                        Built::above(ExprKind::List(exprs), span, depth)
                    }
                };
            }
            Rule::string => ExprKind::Text(self.string(&pair)),
            Rule::number => ExprKind::Number(written.to_owned()),
            Rule::kw_true => ExprKind::Bool(true),
            Rule::kw_false => ExprKind::Bool(false),
            Rule::kw_none => ExprKind::None,
            _ => ExprKind::Name(written.to_owned()),
        };
        Built::leaf(kind, span)
    }

    /// `f(a, b)` or `sum(x.amount for x in lines)`
    fn call(&mut self, name: &Pair<'t, Rule>, arguments: Pair<'t, Rule>) -> Built {
        let (name, span) = (self.ident(name), self.span(name.as_str()).to(self.span(arguments.as_str())));
        let arguments = arguments.into_inner();
        let comprehension = arguments.clone().find(|p| p.as_rule() == Rule::comprehension);
        let (mut args, mut depth) = self.all_built(arguments);
        let Some(comprehension) = comprehension else {
            return Built::above(ExprKind::Call { name, args, piped: false }, span, depth);
        };
        let (mut vars, mut when) = (Vec::new(), None);
        for part in comprehension.into_inner() {
            match part.as_rule() {
                Rule::generator | Rule::when_clause => {
                    let name = part.clone().into_inner().next().filter(|p| p.as_rule() == Rule::ident);
                    let name = name.map(|name| self.declared(&name));
                    let (mut exprs, below) = self.all_built(part.into_inner());
                    depth = depth.max(below);
                    match name {
                        Some(name) => vars.extend(exprs.pop().map(|list| (name, list))),
                        None => when = exprs.pop().map(Box::new),
                    }
                }
                _ => {}
            }
        }
        let arg = Box::new(args.remove(0));
        Built::above(ExprKind::Aggregate { name, arg, rest: args, vars, when }, span, depth)
    }

    fn match_expr(&mut self, pair: Pair<'t, Rule>, span: Span) -> Built {
        let inner = block(&pair).expect("the rule `match_expr` ends with a block");
        let (subject, mut depth) = self.all_built(pair.into_inner());
        let subject = subject.into_iter().next().expect("the rule `match_expr` has a subject");
        let mut arms = Vec::new();
        for piece in self.pieces(Rule::statements, &inner[1..inner.len() - 1]) {
            let Some(pair) = self.read(Rule::match_arms, piece) else { continue };
            for arm in pair.into_inner().filter(|p| p.as_rule() == Rule::match_arm) {
                let (patterns, value) = self.match_arm(arm);
                depth = depth.max(value.depth);
                arms.push((patterns, value.expr));
            }
        }
        Built::above(ExprKind::Match(Box::new(subject), arms), span, depth)
    }

    fn match_arm(&mut self, pair: Pair<'t, Rule>) -> (Vec<Pattern>, Built) {
        let (mut patterns, mut value) = (Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::patterns => patterns = self.patterns(part),
                Rule::kw_else | Rule::fat_arrow => {}
                _ => value = Some(self.outcome(part)),
            }
        }
        (patterns, value.expect("the rule `match_arm` ends with a value"))
    }
}

/// `-x` or `not x`
fn prefix(op: &Pair<'_, Rule>, place: Span, operand: Built) -> Built {
    let span = place.to(operand.expr.span);
    let inner = Box::new(operand.expr);
    let kind = if op.as_rule() == Rule::negate { ExprKind::Neg(inner) } else { ExprKind::Not(inner) };
    Built { chained: operand.chained, ..Built::above(kind, span, operand.depth) }
}

/// `a op b`
fn infix(left: Built, op: &Pair<'_, Rule>, place: Span, right: Built) -> Built {
    let span = left.expr.span.to(right.expr.span);
    let operator = match op.as_rule() {
        Rule::kw_or => BinOp::Or,
        Rule::kw_and => BinOp::And,
        Rule::equal => BinOp::Eq,
        Rule::unequal => BinOp::Ne,
        Rule::below => BinOp::Lt,
        Rule::at_most => BinOp::Le,
        Rule::above => BinOp::Gt,
        Rule::at_least => BinOp::Ge,
        Rule::kw_in => BinOp::In,
        Rule::add => BinOp::Add,
        Rule::subtract => BinOp::Sub,
        Rule::multiply => BinOp::Mul,
        _ => BinOp::Join,
    };
    let compares =
        matches!(operator, BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge | BinOp::In);
    let again = (compares && (left.compares || right.compares)).then_some(place);
    let chained = left.chained.or(right.chained).or(again);
    let kind = ExprKind::Binary(operator, Box::new(left.expr), Box::new(right.expr), place);
    let built = Built::above(kind, span, left.depth.max(right.depth));
    Built { compares, chained, ..built }
}
