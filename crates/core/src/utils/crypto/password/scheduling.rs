//! How the hashing threads share the processor: behind the other threads of the process, but never so far behind
//! that the neighbors on a busy machine stop all sign-ins.

/// How many nice levels the hashing threads are behind the other threads of the process (nice(2)). Linux weighs a
/// thread by its nice value, 1.25 times for each level: three levels are a weight of 526 against 1024. So beside
/// any number of busy neighbors a hash takes about twice as long as it would at the priority of the process.
#[cfg(target_os = "linux")]
pub(super) const NICE: i32 = 3;

/// The lowest priority.
#[cfg(target_os = "linux")]
const LOWEST: i32 = 19;

/// Lowers the priority of the calling thread. On Linux it is a property of the thread; elsewhere it would affect
/// the whole process, so nothing happens there. A failure does not stop hashing.
pub(super) fn lower_priority() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};

        let lowered = getpriority_process(None)
            .and_then(|nice| setpriority_process(None, nice.saturating_add(NICE).min(LOWEST)));
        if let Err(error) = lowered {
            tracing::debug!(%error, "the hashing threads keep their priority");
        }
    }
}

/// Yields between two pieces of work, as long as the thread gets enough of the processor.
///
/// A lower priority decides which thread runs next, not when: Linux lets the running thread continue for some
/// milliseconds before one that has just woken up. Yielding (`sched_yield`) hands the core over at once. But a
/// thread that yields gives up the rest of its turn (since Linux 6.18 also the claim to it): beside neighbors that
/// never sleep, a thread that yields several times a millisecond would get next to nothing.
pub(super) struct Courtesy {
    #[cfg(target_os = "linux")]
    since: Option<Spent>,
    yields: bool,
}

/// The progress of two clocks, in nanoseconds.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy)]
struct Spent {
    elapsed: u64,
    computing: u64,
}

/// How long the share of the processor is measured before a decision: some slices of the scheduler.
#[cfg(target_os = "linux")]
const MEASURED: u64 = 50_000_000;

impl Courtesy {
    /// Nothing is known yet: the thread yields.
    pub(super) fn new() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            since: None,
            yields: true,
        }
    }

    /// The thread is about to wait for work: this time must not count as time without the processor.
    pub(super) fn pause(&mut self) {
        #[cfg(target_os = "linux")]
        {
            self.since = None;
        }
    }

    /// Called between two pieces of work.
    pub(super) fn step_aside(&mut self) {
        #[cfg(target_os = "linux")]
        self.measure(Spent::now());
        if self.yields {
            std::thread::yield_now();
        }
    }

    #[cfg(target_os = "linux")]
    fn measure(&mut self, now: Spent) {
        let since = *self.since.get_or_insert(now);
        let elapsed = now.elapsed.saturating_sub(since.elapsed);
        if elapsed >= MEASURED {
            let computing = now.computing.saturating_sub(since.computing);
            self.yields = is_enough(computing, elapsed);
            self.since = Some(now);
        }
    }
}

/// Whether the thread can afford to yield with this share: more than a thread gets beside two busy neighbors on its
/// core.
#[cfg(target_os = "linux")]
fn is_enough(computing: u64, elapsed: u64) -> bool {
    computing.saturating_mul(3) >= elapsed
}

#[cfg(target_os = "linux")]
impl Spent {
    /// No test could control the CPU time of this thread: it shows what the scheduler did.
    fn now() -> Self {
        use rustix::time::{ClockId, clock_gettime};

        let nanoseconds = |clock| {
            let time = clock_gettime(clock);
            let (seconds, rest) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
            seconds.unwrap_or(0).saturating_mul(1_000_000_000).saturating_add(rest.unwrap_or(0))
        };
        Self { elapsed: nanoseconds(ClockId::Monotonic), computing: nanoseconds(ClockId::ThreadCPUTime) }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::hint::black_box;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::thread;
    use std::time::Duration;

    use palisade_bcrypt::{Cost, Job, Key, Lanes, Salt, Width};

    use super::*;

    /// One hash after the other, one iteration per step, as the engine takes them.
    fn steps(mut between: impl FnMut(), until: &AtomicBool, done: &AtomicU64) {
        let job = || Job::new(Key::raw(b"secret\0").unwrap(), Cost::new(12).unwrap(), Salt::new([7; 16]));
        let mut lanes = Lanes::new(Width::FOUR);
        while !until.load(Ordering::Relaxed) {
            if lanes.is_empty() {
                let _ = lanes.add(job(), ());
            }
            drop(lanes.step(1));
            done.fetch_add(1, Ordering::Relaxed);
            between();
        }
    }

    /// The time of a hash at the lower priority, relative to the usual priority. Both hash at the same moment
    /// beside the same neighbors, so a busy machine slows both.
    fn ratio(neighbors: usize) -> f64 {
        let (stop, behind, level) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|threads| {
            for _ in 0..neighbors {
                threads.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        black_box(0);
                    }
                });
            }
            threads.spawn(|| steps(|| (), &stop, &level));
            threads.spawn(|| {
                lower_priority();
                let mut courtesy = Courtesy::new();
                steps(|| courtesy.step_aside(), &stop, &behind);
            });
            while level.load(Ordering::Relaxed) < 4000 {
                thread::sleep(Duration::from_millis(20));
            }
            stop.store(true, Ordering::Relaxed);
        });
        let steps = |of: AtomicU64| f64::from(u32::try_from(of.into_inner()).unwrap());
        steps(level) / steps(behind)
    }

    #[test]
    fn beside_busy_neighbors_a_hash_takes_at_most_three_times_as_long() {
        let cores = thread::available_parallelism().unwrap().get();
        let mut ratios: Vec<f64> = (0..5).map(|_| ratio(2 * cores)).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        assert!(ratios[2] <= 3.0, "times as long as at the usual priority: {ratios:?}");
    }

    #[test]
    fn yielding_depends_on_the_share_of_the_processor() {
        let mut courtesy = Courtesy::new();
        let at = |elapsed: u64, computing: u64| Spent {
            elapsed: elapsed * 1_000_000,
            computing: computing * 1_000_000,
        };
        courtesy.measure(at(0, 0));
        courtesy.measure(at(49, 1));
        assert!(courtesy.yields, "judged too early");
        courtesy.measure(at(50, 14));
        assert!(!courtesy.yields);
        // The time of waiting for work is not part of the share.
        courtesy.pause();
        courtesy.measure(at(5_000, 14));
        courtesy.measure(at(5_060, 50));
        assert!(courtesy.yields);
    }
}
