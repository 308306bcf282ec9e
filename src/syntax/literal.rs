//! Names, numbers and strings → tree: escapes are resolved, limits kept. It does not know statements.

use super::grammar::Rule;
use super::parse::Reader;
use super::tree::{Ident, Note, NotePart, Str};
use crate::diag::Code;
use pest::iterators::Pair;

/// The words that cannot be names in expressions.
pub(super) const RESERVED: [&str; 7] = ["or", "and", "not", "omit", "true", "false", "none"];

impl<'t> Reader<'t> {
    /// A word as it is written.
    pub(super) fn ident(&self, pair: &Pair<'t, Rule>) -> Ident {
        Ident { name: pair.as_str().to_owned(), span: self.span(pair.as_str()) }
    }

    /// A word that becomes a name in expressions.
    pub(super) fn declared(&mut self, pair: &Pair<'t, Rule>) -> Ident {
        if RESERVED.contains(&pair.as_str()) {
            let message = format!("`{}` cannot be a name: it means something in expressions", pair.as_str());
            self.error(
                Code::J104,
                pair.as_str(),
                message,
                &format!("use another name, such as `{}_`", pair.as_str()),
            );
        }
        self.ident(pair)
    }

    /// A whole number.
    pub(super) fn integer(&mut self, pair: &Pair<'t, Rule>) -> u64 {
        pair.as_str().parse().unwrap_or_else(|_| {
            let message =
                format!("the number has {} digits, more than can be counted here", pair.as_str().len());
            self.error(Code::J120, pair.as_str(), message, "write a smaller number");
            0
        })
    }

    /// The strings directly in a rule.
    pub(super) fn strings(&mut self, pair: Pair<'t, Rule>) -> impl Iterator<Item = Str> + use<'t> {
        let strings = pair.into_inner().filter(|p| p.as_rule() == Rule::string);
        strings.map(|p| self.string(&p)).collect::<Vec<_>>().into_iter()
    }

    /// A string with its escapes resolved.
    pub(super) fn string(&mut self, pair: &Pair<'t, Rule>) -> Str {
        let written = pair.as_str();
        let text = self.unescape(&written[1..written.len() - 1]);
        Str { text, span: self.span(written) }
    }

    fn unescape(&mut self, mut rest: &'t str) -> String {
        let mut text = String::with_capacity(rest.len());
        while let Some(at) = rest.find('\\') {
            text.push_str(&rest[..at]);
            let (escape, meant) = self.escape(&rest[at..]);
            text.extend(meant);
            rest = &rest[at + escape..];
        }
        text.push_str(rest);
        text
    }

    /// The length of the escape a text starts with, and the character meant.
    fn escape(&mut self, text: &'t str) -> (usize, Option<char>) {
        let Some(c) = text[1..].chars().next() else { return (1, None) };
        let len = 1 + c.len_utf8();
        let meant = match c {
            '"' | '\\' => c,
            'n' => '\n',
            't' => '\t',
            'u' => return self.code_point(text),
            _ => {
                let message = format!("`\\{c}` is no escape");
                let help =
                    r#"escapes are `\"`, `\\`, `\n`, `\t` and `\u{1F600}`; a backslash is written `\\`"#;
                self.error(Code::J108, &text[..len], message, help);
                c
            }
        };
        (len, Some(meant))
    }

    /// `\u{1F600}`
    fn code_point(&mut self, text: &'t str) -> (usize, Option<char>) {
        let end = if text[2..].starts_with('{') { text.find('}').map(|n| n + 1) } else { None };
        let Some(end) = end else {
            self.error(
                Code::J108,
                &text[..2],
                "`\\u` is not followed by `{…}`",
                "write the number of the character in braces: `\\u{20AC}`",
            );
            return (2, None);
        };
        let digits = &text[3..end - 1];
        let plain = (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let meant = u32::from_str_radix(digits, 16).ok().filter(|_| plain).and_then(char::from_u32);
        if meant.is_none() {
            let message = format!("`\\u{{{digits}}}` is the number of no character");
            self.error(
                Code::J108,
                &text[..end],
                message,
                "write 1 to 6 hexadecimal digits, up to `\\u{10FFFF}` and none of D800 to DFFF",
            );
        }
        (end, meant)
    }

    /// The text of a note: `{expr}` are values, `{{` and `}}` are braces.
    pub(super) fn note(&mut self, pair: &Pair<'t, Rule>) -> Note {
        let written = pair.as_str();
        let mut rest = &written[1..written.len() - 1];
        let (mut parts, mut text) = (Vec::new(), String::new());
        while let Some(at) = rest.find(['{', '}', '\\']) {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            let len = if rest.starts_with("{{") || rest.starts_with("}}") {
                text.push_str(&rest[..1]);
                2
            } else if rest.starts_with('\\') {
                let (len, meant) = self.escape(rest);
                text.extend(meant);
                len
            } else {
                let (len, part) = self.interpolation(rest);
                if let Some(part) = part {
                    parts.extend((!text.is_empty()).then(|| NotePart::Text(std::mem::take(&mut text))));
                    parts.push(part);
                }
                len
            };
            rest = &rest[len..];
        }
        text.push_str(rest);
        parts.extend((!text.is_empty()).then_some(NotePart::Text(text)));
        Note { parts, span: self.span(written) }
    }

    /// `{expr}` at the start of a text, or a brace that is wrong.
    fn interpolation(&mut self, text: &'t str) -> (usize, Option<NotePart>) {
        let end = text.find('}').filter(|_| text.starts_with('{'));
        let Some(end) = end else {
            let brace = &text[..1];
            let message = match brace {
                "{" => "`{` in a note has no `}`",
                _ => "`}` in a note has no `{`",
            };
            let help = format!(
                "write values as `{{name}}` without strings inside, and a brace itself as `{brace}{brace}`"
            );
            self.error(Code::J117, brace, message, &help);
            return (1, None);
        };
        let inner = text[1..end].trim();
        if inner.is_empty() || inner.contains(['\\', '{']) {
            let message = "between the braces of a note one value is expected";
            let help =
                "give a longer expression a name with `let` and write `{name}`; a brace is `{{` or `}}`";
            self.error(Code::J117, &text[..end + 1], message, help);
            return (end + 1, None);
        }
        let expr = self.read(Rule::lone_expr, inner).and_then(|pair| pair.into_inner().next());
        (end + 1, expr.map(|pair| NotePart::Expr(self.expr(pair))))
    }
}
