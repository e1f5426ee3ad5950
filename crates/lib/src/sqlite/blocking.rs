//! Work off the serving threads.

use crate::engine::OpenError;

/// Opening reads and waits, so it must not run on a serving thread.
pub(super) async fn run_blocking<T: Send + 'static>(
    open: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    let opened = tokio::task::spawn_blocking(open).await;
    opened.map_err(|error| OpenError::Engine { doing: "opening it", source: error.into() })?
}
