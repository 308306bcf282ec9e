//! `Retry-After` (RFC 9110 §10.2.3): seconds, or a moment, which is read against the answer's own `Date`, so
//! that no clock of ours matters.

use std::time::Duration;
use ureq::http::{HeaderMap, header};

/// A longer wait is not believed.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(86_400);

/// How long to wait, where the answer says it and it can be read.
pub(super) fn read(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(header::RETRY_AFTER)?;
    let seconds = match asked.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => moment(asked)?.saturating_sub(moment(text(header::DATE)?)?),
    };
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` in seconds since the year 0.
fn moment(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words[..] else { return None };
    let month = MONTHS.iter().position(|m| *m == month)? as u64 + 1;
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    let mut parts = time.split(':').map(|part| part.parse::<u64>().ok());
    let (h, m, s) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || year > 9999 || !(1..=31).contains(&day) || h > 23 || m > 59 || s > 60 {
        return None;
    }
    // Days before this day in a calendar whose year begins in March, as the leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    Some(((days * 24 + h) * 60 + m) * 60 + s)
}

#[cfg(test)]
mod tests {
    use super::read;
    use ureq::http::HeaderMap;

    fn wait(after: &'static str, date: &'static str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", after.parse().expect("it is a header"));
        headers.insert("date", date.parse().expect("it is a header"));
        read(&headers).map(|d| d.as_secs())
    }

    #[test]
    fn seconds_and_moments_are_read() {
        let date = "Sun, 28 Feb 2027 23:59:50 GMT";
        assert_eq!(wait("120", date), Some(120));
        assert_eq!(wait("99999999", date), Some(86_400));
        assert_eq!(wait("Mon, 01 Mar 2027 00:00:20 GMT", date), Some(30));
        assert_eq!(wait("Tue, 29 Feb 2028 00:00:20 GMT", "Mon, 28 Feb 2028 23:59:50 GMT"), Some(30));
        assert_eq!(wait("Sun, 28 Feb 2027 23:59:00 GMT", date), Some(0));
        assert_eq!(wait("Fri, 01 Jan 2027 00:00:20 GMT", "Thu, 31 Dec 2026 23:59:50 GMT"), Some(30));
        for wrong in
            ["-1", "soon", "", "Sun, 28 Foo 2027 23:59:50 GMT", "1 2 3 4 5 GMT", "18446744073709551616"]
        {
            assert_eq!(wait(wrong, date), None, "{wrong}");
        }
    }
}
