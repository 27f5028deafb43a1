//! What befalls: drawn at random, told on standard error with its time, so that it can be followed.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::World;
use crate::cast::End;

/// How long something is away.
const AWAY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(8));
const TROUBLES: [&str; 3] = ["database", "disk", "attack"];

/// A stroke of fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    HostKilled,
    HostStopped,
    EngineRestarted,
    RedisAway,
    InfluxAway,
    ContainerRestarted,
    ContainerKilled,
    ContainerRecreated,
    Trouble,
}

/// Those of the host first.
pub(crate) const ALL: [Fate; 9] = [
    Fate::HostKilled,
    Fate::HostStopped,
    Fate::EngineRestarted,
    Fate::RedisAway,
    Fate::InfluxAway,
    Fate::ContainerRestarted,
    Fate::ContainerKilled,
    Fate::ContainerRecreated,
    Fate::Trouble,
];

impl Fate {
    /// As it is told in the table.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::HostKilled => "host killed",
            Self::HostStopped => "host stopped",
            Self::EngineRestarted => "engine restarted",
            Self::RedisAway => "Redis away",
            Self::InfluxAway => "InfluxDB away",
            Self::ContainerRestarted => "container restarted",
            Self::ContainerKilled => "container killed and started",
            Self::ContainerRecreated => "container removed and created again",
            Self::Trouble => "trouble in a container",
        }
    }

    /// The host is spared unless `with_host`.
    pub(crate) fn draw(chance: &mut Chance, with_host: bool) -> Self {
        let from = if with_host { 0 } else { 2 };
        ALL[from + chance.below(ALL.len() - from)]
    }

    pub(crate) fn strike(self, world: &mut World, chance: &mut Chance) -> Result<()> {
        let role = world.cast.roles().start + chance.below(world.cast.roles().len());
        let (away, kill) = (chance.between(AWAY), chance.below(2) == 0);
        eprintln!("{self:?}, container {role}, away for {} ms, killed: {kill}", away.as_millis());
        let engine = &mut world.engine;
        match self {
            Self::HostKilled => {
                world.take_host()?.kill()?;
                thread::sleep(away);
                world.start_host()
            }
            Self::HostStopped => {
                world.take_host()?.stop()?;
                thread::sleep(away);
                world.start_host()
            }
            Self::EngineRestarted => engine.restart(away),
            Self::RedisAway => {
                if kill {
                    world.redis.kill();
                } else {
                    world.redis.stop()?;
                }
                thread::sleep(away);
                world.redis.start_again()
            }
            Self::InfluxAway => {
                if kill {
                    world.influx.kill()?;
                } else {
                    world.influx.stop()?;
                }
                thread::sleep(away);
                world.influx.start_again()
            }
            Self::ContainerRestarted => world.cast.restart(engine, role, End::Stop),
            Self::ContainerKilled => world.cast.restart(engine, role, End::Kill),
            Self::ContainerRecreated => {
                let host = world.host.lock().expect("no sampling panics").as_ref().context("the host runs")?.address();
                world.cast.recreate(engine, role, host)
            }
            Self::Trouble => world.cast.trouble(engine, role, TROUBLES[chance.below(TROUBLES.len())]),
        }
    }
}

/// Numbers that nobody foresees.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(now.as_nanos() & u128::from(u64::MAX)).unwrap_or_default() | 1)
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap_or_default()
    }

    pub(crate) fn between(&mut self, (least, most): (Duration, Duration)) -> Duration {
        let span = usize::try_from((most - least).as_millis()).unwrap_or_default();
        least + Duration::from_millis(self.below(span) as u64)
    }
}
