//! What a reply of a receiver over HTTP means for the message that was sent.
//!
//! It knows transport and [`answer`](crate::answer); it knows neither the book nor when to send again.

mod classify;
mod config;
mod destination;
mod secret;
mod settings;

pub use classify::{Class, Heard, Reply, classify};
pub use config::{Configuration, SETTINGS, Setting};
pub use destination::{ClientCertificate, Destination, Login, LookUp, MessageIdPlace};
pub use secret::{Secret, Shown};
