//! Sends a message to a destination over HTTP, and says what its reply means for what was sent.
//!
//! It knows transport and [`answer`](crate::answer); it knows neither the book nor when to send again.

mod classify;
mod client;
mod config;
mod der;
mod destination;
mod exchange;
mod look_up;
mod probe;
mod receive;
mod retry_after;
mod secret;
mod settings;
mod sink;
#[cfg(test)]
mod tests;
mod tls;
mod token;

pub use classify::{Class, Heard, Reply, classify};
pub use client::{Client, KEPT_BYTES_MAX, Message};
pub use config::{Configuration, SETTINGS, Setting};
pub use destination::{ClientCertificate, Destination, Login, LookUp, MessageIdPlace};
pub use look_up::LookedUp;
pub use probe::{Sound, Step};
pub use receive::{Door, RECEIVE_SETTINGS, Receive};
pub use secret::{Secret, Shown};
pub use sink::SoapSink;
