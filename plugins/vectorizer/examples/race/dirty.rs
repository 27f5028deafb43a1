//! Training that holds faults nobody labelled.

use crate::data::{Set, Stream};
use crate::made::Chance;

/// Moves anomalous windows from what is scored into the training, so that they are the given share of it, or half of all
/// anomalous ones where there are too few. What was moved is not scored. Each goes to a place of its own, or all of them to the middle, as
/// in an incident that lasted.
pub(crate) fn contaminated(set: &Set, share: f64, together: bool) -> Set {
    let one = |(name, stream): (&String, &Stream)| (name.clone(), mixed(stream, share, together));
    set.iter().map(one).collect()
}

fn mixed(stream: &Stream, share: f64, together: bool) -> Stream {
    let mut stream = stream.clone();
    let faulty: Vec<usize> = (0..stream.test.len()).filter(|&i| stream.test[i].anomaly).collect();
    let wanted = (share * stream.train.len() as f64 / (1.0 - share)).round() as usize;
    let moved = wanted.min(faulty.len() / 2);
    let mut chance = Chance::new(77);
    let middle = stream.train.len() / 2;
    // Spread over all kinds of faults: every so many, from the last to the first, so that places stay right.
    for number in (0..moved).rev() {
        let window = stream.test.remove(faulty[number * faulty.len() / moved]);
        let at = if together { middle } else { chance.below(stream.train.len() + 1) };
        stream.train.insert(at, window);
    }
    stream
}
