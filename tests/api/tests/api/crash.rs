//! `kill -9` under load, repeatedly on one folder: every acknowledged write is there exactly once, nobody gets a
//! mail twice, and the store opens normally.
//!
//! Fifty kills; with `PALISADE_LONG=1` two hundred. A killed process proves the order: the server acknowledges
//! nothing before the commit, and no commit is half done. Whether a commit survives a crash of the machine depends
//! on its fsync, which this test does not show.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that cannot go on stops, and a run says with which seed to repeat it and what it saw"
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::load::{Asked, KINDS, Load, Post, Registered, follow};
use palisade_api_tests::binary::Binary;
use palisade_api_tests::world::{GENEROUS, World, kept_embedded};
use palisade_core::ports::{Clock as _, Rng as _, SystemClock, SystemRng};

/// After every so many kills everything has to work again before the next, also what takes long.
const THOROUGH: usize = 5;
/// How long a mail in hand is left alone when its worker dies, and a little more.
const LEASE: Duration = Duration::from_secs(150);
/// For the moment of a kill. Whoever has ended brings about none any more, and is heard after the kill.
const PATIENCE: Duration = Duration::from_secs(10);

/// The moments of the kills. The same seed chooses the same ones, though what happens at them differs.
struct Moments(u64);

impl Moments {
    fn choose() -> Self {
        let mut random = [0; 8];
        SystemRng.fill(&mut random);
        let given =
            std::env::var("CRASH_SEED").ok().map(|seed| seed.parse().expect("CRASH_SEED is a number"));
        let seed = given.unwrap_or(u64::from_le_bytes(random));
        println!("CRASH_SEED={seed}");
        Self(seed)
    }

    /// SplitMix64.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// Waits for the next: any moment, one at which something was acknowledged just now, or one at which a letter has left
    /// and its worker does not know.
    async fn next(&mut self, load: &Load, post: &Post) {
        tokio::time::sleep(Duration::from_millis(self.below(300))).await;
        let (way, kind) = (self.below(4), KINDS[usize::try_from(self.below(4)).unwrap()].0);
        let special = async {
            match way {
                0 | 1 => {
                    let mut acknowledged = load.account.acknowledged.subscribe();
                    while acknowledged.changed().await.is_ok() && *acknowledged.borrow_and_update() != kind {}
                }
                2 => {
                    let taken = post.taken();
                    while post.taken() == taken {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
                _ => {}
            }
        };
        drop(tokio::time::timeout(PATIENCE, special).await);
    }
}

fn kills() -> usize {
    if std::env::var("PALISADE_LONG").is_ok_and(|value| value == "1") { 200 } else { 50 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_sigkill() {
    let mut moments = Moments::choose();
    let post = Post::begin();
    let url = post.url();
    let mut variables = GENEROUS.to_vec();
    variables.extend([
        // Where the world looks for it as well.
        ("DATABASE_URL", "sqlite://palisade.db"),
        ("SMTP_URL", url.as_str()),
        ("MAIL_FROM", "no-reply@example.org"),
        ("ACCESS_TOKEN_TTL", "1h"),
    ]);
    let mut server = Binary::start(&variables).await;
    let mut load = Load::begin(&server, &post).await;
    load.goes_on_since(Duration::ZERO).await;

    let (mut deaths, mut away) = (Vec::new(), Duration::ZERO);
    for number in 1..=kills() {
        moments.next(&load, &post).await;
        server.die();
        let died = load.account.now();
        deaths.push(died);
        // Opens, listens and says that it is ready, or this panics.
        server.start_again(&variables).await;
        let ready = load.account.now();
        away = away.max(ready.saturating_sub(died));
        if number % THOROUGH == 0 {
            load.goes_on_since(ready).await;
        } else {
            load.goes_on_with(&["refresh", "rename"], ready).await;
        }
    }

    let account = Arc::clone(&load.account);
    let everybody = load.settle().await;
    // The same folder once more, when every lease is over.
    let later = SystemClock::new().now().plus(LEASE);
    let world = World::within_at(kept_embedded(server.kill()), &variables, later).await;
    post.came_once(&everybody, Duration::from_mins(1)).await;
    let registered: Vec<&Registered> = everybody.iter().filter(|one| one.cookie.is_some()).collect();
    for one in registered.iter().rev().take(5) {
        follow(world.browser(), &post, one).await;
    }
    world.stop().await;
    // Also what came meanwhile.
    post.came_once(&everybody, Duration::from_mins(1)).await;

    let asked = account.asked();
    let refused = asked.iter().find(|asked| asked.answer.is_some() && !asked.is_acknowledged());
    assert!(refused.is_none(), "whoever is answered is served: {refused:?}");
    let met = |kind: &str| {
        let under_way = |asked: &&Asked| {
            asked.kind == kind && deaths.iter().any(|death| asked.started < *death && asked.ended >= *death)
        };
        asked.iter().filter(under_way).count()
    };
    let acknowledged =
        |kind: &str| asked.iter().filter(|asked| asked.kind == kind && asked.is_acknowledged()).count();
    for (kind, _) in KINDS {
        println!("{kind}: {} acknowledged, {} met by a kill", acknowledged(kind), met(kind));
    }
    let all: usize = KINDS.iter().map(|(kind, _)| met(kind)).sum();
    assert!(all > 0, "no kill met a request under way: the moments prove nothing");
    let (sent, distinct) = (post.taken(), post.letters().values().map(BTreeSet::len).sum::<usize>());
    println!(
        "{} kills: {} requests, {sent} letters, {} of them a second time, longest until ready again {away:?}",
        kills(),
        asked.len(),
        sent - distinct,
    );
}
