//! Containers whose watch has not begun, with what was told of them meanwhile. Pure.

use std::collections::{HashMap, VecDeque};

use super::watch::News;
use crate::identity::Identity;

/// First come, first served; those that could not begin stand apart until they are tried again.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    news: HashMap<Identity, News>,
    due: VecDeque<Identity>,
    failed: Vec<Identity>,
}

impl Waiting {
    /// Puts a container at the end, or adds to what is told of it where it waits already.
    pub(super) fn put(&mut self, identity: &Identity, news: News) {
        match self.news.get_mut(identity) {
            Some(told) => told.add(news),
            None => {
                self.news.insert(identity.clone(), news);
                self.due.push_back(identity.clone());
            }
        }
    }

    /// One that could not begin.
    pub(super) fn put_back(&mut self, identity: Identity, news: News) {
        self.news.insert(identity.clone(), news);
        self.failed.push(identity);
    }

    /// The one that waits for the longest, with all that was told of it.
    pub(super) fn take(&mut self) -> Option<(Identity, News)> {
        let identity = self.due.pop_front()?;
        let news = self.news.remove(&identity).unwrap_or_default();
        Some((identity, news))
    }

    pub(super) fn is_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// Those that could not begin are due again.
    pub(super) fn retry(&mut self) {
        self.due.extend(self.failed.drain(..));
    }

    pub(super) fn identities(&self) -> impl Iterator<Item = &Identity> {
        self.news.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caught_up() -> News {
        News { caught_up: true, ..News::default() }
    }

    #[test]
    fn the_longest_wait_ends_first_and_nothing_that_was_told_is_lost() {
        let (a, b) = (Identity::of_name("h", "a"), Identity::of_name("h", "b"));
        let mut waiting = Waiting::default();
        waiting.put(&a, caught_up());
        waiting.put(&b, News::default());
        waiting.put(&a, News { relabelled: true, deployed: Some(("old".into(), "new".into())), ..News::default() });
        let (first, news) = waiting.take().unwrap();
        assert_eq!((first, news.caught_up, news.relabelled), (a, true, true));
        assert_eq!(news.deployed, Some(("old".into(), "new".into())));
        assert_eq!(waiting.take().map(|(identity, _)| identity), Some(b));
        assert!(waiting.take().is_none() && !waiting.is_due());
    }

    #[test]
    fn one_that_could_not_begin_is_tried_again_with_what_was_told_of_it() {
        let a = Identity::of_name("h", "a");
        let mut waiting = Waiting::default();
        waiting.put(&a, caught_up());
        let (identity, news) = waiting.take().unwrap();
        waiting.put_back(identity, news);
        waiting.put(&a, News { gone: true, ..News::default() });
        assert!(waiting.take().is_none() && !waiting.is_due());
        waiting.retry();
        let (_, news) = waiting.take().unwrap();
        assert!(news.caught_up && news.gone && waiting.take().is_none());
    }
}
