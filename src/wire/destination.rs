//! One destination: where entries are sent, and how. `jemap.toml` says it (`config`), the client obeys it.

use super::secret::Secret;
use crate::fate::Mode;
use crate::xml::Soap;
use std::path::PathBuf;
use std::time::Duration;

/// A destination, checked. Every duration is above zero.
#[derive(Clone)]
pub struct Destination {
    /// Its name in `jemap.toml`; a part of the ids of its entries.
    pub name: String,
    /// How its outcomes become known.
    pub mode: Mode,
    /// The service's address, `https://`, or `http://` to a loopback address.
    pub url: String,
    /// The envelope's version.
    pub soap: Soap,
    /// The SOAP action.
    pub action: String,
    /// Where the message id stands.
    pub message_id: MessageIdPlace,
    /// How the sender shows who it is.
    pub login: Login,
    /// The client certificate, where one is shown.
    pub certificate: Option<ClientCertificate>,
    /// Authorities to trust beside the well-known ones: a file in PEM.
    pub ca: Option<PathBuf>,
    /// Only those of `ca` are trusted.
    pub ca_only: bool,
    /// `http://host:port` of a proxy; the environment's proxies are not used.
    pub proxy: Option<String>,
    /// SAP client, three digits.
    pub sap_client: Option<String>,
    /// The language of notes, two letters.
    pub language: Option<String>,
    /// The longest time to connect, TLS included.
    pub connect_timeout: Duration,
    /// The longest time from there to the last byte of the answer.
    pub answer_timeout: Duration,
    /// The most entries of an envelope.
    pub batch: u32,
    /// The most bytes of an envelope, unless one entry alone has more.
    pub batch_bytes: u64,
    /// The most requests under way.
    pub concurrency: u32,
    /// The most requests a second; `None`: no limit.
    pub rate: Option<u32>,
    /// Statuses after which the message was surely not taken, of 429 and 503.
    pub not_taken: Vec<u16>,
    /// How long the receiver remembers message ids.
    pub memory: Duration,
    /// The receiver's longest run: after it and the answer's time-out nothing sent can arrive any more.
    pub settle: Duration,
    /// Without a confirmation for so long, an accepted entry is overdue.
    pub overdue: Duration,
    /// A field of the original JSON: entries with the same value are never under way together.
    pub lane: Option<String>,
    /// How to look an entry up.
    pub look_up: Option<LookUp>,
}

impl Destination {
    /// The longest time that one request takes: connecting and its answer.
    pub fn request_timeout(&self) -> Duration {
        self.connect_timeout.saturating_add(self.answer_timeout)
    }
}

/// Where the transport's message id stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageIdPlace {
    /// A parameter of the address.
    Url,
    /// An element of the SOAP header.
    Header,
}

/// How the sender shows who it is.
#[derive(Clone)]
pub enum Login {
    /// It does not, or by its certificate alone.
    None,
    /// HTTP Basic (RFC 7617).
    Basic {
        /// The communication user.
        user: String,
        /// Its password.
        password: Secret,
    },
    /// OAuth 2.0 client credentials (RFC 6749 §4.4).
    OAuth {
        /// The token endpoint, `https://`, or `http://` to a loopback address.
        token_url: String,
        /// The client's id.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
        /// The scope asked for.
        scope: Option<String>,
    },
}

/// A client certificate.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The certificate and those between it and its authority: a file in PEM.
    pub chain: PathBuf,
    /// Its private key in PEM.
    pub key: Secret,
}

/// How an entry is looked up: a GET whose answer is OData JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUp {
    /// The address; `{reference}` in it is the entry's id, percent-encoded.
    pub url: String,
    /// The members of a result that hold document, company code and fiscal year.
    pub members: [String; 3],
}
