//! Thirty-two bytes in one vector of x86-64 processors with AVX2, found out when the program runs.
#![allow(unsafe_code, reason = "instructions that not every processor has; each use says why it holds")]

use super::{Kit, Task, Wide};
use std::arch::x86_64::{
    __m256i, _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_set1_epi8, _mm256_cmpeq_epi8,
    _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    _mm256_sub_epi8,
};

/// Proof that this processor has AVX2, BMI1, BMI2, LZCNT, POPCNT and PCLMULQDQ: made by [`Avx2::detect`] only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

/// Thirty-two bytes; made with an [`Avx2`] only.
#[derive(Clone, Copy)]
pub(crate) struct Vector(__m256i);

impl Avx2 {
    /// The kit, when this processor has all it needs.
    pub(super) fn detect() -> Option<Avx2> {
        let all = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt")
            && is_x86_feature_detected!("pclmulqdq");
        all.then_some(Avx2(()))
    }
}

impl Kit for Avx2 {
    type Wide = Vector;

    #[inline(always)]
    fn load(self, bytes: &[u8; 32]) -> Vector {
        // SAFETY: `self` proves AVX2; the reference is to 32 bytes that can be read, in any alignment.
        Vector(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    fn prefix_xor(self, bits: u64) -> u64 {
        // SAFETY: `self` proves PCLMULQDQ. The product with all ones, without carries, is the prefix xor.
        unsafe {
            let product = _mm_clmulepi64_si128::<0>(_mm_cvtsi64_si128(bits as i64), _mm_set1_epi8(-1));
            _mm_cvtsi128_si64(product) as u64
        }
    }

    #[inline(always)]
    fn call<T: Task>(self, task: T) -> T::Out {
        #[inline(never)]
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,pclmulqdq")]
        fn compiled<T: Task>(kit: Avx2, task: T) -> T::Out {
            task.run(kit)
        }
        // SAFETY: `self` exists, so this processor has these features.
        unsafe { compiled(self, task) }
    }
}

impl Wide for Vector {
    #[inline(always)]
    fn is(self, byte: u8) -> Vector {
        // SAFETY: a vector exists, so there was an `Avx2`.
        Vector(unsafe { _mm256_cmpeq_epi8(self.0, _mm256_set1_epi8(byte as i8)) })
    }

    #[inline(always)]
    fn same(self, other: Vector) -> Vector {
        // SAFETY: a vector exists, so there was an `Avx2`.
        Vector(unsafe { _mm256_cmpeq_epi8(self.0, other.0) })
    }

    #[inline(always)]
    fn at_most(self, most: u8) -> Vector {
        // SAFETY: a vector exists, so there was an `Avx2`.
        Vector(unsafe { _mm256_cmpeq_epi8(_mm256_min_epu8(self.0, _mm256_set1_epi8(most as i8)), self.0) })
    }

    #[inline(always)]
    fn minus(self, byte: u8) -> Vector {
        // SAFETY: a vector exists, so there was an `Avx2`.
        Vector(unsafe { _mm256_sub_epi8(self.0, _mm256_set1_epi8(byte as i8)) })
    }

    #[inline(always)]
    fn with(self, bits: u8) -> Vector {
        // SAFETY: a vector exists, so there was an `Avx2`.
        Vector(unsafe { _mm256_or_si256(self.0, _mm256_set1_epi8(bits as i8)) })
    }

    #[inline(always)]
    fn or(self, other: Vector) -> Vector {
        // SAFETY: a vector exists, so there was an `Avx2`.
        Vector(unsafe { _mm256_or_si256(self.0, other.0) })
    }

    #[inline(always)]
    fn bits(self) -> u32 {
        // SAFETY: a vector exists, so there was an `Avx2`.
        (unsafe { _mm256_movemask_epi8(self.0) }) as u32
    }
}
