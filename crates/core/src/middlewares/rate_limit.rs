//! Rate limits: the gates of a request. Each charges its own buckets when it lets through; a gate that refuses
//! charges nothing.

use std::sync::Arc;

use crate::errors::{AppError, codes};
use crate::limits::{Limits, Policy, Subject};
use crate::routes::Declaration;
use crate::server::{Exchange, Shared};

/// What an input names that a limit counts: an account, and maybe the device that says it is known to it.
#[derive(Debug)]
pub struct LimitSubject {
    account: String,
    device_cookie: Option<String>,
}

impl LimitSubject {
    /// An account, by its canonical name. Stores see a keyed hash of it only.
    pub fn account(canonical: &str) -> Self {
        Self { account: canonical.to_owned(), device_cookie: None }
    }

    /// The same, asked for by a browser with this device cookie.
    #[must_use]
    pub fn from_device(mut self, cookie: Option<String>) -> Self {
        self.device_cookie = cookie;
        self
    }
}

/// The first gate: the network the request comes from.
///
/// # Errors
/// 429 with the first moment at which the request would pass.
pub(crate) async fn by_network(
    shared: &Shared,
    declaration: &Declaration,
    exchange: &mut Exchange,
) -> Result<(), AppError> {
    charge_network(shared, &declaration.policy, exchange).await
}

/// The first gate, for what has no declaration of its own.
///
/// # Errors
/// 429 with the first moment at which the request would pass.
pub(crate) async fn charge_network(
    shared: &Shared,
    policy: &Policy,
    exchange: &mut Exchange,
) -> Result<(), AppError> {
    take(shared, policy, &Subject::Network(exchange.network()), exchange).await
}

/// The gate behind authentication: the user.
///
/// # Errors
/// 429 with the first moment at which the request would pass.
pub(crate) async fn by_user(
    shared: &Shared,
    declaration: &Declaration,
    exchange: &mut Exchange,
) -> Result<(), AppError> {
    let Some(user) = exchange.user() else { return Ok(()) };
    let user = Subject::User(Arc::clone(user));
    take(shared, &declaration.policy, &user, exchange).await
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
    let at = exchange.client().at;
    let known = device_cookie.and_then(|cookie| shared.authenticator.known_device(&cookie, &account, at));
    let subject = match known {
        Some(device) => Subject::Device(shared.accounts.device(&account, &device)),
        None => Subject::Account(shared.accounts.account(&account)),
    };
    take(shared, &declaration.policy, &subject, exchange).await
}

async fn take(
    shared: &Shared,
    policy: &Policy,
    subject: &Subject,
    exchange: &mut Exchange,
) -> Result<(), AppError> {
    // Every mounted policy is in the catalogue: the server does not start otherwise.
    let missing = || AppError::internal(format!("the policy `{}` is not in the catalogue", policy.name()));
    let limits: Arc<Limits> = shared.policies.limits(policy).ok_or_else(missing)?;
    let charges = limits.charges(subject);
    if charges.is_empty() {
        return Ok(());
    }
    let decision = match shared.limiter.take_now(&charges) {
        Some(decision) => decision,
        None => shared.limiter.take(&charges).await.map_err(AppError::internal)?,
    };
    exchange.limits_mut().observe(&charges, &decision);
    match decision.retry_after() {
        Some(wait) => Err(AppError::new(&codes::RATE_LIMITED).retry_after(wait)),
        None => Ok(()),
    }
}
