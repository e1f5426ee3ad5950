//! The health of the server: alive, ready, and the state of each dependency.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::RwLock;

use crate::errors::AppError;
use crate::net::ProxyMonitor;
use crate::system::{Clock as _, Probe, SystemClock};

/// How long a result stays valid.
const RESULT_TTL: Duration = Duration::from_secs(1);

/// A probe without an answer after this time counts as down.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

crate::view! {
    /// The state of one dependency.
    pub struct DependencyView = "Dependency" {
        /// The name of the dependency.
        name: &'static str,
        /// `up`, `degraded` or `down`.
        state: &'static str,
        /// How far its clock is ahead of this machine's, in milliseconds (negative: behind). For `clock` only.
        difference_ms? as "differenceMs": i64,
    }
}

crate::view! {
    /// The state of the server.
    pub struct HealthView = "Health" {
        /// `up`.
        status: &'static str,
        /// The state of each dependency.
        dependencies: Vec<DependencyView>,
    }
}

crate::view! {
    /// The process runs and answers.
    pub struct LiveView = "Live" {
        /// `up`.
        status: &'static str,
    }
}

/// The watched dependencies. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<State>);

#[derive(Debug, Default)]
struct State {
    probes: RwLock<Vec<(&'static str, Arc<dyn Probe>)>>,
    /// The last result, and its monotonic time.
    seen: tokio::sync::Mutex<Option<(Duration, BTreeMap<&'static str, &'static str>)>>,
    clock: SystemClock,
    draining: AtomicBool,
    proxy_monitor: ProxyMonitor,
}

/// Probes one dependency.
async fn probe_one(name: &'static str, probe: &dyn Probe) -> &'static str {
    let without = if probe.is_vital() { "down" } else { "degraded" };
    match tokio::time::timeout(PROBE_TIMEOUT, probe.probe()).await {
        Ok(Ok(())) => "up",
        Ok(Err(cause)) => {
            tracing::warn!(dependency = name, cause, "a dependency is {without}");
            without
        }
        Err(_) => {
            tracing::warn!(dependency = name, "a dependency does not answer");
            without
        }
    }
}

/// Whether the server can work with a dependency in this state.
fn is_healthy(state: &&'static str) -> bool {
    matches!(*state, "up" | "degraded")
}

impl Health {
    /// A health without dependencies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Watches a dependency.
    pub fn watch(&self, name: &'static str, probe: Arc<dyn Probe>) {
        self.0.probes.write().push((name, probe));
    }

    /// From now on the server is alive but not ready.
    pub(crate) fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// The monitor of the proxy in front.
    pub(crate) fn proxy_monitor(&self) -> &ProxyMonitor {
        &self.0.proxy_monitor
    }

    /// Alive: the process answers.
    ///
    /// # Errors
    /// Never.
    #[expect(clippy::unused_async, reason = "called like the other two")]
    pub async fn live(&self) -> Result<LiveView, AppError> {
        Ok(LiveView { status: "up" })
    }

    /// Ready: the server can do its work, so traffic may come.
    ///
    /// # Errors
    /// 503 while draining, or while a dependency is down.
    pub async fn ready(&self) -> Result<LiveView, AppError> {
        self.dependencies().await.map(|_| LiveView { status: "up" })
    }

    /// Everything: the name and the state of each dependency.
    ///
    /// # Errors
    /// 503 while draining, or while a dependency is down, naming them all.
    pub async fn dependencies(&self) -> Result<HealthView, AppError> {
        let mut states = self.states().await;
        if self.0.proxy_monitor.is_degraded() {
            states.insert("proxy", "degraded");
        }
        if self.0.draining.load(Ordering::Relaxed) {
            states.insert("server", "draining");
        }
        if !states.values().all(is_healthy) {
            let unhealthy = states.iter().filter(|(_, state)| !is_healthy(state));
            let cause: Vec<_> = unhealthy.map(|(name, state)| format!("{state}: {name}")).collect();
            let error = AppError::unavailable(Duration::from_secs(5), cause.join(", "));
            return Err(error.with_dependencies(states));
        }
        let differences: BTreeMap<_, _> = {
            let probes = self.0.probes.read();
            let named =
                |(name, probe): &(&'static str, Arc<dyn Probe>)| Some((*name, probe.clock_difference()?));
            probes.iter().filter_map(named).collect()
        };
        let dependencies = states
            .into_iter()
            .map(|(name, state)| DependencyView {
                name,
                state,
                difference_ms: differences.get(name).copied(),
            })
            .collect();
        Ok(HealthView { status: "up", dependencies })
    }

    /// Probes every dependency, or returns the last result if it is recent: anyone may call the health route, and a
    /// probe costs a write. If requests had trouble with a dependency since then, the last result is outdated.
    /// Concurrent callers wait for one round of probes.
    async fn states(&self) -> BTreeMap<&'static str, &'static str> {
        let mut seen = self.0.seen.lock().await;
        let now = self.0.clock.monotonic();
        let probes = self.0.probes.read().clone();
        if let Some((at, states)) = seen.as_ref()
            && now.saturating_sub(*at) < RESULT_TTL
            && !probes.iter().any(|(name, probe)| states.get(name) == Some(&"up") && probe.saw_trouble())
        {
            return states.clone();
        }
        let asked = probes.iter().map(async |(name, probe)| (*name, probe_one(name, &**probe).await));
        let states: BTreeMap<_, _> = join_all(asked).await.into_iter().collect();
        *seen = Some((now, states.clone()));
        states
    }
}
