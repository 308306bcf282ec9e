//! Tries a destination step by step, from its name to its description, and posts nothing.

use super::client::Client;
use super::der::Seen;
use super::destination::{Destination, Login};
use super::exchange::{self, Asked, Came, ask};
use super::{LookedUp, tls};
use crate::answer::{Service, encode};
use crate::contract::{Contract, read_wsdl};
use crate::sink::reason;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConnection};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::channel;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use ureq::http::{HeaderMap, HeaderValue, Uri, header};

/// The most bytes of a description.
const WSDL_BYTES_MAX: usize = 32 << 20;
/// The most bytes of what a proxy answers.
const PROXY_BYTES_MAX: usize = 16 << 10;
/// A certificate that ends within so many days is spoken of.
const SOON_DAYS: i32 = 30;
/// An id that no entry has.
const NO_ENTRY: &str = "J00000000000000000000000000.00";

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// As it should.
    Good,
    /// It did not.
    Failed,
    /// That cannot be told from here.
    Unknown,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `name`, `connection`, `proxy`, `tls`, `certificate`, `login`, `wsdl`, `look-up`.
    pub name: &'static str,
    /// How it went.
    pub sound: Sound,
    /// What was found, one line.
    pub what: String,
    /// What mends it.
    pub help: Option<&'static str>,
}

fn step(name: &'static str, sound: Sound, what: impl Into<String>, help: Option<&'static str>) -> Step {
    Step { name, sound, what: what.into(), help }
}

impl Client {
    /// Tries the destination step by step; a step that fails ends it, for the later ones need it. Nothing is
    /// posted. What the service says of itself, where it does.
    pub fn probe(&self, tell: &mut dyn FnMut(Step)) -> Option<Contract> {
        let place = Place::of(&self.to).map_err(|why| tell(step("name", Sound::Failed, why, None))).ok()?;
        let reach = self.reach(&place, tell);
        if let Err(failed) = reach {
            tell(*failed);
            return None;
        }
        let contract = self.describe(tell);
        if contract.1 && self.to.look_up.is_some() {
            tell(match self.look_up(NO_ENTRY) {
                LookedUp::Absent => step(
                    "look-up",
                    Sound::Good,
                    "it answers; an entry that is not there is told absent",
                    None,
                ),
                LookedUp::Found(key) => step(
                    "look-up",
                    Sound::Failed,
                    format!("it finds {key} for an id that no entry has"),
                    Some("the filter in `lookup_url` must compare the field that holds the entry's id"),
                ),
                LookedUp::Unclear(why) => step(
                    "look-up",
                    Sound::Failed,
                    why,
                    Some("check `lookup_url`, and that the user may read there"),
                ),
            });
        }
        contract.0
    }

    /// Name, connection, TLS.
    fn reach(&self, place: &Place, tell: &mut dyn FnMut(Step)) -> Result<(), Box<Step>> {
        let (host, port) = place.first();
        let found = resolve(host, port, &self.to).map_err(|why| {
            let help = if place.proxy.is_some() {
                "check `proxy`, and this machine's name service"
            } else {
                "check the host in `url`, and this machine's name service"
            };
            Box::new(step("name", Sound::Failed, format!("{host}: {why}"), Some(help)))
        })?;
        let shown: Vec<String> = found.iter().take(4).map(|a| a.ip().to_string()).collect();
        tell(step("name", Sound::Good, format!("{host} is {}", shown.join(", ")), None));
        let began = Instant::now();
        let mut stream = connect(&found, &self.to).map_err(|why| {
            let help = "check the port; a firewall may stand between, or a `proxy` be needed";
            Box::new(step("connection", Sound::Failed, format!("{host}:{port}: {why}"), Some(help)))
        })?;
        let took = began.elapsed().as_millis();
        tell(step("connection", Sound::Good, format!("{host}:{port} in {took} ms"), None));
        if place.proxy.is_some() && place.secure {
            let what = through(&mut stream, place).map_err(|why| {
                let help = "ask those who run the proxy whether this host and port are allowed";
                Box::new(step("proxy", Sound::Failed, why, Some(help)))
            })?;
            tell(step("proxy", Sound::Good, what, None));
        }
        if !place.secure {
            tell(step("tls", Sound::Good, "not spoken: the address never leaves this machine", None));
            return Ok(());
        }
        self.handshake(stream, place, tell)
    }

    fn handshake(
        &self,
        mut stream: TcpStream,
        place: &Place,
        tell: &mut dyn FnMut(Step),
    ) -> Result<(), Box<Step>> {
        let failed = |what: String, help| Box::new(step("tls", Sound::Failed, what, help));
        let (config, watch) = tls::watched(&self.to).map_err(|why| failed(why, None))?;
        let name = ServerName::try_from(place.host.clone())
            .map_err(|_| failed("the host's name is none that a certificate can have".into(), None))?;
        let mut connection = ClientConnection::new(config, name).map_err(|e| failed(e.to_string(), None))?;
        let done = connection.complete_io(&mut stream);
        let seen = watch.seen();
        if let Err(error) = done {
            let cause = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>());
            let why = cause.map_or_else(|| reason(&error), ToString::to_string);
            let shown = seen.as_ref().map(|seen| format!("; it shows {}", words(seen))).unwrap_or_default();
            return Err(failed(format!("{why}{shown}"), mends(cause)));
        }
        let version = match connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS 1.3",
        };
        let shown = seen.as_ref().map_or_else(|| "no certificate that can be read".into(), words);
        let soon = seen.as_ref().is_some_and(|seen| left(seen) <= SOON_DAYS);
        let help = soon.then_some("it ends soon: remind those who run the server");
        tell(step("tls", Sound::Good, format!("{version}, {shown}"), help));
        if let Some(seen) = self.to.certificate.as_ref().and_then(tls::shown) {
            let (sound, help) = match left(&seen) {
                ..0 => (Sound::Failed, Some("renew the client's certificate: `certificate`")),
                0..=SOON_DAYS => (Sound::Good, Some("it ends soon: renew the client's certificate")),
                _ => (Sound::Good, None),
            };
            tell(step("certificate", sound, format!("the client shows {}", words(&seen)), help));
        }
        Ok(())
    }

    /// The login, and the description; whether the destination may be asked more.
    fn describe(&self, tell: &mut dyn FnMut(Step)) -> (Option<Contract>, bool) {
        let deadline = Instant::now() + self.to.request_timeout();
        let pass = match self.passes.pass(&self.agent, deadline) {
            Ok(pass) => pass,
            Err(why) => {
                let help = match self.to.login {
                    Login::OAuth { .. } => "check `token_url`, `client_id` and `client_secret`",
                    _ => "check where `password` points to",
                };
                tell(step("login", Sound::Failed, why, Some(help)));
                return (None, false);
            }
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/xml, application/xml, */*"));
        if let Some(pass) = &pass {
            headers.insert(header::AUTHORIZATION, pass.header.clone());
        }
        let uri = match exchange::uri("the address", &address(&self.to)) {
            Ok(uri) => uri,
            Err(why) => {
                tell(step("login", Sound::Failed, why, None));
                return (None, false);
            }
        };
        let came =
            ask(&self.agent, Asked { uri, headers, body: None, deadline, answer_bytes_max: WSDL_BYTES_MAX });
        let back = match came {
            Came::Back(back) => back,
            Came::NotSent(why) | Came::Broken(why) => {
                let help = "the server ended the connection; one that wants a client certificate does so";
                tell(step("login", Sound::Failed, why, Some(help)));
                return (None, false);
            }
        };
        let who = who(&self.to);
        if back.status == 200
            && let Ok(contract) = std::str::from_utf8(&back.body)
                .map_err(|_| ())
                .and_then(|text| read_wsdl(text, None).map_err(|_| ()))
        {
            tell(step("login", Sound::Good, format!("accepted {who}"), None));
            return (Some(contract), true);
        }
        for told in undescribed(back.status, &who) {
            tell(told);
        }
        (None, !(300..=401).contains(&back.status))
    }
}

/// What an answer that is no description says of the login and of the service.
fn undescribed(status: u16, who: &str) -> Vec<Step> {
    let login = |sound, what: String, help| step("login", sound, what, help);
    match status {
        300..=399 => vec![login(
            Sound::Failed,
            format!("{status}: it points to another address, which is not followed"),
            Some("give the service's own address as `url`; a page for people to log in is none"),
        )],
        401 => vec![login(
            Sound::Failed,
            format!("401: {who} was not accepted"),
            Some("check the user and its password, and that it is not locked"),
        )],
        _ => {
            let why = match status {
                200 => "what it answers is no WSDL".to_owned(),
                403 => "403: reading it is not allowed".to_owned(),
                404 => "404: there is none, or there is no service at this address".to_owned(),
                405 => "405: it is not given here".to_owned(),
                _ => format!("{status}: it is not given"),
            };
            let help = "many systems refuse it; `--simulate MAP INPUT` tells whether messages are taken";
            vec![
                login(Sound::Unknown, format!("{who} was not refused, and not accepted either"), None),
                step("wsdl", Sound::Unknown, why, Some(help)),
            ]
        }
    }
}

/// Who the sender says it is.
fn who(to: &Destination) -> String {
    match (&to.login, &to.certificate) {
        (Login::Basic { user, .. }, _) => format!("the user {user}"),
        (Login::OAuth { client_id, .. }, _) => format!("the token of {client_id}"),
        (Login::None, Some(_)) => "the client's certificate".to_owned(),
        (Login::None, None) => "a sender without login".to_owned(),
    }
}

/// Where the description stands.
fn address(to: &Destination) -> String {
    let mut url = to.url.clone();
    let mut add = |text: &str| {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(text);
    };
    add("wsdl");
    if let Some(client) = &to.sap_client {
        add(&format!("{}={}", Service::journal_entry().client_parameter, encode(client)));
    }
    url
}

/// Where a connection leads.
struct Place {
    host: String,
    port: u16,
    secure: bool,
    proxy: Option<(String, u16)>,
}

impl Place {
    fn of(to: &Destination) -> Result<Place, String> {
        let uri = exchange::uri("the address", &to.url)?;
        let secure = uri.scheme_str() == Some("https");
        let bare = |uri: &Uri| uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let proxy = match &to.proxy {
            None => None,
            Some(text) => {
                let proxy: Uri = text.parse().map_err(|_| "the proxy is no address".to_owned())?;
                Some((bare(&proxy), proxy.port_u16().unwrap_or(80)))
            }
        };
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok(Place { host: bare(&uri), port, secure, proxy })
    }

    /// What is connected to.
    fn first(&self) -> (&str, u16) {
        self.proxy.as_ref().map_or((&self.host, self.port), |(host, port)| (host, *port))
    }
}

/// The system's resolver knows no time limit.
fn resolve(host: &str, port: u16, to: &Destination) -> Result<Vec<SocketAddr>, String> {
    let (told, found) = channel();
    let name = host.to_owned();
    std::thread::spawn(move || {
        let all = (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // nobody waits any more when it took too long
        let _ = told.send(all);
    });
    match found.recv_timeout(to.connect_timeout) {
        Ok(Ok(all)) if !all.is_empty() => Ok(all),
        Ok(Ok(_) | Err(_)) => Err("the name is not known".into()),
        Err(_) => Err("the name was not found in time".into()),
    }
}

fn connect(to: &[SocketAddr], how: &Destination) -> Result<TcpStream, String> {
    let mut last = None;
    for address in to {
        match TcpStream::connect_timeout(address, how.connect_timeout) {
            Ok(stream) => {
                let limited = stream
                    .set_read_timeout(Some(how.connect_timeout))
                    .and_then(|()| stream.set_write_timeout(Some(how.connect_timeout)));
                return limited.map(|()| stream).map_err(|e| reason(&e));
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or_else(
        || "no address".into(),
        |error| match error.kind() {
            io::ErrorKind::TimedOut => "no connection in time".into(),
            _ => reason(&error),
        },
    ))
}

/// Asks the proxy to lead on (RFC 9110 §9.3.6).
fn through(stream: &mut TcpStream, place: &Place) -> Result<String, String> {
    let Place { host, port, .. } = place;
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let asked = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
    stream.write_all(asked.as_bytes()).map_err(|e| reason(&e))?;
    let (mut said, mut byte) = (vec![], [0]);
    while !said.ends_with(b"\r\n\r\n") {
        let count = stream.read(&mut byte).map_err(|e| reason(&e))?;
        if count == 0 || said.len() > PROXY_BYTES_MAX {
            return Err("the proxy gives no answer that can be read".into());
        }
        said.push(byte[0]);
    }
    let line = String::from_utf8_lossy(&said);
    let status = line.split_whitespace().nth(1).unwrap_or_default();
    match status {
        "200" => Ok(format!("it leads to {host}:{port}")),
        "407" => Err("407: the proxy wants a login, which jemap does not give".into()),
        _ => Err(format!("the proxy answered {}", status.chars().take(3).collect::<String>())),
    }
}

/// What mends a handshake that failed.
fn mends(cause: Option<&rustls::Error>) -> Option<&'static str> {
    Some(match cause? {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer => {
                "give the certificate of its authority: `ca = \"FILE\"`; there is no switch to trust everybody"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "those who run the server must renew it; check this machine's clock too"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "name the host in `url` as its certificate does"
            }
            _ => "those who run the server must mend its certificate",
        },
        rustls::Error::AlertReceived(_) => {
            "the server refused the client: check `certificate`, and which versions of TLS it speaks"
        }
        _ => "check that the port speaks TLS",
    })
}

fn words(seen: &Seen) -> String {
    let mut until = vec![];
    seen.days.1.write(&mut until);
    let until = String::from_utf8_lossy(&until).into_owned();
    let days = match left(seen) {
        days @ ..0 => format!("ended {} days ago", -i64::from(days)),
        0 => "it ends today".to_owned(),
        1 => "1 day left".to_owned(),
        days => format!("{days} days left"),
    };
    format!("the certificate of {}, signed by {}, good until {until} ({days})", seen.subject, seen.issuer)
}

/// The days that a certificate is still good.
fn left(seen: &Seen) -> i32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let today = i32::try_from(since.as_secs() / 86_400).unwrap_or(i32::MAX);
    seen.days.1.days() - today
}
