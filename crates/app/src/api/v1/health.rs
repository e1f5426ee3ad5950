//! `/health`: the health of the server.

use palisade_core::errors::AppError;
use palisade_core::health::{Health, HealthView, LiveView};
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::{PROBE, RELAXED};
use palisade_core::output::ProbeAnswer;
use palisade_core::routes::{NewRoute, Route};

pub(crate) fn declare_health(route: NewRoute) -> Route<Health> {
    route
        .limit(RELAXED)
        .public()
        .no_input()
        .handle(health)
        .summary("The name and the state of each dependency; 503 when one is down.")
}

pub(crate) fn declare_live(route: NewRoute) -> Route<Health> {
    route
        .limit(PROBE)
        .public()
        .no_input()
        .handle(live)
        .summary("The process runs and answers. Restart it when this fails.")
}

pub(crate) fn declare_ready(route: NewRoute) -> Route<Health> {
    route
        .limit(PROBE)
        .public()
        .no_input()
        .handle(ready)
        .summary("The server can do its work. Send it traffic while this succeeds.")
}

async fn health(health: Health, _: Visitor, _: Nothing) -> Result<ProbeAnswer<HealthView>, AppError> {
    let states = health.dependencies().await?;
    Ok(ProbeAnswer::new(states))
}

async fn live(health: Health, _: Visitor, _: Nothing) -> Result<ProbeAnswer<LiveView>, AppError> {
    let alive = health.live().await?;
    Ok(ProbeAnswer::new(alive))
}

async fn ready(health: Health, _: Visitor, _: Nothing) -> Result<ProbeAnswer<LiveView>, AppError> {
    let ready = health.ready().await?;
    Ok(ProbeAnswer::new(ready))
}
