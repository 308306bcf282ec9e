//! How numbers are spelt inside strings: decimal mark, groups of three, a minus before or behind.
//!
//! JSON numbers have one spelling only; they are read by [`Decimal::parse`].

use super::Decimal;

/// Decimal mark and group separator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NumberFormat {
    /// `.` or `,`
    pub decimal: u8,
    /// `,`, `.`, space or `'`; 0 for none.
    pub group: u8,
}

impl NumberFormat {
    /// `1234.56`
    pub const PLAIN: NumberFormat = NumberFormat { decimal: b'.', group: 0 };
    /// The samples that name a format, for messages.
    pub const SAMPLES: &str = "1234.56, 1,234.56, 1234,56, 1.234,56, 1 234,56 or 1'234.56";

    /// From a sample: `1234.56`, `1,234.56`, `1234,56`, `1.234,56`, `1 234,56`, `1'234.56`.
    pub fn sample(sample: &str) -> Option<NumberFormat> {
        let digits = |from: usize, to: usize, expected: &str| sample.get(from..to) == Some(expected);
        let bytes = sample.as_bytes();
        let (group, decimal) = match bytes.len() {
            7 if digits(0, 4, "1234") && digits(5, 7, "56") => (0, bytes[4]),
            8 if digits(0, 1, "1") && digits(2, 5, "234") && digits(6, 8, "56") => (bytes[1], bytes[5]),
            _ => return None,
        };
        let known = matches!(decimal, b'.' | b',') && matches!(group, 0 | b'.' | b',' | b' ' | b'\'');
        (known && group != decimal).then_some(NumberFormat { decimal, group })
    }

    /// Reads a number spelt this way.
    ///
    /// Zeros may lead (`007`), a minus may stand before or behind (`12,50-`, as SAP prints it), never a plus
    /// or an exponent. Groups are of three digits, all of them or none: `1.234567,00` is refused. Where
    /// groups are set off by a space, the no-break spaces U+00A0 and U+202F are as good; where by `'`, so is
    /// U+2019.
    pub fn read(self, text: &str) -> Option<Decimal> {
        // Most numbers are plain; only leading zeros and a minus behind need the way below.
        if self == NumberFormat::PLAIN
            && let Some(plain) = Decimal::parse(text)
        {
            return (!text.contains(['e', 'E'])).then_some(plain);
        }
        let (negative, text) = match (text.strip_prefix('-'), text.strip_suffix('-')) {
            (Some(rest), None) => (true, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => (false, text),
            (Some(_), Some(_)) => return None,
        };
        let (whole, fraction) = match text.split_once(char::from(self.decimal)) {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (text, ""),
        };
        // A sign, 38 digits and a point fit; leading zeros are not kept.
        let mut plain = Plain { bytes: [0; 48], used: 0 };
        if negative {
            plain.push(b'-')?;
        }
        self.read_whole(whole, &mut plain)?;
        if !fraction.is_empty() {
            plain.push(b'.')?;
        }
        for digit in fraction.bytes() {
            // An exponent would be understood by `Decimal::parse`.
            plain.push(Some(digit).filter(u8::is_ascii_digit)?)?;
        }
        Decimal::parse(plain.text()?)
    }

    /// The digits before the decimal mark, without groups and leading zeros.
    fn read_whole(self, whole: &str, plain: &mut Plain) -> Option<()> {
        let mut digits_since_group = 0;
        let mut grouped = false;
        let mut leading = true;
        let mut last = b'0';
        for (i, c) in whole.char_indices() {
            if c.is_ascii_digit() {
                digits_since_group += 1;
                last = c as u8;
                leading &= c == '0';
                if !leading {
                    plain.push(last)?;
                }
            } else if self.is_group(c) && i > 0 {
                let right = if grouped { digits_since_group == 3 } else { digits_since_group <= 3 };
                if !right {
                    return None;
                }
                grouped = true;
                digits_since_group = 0;
            } else {
                return None;
            }
        }
        if whole.is_empty() || (grouped && digits_since_group != 3) {
            return None;
        }
        if leading { plain.push(last) } else { Some(()) }
    }

    fn is_group(self, c: char) -> bool {
        match self.group {
            0 => false,
            b' ' => matches!(c, ' ' | '\u{a0}' | '\u{202f}'),
            b'\'' => matches!(c, '\'' | '\u{2019}'),
            group => c == char::from(group),
        }
    }
}

/// The number rewritten in plain form, without allocating.
struct Plain {
    bytes: [u8; 48],
    used: usize,
}

impl Plain {
    /// `None` when it is longer than any number of 38 digits.
    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.used)? = byte;
        self.used += 1;
        Some(())
    }
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes[..self.used]).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::NumberFormat;

    fn read(sample: &str, text: &str) -> String {
        let format = NumberFormat::sample(sample).expect("a known sample");
        format.read(text).map_or("refused".into(), |d| d.to_string())
    }

    #[test]
    fn samples() {
        let known = ["1234.56", "1,234.56", "1234,56", "1.234,56", "1 234,56", "1'234.56", "1 234.56"];
        assert!(known.iter().all(|s| NumberFormat::sample(s).is_some()));
        assert_eq!(NumberFormat::sample("1234.56"), Some(NumberFormat::PLAIN));
        let unknown = ["", "1234", "1.234.56", "1234;56", "12.34", "1x234.56", "1é34.56", "123456.7"];
        assert!(unknown.iter().all(|s| NumberFormat::sample(s).is_none()));
    }

    #[test]
    fn numbers_by_sample() {
        let rows = [
            ("1.234,56", "1.234,56", "1234.56"),
            ("1.234,56", "1234,56", "1234.56"),
            ("1.234,56", "12.345.678,9", "12345678.9"),
            ("1.234,56", "-0,50", "-0.50"),
            ("1.234,56", "12,50-", "-12.50"),
            ("1.234,56", "1.23,00", "refused"),
            ("1.234,56", "1.234567,00", "refused"),
            ("1.234,56", "1234.567,00", "refused"),
            ("1.234,56", ".234,00", "refused"),
            ("1.234,56", "1..234", "refused"),
            ("1.234,56", "1.234.", "refused"),
            ("1,234.56", "1,234.5,6", "refused"),
            ("1 234,56", "1\u{a0}234\u{202f}567,89", "1234567.89"),
            ("1'234.56", "1\u{2019}234.56", "1234.56"),
            ("1234,56", "1.234", "refused"),
            ("1234.56", "007.50", "7.50"),
            ("1234.56", "000", "0"),
            ("1234.56", "-000.5", "-0.5"),
            ("1234.56", "5-", "-5"),
            ("1234.56", "-5-", "refused"),
            ("1234.56", "+5", "refused"),
            ("1234.56", "1E2", "refused"),
            ("1234,56", "1E2", "refused"),
            ("1234,56", "1,5e1", "refused"),
            ("1234.56", "", "refused"),
            ("1234.56", "-", "refused"),
            ("1234.56", ".5", "refused"),
            ("1234.56", "5.", "refused"),
            ("1234.56", " 5", "refused"),
            ("1234.56", "٣", "refused"),
        ];
        for (sample, text, expected) in rows {
            assert_eq!(read(sample, text), expected, "{text} as {sample}");
        }
        let long = "1".repeat(38);
        assert_eq!(read("1.234,56", &long), long);
        assert_eq!(read("1.234,56", &format!("{}{long}", "0".repeat(100))), long);
        assert_eq!(read("1.234,56", &format!("1{long}")), "refused");
    }
}
