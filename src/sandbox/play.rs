//! What the sandbox says and where: facts and templates from `mappings/contracts/`. No element is named here.

use std::collections::HashMap;

const TEXT: &str = include_str!("../../mappings/contracts/s4.journal_entry.sandbox");

/// The facts, the templates and the rules that come with jemap.
#[derive(Debug, Default)]
pub(super) struct Play {
    facts: HashMap<&'static str, &'static str>,
    templates: HashMap<&'static str, String>,
    /// The rules of a sandbox that is given none.
    pub(super) rules: String,
}

impl Play {
    /// The one that comes with jemap.
    pub(super) fn read() -> Play {
        let mut play = Play::default();
        let mut open = "";
        for line in TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "" => play.templates.entry(open).or_default().push_str(line.trim_start()),
                "template" => open = rest,
                "fact" => {
                    let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
                    play.facts.insert(name, value.trim());
                }
                _ => play.rules += &format!("{line}\n"),
            }
        }
        play
    }

    /// A fact; empty where there is none, which the test excludes for all that are asked for.
    pub(super) fn fact(&self, name: &str) -> &'static str {
        self.facts.get(name).copied().unwrap_or_default()
    }

    /// A template with its holes filled; the values are written as they are.
    pub(super) fn fill(&self, name: &str, values: &[(&str, &str)]) -> String {
        let template = self.templates.get(name).map_or("", String::as_str);
        filled(template, |hole| values.iter().find(|v| v.0 == hole).map(|v| v.1.to_owned()))
    }
}

/// Fills the holes `{name}` of a text; one without a value stays as it is.
pub(super) fn filled(template: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out += before;
        let Some((hole, after)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match value(hole) {
            Some(value) => out += &value,
            None => out += &format!("{{{hole}}}"),
        }
        rest = after;
    }
    out + rest
}

/// Text as it stands in XML.
pub(super) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
