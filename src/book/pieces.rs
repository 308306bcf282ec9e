//! Originals and XML of many documents are packed together: documents are alike, so a packed one takes a tenth.

use super::{BookError, Turn};
use rusqlite::{Connection, params};

/// A piece is packed when it holds so much.
const PIECE_BYTES: usize = 256 << 10;
/// A larger piece is not unpacked: one document's original and XML at their limits fit.
const PIECE_BYTES_MAX: usize = 2 << 30;
const LEVEL: i32 = 1;

/// Where bytes lie in a piece.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spot {
    pub(super) at: usize,
    pub(super) length: usize,
}

impl Spot {
    /// From two columns.
    pub(super) fn new(at: i64, length: i64) -> Result<Spot, BookError> {
        match (usize::try_from(at), usize::try_from(length)) {
            (Ok(at), Ok(length)) => Ok(Spot { at, length }),
            _ => Err(BookError::damaged("a document has a negative length")),
        }
    }
}

/// Packs what one transaction brings.
#[derive(Default)]
pub(super) struct Packer {
    id: Option<i64>,
    bytes: Vec<u8>,
}

impl Packer {
    /// Adds a document's bytes: the piece and their places in it.
    pub(super) fn add(
        &mut self,
        turn: &Turn<'_>,
        json: &[u8],
        xml: &[u8],
    ) -> Result<(i64, Spot, Spot), BookError> {
        if self.bytes.len() + json.len() + xml.len() > PIECE_BYTES {
            self.flush(turn)?;
        }
        let id = match self.id {
            Some(id) => id,
            None => {
                turn.db.prepare_cached("INSERT INTO piece VALUES (NULL, 0, x'', 0)")?.execute([])?;
                *self.id.insert(turn.db.last_insert_rowid())
            }
        };
        let json_spot = Spot { at: self.bytes.len(), length: json.len() };
        self.bytes.extend_from_slice(json);
        let xml_spot = Spot { at: self.bytes.len(), length: xml.len() };
        self.bytes.extend_from_slice(xml);
        Ok((id, json_spot, xml_spot))
    }

    /// Writes the piece that is being filled; to be called before the transaction ends.
    pub(super) fn flush(&mut self, turn: &Turn<'_>) -> Result<(), BookError> {
        if let Some(id) = self.id.take() {
            let body = pack(&self.bytes)?;
            turn.db
                .prepare_cached(
                    "UPDATE piece SET length = ?2, body = ?3, sum = checksum(?2, ?3) WHERE id = ?1",
                )?
                .execute(params![id, self.bytes.len() as i64, body])?;
            self.bytes.clear();
        }
        Ok(())
    }
}

/// With a checksum, so that damage is seen.
pub(super) fn pack(bytes: &[u8]) -> Result<Vec<u8>, BookError> {
    let packed = || -> std::io::Result<Vec<u8>> {
        let mut packer = zstd::bulk::Compressor::new(LEVEL)?;
        packer.include_checksum(true)?;
        packer.compress(bytes)
    };
    packed().map_err(|e| BookError::damaged(format_args!("bytes cannot be packed: {e}")))
}

pub(super) fn unpack(packed: &[u8], length: i64, what: &str) -> Result<Vec<u8>, BookError> {
    let wrong = |why: &str| BookError::damaged(format_args!("{what}: {why}"));
    let length = usize::try_from(length).ok().filter(|l| *l <= PIECE_BYTES_MAX);
    let length = length.ok_or_else(|| wrong("its length is out of range"))?;
    // a length that was damaged must not reserve what it says before the frame's own header agrees
    let said = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten();
    if said != Some(length as u64) {
        return Err(wrong("its length is not what it was"));
    }
    let bytes = zstd::bulk::decompress(packed, length).map_err(|e| wrong(&e.to_string()))?;
    if bytes.len() == length { Ok(bytes) } else { Err(wrong("its length is not what it was")) }
}

/// Reads pieces; the last one is kept, because neighbours lie in it.
#[derive(Default)]
pub(super) struct Unpacker {
    id: i64,
    bytes: Vec<u8>,
}

impl Unpacker {
    pub(super) fn get(&mut self, db: &Connection, piece: i64, spot: Spot) -> Result<&[u8], BookError> {
        let what = format!("piece {piece}");
        if self.id != piece {
            let sql = "SELECT length, body FROM piece WHERE id = ?1";
            let (length, body): (i64, Vec<u8>) =
                db.prepare_cached(sql)?.query_row([piece], |r| Ok((r.get(0)?, r.get(1)?)))?;
            self.bytes = unpack(&body, length, &what)?;
            self.id = piece;
        }
        let end = spot.at.checked_add(spot.length);
        end.and_then(|end| self.bytes.get(spot.at..end))
            .ok_or_else(|| BookError::damaged(format_args!("{what}: a document lies outside of it")))
    }
}
