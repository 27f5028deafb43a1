//! The faults: what is done to which service, and where it should show.

use anyhow::Result;

use super::inject;
use super::load::Load;
use super::stage::{Service, Stage};
use Service::{Api, Cache, Database, Web, Worker};

/// What a fault works on.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) stage: &'a Stage,
    pub(super) load: &'a Load,
}

type Act = fn(&Scene<'_>) -> Result<()>;

/// One fault.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) name: &'static str,
    /// What is done, for the table.
    pub(super) what: &'static str,
    /// Services whose alerts count as having found it; the one it is done to stands first.
    pub(super) signs: &'static [Service],
    pub(super) begin: Act,
    /// Called every few seconds while it lasts.
    pub(super) during: Act,
    pub(super) heal: Act,
}

/// In the order in which they are injected: neighbours meet different services.
pub(super) const FAULTS: [Fault; 15] = [
    Fault {
        name: "bad-config",
        what: "a typing error in nginx.conf, then a reload (nginx keeps the old one)",
        signs: &[Web],
        begin: inject::break_config,
        during: inject::nothing,
        heal: inject::mend_config,
    },
    Fault {
        name: "out-of-memory",
        what: "reports larger than the container's memory limit; the kernel kills the child",
        signs: &[Worker],
        begin: inject::hog_memory,
        during: inject::hog_memory,
        heal: inject::nothing,
    },
    Fault {
        name: "bad-credentials",
        what: "the database password is changed under the shop",
        signs: &[Database, Api, Web],
        begin: inject::change_password,
        during: inject::nothing,
        heal: inject::change_password_back,
    },
    Fault {
        name: "flood",
        what: "25 times the usual requests, all of the usual kind",
        signs: &[Web, Api, Worker, Cache, Database],
        begin: inject::flood,
        during: inject::nothing,
        heal: inject::ebb,
    },
    Fault {
        name: "disk-full",
        what: "the volume of the worker's reports is filled",
        signs: &[Worker],
        begin: inject::fill_reports,
        during: inject::nothing,
        heal: inject::empty_reports,
    },
    Fault {
        name: "cache-hang",
        what: "SIGSTOP to Redis: connections open, no answer",
        signs: &[Cache, Api, Worker, Web],
        begin: inject::stop_cache,
        during: inject::nothing,
        heal: inject::continue_cache,
    },
    Fault {
        name: "wrong-upstream",
        what: "nginx is reloaded with a valid configuration that names the wrong port",
        signs: &[Web],
        begin: inject::point_elsewhere,
        during: inject::nothing,
        heal: inject::mend_config,
    },
    Fault {
        name: "crash-loop",
        what: "the worker is started without a setting it needs; the engine restarts it for ever",
        signs: &[Worker],
        begin: inject::crash_worker,
        during: inject::nothing,
        heal: inject::restore_worker,
    },
    Fault {
        name: "backend-gone",
        what: "SIGKILL to Postgres, which stays down",
        signs: &[Database, Api, Web],
        begin: inject::kill_database,
        during: inject::nothing,
        heal: inject::start_database,
    },
    Fault {
        name: "snapshot-fails",
        what: "Redis' volume is filled: it cannot save, and refuses to be written",
        signs: &[Cache, Api, Worker],
        begin: inject::fill_cache,
        during: inject::nothing,
        heal: inject::empty_cache,
    },
    Fault {
        name: "slow-upstream",
        what: "a session locks the table of orders; requests wait until nginx gives up",
        signs: &[Database, Api, Web],
        begin: inject::lock_orders,
        during: inject::nothing,
        heal: inject::unlock_orders,
    },
    Fault {
        name: "silent-hang",
        what: "SIGSTOP to the worker: it says nothing more, nobody complains",
        signs: &[Worker],
        begin: inject::stop_worker,
        during: inject::nothing,
        heal: inject::continue_worker,
    },
    Fault {
        name: "partition",
        what: "the database is cut off the network",
        signs: &[Database, Api, Web],
        begin: inject::cut_database,
        during: inject::nothing,
        heal: inject::join_database,
    },
    Fault {
        name: "deploy",
        what: "the next release of the api, which says other things",
        signs: &[Api, Web],
        begin: inject::deploy_next,
        during: inject::nothing,
        heal: inject::deploy_present,
    },
    Fault {
        name: "too-many-clients",
        what: "idle sessions take all of the database's connections",
        signs: &[Database, Api, Web],
        begin: inject::take_connections,
        during: inject::nothing,
        heal: inject::give_connections,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_differ_and_each_fault_should_show_somewhere() {
        let names: BTreeSet<_> = FAULTS.iter().map(|fault| fault.name).collect();
        assert_eq!(names.len(), FAULTS.len());
        assert!(FAULTS.iter().all(|fault| !fault.signs.is_empty() && !fault.what.contains('|')));
    }

    #[test]
    fn neighbours_are_done_to_different_services() {
        assert!(FAULTS.windows(2).all(|pair| pair[0].signs[0] != pair[1].signs[0]));
    }
}
