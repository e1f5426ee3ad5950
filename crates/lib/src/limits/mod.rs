//! The common part of the limit stores that run the sliding window as a script: the scripts, their arguments, and
//! the parsing of their answers.
//!
//! There is no connection here; [`redis`](crate::redis) and [`upstash`](crate::upstash) send the calls to their
//! servers.

mod answer;
mod script;

pub(crate) use answer::{Mark, decision};
pub(crate) use script::{Keys, ScriptCall};
