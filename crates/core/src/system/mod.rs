//! The machine: its time, its randomness, its limit of connections, and the health of its parts.
//!
//! The lowest floor. Nothing specific to Palisade may enter: no rule, no value, no request.

mod clock;
pub mod descriptors;
mod probe;
mod random;
pub mod time;

#[cfg(any(test, feature = "test-clock"))]
pub use clock::TestClock;
pub use clock::{Clock, SystemClock};
pub use probe::Probe;
pub use random::{Rng, SystemRng};
