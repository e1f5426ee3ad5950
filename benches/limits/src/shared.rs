//! In Redis: a decision against a bare round trip of the same client, one at a time and many at once.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::limit_store::RateLimitUrl;
use palisade_core::config::settings::Setting as _;
use palisade_core::limits::{Charge, LimitKey, Quota, Subject};
use palisade_core::ports::{Clock as _, LimitStore as _, SystemClock};
use palisade_lib::redis::RedisLimiter;

use super::Failure;

const CALLS: u32 = 3_000;
const AT_ONCE: u32 = 32;
const ROUNDS: usize = 5;

pub(super) fn report() -> Result<String, Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(measured())
}

#[expect(clippy::disallowed_methods, reason = "this program has no configuration but the server it measures")]
async fn measured() -> Result<String, Failure> {
    let address = std::env::var("REDIS_TEST_URL").map_err(|_| "REDIS_TEST_URL names no server")?;
    let Ok(RateLimitUrl::Redis(url)) = RateLimitUrl::parse(&address) else {
        return Err("REDIS_TEST_URL is no address of Redis".into());
    };
    let limiter = RedisLimiter::open(&url, "bench")?;
    let bare = redis::Client::open(address.as_str())?.get_multiplexed_async_connection().await?;
    let clock = Arc::new(SystemClock::new());
    let decide = |turn: u32| {
        let limiter = limiter.clone();
        async move {
            let subject = Subject::User(format!("usr_{}", turn % 1_000).into());
            let quota = Quota::new(100, Duration::from_secs(60))?;
            let charge = Charge::new(LimitKey::new("bench".into(), subject), quota);
            limiter.take(&[charge]).await?;
            Ok::<(), Failure>(())
        }
    };
    let ping = |_: u32| {
        let mut bare = bare.clone();
        async move {
            redis::cmd("PING").query_async::<String>(&mut bare).await?;
            Ok::<(), Failure>(())
        }
    };
    let mut text = String::new();
    for at_once in [1, AT_ONCE] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(timed(&clock, at_once, decide).await?);
            theirs.push(timed(&clock, at_once, ping).await?);
        }
        let (ours, theirs) = (median(ours), median(theirs));
        writeln!(
            text,
            "redis, {at_once} at once: {ours:.1} µs a decision, {theirs:.1} µs a PING; ratio {:.2}",
            ours / theirs
        )?;
    }
    Ok(text)
}

/// Microseconds for each call, so many under way at a time.
async fn timed<F: Future<Output = Result<(), Failure>>>(
    clock: &SystemClock,
    at_once: u32,
    call: impl Fn(u32) -> F,
) -> Result<f64, Failure> {
    let begun = clock.monotonic();
    let lane = async |lane: u32| -> Result<(), Failure> {
        for turn in 0..CALLS / at_once {
            call(turn * at_once + lane).await?;
        }
        Ok(())
    };
    futures_util::future::try_join_all((0..at_once).map(lane)).await?;
    Ok(clock.monotonic().saturating_sub(begun).as_secs_f64() * 1e6 / f64::from(CALLS / at_once * at_once))
}

fn median(mut found: Vec<f64>) -> f64 {
    found.sort_by(f64::total_cmp);
    found.get(found.len() / 2).copied().unwrap_or(f64::NAN)
}
