//! What people said of this container's alerts, for whoever is to serve next.

use super::{Watch, WatchError, blocking};
use crate::alert::Alert;
use crate::judge::{EXAMPLES_MAX, Example};
use crate::pipeline::live::Live;
use crate::plugins::PluginError;
use crate::receipt::case::Case;
use crate::receipt::evidence::unpack;
use crate::run::saved::alert_from_store;
use crate::store::StoreError;
use crate::window::{Cut, Windows};

impl Watch {
    /// Why `next` may not serve, and itself. A question that fails keeps nobody from serving: what fails here fails there too, and is dealt with there.
    pub(super) async fn broken_promise(&mut self, mut next: Live) -> Result<(Live, Option<String>), WatchError> {
        let examples = self.examples().await?;
        if examples.is_empty() {
            return Ok((next, None));
        }
        let mut bench = self.take_bench();
        let (bench, next, broken) = blocking(move || {
            let broken = bench.broken_promise(&mut next, &examples);
            (bench, next, broken)
        })
        .await;
        self.put_bench(bench);
        Ok((next, self.told(broken)))
    }

    /// The same for the candidate.
    pub(super) async fn candidate_breaks(&mut self) -> Result<Option<String>, WatchError> {
        let examples = self.examples().await?;
        let mut bench = self.take_bench();
        let (bench, broken) = blocking(move || {
            let broken = bench.candidate_breaks(&examples);
            (bench, broken)
        })
        .await;
        self.put_bench(bench);
        Ok(self.told(broken))
    }

    fn told(&self, broken: Result<Option<String>, PluginError>) -> Option<String> {
        let warn = |error: &PluginError| tracing::warn!(container = %self.identity, %error, "labelled windows could not be asked about");
        broken.inspect_err(warn).ok().flatten()
    }

    /// The windows of the newest labelled alerts, as far as their evidence is kept.
    async fn examples(&self) -> Result<Vec<Example>, StoreError> {
        let mut examples = Vec::new();
        for label in ["real", "normal"] {
            for stored in self.shared.store.labelled_alerts(&self.identity, label, EXAMPLES_MAX).await? {
                examples.extend(self.example(&alert_from_store(stored)?).await?);
            }
        }
        Ok(examples)
    }

    async fn example(&self, alert: &Alert) -> Result<Option<Example>, StoreError> {
        let (Some(case), Some(label)) = (&alert.receipt.case, alert.label) else { return Ok(None) };
        let store = &self.shared.store;
        let Some(bytes) = store.evidence(case).await? else { return Ok(None) };
        let Ok(case) = serde_json::from_slice::<Case>(&bytes) else { return Ok(None) };
        let lines = store.evidence(&case.window).await?.and_then(|bytes| unpack(&bytes));
        Ok(lines.map(|lines| {
            let mut window = Windows::default();
            window.push(&lines, &Cut { lines: 0..lines.len(), begin_ns: case.begin_ns, end_ns: case.end_ns });
            Example { alert: alert.id, label, window }
        }))
    }
}
