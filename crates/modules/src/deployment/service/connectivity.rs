//! Testing every part of a deployment as a start would need it, without starting and without changing anything.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use palisade_core::config::{Config, Delivery, LimitStoreChoice};
use palisade_core::errors::with_causes;
use palisade_core::identity::{Console, Operator};
use palisade_core::limits::{Charge, LimitKey, LimitStoreError, Quota, Subject};
use palisade_core::net::NetworkKey;
use palisade_core::values::counted;
use palisade_lib::oauth::{Probe, Provider, Providers};
use palisade_lib::store::Store;

use super::copy_state::copy_state;
use super::opened::Service;
use super::setup::{keys_setup, options, with_named};
use crate::deployment::collections::collections;
use crate::deployment::types::{CheckResult, CopyState, DeploymentError};
use crate::limiter::{self, Alone};
use crate::mail::Transport;
use crate::system::{System, location};
use crate::{auth, clocks, keys};

type Outcome = Result<String, DeploymentError>;

/// The maximum time of one part. The calls have their own deadlines, whose errors say more.
const PATIENCE: Duration = Duration::from_secs(30);

/// Enough subjects to reach each master even of a large cluster.
const SPREAD: u8 = 64;

impl Service {
    /// Tests the store, its keys, the limiter, the mail server and the providers to sign in through. A part that does not answer does not stop the
    /// others.
    pub async fn check_connections(
        operator: &Operator<'_>,
        config: &Config,
        system: &System,
    ) -> Vec<CheckResult> {
        let opened = in_time(async {
            try_store(operator.console(), config, system).await.map_err(|error| with_causes(&error))
        });
        let (store, keys) = match Box::pin(opened).await {
            Ok((said, None)) => (Ok(said), Ok("none yet: the first start creates them".to_owned())),
            Ok((said, Some(store))) => {
                let keys = in_time(async {
                    Box::pin(try_keys(config, system, store)).await.map_err(|error| with_causes(&error))
                });
                (Ok(said), Box::pin(keys).await)
            }
            Err(error) => (Err(error), Err("not tried: they are in the store".to_owned())),
        };
        let limiter = in_time(try_limiter(config, system)).await;
        let mail = Box::pin(in_time(try_mail(config))).await;
        let (limiter, warning) = match limiter {
            Ok((said, warning)) => (Ok(said), warning),
            Err(error) => (Err(error), None),
        };
        let part = |part: &str, outcome, warning| CheckResult { part: part.to_owned(), outcome, warning };
        let mut results = vec![
            part("store", store, None),
            part("keys", keys, None),
            part("limiter", limiter, warning),
            part("mail", mail, None),
        ];
        match Providers::open(&config.oauth, &config.outbound, &system.clock) {
            Ok(providers) => {
                for provider in &providers {
                    results.push(try_provider(config, provider).await);
                }
            }
            Err(error) => results.push(part("providers", Err(with_causes(&error)), None)),
        }
        results
    }
}

/// Each call to a provider has a deadline of its own.
async fn try_provider(config: &Config, provider: &Provider) -> CheckResult {
    let Probe { works, fails, doubts } =
        provider.probe(&auth::redirect_uri(config.app.url.origin(), provider.name())).await;
    let outcome = if fails.is_empty() { Ok(works.join("; ")) } else { Err(fails.join("; ")) };
    let warning = (!doubts.is_empty()).then(|| doubts.join("; "));
    CheckResult { part: provider.name().to_owned(), outcome, warning }
}

/// A part that has not answered by then will not; the others are tested all the same.
async fn in_time<T>(trying: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let tried = tokio::time::timeout(PATIENCE, trying).await;
    tried.unwrap_or_else(|_| Err(format!("no answer within {} seconds", PATIENCE.as_secs())))
}

async fn try_store(
    console: &Console,
    config: &Config,
    system: &System,
) -> Result<(String, Option<Store>), DeploymentError> {
    let place = location(config)?;
    let Some(store) =
        Store::open_existing(console, &place, &collections(&system.additions), options(system)).await?
    else {
        Store::can_be_made(console, &place, &collections(&system.additions), options(system)).await?;
        return Ok((format!("{place:?}: does not exist yet, the first start creates it"), None));
    };
    store.try_writing().await?;
    store.ping().await?;
    clocks::check_start(store.clock_reading())?;
    let drift = store.drift().await?;
    let copy = copy_state(&store).await?;
    if copy.as_ref().is_some_and(|copy| copy.backup_of.is_some()) {
        return Err(DeploymentError::Backup);
    }
    if let Some(CopyState { source: source_name, finished_at: None, .. }) = copy {
        return Err(DeploymentError::Begun { source_name });
    }
    let made = drift.missing.len() + drift.differing.len();
    if made > 0 {
        return Ok((
            format!("{place:?}; the next start creates {}", counted(made, "index", "indexes")),
            Some(store),
        ));
    }
    Ok((format!("{place:?}"), Some(store)))
}

async fn try_keys(config: &Config, system: &System, store: Store) -> Outcome {
    let setup = with_named(&keys_setup(config, system, store.clone())?).await?;
    let lost = keys::Service::lost(&setup).await?;
    if !lost.is_empty() {
        return Err(keys::types::KeysError::Lost(lost).into());
    }
    if store.is_empty(keys::COLLECTION).await? {
        return Ok("none yet: the first start creates them".to_owned());
    }
    let count = keys::Service::list(&setup).await?.len();
    Ok(format!("{count}; SECRET_KEYS opens all that are needed"))
}

/// Charges a separate bucket, as a request would, for enough networks that every machine of a cluster decides about
/// one of them; and checks what happens to counters when the server's memory is full.
async fn try_limiter(config: &Config, system: &System) -> Result<(String, Option<String>), String> {
    let quota = Quota::new(100, Duration::from_mins(1)).map_err(|error| error.to_string())?;
    let Alone { store, redis } = limiter::alone(config, system).map_err(|error| with_causes(&error))?;
    let failed = |error| with_advice(&config.limit_store(), &error);
    store.take(&[]).await.map_err(failed)?;
    for number in 0..SPREAD {
        let network = Subject::Network(NetworkKey::of(IpAddr::V4(Ipv4Addr::new(127, 0, 0, number))));
        let charge = [Charge::new(LimitKey::new("check".into(), network), quota)];
        store.take(&charge).await.map_err(failed)?;
    }
    store.take(&[]).await.map_err(failed)?;
    let (mut said, mut warning) = (config.limit_store().to_string(), None);
    if let Some(redis) = redis {
        if redis.is_cluster() {
            said.push_str("; a cluster, every master answers");
        }
        match redis.eviction().await.as_deref() {
            Some("noeviction") => {}
            Some(policy) => {
                warning = Some(format!(
                    "its `maxmemory-policy` is {policy}: when its memory is full it drops counters, and with them the used \
                     quota. Set `maxmemory-policy noeviction`"
                ));
            }
            None => {
                warning = Some(
                    "its policy for full memory is unknown (its user has no `+info`): make sure that \
                     `maxmemory-policy` is `noeviction`"
                        .to_owned(),
                );
            }
        }
    }
    Ok((said, warning))
}

/// A Redis that expects TLS and gets none, or the other way round, returns no specific error.
fn with_advice(store: &LimitStoreChoice, error: &LimitStoreError) -> String {
    let said = with_causes(error);
    let LimitStoreChoice::Redis(url) = store else { return said };
    let cut_off =
        ["Connection reset", "end of file", "Broken pipe", "closed"].iter().any(|words| said.contains(words));
    match error {
        LimitStoreError::TimedOut(_) if url.is_encrypted() => {
            format!("{said}; a server without TLS does not answer a TLS handshake: perhaps use `redis://`")
        }
        LimitStoreError::Unreachable(_) if !url.is_encrypted() && cut_off => {
            format!("{said}; perhaps it accepts only TLS: use `rediss://`")
        }
        _ => said,
    }
}

async fn try_mail(config: &Config) -> Result<String, String> {
    let transport = Transport::open(&config.mail, config.app.url.host());
    let tried = match transport {
        Ok(transport) => transport.probe().await,
        Err(error) => Err(error),
    };
    tried.map_err(|error| with_causes(&error))?;
    Ok(match &config.mail.delivery {
        Delivery::Smtp(server) => format!(
            "{} port {} accepts mail from {}; `palisade mail test --to` shows whether it accepts mail to others",
            server.host(),
            server.port(),
            config.mail.from.address()
        ),
        Delivery::Mailbox => "kept and shown in the development mailbox".to_owned(),
    })
}
