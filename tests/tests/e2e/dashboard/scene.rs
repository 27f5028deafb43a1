//! A host that has learned two containers, and may be given plugins.

use std::path::PathBuf;
use std::time::Duration;

use foghorn_tests::cast::Player;
use foghorn_tests::host::Host;
use foghorn_tests::wait;
use tempfile::TempDir;
use xtask::api::{self, State};

pub(crate) const TOKEN: &str = "only for this test, nowhere else";
const SETTINGS: [&str; 8] = [
    "--window-age=2s",
    "--train-interval=12s",
    "--train-windows-min=6",
    // Soon enough that there is a generation to go back to.
    "--retrain-interval=20s",
    "--resolve-after=600s",
    "--alert-canary=off",
    "--allow-hosts=foghorn.test",
    "--set=thresholds.alerts_per_week=0.01",
];
const LEARNED_LIMIT: Duration = Duration::from_secs(240);
const ALERT_LIMIT: Duration = Duration::from_secs(60);

/// What all chapters stand on.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) host: Host,
    pub(crate) web: Player,
    pub(crate) worker: Player,
    _data: TempDir,
}

impl Scene {
    /// Both containers are watched.
    pub(crate) fn learned() -> Self {
        let web = Player::start("web", &["--seed", "21", "--rate", "30"]).unwrap();
        let worker = Player::start("worker", &["--seed", "22", "--rate", "20"]).unwrap();
        let data = tempfile::tempdir().unwrap();
        let (plugins, token) = (data.path().join("plugins"), data.path().join("token"));
        std::fs::create_dir(&plugins).unwrap();
        std::fs::write(&token, TOKEN).unwrap();
        let own = [format!("--plugins-dir={}", plugins.display()), format!("--admin-token-file={}", token.display())];
        let settings: Vec<&str> = SETTINGS.into_iter().chain(own.iter().map(String::as_str)).collect();
        let host = Host::start(&data.path().join("data"), &settings).unwrap();
        let scene = Self { host, web, worker, _data: data };
        scene.wait_until_learned();
        scene
    }

    fn wait_until_learned(&self) {
        wait::until("both containers to be learned", LEARNED_LIMIT, || {
            let cards = self.host.containers()?;
            let is_watched = |name: &str| {
                api::named(&cards, name).is_some_and(|card| card.state == State::Watching && card.scores > 3)
            };
            Ok((is_watched(self.web.name()) && is_watched(self.worker.name())).then_some(()))
        })
        .unwrap_or_else(|error| panic!("{error:#}\n{}", self.host.log_end()));
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host.address())
    }

    /// The identity of the container that goes wrong.
    pub(crate) fn web_identity(&self) -> String {
        format!("test/{}", self.web.name())
    }

    /// The number of its newest alert.
    pub(crate) fn alert(&self) -> u64 {
        wait::until("an alert", ALERT_LIMIT, || Ok(self.host.alerts_of(self.web.name())?.first().map(|alert| alert.id)))
            .unwrap_or_else(|error| panic!("{error:#}\n{}", self.host.log_end()))
    }

    /// Where pictures of pages go: `FOGHORN_SCREENSHOTS`, where it is set.
    pub(crate) fn pictures() -> Option<PathBuf> {
        std::env::var_os("FOGHORN_SCREENSHOTS").map(PathBuf::from)
    }

    pub(crate) fn end(self) {
        self.host.stop().unwrap();
    }
}
