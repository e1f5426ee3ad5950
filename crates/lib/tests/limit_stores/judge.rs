//! Judges the decisions of a store by its own clock, by plain addition.

use std::collections::HashMap;
use std::time::Duration;

use palisade_core::limits::{Charge, Decision, Quota, grain};

/// One decision, with its charges.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) charges: Vec<Charge>,
    pub(crate) decision: Decision,
}

/// The units that one counter admitted, in the order of time.
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

    /// The first time from `at` on at which so many units fit, next to those admitted up to `until`.
    fn first_fit(&self, quota: Quota, units: u32, at: Duration, until: Until) -> Duration {
        let (limit, length) = (quota.limit().get(), quota.window());
        let from = self.admitted.partition_point(|(moment, _)| *moment + length <= at);
        let to = self.admitted.partition_point(|(moment, _)| match until {
            Until::Before(end) => *moment < end,
            Until::With(end) => *moment <= end,
        });
        let counted = self.admitted.get(from..to).unwrap_or_default();
        let mut in_use: u32 = counted.iter().map(|(_, units)| units).sum();
        let mut first = at;
        for (moment, freed) in counted {
            if in_use + units <= limit {
                break;
            }
            in_use -= freed;
            first = *moment + length;
        }
        first
    }
}

/// Whether units admitted at the end itself count.
#[derive(Clone, Copy)]
enum Until {
    Before(Duration),
    With(Duration),
}

/// Asserts, for every counter and every window of the log: never more than the limit is admitted; nothing is refused
/// that fits (with sub-buckets, counting units up to a grain too old); a wait is exact, or with sub-buckets at most a
/// grain late and never early. Returns the number of admitted decisions.
///
/// Units admitted at the time of a refusal may have come before or after it. A store that reports the time of the
/// request may even have admitted a request after a refusal that it received up to `apart` later.
pub(crate) fn judge(mut log: Vec<Decided>, apart: Duration) -> usize {
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
        for (charge, standing) in charges.iter().zip(decision.statuses()) {
            let counter = counters.get(&name_of(charge)).unwrap_or(&nothing);
            let (limit, length, late) =
                (charge.quota().limit().get(), charge.quota().window(), grain(charge.quota()));
            let Some(wait) = standing.retry_after else { continue };
            let (at, units) = (decision.at(), charge.cost().max(1));
            assert!(
                counter.within(length + late, at) + units > limit,
                "{charge:?} was refused at {at:?} though there was room"
            );
            let due = |until| counter.first_fit(charge.quota(), units, at, until);
            let earliest = due(Until::Before(at.saturating_sub(apart)));
            assert!(at + wait >= earliest, "{charge:?} was told to come back too early");
            assert!(at + wait <= due(Until::With(at)) + late, "{charge:?} was told to come back too late");
        }
    }
    passed
}

fn name_of(charge: &Charge) -> String {
    format!("{} {}", charge.key(), charge.quota())
}
