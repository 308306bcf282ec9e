//! Names: words in them, and names that a mapping may use.

/// What expressions reserve.
const RESERVED: [&str; 7] = ["or", "and", "not", "omit", "true", "false", "none"];

/// `postingDate`, `posting_date`, `Posting Date` → `posting`, `date`
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![];
    let mut before = ' ';
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        if !c.is_alphanumeric() {
            before = ' ';
            continue;
        }
        // A new word: after a gap, at `tD` of `postingDate`, at `A` of `GLAccount`.
        let next_lower = rest.peek().is_some_and(|n| n.is_lowercase());
        let begins = !before.is_alphanumeric() || c.is_uppercase() && (!before.is_uppercase() || next_lower);
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

/// A name that a mapping may use for a key, different from those that are taken.
pub(super) fn field(key: &str, taken: &[String]) -> String {
    let mut name: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    name = name.trim_matches('_').to_owned();
    if name.is_empty() {
        name = "field".into();
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if RESERVED.contains(&name.as_str()) {
        name.push('_');
    }
    let base = name.clone();
    let mut number = 2;
    while taken.contains(&name) {
        name = format!("{base}_{number}");
        number += 1;
    }
    name
}

/// The mapping's name, from its sample's.
pub(super) fn of_file(path: &str) -> String {
    /// What is no part of a name.
    const ENDINGS: [&str; 7] = [".gz", ".zst", ".json", ".ndjson", ".jsonl", ".txt", ".log"];
    let mut name = std::path::Path::new(path).file_name().and_then(|n| n.to_str()).unwrap_or("");
    while let Some(stem) = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)) {
        name = stem;
    }
    let name = field(name, &[]).to_lowercase();
    if name == "field" { "first".into() } else { name }
}

/// One element of a list: `entries` → `entry`, `journalLines` → `line`.
pub(super) fn singular(list: &str) -> String {
    let last = words(list).pop().unwrap_or_default();
    let word = match last.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => last.strip_suffix('s').unwrap_or(&last).to_owned(),
    };
    let name = field(&word, &[]);
    if name == list || name == "field" { format!("one_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::{field, of_file, singular, words};

    #[test]
    fn words_of_names() {
        for (name, expected) in [
            ("postingDate", "posting date"),
            ("GLAccount", "gl account"),
            ("created_at", "created at"),
            ("@odata.etag", "odata etag"),
            ("line-no 2", "line no 2"),
            ("WBSElement", "wbs element"),
        ] {
            assert_eq!(words(name).join(" "), expected);
        }
        assert_eq!(field("line-no", &[]), "line_no");
        assert_eq!(field("or", &[]), "or_");
        assert_eq!(field("a b", &["a_b".into()]), "a_b_2");
        assert_eq!(of_file("in/v1.0 Export.json.gz"), "v1_0_export");
        assert_eq!(of_file("-"), "first");
        assert_eq!(singular("entries"), "entry");
        assert_eq!(singular("Line"), "line");
        assert_eq!(singular("line"), "one_line");
    }
}
