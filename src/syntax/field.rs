//! Fields, types and paths → tree. It does not know which types exist.

use super::grammar::Rule;
use super::parse::Reader;
use super::tree::{Field, Ident, Mod, Path, Step, Type, TypeArg, TypeKind};
use crate::diag::Code;
use pest::iterators::Pair;

impl<'t> Reader<'t> {
    /// The fields of a `{ … }` or `( … )`.
    pub(super) fn fields_of(&mut self, block: &'t str) -> Vec<Field> {
        let pieces = self.pieces(Rule::fields, &block[1..block.len() - 1]);
        pieces.into_iter().filter_map(|piece| self.field(piece)).collect()
    }

    fn field(&mut self, piece: &'t str) -> Option<Field> {
        let pair = self.read(Rule::field, piece)?;
        let span = self.span(piece);
        let (mut name, mut ty, mut mods, mut at) = (None, None, Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident if part.as_str() == "_" => name = Some(self.ident(&part)),
                Rule::ident => name = Some(self.declared(&part)),
                Rule::skip => {
                    name = Some(self.ident(&part));
                    let kind = TypeKind::Word {
                        name: Ident { name: "json".to_owned(), span },
                        args: Vec::new(),
                        format: None,
                    };
                    ty = Some(Type { kind, optional: true, span });
                }
                Rule::r#type => ty = Some(self.type_of(part)),
                Rule::modifier => {
                    let part = part.into_inner().next()?;
                    match part.as_rule() {
                        Rule::at_clause => self.at(part, &mut at),
                        _ => mods.extend(self.modifier(part)),
                    }
                }
                _ => {}
            }
        }
        let mut ty = ty?;
        settle_format(&mut ty, &mut mods);
        Some(Field { name: name?, ty, mods, at, span })
    }

    fn modifier(&mut self, pair: Pair<'t, Rule>) -> Option<Mod> {
        let span = self.span(pair.as_str());
        Some(match pair.as_rule() {
            Rule::none_words => Mod::None(self.strings(pair).collect()),
            Rule::string => Mod::Sample(self.string(&pair)),
            Rule::kw_minor => Mod::Minor(span),
            Rule::round => Mod::Round(self.ident(&pair.into_inner().nth(1)?)),
            Rule::or_one => Mod::OrOne(span),
            Rule::kw_key => Mod::Key(span),
            Rule::kw_from => Mod::From(span),
            Rule::kw_to => Mod::To(span),
            _ => Mod::Number(span),
        })
    }

    /// `at PATH`, which may stand once.
    pub(super) fn at(&mut self, pair: Pair<'t, Rule>, at: &mut Option<Path>) {
        let written = pair.as_str();
        let path = pair.into_inner().nth(1).map(|path| self.path(path));
        match at {
            Some(first) => self.twice(written, first.span, "`at`"),
            None => *at = path,
        }
    }

    pub(super) fn path(&mut self, pair: Pair<'t, Rule>) -> Path {
        let span = self.span(pair.as_str());
        let mut steps = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::json_key => steps.extend(part.into_inner().next().map(|key| self.key(&key))),
                Rule::each => steps.push(Step::Each(self.span(part.as_str()))),
                Rule::index => {
                    let span = self.span(part.as_str());
                    let number = part.into_inner().find(|p| p.as_rule() == Rule::integer);
                    let index = number.map_or(0, |number| self.integer(&number));
                    steps.push(Step::Index(usize::try_from(index).unwrap_or(usize::MAX), span));
                }
                _ => {}
            }
        }
        Path { steps, span }
    }

    fn key(&mut self, pair: &Pair<'t, Rule>) -> Step {
        Step::Key(match pair.as_rule() {
            Rule::string => {
                let string = self.string(pair);
                Ident { name: string.text, span: string.span }
            }
            _ => self.ident(pair),
        })
    }

    /// A type.
    pub(super) fn type_of(&mut self, pair: Pair<'t, Rule>) -> Type {
        let span = self.span(pair.as_str());
        let mut kind = TypeKind::Enum(Vec::new());
        let mut optional = false;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::optional => optional = true,
                Rule::enum_type => kind = TypeKind::Enum(self.strings(part).collect()),
                Rule::block => kind = TypeKind::Object(self.fields_of(part.as_str())),
                Rule::list_type => kind = self.list_type(part),
                _ => kind = self.word_type(part),
            }
        }
        Type { kind, optional, span }
    }

    fn list_type(&mut self, pair: Pair<'t, Rule>) -> TypeKind {
        let inner = pair.into_inner().find(|p| matches!(p.as_rule(), Rule::row | Rule::r#type));
        let inner = inner.expect("the rule `list_type` holds a row or a type");
        let span = self.span(inner.as_str());
        TypeKind::List(Box::new(match inner.as_rule() {
            Rule::row => Type { kind: TypeKind::Row(self.fields_of(inner.as_str())), optional: false, span },
            _ => self.type_of(inner),
        }))
    }

    fn word_type(&mut self, pair: Pair<'t, Rule>) -> TypeKind {
        let mut name = Ident { name: String::new(), span: self.span(pair.as_str()) };
        let (mut args, mut format) = (Vec::new(), None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = self.ident(&part),
                Rule::string => format = Some(self.string(&part)),
                _ => {
                    let inner = part.into_inner().filter(|p| p.as_rule() == Rule::type_arg);
                    args = inner
                        .filter_map(|arg| arg.into_inner().next())
                        .map(|arg| self.type_arg(arg))
                        .collect();
                }
            }
        }
        TypeKind::Word { name, args, format }
    }

    fn type_arg(&mut self, pair: Pair<'t, Rule>) -> TypeArg {
        let span = self.span(pair.as_str());
        match pair.as_rule() {
            Rule::integer => TypeArg::Number(self.integer(&pair), span),
            Rule::string => TypeArg::Text(self.string(&pair)),
            Rule::bounds => {
                let (mut from, mut to, mut after) = (None, None, false);
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::dots => after = true,
                        _ if after => to = Some(self.integer(&part)),
                        _ => from = Some(self.integer(&part)),
                    }
                }
                if from.is_none() && to.is_none() {
                    let report =
                        crate::diag::Report::error(Code::J101, span, "`..` has no number before or after it");
                    self.reports.push(report.help("write `1..16`, `..16` or `1..`"));
                }
                TypeArg::Range(from, to, span)
            }
            _ => {
                let names = pair.into_inner().filter(|p| p.as_rule() == Rule::ident);
                TypeArg::Path(names.map(|name| self.ident(&name)).collect())
            }
        }
    }
}

/// `date? "dd.MM.yyyy"` and `date "dd.MM.yyyy"?` mean the same, and so with the samples of numbers: a pattern of a
/// date or time belongs to the type, a sample of a number is a modifier, wherever it was written.
fn settle_format(ty: &mut Type, mods: &mut Vec<Mod>) {
    match &mut ty.kind {
        TypeKind::List(inner) => settle_format(inner, mods),
        TypeKind::Word { name, format, .. } if matches!(name.name.as_str(), "date" | "time") => {
            if format.is_none()
                && let Some(at) = mods.iter().position(|m| matches!(m, Mod::Sample(_)))
                && let Mod::Sample(pattern) = mods.remove(at)
            {
                *format = Some(pattern);
            }
        }
        TypeKind::Word { format, .. } => mods.extend(format.take().map(Mod::Sample)),
        _ => {}
    }
}
