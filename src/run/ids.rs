//! Ids that are the same for the same entry, for ever: SHA-256 of what identifies it, 128 bits of it.

use sha2::{Digest, Sha256};

/// The identity of one entry or message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryId(pub [u8; 16]);

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl EntryId {
    /// From a domain (`jemap-entry/1`) and the parts of a natural key, each with its length so that none can run into the next.
    pub fn derive(domain: &str, parts: &[&str]) -> EntryId {
        let mut hash = Sha256::new();
        for part in std::iter::once(&domain).chain(parts) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let full = hash.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&full[..16]);
        EntryId(bytes)
    }

    /// 26 letters of Crockford's base 32.
    pub fn base32(self) -> [u8; 26] {
        let mut number = u128::from_be_bytes(self.0);
        let mut out = [b'0'; 26];
        for letter in out.iter_mut().rev() {
            *letter = ALPHABET[(number & 31) as usize];
            number >>= 5;
        }
        out
    }

    /// As an entry's header writes it: `J`, 26 letters, a point and the revision in two digits (at most 99).
    pub fn entry_text(self, revision: u8) -> [u8; 30] {
        let mut out = [b'J'; 30];
        out[1..27].copy_from_slice(&self.base32());
        out[27..].copy_from_slice(&[b'.', b'0' + revision / 10 % 10, b'0' + revision % 10]);
        out
    }

    /// As a message's header writes it: `E` and 26 letters.
    pub fn message_text(self) -> String {
        std::iter::once('E').chain(self.base32().iter().map(|b| char::from(*b))).collect()
    }

    /// As a UUID of version 8 (RFC 9562 §5.8), lower case with hyphens.
    pub fn uuid(self) -> [u8; 36] {
        let mut bytes = self.0;
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut out = [b'-'; 36];
        let mut at = 0;
        for (index, byte) in bytes.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                at += 1;
            }
            out[at] = b"0123456789abcdef"[usize::from(byte >> 4)];
            out[at + 1] = b"0123456789abcdef"[usize::from(byte & 15)];
            at += 2;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::EntryId;

    #[test]
    fn ids_are_stable_and_parts_do_not_run_together() {
        let id = EntryId::derive("jemap-entry/1", &["billing", "4711"]);
        assert_eq!(id, EntryId::derive("jemap-entry/1", &["billing", "4711"]));
        assert_ne!(id, EntryId::derive("jemap-entry/1", &["billing4", "711"]));
        assert_eq!(id.base32().len(), 26);
        let uuid = String::from_utf8(id.uuid().to_vec()).unwrap();
        assert_eq!(&uuid[14..15], "8");
        assert_eq!(uuid.matches('-').count(), 4);
    }
}
