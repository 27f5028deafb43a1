//! The residuals of the last usual scores.

use std::collections::VecDeque;

/// Most residuals kept: 34 hours of windows of 30 seconds, 16 KiB.
pub(crate) const MEMORY_MAX: usize = 4_096;

/// Residuals, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Memory {
    residuals: VecDeque<f32>,
}

impl Memory {
    pub(crate) fn push(&mut self, residual: f64) {
        if self.residuals.len() == MEMORY_MAX {
            self.residuals.pop_front();
        }
        self.residuals.push_back(residual as f32);
    }

    pub(crate) fn len(&self) -> usize {
        self.residuals.len()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = f64> {
        self.residuals.iter().copied().map(f64::from)
    }

    /// Forgets all but the newest `keep`, and takes each through `change`.
    pub(crate) fn keep(&mut self, keep: usize, change: impl Fn(f64) -> f64) {
        self.residuals.drain(..self.len().saturating_sub(keep));
        for residual in &mut self.residuals {
            *residual = change(f64::from(*residual)) as f32;
        }
    }
}

impl Extend<f64> for Memory {
    fn extend<T: IntoIterator<Item = f64>>(&mut self, residuals: T) {
        residuals.into_iter().for_each(|r| self.push(r));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten_first() {
        let mut memory = Memory::default();
        memory.extend((0..MEMORY_MAX + 10).map(|i| i as f64));
        assert_eq!((memory.len(), memory.iter().next()), (MEMORY_MAX, Some(10.0)));
        memory.keep(2, |r| r - 4_000.0);
        assert_eq!(memory.iter().collect::<Vec<_>>(), [104.0, 105.0]);
    }
}
