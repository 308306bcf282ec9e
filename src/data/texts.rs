//! The four buffers texts lie in, for the time of one document.

use super::{Buffer, Text};

/// Read access to the buffers, and a place for new texts.
#[derive(Debug)]
pub struct Texts<'a> {
    /// The document's bytes.
    pub input: &'a str,
    /// Text made for this document; cleared before the next.
    pub scratch: &'a mut String,
    /// Constants and table cells.
    pub pool: &'a str,
    /// Values around the documents.
    pub around: &'a str,
    /// How many texts the function `cut` made shorter, for the run report.
    pub cuts: u64,
}

/// A buffer to which digits, signs and marks are appended: bytes of a message, or a text being made.
pub trait Ascii {
    /// Appends ASCII characters.
    fn ascii(&mut self, characters: &[u8]);
}

impl Ascii for Vec<u8> {
    #[inline]
    fn ascii(&mut self, characters: &[u8]) {
        self.extend_from_slice(characters);
    }
}

impl Ascii for String {
    fn ascii(&mut self, characters: &[u8]) {
        self.push_str(std::str::from_utf8(characters).expect("ASCII is UTF-8"));
    }
}

/// Bytes of scratch text copied aside without allocating, see [`Texts::make`].
const ASIDE: usize = 256;

impl<'a> Texts<'a> {
    /// The characters of a text.
    #[inline]
    pub fn get(&self, text: Text) -> &str {
        let buffer = match text.buffer {
            Buffer::Input => self.input,
            Buffer::Scratch => self.scratch.as_str(),
            Buffer::Pool => self.pool,
            Buffer::Around => self.around,
        };
        &buffer[text.at as usize..text.at as usize + text.len as usize]
    }
    /// The bytes of a text: [`Texts::get`] without asking whether it begins and ends between characters.
    #[inline]
    pub fn bytes(&self, text: Text) -> &[u8] {
        let buffer = match text.buffer {
            Buffer::Input => self.input,
            Buffer::Scratch => self.scratch.as_str(),
            Buffer::Pool => self.pool,
            Buffer::Around => self.around,
        };
        &buffer.as_bytes()[text.at as usize..text.at as usize + text.len as usize]
    }
    /// Keeps a new text.
    pub fn add(&mut self, text: &str) -> Text {
        let at = self.start();
        self.scratch.push_str(text);
        self.finish(at)
    }
    /// Appends a text to the one being made since [`Texts::start`].
    pub fn push(&mut self, text: Text) {
        match text.buffer {
            Buffer::Scratch => {
                let range = text.at as usize..text.at as usize + text.len as usize;
                self.scratch.extend_from_within(range);
            }
            Buffer::Input => self.scratch.push_str(&self.input[text.at as usize..][..text.len as usize]),
            Buffer::Pool => self.scratch.push_str(&self.pool[text.at as usize..][..text.len as usize]),
            Buffer::Around => self.scratch.push_str(&self.around[text.at as usize..][..text.len as usize]),
        }
    }
    /// Where a text being made begins.
    pub fn start(&self) -> usize {
        self.scratch.len()
    }
    /// The text made since `start`.
    pub fn finish(&self, start: usize) -> Text {
        Text { buffer: Buffer::Scratch, at: start as u32, len: (self.scratch.len() - start) as u32 }
    }
    /// Makes a new text out of others: `write` gets their characters and appends to the scratch buffer.
    pub fn make<const N: usize>(
        &mut self,
        sources: [Text; N],
        write: impl FnOnce([&str; N], &mut String),
    ) -> Text {
        let start = self.start();
        // Sources that lie in the scratch buffer are copied aside, since it may move while it is written to.
        let moving = sources.iter().filter(|s| s.buffer == Buffer::Scratch).map(|s| s.len as usize).sum();
        let (mut stack, mut heap) = ([0; ASIDE], Vec::new());
        let aside = if moving <= ASIDE {
            &mut stack[..moving]
        } else {
            heap.resize(moving, 0);
            &mut heap[..]
        };
        let mut used = 0;
        for source in sources.iter().filter(|s| s.buffer == Buffer::Scratch) {
            let text = self.get(*source).as_bytes();
            aside[used..used + text.len()].copy_from_slice(text);
            used += text.len();
        }
        let mut aside = std::str::from_utf8(aside).expect("whole texts were copied");
        let fixed = [self.input, self.pool, self.around];
        let parts = sources.map(|source| {
            let range = source.at as usize..source.at as usize + source.len as usize;
            match source.buffer {
                Buffer::Input => &fixed[0][range],
                Buffer::Pool => &fixed[1][range],
                Buffer::Around => &fixed[2][range],
                Buffer::Scratch => {
                    let (text, rest) = aside.split_at(range.len());
                    aside = rest;
                    text
                }
            }
        });
        write(parts, self.scratch);
        self.finish(start)
    }
}
