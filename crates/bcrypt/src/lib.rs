#![doc = include_str!("../README.md")]

mod blowfish;
mod cost;
mod hash;
mod key;
mod lanes;

pub use cost::{Cost, CostError};
pub use hash::{Digest, Hash, ParseError, Salt, Version};
pub use key::{Key, KeyError};
pub use lanes::{Full, Job, Lanes, Width, digests};
