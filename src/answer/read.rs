//! Bytes to an [`Answer`]: one pass, no tree, within limits. Elements are known by where they stand and what
//! they
//! are called; their order, and elements that are not known, mean nothing.

use std::collections::HashSet;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::{Answer, Confirmation, DocumentKey, EntryAnswer, Fault, Note, Service, decode};

/// White space in XML, which is less than that of Unicode.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];
/// A longer answer is not read, bytes after decompression.
pub const ANSWER_BYTES_MAX: usize = 8 << 20;
/// A longer confirmation that comes later is not read: that of a message of the largest batch, 10,000 entries,
/// has 6 KiB for each.
pub const CONFIRMATION_BYTES_MAX: usize = 64 << 20;
/// Elements inside each other.
pub const DEPTH_MAX: usize = 64;
/// Attributes of one element.
pub const ATTRIBUTES_MAX: usize = 256;
/// Notes of one answer, repeats included.
pub const NOTES_MAX: usize = 10_000;
/// Notes of one confirmation that comes later, repeats included.
pub const CONFIRMATION_NOTES_MAX: usize = 100_000;
/// Entries of one answer.
pub const ENTRIES_MAX: usize = 10_000;

/// The two namespaces of the envelope, SOAP 1.1 and 1.2.
const SOAP: [&str; 2] =
    ["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"];

/// Why an answer says nothing: which kind of reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It is no well-formed XML, or was cut off.
    Xml,
    /// It is not written in UTF-8.
    Encoding,
    /// It has a document type, which could declare entities.
    DocumentType,
    /// It is larger than one of the limits.
    Limit,
    /// It is XML of another kind.
    Kind,
}

/// An answer that says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Which kind of reason.
    pub kind: Unread,
    /// The reason, one line, lower case.
    pub message: String,
}

impl Unreadable {
    fn new(kind: Unread, message: impl Into<String>) -> Unreadable {
        Unreadable { kind, message: message.into() }
    }
}

impl Unreadable {
    /// The reason, said of something that is called otherwise than an answer.
    pub fn said_of(&self, what: &str) -> String {
        self.message.replace("the answer", what)
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Unreadable {}

/// Reads an answer: an envelope of SOAP 1.1 or 1.2, or a confirmation without one, as files have it.
///
/// # Errors
/// Why it says nothing about any entry. Its memory is at most a few times that of the answer, which is
/// limited.
pub fn read(bytes: &[u8]) -> Result<Answer, Unreadable> {
    read_within(bytes, ANSWER_BYTES_MAX, NOTES_MAX)
}

/// The same for a confirmation that comes later, alone and not among many: its limits are wider.
///
/// # Errors
/// As [`read`].
pub fn read_late(bytes: &[u8]) -> Result<Answer, Unreadable> {
    read_within(bytes, CONFIRMATION_BYTES_MAX, CONFIRMATION_NOTES_MAX)
}

fn read_within(bytes: &[u8], bytes_max: usize, notes_max: usize) -> Result<Answer, Unreadable> {
    if bytes.len() > bytes_max {
        let message = format!("the answer has more than {bytes_max} bytes");
        return Err(Unreadable::new(Unread::Limit, message));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Unreadable::new(Unread::Encoding, "the answer is not written in UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_matches(SPACE).is_empty() {
        return Ok(Answer::Empty);
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_comments = false;
    let mut reading = Reading { notes_max, ..Reading::default() };
    loop {
        let event = reader.read_event().map_err(|e| {
            let why = match e {
                quick_xml::Error::Namespace(_) => "its prefixes are too many, or declared wrongly".to_owned(),
                other => one_line(&other),
            };
            Unreadable::new(Unread::Xml, format!("the answer is not XML: {why}"))
        })?;
        if matches!(event, Event::Eof) {
            return reading.end();
        }
        let name = match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                attributes_in_limit(tag)?;
                let (namespace, local) = reader.resolver().resolve_element(tag.name());
                let namespace = match namespace {
                    ResolveResult::Bound(namespace) => namespace.into_inner(),
                    ResolveResult::Unbound => "",
                    ResolveResult::Unknown(_) => {
                        let message = "the answer is not XML: a prefix is not declared";
                        return Err(Unreadable::new(Unread::Xml, message));
                    }
                };
                Some((namespace, local.into_inner()))
            }
            _ => None,
        };
        reading.event(&event, name, text)?;
    }
}

/// Fewer attributes than the limit, and all of them well-formed.
fn attributes_in_limit(tag: &BytesStart<'_>) -> Result<(), Unreadable> {
    let mut attributes = tag.attributes();
    attributes.with_checks(false);
    for (index, attribute) in attributes.enumerate() {
        if index == ATTRIBUTES_MAX {
            let message = format!("an element of the answer has more than {ATTRIBUTES_MAX} attributes");
            return Err(Unreadable::new(Unread::Limit, message));
        }
        attribute
            .map_err(|e| Unreadable::new(Unread::Xml, format!("the answer is not XML: {}", one_line(&e))))?;
    }
    Ok(())
}

/// Where an element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Envelope { version: usize },
    Body { version: usize },
    Fault { version: usize },
    FaultCode,
    FaultReason,
    Message,
    MessageHeader,
    MessageLog,
    Entry,
    EntryHeader,
    EntryKey,
    EntryLog,
    Item,
    Leaf(Leaf),
    Unknown,
}

/// An element whose text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaf {
    FaultCode,
    FaultText,
    MessageUuid,
    MessageReference,
    Sender,
    Created,
    Origin,
    EntryUuid,
    EntryReference,
    Document,
    Company,
    Year,
    Severity,
    ItemType,
    ItemSeverity,
    ItemNote,
    ItemUri,
}

/// What has been read so far.
#[derive(Debug, Default)]
struct Reading {
    stack: Vec<At>,
    /// Whether the outermost element was closed.
    over: bool,
    text: String,
    fault: Option<Fault>,
    confirmation: Option<Box<Confirmation>>,
    entry: EntryAnswer,
    document: Option<String>,
    company: Option<String>,
    year: Option<String>,
    note: Note,
    notes: usize,
    notes_max: usize,
}

impl Reading {
    fn event(
        &mut self,
        event: &Event<'_>,
        name: Option<(&str, &str)>,
        whole: &str,
    ) -> Result<(), Unreadable> {
        let xml = |what: &str| Unreadable::new(Unread::Xml, format!("the answer is not XML: {what}"));
        match event {
            Event::Start(_) => self.open(name.unwrap_or_default())?,
            Event::Empty(_) => {
                self.open(name.unwrap_or_default())?;
                self.close()?;
            }
            Event::End(_) => self.close()?,
            Event::Text(text) if self.stack.is_empty() && !text.trim_matches(SPACE).is_empty() => {
                return Err(xml("there is text outside of its outermost element"));
            }
            Event::Text(text) => self.add(&text.xml10_content()),
            Event::CData(_) | Event::GeneralRef(_) if self.stack.is_empty() => {
                return Err(xml("there is text outside of its outermost element"));
            }
            Event::CData(text) => self.add(&text.xml10_content()),
            Event::GeneralRef(name) => {
                let resolved = name.resolve_char_ref().map_err(|e| xml(&one_line(&e)))?;
                match (resolved, quick_xml::escape::resolve_xml_entity(name)) {
                    (Some(letter), _) => self.add(letter.encode_utf8(&mut [0; 4])),
                    (None, Some(text)) => self.add(text),
                    (None, None) => return Err(xml("it names an entity that is not declared")),
                }
            }
            Event::Decl(declaration) => {
                let Some(Ok(encoding)) = declaration.encoding() else { return Ok(()) };
                let utf8 = ["utf-8", "utf8", "us-ascii"].iter().any(|e| encoding.eq_ignore_ascii_case(e));
                if !utf8 && !whole.is_ascii() {
                    let message = "the answer says that it is not written in UTF-8";
                    return Err(Unreadable::new(Unread::Encoding, message));
                }
            }
            Event::DocType(_) => {
                let message = "the answer has a document type, which is never read";
                return Err(Unreadable::new(Unread::DocumentType, message));
            }
            Event::Comment(_) | Event::PI(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn add(&mut self, text: &str) {
        if matches!(self.stack.last(), Some(At::Leaf(_))) {
            self.text.push_str(text);
        }
    }

    fn open(&mut self, (namespace, local): (&str, &str)) -> Result<(), Unreadable> {
        if self.over {
            let message = "the answer is not XML: it has two outermost elements";
            return Err(Unreadable::new(Unread::Xml, message));
        }
        if self.stack.len() == DEPTH_MAX {
            let message = format!("the answer has more than {DEPTH_MAX} elements inside each other");
            return Err(Unreadable::new(Unread::Limit, message));
        }
        let at = match self.stack.last() {
            None => self.outermost(namespace, local)?,
            Some(At::Body { version }) => self.in_body(*version, namespace, local)?,
            Some(At::Envelope { version }) => {
                let body = namespace == SOAP[*version] && local == "Body";
                if body { At::Body { version: *version } } else { At::Unknown }
            }
            Some(At::Fault { version: 0 }) => match local {
                "faultcode" => At::Leaf(Leaf::FaultCode),
                "faultstring" => At::Leaf(Leaf::FaultText),
                _ => At::Unknown,
            },
            Some(At::Fault { .. }) => match local {
                "Code" if namespace == SOAP[1] => At::FaultCode,
                "Reason" if namespace == SOAP[1] => At::FaultReason,
                _ => At::Unknown,
            },
            Some(At::FaultCode) if local == "Value" => At::Leaf(Leaf::FaultCode),
            Some(At::FaultReason) if local == "Text" => At::Leaf(Leaf::FaultText),
            Some(at) => inside(*at, namespace, local),
        };
        match at {
            At::Leaf(_) => self.text.clear(),
            At::Entry => self.new_entry()?,
            At::Item => self.new_note()?,
            _ => {}
        }
        self.stack.push(at);
        Ok(())
    }

    fn outermost(&mut self, namespace: &str, local: &str) -> Result<At, Unreadable> {
        let version = SOAP.iter().position(|uri| *uri == namespace);
        match version {
            Some(version) if local == "Envelope" => Ok(At::Envelope { version }),
            _ => self.message(namespace, local),
        }
    }

    fn in_body(&mut self, version: usize, namespace: &str, local: &str) -> Result<At, Unreadable> {
        if self.fault.is_some() || self.confirmation.is_some() {
            return Err(Unreadable::new(Unread::Kind, "the answer holds two messages"));
        }
        if namespace == SOAP[version] && local == "Fault" {
            self.fault = Some(Fault::default());
            return Ok(At::Fault { version });
        }
        self.message(namespace, local)
    }

    fn message(&mut self, namespace: &str, local: &str) -> Result<At, Unreadable> {
        let service = Service::journal_entry();
        if namespace == service.namespace && local == service.confirmation {
            self.confirmation = Some(Box::default());
            return Ok(At::Message);
        }
        let named: String = local.chars().filter(|c| !c.is_control()).take(60).collect();
        Err(Unreadable::new(Unread::Kind, format!("the answer is no confirmation but `{named}`")))
    }

    fn new_entry(&mut self) -> Result<(), Unreadable> {
        if self.confirmation.as_ref().is_some_and(|c| c.entries.len() == ENTRIES_MAX) {
            let message = format!("the answer has more than {ENTRIES_MAX} entries");
            return Err(Unreadable::new(Unread::Limit, message));
        }
        self.entry = EntryAnswer::default();
        (self.document, self.company, self.year) = (None, None, None);
        Ok(())
    }

    fn new_note(&mut self) -> Result<(), Unreadable> {
        if self.notes == self.notes_max {
            let message = format!("the answer has more than {} notes", self.notes_max);
            return Err(Unreadable::new(Unread::Limit, message));
        }
        self.notes += 1;
        self.note = Note::default();
        Ok(())
    }

    fn close(&mut self) -> Result<(), Unreadable> {
        let Some(at) = self.stack.pop() else {
            return Err(Unreadable::new(Unread::Xml, "the answer is not XML: an element is closed twice"));
        };
        self.over = self.stack.is_empty();
        match at {
            At::Leaf(leaf) => {
                let text = std::mem::take(&mut self.text);
                self.leaf(leaf, clean(&text));
            }
            At::Item => {
                let note = std::mem::take(&mut self.note);
                if self.stack.last() == Some(&At::EntryLog) {
                    raise(&mut self.entry.severity, note.severity);
                    self.entry.notes.push(note);
                } else if let Some(confirmation) = &mut self.confirmation {
                    confirmation.notes.push(note);
                }
            }
            At::Entry => {
                self.entry.key = self.key();
                let mut entry = std::mem::take(&mut self.entry);
                entry.notes = folded(entry.notes);
                if let Some(confirmation) = &mut self.confirmation {
                    confirmation.entries.push(entry);
                }
            }
            At::Message => {
                if let Some(confirmation) = &mut self.confirmation {
                    confirmation.notes = folded(std::mem::take(&mut confirmation.notes));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn leaf(&mut self, leaf: Leaf, text: String) {
        const TWICE: &str = "the answer says two things of this entry";
        let filled = (!text.is_empty()).then(|| text.clone());
        let twice = |slot: &Option<String>| slot.as_ref().is_some_and(|old| *old != text);
        let contradicts = match leaf {
            Leaf::Document => twice(&self.document),
            Leaf::Company => twice(&self.company),
            Leaf::Year => twice(&self.year),
            Leaf::EntryReference => twice(&self.entry.reference),
            _ => false,
        };
        if contradicts {
            self.entry.contradiction = Some(TWICE);
        }
        match leaf {
            Leaf::Document => self.document = Some(text),
            Leaf::Company => self.company = Some(text),
            Leaf::Year => self.year = Some(text),
            Leaf::EntryReference => self.entry.reference = filled,
            Leaf::EntryUuid => self.entry.uuid = filled,
            Leaf::Severity => match severity(&text) {
                Some(severity) => raise(&mut self.entry.severity, Some(severity)),
                None if text.is_empty() => {}
                None => self.entry.contradiction = Some("the answer has a severity that is not known"),
            },
            Leaf::ItemType => (self.note.number, self.note.class) = type_of(&text),
            Leaf::ItemSeverity => self.note.severity = severity(&text),
            Leaf::ItemNote => self.note.text = text,
            Leaf::ItemUri => self.note.variables = variables(&text),
            Leaf::FaultCode | Leaf::FaultText => {
                if let Some(fault) = &mut self.fault {
                    fault_leaf(fault, leaf, &text);
                }
            }
            Leaf::MessageUuid | Leaf::MessageReference | Leaf::Sender | Leaf::Created | Leaf::Origin => {
                let Some(confirmation) = &mut self.confirmation else { return };
                match leaf {
                    Leaf::MessageUuid => confirmation.uuid = filled,
                    Leaf::MessageReference => confirmation.reference = filled,
                    Leaf::Sender => confirmation.sender = filled,
                    Leaf::Created => confirmation.created = filled,
                    _ => confirmation.origin = filled,
                }
            }
        }
    }

    /// The key, when there is a document number that is not blank and not zeros.
    fn key(&mut self) -> Option<DocumentKey> {
        let given = |text: &mut Option<String>| {
            text.take().filter(|t| t.bytes().any(|b| b != b'0')).unwrap_or_default()
        };
        let document = given(&mut self.document);
        let (company, year) = (self.company.take().unwrap_or_default(), given(&mut self.year));
        if document.is_empty() {
            return None;
        }
        if document.len() > 10 || !document.bytes().all(|b| b.is_ascii_alphanumeric()) {
            self.entry.contradiction = Some("the answer has a document number that cannot be one");
            return None;
        }
        Some(DocumentKey { document, company, year })
    }

    fn end(self) -> Result<Answer, Unreadable> {
        if !self.over {
            return Err(Unreadable::new(Unread::Xml, "the answer is cut off"));
        }
        match (self.confirmation, self.fault) {
            (Some(confirmation), _) => Ok(Answer::Confirmation(confirmation)),
            (None, Some(mut fault)) => {
                let text = fault.text.to_lowercase();
                let words = &Service::journal_entry().fault_unread;
                fault.unread = words.iter().any(|w| text.contains(&w.to_lowercase()));
                Ok(Answer::Fault(fault))
            }
            (None, None) => Ok(Answer::Empty),
        }
    }
}

/// What an element of a confirmation is. Children stand in no namespace; some runtimes put them in the
/// root's.
fn inside(at: At, namespace: &str, local: &str) -> At {
    let service = Service::journal_entry();
    if !namespace.is_empty() && namespace != service.namespace {
        return At::Unknown;
    }
    let is = |name: &str| local == name;
    let first = |names: &[(&str, At)]| names.iter().find(|n| is(n.0)).map_or(At::Unknown, |n| n.1);
    match at {
        At::Message => first(&[
            (service.header, At::MessageHeader),
            (service.confirmation_entry, At::Entry),
            (service.confirmation_origin, At::Leaf(Leaf::Origin)),
            (service.log, At::MessageLog),
        ]),
        At::MessageHeader => first(&[
            (service.header_uuid, At::Leaf(Leaf::MessageUuid)),
            (service.header_reference, At::Leaf(Leaf::MessageReference)),
            (service.header_sender, At::Leaf(Leaf::Sender)),
            (service.header_created, At::Leaf(Leaf::Created)),
        ]),
        At::Entry => first(&[
            (service.header, At::EntryHeader),
            (service.confirmation_key, At::EntryKey),
            (service.log, At::EntryLog),
        ]),
        At::EntryHeader => first(&[
            (service.header_uuid, At::Leaf(Leaf::EntryUuid)),
            (service.header_reference, At::Leaf(Leaf::EntryReference)),
        ]),
        At::EntryKey => first(&[
            (service.key_document, At::Leaf(Leaf::Document)),
            (service.key_company, At::Leaf(Leaf::Company)),
            (service.key_year, At::Leaf(Leaf::Year)),
        ]),
        At::EntryLog => {
            first(&[(service.log_severity, At::Leaf(Leaf::Severity)), (service.log_item, At::Item)])
        }
        At::MessageLog => first(&[(service.log_item, At::Item)]),
        At::Item => first(&[
            (service.item_type, At::Leaf(Leaf::ItemType)),
            (service.item_severity, At::Leaf(Leaf::ItemSeverity)),
            (service.item_note, At::Leaf(Leaf::ItemNote)),
            (service.item_uri, At::Leaf(Leaf::ItemUri)),
        ]),
        _ => At::Unknown,
    }
}

/// The code without its prefix; the first text of several languages.
fn fault_leaf(fault: &mut Fault, leaf: Leaf, text: &str) {
    if leaf == Leaf::FaultCode {
        fault.code = text.rsplit(':').next().unwrap_or_default().to_owned();
    } else if fault.text.is_empty() {
        fault.text = text.to_owned();
    }
}

/// A digit of 1 to 9; anything else is no severity.
fn severity(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [digit @ b'1'..=b'9'] => Some(digit - b'0'),
        _ => None,
    }
}

fn raise(severity: &mut Option<u8>, by: Option<u8>) {
    *severity = (*severity).max(by);
}

/// `808(F5)` is number and class.
fn type_of(text: &str) -> (String, String) {
    match text.strip_suffix(')').and_then(|t| t.split_once('(')) {
        Some((number, class)) => (number.trim().to_owned(), class.trim().to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

/// The variables that the address of a long text brings; those after the last one that is filled are left
/// out.
fn variables(uri: &str) -> Vec<String> {
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    let value = |name: &&str| {
        let found = query.split('&').filter_map(|p| p.split_once('=')).find(|p| p.0 == *name);
        found.map(|p| clean(&decode(p.1))).unwrap_or_default()
    };
    let mut values: Vec<String> = Service::journal_entry().note_variables.iter().map(value).collect();
    while values.last().is_some_and(String::is_empty) {
        values.pop();
    }
    values
}

/// Every note once; the collective one only where there is no other.
fn folded(notes: Vec<Note>) -> Vec<Note> {
    let (number, class) = type_of(Service::journal_entry().note_collective);
    let collective = |n: &Note| n.number == number && n.class == class;
    let alone = notes.iter().all(collective);
    let mut seen = HashSet::new();
    notes.into_iter().filter(|n| (alone || !collective(n)) && seen.insert(n.clone())).collect()
}

/// Without white space at its ends, and without characters that a terminal would obey.
fn clean(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn one_line(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
}
