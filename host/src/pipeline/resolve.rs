//! From what was asked for a container to plugins that there are.
//!
//! What cannot be followed is passed over for the next in order of precedence, with a note. A plugin that serves stays when its file is gone:
//! nothing changes until somebody says so, or the host starts again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::choice::{Origin, Own, Wish, overlaid, wishes};
use super::{Pinned, Pipeline, PipelineError, checked};
use crate::plugins::{Catalogue, CatalogueError, Digest, Plugin, Slot};
use crate::settings::{PipelineChoice, PluginSettings};

/// Settings that were checked and are remembered, over all containers.
const CHECKED_MAX: usize = 1_024;

/// What fills a slot, and why.
#[derive(Debug, Clone)]
pub struct Chosen {
    pub pinned: Pinned,
    /// As it was written.
    pub wanted: String,
    pub origin: Origin,
    /// What a person should know: what was asked for and cannot be followed.
    pub note: Option<String>,
}

/// What fills the three slots of a container.
#[derive(Debug, Clone)]
pub struct Choice {
    pub vectorizer: Chosen,
    pub detector: Chosen,
    pub thresholds: Chosen,
}

impl Choice {
    pub fn slot(&self, slot: Slot) -> &Chosen {
        match slot {
            Slot::Vectorizer => &self.vectorizer,
            Slot::Detector => &self.detector,
            Slot::Thresholds => &self.thresholds,
        }
    }

    /// Whether what this pipeline has learned is what the choice would learn.
    pub fn is_learned_by(&self, pipeline: &Pipeline) -> bool {
        self.vectorizer.pinned.is(&pipeline.vectorizer) && self.detector.pinned.is(&pipeline.detector)
    }

    pub fn pipeline(&self) -> Pipeline {
        Pipeline {
            vectorizer: self.vectorizer.pinned.clone(),
            detector: self.detector.pinned.clone(),
            thresholds: self.thresholds.pinned.clone(),
        }
    }
}

/// Finds plugins for containers.
#[derive(Debug)]
pub struct Resolver {
    host: PipelineChoice,
    checked: Mutex<Vec<Pinned>>,
}

impl Resolver {
    /// `host` is what the host's own settings say.
    pub fn new(host: PipelineChoice) -> Self {
        Self { host, checked: Mutex::default() }
    }

    /// What fills each slot of a container. `before` is what filled them until now. Blocks: plugins check their settings.
    pub fn resolve(
        &self,
        catalogue: &Catalogue,
        barred: &BTreeSet<Digest>,
        own: &Own,
        before: Option<&Choice>,
    ) -> Result<Choice, PipelineError> {
        let find = |slot: Slot| {
            let before = before.map(|choice| choice.slot(slot));
            self.find(slot, &Shelf { catalogue, barred, before }, own)
        };
        Ok(Choice {
            vectorizer: find(Slot::Vectorizer)?,
            detector: find(Slot::Detector)?,
            thresholds: find(Slot::Thresholds)?,
        })
    }

    /// Whether the host's own settings name a plugin for the slot that is not in `barred`: what containers fall back to.
    pub fn can_fill(&self, catalogue: &Catalogue, slot: Slot, barred: &BTreeSet<Digest>) -> bool {
        let host = self.host.slot(slot);
        let said = [host.flag.as_deref(), host.file.as_deref(), Some(host.default)];
        said.into_iter().flatten().any(|plugin| catalogue.resolve(plugin, slot, barred).is_ok())
    }

    /// A plugin that was named for a container, with settings of its own, for whatever slot it is.
    pub fn named(
        &self,
        catalogue: &Catalogue,
        barred: &BTreeSet<Digest>,
        plugin: &str,
        settings: &[(String, String)],
    ) -> Result<(Slot, Pinned), PipelineError> {
        let mut first = None;
        for slot in Slot::ALL {
            match catalogue.resolve(plugin, slot, barred) {
                Ok(found) => {
                    let settings = self.settings_for(&found, slot, catalogue, settings);
                    return Ok((slot, self.checked(found, settings)?));
                }
                Err(CatalogueError::WrongSlot { .. }) => {}
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(match first {
            // It is unknown in every slot: which one was asked first says nothing.
            None | Some(CatalogueError::Unknown { .. }) => {
                PipelineError::Unknown { plugin: plugin.to_owned(), known: known(catalogue) }
            }
            Some(error) => PipelineError::Catalogue(error),
        })
    }

    fn find(&self, slot: Slot, shelf: &Shelf<'_>, own: &Own) -> Result<Chosen, PipelineError> {
        let mut notes = Vec::new();
        let mut last = None;
        for wish in wishes(slot, self.host.slot(slot), own) {
            match self.fulfil(slot, shelf, &wish) {
                Ok((pinned, note)) => {
                    notes.extend(note);
                    let note = (!notes.is_empty()).then(|| notes.join("; "));
                    return Ok(Chosen { pinned, wanted: wish.plugin, origin: wish.origin, note });
                }
                Err(error) => {
                    notes.push(format!("the {} {} cannot be followed: {error}", wish.origin, wish.plugin));
                    last = Some(error);
                }
            }
        }
        Err(last.unwrap_or_else(|| PipelineError::Nothing { plugin: slot.to_string() }))
    }

    fn fulfil(&self, slot: Slot, shelf: &Shelf<'_>, wish: &Wish) -> Result<(Pinned, Option<String>), PipelineError> {
        let found = match shelf.catalogue.resolve(&wish.plugin, slot, shelf.barred) {
            Ok(found) => found,
            Err(error @ CatalogueError::Unknown { .. }) => match shelf.still_serving(wish) {
                Some(pinned) => {
                    let note = format!("the file of {} is gone; it serves until the host starts again", pinned.name());
                    return Ok((pinned, Some(note)));
                }
                None => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        };
        let settings = match wish.origin {
            // All that counted when it was pinned was kept with it: the pin of a way back means just what served then.
            Origin::Pin => wish.settings.clone(),
            _ => self.settings_for(&found, slot, shelf.catalogue, &wish.settings),
        };
        Ok((self.checked(found, settings)?, None))
    }

    /// The host's settings count for the plugin that the host's settings name; `own` goes before.
    fn settings_for(
        &self,
        plugin: &Plugin,
        slot: Slot,
        catalogue: &Catalogue,
        own: &[(String, String)],
    ) -> PluginSettings {
        let host = self.host.slot(slot);
        let named = catalogue.resolve(host.plugin(), slot, &BTreeSet::new());
        let is_named = named.is_ok_and(|named| named.name == plugin.name);
        overlaid(if is_named { &host.settings } else { &[] }, own)
    }

    /// Has the plugin check the settings, unless it did so before: many containers choose alike.
    fn checked(&self, plugin: Arc<Plugin>, settings: PluginSettings) -> Result<Pinned, PipelineError> {
        let wanted = Pinned { plugin, settings };
        let known = |all: &Vec<Pinned>| all.iter().find(|known| known.is(&wanted)).cloned();
        if let Some(known) = known(&self.checked.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(known);
        }
        let pinned = checked(wanted.plugin, wanted.settings)?;
        let mut all = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CHECKED_MAX {
            all.clear();
        }
        all.push(pinned.clone());
        Ok(pinned)
    }
}

/// All plugins, for people.
fn known(catalogue: &Catalogue) -> String {
    let names = catalogue.list().iter().map(|plugin| format!("{}@{}", plugin.name, plugin.plugin_version));
    names.collect::<Vec<_>>().join(", ")
}

/// Where plugins are looked for.
struct Shelf<'a> {
    catalogue: &'a Catalogue,
    barred: &'a BTreeSet<Digest>,
    before: Option<&'a Chosen>,
}

impl Shelf<'_> {
    /// What fills the slot under the same wish.
    fn still_serving(&self, wish: &Wish) -> Option<Pinned> {
        let before = self.before.filter(|before| before.wanted == wish.plugin && before.origin == wish.origin)?;
        (!self.barred.contains(&before.pinned.plugin.digest)).then(|| before.pinned.clone())
    }
}
