//! Serves the dashboard over made-up data, to look at: `cargo run -p foghorn-dashboard --example preview -- PORT SCENE`,
//! where the scene is `shop` (default), `empty` or `many`, with 200 containers. Every two seconds everything is announced as changed.

use std::time::Duration;

use foghorn_dashboard::{Change, Options, router};

#[path = "../tests/router/fake/mod.rs"]
mod fake;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().map_or(Ok(8900), |text| text.parse())?;
    let scene = arguments.next().unwrap_or_default();
    let fake = match scene.as_str() {
        "empty" => fake::Fake::empty(),
        "many" => fake::Fake::many(),
        _ => fake::Fake::shop(),
    };
    let changes = fake.changes.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(2)).await;
            // Nobody listens while no page is open.
            let _ =
                changes.send(Change::Alerts).and(changes.send(Change::Containers)).and(changes.send(Change::Plugins));
        }
    });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router(fake::shared(fake), fake::FakeControl::obeying(), &Options::default())).await?;
    Ok(())
}
