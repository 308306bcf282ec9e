//! Sixteen bytes looked at as one: the few questions the scans ask of all of them together.
//!
//! Where every processor of the kind has vectors of sixteen bytes these are used; elsewhere two words of eight
//! bytes do the same.

pub(crate) use lanes::Sixteen;

#[cfg(target_arch = "x86_64")]
mod lanes {
    use safe_arch::{
        bitor_m128i, cmp_eq_mask_i8_m128i, load_unaligned_m128i, m128i, min_u8_m128i, move_mask_i8_m128i,
        set_splat_i8_m128i, sub_i8_m128i,
    };

    /// Sixteen bytes.
    #[derive(Clone, Copy)]
    pub(crate) struct Sixteen(m128i);

    impl Sixteen {
        #[inline(always)]
        pub(crate) fn of(bytes: &[u8; 16]) -> Sixteen {
            Sixteen(load_unaligned_m128i(bytes))
        }

        /// Bit 7 of each byte: set when it is this one.
        #[inline(always)]
        pub(crate) fn is(self, byte: u8) -> Sixteen {
            Sixteen(cmp_eq_mask_i8_m128i(self.0, set_splat_i8_m128i(byte as i8)))
        }

        /// Bit 7 of each byte: set when both are the same.
        #[inline(always)]
        pub(crate) fn same(self, other: Sixteen) -> Sixteen {
            Sixteen(cmp_eq_mask_i8_m128i(self.0, other.0))
        }

        /// Bit 7 of each byte: set when it is at most `most`, which is below 0x80.
        #[inline(always)]
        pub(crate) fn at_most(self, most: u8) -> Sixteen {
            Sixteen(cmp_eq_mask_i8_m128i(min_u8_m128i(self.0, set_splat_i8_m128i(most as i8)), self.0))
        }

        /// `byte` taken from each.
        #[inline(always)]
        pub(crate) fn minus(self, byte: u8) -> Sixteen {
            Sixteen(sub_i8_m128i(self.0, set_splat_i8_m128i(byte as i8)))
        }

        /// These bits set in each.
        #[inline(always)]
        pub(crate) fn with(self, bits: u8) -> Sixteen {
            Sixteen(bitor_m128i(self.0, set_splat_i8_m128i(bits as i8)))
        }

        /// Bits of both.
        #[inline(always)]
        pub(crate) fn or(self, other: Sixteen) -> Sixteen {
            Sixteen(bitor_m128i(self.0, other.0))
        }

        /// Bit 7 of each byte, the first byte's lowest.
        #[inline(always)]
        pub(crate) fn bits(self) -> u32 {
            move_mask_i8_m128i(self.0) as u32
        }
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
mod words {
    /// Every byte 0x80.
    const HIGH: u64 = ONES << 7;
    /// Every byte 0x01.
    const ONES: u64 = 0x0101_0101_0101_0101;

    /// Sixteen bytes, the first lowest.
    #[derive(Clone, Copy)]
    pub(crate) struct Sixteen([u64; 2]);

    impl Sixteen {
        #[inline(always)]
        pub(crate) fn of(bytes: &[u8; 16]) -> Sixteen {
            let whole = u128::from_le_bytes(*bytes);
            Sixteen([whole as u64, (whole >> 64) as u64])
        }

        /// Bit 7 of each byte: set when it is this one.
        #[inline(always)]
        pub(crate) fn is(self, byte: u8) -> Sixteen {
            self.same(Sixteen([ONES * u64::from(byte); 2]))
        }

        /// Bit 7 of each byte: set when both are the same.
        #[inline(always)]
        pub(crate) fn same(self, other: Sixteen) -> Sixteen {
            self.zip(other, |a, b| {
                let differ = a ^ b;
                !(((differ & !HIGH) + !HIGH) | differ) & HIGH
            })
        }

        /// Bit 7 of each byte: set when it is at most `most`, which is below 0x80.
        #[inline(always)]
        pub(crate) fn at_most(self, most: u8) -> Sixteen {
            Sixteen(self.0.map(|word| !(((word & !HIGH) + ONES * u64::from(0x7f - most)) | word) & HIGH))
        }

        /// `byte` taken from each.
        #[inline(always)]
        pub(crate) fn minus(self, byte: u8) -> Sixteen {
            let less = ONES * u64::from(byte);
            Sixteen(self.0.map(|word| ((word | HIGH) - (less & !HIGH)) ^ ((word ^ !less) & HIGH)))
        }

        /// These bits set in each.
        #[inline(always)]
        pub(crate) fn with(self, bits: u8) -> Sixteen {
            Sixteen(self.0.map(|word| word | (ONES * u64::from(bits))))
        }

        /// Bits of both.
        #[inline(always)]
        pub(crate) fn or(self, other: Sixteen) -> Sixteen {
            self.zip(other, |a, b| a | b)
        }

        /// Bit 7 of each byte, the first byte's lowest.
        #[inline(always)]
        pub(crate) fn bits(self) -> u32 {
            // Each byte's bit is moved to its own place in the highest byte of the product.
            let [low, high] =
                self.0.map(|word| ((word & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56);
            (low | high << 8) as u32
        }

        #[inline(always)]
        fn zip(self, other: Sixteen, f: impl Fn(u64, u64) -> u64) -> Sixteen {
            Sixteen([f(self.0[0], other.0[0]), f(self.0[1], other.0[1])])
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
use words as lanes;

#[cfg(test)]
mod tests {
    use super::{lanes, words};
    use proptest::prelude::*;

    /// Checks an implementation against the bytes one by one.
    macro_rules! agrees {
        ($lanes:ident, $bytes:expr, $byte:expr) => {{
            let (bytes, byte): ([u8; 16], u8) = ($bytes, $byte);
            let all = $lanes::Sixteen::of(&bytes);
            let expected = |is: &dyn Fn(u8) -> bool| {
                bytes.iter().enumerate().fold(0, |bits, (i, &b)| bits | u32::from(is(b)) << i)
            };
            prop_assert_eq!(all.bits(), expected(&|b| b >= 0x80));
            prop_assert_eq!(all.is(byte).bits(), expected(&|b| b == byte));
            prop_assert_eq!(all.at_most(byte & 0x7f).bits(), expected(&|b| b <= byte & 0x7f));
            prop_assert_eq!(all.minus(byte).bits(), expected(&|b| b.wrapping_sub(byte) >= 0x80));
            prop_assert_eq!(all.with(byte).is(byte).bits(), expected(&|b| b | byte == byte));
            prop_assert_eq!(all.is(byte).or(all.at_most(9)).bits(), expected(&|b| b == byte || b <= 9));
            let other = $lanes::Sixteen::of(&bytes.map(|b| b & byte));
            prop_assert_eq!(all.same(other).bits(), expected(&|b| b == b & byte));
        }};
    }

    proptest! {
        #[test]
        fn bytes_together_are_the_bytes_one_by_one(
            bytes in prop::array::uniform16(prop_oneof![any::<u8>(), prop::sample::select(b"\"\\09{}\x1f\x20\x7f\x80".to_vec())]),
            byte in any::<u8>(),
        ) {
            agrees!(lanes, bytes, byte);
            agrees!(words, bytes, byte);
        }
    }
}
