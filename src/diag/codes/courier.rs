//! Codes of what receivers say outside of answers: J70x.

super::codes! {
    /// A file, or what was posted to `jemap receive`, is no confirmation.
    ///
    /// It is empty, cut off, no XML, a fault, or a message of another service. Nothing of it is kept. A confirmation
    /// is the message that the synchronous service answers with, with or without a SOAP envelope around it, of at
    /// most 64 MiB.
    J701 = "confirmation-not-read";
}
