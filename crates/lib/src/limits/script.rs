//! The scripts and their arguments.

use std::sync::LazyLock;
use std::time::Duration;

use palisade_core::limits::{Charge, Distinct, grain};
use palisade_core::ports::{Rng as _, SystemRng};

/// A script on the server. It uses no command newer than Redis 5.
pub(crate) struct Script {
    /// Its code.
    pub(crate) code: &'static str,
    /// The hash by which a server that has run it before knows it.
    pub(crate) hash: String,
}

impl Script {
    fn new(code: &'static str) -> Self {
        Self { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }
}

/// The sliding window, written for the server.
pub(crate) static DECIDE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("sliding_window.lua")));
/// Gives back what a decision charged.
pub(crate) static GIVE_BACK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("give_back.lua")));

/// A call of a script.
pub(crate) struct ScriptCall {
    pub(crate) script: &'static Script,
    pub(crate) keys: Vec<String>,
    pub(crate) arguments: Vec<String>,
}

/// The prefix of every key, so that one server can hold the limits of several deployments, and other data.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    prefix: String,
}

impl Keys {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// The call of a decision. A repetition after a lost answer is the same call.
    pub(crate) fn decide(&self, asked: &Distinct, has_mark: bool) -> ScriptCall {
        let charges = asked.charges();
        let mut keys: Vec<String> = charges.iter().map(|charge| self.name(charge)).collect();
        keys.extend(charges.first().map(|charge| self.call(charge)));
        if has_mark {
            keys.push(self.mark());
        }
        let arguments = charges.iter().flat_map(arguments).map(|number| number.to_string()).collect();
        ScriptCall { script: &DECIDE, keys, arguments }
    }

    /// The call that gives back the charges of a decision at this time.
    pub(crate) fn give_back(&self, charges: &[Charge], at: Duration) -> ScriptCall {
        let each = |charge: &Charge| [micros(charge.quota().window()), u64::from(charge.cost())];
        let arguments = std::iter::once(micros(at)).chain(charges.iter().flat_map(each));
        let keys = charges.iter().map(|charge| self.name(charge));
        ScriptCall {
            script: &GIVE_BACK,
            keys: keys.chain(charges.first().map(|charge| self.call(charge))).collect(),
            arguments: arguments.map(|number| number.to_string()).collect(),
        }
    }

    /// A name for a call about the windows of this subject, next to which it is stored.
    fn call(&self, charge: &Charge) -> String {
        let mut call = [0; 16];
        SystemRng.fill(&mut call);
        let call = u128::from_be_bytes(call);
        format!("{}:{{{}}}:call:{call:032x}", self.prefix, charge.key().subject().group())
    }

    /// The key that exists as long as the server forgets nothing.
    fn mark(&self) -> String {
        format!("{}:mark", self.prefix)
    }

    /// The same for a server that is spread over several machines: enough keys to reach each of them.
    pub(crate) fn marks(&self) -> impl Iterator<Item = String> {
        (0..SPREAD).map(|number| format!("{}:{{{number}}}:mark", self.prefix))
    }

    /// The name of a window. A counter belongs to a key *and* a quota: while instances with the old and the new
    /// number run side by side, each has its own.
    ///
    /// The part in braces is the hash tag by which a cluster places a key: all windows of one subject are on one
    /// node, so that a script can decide about them together.
    fn name(&self, charge: &Charge) -> String {
        let (key, quota) = (charge.key(), charge.quota());
        let (bucket, group) = (key.bucket(), key.subject().group());
        let within = key.subject().within().map(|account| format!(":{account}")).unwrap_or_default();
        format!("{}:{{{group}}}:{bucket}{within}:{}/{}", self.prefix, quota.limit(), quota.window_secs())
    }
}

/// The approximate number of keys that reach every machine of a cluster.
const SPREAD: usize = 32;

/// The arguments of one window: limit, length, grain, cost.
fn arguments(charge: &Charge) -> [u64; 4] {
    let quota = charge.quota();
    [u64::from(quota.limit().get()), micros(quota.window()), micros(grain(quota)), u64::from(charge.cost())]
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
