//! What was learned from windows: plain counts, so that learning is adding, and a window's own part can be taken out
//! again exactly.
//!
//! Bounds: 65,536 tokens (a setting), half as many successions, a quarter as many templates, 256 bytes of text for each
//! template. A table that is full takes nothing new until `settle` has dropped what was seen once only; with 2^20 windows all
//! counts are halved.

use crate::bag::Bag;
use crate::classes::Classes;
use crate::line::Line;
use crate::packed::Window;
use crate::ratios::{self, Ratios};
use crate::sizes::Sizes;
use crate::terms::Terms;
use crate::text;

const WINDOWS_MAX: u32 = 1 << 20;

/// All counts of one session.
#[derive(Clone, Debug)]
pub(crate) struct Learned {
    pub(crate) windows: u32,
    pub(crate) lines: u64,
    pub(crate) templates: Terms,
    /// Beside `templates`: the masked text.
    pub(crate) texts: Vec<String>,
    pub(crate) tokens: Terms,
    pub(crate) successions: Terms,
    pub(crate) ratios: Ratios,
    pub(crate) sizes: Sizes,
}

impl Learned {
    pub(crate) fn new(terms_max: usize) -> Learned {
        Learned {
            windows: 0,
            lines: 0,
            templates: Terms::new(terms_max / 4),
            texts: Vec::new(),
            tokens: Terms::new(terms_max),
            successions: Terms::new(terms_max / 2),
            ratios: Ratios::default(),
            sizes: Sizes::new(),
        }
    }

    /// Adds one window, counted in `bag`.
    pub(crate) fn add(&mut self, bag: &Bag, window: Window<'_>) {
        self.windows = self.windows.saturating_add(1);
        self.lines = self.lines.saturating_add(u64::from(bag.lines));
        self.sizes.add(bag);
        let known = self.templates.len();
        for count in bag.templates.counts() {
            self.templates.add(count.id, 1);
        }
        if self.templates.len() > known {
            self.name(window);
        }
        for count in bag.tokens.counts() {
            self.tokens.add(count.id, 1);
        }
        for count in bag.successions.counts() {
            self.successions.add(count.id, 1);
        }
        self.ratios.add(&ratios::watched(&self.templates, bag.templates.counts()));
    }

    /// Keeps the texts of the templates that this window brought.
    fn name(&mut self, window: Window<'_>) {
        let known = self.texts.len();
        self.texts.resize(self.templates.len(), String::new());
        let (mut line, mut classes) = (Line::new(), Classes::new());
        for record in window.lines() {
            line.read(record.text, &mut classes);
            let at = self.templates.find(line.template());
            if let Some(at) = at.filter(|&at| at >= known && self.texts[at].is_empty()) {
                self.texts[at] = text::masked(record.text);
            }
        }
    }

    /// Forgets what would not fit: halves all counts when there are very many windows, drops single terms from full tables.
    pub(crate) fn settle(&mut self) {
        if self.windows >= WINDOWS_MAX {
            self.halve();
        }
        self.tokens.prune(&[]);
        self.successions.prune(&[]);
        let kept: Vec<bool> = (0..self.templates.len()).map(|at| at < ratios::WATCHED_MAX).collect();
        if let Some(keep) = self.templates.prune(&kept) {
            let mut flags = keep.iter();
            self.texts.retain(|_| flags.next().copied().unwrap_or(false));
        }
    }

    fn halve(&mut self) {
        self.windows /= 2;
        self.lines /= 2;
        self.templates.halve();
        self.tokens.halve();
        self.successions.halve();
        self.ratios.halve();
        self.sizes.halve();
    }
}
