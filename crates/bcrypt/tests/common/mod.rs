//! What several programs of tests use.

mod crypt;

pub(crate) use crypt::C;
