//! The code table: every kind of mistake has a number that is never used again and a name.
//!
//! One file a stage: `syntax` J1xx, `check` J2xx, `contract` and tables J3xx, `data` J4xx, `run` J5xx, `io` J6xx, `courier` J70x, `book` J71x, `wire` J73x, `sandbox` J76x.

mod book;
mod check;
mod contract;
mod courier;
mod data;
mod func;
mod io;
mod run;
mod sandbox;
mod syntax;
mod table;
mod wire;

/// A kind of mistake.
#[derive(Debug, Clone, Copy)]
pub struct Code(&'static Entry);

/// A row of the table.
#[derive(Debug)]
pub struct Entry {
    /// `J203`
    pub id: &'static str,
    /// `wrong-type`
    pub name: &'static str,
    /// What it means and what mends it; Markdown. The first line is a summary.
    pub doc: &'static str,
}

impl Code {
    /// `J203`
    pub fn id(self) -> &'static str {
        self.0.id
    }
    /// `wrong-type`
    pub fn name(self) -> &'static str {
        self.0.name
    }
    /// What it means and what mends it.
    pub fn doc(self) -> &'static str {
        self.0.doc
    }
    /// By number or name, any case.
    pub fn find(text: &str) -> Option<Code> {
        all().find(|c| c.id().eq_ignore_ascii_case(text) || c.name().eq_ignore_ascii_case(text))
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Code) -> bool {
        self.0.id == other.0.id
    }
}
impl Eq for Code {}
impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Code) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Code {
    fn cmp(&self, other: &Code) -> std::cmp::Ordering {
        self.0.id.cmp(other.0.id)
    }
}
impl std::hash::Hash for Code {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

/// Every code, in the order of the numbers.
pub fn all() -> impl Iterator<Item = Code> {
    [
        syntax::TABLE,
        check::TABLE,
        contract::TABLE,
        table::TABLE,
        data::TABLE,
        run::TABLE,
        func::TABLE,
        io::TABLE,
        courier::TABLE,
        book::TABLE,
        wire::TABLE,
        sandbox::TABLE,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// `J203 = "wrong-type";` with its documentation makes the constant `Code::J203` and a row of the table.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $id:ident = $name:literal;)*) => {
        impl super::Code {
            $($(#[doc = $doc])+
            pub const $id: super::Code = super::Code(&super::Entry { id: stringify!($id), name: $name, doc: concat!($($doc, "\n"),+) });)*
        }
        pub(super) const TABLE: &[super::Code] = &[$(super::Code::$id),*];
    };
}
use codes;

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_and_names_are_unique_and_ordered() {
        let codes: Vec<_> = super::all().collect();
        assert!(codes.windows(2).all(|w| w[0].id() < w[1].id()));
        let mut names: Vec<_> = codes.iter().map(|c| c.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), codes.len());
    }
}
