//! The second process of the demo: tells the story while the host runs, and clears up once it is gone.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::process::parent_id;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::docker::{self, Container};
use crate::story::{Act, Story, TROUBLE_SECONDS};
use crate::{api, demo};

const LOOK: Duration = Duration::from_millis(500);

/// Runs until process `host`, our parent, is gone; then removes the demo's containers and `data`.
pub fn run(address: SocketAddr, host: u32, data: &Path) -> Result<()> {
    let begin = Instant::now();
    let mut story = Story::default();
    let mut told = BTreeSet::new();
    while parent_id() == host {
        // The host is still starting, or on its way out: both show in the next look.
        let _ = look(address, begin.elapsed(), &mut story, &mut told);
        thread::sleep(LOOK);
    }
    docker::remove_labelled(demo::LABEL)?;
    fs::remove_dir_all(data).with_context(|| format!("cannot remove {}", data.display()))?;
    tell("the demo's containers and data are removed");
    Ok(())
}

/// One look at the dashboard, and what follows from it.
fn look(address: SocketAddr, now: Duration, story: &mut Story, told: &mut BTreeSet<u64>) -> Result<()> {
    let name = demo::container_name("api");
    let cards = api::containers(address)?;
    let Some(card) = api::named(&cards, &name) else { return Ok(()) };
    match story.next(now, &card.state) {
        Some(Act::Say(text)) => tell(&text),
        Some(Act::Trouble { kind, say }) => {
            tell(say);
            if let Err(error) = Container::named(&name).trouble(kind, TROUBLE_SECONDS) {
                tell(&format!("{error:#}"));
            }
        }
        None => {}
    }
    for alert in api::alerts(address)? {
        if told.insert(alert.id) {
            tell(&format!("alert on {} ({}): {}", alert.identity, alert.severity, alert.reason.escape_debug()));
        }
    }
    Ok(())
}

fn tell(text: &str) {
    eprintln!("demo: {text}");
}
