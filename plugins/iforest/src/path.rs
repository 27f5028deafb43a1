//! How deep chance alone puts a row.

const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// Mean path length of an unsuccessful search in a binary search tree of `n` rows: `c(n)` of the paper, with the harmonic
/// number approximated as scikit-learn does, so that scores can be compared with it.
#[must_use]
pub fn average_path_length(n: usize) -> f64 {
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let n = n as f64;
            2.0 * ((n - 1.0).ln() + EULER_GAMMA) - 2.0 * (n - 1.0) / n
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_alone_puts_256_rows_about_ten_deep() {
        assert_eq!(average_path_length(0), 0.0);
        assert_eq!(average_path_length(1), 0.0);
        assert_eq!(average_path_length(2), 1.0);
        // 2 (ln 2 + 0.5772…) - 4 / 3, by hand.
        assert!((average_path_length(3) - 1.207_392_357_589_622_6).abs() < 1e-12);
        assert!((average_path_length(256) - 10.244_770_920_116_851).abs() < 1e-9);
    }
}
