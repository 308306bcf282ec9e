//! A sink that sends each envelope to a service, once, for programs that keep no book of record.
//!
//! It does not send again: what was not taken is told as deferred, what is not known as unknown.

use super::classify::{Class, Reply};
use super::client::{Client, Message};
use crate::answer::{EntryAnswer, Verdict};
use crate::diag::Code;
use crate::sink::{DocumentInfo, DocumentOutcome, EnvelopeHead, Outcome, Outcomes, Posted, Sink, SinkError};
use std::time::Instant;

/// The most bytes of an envelope that is kept in memory to be sent.
pub const ENVELOPE_BYTES_MAX: usize = 256 << 20;

/// Sends each envelope when it is closed, and says what became of each of its documents.
///
/// The message's id is that of the envelope, so the same run, with the same id and time, sends the same ids
/// again; only an asynchronous service recognises them. What came back as [`Outcome::Unknown`] must not be
/// sent again before somebody knows what became of it.
///
/// | outcome | when |
/// |---|---|
/// | accepted | posted; or taken over by the asynchronous service, which says later what became of it |
/// | deferred | surely not taken, for a reason outside the message: connection, login, address, too many |
/// | rejected | refused with the receiver's notes; or the whole message is too large, or was not understood |
/// | unknown | everything else |
///
/// ```
/// use jemap::sink::{DocumentInfo, EnvelopeHead, Original, Outcome, Outcomes, Sink};
/// use jemap::wire::{Client, Configuration, SoapSink};
///
/// let settings = "[destination.erp]\nmode = \"sync-none\"\nurl = \"http://127.0.0.1:9/service\"";
/// let configuration = Configuration::parse("jemap.toml", settings).expect("the settings are right");
/// let client = Client::new(configuration.destination("erp").unwrap()).expect("they can be used");
/// let mut sink = SoapSink::new(client);
/// // A run makes these calls: `mapping.start(&options, Box::new(sink))`.
/// let uuid = "988c6e5c-2cc1-81ca-a044-08002b1bc518";
/// sink.open(&EnvelopeHead { number: 1, id: "E1", uuid })?;
/// sink.write(b"<soapenv:Envelope/>")?;
/// sink.document(&DocumentInfo { key: "R-1", id: "J1", lines: 2, range: 0..0, original: Original::default() })?;
/// let Outcomes::Each(each) = sink.close()? else { panic!("it says it of each") };
/// // Nobody listens there, so it was surely not taken.
/// assert_eq!(each[0].outcome, Outcome::Deferred);
/// # Ok::<(), jemap::sink::SinkError>(())
/// ```
pub struct SoapSink {
    client: Client,
    simulated: bool,
    bytes: Vec<u8>,
    message_id: String,
    references: Vec<String>,
}

impl SoapSink {
    /// Sends with this client.
    pub fn new(client: Client) -> SoapSink {
        let message_id = String::new();
        SoapSink { client, simulated: false, bytes: vec![], message_id, references: vec![] }
    }

    /// For a run that simulates: no document is expected in an answer, and one there is unclear.
    pub fn simulated(self) -> SoapSink {
        SoapSink { simulated: true, ..self }
    }
}

impl Sink for SoapSink {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        self.bytes.clear();
        self.references.clear();
        envelope.uuid.clone_into(&mut self.message_id);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        if self.bytes.len().saturating_add(bytes.len()) > ENVELOPE_BYTES_MAX {
            return Err(SinkError::Output {
                code: Code::J611,
                to: self.client.to.url.clone(),
                message: format!("an envelope has more than {ENVELOPE_BYTES_MAX} bytes"),
                help: Some("divide the output into smaller envelopes"),
            });
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        self.references.push(document.id.to_owned());
        Ok(())
    }

    fn close(&mut self) -> Result<Outcomes, SinkError> {
        let deadline = Instant::now() + self.client.to.request_timeout();
        let message = Message { body: &self.bytes, message_id: &self.message_id, deadline };
        let reply = self.client.post(&message);
        let each = self.references.iter().map(|reference| outcome(&reply, reference, self.simulated));
        Ok(Outcomes::Each(each.collect()))
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// What a reply means for one document.
fn outcome(reply: &Reply, reference: &str, simulated: bool) -> DocumentOutcome {
    let outcome = match reply.class {
        Class::NotTaken | Class::Shut => Outcome::Deferred,
        Class::TooLarge | Class::Refused => Outcome::Rejected,
        Class::Unknown => Outcome::Unknown,
        Class::Taken => Outcome::Accepted,
        Class::Answered => return answered(reply, reference, simulated),
    };
    DocumentOutcome { outcome, posted: None, notes: reply.problem.iter().cloned().collect() }
}

fn answered(reply: &Reply, reference: &str, simulated: bool) -> DocumentOutcome {
    let notes = entry(reply, reference).map(|entry| entry.notes.iter().map(ToString::to_string).collect());
    let mut notes: Vec<String> = notes.unwrap_or_default();
    let (outcome, key) = match reply.verdict(reference, simulated) {
        Verdict::Posted(key) => (Outcome::Accepted, key),
        Verdict::Refused => (Outcome::Rejected, None),
        Verdict::Unclear(why) => {
            notes.insert(0, why.to_owned());
            (Outcome::Unknown, None)
        }
    };
    let posted = key.map(|key| Posted { document: key.document, company: key.company, year: key.year });
    DocumentOutcome { outcome, posted, notes }
}

fn entry<'r>(reply: &'r Reply, reference: &str) -> Option<&'r EntryAnswer> {
    match &reply.said {
        Some(crate::answer::Answer::Confirmation(said)) => said.of(reference).ok(),
        _ => None,
    }
}
