//! One window, counted: what it says, how much, how loud. Depends on the window's lines alone, never on what was learned.

use crate::bytes;
use crate::classes::Classes;
use crate::counter::Counter;
use crate::hash;
use crate::line::Line;
use crate::packed::Window;
use crate::severity::Level;

/// Distinct templates, tokens and successions that one window may hold; more are not counted.
const TEMPLATES_MAX: usize = 4_096;
const TOKENS_MAX: usize = 16_384;

/// The counts of one window.
#[derive(Debug)]
pub(crate) struct Bag {
    pub(crate) templates: Counter,
    pub(crate) tokens: Counter,
    /// Which template came right after which.
    pub(crate) successions: Counter,
    pub(crate) lines: u32,
    pub(crate) bytes: u64,
    pub(crate) words: u64,
    pub(crate) errors: u32,
    pub(crate) warnings: u32,
    pub(crate) failures: u32,
    pub(crate) stderr: u32,
    pub(crate) folded: u32,
    /// From the first to the last line, and the longest silence between two lines; nanoseconds.
    pub(crate) span_ns: u64,
    pub(crate) silence_ns: u64,
    /// For reading lines.
    line: Line,
    classes: Classes,
}

impl Bag {
    pub(crate) fn new() -> Bag {
        Bag {
            templates: Counter::new(TEMPLATES_MAX),
            tokens: Counter::new(TOKENS_MAX),
            successions: Counter::new(TEMPLATES_MAX),
            lines: 0,
            bytes: 0,
            words: 0,
            errors: 0,
            warnings: 0,
            failures: 0,
            stderr: 0,
            folded: 0,
            span_ns: 0,
            silence_ns: 0,
            line: Line::new(),
            classes: Classes::new(),
        }
    }

    /// Counts `window` anew.
    pub(crate) fn fill(&mut self, window: Window<'_>) {
        self.clear();
        let (mut before, mut last_ns, mut first_ns, mut end_ns) = (0u64, None, u64::MAX, 0u64);
        for record in window.lines() {
            self.line.read(record.text, &mut self.classes);
            let template = self.line.template();
            self.add(template, record.text, record.stderr);
            if before != 0 {
                self.successions.add(succession(before, template));
            }
            before = template;
            if let Some(last) = last_ns {
                self.silence_ns = self.silence_ns.max(record.time.saturating_sub(last));
            }
            last_ns = Some(record.time);
            first_ns = first_ns.min(record.time);
            end_ns = end_ns.max(record.time);
        }
        self.span_ns = end_ns.saturating_sub(first_ns);
    }

    fn add(&mut self, template: u64, text: &[u8], stderr: bool) {
        let line = &self.line;
        self.lines += 1;
        self.bytes += text.len() as u64;
        self.words += line.tokens().len() as u64;
        self.errors += u32::from(line.level() == Level::Error);
        self.warnings += u32::from(line.level() == Level::Warn);
        self.failures += u32::from(line.failure());
        self.stderr += u32::from(stderr);
        self.folded += u32::from(bytes::find(text, 0, b'\n') < text.len());
        self.templates.add(template);
        for &token in line.tokens() {
            self.tokens.add(token);
        }
    }

    fn clear(&mut self) {
        self.templates.clear();
        self.tokens.clear();
        self.successions.clear();
        (self.lines, self.errors, self.warnings, self.failures, self.stderr, self.folded) = (0, 0, 0, 0, 0, 0);
        (self.bytes, self.words, self.span_ns, self.silence_ns) = (0, 0, 0, 0);
    }
}

/// The id of `template` coming right after `before`.
pub(crate) fn succession(before: u64, template: u64) -> u64 {
    hash::finish(hash::mix(before, template)).max(1)
}
