//! Containers of the demo's generator, each removed when its guard is dropped.
//!
//! When a test is killed instead, they remove themselves: the generator ends after [`LIFE_SECONDS`], and the engine removes
//! what has ended.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow};
use xtask::demo_image;
use xtask::docker::{self, Container};
use xtask::workspace::Workspace;

const LIFE_SECONDS: &str = "900";

/// A container that is removed with its guard.
#[derive(Debug)]
pub struct Player(Container);

impl Player {
    /// Starts a generator: `web`, `api` or `worker`, with further options. Its name is new and holds the character's.
    pub fn start(character: &str, options: &[&str]) -> Result<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let name = format!("foghorn-test-{character}-{}-{since}-{number}", std::process::id());
        let args = [&[character, "--seconds", LIFE_SECONDS], options].concat();
        let labels = ["foghorn.test=1", "foghorn.enable=true"];
        Ok(Self(Container::start(image()?, &name, &labels, &args)?))
    }

    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Makes it go wrong for some seconds: `database`, `disk` or `attack`.
    pub fn trouble(&self, kind: &str, seconds: u64) -> Result<()> {
        self.0.trouble(kind, seconds)
    }

    /// The engine's time stamp of the first line that holds `text`.
    pub fn first_said(&self, text: &str) -> Result<Option<String>> {
        let log = self.0.log()?;
        let said = log.lines().filter(|line| line.contains(text)).filter_map(|line| line.split(' ').next());
        Ok(said.min().map(str::to_owned))
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        if let Err(error) = self.0.remove() {
            eprintln!("cannot remove {}: {error:#}", self.name());
        }
    }
}

/// True when a Docker engine answers; else says that the test is skipped.
pub fn has_engine() -> bool {
    let engine = docker::require_engine();
    if let Err(error) = &engine {
        eprintln!("skipped: {error:#}");
    }
    engine.is_ok()
}

/// The generator's image, made once for all tests.
fn image() -> Result<&'static str> {
    static IMAGE: OnceLock<Result<String, String>> = OnceLock::new();
    let made = IMAGE.get_or_init(|| {
        let image = Workspace::find().and_then(|workspace| demo_image::ensure(&workspace));
        image.map_err(|error| format!("{error:#}"))
    });
    made.as_deref().map_err(|error| anyhow!("{error}"))
}
