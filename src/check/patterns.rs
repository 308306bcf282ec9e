//! Patterns of `route` and `match`: of the right type, each reachable, together exhaustive.

use super::kinds;
use super::model::{Expr, ExprKind, Pattern};
use super::scope::Checker;
use crate::data::{Decimal, Kind, Type};
use crate::diag::{Code, Report, Span, near};
use crate::syntax::tree;

/// What arms before took.
#[derive(Default)]
pub(super) struct Taken {
    patterns: Vec<(Pattern, Span)>,
    rest: Option<Span>,
    wrong: bool,
}

impl<'t> Checker<'_, 't> {
    /// `match e { … }`
    pub(super) fn match_arms(
        &mut self,
        by: &'t tree::Expr,
        arms: &'t [(Vec<tree::Pattern>, tree::Expr)],
        span: Span,
        tail: bool,
    ) -> Option<Expr> {
        let by = self.expr(by);
        let mut taken = Taken::default();
        let mut typed: Vec<(Vec<Pattern>, Expr)> = vec![];
        let mut result: Option<Type> = None;
        let mut wrong = arms.is_empty();
        for (patterns, value) in arms {
            let patterns = by.as_ref().map(|by| self.patterns(&by.ty, patterns, value.span, &mut taken));
            let Some(value) = self.value(value, tail) else {
                wrong = true;
                continue;
            };
            result = match result {
                None => Some(value.ty.clone()),
                Some(ty) => {
                    let first = Expr { ty, ..typed.first().map_or_else(|| value.clone(), |t| t.1.clone()) };
                    Some(self.either(&first, &value)?)
                }
            };
            typed.push((patterns.unwrap_or_default(), value));
        }
        let by = by?;
        self.exhaustive(&by.ty, &taken, by.span, span, "match");
        if wrong {
            return None;
        }
        Some(Expr { kind: ExprKind::Match(Box::new(by), typed), ty: result?, span })
    }

    /// The patterns of one arm; none: everything else.
    pub(super) fn patterns(
        &mut self,
        by: &Type,
        tree: &[tree::Pattern],
        arm: Span,
        taken: &mut Taken,
    ) -> Vec<Pattern> {
        if let Some(rest) = taken.rest {
            let report = Report::error(Code::J221, arm, "this arm is never reached");
            self.reports.push(report.and(rest, "everything else is taken here").help("put `else` last"));
        }
        if tree.is_empty() {
            if taken.missing(by).is_some_and(|m| m.is_empty()) && !taken.wrong {
                let report = Report::warning(Code::J221, arm, "every value is taken by the arms before");
                self.reports.push(report.help("remove `else`"));
            }
            taken.rest = Some(arm);
            return vec![];
        }
        let mut patterns = vec![];
        for one in tree {
            let Some(pattern) = self.pattern(by, one) else {
                taken.wrong = true;
                continue;
            };
            if let Some((_, first)) = taken.patterns.iter().find(|(p, _)| covers(p, &pattern)) {
                let report = Report::error(Code::J221, one.span(), "this pattern is never reached");
                self.reports.push(report.and(*first, "its values are taken here").help("remove one of them"));
            }
            taken.patterns.push((pattern.clone(), one.span()));
            patterns.push(pattern);
        }
        patterns
    }

    fn pattern(&mut self, by: &Type, pattern: &tree::Pattern) -> Option<Pattern> {
        let span = pattern.span();
        let found = match (pattern, &by.kind) {
            (tree::Pattern::Word(word), _) if word.name == "none" => {
                if !by.optional {
                    let report = Report::error(Code::J221, span, "the value is never none");
                    self.reports.push(report.help("remove this pattern, or declare the field with `?`"));
                    return None;
                }
                Some(Pattern::None)
            }
            (tree::Pattern::Word(word), Kind::Bool) if word.name == "true" => Some(Pattern::Bool(true)),
            (tree::Pattern::Word(word), Kind::Bool) if word.name == "false" => Some(Pattern::Bool(false)),
            (tree::Pattern::Word(word) | tree::Pattern::Number(word), Kind::Enum(words)) => {
                return self.enum_word(&word.name, words, span);
            }
            (tree::Pattern::Text(text), Kind::Enum(words)) => return self.enum_word(&text.text, words, span),
            (tree::Pattern::Text(text), kind) if kinds::is_text(kind) => {
                Some(Pattern::Text(text.text.clone()))
            }
            (tree::Pattern::Number(number), Kind::Decimal { .. }) => {
                Decimal::parse(&number.name).map(Pattern::Number)
            }
            (tree::Pattern::Range(from, to), Kind::Decimal { .. }) => {
                let ends = Decimal::parse(&from.name).zip(Decimal::parse(&to.name));
                ends.filter(|(a, b)| a <= b).map(|(a, b)| Pattern::Numbers(a, b))
            }
            (tree::Pattern::Range(from, to), kind) if kinds::is_text(kind) => {
                let fits = from.name.len() == to.name.len() && from.name <= to.name;
                fits.then(|| Pattern::Texts(from.name.clone(), to.name.clone()))
            }
            _ => {
                let report = Report::error(
                    Code::J203,
                    span,
                    format!("this pattern does not go with {}", by.describe()),
                );
                let report = match (pattern, &by.kind) {
                    (tree::Pattern::Word(w) | tree::Pattern::Number(w), kind) if kinds::is_text(kind) => {
                        report.help(format!("write \"{}\"", w.name))
                    }
                    _ => report,
                };
                self.reports.push(report);
                return None;
            }
        };
        if found.is_none() {
            let report = Report::error(Code::J203, span, "this range holds nothing");
            self.reports
                .push(report.help("the least comes first; ends of account ranges have the same length"));
        }
        found
    }

    fn enum_word(&mut self, word: &str, words: &[String], span: Span) -> Option<Pattern> {
        if words.iter().any(|w| w == word) {
            return Some(Pattern::Text(word.to_owned()));
        }
        let all: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
        let report = Report::error(Code::J208, span, format!("`{word}` is none of the declared words"));
        let report = report.help(format!("it is one of {}", all.join(", ")));
        self.reports.push(report.did_you_mean(near(word, words.iter().map(String::as_str))));
        None
    }

    /// Reports values without an arm.
    pub(super) fn exhaustive(&mut self, by: &Type, taken: &Taken, value: Span, span: Span, what: &str) {
        if taken.rest.is_some() || taken.wrong {
            return;
        }
        let message = match taken.missing(by) {
            Some(missing) if missing.is_empty() => return,
            Some(missing) => format!("`{what}` has no arm for {}", missing.join(", ")),
            None => format!("`{what}` does not say what happens with every other {}", by.kind.describe()),
        };
        let report = Report::error(Code::J220, span, message).and(value, by.describe());
        self.reports.push(report.help("add the arms, or `else => …`"));
    }
}

impl Taken {
    /// The values without an arm, as they are written; `None`: they cannot be counted.
    fn missing(&self, by: &Type) -> Option<Vec<String>> {
        let has = |p: &Pattern| self.patterns.iter().any(|(t, _)| t == p);
        let mut missing: Vec<String> = match &by.kind {
            Kind::Enum(words) => words
                .iter()
                .filter(|w| !has(&Pattern::Text((*w).clone())))
                .map(|w| format!("\"{w}\""))
                .collect(),
            Kind::Bool => [true, false]
                .into_iter()
                .filter(|b| !has(&Pattern::Bool(*b)))
                .map(|b| b.to_string())
                .collect(),
            _ => return None,
        };
        if by.optional && !has(&Pattern::None) {
            missing.push("none".to_owned());
        }
        Some(missing)
    }
}

/// Whether every value of `b` is one of `a`.
fn covers(a: &Pattern, b: &Pattern) -> bool {
    match (a, b) {
        (Pattern::Numbers(from, to), Pattern::Number(n)) => from <= n && n <= to,
        (Pattern::Numbers(from, to), Pattern::Numbers(low, high)) => from <= low && high <= to,
        (Pattern::Texts(from, to), Pattern::Text(t)) => t.len() == from.len() && from <= t && t <= to,
        (Pattern::Texts(from, to), Pattern::Texts(low, high)) => {
            low.len() == from.len() && from <= low && high <= to
        }
        _ => a == b,
    }
}
