//! Plan × frames → bytes: one document at a time, nothing allocated for each once warm.
//!
//! This room sees decoded cells and a plan; it knows no JSON text, no files and no threads.

mod aggregate;
mod document;
mod emit;
mod eval;
mod ids;
mod kept;
mod loops;
mod machine;
mod page;
mod parts;
mod record;
mod roles;
mod stats;
mod steps;

pub use document::content;
pub use ids::EntryId;
pub use machine::{Again, Given, Machine, Made, Output, Place, Rejected, Written};
pub use record::{Unit, place_of};
pub use stats::{Stats, Sums, Total};
