//! What jemap says when something is wrong: codes, places, reports.
//!
//! This room knows nothing of mappings or data; every other room speaks through it.

pub mod codes;
mod near;
mod report;
mod sources;

pub use codes::Code;
pub use near::near;
pub use report::{Label, Report, Reports, Severity};
pub use sources::{SourceId, Sources, Span};
