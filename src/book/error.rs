//! What can go wrong with a book, sorted by what to do about it.

use crate::diag::Code;
use crate::fate::Refusal;
use rusqlite::ErrorCode;
use std::fmt;

/// Why a book did not do what was asked. Nothing of it was done: every act is one transaction.
#[derive(Debug)]
pub struct BookError {
    /// The kind of mistake: J711 to J718.
    pub code: Code,
    /// One line for people.
    pub message: String,
    /// What mends it.
    pub help: Option<&'static str>,
}

impl BookError {
    /// Without help.
    pub fn new(code: Code, message: impl Into<String>) -> BookError {
        BookError { code, message: message.into(), help: None }
    }
    pub(super) fn damaged(what: impl fmt::Display) -> BookError {
        let help = Some("copy the book and its -wal file aside, then run `jemap store check`");
        BookError { code: Code::J715, message: format!("the book is damaged: {what}"), help }
    }
}

impl fmt::Display for BookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BookError {}

impl From<Refusal> for BookError {
    fn from(refusal: Refusal) -> BookError {
        BookError::new(Code::J718, refusal.to_string())
    }
}

impl From<rusqlite::Error> for BookError {
    fn from(error: rusqlite::Error) -> BookError {
        let (code, words, help) = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                (Code::J714, "the book cannot grow", "free some space and run it again")
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                (Code::J713, "another process keeps the book busy", "try again")
            }
            Some(ErrorCode::NotADatabase) => (Code::J712, "the file is no book", "name another file"),
            Some(ErrorCode::SystemIoFailure) => {
                (Code::J714, "the disk failed under the book", "see to the disk, then run it again")
            }
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                (Code::J711, "the book cannot be opened", "check the path and its permissions")
            }
            _ => return BookError::damaged(error),
        };
        BookError { code, message: format!("{words}: {error}"), help: Some(help) }
    }
}
