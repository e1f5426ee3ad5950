//! Room in the windows of this process that requests reserve while another store decides about them.
//!
//! While both must agree, concurrent requests would otherwise all find the same room here, and the store would charge
//! them all. This process would then refuse all but the first, although they were charged.

use std::collections::HashMap;
use std::num::NonZeroU32;

use parking_lot::Mutex;

use super::{Charge, Decision, Distinct, LimitKey, MemoryLimiter, Quota, QuotaStatus};

/// The reserved units of each counter. Its size is bounded by the charges of the requests that wait for the store.
#[derive(Debug, Default)]
pub(super) struct Reservations(Mutex<Held>);

type Held = HashMap<(LimitKey, Quota), u32>;

/// The reservation of one request, until it is settled or dropped.
#[derive(Debug)]
pub(super) struct Reservation<'a> {
    holds: &'a Reservations,
    charges: Vec<Charge>,
}

impl Reservations {
    /// Reserves room for these charges, if `local` has it beside the other reservations; otherwise returns the
    /// refusal. Charges nothing.
    ///
    /// It is not known yet whether the others will use their reservations. A refusal because of them gives the wait
    /// as if they had.
    pub(super) fn hold(
        &self,
        local: &MemoryLimiter,
        charges: &[Charge],
    ) -> Result<Reservation<'_>, Decision> {
        let asked = Distinct::of(charges);
        let mut held = self.0.lock();
        let others: Vec<u32> = asked.charges().iter().map(|charge| held_of(&held, charge)).collect();
        let with_others = |(charge, others): (&Charge, &u32)| match NonZeroU32::new(wanted(charge, *others)) {
            Some(units) => charge.clone().costing(units),
            None => charge.clone(),
        };
        let questions: Vec<Charge> = asked.charges().iter().zip(&others).map(with_others).collect();
        let known = local.peek(&questions);
        let beside = |((charge, others), status): ((&Charge, &u32), &QuotaStatus)| {
            // A cost above the limit counts as the whole limit, and does not fit until the others have left again.
            let is_too_much = wanted(charge, *others) > charge.quota().limit().get();
            QuotaStatus {
                remaining: status.remaining.saturating_sub(*others),
                retry_after: is_too_much.then_some(charge.quota().window()).max(status.retry_after),
                ..*status
            }
        };
        let each = asked.charges().iter().zip(&others).zip(known.statuses());
        let statuses: Vec<QuotaStatus> = each.map(beside).collect();
        if statuses.iter().any(|status| status.retry_after.is_some()) {
            return Err(asked.decision(known.at(), &statuses));
        }
        for charge in asked.charges() {
            *held.entry(counter(charge)).or_default() += charge.cost();
        }
        Ok(Reservation { holds: self, charges: asked.charges().to_vec() })
    }
}

impl Reservation<'_> {
    /// Lets `local` decide about the reserved charges, and releases them: no other request sees them charged and
    /// reserved at once.
    pub(super) fn settle(mut self, local: &MemoryLimiter, charges: &[Charge]) -> Decision {
        let mut held = self.holds.0.lock();
        let decision = local.decide(charges);
        release(&mut held, &std::mem::take(&mut self.charges));
        decision
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if !self.charges.is_empty() {
            release(&mut self.holds.0.lock(), &self.charges);
        }
    }
}

fn release(held: &mut Held, charges: &[Charge]) {
    for charge in charges {
        let counter = counter(charge);
        match held.get_mut(&counter) {
            Some(units) if *units > charge.cost() => *units -= charge.cost(),
            _ => drop(held.remove(&counter)),
        }
    }
}

fn held_of(held: &Held, charge: &Charge) -> u32 {
    held.get(&counter(charge)).copied().unwrap_or(0)
}

/// The units that have to be free, so that this charge fits beside the other reservations. A question asks for one
/// unit.
fn wanted(charge: &Charge, others: u32) -> u32 {
    others.saturating_add(charge.cost().max(1))
}

fn counter(charge: &Charge) -> (LimitKey, Quota) {
    (charge.key().clone(), charge.quota())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::limits::Subject;
    use crate::net::NetworkKey;
    use crate::system::time::Timestamp;
    use crate::system::{Clock, SystemRng, TestClock};

    struct World {
        clock: Arc<TestClock>,
        local: MemoryLimiter,
        holds: Reservations,
    }

    impl World {
        fn new() -> Self {
            let clock = Arc::new(TestClock::at(Timestamp::EPOCH));
            let local = MemoryLimiter::new(Arc::clone(&clock) as Arc<dyn Clock>, &SystemRng, 1 << 20);
            Self { clock, local, holds: Reservations::default() }
        }

        fn hold(&self, charges: &[Charge]) -> Result<Reservation<'_>, Decision> {
            self.holds.hold(&self.local, charges)
        }

        /// How long a request with this charge has to wait.
        fn wait(&self, charge: &Charge) -> Option<u64> {
            let refused = self.hold(std::slice::from_ref(charge)).err()?;
            assert!(!refused.passed());
            refused.retry_after().map(|wait| wait.as_secs())
        }
    }

    fn charge(client: u8) -> Charge {
        let subject = Subject::Network(NetworkKey::of([192, 0, 2, client].into()));
        Charge::new(LimitKey::new("a".into(), subject), Quota::of(3, 60))
    }

    fn costing(units: u32) -> Charge {
        charge(1).costing(NonZeroU32::new(units).unwrap())
    }

    #[test]
    fn reserved_units_are_unavailable_until_released_and_not_charged() {
        let world = World::new();
        let (one, rest) = (world.hold(&[charge(1)]).unwrap(), world.hold(&[costing(2)]).unwrap());
        assert_eq!(world.wait(&charge(1)), Some(60));
        assert_eq!(world.wait(&charge(2)), None, "another counter");
        drop(rest);
        assert_eq!(world.wait(&costing(2)), None);
        assert_eq!(world.wait(&costing(3)), Some(60));
        drop(one);
        assert_eq!(world.wait(&costing(3)), None);
        assert_eq!(world.local.counters(), 0);
        assert!(world.holds.0.lock().is_empty());
    }

    #[test]
    fn charged_units_cannot_be_reserved_and_the_wait_is_exact() {
        let world = World::new();
        assert!(world.local.decide(&[costing(2)]).passed());
        world.clock.advance(Duration::from_secs(10));
        let held = world.hold(&[charge(1)]).unwrap();
        assert_eq!(world.wait(&charge(1)), Some(50), "when those leave that are charged");
        assert_eq!(world.wait(&costing(3)), Some(60), "what is held will stay a whole window");
        assert!(held.settle(&world.local, &[charge(1)]).passed());
        assert!(world.holds.0.lock().is_empty());
        assert_eq!(world.wait(&charge(1)), Some(50));
        assert_eq!(world.wait(&costing(3)), Some(60));
        world.clock.advance(Duration::from_secs(50));
        assert_eq!(world.wait(&costing(2)), None);
    }

    #[test]
    fn several_charges_are_reserved_all_or_none_and_duplicates_twice() {
        let world = World::new();
        let full = world.hold(&[costing(3)]).unwrap();
        let refused = world.hold(&[charge(2), charge(1)]).unwrap_err();
        let stand = refused.statuses().iter().map(|one| (one.remaining, one.retry_after.is_some()));
        assert_eq!(stand.collect::<Vec<_>>(), [(3, false), (0, true)]);
        drop(full);
        let twice = world.hold(&[charge(2), charge(2)]).unwrap();
        assert!(world.hold(&[charge(2), charge(2)]).is_err());
        assert!(world.hold(&[charge(2)]).is_ok());
        drop(twice);
        assert!(world.hold(&[charge(2), charge(2), charge(2)]).is_ok());
    }
}
