//! What the threads made goes to the sink, in the order of the input: envelopes are opened, filled, split and closed here.

use super::account::Account;
use super::options::{RunOptions, Soap, Split};
use super::rerun::{Reruns, Texts};
use super::worker::Work;
use crate::contract::Contract;
use crate::data::Fault;
use crate::diag::{Code, Sources};
use crate::json::{Block, Frames};
use crate::plan::Plan;
use crate::run::{EntryId, Given, Machine, Output, Rejected, Written, place_of};
use crate::sink::{DocumentInfo, EnvelopeHead, Original, Place, Reject, Rule, Sink, SinkError};
use crate::xml::Envelope;
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use std::sync::atomic::Ordering;

/// Why delivery ends early.
pub(super) enum Halt {
    /// The sink failed.
    Sink(SinkError),
    /// More rejects than allowed.
    Rejects,
    /// The message's own header cannot be written.
    Message(Box<Fault>),
}

impl From<SinkError> for Halt {
    fn from(error: SinkError) -> Halt {
        Halt::Sink(error)
    }
}

/// The open envelope.
#[derive(Default)]
struct Open {
    documents: u64,
    lines: u64,
    bytes: u64,
    /// Bytes of documents not yet passed on.
    waiting: u64,
    /// Its tail was written.
    ended: bool,
}

/// Between the threads and the sink.
pub(super) struct Delivery<'m> {
    plan: &'m Plan,
    sources: &'m Sources,
    sink: Box<dyn Sink + 'm>,
    machine: Machine<'m>,
    frames: Frames,
    envelope: Envelope,
    split: Split,
    /// The document is the message itself: its element is closed by the envelope's tail.
    alone: bool,
    rejects_max: Option<u64>,
    run_id: String,
    open: Option<Open>,
    number: u64,
    seen: HashSet<u64, BuildHasherDefault<Mark>>,
    pub(super) reruns: Reruns<'m>,
    id: String,
    pub(super) account: Account,
    progress: std::sync::Arc<super::options::Progress>,
}

impl<'m> Delivery<'m> {
    pub(super) fn new(
        plan: &'m Plan,
        sources: &'m Sources,
        options: &RunOptions,
        sink: Box<dyn Sink + 'm>,
    ) -> Self {
        let soap = match options.soap {
            Soap::V11 => crate::xml::Soap::V11,
            Soap::V12 => crate::xml::Soap::V12,
            Soap::None => crate::xml::Soap::Bare,
        };
        let alone = plan.contract.anchors.document == Contract::ROOT;
        Delivery {
            plan,
            sources,
            sink,
            machine: Machine::new(plan),
            frames: Frames::new(&plan.schema),
            envelope: Envelope::new(soap, &plan.root, &plan.namespaces),
            split: if alone { Split::Documents(1) } else { options.split },
            alone,
            rejects_max: if options.fail_fast { Some(0) } else { options.max_rejects },
            run_id: options.run_id.clone(),
            open: None,
            number: 0,
            seen: HashSet::default(),
            reruns: Reruns::new(plan),
            id: String::new(),
            account: Account::default(),
            progress: options.progress.clone(),
        }
    }

    /// One block's documents and rejects.
    pub(super) fn take(&mut self, work: &mut Work, file: &str) -> Result<(), Halt> {
        let Some(given) = work.given.clone() else { return Ok(()) };
        let mut output = std::mem::take(&mut work.output);
        let result = self.documents(&mut output, &work.block, &given).and_then(|()| {
            // a broken line may stand inside a document, and keys that come again were found only now
            output.rejected.sort_by_key(|rejected| (rejected.place.start, rejected.after));
            self.rejects(&output.rejected, work, &given, file)
        });
        self.account.stats.merge(&output.stats);
        self.progress.documents.fetch_add(output.stats.written.documents, Ordering::Relaxed);
        self.progress.rejects.fetch_add(output.stats.rejected.documents, Ordering::Relaxed);
        work.output = output;
        result
    }

    fn documents(&mut self, output: &mut Output, block: &Block, given: &Given) -> Result<(), Halt> {
        // documents `first..index` and bytes from `from` on are not yet passed on
        let (mut first, mut from) = (0, 0);
        let mut refused = false;
        let (mut met, refusals) = (0, output.rejected.len());
        for index in 0..output.documents.len() {
            while met < refusals && output.rejected[met].after <= index {
                self.meet(&mut output.rejected[met]);
                met += 1;
            }
            let written = output.documents[index];
            if refused && written.part > 0 {
                // the other parts of a document that was taken back
                output.take_back(&written);
                (first, from) = (index + 1, written.end);
                continue;
            }
            let again = if written.keyed { self.comes_again(index, output) } else { None };
            refused = again.is_some();
            if again.is_some() || self.is_full(&written) {
                self.pass(output, block, first..index, from..written.start)?;
                (first, from) = (index, written.start);
            }
            if let Some(rejected) = again {
                output.rejected.push(rejected);
                (first, from) = (index + 1, written.end);
                continue;
            }
            if self.is_full(&written) {
                self.close()?;
            }
            if self.open.is_none() {
                self.begin(&written, output, given)?;
            }
            if let Some(open) = &mut self.open {
                open.documents += 1;
                open.lines += u64::from(written.items);
                open.waiting += (written.end - written.start) as u64;
            }
        }
        output.rejected[met..refusals].iter_mut().for_each(|rejected| self.meet(rejected));
        self.pass(output, block, first..output.documents.len(), from..output.bytes.len())
    }

    /// A refused document may come again once it is mended, so its key is watched as those of the others are.
    fn meet(&mut self, rejected: &mut Rejected) {
        if rejected.keyed && !self.is_new(&rejected.key) {
            rejected.key_again = true;
            rejected.faults.push(*key_again(&rejected.key));
        }
    }

    /// A document of this key was written in the run that refused the one that comes now.
    pub(super) fn was_met(&mut self, key: &str) {
        self.is_new(key);
    }

    /// Whether a key is met for the first time.
    fn is_new(&mut self, key: &str) -> bool {
        let mut hash = std::hash::DefaultHasher::new();
        hash.write(key.as_bytes());
        let mark = hash.finish();
        if self.seen.len() < KEYS_WATCHED { self.seen.insert(mark) } else { !self.seen.contains(&mark) }
    }

    fn comes_again(&mut self, index: usize, output: &mut Output) -> Option<Rejected> {
        let written = &output.documents[index];
        if self.is_new(output.key(written)) {
            return None;
        }
        let fault = key_again(output.key(written));
        Some(output.refuse(index, *fault))
    }

    fn is_full(&self, next: &Written) -> bool {
        let Some(open) = &self.open else { return false };
        match self.split {
            Split::Never => false,
            Split::Documents(max) => open.documents >= max,
            Split::Lines(max) => open.documents > 0 && open.lines + u64::from(next.items) > max,
            Split::Bytes(max) => {
                let more = (next.end - next.start + self.envelope.tail.len()) as u64;
                open.documents > 0 && open.bytes + open.waiting + more > max
            }
        }
    }

    fn begin(&mut self, first: &Written, output: &Output, given: &Given) -> Result<(), Halt> {
        self.number += 1;
        let number = self.number.to_string();
        let mut first_id = String::new();
        output.id(first, &mut first_id);
        let id = EntryId::derive(
            "jemap-envelope/1",
            &[&given.destination, &self.plan.name, &self.run_id, &number, &first_id],
        );
        let header = self.machine.message(id, given, &self.frames).map_err(|f| Halt::Message(Box::new(f)))?;
        let uuid = String::from_utf8_lossy(&id.uuid()).into_owned();
        self.sink.open(&EnvelopeHead { number: self.number, id: &id.message_text(), uuid: &uuid })?;
        self.sink.write(&self.envelope.head)?;
        self.sink.write(&header)?;
        let bytes = (self.envelope.head.len() + header.len()) as u64;
        self.account.bytes += bytes;
        self.account.envelopes += 1;
        self.open = Some(Open { bytes, ..Open::default() });
        Ok(())
    }

    /// Writes bytes of a block, then tells the sink of the documents they hold.
    fn pass(
        &mut self,
        output: &Output,
        block: &Block,
        documents: Range<usize>,
        bytes: Range<usize>,
    ) -> Result<(), Halt> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if bytes.is_empty() {
            return Ok(());
        }
        self.sink.write(&output.bytes[bytes.clone()])?;
        self.account.bytes += bytes.len() as u64;
        for written in &output.documents[documents] {
            let length = (written.end - written.start) as u64;
            let mut range = open.bytes..open.bytes + length;
            open.bytes += length;
            if self.alone {
                self.sink.write(&self.envelope.tail)?;
                open.ended = true;
                range = self.envelope.root_at as u64..range.end + self.envelope.root_end as u64;
            }
            output.id(written, &mut self.id);
            let lines = u64::from(written.items);
            let (bytes, records) = block.records_of(written.place.records);
            let original = Original::new(bytes, records);
            let document = DocumentInfo { key: output.key(written), id: &self.id, lines, range, original };
            self.sink.document(&document)?;
        }
        open.waiting = 0;
        Ok(())
    }

    fn close(&mut self) -> Result<(), Halt> {
        if let Some(open) = self.open.take() {
            if !open.ended {
                self.sink.write(&self.envelope.tail)?;
            }
            self.account.bytes += self.envelope.tail.len() as u64;
            let outcomes = self.sink.close()?.count(open.documents);
            self.account.outcomes.iter_mut().zip(outcomes).for_each(|(sum, count)| *sum += count);
        }
        Ok(())
    }

    fn rejects(&mut self, list: &[Rejected], work: &Work, given: &Given, file: &str) -> Result<(), Halt> {
        let mut known = (0, work.block.line_column(0));
        let mut unread: Vec<u32> = list.iter().filter(|r| r.unreadable).map(|r| r.place.records.0).collect();
        unread.sort_unstable();
        for rejected in list {
            let Some(fault) = rejected.faults.first() else { continue };
            let at = (place_of(fault, rejected.place) - rejected.place.base) as usize;
            let (line, column) = work.block.line_column_from(known, at);
            known = (at, (line, column));
            let byte = work.block.base_at(at) + at as u64;
            let place = Place { file: file.to_owned(), line, column, byte };
            let rule = fault.span.map(|span| {
                let (line, column) = self.sources.line_column(span);
                Rule { file: self.sources.name(span.source), line, column }
            });
            let (mut original, cut) = original(rejected, &unread, &work.block);
            let message = message(rejected);
            let key = (!rejected.key.is_empty()).then_some(rejected.key.as_str());
            let mut texts = Texts::default();
            let alone = self.reruns.trim(rejected, given, &mut original);
            let again = self.reruns.rerun(rejected, (&work.block, given), (file, alone), &mut texts);
            let (code, original) = (fault.code, &original);
            let reject = Reject { code, message: &message, place: &place, key, rule, original, cut, again };
            self.sink.reject(&reject)?;
            self.account.reject(fault, &message, rejected, &place, rule);
            if self.rejects_max.is_some_and(|max| self.account.rejects > max) {
                return Err(Halt::Rejects);
            }
        }
        Ok(())
    }

    /// The run is over: the open envelope is completed.
    pub(super) fn finish(&mut self) -> Result<(), Halt> {
        self.close()?;
        self.sink.finish()?;
        Ok(())
    }
}

/// The records of a refused document, a newline between them, and whether of one only the beginning is here.
/// Lines that could not be read are rejects of their own.
fn original(rejected: &Rejected, unread: &[u32], block: &Block) -> (Vec<u8>, bool) {
    let (first, count) = rejected.place.records;
    let (mut original, mut cut) = (vec![], false);
    for index in first..first + count {
        if !rejected.unreadable && unread.binary_search(&index).is_ok() {
            continue;
        }
        if !original.is_empty() {
            original.push(b'\n');
        }
        cut |= block.is_cut(block.records[index as usize].0);
        original.extend_from_slice(block.record(index as usize));
    }
    (original, cut)
}

/// Why a document whose key was met before is refused.
fn key_again(key: &str) -> Box<Fault> {
    Fault::new(Code::J520, format!("the document key {key:?} was met before in this run"))
}

/// What is wrong with the document, each thing once.
fn message(rejected: &Rejected) -> String {
    let mut message = String::new();
    for (index, fault) in rejected.faults.iter().enumerate() {
        if rejected.faults[..index].iter().any(|f| f.message == fault.message) {
            continue;
        }
        if index > 0 {
            message.push_str("; ");
        }
        message.push_str(&fault.message);
    }
    message
}

/// Passes on the hash of a key, so that it is not hashed once more.
#[derive(Default)]
struct Mark(u64);

impl Hasher for Mark {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |all, byte| all.rotate_left(8) ^ u64::from(*byte));
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Keys watched for coming again; beyond, only these are compared with. 18 MB.
const KEYS_WATCHED: usize = 1 << 20;
