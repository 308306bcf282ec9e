//! Functions of dates and instants. None of them knows what day it is.

use crate::data::{Date, DatePattern, Decimal, Fault, Kind, Type, Value, quoted};
use crate::diag::Code;
use crate::func::Arg;
use crate::func::macros::functions;
use crate::func::take::{Wrong, sure, text_of, unchecked};

functions! {
    /// The date a text spells, strictly by the pattern.
    ///
    ///     to_date("31.12.2024", "dd.MM.yyyy") => 2024-12-31
    ///     to_date("2024-01-01T00:30:00+02:00", "yyyy-MM-dd'T'HH:mm:ssX") => 2024-01-01
    ///     to_date("9/28/2022", "M/d/yyyy") => 2022-09-28
    ///     to_date("29.02.2023", "dd.MM.yyyy") => error J554
    ///     to_date("31.12.24", "dd.MM.yy") => error
    fn to_date(texts, text: text, pattern: pattern) -> "date", date_by_pattern => {
        let text = texts.get(text);
        let date = DatePattern::read_by(texts.get(pattern), text);
        date.map(Value::Date).map_err(|why| not_a_date(text, &why))
    }

    /// The instant a text spells, strictly by the pattern, which has a zone.
    ///
    ///     to_time("2024-12-31 23:59:59-01:00", "yyyy-MM-dd HH:mm:ssX") => 2025-01-01T00:59:59Z
    ///     to_time("1735689599", "epoch_s") => 2024-12-31T23:59:59Z
    ///     to_time("31.12.2024", "dd.MM.yyyy") => error
    fn to_time(texts, text: text, pattern: pattern) -> "time", time_by_pattern => {
        let text = texts.get(text);
        let time = DatePattern::read_time_by(texts.get(pattern), text);
        time.map(Value::Time).map_err(|why| not_a_date(text, &why))
    }

    /// The day of an instant at the offset it was written with, or at the one given.
    ///
    ///     date_of(to_time("1735689599", "epoch_s")) => 2024-12-31
    ///     date_of(to_time("1735689599", "epoch_s"), "+02:00") => 2025-01-01
    ///     date_of(to_time("1735689599", "epoch_s"), "Berlin") => error
    fn date_of(texts, time: time, offset: [offset]) -> "date", |_| sure(Kind::Date) => {
        let _ = texts;
        Ok(Value::Date(time.at_offset(offset.unwrap_or(time.offset)).date()))
    }

    /// The year of a date.
    ///
    ///     year(make_date(2024, 12, 31)) => 2024
    fn year(texts, date: date) -> "int", |_| sure(Kind::Decimal { int: true }) => {
        let _ = texts;
        Ok(whole(date.year.into()))
    }

    /// The month of a date, from 1.
    ///
    ///     month(make_date(2024, 12, 31)) => 12
    fn month(texts, date: date) -> "int", |_| sure(Kind::Decimal { int: true }) => {
        let _ = texts;
        Ok(whole(date.month.into()))
    }

    /// The day in the month of a date, from 1.
    ///
    ///     day(make_date(2024, 12, 31)) => 31
    fn day(texts, date: date) -> "int", |_| sure(Kind::Decimal { int: true }) => {
        let _ = texts;
        Ok(whole(date.day.into()))
    }

    /// A date, or an instant at its offset, spelt by the pattern. It need not say everything.
    ///
    ///     format(make_date(2024, 3, 5), "dd.MM.yyyy") => "05.03.2024"
    ///     format(make_date(2024, 3, 5), "MM") => "03"
    ///     format(make_date(2024, 3, 5), "HH:mm") => error
    ///     format(to_time("0", "epoch_s"), "HH:mm X") => "00:00 Z"
    fn format(texts, date: moment, pattern: pattern) -> "text", written_by_pattern => {
        Ok(Value::Text(match date {
            Value::Date(date) => texts.make([pattern], |[by], out| DatePattern::format_by(by, date, out)),
            Value::Time(at) => texts.make([pattern], |[by], out| DatePattern::format_time_by(by, at, out)),
            _ => return Err(unchecked()),
        }))
    }

    /// So many days later, or earlier when below zero.
    ///
    ///     add_days(make_date(2024, 2, 28), 2) => 2024-03-01
    ///     add_days(make_date(2024, 3, 1), -1) => 2024-02-29
    ///     add_days(make_date(9999, 12, 31), 1) => error J555
    fn add_days(texts, date: date, days: int) -> "date", |_| sure(Kind::Date) => {
        let _ = texts;
        date.plus_days(days).map(Value::Date).ok_or_else(|| {
            let message = format!("expected a day of the years 0001 to 9999, found {days} days after {date}");
            Fault::new(Code::J555, message)
        })
    }

    /// How many days from the first date to the second, below zero when it is earlier.
    ///
    ///     days_between(make_date(2024, 2, 28), make_date(2024, 3, 1)) => 2
    fn days_between(texts, from: date, to: date) -> "int", |_| sure(Kind::Decimal { int: true }) => {
        let _ = texts;
        Ok(whole(to.days() - from.days()))
    }

    /// The first day of the date's month.
    ///
    ///     start_of_month(make_date(2024, 2, 15)) => 2024-02-01
    fn start_of_month(texts, date: date) -> "date", |_| sure(Kind::Date) => {
        let _ = texts;
        Ok(Value::Date(Date { day: 1, ..date }))
    }

    /// The last day of the date's month.
    ///
    ///     end_of_month(make_date(2024, 2, 15)) => 2024-02-29
    fn end_of_month(texts, date: date) -> "date", |_| sure(Kind::Date) => {
        let _ = texts;
        Ok(Value::Date(Date { day: Date::month_length(date.year, date.month), ..date }))
    }

    /// The date of a year, a month and a day.
    ///
    ///     make_date(2024, 2, 29) => 2024-02-29
    ///     make_date(2023, 2, 29) => error J554
    fn make_date(texts, year: int, month: int, day: int) -> "date", |_| sure(Kind::Date) => {
        let _ = texts;
        let parts = (u16::try_from(year), u8::try_from(month), u8::try_from(day));
        let date = match parts {
            (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day),
            _ => None,
        };
        date.map(Value::Date).ok_or_else(|| {
            let message = format!("there is no day with year {year}, month {month} and day {day}");
            Fault::new(Code::J554, message)
        })
    }

    /// A duration of so many days, as ISO 8601 writes it.
    ///
    ///     duration_days(30) => "P30D"
    ///     duration_days(-1) => "-P1D"
    fn duration_days(texts, days: int) -> "text", |_| text_of(3, Some(22)) => {
        let start = texts.start();
        let mut buffer = itoa::Buffer::new();
        texts.scratch.push_str(if days < 0 { "-P" } else { "P" });
        texts.scratch.push_str(buffer.format(days.unsigned_abs()));
        texts.scratch.push('D');
        Ok(Value::Text(texts.finish(start)))
    }
}

#[cold]
fn not_a_date(text: &str, why: &str) -> Box<Fault> {
    Fault::new(Code::J554, format!("{why}, found {}", quoted(text)))
}

fn whole(number: i32) -> Value {
    Value::Decimal(Decimal::new(number.into(), 0))
}

fn date_by_pattern(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    DatePattern::parse(args[1].constant.unwrap_or_default()).map_err(|why| (1, why))?;
    sure(Kind::Date)
}

fn time_by_pattern(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    DatePattern::parse_time(args[1].constant.unwrap_or_default()).map_err(|why| (1, why))?;
    sure(Kind::Time)
}

fn written_by_pattern(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let with_time = args[0].ty.kind != Kind::Date;
    let pattern = args[1].constant.unwrap_or_default();
    let (min, max) = DatePattern::written_length(pattern, with_time).map_err(|why| (1, why))?;
    text_of(min, Some(max))
}
