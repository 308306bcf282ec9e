//! Bytes → frames: strict JSON (RFC 8259), only declared fields materialised, everything else validated and
//! passed over.
//!
//! This room knows no mapping language and no XML.

mod block;
mod cell;
mod decode;
mod follow;
mod framer;
mod frames;
mod lines;
mod navigate;
mod pass;
mod pieces;
mod quick;
mod reader;
mod remarks;
mod scan;
mod schema;
mod shape;
mod skip;
#[cfg(test)]
mod tests;
mod token;
mod validate;

pub use block::{Around, Block, InputError};
pub use cell::{Cell, Tag};
pub use framer::{Framer, Limits, Mode, Step};
pub use frames::{FAULTS_MAX, Frames, NO_CELL, Presence};
pub use pieces::{Piece, keep_elements, pieces};
pub use reader::{Reader, UnknownKey};
pub use schema::{AtStep, Decode, Entry, Leaf, Node, NodeId, Object, ObjectId, Schema, joined};
pub use shape::UNKNOWN_KEYS_MAX;
pub use token::{NESTING_MAX, SyntaxError};
pub use validate::validate;
