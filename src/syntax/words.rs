//! Human words for the rules of the grammar and for what was found. It does not know mistakes.

use super::grammar::Rule;

/// What is found where nothing is left.
pub(super) const END: &str = "the end of the statement";

/// What a rule is called in a message; nothing when it says nothing to a reader.
pub(super) fn of_rule(rule: Rule) -> Option<String> {
    let text = match rule {
        Rule::EOI => END,
        Rule::ident | Rule::name | Rule::bare | Rule::skip => "a name",
        Rule::dotted => "a target such as `s4.journal_entry`",
        Rule::profile => "a profile such as `2024`",
        Rule::integer => "a whole number",
        Rule::number | Rule::signed => "a number",
        Rule::string | Rule::note => "a string",
        Rule::default => "a string, a number or `env(\"NAME\")`",
        Rule::block => "`{`",
        Rule::row => "`(`",
        Rule::json_path | Rule::json_key | Rule::json_self => "a path such as `a.b`",
        Rule::r#type | Rule::enum_type | Rule::list_type | Rule::word_type => "a type",
        Rule::type_arg | Rule::bounds | Rule::field_path => "a length or a field",
        Rule::modifier => "`at`, `none` or another word that may follow a type",
        Rule::path | Rule::segment | Rule::element_name => "an element",
        Rule::attribute | Rule::attribute_name => "an attribute",
        Rule::pattern | Rule::patterns | Rule::range_pattern => "a pattern",
        Rule::arm | Rule::match_arm => "an arm such as `\"a\" => …`",
        Rule::arm_body => "an element or `{`",
        Rule::expr | Rule::operation | Rule::operand | Rule::primary | Rule::match_expr => "an expression",
        Rule::outcome | Rule::lone_expr | Rule::negate | Rule::kw_not => "an expression",
        Rule::infix => "an operator",
        Rule::generator => "a variable",
        Rule::fallback | Rule::reject_outcome => "a value, `omit` or `reject`",
        Rule::equals => "`=`",
        Rule::fat_arrow => "`=>`",
        Rule::arrow => "`->`",
        Rule::colon => "`:`",
        Rule::comma => "`,`",
        Rule::dot => "`.`",
        Rule::dots => "`..`",
        Rule::open | Rule::type_args | Rule::attributes | Rule::arguments => "`(`",
        Rule::close => "`)`",
        Rule::open_list | Rule::lookup => "`[`",
        Rule::close_list => "`]`",
        Rule::pipe | Rule::pipe_call => "`|`",
        Rule::question => "`?`",
        Rule::at_clause => "`at`",
        Rule::or_bare => "`or .`",
        Rule::when_clause => "`when`",
        Rule::key_clause => "`key`",
        Rule::separator => "`separator`",
        Rule::comprehension => "`for`",
        other => return format!("{other:?}").strip_prefix("kw_").map(|word| format!("`{word}`")),
    };
    Some(text.to_owned())
}

/// Whether a rule may go on after any operand, so that it says nothing special about this place.
pub(super) fn goes_on(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::infix
            | Rule::kw_or
            | Rule::question
            | Rule::maybe
            | Rule::dot
            | Rule::member
            | Rule::open
            | Rule::arguments
            | Rule::open_list
            | Rule::lookup
            | Rule::pipe
            | Rule::pipe_call
            | Rule::optional
            | Rule::type_args
    )
}

/// `a, b or c`
pub(super) fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} or {last}", head.join(", ")),
    }
}

/// The word, number, string or sign a text starts with.
pub(super) fn token(text: &str) -> &str {
    let Some(first) = text.chars().next() else { return text };
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let len = if word(first) {
        text.find(|c| !word(c)).unwrap_or(text.len())
    } else if first == '"' {
        string_len(text)
    } else {
        let two = [
            "=>", "==", "!=", "<=", ">=", "->", "++", "..", "<>", ":=", "+=", "-=", "//", "**", "??", "?.",
            "::",
        ];
        two.iter().find(|sign| text.starts_with(**sign)).map_or(first.len_utf8(), |sign| sign.len())
    };
    &text[..len]
}

/// The length of the string a text starts with.
fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\\' => escaped = !escaped,
            '"' if !escaped => return at + 1,
            _ => escaped = false,
        }
    }
    text.len()
}

/// What was found, for a message.
pub(super) fn found(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 24;
    let token = token(text);
    if token.is_empty() {
        return END.to_owned();
    }
    if token.chars().count() <= SHOWN_CHARS_MAX {
        return format!("`{token}`");
    }
    let start: String = token.chars().take(SHOWN_CHARS_MAX).collect();
    format!("`{start}…`")
}
