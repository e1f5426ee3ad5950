//! Code that several test programs use.

mod crypt;

pub(crate) use crypt::C;
