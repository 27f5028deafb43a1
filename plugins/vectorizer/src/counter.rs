//! Counts ids within one window. Reused from window to window: clearing touches only the slots that were used.

/// One counted id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) id: u64,
    pub(crate) count: u32,
}

/// Open addressing over a dense list of counts, in the order of first sight.
#[derive(Debug)]
pub(crate) struct Counter {
    slots: Vec<u32>,
    counts: Vec<Count>,
    /// New ids beyond this many are dropped: the bound on what a hostile window can take.
    distinct_max: usize,
}

impl Counter {
    pub(crate) fn new(distinct_max: usize) -> Counter {
        Counter { slots: vec![0; 256], counts: Vec::new(), distinct_max }
    }

    pub(crate) fn counts(&self) -> &[Count] {
        &self.counts
    }

    pub(crate) fn add(&mut self, id: u64) {
        // Most ids were counted before and stand where they belong.
        let mask = self.slots.len() - 1;
        let at = self.slots[id as usize & mask] as usize;
        if let Some(count) = self.counts.get_mut(at.wrapping_sub(1)).filter(|count| count.id == id) {
            count.count += 1;
            return;
        }
        self.add_searching(id);
    }

    fn add_searching(&mut self, id: u64) {
        let slot = self.find(id);
        match self.slots[slot] {
            0 if self.counts.len() < self.distinct_max => {
                self.counts.push(Count { id, count: 1 });
                self.slots[slot] = self.counts.len() as u32;
                if self.counts.len() * 2 > self.slots.len() {
                    self.grow();
                }
            }
            0 => {}
            at => self.counts[at as usize - 1].count += 1,
        }
    }

    pub(crate) fn holds(&self, id: u64) -> bool {
        self.slots[self.find(id)] != 0
    }

    fn find(&self, id: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = id as usize & mask;
        while self.slots[slot] != 0 && self.counts[self.slots[slot] as usize - 1].id != id {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        self.slots = vec![0; self.slots.len() * 4];
        for i in 0..self.counts.len() {
            let slot = self.find(self.counts[i].id);
            self.slots[slot] = i as u32 + 1;
        }
    }

    pub(crate) fn clear(&mut self) {
        let mask = self.slots.len() - 1;
        for count in &self.counts {
            // All slots of one chain belong to ids of this list, so walking each id's chain clears every used slot.
            let mut slot = count.id as usize & mask;
            while self.slots[slot] != 0 {
                self.slots[slot] = 0;
                slot = (slot + 1) & mask;
            }
        }
        self.counts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Counter;

    #[test]
    fn counts_survive_growth_and_are_gone_after_clearing() {
        let mut counter = Counter::new(10_000);
        for round in 0..3u64 {
            for id in 0..5_000u64 {
                counter.add(id.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
            }
            assert_eq!(counter.counts().len(), 5_000, "round {round}");
            assert!(counter.counts().iter().all(|c| c.count == 1));
            counter.clear();
            assert!(counter.counts().is_empty() && counter.slots.iter().all(|&s| s == 0));
        }
    }

    #[test]
    fn distinct_ids_are_bounded() {
        let mut counter = Counter::new(10);
        (1..100).for_each(|id| counter.add(id));
        (1..100).for_each(|id| counter.add(id));
        assert_eq!(counter.counts().len(), 10);
        assert_eq!(counter.counts()[0].count, 2);
    }
}
