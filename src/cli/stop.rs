//! Ctrl-C and SIGTERM: what is half written goes, then the process ends.

use super::Exit;
use crate::sink::Temporaries;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// From now on a signal sets the flag, removes temporary files and ends the process. It does not wait for the
/// run:
/// that may be reading from a pipe into which nobody writes.
pub(super) fn on_signal(stop: &Arc<AtomicBool>, temporaries: &Temporaries) {
    let (stop, temporaries) = (Arc::clone(stop), temporaries.clone());
    let handler = move || {
        stop.store(true, Ordering::Relaxed);
        temporaries.abandon();
        let clear = if std::io::stderr().is_terminal() { "\r\u{1b}[2K" } else { "" };
        let _ = writeln!(std::io::stderr(), "{clear}stopped; nothing half written is left");
        std::process::exit(Exit::Stopped as i32);
    };
    // It fails only when a handler exists already; then that one decides.
    let _ = ctrlc::set_handler(handler);
}
