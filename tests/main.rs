//! What the whole promises, tried from outside: one binary, so that it is linked once.

mod again;
mod bad_input;
mod cli;
mod commands;
mod differential;
mod documents;
mod engine;
mod mappings;
#[cfg(feature = "delivery")]
mod mend;
mod mistakes;
#[cfg(feature = "delivery")]
mod operate;
#[cfg(feature = "delivery")]
mod probe;
mod properties;
#[cfg(feature = "delivery")]
mod sandbox;
#[cfg(feature = "delivery")]
mod stop;
mod support;
mod tidy;
#[cfg(feature = "delivery")]
mod wire;
