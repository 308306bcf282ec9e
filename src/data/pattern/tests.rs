//! Patterns of dates and instants: what is read and written by each, and what is no pattern.

use super::*;

fn date(pattern: &str, text: &str) -> String {
    let pattern = DatePattern::parse(pattern).expect("a good pattern");
    pattern.read_date(text).map_or_else(|e| format!("error: {e}"), |d| d.to_string())
}

fn time(pattern: &str, text: &str) -> String {
    let pattern = DatePattern::parse_time(pattern).expect("a good pattern");
    let mut out = Vec::new();
    match pattern.read_time(text) {
        Ok(time) => time.write(&mut out),
        Err(e) => return format!("error: {e}"),
    }
    String::from_utf8(out).expect("ASCII")
}

#[test]
fn dates() {
    let rows = [
        ("yyyy-MM-dd", "2024-02-29", "2024-02-29"),
        ("dd.MM.yyyy", "31.12.2024", "2024-12-31"),
        ("M/d/yyyy", "9/28/2022", "2022-09-28"),
        ("M/d/yyyy", "09/08/2022", "2022-09-08"),
        ("dd MMMM yyyy", "06 December 2012", "2012-12-06"),
        ("dd-MMM-yyyy", "28-SEP-2022", "2022-09-28"),
        ("d MMMM yyyy", "1 May 2012", "2012-05-01"),
        ("yyyyMMdd", "20241231", "2024-12-31"),
        ("yyyy年MM月dd日", "2024年12月31日", "2024-12-31"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2024-01-01T00:30:00.000+02:00", "2024-01-01"),
        ("yyyy-MM-dd'T'HH:mm:ss", "2024-01-01T23:59:59", "2024-01-01"),
        ("epoch_s", "1704067199", "2023-12-31"),
        ("epoch_s", "-1", "1969-12-31"),
        ("epoch_ms", "1704067200000", "2024-01-01"),
        ("epoch_ns", "1704067200000000001", "2024-01-01"),
        ("/Date(ms)/", "/Date(1704067200000)/", "2024-01-01"),
        ("/Date(ms)/", "/Date(-86400000+0000)/", "1969-12-31"),
        (ISO_TIME, "2024-01-01T00:30:00+02:00", "2024-01-01"),
    ];
    for (pattern, text, expected) in rows {
        assert_eq!(date(pattern, text), expected, "{text} by {pattern}");
        assert_eq!(
            DatePattern::read_by(pattern, text).map(|d| d.to_string()).as_deref(),
            Ok(expected),
            "{text}"
        );
    }
}

#[test]
fn what_is_not_spelt_so_is_refused() {
    let rows = [
        ("yyyy-MM-dd", "2024-2-29"),
        ("yyyy-MM-dd", "2024-02-29 "),
        ("yyyy-MM-dd", "2024-02-29T00:00:00Z"),
        ("yyyy-MM-dd", "2024/02/29"),
        ("yyyy-MM-dd", "+024-02-29"),
        ("yyyy-MM-dd", "²024-02-2"),
        ("yyyy-MM-dd", ""),
        ("dd.MM.yyyy", "1.12.2024"),
        ("dd.MM.yyyy", "31.12.24"),
        ("M/d/yyyy", "/28/2022"),
        ("M/d/yyyy", "123/28/2022"),
        ("dd MMMM yyyy", "06 Dec 2012"),
        ("dd MMMM yyyy", "06 Dezember 2012"),
        ("epoch_s", "1.5"),
        ("epoch_s", "007"),
        ("epoch_s", "+7"),
        ("epoch_s", "-"),
        ("/Date(ms)/", "Date(0)"),
        ("/Date(ms)/", "/Date()/"),
        ("/Date(ms)/", "/Date(é+0000)/"),
    ];
    for (pattern, text) in rows {
        assert!(
            date(pattern, text).starts_with("error: expected"),
            "{text} by {pattern}: {}",
            date(pattern, text)
        );
    }
}

#[test]
fn errors_say_what_is_expected() {
    let rows = [
        ("yyyy-MM-dd", "31.12.2024", "expected `yyyy-MM-dd`, for example 2024-12-31"),
        ("yyyy-MM-dd", "2023-02-29", "there is no day 2023-02-29"),
        ("dd.MM.yyyy", "00.12.2024", "there is no day 2024-12-00"),
        ("epoch_s", "x", "expected whole seconds since 1970 (epoch_s)"),
        ("epoch_s", "999999999999", "expected a day of the years 0001 to 9999"),
        ("epoch_s", "99999999999999999999", "expected a day of the years 0001 to 9999"),
        (
            "/Date(ms)/",
            "/Date(0+0200)/",
            "expected no offset but +0000: others are read as minutes by some, as hours by others",
        ),
        (
            ISO_TIME,
            "2024-12-31",
            "expected an instant with zone like 2024-12-31T23:59:59Z or 2024-12-31T23:59:59.5+01:00",
        ),
    ];
    for (pattern, text, expected) in rows {
        assert_eq!(date(pattern, text), format!("error: {expected}"));
    }
}

#[test]
fn instants() {
    let rows = [
        (ISO_TIME, "2024-12-31T23:59:59Z", "2024-12-31T23:59:59Z"),
        (ISO_TIME, "2024-12-31t23:59:59.5-01:30", "2025-01-01T01:29:59.5Z"),
        (ISO_TIME, "2024-12-31T23:59:59.123456789+00:00", "2024-12-31T23:59:59.1234567Z"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2024-12-31T23:59:59.000+0100", "2024-12-31T22:59:59Z"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2024-12-31T23:59:59.007+01", "2024-12-31T22:59:59.007Z"),
        ("yyyy-MM-dd HH:mm:ss.S*XXX", "2024-12-31 23:59:59Z", "2024-12-31T23:59:59Z"),
        ("yyyyMMddHHX", "2024123123Z", "2024-12-31T23:00:00Z"),
        ("epoch_s", "1704067199", "2023-12-31T23:59:59Z"),
        ("epoch_ns", "-1", "1969-12-31T23:59:59.9999999Z"),
        ("/Date(ms)/", "/Date(1)/", "1970-01-01T00:00:00.001Z"),
    ];
    for (pattern, text, expected) in rows {
        assert_eq!(time(pattern, text), expected, "{text} by {pattern}");
    }
    let wrong = [
        "2024-12-31T23:59:59",
        "2024-12-31T23:59:60Z",
        "2024-12-31T24:00:00Z",
        "2024-12-31T23:59Z",
        "2024-12-31 23:59:59Z",
        "2024-12-31T23:59:59.Z",
        "2024-12-31T23:59:59.1234567890Z",
        "2024-12-31T23:59:59+0100",
        "2024-12-31T23:59:59+15:00",
        "2024-12-31T23:59:59Z ",
        "0001-01-01T00:00:00+01:00",
        "2024-12-31",
        "2024-12-3é",
    ];
    for text in wrong {
        assert!(time(ISO_TIME, text).starts_with("error: "), "{text}");
    }
}

#[test]
fn patterns_that_mean_nothing_are_refused() {
    let rows = [
        ("dd.MM.yy", "two digits"),
        ("YYYY-MM-dd", "a year is `yyyy`"),
        ("yyyy-MM-DD", "a day is `dd`"),
        ("yyyy-MM-ddTHH:mm", "'T'"),
        ("2024-12-31", "written in letters"),
        ("yyyy-MM-dd hh:mm", "`HH`"),
        ("ddMM", "year"),
        ("MM.yyyy", "day"),
        ("yyyy-MM-dd yyyy", "twice"),
        ("dMyyyy", "one or two digits"),
        ("yyyy-MM-dd mm", "finer part"),
        ("yyyy-MM-dd'T", "not closed"),
        ("", "does not say"),
        ("yyyy-MM-dd SSSSSSSSSS", "nine"),
    ];
    for (pattern, part) in rows {
        let error = DatePattern::parse(pattern).expect_err(pattern);
        assert!(error.contains(part), "{pattern}: {error}");
    }
    for pattern in ["yyyy-MM-dd", "yyyy-MM-dd X", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm'Z'"] {
        assert!(DatePattern::parse_time(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn dates_are_written() {
    let day = Date::new(2024, 3, 5).expect("there");
    let rows = [
        ("yyyyMM", "202403"),
        ("MM", "03"),
        ("d/M/yy", "5/3/24"),
        ("d MMMM yyyy", "5 March 2024"),
        ("MMM", "Mar"),
        ("''yyyy' o''clock'", "'2024 oclock"),
    ];
    for (pattern, expected) in rows {
        let mut out = String::new();
        DatePattern::format_by(pattern, day, &mut out);
        assert_eq!(out, expected);
        let (min, max) = DatePattern::written_length(pattern, false).expect("a good pattern");
        assert!((min..=max).contains(&(out.chars().count() as u32)), "{pattern}");
    }
    assert!(
        DatePattern::written_length("HH", false).is_err() && DatePattern::written_length("HH", true).is_ok()
    );
    assert!(DatePattern::written_length("epoch_s", true).is_err());
    let mut out = String::new();
    let time = DatePattern::iso_time().read_time("2024-12-31T23:59:59.5-01:30").expect("an instant");
    DatePattern::format_time_by("dd.MM. HH:mm:ss.SSS SSSSSSSSS.S* X XXX", time, &mut out);
    assert_eq!(out, "31.12. 23:59:59.500 500000000.5 -01:30 -01:30");
    let iso = DatePattern::parse("dd.MM.yyyy").expect("a good pattern");
    iso.format_date(day, &mut out);
    assert!(out.ends_with("05.03.2024"));
}

#[test]
fn offsets() {
    let rows = [
        ("+02:00", Some(120)),
        ("-03:30", Some(-210)),
        ("Z", Some(0)),
        ("+2", None),
        ("+02:00 ", None),
        ("", None),
    ];
    for (text, expected) in rows {
        assert_eq!(read_offset(text), expected, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(pattern in "[yMdHmsSX'.* -]{0,20}", text in "\\PC{0,20}") {
        let _ = DatePattern::read_by(&pattern, &text);
        if let Ok((_, max)) = DatePattern::written_length(&pattern, true) {
            let mut out = String::new();
            DatePattern::format_time_by(&pattern, Time { ticks: 1, offset: 90 }, &mut out);
            proptest::prop_assert!(out.chars().count() as u32 <= max);
        }
        if let Ok(read) = DatePattern::parse(&pattern) {
            let _ = read.read_date(&text);
            let day = Date::new(2024, 12, 31).expect("there");
            let mut out = String::new();
            read.format_date(day, &mut out);
            proptest::prop_assert_eq!(read.read_date(&out), Ok(day));
        }
    }
}
