//! The plugin host, and how bytes become a plugin: checked, compiled or taken from the cache, asked what it is.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};

use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};

use super::bindings::{detector, host, lifecycle, thresholds, types, vectorizer};
use super::cache::Cache;
use super::card::{self, Card};
use super::digest::Digest;
use super::engine::{self, EngineError};
use super::fault::{Label, PluginError};
use super::limits::Limits;
use super::plugin::{Code, Plugin, Setting, Slot, SlotIndices};
use super::state::State;
use super::{check, inspect, text, wasi};

/// How the plugin host works.
#[derive(Debug, Clone, Default)]
pub struct PluginsOptions {
    /// Where compiled components are kept; without, each start compiles them.
    pub cache_dir: Option<PathBuf>,
    pub limits: Limits,
    /// Whether components may import `wasi:*`. Default: no. They get an empty world: nothing is reachable through it.
    pub wasi: bool,
}

/// The plugin host. One a process.
pub struct Plugins {
    engine: Engine,
    linker: Linker<State>,
    cache: Option<Cache>,
    limits: Arc<Limits>,
    wasi: bool,
    /// Compiling has threads of its own: a rayon worker that waited for it would take up other work meanwhile, training
    /// for instance, and many compilations at once would leave nothing for scoring.
    compilers: rayon::ThreadPool,
}

impl Plugins {
    pub fn new(options: PluginsOptions) -> Result<Self, EngineError> {
        let engine = engine::start(&options.limits)?;
        Self::on(engine, options)
    }

    /// A plugin host without deadlines: an endless loop takes its thread for ever. Only for measuring what deadlines cost, with
    /// plugins that are known; no setting leads here.
    pub fn without_deadlines(options: PluginsOptions) -> Result<Self, EngineError> {
        let engine = engine::start_without_deadlines(&options.limits)?;
        Self::on(engine, options)
    }

    fn on(engine: Engine, options: PluginsOptions) -> Result<Self, EngineError> {
        let linker = linker(&engine, options.wasi).map_err(|error| EngineError::Wasmtime(error.to_string()))?;
        let compilers = rayon::ThreadPoolBuilder::new()
            .num_threads(options.limits.compile_threads)
            .thread_name(|index| format!("plugin-compile-{index}"))
            // Whoever waits sees that nothing comes; without a handler a panic over one file would end the process.
            .panic_handler(|_| tracing::error!("the compiler panicked over a plugin"))
            .build()?;
        let cache = options.cache_dir.and_then(|directory| Cache::open(&directory, &engine));
        Ok(Self { engine, linker, cache, limits: Arc::new(options.limits), wasi: options.wasi, compilers })
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Makes a plugin of a component. `source` says where the bytes came from, for people.
    pub fn load(&self, bytes: &[u8], source: &str) -> Result<Arc<Plugin>, LoadError> {
        self.load_checked(bytes, source).map_err(|fault| LoadError { origin: source.to_owned(), fault })
    }

    fn load_checked(&self, bytes: &[u8], source: &str) -> Result<Arc<Plugin>, LoadFault> {
        if bytes.len() > self.limits.component_bytes_max {
            return Err(LoadFault::Size { found: bytes.len() as u64, most: self.limits.component_bytes_max });
        }
        inspect::check_encoding(bytes)?;
        let digest = Digest::of(bytes);
        let component = self.compile(bytes, &digest)?;
        let (slot, contract) = inspect::slot(&self.engine, &component)?;
        let imports = inspect::imports(&self.engine, &component);
        inspect::check_imports(&imports, self.wasi)?;
        let mut code = self.link(&component, slot, Label::new(source, digest, slot))?;
        code.check_types()?;
        let (card, schema) = introduce(&code)?;
        code.label = Label::new(&format!("{} {}", card.name, card.version), digest, slot);
        Ok(Arc::new(Plugin {
            digest,
            slot,
            name: card.name,
            plugin_version: card.version.to_string(),
            summary: card.summary,
            state_format: card.state_format,
            reads_state: card.reads_state,
            parts: if slot == Slot::Detector { card.parts } else { 1 },
            contract,
            imports,
            bytes: bytes.into(),
            source: source.to_owned(),
            schema,
            version: card.version,
            code,
        }))
    }

    fn compile(&self, bytes: &[u8], digest: &Digest) -> Result<Component, LoadFault> {
        if let Some(component) = self.cache.as_ref().and_then(|cache| cache.get(&self.engine, digest)) {
            return Ok(component);
        }
        let (done, compiled) = mpsc::sync_channel(1);
        let (engine, bytes) = (self.engine.clone(), bytes.to_vec());
        self.compilers.spawn(move || {
            // Nobody waits any more when this fails.
            let _ = done.send(Component::from_binary(&engine, &bytes));
        });
        let component = compiled
            .recv()
            .map_err(|_| LoadFault::Damaged("the compiler stopped".into()))?
            .map_err(|error| LoadFault::Damaged(text::safe(&format!("{error:#}"), 400)))?;
        if let Some(cache) = &self.cache {
            cache.put(digest, &component);
        }
        Ok(component)
    }

    fn link(&self, component: &Component, slot: Slot, label: Label) -> Result<Code, LoadFault> {
        let mismatch = |error: wasmtime::Error| LoadFault::Mismatch(text::safe(&format!("{error:#}"), 400));
        let pre = self.linker.instantiate_pre(component).map_err(mismatch)?;
        let lifecycle = lifecycle::GuestIndices::new(&pre).map_err(mismatch)?;
        let slot = slot_indices(&pre, slot).map_err(mismatch)?;
        Ok(Code { label, pre, lifecycle, slot, limits: Arc::clone(&self.limits) })
    }
}

impl fmt::Debug for Plugins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugins").field("cache", &self.cache).field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn linker(engine: &Engine, wasi: bool) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    types::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    host::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)?;
    if wasi {
        wasi::add_to_linker(&mut linker)?;
    }
    Ok(linker)
}

fn slot_indices(pre: &InstancePre<State>, slot: Slot) -> wasmtime::Result<SlotIndices> {
    Ok(match slot {
        Slot::Vectorizer => SlotIndices::Vectorizer(vectorizer::GuestIndices::new(pre)?),
        Slot::Detector => SlotIndices::Detector(detector::GuestIndices::new(pre)?),
        Slot::Thresholds => SlotIndices::Thresholds(thresholds::GuestIndices::new(pre)?),
    })
}

/// Asks a component what it is, in an instance that is thrown away.
fn introduce(code: &Code) -> Result<(Card, Vec<Setting>), LoadFault> {
    let (mut instance, guest) = code.start_card()?;
    let info = instance.call("describe", check::CARD_BYTES_MAX, |store| guest.call_describe(store))?;
    let card = card::check(info).map_err(LoadFault::Card)?;
    let schema = instance.call("settings-schema", check::CARD_BYTES_MAX, |store| guest.call_settings_schema(store))?;
    let schema = card::check_schema(schema).map_err(LoadFault::Card)?;
    Ok((card, schema))
}

/// Why a component is no plugin.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {fault}")]
pub struct LoadError {
    /// Where the bytes came from.
    pub origin: String,
    pub fault: LoadFault,
}

/// What is wrong with a component.
#[derive(Debug, thiserror::Error)]
pub enum LoadFault {
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    #[error("not webassembly: it begins with {head}, a component with 00 61 73 6d 0d 00 01 00")]
    NotWasm { head: String },
    #[error("a core module, not a component; wrap it with wit-component or build it for the world it implements")]
    CoreModule,
    #[error("compiled code, not a component; give the .wasm file it was made of")]
    Precompiled,
    #[error("a webassembly encoding that this host does not read; build it with a current toolchain")]
    Encoding,
    #[error("{found} bytes; at most {most} are allowed")]
    Size { found: u64, most: usize },
    #[error("damaged, or made with features that are not allowed: {0}")]
    Damaged(String),
    #[error("no plugin: it exports none of foghorn:plugin/vectorizer, detector and thresholds, but {exports}")]
    NoSlot { exports: String },
    #[error("it exports both {first} and {second}; a plugin exports exactly one")]
    TwoSlots { first: Slot, second: Slot },
    #[error("it exports {slot} without foghorn:plugin/lifecycle; a plugin exports both")]
    NoLifecycle { slot: Slot },
    #[error(
        "made for version '{found}' of the contract foghorn:plugin; this host reads {reads}.x: update the host or build the plugin for it"
    )]
    Contract { found: String, reads: &'static str },
    #[error("it imports {names}; allowed is foghorn:plugin/host alone{}", if *only_wasi { " (wasi can be granted: it is then an empty world)" } else { "" })]
    Imports { names: String, only_wasi: bool },
    #[error("it does not fit the contract: {0}")]
    Mismatch(String),
    #[error("its card has {0}")]
    Card(String),
    #[error("it is {plugin}, as is {}, and they differ; remove one or change its version", others(twins))]
    Twins { plugin: String, twins: Vec<PathBuf> },
    #[error("one of {found} components in the directory; only the first {most} by name are read")]
    TooMany { found: usize, most: usize },
    #[error(transparent)]
    Plugin(#[from] PluginError),
}

impl LoadFault {
    /// Whether the same file may do another time: the host lacked something, not the component.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::Plugin(PluginError::Start { .. }))
    }
}

fn others(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ")
}
