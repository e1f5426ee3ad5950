//! Rate limits: the gates of a request. Each charges its own buckets when it lets through; a gate that refuses
//! charges nothing.

use std::sync::Arc;

use crate::errors::{AppError, codes};
use crate::identity::Principal;
use crate::limits::{Charge, Decision, LimitSubject, Policy, RateLimitHeaders, Subject, SubjectKind};
use crate::routes::Declaration;
use crate::server::{Exchange, Shared};

/// The first gate: the network the request comes from.
///
/// # Errors
/// 429 with the first moment at which the request would pass.
pub(crate) async fn by_network(shared: &Shared, declaration: &Declaration, exchange: &mut Exchange) -> Result<(), AppError> {
    charge_network(shared, declaration.policy, exchange).await
}

/// The first gate, for what has no declaration of its own.
///
/// # Errors
/// 429 with the first moment at which the request would pass.
pub(crate) async fn charge_network(shared: &Shared, policy: Policy, exchange: &mut Exchange) -> Result<(), AppError> {
    take(shared, policy, &[Subject::Network(exchange.network())], exchange).await
}

/// The gate behind authentication: the user.
///
/// # Errors
/// 429 with the first moment at which the request would pass.
pub(crate) async fn by_user(
    shared: &Shared,
    declaration: &Declaration,
    principal: Option<&Principal>,
    exchange: &mut Exchange,
) -> Result<(), AppError> {
    let Some(principal) = principal else { return Ok(()) };
    let user = Subject::User(principal.user_id.to_string().into());
    take(shared, declaration.policy, &[user], exchange).await
}

/// The gate behind validation: what the input names. It never shows in headers, only as 429.
///
/// # Errors
/// 429 with the first moment at which the request would pass.
pub(crate) async fn by_subject(
    shared: &Shared,
    declaration: &Declaration,
    subject: Option<LimitSubject>,
    exchange: &mut Exchange,
) -> Result<(), AppError> {
    let Some(LimitSubject { account, device_cookie }) = subject else { return Ok(()) };
    let known = device_cookie
        .and_then(|cookie| shared.authenticator.known_device(&cookie, &account, exchange.client().at));
    let subject = match known {
        Some(device) => Subject::Device(shared.accounts.device(&account, &device)),
        None => Subject::Account(shared.accounts.account(&account)),
    };
    take(shared, declaration.policy, &[subject], exchange).await
}

async fn take(shared: &Shared, policy: Policy, subjects: &[Subject], exchange: &mut Exchange) -> Result<(), AppError> {
    let charges: Vec<Charge> = shared.policies.charges(policy, subjects);
    if charges.is_empty() {
        return Ok(());
    }
    let decision = match shared.limiter.take_now(&charges) {
        Some(decision) => decision,
        None => shared.limiter.take(&charges).await.map_err(AppError::internal)?,
    };
    Ok(())
}
