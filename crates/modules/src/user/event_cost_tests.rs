//! What the event of a change costs: renames with and without it, turn by turn in one run.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use palisade_core::identity::{Console, UserId};
use palisade_core::ports::{Clock, SystemClock, SystemRng};
use palisade_core::values::Id as _;
use palisade_lib::store::{CursorKey, Location, Options, Store};

use super::new_user::NewUser;
use super::repository::Repository;
use super::types::{Email, Name};
use crate::audit::types::EventType;
use crate::audit::{self, Act};
use crate::staged::Staged;

/// How many users rename themselves at once.
const AT_ONCE: usize = 32;
/// How long each turn takes.
const TURN: Duration = Duration::from_secs(3);
/// How many turns each of the two gets.
const TURNS: usize = 5;

async fn ratio(location: Location) -> f64 {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let options =
        Options { clock: Arc::clone(&clock), rng: Arc::new(SystemRng), cursor_key: CursorKey::new(&[1; 32]) };
    let all: Vec<_> = super::COLLECTIONS.into_iter().chain(audit::COLLECTIONS).collect();
    let store = Store::open(&Console::for_tests(), &location, &all, options).await.expect("a store");
    let machine = (Arc::clone(&clock), Arc::new(SystemRng) as Arc<_>);
    let audit = audit::Service::new(&store, Duration::from_hours(24), machine).expect("an audit");
    let repository = Repository::new(&store).expect("a repository");
    let mut users = Vec::new();
    for number in 0..AT_ONCE {
        let email = Email::parse(&format!("user-{number}@example.org")).expect("an address");
        let id = UserId::generate(clock.as_ref(), &SystemRng);
        let user = NewUser::of_provider(email, None).into_document();
        store.commit(Repository::stage_creation(id, user).into()).await.expect("created");
        users.push(id);
    }
    let mut renames = [Vec::new(), Vec::new()];
    for turn in 0..2 * TURNS {
        let with_event = turn % 2 == 0;
        let (count, end) = (AtomicU32::new(0), clock.monotonic() + TURN);
        let rename_all = users.iter().map(|id| async {
            while clock.monotonic() < end {
                let read = repository.get(*id).await.expect("a store").expect("a user");
                let name =
                    Name::parse(&format!("Ada {}", count.fetch_add(1, Ordering::Relaxed))).expect("a name");
                let event = Act::of_system("test").on(*id, EventType::UserRenamed).changing_personal("name");
                let event = if with_event { audit.stage(event) } else { Staged::nothing() };
                repository.rename(&read, name, event).await.expect("renamed");
            }
        });
        futures_util::future::join_all(rename_all).await;
        renames[usize::from(with_event)].push(f64::from(count.into_inner()) / TURN.as_secs_f64());
    }
    let [without, with] = renames.map(|mut rates| {
        rates.sort_unstable_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    let said = format!("renames a second: {with:.0} with their event, {without:.0} without");
    writeln!(std::io::stderr().lock(), "{said}, ratio {:.2}", with / without).expect("standard error");
    with / without
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a quiet machine: see CONTRIBUTING.md"]
async fn a_rename_with_its_event_keeps_four_fifths_of_the_throughput_on_the_embedded_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let ratio = ratio(Location::Sqlite(folder.path().join("palisade.db"))).await;
    assert!(ratio >= 0.8, "{ratio}");
}

/// Needs `MONGODB_TEST_URL`, which `cargo xtask servers` prints.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a quiet machine: see CONTRIBUTING.md"]
#[expect(
    clippy::disallowed_methods,
    reason = "a run of the tests says so like this; no setting of the product"
)]
async fn a_rename_with_its_event_keeps_four_fifths_of_the_throughput_on_mongodb() {
    let url = std::env::var("MONGODB_TEST_URL").expect("MONGODB_TEST_URL");
    let database = format!("event-cost-{}", std::process::id());
    let url = url.replacen("/?", &format!("/{database}?"), 1);
    let ratio = ratio(Location::parse(&url).expect("an address")).await;
    assert!(ratio >= 0.8, "{ratio}");
}
