//! Named points at which a test ends the process, as `kill -9` or a power cut would: nothing is written, closed
//! or told any more; and at which it lets the program fail over certain data. It does not know what the points
//! mean.
//!
//! They are there in builds of the program, which arms them, with debug assertions or the feature `crash-points`. In any other build
//! [`point`] is an empty function, and nothing of this is in the program.

#[cfg(all(feature = "cli", feature = "delivery", any(debug_assertions, feature = "crash-points")))]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    /// The environment variable that chooses one.
    pub const VARIABLE: &str = "JEMAP_CRASH";

    /// What happens, and where.
    struct Order {
        point: String,
        /// How often the point is passed until then.
        left: AtomicU64,
        /// Its thread sleeps for so long, as if the machine had stood still; otherwise the process ends.
        pause: Option<Duration>,
    }

    /// The environment variable that chooses over which data the program fails.
    pub const BREAKS: &str = "JEMAP_BREAKS";

    static BREAK: OnceLock<(String, String, bool)> = OnceLock::new();

    static ORDER: OnceLock<Order> = OnceLock::new();

    /// `POINT`, `POINT:N` or `POINT:N:MS`: when the point is reached for the N-th time the process ends, or its
    /// thread sleeps for so many milliseconds. `false`: it is not written so, or a point was chosen before.
    pub fn arm(order: &str) -> bool {
        let mut parts = order.split(':');
        let point = parts.next().unwrap_or_default().to_owned();
        let times = parts.next().map_or(Ok(1), str::parse);
        let pause = parts.next().map(|text| text.parse().map(Duration::from_millis)).transpose();
        match (times, pause, parts.next()) {
            (Ok(times), Ok(pause), None) if times > 0 => {
                ORDER.set(Order { point, left: AtomicU64::new(times), pause }).is_ok()
            }
            _ => false,
        }
    }

    /// `POINT=TEXT`: a point that is reached with data that holds the text panics; `POINT!TEXT`: the process ends.
    /// `false`: it is not written so, or was chosen before.
    pub fn arm_break(order: &str) -> bool {
        let Some(at) = order.find(['=', '!']) else { return false };
        let (point, text) = (order[..at].to_owned(), order[at + 1..].to_owned());
        !text.is_empty() && BREAK.set((point, text, order[at..].starts_with('!'))).is_ok()
    }

    pub fn breaks(name: &str, data: &[u8]) {
        if let Some((point, text, ends)) = BREAK.get()
            && point == name
            && memchr::memmem::find(data, text.as_bytes()).is_some()
        {
            match ends {
                true => std::process::abort(),
                false => std::panic::panic_any(format!("ordered to fail over {text}")),
            }
        }
    }

    pub fn point(name: &str) {
        if let Some(order) = ORDER.get()
            && order.point == name
            && order.left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            match order.pause {
                Some(pause) => std::thread::sleep(pause),
                None => std::process::abort(),
            }
        }
    }
}

#[cfg(all(feature = "cli", feature = "delivery", any(debug_assertions, feature = "crash-points")))]
pub(crate) use armed::{BREAKS, VARIABLE, arm, arm_break, breaks, point};

/// Nothing.
#[cfg(all(feature = "delivery", not(all(feature = "cli", any(debug_assertions, feature = "crash-points")))))]
#[inline(always)]
pub(crate) fn point(_name: &str) {}

/// Nothing.
#[cfg(not(all(feature = "cli", feature = "delivery", any(debug_assertions, feature = "crash-points"))))]
#[inline(always)]
pub(crate) fn breaks(_name: &str, _data: &[u8]) {}
