//! The environment and the machine of a world.

use std::sync::Arc;

use palisade::Product;
use palisade_core::config::{Config, Env};
use palisade_core::metrics::Metrics;
use palisade_core::ports::{Clock, SystemRng, TestClock};
use palisade_core::utils::crypto::password::BcryptCost;
use palisade_modules::System;

use super::GENEROUS;
use super::hosting::Kind;
use crate::database::Database;

/// The secret of the scheduler.
pub(super) const CRON_SECRET: &str = "a2f1c0d9e8b7465544332211ffeeddcc";

/// A provider that nobody runs: every world has the routes that lead to it.
const PROVIDER: [(&str, &str); 3] = [
    ("OIDC_ACME_ISSUER", "https://127.0.0.1:9"),
    ("OIDC_ACME_CLIENT_ID", "palisade"),
    ("OIDC_ACME_CLIENT_SECRET", "nobody-checks-this"),
];

/// These variables, and generous limits beside them.
pub(super) fn generous<'a>(variables: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = GENEROUS.to_vec();
    all.retain(|(name, _)| variables.iter().all(|(other, _)| other != name));
    all.extend_from_slice(variables);
    all
}

pub(super) fn configured(
    product: &'static Product,
    database: &Database,
    clock: &Arc<TestClock>,
    cost: u32,
    variables: &[(&str, &str)],
) -> (Config, System) {
    let place = database.variables();
    let place = place.iter().map(|(name, value)| (*name, value.as_str()));
    let of_host = Kind::of_this_run().variables().iter().copied();
    let env = Env::from_pairs(
        of_host
            .filter(|(name, _)| variables.iter().all(|(other, _)| other != name))
            .chain(variables.iter().copied())
            .chain(place)
            .chain(PROVIDER)
            .chain([("PORT", "8080"), ("CRON_SECRET", CRON_SECRET)]),
    );
    let env = env.of_product(product.variables());
    let config = Config::load(&env, &SystemRng).unwrap_or_else(|errors| panic!("{errors}"));
    let system = System {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        rng: Arc::new(SystemRng),
        metrics: Metrics::counting(),
        hash_cost: Some(BcryptCost::for_tests(cost)),
        additions: product.additions(),
    };
    (config, system)
}
