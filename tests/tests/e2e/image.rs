//! The image as it is shipped: made from parts of this machine, run by the committed compose file, through the committed proxy.

use std::time::Duration;

use foghorn_tests::cast::Player;
use foghorn_tests::stack::{self, Image, Stack};
use foghorn_tests::{host, wait};
use xtask::api;

const START_LIMIT: Duration = Duration::from_secs(40);
const LINES_LIMIT: Duration = Duration::from_secs(20);

#[test]
fn the_image_watches_through_the_proxy_and_keeps_its_data_when_it_is_replaced() {
    let Some(parts) = stack::parts() else { return };
    let image = Image::make(&host::binary().unwrap()).unwrap();
    is_small_and_nobodys(&image);
    let stack = Stack::new(parts, image.name()).unwrap();
    let web = Player::start("web", &["--seed", "51", "--rate", "20"]).unwrap();
    stack.up("foghorn").unwrap();

    let identity = format!("test/{}", web.name());
    healthy(&stack);
    wait::until("the container on the dashboard", LINES_LIMIT, || {
        Ok(api::named(&api::containers(stack.address())?, web.name()).map(drop))
    })
    .unwrap();
    let lines = wait::until("lines in history", LINES_LIMIT, || {
        let exported = stack.foghorn(&["history", "export", "--container", &identity])?;
        Ok((exported.lines().count() >= 5).then_some(exported))
    })
    .unwrap();
    is_confined(&stack);

    // Without its container the engine cannot tell the lines a second time.
    drop(web);
    stack.compose(&["up", "--detach", "--force-recreate", "foghorn"]).unwrap();
    healthy(&stack);
    let kept = stack.foghorn(&["history", "export", "--container", &identity]).unwrap();
    assert!(kept.starts_with(&lines), "the lines from before are gone: {kept:.500}");
}

fn is_small_and_nobodys(image: &Image) {
    assert_eq!(image.fact("{{.Config.User}}").unwrap(), "10001:10001");
    let version = image.fact(r#"{{index .Config.Labels "org.opencontainers.image.version"}}"#).unwrap();
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    let bytes: u64 = image.fact("{{.Size}}").unwrap().parse().unwrap();
    assert!(bytes < 100_000_000, "{bytes} bytes: are there more than the program and its libraries?");
}

fn healthy(stack: &Stack) {
    wait::until("the container to be healthy", START_LIMIT, || {
        let health = stack.fact("foghorn", "{{.State.Health.Status}}")?;
        Ok((health == "healthy").then_some(()))
    })
    .unwrap();
}

fn is_confined(stack: &Stack) {
    let confined = "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}}";
    for service in ["foghorn", "proxy"] {
        assert_eq!(stack.fact(service, confined).unwrap(), "true [ALL] [no-new-privileges:true]", "{service}");
    }
    let mounts = stack.fact("foghorn", "{{range .Mounts}}{{.Destination}} {{end}}").unwrap();
    assert_eq!(mounts.trim(), "/var/lib/foghorn", "the engine's socket is the proxy's alone");
}

#[test]
fn both_compose_files_are_understood() {
    let Some(parts) = stack::parts() else { return };
    let stack = Stack::new(parts, "none").unwrap();
    let full = stack.compose_full(&["config"]).unwrap();
    for service in ["foghorn:", "proxy:", "redis:", "influxdb:", "grafana:"] {
        assert!(full.lines().any(|line| line.trim() == service), "{service} is missing in {full}");
    }
}
