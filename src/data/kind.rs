//! Static types of expressions.

/// A type: a kind, and whether there may be nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// What kind of value.
    pub kind: Kind,
    /// Whether it may be `none`.
    pub optional: bool,
}

/// Kinds of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text of `min` to `max` characters (code points).
    Text {
        /// Fewest characters.
        min: u32,
        /// Most characters, where known.
        max: Option<u32>,
    },
    /// A decimal; `int` when it certainly has no fraction.
    Decimal {
        /// No digits after the point.
        int: bool,
    },
    /// Money. Two moneys with the same known reference have the same currency for certain.
    Money(CurrencyRef),
    /// Three capital letters.
    Currency,
    /// A civil date.
    Date,
    /// An instant.
    Time,
    /// Truth.
    Bool,
    /// One of these words.
    Enum(Vec<String>),
    /// `none`, `omit`, `reject`: fits everywhere where nothing is allowed.
    Never,
}

/// What is known of a money's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CurrencyRef {
    /// A literal: `EUR`.
    Literal(String),
    /// The value of this field or parameter (a name unique in the mapping, e.g. `line.ccy`).
    Named(String),
    /// Only known when it runs.
    Unknown,
}

impl Kind {
    /// As a mapping writes it: `text(1..16)`, `money`, `"D" | "C"`.
    pub fn describe(&self) -> String {
        match self {
            Kind::Text { min, max } => match (*min, *max) {
                (0 | 1, None) => "text".into(),
                (a, Some(b)) if a == b => format!("text({a})"),
                (0, Some(b)) => format!("text(..{b})"),
                (a, Some(b)) => format!("text({a}..{b})"),
                (a, None) => format!("text({a}..)"),
            },
            Kind::Decimal { int: true } => "int".into(),
            Kind::Decimal { int: false } => "decimal".into(),
            Kind::Money(CurrencyRef::Literal(c)) => format!("money(\"{c}\")"),
            Kind::Money(CurrencyRef::Named(n)) => format!("money({n})"),
            Kind::Money(CurrencyRef::Unknown) => "money".into(),
            Kind::Currency => "currency".into(),
            Kind::Date => "date".into(),
            Kind::Time => "time".into(),
            Kind::Bool => "bool".into(),
            Kind::Enum(words) => words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(" | "),
            Kind::Never => "none".into(),
        }
    }
}

impl Type {
    /// A type that always has a value.
    pub fn sure(kind: Kind) -> Type {
        Type { kind, optional: false }
    }
    /// As a mapping writes it.
    pub fn describe(&self) -> String {
        format!("{}{}", self.kind.describe(), if self.optional { "?" } else { "" })
    }
}
