//! What is wrong with a statement that could not be read, in human words. It does not build trees.
//!
//! First the mistakes that have a name (`=` for `==`, a missing `=>` …), then what was expected and what was
//! found.

use super::grammar::Rule;
use super::parse::Reader;
use super::scan::ITEM_WORDS;
use super::words::{self, END, found, goes_on, listed, of_rule, token};
use crate::diag::{Code, Report, near};
use pest::error::{Error, ErrorVariant, InputLocation};

/// The words that start a statement inside a document.
const STATEMENT_WORDS: [&str; 9] = ["same", "let", "reject", "drop", "total", "for", "route", "if", "split"];
/// The words kept for later versions.
const KEPT_WORDS: [&str; 3] = ["fmt", "why", "diff"];

/// A statement that could not be read, and where reading stopped.
struct Stop<'t> {
    /// What was being read.
    rule: Rule,
    /// The whole statement.
    piece: &'t str,
    /// Where reading stopped, in the statement.
    at: usize,
    /// What could have stood there.
    expected: Vec<Rule>,
}

/// A code, a message and the help.
type Explained = (Code, String, String);

impl<'t> Stop<'t> {
    /// The text from where reading stopped.
    fn rest(&self) -> &'t str {
        &self.piece[self.at..]
    }
    /// The text before.
    fn before(&self) -> &'t str {
        self.piece[..self.at].trim_end()
    }
    /// The word, number, string or sign found.
    fn token(&self) -> &'t str {
        token(self.rest())
    }
    /// The text after what was found.
    fn after(&self) -> &'t str {
        self.rest()[self.token().len()..].trim_start()
    }
    fn expects(&self, rule: Rule) -> bool {
        self.expected.contains(&rule)
    }
    /// An operand is complete here.
    fn after_operand(&self) -> bool {
        self.expects(Rule::infix)
    }
    fn expects_value(&self) -> bool {
        self.expected.iter().any(|rule| {
            matches!(
                rule,
                Rule::expr | Rule::operation | Rule::operand | Rule::primary | Rule::outcome | Rule::fallback
            )
        })
    }
}

impl<'t> Reader<'t> {
    /// Reports why a statement could not be read.
    pub(super) fn mistake(&mut self, rule: Rule, piece: &'t str, error: &Error<Rule>) {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let at = at + (piece[at..].len() - skip_space(&piece[at..]).len());
        // What the scan mended was reported there; what is odd beside it follows from it.
        let start = self.offset(piece);
        if self.scan.mended_near(start, start + at) {
            return;
        }
        let expected = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives.clone(),
            ErrorVariant::CustomError { .. } => Vec::new(),
        };
        let stop = Stop { rule, piece, at, expected };
        let first = first_word(&stop).map(|explained| (explained, token(piece)));
        let ((code, message, help), place) = first.unwrap_or_else(|| (explain(&stop), stop.token()));
        // The expression of a note ends at its brace.
        let message = if rule == Rule::lone_expr { message.replace(words::END, "`}`") } else { message };
        let report = Report::error(code, self.span(place), message);
        self.reports.push(if help.is_empty() { report } else { report.help(help) });
    }
}

/// The text after space and comments.
fn skip_space(text: &str) -> &str {
    let mut rest = text.trim_start();
    while rest.starts_with('#') {
        rest = rest.find('\n').map_or("", |end| rest[end..].trim_start());
    }
    rest
}

fn explain(stop: &Stop<'_>) -> Explained {
    let explanations: [fn(&Stop<'_>) -> Option<Explained>; 10] = [
        number,
        assigned,
        declared,
        modifier,
        arrow,
        operator,
        omitted,
        two_statements,
        character,
        missing_value,
    ];
    explanations.iter().find_map(|explanation| explanation(stop)).unwrap_or_else(|| expected(stop))
}

fn explained(code: Code, message: impl Into<String>, help: impl Into<String>) -> Option<Explained> {
    Some((code, message.into(), help.into()))
}

/// A statement that no rule can even start.
fn first_word(stop: &Stop<'_>) -> Option<Explained> {
    let word = token(stop.piece);
    if !word.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    let at_word = stop.at == 0 || stop.before() == word;
    match stop.rule {
        Rule::item if stop.at == 0 => Some(first_word_of_item(stop, word)),
        Rule::statement if at_word && !STATEMENT_WORDS.contains(&word) => first_word_of_statement(stop, word),
        _ => None,
    }
}

fn first_word_of_item(stop: &Stop<'_>, word: &str) -> Explained {
    let after = stop.piece[word.len()..].trim_start();
    if KEPT_WORDS.contains(&word) {
        return kept(word);
    }
    let assigns = after.starts_with(['=', '.', '(']);
    if STATEMENT_WORDS.contains(&word) || (assigns && near(word, ITEM_WORDS).is_none()) {
        let message = format!("`{word}` stands outside of a document");
        return (Code::J103, message, "move it into the braces of `document … { }`".to_owned());
    }
    if word == "each" || word == "else" {
        return (
            Code::J103,
            format!("`{word}` has nothing to belong to here"),
            "move it into its `route` or behind its `if`".to_owned(),
        );
    }
    let help = match foreign_item(word).or(near(word, ITEM_WORDS)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a file is made of {}", listed(&ITEM_WORDS.map(|word| format!("`{word}`")))),
    };
    (Code::J102, format!("`{word}` is not a statement"), help)
}

/// What other languages call the things a file is made of.
fn foreign_item(word: &str) -> Option<&'static str> {
    Some(match word {
        "import" | "include" | "require" => "use",
        "function" | "def" | "func" => "fn",
        "input" | "from" => "source",
        "output" | "contract" => "target",
        "parameter" | "var" | "const" => "param",
        "lookup" | "csv" => "table",
        "header" => "message",
        "entry" | "group" => "document",
        "mapping" | "name" | "version" => "map",
        _ => return None,
    })
}

fn kept(word: &str) -> Explained {
    let message = format!("`{word}` is kept for a later version and is not a statement yet");
    (Code::J104, message, "take the statement out".to_owned())
}

/// A first word inside a document that is neither a statement nor followed by what an element needs.
fn first_word_of_statement(stop: &Stop<'_>, word: &str) -> Option<Explained> {
    let after = stop.piece[word.len()..].trim_start();
    if KEPT_WORDS.contains(&word) {
        return Some(kept(word));
    }
    if after.is_empty() || !after.starts_with(|c: char| c.is_alphanumeric() || "\"_{".contains(c)) {
        return None;
    }
    if ITEM_WORDS.contains(&word) {
        let message = format!("`{word}` stands at the top level, not inside a block");
        return explained(Code::J103, message, "move it out of the braces");
    }
    match word {
        "else" | "elif" | "elsif" | "elseif" => lonely_else(word),
        "each" => explained(
            Code::J103,
            "`each` stands outside of a `route`",
            "move it into the braces of `route … { }`",
        ),
        _ => {
            let foreign = match word {
                "set" | "var" | "const" | "def" => Some("let"),
                "foreach" | "loop" => Some("for"),
                "switch" | "case" | "match" => Some("route"),
                "skip" | "ignore" => Some("drop"),
                "fail" | "error" | "throw" => Some("reject"),
                _ => near(word, STATEMENT_WORDS),
            };
            let near = foreign?;
            explained(Code::J102, format!("`{word}` is not a statement"), format!("did you mean `{near}`?"))
        }
    }
}

fn lonely_else(word: &str) -> Option<Explained> {
    let message = format!("`{word}` does not follow the `}}` of an `if`");
    explained(Code::J103, message, "write `if … { … } else if … { … } else { … }`")
}

/// Numbers as other languages write them.
fn number(stop: &Stop<'_>) -> Option<Explained> {
    let (before, word) = (stop.before(), stop.token());
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let ends_in_number = before.ends_with(|c: char| c.is_ascii_digit());
    if digit(word) && !word.bytes().all(|b| b.is_ascii_digit()) {
        let what = if matches!(stop.rule, Rule::field | Rule::item) || stop.at == 0 {
            "neither a name nor"
        } else {
            "not"
        };
        let help = "names start with a letter or `_`; numbers are digits with at most one `.`: `1234.56`";
        return explained(Code::J124, format!("`{word}` is {what} a number"), help);
    }
    if word == "." && digit(stop.after()) && stop.expects_value() {
        return explained(Code::J124, "a number starts with `.`", "write a digit before it: `0.5`");
    }
    if before.strip_suffix('.').is_some_and(|number| number.ends_with(|c: char| c.is_ascii_digit()))
        && !digit(word)
    {
        return explained(Code::J124, "a number ends with `.`", "write a digit after it, or leave `.` out");
    }
    if word == "," && ends_in_number && digit(stop.after()) && stop.expects(Rule::EOI) {
        return explained(
            Code::J124,
            "a number is written with `,`",
            "write digits with at most one `.`: `1234.56`",
        );
    }
    None
}

/// A word after a type that cannot stand there.
fn modifier(stop: &Stop<'_>) -> Option<Explained> {
    const WORDS: [&str; 9] = ["none", "at", "or", "round", "minor", "key", "from", "to", "number"];
    if stop.rule != Rule::field || !stop.expects(Rule::modifier) || !stop.expects(Rule::EOI) {
        return None;
    }
    let word = stop.token();
    let help = match word {
        "=" | "default" => "a field has no default; write `field or VALUE` where it is used".to_owned(),
        "optional" | "nullable" | "null" => "write `?` after the type".to_owned(),
        "required" | "mandatory" | "not" => "leave it out: a field without `?` must be there".to_owned(),
        "as" => "write `at` before the path".to_owned(),
        "in" | "where" | "when" => "conditions stand in the document, not at fields".to_owned(),
        _ => match near(word, WORDS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("after a type may stand {}", listed(&WORDS.map(|word| format!("`{word}`")))),
        },
    };
    let starts_field =
        word.starts_with(|c: char| c.is_alphabetic() || c == '_') && stop.after().starts_with(':');
    let known = word.is_empty() || starts_field || character(stop).is_some();
    if known {
        None
    } else {
        explained(Code::J101, format!("{} cannot follow a type", found(stop.rest())), help)
    }
}

/// `==`, `:` and the like where `=` assigns.
fn assigned(stop: &Stop<'_>) -> Option<Explained> {
    if stop.after_operand() && stop.token() == "=" {
        return explained(
            Code::J111,
            "`=` assigns, and a value is already complete before it",
            "compare with `==`",
        );
    }
    if stop.token() == "=" && stop.before().ends_with("==") {
        return explained(Code::J111, "`===` is not an operator", "compare with `==`");
    }
    if !stop.expects(Rule::equals) {
        return None;
    }
    match stop.token() {
        "==" => explained(Code::J111, "`==` compares; here a value is assigned", "write one `=`"),
        ":" | ":=" | "+=" | "-=" | "<-" | "->" | "=>" if stop.rule != Rule::arms => {
            let message = format!("a value is assigned with `=`, found `{}`", stop.token());
            match stop.token() {
                "=>" => explained(
                    Code::J103,
                    "an arm with `=>` stands outside of `route` and `match`",
                    "assign with `=`, or move the arm into a `route`",
                ),
                _ => explained(Code::J112, message, "write `=`"),
            }
        }
        _ if stop.rule == Rule::statement && element_with_colon(stop.before()) => {
            explained(Code::J112, "a value is assigned with `=`, found `:`", "write `=`")
        }
        _ => None,
    }
}

/// `CompanyCode:company` reads as one name with a prefix.
fn element_with_colon(before: &str) -> bool {
    before.rsplit_once(':').is_some_and(|(prefix, name)| {
        prefix.starts_with(|c: char| c.is_ascii_uppercase())
            && name.starts_with(|c: char| c.is_ascii_lowercase())
    })
}

/// `=` where `:` declares.
fn declared(stop: &Stop<'_>) -> Option<Explained> {
    if !stop.expects(Rule::colon) || stop.after_operand() {
        return None;
    }
    let what = match stop.rule {
        Rule::field => "a type stands after `:`",
        Rule::item => "a type stands after `:`",
        _ => "an attribute's value stands after `:`",
    };
    match stop.token() {
        sign @ ("-" | ".") if stop.rule == Rule::field => {
            let whole = stop.piece.split(':').next().unwrap_or("").trim();
            let help = format!(
                "write `{}: type at {}`",
                whole.replace(['-', '.'], "_"),
                if sign == "-" { format!("\"{whole}\"") } else { whole.to_owned() }
            );
            explained(Code::J122, format!("`{sign}` cannot stand in the name of a field"), help)
        }
        "=" | ":=" | "==" | "::" => {
            explained(Code::J112, format!("{what}, found `{}`", stop.token()), "write `:`")
        }
        "?" => explained(
            Code::J112,
            "`?` stands after the type of an optional field, not after its name",
            "write `name: type?`",
        ),
        // Letters of other alphabets are no part of a name, which is told as such.
        word if stop.rule == Rule::field
            && word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '"') =>
        {
            explained(Code::J112, format!("{what}, found `{word}`"), "write `name: type`")
        }
        _ => None,
    }
}

/// A missing or wrong `=>`.
fn arrow(stop: &Stop<'_>) -> Option<Explained> {
    if !stop.expects(Rule::fat_arrow) {
        if matches!(stop.rule, Rule::arms | Rule::match_arms) && matches!(stop.token(), "_" | "default" | "*")
        {
            return explained(
                Code::J113,
                format!("`{}` is not a pattern", stop.token()),
                "write `else => …` for all the rest",
            );
        }
        return None;
    }
    let help = match stop.before() {
        "_" | "default" | "otherwise" => "write `else => …` for all the rest",
        _ => "write `pattern => …`",
    };
    let message = match stop.token() {
        "" => "an arm ends before its `=>`".to_owned(),
        token => format!("`=>` was expected between the pattern and what happens, found `{token}`"),
    };
    explained(Code::J113, message, help)
}

/// Operators of other languages.
fn operator(stop: &Stop<'_>) -> Option<Explained> {
    if !stop.after_operand() {
        let sign = stop.token();
        let doubled = match (stop.before().chars().last(), sign.chars().next()) {
            (Some('?'), Some('?')) => Some(("??", "write `or`: `memo or \"none\"`")),
            (Some('?'), Some('.')) => {
                Some(("?.", "write `table[k]?.column`, or `x or …` for an optional value"))
            }
            (Some('*'), Some('*')) => {
                Some(("**", "there are no powers; `shift(x, n)` moves the decimal point"))
            }
            _ => None,
        };
        if let Some((sign, help)) = doubled {
            return explained(Code::J114, format!("`{sign}` is not an operator"), help);
        }
        if stop.expects(Rule::ident)
            && stop.before().ends_with('|')
            && !sign.starts_with(|c: char| c.is_alphabetic())
        {
            return explained(
                Code::J114,
                format!("a function was expected after `|`, found {}", found(stop.rest())),
                "write `value | cut(25)`; for a choice write `or`",
            );
        }
        return None;
    }
    let (sign, next) = (stop.token(), token(stop.after()));
    let help = match (sign, next) {
        ("/", _) => "divide with `divide(a, b, places, \"half_up\")`: places and rounding are always written"
            .to_owned(),
        ("%", _) => "there is no remainder; a percentage is `x * rate`".to_owned(),
        ("<>", _) => "write `!=`".to_owned(),
        ("^", _) => "there are no powers; `shift(x, n)` moves the decimal point".to_owned(),
        ("&", _) => "join texts with `++`, conditions with `and`".to_owned(),
        ("is", "not") => "write `!=`".to_owned(),
        ("not", "in") => "write `not x in list`".to_owned(),
        ("is" | "equals" | "eq", _) => "write `==`".to_owned(),
        ("like" | "matches" | "contains" | "startswith", _) => format!(
            "use a function: `x | {}(…)`",
            if sign == "startswith" {
                "starts_with"
            } else if sign == "like" {
                "matches"
            } else {
                sign
            }
        ),
        ("between", _) => "write `a <= x and x <= b`".to_owned(),
        ("OR" | "AND" | "IN" | "Or" | "And" | "In", _) => format!("write `{}`", sign.to_lowercase()),
        ("xor" | "mod" | "div", _) => "take the expression apart, or use a function".to_owned(),
        _ => return None,
    };
    explained(Code::J114, format!("`{sign}` is not an operator"), help)
}

/// `omit` and `reject` in the wrong place.
fn omitted(stop: &Stop<'_>) -> Option<Explained> {
    let fallback = stop.before().ends_with("omit");
    if fallback && stop.expects(Rule::EOI) && !stop.token().is_empty() {
        let message = format!("nothing can follow `omit` here, found {}", found(stop.rest()));
        return explained(Code::J116, message, "let `or omit` be the last thing of the statement");
    }
    let word = stop.token();
    if !stop.expects_value() || !matches!(word, "omit" | "reject") {
        return None;
    }
    let help = match word {
        "omit" => "write `x or omit`, `c ? x : omit`, or take the statement out",
        _ => "write `x or reject \"why\"`, or the statement `reject \"why\" when …`",
    };
    explained(Code::J116, format!("`{word}` stands where a value is expected"), help)
}

/// Another statement or field on the same line.
fn two_statements(stop: &Stop<'_>) -> Option<Explained> {
    let word = stop.token();
    if !stop.expects(Rule::EOI)
        || stop.before().is_empty()
        || !word.starts_with(|c: char| c.is_alphabetic() || c == '_')
    {
        return None;
    }
    if stop.rule == Rule::statement && matches!(word, "else" | "elif" | "elsif" | "elseif") {
        return lonely_else(word);
    }
    let after = stop.after();
    let starts = match stop.rule {
        Rule::field => after.starts_with(':'),
        Rule::statement => {
            let assigns = after.starts_with('=') && !after.starts_with("==");
            assigns || after.starts_with(['.', '{']) || STATEMENT_WORDS.contains(&word)
        }
        Rule::item => ITEM_WORDS.contains(&word),
        Rule::arms | Rule::match_arms => after.starts_with("=>") || word == "each",
        _ => false,
    };
    let separator = if stop.rule == Rule::field { "`,`" } else { "`;`" };
    starts.then(|| {
        let message = format!("`{word}` starts something new in the middle of a line");
        (Code::J115, message, format!("put it on a line of its own, or {separator} before it"))
    })
}

/// Characters that no rule knows.
fn character(stop: &Stop<'_>) -> Option<Explained> {
    let c = stop.rest().chars().next()?;
    if c.is_ascii() && !matches!(c, '$' | '@' | '%' | '^' | '~' | '\\' | '&' | '/') {
        return None;
    }
    let message = format!("the character `{c}` cannot stand here");
    let help = match c {
        c if c.is_alphabetic() => {
            "names are made of ASCII letters, digits and `_`; other names stand in quotes: `at \"Straße\"`"
        }
        '@' | '$' => "names have no sign before them; odd JSON keys stand in quotes after `at`",
        _ => "take it out",
    };
    explained(Code::J122, message, help)
}

/// A statement that ends where a value must stand.
fn missing_value(stop: &Stop<'_>) -> Option<Explained> {
    let ends = stop.token().is_empty();
    let (Some(word), true) = (stop.before().split_whitespace().last(), ends && stop.expects_value()) else {
        return None;
    };
    let help = "write it, or take the statement out";
    explained(Code::J101, format!("an expression was expected after `{word}`, found {END}"), help)
}

/// What was expected, and what was found.
fn expected(stop: &Stop<'_>) -> Explained {
    let special: Vec<Rule> = stop.expected.iter().copied().filter(|rule| !goes_on(*rule)).collect();
    let named = if special.is_empty() { &stop.expected } else { &special };
    let mut words: Vec<String> = Vec::new();
    for word in named.iter().filter_map(|rule| of_rule(*rule)) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    // The end is the least likely of what could have been meant.
    if let Some(at) = words.iter().position(|word| word == END) {
        let word = words.remove(at);
        words.push(word);
    }
    let found = found(stop.rest());
    let message = match listed(&words) {
        list if list.is_empty() => format!("{found} was not expected here"),
        list => format!("expected {list}, found {found}"),
    };
    let in_brackets = stop.expects(Rule::close) || stop.expects(Rule::close_list);
    let help = match stop.rule {
        _ if in_brackets => "",
        Rule::item | Rule::statement => shape(token(stop.piece)).unwrap_or_default(),
        Rule::field => "write `name: type`, then words such as `at`, `none` or `key`",
        Rule::arms => "write `pattern => Element { … }`, `=> drop \"why\"` or `=> reject \"why\"`",
        _ => "",
    };
    (Code::J101, message, help.to_owned())
}

/// How a statement is written.
fn shape(word: &str) -> Option<&'static str> {
    Some(match word {
        "map" => "write `map NAME version 1`",
        "use" => "write `use \"library.map\"`",
        "target" => {
            "write `target s4.journal_entry profile 2024`, `target wsdl \"FILE\"` or `target xsd \"FILE\" root \"NAME\"`"
        }
        "param" => "write `param NAME: TYPE` or `param NAME: TYPE = \"default\"`",
        "source" => "write `source json record at path[] { … }` or `source json line { … }`",
        "around" => "write `around { name: type at path }`",
        "table" => "write `table NAME = csv(\"file.csv\") { column: type key, … }`",
        "fn" => "write `fn NAME(a: TYPE) = EXPRESSION`",
        "message" => "write `message { Element = … }`",
        "document" => {
            "write `document from record { … }`, `document for x in list { … }` or `document per key { … }`"
        }
        "test" => "write `test \"name\" { … }`",
        "same" => "write `same company, date`",
        "let" => "write `let NAME = EXPRESSION`",
        "reject" => "write `reject \"why\" when CONDITION note \"…\"`",
        "drop" => "write `drop \"why\" when CONDITION`",
        "total" => "write `total EXPRESSION`",
        "for" => "write `for x in list { … }`",
        "route" => "write `route line by EXPRESSION { pattern => Element { … } }`",
        "if" => "write `if CONDITION { … } else { … }`",
        "split" => "write `split above 999 { … }`",
        _ => return None,
    })
}
