//! The run itself: reads, cuts, hands blocks to threads in turn, takes them back in the same turn.

use super::deliver::{Delivery, Halt};
use super::given::{keep, surround};
use super::groups::Groups;
use super::options::{DamagedInput, InputFormat, RunError, RunOptions};
use super::turns::Turns;
use super::worker::{Work, Worker};
use crate::diag::{Code, Sources};
use crate::json::{Around, Block, Framer, InputError, Limits, Mode, Schema, Step};
use crate::plan::{Origin, Plan};
use crate::report::{Input, RunReport};
use crate::run::Given;
use crate::sink::{Place, Sink};
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// A run: inputs in, envelopes out.
pub struct Run<'m> {
    pub(super) plan: &'m Plan,
    pub(super) options: RunOptions,
    pub(super) given: Given,
    /// Length of `given.text` without what belongs to one input.
    pub(super) given_text: usize,
    pub(super) worker: Worker<'m>,
    /// Reads keys to cut blocks between documents; what it counts is counted again by the threads.
    cutter: Worker<'m>,
    pub(super) delivery: Delivery<'m>,
    began: Instant,
}

/// Reads one input as blocks, each with what is given for it.
pub(super) struct Source<'r> {
    plan: &'r Plan,
    input: &'r mut dyn Read,
    framer: Framer,
    given: Arc<Given>,
    /// Length of its texts without those of `around`.
    given_text: usize,
    /// The values round the records `given` was made for.
    around: Option<Arc<Around>>,
    groups: Option<Groups>,
    held_max: usize,
    ended: bool,
    /// Why the input broke off, told when the lines held before it are done with.
    failed: Option<End>,
    pub(super) name: &'r str,
    bytes: u64,
    records: u64,
    options: &'r RunOptions,
    spare: Block,
    /// `spare` holds a block that is still to be taken: it has other values round it than the lines held.
    waiting: bool,
}

/// Why an input ends early.
pub(super) enum End {
    Input(Box<InputError>),
    Io(std::io::Error),
    Held(usize),
    Stopped,
}

impl<'m> Run<'m> {
    pub(crate) fn new(
        plan: &'m Plan,
        sources: &'m Sources,
        options: &RunOptions,
        given: Given,
        sink: Box<dyn Sink + 'm>,
    ) -> Run<'m> {
        Run {
            plan,
            options: options.clone(),
            given_text: given.text.len(),
            given,
            worker: Worker::new(plan),
            cutter: Worker::new(plan),
            delivery: Delivery::new(plan, sources, options, sink),
            began: Instant::now(),
        }
    }

    /// Reads one input to its end. May be called again for the next.
    ///
    /// # Errors
    /// See [`RunError`]: which of them leave the run usable stands there.
    pub fn read(&mut self, name: &str, input: &mut dyn Read) -> Result<(), RunError> {
        self.given.text.truncate(self.given_text);
        self.given.input_name = keep(&mut self.given.text, name);
        let options = self.options.clone();
        let mut source = Source::new(self.plan, &options, &self.given, name, input);
        let result = self.blocks(&mut source);
        self.read_to_end(&source, result)
    }

    /// What was read of an input, and how that ended.
    pub(super) fn read_to_end(
        &mut self,
        source: &Source<'_>,
        result: Result<(), RunError>,
    ) -> Result<(), RunError> {
        let account = &mut self.delivery.account;
        account.inputs.push(Input {
            name: source.name.to_owned(),
            bytes: source.bytes,
            records: source.records,
        });
        match result {
            // its report is made anew, now that this input is part of it
            Err(RunError::TooManyRejects(_)) => {
                let report = RunReport { ended_early: true, ..self.report() };
                Err(RunError::TooManyRejects(Box::new(report)))
            }
            result => result,
        }
    }

    fn blocks(&mut self, source: &mut Source<'_>) -> Result<(), RunError> {
        let mut work = Box::<Work>::default();
        // the first block tells whether threads are worth starting
        if !source.next(&mut work, &mut self.cutter).map_err(|e| source.error(e))? {
            return Ok(());
        }
        self.worker.run(&mut work);
        self.settle(&mut work, source.name)?;
        if self.options.threads > 1 && !source.ended {
            return self.on_threads(source, work);
        }
        while source.next(&mut work, &mut self.cutter).map_err(|e| source.error(e))? {
            self.worker.run(&mut work);
            self.settle(&mut work, source.name)?;
        }
        Ok(())
    }

    /// What came of a block goes on; a record that is no JSON ends the input after it.
    pub(super) fn settle(&mut self, work: &mut Work, name: &str) -> Result<(), RunError> {
        self.delivery.take(work, name).map_err(|halt| self.halted(halt))?;
        match work.broken.take() {
            Some(error) => Err(input_error(*error, name)),
            None => Ok(()),
        }
    }

    fn halted(&self, halt: Halt) -> RunError {
        match halt {
            Halt::Sink(error) => RunError::Sink(error),
            Halt::Rejects => RunError::TooManyRejects(Box::new(self.report())),
            Halt::Message(fault) => {
                let place = Place { line: 1, column: 1, ..Place::default() };
                RunError::Input {
                    code: fault.code,
                    message: format!("message header: {}", fault.message),
                    place,
                }
            }
        }
    }

    fn on_threads(&mut self, source: &mut Source<'_>, first: Box<Work>) -> Result<(), RunError> {
        let plan = self.plan;
        let turns = Turns::new();
        std::thread::scope(|scope| {
            // this thread is one of them: it works on blocks when there is nothing to read and nothing to settle
            let lane = || {
                let mut worker = Worker::new(plan);
                turns.work(|work: &mut Box<Work>| worker.run(work));
                worker
            };
            let lanes: Vec<_> = (1..self.options.threads).map(|_| scope.spawn(lane)).collect();
            let open = turns.open();
            let result = self.turns(source, first, &turns);
            drop(open);
            for lane in lanes {
                if let Ok(worker) = lane.join() {
                    self.delivery.account.absorb(plan, &worker.reader, &worker.frames);
                }
            }
            result
        })
    }

    /// Settles the blocks in the order of the input, keeps some waiting for the lanes, and works on one itself
    /// when nothing else is to be done.
    fn turns(
        &mut self,
        source: &mut Source<'_>,
        first: Box<Work>,
        turns: &Turns<Box<Work>>,
    ) -> Result<(), RunError> {
        let mut spare = vec![first];
        let (mut put, mut settled) = (0, 0);
        let mut ended = None;
        loop {
            let mut finished = turns.finished(settled);
            if finished.is_none() {
                if ended.is_none() && put - settled < self.options.threads * AHEAD {
                    let mut work = spare.pop().unwrap_or_default();
                    match source.next(&mut work, &mut self.cutter) {
                        Ok(true) => {
                            turns.put(put, work);
                            put += 1;
                        }
                        Ok(false) => ended = Some(Ok(())),
                        Err(end) => ended = Some(Err(source.error(end))),
                    }
                    continue;
                }
                if put == settled {
                    return ended.unwrap_or(Ok(()));
                }
                if let Some((turn, mut work)) = turns.begin() {
                    self.worker.run(&mut work);
                    turns.finish(turn, work);
                    continue;
                }
                finished = turns.wait_finished(settled).ok();
            }
            let Some(mut work) = finished else {
                let place = Place { file: source.name.to_owned(), ..Place::default() };
                let message = "a worker thread has failed".into();
                return Err(RunError::Input { code: Code::J401, message, place });
            };
            settled += 1;
            self.settle(&mut work, source.name)?;
            spare.push(work);
        }
    }

    fn report(&self) -> RunReport {
        let mut report = self.delivery.account.report(self.plan);
        report.run_id.clone_from(&self.options.run_id);
        report.run_time.clone_from(&self.options.run_time);
        report.elapsed = self.began.elapsed();
        report
    }

    /// Completes the open envelope and gives the account of the run.
    ///
    /// # Errors
    /// The sink failed.
    pub fn finish(mut self) -> Result<RunReport, RunError> {
        self.delivery.account.absorb(self.plan, &self.worker.reader, &self.worker.frames);
        self.delivery.finish().map_err(|halt| self.halted(halt))?;
        Ok(self.report())
    }
}

impl<'r> Source<'r> {
    fn new(
        plan: &'r Plan,
        options: &'r RunOptions,
        given: &Given,
        name: &'r str,
        input: &'r mut dyn Read,
    ) -> Self {
        let mode = match options.format {
            InputFormat::Auto => Mode::Auto,
            InputFormat::Json => Mode::Values,
            InputFormat::Ndjson => Mode::Lines,
        };
        let limits = Limits {
            record_bytes_max: usize::try_from(options.document_bytes_max).unwrap_or(usize::MAX),
            ..Limits::default()
        };
        let collected = plan.documents.iter().find_map(|d| match d.from {
            Origin::Group { collected } => Some(collected),
            _ => None,
        });
        let held_max = if collected == Some(true) { COLLECTED_BYTES_MAX } else { limits.record_bytes_max };
        Source {
            plan,
            input,
            framer: Framer::new(&plan.schema, mode, limits),
            given_text: given.text.len(),
            given: Arc::new(given.clone()),
            around: None,
            groups: collected.map(Groups::new),
            held_max,
            ended: false,
            failed: None,
            name,
            bytes: 0,
            records: 0,
            options,
            spare: Block::default(),
            waiting: false,
        }
    }

    /// Reads rejects: each line is one.
    pub(super) fn of_rejects(
        plan: &'r Plan,
        options: &'r RunOptions,
        given: &Given,
        name: &'r str,
        input: &'r mut dyn Read,
    ) -> Self {
        // what stands round the original, and escapes where it is a text
        let bytes_max = options.document_bytes_max.saturating_mul(2).saturating_add(REJECT_BYTES_MORE);
        let limits = Limits {
            record_bytes_max: usize::try_from(bytes_max).unwrap_or(usize::MAX),
            ..Limits::default()
        };
        let framer = Framer::new(&Schema::default(), Mode::Lines, limits);
        Source { framer, groups: None, ..Source::new(plan, options, given, name, input) }
    }

    /// The next block of whole documents; false when the input has ended.
    fn next(&mut self, work: &mut Work, worker: &mut Worker<'_>) -> Result<bool, End> {
        if self.groups.is_none() {
            let more = self.block(&mut work.block)?;
            if more {
                self.give(work);
            }
            return Ok(more);
        }
        let mut spare = std::mem::take(&mut self.spare);
        let result = self.grouped(&mut spare, work, worker);
        self.spare = spare;
        result
    }

    fn grouped(&mut self, spare: &mut Block, work: &mut Work, worker: &mut Worker<'_>) -> Result<bool, End> {
        loop {
            let next = match (std::mem::take(&mut self.waiting), self.ended) {
                (true, _) => Ok(true),
                (false, true) => Ok(false),
                (false, false) => self.block(spare),
            };
            let more = match next {
                Ok(more) => more,
                Err(End::Stopped) => return Err(End::Stopped),
                Err(end) => {
                    self.failed = Some(end);
                    self.ended = true;
                    false
                }
            };
            let Some(mut groups) = self.groups.take() else { return Ok(false) };
            let changed = more && groups.is_other(spare);
            let whole = if more && !changed {
                let given = self.given_for(spare.around.as_ref());
                groups.add(spare, worker, &given, &mut work.block)
            } else {
                // lines of one document never come from two enclosing documents
                self.waiting = changed;
                let given = self.given_for(groups.around());
                groups.finish(worker, &given, &mut work.block)
            };
            let groups = self.groups.insert(groups);
            if groups.held() > self.held_max {
                return Err(End::Held(self.held_max));
            }
            if whole {
                work.cut_off = !more && self.failed.is_some();
                work.last = !more;
                self.give(work);
                return Ok(true);
            }
            if !more {
                return self.failed.take().map_or(Ok(false), Err);
            }
        }
    }

    /// The next block as the framer cuts it.
    pub(super) fn block(&mut self, block: &mut Block) -> Result<bool, End> {
        loop {
            match self.framer.next(block).map_err(End::Input)? {
                Step::Block => {
                    self.records += block.records.len() as u64;
                    return Ok(true);
                }
                Step::End => {
                    self.ended = true;
                    return Ok(false);
                }
                Step::More => {
                    if self.options.stop.load(Ordering::Relaxed) {
                        return Err(End::Stopped);
                    }
                    let count = match self.input.read(self.framer.space()) {
                        Ok(count) => count,
                        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                        Err(error) => return Err(End::Io(error)),
                    };
                    self.framer.filled(count);
                    self.bytes += count as u64;
                    self.options.progress.bytes.fetch_add(count as u64, Ordering::Relaxed);
                }
            }
        }
    }

    /// Gives a block what is given for it.
    fn give(&mut self, work: &mut Work) {
        work.given = Some(self.given_for(work.block.around.as_ref()));
    }

    /// What is given for records with these values round them: the same as long as they are the same.
    fn given_for(&mut self, around: Option<&Arc<Around>>) -> Arc<Given> {
        let same = match (&self.around, around) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        if !same {
            let mut given = (*self.given).clone();
            given.text.truncate(self.given_text);
            given.around.clear();
            given.faults.clear();
            self.around = around.cloned();
            if let Some(around) = around {
                surround(&mut given, around);
            }
            self.given = Arc::new(given);
        }
        Arc::clone(&self.given)
    }

    pub(super) fn error(&self, end: End) -> RunError {
        let place = Place { file: self.name.to_owned(), byte: self.bytes, ..Place::default() };
        match end {
            End::Input(error) => input_error(*error, self.name),
            End::Io(error) => {
                let damaged = error.get_ref().is_some_and(|inner| inner.is::<DamagedInput>());
                let code = if damaged { Code::J606 } else { Code::J601 };
                RunError::Input { code, message: error.to_string(), place }
            }
            End::Held(max) => {
                let document = if self.plan.lines { "lines of one document" } else { "a document" };
                let message = format!("{document} would hold more than {max} bytes");
                RunError::Input { code: Code::J521, message, place }
            }
            End::Stopped => RunError::Stopped,
        }
    }
}

fn input_error(error: InputError, name: &str) -> RunError {
    let place = Place { file: name.to_owned(), line: error.line, column: error.column, byte: error.at };
    RunError::Input { code: error.code, message: error.message, place }
}

/// Bytes that a reject may have beside its original.
const REJECT_BYTES_MORE: u64 = 1 << 20;

/// Blocks for each thread that may be read and not yet settled.
const AHEAD: usize = 3;

/// Most bytes that `collected` holds.
const COLLECTED_BYTES_MAX: usize = 256 << 20;
