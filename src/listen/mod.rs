//! A small HTTP/1.1 server: one thread a connection, a cap on connections, and a name for every limit.
//!
//! It knows bytes, heads, bodies and TLS, and nothing of what is posted. The sandbox plays SAP with it and
//! confirmations are received with it. It never answers from a cache, follows nothing and keeps nothing.

mod connection;
mod message;
mod read;
mod tls;

pub use message::{Answer, Head, Manner, Request};
pub use tls::Tls;

use connection::Connection;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What one client may take. A request beyond a limit is answered with the status named and the connection
/// is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a request's line and headers: 431.
    pub head_bytes_max: usize,
    /// Most headers: 431.
    pub headers_max: usize,
    /// Most bytes of a body, after taking chunks apart: 413.
    pub body_bytes_max: usize,
    /// Most bytes of all bodies at a time, those up to 256 KiB not counted: 503.
    pub bodies_bytes_max: usize,
    /// Most connections at a time; one more is answered with 503.
    pub connections_max: usize,
    /// How long a connection may wait for its next request: closed.
    pub idle: Duration,
    /// How long a request may take to arrive as a whole, and its answer to leave: 408, or closed.
    pub total: Duration,
    /// How long a stop waits for requests that are being answered.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            head_bytes_max: 16 * 1024,
            headers_max: 100,
            body_bytes_max: 64 * 1024 * 1024,
            bodies_bytes_max: 1024 * 1024 * 1024,
            connections_max: 256,
            idle: Duration::from_secs(60),
            total: Duration::from_secs(60),
            grace: Duration::from_secs(5),
        }
    }
}

/// What answers requests. It is called from many threads at a time.
pub trait Handler: Send + Sync {
    /// Looks at a head before the body is read.
    ///
    /// # Errors
    /// The answer that is given instead of reading the body; the connection is closed after it.
    fn begin(&self, head: &Head) -> Result<(), Answer> {
        let _ = head;
        Ok(())
    }
    /// Hears of a request that was refused before it was whole, and why; without a status: TLS was not agreed on.
    fn refused(&self, peer: Option<SocketAddr>, status: Option<u16>, why: &str) {
        let _ = (peer, status, why);
    }
    /// Answers a request.
    fn answer(&self, request: &Request) -> Answer;
}

/// A server that is bound to its address and not yet serving.
pub struct Server {
    listener: TcpListener,
    shared: Arc<Shared>,
}

/// What all connections of a server have in common.
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) tls: Option<Tls>,
    pub(crate) stopping: AtomicBool,
    open: AtomicUsize,
    /// Bytes of bodies that are held.
    pub(crate) bodies: AtomicUsize,
    address: SocketAddr,
}

/// Stops a server from another thread; may be cloned and used more than once.
#[derive(Clone)]
pub struct Stop(Arc<Shared>);

impl Server {
    /// Binds to an address; port 0 takes any free one.
    ///
    /// # Errors
    /// The address is taken or not of this machine.
    pub fn bind(
        address: SocketAddr,
        limits: Limits,
        tls: Option<Tls>,
        handler: Arc<dyn Handler>,
    ) -> io::Result<Server> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let (stopping, open, bodies) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
        let shared = Arc::new(Shared { limits, handler, tls, stopping, open, bodies, address });
        Ok(Server { listener, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    /// What stops it.
    pub fn stop(&self) -> Stop {
        Stop(Arc::clone(&self.shared))
    }

    /// Serves until it is stopped; then takes no more connections and waits, at most `grace`, for the
    /// requests that are being answered.
    pub fn serve(self) {
        for stream in self.listener.incoming() {
            if self.shared.stopping.load(Ordering::SeqCst) {
                break;
            }
            match stream {
                Ok(stream) => self.take(stream),
                // Out of file handles, or the client is gone: the next one may do.
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        drop(self.listener);
        let until = Instant::now() + self.shared.limits.grace;
        while self.shared.open.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn take(&self, stream: TcpStream) {
        let shared = Arc::clone(&self.shared);
        if shared.open.fetch_add(1, Ordering::SeqCst) >= shared.limits.connections_max {
            shared.open.fetch_sub(1, Ordering::SeqCst);
            connection::turn_away(&stream);
            return;
        }
        let leave = Leave(Arc::clone(&shared));
        let work = move || {
            let leave = leave;
            Connection::new(stream, &leave.0).serve();
        };
        // Without a thread the closure is dropped, and with it the connection and its place.
        let _ = std::thread::Builder::new().name("listen".into()).spawn(work);
    }
}

/// Gives the place of a connection back, also when its thread ends by a panic.
struct Leave(Arc<Shared>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Stop {
    /// No more connections; idle ones are closed, requests in work are answered.
    pub fn stop(&self) {
        if !self.0.stopping.swap(true, Ordering::SeqCst) {
            let mut address = self.0.address;
            if address.ip().is_unspecified() {
                address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
            }
            // It wakes the listener; when it fails, nobody is listening any more.
            let _ = TcpStream::connect_timeout(&address, Duration::from_secs(1));
        }
    }
}

#[cfg(test)]
mod tests;
