//! More sign-ins than the server can compute, with the real binary: clients above the capacity are refused at once,
//! and users on a known device get in.
#![expect(
    clippy::disallowed_methods,
    reason = "waits are compared with the time that a sign-in takes in the same storm"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use palisade_api_tests::binary::{Binary, make_super_admin};
use palisade_api_tests::world::{GENEROUS, PASSWORD};
use palisade_api_tests::{Answer, Client};
use serde_json::json;
use tokio::task::JoinSet;

const LOGIN: &str = "/api/v1/auth/login";
const OWNER: &str = "ada@example.org";

/// Three times as many as the server takes: four are computed, four wait.
const STRANGERS: usize = 24;

/// Where four wait beside those whose device is known. Long before anybody has waited too long they have been computed.
const SMALL: [(&str, &str); 5] = [
    ("HASHING_THREADS", "1"),
    ("HASHING_LANES", "4"),
    ("HASHING_QUEUE", "8"),
    ("HANDLER_TIMEOUT", "2m"),
    ("DRAIN_TIMEOUT", "2m"),
];

async fn attempt(browser: &mut Client, email: &str, password: &str) -> (Answer, Duration) {
    let asked = Instant::now();
    let answer = browser.post(LOGIN, json!({"email": email, "password": password})).await;
    (answer, asked.elapsed())
}

/// Strangers who try passwords until they are told to stop, each again as soon as the last try was answered.
struct Storm {
    stop: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
    strangers: JoinSet<Vec<(Answer, Duration)>>,
}

impl Storm {
    fn begin(server: &Binary) -> Self {
        let (stop, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut strangers = JoinSet::new();
        for number in 0..STRANGERS {
            let (mut browser, stop, refused) = (server.browser(), Arc::clone(&stop), Arc::clone(&refused));
            strangers.spawn(async move {
                let mut answers = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let email = format!("somebody{number}@example.org");
                    let tried = attempt(&mut browser, &email, "a guess that is wrong").await;
                    if tried.0.status == 503 {
                        refused.fetch_add(1, Ordering::Relaxed);
                        // The machine is to be busy with hashes, and not with refusals.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    answers.push(tried);
                }
                answers
            });
        }
        Self { stop, refused, strangers }
    }

    /// Waits until so many more were refused: the queue is full.
    async fn refuses(&self, more: usize) {
        let before = self.refused.load(Ordering::Relaxed);
        let refused = async {
            while self.refused.load(Ordering::Relaxed) < before + more {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_mins(1), refused).await.is_ok(), "nobody is refused");
    }

    /// Ends it and gives the answers of all.
    async fn end(self) -> Vec<(Answer, Duration)> {
        self.stop.store(true, Ordering::Relaxed);
        self.strangers.join_all().await.concat()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn during_a_storm_of_sign_ins_the_owner_signs_in() {
    let other = |(name, _): &(&str, &str)| *name != "HASHING_QUEUE";
    let variables: Vec<_> = GENEROUS.into_iter().filter(other).chain(SMALL).collect();
    let server = Binary::start(&variables).await;
    make_super_admin(server.folder(), OWNER, PASSWORD, &variables);
    let mut owner = server.browser();
    // From now on the device is known.
    let (answer, _) = attempt(&mut owner, OWNER, PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.body);

    let storm = Storm::begin(&server);
    let mut sign_ins = Vec::new();
    for _ in 0..3 {
        storm.refuses(STRANGERS).await;
        let (answer, took) = attempt(&mut owner, OWNER, PASSWORD).await;
        assert_eq!(answer.status, 200, "the owner: {}", answer.body);
        sign_ins.push(took);
        assert_eq!(server.program().get("/api/v1/health").await.status, 200);
        assert_eq!(owner.get("/api/v1/users/me").await.status, 200);
    }
    storm.refuses(STRANGERS).await;

    let (refused, computed): (Vec<_>, Vec<_>) =
        storm.end().await.into_iter().partition(|(answer, _)| answer.status == 503);
    assert!(!computed.is_empty(), "nobody's password is looked at");
    for (answer, _) in &computed {
        assert!(answer.is_refusal(401, "INVALID_CREDENTIALS"), "{} {}", answer.status, answer.body);
    }
    for (answer, _) in &refused {
        assert!(answer.is_refusal(503, "SERVICE_UNAVAILABLE"), "{}", answer.body);
        let seconds = answer.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok());
        assert!(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "{:?}", answer.headers);
    }
    let mut waits: Vec<_> = refused.into_iter().map(|(_, took)| took).collect();
    waits.sort_unstable();
    // Both in the same storm, so that a machine with much else to do makes both slow.
    let (nine_of_ten, sign_in) = (waits[waits.len() * 9 / 10], sign_ins.into_iter().min().unwrap());
    assert!(nine_of_ten < sign_in, "refused after {nine_of_ten:?}, where a sign-in takes {sign_in:?}");
    // Who came in the end is let in.
    assert_eq!(attempt(&mut server.browser(), OWNER, PASSWORD).await.0.status, 200);
}
