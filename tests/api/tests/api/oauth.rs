//! Signing in through a provider: who gets which account, and with which proof.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod apps;
mod attacks;
mod cost;
mod joining;
mod refusals;
mod trip;
