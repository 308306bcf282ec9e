//! How dates and instants are spelt: patterns, read strictly and written.
//!
//! A pattern is cut into tokens once; functions that get their pattern as a value cut it as they go, without
//! allocating. What is read must match to the last byte: nothing is guessed and nothing is lenient.

mod lex;

use super::date::{DAY, EPOCH, MINUTE, SECOND};
use super::{Date, Time};
use lex::{Token, Tokens, Zone};

/// How dates or instants are spelt.
///
/// Letters: `yyyy`, `MM` or `M`, `MMMM` or `MMM` (English names), `dd` or `d`, `HH`, `mm`, `ss`, `S…` (that
/// many digits of the second's fraction), `.S*` (a fraction or none), `X` (`Z`, `+02:00`, `+0200` or `+02`),
/// `XXX` (`Z` or `+02:00`); `'…'` is meant literally and so is every other character. Or one of `epoch_s`,
/// `epoch_ms`, `epoch_ns` (whole numbers since 1970 in UTC) and `/Date(ms)/`. Fractions beyond 100 ns are
/// cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatePattern {
    source: String,
    form: Form,
    tokens: Vec<Token>,
}

/// Which of the ways a pattern is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `yyyy-MM-dd`, by far the most common.
    IsoDate,
    /// RFC 3339.
    IsoTime,
    /// So many ticks are one unit since 1970; 0: a unit is a hundredth of a tick.
    Epoch(i64),
    /// `/Date(ms)/`
    DateMs,
    /// By the letters.
    Letters,
}

/// Letters of [`Form::IsoTime`].
const ISO_TIME: &str = "yyyy-MM-dd'T'HH:mm:ss.S*XXX";

/// What tokens read or write.
#[derive(Debug, Clone, Copy)]
struct Civil {
    date: Date,
    /// Since midnight.
    ticks: i64,
    zone: Option<i16>,
}

/// Why a text was not read.
#[derive(Debug, Clone, Copy)]
enum Miss {
    /// It does not look like the pattern.
    Form,
    /// It does, but there is no such day.
    Day(u16, u8, u8),
    /// There is no such time of day or offset.
    Clock,
    /// Beyond years 1 to 9999.
    Range,
    /// `/Date(0+0200)/`
    DateOffset,
    /// The pattern has no zone.
    NoZone,
    /// The pattern itself is wrong: only where it was not checked before.
    Pattern,
}

impl Civil {
    fn time(self) -> Result<Time, Miss> {
        Time::new(self.date, self.ticks, self.zone.ok_or(Miss::NoZone)?).ok_or(Miss::Range)
    }
}

impl Form {
    /// The patterns that have a name of their own.
    fn named(pattern: &str) -> Option<Form> {
        match pattern {
            "yyyy-MM-dd" => Some(Form::IsoDate),
            ISO_TIME => Some(Form::IsoTime),
            "epoch_s" => Some(Form::Epoch(SECOND)),
            "epoch_ms" => Some(Form::Epoch(SECOND / 1000)),
            "epoch_ns" => Some(Form::Epoch(0)),
            "/Date(ms)/" => Some(Form::DateMs),
            _ => None,
        }
    }
}

impl DatePattern {
    /// `yyyy-MM-dd`
    pub fn iso_date() -> DatePattern {
        DatePattern { source: "yyyy-MM-dd".into(), form: Form::IsoDate, tokens: Vec::new() }
    }
    /// RFC 3339 with zone.
    pub fn iso_time() -> DatePattern {
        DatePattern { source: ISO_TIME.into(), form: Form::IsoTime, tokens: Vec::new() }
    }
    /// A pattern to read dates by: it says year, month and day, each once. It may say the time as well; the
    /// day is then the one at the offset written. The error says what is wrong with it.
    pub fn parse(pattern: &str) -> Result<DatePattern, String> {
        let source = pattern.to_owned();
        if let Some(form) = Form::named(pattern) {
            return Ok(DatePattern { source, form, tokens: Vec::new() });
        }
        let tokens = lex::readable(pattern)?;
        Ok(DatePattern { source, form: Form::Letters, tokens })
    }
    /// A pattern to read instants by: hour and zone are needed too.
    pub fn parse_time(pattern: &str) -> Result<DatePattern, String> {
        let parsed = DatePattern::parse(pattern)?;
        let has = |wanted: fn(&Token) -> bool| parsed.tokens.iter().any(wanted);
        match parsed.form {
            Form::IsoDate => Err(format!("`{pattern}` has no time of day, which an instant needs")),
            Form::Letters if !has(|t| matches!(t, Token::Hour)) => {
                Err(format!("`{pattern}` has no hour `HH`, which an instant needs"))
            }
            Form::Letters if !has(|t| matches!(t, Token::Zone(_))) => Err(format!(
                "`{pattern}` has no zone, which an instant needs: write `X` where Z or +02:00 stands"
            )),
            _ => Ok(parsed),
        }
    }
    /// Whether dates (or instants, when `time`) can be written by a pattern, and how many characters that
    /// gives. The pattern may leave out anything: `MM`, `yyyyMM`, also `yy`.
    pub fn written_length(pattern: &str, time: bool) -> Result<(u32, u32), String> {
        if matches!(Form::named(pattern), Some(Form::Epoch(_) | Form::DateMs)) {
            return Err(format!("`{pattern}` is only read, not written"));
        }
        let (mut min, mut max) = (0, 0);
        for token in Tokens::of(pattern) {
            let token = token?;
            if !time && token.is_clock() {
                return Err(format!("a date has no time of day, but `{pattern}` asks for one"));
            }
            let (least, most) = token.width(pattern);
            min += least;
            max += most;
        }
        Ok((min, max))
    }
    /// As written.
    pub fn source(&self) -> &str {
        &self.source
    }
    /// Strictly by the pattern; the error says what is expected.
    #[inline]
    pub fn read_date(&self, text: &str) -> Result<Date, String> {
        if self.form == Form::IsoDate {
            return iso_date(text.as_bytes()).map_err(|miss| miss.describe(&self.source));
        }
        self.read(text).map(|civil| civil.date)
    }
    /// See `read_date`; the pattern is one of [`DatePattern::parse_time`].
    pub fn read_time(&self, text: &str) -> Result<Time, String> {
        self.read(text)?.time().map_err(|miss| miss.describe(&self.source))
    }
    /// Writes a date by the pattern.
    pub fn format_date(&self, date: Date, out: &mut String) {
        DatePattern::format_by(&self.source, date, out);
    }
    /// Reads a date by a pattern that is not kept.
    pub fn read_by(pattern: &str, text: &str) -> Result<Date, String> {
        read_uncut(pattern, text).map(|civil| civil.date).map_err(|miss| miss.describe(pattern))
    }
    /// Reads an instant by a pattern that is not kept.
    pub fn read_time_by(pattern: &str, text: &str) -> Result<Time, String> {
        read_uncut(pattern, text).and_then(Civil::time).map_err(|miss| miss.describe(pattern))
    }
    /// Writes a date by a pattern that is not kept; it was checked by [`DatePattern::written_length`].
    pub fn format_by(pattern: &str, date: Date, out: &mut String) {
        write(pattern, Civil { date, ticks: 0, zone: None }, out);
    }
    /// Writes an instant, at its offset, by a pattern that is not kept.
    pub fn format_time_by(pattern: &str, time: Time, out: &mut String) {
        let (date, ticks) = time.local();
        write(pattern, Civil { date, ticks, zone: Some(time.offset) }, out);
    }
    fn read(&self, text: &str) -> Result<Civil, String> {
        let tokens = self.tokens.iter().map(|t| Ok(*t));
        read(self.form, &self.source, tokens, text).map_err(|miss| miss.describe(&self.source))
    }
}

impl Miss {
    #[cold]
    fn describe(self, pattern: &str) -> String {
        match self {
            Miss::Form => format!("expected {}", form_expected(pattern)),
            Miss::Day(year, month, day) => format!("there is no day {year:04}-{month:02}-{day:02}"),
            Miss::Clock => "expected a time from 00:00:00 to 23:59:59 and an offset of at most 14:00".into(),
            Miss::Range => "expected a day of the years 0001 to 9999".into(),
            Miss::DateOffset => {
                "expected no offset but +0000: others are read as minutes by some, as hours by others".into()
            }
            Miss::NoZone => format!("`{pattern}` has no zone, which an instant needs"),
            Miss::Pattern => format!("`{pattern}` is not a pattern to read dates by"),
        }
    }
}

/// A pattern as people know it.
fn form_expected(pattern: &str) -> String {
    match Form::named(pattern) {
        Some(Form::IsoTime) => {
            "an instant with zone like 2024-12-31T23:59:59Z or 2024-12-31T23:59:59.5+01:00".into()
        }
        Some(Form::Epoch(SECOND)) => "whole seconds since 1970 (epoch_s)".into(),
        Some(Form::Epoch(0)) => "whole nanoseconds since 1970 (epoch_ns)".into(),
        Some(Form::Epoch(_)) => "whole milliseconds since 1970 (epoch_ms)".into(),
        Some(Form::DateMs) => "milliseconds since 1970 like /Date(1735603200000)/".into(),
        _ => {
            let example =
                Civil { date: Date { year: 2024, month: 12, day: 31 }, ticks: DAY - SECOND, zone: Some(0) };
            let mut out = format!("`{pattern}`, for example ");
            write(pattern, example, &mut out);
            out
        }
    }
}

/// Reads by a pattern that is cut as it goes.
fn read_uncut(pattern: &str, text: &str) -> Result<Civil, Miss> {
    let tokens = Tokens::of(pattern).map(|t| t.map_err(|_| Miss::Pattern));
    read(Form::named(pattern).unwrap_or(Form::Letters), pattern, tokens, text)
}

fn read<T>(form: Form, source: &str, tokens: T, text: &str) -> Result<Civil, Miss>
where
    T: Iterator<Item = Result<Token, Miss>>,
{
    let since_epoch = |ticks: i128| {
        let time = i64::try_from(ticks + i128::from(EPOCH)).ok().and_then(|ticks| Time::from_ticks(ticks, 0));
        let (date, ticks) = time.ok_or(Miss::Range)?.local();
        Ok(Civil { date, ticks, zone: Some(0) })
    };
    match form {
        Form::IsoDate => Ok(Civil { date: iso_date(text.as_bytes())?, ticks: 0, zone: None }),
        Form::IsoTime => iso_time(text.as_bytes()),
        Form::Epoch(0) => since_epoch(i128::from(whole(text)?).div_euclid(100)),
        Form::Epoch(unit) => since_epoch(i128::from(whole(text)?) * i128::from(unit)),
        Form::DateMs => since_epoch(i128::from(date_ms(text)?) * i128::from(SECOND / 1000)),
        Form::Letters => read_letters(source, tokens, text),
    }
}

/// `yyyy-MM-dd`: all ten bytes are looked at in one go, and only the day of the month needs a second thought.
#[inline]
fn iso_date(text: &[u8]) -> Result<Date, Miss> {
    let Ok(bytes) = <&[u8; 10]>::try_from(text) else { return Err(Miss::Form) };
    let digit = |i: usize| bytes[i].wrapping_sub(b'0');
    let digits = [0, 1, 2, 3, 5, 6, 8, 9].map(digit);
    let all_digits = digits.iter().fold(true, |all, d| all & (*d <= 9));
    if !(all_digits & (bytes[4] == b'-') & (bytes[7] == b'-')) {
        return Err(Miss::Form);
    }
    let [a, b, c, d, month, month_ones, day, day_ones] = digits;
    let year = u16::from(a) * 1000 + u16::from(b) * 100 + u16::from(c * 10 + d);
    let (month, day) = (month * 10 + month_ones, day * 10 + day_ones);
    Date::new(year, month, day).ok_or(Miss::Day(year, month, day))
}

/// RFC 3339 §5.6: `yyyy-MM-ddTHH:mm:ss[.fraction](Z|+hh:mm)`; no leap seconds.
fn iso_time(text: &[u8]) -> Result<Civil, Miss> {
    let (date, rest) = text.split_at_checked(10).ok_or(Miss::Form)?;
    let mut rest = rest;
    if !take(&mut rest)?.eq_ignore_ascii_case(&b'T') {
        return Err(Miss::Form);
    }
    let hour = number(&mut rest, 2, 2)?;
    expect(&mut rest, b":")?;
    let minute = number(&mut rest, 2, 2)?;
    expect(&mut rest, b":")?;
    let second = number(&mut rest, 2, 2)?;
    let mut ticks = clock(hour, minute, second)?;
    if rest.first() == Some(&b'.') {
        ticks += fraction(&mut rest, None)?;
    }
    let zone = zone(&mut rest, Zone::Colon)?;
    if rest.is_empty() {
        Ok(Civil { date: iso_date(date)?, ticks, zone: Some(zone) })
    } else {
        Err(Miss::Form)
    }
}

fn read_letters<T>(source: &str, tokens: T, text: &str) -> Result<Civil, Miss>
where
    T: Iterator<Item = Result<Token, Miss>>,
{
    let mut rest = text.as_bytes();
    let (mut year, mut month, mut day) = (0, 0, 0);
    let (mut hour, mut minute, mut second, mut part, mut offset) = (0, 0, 0, 0, None);
    for token in tokens {
        match token? {
            Token::Year => year = number(&mut rest, 4, 4)?,
            Token::Month { digits_min } => month = number(&mut rest, digits_min, 2)?,
            Token::MonthName { short } => month = month_name(&mut rest, short)?,
            Token::Day { digits_min } => day = number(&mut rest, digits_min, 2)?,
            Token::Hour => hour = number(&mut rest, 2, 2)?,
            Token::Minute => minute = number(&mut rest, 2, 2)?,
            Token::Second => second = number(&mut rest, 2, 2)?,
            Token::Fraction(digits) => part = fraction_digits(&mut rest, Some(usize::from(digits)))?,
            Token::AnyFraction if rest.first() == Some(&b'.') => part = fraction(&mut rest, None)?,
            Token::AnyFraction => {}
            Token::Zone(form) => offset = Some(zone(&mut rest, form)?),
            Token::Literal { at, len } => {
                expect(&mut rest, &source.as_bytes()[at as usize..][..len as usize])?
            }
            Token::ShortYear => return Err(Miss::Pattern),
        }
    }
    if !rest.is_empty() {
        return Err(Miss::Form);
    }
    let ticks = clock(hour, minute, second)? + part;
    let (month, day) = (month as u8, day as u8);
    let date = Date::new(year, month, day).ok_or(Miss::Day(year, month, day))?;
    Ok(Civil { date, ticks, zone: offset })
}

fn take(rest: &mut &[u8]) -> Result<u8, Miss> {
    let (first, behind) = rest.split_first().ok_or(Miss::Form)?;
    *rest = behind;
    Ok(*first)
}

fn expect(rest: &mut &[u8], literal: &[u8]) -> Result<(), Miss> {
    *rest = rest.strip_prefix(literal).ok_or(Miss::Form)?;
    Ok(())
}

/// As many digits as there are, up to `max` (at most 4), at least `min`.
fn number(rest: &mut &[u8], min: u8, max: usize) -> Result<u16, Miss> {
    let length = rest.iter().take(max).take_while(|b| b.is_ascii_digit()).count();
    if length < usize::from(min) {
        return Err(Miss::Form);
    }
    let (digits, behind) = rest.split_at(length);
    *rest = behind;
    Ok(digits.iter().fold(0, |sum, b| sum * 10 + u16::from(b - b'0')))
}

/// `.` and the digits of a fraction.
fn fraction(rest: &mut &[u8], count: Option<usize>) -> Result<i64, Miss> {
    expect(rest, b".")?;
    fraction_digits(rest, count)
}

/// So many digits of a fraction (or 1 to 9), in ticks; what is finer than a tick is cut.
fn fraction_digits(rest: &mut &[u8], count: Option<usize>) -> Result<i64, Miss> {
    let most = count.unwrap_or(9);
    let length = rest.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
    if length < count.unwrap_or(1) {
        return Err(Miss::Form);
    }
    let (digits, behind) = rest.split_at(length);
    *rest = behind;
    let mut unit = SECOND / 10;
    let mut ticks = 0;
    for digit in digits {
        ticks += i64::from(digit - b'0') * unit;
        unit /= 10;
    }
    Ok(ticks)
}

fn clock(hour: u16, minute: u16, second: u16) -> Result<i64, Miss> {
    if hour > 23 || minute > 59 || second > 59 {
        return Err(Miss::Clock);
    }
    Ok((i64::from(hour) * 60 + i64::from(minute)) * MINUTE + i64::from(second) * SECOND)
}

/// Minutes east of Greenwich. No zone is further than 14 hours away (XML Schema 1.1 part 2 §3.3.7).
fn zone(rest: &mut &[u8], form: Zone) -> Result<i16, Miss> {
    let west = match take(rest)? {
        b'Z' | b'z' => return Ok(0),
        b'+' => false,
        b'-' => true,
        _ => return Err(Miss::Form),
    };
    let hours = number(rest, 2, 2)?;
    let minutes = match rest.first() {
        Some(b':') => {
            expect(rest, b":")?;
            number(rest, 2, 2)?
        }
        Some(b'0'..=b'9') if form == Zone::Any => number(rest, 2, 2)?,
        _ if form == Zone::Any => 0,
        _ => return Err(Miss::Form),
    };
    if minutes > 59 || hours * 60 + minutes > 14 * 60 {
        return Err(Miss::Clock);
    }
    let offset = (hours * 60 + minutes) as i16;
    Ok(if west { -offset } else { offset })
}

/// `+02:00`, `-03:30` or `Z`: the offset in minutes.
pub fn read_offset(text: &str) -> Option<i16> {
    let mut rest = text.as_bytes();
    zone(&mut rest, Zone::Colon).ok().filter(|_| rest.is_empty())
}

/// English names of the months, in any case, since 28-SEP-2022 means nothing else.
fn month_name(rest: &mut &[u8], short: bool) -> Result<u16, Miss> {
    for (number, name) in (1..).zip(lex::MONTHS) {
        let spelt = if short { &name[..3] } else { name };
        if rest.get(..spelt.len()).is_some_and(|start| start.eq_ignore_ascii_case(spelt.as_bytes())) {
            *rest = &rest[spelt.len()..];
            return Ok(number);
        }
    }
    Err(Miss::Form)
}

/// A whole number without plus, leading zeros or fraction.
fn whole(text: &str) -> Result<i64, Miss> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits == "0" || (!digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()));
    if digits.is_empty() || !plain {
        return Err(Miss::Form);
    }
    text.parse().map_err(|_| Miss::Range)
}

/// `/Date(ms)/`, also with `+0000`.
fn date_ms(text: &str) -> Result<i64, Miss> {
    let inner = text.strip_prefix("/Date(").and_then(|t| t.strip_suffix(")/")).ok_or(Miss::Form)?;
    match inner.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-')) {
        None => whole(inner),
        Some((at, _)) if matches!(&inner[at..], "+0000" | "-0000") => whole(&inner[..at]),
        Some(_) => Err(Miss::DateOffset),
    }
}

fn write(pattern: &str, civil: Civil, out: &mut String) {
    let seconds = civil.ticks / SECOND;
    let digits = |out: &mut String, number: i64, width: usize| {
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(number);
        out.extend(std::iter::repeat_n('0', width.saturating_sub(text.len())));
        out.push_str(text);
    };
    for token in Tokens::of(pattern).map_while(Result::ok) {
        match token {
            Token::Year => digits(out, civil.date.year.into(), 4),
            Token::ShortYear => digits(out, (civil.date.year % 100).into(), 2),
            Token::Month { digits_min } => digits(out, civil.date.month.into(), digits_min.into()),
            Token::MonthName { short } => {
                let name = lex::MONTHS[usize::from(civil.date.month - 1).min(11)];
                out.push_str(if short { &name[..3] } else { name });
            }
            Token::Day { digits_min } => digits(out, civil.date.day.into(), digits_min.into()),
            Token::Hour => digits(out, seconds / 3600, 2),
            Token::Minute => digits(out, seconds / 60 % 60, 2),
            Token::Second => digits(out, seconds % 60, 2),
            Token::Fraction(width) => {
                // Ticks have seven digits; a pattern may ask for nine.
                let nanoseconds = civil.ticks % SECOND * 100;
                digits(out, nanoseconds / 10i64.pow(9 - u32::from(width)), width.into());
            }
            Token::AnyFraction => {
                let ticks = civil.ticks % SECOND;
                if ticks > 0 {
                    out.push('.');
                    digits(out, ticks, 7);
                    out.truncate(out.trim_end_matches('0').len());
                }
            }
            Token::Zone(_) => match civil.zone.unwrap_or(0) {
                0 => out.push('Z'),
                offset => {
                    out.push(if offset < 0 { '-' } else { '+' });
                    let minutes = i64::from(offset.unsigned_abs());
                    digits(out, minutes / 60, 2);
                    out.push(':');
                    digits(out, minutes % 60, 2);
                }
            },
            Token::Literal { at, len } => out.push_str(&pattern[at as usize..(at + len) as usize]),
        }
    }
}

#[cfg(test)]
mod tests;
