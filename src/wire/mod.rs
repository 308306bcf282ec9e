//! What a reply of a receiver over HTTP means for the message that was sent.
//!
//! It knows transport and [`answer`](crate::answer); it knows neither the book nor when to send again.
//! This room holds the meaning of replies; the client and the destinations are to come.

mod classify;

pub use classify::{Class, Heard, Reply, classify};
