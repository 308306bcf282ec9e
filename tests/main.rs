//! What the whole promises, tried from outside: one binary, so that it is linked once.

#[cfg(feature = "delivery")]
mod abandoned;
mod again;
#[cfg(feature = "delivery")]
mod archive;
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
#[cfg(feature = "delivery")]
mod progress;
mod properties;
#[cfg(feature = "delivery")]
mod sandbox;
#[cfg(feature = "delivery")]
mod stop;
mod support;
mod tidy;
#[cfg(feature = "delivery")]
mod wire;
