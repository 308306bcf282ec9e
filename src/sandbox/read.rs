//! Reads what is posted, as leniently as the service: order does not matter and unknown elements are ignored in
//! silence, but a value that does not fit its type makes the whole message unreadable.
//!
//! A reader of its own on purpose: it shares nothing with what writes messages but the contract.

use crate::contract::{Checker, Contract, ElementId, Primitive, Role};
use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

/// Deepest nesting of elements.
const DEPTH_MAX: usize = 64;
/// Decimal places that sums are kept with.
const PLACES: usize = 6;

/// The namespaces of SOAP 1.1 and 1.2.
const SOAP11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// A message that could be read.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// The transport's id in the SOAP header, without its prefix.
    pub(super) transport: Option<String>,
    pub(super) id: String,
    pub(super) uuid: String,
    pub(super) sender: String,
    pub(super) simulate: bool,
    pub(super) entries: Vec<Entry>,
}

/// One journal entry, as far as the sandbox looks at it.
#[derive(Debug, Default, Clone)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) simulate: bool,
    pub(super) company: String,
    pub(super) lines: usize,
    /// By currency, in millionths.
    pub(super) sums: Vec<(String, i128)>,
    values: Vec<(ElementId, String)>,
    header: bool,
}

impl Entry {
    /// The first value of an element.
    pub(super) fn value(&self, id: ElementId) -> Option<&str> {
        self.all(id).next()
    }
    /// All values of an element.
    pub(super) fn all(&self, id: ElementId) -> impl Iterator<Item = &str> {
        self.values.iter().filter(move |v| v.0 == id).map(|v| v.1.as_str())
    }
    /// Puts another value in the place of all values of an element.
    pub(super) fn set(&mut self, id: ElementId, value: &str) {
        self.values.retain(|v| v.0 != id);
        self.values.push((id, value.to_owned()));
    }
    /// The first currency whose sum is not zero, and its sum.
    pub(super) fn off(&self) -> Option<(String, String)> {
        let (currency, sum) = self.sums.iter().find(|s| s.1 != 0)?;
        let sign = if *sum < 0 { "-" } else { "" };
        let digits = format!("{:07}", sum.unsigned_abs());
        let (whole, places) = digits.split_at(digits.len() - PLACES);
        let places = places.trim_end_matches('0');
        Some((currency.clone(), format!("{sign}{whole}.{places:0<2}")))
    }
}

/// What is needed to read messages.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) contract: Contract,
    checkers: Vec<Option<Checker>>,
    test: &'static str,
    sender: &'static str,
    transport: [&'static str; 2],
    /// Refuse what the service ignores: unknown elements, another order, missing elements.
    pub(super) strict: bool,
}

impl Schema {
    pub(super) fn new(contract: Contract, play: &super::play::Play, strict: bool) -> Schema {
        let checkers = contract.elements.iter().map(|e| e.value.as_ref().map(|v| v.checker())).collect();
        let transport = [play.fact("id_element"), play.fact("addressing_element")];
        Schema { contract, checkers, test: play.fact("test"), sender: play.fact("sender"), transport, strict }
    }

    /// Reads a request; keeps the values of the wanted elements (by number).
    ///
    /// # Errors
    /// Why it cannot be read; the service keeps this to itself.
    pub(super) fn read(&self, bytes: &[u8], wanted: &[bool]) -> Result<Message, String> {
        let text = std::str::from_utf8(bytes).map_err(|e| format!("not UTF-8: {e}"))?;
        let mut reading = Reading {
            schema: self,
            wanted,
            message: Message::default(),
            stack: vec![],
            text: String::new(),
            currency: String::new(),
            header: false,
        };
        let mut reader = NsReader::from_str(text);
        loop {
            let (resolved, event) = reader.read_resolved_event().map_err(|e| e.to_string())?;
            match event {
                Event::Start(tag) => {
                    let step = reading.start(&resolved, &tag)?;
                    reading.push(step)?;
                }
                Event::Empty(tag) => {
                    let step = reading.start(&resolved, &tag)?;
                    reading.push(step)?;
                    reading.end()?;
                }
                Event::End(_) => reading.end()?,
                Event::Text(text) => reading.text += &text,
                Event::CData(text) => reading.text += &text,
                Event::GeneralRef(name) => {
                    let text = format!("&{};", &*name);
                    reading.text += &quick_xml::escape::unescape(&text).map_err(|e| e.to_string())?;
                }
                Event::DocType(_) => return Err("there is a document type".into()),
                Event::Eof => break,
                _ => {}
            }
        }
        reading.finish()
    }
}

/// Where an element of the request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Envelope,
    Header,
    Body,
    Transport,
    Known(ElementId, usize),
    Ignored,
}

struct Reading<'s> {
    schema: &'s Schema,
    wanted: &'s [bool],
    message: Message,
    stack: Vec<Step>,
    text: String,
    currency: String,
    /// Whether the message's own header was there.
    header: bool,
}

impl Reading<'_> {
    fn start(&mut self, resolved: &ResolveResult, tag: &BytesStart) -> Result<Step, String> {
        let name = tag.local_name();
        let name = name.as_ref();
        let namespace = match resolved {
            ResolveResult::Bound(namespace) => namespace.as_ref(),
            ResolveResult::Unbound => "",
            ResolveResult::Unknown(prefix) => {
                return Err(format!("the prefix `{}` is not declared", prefix));
            }
        };
        let soap = namespace == SOAP11 || namespace == SOAP12;
        let contract = &self.schema.contract;
        Ok(match self.stack.last() {
            None if soap && name == "Envelope" => Step::Envelope,
            None => return Err(format!("`{name}` is no envelope")),
            Some(Step::Envelope) if soap && name == "Header" => Step::Header,
            Some(Step::Envelope) if soap && name == "Body" => Step::Body,
            Some(Step::Envelope) => return Err(format!("`{name}` in the envelope")),
            Some(Step::Header) if self.schema.transport.contains(&name) => Step::Transport,
            Some(Step::Header | Step::Transport | Step::Ignored) => Step::Ignored,
            Some(Step::Body) => {
                let root = contract.element(Contract::ROOT);
                if name != root.name || namespace != contract.namespace {
                    return Err(format!("`{name}` is not what this service takes"));
                }
                Step::Known(Contract::ROOT, 0)
            }
            Some(&Step::Known(parent, after)) => {
                let known = self.child(parent, after, name, namespace)?;
                if let Step::Known(id, _) = known {
                    self.enter(id, tag)?;
                }
                known
            }
        })
    }

    /// The child of that name; it is looked for from the place of the one before on.
    fn child(&mut self, parent: ElementId, after: usize, name: &str, space: &str) -> Result<Step, String> {
        let contract = &self.schema.contract;
        let children = &contract.element(parent).children;
        let is = |id: &ElementId| {
            let element = contract.element(*id);
            let own = element.namespace.as_ref().map_or("", |n| n.1.as_str());
            element.name == name && space == own
        };
        let later = children.get(after..).unwrap_or_default().iter().position(is).map(|i| i + after);
        let found = later.or_else(|| children.iter().position(is));
        let Some(place) = found else {
            if self.schema.strict {
                return Err(format!("`{name}` is not known in `{}`", contract.element(parent).name));
            }
            return Ok(Step::Ignored);
        };
        if self.schema.strict && later.is_none() {
            return Err(format!("`{name}` comes too late in `{}`", contract.element(parent).name));
        }
        if let Some(Step::Known(_, after)) = self.stack.last_mut() {
            *after = place;
        }
        Ok(Step::Known(children[place], 0))
    }

    fn enter(&mut self, id: ElementId, tag: &BytesStart) -> Result<(), String> {
        let contract = &self.schema.contract;
        let anchors = contract.anchors;
        if id == anchors.document {
            self.message.entries.push(Entry::default());
        } else if Some(id) == anchors.message_header {
            self.header = true;
        } else if let (true, Some(entry)) =
            (Some(id) == anchors.document_header, self.message.entries.last_mut())
        {
            entry.header = true;
        }
        let element = contract.element(id);
        if element.role == Some(Role::Line)
            && let Some(entry) = self.message.entries.last_mut()
        {
            entry.lines += 1;
        }
        self.currency.clear();
        for attribute in &element.attributes {
            let found = tag.try_get_attribute(attribute.name.as_str()).map_err(|e| e.to_string())?;
            let Some(found) = found else {
                if attribute.required {
                    return Err(format!("`{}` lacks `{}`", element.name, attribute.name));
                }
                continue;
            };
            let value = found.value.into_owned();
            attribute.value.check_text(&value).map_err(|why| {
                format!("`{value}` does not fit {}/@{}: {why}", contract.path(id), attribute.name)
            })?;
            if element.currency_attribute().is_some_and(|i| element.attributes[i].name == attribute.name) {
                self.currency = value;
            }
        }
        Ok(())
    }

    fn push(&mut self, step: Step) -> Result<(), String> {
        if self.stack.len() >= DEPTH_MAX {
            return Err(format!("elements are nested deeper than {DEPTH_MAX}"));
        }
        self.stack.push(step);
        self.text.clear();
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        match self.stack.pop() {
            Some(Step::Transport) => {
                let id = self.text.trim();
                let id = id.strip_prefix("urn:").unwrap_or(id);
                self.message.transport = Some(id.strip_prefix("uuid:").unwrap_or(id).to_owned());
            }
            Some(Step::Known(id, _)) => {
                if let Some(checker) = &self.schema.checkers[id.0 as usize] {
                    let text = std::mem::take(&mut self.text);
                    self.value(id, checker, &text)?;
                }
            }
            _ => {}
        }
        self.text.clear();
        Ok(())
    }

    fn value(&mut self, id: ElementId, checker: &Checker, text: &str) -> Result<(), String> {
        let contract = &self.schema.contract;
        let element = contract.element(id);
        let primitive = element.value.as_ref().map(|v| v.primitive);
        let value = if primitive == Some(Primitive::String) { text } else { text.trim() };
        // What live systems were seen to take though the schema does not: blanks, and dates with a zone.
        let tolerated = match primitive {
            _ if self.schema.strict => false,
            Some(Primitive::Date) => value.strip_suffix('Z').is_some_and(|day| checker.check(day).is_ok()),
            Some(Primitive::Duration) => value.bytes().all(|b| b.is_ascii_digit()),
            _ => false,
        };
        if !(tolerated || (value.is_empty() && !self.schema.strict))
            && let Err(why) = checker.check(value)
        {
            return Err(format!("a value does not fit {}: it {why}", contract.path(id)));
        }
        self.take(id, value)
    }

    fn take(&mut self, id: ElementId, value: &str) -> Result<(), String> {
        let contract = &self.schema.contract;
        let element = contract.element(id);
        let anchors = contract.anchors;
        if element.parent == anchors.message_header {
            match element.role {
                Some(Role::MessageId) => value.clone_into(&mut self.message.id),
                Some(Role::MessageUuid) => value.clone_into(&mut self.message.uuid),
                _ if element.name == self.schema.test => self.message.simulate = is_true(value),
                _ if element.name == self.schema.sender => value.clone_into(&mut self.message.sender),
                _ => {}
            }
            return Ok(());
        }
        let Some(entry) = self.message.entries.last_mut() else { return Ok(()) };
        if element.parent == anchors.document_header {
            match element.role {
                Some(Role::MessageId) => value.clone_into(&mut entry.id),
                _ if element.name == self.schema.test => entry.simulate = is_true(value),
                _ => {}
            }
            return Ok(());
        }
        match element.role {
            Some(Role::CompanyCode) => value.clone_into(&mut entry.company),
            Some(Role::Amount) => {
                let amount = millionths(value).ok_or("an amount is too large to add")?;
                match entry.sums.iter_mut().find(|s| s.0 == self.currency) {
                    Some(sum) => sum.1 = sum.1.checked_add(amount).ok_or("a sum is too large")?,
                    None => entry.sums.push((self.currency.clone(), amount)),
                }
            }
            _ => {}
        }
        if self.wanted[id.0 as usize] {
            entry.values.push((id, value.to_owned()));
        }
        Ok(())
    }

    fn finish(self) -> Result<Message, String> {
        if !self.stack.is_empty() {
            return Err("the message ends in the middle".into());
        }
        if !self.header && self.schema.contract.anchors.message_header.is_some() {
            return Err("the message has no header".into());
        }
        let mut message = self.message;
        let headed = self.schema.contract.anchors.document_header.is_some();
        for entry in &mut message.entries {
            if headed && !entry.header {
                return Err("an entry has no header".into());
            }
            entry.simulate |= message.simulate;
        }
        if message.entries.is_empty() {
            return Err("there is no entry in the message".into());
        }
        Ok(message)
    }
}

fn is_true(value: &str) -> bool {
    value == "true" || value == "1"
}

/// A decimal number in millionths; blank is zero.
fn millionths(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let places = places.trim_end_matches('0');
    if places.len() > PLACES {
        return None;
    }
    let joined = format!("0{whole}{places:0<PLACES$}");
    let number: i128 = joined.parse().ok()?;
    Some(if negative { -number } else { number })
}
