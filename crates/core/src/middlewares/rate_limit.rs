//! Rate limits: the gates of a request. Each charges its own buckets when it lets through; a gate that refuses
//! charges nothing.

use std::sync::Arc;
use std::time::Duration;

use crate::errors::{AppError, codes};
use crate::limits::{AccountKey, Charge, Decision, Limits, Policy, Subject};
use crate::ports::KnownDevice;
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

/// Who tries to enter an account: what a failure counts against.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// From a device that is unknown to the account, or that has failed too often.
    Stranger(AccountKey),
    /// From a known device, with the key of its row of failures.
    Known(AccountKey),
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
) -> Result<Option<Attempt>, AppError> {
    let Some(LimitSubject { account, device_cookie }) = subject else { return Ok(None) };
    let policy = &declaration.policy;
    let at = exchange.client().at;
    let known = match &device_cookie {
        Some(cookie) => shared.authenticator.known_device(cookie, &account, at).await?,
        None => None,
    };
    if let Some(KnownDevice { id, sign_ins }) = known {
        // Signing in begins a new row: nothing has to be cleared. Which row it is, the store says and not the cookie, of
        // which a thief may have kept one for each sign-in.
        let row = shared.accounts.device(&account, &format!("{id} after {sign_ins}"));
        if is_free(shared, policy, &Subject::FailingDevice(row)).await? {
            let device = Subject::Device(shared.accounts.device(&account, &id));
            take(shared, policy, &device, exchange).await?;
            return Ok(Some(Attempt::Known(row)));
        }
    }
    let key = shared.accounts.account(&account);
    let (account, network) = (Subject::Account(key), exchange.network().wide());
    if !is_free(shared, policy, &Subject::FailingNetwork(network)).await? {
        // Who is refused for the account uses up nothing of the little that is left to the neighbors.
        let_pass(&ask(shared, policy, &account).await?)?;
        take(shared, policy, &Subject::SprayingNetwork(network), exchange).await?;
    }
    take(shared, policy, &account, exchange).await?;
    Ok(Some(Attempt::Stranger(key)))
}

/// What is behind the handler: an attempt with the wrong credentials counts against where it came from.
pub(crate) async fn after_failure(
    shared: &Shared,
    declaration: &Declaration,
    attempt: Option<Attempt>,
    error: &AppError,
    exchange: &Exchange,
) {
    let (Some(attempt), 401) = (attempt, error.status_code()) else { return };
    let Ok(limits) = limits(shared, &declaration.policy) else { return };
    let charges = match attempt {
        Attempt::Known(row) => limits.charges(&Subject::FailingDevice(row)),
        Attempt::Stranger(account) => limits.failure(exchange.network(), account),
    };
    // Refused is counted already; and the answer is given either way.
    if let Err(error) = decide(shared, &charges).await {
        tracing::warn!(cause = error.cause(), "a failed attempt was not counted");
    }
}

/// Whether one more would pass. Charges nothing, and shows nothing in headers.
async fn is_free(shared: &Shared, policy: &Policy, subject: &Subject) -> Result<bool, AppError> {
    ask(shared, policy, subject).await.map(|decision| decision.passed())
}

/// The same, with the wait when it would not.
async fn ask(shared: &Shared, policy: &Policy, subject: &Subject) -> Result<Decision, AppError> {
    let charges = limits(shared, policy)?.charges(subject);
    let questions: Vec<Charge> = charges.iter().map(Charge::to_question).collect();
    decide(shared, &questions).await
}

async fn take(
    shared: &Shared,
    policy: &Policy,
    subject: &Subject,
    exchange: &mut Exchange,
) -> Result<(), AppError> {
    let charges = limits(shared, policy)?.charges(subject);
    if charges.is_empty() {
        return Ok(());
    }
    let decision = decide(shared, &charges).await?;
    exchange.limits_mut().observe(&charges, &decision);
    let_pass(&decision)
}

fn let_pass(decision: &Decision) -> Result<(), AppError> {
    match decision.retry_after() {
        Some(wait) => Err(AppError::new(&codes::RATE_LIMITED).retry_after(wait)),
        None => Ok(()),
    }
}

/// The numbers of a policy. Every mounted one is in the catalogue: the server does not start otherwise.
fn limits(shared: &Shared, policy: &Policy) -> Result<Arc<Limits>, AppError> {
    let missing = || AppError::internal(format!("the policy `{}` is not in the catalogue", policy.name()));
    shared.policies.limits(policy).ok_or_else(missing)
}

async fn decide(shared: &Shared, charges: &[Charge]) -> Result<Decision, AppError> {
    if charges.is_empty() {
        return Ok(Decision::new(Duration::ZERO, Vec::new()));
    }
    match shared.limiter.take_now(charges) {
        Some(decision) => Ok(decision),
        None => shared.limiter.take(charges).await.map_err(AppError::internal),
    }
}
