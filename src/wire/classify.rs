//! The class of a reply: a pure function of what was heard. Where it is not sure, the class is
//! [`Class::Unknown`].

use crate::answer::{Answer, Unreadable, Verdict};
use crate::fate::Mode;

/// What a reply means for the whole message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Surely not taken; later it may be.
    NotTaken,
    /// Surely not taken, since it is too large: 413.
    TooLarge,
    /// Surely not taken, and nothing else will be before a person mends something: login, address, redirect.
    Shut,
    /// Surely not taken, since the receiver could not read it. For an asynchronous destination the
    /// courier sends it again twice before it believes that.
    Refused,
    /// Nobody knows.
    Unknown,
    /// Taken, and not yet looked at: the asynchronous service's success.
    Taken,
    /// There is a confirmation: [`Reply::verdict`] tells of each entry.
    Answered,
}

/// What was heard of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// It failed before the first byte of the message was handed over: name, connection, TLS, proxy, token.
    NotSent,
    /// Its first byte was handed over, and then came no whole answer: late, reset, cut.
    Broken,
    /// A status, and what its body says.
    Status(u16, Result<&'a Answer, &'a Unreadable>),
}

/// The class of what was heard, at a destination of this mode.
///
/// `not_taken` are the statuses that this destination is known to give without taking anything.
pub fn classify(mode: Mode, not_taken: &[u16], heard: Heard<'_>) -> Class {
    let (status, answer) = match heard {
        Heard::NotSent => return Class::NotTaken,
        Heard::Broken => return Class::Unknown,
        Heard::Status(status, answer) => (status, answer),
    };
    let async_ = mode == Mode::Async;
    match status {
        _ if not_taken.contains(&status) => Class::NotTaken,
        200..=299 => success(async_, answer),
        413 => Class::TooLarge,
        300..=399 | 401 | 403 | 404 | 405 | 407 | 415 => Class::Shut,
        500 if matches!(answer, Ok(Answer::Fault(fault)) if fault.unread) => Class::Refused,
        // A gateway's words, and a server that broke down without any, say nothing of what the service did.
        502 | 504 => Class::Unknown,
        500 if !matches!(answer, Ok(Answer::Fault(_))) => Class::Unknown,
        // What a receiver with a memory is sent again costs nothing, since it keeps its id.
        400..=599 if async_ => Class::NotTaken,
        _ => Class::Unknown,
    }
}

fn success(async_: bool, answer: Result<&Answer, &Unreadable>) -> Class {
    match answer {
        Ok(Answer::Confirmation(_)) => Class::Answered,
        Ok(Answer::Empty) if async_ => Class::Taken,
        Ok(Answer::Fault(fault)) if fault.unread => Class::Refused,
        Ok(Answer::Fault(_)) if async_ => Class::NotTaken,
        Ok(_) | Err(_) => Class::Unknown,
    }
}

/// What came of sending a message once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it means for the whole message.
    pub class: Class,
    /// The status, where one came.
    pub status: Option<u16>,
    /// How long the receiver asks to be left alone.
    pub retry_after: Option<std::time::Duration>,
    /// What it said, where that can be read.
    pub said: Option<Answer>,
    /// The body as it came, at most 1 MiB of it; no header is kept.
    pub body: Vec<u8>,
    /// For whoever runs it: what went wrong, one line, lower case; none when nothing did.
    pub problem: Option<String>,
}

impl Reply {
    /// What it means for the entry with this id in its header; only an answered message says anything of one.
    pub fn verdict(&self, reference: &str, simulated: bool) -> Verdict {
        match (&self.class, &self.said) {
            (Class::Answered, Some(Answer::Confirmation(said))) => said.verdict(reference, simulated),
            _ => Verdict::Unclear("the answer does not say what became of this entry"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Heard, classify};
    use crate::answer::{Answer, Confirmation, Fault, read};
    use crate::fate::Mode;

    /// The table of what answers mean: a row for each status, first at synchronous destinations, then at the
    /// asynchronous one.
    #[test]
    fn what_replies_mean() {
        use Class::{Answered, NotTaken, Refused, Shut, Taken, TooLarge, Unknown};
        let empty = Answer::Empty;
        let fault = Answer::Fault(Fault { text: "web service processing error".into(), ..Fault::default() });
        let unread = Answer::Fault(Fault { unread: true, ..Fault::default() });
        let confirmation = Answer::Confirmation(Box::<Confirmation>::default());
        let page = read(b"<html/>").expect_err("it is no answer");
        let cut = read(b"<e:Envelope xmlns:e='http").expect_err("it is cut");
        let status = Heard::Status;
        let table = [
            (Heard::NotSent, NotTaken, NotTaken),
            (Heard::Broken, Unknown, Unknown),
            (status(200, Ok(&confirmation)), Answered, Answered),
            (status(200, Ok(&empty)), Unknown, Taken),
            (status(202, Ok(&empty)), Unknown, Taken),
            (status(200, Ok(&fault)), Unknown, NotTaken),
            (status(200, Ok(&unread)), Refused, Refused),
            (status(200, Err(&page)), Unknown, Unknown),
            (status(200, Err(&cut)), Unknown, Unknown),
            (status(202, Err(&cut)), Unknown, Unknown),
            (status(301, Ok(&empty)), Shut, Shut),
            (status(307, Ok(&empty)), Shut, Shut),
            (status(308, Ok(&empty)), Shut, Shut),
            (status(400, Ok(&empty)), Unknown, NotTaken),
            (status(401, Ok(&empty)), Shut, Shut),
            (status(401, Err(&page)), Shut, Shut),
            (status(403, Ok(&empty)), Shut, Shut),
            (status(404, Ok(&empty)), Shut, Shut),
            (status(405, Ok(&empty)), Shut, Shut),
            (status(407, Ok(&empty)), Shut, Shut),
            (status(413, Ok(&empty)), TooLarge, TooLarge),
            (status(415, Ok(&empty)), Shut, Shut),
            (status(429, Ok(&empty)), NotTaken, NotTaken),
            (status(500, Ok(&unread)), Refused, Refused),
            (status(500, Ok(&fault)), Unknown, NotTaken),
            (status(500, Ok(&empty)), Unknown, Unknown),
            (status(500, Ok(&confirmation)), Unknown, Unknown),
            (status(500, Err(&page)), Unknown, Unknown),
            (status(502, Ok(&empty)), Unknown, Unknown),
            (status(503, Ok(&empty)), Unknown, NotTaken),
            (status(504, Ok(&empty)), Unknown, Unknown),
            (status(100, Ok(&empty)), Unknown, Unknown),
            (status(999, Ok(&empty)), Unknown, Unknown),
        ];
        for (heard, sync, later) in table {
            for mode in [Mode::SyncNone, Mode::SyncLookup, Mode::SyncIdem] {
                assert_eq!(classify(mode, &[429], heard), sync, "{mode:?} {heard:?}");
            }
            assert_eq!(classify(Mode::Async, &[429], heard), later, "{heard:?}");
        }
        assert_eq!(classify(Mode::SyncNone, &[429, 503], status(503, Ok(&empty))), NotTaken);
    }
}
