//! Types guessed from values and names.

use super::rules;
use super::shape::Shape;
use crate::data::{Currency, DatePattern, NumberFormat};
use std::sync::LazyLock;

/// Spellings of dates and instants that are tried, the likeliest first: the type's word, its pattern.
pub(super) const PATTERNS: &[(&str, &str)] = &[
    ("date", ""),
    ("time", ""),
    ("time", "/Date(ms)/"),
    ("date", "yyyy-MM-dd'T'HH:mm:ss"),
    ("date", "yyyy-MM-dd'T'HH:mm:ss.SSS"),
    ("date", "yyyy-MM-dd HH:mm:ss"),
    ("date", "dd.MM.yyyy"),
    ("date", "MM/dd/yyyy"),
    ("date", "dd/MM/yyyy"),
    ("date", "M/d/yyyy"),
    ("date", "d/M/yyyy"),
    ("date", "yyyy/MM/dd"),
    ("date", "yyyyMMdd"),
    ("date", "dd MMMM yyyy"),
    ("time", "epoch_s"),
    ("time", "epoch_ms"),
];

/// From here on a pattern also fits ordinary numbers, so the name must say that it is a date.
const NEEDS_NAME: [&str; 3] = ["yyyyMMdd", "epoch_s", "epoch_ms"];

/// Spellings of numbers in texts.
pub(super) const FORMATS: &[&str] = &["1234.56", "1,234.56", "1234,56", "1.234,56", "1 234,56", "1'234.56"];

static READERS: LazyLock<Vec<Option<DatePattern>>> = LazyLock::new(|| {
    let pattern = |&(word, pattern): &(&str, &str)| match (word, pattern) {
        ("date", "") => Some(DatePattern::iso_date()),
        (_, "") => Some(DatePattern::iso_time()),
        (_, pattern) => DatePattern::parse(pattern).ok(),
    };
    PATTERNS.iter().map(pattern).collect()
});

/// Which spellings every value so far follows.
#[derive(Debug)]
pub(super) struct Spellings {
    pub(super) patterns: Vec<bool>,
    pub(super) formats: Vec<bool>,
    pub(super) currency: bool,
}

impl Spellings {
    /// Leaves those that this value follows too.
    pub(super) fn narrow(&mut self, text: &str) {
        for (i, alive) in self.patterns.iter_mut().enumerate().filter(|(_, alive)| **alive) {
            *alive = READERS[i].as_ref().is_some_and(|reader| match PATTERNS[i] {
                // Seconds since 1973 have nine digits, milliseconds twelve: less is an ordinary number.
                (_, "epoch_s") => (9..=10).contains(&text.len()) && reader.read_time(text).is_ok(),
                (_, "epoch_ms") => (12..=13).contains(&text.len()) && reader.read_time(text).is_ok(),
                ("time", _) => reader.read_time(text).is_ok(),
                _ => reader.read_date(text).is_ok(),
            });
        }
        for (i, alive) in self.formats.iter_mut().enumerate().filter(|(_, alive)| **alive) {
            *alive = NumberFormat::sample(FORMATS[i]).is_some_and(|f| f.read(text).is_some());
        }
        self.currency &= text.len() == 3
            && text.bytes().all(|b| b.is_ascii_alphabetic())
            && Currency::parse(text).is_some_and(|c| c.exponent().is_some());
    }
}

/// A scalar type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scalar {
    /// `text(..n)`
    Text {
        max: usize,
        digits: bool,
    },
    /// `text number`
    TextNumber {
        digits: bool,
    },
    Int,
    Decimal {
        sample: &'static str,
    },
    Money {
        sample: &'static str,
    },
    Date {
        pattern: &'static str,
        sure: bool,
    },
    Time {
        pattern: &'static str,
    },
    Bool,
    Currency,
    Enum(Vec<String>),
    /// Not to be told from the sample: why.
    Unknown(&'static str),
}

/// The type of a key's values; `words` are those of its name.
pub(super) fn scalar(shape: &Shape, words: &[String]) -> Scalar {
    let kinds = [shape.texts, shape.numbers, shape.bools, shape.objects, shape.arrays].map(|times| times > 0);
    match kinds {
        [false, false, false, false, false] => Scalar::Unknown("always empty in the sample"),
        [true, false, false, false, false] => text(shape, words),
        [false, true, false, false, false] => number(shape, words),
        [false, false, true, false, false] => Scalar::Bool,
        [true, true, false, false, false] => match plain(shape) {
            Some(sample) if rules::is_amount(words) => Scalar::Money { sample },
            _ => Scalar::TextNumber { digits: !shape.letters && !shape.fractions },
        },
        _ => Scalar::Unknown("of several kinds in the sample"),
    }
}

fn number(shape: &Shape, words: &[String]) -> Scalar {
    if rules::is_account(words) && !rules::is_amount(words) && !shape.fractions {
        return Scalar::TextNumber { digits: true };
    }
    if let Some(found) = date(shape, words) {
        return found;
    }
    match (rules::is_amount(words), shape.fractions) {
        (true, _) => Scalar::Money { sample: "" },
        (false, true) => Scalar::Decimal { sample: "" },
        (false, false) => Scalar::Int,
    }
}

fn text(shape: &Shape, words: &[String]) -> Scalar {
    if shape.spellings.as_ref().is_some_and(|s| s.currency) {
        return Scalar::Currency;
    }
    if let Some(found) = date(shape, words) {
        return found;
    }
    if let Some(sample) = plain(shape) {
        if rules::is_amount(words) {
            return Scalar::Money { sample };
        }
        let dotted = shape.words.iter().flatten().all(|w| w.contains(['.', ',']));
        if dotted && !rules::is_identity(words) && !rules::is_account(words) {
            return Scalar::Decimal { sample };
        }
    }
    match few_words(shape) {
        Some(words) => Scalar::Enum(words),
        None => Scalar::Text { max: rounded(shape.length_max, words), digits: !shape.letters },
    }
}

/// The spelling of numbers in all texts: empty for the plain one.
fn plain(shape: &Shape) -> Option<&'static str> {
    let alive = shape.spellings.as_ref()?.formats.iter().position(|&alive| alive)?;
    Some(if alive == 0 { "" } else { FORMATS[alive] })
}

fn date(shape: &Shape, words: &[String]) -> Option<Scalar> {
    let spellings = shape.spellings.as_ref()?;
    let fits = |i: &usize| {
        let (_, pattern) = PATTERNS[*i];
        let numeric = shape.numbers > 0;
        spellings.patterns[*i] && (rules::is_date(words) || !numeric && !NEEDS_NAME.contains(&pattern))
    };
    let mut found = (0..PATTERNS.len()).filter(fits);
    let (word, pattern) = PATTERNS[found.next()?];
    let other = found.find(|&i| PATTERNS[i].1.len() == pattern.len() && pattern.contains('/'));
    Some(if word == "date" {
        Scalar::Date { pattern, sure: other.is_none() }
    } else {
        Scalar::Time { pattern }
    })
}

/// The words, when they are few, short and each is met often, or are the two sides of an account.
fn few_words(shape: &Shape) -> Option<Vec<String>> {
    let words = shape.words.as_ref()?;
    let sides = words.len() == 2
        && words.iter().any(|w| rules::is_debit(w))
        && words.iter().any(|w| rules::is_credit(w));
    let short =
        words.iter().all(|w| w.len() <= 16 && w.chars().all(|c| c.is_alphabetic() || "_-".contains(c)));
    let often = (2..=6).contains(&words.len()) && shape.texts >= 5 * words.len() as u64;
    (sides || short && often).then(|| words.iter().cloned().collect())
}

/// The next usual length: a sample rarely holds the longest value. Only company codes are as short as they
/// look.
fn rounded(length: usize, words: &[String]) -> usize {
    const USUAL: [usize; 12] = [4, 10, 16, 20, 35, 50, 80, 120, 255, 500, 1_000, 4_000];
    let least = if rules::is_company(words) {
        4
    } else if rules::is_text(words) {
        50
    } else {
        10
    };
    USUAL.into_iter().find(|&usual| length.max(least) <= usual).unwrap_or(length.next_multiple_of(1_000))
}
