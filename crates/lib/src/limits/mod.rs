//! What the limit stores that run the sliding window as a script have in common: the script, how a decision is asked
//! for, and how its answer is read.
//!
//! No connection here; [`redis`](crate::redis) and [`upstash`](crate::upstash) carry the words to their servers.

use std::time::Duration;

use palisade_core::limits::{Charge, Decision, Distinct, LimitStoreError, Standing, grain};

/// The window, written for the server. It calls nothing that is newer than Redis 5.
pub(crate) const SCRIPT: &str = include_str!("sliding_window.lua");

/// Before every key: so that one server can hold the limits of several deployments, and other data.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    prefix: String,
}

impl Keys {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// The name of a window. A counter belongs to a key *and* a quota: while instances with the old and the new number
    /// run side by side, each holds its own.
    ///
    /// In braces is what a clustered server places a key by: all windows of one subject lie on one node, or no script
    /// could decide about them together.
    pub(crate) fn name(&self, charge: &Charge) -> String {
        let (key, quota) = (charge.key(), charge.quota());
        let (bucket, group) = (key.bucket(), key.subject().group());
        let within = key.subject().within().map(|account| format!(":{account}")).unwrap_or_default();
        format!("{}:{{{group}}}:{bucket}{within}:{}/{}", self.prefix, quota.limit(), quota.window_secs())
    }
}

/// What one window is asked with: limit, length, grain, cost.
pub(crate) fn arguments(charge: &Charge) -> [u64; 4] {
    let quota = charge.quota();
    [u64::from(quota.limit().get()), micros(quota.window()), micros(grain(quota)), u64::from(charge.cost())]
}

/// Reads what the script answered.
///
/// # Errors
/// When it is not the answer to this question.
pub(crate) fn decision(asked: &Distinct, answer: &[i64]) -> Result<Decision, LimitStoreError> {
    let wrong = || LimitStoreError::BadAnswer(format!("{} numbers", answer.len()).into());
    let ([at], standings) = answer.split_first_chunk().ok_or_else(wrong)?;
    let (standings, rest) = standings.as_chunks();
    if standings.len() != asked.charges().len() || !rest.is_empty() {
        return Err(wrong());
    }
    let standings: Vec<Standing> = standings.iter().map(standing).collect();
    Ok(asked.decision(duration(*at), &standings))
}

fn standing([remaining, until_more, wait]: &[i64; 3]) -> Standing {
    Standing {
        remaining: u32::try_from(*remaining).unwrap_or(0),
        until_more: duration(*until_more),
        retry_after: (*wait >= 0).then(|| duration(*wait)),
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
