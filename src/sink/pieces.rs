//! Bytes of an envelope that wait until their document is whole.

use super::SinkError;
use crate::diag::Code;

/// The bytes from `start` on.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    bytes: Vec<u8>,
    /// Offset of the first byte within the envelope.
    start: u64,
}

impl Pieces {
    /// A new envelope begins.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
    }
    /// The next bytes.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
    /// The bytes from this offset to that one, as far as they are here.
    pub(super) fn between(&self, from: u64, to: u64) -> &[u8] {
        let index = |offset: u64| {
            usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX).min(self.bytes.len())
        };
        &self.bytes[index(from)..index(to).max(index(from))]
    }
    /// All bytes from the start to this offset.
    pub(super) fn until(&self, to: u64) -> &[u8] {
        self.between(self.start, to)
    }
    /// Everything that is here.
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes
    }
    /// Forgets the bytes before this offset.
    pub(super) fn forget(&mut self, to: u64) {
        let length = self.until(to).len();
        self.bytes.drain(..length);
        self.start += length as u64;
    }
}

/// The written XML could not be read again: a mistake of jemap, said rather than hidden.
pub(super) fn not_read(error: impl std::fmt::Display) -> SinkError {
    let message = format!("the written XML cannot be read again: {error}");
    SinkError::Output {
        code: Code::J611,
        to: "the output".into(),
        message,
        help: Some("report this as a mistake of jemap"),
    }
}
