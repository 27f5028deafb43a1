//! How scores are spread, as a small picture drawn as SVG by a template. The threshold is in the middle, as in all pictures of scores.

use std::fmt::Write as _;

use crate::view::Histogram;

/// Units of the picture: two across for each bin.
const HEIGHT: f64 = 32.0;
const BIN_WIDTH: usize = 2;

/// A picture, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bars {
    /// Shares of the windows in each bin as SVG path data.
    pub(crate) below: String,
    /// The same for bins at or above the threshold.
    pub(crate) above: String,
    pub(crate) total: u64,
}

impl Bars {
    /// `None` without scores.
    pub(crate) fn of(histogram: &Histogram) -> Option<Self> {
        let total = histogram.total();
        let most = histogram.bins.iter().copied().max().filter(|most| *most > 0)?;
        let mut bars = Self { below: String::new(), above: String::new(), total };
        for (bin, &windows) in histogram.bins.iter().enumerate().filter(|(_, windows)| **windows > 0) {
            let path = if bin < Histogram::BINS / 2 { &mut bars.below } else { &mut bars.above };
            // The root lets a single window be seen beside thousands.
            let height = (windows as f64 / most as f64).sqrt() * HEIGHT;
            // Writing to a string cannot fail.
            let _ = write!(path, "M{} {HEIGHT}v-{height:.1}h{BIN_WIDTH}v{height:.1}z", bin * BIN_WIDTH);
        }
        Some(bars)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_of_the_threshold_has_its_bars() {
        let bars = Bars::of(&Histogram::of([0.5, 0.5, 0.5, 0.5, 3.0])).unwrap();
        assert_eq!((bars.below.as_str(), bars.above.as_str()), ("M20 32v-32.0h2v32.0z", "M66 32v-16.0h2v16.0z"));
        assert_eq!(bars.total, 5);
        assert_eq!(Bars::of(&Histogram::default()), None);
    }
}
