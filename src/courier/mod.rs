//! Delivery at work: what is sent, when, and by how many at once. So far its flow: when a destination may be
//! asked, and how many requests it takes. It knows no store and no network yet; moments are given to it.

mod flow;

pub use flow::{Circuit, Concurrency, Permit};
