//! The server seen by a raw client.

use super::{Answer, Handler, Head, Limits, Manner, Request, Server, Stop};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// Says back what it was sent.
struct Echo;

impl Handler for Echo {
    fn begin(&self, head: &Head) -> Result<(), Answer> {
        if head.path() == "/early" { Err(Answer::empty(401)) } else { Ok(()) }
    }
    fn answer(&self, request: &Request) -> Answer {
        let mut answer = Answer::with(200, "text/plain", request.body.clone());
        answer.manner = match request.head.path() {
            "/nothing" => Manner::Nothing,
            "/reset" => Manner::Reset,
            "/cut" => Manner::Cut(10),
            "/cut-body" => Manner::CutBody(2),
            "/slow" => Manner::Slow(10_000),
            _ => Manner::Whole,
        };
        answer
    }
}

struct Running(SocketAddr, Stop, Option<std::thread::JoinHandle<()>>);

impl Running {
    fn new(limits: Limits) -> Running {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(address, limits, None, Arc::new(Echo)).expect("a port is free");
        let (address, stop) = (server.address(), server.stop());
        Running(address, stop, Some(std::thread::spawn(|| server.serve())))
    }
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.0).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("it can be set");
        stream
    }
    /// Sends and reads to the end.
    fn say(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).expect("it is read");
        let mut said = vec![];
        // A reset ends it as an end does.
        let _ = stream.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.1.stop();
        if let Some(thread) = self.2.take() {
            thread.join().expect("the server ends well");
        }
    }
}

#[test]
fn a_body_with_length_and_one_in_chunks() {
    let server = Running::new(Limits::default());
    let said = server.say(b"POST / HTTP/1.1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n") && said.ends_with("\r\n\r\nhello"), "{said}");
    let chunks = "5;x=y\r\nhello\r\n7\r\n, world\r\n0\r\nTrailer: no\r\n\r\n";
    let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    let said = server.say(format!("{head}{chunks}").as_bytes());
    assert!(said.ends_with("\r\n\r\nhello, world"), "{said}");
}

#[test]
fn a_connection_is_kept_for_requests_that_come_together_or_byte_by_byte() {
    let server = Running::new(Limits::default());
    let one = "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n";
    let last = "POST / HTTP/1.1\r\nContent-Length: 1\r\nConnection: close\r\n\r\n";
    let said = server.say(format!("{one}a{one}b{last}c").as_bytes());
    assert_eq!(said.matches("HTTP/1.1 200").count(), 3, "{said}");
    let mut stream = server.connect();
    for byte in format!("{last}d").bytes() {
        stream.write_all(&[byte]).expect("it is read");
    }
    let mut said = String::new();
    stream.read_to_string(&mut said).expect("it is answered");
    assert!(said.ends_with("\r\n\r\nd"), "{said}");
}

/// At each limit, and one past it.
#[test]
fn limits_are_held() {
    let limits = Limits { head_bytes_max: 100, headers_max: 3, body_bytes_max: 10, ..Limits::default() };
    let server = Running::new(limits);
    let status = |bytes: &str| server.say(bytes.as_bytes()).get(9..12).map(str::to_owned).unwrap_or_default();
    let with = |extra: &str| format!("POST / HTTP/1.1\r\nConnection: close\r\n{extra}\r\n");
    assert_eq!(status(&(with("Content-Length: 10\r\n") + "0123456789")), "200");
    assert_eq!(status(&with("Content-Length: 11\r\n")), "413");
    assert_eq!(status(&with("Content-Length: 99999999999999999999999\r\n")), "413");
    let chunked = with("Transfer-Encoding: chunked\r\n");
    assert_eq!(status(&format!("{chunked}a\r\n0123456789\r\n0\r\n\r\n")), "200");
    assert_eq!(status(&format!("{chunked}b\r\n")), "413");
    assert_eq!(status(&format!("{chunked}a\r\n0123456789\r\n1\r\n")), "413");
    assert_eq!(status(&format!("{chunked}zz\r\n")), "400");
    assert_eq!(status(&with("A: 1\r\nB: 2\r\n")), "200");
    assert_eq!(status(&with("A: 1\r\nB: 2\r\nC: 3\r\n")), "431");
    let fill = 100 - with("A: \r\n").len();
    assert_eq!(status(&with(&format!("A: {}\r\n", "x".repeat(fill)))), "200");
    assert_eq!(status(&with(&format!("A: {}\r\n", "x".repeat(fill + 1)))), "431");
    assert_eq!(status(&with("Content-Length: 1\r\nContent-Length: 2\r\n")), "400");
    assert_eq!(status(&with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")), "400");
    assert_eq!(status(&with("Transfer-Encoding: gzip\r\n")), "501");
    assert_eq!(status("no http\r\n\r\n"), "400");
}

#[test]
fn one_connection_too_many_is_turned_away() {
    let server = Running::new(Limits { connections_max: 1, ..Limits::default() });
    let mut first = server.connect();
    first.write_all(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").expect("it is read");
    let mut said = [0; 15];
    first.read_exact(&mut said).expect("it is answered");
    assert_eq!(&said, b"HTTP/1.1 200 OK");
    let said = server.say(b"");
    assert!(said.starts_with("HTTP/1.1 503 ") && said.contains("Retry-After: 1\r\n"), "{said}");
}

#[test]
fn slow_clients_are_let_go() {
    let limits =
        Limits { idle: Duration::from_millis(100), total: Duration::from_millis(200), ..Limits::default() };
    let server = Running::new(limits);
    assert_eq!(server.say(b""), "", "an idle connection is closed");
    let said = server.say(b"POST / HTTP/1.1\r\nContent-Le");
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    let mut stream = server.connect();
    // One byte every 20 ms keeps no connection open beyond the total.
    for byte in b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n".iter().chain([b'x'; 60].iter()) {
        if stream.write_all(&[*byte]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut said = vec![];
    let _ = stream.read_to_end(&mut said);
    assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn answers_are_sent_in_their_manner() {
    let server = Running::new(Limits::default());
    let to = |path: &str| {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
        server.say(head.as_bytes())
    };
    assert_eq!(to("/nothing"), "");
    assert_eq!(to("/reset"), "");
    assert_eq!(to("/cut"), "HTTP/1.1 2");
    assert!(to("/cut-body").ends_with("\r\n\r\nhe"));
    assert!(to("/slow").ends_with("\r\n\r\nhello"));
    assert!(to("/early").starts_with("HTTP/1.1 401 "));
    let mut stream = server.connect();
    stream.write_all(b"POST /reset HTTP/1.1\r\nContent-Length: 0\r\n\r\n").expect("it is read");
    let error = stream.read(&mut [0]).expect_err("the connection is reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn a_query_is_decoded() {
    let head = Head {
        method: "GET".into(),
        target: "/a?b=%41+c&d&e=%zz".into(),
        headers: vec![],
        old: false,
        peer: None,
    };
    assert_eq!((head.path(), head.query("b").as_deref()), ("/a", Some("A c")));
    assert_eq!((head.query("d").as_deref(), head.query("e"), head.query("f")), (Some(""), None, None));
}

/// Large bodies share what all may take: one that has no place is told to come again, and the place comes back.
#[test]
fn large_bodies_at_once_are_held_within_a_limit() {
    let running = Running::new(Limits { bodies_bytes_max: 1 << 20, ..Limits::default() });
    let length = 900 << 10;
    let whole = |length: usize| {
        let head = format!("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        [head.into_bytes(), vec![b'x'; length]].concat()
    };
    let chunked = format!(
        "POST / HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{}\r\n0\r\n\r\n",
        "x".repeat(length)
    );
    let first_bytes = whole(length);
    let (some, rest) = first_bytes.split_at(500 << 10);
    let mut first = running.connect();
    first.write_all(some).expect("it is read");
    // it is held when its head was read; a request that comes too early is taken like any other
    let turned_away = |bytes: &[u8]| {
        (0..1_000).any(|_| {
            let said = running.say(bytes);
            assert!(
                said.starts_with("HTTP/1.1 200 ") || said.is_empty() || said.contains("503"),
                "{said:.80}"
            );
            said.starts_with("HTTP/1.1 503 ") && said.contains("Retry-After: 1\r\n")
        })
    };
    assert!(turned_away(&whole(length)));
    assert!(turned_away(chunked.as_bytes()));
    assert!(running.say(&whole(256 << 10)).starts_with("HTTP/1.1 200 "), "small ones have their place");
    first.write_all(rest).expect("it is read");
    let mut said = vec![];
    let _ = first.read_to_end(&mut said);
    assert!(said.starts_with(b"HTTP/1.1 200 ") && said.len() > length);
    for bytes in [whole(length), chunked.into_bytes(), whole(length)] {
        assert!(running.say(&bytes).starts_with("HTTP/1.1 200 "), "the places came back");
    }
}
