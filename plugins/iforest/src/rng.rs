//! Chance from a seed: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). 64 bits of state are plenty for one tree, and the
//! same seed gives the same numbers on every machine.

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

#[derive(Debug, Clone)]
pub(crate) struct Rng {
    state: u64,
}

impl Rng {
    /// The numbers of one tree. Trees of one seed are unrelated to each other, and so are equal trees of near seeds.
    pub(crate) fn for_tree(seed: u64, tree: u32) -> Self {
        Self { state: mix(mix(seed.wrapping_add(GOLDEN)).wrapping_add(u64::from(tree).wrapping_mul(GOLDEN))) }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A whole number below `n`, each as likely as another (to within `n / 2^64`). `n` is above 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// A number in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
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
    fn numbers_are_spread_evenly() {
        let mut rng = Rng::for_tree(7, 3);
        let mut counts = [0u32; 10];
        for _ in 0..100_000 {
            counts[rng.below(10)] += 1;
        }
        assert!(counts.iter().all(|c| (9_600..10_400).contains(c)), "{counts:?}");
        let mean = (0..100_000).map(|_| rng.unit()).sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }

    #[test]
    fn trees_and_seeds_do_not_share_numbers() {
        let first = |seed, tree| Rng::for_tree(seed, tree).next();
        assert_ne!(first(1, 0), first(1, 1));
        assert_ne!(first(1, 1), first(2, 0));
        assert_eq!(first(5, 9), first(5, 9));
    }
}
