//! In how many windows each term stood: a bounded table from ids to counts.

/// Ids with the number of windows they were seen in, found by open addressing.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    slots: Vec<u32>,
    ids: Vec<u64>,
    seen: Vec<u32>,
    terms_max: usize,
}

impl Terms {
    pub(crate) fn new(terms_max: usize) -> Terms {
        Terms { slots: vec![0; 64], ids: Vec::new(), seen: Vec::new(), terms_max }
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn ids(&self) -> &[u64] {
        &self.ids
    }

    pub(crate) fn seen(&self) -> &[u32] {
        &self.seen
    }

    /// In how many windows `id` was seen.
    pub(crate) fn seen_of(&self, id: u64) -> u32 {
        self.find(id).map_or(0, |at| self.seen[at])
    }

    /// The place of `id` in `ids` and `seen`.
    pub(crate) fn find(&self, id: u64) -> Option<usize> {
        (self.slots[self.slot(id)] as usize).checked_sub(1)
    }

    /// Adds `seen` windows to `id`; `None` if the table is full and does not hold it.
    pub(crate) fn add(&mut self, id: u64, seen: u32) -> Option<usize> {
        if let Some(at) = self.find(id) {
            self.seen[at] = self.seen[at].saturating_add(seen);
            return Some(at);
        }
        if self.ids.len() >= self.terms_max {
            return None;
        }
        self.ids.push(id);
        self.seen.push(seen);
        if self.ids.len() * 2 > self.slots.len() {
            self.index(self.slots.len() * 2);
        } else {
            let slot = self.slot(id);
            self.slots[slot] = self.ids.len() as u32;
        }
        Some(self.ids.len() - 1)
    }

    pub(crate) fn halve(&mut self) {
        self.seen.iter_mut().for_each(|s| *s /= 2);
    }

    /// If the table is nearly full: drops the terms seen least until half of it is free, but none marked in `kept`. Answers
    /// which stayed; their order is the same.
    pub(crate) fn prune(&mut self, kept: &[bool]) -> Option<Vec<bool>> {
        if self.ids.len() < self.terms_max / 8 * 7 {
            return None;
        }
        let mut counts = self.seen.clone();
        counts.sort_unstable();
        let least = counts[counts.len() / 2].max(1);
        let keep: Vec<bool> =
            (0..self.ids.len()).map(|at| self.seen[at] > least || kept.get(at) == Some(&true)).collect();
        let mut flags = keep.iter();
        self.ids.retain(|_| flags.next().copied().unwrap_or(false));
        let mut flags = keep.iter();
        self.seen.retain(|_| flags.next().copied().unwrap_or(false));
        self.index(self.slots.len());
        Some(keep)
    }

    fn slot(&self, id: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = id as usize & mask;
        while self.slots[slot] != 0 && self.ids[self.slots[slot] as usize - 1] != id {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn index(&mut self, slots: usize) {
        self.slots = vec![0; slots];
        for i in 0..self.ids.len() {
            let slot = self.slot(self.ids[i]);
            self.slots[slot] = i as u32 + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Terms;

    #[test]
    fn a_full_table_takes_nothing_new_until_it_is_pruned() {
        let mut terms = Terms::new(16);
        (1..=16).for_each(|id| assert!(terms.add(id, if id > 8 { 5 } else { 1 }).is_some()));
        assert_eq!((terms.add(99, 1), terms.add(9, 1)), (None, Some(8)));
        let keep = terms.prune(&[true]).unwrap();
        assert_eq!(keep.iter().filter(|k| **k).count(), terms.len());
        assert_eq!((terms.seen_of(1), terms.seen_of(2), terms.seen_of(9)), (1, 0, 6));
        assert!(terms.add(99, 1).is_some());
    }
}
