//! Envelopes, one after the other, into any writer: standard output, a socket, a `Vec<u8>`.

use super::{EnvelopeHead, Outcome, Outcomes, Sink, SinkError};
use std::io::Write;

/// Writes envelopes as they are. Rejects are not its concern.
///
/// ```
/// use jemap::sink::{EnvelopeHead, Sink, WriteSink};
///
/// let mut sink = WriteSink::new(Vec::new(), "memory");
/// sink.open(&EnvelopeHead { number: 1, id: "A", uuid: "" }).unwrap();
/// sink.write(b"<a/>\n").unwrap();
/// sink.close().unwrap();
/// sink.finish().unwrap();
/// assert_eq!(sink.into_inner(), b"<a/>\n");
/// ```
#[derive(Debug)]
pub struct WriteSink<W: Write> {
    writer: W,
    name: String,
}

impl<W: Write> WriteSink<W> {
    /// Into this writer, which messages call by this name.
    pub fn new(writer: W, name: impl Into<String>) -> WriteSink<W> {
        WriteSink { writer, name: name.into() }
    }
    /// The writer.
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<W: Write> Sink for WriteSink<W> {
    fn open(&mut self, _: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.writer.write_all(bytes).map_err(|e| SinkError::io(&self.name, &e))
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        Ok(Outcomes::All(Outcome::Accepted))
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        self.writer.flush().map_err(|e| SinkError::io(&self.name, &e))
    }
}
