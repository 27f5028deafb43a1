//! The generator in its container, on which the other tests stand.

use std::time::Duration;

use foghorn_tests::cast::{self, Player};
use foghorn_tests::wait;

#[test]
fn a_player_speaks_of_its_trouble_only_when_told_to() {
    if !cast::has_engine() {
        return;
    }
    let api = Player::start("api", &["--rate", "100"]).unwrap();
    let limit = Duration::from_secs(20);
    wait::until("usual lines", limit, || api.first_said("order stored")).unwrap();
    assert_eq!(api.first_said("connection refused").unwrap(), None);
    api.trouble("database", 2).unwrap();
    wait::until("the trouble", limit, || api.first_said("connection refused")).unwrap();
}
