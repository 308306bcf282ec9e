//! The listener for confirmations: who may speak, what is answered, and when. An answer of 200 is given only
//! after the confirmation is on disk.

use super::receive::{NotReceived, Received, receive};
use crate::answer::CONFIRMATION_BYTES_MAX;
use crate::book::{Book, BookError};
use crate::diag::Code;
use crate::listen::{Answer, Handler, Head, Limits, Request, Server, Stop, Tls};
use base64::Engine;
use sha2::{Digest, Sha256};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// When a sender is told to come again, in seconds.
const AGAIN_SECONDS: &str = "5";

/// Bytes of all confirmations that are being read: two of the largest at once. One is looked into at a time.
const BODIES_BYTES_MAX: usize = 2 * CONFIRMATION_BYTES_MAX;

/// What a confirmation is called in messages.
const WHAT: &str = "the confirmation";

/// What the listener tells whoever runs it.
pub enum Heard<'h> {
    /// One is on disk, and will be answered with 200.
    Received(&'h Received),
    /// A request was refused.
    Refused {
        /// Who made it: the client's address, or that of the proxy before it.
        peer: Option<SocketAddr>,
        /// The status of the answer; `None`: TLS was not agreed on.
        status: Option<u16>,
        /// Why.
        why: &'h str,
    },
    /// The book failed; the sender is told to come again.
    Failed(&'h BookError),
}

/// Where confirmations are listened for, and who may post them.
pub struct Ear {
    /// The address; port 0 takes any free one.
    pub address: SocketAddr,
    /// The one path that they are posted to; `None`: any.
    pub path: Option<String>,
    /// User and password (RFC 7617).
    pub login: Option<(String, String)>,
    /// The server's certificate; `None`: it is not encrypted.
    pub tls: Option<Tls>,
}

/// Tells what was heard; called from many threads.
pub type Tell = Box<dyn Fn(Heard<'_>) + Send + Sync>;

/// A listener that is bound to its address and not yet serving.
pub struct Listening(Server);

impl Listening {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }
    /// What stops it.
    pub fn stop(&self) -> Stop {
        self.0.stop()
    }
    /// Serves until it is stopped.
    pub fn serve(self) {
        self.0.serve();
    }
}

impl Ear {
    /// Binds to the address. `tell` is called before the answer leaves.
    ///
    /// # Errors
    ///
    /// The address is taken or not of this machine.
    pub fn open(self, book: Book, tell: Tell) -> io::Result<Listening> {
        let limits = Limits {
            body_bytes_max: CONFIRMATION_BYTES_MAX,
            bodies_bytes_max: BODIES_BYTES_MAX,
            ..Limits::default()
        };
        let login = self.login.map(|(user, password)| {
            let both = format!("{user}:{password}");
            digest(&format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(both)))
        });
        let desk = Desk { book: Mutex::new(book), path: self.path, login, tell };
        Server::bind(self.address, limits, self.tls, Arc::new(desk)).map(Listening)
    }
}

/// What all connections work on.
struct Desk {
    book: Mutex<Book>,
    path: Option<String>,
    /// The hash of the right header: equal hashes are compared in the same time wherever they differ first.
    login: Option<[u8; 32]>,
    tell: Tell,
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

impl Desk {
    fn no(&self, head: &Head, status: u16, why: &str) -> Answer {
        (self.tell)(Heard::Refused { peer: head.peer, status: Some(status), why });
        Answer::with(status, "text/plain; charset=utf-8", format!("{why}\n"))
    }
}

impl Handler for Desk {
    fn begin(&self, head: &Head) -> Result<(), Answer> {
        if let Some(login) = self.login {
            let given = head.header("authorization").unwrap_or_default();
            // the name of the scheme is the same in any case
            let given = match given.split_once(' ') {
                Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => {
                    format!("Basic {}", rest.trim())
                }
                _ => String::new(),
            };
            if digest(&given) != login {
                let why = if given.is_empty() { "no login was given" } else { "the login is wrong" };
                let answer = self.no(head, 401, why);
                return Err(answer.header("WWW-Authenticate", "Basic realm=\"jemap\", charset=\"UTF-8\""));
            }
        }
        if self.path.as_deref().is_some_and(|path| path != head.path()) {
            return Err(self.no(head, 404, "confirmations are not posted to this path"));
        }
        if head.method != "POST" {
            return Err(self.no(head, 405, "confirmations are posted here").header("Allow", "POST"));
        }
        let coding = head.header("content-encoding").unwrap_or("identity");
        if !coding.eq_ignore_ascii_case("identity") {
            return Err(self.no(head, 415, "a body is taken as it is, without a content encoding"));
        }
        Ok(())
    }

    fn refused(&self, peer: Option<SocketAddr>, status: Option<u16>, why: &str) {
        (self.tell)(Heard::Refused { peer, status, why });
    }

    fn answer(&self, request: &Request) -> Answer {
        // a panic while it was held has changed nothing: its transaction was given up
        let mut book = self.book.lock().unwrap_or_else(|e| e.into_inner());
        let received = receive(&mut book, &request.body, WHAT, "http");
        drop(book);
        match received {
            Ok(received) => {
                (self.tell)(Heard::Received(&received));
                Answer::empty(200)
            }
            Err(NotReceived::Other(why)) => self.no(&request.head, 400, &why),
            Err(NotReceived::TooLarge(why)) => self.no(&request.head, 413, &why),
            Err(NotReceived::Book(error)) => {
                (self.tell)(Heard::Failed(&error));
                // what is wrong with the book is not for those who post
                let status = if error.code == Code::J715 { 500 } else { 503 };
                let text = "the confirmation could not be written down; post it again\n";
                Answer::with(status, "text/plain; charset=utf-8", text).header("Retry-After", AGAIN_SECONDS)
            }
        }
    }
}
