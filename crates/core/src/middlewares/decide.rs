//! The call of the limiter that every gate makes.

use std::time::Duration;

use crate::errors::AppError;
use crate::limits::{Charge, Decision};
use crate::state::ServerState;

pub(super) async fn decide(shared: &ServerState, charges: &[Charge]) -> Result<Decision, AppError> {
    if charges.is_empty() {
        return Ok(Decision::new(Duration::ZERO, Vec::new()));
    }
    match shared.limiter.try_take(charges) {
        Some(decision) => Ok(decision),
        None => shared.limiter.take(charges).await.map_err(AppError::internal),
    }
}
