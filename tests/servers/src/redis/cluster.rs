//! A cluster of masters without replicas.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};

use super::{Options, Redis, free_port};

const SLOTS: usize = 16_384;
const JOIN_MAX: Duration = Duration::from_secs(30);

/// Nodes that share the slots evenly.
#[derive(Debug)]
pub struct Cluster {
    pub nodes: Vec<Redis>,
}

impl Cluster {
    pub fn start(nodes: usize) -> anyhow::Result<Self> {
        let nodes = (0..nodes).map(|_| node()).collect::<anyhow::Result<Vec<_>>>()?;
        for (index, node) in nodes.iter().enumerate() {
            let first = SLOTS * index / nodes.len();
            let last = SLOTS * (index + 1) / nodes.len() - 1;
            let answer = node.cli(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &last.to_string()])?;
            ensure!(answer == "OK", "slots {first} to {last} cannot be given: {answer}");
        }
        let cluster = Self { nodes };
        cluster.meet()?;
        Ok(cluster)
    }

    /// `redis+cluster://127.0.0.1:PORT,127.0.0.1:PORT,…`
    pub fn url(&self) -> String {
        let hosts: Vec<_> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
        format!("redis+cluster://{}", hosts.join(","))
    }

    fn meet(&self) -> anyhow::Result<()> {
        for other in &self.nodes[1..] {
            let bus = other.cli(&["CONFIG", "GET", "cluster-port"])?;
            let bus = bus.lines().last().unwrap_or_default();
            self.nodes[0].cli(&["CLUSTER", "MEET", "127.0.0.1", &other.port().to_string(), bus])?;
        }
        let begun = Instant::now();
        while begun.elapsed() < JOIN_MAX {
            if self.nodes.iter().all(|node| self.is_whole(node)) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("the cluster is not whole within {JOIN_MAX:?}")
    }

    fn is_whole(&self, node: &Redis) -> bool {
        let known = format!("cluster_known_nodes:{}", self.nodes.len());
        node.cli(&["CLUSTER", "INFO"])
            .is_ok_and(|info| info.contains("cluster_state:ok") && info.contains(known.as_str()))
    }
}

/// The port of the cluster's bus is given too: the usual one, 10000 above, may not exist.
fn node() -> anyhow::Result<Redis> {
    let bus = free_port()?.to_string();
    let arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", &bus];
    Redis::start_with(Options { arguments: arguments.map(String::from).to_vec(), ..Options::default() })
}
