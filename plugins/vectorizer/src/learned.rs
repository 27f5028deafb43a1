//! What was learned from windows: plain counts, so that learning is adding, in any order, and a window's own part can be
//! taken out again exactly.

use crate::bag::Bag;
use crate::line::Line;
use crate::packed::Window;
use crate::terms::Terms;
use crate::text;

/// Classes of counts: 1, 2, 3-4, 5-8, … 65 and more.
pub(crate) const CLASSES: usize = 8;

#[derive(Clone, Debug)]
pub(crate) struct Learned {
    pub(crate) windows: u32,
    pub(crate) lines: u64,
    pub(crate) templates: Terms,
    /// Beside `templates`: in how many windows it stood how often.
    pub(crate) classes: Vec<[u32; CLASSES]>,
    /// Beside `templates`: the masked text.
    pub(crate) texts: Vec<String>,
    pub(crate) tokens: Terms,
    pub(crate) successions: Terms,
}

/// The class of a count from 1.
pub(crate) fn class(count: u32) -> usize {
    (count.max(1).next_power_of_two().trailing_zeros() as usize).min(CLASSES - 1)
}

impl Learned {
    pub(crate) fn new(terms_max: usize) -> Learned {
        Learned {
            windows: 0,
            lines: 0,
            templates: Terms::new(terms_max / 4),
            classes: Vec::new(),
            texts: Vec::new(),
            tokens: Terms::new(terms_max),
            successions: Terms::new(terms_max / 2),
        }
    }

    /// Adds one window, counted in `bag`.
    pub(crate) fn add(&mut self, bag: &Bag, window: Window<'_>) {
        self.windows = self.windows.saturating_add(1);
        self.lines += u64::from(bag.lines);
        let known = self.templates.len();
        for count in bag.templates.counts() {
            if let Some(at) = self.templates.add(count.id, 1) {
                if at == self.classes.len() {
                    self.classes.push([0; CLASSES]);
                }
                let class = &mut self.classes[at][class(count.count)];
                *class = class.saturating_add(1);
            }
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
    }

    /// Keeps the texts of the templates that this window brought.
    fn name(&mut self, window: Window<'_>) {
        let known = self.texts.len();
        self.texts.resize(self.templates.len(), String::new());
        for record in window.lines() {
            if let Some(at) = self
                .templates
                .find(Line::read(record.text).template())
                .filter(|&at| at >= known && self.texts[at].is_empty())
            {
                self.texts[at] = text::masked(record.text);
            }
        }
    }
}
