//! Statements of the top level → tree. It does not know which names exist.

use super::grammar::{Grammar, Rule};
use super::scan::{ITEM_WORDS, Scan, scan};
use super::tree::{Document, DocumentFrom, Expr, File, Function, Ident, Item, Param, ParamDefault, Source};
use super::tree::{SourceKind, Str, Table, Target};
use super::words::token;
use crate::diag::{Code, Report, SourceId, Span, near};
use pest::Parser as _;
use pest::iterators::Pair;

/// Reads a mapping or a library.
///
/// The tree holds every statement that could be read; the reports are in the order of the text.
/// A statement that could not be read is not in the tree, so the tree is complete only without reports.
pub fn parse(text: &str, source: SourceId) -> (File, Vec<Report>) {
    let scan = scan(text, source);
    let mut reader = Reader { scan: &scan, reports: scan.reports.clone() };
    let items = if scan.hopeless { Vec::new() } else { reader.items() };
    let mut reports = reader.reports;
    reports.sort_by_key(|report| report.labels[0].span.start);
    (File { items, comments: scan.comments.clone() }, reports)
}

/// Builds the tree of one text and collects what is wrong with it.
pub(super) struct Reader<'t> {
    pub(super) scan: &'t Scan,
    pub(super) reports: Vec<Report>,
}

/// Whether a piece begins as a statement of the top level, and not as a field or an element of that name.
fn begins_item(piece: &str) -> bool {
    let word = token(piece);
    let after = piece[word.len()..].trim_start();
    ITEM_WORDS.contains(&word) && !after.starts_with(['=', ':', '.', ',', '?'])
}

/// Statements of the top level that end with a block.
const BLOCK_WORDS: [&str; 5] = ["source", "around", "table", "message", "document"];

impl<'t> Reader<'t> {
    /// Where a part of the mended text stands in the original.
    pub(super) fn span(&self, part: &str) -> Span {
        let start = self.offset(part);
        self.scan.span(start, start + part.len())
    }

    /// Where a part of the mended text starts in it: every part is a slice of it.
    pub(super) fn offset(&self, part: &str) -> usize {
        part.as_ptr() as usize - self.scan.text.as_ptr() as usize
    }

    /// Cuts a text into statements or fields.
    pub(super) fn pieces(&mut self, layout: Rule, text: &'t str) -> Vec<&'t str> {
        let Ok(cut) = Grammar::parse(layout, text) else {
            self.error(
                Code::J105,
                &text[..0],
                "the brackets from here on do not match",
                "close each bracket where its block ends",
            );
            return Vec::new();
        };
        #[cfg(test)]
        super::tests::reached(cut.clone());
        let inner =
            cut.flatten().filter(|pair| matches!(pair.as_rule(), Rule::statement_text | Rule::field_text));
        inner.map(|pair| pair.as_str().trim_end()).collect()
    }

    /// Reads one statement, of which only the first word's kind is tried when it is right.
    pub(super) fn read_kind(&mut self, rule: Rule, piece: &'t str) -> Option<Pair<'t, Rule>> {
        let kind = kind_of(rule, token(piece));
        match Grammar::parse(kind, piece) {
            Ok(mut pairs) if pairs.as_str().len() == piece.len() => {
                #[cfg(test)]
                super::tests::reached(pairs.clone());
                pairs.next()
            }
            // Only the rule for all kinds says what else could have been meant.
            _ => self.read(rule, piece)?.into_inner().next(),
        }
    }

    /// Reads one statement by a rule; what is wrong with it is reported.
    pub(super) fn read(&mut self, rule: Rule, piece: &'t str) -> Option<Pair<'t, Rule>> {
        match Grammar::parse(rule, piece) {
            Ok(mut pairs) => {
                #[cfg(test)]
                super::tests::reached(pairs.clone());
                pairs.next()
            }
            Err(error) => {
                self.mistake(rule, piece, &error);
                self.read_blocks(rule, piece);
                None
            }
        }
    }

    /// Reports an error at a part of the text.
    pub(super) fn error(&mut self, code: Code, part: &str, message: impl Into<String>, help: &str) {
        self.reports.push(Report::error(code, self.span(part), message).help(help));
    }

    /// Reports that something stands twice in a statement.
    pub(super) fn twice(&mut self, part: &str, first: Span, what: &str) {
        let report =
            Report::error(Code::J121, self.span(part), format!("{what} stands twice in this statement"));
        self.reports.push(report.and(first, "the first").help("take one of them out"));
    }

    /// Reads the blocks of a statement that could not be read itself, only for their mistakes.
    fn read_blocks(&mut self, rule: Rule, piece: &'t str) {
        let first = token(piece);
        let first = if rule == Rule::item { near(first, ITEM_WORDS).unwrap_or(first) } else { first };
        for block in blocks(piece) {
            let head = &piece[..self.offset(block) - self.offset(piece)];
            let matches = head.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "match");
            let inner = &block[1..block.len() - 1];
            match rule {
                _ if matches => self.read_each(Rule::match_arms, inner),
                Rule::field => drop(self.fields_of(block)),
                Rule::item | Rule::statement if matches!(first, "source" | "around" | "table") => {
                    drop(self.fields_of(block))
                }
                Rule::item if matches!(first, "document" | "message") => drop(self.body_of(block)),
                Rule::statement if first == "route" => self.read_each(Rule::arms, inner),
                Rule::statement | Rule::arms => drop(self.body_of(block)),
                // Of an unknown statement nothing is known inside either.
                _ => {}
            }
        }
    }

    fn read_each(&mut self, rule: Rule, text: &'t str) {
        for piece in self.pieces(Rule::statements, text) {
            self.read(rule, piece);
        }
    }

    fn items(&mut self) -> Vec<Item> {
        let pieces = self.pieces(Rule::statements, &self.scan.text);
        let mut items = Vec::new();
        // the head of a statement whose block was never opened
        let mut head: Option<&'t str> = None;
        for (index, piece) in pieces.iter().enumerate() {
            let (word, next) = (token(piece), pieces.get(index + 1));
            match head {
                Some(head) if !begins_item(piece) => self.inside(token(head), piece),
                _ => {
                    self.closed(head.take(), Some(piece));
                    if BLOCK_WORDS.contains(&word)
                        && !piece.contains('{')
                        && next.is_some_and(|next| !begins_item(next))
                    {
                        head = Some(piece);
                    } else {
                        items.extend(self.item(piece));
                    }
                }
            }
        }
        self.closed(head, None);
        items
    }

    /// Reads what was meant to stand in a block that was never opened, only for its mistakes.
    fn inside(&mut self, word: &str, piece: &'t str) {
        match word {
            "document" | "message" => drop(self.read(Rule::statement, piece)),
            _ => {
                for piece in self.pieces(Rule::fields, piece) {
                    self.read(Rule::field, piece);
                }
            }
        }
    }

    /// Tells of a block that was never opened. Its closing bracket, which stands before the next statement of the
    /// top level, is in no one's way.
    fn closed(&mut self, head: Option<&'t str>, next: Option<&'t str>) {
        let Some(head) = head else { return };
        let end = self.span(&head[head.len()..]);
        let to = next.map_or(u32::MAX, |next| self.span(next).start);
        let own = |r: &Report| r.code == Code::J106 && (end.start..to).contains(&r.labels[0].span.start);
        if let Some(own) = self.reports.iter().position(own) {
            self.reports.remove(own);
        }
        let word = token(head);
        let message = format!("the block of `{word}` is not opened: `{{` is missing here");
        let what = if matches!(word, "document" | "message") { "statements" } else { "fields" };
        let help = format!("write `{{` at the end of this line, and `}}` after its {what}");
        self.error(Code::J101, &head[head.len()..], message, &help);
    }

    fn item(&mut self, piece: &'t str) -> Option<Item> {
        let pair = self.read_kind(Rule::item, piece)?;
        let span = self.span(piece);
        Some(match pair.as_rule() {
            Rule::map_item => self.map(pair, span),
            Rule::use_item => Item::Use(self.strings(pair).next()?),
            Rule::target_item => Item::Target(self.target(pair, span)?),
            Rule::param_item => Item::Param(self.param(pair, span)?),
            Rule::source_item => Item::Source(self.source(pair, span)?),
            Rule::around_item => Item::Around { fields: self.fields_of(block(&pair)?), span },
            Rule::table_item => Item::Table(self.table(pair, span)?),
            Rule::fn_item => Item::Function(self.function(pair, span)?),
            Rule::message_item => Item::Message { body: self.body_of(block(&pair)?), span },
            Rule::document_item => Item::Document(self.document(pair)?),
            Rule::test_item => {
                let inner = block(&pair)?;
                Item::Test {
                    body: self.span(&inner[1..inner.len() - 1]),
                    name: self.strings(pair).next()?,
                    span,
                }
            }
            other => unreachable!("the rule `item` has no alternative {other:?}"),
        })
    }

    fn map(&mut self, pair: Pair<'t, Rule>, span: Span) -> Item {
        let mut name = Ident { name: String::new(), span };
        let mut version = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = self.ident(&part),
                Rule::integer => version = Some((self.integer(&part), self.span(part.as_str()))),
                _ => {}
            }
        }
        Item::Map { name, version, span }
    }

    fn target(&mut self, pair: Pair<'t, Rule>, span: Span) -> Option<Target> {
        let pair = pair.into_inner().nth(1)?;
        let rule = pair.as_rule();
        if rule == Rule::builtin_target {
            let mut names = pair.into_inner().filter(|p| matches!(p.as_rule(), Rule::dotted | Rule::profile));
            let name = self.ident(&names.next()?);
            return Some(Target::BuiltIn { name, profiles: names.map(|p| self.ident(&p)).collect(), span });
        }
        let mut strings = self.strings(pair);
        let file = strings.next()?;
        Some(match rule {
            Rule::xsd_target => Target::Xsd { file, root: strings.next()?, span },
            _ => Target::Wsdl { file, operation: strings.next(), span },
        })
    }

    fn param(&mut self, pair: Pair<'t, Rule>, span: Span) -> Option<Param> {
        let (mut name, mut ty, mut default) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.declared(&part)),
                Rule::r#type => ty = Some(self.type_of(part)),
                Rule::default => default = self.default(part.into_inner().next()?),
                _ => {}
            }
        }
        Some(Param { name: name?, ty: ty?, default, span })
    }

    fn default(&mut self, pair: Pair<'t, Rule>) -> Option<ParamDefault> {
        Some(match pair.as_rule() {
            Rule::string => ParamDefault::Text(self.string(&pair)),
            Rule::bare => ParamDefault::Bare(self.ident(&pair)),
            _ => ParamDefault::Env(self.strings(pair).next()?),
        })
    }

    fn source(&mut self, pair: Pair<'t, Rule>, span: Span) -> Option<Source> {
        let fields = self.fields_of(block(&pair)?);
        let (mut kind, mut format) = (SourceKind::Record, None);
        let (mut at, mut or, mut strict) = (None, None, false);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_json => format = Some(self.ident(&part)),
                Rule::kw_line => kind = SourceKind::Line,
                Rule::kw_strict => strict = true,
                Rule::at_clause => self.at(part, &mut at),
                Rule::or_bare => or = part.into_inner().nth(1).map(|path| self.path(path)),
                _ => {}
            }
        }
        Some(Source { kind, format: format?, at, or, strict, fields, span })
    }

    fn table(&mut self, pair: Pair<'t, Rule>, span: Span) -> Option<Table> {
        let columns = self.fields_of(block(&pair)?);
        let (mut name, mut format, mut file) = (None, None, None);
        let (mut separator, mut at) = (None::<Str>, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.declared(&part)),
                Rule::kw_csv | Rule::kw_json => format = Some(self.ident(&part)),
                Rule::string => file = Some(self.string(&part)),
                Rule::at_clause => self.at(part, &mut at),
                Rule::separator => match &separator {
                    Some(first) => self.twice(part.as_str(), first.span, "`separator`"),
                    None => separator = self.strings(part).next(),
                },
                _ => {}
            }
        }
        Some(Table { name: name?, format: format?, file: file?, separator, at, columns, span })
    }

    fn function(&mut self, pair: Pair<'t, Rule>, span: Span) -> Option<Function> {
        let (mut name, mut params, mut returns, mut body) = (None, Vec::new(), None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.declared(&part)),
                Rule::r#type => returns = Some(self.type_of(part)),
                Rule::expr => body = Some(self.expr(part)),
                Rule::fn_param => {
                    let mut parts =
                        part.into_inner().filter(|p| matches!(p.as_rule(), Rule::ident | Rule::r#type));
                    let (name, ty) = (parts.next()?, parts.next()?);
                    params.push((self.declared(&name), self.type_of(ty)));
                }
                _ => {}
            }
        }
        Some(Function { name: name?, params, returns, body: body?, span })
    }

    fn document(&mut self, pair: Pair<'t, Rule>) -> Option<Document> {
        let inner = block(&pair)?;
        let head = &pair.as_str()[..pair.as_str().len() - inner.len()];
        let (span, body) = (self.span(head.trim_end()), self.body_of(inner));
        let (mut from, mut when, mut key) = (None, None::<Expr>, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::from_record => from = Some(DocumentFrom::Record(self.span(part.as_str()))),
                Rule::from_each => {
                    let (var, list) = self.generator(part.into_inner().nth(1)?)?;
                    from = Some(DocumentFrom::Each { var, list });
                }
                Rule::from_group => from = Some(self.group(part)),
                Rule::when_clause => match &when {
                    Some(first) => self.twice(part.as_str(), first.span, "`when`"),
                    None => when = self.exprs(part).pop(),
                },
                Rule::key_clause => match key.first() {
                    Some(Expr { span: first, .. }) => self.twice(part.as_str(), *first, "`key`"),
                    None => key = self.exprs(part),
                },
                _ => {}
            }
        }
        Some(Document { from: from?, when, key, body, span })
    }

    fn group(&mut self, pair: Pair<'t, Rule>) -> DocumentFrom {
        let span = self.span(pair.as_str());
        let collected = pair.clone().into_inner().any(|p| p.as_rule() == Rule::kw_collected);
        DocumentFrom::Group { by: self.exprs(pair), collected, span }
    }
}

/// The kind of statement that starts with a word, where the word tells; else what may start with any word.
fn kind_of(rule: Rule, word: &str) -> Rule {
    match (rule, word) {
        (Rule::item, "map") => Rule::map_item,
        (Rule::item, "use") => Rule::use_item,
        (Rule::item, "target") => Rule::target_item,
        (Rule::item, "param") => Rule::param_item,
        (Rule::item, "source") => Rule::source_item,
        (Rule::item, "around") => Rule::around_item,
        (Rule::item, "table") => Rule::table_item,
        (Rule::item, "fn") => Rule::fn_item,
        (Rule::item, "message") => Rule::message_item,
        (Rule::item, "document") => Rule::document_item,
        (Rule::item, "test") => Rule::test_item,
        (Rule::statement, "same") => Rule::same_stmt,
        (Rule::statement, "let") => Rule::let_stmt,
        (Rule::statement, "reject") => Rule::reject_stmt,
        (Rule::statement, "drop") => Rule::drop_stmt,
        (Rule::statement, "total") => Rule::total_stmt,
        (Rule::statement, "for") => Rule::for_stmt,
        (Rule::statement, "route") => Rule::route_stmt,
        (Rule::statement, "if") => Rule::if_stmt,
        (Rule::statement, "split") => Rule::split_stmt,
        (Rule::statement, _) => Rule::element_stmt,
        (other, _) => other,
    }
}

/// The outermost `{ … }` of a text.
fn blocks(text: &str) -> Vec<&str> {
    let (mut blocks, mut depth, mut start, mut at) = (Vec::new(), 0_usize, 0, 0);
    while let Some(b) = text.as_bytes().get(at) {
        match b {
            b'"' => at += token(&text[at..]).len() - 1,
            b'#' => at += text[at..].find(['\n', '\r']).unwrap_or(text.len() - at) - 1,
            b'{' => {
                start = if depth == 0 { at } else { start };
                depth += 1;
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                blocks.extend((depth == 0).then(|| &text[start..=at]));
            }
            _ => {}
        }
        at += 1;
    }
    blocks
}

/// The text of the `{ … }` that a statement ends with, braces included.
pub(super) fn block<'t>(pair: &Pair<'t, Rule>) -> Option<&'t str> {
    pair.clone().into_inner().filter(|p| p.as_rule() == Rule::block).last().map(|p| p.as_str())
}
