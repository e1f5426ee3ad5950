//! In a store that instances share: a decision compared to the cheapest round trip of the same driver, one at a
//! time and many at once. A store without a configured server is skipped.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::doc;
use palisade_core::config::limit_store::RateLimitUrl;
use palisade_core::config::settings::Setting as _;
use palisade_core::limits::{Charge, LimitKey, Quota, Subject};
use palisade_core::ports::{BoxFuture, Clock as _, LimitStore, SystemClock};
use palisade_lib::mongodb::MongoLimiter;
use palisade_lib::redis::RedisLimiter;

use super::Failure;

const CALLS: u32 = 4_000;
const AT_ONCE: u32 = 32;
const ROUNDS: usize = 5;
/// So many clients, none of which reaches a limit.
const PEOPLE: u32 = 1_000;

pub(super) fn report() -> Result<String, Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(measured())
}

#[expect(
    clippy::disallowed_methods,
    reason = "this program has no configuration but the servers it measures"
)]
async fn measured() -> Result<String, Failure> {
    let mut text = String::new();
    if let Ok(address) = std::env::var("REDIS_TEST_URL") {
        let Ok(RateLimitUrl::Redis(url)) = RateLimitUrl::parse(&address) else {
            return Err("REDIS_TEST_URL is no address of Redis".into());
        };
        let limiter = RedisLimiter::open(&url, "bench")?;
        let bare = redis::Client::open(address.as_str())?.get_multiplexed_async_connection().await?;
        let ping = || -> BoxFuture<'_, Result<(), Failure>> {
            let mut bare = bare.clone();
            Box::pin(async move { Ok(redis::cmd("PING").query_async(&mut bare).await?) })
        };
        compare("redis", "PING", &limiter, ping, &mut text).await?;
    }
    if let Ok(address) = std::env::var("MONGODB_TEST_URL") {
        let Ok(RateLimitUrl::MongoDb(url)) = RateLimitUrl::parse(&address) else {
            return Err("MONGODB_TEST_URL is no address of MongoDB".into());
        };
        let limiter = MongoLimiter::open(&url, "bench")?;
        let bare = mongodb::Client::with_uri_str(&address).await?.database(url.database());
        let ping = || -> BoxFuture<'_, Result<(), Failure>> {
            let ping = bare.run_command(doc! { "ping": 1 });
            Box::pin(async move { Ok(ping.await.map(drop)?) })
        };
        compare("mongodb", "ping", &limiter, ping, &mut text).await?;
        // The cheapest write: one number of one document.
        let documents = bare.collection::<mongodb::bson::Document>("bench");
        let write = || -> BoxFuture<'_, Result<(), Failure>> {
            let id = format!("usr_{}", fresh() % PEOPLE);
            let write = documents
                .find_one_and_update(doc! { "_id": id }, doc! { "$inc": { "count": 1 } })
                .upsert(true)
                .write_concern(mongodb::options::WriteConcern::nodes(1));
            Box::pin(async move { Ok(write.await.map(drop)?) })
        };
        compare("mongodb", "findAndModify with $inc", &limiter, write, &mut text).await?;
    }
    Ok(text)
}

/// A number for each call.
fn fresh() -> u32 {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

async fn compare<'a>(
    store: &str,
    other: &str,
    limiter: &'a dyn LimitStore,
    bare: impl Fn() -> BoxFuture<'a, Result<(), Failure>>,
    text: &mut String,
) -> Result<(), Failure> {
    let clock = Arc::new(SystemClock::new());
    let decide = || decision(limiter, fresh() % PEOPLE, 120);
    for at_once in [1, AT_ONCE] {
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (a, b) = (timed(&clock, at_once, &decide).await?, timed(&clock, at_once, &bare).await?);
            ours.push(a);
            theirs.push(b);
            ratios.push(b / a * 100.0);
        }
        let (ours, theirs, ratio) = (median(ours), median(theirs), median(ratios));
        writeln!(
            text,
            "{store}, {at_once} at once: {ours:.1} µs a decision, {theirs:.1} µs a {other}: {ratio:.0} % of its rate"
        )?;
    }
    let mut crowded = Vec::new();
    for _ in 0..ROUNDS {
        crowded.push(timed(&clock, AT_ONCE, || decision(limiter, PEOPLE, 1_000_000)).await?);
    }
    writeln!(text, "{store}, {AT_ONCE} at once about one subject: {:.1} µs a decision", median(crowded))?;
    Ok(())
}

/// Whether one more request of this client passes.
fn decision(limiter: &dyn LimitStore, person: u32, limit: u32) -> BoxFuture<'_, Result<(), Failure>> {
    Box::pin(async move {
        let subject = Subject::User(format!("usr_{person}").into());
        let quota = Quota::new(limit, Duration::from_mins(1))?;
        let charge = Charge::new(LimitKey::new("bench".into(), subject), quota);
        limiter.take(&[charge]).await?;
        Ok(())
    })
}

/// Microseconds for each call, with so many in progress at a time.
async fn timed<'a>(
    clock: &SystemClock,
    at_once: u32,
    call: impl Fn() -> BoxFuture<'a, Result<(), Failure>>,
) -> Result<f64, Failure> {
    let begun = clock.monotonic();
    let lane = async |_: u32| -> Result<(), Failure> {
        for _ in 0..CALLS / at_once {
            call().await?;
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
