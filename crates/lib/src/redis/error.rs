//! Why there is no limiter.

use redis::RedisError;

use crate::trust::TrustError;

/// Why there is no limiter on this server.
#[derive(Debug, thiserror::Error)]
pub enum RedisOpenError {
    /// The address.
    #[error("preparing the connection to Redis")]
    Address(#[from] RedisError),
    /// Its authorities.
    #[error(transparent)]
    Trust(#[from] TrustError),
}
