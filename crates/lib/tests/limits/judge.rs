//! What was decided when, by the store's own clock, and whether that was right: by adding up, nothing clever.

use std::collections::HashMap;
use std::time::Duration;

use palisade_core::limits::{Charge, Decision, grain};

/// One decision, with what was asked.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) charges: Vec<Charge>,
    pub(crate) decision: Decision,
}

/// What one counter was charged, in the order of the moments.
#[derive(Default)]
struct Counter {
    admitted: Vec<(Duration, u32)>,
}

impl Counter {
    /// Units admitted in the half-open window of this length that ends with `at`.
    fn within(&self, length: Duration, at: Duration) -> u32 {
        let from = self.admitted.partition_point(|(moment, _)| *moment + length <= at);
        let to = self.admitted.partition_point(|(moment, _)| *moment <= at);
        self.admitted[from..to].iter().map(|(_, units)| units).sum()
    }

    /// The first moment from `at` on at which so many units fit beside what was admitted by then. What was admitted in
    /// the same instant may have come before or after: with it, and without.
    fn first_fit(&self, limit: u32, length: Duration, units: u32, at: Duration, with: bool) -> Duration {
        let from = self.admitted.partition_point(|(moment, _)| *moment + length <= at);
        let to = self.admitted.partition_point(|(moment, _)| *moment < at || (with && *moment == at));
        let mut counted = self.within(length, at) - if with { 0 } else { self.units_at(at) };
        let mut first = at;
        for (moment, freed) in &self.admitted[from..to] {
            if counted + units <= limit {
                break;
            }
            counted -= freed;
            first = *moment + length;
        }
        first
    }

    fn units_at(&self, at: Duration) -> u32 {
        let from = self.admitted.partition_point(|(moment, _)| *moment < at);
        self.admitted[from..].iter().take_while(|(moment, _)| *moment == at).map(|(_, units)| units).sum()
    }
}

/// Holds, over every window of the whole log and for every counter: never more than the limit; refused only when there
/// was no room (for sub-buckets: no room counting what is at most a grain too old); a wait that is the true one, or for
/// sub-buckets at most a grain late and never early. Gives back how many passed.
pub(crate) fn judge(mut log: Vec<Decided>) -> usize {
    log.sort_by_key(|decided| decided.decision.at());
    let mut counters: HashMap<String, Counter> = HashMap::new();
    for Decided { charges, decision } in &log {
        if decision.passed() {
            for charge in charges {
                counters.entry(name_of(charge)).or_default().admitted.push((decision.at(), charge.cost()));
            }
        }
    }
    for (name, counter) in &counters {
        let charge = log.iter().flat_map(|decided| &decided.charges).find(|charge| name_of(charge) == *name);
        let quota = charge.unwrap().quota();
        for (at, _) in &counter.admitted {
            let units = counter.within(quota.window(), *at);
            assert!(
                units <= quota.limit().get(),
                "{units} units of {name} in the window that ends at {at:?}"
            );
        }
    }
    let nothing = Counter::default();
    let mut passed = 0;
    for Decided { charges, decision } in &log {
        passed += usize::from(decision.passed());
        for (charge, standing) in charges.iter().zip(decision.standings()) {
            let counter = counters.get(&name_of(charge)).unwrap_or(&nothing);
            let (limit, length, late) =
                (charge.quota().limit().get(), charge.quota().window(), grain(charge.quota()));
            let Some(wait) = standing.retry_after else { continue };
            let (at, units) = (decision.at(), charge.cost().max(1));
            assert!(
                counter.within(length + late, at) + units > limit,
                "{charge:?} was refused at {at:?} though there was room"
            );
            let due = |with| counter.first_fit(limit, length, units, at, with);
            assert!(at + wait >= due(false), "{charge:?} was told to come back too early");
            assert!(at + wait <= due(true) + late, "{charge:?} was told to come back too late");
        }
    }
    passed
}

fn name_of(charge: &Charge) -> String {
    format!("{} {}", charge.key(), charge.quota())
}
