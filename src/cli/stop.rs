//! Ctrl-C and SIGTERM: the process ends with 128 and the signal's number, as programs that start it expect.

use super::Exit;
use crate::sink::Temporaries;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// The latest signal that asked for the end.
#[derive(Clone, Default)]
pub(super) struct Signal(Arc<AtomicU8>);

impl Signal {
    /// How the process ends by it.
    pub(super) fn exit(&self) -> Exit {
        match self.0.load(Ordering::SeqCst) {
            HUP => Exit::HungUp,
            TERM => Exit::Terminated,
            _ => Exit::Stopped,
        }
    }
}

const HUP: u8 = 1;
const INT: u8 = 2;
const TERM: u8 = 15;

/// Calls `act` at each signal, from a thread of its own. Where there is no such thread, signals end the process as
/// they do by themselves: what is on disk is whole at any moment.
#[cfg(unix)]
pub(super) fn on_each(mut act: impl FnMut(&Signal) + Send + 'static) -> Signal {
    let signal = Signal::default();
    let told = signal.clone();
    if let Ok(mut signals) = signal_hook::iterator::Signals::new([HUP, INT, TERM].map(i32::from)) {
        std::thread::spawn(move || {
            for number in signals.forever() {
                told.0.store(u8::try_from(number).unwrap_or(INT), Ordering::SeqCst);
                act(&told);
            }
        });
    }
    signal
}

/// The same where there are no signals: Ctrl-C.
#[cfg(not(unix))]
pub(super) fn on_each(mut act: impl FnMut(&Signal) + Send + 'static) -> Signal {
    let signal = Signal::default();
    let told = signal.clone();
    // It fails only when a handler exists already; then that one decides.
    let _ = ctrlc::set_handler(move || {
        told.0.store(INT, Ordering::SeqCst);
        act(&told);
    });
    signal
}

/// From now on a signal sets the flag, removes temporary files and ends the process. It does not wait for the
/// run:
/// that may be reading from a pipe into which nobody writes.
pub(super) fn on_signal(stop: &Arc<AtomicBool>, temporaries: &Temporaries) -> Signal {
    let (stop, temporaries) = (Arc::clone(stop), temporaries.clone());
    on_each(move |signal| {
        stop.store(true, Ordering::Relaxed);
        temporaries.abandon();
        let clear = if std::io::stderr().is_terminal() { "\r\u{1b}[2K" } else { "" };
        let _ = writeln!(std::io::stderr(), "{clear}stopped; nothing half written is left");
        std::process::exit(signal.exit() as i32);
    })
}
