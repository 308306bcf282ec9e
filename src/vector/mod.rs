//! Bytes looked at together: the few questions that scans ask of sixteen or thirty-two bytes at once.
//!
//! What a processor can is found out when the program runs, see [`Level`]: a loop is a [`Task`], compiled
//! once for every kit of vectors, and all kits give the same answers.
//! This is the only room with `unsafe` code; each use says why it holds. It knows bytes, not what they mean.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod base;
mod sixteen;
#[cfg(test)]
mod tests;

pub(crate) use base::Base;
pub(crate) use sixteen::Sixteen;

#[cfg(target_arch = "x86_64")]
use avx2::Avx2;

/// Thirty-two bytes. Where a result is a class of bytes, bit 7 of each byte says whether it belongs to it, and
/// the other bits are of no meaning.
pub(crate) trait Wide: Copy {
    /// Bytes that are this one.
    fn is(self, byte: u8) -> Self;

    /// Bytes that are the same in both.
    fn same(self, other: Self) -> Self;

    /// Bytes that are at most `most`, which is below 0x80.
    fn at_most(self, most: u8) -> Self;

    /// `byte` taken from each.
    fn minus(self, byte: u8) -> Self;

    /// These bits set in each.
    fn with(self, bits: u8) -> Self;

    /// Bits of both.
    fn or(self, other: Self) -> Self;

    /// Bit 7 of each byte, the first byte's lowest.
    fn bits(self) -> u32;
}

/// A way to look at thirty-two bytes. Whoever holds a kit knows that the processor has what it needs.
pub(crate) trait Kit: Copy {
    /// The vector.
    type Wide: Wide;

    /// Takes thirty-two bytes up.
    fn load(self, bytes: &[u8; 32]) -> Self::Wide;

    /// Bit i of the result: whether an odd number of bits 0..=i are set.
    fn prefix_xor(self, bits: u64) -> u64;

    /// Runs a loop compiled for this kit as a function of its own.
    fn call<T: Task>(self, task: T) -> T::Out;
}

/// A loop that is compiled for every kit. [`Task::run`] and what it calls of this room must be
/// `#[inline(always)]`, or the code would not be compiled for the kit's processor.
pub(crate) trait Task {
    /// What it comes to.
    type Out;

    /// Runs it.
    fn run<K: Kit>(self, kit: K) -> Self::Out;
}

/// The kit that this processor can use.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    /// Every processor.
    Base,
    /// Vectors of thirty-two bytes.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
}

impl Level {
    /// The best there is.
    pub(crate) fn best() -> Level {
        #[cfg(target_arch = "x86_64")]
        if let Some(kit) = Avx2::detect() {
            return Level::Avx2(kit);
        }
        Level::Base
    }

    /// Runs a loop compiled for this kit.
    #[inline(always)]
    pub(crate) fn run<T: Task>(self, task: T) -> T::Out {
        match self {
            Level::Base => Base.call(task),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2(kit) => kit.call(task),
        }
    }
}
