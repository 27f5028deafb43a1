//! What the host runs on, in figures: the system page, and part of what Prometheus is told.

use foghorn_dashboard::view::{Behind, ServerFigures, StoreFigures, System, Time};

use super::{Failure, HostSource};
use crate::memory::resident_bytes;
use crate::run::servers::ServerView;
use crate::store::{ContainerRecord, DeliveryState};

/// Lines a second are counted over this many newest windows of each container.
const RATE_WINDOWS: usize = 4;

impl HostSource {
    pub(super) async fn system_now(&self) -> Result<System, Failure> {
        let records = self.store.containers().await?;
        let sizes = self.store.sizes().await?;
        let mut servers = Vec::new();
        for server in &self.servers {
            servers.push(self.server_figures(server).await?);
        }
        let deliveries = self.store.delivery_counts().await?;
        let notices = |wanted: DeliveryState| {
            deliveries.iter().filter(|(_, state, _)| state == wanted.as_str()).map(|(_, _, count)| count).sum()
        };
        let behind = records.iter().filter_map(|record| self.behind(record)).max_by_key(|behind| behind.lines);
        Ok(System {
            status: self.status_now().await,
            memory_bytes: resident_bytes(),
            memory_limit_bytes: self.memory.limit_bytes(),
            memory_is_short: self.memory.is_short(),
            plugin_memory_bytes: self.desk.costs.all().iter().map(|(_, cost)| cost.snapshot().memory_bytes).sum(),
            store: StoreFigures {
                lines: sizes.lines,
                windows: self.store.windows_kept().await?,
                used_bytes: sizes.file_bytes + sizes.log_bytes,
                lines_bytes_max: self.store.options().retention_bytes,
                disk_free_bytes: free_bytes(&self.settings.data_dir),
            },
            servers,
            containers: records.len() as u64,
            lines_per_second: self.lines_per_second(&records).await?,
            lines_waiting: records.iter().filter_map(|record| self.behind(record)).map(|behind| behind.lines).sum(),
            furthest_behind: behind,
            lines_dropped: sizes.lines_dropped,
            notices_waiting: notices(DeliveryState::Waiting),
            notices_failed: notices(DeliveryState::Failed),
            alerts_open: sizes.alerts_open,
        })
    }

    /// `None` where no line waits, or none is waited for because the container still learns.
    fn behind(&self, record: &ContainerRecord) -> Option<Behind> {
        let lines = (record.lines + 1).saturating_sub(record.acknowledged_seq);
        let is_watched = record.successful_cycles >= self.settings.train.cycles;
        (is_watched && lines > 0).then(|| Behind {
            identity: record.info.identity.to_string(),
            lines,
            last_line: Time(record.last_line_ns),
        })
    }

    async fn lines_per_second(&self, records: &[ContainerRecord]) -> Result<f64, Failure> {
        let recent_ns = crate::clock::now_ns().saturating_sub(self.settings.window.age_ns.saturating_mul(3));
        let recent = records.iter().filter(|record| record.last_line_ns >= recent_ns);
        let identities = recent.map(|record| record.info.identity.clone()).collect();
        let windows = self.store.newest_windows(identities, RATE_WINDOWS).await?;
        let per_minute: f64 = windows.iter().filter_map(|windows| super::show::lines_per_minute(windows)).sum();
        Ok(per_minute / 60.0)
    }

    async fn server_figures(&self, server: &ServerView) -> Result<ServerFigures, Failure> {
        let check = self.server_check(server).await;
        let backlog = self.store.backlog(server.sink.name()).await?;
        Ok(ServerFigures {
            name: check.name,
            good: check.good,
            detail: check.detail,
            lines_waiting: backlog.lines,
            lines_missed: backlog.lines_missed,
        })
    }
}

/// Free space of the file system that holds `path`, for who may not use what is reserved.
fn free_bytes(path: &std::path::Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_space_and_one_that_is_not_there_has_none() {
        assert!(free_bytes(std::path::Path::new("/")).is_some());
        assert_eq!(free_bytes(std::path::Path::new("/no/such/place")), None);
    }
}
