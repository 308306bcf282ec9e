//! The function table: one row a function, from which the checker, the engine, `jemap functions`, the
//! reference page and the tests are made.
//!
//! A function is pure: it knows its arguments and nothing else. Its row is made by `functions!`, which checks
//! and unpacks arguments from one list, so that the two cannot disagree.

mod macros;
mod take;

mod date;
mod money;
mod number;
mod text;

#[cfg(test)]
mod tests;

use crate::data::{Fault, Texts, Type, Value};

/// What a function gives for these arguments, or what is wrong with which of them.
pub type Check = fn(&[Arg<'_>]) -> Result<Type, (usize, String)>;

/// A function of the language.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Markdown: a summary sentence, then text, then indented `call => result` examples that run as tests.
    pub doc: &'static str,
    /// `cut(text: text, length: count) -> text`: as shown to people; what may be left out is in brackets.
    pub signature: &'static str,
    /// The result type for these argument types (constants given where the argument is one), or what is
    /// wrong: (argument index, message). Whether arguments are optional is not looked at: a function that
    /// does not take none gives none for none, so the caller makes the result optional.
    pub check: Check,
    /// Arguments that may be none without making the result none (bit i = argument i).
    pub takes_none: u32,
    /// The work. Arguments are of the checked types.
    pub run: fn(&mut Texts<'_>, &[Value]) -> Result<Value, Box<Fault>>,
}

/// An argument as the checker sees it.
pub struct Arg<'a> {
    /// Its type.
    pub ty: &'a Type,
    /// Its text when it is a constant: a string's text, a number as written.
    pub constant: Option<&'a str>,
}

/// The functions by family, in the order of the reference page.
pub const FAMILIES: [(&str, &[Function]); 4] = [
    ("text", text::FUNCTIONS),
    ("number", number::FUNCTIONS),
    ("money", money::FUNCTIONS),
    ("date", date::FUNCTIONS),
];

/// Every function, family by family.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.into_iter().flat_map(|(_, functions)| functions)
}

/// The function of this name.
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|f| f.name == name)
}

/// The reference page of all functions, in Markdown.
pub fn page() -> String {
    let mut page = String::from(
        "# Functions\n\nMade from `src/func` by `cargo test`; do not edit.\n\n\
         A function of a value that is none gives none, unless it says otherwise. `a | f(b)` is `f(a, b)`.\n\
         What is in brackets may be left out. Where a result is `text?` there may be none.\n\
         Characters are Unicode code points.\n\n\
         Kinds of arguments:\n\n",
    );
    for (kind, meaning) in take::KINDS {
        page += &format!("- `{kind}`: {meaning}\n");
    }
    for (family, functions) in FAMILIES {
        page += &format!("\n## {family}\n");
        for function in functions {
            let doc: Vec<&str> = function.doc.lines().map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
            page += &format!("\n### `{}`\n\n{}\n", function.signature, doc.join("\n").trim_end());
        }
    }
    page
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
