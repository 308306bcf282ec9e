//! Thirty-two bytes as two times sixteen: for every processor.

use super::{Kit, Sixteen, Task, Wide};

/// The kit of every processor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Base;

/// The lower and the upper sixteen.
#[derive(Clone, Copy)]
pub(crate) struct Halves([Sixteen; 2]);

impl Kit for Base {
    type Wide = Halves;

    #[inline(always)]
    fn load(self, bytes: &[u8; 32]) -> Halves {
        let (halves, _) = bytes.as_chunks::<16>();
        Halves([Sixteen::of(&halves[0]), Sixteen::of(&halves[1])])
    }

    #[inline(always)]
    fn prefix_xor(self, mut bits: u64) -> u64 {
        bits ^= bits << 1;
        bits ^= bits << 2;
        bits ^= bits << 4;
        bits ^= bits << 8;
        bits ^= bits << 16;
        bits ^ bits << 32
    }

    #[inline(never)]
    fn call<T: Task>(self, task: T) -> T::Out {
        task.run(self)
    }
}

impl Wide for Halves {
    #[inline(always)]
    fn is(self, byte: u8) -> Halves {
        Halves([self.0[0].is(byte), self.0[1].is(byte)])
    }

    #[inline(always)]
    fn same(self, other: Halves) -> Halves {
        Halves([self.0[0].same(other.0[0]), self.0[1].same(other.0[1])])
    }

    #[inline(always)]
    fn at_most(self, most: u8) -> Halves {
        Halves([self.0[0].at_most(most), self.0[1].at_most(most)])
    }

    #[inline(always)]
    fn minus(self, byte: u8) -> Halves {
        Halves([self.0[0].minus(byte), self.0[1].minus(byte)])
    }

    #[inline(always)]
    fn with(self, bits: u8) -> Halves {
        Halves([self.0[0].with(bits), self.0[1].with(bits)])
    }

    #[inline(always)]
    fn or(self, other: Halves) -> Halves {
        Halves([self.0[0].or(other.0[0]), self.0[1].or(other.0[1])])
    }

    #[inline(always)]
    fn bits(self) -> u32 {
        self.0[0].bits() | self.0[1].bits() << 16
    }
}
