//! The window against a naive reference, decision by decision, and under schedules designed to break it.

use proptest::prelude::*;

use super::*;

const MS: u64 = 1_000_000;
const ONE: u32 = 1;

fn take(window: &mut Window, cost: u32, now: u64) -> Result<u32, Duration> {
    match window.check(cost, now) {
        Verdict { wait: Some(wait), .. } => Err(wait),
        Verdict { free, wait: None } => {
            window.charge(cost, now);
            Ok(free - cost.min(free))
        }
    }
}

/// The admitted requests: time and units. Slow, and obviously correct.
#[derive(Default)]
struct Admitted(Vec<(u64, u32)>);

impl Admitted {
    /// Units in the half-open window of this length that ends with `now`.
    fn within(&self, length: u64, now: u64) -> u32 {
        self.0.iter().filter(|(at, _)| *at <= now && at + length > now).map(|(_, units)| units).sum()
    }

    fn greatest_window(&self, length: u64) -> u32 {
        self.0.iter().map(|(at, _)| self.within(length, *at)).max().unwrap_or(0)
    }

    /// The first moment from `now` on at which this many units fit, by trying each that matters.
    fn first_fit(&self, limit: u32, length: u64, units: u32, now: u64) -> u64 {
        let mut moments: Vec<u64> = self.0.iter().map(|(at, _)| at + length).filter(|at| *at > now).collect();
        moments.push(now);
        moments.sort_unstable();
        moments.into_iter().find(|at| self.within(length, *at) + units <= limit).unwrap()
    }
}

/// Gaps that are zero, drip, jump to the window's edge, one step beside it, or far beyond.
fn gap(length: u64) -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => Just(0),
        4 => 0..length / 20,
        2 => 0..length,
        1 => Just(length),
        1 => Just(length - 1),
        1 => Just(length + 1),
        1 => 0..length * 3,
    ]
}

fn schedule(length: u64, costs: u32) -> impl Strategy<Value = Vec<(u64, u32)>> {
    prop::collection::vec((gap(length), 1..=costs), 1..400)
}

proptest! {
    #[test]
    fn the_log_decides_like_the_naive_reference(
        limit in 1..=24_u32,
        steps in schedule(60_000 * MS, 4),
    ) {
        let length = 60_000 * MS;
        let mut window = Window::new(Quota::of(limit, 60));
        let mut reference = Admitted::default();
        let mut now = 0;
        for (gap, units) in steps {
            now += gap;
            let units = units.min(limit);
            let counted = reference.within(length, now);
            let expected = if counted + units <= limit {
                reference.0.push((now, units));
                Ok(limit - counted - units)
            } else {
                Err(Duration::from_nanos(reference.first_fit(limit, length, units, now) - now))
            };
            prop_assert_eq!(take(&mut window, units, now), expected);
        }
    }

    #[test]
    fn sub_buckets_never_admit_too_much_and_refuse_only_what_is_justified(
        limit in 129..=400_u32,
        steps in schedule(10_000 * MS, 60),
    ) {
        let quota = Quota::of(limit, 10);
        let (length, grain) = (10_000 * MS, nanos(grain(quota)));
        let mut window = Window::new(quota);
        let mut admitted = Admitted::default();
        let mut now = 0;
        for (gap, units) in steps {
            now += gap;
            if let Err(wait) = take(&mut window, units, now) {
                prop_assert!(admitted.within(length + grain, now) + units > limit, "refused though there was room");
                let exact = admitted.first_fit(limit, length, units, now) - now;
                prop_assert!(nanos(wait) >= exact, "told to come back too early");
                prop_assert!(nanos(wait) <= exact + grain, "told to come back more than a grain late");
            } else {
                admitted.0.push((now, units));
            }
            prop_assert!(window.entries().count() <= SUB_BUCKETS as usize + 2);
        }
        prop_assert!(admitted.greatest_window(length) <= limit);
    }

    #[test]
    fn the_returned_wait_is_exact_to_the_millisecond(
        limit in 1..=200_u32,
        steps in schedule(60_000 * MS, 5),
        units in 1..=5_u32,
    ) {
        let mut window = Window::new(Quota::of(limit, 60));
        let mut now = MS;
        for (gap, units) in steps {
            now += gap / MS * MS;
            let _ = take(&mut window, units, now);
        }
        if let Some(wait) = window.check(units, now).wait {
            let then = now + nanos(wait);
            prop_assert!(window.check(units, then - MS).wait.is_some());
            prop_assert!(window.check(units, then).wait.is_none());
        }
    }
}

/// Sends a request every `step` for a while after a first burst, and returns the most that passed in one window.
fn attack(quota: Quota, burst_at: u64, step: u64) -> u32 {
    let length = nanos(quota.window());
    let mut window = Window::new(quota);
    let mut admitted = Admitted::default();
    let mut now = burst_at;
    while take(&mut window, ONE, now).is_ok() {
        admitted.0.push((now, 1));
    }
    while now < burst_at + 3 * length {
        now += step;
        while take(&mut window, ONE, now).is_ok() {
            admitted.0.push((now, 1));
        }
    }
    admitted.greatest_window(length)
}

#[test]
fn a_burst_at_the_end_of_a_window_and_a_drip_after_it_never_pass_the_limit() {
    for limit in [1, 10, 128, 129, 300] {
        for burst_at in [0, 59_999 * MS, 60_000 * MS - 1, 60_000 * MS] {
            for step in [50 * MS, 1_000 * MS, 1_200 * MS - 1, 60_000 * MS - 1, 60_000 * MS] {
                assert_eq!(attack(Quota::of(limit, 60), burst_at, step), limit, "{burst_at} {step}");
            }
        }
    }
}

#[test]
fn a_clock_that_stands_still_frees_nothing() {
    for limit in [5, 1_000] {
        let mut window = Window::new(Quota::of(limit, 1));
        let passed = (0..limit * 3).filter(|_| take(&mut window, ONE, 7).is_ok()).count();
        assert_eq!(passed, limit as usize);
    }
}

#[test]
fn under_steady_demand_sub_buckets_keep_their_rate() {
    let quota = Quota::of(600, 60);
    let mut window = Window::new(quota);
    let windows = 20;
    let passed =
        (0..windows * 60_000 / 13).filter(|step| take(&mut window, ONE, step * 13 * MS).is_ok()).count();
    let least = 600 * windows * u64::from(SUB_BUCKETS - 1) / u64::from(SUB_BUCKETS);
    assert!(passed as u64 >= least, "{passed} < {least}");
}

#[test]
fn a_burst_is_freed_at_once_when_its_window_has_passed() {
    for limit in [10, 600] {
        let mut window = Window::new(Quota::of(limit, 60));
        assert_eq!(take(&mut window, limit, 0), Ok(0));
        assert_eq!(take(&mut window, ONE, MS), Err(Duration::from_millis(59_999)));
        assert_eq!(take(&mut window, limit, 60_000 * MS), Ok(0));
    }
}

#[test]
fn a_cost_above_the_limit_needs_the_whole_window() {
    let mut window = Window::new(Quota::of(3, 60));
    assert_eq!(take(&mut window, ONE, 0), Ok(2));
    assert_eq!(take(&mut window, 9, 0), Err(Duration::from_mins(1)));
    assert_eq!(take(&mut window, 9, 60_000 * MS), Ok(0));
}

#[test]
fn a_refused_request_costs_nothing() {
    let mut window = Window::new(Quota::of(10, 60));
    assert_eq!(take(&mut window, 8, 0), Ok(2));
    for _ in 0..5 {
        assert!(take(&mut window, 3, MS).is_err());
    }
    assert_eq!(take(&mut window, 2, MS), Ok(0));
}

#[test]
fn a_thread_with_an_older_reading_of_the_clock_does_not_disorder_the_queue() {
    let mut window = Window::new(Quota::of(2, 1));
    window.charge(ONE, 500 * MS);
    window.charge(ONE, 400 * MS);
    assert!(window.check(ONE, 1_400 * MS).wait.is_some());
    assert_eq!(window.check(ONE, 1_500 * MS).free, 2);
}

#[test]
fn a_question_charges_nothing_and_answers_for_one_more_request() {
    let mut window = Window::new(Quota::of(1, 1));
    for _ in 0..3 {
        assert_eq!(take(&mut window, 0, 0), Ok(1));
    }
    assert_eq!(take(&mut window, ONE, 0), Ok(0));
    assert_eq!(take(&mut window, 0, 400 * MS), Err(Duration::from_millis(600)));
    assert_eq!(take(&mut window, 0, 1_000 * MS), Ok(1));
}

#[test]
fn a_window_that_was_busy_gives_its_memory_back() {
    let mut window = Window::new(Quota::of(128, 1));
    assert_eq!(window.heap(), 0);
    for step in 0..128 {
        window.charge(ONE, step * MS);
    }
    let full = window.heap();
    assert!(full >= 127 * size_of::<Entry>());
    window.check(ONE, 1_120 * MS);
    assert!(window.heap() < full / 4, "{} of {full}", window.heap());
    window.check(ONE, 3_000 * MS);
    assert_eq!(window.heap(), 0);
    assert!(size_of::<Window>() <= 48, "{}", size_of::<Window>());
}

#[test]
fn a_window_is_idle_when_everything_has_left_it() {
    let mut window = Window::new(Quota::of(5, 1));
    assert!(window.is_idle(0));
    window.charge(ONE, 0);
    window.charge(ONE, 10 * MS);
    assert!(!window.is_idle(1_010 * MS - 1));
    assert!(window.is_idle(1_010 * MS));
}
