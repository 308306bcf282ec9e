//! A run: inputs are cut into blocks, blocks become documents on several threads, documents go to the sink in order.
//!
//! It knows readers, threads and sinks; what a document is, is `run`'s matter.

mod account;
mod again;
mod deliver;
mod flow;
mod given;
mod groups;
mod options;
mod rerun;
mod turns;
mod worker;

pub use flow::Run;
pub(crate) use given::given;
pub use options::{DamagedInput, InputFormat, Progress, RunError, RunOptions, Soap, Split};
