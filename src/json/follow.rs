//! What follows a value: the bytes seen there before, compared as a whole.
//!
//! Records repeat. After a value almost always the same bytes follow up to the next value
//! (`,"costCenter":`). They were parsed once, so meeting them again needs no second look.

use crate::vector::{Kit, Wide};

/// Most bytes between two values that are learned.
pub(super) const GLUE_MAX: usize = 31;
/// Most continuations learned in one place.
const GLUES_MAX: usize = 6;

/// Bytes and where they lead.
#[derive(Debug, Clone, Copy)]
struct Glue<T> {
    bytes: [u8; 32],
    /// One bit for each byte that is compared.
    bits: u32,
    len: u8,
    to: T,
}

/// The continuations of one place.
#[derive(Debug, Clone)]
pub(super) struct Follow<T> {
    glues: [Option<Glue<T>>; GLUES_MAX],
}

impl<T: Copy + PartialEq> Follow<T> {
    /// Nothing is known yet.
    pub(super) fn new() -> Follow<T> {
        Follow { glues: [None; GLUES_MAX] }
    }

    /// Where the bytes of a window lead when they are known, and how many they are.
    #[inline(always)]
    pub(super) fn find<K: Kit>(&self, kit: K, window: &[u8; 64]) -> Option<(&T, usize)> {
        let text = kit.load(window.first_chunk()?);
        for glue in self.glues.iter().map_while(Option::as_ref) {
            let differ = !text.same(kit.load(&glue.bytes)).bits();
            if differ & glue.bits == 0 {
                // it is shorter than that anyway, but so the compiler knows that the window is longer
                return Some((&glue.to, usize::from(glue.len) & GLUE_MAX));
            }
        }
        None
    }

    /// Whether there is room for one more.
    pub(super) fn has_room(&self) -> bool {
        self.glues[GLUES_MAX - 1].is_none()
    }

    /// Keeps the bytes that led somewhere, when they are short and there is room.
    pub(super) fn learn(&mut self, glue: &[u8], to: T) {
        let Some(free) = self.glues.iter_mut().find(|old| match old {
            // Near the end of the input nothing is compared, so known bytes may come here again.
            Some(old) => &old.bytes[..usize::from(old.len)] == glue,
            None => true,
        }) else {
            return;
        };
        if glue.is_empty() || glue.len() > GLUE_MAX {
            return;
        }
        let mut bytes = [0; 32];
        bytes[..glue.len()].copy_from_slice(glue);
        *free = Some(Glue { bytes, bits: u32::MAX >> (32 - glue.len()), len: glue.len() as u8, to });
    }
}
