//! How far a delivery is: a line on a terminal, elsewhere a JSON line every few seconds, both on standard error.
//!
//! The counts are read by a thread of its own, on a connection of its own: the sender never waits for it.

use super::Screen;
use super::deliver::clock;
use super::progress;
use super::transform::now;
use crate::book::{Book, BookError};
use crate::fate::Phase;
use crate::mapping::Progress;
use crate::report::grouped;
use crate::wire::Destination;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two JSON lines, and before the first.
const EVERY: Duration = Duration::from_secs(5);
/// Between two pictures on a terminal, and before the first.
const STEP: Duration = Duration::from_secs(1);
/// The rate is that of so many of the latest samples.
const SAMPLES_MAX: usize = 12;

/// Something that is told again and again until this is dropped.
pub(super) struct Watch {
    line: Option<ProgressBar>,
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    const NONE: Watch = Watch { line: None, done: None, thread: None };

    fn every(period: Duration, line: Option<ProgressBar>, mut tell: impl FnMut() + Send + 'static) -> Watch {
        let (done, ended) = channel::<()>();
        let told = move || {
            while ended.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
                tell();
            }
        };
        // without it nothing is told, and everything is done all the same
        let thread = std::thread::Builder::new().name("progress".into()).spawn(told).ok();
        Watch { line, done: Some(done), thread }
    }

    /// Says something beside the line.
    pub(super) fn aside(&self, say: impl FnOnce()) {
        match &self.line {
            Some(line) => line.suspend(say),
            None => say(),
        }
    }
}

impl Drop for Watch {
    /// Clears the line before anything else is said.
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            // a line that failed is no reason for the delivery to fail
            let _ = thread.join();
        }
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }
}

/// Watches the mapping and taking of inputs; `read` counts packed bytes, `total` is their number where known.
pub(super) fn taking(
    far: &Arc<Progress>,
    read: &Arc<AtomicU64>,
    total: Option<u64>,
    screen: &Screen,
) -> (progress::Bar, Watch) {
    let bar = progress::watch(far, read, total, screen.quiet);
    if screen.quiet || std::io::stderr().is_terminal() {
        return (bar, Watch::NONE);
    }
    let (far, screen, began) = (Arc::clone(far), *screen, Instant::now());
    let tell = move || {
        let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let line = json!({ "progress": {
            "at": now(), "seconds": began.elapsed().as_secs(), "step": "taking",
            "mapped": count(&far.documents), "rejected": count(&far.rejects), "bytes": count(&far.bytes),
        }});
        screen.say(&format!("{line}\n"));
    };
    (bar, Watch::every(EVERY, None, tell))
}

/// Watches what becomes of the entries of these destinations.
pub(super) fn delivering(book: &Path, destinations: &[Destination], screen: &Screen) -> Watch {
    if screen.quiet {
        return Watch::NONE;
    }
    let names = destinations.iter().map(|to| to.name.clone()).collect();
    let mut view = View { path: book.to_owned(), names, book: None, base: None, samples: VecDeque::new() };
    // the counts to begin with; when they cannot be read now, the first that can
    view.far();
    let screen = *screen;
    if std::io::stderr().is_terminal() {
        let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        line.set_style(
            ProgressStyle::with_template("{spinner} {wide_msg}").expect("the template is a constant"),
        );
        let own = line.clone();
        return Watch::every(STEP, Some(line), move || {
            if let Some(far) = view.far() {
                own.set_message(far.words());
                own.tick();
            }
        });
    }
    let mut last = None;
    Watch::every(EVERY, None, move || {
        let Some(far) = view.far() else { return };
        // where nothing goes on, nothing is said
        if far.open > 0 || last != Some(far.counts()) {
            last = Some(far.counts());
            screen.say(&format!("{}\n", far.json()));
        }
    })
}

/// What is read again and again.
struct View {
    path: PathBuf,
    names: Vec<String>,
    book: Option<Book>,
    /// What was there before.
    base: Option<(BTreeMap<Phase, u64>, Instant)>,
    /// When how many entries had ended.
    samples: VecDeque<(Instant, u64)>,
}

/// How far a delivery is, since it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Far {
    seconds: u64,
    /// Entries that were open or came since.
    taken: u64,
    /// Those that have left at least once.
    sent: u64,
    posted: u64,
    accepted: u64,
    refused: u64,
    in_doubt: u64,
    parked: u64,
    /// Those that wait, are under way or in doubt.
    open: u64,
    per_second: u64,
    seconds_left: Option<u64>,
}

impl View {
    fn counts(&mut self) -> Result<BTreeMap<Phase, u64>, BookError> {
        let book = match &mut self.book {
            Some(book) => book,
            none => none.insert(Book::read_only(&self.path, clock())?),
        };
        let mut counts = BTreeMap::new();
        for standing in book.standing()?.0 {
            if self.names.contains(&standing.destination) {
                *counts.entry(standing.phase).or_default() += standing.entries;
            }
        }
        Ok(counts)
    }

    /// `None`: the counts cannot be read now.
    fn far(&mut self) -> Option<Far> {
        let counts = self.counts().ok()?;
        let now = Instant::now();
        let (base, began) = self.base.get_or_insert_with(|| (counts.clone(), now));
        let count = |phase| counts.get(&phase).copied().unwrap_or(0);
        let since = |phase| count(phase).saturating_sub(base.get(&phase).copied().unwrap_or(0));
        let [posted, accepted, overdue, refused, parked, closed] =
            [Phase::Posted, Phase::Accepted, Phase::Overdue, Phase::Refused, Phase::Parked, Phase::Closed]
                .map(since);
        let in_doubt = count(Phase::InDoubt);
        let waiting = count(Phase::Ready) + count(Phase::Sealed);
        let open = waiting + count(Phase::Sending) + in_doubt;
        let ended = posted + accepted + overdue + refused + parked + closed;
        self.samples.push_back((now, ended));
        if self.samples.len() > SAMPLES_MAX {
            self.samples.pop_front();
        }
        let (first, had) = self.samples.front().copied().unwrap_or((now, ended));
        let millis = u64::try_from(now.duration_since(first).as_millis()).unwrap_or(u64::MAX);
        let gained = ended.saturating_sub(had);
        let seconds_left = (gained > 0).then(|| open.saturating_mul(millis) / gained / 1_000);
        Some(Far {
            seconds: now.duration_since(*began).as_secs(),
            taken: open + ended,
            sent: open + ended - waiting,
            posted,
            accepted: accepted + overdue,
            refused,
            in_doubt,
            parked,
            open,
            per_second: gained.saturating_mul(1_000) / millis.max(1),
            seconds_left,
        })
    }
}

impl Far {
    /// What a line is not said again for.
    fn counts(self) -> [u64; 7] {
        [self.taken, self.sent, self.posted, self.accepted, self.refused, self.in_doubt, self.parked]
    }

    fn json(self) -> Value {
        json!({ "progress": {
            "at": now(), "seconds": self.seconds, "step": "delivering", "taken": self.taken, "sent": self.sent,
            "posted": self.posted, "accepted": self.accepted, "refused": self.refused,
            "in_doubt": self.in_doubt, "parked": self.parked, "per_second": self.per_second,
            "seconds_left": self.seconds_left,
        }})
    }

    fn words(self) -> String {
        let mut text = format!("{} taken, {} sent", grouped(self.taken), grouped(self.sent));
        for (count, word) in [
            (self.posted, "posted"),
            (self.accepted, "accepted"),
            (self.refused, "refused"),
            (self.in_doubt, "in doubt"),
            (self.parked, "parked"),
        ] {
            if count > 0 {
                text += &format!(", {} {word}", grouped(count));
            }
        }
        text += &format!("; {}/s", grouped(self.per_second));
        if let Some(seconds) = self.seconds_left.filter(|_| self.open > 0) {
            text += &match seconds {
                0..120 => format!(", {seconds} s left"),
                120..7_200 => format!(", {} min left", seconds / 60),
                _ => format!(", {} h left", seconds / 3_600),
            };
        }
        text
    }
}
