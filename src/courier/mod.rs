//! Delivery at work. So far its two pure halves: when a destination may be asked and by how many requests at
//! once, and what a reply means for each member of an envelope. It claims and sends nothing yet.

mod flow;
mod results;

pub use flow::{Circuit, Concurrency, Permit};
pub use results::results;
