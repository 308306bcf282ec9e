//! Civil dates and instants; no clock, no local time zone.
//!
//! How they are spelt is the business of `pattern`.

use super::Ascii;

/// A date of the proleptic Gregorian calendar, years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// 1..=9999
    pub year: u16,
    /// 1..=12
    pub month: u8,
    /// 1..=31
    pub day: u8,
}

/// An instant: 100 ns ticks since 0001-01-01T00:00Z, with the offset it was written with.
///
/// Equal and ordered by the instant alone: 12:00+02:00 is 10:00Z.
#[derive(Debug, Clone, Copy)]
pub struct Time {
    /// Ticks of 100 ns.
    pub ticks: i64,
    /// Minutes east of Greenwich as written; 0 for `Z` and epochs.
    pub offset: i16,
}

/// 1970-01-01 counted from 0001-01-01.
const EPOCH_DAYS: i32 = 719_162;
/// Ticks of a second.
pub(super) const SECOND: i64 = 10_000_000;
/// Ticks of a minute.
pub(super) const MINUTE: i64 = 60 * SECOND;
/// Ticks of a day.
pub(super) const DAY: i64 = 86_400 * SECOND;
/// 1970-01-01T00:00Z.
pub(super) const EPOCH: i64 = EPOCH_DAYS as i64 * DAY;
/// The first tick after the year 9999.
const END: i64 = 3_652_059 * DAY;

impl Date {
    /// The first day there is.
    pub const MIN: Date = Date { year: 1, month: 1, day: 1 };
    /// The last day there is.
    pub const MAX: Date = Date { year: 9999, month: 12, day: 31 };
    /// When there is such a day.
    #[inline]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Date> {
        let in_calendar = (1..=9999).contains(&year) && (1..=12).contains(&month) && day >= 1;
        let there = in_calendar && (day <= 28 || day <= Date::month_length(year, month));
        there.then_some(Date { year, month, day })
    }
    /// Days of a month, 1..=12.
    pub fn month_length(year: u16, month: u8) -> u8 {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        match month {
            2 => 28 + u8::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
    /// Days since 1970-01-01.
    ///
    /// Years are counted from March, so that the leap day is the last of its year.
    pub fn days(self) -> i32 {
        let year = i32::from(self.year) - i32::from(self.month <= 2);
        let month = (i32::from(self.month) + 9) % 12;
        let day_of_year = (153 * month + 2) / 5 + i32::from(self.day) - 1;
        // 306 days from 0000-03-01 to 0001-01-01.
        year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 306 - EPOCH_DAYS
    }
    /// The day so many days after 1970-01-01, within years 1 to 9999.
    pub fn from_days(days: i32) -> Option<Date> {
        let days = days.checked_add(EPOCH_DAYS + 306).filter(|d| (306..=3_652_058 + 306).contains(d))?;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = era * 400 + year_of_era + i32::from(month <= 2);
        Date::new(u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }
    /// So many days later, or earlier; `None` beyond years 1 to 9999.
    pub fn plus_days(self, days: i64) -> Option<Date> {
        Date::from_days(i32::try_from(i64::from(self.days()).checked_add(days)?).ok()?)
    }
    /// In 32 bits: year << 16 | month << 8 | day.
    pub fn packed(self) -> u64 {
        u64::from(self.year) << 16 | u64::from(self.month) << 8 | u64::from(self.day)
    }
    /// From [`Date::packed`].
    pub fn unpack(packed: u64) -> Date {
        Date { year: (packed >> 16) as u16, month: (packed >> 8) as u8, day: packed as u8 }
    }
    /// Appends `yyyy-MM-dd`.
    pub fn write(self, out: &mut impl Ascii) {
        let ([century, year], [month, day]) = (split(self.year), [self.month, self.day].map(two));
        let [a, b] = two(century);
        let [c, d] = two(year);
        out.ascii(&[a, b, c, d, b'-', month[0], month[1], b'-', day[0], day[1]]);
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Hundreds and the rest of a year.
fn split(year: u16) -> [u8; 2] {
    [(year / 100) as u8, (year % 100) as u8]
}

/// Two digits of a number below 100.
fn two(number: u8) -> [u8; 2] {
    [b'0' + number / 10, b'0' + number % 10]
}

impl Time {
    /// The instant of a date and time of day (ticks since midnight) at an offset; `None` when the instant in
    /// UTC is outside years 1 to 9999.
    pub fn new(date: Date, ticks_of_day: i64, offset: i16) -> Option<Time> {
        let local = i64::from(date.days() + EPOCH_DAYS) * DAY + ticks_of_day;
        Time::from_ticks(local - i64::from(offset) * MINUTE, offset)
    }
    /// The instant when it is within years 1 to 9999, in UTC.
    pub fn from_ticks(ticks: i64, offset: i16) -> Option<Time> {
        (0..END).contains(&ticks).then_some(Time { ticks, offset })
    }
    /// The same instant at another offset.
    pub fn at_offset(self, offset: i16) -> Time {
        Time { ticks: self.ticks, offset }
    }
    /// The civil date at the offset it was written with.
    pub fn date(self) -> Date {
        self.local().0
    }
    /// The civil date and the ticks since midnight at the offset it was written with.
    pub fn local(self) -> (Date, i64) {
        let local = self.ticks.saturating_add(i64::from(self.offset) * MINUTE);
        let days = (local.div_euclid(DAY) - i64::from(EPOCH_DAYS)) as i32;
        // An offset may lead a few hours out of the calendar at both of its ends.
        let nearest = if local < 0 { Date::MIN } else { Date::MAX };
        (Date::from_days(days).unwrap_or(nearest), local.rem_euclid(DAY))
    }
    /// Appends `yyyy-MM-ddThh:mm:ss[.fffffff]Z` (UTC, fraction without trailing zeros).
    pub fn write(self, out: &mut impl Ascii) {
        let (date, ticks) = self.at_offset(0).local();
        date.write(out);
        let seconds = ticks / SECOND;
        let [hour, minute, second] = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(|n| two(n as u8));
        out.ascii(&[b'T', hour[0], hour[1], b':', minute[0], minute[1], b':', second[0], second[1]]);
        let mut fraction = ticks % SECOND;
        if fraction > 0 {
            out.ascii(b".");
            while fraction > 0 {
                out.ascii(&[b'0' + (fraction / (SECOND / 10)) as u8]);
                fraction = fraction % (SECOND / 10) * 10;
            }
        }
        out.ascii(b"Z");
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Time) -> bool {
        self.ticks == other.ticks
    }
}
impl Eq for Time {}
impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Time) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Time {
    fn cmp(&self, other: &Time) -> std::cmp::Ordering {
        self.ticks.cmp(&other.ticks)
    }
}
impl std::hash::Hash for Time {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.ticks.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(time: Time) -> String {
        let mut out = Vec::new();
        time.write(&mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn every_day_there_is_and_back() {
        let mut expected = Date::MIN;
        for days in Date::MIN.days()..=Date::MAX.days() {
            assert_eq!(Date::from_days(days), Some(expected));
            assert_eq!(expected.days(), days);
            assert_eq!(Date::unpack(expected.packed()), expected);
            let next = Date::new(expected.year, expected.month, expected.day + 1)
                .or_else(|| Date::new(expected.year, expected.month + 1, 1))
                .or_else(|| Date::new(expected.year + 1, 1, 1));
            expected = next.unwrap_or(Date::MIN);
        }
        assert_eq!(expected, Date::MIN, "the last day was reached");
        assert_eq!(Date::from_days(0), Date::new(1970, 1, 1));
        assert_eq!(Date::from_days(Date::MAX.days() + 1), None);
        assert_eq!(Date::from_days(Date::MIN.days() - 1), None);
        assert!([i32::MIN, i32::MAX].iter().all(|d| Date::from_days(*d).is_none()));
    }

    #[test]
    fn days_that_are_not_there() {
        let none = [
            (2023, 2, 29),
            (1900, 2, 29),
            (2024, 4, 31),
            (2024, 0, 1),
            (2024, 13, 1),
            (2024, 1, 0),
            (0, 1, 1),
        ];
        assert!(none.iter().all(|(y, m, d)| Date::new(*y, *m, *d).is_none()));
        assert!(Date::new(2000, 2, 29).is_some() && Date::new(10000, 1, 1).is_none());
    }

    #[test]
    fn dates_are_written_with_four_digit_years() {
        let mut out = Vec::new();
        Date::new(987, 6, 5).expect("there").write(&mut out);
        assert_eq!(out, b"0987-06-05");
        assert_eq!(Date::new(987, 6, 5).expect("there").to_string(), "0987-06-05");
    }

    #[test]
    fn instants() {
        let date = Date::new(2024, 12, 31).expect("there");
        let late = Time::new(date, DAY - SECOND / 2, -120).expect("in range");
        assert_eq!(written(late), "2025-01-01T01:59:59.5Z");
        assert_eq!(late.date(), date);
        assert_eq!(late, late.at_offset(0));
        assert_eq!(late.at_offset(0).date(), Date::new(2025, 1, 1).expect("there"));
        assert_eq!(written(Time::from_ticks(1, 0).expect("in range")), "0001-01-01T00:00:00.0000001Z");
        assert!(Time::new(Date::MIN, 0, 60).is_none() && Time::new(Date::MAX, 0, -24 * 60).is_none());
        let edge = Time { ticks: i64::MAX, offset: i16::MIN };
        assert_eq!((edge.date(), Time { ticks: 0, offset: -60 }.date()), (Date::MAX, Date::MIN));
    }
}
