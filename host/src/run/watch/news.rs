//! What a watch is told from the collector's side: in messages what happened, and in two marks that both sides see how far its stream reaches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::collect::Happening;

/// What the collector tells a watch.
#[derive(Debug, Clone, Default)]
pub(crate) struct News {
    /// All that the engine had stored before is in the stream.
    pub(crate) caught_up: bool,
    /// The container was removed: nothing more will come.
    pub(crate) gone: bool,
    /// The engine told of the container: its labels may be others, and are stored.
    pub(crate) relabelled: bool,
    /// What happened to it beside its log.
    pub(crate) happened: Vec<Happening>,
    /// It runs from another image than before: that one's name, and this one's.
    pub(crate) deployed: Option<(String, String)>,
}

impl News {
    /// What was told later.
    pub(crate) fn add(&mut self, later: Self) {
        self.caught_up |= later.caught_up;
        self.gone = later.gone;
        self.relabelled |= later.relabelled;
        self.happened.extend(later.happened);
        self.deployed = later.deployed.or(self.deployed.take());
    }
}

/// How far a stream reaches, and from where on its watch is to be woken for that; told between the collector's side and the watch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach(Arc<Marks>);

#[derive(Debug, Default)]
struct Marks {
    /// One more than the number of the last line that is known to be in the stream; 0 where that is not known.
    end_seq: AtomicU64,
    wake_at: AtomicU64,
}

impl Reach {
    /// `None` where it is not known: then the stream must be asked.
    pub(super) fn get(&self) -> Option<u64> {
        Some(self.0.end_seq.load(Ordering::Relaxed)).filter(|end_seq| *end_seq > 0)
    }

    /// Lines that fill no window are read with the watch's next tick: a thousand small reads cost more than all else.
    pub(super) fn wake_at(&self, end_seq: u64) {
        self.0.wake_at.store(end_seq, Ordering::Relaxed);
    }

    /// Whether the watch should look at once.
    pub(crate) fn set(&self, end_seq: Option<u64>) -> bool {
        self.0.end_seq.store(end_seq.unwrap_or(0), Ordering::Relaxed);
        end_seq.is_none_or(|end_seq| end_seq >= self.0.wake_at.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_later_is_added_and_the_last_word_on_its_end_counts() {
        let images = |new: &str| Some(("old".to_owned(), new.to_owned()));
        let mut news = News { caught_up: true, gone: true, deployed: images("a"), ..News::default() };
        news.add(News { relabelled: true, ..News::default() });
        assert!(news.caught_up && news.relabelled && !news.gone, "another container has taken its name");
        assert_eq!(news.deployed, images("a"));
        news.add(News { deployed: images("b"), ..News::default() });
        assert_eq!(news.deployed, images("b"));
    }

    #[test]
    fn a_watch_is_woken_for_a_full_window_and_where_nobody_knows() {
        let reach = Reach::default();
        assert_eq!(reach.get(), None);
        reach.wake_at(11);
        assert!(!reach.set(Some(10)) && reach.set(Some(11)) && reach.set(None));
        assert_eq!(reach.get(), None, "the stream must be asked");
    }
}
