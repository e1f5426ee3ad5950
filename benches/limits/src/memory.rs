//! In memory: a million live counters, in random order.

use std::fmt::Write as _;
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::RateLimiter;
use palisade_core::limits::{Charge, LimitKey, MemoryLimiter, Quota, Subject};
use palisade_core::net::NetworkKey;
use palisade_core::ports::{Clock, SystemClock, SystemRng};

use super::Failure;

const COUNTERS: u32 = 1_000_000;
const DECISIONS: u32 = 2_000_000;
const ROUNDS: usize = 3;

/// Spreads turns over the counters: a step without a common factor with their number reaches all, and never
/// neighbors in sequence.
fn client(turn: u32) -> Ipv4Addr {
    let far = u64::from(turn) * 618_033_989 % u64::from(COUNTERS);
    Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(far).unwrap_or(0))
}

fn charge(bucket: &Arc<str>, turn: u32, quota: Quota) -> Charge {
    let subject = Subject::Network(NetworkKey::of(client(turn).into()));
    Charge::new(LimitKey::new(Arc::clone(bucket), subject), quota)
}

/// Nanoseconds of processor time for each call, of this thread only, so other work of the machine matters less.
fn timed(calls: u32, mut call: impl FnMut(u32)) -> Result<f64, Failure> {
    let begun = processor_time()?;
    for turn in 0..calls {
        call(turn);
    }
    Ok(processor_time()?.saturating_sub(begun).as_secs_f64() * 1e9 / f64::from(calls))
}

fn processor_time() -> Result<Duration, Failure> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = text.split_whitespace().next().ok_or("an empty schedstat")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}

/// Resident memory of this process, in bytes.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

fn median(mut found: Vec<f64>) -> f64 {
    found.sort_by(f64::total_cmp);
    found.get(found.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(super) fn report() -> Result<String, Failure> {
    let clock = Arc::new(SystemClock::new()) as Arc<dyn Clock>;
    let bucket: Arc<str> = "bench".into();
    // Longer than the run: no counter may become idle, and no client reaches the limit of the log.
    let quota = Quota::new(100, Duration::from_hours(1))?;
    let mut text = String::new();

    let before = resident()?;
    let ours = MemoryLimiter::new(clock, &SystemRng, 1 << 30);
    let fill = timed(COUNTERS, |turn| {
        black_box(ours.decide(&[charge(&bucket, turn, quota)]));
    })?;
    let (held, counted, after) = (ours.counters(), ours.bytes(), resident()?);
    writeln!(
        text,
        "memory: {held} counters, {:.0} bytes each as resident, {:.0} as counted",
        per(after - before, held),
        per(counted as u64, held)
    )?;
    writeln!(text, "memory: {fill:.0} ns for the first decision about a counter")?;

    let limit = NonZeroU32::new(100).ok_or("no limit")?;
    let before = resident()?;
    let governor = RateLimiter::keyed(governor::Quota::per_hour(limit));
    for turn in 0..COUNTERS {
        let _ = black_box(governor.check_key(&client(turn)));
    }
    let theirs = resident()?.saturating_sub(before);
    writeln!(text, "governor: {:.0} bytes each as resident", per(theirs, governor.len()))?;

    let (mut ours_took, mut theirs_took) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours_took.push(timed(DECISIONS, |turn| {
            black_box(ours.decide(&[charge(&bucket, turn, quota)]));
        })?);
        theirs_took.push(timed(DECISIONS, |turn| {
            let _ = black_box(governor.check_key(&client(turn)));
        })?);
    }
    let (ours_took, theirs_took) = (median(ours_took), median(theirs_took));
    writeln!(
        text,
        "memory: {ours_took:.0} ns a decision with all of them live; governor (GCRA) {theirs_took:.0} ns; ratio {:.2}",
        ours_took / theirs_took
    )?;
    Ok(text)
}

#[expect(clippy::cast_precision_loss, reason = "printed without decimals")]
fn per(bytes: u64, counters: usize) -> f64 {
    bytes as f64 / counters.max(1) as f64
}
