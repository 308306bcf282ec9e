//! Bytes of XML 1.0: escaping and the SOAP envelope. It knows nothing inside the envelope.

mod escape;
mod soap;

pub(crate) use escape::specials;
pub use escape::{attribute, text, text_bytes};
pub use soap::{Envelope, HEADER_EMPTY, Soap};
