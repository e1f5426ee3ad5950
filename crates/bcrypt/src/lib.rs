// The README starts with a random salt.
#![cfg_attr(feature = "random", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "random"),
    doc = "bcrypt for servers: several independent passwords hashed at once on one core."
)]

mod blowfish;
mod cost;
mod hash;
mod key;
mod lanes;

pub use cost::{Cost, CostError};
pub use hash::{Digest, Hash, ParseError, Salt, Version};
pub use key::{Key, KeyError};
pub use lanes::{Full, Job, Lanes, Width, digests};
