//! Named points at which a test ends the process, as `kill -9` or a power cut would: nothing is written, closed
//! or told any more. It does not know what the points mean.
//!
//! They are there in builds with debug assertions, and with the feature `crash-points`. In any other build
//! [`point`] is an empty function, and nothing of this is in the program.

#[cfg(any(debug_assertions, feature = "crash-points"))]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// The environment variable that chooses one.
    pub const VARIABLE: &str = "JEMAP_CRASH";

    /// Where the process ends: the point's name, and how often it is passed until then.
    static ORDER: OnceLock<(String, AtomicU64)> = OnceLock::new();

    /// `POINT` or `POINT:N`: the process ends when the point is reached for the N-th time; `false`: it is not
    /// written so, or a point was chosen before.
    pub fn arm(order: &str) -> bool {
        let (name, times) = order.split_once(':').unwrap_or((order, "1"));
        match times.parse() {
            Ok(times) if times > 0 => ORDER.set((name.to_owned(), AtomicU64::new(times))).is_ok(),
            _ => false,
        }
    }

    pub fn point(name: &str) {
        if let Some((wanted, left)) = ORDER.get()
            && wanted == name
            && left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            std::process::abort();
        }
    }
}

#[cfg(any(debug_assertions, feature = "crash-points"))]
pub(crate) use armed::{VARIABLE, arm, point};

/// Nothing.
#[cfg(not(any(debug_assertions, feature = "crash-points")))]
#[inline(always)]
pub(crate) fn point(_name: &str) {}
