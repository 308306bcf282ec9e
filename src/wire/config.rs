//! `jemap.toml`: the book's place and the destinations. All mistakes are told in one run, each with its place.

use super::destination::{ClientCertificate, Destination, Login, LookUp, MessageIdPlace};
use super::receive::{self, Receive};
use super::settings::{Reader, Value};
use crate::answer::Service;
use crate::diag::{Code, Report, Reports, SourceId, Span, near};
use crate::fate::Mode;
use crate::xml::Soap;
use std::net::IpAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

pub use super::settings::{SETTINGS, Setting};

/// The most bytes of a configuration.
const BYTES_MAX: usize = 1 << 20;

/// What `jemap.toml` says.
#[derive(Clone)]
pub struct Configuration {
    /// The book of record's file.
    pub book: PathBuf,
    /// The destinations, by name.
    pub destinations: Vec<Destination>,
    /// Where confirmations are listened for.
    pub receive: Receive,
}

impl Configuration {
    /// Reads a configuration; `name` is what messages call it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, J731 to J734.
    pub fn parse(name: &str, text: &str) -> Result<Configuration, Reports> {
        let mut reports = Reports::default();
        let source = reports.sources.add(name, text.get(..BYTES_MAX).unwrap_or(text));
        let (table, errors) = if text.len() > BYTES_MAX {
            let error =
                Report::error(Code::J731, span(source, 0..0), "the configuration has more than 1 MiB");
            reports.list.push(error);
            return Err(reports);
        } else {
            DeTable::parse_recoverable(text)
        };
        reports.list.extend(errors.iter().map(|error| {
            let message = error.message().lines().next().unwrap_or_default().to_lowercase();
            Report::error(Code::J731, span(source, error.span().unwrap_or_default()), message)
        }));
        // what could not be read would be missed or blamed below
        let configuration =
            if reports.list.is_empty() { whole(table.get_ref(), source, &mut reports.list) } else { None };
        reports.sort();
        match configuration {
            Some(configuration) if reports.list.is_empty() => Ok(configuration),
            _ => Err(reports),
        }
    }

    /// The destination of this name.
    ///
    /// # Errors
    ///
    /// There is none: in words, with the nearest name.
    pub fn destination(&self, name: &str) -> Result<&Destination, String> {
        if let Some(found) = self.destinations.iter().find(|d| d.name == name) {
            return Ok(found);
        }
        let names = || self.destinations.iter().map(|d| d.name.as_str());
        let rest = match near(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
        };
        Err(format!("there is no destination `{name}`; {rest}"))
    }
}

fn span(source: SourceId, range: Range<usize>) -> Span {
    Span { source, start: range.start as u32, end: range.end as u32 }
}

fn whole(table: &DeTable<'_>, source: SourceId, list: &mut Vec<Report>) -> Option<Configuration> {
    let mut book = PathBuf::from("jemap.book");
    let (mut destinations, mut receive) = (vec![], Receive::default());
    for (key, value) in table {
        let at = span(source, key.span());
        match (key.get_ref().as_ref(), value.get_ref()) {
            ("book", DeValue::String(path)) if !path.is_empty() => book = PathBuf::from(path.as_ref()),
            ("book", _) => {
                let at = span(source, value.span());
                list.push(Report::error(Code::J733, at, "`book` is the path of a file, in quotes"));
            }
            ("destination", DeValue::Table(all)) => {
                destinations.extend(all.iter().filter_map(|(name, value)| one(name, value, source, list)));
            }
            ("destination", _) => {
                list.push(Report::error(Code::J733, at, "`destination` is a table: `[destination.NAME]`"));
            }
            ("receive", DeValue::Table(table)) => receive = receive::read(table, source, at, list),
            ("receive", _) => {
                list.push(Report::error(Code::J733, at, "`receive` is a table: `[receive]`"));
            }
            (other, _) => {
                let report = Report::error(Code::J732, at, format!("there is no setting `{other}` here"));
                list.push(report.did_you_mean(near(other, ["book", "destination", "receive"])));
            }
        }
    }
    Some(Configuration { book, destinations, receive })
}

fn one(
    name: &Spanned<DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
    source: SourceId,
    list: &mut Vec<Report>,
) -> Option<Destination> {
    let at = span(source, name.span());
    let known = list.len();
    let DeValue::Table(table) = value.get_ref() else {
        list.push(Report::error(Code::J733, at, "a destination is a table: `[destination.NAME]`"));
        return None;
    };
    let text = name.get_ref().as_ref();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if text.is_empty() || text.len() > NAME_MAX || !text.chars().all(allowed) {
        let message =
            format!("a destination's name has letters, digits, `-`, `_` and `.`, at most {NAME_MAX}");
        list.push(Report::error(Code::J733, at, message));
    }
    let mut reader = Reader::new(table, ("destination", SETTINGS), source, at, list);
    let destination = read(text, &mut reader);
    (list.len() == known).then_some(destination).flatten()
}

/// The longest name of a destination.
const NAME_MAX: usize = 40;

/// `None` only where something is wrong, which the reader has told.
fn read(name: &str, reader: &mut Reader<'_, '_>) -> Option<Destination> {
    let service = Service::journal_entry();
    let mode = reader.required("mode").and_then(|v| {
        let mode = Mode::find(&v.text);
        if mode.is_none() {
            reader.wrong(&v, "`mode` is one of `async`, `sync-none`, `sync-lookup`, `sync-idem`");
        }
        mode
    });
    let url = reader.required("url").and_then(|v| address(reader, v));
    let default_action = if mode == Some(Mode::Async) { service.async_action } else { service.sync_action };
    let soap = match reader.word("soap", "1.1", &["1.1", "1.2"]).as_str() {
        "1.2" => Soap::V12,
        _ => Soap::V11,
    };
    let message_id = match reader.word("message_id", "url", &["url", "header"]).as_str() {
        "header" => MessageIdPlace::Header,
        _ => MessageIdPlace::Url,
    };
    let login = login(reader);
    let certificate = certificate(reader);
    let look_up = look_up(reader);
    if mode == Some(Mode::SyncLookup) && !reader.given("lookup_url") {
        reader.missing("lookup_url", "mode `sync-lookup` resolves an unknown outcome by it");
    }
    let (ca, ca_only) = authorities(reader);
    let batch_default = match mode {
        Some(Mode::Async) => 100,
        Some(Mode::SyncLookup | Mode::SyncIdem) => 10,
        _ => 1,
    };
    let destination = Destination {
        name: name.to_owned(),
        mode: mode.unwrap_or(Mode::SyncNone),
        url: url.clone().unwrap_or_default(),
        soap,
        action: reader.header("action").unwrap_or_else(|| default_action.to_owned()),
        message_id,
        login,
        certificate,
        ca,
        ca_only,
        proxy: reader.text("proxy").and_then(|v| proxy(reader, v)),
        sap_client: reader.text("sap_client").and_then(|v| {
            let right = v.text.len() == 3 && v.text.bytes().all(|b| b.is_ascii_digit());
            reader.keep(right, v, "`sap_client` has three digits")
        }),
        language: reader.text("language").and_then(|v| {
            let right = v.text.len() == 2 && v.text.bytes().all(|b| b.is_ascii_alphabetic());
            reader.keep(right, v, "`language` has two letters")
        }),
        connect_timeout: reader.duration("connect_timeout", Duration::from_secs(10)),
        answer_timeout: reader.duration("answer_timeout", Duration::from_secs(60)),
        batch: reader.number("batch", batch_default, 1..=10_000) as u32,
        batch_bytes: reader.number("batch_bytes", 4 << 20, 1_024..=64 << 20),
        concurrency: reader.number("concurrency", 8, 1..=256) as u32,
        rate: reader.given("rate").then(|| reader.number("rate", 1, 1..=100_000) as u32),
        not_taken: reader.statuses("not_taken", if mode == Some(Mode::Async) { &[429, 503] } else { &[429] }),
        memory: reader.duration("memory", DAY * 7),
        settle: reader.duration("settle", Duration::from_secs(600)),
        overdue: reader.duration("overdue", DAY),
        lane: reader.text("lane").map(|v| v.text),
        look_up,
    };
    reader.finish();
    url.and(mode).map(|_| destination)
}

/// A day.
const DAY: Duration = Duration::from_secs(86_400);

fn login(reader: &mut Reader<'_, '_>) -> Login {
    let (user, password) = (reader.header("user"), reader.secret("password"));
    let token_url = reader.text("token_url").and_then(|v| address(reader, v));
    let (id, secret) = (reader.text("client_id").map(|v| v.text), reader.secret("client_secret"));
    let scope = reader.text("scope").map(|v| v.text);
    let basic = user.is_some() || password.is_some();
    let oauth = token_url.is_some() || id.is_some() || secret.is_some() || scope.is_some();
    if basic && oauth {
        reader.conflict("user", "token_url", "a destination logs in by `user` and `password` or by a token");
    }
    match (user, password, token_url, id, secret) {
        (Some(user), Some(password), ..) => Login::Basic { user, password },
        (.., Some(token_url), Some(client_id), Some(client_secret)) => {
            Login::OAuth { token_url, client_id, client_secret, scope }
        }
        (user, password, token_url, id, secret) => {
            let because = |name: &str, other: &str| format!("`{name}` needs `{other}` beside it");
            match (user, password) {
                (Some(_), None) => reader.missing("password", &because("user", "password")),
                (None, Some(_)) => reader.missing("user", &because("password", "user")),
                _ => {}
            }
            if oauth {
                for (name, there) in [
                    ("token_url", token_url.is_some()),
                    ("client_id", id.is_some()),
                    ("client_secret", secret.is_some()),
                ] {
                    if !there && !reader.given(name) {
                        reader.missing(name, "a token is asked for with all three");
                    }
                }
            }
            Login::None
        }
    }
}

/// Whom to trust beside the well-known authorities, or in their place.
fn authorities(reader: &mut Reader<'_, '_>) -> (Option<PathBuf>, bool) {
    let only = reader.flag("ca_only");
    if only && !reader.given("ca") {
        reader.missing("ca", "with `ca_only = true` nobody would be trusted");
    }
    (reader.text("ca").map(|v| PathBuf::from(v.text)), only)
}

fn certificate(reader: &mut Reader<'_, '_>) -> Option<ClientCertificate> {
    let chain = reader.text("certificate").map(|v| PathBuf::from(v.text));
    match (chain, reader.secret("certificate_key")) {
        (Some(chain), Some(key)) => return Some(ClientCertificate { chain, key }),
        (Some(_), None) if !reader.given("certificate_key") => {
            reader.missing("certificate_key", "`certificate` needs its key");
        }
        (None, Some(_)) => reader.missing("certificate", "`certificate_key` needs its certificate"),
        _ => {}
    }
    None
}

fn look_up(reader: &mut Reader<'_, '_>) -> Option<LookUp> {
    let service = Service::journal_entry();
    let url = reader.text("lookup_url").and_then(|v| {
        if v.text.contains("{reference}") {
            return address(reader, v);
        }
        reader.wrong(&v, "`lookup_url` has `{reference}` where the entry's id goes");
        None
    });
    let mut member = |name, default: &str| reader.text(name).map_or(default.to_owned(), |v| v.text);
    let members = [
        member("lookup_document", service.key_document),
        member("lookup_company", service.key_company),
        member("lookup_year", service.key_year),
    ];
    url.map(|url| LookUp { url, members })
}

fn proxy(reader: &mut Reader<'_, '_>, value: Value) -> Option<String> {
    let right = host(&value.text).is_some_and(|(scheme, _)| scheme == "http");
    reader.keep(right, value, "`proxy` is `http://HOST:PORT`")
}

/// An address that may be sent secrets and amounts: encrypted, or never leaving this machine.
fn address(reader: &mut Reader<'_, '_>, value: Value) -> Option<String> {
    let name = value.name;
    match host(&value.text) {
        Some(("https", _)) => Some(value.text),
        Some(("http", host)) if is_loopback(host) => Some(value.text),
        Some(("http", _)) => {
            let why = format!(
                "`{name}` is not encrypted: `http://` is for this machine only (127.0.0.1, localhost)"
            );
            reader.wrong(&value, &why);
            None
        }
        _ => {
            reader.wrong(&value, &format!("`{name}` is no address: `https://HOST/PATH`"));
            None
        }
    }
}

/// Scheme and host of an address without user, spaces and control characters.
fn host(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let fine = |c: char| !c.is_control() && !c.is_whitespace();
    if authority.is_empty() || authority.contains('@') || !text.chars().all(fine) {
        return None;
    }
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some((scheme, host))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::Configuration;
    use crate::fate::Mode;
    use crate::wire::{Login, SETTINGS};
    use std::time::Duration;

    #[track_caller]
    fn good(text: &str) -> Configuration {
        Configuration::parse("jemap.toml", text).unwrap_or_else(|reports| panic!("{reports}"))
    }

    fn said(text: &str) -> String {
        Configuration::parse("jemap.toml", text).err().map_or_else(String::new, |reports| reports.to_string())
    }

    const SMALLEST: &str = "[destination.acme]\nmode = \"async\"\nurl = \"https://acme.example/post\"\n";

    #[test]
    fn defaults_follow_the_mode() {
        let configuration = good(SMALLEST);
        let acme = configuration.destination("acme").expect("it is there");
        assert_eq!((acme.mode, acme.batch, acme.answer_timeout), (Mode::Async, 100, Duration::from_secs(60)));
        assert_eq!(acme.not_taken, [429, 503]);
        assert!(acme.action.contains("BulkCreation"), "{}", acme.action);
        let sync = good(&SMALLEST.replace("async", "sync-none"));
        let sync = sync.destination("acme").expect("it is there");
        assert_eq!((sync.batch, sync.not_taken.as_slice()), (1, [429].as_slice()));
        assert!(matches!(sync.login, Login::None));
    }

    #[test]
    fn all_mistakes_are_told_at_once_with_their_places() {
        let text = "bok = \"x\"\n[destination.acme]\nmode = \"asynch\"\nurl = \"http://acme.example/post\"\nuser = \"U\"\n\
                    timeout = 3\nanswer_timeout = \"1 week\"\nbatch = 0\nnot_taken = [500]\nproxy = \"acme:80\"\nlanguage = \"deu\"\n\
                    [destination.\"a b\"]\nmode = \"sync-lookup\"\nurl = \"https://u:p@acme.example/\"\nscope = \"x\"\n";
        insta::assert_snapshot!(said(text));
    }

    #[test]
    fn syntax_errors_are_told_alone() {
        insta::assert_snapshot!(said("[destination.acme\nmode = async\n"));
    }

    #[test]
    fn a_secret_in_the_file_is_refused_and_not_repeated() {
        let text = format!("{SMALLEST}user = \"U\"\npassword = \"hunter2\"\n");
        let said = said(&text);
        assert!(said.starts_with("jemap.toml:"), "{said}");
        assert!(said.contains("by reference") && !said.contains("hunter2"), "{said}");
    }

    #[test]
    fn only_this_machine_may_be_spoken_to_in_the_clear() {
        for (url, right) in [
            ("https://acme.example/x", true),
            ("http://127.0.0.1:8001/x", true),
            ("http://[::1]:8001/x", true),
            ("http://localhost/x", true),
            ("http://127.0.0.1.acme.example/x", false),
            ("http://10.0.0.1/x", false),
            ("https://acme.example/x\\r\\nHost: y", false),
            ("ftp://acme.example", false),
            ("https://", false),
        ] {
            let text = SMALLEST.replace("https://acme.example/post", url);
            assert_eq!(said(&text).is_empty(), right, "{url}: {}", said(&text));
        }
    }

    #[test]
    fn a_near_destination_is_offered() {
        let why = good(SMALLEST).destination("acmee").err().expect("there is none");
        assert_eq!(why, "there is no destination `acmee`; did you mean `acme`?");
    }

    #[test]
    fn every_setting_is_read() {
        let text = r#"
            [destination.full]
            mode = "sync-lookup"
            url = "https://acme.example/post"
            soap = "1.2"
            action = "urn:x"
            message_id = "header"
            user = "U"
            password = "env:P"
            certificate = "c.pem"
            certificate_key = "file:k.pem"
            ca = "ca.pem"
            ca_only = true
            proxy = "http://proxy.example:3128"
            sap_client = "100"
            language = "de"
            connect_timeout = "5s"
            answer_timeout = "2min"
            batch = 5
            batch_bytes = 100000
            concurrency = 3
            rate = 20
            not_taken = [429, 503]
            memory = "2d"
            settle = "3min"
            overdue = "2h"
            lane = "company"
            lookup_url = "https://acme.example/read?$filter=x%20eq%20'{reference}'"
            lookup_document = "D"
            lookup_company = "C"
            lookup_year = "Y"
        "#;
        let full = good(text);
        let full = full.destination("full").expect("it is there");
        assert_eq!(full.look_up.as_ref().map(|l| l.members.join(",")), Some("D,C,Y".to_owned()));
        assert_eq!((full.rate, full.batch, full.concurrency), (Some(20), 5, 3));
        let token = "token_url = \"https://id.example/t\"\nclient_id = \"i\"\nclient_secret = \"cmd:x\"\nscope = \"s\"\n";
        let oauth = good(&format!("{SMALLEST}{token}"));
        assert!(matches!(oauth.destination("acme").expect("it is there").login, Login::OAuth { .. }));
        for setting in SETTINGS {
            let one = format!("{} =", setting.name);
            assert!(text.contains(&one) || token.contains(&one), "{} is tried", setting.name);
        }
    }
}
