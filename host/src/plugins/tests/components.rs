//! The test components and the plugin host that runs them.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::{env, fs};

use crate::plugins::{CallLimits, Detector, Limits, Plugin, PluginError, Plugins, PluginsOptions, Rows};

const NAMES: [&str; 5] = ["hostile", "hostile-thresholds", "hostile-vectorizer", "wasi", "endless"];

type Named = (&'static str, Vec<u8>);

/// The test components by name; `None` where they were not built.
static BUILT: LazyLock<Option<Vec<Named>>> = LazyLock::new(read);

static HOST: LazyLock<Plugins> = LazyLock::new(|| Plugins::new(options()).unwrap());

/// Scoring has little time and training little memory, so that the tests are quick.
pub(super) fn options() -> PluginsOptions {
    let limits = Limits::default();
    let scoring = CallLimits { deadline_ms: 500, ..limits.scoring };
    let training = CallLimits { memory_bytes_max: 64 << 20, deadline_ms: 20_000, ..limits.training };
    PluginsOptions { limits: Limits { scoring, training, instances_max: 64, ..limits }, ..PluginsOptions::default() }
}

/// The plugin host that tests share.
pub(super) fn host() -> &'static Plugins {
    &HOST
}

/// The bytes of a test component. Says so where there is none.
pub(crate) fn component(name: &str) -> Option<&'static [u8]> {
    let Some(built) = &*BUILT else {
        eprintln!("skipped: the test components are not built; run cargo xtask test-plugins");
        return None;
    };
    built.iter().find(|(built, _)| *built == name).map(|(_, bytes)| bytes.as_slice())
}

/// Whether this binary was built without the built-in components; says so.
pub(crate) fn built_in_are_missing() -> bool {
    let missing = crate::plugins::builtin::BUILTIN.is_empty();
    if missing {
        eprintln!("skipped: the built-in components are not built; run cargo xtask build");
    }
    missing
}

/// The hostile detector, loaded.
pub(super) fn hostile() -> Option<Arc<Plugin>> {
    static PLUGIN: LazyLock<Option<Arc<Plugin>>> =
        LazyLock::new(|| component("hostile").map(|bytes| host().load(bytes, "testplugins/hostile").unwrap()));
    PLUGIN.clone()
}

pub(super) fn misbehave(how: &str) -> Vec<(String, String)> {
    vec![("misbehave".into(), how.into())]
}

/// A model of the hostile detector.
pub(super) fn model(plugin: &Arc<Plugin>, how: &str) -> Result<Detector, PluginError> {
    Detector::load(plugin, &misbehave(how), plugin.state_format, b"state")
}

/// Three rows, whose sums are 3, 0 and 4.
pub(super) fn rows() -> Rows {
    Rows { columns: 3, row_ptr: vec![0, 2, 2, 3], idx: vec![0, 2, 1], val: vec![1.0, 2.0, 4.0] }
}

/// As `cargo xtask test-plugins` left them.
fn read() -> Option<Vec<Named>> {
    let folder = target_dir().join("testcomponents");
    NAMES.iter().map(|name| Some((*name, fs::read(folder.join(format!("{name}.wasm"))).ok()?))).collect()
}

/// The test binary is `<target>/<profile>/deps/<name>`.
fn target_dir() -> PathBuf {
    env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}
