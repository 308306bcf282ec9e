//! One HTTP exchange: what is handed over, whether any of it was, and what came back.
//!
//! Redirects are not followed, nothing is sent twice, the environment's proxies are not used.

use super::destination::Destination;
use super::tls;
use crate::crash::point;
use crate::sink::reason;
use rustls::AlertDescription;
use std::io::{self, Read};
use std::time::{Duration, Instant};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use ureq::{Agent, Proxy, SendBody};

/// The longest time that an idle connection is used again: less than servers keep it.
const IDLE_MAX: Duration = Duration::from_secs(3);

/// The agent of a destination; `keep`: whether connections are used again.
///
/// # Errors
/// Which of its settings cannot be used, and why.
pub(super) fn agent(to: &Destination, keep: bool) -> Result<Agent, String> {
    let proxy = to.proxy.as_deref().map(Proxy::new).transpose();
    let proxy = proxy.map_err(|_| "the proxy is not written as `http://HOST:PORT`")?;
    let idle = if keep { to.concurrency.max(1) as usize } else { 0 };
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy)
        .tls_config(tls::config(to)?)
        .user_agent(concat!("jemap/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity")
        .timeout_resolve(Some(to.connect_timeout))
        .timeout_connect(Some(to.connect_timeout))
        .max_idle_connections(idle)
        .max_idle_connections_per_host(idle)
        .max_idle_age(IDLE_MAX)
        .build();
    Ok(config.new_agent())
}

/// What is asked.
pub(super) struct Asked<'a> {
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    /// The body in pieces; without one it is a GET.
    pub(super) body: Option<[&'a [u8]; 3]>,
    /// Nothing is begun, and no answer is awaited, from then on.
    pub(super) deadline: Instant,
    /// At most so many bytes of the answer are read, and one more.
    pub(super) answer_bytes_max: usize,
}

/// What came of it.
pub(super) enum Came {
    /// No byte of the body was handed over; why, one line.
    NotSent(String),
    /// A byte of the body was, and there is no whole answer; why, one line.
    Broken(String),
    /// An answer.
    Back(Back),
}

/// An answer. Where its status alone decides, its body may be cut.
pub(super) struct Back {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Asks once.
pub(super) fn ask(agent: &Agent, asked: Asked<'_>) -> Came {
    let late = || Came::NotSent("the deadline has passed".into());
    let Some(left) = asked.deadline.checked_duration_since(Instant::now()).filter(|t| !t.is_zero()) else {
        return late();
    };
    let mut body = Body::new(asked.body.unwrap_or_default(), asked.deadline);
    let result = match asked.body {
        None => {
            let request = request(&asked, Method::GET, SendBody::none());
            agent.run(agent.configure_request(request).timeout_global(Some(left)).build())
        }
        Some(parts) => {
            let mut request = request(&asked, Method::POST, SendBody::from_reader(&mut body));
            point("request.before");
            let length = HeaderValue::from(parts.iter().map(|part| part.len()).sum::<usize>());
            request.headers_mut().insert(header::CONTENT_LENGTH, length);
            agent.run(agent.configure_request(request).timeout_global(Some(left)).build())
        }
    };
    match result {
        Ok(response) => back(response, asked.answer_bytes_max),
        Err(_) if body.late => late(),
        Err(error) if !body.begun || no_certificate(&error) => Came::NotSent(why(&error)),
        Err(error) => Came::Broken(why(&error)),
    }
}

fn request<'b>(asked: &Asked<'_>, method: Method, body: SendBody<'b>) -> Request<SendBody<'b>> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = asked.uri.clone();
    *request.headers_mut() = asked.headers.clone();
    request
}

/// Reads an answer to its end, or to the limit.
fn back(response: ureq::http::Response<ureq::Body>, bytes_max: usize) -> Came {
    point("answer.head");
    let (parts, mut source) = response.into_parts();
    let status = parts.status.as_u16();
    let framed = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING].iter();
    let framed = status == 204 || framed.into_iter().any(|name| parts.headers.contains_key(name));
    let mut body = vec![];
    let read = source.as_reader().take(bytes_max as u64 + 1).read_to_end(&mut body);
    match read {
        // The status alone says what these mean.
        Err(_) if (300..500).contains(&status) => {}
        Err(error) => return Came::Broken(format!("the answer broke off: {}", why(&error.into()))),
        // The end of such an answer is the end of the connection, which may as well have been cut.
        Ok(0) if !framed && status < 300 => {
            return Came::Broken("the connection ended before an answer of no stated length".into());
        }
        Ok(_) => {}
    }
    Came::Back(Back { status, headers: parts.headers, body })
}

/// Whether the peer ended the handshake since it misses or refuses the client's certificate: under TLS 1.3
/// that is heard only after the client has begun to write, and nothing of that was read.
fn no_certificate(error: &ureq::Error) -> bool {
    use AlertDescription::{
        BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked, CertificateUnknown,
        UnknownCA, UnsupportedCertificate,
    };
    let alert = match tls_error(error) {
        Some(rustls::Error::AlertReceived(alert)) => alert,
        _ => return false,
    };
    matches!(
        alert,
        BadCertificate
            | CertificateExpired
            | CertificateRequired
            | CertificateRevoked
            | CertificateUnknown
            | UnknownCA
            | UnsupportedCertificate
    )
}

fn tls_error(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref::<rustls::Error>(),
        _ => None,
    }
}

/// What went wrong: one line, lower case, no address and no header.
fn why(error: &ureq::Error) -> String {
    use ureq::Timeout;
    if let Some(error) = tls_error(error) {
        return format!("TLS: {error}");
    }
    match error {
        ureq::Error::HostNotFound => "the host's name is not known".into(),
        ureq::Error::Timeout(Timeout::Resolve) => "the host's name was not found in time".into(),
        ureq::Error::Timeout(Timeout::Connect) => "no connection in time".into(),
        ureq::Error::Timeout(_) => "no whole answer in time".into(),
        ureq::Error::ConnectProxyFailed(_) => "the proxy did not connect".into(),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "the address cannot be used".into(),
        // What the system says of a name that is not known has no kind of its own.
        ureq::Error::Io(error) if error.to_string().contains("lookup address") => {
            "the host's name is not known".into()
        }
        ureq::Error::Io(error) => reason(error),
        other => {
            let text = other.to_string();
            text.lines().next().unwrap_or_default().to_owned()
        }
    }
}

/// The body of a request. Its first byte is asked for after connecting, TLS and the request's headers: until
/// then nothing was handed over that a receiver could take, and this is where the deadline is looked at.
struct Body<'a> {
    parts: [&'a [u8]; 3],
    deadline: Instant,
    begun: bool,
    late: bool,
}

impl<'a> Body<'a> {
    fn new(parts: [&'a [u8]; 3], deadline: Instant) -> Body<'a> {
        Body { parts, deadline, begun: false, late: false }
    }
}

impl Read for Body<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.begun {
            if Instant::now() >= self.deadline {
                self.late = true;
                return Err(io::Error::from(io::ErrorKind::TimedOut));
            }
            self.begun = true;
            point("request.first");
        } else {
            point("request.part");
        }
        let Some(part) = self.parts.iter_mut().find(|part| !part.is_empty()) else { return Ok(0) };
        let count = part.len().min(out.len());
        let (now, later) = part.split_at(count);
        out[..count].copy_from_slice(now);
        *part = later;
        if self.parts.iter().all(|part| part.is_empty()) {
            point("request.last");
        }
        Ok(count)
    }
}

/// A header's value; `secret`: one that no log shows.
///
/// # Errors
/// That it holds a control character; not which value it is.
pub(super) fn value(text: &str, secret: bool) -> Result<HeaderValue, String> {
    let mut value =
        HeaderValue::from_str(text).map_err(|_| "a header's value has characters that no header may have")?;
    value.set_sensitive(secret);
    Ok(value)
}

/// A header's name that is known only when it runs.
///
/// # Errors
/// That it is none.
pub(super) fn name(text: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(text.as_bytes()).map_err(|_| format!("`{text}` is no name of a header"))
}

/// An address that may be sent to: `https://`, or `http://` to this machine.
///
/// # Errors
/// What is wrong with it, without repeating it.
pub(super) fn uri(what: &str, text: &str) -> Result<Uri, String> {
    let uri: Uri = text.parse().map_err(|_| format!("{what} is no address"))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    if uri.authority().is_none_or(|a| a.as_str().contains('@')) || host.is_empty() {
        return Err(format!("{what} is no address of the form `https://HOST/PATH`"));
    }
    let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if local => Ok(uri),
        _ => Err(format!("{what} is not `https://`, and leads to another machine")),
    }
}

#[cfg(test)]
mod tests {
    use super::Body;
    use std::io::{ErrorKind, Read};
    use std::time::{Duration, Instant};

    /// The border between what was surely not taken and what nobody knows.
    #[test]
    fn a_body_that_is_late_is_not_begun_and_one_that_has_begun_is_not_stopped() {
        let mut out = [0; 4];
        let now = Instant::now();
        let mut late = Body::new([b"abc", b"", b""], now);
        assert_eq!(late.read(&mut out).map_err(|e| e.kind()), Err(ErrorKind::TimedOut));
        assert!(late.late && !late.begun);
        let mut body = Body::new([b"abc", b"de", b"fgh"], now + Duration::from_secs(3600));
        assert_eq!(body.read(&mut out[..2]).expect("it is early"), 2);
        assert!(body.begun && !body.late);
        body.deadline = now;
        let mut rest = vec![];
        body.read_to_end(&mut rest).expect("it has begun");
        assert_eq!(rest, b"cdefgh");
    }
}
