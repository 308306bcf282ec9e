//! One connection: requests in turn, each within its time, until somebody closes it.

use super::message::{Answer, Head, Manner, Request, reason};
use super::read::{self, Body, Chunks, Refused};
use super::{Limits, Shared};
use rustls::{ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How much is read at a time.
const READ_BYTES: usize = 64 * 1024;
/// A body up to so many bytes has its place always.
const SMALL_BYTES: usize = 256 * 1024;
/// How often a connection that waits looks whether the server is being stopped.
const LOOK: Duration = Duration::from_millis(50);
/// How long and how much is read, and left unread by anybody, after an answer to an unfinished request: a
/// client that is still writing would otherwise lose the answer to a reset.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES_MAX: usize = 4 * 1024 * 1024;

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Stream {
    fn socket(&self) -> &TcpStream {
        match self {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => &stream.sock,
        }
    }
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.read(buffer),
            Stream::Tls(stream) => stream.read(buffer),
        }
    }
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Stream::Plain(stream) => stream.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        }
    }
}

pub(super) struct Connection<'s> {
    stream: Stream,
    shared: &'s Shared,
    peer: Option<SocketAddr>,
    /// What was read and not yet used.
    waiting: Vec<u8>,
    /// Why TLS was not agreed on.
    not_agreed: Option<String>,
}

/// The part of one request in what all bodies may take together; it is given back when the answer is known.
struct Held<'s> {
    shared: &'s Shared,
    bytes: usize,
}

impl Held<'_> {
    /// Holds so many bytes, those that are held already among them.
    fn hold(&mut self, bytes: usize) -> Result<(), Refused> {
        if bytes <= SMALL_BYTES || bytes <= self.bytes {
            return Ok(());
        }
        let more = bytes - self.bytes;
        let before = self.shared.bodies.fetch_add(more, Ordering::SeqCst);
        self.bytes = bytes;
        if before.saturating_add(more) > self.shared.limits.bodies_bytes_max {
            return Err(Refused::With(503));
        }
        Ok(())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.shared.bodies.fetch_sub(self.bytes, Ordering::SeqCst);
    }
}

/// Answers 503 to a connection that has no place.
pub(super) fn turn_away(stream: &TcpStream) {
    let mut answer = Answer::empty(503).header("Retry-After", "1");
    answer.close = true;
    let _ = stream.set_write_timeout(Some(LOOK));
    let mut stream = stream;
    // Whoever does not take it has been turned away all the same.
    let _ = stream.write_all(&answer.head(true));
    let _ = stream.shutdown(Shutdown::Write);
}

impl<'s> Connection<'s> {
    pub(super) fn new(stream: TcpStream, shared: &'s Shared) -> Connection<'s> {
        // Small answers leave at once.
        let _ = stream.set_nodelay(true);
        let peer = stream.peer_addr().ok();
        let secured = shared.tls.as_ref().and_then(|tls| ServerConnection::new(tls.0.clone()).ok());
        let stream = match secured {
            Some(connection) => Stream::Tls(Box::new(StreamOwned::new(connection, stream))),
            None => Stream::Plain(stream),
        };
        Connection { stream, shared, peer, waiting: vec![], not_agreed: None }
    }

    /// Serves its requests.
    pub(super) fn serve(&mut self) {
        loop {
            match self.one() {
                Ok(true) => {}
                Err(Refused::Gone) if self.shakes_hands() => {
                    if let Some(why) = self.not_agreed.take() {
                        self.shared.handler.refused(self.peer, None, &why);
                    }
                    return self.drain();
                }
                Ok(false) | Err(Refused::Gone) => return,
                Err(Refused::With(status)) => {
                    self.shared.handler.refused(self.peer, Some(status), reason(status));
                    let mut answer = Answer::empty(status);
                    if status == 503 {
                        answer = answer.header("Retry-After", "1");
                    }
                    answer.close = true;
                    if self.send(&answer, true).is_ok() {
                        self.linger();
                    }
                    return;
                }
            }
        }
    }

    fn limits(&self) -> &'s Limits {
        &self.shared.limits
    }

    /// One request; gives whether the connection stays.
    fn one(&mut self) -> Result<bool, Refused> {
        self.wait()?;
        let until = Instant::now() + self.limits().total;
        let head = self.head(until)?;
        let coming = read::body(&head, self.limits())?;
        if let Err(answer) = self.shared.handler.begin(&head) {
            if self.send(&answer, true).is_ok() && answer.manner != Manner::Reset {
                self.linger();
            }
            return Ok(false);
        }
        let expects = head.header("expect").is_some_and(|e| e.eq_ignore_ascii_case("100-continue"));
        if expects && self.waiting.is_empty() {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").map_err(|_| Refused::Gone)?;
        }
        let mut held = Held { shared: self.shared, bytes: 0 };
        let body = self.body(coming, until, &mut held)?;
        let asked = |word: &str| {
            let value = head.header("connection").unwrap_or_default();
            value.split(',').any(|w| w.trim().eq_ignore_ascii_case(word))
        };
        let close = asked("close") || (head.old && !asked("keep-alive"));
        let answer = self.shared.handler.answer(&Request { head, body });
        drop(held);
        let close = close || answer.close || self.shared.stopping.load(Ordering::SeqCst);
        self.send(&answer, close).map_err(|_| Refused::Gone)?;
        Ok(!close && matches!(answer.manner, Manner::Whole | Manner::Slow(_)))
    }

    /// Waits for the first byte of a request.
    fn wait(&mut self) -> Result<(), Refused> {
        let until = Instant::now() + self.limits().idle;
        while self.waiting.is_empty() {
            if self.shared.stopping.load(Ordering::SeqCst) || Instant::now() >= until {
                return Err(Refused::Gone);
            }
            self.fill(LOOK.min(self.limits().idle))?;
        }
        Ok(())
    }

    fn head(&mut self, until: Instant) -> Result<Head, Refused> {
        loop {
            if let Some((mut head, length)) = read::head(&self.waiting, self.limits())? {
                self.waiting.drain(..length);
                head.peer = self.peer;
                return Ok(head);
            }
            self.more(until)?;
        }
    }

    fn body(&mut self, coming: Body, until: Instant, held: &mut Held<'_>) -> Result<Vec<u8>, Refused> {
        match coming {
            Body::Length(length) => {
                held.hold(length)?;
                self.waiting.reserve((length + READ_BYTES).saturating_sub(self.waiting.len()));
                while self.waiting.len() < length {
                    self.more(until)?;
                }
                let rest = self.waiting.split_off(length);
                Ok(std::mem::replace(&mut self.waiting, rest))
            }
            Body::Chunks => {
                let mut chunks = Chunks::default();
                loop {
                    let (taken, whole) = chunks.take(&self.waiting, self.limits())?;
                    self.waiting.drain(..taken);
                    held.hold(chunks.body.len())?;
                    if whole {
                        return Ok(chunks.body);
                    }
                    self.more(until)?;
                }
            }
        }
    }

    /// Reads more of a request that has begun; 408 when its time is over.
    fn more(&mut self, until: Instant) -> Result<(), Refused> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Refused::With(408));
        }
        self.fill(left)
    }

    /// Reads once, for at most so long; reading nothing in that time is no error.
    fn fill(&mut self, wait: Duration) -> Result<(), Refused> {
        let wait = wait.max(Duration::from_millis(1));
        self.stream.socket().set_read_timeout(Some(wait)).map_err(|_| Refused::Gone)?;
        let before = self.waiting.len();
        self.waiting.resize(before + READ_BYTES, 0);
        let read = self.stream.read(&mut self.waiting[before..]);
        self.waiting.truncate(before + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => Err(Refused::Gone),
            Ok(_) => Ok(()),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => Ok(()),
                io::ErrorKind::InvalidData => {
                    self.not_agreed = Some(error.to_string());
                    Err(Refused::Gone)
                }
                _ => Err(Refused::Gone),
            },
        }
    }

    /// Sends an answer in its manner.
    fn send(&mut self, answer: &Answer, close: bool) -> io::Result<()> {
        if !answer.delay.is_zero() {
            std::thread::sleep(answer.delay);
        }
        self.stream.socket().set_write_timeout(Some(self.limits().total))?;
        let mut bytes = answer.head(close);
        let head = bytes.len();
        bytes.extend_from_slice(&answer.body);
        match answer.manner {
            Manner::Whole => self.stream.write_all(&bytes)?,
            Manner::Nothing => {}
            Manner::Reset => reset(self.stream.socket()),
            Manner::Cut(length) => self.stream.write_all(&bytes[..length.min(bytes.len())])?,
            Manner::CutBody(length) => self.stream.write_all(&bytes[..(head + length).min(bytes.len())])?,
            Manner::Slow(rate) => self.slowly(&bytes, rate)?,
        }
        if answer.manner != Manner::Whole && !matches!(answer.manner, Manner::Slow(_) | Manner::Reset) {
            self.stream.socket().shutdown(Shutdown::Both)?;
        }
        Ok(())
    }

    fn slowly(&mut self, bytes: &[u8], rate: u32) -> io::Result<()> {
        // Pieces of a tenth of a second, or single bytes where these take longer.
        let piece = usize::try_from((rate / 10).max(1)).unwrap_or(1);
        let pause = if rate >= 10 { 100 } else { 1000 / u64::from(rate.max(1)) };
        for part in bytes.chunks(piece) {
            if self.shared.stopping.load(Ordering::SeqCst) {
                break;
            }
            self.stream.write_all(part)?;
            std::thread::sleep(Duration::from_millis(pause));
        }
        Ok(())
    }

    /// Whether TLS has begun and not been agreed on.
    fn shakes_hands(&self) -> bool {
        matches!(&self.stream, Stream::Tls(stream) if stream.conn.is_handshaking())
    }

    /// Reads on a little what a client sends whose handshake has failed: a reset would take the alert away that
    /// tells it why.
    fn drain(&mut self) {
        let Stream::Tls(stream) = &mut self.stream else { return };
        let _ = stream.sock.shutdown(Shutdown::Write);
        let until = Instant::now() + LINGER;
        let (mut left, mut buffer) = (LINGER_BYTES_MAX, vec![0; READ_BYTES]);
        while let Some(wait) = until.checked_duration_since(Instant::now()).filter(|w| !w.is_zero()) {
            let read = stream.sock.set_read_timeout(Some(wait)).and_then(|()| stream.sock.read(&mut buffer));
            match read {
                Ok(count) if count > 0 && count <= left => left -= count,
                _ => return,
            }
        }
    }

    /// Reads on a little after an answer that came early.
    fn linger(&mut self) {
        let _ = self.stream.socket().shutdown(Shutdown::Write);
        let until = Instant::now() + LINGER;
        let mut left = LINGER_BYTES_MAX;
        while let Some(wait) = until.checked_duration_since(Instant::now()).filter(|w| !w.is_zero()) {
            self.waiting.clear();
            if self.fill(wait).is_err() || self.waiting.len() > left {
                return;
            }
            left -= self.waiting.len();
        }
    }
}

/// The next close sends a reset instead of an end.
#[cfg(unix)]
fn reset(socket: &TcpStream) {
    // Where it cannot be set, the client sees a close: also an answer that never came.
    let _ = rustix::net::sockopt::set_socket_linger(socket, Some(Duration::ZERO));
}

#[cfg(not(unix))]
fn reset(socket: &TcpStream) {
    let _ = socket.shutdown(Shutdown::Both);
}
