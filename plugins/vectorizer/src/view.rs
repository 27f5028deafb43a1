//! What was learned, as one window sees it: without its own part if it was among the learned ones.
//!
//! Surprise is how much seeing a thing tells: `-ln` of the share of the other windows in which it stood, scaled so that 1 is
//! a thing never seen and 0 one that is common. Scaled, it means the same after a hundred windows as after a million.

use crate::learned::Learned;
use crate::ln::ln;
use crate::ratios::RELATIONS;

/// Added to each count, so that what was never seen has a share: Krichevsky and Trofimov's half.
const PRIOR: f32 = 0.5;
/// Seen in at least one window of five: no news. Keeps the usual comings and goings out of the sums.
const COMMON: f32 = 1.6;
/// A share that is common for certain: `exp(-1.6)` and something for rounding.
const COMMON_SHARE: f32 = 0.203;
/// A template is usual if it stood in this share of the windows; one that is rarer is not missed.
const USUAL: f32 = 0.3;

/// Figures that follow from the counts; made once a cycle, not saved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Derived {
    /// Places of the templates that are missed when they do not come.
    pub(crate) usual: Vec<u32>,
    /// Beside the pairs of `ratios`.
    pub(crate) entropies: Vec<f32>,
    /// Beside them, a bit for each relation: set where its surprise is 0 whichever window looks.
    usual_relations: Vec<u32>,
}

impl Derived {
    pub(crate) fn new(learned: &Learned) -> Derived {
        let least = USUAL * learned.windows as f32;
        let usual =
            (0..).zip(learned.templates.seen()).filter(|(_, seen)| **seen as f32 >= least).map(|(at, _)| at).collect();
        let entropies = learned.ratios.entropies();
        let usual_relations = learned
            .ratios
            .pairs
            .iter()
            .zip(&entropies)
            .map(|(cells, entropy)| usual_relations(cells, *entropy))
            .collect();
        Derived { usual, entropies, usual_relations }
    }

    /// Whether `View::relation_surprise` is 0 without being asked. Spares most logarithms of a window.
    pub(crate) fn is_usual(&self, pair: usize, relation: usize) -> bool {
        self.usual_relations.get(pair).is_some_and(|usual| usual >> relation & 1 != 0)
    }
}

/// The relations whose share is so far above the usual surprise's that rounding cannot matter, with and without one window.
fn usual_relations(cells: &[u32; RELATIONS], entropy: f32) -> u32 {
    let least = f64::from(-entropy).exp() * 1.001;
    let total = f64::from(cells.iter().sum::<u32>());
    let is_usual = |seen: u32, own: f64| f64::from(seen) - own + f64::from(PRIOR) > least * (total - own + 1.0);
    let both = |seen: u32| seen > 0 && is_usual(seen, 0.0) && is_usual(seen, 1.0);
    (0..).zip(cells).fold(0, |bits, (relation, &seen)| bits | u32::from(both(seen)) << relation)
}

/// What was learned, seen from one window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) learned: &'a Learned,
    pub(crate) derived: &'a Derived,
    /// 1 if the window itself was learned, else 0.
    pub(crate) own: u32,
}

impl View<'_> {
    /// How many other windows were learned.
    pub(crate) fn windows(&self) -> f32 {
        self.learned.windows.saturating_sub(self.own) as f32
    }

    /// The surprise of what was never seen, in nats.
    pub(crate) fn most(&self) -> f32 {
        ln((self.windows() + 1.0) / PRIOR)
    }

    /// The surprise of a thing that stood in `seen` windows, this one left out; 0 to 1.
    pub(crate) fn surprise(&self, seen: u32) -> f32 {
        let seen = seen.saturating_sub(self.own) as f32;
        if seen + PRIOR > COMMON_SHARE * (self.windows() + 1.0) {
            return 0.0;
        }
        (self.nats(seen, self.windows()) - COMMON).max(0.0) / (self.most() - COMMON).max(0.1)
    }

    /// The surprise of a size that `alike` windows share; 0 to 1.
    pub(crate) fn size_surprise(&self, alike: f32) -> f32 {
        self.nats(alike, self.windows()).max(0.0) / self.most()
    }

    /// The surprise that a usual template, seen in `seen` windows, does not stand in this one; nats.
    pub(crate) fn absence(&self, seen: u32) -> f32 {
        self.nats(self.windows() - seen as f32, self.windows()).max(0.0)
    }

    /// `-ln` of a share, with the prior.
    pub(crate) fn nats(&self, seen: f32, of: f32) -> f32 {
        -ln((seen.max(0.0) + PRIOR) / (of + 1.0))
    }

    /// How much the relation of a pair says beyond what pairs as free as this one say anyway; 0 to 1.
    pub(crate) fn relation_surprise(&self, pair: usize, relation: usize) -> f32 {
        let (Some(cells), Some(entropy)) = (self.learned.ratios.pairs.get(pair), self.derived.entropies.get(pair))
        else {
            return 0.0;
        };
        let cells: &[u32; RELATIONS] = cells;
        let total = cells.iter().sum::<u32>().saturating_sub(self.own) as f32;
        let seen = cells[relation].saturating_sub(self.own) as f32;
        let excess = (self.nats(seen, total) - entropy).max(0.0) / ln((total + 1.0) / PRIOR);
        // A pair that was seen together a few times only proves little.
        excess * total / (total + 5.0)
    }
}
