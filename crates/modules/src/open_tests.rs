//! A server that starts on a store while a copy takes it, and the number of tasks that may wait to be hashed.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_core::config::{Config, Env};
use palisade_core::identity::{Console, Operator};
use palisade_core::metrics::Metrics;
use palisade_core::ports::{Rng, SystemClock, SystemRng};
use palisade_core::utils::crypto::password::BcryptCost;
use palisade_core::utils::crypto::random::random_array;
use parking_lot::Mutex;

use super::settings::hasher_config;
use super::*;
use crate::deployment::Service;
use crate::deployment::collections::collections;
use crate::deployment::types::{CopyReport, DeploymentError, Into};
use crate::product::{Additions, Job, Progress};
use crate::system::System;

/// Randomness, with an action before the first use after a file exists.
struct Meanwhile {
    there: std::path::PathBuf,
    act: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meanwhile")
    }
}

impl Rng for Meanwhile {
    fn fill(&self, bytes: &mut [u8]) {
        if self.there.exists()
            && let Some(act) = self.act.lock().take()
        {
            act();
        }
        SystemRng.fill(bytes);
    }
}

fn system(rng: Arc<dyn Rng>) -> System {
    System {
        clock: Arc::new(SystemClock::new()),
        rng,
        metrics: Metrics::default(),
        hash_cost: Some(BcryptCost::for_tests(4)),
        additions: Additions::NONE,
    }
}

fn secrets() -> String {
    format!("one:{}", STANDARD.encode(random_array::<32>(&SystemRng)))
}

fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

async fn open(file: &Path, secrets: &str, rng: Arc<dyn Rng>) -> Result<Services, OpenError> {
    let env =
        Env::from_pairs([("DATABASE_URL", url(file).as_str()), ("SECRET_KEYS", secrets), ("PORT", "8080")]);
    let config = Config::load(&env, &SystemRng).unwrap_or_else(|errors| panic!("{errors}"));
    Box::pin(Services::open(&Console::for_tests(), &config, system(rng))).await
}

/// Begins a copy into an empty store, reports when the first documents are there, and continues when told.
fn begin_copy(
    from: &Path,
    to: &Path,
    begun: mpsc::Sender<()>,
    go_on: mpsc::Receiver<()>,
) -> JoinHandle<Result<CopyReport, DeploymentError>> {
    let (from, to) = (url(from), url(to));
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut told = false;
        let mut progress = move |_| {
            if !std::mem::replace(&mut told, true) {
                begun.send(()).unwrap();
                go_on.recv().unwrap();
            }
        };
        let (operator, system) = (Operator::for_tests("a test copies"), system(Arc::new(SystemRng)));
        runtime.block_on(Service::copy(&operator, &system, (&from, &to), Into::Empty, &[], &mut progress))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_makes_its_keys_while_a_copy_takes_the_store_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from.db", "to.db"].map(|name| folder.path().join(name));
    let secrets = secrets();
    drop(open(&from, &secrets, Arc::new(SystemRng)).await.unwrap());

    let (copy, copying) = mpsc::channel();
    let (go_on, told) = mpsc::channel();
    let begin = {
        let (from, to) = (from.clone(), to.clone());
        move || {
            let (begun, has_begun) = mpsc::channel();
            copy.send(begin_copy(&from, &to, begun, told)).unwrap();
            has_begun.recv().unwrap();
        }
    };
    // The first randomness over an open store is that of its keys.
    let rng = Meanwhile { there: to.clone(), act: Mutex::new(Some(Box::new(begin))) };
    let opened = open(&to, &secrets, Arc::new(rng)).await.map(drop);
    go_on.send(()).unwrap();
    let copied = copying.recv().unwrap().join().unwrap();
    assert!(matches!(opened, Err(OpenError::UnfinishedCopy { .. })), "{opened:?} on half a copy: {copied:?}");
}

#[test]
fn as_many_may_wait_as_was_said_and_otherwise_as_suits_the_threads() {
    for (threads, queue, waiting) in
        [("64", Some("2"), 2), ("2", Some("10000"), 10_000), ("64", None, 2048), ("1", None, 32)]
    {
        let queue = queue.map(|queue| ("HASHING_QUEUE", queue));
        let secrets = secrets();
        let variables = [("HASHING_THREADS", threads), ("SECRET_KEYS", secrets.as_str())];
        let env = Env::from_pairs(variables.into_iter().chain(queue));
        let config = Config::load(&env, &SystemRng).unwrap();
        let hasher = hasher_config(&config, None);
        assert_eq!((hasher.workers.get().to_string().as_str(), hasher.queue.get()), (threads, waiting));
    }
}

/// No other type may have the name of one of Palisade's collections.
#[test]
fn every_collection_of_the_house_is_reserved() {
    let job = Job { name: "job", every: Job::LONGEST_PAUSE, run: |_| Box::pin(async { Ok(Progress::Done) }) };
    let additions = Additions { jobs: vec![job].leak(), ..Additions::NONE };
    for spec in collections(&additions) {
        assert!(
            palisade_lib::store::is_reserved(spec.name()),
            "{}: add it to lib/src/store/reserved.rs",
            spec.name()
        );
    }
}
