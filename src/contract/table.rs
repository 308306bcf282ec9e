//! Our own notation of contracts: one line an element. `mappings/contracts/` tells how it is written.
//!
//! Knows nothing of XML; [`super::builtin`] says which tables there are.

use std::collections::HashMap;

use super::anchors::anchors;
use super::tree::{Attribute, Contract, Element, ElementId, Facets, Occurs, Primitive, Role, Rules, Service};

/// A file of the notation, split into lines; groups and messages are still apart.
#[derive(Debug, Default)]
pub(super) struct Table<'t> {
    /// The profiles the file tells apart, oldest first.
    pub(super) profiles: Vec<&'t str>,
    types: HashMap<&'t str, Simple>,
    groups: HashMap<&'t str, Vec<Row<'t>>>,
    messages: Vec<Message<'t>>,
}

/// A message of the file.
#[derive(Debug, Default)]
struct Message<'t> {
    name: &'t str,
    settings: HashMap<&'t str, &'t str>,
    rows: Vec<Row<'t>>,
}

/// The line of an element.
#[derive(Debug)]
struct Row<'t> {
    depth: usize,
    name: &'t str,
    occurs: Occurs,
    holds: Holds<'t>,
    since: Option<&'t str>,
    until: Option<&'t str>,
    role: Option<Role>,
    note: &'t str,
}

/// What an element's line says it holds.
#[derive(Debug)]
enum Holds<'t> {
    /// Children, on the lines that follow.
    Children,
    /// The children of a group.
    Group(&'t str),
    /// A value.
    Value(Simple),
}

/// The type of a value with the attributes that come with it.
#[derive(Debug, Clone)]
struct Simple {
    facets: Facets,
    attributes: Vec<Attribute>,
}

/// Which list the lines of elements go to.
enum Section<'t> {
    None,
    Group(&'t str),
    Message,
}

impl<'t> Table<'t> {
    /// Reads a file.
    ///
    /// # Errors
    /// The number of the first line that is not in the notation, and why.
    pub(super) fn read(text: &'t str) -> Result<Table<'t>, String> {
        let mut table = Table::default();
        let mut section = Section::None;
        for (index, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            table.line(line, &mut section).map_err(|why| format!("line {}: {why}", index + 1))?;
        }
        Ok(table)
    }

    fn line(&mut self, line: &'t str, section: &mut Section<'t>) -> Result<(), String> {
        if line.starts_with(' ') {
            let rows = match section {
                Section::None => return Err("an element stands outside of groups and messages".into()),
                Section::Group(name) => self.groups.get(name),
                Section::Message => self.messages.last().map(|m| &m.rows),
            };
            let row = self.row(line, rows.and_then(|rows| rows.last()).map_or(0, |row| row.depth))?;
            match section {
                Section::Group(name) if matches!(row.holds, Holds::Group(named) if named == *name) => {
                    return Err(format!("the group `{name}` stands in itself"));
                }
                Section::Group(name) => self.groups.entry(name).or_default().push(row),
                _ => self.messages.last_mut().expect("the section began with a message").rows.push(row),
            }
            return Ok(());
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match (word, &section) {
            ("profiles", _) => self.profiles = rest.split_whitespace().collect(),
            ("type", _) => {
                let (name, words) = rest.split_once(' ').ok_or("a type has a name and a primitive")?;
                let simple = simple(&mut words.split_whitespace().peekable(), &self.types)?;
                self.types.insert(name, simple);
            }
            ("group", _) if self.groups.contains_key(rest) => {
                return Err(format!("there is a group `{rest}`"));
            }
            ("group", _) => *section = Section::Group(rest),
            ("message", _) => {
                self.messages.push(Message { name: rest, ..Message::default() });
                *section = Section::Message;
            }
            (_, Section::Message) => {
                self.messages
                    .last_mut()
                    .expect("the section began with a message")
                    .settings
                    .insert(word, rest);
            }
            _ => return Err(format!("`{word}` is not known here")),
        }
        Ok(())
    }

    fn row(&self, line: &'t str, before: usize) -> Result<Row<'t>, String> {
        let (line, note) = line.split_once(" -- ").unwrap_or((line, ""));
        let depth = (line.len() - line.trim_start().len()) / 2;
        if depth > before + 1 {
            return Err("an element stands more than one step deeper than the one before".into());
        }
        let mut words = line.split_whitespace().peekable();
        let name = words.next().ok_or("an element has a name")?;
        let occurs = words.next().and_then(occurs).ok_or("an element has its occurrence after the name")?;
        let holds = match words.peek() {
            None | Some(&("since" | "until" | "role")) => Holds::Children,
            Some(word) => match self.groups.get_key_value(word) {
                Some((name, _)) => {
                    words.next();
                    Holds::Group(name)
                }
                None => Holds::Value(simple(&mut words, &self.types)?),
            },
        };
        let mut row =
            Row { depth, name, occurs, holds, since: None, until: None, role: None, note: note.trim() };
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("`{word}` lacks its value"))?;
            match word {
                "since" => row.since = Some(value),
                "until" => row.until = Some(value),
                "role" => row.role = Some(role(value).ok_or_else(|| format!("there is no role `{value}`"))?),
                _ => return Err(format!("`{word}` is not known after the type")),
            }
        }
        Ok(row)
    }

    /// One message as one profile has it; `None` when the file has no such message or profile.
    pub(super) fn contract(&self, name: &str, profile: &str) -> Option<Contract> {
        let message = self.messages.iter().find(|m| m.name == name)?;
        self.profiles.iter().find(|p| **p == profile)?;
        let setting = |key: &str| message.settings.get(key).copied();
        let mut elements =
            vec![element(setting("root").unwrap_or(name), None, Occurs { min: 1, max: Some(1) })];
        self.grow(&message.rows, Contract::ROOT, profile, &mut elements);
        let namespace = setting("namespace").unwrap_or_default();
        let mut words = namespace.split_whitespace();
        let prefix = words.next().unwrap_or_default().to_owned();
        let namespace = words.next().unwrap_or_default().to_owned();
        let service = setting("operation").map(|operation| Service {
            operation: operation.to_owned(),
            action: setting("action").unwrap_or_default().to_owned(),
            address: String::new(),
            answer: setting("answer").map(str::to_owned),
        });
        Some(Contract {
            name: name.to_owned(),
            profile: profile.to_owned(),
            namespace,
            prefix,
            qualified: words.next() == Some("qualified"),
            anchors: anchors(&elements, &[]),
            elements,
            rules: Rules {
                balanced: setting("balanced").is_some(),
                lines_max: setting("lines_max").and_then(|n| n.parse().ok()),
                one_currency: setting("one_currency").is_some(),
            },
            service,
        })
    }

    /// Adds the rows below an element. A row's parent is the last one that is one step less deep; groups grow
    /// where they are named, which ends: a group is complete before another one can name it.
    fn grow(&self, rows: &[Row<'t>], below: ElementId, profile: &str, elements: &mut Vec<Element>) {
        let mut parents = vec![below];
        // Rows deeper than this belong to an element the profile does not have.
        let mut absent_below = usize::MAX;
        for row in rows {
            if row.depth > absent_below {
                continue;
            }
            absent_below = usize::MAX;
            if row.since.is_some_and(|since| profile < since)
                || row.until.is_some_and(|until| profile > until)
            {
                absent_below = row.depth;
                continue;
            }
            parents.truncate(row.depth.max(1));
            let parent = *parents.last().expect("the parent of the outermost rows stays");
            let id = ElementId(elements.len() as u32);
            let mut new = element(row.name, Some(parent), row.occurs);
            new.role = row.role;
            row.note.clone_into(&mut new.note);
            if let Holds::Value(simple) = &row.holds {
                new.value = Some(simple.facets.clone());
                new.attributes.clone_from(&simple.attributes);
            }
            elements.push(new);
            elements[parent.0 as usize].children.push(id);
            if let Holds::Group(name) = row.holds {
                self.grow(&self.groups[name], id, profile, elements);
            }
            parents.push(id);
        }
    }
}

fn element(name: &str, parent: Option<ElementId>, occurs: Occurs) -> Element {
    Element {
        name: name.to_owned(),
        namespace: None,
        parent,
        occurs,
        value: None,
        attributes: vec![],
        children: vec![],
        role: None,
        note: String::new(),
    }
}

/// `0..1`, `1..n`
fn occurs(word: &str) -> Option<Occurs> {
    let (min, max) = word.split_once("..")?;
    let max = if max == "n" { None } else { Some(max.parse().ok()?) };
    Some(Occurs { min: min.parse().ok()?, max })
}

/// A type's words: its name or primitive with limits, then patterns and attributes.
fn simple<'t>(
    words: &mut std::iter::Peekable<impl Iterator<Item = &'t str>>,
    types: &HashMap<&'t str, Simple>,
) -> Result<Simple, String> {
    let word = words.next().ok_or("the type is missing")?;
    let mut simple = match types.get(word) {
        Some(known) => known.clone(),
        None => Simple { facets: facets(word)?, attributes: vec![] },
    };
    while let Some(word) = words.next_if(|word| word.starts_with(['±', '~', '@'])) {
        if let Some(greatest) = word.strip_prefix('±') {
            simple.facets.min = Some(format!("-{greatest}"));
            simple.facets.max = Some(greatest.to_owned());
            continue;
        }
        if let Some(pattern) = word.strip_prefix('~') {
            simple.facets.patterns.push(pattern.to_owned());
            continue;
        }
        let (name, limits) = word[1..].split_once(':').ok_or("an attribute is written `@name:type`")?;
        let required = name.ends_with('!');
        let name = name.trim_end_matches('!').to_owned();
        simple.attributes.push(Attribute { name, required, value: facets(limits)? });
    }
    Ok(simple)
}

/// `token(1..10)`, `decimal(28,6)`, `boolean`
fn facets(word: &str) -> Result<Facets, String> {
    let (name, limits) = match word.split_once('(') {
        Some((name, rest)) => (name, rest.strip_suffix(')').ok_or("`)` is missing")?),
        None => (word, ""),
    };
    let primitive =
        PRIMITIVES.iter().find(|p| p.0 == name).ok_or_else(|| format!("there is no type `{name}`"))?.1;
    let mut facets = Facets::of(primitive);
    let number = |text: &str| text.parse::<u32>().map_err(|_| format!("`{text}` is not a number"));
    if let Some((total, fraction)) = limits.split_once(',') {
        facets.total_digits = Some(number(total)?);
        facets.fraction_digits = Some(number(fraction)?);
    } else if let Some((min, max)) = limits.split_once("..") {
        facets.min_length = number(min)?;
        facets.max_length = Some(number(max)?);
    } else if !limits.is_empty() {
        facets.min_length = number(limits)?;
        facets.max_length = Some(facets.min_length);
    }
    Ok(facets)
}

/// The primitives by the names jemap shows and writes them with.
pub(super) const PRIMITIVES: &[(&str, Primitive)] = &[
    ("string", Primitive::String),
    ("token", Primitive::Token),
    ("boolean", Primitive::Boolean),
    ("decimal", Primitive::Decimal),
    ("integer", Primitive::Integer),
    ("date", Primitive::Date),
    ("datetime", Primitive::DateTime),
    ("time", Primitive::Time),
    ("duration", Primitive::Duration),
    ("uri", Primitive::AnyUri),
    ("binary", Primitive::Binary),
];

fn role(word: &str) -> Option<Role> {
    Some(match word {
        "MessageId" => Role::MessageId,
        "MessageUuid" => Role::MessageUuid,
        "Created" => Role::Created,
        "Simulation" => Role::Simulation,
        "CompanyCode" => Role::CompanyCode,
        "LineCompanyCode" => Role::LineCompanyCode,
        "Amount" => Role::Amount,
        "LocalAmount" => Role::LocalAmount,
        "DebitCredit" => Role::DebitCredit,
        "Line" => Role::Line,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Table;

    const SMALL: &str = "\
profiles 1 2

type amount decimal(9,2) @currency!:token(3)

group head
  Id 1..1 token(1..4) role MessageId

message shop
root Bulk
namespace s urn:shop qualified
lines_max 9
  Head 1..1 head
  Sale 1..n
    Old 0..1 until 1
      Deep 0..1 string
    Price 1..1 amount since 2 role Amount -- what was paid
    Code 0..1 token(2) ~\\d+
";

    #[test]
    fn profiles_have_their_own_elements() {
        let table = Table::read(SMALL).expect("the table is right");
        let names = |profile| {
            let c = table.contract("shop", profile).expect("the profile exists");
            c.elements.iter().map(|e| e.name.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("1"), "Bulk Head Id Sale Old Deep Code");
        assert_eq!(names("2"), "Bulk Head Id Sale Price Code");
        assert!(table.contract("shop", "3").is_none());
        let c = table.contract("shop", "2").expect("the profile exists");
        let price = c.element(c.find("Sale/Price").expect("it is there"));
        assert_eq!((price.note.as_str(), price.attributes[0].required), ("what was paid", true));
        assert_eq!(c.path(c.anchors.document), "Sale");
        assert!(c.qualified && c.rules.lines_max == Some(9) && !c.rules.balanced);
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let said = |text| Table::read(text).expect_err("the table is wrong");
        assert_eq!(
            said("profiles 1\n  A 1..1 token"),
            "line 2: an element stands outside of groups and messages"
        );
        assert_eq!(said("message m\n  A 1..1 tokn"), "line 2: there is no type `tokn`");
        assert_eq!(
            said("message m\n  A often token"),
            "line 2: an element has its occurrence after the name"
        );
        assert_eq!(said("message m\n  A 1..1 token role Boss"), "line 2: there is no role `Boss`");
        assert_eq!(said("group g\n  A 1..1 token\n  B 1..1 g"), "line 3: the group `g` stands in itself");
        assert_eq!(said("group g\n  A 1..1 token\ngroup g"), "line 3: there is a group `g`");
        assert_eq!(
            said("message m\n    A 1..1 token\n        B 1..1 token"),
            "line 2: an element stands more than one step deeper than the one before"
        );
        assert_eq!(said("color red"), "line 1: `color` is not known here");
    }
}
