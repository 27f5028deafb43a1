//! How each fault is made, and taken away again. Nothing here writes into a log: the services do.

use anyhow::{Context, Result};

use super::fault::Scene;
use super::stage::Service::{Api, Cache, Database, Web, Worker};

const FLOOD: u32 = 25;
const NGINX: &str = include_str!("../../faults/etc/nginx/nginx.conf");
/// A job whose report takes several times the worker's memory.
const HUGE: &str = r#"{"id":90001,"kind":"report","rows":5000000}"#;
/// Name under which the sessions of a fault are known to the database.
const SESSION: &str = "PGAPPNAME=batch";
const END_SESSIONS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'batch'";

pub(super) fn nothing(_: &Scene<'_>) -> Result<()> {
    Ok(())
}

fn configure(scene: &Scene<'_>, text: &str) -> Result<()> {
    let write = "printf %s \"$0\" > /etc/nginx/nginx.conf";
    scene.stage.exec(Web, &["sh", "-c", write, text])?;
    scene.stage.engine(&["kill", "--signal", "HUP"], Web)
}

pub(super) fn break_config(scene: &Scene<'_>) -> Result<()> {
    configure(scene, &NGINX.replace("proxy_read_timeout", "proxy_raed_timeout"))
}

pub(super) fn point_elsewhere(scene: &Scene<'_>) -> Result<()> {
    configure(scene, &NGINX.replace("api:8000", "api:8080"))
}

pub(super) fn mend_config(scene: &Scene<'_>) -> Result<()> {
    configure(scene, NGINX)
}

pub(super) fn hog_memory(scene: &Scene<'_>) -> Result<()> {
    scene.stage.exec(Cache, &["redis-cli", "rpush", "jobs", HUGE])
}

pub(super) fn change_password(scene: &Scene<'_>) -> Result<()> {
    // Not logged: what should tell of it are the failures, not the command.
    scene.stage.sql("SET log_statement = 'none'; ALTER ROLE shop PASSWORD 'rotated'")?;
    // Sessions that are open would go on: as after a fail-over, they end.
    scene.stage.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop'")
}

pub(super) fn change_password_back(scene: &Scene<'_>) -> Result<()> {
    scene.stage.sql("SET log_statement = 'none'; ALTER ROLE shop PASSWORD 'correct-horse'")
}

pub(super) fn flood(scene: &Scene<'_>) -> Result<()> {
    scene.load.multiply(FLOOD);
    Ok(())
}

pub(super) fn ebb(scene: &Scene<'_>) -> Result<()> {
    scene.load.multiply(1);
    Ok(())
}

/// `dd` ends with an error once the volume is full, which is what is wanted.
const FILL: &str = "busybox dd if=/dev/zero of=/data/core.1 bs=64k 2>/dev/null; true";
const EMPTY: &str = "busybox rm -f /data/core.1";

pub(super) fn fill_reports(scene: &Scene<'_>) -> Result<()> {
    scene.stage.exec(Worker, &["sh", "-c", FILL])
}

pub(super) fn empty_reports(scene: &Scene<'_>) -> Result<()> {
    scene.stage.exec(Worker, &["sh", "-c", EMPTY])
}

pub(super) fn fill_cache(scene: &Scene<'_>) -> Result<()> {
    scene.stage.exec(Cache, &["sh", "-c", FILL])
}

pub(super) fn empty_cache(scene: &Scene<'_>) -> Result<()> {
    scene.stage.exec(Cache, &["sh", "-c", EMPTY])
}

pub(super) fn stop_cache(scene: &Scene<'_>) -> Result<()> {
    scene.stage.engine(&["kill", "--signal", "STOP"], Cache)
}

pub(super) fn continue_cache(scene: &Scene<'_>) -> Result<()> {
    scene.stage.engine(&["kill", "--signal", "CONT"], Cache)
}

pub(super) fn stop_worker(scene: &Scene<'_>) -> Result<()> {
    scene.stage.engine(&["kill", "--signal", "STOP"], Worker)
}

pub(super) fn continue_worker(scene: &Scene<'_>) -> Result<()> {
    scene.stage.engine(&["kill", "--signal", "CONT"], Worker)
}

pub(super) fn crash_worker(scene: &Scene<'_>) -> Result<()> {
    scene.stage.replace(Worker, &scene.stage.images.present, &[r#"SHOP_SETTINGS={"queue":"cache"}"#])
}

pub(super) fn restore_worker(scene: &Scene<'_>) -> Result<()> {
    scene.stage.restore(Worker)
}

pub(super) fn kill_database(scene: &Scene<'_>) -> Result<()> {
    // The engine does not restart what was killed by its own command.
    scene.stage.engine(&["kill"], Database)
}

pub(super) fn start_database(scene: &Scene<'_>) -> Result<()> {
    scene.stage.engine(&["start"], Database)
}

fn psql(scene: &Scene<'_>, user: &str, script: &str) -> Result<()> {
    let script =
        format!("export {SESSION}; {}", script.replace("PSQL", &format!("psql -h /tmp -U {user} -d postgres -q -c")));
    scene.stage.leave(Database, &["sh", "-c", &script])
}

pub(super) fn lock_orders(scene: &Scene<'_>) -> Result<()> {
    let lock = "PSQL 'SET statement_timeout = 0' -c 'BEGIN' -c 'LOCK TABLE orders IN ACCESS EXCLUSIVE MODE' -c 'SELECT pg_sleep(900)'";
    psql(scene, "postgres", lock)
}

pub(super) fn unlock_orders(scene: &Scene<'_>) -> Result<()> {
    scene.stage.sql(END_SESSIONS)
}

pub(super) fn take_connections(scene: &Scene<'_>) -> Result<()> {
    let each = "PSQL 'SET statement_timeout = 0' -c 'SELECT pg_sleep(900)' &";
    psql(scene, "shop", &format!("n=0; while [ $n -lt 30 ]; do {each} n=$((n + 1)); done; wait"))
}

pub(super) fn give_connections(scene: &Scene<'_>) -> Result<()> {
    scene.stage.sql(END_SESSIONS)
}

pub(super) fn cut_database(scene: &Scene<'_>) -> Result<()> {
    scene.stage.connect(Database, false)
}

pub(super) fn join_database(scene: &Scene<'_>) -> Result<()> {
    scene.stage.connect(Database, true)
}

pub(super) fn deploy_next(scene: &Scene<'_>) -> Result<()> {
    let next = &scene.stage.images.next;
    scene.stage.replace(Api, next, &[super::stage::SETTINGS]).with_context(|| format!("cannot deploy {next}"))
}

pub(super) fn deploy_present(scene: &Scene<'_>) -> Result<()> {
    scene.stage.restore(Api)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_in_the_configuration_is_in_it() {
        assert!(NGINX.contains("proxy_read_timeout") && NGINX.contains("api:8000"));
    }
}
