//! TEMP
pub(super) async fn run(
    _s: super::watch::Shared,
    _e: tokio::sync::watch::Sender<crate::web::EngineState>,
    _c: tokio_util::sync::CancellationToken,
) -> anyhow::Result<()> {
    Ok(())
}
