//! Sends a message once, and says what is known of it afterwards. It never sends again by itself, but for a
//! token that the receiver no longer accepts: then nothing was taken.

use super::classify::{Class, Heard, Reply, classify};
use super::destination::{Destination, MessageIdPlace};
use super::exchange::{self, Asked, Back, Came, ask};
use super::retry_after;
use super::secret::SECRET_BYTES_MAX;
use super::token::{Pass, Passes};
use crate::answer::{self, ANSWER_BYTES_MAX, Answer, Service, Unreadable};
use crate::fate::Mode;
use crate::xml::{HEADER_EMPTY, Soap};
use std::time::Instant;
use ureq::Agent;
use ureq::http::{HeaderMap, HeaderValue, Uri, header};

/// The most bytes of an answer that are kept.
pub const KEPT_BYTES_MAX: usize = 1 << 20;
/// In so many of its first bytes an envelope's header must stand.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// A message to send.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The envelope.
    pub body: &'a [u8],
    /// The transport's id, a UUID with hyphens.
    pub message_id: &'a str,
    /// No byte of the body is handed over from then on, and no answer awaited:
    /// [`Destination::request_timeout`] from now.
    pub deadline: Instant,
}

/// Sends to one destination. It may be shared by threads; they share its connections and its token.
pub struct Client {
    pub(super) to: Destination,
    pub(super) agent: Agent,
    pub(super) passes: Passes,
    headers: HeaderMap,
}

impl Client {
    /// Nothing is sent yet; certificates and their key are read, passwords are not.
    ///
    /// # Errors
    /// Which setting cannot be used, and why: one line, lower case.
    pub fn new(to: &Destination) -> Result<Client, String> {
        let build = || {
            exchange::uri("the address", &to.url)?;
            let agent = exchange::agent(to, to.mode != Mode::SyncNone)?;
            Ok(Client { headers: headers(to)?, passes: Passes::new(&to.login)?, agent, to: to.clone() })
        };
        build().map_err(|why: String| format!("destination `{}`: {why}", to.name))
    }

    /// Sends a message, once.
    pub fn post(&self, message: &Message<'_>) -> Reply {
        let prepared = self.address(message.message_id).and_then(|uri| {
            let header = self.header(message)?;
            Ok((uri, header))
        });
        let (uri, header) = match prepared {
            Ok(prepared) => prepared,
            Err(why) => return self.reply(Came::NotSent(why), None),
        };
        let body = match &header {
            None => [message.body, b"", b""],
            Some((at, element)) => {
                [&message.body[..*at], element.as_bytes(), &message.body[at + HEADER_EMPTY.len()..]]
            }
        };
        let (reply, pass) = self.once(&uri, body, message.deadline);
        if reply.status == Some(401) && self.passes.renew(pass.as_ref()) {
            return self.once(&uri, body, message.deadline).0;
        }
        reply
    }

    fn once(&self, uri: &Uri, body: [&[u8]; 3], deadline: Instant) -> (Reply, Option<Pass>) {
        let pass = match self.passes.pass(&self.agent, deadline) {
            Ok(pass) => pass,
            Err(why) => return (self.reply(Came::NotSent(why), None), None),
        };
        let mut headers = self.headers.clone();
        if let Some(pass) = &pass {
            headers.insert(header::AUTHORIZATION, pass.header.clone());
        }
        let answer_bytes_max = ANSWER_BYTES_MAX;
        let asked = Asked { uri: uri.clone(), headers, body: Some(body), deadline, answer_bytes_max };
        let came = ask(&self.agent, asked);
        (self.reply(came, pass.as_ref()), pass)
    }

    /// The address with its parameters.
    fn address(&self, message_id: &str) -> Result<Uri, String> {
        let uuid = message_id.len() == 36
            && message_id.bytes().enumerate().all(|(i, b)| match i {
                8 | 13 | 18 | 23 => b == b'-',
                _ => b.is_ascii_hexdigit(),
            });
        if !uuid {
            return Err("the message id is no UUID with hyphens".into());
        }
        let service = Service::journal_entry();
        let mut url = self.to.url.clone();
        let mut add = |name: &str, value: &str| {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(name);
            url.push('=');
            url.push_str(value);
        };
        if let Some(client) = &self.to.sap_client {
            add(service.client_parameter, &answer::encode(client));
        }
        if self.to.message_id == MessageIdPlace::Url {
            add(service.message_id_parameter, message_id);
        }
        exchange::uri("the address", &url)
    }

    /// Where the envelope's empty header stands, and what is sent in its place.
    fn header(&self, message: &Message<'_>) -> Result<Option<(usize, String)>, String> {
        if self.to.message_id != MessageIdPlace::Header {
            return Ok(None);
        }
        let head = &message.body[..message.body.len().min(HEAD_BYTES_MAX)];
        let at = memchr::memmem::find(head, HEADER_EMPTY.as_bytes());
        let at = at.ok_or("the envelope has no empty header for the message id")?;
        let service = Service::journal_entry();
        let Service { message_id_namespace: uri, message_id_element: name, message_id_prefix, .. } = service;
        let id = message.message_id;
        let (open, close) =
            (HEADER_EMPTY.replace("/>", ">"), HEADER_EMPTY.replace("/>", ">").replace('<', "</"));
        Ok(Some((at, format!("{open}<m:{name} xmlns:m=\"{uri}\">{message_id_prefix}{id}</m:{name}>{close}"))))
    }

    fn reply(&self, came: Came, pass: Option<&Pass>) -> Reply {
        let (heard, problem) = match came {
            Came::Back(back) => return self.answered(&back, pass),
            Came::NotSent(why) => (Heard::NotSent, why),
            Came::Broken(why) => (Heard::Broken, why),
        };
        Reply {
            class: classify(self.to.mode, &self.to.not_taken, heard),
            status: None,
            retry_after: None,
            said: None,
            body: vec![],
            problem: Some(problem),
        }
    }

    fn answered(&self, back: &Back, pass: Option<&Pass>) -> Reply {
        let said = answer::read(&back.body);
        let heard = Heard::Status(back.status, said.as_ref());
        let class = classify(self.to.mode, &self.to.not_taken, heard);
        // Beyond what is kept, so far that no secret is cut in two before it is looked for.
        let near = &back.body[..back.body.len().min(KEPT_BYTES_MAX + SECRET_BYTES_MAX * 2)];
        let mut body = pass.map_or_else(|| near.to_vec(), |pass| pass.redact(near));
        body.truncate(KEPT_BYTES_MAX);
        let problem = problem(class, back.status, &said);
        let retry_after = retry_after::read(&back.headers);
        Reply { class, status: Some(back.status), retry_after, said: said.ok(), body, problem }
    }
}

/// The headers of every message.
fn headers(to: &Destination) -> Result<HeaderMap, String> {
    let quotable = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
    if !to.action.bytes().all(quotable) {
        return Err("the SOAP action has characters that no address has".into());
    }
    let mut headers = HeaderMap::new();
    let action = &to.action;
    let kind = match to.soap {
        Soap::V12 if action.is_empty() => "application/soap+xml; charset=utf-8".to_owned(),
        Soap::V12 => format!("application/soap+xml; charset=utf-8; action=\"{action}\""),
        Soap::V11 => "text/xml; charset=utf-8".to_owned(),
        Soap::Bare => return Err("a service is sent an envelope, of SOAP 1.1 or 1.2".into()),
    };
    headers.insert(header::CONTENT_TYPE, exchange::value(&kind, false)?);
    if to.soap == Soap::V11 {
        let name = exchange::name("soapaction")?;
        headers.insert(name, exchange::value(&format!("\"{action}\""), false)?);
    }
    if let Some(language) = &to.language {
        headers.insert(header::ACCEPT_LANGUAGE, exchange::value(language, false)?);
        let name = exchange::name(Service::journal_entry().language_header)?;
        headers.insert(name, exchange::value(&language.to_ascii_uppercase(), false)?);
    }
    if to.mode == Mode::SyncNone {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(headers)
}

/// What went wrong, in words.
fn problem(class: Class, status: u16, said: &Result<Answer, Unreadable>) -> Option<String> {
    if matches!(class, Class::Answered | Class::Taken) {
        return None;
    }
    let what = match status {
        300..=399 => "it points to another address, which is not followed",
        401 => "the login was not accepted",
        403 => "the user may not do this",
        404 => "there is no service at this address",
        405 => "the service at this address takes no messages",
        407 => "the proxy wants a login",
        413 => "the message is too large",
        415 => "the service does not take this version of SOAP",
        429 => "there were too many messages",
        _ => match said {
            Ok(Answer::Fault(fault)) if !fault.text.is_empty() => fault.text.as_str(),
            Ok(Answer::Fault(_)) => "a fault without words",
            Ok(Answer::Empty) => "the answer is empty",
            Ok(Answer::Confirmation(_)) => "a confirmation under this status",
            Err(unreadable) => unreadable.message.as_str(),
        },
    };
    Some(format!("{status}: {what}"))
}
