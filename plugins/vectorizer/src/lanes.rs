//! Sixteen bytes at a time: what SSE2 and wasm's simd128 have in common, and plain code where there is neither.
//!
//! The feature is enabled on single functions. For the whole component it would let the compiler vectorise code that gets slower
//! by it.

#[cfg(target_arch = "wasm32")]
mod vector {
    use std::arch::wasm32::{
        u8x16_bitmask, u8x16_eq, u8x16_min, u8x16_splat, u8x16_sub, v128, v128_and, v128_load, v128_or,
    };

    pub(crate) type Lanes = v128;

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(crate) fn load(bytes: &[u8; 16]) -> Lanes {
        // SAFETY: a reference to sixteen bytes may be read as such; the load needs no alignment.
        unsafe { v128_load(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(crate) fn or(a: Lanes, b: Lanes) -> Lanes {
        v128_or(a, b)
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(crate) fn or_byte(a: Lanes, byte: u8) -> Lanes {
        v128_or(a, u8x16_splat(byte))
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(crate) fn eq(a: Lanes, byte: u8) -> Lanes {
        u8x16_eq(a, u8x16_splat(byte))
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(crate) fn eq_but(a: Lanes, ignored: u8, byte: u8) -> Lanes {
        u8x16_eq(v128_and(a, u8x16_splat(!ignored)), u8x16_splat(byte))
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(crate) fn within(a: Lanes, first: u8, last: u8) -> Lanes {
        let from_first = u8x16_sub(a, u8x16_splat(first));
        u8x16_eq(u8x16_min(from_first, u8x16_splat(last - first)), from_first)
    }

    #[inline]
    #[target_feature(enable = "simd128")]
    pub(crate) fn mask(a: Lanes) -> u16 {
        u8x16_bitmask(a)
    }
}

#[cfg(target_arch = "x86_64")]
mod vector {
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8, _mm_sub_epi8,
    };

    pub(crate) type Lanes = __m128i;

    macro_rules! sse2 {
        ($call:expr) => {
            // SAFETY: every x86-64 has SSE2.
            unsafe { $call }
        };
    }

    fn splat(byte: u8) -> Lanes {
        sse2!(_mm_set1_epi8(byte.cast_signed()))
    }

    pub(crate) fn load(bytes: &[u8; 16]) -> Lanes {
        // SAFETY: a reference to sixteen bytes may be read as such; the load needs no alignment.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
    }

    pub(crate) fn or(a: Lanes, b: Lanes) -> Lanes {
        sse2!(_mm_or_si128(a, b))
    }

    pub(crate) fn or_byte(a: Lanes, byte: u8) -> Lanes {
        sse2!(_mm_or_si128(a, splat(byte)))
    }

    pub(crate) fn eq(a: Lanes, byte: u8) -> Lanes {
        sse2!(_mm_cmpeq_epi8(a, splat(byte)))
    }

    pub(crate) fn eq_but(a: Lanes, ignored: u8, byte: u8) -> Lanes {
        sse2!(_mm_cmpeq_epi8(_mm_and_si128(a, splat(!ignored)), splat(byte)))
    }

    pub(crate) fn within(a: Lanes, first: u8, last: u8) -> Lanes {
        let from_first = sse2!(_mm_sub_epi8(a, splat(first)));
        sse2!(_mm_cmpeq_epi8(_mm_min_epu8(from_first, splat(last - first)), from_first))
    }

    pub(crate) fn mask(a: Lanes) -> u16 {
        sse2!(_mm_movemask_epi8(a)) as u16
    }
}

#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
mod vector {
    pub(crate) type Lanes = [u8; 16];

    fn truth(is: bool) -> u8 {
        if is { 0xff } else { 0 }
    }

    pub(crate) fn load(bytes: &[u8; 16]) -> Lanes {
        *bytes
    }

    pub(crate) fn or(a: Lanes, b: Lanes) -> Lanes {
        std::array::from_fn(|i| a[i] | b[i])
    }

    pub(crate) fn or_byte(a: Lanes, byte: u8) -> Lanes {
        a.map(|x| x | byte)
    }

    pub(crate) fn eq(a: Lanes, byte: u8) -> Lanes {
        a.map(|x| truth(x == byte))
    }

    pub(crate) fn eq_but(a: Lanes, ignored: u8, byte: u8) -> Lanes {
        a.map(|x| truth(x & !ignored == byte))
    }

    pub(crate) fn within(a: Lanes, first: u8, last: u8) -> Lanes {
        a.map(|x| truth((first..=last).contains(&x)))
    }

    pub(crate) fn mask(a: Lanes) -> u16 {
        (0..16).fold(0, |mask, i| mask | u16::from(a[i] >> 7) << i)
    }
}

/// `load`, `or`, `or_byte`; `eq` to a byte, `eq_but` for some ignored bits, `within` a range: all bits of a lane are set where
/// it is; `mask`: the highest bit of each lane, the first lane's lowest.
pub(crate) use vector::{Lanes, eq, eq_but, load, mask, or, or_byte, within};
