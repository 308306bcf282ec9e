//! Is it JSON? The same framer and reader as for records, with a schema that declares nothing.

use super::block::{Block, InputError};
use super::framer::{Framer, Limits, Mode, Step};
use super::{Frames, Node, NodeId, Object, Reader, Schema};

/// Whether the bytes are exactly one JSON document.
///
/// # Errors
/// What is wrong first, and where.
pub fn validate(bytes: &[u8]) -> Result<(), Box<InputError>> {
    let object =
        Object { name: "document".to_owned(), root: NodeId(0), cells: 0, leaves: Vec::new(), parent: None };
    let schema = Schema { objects: vec![object], nodes: vec![Node::default()], ..Schema::default() };
    let mut framer = Framer::new(&schema, Mode::Document, Limits::default());
    let (mut reader, mut frames, mut block) = (Reader::new(&schema), Frames::new(&schema), Block::default());
    let mut rest = bytes;
    loop {
        match framer.next(&mut block)? {
            Step::End => return Ok(()),
            Step::More => {
                let space = framer.space();
                let count = space.len().min(rest.len());
                space[..count].copy_from_slice(&rest[..count]);
                framer.filled(count);
                rest = &rest[count..];
            }
            Step::Block => {
                let (text, not_utf8) = block.text();
                for &unit in block.records.iter().filter(|unit| unit.1 as usize <= text.len()) {
                    frames.clear();
                    reader.read_unit(text, unit, &mut frames).map_err(|error| block.locate(*error))?;
                }
                not_utf8.map_or(Ok(()), Err)?;
            }
        }
    }
}
