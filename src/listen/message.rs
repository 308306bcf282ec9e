//! Requests and answers as values.

use std::net::SocketAddr;
use std::time::Duration;

/// The line and the headers of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// `POST`
    pub method: String,
    /// Path and query as they were sent: `/a/b?c=d`.
    pub target: String,
    /// Names as they were sent, values without white space around them.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Whether the client speaks HTTP/1.0.
    pub old: bool,
    /// Where the client is, or the proxy before it; `None`: it is gone already.
    pub peer: Option<SocketAddr>,
}

/// A whole request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its head.
    pub head: Head,
    /// Its body, chunks taken apart.
    pub body: Vec<u8>,
}

impl Head {
    /// The first header of that name, in any case, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }
    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }
    /// A value of the query, percent signs and `+` decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.filter(|(n, _)| decoded(n).as_deref() == Some(name)).find_map(|(_, value)| decoded(value))
    }
}

/// Undoes percent encoding; `None` where it is broken or not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                out.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            }
            b'+' => out.push(b' '),
            other => out.push(other),
        }
    }
    String::from_utf8(out).ok()
}

/// An answer, and how it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers beyond `Content-Length` and `Connection`, which the server writes itself.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How it is sent.
    pub manner: Manner,
    /// Waits so long before it is sent.
    pub delay: Duration,
    /// Whether the connection is closed after it.
    pub close: bool,
}

/// How an answer is sent; everything but `Whole` is there to try clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// As it should be.
    #[default]
    Whole,
    /// Not at all: the connection is closed.
    Nothing,
    /// Not at all: the connection is reset.
    Reset,
    /// Only so many bytes, counted from the first byte of the status line; then the connection is closed.
    Cut(usize),
    /// The head as it should be, but only so many bytes of the body; then the connection is closed.
    CutBody(usize),
    /// So many bytes a second.
    Slow(u32),
}

impl Answer {
    /// An answer with a status and nothing else.
    pub fn empty(status: u16) -> Answer {
        Answer {
            status,
            headers: vec![],
            body: vec![],
            manner: Manner::Whole,
            delay: Duration::ZERO,
            close: false,
        }
    }
    /// An answer with a body.
    pub fn with(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        Answer::empty(status).body(content_type, body)
    }
    /// The same with a body.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.body = body.into();
        self.header("Content-Type", content_type)
    }
    /// The same with a header; control characters are left out of its value.
    pub fn header(mut self, name: &'static str, value: &str) -> Answer {
        self.headers.push((name, value.chars().filter(|c| !c.is_control()).collect()));
        self
    }
    /// The head as bytes.
    pub(crate) fn head(&self, close: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        // 204 and 304 have no body and must not tell a length.
        if !matches!(self.status, 204 | 304) {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        head += if close { "Connection: close\r\n\r\n" } else { "Connection: keep-alive\r\n\r\n" };
        head.into_bytes()
    }
}

/// The words of a status (RFC 9110).
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}
