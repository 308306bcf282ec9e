//! What the fuzz targets share: a loader over a few files in memory, a sink that keeps everything, portions.
//!
//! It opens no files and draws no random numbers: the same input always does the same.

use jemap::{
    DocumentInfo, EnvelopeHead, Loader, Mapping, Outcome, Outcomes, Reject, RunError, RunOptions, RunReport,
    Sink, SinkError,
};
use std::cell::RefCell;
use std::io::Read;
use std::rc::Rc;

/// The files that exist for a fuzzed mapping.
const FILES: &[(&str, &str)] = &[
    ("t.csv", "a;b;c\n1;x;10.00\n2;y;20.50\n3;z;\n"),
    ("t.json", r#"[{"a":"1","b":"x","c":10.00},{"a":"2","b":"y"}]"#),
    ("l.map", "fn twice(a: decimal) -> decimal = a + a\nfn short(t: text) = t | trim | cut(10)\n"),
    ("w.wsdl", include_str!("../../tests/data/shop.wsdl")),
];

/// Knows [`FILES`] and nothing else.
pub struct Memory;

impl Loader for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let found = FILES.iter().find(|(name, _)| *name == path);
        found
            .map(|(_, text)| text.as_bytes().to_vec())
            .ok_or_else(|| format!("{path}: there is no such file"))
    }
}

/// Everything a run said. Two runs over the same input must be equal in all of it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Envelopes, one after the other.
    pub xml: Vec<u8>,
    /// Where each envelope ends in `xml`.
    pub ends: Vec<usize>,
    /// Keys, ids, lines and places of the documents.
    pub documents: Vec<String>,
    /// Rejects, all but their original bytes.
    pub rejects: Vec<String>,
    /// Codes and keys of the rejects, without places.
    pub reject_codes: Vec<String>,
    /// The original bytes of the rejects.
    pub originals: Vec<Vec<u8>>,
    /// Why the run ended early.
    pub error: Option<String>,
    /// Its code only.
    pub error_code: Option<String>,
    /// Documents, lines and sums of the run report.
    pub account: String,
}

/// Keeps all it is told, and makes sure that it is told in order.
struct Keeper {
    heard: Rc<RefCell<Heard>>,
    open: bool,
    begin: usize,
}

impl Sink for Keeper {
    fn open(&mut self, _: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        assert!(!self.open, "an envelope is opened inside another");
        self.open = true;
        self.begin = self.heard.borrow().xml.len();
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        assert!(self.open, "bytes outside of an envelope");
        self.heard.borrow_mut().xml.extend_from_slice(bytes);
        Ok(())
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        let mut heard = self.heard.borrow_mut();
        let length = (heard.xml.len() - self.begin) as u64;
        let range = &document.range;
        assert!(range.start < range.end && range.end <= length, "{range:?} of {length} bytes");
        let DocumentInfo { key, id, lines, range, original } = document;
        let mut records = vec![];
        original.write_to(&mut records);
        heard.documents.push(format!("{key:?} {id} {lines} {range:?} {:?}", records.utf8_chunks()));
        Ok(())
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        assert!(self.open, "an envelope is closed that is not open");
        self.open = false;
        let mut heard = self.heard.borrow_mut();
        let end = heard.xml.len();
        heard.ends.push(end);
        Ok(Outcomes::All(Outcome::Accepted))
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        let mut heard = self.heard.borrow_mut();
        let Reject { code, message, place, key, rule, original, cut, again: _ } = reject;
        assert!(!message.is_empty() && !message.contains('\n'), "a message of one line: {message:?}");
        // Where a document has no key of its own, its place stands for it.
        let key_without_place = key.filter(|key| !key.starts_with("input#"));
        heard.reject_codes.push(format!("{} {key_without_place:?}", code.id()));
        heard.rejects.push(format!("{} {place:?} {key:?} {rule:?} {message} {cut}", code.id()));
        heard.originals.push(original.to_vec());
        Ok(())
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        assert!(!self.open, "the last envelope is not closed");
        Ok(())
    }
}

/// Runs a mapping over an input; makes sure that what is written is XML and that the report can be told.
pub fn run_and_look(mapping: &Mapping, options: &RunOptions, input: &mut dyn Read) -> Heard {
    let (heard, report) = started(mapping, options, input);
    well_formed(&heard);
    let _ = report.text(false);
    let _ = report.to_json().to_string();
    heard
}

/// Runs a mapping over an input and checks what holds for every run.
pub fn run(mapping: &Mapping, options: &RunOptions, input: &mut dyn Read) -> Heard {
    started(mapping, options, input).0
}

fn started(mapping: &Mapping, options: &RunOptions, input: &mut dyn Read) -> (Heard, RunReport) {
    let heard = Rc::new(RefCell::new(Heard::default()));
    let keeper = Keeper { heard: heard.clone(), open: false, begin: 0 };
    let Ok(mut run) = mapping.start(options, Box::new(keeper)) else {
        return Default::default();
    };
    let result = run.read("input", input);
    let error = match result {
        Ok(()) => None,
        // The message may show less of a character that is not there whole yet: it is not compared.
        Err(RunError::Input { code, place, .. }) => Some((code.id().to_owned(), format!("{place:?}"))),
        Err(other) => panic!("neither the sink nor the limits end this run: {other:?}"),
    };
    let report = match run.finish() {
        Ok(report) => report,
        // The header of the message cannot be written: a value given by the caller is at fault.
        Err(RunError::Input { code, message, .. }) => {
            let mut heard = heard.take();
            (heard.error_code, heard.error) = (Some(code.id().to_owned()), Some(message));
            return (heard, RunReport::default());
        }
        Err(other) => panic!("{other:?}"),
    };
    let mut heard = heard.take();
    let counts = &report.counts;
    // A document may be written in parts, each a document to the sink.
    assert!(counts.written.documents <= heard.documents.len() as u64, "documents written");
    assert_eq!(counts.written.documents == 0, heard.documents.is_empty(), "documents written");
    assert_eq!(counts.rejected.documents, heard.rejects.len() as u64, "documents rejected");
    assert_eq!(report.bytes, heard.xml.len() as u64, "bytes written");
    assert_eq!(report.envelopes, heard.ends.len() as u64, "envelopes");
    heard.account = format!("{counts:?} {:?} {:?} {:?}", report.sums, report.drops, report.unknown_keys);
    (heard.error_code, heard.error) = error.unzip();
    (heard, report)
}

/// Every envelope is one XML document of allowed characters.
fn well_formed(heard: &Heard) {
    let mut begin = 0;
    for &end in &heard.ends {
        let text = std::str::from_utf8(&heard.xml[begin..end]).expect("what is written is UTF-8");
        begin = end;
        let allowed = |c: char| match c {
            '\t' | '\n' | '\r' => true,
            _ => c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'),
        };
        assert!(text.chars().all(allowed), "a character that XML does not allow: {text:?}");
        let mut reader = quick_xml::Reader::from_str(text);
        let mut depth = 0usize;
        loop {
            match reader.read_event().unwrap_or_else(|e| panic!("{e}: {text}")) {
                quick_xml::events::Event::Start(_) => depth += 1,
                quick_xml::events::Event::End(_) => depth -= 1,
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0, "{text}");
    }
}

/// A number made from an input, so that a corpus holds plain files and each still has its own portions.
pub fn mark(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Gives its bytes in portions of `1..=most`, as the seed has it.
pub struct Portions<'a> {
    rest: &'a [u8],
    seed: u64,
    most: u64,
}

impl<'a> Portions<'a> {
    /// Over these bytes.
    pub fn new(rest: &'a [u8], seed: u64, most: u64) -> Portions<'a> {
        Portions { rest, seed: seed | 1, most }
    }
}

impl Read for Portions<'_> {
    fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        let count = (1 + self.seed % self.most) as usize;
        let count = count.min(space.len()).min(self.rest.len());
        let (now, later) = self.rest.split_at(count);
        space[..count].copy_from_slice(now);
        self.rest = later;
        Ok(count)
    }
}
