//! From the configuration to what the services are given.

use std::num::NonZeroUsize;

use palisade_core::config::Config;
use palisade_core::config::auth::HasherChoice;
use palisade_core::utils::crypto::password::{BcryptCost, HashBackend, HasherConfig, Width};

pub(super) fn hasher_config(config: &Config, cost: Option<BcryptCost>) -> HasherConfig {
    let auth = &config.auth;
    let cost = cost.unwrap_or(auth.bcrypt_cost);
    let threads = auth.hashing_threads.and_then(|threads| NonZeroUsize::new(threads.as_usize()));
    let mut hasher =
        threads.map_or_else(|| HasherConfig::new(cost), |threads| HasherConfig::with_workers(cost, threads));
    hasher.method = match auth.password_hasher {
        HasherChoice::Lanes => {
            HashBackend::Lanes(Width::new(auth.hashing_lanes.as_usize()).unwrap_or_default())
        }
        HasherChoice::Library => HashBackend::Library,
    };
    // A request may wait twice: a sign-in with an older hash gets a new one. The last third is for the computation.
    hasher.longest_wait = config.server.handler_timeout.get() / 3;
    if let Some(queue) = auth.hashing_queue.and_then(|queue| NonZeroUsize::new(queue.as_usize())) {
        hasher.queue = queue;
    }
    hasher
}
