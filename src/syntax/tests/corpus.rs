//! The texts of the tests use every rule of the grammar, and every example of the reference can be read.

use super::{REACHED, parsed, said};
use crate::syntax::grammar::Rule;

const REFERENCE: &str = include_str!("../../../grammar/LANGUAGE.md");

/// Rules without pairs: silent ones, those in others that are read as one, those only looked ahead for, and one
/// that only says what is wrong.
const UNSEEN: [Rule; 19] = [
    Rule::WHITESPACE,
    Rule::COMMENT,
    Rule::rest_of_line,
    Rule::gap,
    Rule::item,
    Rule::blank,
    Rule::plain,
    Rule::plain_in_group,
    Rule::group,
    Rule::grouped,
    Rule::joint,
    Rule::comma_joint,
    Rule::skipped,
    Rule::continuation,
    Rule::named,
    Rule::word_part,
    Rule::statement_word,
    Rule::opening_word,
    Rule::reserved,
];

#[test]
fn every_rule_is_reached() {
    for text in [super::trees::FLAT, super::trees::NESTED, super::trees::OTHERS] {
        assert_eq!(said(text), "");
    }
    for case in super::trees::EXPRESSIONS {
        assert_eq!(said(&format!("fn f() = {case}")), "");
    }
    said("document from record { reject \"a\" when b note \"{c}\" }");
    let missed: Vec<_> = REACHED.with_borrow(|reached| {
        Rule::all_rules()
            .iter()
            .filter(|rule| !reached.contains(rule) && !UNSEEN.contains(rule))
            .copied()
            .collect()
    });
    assert_eq!(missed, []);
}

/// The ```jemap blocks of a page: the line they start at, whether they are fragments, their text.
fn blocks(page: &str) -> Vec<(usize, bool, String)> {
    let mut blocks: Vec<(usize, bool, String)> = Vec::new();
    let mut inside = false;
    for (number, line) in page.lines().enumerate() {
        match (inside, line) {
            (true, "```") => inside = false,
            (true, line) => {
                let (_, _, text) = blocks.last_mut().expect("a block was opened");
                text.push_str(line);
                text.push('\n');
            }
            (false, "```jemap" | "```jemap fragment") => {
                blocks.push((number + 1, line.ends_with("fragment"), String::new()));
                inside = true;
            }
            _ => {}
        }
    }
    blocks
}

#[test]
fn the_reference_can_be_read() {
    let blocks = blocks(REFERENCE);
    assert!(blocks.len() >= 20, "only {} examples were found", blocks.len());
    for (line, fragment, text) in blocks {
        let (file, reports) = parsed(&text);
        assert_eq!(reports.to_string(), "", "the example after line {line} of grammar/LANGUAGE.md");
        let whole = file.items.iter().any(|item| matches!(item, crate::syntax::tree::Item::Map { .. }));
        assert!(
            whole != fragment,
            "the example after line {line} is a whole mapping or marked as a fragment"
        );
    }
}
