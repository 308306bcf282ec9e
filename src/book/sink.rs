//! A run's documents go into a book: the sink whose envelopes are templates, filled again at seal.

use super::{BookError, Counts, Intake, Refused, Taken, Template};
use crate::diag::Code;
use crate::sink::{DocumentInfo, EnvelopeHead, Outcome, Outcomes, Reject, Sink, SinkError};

/// Takes what a run makes. The batch is complete, and its documents are to be delivered, when
/// [`finish`](Sink::finish) has returned well; before, nothing of it is sent.
pub struct BookSink<'b> {
    intake: Option<Intake<'b>>,
    /// The element that holds a document's company code, without brackets; empty: it is not looked for.
    company: String,
    /// The id of each entry must stand in a field of its own, outside its header.
    searchable: bool,
    /// The element by which a message names its sender; empty: it is not looked for.
    sender: String,
    /// A message names no sender.
    unnamed: bool,
    counts: Counts,
    /// Ids of the open envelope.
    ids: (String, String),
    headed: bool,
    /// Bytes of the envelope from `base` on.
    bytes: Vec<u8>,
    base: u64,
    /// How many of them belong to documents that were taken.
    done: usize,
    original: Vec<u8>,
}

impl<'b> BookSink<'b> {
    /// Into this batch. `company` is the element that holds a document's company code; empty: none.
    pub fn new(intake: Intake<'b>, company: &str) -> BookSink<'b> {
        BookSink {
            intake: Some(intake),
            company: company.to_owned(),
            searchable: false,
            sender: String::new(),
            unnamed: false,
            counts: Counts::default(),
            ids: Default::default(),
            headed: false,
            bytes: vec![],
            base: 0,
            done: 0,
            original: vec![],
        }
    }

    /// For a destination that is asked whether it has an entry: it can only find what stands in a field. An
    /// entry whose id stands nowhere but in its header ends the intake with J719, for it would always be told
    /// absent, and sent again.
    pub fn searchable(self, searchable: bool) -> BookSink<'b> {
        BookSink { searchable, ..self }
    }

    /// Looks whether each message names its sender, by this element.
    pub fn named(self, sender: &str) -> BookSink<'b> {
        BookSink { sender: format!("<{sender}>"), ..self }
    }

    /// A message with documents names no sender, though that was looked for: a receiver that confirms later
    /// confirms nothing of it.
    pub fn is_unnamed(&self) -> bool {
        self.unnamed
    }

    /// What became of the documents so far; after the end, of all.
    pub fn counts(&self) -> &Counts {
        self.intake.as_ref().map_or(&self.counts, Intake::counts)
    }

    fn intake(&mut self) -> Result<&mut Intake<'b>, SinkError> {
        self.intake.as_mut().ok_or(SinkError::Closed)
    }
}

impl Sink for BookSink<'_> {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        self.ids = (envelope.id.to_owned(), envelope.uuid.to_owned());
        self.headed = false;
        self.bytes.clear();
        (self.base, self.done) = (0, 0);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.base += self.done as u64;
        self.bytes.drain(..self.done);
        self.done = 0;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        if !self.headed {
            let head = between(&self.bytes, self.base, 0..document.range.start).to_vec();
            let (id, uuid) = self.ids.clone();
            self.unnamed |=
                !self.sender.is_empty() && memchr::memmem::find(&head, self.sender.as_bytes()).is_none();
            self.intake()?.template(&Template { head: &head, id: &id, uuid: &uuid }).map_err(failed)?;
            self.headed = true;
        }
        let mut original = std::mem::take(&mut self.original);
        original.clear();
        document.original.write_to(&mut original);
        let xml = between(&self.bytes, self.base, document.range.clone());
        if self.searchable {
            searchable(xml, document.id).map_err(failed)?;
        }
        let taken = Taken {
            natural: if document.key.is_empty() { document.id } else { document.key },
            said: document.id,
            lines: document.lines,
            company: inside(xml, &self.company),
            original: &original,
            xml,
        };
        let intake = self.intake.as_mut().ok_or(SinkError::Closed)?;
        intake.take(&taken).map_err(failed)?;
        self.original = original;
        self.done = usize::try_from(document.range.end - self.base).unwrap_or(self.bytes.len());
        Ok(())
    }

    fn close(&mut self) -> Result<Outcomes, SinkError> {
        let tail = self.bytes.split_off(self.done);
        self.intake()?.tail(&tail).map_err(failed)?;
        Ok(Outcomes::All(Outcome::Deferred))
    }

    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        let place = reject.place.to_string();
        let refused = Refused {
            natural: reject.key.filter(|key| !key.is_empty()),
            code: reject.code.id(),
            message: reject.message,
            place: &place,
            original: reject.original,
            cut: reject.cut,
        };
        self.intake()?.refuse(&refused).map_err(failed)
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        let intake = self.intake.take().ok_or(SinkError::Closed)?;
        self.counts = intake.finish().map_err(failed)?;
        Ok(())
    }
}

/// The bytes of the envelope at this place, of those from `base` on.
fn between(bytes: &[u8], base: u64, range: std::ops::Range<u64>) -> &[u8] {
    let place = |at: u64| usize::try_from(at.saturating_sub(base)).unwrap_or(usize::MAX);
    bytes.get(place(range.start)..place(range.end)).unwrap_or_default()
}

fn failed(error: BookError) -> SinkError {
    SinkError::Output { code: error.code, to: "the book".into(), message: error.message, help: error.help }
}

/// Whether an entry's id stands in a field of its own, where a look-up can find it.
///
/// # Errors
///
/// J719.
pub(super) fn searchable(xml: &[u8], id: &str) -> Result<(), BookError> {
    // as the whole text of an element: of the header's id, and of a field
    let whole = format!(">{id}<");
    if memchr::memmem::find_iter(xml, &whole).take(2).count() >= 2 {
        return Ok(());
    }
    let message = format!("the id {id} of an entry stands in no field that a look-up could find");
    let help = Some("write it into one: `MessageHeader { ID = id }` and `DocumentReferenceID = id`");
    Err(BookError { help, ..BookError::new(Code::J719, message) })
}

/// The text of the first element of this name.
pub(super) fn inside<'x>(xml: &'x [u8], name: &str) -> Option<&'x str> {
    if name.is_empty() {
        return None;
    }
    let start = memchr::memmem::find(xml, format!("<{name}>").as_bytes())? + name.len() + 2;
    let length = memchr::memchr(b'<', &xml[start..])?;
    std::str::from_utf8(&xml[start..start + length]).ok()
}
