//! The machine: its time, its chance, how many connections it has room for, and how its parts are.
//!
//! The ground. Nothing of ours may enter: no rule, no value, no request.

mod clock;
pub mod descriptors;
mod pending;
mod probe;
mod random;
pub mod time;

#[cfg(any(test, feature = "test-clock"))]
pub use clock::TestClock;
pub use clock::{Clock, SystemClock};
pub use pending::Pending;
pub use probe::Probe;
pub use random::{Rng, SystemRng};
