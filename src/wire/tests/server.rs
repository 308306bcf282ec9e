//! A server on this machine that does as told, once for each connection, and tells what it was sent.

use crate::fate::Mode;
use crate::wire::{Destination, Login, MessageIdPlace};
use crate::xml::Soap;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// What is done with a connection.
pub enum Act {
    /// The whole request is read, then this is written.
    Say(Vec<u8>),
    /// The same, for an answer without end: written again and again until the client has gone.
    Flood(Vec<u8>),
    /// The request's headers are read, and one byte of its body; then the connection is reset.
    Reset,
    /// The whole request is read, this is written, and then nothing until the client has gone.
    Hold(Vec<u8>),
}

/// A request as it came: its headers, and its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub head: String,
    pub body: Vec<u8>,
}

pub struct Server {
    pub port: u16,
    thread: JoinHandle<Vec<Seen>>,
}

impl Server {
    /// One connection for each act, one after the other.
    pub fn start(tls: Option<Arc<ServerConfig>>, acts: Vec<Act>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let port = listener.local_addr().expect("it has an address").port();
        let serve = move || {
            let mut seen = vec![];
            for act in acts {
                let (stream, _) = listener.accept().expect("someone connects");
                match &tls {
                    None => seen.extend(one(stream, act)),
                    Some(config) => {
                        let connection = ServerConnection::new(Arc::clone(config)).expect("it is sound");
                        seen.extend(one(StreamOwned::new(connection, stream), act));
                    }
                }
            }
            seen
        };
        Server { port, thread: std::thread::spawn(serve) }
    }

    pub fn plain(acts: Vec<Act>) -> Server {
        Server::start(None, acts)
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/service", self.port)
    }

    /// What it was sent, when all its acts are done.
    pub fn seen(self) -> Vec<Seen> {
        self.thread.join().expect("the server's thread ends")
    }
}

/// `None`: no whole request came.
fn one(mut stream: impl Read + Write, act: Act) -> Option<Seen> {
    let mut bytes = vec![];
    let mut piece = vec![0; 4096];
    let end = loop {
        if let Some(at) = memchr::memmem::find(&bytes, b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut body = bytes.split_off(end);
    let length =
        head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let length = if matches!(act, Act::Reset) { 1 } else { length.unwrap_or(0) };
    while body.len() < length {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(count) => body.extend_from_slice(&piece[..count]),
        }
    }
    match act {
        // Dropped with bytes unread, which resets it.
        Act::Reset => {}
        Act::Say(answer) => {
            let _ = stream.write_all(&answer).and_then(|()| stream.flush());
        }
        Act::Flood(answer) => while stream.write_all(&answer).is_ok() {},
        Act::Hold(answer) => {
            let _ = stream.write_all(&answer).and_then(|()| stream.flush());
            while stream.read(&mut piece).is_ok_and(|count| count > 0) {}
        }
    }
    Some(Seen { head, body })
}

/// A port that nobody listens at: none that is given out to those who ask for any.
pub const CLOSED_PORT: u16 = 1;

/// An answer with its length, after which the connection is closed.
pub fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}")
        .into_bytes()
}

pub fn say(status: &str, body: &str) -> Act {
    Act::Say(answer(status, "", body))
}

/// A destination with everything at its plainest.
pub fn to(url: &str, mode: Mode) -> Destination {
    Destination {
        name: "test".into(),
        mode,
        url: url.into(),
        soap: Soap::V11,
        action: "urn:act".into(),
        message_id: MessageIdPlace::Url,
        login: Login::None,
        certificate: None,
        ca: None,
        ca_only: false,
        proxy: None,
        sap_client: None,
        language: None,
        connect_timeout: Duration::from_secs(20),
        answer_timeout: Duration::from_secs(20),
        batch: 10,
        batch_bytes: 1 << 20,
        concurrency: 4,
        rate: None,
        not_taken: vec![429],
        memory: Duration::from_secs(60),
        settle: Duration::from_secs(60),
        overdue: Duration::from_secs(60),
        lane: None,
        look_up: None,
    }
}
