//! One suite for all limit stores: the same schedules, and one judge of their decisions.
//!
//! It runs against real servers, which `tests/servers` finds. `PALISADE_LONG=1` makes a million decisions on each
//! store.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the environment of a test names the servers it may use, and how long it may take"
)]

mod cluster;
mod judge;
mod loss;
mod mongodb;
mod outage;
mod rights;
mod schedules;
mod servers;
mod stores;
mod trust;
mod upstash;
