//! Off the threads that serve.

use crate::engine::OpenError;

/// Opening reads and waits: not on a thread that serves.
pub(super) async fn away<T: Send + 'static>(
    open: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    let opened = tokio::task::spawn_blocking(open).await;
    opened.map_err(|error| OpenError::Engine { doing: "opening it", source: error.into() })?
}
