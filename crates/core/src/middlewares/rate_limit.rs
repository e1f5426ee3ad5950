//! Rate limits: the gates of a request. Each charges its own buckets when it admits; a gate that refuses charges
//! nothing.

use std::sync::Arc;

use super::attempt::{Attempt, Charged, Source, give_back};
use super::decide::decide;
use crate::declaration::Declaration;
use crate::errors::{AppError, codes};
use crate::limits::{API_KEY, Charge, Decision, Policy, REFUSED, ResolvedPolicy, Subject};
use crate::ports::KnownDevice;
use crate::request::RequestContext;
use crate::state::ServerState;

/// The subject in an input that a limit counts: an account, and possibly the device that claims to be known to it.
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

    /// The same, from a browser with this device cookie.
    #[must_use]
    pub fn from_device(mut self, cookie: Option<String>) -> Self {
        self.device_cookie = cookie;
        self
    }
}

/// The first gate: the network of the request. A cross-site request is charged to the bucket `refused`. Otherwise a
/// page that one client has open could use up the limits of everybody behind the same address.
///
/// # Errors
/// 429 with the first moment at which the request would pass.
pub(crate) async fn by_network(
    shared: &ServerState,
    declaration: &Declaration,
    is_refused: bool,
    context: &mut RequestContext,
) -> Result<Option<Charged>, AppError> {
    let policy = &declaration.policy;
    if is_refused {
        charge_network(shared, &REFUSED, context).await?;
        return Ok(None);
    }
    let charged = take_from_network(shared, policy, context).await?;
    // For an attempt on an account, the tier's buckets count requests, and the policy's own buckets count attempts.
    let own = |(mut charges, decision): Charged| {
        let limits = limits(shared, policy).ok()?;
        charges.retain(|charge| limits.is_own(charge.key().bucket()));
        Some((charges, decision))
    };
    Ok(charged.filter(|_| declaration.limited_by_input).and_then(own))
}

/// The first gate, for requests without a declaration.
///
/// # Errors
/// 429 with the first moment at which the request would pass.
pub(crate) async fn charge_network(
    shared: &ServerState,
    policy: &Policy,
    context: &mut RequestContext,
) -> Result<(), AppError> {
    take_from_network(shared, policy, context).await.map(drop)
}

async fn take_from_network(
    shared: &ServerState,
    policy: &Policy,
    context: &mut RequestContext,
) -> Result<Option<Charged>, AppError> {
    // Only here, because a wrong client address matters where it is charged.
    context.report_to_proxy_monitor(shared.health.proxy_monitor(), policy.tier(), shared.clock.monotonic());
    take(shared, policy, &Subject::Network(context.network()), context).await
}

/// The gate after authentication: the user, or the API key in place of its owner, whom no program should keep out.
///
/// # Errors
/// 429 with the first moment at which the request would pass.
pub(crate) async fn by_user(
    shared: &ServerState,
    declaration: &Declaration,
    context: &mut RequestContext,
) -> Result<(), AppError> {
    if let Some(key) = context.key() {
        return take(shared, &API_KEY, &Subject::ApiKey(key), context).await.map(drop);
    }
    let Some(user) = context.user() else { return Ok(()) };
    let user = Subject::User(user);
    take(shared, &declaration.policy, &user, context).await.map(drop)
}

/// The gate after validation: the subject that the input names. It never shows in headers, only as 429.
///
/// # Errors
/// 429 with the first moment at which the request would pass.
pub(crate) async fn by_subject(
    shared: &Arc<ServerState>,
    declaration: &Declaration,
    subject: Option<LimitSubject>,
    of_network: Option<Charged>,
    context: &mut RequestContext,
) -> Result<Option<Attempt>, AppError> {
    let Some(subject) = subject else { return Ok(None) };
    let limits = limits(shared, &declaration.policy)?;
    let mut charged: Vec<Charged> = of_network.into_iter().collect();
    match charge_subject(shared, &declaration.policy, subject, &mut charged, context).await {
        Ok(source) => Ok(Some(Attempt::new(shared, &limits, source, charged))),
        Err(error) => {
            // A 429 means that the caller has made too many requests, so the charge stays. A 5xx is not the caller's
            // fault.
            if error.status_code() >= 500 {
                give_back(shared, &charged).await;
            }
            Err(error)
        }
    }
}

/// Charges an attempt, and returns its origin.
async fn charge_subject(
    shared: &ServerState,
    policy: &Policy,
    LimitSubject { account, device_cookie }: LimitSubject,
    charged: &mut Vec<Charged>,
    context: &mut RequestContext,
) -> Result<Source, AppError> {
    let at = context.client().at;
    let known = match &device_cookie {
        Some(cookie) => shared.authenticator.known_device(cookie, &account, at).await?,
        None => None,
    };
    if let Some(KnownDevice { id, sign_ins }) = known {
        // A sign-in begins a new series, so nothing has to be cleared. The number of sign-ins comes from the store and
        // not from the cookie: a thief may have kept a cookie of each sign-in.
        let series = shared.accounts.device(&account, &format!("{id} after {sign_ins}"));
        if is_free(shared, policy, &Subject::FailingDevice(series)).await? {
            let device = Subject::Device(shared.accounts.device(&account, &id));
            charged.extend(take(shared, policy, &device, context).await?);
            return Ok(Source::KnownDevice(series));
        }
    }
    let key = shared.accounts.account(&account);
    let (account, network) = (Subject::Account(key), context.network().wide());
    if !is_free(shared, policy, &Subject::FailingNetwork(network)).await? {
        // Asked first, so that a request that the account's limit refuses does not use up the small quota of the wide
        // network.
        ensure_admitted(shared, policy, &account, &peek(shared, policy, &account).await?)?;
        charged.extend(take(shared, policy, &Subject::SprayingNetwork(network), context).await?);
    }
    charged.extend(take(shared, policy, &account, context).await?);
    Ok(Source::UnknownDevice(context.network(), key))
}

/// Whether one more would pass. Charges nothing, and does not show in headers.
async fn is_free(shared: &ServerState, policy: &Policy, subject: &Subject) -> Result<bool, AppError> {
    peek(shared, policy, subject).await.map(|decision| decision.passed())
}

/// The same, as the whole decision: with the wait if it would not pass.
async fn peek(shared: &ServerState, policy: &Policy, subject: &Subject) -> Result<Decision, AppError> {
    let charges = limits(shared, policy)?.charges(subject);
    let questions: Vec<Charge> = charges.iter().map(Charge::to_question).collect();
    decide(shared, &questions).await
}

/// Charges, and returns the charge; `None` if the policy counts no such subject.
async fn take(
    shared: &ServerState,
    policy: &Policy,
    subject: &Subject,
    context: &mut RequestContext,
) -> Result<Option<Charged>, AppError> {
    let charges = limits(shared, policy)?.charges(subject);
    if charges.is_empty() {
        return Ok(None);
    }
    let decision = decide(shared, &charges).await?;
    context.limits_mut().observe(&charges, &decision);
    ensure_admitted(shared, policy, subject, &decision)?;
    Ok(Some((charges, decision)))
}

fn ensure_admitted(
    shared: &ServerState,
    policy: &Policy,
    subject: &Subject,
    decision: &Decision,
) -> Result<(), AppError> {
    match decision.retry_after() {
        Some(wait) => {
            shared.metrics.refused(policy.name(), subject.kind());
            Err(AppError::new(&codes::RATE_LIMITED).retry_after(wait))
        }
        None => Ok(()),
    }
}

/// The numbers of a policy. Every mounted one is in the catalogue: otherwise the server does not start.
fn limits(shared: &ServerState, policy: &Policy) -> Result<Arc<ResolvedPolicy>, AppError> {
    let missing = || AppError::internal(format!("the policy `{}` is not in the catalogue", policy.name()));
    shared.policies.limits(policy).ok_or_else(missing)
}
