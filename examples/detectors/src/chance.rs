//! Chance from a seed: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The numbers of one purpose; those of another `stream` of the same seed are unrelated.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self(mix(mix(seed.wrapping_add(GOLDEN)).wrapping_add(stream.wrapping_mul(GOLDEN))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A whole number below `n`, which is above 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// A number in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// At most `most` of the numbers below `n`, without order, each at most once.
    pub(crate) fn sample(&mut self, n: usize, most: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..n).collect();
        for at in 0..most.min(n) {
            let other = at + self.below(n - at);
            all.swap(at, other);
        }
        all.truncate(most);
        all
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_holds_each_number_at_most_once() {
        let mut chance = Chance::new(1, 2);
        let mut some = chance.sample(100, 60);
        some.sort_unstable();
        some.dedup();
        assert_eq!((some.len(), some.iter().all(|n| *n < 100)), (60, true));
        let mut all = chance.sample(5, 60);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4]);
        assert_ne!(Chance::new(1, 1).next(), Chance::new(1, 2).next());
    }
}
