//! One container's vectorizer: the contract's resource, natively.
use crate::bag::Bag;
use crate::error::Error;
use crate::learned::Learned;
use crate::packed::Windows;

#[derive(Debug)]
pub struct Session {
    learned: Learned,
    buckets: usize,
}

impl Session {
    pub fn open(buckets: usize) -> Session {
        Session { learned: Learned::new(65_536), buckets }
    }
    pub fn learn(&mut self, w: Windows<'_>) -> Result<(), Error> {
        w.check()?;
        let mut bag = Bag::new();
        for win in w.iter() {
            bag.fill(win);
            self.learned.add(&bag, win);
        }
        Ok(())
    }
    pub fn dense(&self, w: Windows<'_>, learned: bool) -> Result<Vec<Vec<f32>>, Error> {
        w.check()?;
        let mut bag = Bag::new();
        Ok(w.iter()
            .map(|win| {
                bag.fill(win);
                crate::features::row(&bag, &self.learned, learned, self.buckets)
            })
            .collect())
    }
    pub fn names() -> &'static [&'static str] {
        crate::features::NAMES
    }
    pub fn texts(&self) -> Vec<(u32, String)> {
        self.learned.templates.seen().iter().copied().zip(self.learned.texts.iter().cloned()).collect()
    }
}
