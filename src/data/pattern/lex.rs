//! Cuts a pattern into tokens and judges whether dates can be read by it.

/// English months.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// `yyyy`
    Year,
    /// `yy`, only written.
    ShortYear,
    /// `MM` or `M`
    Month { digits_min: u8 },
    /// `MMMM` or `MMM`
    MonthName { short: bool },
    /// `dd` or `d`
    Day { digits_min: u8 },
    /// `HH`
    Hour,
    /// `mm`
    Minute,
    /// `ss`
    Second,
    /// `SSS`: that many digits
    Fraction(u8),
    /// `.S*`
    AnyFraction,
    /// `X` or `XXX`
    Zone(Zone),
    /// Bytes of the pattern.
    Literal { at: u32, len: u32 },
}

/// How a zone is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// `X`: `Z`, `+02:00`, `+0200` or `+02`; written like the next.
    Any,
    /// `XXX`: `Z` or `+02:00`.
    Colon,
}

impl Token {
    /// Whether it belongs to the time of day.
    pub(super) fn is_clock(self) -> bool {
        use Token::{AnyFraction, Fraction, Hour, Minute, Second};
        matches!(self, Hour | Minute | Second | Fraction(_) | AnyFraction | Token::Zone(_))
    }
    /// Fewest and most characters written.
    pub(super) fn width(self, pattern: &str) -> (u32, u32) {
        match self {
            Token::Year => (4, 4),
            Token::Month { digits_min } | Token::Day { digits_min } => (digits_min.into(), 2),
            Token::MonthName { short: true } => (3, 3),
            Token::MonthName { short: false } => (3, 9),
            Token::ShortYear | Token::Hour | Token::Minute | Token::Second => (2, 2),
            Token::Fraction(width) => (width.into(), width.into()),
            Token::AnyFraction => (0, 8),
            Token::Zone(_) => (1, 6),
            Token::Literal { at, len } => {
                let characters = pattern[at as usize..(at + len) as usize].chars().count() as u32;
                (characters, characters)
            }
        }
    }
    /// What is said by it; nothing may be said twice. `None` for literals.
    fn part(self) -> Option<&'static str> {
        Some(match self {
            Token::Year | Token::ShortYear => "year",
            Token::Month { .. } | Token::MonthName { .. } => "month",
            Token::Day { .. } => "day",
            Token::Hour => "hour",
            Token::Minute => "minute",
            Token::Second => "second",
            Token::Fraction(_) | Token::AnyFraction => "fraction",
            Token::Zone(_) => "zone",
            Token::Literal { .. } => return None,
        })
    }
    /// Whether a reader cannot know where it ends when a digit follows.
    fn is_open(self) -> bool {
        matches!(self, Token::Month { digits_min: 1 } | Token::Day { digits_min: 1 } | Token::AnyFraction)
    }
    /// Whether it begins with a digit.
    fn is_digits(self) -> bool {
        !matches!(self, Token::MonthName { .. } | Token::AnyFraction | Token::Zone(_) | Token::Literal { .. })
    }
}

/// The tokens of a pattern to read dates by.
pub(super) fn readable(pattern: &str) -> Result<Vec<Token>, String> {
    let tokens = Tokens::of(pattern).collect::<Result<Vec<_>, _>>()?;
    if tokens.contains(&Token::ShortYear) {
        return Err(
            "a year of two digits does not say its century: `yy` is only written, dates are read with `yyyy`"
                .into(),
        );
    }
    for (i, token) in tokens.iter().enumerate() {
        if token.part().is_some_and(|part| tokens[..i].iter().any(|t| t.part() == Some(part))) {
            return Err(format!("`{pattern}` says the {} twice", token.part().unwrap_or_default()));
        }
        if token.is_open() && tokens.get(i + 1).is_some_and(|next| next.is_digits()) {
            return Err(format!("`{pattern}` has a part of one or two digits directly before other digits"));
        }
    }
    for part in ["year", "month", "day"] {
        if !tokens.iter().any(|t| t.part() == Some(part)) {
            return Err(format!("`{pattern}` does not say the {part}; a date needs year, month and day"));
        }
    }
    // A finer part without the coarser one would be read and lost.
    let clock =
        ["hour", "minute", "second", "fraction"].map(|part| tokens.iter().any(|t| t.part() == Some(part)));
    match clock.windows(2).any(|pair| !pair[0] && pair[1]) {
        true => Err(format!("`{pattern}` says a finer part of the time of day without the coarser one")),
        false => Ok(tokens),
    }
}

/// Cuts a pattern as it goes.
pub(super) struct Tokens<'a> {
    pattern: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(pattern: &'a str) -> Tokens<'a> {
        Tokens { pattern, at: 0 }
    }
    fn literal(&mut self, at: usize, len: usize, end: usize) -> Token {
        self.at = end;
        Token::Literal { at: at as u32, len: len as u32 }
    }
    /// From an opening quote; `''` is a quote.
    fn quoted(&mut self) -> Result<Token, String> {
        let start = self.at + 1;
        match self.pattern[start..].find('\'') {
            Some(0) => Ok(self.literal(start, 1, start + 1)),
            Some(length) => Ok(self.literal(start, length, start + length + 1)),
            None => {
                self.at = self.pattern.len();
                Err(format!("`{}` has a `'` that is not closed", self.pattern))
            }
        }
    }
    fn letters(&mut self, letter: char) -> Result<Token, String> {
        let start = self.at;
        let rest = &self.pattern[start..];
        let run = &rest[..rest.find(|c| c != letter).unwrap_or(rest.len())];
        self.at += run.len();
        Ok(match run {
            "yyyy" => Token::Year,
            "yy" => Token::ShortYear,
            "MM" => Token::Month { digits_min: 2 },
            "M" => Token::Month { digits_min: 1 },
            "MMMM" => Token::MonthName { short: false },
            "MMM" => Token::MonthName { short: true },
            "dd" => Token::Day { digits_min: 2 },
            "d" => Token::Day { digits_min: 1 },
            "HH" => Token::Hour,
            "mm" => Token::Minute,
            "ss" => Token::Second,
            "X" => Token::Zone(Zone::Any),
            "XXX" => Token::Zone(Zone::Colon),
            _ if letter == 'S' && run.len() <= 9 => Token::Fraction(run.len() as u8),
            _ => return Err(unknown(run, letter)),
        })
    }
}

#[cold]
fn unknown(run: &str, letter: char) -> String {
    let instead = match letter {
        'y' | 'Y' | 'u' => "a year is `yyyy`",
        'M' => "a month is `MM`, `M`, `MMM` or `MMMM`",
        'd' | 'D' => "a day is `dd` or `d`",
        'h' | 'H' | 'k' | 'K' | 'a' => "an hour from 00 to 23 is `HH`",
        'm' => "minutes are `mm`",
        's' => "seconds are `ss`",
        'S' => "a fraction has at most nine `S`",
        'X' | 'x' | 'Z' | 'z' => "a zone is `X`; letters meant literally stand in quotes: 'Z'",
        '0'..='9' => "a pattern is written in letters, like `dd.MM.yyyy`",
        _ => "letters meant literally stand in quotes, like 'T'",
    };
    format!("`{run}` has no meaning in a pattern: {instead}")
}

impl Iterator for Tokens<'_> {
    type Item = Result<Token, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.pattern[self.at..];
        let first = rest.chars().next()?;
        Some(match first {
            '\'' => self.quoted(),
            '.' if rest.starts_with(".S*") => {
                self.at += 3;
                Ok(Token::AnyFraction)
            }
            letter if letter.is_ascii_alphanumeric() => self.letters(letter),
            other => Ok(self.literal(self.at, other.len_utf8(), self.at + other.len_utf8())),
        })
    }
}
