//! A receiver on loopback that answers as told, and one that says any bytes at all.

use jemap::listen::{Answer, Handler, Limits, Request, Server, Stop};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub target: String,
    pub authorization: String,
    /// The transport's id.
    pub message: String,
    /// The ids in the headers of its entries.
    pub entries: Vec<String>,
}

type Say = Box<dyn Fn(usize, &Seen) -> Answer + Send + Sync>;

struct Told {
    say: Say,
    seen: Mutex<Vec<Seen>>,
}

impl Handler for Told {
    fn answer(&self, request: &Request) -> Answer {
        let body = String::from_utf8_lossy(&request.body);
        let mut ids = body.split("<ID>").skip(1).filter_map(|rest| rest.split("</ID>").next());
        ids.next();
        let seen = Seen {
            target: request.head.path().to_owned(),
            authorization: request.head.header("authorization").unwrap_or_default().to_owned(),
            message: request.head.query("MessageId").unwrap_or_default(),
            entries: ids.map(str::to_owned).collect(),
        };
        let number = {
            let mut all = self.seen.lock().expect("nobody panicked");
            all.push(seen.clone());
            all.len()
        };
        (self.say)(number, &seen)
    }
}

/// Answers the n-th request, from 1, as it is told.
pub struct Receiver {
    pub url: String,
    told: Arc<Told>,
    stop: Stop,
}

impl Receiver {
    pub fn new(say: impl Fn(usize, &Seen) -> Answer + Send + Sync + 'static) -> Receiver {
        let told = Arc::new(Told { say: Box::new(say), seen: Mutex::default() });
        let handler: Arc<dyn Handler> = Arc::<Told>::clone(&told);
        let address = "127.0.0.1:0".parse().expect("an address");
        let server = Server::bind(address, Limits::default(), None, handler).expect("there is a port");
        let (url, stop) = (format!("http://{}/service", server.address()), server.stop());
        std::thread::spawn(move || server.serve());
        Receiver { url, told, stop }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.told.seen.lock().expect("nobody panicked").clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

/// A confirmation in which each of these is posted.
pub fn posted(entries: &[String]) -> Answer {
    Answer::with(200, "text/xml; charset=utf-8", confirmation(entries))
}

pub fn confirmation(entries: &[String]) -> String {
    let one = |(n, id): (usize, &String)| {
        format!(
            "<JournalEntryCreateConfirmation><MessageHeader><ReferenceID>{id}</ReferenceID></MessageHeader>\
             <JournalEntryCreateConfirmation><AccountingDocument>01{n:08}</AccountingDocument>\
             <CompanyCode>1010</CompanyCode><FiscalYear>2026</FiscalYear></JournalEntryCreateConfirmation>\
             <Log><MaximumLogItemSeverityCode>1</MaximumLogItemSeverityCode></Log>\
             </JournalEntryCreateConfirmation>"
        )
    };
    let all: String = entries.iter().enumerate().map(one).collect();
    envelope(&format!(
        "<n:JournalEntryBulkCreateConfirmation xmlns:n=\"http://sap.com/xi/SAPSCORE/SFIN\">\
         <MessageHeader/>{all}<Log/></n:JournalEntryBulkCreateConfirmation>"
    ))
}

pub fn envelope(body: &str) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>{body}</e:Body></e:Envelope>"
    )
}

/// What is written to a client whose request was read: any bytes, as long as it listens.
pub type Speech = Arc<dyn Fn(&mut dyn Write) -> std::io::Result<()> + Send + Sync>;

/// A server without manners: whatever is asked, it says its speech.
pub struct Raw {
    pub url: String,
    stop: Arc<AtomicBool>,
    port: u16,
    thread: Option<JoinHandle<()>>,
}

impl Raw {
    pub fn new(speech: Speech) -> Raw {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let port = listener.local_addr().expect("it has an address").port();
        let stop = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let speech = Arc::clone(&speech);
                std::thread::spawn(move || {
                    // Whoever has heard enough goes away in the middle.
                    let _ = speak(stream, &speech);
                });
            }
        });
        Raw { url: format!("http://127.0.0.1:{port}/service"), stop, port, thread: Some(thread) }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads a request whole, then speaks.
fn speak(mut stream: TcpStream, speech: &Speech) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_write_timeout(Some(Duration::from_secs(30)))?;
    let mut bytes = vec![];
    let mut piece = [0; 4096];
    let mut wanted = None;
    while wanted.is_none_or(|wanted| bytes.len() < wanted) {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&piece[..count]);
        if let Some(end) = memchr::memmem::find(&bytes, b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|l| l.strip_prefix("content-length:")?.trim().parse().ok());
            wanted = Some(end + 4 + length.unwrap_or(0usize));
        }
    }
    speech(&mut stream)?;
    stream.flush()
}
