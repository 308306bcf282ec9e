//! Tests of the room: the grammar, decoding, framing.

mod decoding;
mod framing;
mod grammar;
mod learned;
mod properties;

use super::{Block, Framer, Frames, InputError, Limits, Mode, Reader, Schema, Step};

/// Reads a whole input in chunks of some size: each record's text and faults, in order, and the error that
/// ended it.
fn run(
    schema: &Schema,
    mode: Mode,
    limits: Limits,
    input: &[u8],
    chunk: usize,
) -> (Vec<String>, Option<Box<InputError>>) {
    let mut out = Vec::new();
    let mut framer = Framer::new(schema, mode, limits);
    let (mut reader, mut frames, mut block) = (Reader::new(schema), Frames::new(schema), Block::default());
    let mut rest = input;
    loop {
        match framer.next(&mut block) {
            Err(error) => return (out, Some(error)),
            Ok(Step::End) => return (out, None),
            Ok(Step::More) => {
                let space = framer.space();
                assert!(!space.is_empty());
                let count = space.len().min(rest.len()).min(chunk);
                space[..count].copy_from_slice(&rest[..count]);
                framer.filled(count);
                rest = &rest[count..];
            }
            Ok(Step::Block) => {
                let (text, error) = block.text();
                for &unit in &block.records {
                    if unit.1 as usize > text.len() {
                        break;
                    }
                    frames.clear();
                    match reader.read_unit(text, unit, &mut frames) {
                        Ok(()) => {
                            let faults: String =
                                frames.faults.iter().map(|f| format!(" !{}", f.2.message)).collect();
                            out.push(format!("{}{faults}", &text[unit.0 as usize..unit.1 as usize]));
                        }
                        Err(error) if block.lines => out.push(format!("broken: {}", block.locate(*error))),
                        Err(error) => return (out, Some(block.locate(*error))),
                    }
                }
                if error.is_some() {
                    return (out, error);
                }
            }
        }
    }
}
