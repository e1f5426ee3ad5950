//! What the limit stores that run the sliding window as a script have in common: the scripts, what they are asked with, and
//! how their answers are read.
//!
//! No connection here; [`redis`](crate::redis) and [`upstash`](crate::upstash) carry the words to their servers.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use palisade_core::limits::{Charge, Decision, Distinct, LimitStoreError, QuotaStatus, grain};
use palisade_core::ports::{Rng as _, SystemRng};

/// A script of the server. It calls nothing that is newer than Redis 5.
pub(crate) struct Script {
    /// What it is.
    pub(crate) code: &'static str,
    /// What a server that has run it before knows it by.
    pub(crate) hash: String,
}

impl Script {
    fn new(code: &'static str) -> Self {
        Self { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }
}

/// The window, written for the server.
pub(crate) static DECIDE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("sliding_window.lua")));
/// Giving back what it has charged.
pub(crate) static GIVE_BACK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("give_back.lua")));

/// What a script is called with.
pub(crate) struct Words {
    pub(crate) script: &'static Script,
    pub(crate) keys: Vec<String>,
    pub(crate) arguments: Vec<String>,
}

/// Before every key: so that one server can hold the limits of several deployments, and other data.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    prefix: String,
}

impl Keys {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// What is asked of the server. All that goes about it a second time, after an answer was lost, is the same call.
    pub(crate) fn decide(&self, asked: &Distinct, has_mark: bool) -> Words {
        let charges = asked.charges();
        let mut keys: Vec<String> = charges.iter().map(|charge| self.name(charge)).collect();
        keys.extend(charges.first().map(|charge| self.call(charge)));
        if has_mark {
            keys.push(self.mark());
        }
        let arguments = charges.iter().flat_map(arguments).map(|number| number.to_string()).collect();
        Words { script: &DECIDE, keys, arguments }
    }

    /// What gives back the charges of a decision at this moment.
    pub(crate) fn give_back(&self, charges: &[Charge], at: Duration) -> Words {
        let each = |charge: &Charge| [micros(charge.quota().window()), u64::from(charge.cost())];
        let arguments = std::iter::once(micros(at)).chain(charges.iter().flat_map(each));
        let keys = charges.iter().map(|charge| self.name(charge));
        Words {
            script: &GIVE_BACK,
            keys: keys.chain(charges.first().map(|charge| self.call(charge))).collect(),
            arguments: arguments.map(|number| number.to_string()).collect(),
        }
    }

    /// A name for a call about the windows of this subject, beside which it lies.
    fn call(&self, charge: &Charge) -> String {
        let mut call = [0; 16];
        SystemRng.fill(&mut call);
        let call = u128::from_be_bytes(call);
        format!("{}:{{{}}}:call:{call:032x}", self.prefix, charge.key().subject().group())
    }

    /// The one key that is there for as long as the server forgets nothing.
    fn mark(&self) -> String {
        format!("{}:mark", self.prefix)
    }

    /// The same for a server that is spread over several machines: as many as find each of them.
    pub(crate) fn marks(&self) -> impl Iterator<Item = String> {
        (0..SPREAD).map(|number| format!("{}:{{{number}}}:mark", self.prefix))
    }

    /// The name of a window. A counter belongs to a key *and* a quota: while instances with the old and the new number
    /// run side by side, each holds its own.
    ///
    /// In braces is what a clustered server places a key by: all windows of one subject lie on one node, or no script
    /// could decide about them together.
    fn name(&self, charge: &Charge) -> String {
        let (key, quota) = (charge.key(), charge.quota());
        let (bucket, group) = (key.bucket(), key.subject().group());
        let within = key.subject().within().map(|account| format!(":{account}")).unwrap_or_default();
        format!("{}:{{{group}}}:{bucket}{within}:{}/{}", self.prefix, quota.limit(), quota.window_secs())
    }
}

/// How many keys find every machine of a cluster, about.
const SPREAD: usize = 32;

/// What one window is asked with: limit, length, grain, cost.
fn arguments(charge: &Charge) -> [u64; 4] {
    let quota = charge.quota();
    [u64::from(quota.limit().get()), micros(quota.window()), micros(grain(quota)), u64::from(charge.cost())]
}

/// The mark of a server, as this process has last seen it.
#[derive(Debug, Default)]
pub(crate) struct Mark(AtomicU64);

impl Mark {
    /// Sees what is there now, 0 for none.
    ///
    /// # Errors
    /// When it is another than before, or none any more: the server has forgotten what was counted. Once for each time.
    pub(crate) fn see(&self, now: u64) -> Result<(), LimitStoreError> {
        let before = self.0.swap(now, Ordering::AcqRel);
        if before == 0 || before == now {
            return Ok(());
        }
        Err(LimitStoreError::Forgot("it was emptied, or started again without its data"))
    }
}

/// Reads what the script answered, and looks at the mark.
///
/// # Errors
/// When it is not the answer to this question, and when the server has forgotten what was counted.
pub(crate) fn decision(asked: &Distinct, answer: &[i64], mark: &Mark) -> Result<Decision, LimitStoreError> {
    let wrong = || LimitStoreError::BadAnswer(format!("{} numbers", answer.len()).into());
    let ([at], rest) = answer.split_first_chunk().ok_or_else(wrong)?;
    let (statuses, [marked]) = rest.split_last_chunk().ok_or_else(wrong)?;
    let (statuses, rest) = statuses.as_chunks();
    if statuses.len() != asked.charges().len() || !rest.is_empty() {
        return Err(wrong());
    }
    mark.see(u64::try_from(*marked).unwrap_or(0))?;
    let statuses: Vec<QuotaStatus> = statuses.iter().map(status).collect();
    Ok(asked.decision(duration(*at), &statuses))
}

fn status([remaining, until_more, wait]: &[i64; 3]) -> QuotaStatus {
    QuotaStatus {
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
