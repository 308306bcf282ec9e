//! A fragment of a mapping is put into a whole one.
//!
//! Statements of the fragment take the place of those the mapping has of the same kind (and name); others are
//! added before its documents. The body of the fragment's `document` is added to the mapping's mandatory
//! elements (those before the first empty line), without those that the fragment assigns itself.

/// A statement of the top level: all its lines.
struct Item<'a> {
    lines: Vec<&'a str>,
}

impl Item<'_> {
    /// What it is: `target`, or `table accounts` of what there may be several.
    fn what(&self) -> String {
        let mut words =
            self.lines[0].split(|c: char| c.is_whitespace() || "(:=".contains(c)).filter(|w| !w.is_empty());
        let first = words.next().unwrap_or_default();
        match first {
            "table" | "fn" | "param" | "use" | "test" => {
                format!("{first} {}", words.next().unwrap_or_default())
            }
            _ => first.to_owned(),
        }
    }
    fn text(&self) -> String {
        self.lines.concat()
    }
}

/// The statements of a text that stand at its left margin.
fn items(text: &str) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = vec![];
    for line in text.split_inclusive('\n') {
        let begins = line.starts_with(|c: char| c.is_ascii_alphabetic());
        match items.last_mut() {
            Some(item) if !begins => item.lines.push(line),
            _ if begins => items.push(Item { lines: vec![line] }),
            _ => {}
        }
    }
    items
}

/// A whole mapping with the statements of a fragment.
pub fn compose(whole: &str, fragment: &str) -> String {
    let (whole, fragment) = (items(whole), items(fragment));
    let mandatory = whole.iter().find(|item| item.what() == "document").map(body).unwrap_or_default();
    let replaced: Vec<String> = fragment.iter().map(Item::what).collect();
    let mut text = String::new();
    let kept = whole.iter().filter(|item| !replaced.contains(&item.what()));
    let (documents, others): (Vec<_>, Vec<_>) = kept.partition(|item| item.what() == "document");
    for item in others {
        text += &item.text();
    }
    for item in &fragment {
        match item.what().as_str() {
            "document" => text += &with_body(item, &mandatory),
            _ => text += &item.text(),
        }
    }
    for item in documents {
        text += &item.text();
    }
    text
}

/// The mandatory elements of a document: what it assigns before its first empty line.
fn body<'a>(document: &Item<'a>) -> Vec<&'a str> {
    let first = document.lines.split(|line| line.trim().is_empty()).next().unwrap_or_default();
    let element =
        |line: &&&str| line.strip_prefix("  ").is_some_and(|l| l.starts_with(|c: char| c.is_uppercase()));
    first.iter().filter(element).copied().collect()
}

/// A document with the mandatory elements it does not assign itself, wherever in it.
fn with_body(document: &Item<'_>, mandatory: &[&str]) -> String {
    let text = document.text();
    let open = text.find('{').expect("a document has a body") + 1;
    let own = |line: &str| {
        let name = line.split_whitespace().next().unwrap_or_default();
        text.match_indices(name).any(|(at, _)| {
            let before = text[..at].chars().next_back().is_some_and(|c| c.is_whitespace());
            let after = text[at + name.len()..].trim_start();
            before && after.starts_with('=') && !after.starts_with("==")
        })
    };
    let added: String = mandatory.iter().filter(|line| !own(line)).copied().collect();
    format!("{}\n{added}{}", &text[..open], text[open..].trim_start_matches(['\n', ' ']))
}
