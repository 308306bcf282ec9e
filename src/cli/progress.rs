//! The progress bar: on a terminal, when a run takes longer than a second.

use crate::mapping::Progress;
use crate::report::grouped;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// Shorter runs show nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Time between two pictures.
const STEP: Duration = Duration::from_millis(100);

/// A bar that is shown until this is dropped.
pub(super) struct Bar {
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Watches a run when standard error is a terminal. `read` counts packed bytes, `total` is their number where
/// known.
pub(super) fn watch(progress: &Arc<Progress>, read: &Arc<AtomicU64>, total: Option<u64>, quiet: bool) -> Bar {
    if quiet || !std::io::stderr().is_terminal() {
        return Bar { done: None, thread: None };
    }
    let (done, ended) = mpsc::channel::<()>();
    let (progress, read) = (Arc::clone(progress), Arc::clone(read));
    let thread = std::thread::spawn(move || {
        if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        let bar = bar(total);
        while ended.recv_timeout(STEP) == Err(RecvTimeoutError::Timeout) {
            bar.set_position(read.load(Ordering::Relaxed));
            bar.set_message(message(&progress));
        }
        bar.finish_and_clear();
    });
    Bar { done: Some(done), thread: Some(thread) }
}

impl Drop for Bar {
    /// Clears the line before anything else is said.
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            // A bar that failed is no reason for the run to fail.
            let _ = thread.join();
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{bar:20} {percent:>3}%  {decimal_bytes}  {eta} left  {wide_msg}",
        None => "{spinner} {decimal_bytes}  {wide_msg}",
    };
    let style = ProgressStyle::with_template(template).expect("the template is a constant");
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    bar.set_style(style.progress_chars("━╸ "));
    bar
}

fn message(progress: &Progress) -> String {
    let documents = progress.documents.load(Ordering::Relaxed);
    let rejects = progress.rejects.load(Ordering::Relaxed);
    let mut message = format!("{} documents", grouped(documents));
    if rejects > 0 {
        message.push_str(&format!(", {} rejected", grouped(rejects)));
    }
    message
}
