//! Who runs a job, when, and what becomes of a run that does not end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use palisade_core::config::{Config, Env};
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::Console;
use palisade_core::ports::{SystemRng, TestClock};
use palisade_core::system::time::Timestamp;
use palisade_lib::store::{CursorKey, Documents, Location, Options, Store};

use super::repository::{Repository, Taken};
use super::types::{Outcome, Start};
use super::{COLLECTION, OwnJobs};
use crate::product::{Job, Mails, Progress, Resources};

const MINUTE: Duration = Duration::from_mins(1);

/// A store with the jobs of a product, and a clock.
struct World {
    clock: Arc<TestClock>,
    store: Store,
    config: Config,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::at(Timestamp::from_secs(4_000_000_000)));
        let location = Location::Sqlite(folder.path().join("jobs.db"));
        let rng = Arc::new(SystemRng);
        let options = Options { clock: clock.clone(), rng, cursor_key: CursorKey::new(&[7; 32]) };
        let store = Store::open(&Console::for_tests(), &location, &[COLLECTION], options).await.unwrap();
        let database = format!("sqlite://{}", folder.path().join("config.db").display());
        let config =
            Config::load_read_only(&Env::from_pairs([("DATABASE_URL", database)]), &SystemRng).unwrap();
        Self { clock, store, config, _folder: folder }
    }

    /// The jobs as one instance has them.
    fn instance(&self, jobs: &'static [Job]) -> OwnJobs {
        let machine = (self.clock.clone() as _, Arc::new(SystemRng) as _);
        let resources = Resources::new(&self.config, Documents::of(&self.store), Mails::nowhere(), machine);
        OwnJobs::new(jobs, &self.store, &resources).unwrap()
    }

    fn repository(&self) -> Repository {
        Repository::new(&self.store).unwrap()
    }
}

const fn job(name: &'static str, run: fn(Resources) -> crate::product::JobRun) -> Job {
    Job { name, every: Duration::from_mins(10), run }
}

static IDLE: Job = job("idle", |_| Box::pin(async { Ok(Progress::Done) }));

async fn take(repository: &Repository, start: Start) -> Taken {
    repository.take(&IDLE, start).await.unwrap()
}

#[tokio::test]
async fn one_instance_at_a_time_has_a_job_until_it_returns_it() {
    let world = World::new().await;
    let (here, there) = (world.repository(), world.repository());
    let Taken::Here(lease) = take(&here, Start::WhenDue).await else { panic!("a new job is due") };
    assert!(matches!(take(&there, Start::WhenDue).await, Taken::Elsewhere(_)));
    assert!(matches!(take(&there, Start::Now).await, Taken::Elsewhere(_)), "nobody runs beside another");
    here.finish(&IDLE, &lease, Outcome::Done).await.unwrap();

    assert!(matches!(take(&there, Start::WhenDue).await, Taken::NotDue(_)));
    let Taken::Here(lease) = take(&there, Start::Now).await else { panic!("a scheduler decides when") };
    there.finish(&IDLE, &lease, Outcome::More).await.unwrap();
    assert!(matches!(take(&here, Start::WhenDue).await, Taken::Here(_)), "more is due at once");
}

#[tokio::test]
async fn a_job_of_an_instance_that_died_is_taken_over_after_its_lease() {
    let world = World::new().await;
    let (died, other) = (world.repository(), world.repository());
    let Taken::Here(lease) = take(&died, Start::WhenDue).await else { panic!("due") };
    world.clock.advance(Duration::from_millis(59_999));
    assert!(matches!(take(&other, Start::WhenDue).await, Taken::Elsewhere(_)));
    world.clock.advance(Duration::from_millis(1));
    assert!(matches!(take(&other, Start::WhenDue).await, Taken::Here(_)));
    // It was only slow, and does not give away what another has.
    died.finish(&IDLE, &lease, Outcome::Done).await.unwrap_err();
    assert!(matches!(take(&died, Start::WhenDue).await, Taken::Elsewhere(_)));
}

#[tokio::test]
async fn of_many_that_begin_at_once_one_has_it() {
    let world = World::new().await;
    for round in 0..8 {
        let all = (0..8).map(|_| {
            let repository = world.repository();
            async move { take(&repository, Start::Now).await }
        });
        let taken = futures_util::future::join_all(all).await;
        let have = taken.iter().filter(|taken| matches!(taken, Taken::Here(_))).count();
        assert_eq!(have, 1, "round {round}: {taken:?}");
        world.clock.advance(MINUTE);
    }
}

#[tokio::test]
async fn a_job_is_due_after_its_pause_and_sooner_after_a_failure() {
    static FAILS: AtomicU32 = AtomicU32::new(2);
    static JOBS: &[Job] = &[job("flaky", |_| {
        Box::pin(async {
            match FAILS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)) {
                Ok(_) => Err(AppError::new(&codes::CONFLICT)),
                Err(_) => Ok(Progress::Done),
            }
        })
    })];
    let world = World::new().await;
    let jobs = world.instance(JOBS);
    let (own, probe) = (jobs.named("flaky").unwrap(), jobs.probe().unwrap());
    let ends = || jobs.tally().into_iter().map(|(_, outcome, runs)| (outcome, runs)).collect::<Vec<_>>();
    probe.probe().await.unwrap();
    own.run_if_due(MINUTE).await.unwrap_err();
    let trouble = probe.probe().await.unwrap_err();
    assert_eq!(trouble, "the job `flaky` has failed 1 times in a row");
    assert!(!own.run_if_due(MINUTE).await.unwrap(), "not due yet");
    world.clock.advance(MINUTE);
    own.run_if_due(MINUTE).await.unwrap_err();
    world.clock.advance(MINUTE);
    assert!(!own.run_if_due(MINUTE).await.unwrap());
    assert_eq!(ends(), [("done", 1), ("more", 0), ("failed", 2)]);
    probe.probe().await.unwrap();

    world.clock.advance(Duration::from_millis(599_999));
    own.run_if_due(MINUTE).await.unwrap();
    assert_eq!(ends()[0], ("done", 1), "not due yet");
    world.clock.advance(Duration::from_mins(10) + Duration::from_millis(2));
    let trouble = probe.probe().await.unwrap_err();
    assert!(trouble.starts_with("the job `flaky` has been due for 600 s"), "{trouble}");
    own.run_if_due(MINUTE).await.unwrap();
    assert_eq!(ends()[0], ("done", 2));
    probe.probe().await.unwrap();
}

#[tokio::test]
async fn a_run_that_panics_or_takes_too_long_fails_and_the_job_goes_on() {
    static JOBS: &[Job] = &[
        job("panics", |_| Box::pin(async { panic!("a defect") })),
        job("endless", |_| Box::pin(std::future::pending())),
    ];
    let world = World::new().await;
    let jobs = world.instance(JOBS);
    for name in ["panics", "endless"] {
        let own = jobs.named(name).unwrap();
        own.run_now(Duration::from_millis(50)).await.unwrap_err();
        // It was returned: nobody waits for the lease.
        own.run_now(Duration::from_millis(50)).await.unwrap_err();
    }
    assert_eq!(jobs.tally().iter().map(|(.., runs)| runs).sum::<u64>(), 4);
}

#[tokio::test]
async fn a_job_that_stops_with_its_server_is_left_to_the_next_one() {
    static BEGAN: AtomicU32 = AtomicU32::new(0);
    static JOBS: &[Job] = &[job("long", |_| {
        Box::pin(async {
            BEGAN.fetch_add(1, Ordering::Relaxed);
            std::future::pending().await
        })
    })];
    let world = World::new().await;
    let own = world.instance(JOBS).named("long").unwrap().clone();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(own.keep_running(move || {
        let mut stopped = stopped.clone();
        async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        }
    }));
    while BEGAN.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    stop.send(true).unwrap();
    running.await.unwrap();
    let taken = world.repository().take(&JOBS[0], Start::WhenDue).await.unwrap();
    assert!(matches!(taken, Taken::Here(_)), "{taken:?}");
}
