//! In how many windows each term stood: a bounded table from ids to counts.

/// Ids with their document frequencies, found by open addressing.
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

    /// Halves all counts.
    pub(crate) fn halve(&mut self) {
        self.seen.iter_mut().for_each(|s| *s /= 2);
    }

    /// Drops terms where `keep` is false; the order of the others stays.
    pub(crate) fn retain(&mut self, keep: &[bool]) {
        let mut flags = keep.iter();
        self.ids.retain(|_| flags.next().copied().unwrap_or(false));
        let mut flags = keep.iter();
        self.seen.retain(|_| flags.next().copied().unwrap_or(false));
        self.index(self.slots.len());
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
