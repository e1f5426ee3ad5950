//! Passwords: `bcrypt(base64(HMAC-SHA-384(pepper, password)))`, as in OWASP's Password Storage Cheat Sheet, hashed
//! on separate threads behind a bounded queue.
//!
//! Every failing verification costs the same, whether the account exists or not and whatever its hash costs. The
//! rules for passwords are elsewhere. No caller of this module uses bcrypt directly.

mod engine;
mod hasher;
mod job;
mod pepper;
mod pool;
mod scheduling;
mod stored;
mod task;
mod verdict;

pub use engine::HashBackend;
pub use hasher::{HasherConfig, HashingQueue, PasswordHasher};
pub use palisade_bcrypt::Width;
pub use pepper::{Peppers, PeppersError};
pub use pool::Priority;
pub use stored::{BcryptCost, CostError, ImportError, PasswordHash};
pub use verdict::{Defect, HashError, Verdict};

#[cfg(test)]
mod tests;
