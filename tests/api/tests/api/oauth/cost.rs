//! What a callback takes beside the provider.

use std::time::Duration;

use palisade_core::ports::{Clock as _, SystemClock};

use super::trip::{Trip, ended, verified};

/// Sequential callbacks of a person who is known, each beside a request that does nothing and a request to the provider
/// alone. The provider answers at once, so what is left is ours: mostly two writes of the store, one before the code is sent
/// and one for the session, each of which waits for the disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a quiet machine: see CONTRIBUTING.md"]
async fn a_callback_takes_less_than_ten_bare_requests_beside_the_provider() {
    const SAMPLES: usize = 200;
    let trip = Trip::new().await;
    let clock = SystemClock::new();
    let person = || verified("1", "ada@elsewhere.example");
    trip.sign_in(&mut trip.world.browser(), person()).await;
    let (mut bare, mut theirs, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let mut browser = trip.world.browser();
        let began = clock.monotonic();
        assert_eq!(browser.get("/api/v1/health/live").await.status, 200);
        bare.push(clock.monotonic().saturating_sub(began));
        let began = clock.monotonic();
        assert_eq!(trip.provider.exchange_nothing().await, 400);
        theirs.push(clock.monotonic().saturating_sub(began));
        let location = trip.start(&mut browser, "").await;
        let query = trip.provider.agree(&location, person());
        let began = clock.monotonic();
        assert_eq!(ended(&trip.back(&mut browser, &query).await), "/account");
        whole.push(clock.monotonic().saturating_sub(began));
    }
    let [bare, theirs, whole] = [bare, theirs, whole].map(median);
    let own = whole.saturating_sub(theirs);
    let ratio = own.as_secs_f64() / bare.as_secs_f64();
    println!(
        "callback {whole:?}, provider {theirs:?}, so ours {own:?}: {ratio:.1} x a bare request ({bare:?})"
    );
    assert!(ratio < 10.0, "{ratio}");
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took.get(took.len() / 2).copied().unwrap_or_default()
}
