//! Statements of a document → tree. It does not know elements.

use super::grammar::Rule;
use super::parse::{Reader, block};
use super::scan::NESTING_MAX;
use super::tree::{Arm, ArmAction, Expr, Generator, Ident, Pattern, Stmt};
use crate::diag::{Code, Span};
use pest::iterators::Pair;

impl<'t> Reader<'t> {
    /// The statements of a `{ … }`.
    pub(super) fn body_of(&mut self, block: &'t str) -> Vec<Stmt> {
        let pieces = self.pieces(Rule::statements, &block[1..block.len() - 1]);
        pieces.into_iter().filter_map(|piece| self.statement(piece)).collect()
    }

    fn statement(&mut self, piece: &'t str) -> Option<Stmt> {
        let pair = self.read_kind(Rule::statement, piece)?;
        let span = self.span(piece);
        match pair.as_rule() {
            Rule::same_stmt => {
                let fields = pair
                    .into_inner()
                    .filter(|p| p.as_rule() == Rule::ident)
                    .map(|p| self.ident(&p))
                    .collect();
                Some(Stmt::Same { fields, span })
            }
            Rule::let_stmt => {
                let name = pair.clone().into_inner().nth(1)?;
                Some(Stmt::Let { name: self.declared(&name), value: self.exprs(pair).pop()?, span })
            }
            Rule::reject_stmt | Rule::drop_stmt => self.refusal(pair, span),
            Rule::total_stmt => Some(Stmt::Total { value: self.exprs(pair).pop()?, span }),
            Rule::for_stmt => self.for_stmt(pair, span),
            Rule::route_stmt => self.route(pair, span),
            Rule::if_stmt => self.if_stmt(pair, span),
            Rule::split_stmt => {
                let limit = pair.clone().into_inner().find(|p| p.as_rule() == Rule::integer)?;
                let above = (self.integer(&limit), self.span(limit.as_str()));
                Some(Stmt::Split { above, body: self.body_of(block(&pair)?), span })
            }
            _ => self.element(pair),
        }
    }

    /// `reject` or `drop`
    fn refusal(&mut self, pair: Pair<'t, Rule>, span: Span) -> Option<Stmt> {
        let rejects = pair.as_rule() == Rule::reject_stmt;
        let (mut reason, mut when, mut note) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::string => reason = Some(self.string(&part)),
                Rule::expr => when = Some(self.expr(part)),
                Rule::note => note = part.into_inner().next().map(|text| self.note(&text)),
                _ => {}
            }
        }
        let (reason, when) = (reason?, when?);
        Some(if rejects {
            Stmt::Reject { reason, when, note, span }
        } else {
            Stmt::Drop { reason, when, span }
        })
    }

    fn for_stmt(&mut self, pair: Pair<'t, Rule>, span: Span) -> Option<Stmt> {
        let (mut vars, mut when, mut body) = (Vec::new(), None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::generator => vars.extend(self.generator(part)),
                Rule::when_clause => when = self.exprs(part).pop(),
                Rule::block => body = self.body_of(part.as_str()),
                _ => {}
            }
        }
        Some(Stmt::For { vars, when, body, span })
    }

    /// `x in list`
    pub(super) fn generator(&mut self, pair: Pair<'t, Rule>) -> Option<Generator> {
        let name = pair.clone().into_inner().next()?;
        Some((self.declared(&name), self.exprs(pair).pop()?))
    }

    fn if_stmt(&mut self, pair: Pair<'t, Rule>, span: Span) -> Option<Stmt> {
        let mut branches: Vec<(Expr, Vec<Stmt>, Span)> = Vec::new();
        let mut otherwise = Vec::new();
        let mut cond = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::expr => cond = Some(self.expr(part)),
                Rule::block => branches.push((cond.take()?, self.body_of(part.as_str()), span)),
                Rule::else_if => {
                    let body = self.body_of(block(&part)?);
                    let span = self.span(part.as_str());
                    if branches.len() == NESTING_MAX {
                        let message = format!("more than {NESTING_MAX} `else if` follow each other here");
                        self.error(
                            Code::J118,
                            &part.as_str()[..4],
                            message,
                            "use `route` or `match`, or look the value up in a table",
                        );
                        return None;
                    }
                    branches.push((self.exprs(part).pop()?, body, span));
                }
                Rule::else_block => otherwise = self.body_of(block(&part)?),
                _ => {}
            }
        }
        let statements = branches
            .into_iter()
            .rev()
            .fold(otherwise, |otherwise, (cond, then, span)| vec![Stmt::If { cond, then, otherwise, span }]);
        statements.into_iter().next()
    }

    fn element(&mut self, pair: Pair<'t, Rule>) -> Option<Stmt> {
        let (whole, mut path, mut attrs) = (pair.as_str(), None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::path => path = Some((self.element_path(&part), self.span(part.as_str()))),
                Rule::attributes => attrs = self.attributes(part),
                Rule::expr => {
                    let (path, _) = path?;
                    return Some(Stmt::Assign {
                        path,
                        attrs,
                        value: self.expr(part),
                        span: self.span(whole),
                    });
                }
                Rule::block => {
                    let (path, span) = path?;
                    return Some(Stmt::Element { path, attrs, body: self.body_of(part.as_str()), span });
                }
                _ => {}
            }
        }
        None
    }

    fn element_path(&mut self, pair: &Pair<'t, Rule>) -> Vec<Ident> {
        let segments = pair.clone().into_inner().filter(|p| p.as_rule() == Rule::segment);
        let names = segments.filter_map(|segment| segment.into_inner().next());
        let idents = names.map(|name| match name.as_rule() {
            Rule::string => {
                let string = self.string(&name);
                Ident { name: string.text, span: string.span }
            }
            _ => self.ident(&name),
        });
        idents.collect()
    }

    fn attributes(&mut self, pair: Pair<'t, Rule>) -> Vec<(Ident, Expr)> {
        let attributes = pair.into_inner().filter(|p| p.as_rule() == Rule::attribute);
        let one = |attribute: Pair<'t, Rule>| {
            let name = self.ident(&attribute.clone().into_inner().next()?);
            Some((name, self.exprs(attribute).pop()?))
        };
        attributes.filter_map(one).collect()
    }

    fn route(&mut self, pair: Pair<'t, Rule>, span: Span) -> Option<Stmt> {
        let inner = block(&pair)?;
        let var = pair.clone().into_inner().find(|p| p.as_rule() == Rule::ident).map(|p| self.ident(&p));
        let by = self.exprs(pair).pop()?;
        let (mut arms, mut each) = (Vec::new(), None::<(Vec<Stmt>, Span)>);
        for piece in self.pieces(Rule::statements, &inner[1..inner.len() - 1]) {
            let Some(pair) = self.read(Rule::arms, piece) else { continue };
            for part in pair.into_inner() {
                match part.as_rule() {
                    Rule::arm => arms.extend(self.arm(part)),
                    Rule::each_arm => match &each {
                        Some((_, first)) => self.twice(part.as_str(), *first, "`each`"),
                        None => {
                            each = block(&part).map(|inner| (self.body_of(inner), self.span(part.as_str())))
                        }
                    },
                    _ => {}
                }
            }
        }
        Some(Stmt::Route { var, by, arms, each: each.map(|(body, _)| body), span })
    }

    fn arm(&mut self, pair: Pair<'t, Rule>) -> Option<Arm> {
        let whole = pair.as_str();
        let (mut patterns, mut action, mut head) = (Vec::new(), None, whole);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::patterns => patterns = self.patterns(part),
                Rule::fat_arrow => head = whole[..self.offset(part.as_str()) - self.offset(whole)].trim_end(),
                Rule::arm_drop => action = self.strings(part).next().map(ArmAction::Drop),
                Rule::arm_reject => action = self.strings(part).next().map(ArmAction::Reject),
                Rule::arm_body => action = Some(ArmAction::Body(self.arm_body(part))),
                _ => {}
            }
        }
        Some(Arm { patterns, action: action?, span: self.span(head) })
    }

    fn arm_body(&mut self, pair: Pair<'t, Rule>) -> Vec<Stmt> {
        match pair.clone().into_inner().next() {
            Some(first) if first.as_rule() == Rule::block => self.body_of(first.as_str()),
            _ => self.element(pair).into_iter().collect(),
        }
    }

    /// The patterns of an arm.
    pub(super) fn patterns(&mut self, pair: Pair<'t, Rule>) -> Vec<Pattern> {
        let patterns = pair.into_inner().filter(|p| p.as_rule() == Rule::pattern);
        patterns.filter_map(|pattern| self.pattern(pattern.into_inner().next()?)).collect()
    }

    fn pattern(&mut self, pair: Pair<'t, Rule>) -> Option<Pattern> {
        Some(match pair.as_rule() {
            Rule::string => Pattern::Text(self.string(&pair)),
            Rule::signed => Pattern::Number(self.ident(&pair)),
            Rule::ident => {
                if pair.as_str() == "_" {
                    self.error(
                        Code::J113,
                        pair.as_str(),
                        "`_` is not a pattern",
                        "write `else => …` for all the rest",
                    );
                }
                Pattern::Word(self.ident(&pair))
            }
            _ => {
                let mut ends = pair.into_inner().filter(|p| p.as_rule() == Rule::signed);
                Pattern::Range(self.ident(&ends.next()?), self.ident(&ends.next()?))
            }
        })
    }
}
