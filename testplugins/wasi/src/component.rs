//! `save` returns what was seen, as text; `decide` sleeps for an hour and returns what chance gives it.

use exports::foghorn::plugin::lifecycle;
use exports::foghorn::plugin::thresholds::{self, Decisions, GuestGate};
use foghorn::plugin::types::{Error, Pairs};
use wasi::cli::{environment, exit};
use wasi::clocks::{monotonic_clock, wall_clock};
use wasi::filesystem::preopens;
use wasi::random::random;
use wasi::sockets::tcp_create_socket;

wit_bindgen::generate!({ path: ["../../wit", "wit"], world: "foghorn:test-wasi/looks-around", generate_all });

const HOUR_NS: u64 = 3_600_000_000_000;

struct Component;

export!(Component);

struct Gate;

impl lifecycle::Guest for Component {
    fn describe() -> lifecycle::Info {
        lifecycle::Info {
            name: "looks-around".into(),
            plugin_version: "0.1.0".into(),
            summary: "Looks at all that wasi shows".into(),
            state_format: 1,
            reads_state: vec![1],
            extra: Vec::new(),
        }
    }

    fn settings_schema() -> Vec<lifecycle::Setting> {
        Vec::new()
    }

    fn validate_settings(_: Pairs) -> Vec<Error> {
        Vec::new()
    }
}

impl thresholds::Guest for Component {
    type Gate = Gate;
}

impl GuestGate for Gate {
    fn open(_: Pairs) -> Result<thresholds::Gate, Error> {
        Ok(thresholds::Gate::new(Self))
    }

    fn load(_: Pairs, _: u32, _: Vec<u8>) -> Result<thresholds::Gate, Error> {
        Ok(thresholds::Gate::new(Self))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        let seen = format!(
            "variables {} arguments {} directories {} socket {} year-2000 {}",
            environment::get_environment().len(),
            environment::get_arguments().len(),
            preopens::get_directories().len(),
            tcp_create_socket::create_tcp_socket(tcp_create_socket::IpAddressFamily::Ipv4).is_ok(),
            wall_clock::now().seconds == 946_684_800,
        );
        Ok(seen.into_bytes())
    }

    fn calibrate(&self, _: Vec<f32>) -> Result<(), Error> {
        exit::exit(Err(()));
        Ok(())
    }

    fn decide(&self, scores: Vec<f32>, _: Vec<u64>) -> Result<Decisions, Error> {
        let before = monotonic_clock::now();
        monotonic_clock::subscribe_duration(HOUR_NS).block();
        assert!(monotonic_clock::now() - before >= HOUR_NS);
        let chance = |_| 1.0 + (random::get_random_u64() % 1_000) as f32;
        Ok(Decisions { thresholds: scores.iter().map(chance).collect(), severities: vec![0; scores.len()] })
    }
}
