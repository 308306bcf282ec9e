//! The settings of a destination: their table, which pages and messages are made of, and how values are read.

use super::secret::Secret;
use crate::diag::{Code, Report, SourceId, Span, near};
use std::ops::RangeInclusive;
use std::time::Duration;
use toml::de::{DeTable, DeValue};

/// A setting of a destination, or of the listener for confirmations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its value when it is not given; `required`, or `-` for none.
    pub default: &'static str,
    /// What it says.
    pub what: &'static str,
}

pub(super) const fn setting(name: &'static str, default: &'static str, what: &'static str) -> Setting {
    Setting { name, default, what }
}

/// All settings of a destination.
pub const SETTINGS: &[Setting] = &[
    setting(
        "mode",
        "required",
        "how outcomes become known: `async`, `sync-none`, `sync-lookup`, `sync-idem`",
    ),
    setting("url", "required", "the service's address; `http://` only to this machine"),
    setting("soap", "\"1.1\"", "the SOAP version, `1.1` or `1.2`"),
    setting("action", "the service's own", "the SOAP action"),
    setting("message_id", "\"url\"", "where the message id stands: `url` or `header`"),
    setting("user", "-", "the communication user (HTTP Basic)"),
    setting("password", "-", "its password, by reference"),
    setting("certificate", "-", "a client certificate with its chain, a PEM file"),
    setting("certificate_key", "-", "its private key, by reference"),
    setting("token_url", "-", "the token endpoint (OAuth 2.0 client credentials)"),
    setting("client_id", "-", "the client's id there"),
    setting("client_secret", "-", "its secret, by reference"),
    setting("scope", "-", "the scope asked for"),
    setting("ca", "-", "certificates of authorities to trust beside the well-known ones, a PEM file"),
    setting("ca_only", "false", "`true`: no authority is trusted but those of `ca`"),
    setting("proxy", "-", "`http://HOST:PORT`; the environment's proxies are not used"),
    setting("sap_client", "-", "the SAP client, three digits"),
    setting("language", "-", "the language of notes, two letters"),
    setting("connect_timeout", "\"10s\"", "the longest time to connect"),
    setting("answer_timeout", "\"60s\"", "the longest time from there to the end of the answer"),
    setting("batch", "async 100, sync-none 1, else 10", "the most entries of an envelope"),
    setting("batch_bytes", "4194304", "the most bytes of an envelope"),
    setting("concurrency", "8", "the most requests under way"),
    setting("rate", "-", "the most requests a second"),
    setting("not_taken", "async [429, 503], else [429]", "statuses that surely mean: not taken"),
    setting(
        "memory",
        "\"7d\"",
        "how long the receiver remembers message ids; nothing is sent again that could end later",
    ),
    setting("settle", "\"10min\"", "the receiver's longest run"),
    setting("overdue", "\"1d\"", "without confirmation for so long, an accepted entry is overdue"),
    setting("lane", "-", "a field of the original JSON: entries with the same value go one after the other"),
    setting("lookup_url", "-", "the address to look an entry up at, `{reference}` in it"),
    setting("lookup_document", "\"AccountingDocument\"", "the member of its answer that holds the document"),
    setting("lookup_company", "\"CompanyCode\"", "the member that holds the company code"),
    setting("lookup_year", "\"FiscalYear\"", "the member that holds the fiscal year"),
];

/// A value that was given, as text.
pub(super) struct Value {
    pub(super) name: &'static str,
    pub(super) text: String,
    at: Span,
}

/// Reads the settings of one table and tells what is wrong with them.
pub(super) struct Reader<'t, 'l> {
    table: &'t DeTable<'t>,
    /// What the table is, and the settings that it may have.
    of: (&'static str, &'static [Setting]),
    source: SourceId,
    at: Span,
    list: &'l mut Vec<Report>,
}

impl<'t, 'l> Reader<'t, 'l> {
    pub(super) fn new(
        table: &'t DeTable<'t>,
        of: (&'static str, &'static [Setting]),
        source: SourceId,
        at: Span,
        list: &'l mut Vec<Report>,
    ) -> Reader<'t, 'l> {
        Reader { table, of, source, at, list }
    }

    fn raw(&self, name: &'static str) -> Option<(&'t DeValue<'t>, Span)> {
        debug_assert!(self.of.1.iter().any(|s| s.name == name), "{name} is in the table");
        let (_, value) = self.table.iter().find(|(key, _)| key.get_ref() == name)?;
        let (start, end) = (value.span().start as u32, value.span().end as u32);
        Some((value.get_ref(), Span { source: self.source, start, end }))
    }

    /// Whether it is there, right or wrong.
    pub(super) fn given(&self, name: &'static str) -> bool {
        self.raw(name).is_some()
    }

    /// A text without control characters; an empty one is wrong.
    pub(super) fn text(&mut self, name: &'static str) -> Option<Value> {
        let (value, at) = self.raw(name)?;
        match value {
            DeValue::String(text) if !text.is_empty() && !text.chars().any(char::is_control) => {
                Some(Value { name, text: text.as_ref().to_owned(), at })
            }
            _ => {
                self.report(at, format!("`{name}` is a text in quotes, without control characters"));
                None
            }
        }
    }

    /// A text that goes into a header.
    pub(super) fn header(&mut self, name: &'static str) -> Option<String> {
        let value = self.text(name)?;
        let ascii = value.text.is_ascii();
        self.keep(ascii, value, "a header takes ASCII characters only")
    }

    pub(super) fn required(&mut self, name: &'static str) -> Option<Value> {
        if !self.given(name) {
            self.missing(name, "it has no default");
        }
        self.text(name)
    }

    pub(super) fn word(&mut self, name: &'static str, default: &str, words: &[&str]) -> String {
        match self.text(name) {
            None => default.to_owned(),
            Some(value) if words.contains(&value.text.as_str()) => value.text,
            Some(value) => {
                let words: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
                self.wrong(&value, &format!("`{name}` is one of {}", words.join(", ")));
                default.to_owned()
            }
        }
    }

    pub(super) fn secret(&mut self, name: &'static str) -> Option<Secret> {
        let value = self.text(name)?;
        match Secret::parse(&value.text) {
            Ok(secret) => Some(secret),
            Err(why) => {
                // the value is not shown: the report underlines the name, for the value may be the secret
                let key = self.table.iter().find(|(key, _)| key.get_ref() == name).map(|(key, _)| key.span());
                let range = key.unwrap_or_default();
                let at = Span { source: self.source, start: range.start as u32, end: range.end as u32 };
                self.report(at, format!("`{name}`: {why}"));
                None
            }
        }
    }

    pub(super) fn number(&mut self, name: &'static str, default: u64, range: RangeInclusive<u64>) -> u64 {
        let Some((value, at)) = self.raw(name) else { return default };
        let number = match value {
            DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            _ => None,
        };
        match number.filter(|n| range.contains(n)) {
            Some(number) => number,
            None => {
                self.report(at, format!("`{name}` is a number from {} to {}", range.start(), range.end()));
                default
            }
        }
    }

    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        match self.raw(name) {
            None => false,
            Some((DeValue::Boolean(flag), _)) => *flag,
            Some((_, at)) => {
                self.report(at, format!("`{name}` is true or false, without quotes"));
                false
            }
        }
    }

    pub(super) fn statuses(&mut self, name: &'static str, default: &[u16]) -> Vec<u16> {
        let Some((value, at)) = self.raw(name) else { return default.to_vec() };
        let one = |value: &DeValue<'_>| match value {
            DeValue::Integer(digits) => digits.as_str().parse().ok().filter(|s| matches!(s, 429 | 503)),
            _ => None,
        };
        let list = match value {
            DeValue::Array(list) => list.iter().map(|v| one(v.get_ref())).collect::<Option<Vec<u16>>>(),
            _ => None,
        };
        list.unwrap_or_else(|| {
            self.report(at, format!("`{name}` is a list of 429 and 503, for these two alone can be trusted"));
            default.to_vec()
        })
    }

    pub(super) fn duration(&mut self, name: &'static str, default: Duration) -> Duration {
        let Some(value) = self.text(name) else { return default };
        match duration(&value.text) {
            Some(duration) => duration,
            None => {
                self.wrong(&value, &format!("`{name}` is a duration: `500ms`, `30s`, `10min`, `2h`, `7d`"));
                default
            }
        }
    }

    /// The value where it is right; else the reason is told.
    pub(super) fn keep(&mut self, right: bool, value: Value, why: &str) -> Option<String> {
        if !right {
            self.wrong(&value, why);
        }
        right.then_some(value.text)
    }

    pub(super) fn wrong(&mut self, value: &Value, why: &str) {
        self.report(value.at, why.to_owned());
    }

    pub(super) fn missing(&mut self, name: &str, why: &str) {
        let report = Report::error(Code::J734, self.at, format!("the {} has no `{name}`", self.of.0));
        self.list.push(report.help(why.to_owned()));
    }

    pub(super) fn conflict(&mut self, one: &'static str, other: &'static str, why: &str) {
        let places = [one, other].map(|name| self.raw(name).map_or(self.at, |(_, at)| at));
        self.list.push(Report::error(Code::J733, places[0], why).and(places[1], "and this"));
    }

    fn report(&mut self, at: Span, message: String) {
        self.list.push(Report::error(Code::J733, at, message));
    }

    /// Settings that there are not.
    pub(super) fn finish(&mut self) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if self.of.1.iter().any(|s| s.name == name) {
                continue;
            }
            let at = Span { source: self.source, start: key.span().start as u32, end: key.span().end as u32 };
            let report = Report::error(Code::J732, at, format!("a {} has no setting `{name}`", self.of.0));
            self.list.push(report.did_you_mean(near(name, self.of.1.iter().map(|s| s.name))));
        }
    }
}

/// `500ms`, `30s`, `10min`, `2h`, `7d`: above zero, at most ten years.
fn duration(text: &str) -> Option<Duration> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..end].parse().ok()?;
    let millis = match text[end..].trim() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let millis = number.checked_mul(millis)?;
    (1..=TEN_YEARS_MS).contains(&millis).then(|| Duration::from_millis(millis))
}

const TEN_YEARS_MS: u64 = 10 * 366 * 86_400_000;
