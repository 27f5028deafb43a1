//! How large windows usually are: lines, their length, pace, silence.
//!
//! Each size is put into classes of half an octave, and the classes are counted; a size is strange as its class is rare.
//! Counts of classes rather than means: nothing is assumed of the distribution, and a window's part can be taken out again.

use crate::bag::Bag;

pub(crate) const SIZES: usize = 6;
pub(crate) const SIZE_CLASSES: usize = 64;

/// In how many windows each size was of each class.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sizes {
    pub(crate) counts: [[u32; SIZE_CLASSES]; SIZES],
}

impl Sizes {
    pub(crate) fn new() -> Sizes {
        Sizes { counts: [[0; SIZE_CLASSES]; SIZES] }
    }

    pub(crate) fn add(&mut self, bag: &Bag) {
        for (counts, class) in self.counts.iter_mut().zip(classes(bag)) {
            counts[class] = counts[class].saturating_add(1);
        }
    }

    pub(crate) fn halve(&mut self) {
        self.counts.iter_mut().flatten().for_each(|count| *count /= 2);
    }

    /// How many of the other windows were of the bag's class; of the classes beside it half are counted.
    pub(crate) fn alike(&self, bag: &Bag, own: u32) -> [f32; SIZES] {
        let classes = classes(bag);
        std::array::from_fn(|size| {
            let (counts, class) = (&self.counts[size], classes[size]);
            let beside = class.checked_sub(1).map_or(0, |c| counts[c]) + counts.get(class + 1).copied().unwrap_or(0);
            counts[class].saturating_sub(own) as f32 + 0.5 * beside as f32
        })
    }
}

/// Lines, bytes a line, tenths of a second from first to last line, lines a second, longest silence, distinct templates.
fn classes(bag: &Bag) -> [usize; SIZES] {
    let (lines, span) = (bag.lines as f32, bag.span_ns as f32 / 1e9);
    let sizes = [
        lines,
        bag.bytes as f32 / lines.max(1.0),
        span * 10.0,
        10.0 * lines / (0.1 + span),
        bag.silence_ns as f32 / 1e8,
        bag.templates.counts().len() as f32,
    ];
    sizes.map(|size| (((1.0 + size).log2() * 2.0) as usize).min(SIZE_CLASSES - 1))
}
