//! What the sandbox refuses: one rule a line, read from a file that people write.
//!
//! ```text
//! refuse [first N] when CONDITION [and CONDITION]… note 507(F5) "G/L account {value} is not defined"
//! ```

use super::play::filled;
use super::read::Entry;
use crate::contract::{Contract, ElementId};
use crate::diag::near;

/// A rule.
#[derive(Debug)]
pub(super) struct Rule {
    /// Applies only so often to one entry.
    pub(super) first: Option<u32>,
    conditions: Vec<Condition>,
    kind: String,
    text: String,
}

#[derive(Debug)]
enum Condition {
    Is(ElementId, Vec<String>, bool),
    Before(ElementId, String),
    After(ElementId, String),
    Longer(ElementId, usize),
    Missing(ElementId),
    Unbalanced,
    LinesAbove(usize),
    LinesBelow(usize),
    CurrenciesAbove(usize),
}

/// A note of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// `507(F5)`
    pub(super) kind: String,
    pub(super) text: String,
    /// What stands in the text's holes, in their order.
    pub(super) variables: Vec<String>,
}

/// All rules and the elements they look at.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) all: Vec<Rule>,
    paths: Vec<(String, ElementId)>,
}

impl Rules {
    /// Reads rules.
    ///
    /// # Errors
    /// The number of the first line that is no rule, and why.
    pub(super) fn read(text: &str, contract: &Contract) -> Result<Rules, String> {
        let mut rules = Rules { all: vec![], paths: vec![] };
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                let rule = rules.rule(line, contract).map_err(|why| format!("line {}: {why}", index + 1))?;
                rules.all.push(rule);
            }
        }
        Ok(rules)
    }

    fn rule(&mut self, line: &str, contract: &Contract) -> Result<Rule, String> {
        let expected = "a rule is written `refuse when … note 507(F5) \"text\"`";
        let (before, text) = line.split_once('"').ok_or(expected)?;
        let text = text.strip_suffix('"').ok_or("the text of the note is not closed")?;
        let mut words = before.split_whitespace().peekable();
        if words.next() != Some("refuse") {
            return Err(expected.into());
        }
        let mut first = None;
        if words.next_if_eq(&"first").is_some() {
            let number = words.next().and_then(|n| n.parse().ok());
            first = Some(number.ok_or("`first` has a number after it")?);
        }
        if words.next() != Some("when") {
            return Err(expected.into());
        }
        let words: Vec<&str> = words.collect();
        let [conditions @ .., "note", kind] = words.as_slice() else { return Err(expected.into()) };
        let conditions: Result<_, String> =
            conditions.split(|w| *w == "and").map(|words| self.condition(words, contract)).collect();
        // Holes that are paths are looked at too.
        for hole in text.split('{').skip(1).filter_map(|rest| rest.split_once('}')) {
            let own = ["value", "lines", "balance", "currency"].contains(&hole.0);
            if !own && !hole.0.starts_with('\'') {
                self.path(hole.0, contract)?;
            }
        }
        Ok(Rule { first, conditions: conditions?, kind: (*kind).to_owned(), text: text.to_owned() })
    }

    fn condition(&mut self, words: &[&str], contract: &Contract) -> Result<Condition, String> {
        let number = |word: &str| word.parse::<usize>().map_err(|_| format!("`{word}` is not a number"));
        Ok(match words {
            ["unbalanced"] => Condition::Unbalanced,
            ["lines", "above", n] => Condition::LinesAbove(number(n)?),
            ["lines", "below", n] => Condition::LinesBelow(number(n)?),
            ["currencies", "above", n] => Condition::CurrenciesAbove(number(n)?),
            [path, "missing"] => Condition::Missing(self.path(path, contract)?),
            [path, "before", day] => Condition::Before(self.path(path, contract)?, (*day).to_owned()),
            [path, "after", day] => Condition::After(self.path(path, contract)?, (*day).to_owned()),
            [path, "longer", "than", n] => Condition::Longer(self.path(path, contract)?, number(n)?),
            [path, "is", "not", values @ ..] if !values.is_empty() => {
                let values = values.iter().map(|v| (*v).to_owned()).collect();
                Condition::Is(self.path(path, contract)?, values, false)
            }
            [path, "is", values @ ..] if !values.is_empty() => {
                let values = values.iter().map(|v| (*v).to_owned()).collect();
                Condition::Is(self.path(path, contract)?, values, true)
            }
            _ => return Err(format!("`{}` is no condition", words.join(" "))),
        })
    }

    fn path(&mut self, path: &str, contract: &Contract) -> Result<ElementId, String> {
        let body = contract.anchors.body;
        if let Some(id) = contract.find_below(body, path) {
            self.paths.push((path.to_owned(), id));
            return Ok(id);
        }
        let above = format!("{}/", contract.path(body));
        let all: Vec<String> =
            (0..contract.elements.len()).map(|i| contract.path(ElementId(i as u32))).collect();
        let known = all.iter().filter_map(|p| p.strip_prefix(above.as_str()));
        let hint = near(path, known).map(|n| format!(", did you mean `{n}`?")).unwrap_or_default();
        Err(format!("there is no `{path}` in a document{hint}"))
    }

    /// The elements whose values are needed.
    pub(super) fn wanted(&self) -> impl Iterator<Item = ElementId> {
        self.paths.iter().map(|p| p.1)
    }

    /// The note of the rule, when it applies.
    pub(super) fn note(&self, rule: &Rule, entry: &Entry) -> Option<Note> {
        let mut value = "";
        for condition in &rule.conditions {
            value = condition.applies(entry)?;
        }
        let (currency, balance) = entry.off().unwrap_or_default();
        let mut variables = vec![];
        let text = filled(&rule.text, |hole| {
            let value = match hole {
                "value" => value.to_owned(),
                "lines" => entry.lines.to_string(),
                "balance" => balance.clone(),
                "currency" => currency.clone(),
                literal if literal.starts_with('\'') => literal.trim_matches('\'').to_owned(),
                path => {
                    let id = self.paths.iter().find(|p| p.0 == path).map(|p| p.1)?;
                    entry.value(id).unwrap_or_default().to_owned()
                }
            };
            variables.push(value.clone());
            Some(value)
        });
        Some(Note { kind: rule.kind.clone(), text: text.chars().take(200).collect(), variables })
    }
}

impl Condition {
    /// The value it applies to; empty for those that look at no value.
    fn applies<'e>(&self, entry: &'e Entry) -> Option<&'e str> {
        let one = |id: &ElementId, is: &dyn Fn(&str) -> bool| entry.all(*id).find(|v| is(v));
        let when = |is: bool| is.then_some("");
        match self {
            Condition::Is(id, values, wanted) => {
                one(id, &|value| values.iter().any(|v| fits(v, value)) == *wanted)
            }
            Condition::Before(id, day) => one(id, &|value| !value.is_empty() && value < day.as_str()),
            Condition::After(id, day) => one(id, &|value| value.get(..10).unwrap_or(value) > day.as_str()),
            Condition::Longer(id, n) => one(id, &|value| value.chars().count() > *n),
            Condition::Missing(id) => when(entry.all(*id).all(str::is_empty)),
            Condition::Unbalanced => when(entry.off().is_some()),
            Condition::LinesAbove(n) => when(entry.lines > *n),
            Condition::LinesBelow(n) => when(entry.lines < *n),
            Condition::CurrenciesAbove(n) => when(entry.sums.len() > *n),
        }
    }
}

/// `BAD*` fits all that begins so.
fn fits(pattern: &str, value: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => value.starts_with(begin),
        None => value == pattern,
    }
}
