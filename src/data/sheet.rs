//! Bytes that are being written, with room behind them that may be written to and taken over.

use super::Ascii;

/// What bytes are appended to.
pub trait Append {
    /// Appends them.
    fn append(&mut self, bytes: &[u8]);
}

impl Append for Vec<u8> {
    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Bytes that are being written. It is read as a slice of those written so far.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Those written, and whatever stands in the room behind them.
    bytes: Vec<u8>,
    written: usize,
}

impl Sheet {
    /// The room behind what is written, at least so many bytes; [`Sheet::take_over`] makes what is put there part of it.
    #[inline]
    pub fn room<const N: usize>(&mut self) -> &mut [u8; N] {
        if self.bytes.len() - self.written < N {
            self.grow(N);
        }
        self.bytes[self.written..].first_chunk_mut().expect("it has grown")
    }
    /// The next bytes of the room are written.
    #[inline]
    pub fn take_over(&mut self, count: usize) {
        self.written = (self.written + count).min(self.bytes.len());
    }
    /// Appends bytes.
    #[inline]
    pub fn append(&mut self, bytes: &[u8]) {
        if self.bytes.len() - self.written < bytes.len() {
            self.grow(bytes.len());
        }
        self.bytes[self.written..][..bytes.len()].copy_from_slice(bytes);
        self.written += bytes.len();
    }
    /// Appends a byte.
    #[inline]
    pub fn push(&mut self, byte: u8) {
        self.append(&[byte]);
    }
    /// Takes back all but the first bytes.
    #[inline]
    pub fn truncate(&mut self, length: usize) {
        self.written = self.written.min(length);
    }
    /// Takes back all; the room stays.
    #[inline]
    pub fn clear(&mut self) {
        self.written = 0;
    }
    #[cold]
    fn grow(&mut self, room: usize) {
        let length = (self.written + room).max(self.bytes.len() * 2).max(ROOM_MIN);
        self.bytes.resize(length, 0);
    }
}

/// A sheet has at least this room once something is written.
const ROOM_MIN: usize = 16 * 1024;

impl std::ops::Deref for Sheet {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        &self.bytes[..self.written]
    }
}

impl Append for Sheet {
    #[inline]
    fn append(&mut self, bytes: &[u8]) {
        Sheet::append(self, bytes);
    }
}

impl Ascii for Sheet {
    #[inline]
    fn ascii(&mut self, characters: &[u8]) {
        Sheet::append(self, characters);
    }
}

#[cfg(test)]
mod tests {
    use super::Sheet;

    #[test]
    fn what_is_put_into_the_room_is_written_when_it_is_taken_over() {
        let mut sheet = Sheet::default();
        sheet.append(b"one, ");
        *sheet.room::<3>() = *b"two";
        assert_eq!(&*sheet, b"one, ");
        sheet.take_over(2);
        sheet.push(b'!');
        assert_eq!(&*sheet, b"one, tw!");
        sheet.truncate(3);
        sheet.truncate(5);
        assert_eq!(&*sheet, b"one");
        sheet.clear();
        assert!(sheet.is_empty());
        for _ in 0..100 {
            sheet.append(&[b'x'; 1000]);
            sheet.room::<5000>().fill(b'?');
        }
        assert!(sheet.len() == 100_000 && sheet.iter().all(|b| *b == b'x'));
        sheet.take_over(usize::MAX / 2);
        assert!(sheet.len() < 1_000_000, "no more is taken over than there is room");
    }
}
