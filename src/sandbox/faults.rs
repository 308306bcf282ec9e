//! Faults on demand: `KIND[=VALUE][:first=N|:at=N|:every=N][:on=sync|async|lookup|any]`.

use crate::listen::{Answer, Manner};
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Before the request is looked at: it never arrived.
    DropRequest,
    Reset,
    Status(u16),
    TooLarge(usize),
    DelayBefore(Duration),
    /// An asynchronous message is taken over at once, and looked at later.
    ProcessAfter(Duration),
    /// After it was processed.
    DropAnswer,
    ResetAnswer,
    DelayAfter(Duration),
    Cut(usize),
    Slow(u32),
    FaultAfter,
}

/// A fault and when it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub(super) kind: Kind,
    on: String,
    first: Option<u64>,
    at: Option<u64>,
    every: Option<u64>,
    retry_after: Option<u32>,
    counted: u64,
    text: String,
}

impl Fault {
    /// Reads one.
    ///
    /// # Errors
    /// What is not known or lacks its value.
    pub fn read(text: &str) -> Result<Fault, String> {
        let mut parts = text.split(':');
        let first = parts.next().unwrap_or_default();
        let (name, value) = first.split_once('=').unwrap_or((first, ""));
        let number = |what: &str, text: &str| {
            text.parse::<u64>().map_err(|_| format!("`{what}` has a number after `=`, not `{text}`"))
        };
        let small = |what: &str| {
            number(what, value).and_then(|n| u32::try_from(n).map_err(|_| format!("`{what}` is too large")))
        };
        let kind = match name {
            "drop-request" => Kind::DropRequest,
            "reset" => Kind::Reset,
            "drop-answer" => Kind::DropAnswer,
            "reset-answer" => Kind::ResetAnswer,
            "fault-after" => Kind::FaultAfter,
            "status" => {
                let status = small(name)?;
                let status = u16::try_from(status).ok().filter(|s| (300..600).contains(s));
                Kind::Status(status.ok_or("`status` is from 300 to 599")?)
            }
            "too-large" => Kind::TooLarge(small(name)? as usize),
            "cut" => Kind::Cut(small(name)? as usize),
            "slow" => Kind::Slow(small(name)?.max(1)),
            "process-after" => Kind::ProcessAfter(duration(value)?),
            "delay-before" => Kind::DelayBefore(duration(value)?),
            "delay-after" => Kind::DelayAfter(duration(value)?),
            _ => return Err(format!("there is no fault `{name}`")),
        };
        let mut fault = Fault {
            kind,
            on: "post".into(),
            first: None,
            at: None,
            every: None,
            retry_after: None,
            counted: 0,
            text: text.to_owned(),
        };
        for part in parts {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("`{part}` lacks its value"))?;
            match name {
                "first" => fault.first = Some(number(name, value)?),
                "at" => fault.at = Some(number(name, value)?),
                "every" => fault.every = Some(number(name, value)?.max(1)),
                "retry-after" => fault.retry_after = u32::try_from(number(name, value)?).ok(),
                "on" if ["sync", "async", "lookup", "any"].contains(&value) => {
                    value.clone_into(&mut fault.on)
                }
                _ => return Err(format!("`{part}` is not known after a fault")),
            }
        }
        Ok(fault)
    }

    /// As it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Counts a request to a service; whether the fault happens to it.
    pub(super) fn happens(&mut self, service: &str, bytes: usize) -> bool {
        let here = match self.on.as_str() {
            _ if matches!(self.kind, Kind::ProcessAfter(_)) => service == "async",
            "any" => true,
            "post" => service != "lookup",
            on => on == service,
        };
        if !here || matches!(self.kind, Kind::TooLarge(max) if bytes <= max) {
            return false;
        }
        self.counted += 1;
        self.first.is_none_or(|n| self.counted <= n)
            && self.at.is_none_or(|n| self.counted == n)
            && self.every.is_none_or(|n| self.counted.is_multiple_of(n))
    }

    /// The answer in the place of processing the request, or `None` for one that is processed.
    pub(super) fn before(&self) -> Option<Answer> {
        let mut answer = match self.kind {
            Kind::DropRequest | Kind::Reset => Answer::empty(200),
            Kind::Status(status) => Answer::empty(status),
            Kind::TooLarge(_) => Answer::empty(413),
            _ => return None,
        };
        answer.manner = match self.kind {
            Kind::DropRequest => Manner::Nothing,
            Kind::Reset => Manner::Reset,
            _ => Manner::Whole,
        };
        if let Kind::Status(300..400) = self.kind {
            answer = answer.header("Location", "/elsewhere");
        }
        if let Some(seconds) = self.retry_after {
            answer = answer.header("Retry-After", &seconds.to_string());
        }
        Some(answer)
    }

    /// Spoils the answer to a request that was processed.
    pub(super) fn after(&self, answer: &mut Answer) {
        match self.kind {
            Kind::DropAnswer => answer.manner = Manner::Nothing,
            Kind::ResetAnswer => answer.manner = Manner::Reset,
            Kind::DelayAfter(delay) => answer.delay = delay,
            Kind::Cut(length) => answer.manner = Manner::CutBody(length),
            Kind::Slow(rate) => answer.manner = Manner::Slow(rate),
            _ => {}
        }
    }
}

/// A time: `300ms`, `2s`.
///
/// # Errors
/// What was expected.
pub fn duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected a time such as `300ms` or `2s`, not `{text}`");
    let (digits, unit) = match text.strip_suffix("ms") {
        Some(digits) => (digits, 1),
        None => (text.strip_suffix('s').ok_or_else(expected)?, 1000),
    };
    let number: u64 = digits.parse().map_err(|_| expected())?;
    number.checked_mul(unit).map(Duration::from_millis).ok_or_else(expected)
}
