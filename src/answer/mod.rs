//! What a receiver said: bytes to a confirmation, a fault, nothing, or something that cannot be read.
//!
//! It knows XML, SOAP and the facts of a service; it knows neither HTTP nor what is done with an answer.
//! Nothing is guessed: what is cut, contradictory or of another kind says nothing about any entry.

mod percent;
mod read;
mod service;
#[cfg(test)]
mod tests;
mod verdict;

pub use percent::{decode, encode};
pub use read::{
    ANSWER_BYTES_MAX, ATTRIBUTES_MAX, CONFIRMATION_BYTES_MAX, CONFIRMATION_NOTES_MAX, DEPTH_MAX, ENTRIES_MAX,
    NOTES_MAX, Unread, Unreadable, read, read_late,
};
pub use service::Service;
pub use verdict::{Unclear, Verdict};

/// What a receiver said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// No bytes but white space, or an envelope with an empty body.
    Empty,
    /// A SOAP fault.
    Fault(Fault),
    /// What became of the entries of a message.
    Confirmation(Box<Confirmation>),
}

/// A SOAP fault of version 1.1 or 1.2.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fault {
    /// `faultcode` or `Code/Value`, without its prefix: `Server`, `Receiver`.
    pub code: String,
    /// `faultstring` or the first `Reason/Text`.
    pub text: String,
    /// Whether it says that the message could not be read, so that nothing of it was posted.
    pub unread: bool,
}

/// What became of the entries of one message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confirmation {
    /// Its own id; the same when it is delivered again.
    pub uuid: Option<String>,
    /// The id of the message that it is about.
    pub reference: Option<String>,
    /// The receiver's own business system.
    pub sender: Option<String>,
    /// When it was made, as the receiver wrote it.
    pub created: Option<String>,
    /// The name of the interface that the message came in by; only in confirmations that are sent later.
    pub origin: Option<String>,
    /// In the order of the answer, which need not be that of the message.
    pub entries: Vec<EntryAnswer>,
    /// Notes about the message as a whole.
    pub notes: Vec<Note>,
}

/// What a confirmation says of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryAnswer {
    /// The id in the header of the entry that it is about.
    pub reference: Option<String>,
    /// This part's own id.
    pub uuid: Option<String>,
    /// The posted document; none when its number is missing, blank or zeros.
    pub key: Option<DocumentKey>,
    /// The greatest severity of all that is said: 1 success, 2 warning, 3 error, 4 abort.
    pub severity: Option<u8>,
    /// Causes first; repeats and the collective note folded away.
    pub notes: Vec<Note>,
    /// Something in it that contradicts itself, in words.
    pub contradiction: Option<&'static str>,
}

/// The key of a posted document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct DocumentKey {
    /// 1 to 10 characters, as the receiver wrote them.
    pub document: String,
    /// 1 to 4 characters; empty when it is missing or blank.
    pub company: String,
    /// 4 digits; empty when it is missing, blank or zeros.
    pub year: String,
}

impl std::fmt::Display for DocumentKey {
    /// `0100000008/1410/2024`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.document, self.company, self.year)
    }
}

/// One note of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Note {
    /// The message class: `F5`; empty when the note has no type of that form.
    pub class: String,
    /// The message number: `808`.
    pub number: String,
    /// 1 success or information, 2 warning, 3 error, 4 abort.
    pub severity: Option<u8>,
    /// In the language of the logon. Control characters are written as blanks.
    pub text: String,
    /// The variables of the message as they were before they were put into the text.
    pub variables: Vec<String>,
}

impl Note {
    /// `F5 808`, or nothing.
    pub fn code(&self) -> String {
        format!("{} {}", self.class, self.number).trim().to_owned()
    }
}

impl std::fmt::Display for Note {
    /// `F5 808: field Profit Ctr is required`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = self.code();
        if code.is_empty() { f.write_str(&self.text) } else { write!(f, "{code}: {}", self.text) }
    }
}
