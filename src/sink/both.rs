//! Documents to one sink, rejects to another.

use super::{DocumentInfo, EnvelopeHead, Outcomes, Reject, Sink, SinkError};

/// Two sinks as one: envelopes go to the first, rejects to the second.
#[derive(Debug)]
pub struct Both<D: Sink, R: Sink> {
    /// Takes envelopes.
    pub documents: D,
    /// Takes rejects; without it they are only counted.
    pub rejects: Option<R>,
}

impl<D: Sink, R: Sink> Sink for Both<D, R> {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        self.documents.open(envelope)
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.documents.write(bytes)
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        self.documents.document(document)
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        self.documents.close()
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        match &mut self.rejects {
            Some(rejects) => rejects.reject(reject),
            None => Ok(()),
        }
    }
    /// Rejects first: an envelope must not become visible while what it leaves out could not be kept.
    fn finish(&mut self) -> Result<(), SinkError> {
        if let Some(rejects) = &mut self.rejects {
            rejects.finish()?;
        }
        self.documents.finish()
    }
}
