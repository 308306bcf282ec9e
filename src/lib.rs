//! jemap: declarative mappings from JSON journal entries to SOAP XML. The rooms that are there so far.

#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod diag;
#[doc(hidden)]
pub mod data;
#[doc(hidden)]
pub mod syntax;
#[doc(hidden)]
pub mod contract;
#[doc(hidden)]
pub mod json;
#[doc(hidden)]
pub mod func;
#[doc(hidden)]
pub mod table;
#[doc(hidden)]
pub mod xml;
#[doc(hidden)]
pub mod check;
#[doc(hidden)]
pub mod plan;
#[doc(hidden)]
pub mod run;
#[doc(hidden)]
pub mod sink;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod engine;
#[doc(hidden)]
pub mod mapping;
