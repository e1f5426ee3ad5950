//! What a page of users and of events costs when there are many: measured at two sizes in one run.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::identity::{Console, Operator, UserId};
use palisade_core::ports::{Clock, SystemClock, SystemRng};
use palisade_core::utils::pagination::{Cursor, Page, PageRequest, PageSize};
use palisade_core::values::Id as _;
use palisade_lib::store::{CursorKey, Location, Options, Store};

use super::new_user::NewUser;
use super::repository::{Filter, Repository};
use super::types::{Email, Role, Status};
use crate::audit::types::EventType;
use crate::audit::{self, Act};
use crate::staged::Staged;

/// The smaller size, in users. There are nine times as many events.
const FEW: usize = 10_000;
/// The items of a page: the thousandth one is there at the smaller size.
const ITEMS: u32 = 9;
const PAGES: usize = 1_000;
/// How often each page is read.
const READS: usize = 200;
/// How many batches are written at once.
const AT_ONCE: usize = 8;

/// The larger size, in users.
#[expect(
    clippy::disallowed_methods,
    reason = "a run of the tests says so like this; no setting of the product"
)]
fn many() -> usize {
    std::env::var("PALISADE_SCALE").map_or(1_000_000, |size| size.parse().expect("a number of users"))
}

struct Crowd {
    store: Store,
    audit: audit::Service,
    users: Repository,
    clock: Arc<dyn Clock>,
    /// Whom every tenth event is about.
    busy: UserId,
    count: usize,
}

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Users,
    UsersOfRole,
    UsersOfStatus,
    UsersOfRoleAndStatus,
    UsersByAddress,
    Events,
    EventsOfType,
    EventsAboutOne,
    EventsOfTypeAboutOne,
}

const LISTS: [List; 9] = [
    List::Users,
    List::UsersOfRole,
    List::UsersOfStatus,
    List::UsersOfRoleAndStatus,
    List::UsersByAddress,
    List::Events,
    List::EventsOfType,
    List::EventsAboutOne,
    List::EventsOfTypeAboutOne,
];

impl Crowd {
    async fn open(location: Location) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let cursor_key = CursorKey::new(&[1; 32]);
        let options = Options { clock: Arc::clone(&clock), rng: Arc::new(SystemRng), cursor_key };
        let all: Vec<_> = super::COLLECTIONS.into_iter().chain(audit::COLLECTIONS).collect();
        let store = Store::open(&Console::for_tests(), &location, &all, options).await.expect("a store");
        let machine = (Arc::clone(&clock), Arc::new(SystemRng) as Arc<_>);
        let audit = audit::Service::new(&store, Duration::from_hours(24), machine).expect("an audit");
        let users = Repository::new(&store).expect("a repository");
        let busy = UserId::generate(clock.as_ref(), &SystemRng);
        Self { store, audit, users, clock, busy, count: 0 }
    }

    /// Adds users and events until there are so many users.
    async fn grow(&mut self, until: usize) {
        while self.count < until {
            let crowd = &*self;
            let batches = (0..AT_ONCE).map(|batch| {
                let first = crowd.count + batch * 8;
                async move {
                    let staged = (first..first + 8).map(|number| crowd.one(number));
                    let batch = staged.fold(Staged::nothing(), Staged::and);
                    crowd.store.commit(batch.into()).await.expect("written");
                }
            });
            futures_util::future::join_all(batches).await;
            self.count += AT_ONCE * 8;
        }
    }

    /// A user, and nine events; every tenth is about one and the same user.
    fn one(&self, number: usize) -> Staged {
        let id = UserId::generate(self.clock.as_ref(), &SystemRng);
        let email = Email::parse(&format!("user-{number}@example.org")).expect("an address");
        let user = NewUser::of_provider(email, None).into_document();
        let events = (0..9).map(|event| {
            let about = if event == 0 { self.busy } else { id };
            let kind = if event % 2 == 0 { EventType::UserRenamed } else { EventType::SessionStarted };
            self.audit.stage(Act::of_system("test").on(about, kind).changing_personal("name"))
        });
        events.fold(Repository::stage_creation(id, user), Staged::and)
    }

    async fn page(&self, list: List, cursor: Option<Cursor>) -> Page<()> {
        let page = PageRequest::new(PageSize::nearest(ITEMS), cursor);
        let users = async |role, status| {
            let filter = Filter { role, status, deleted: false };
            self.users.list(filter, &page).await.expect("a page").map(drop)
        };
        let events = async |user, kind| {
            let operator = Operator::for_tests("scale");
            self.audit.export(&operator, (user, kind), &page).await.expect("a page").map(drop)
        };
        match list {
            List::Users => users(None, None).await,
            List::UsersOfRole => users(Some(Role::User), None).await,
            List::UsersOfStatus => users(None, Some(Status::Active)).await,
            List::UsersOfRoleAndStatus => users(Some(Role::User), Some(Status::Active)).await,
            List::UsersByAddress => {
                self.users.list_by_email("user-", false, &page).await.expect("a page").map(drop)
            }
            List::Events => events(None, None).await,
            List::EventsOfType => events(None, Some(EventType::SessionStarted)).await,
            List::EventsAboutOne => events(Some(self.busy), None).await,
            List::EventsOfTypeAboutOne => events(Some(self.busy), Some(EventType::UserRenamed)).await,
        }
    }

    /// The median time of the first page and of the thousandth.
    async fn measure(&self, list: List) -> [Duration; 2] {
        let mut cursor = None;
        for _ in 1..PAGES {
            cursor = self.page(list, cursor).await.next;
            assert!(cursor.is_some(), "{list:?} has a thousand pages");
        }
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..READS {
            for (page, start) in [None, cursor.clone()].into_iter().enumerate() {
                let begun = self.clock.monotonic();
                let read = self.page(list, start).await;
                times[page].push(self.clock.monotonic().saturating_sub(begun));
                assert!(!read.items.is_empty());
            }
        }
        times.map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
    }

    async fn measure_all(&self) -> BTreeMap<List, [Duration; 2]> {
        let mut measured = BTreeMap::new();
        for list in LISTS {
            measured.insert(list, self.measure(list).await);
        }
        measured
    }
}

async fn compare(location: Location) {
    let mut crowd = Crowd::open(location).await;
    crowd.grow(FEW).await;
    let few = crowd.measure_all().await;
    let begun = crowd.clock.monotonic();
    crowd.grow(many()).await;
    let took = crowd.clock.monotonic().saturating_sub(begun);
    let count = crowd.count;
    let mut said = vec![format!("{count} users and {} events, written in {took:?}", 9 * count)];
    let mut worst = 0.0_f64;
    for (list, times) in crowd.measure_all().await {
        for (page, name) in ["first", "thousandth"].into_iter().enumerate() {
            let (before, after) = (few[&list][page], times[page]);
            let ratio = after.as_secs_f64() / before.as_secs_f64();
            worst = worst.max(ratio);
            said.push(format!("{list:?}, {name} page: {before:?} at {FEW}, {after:?} now, ratio {ratio:.2}"));
        }
    }
    writeln!(std::io::stderr().lock(), "{}", said.join("\n")).expect("standard error");
    assert!(worst <= 1.3, "{worst}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see CONTRIBUTING.md"]
async fn a_page_costs_the_same_among_millions_on_the_embedded_store() {
    let folder = tempfile::tempdir().expect("a folder");
    compare(Location::Sqlite(folder.path().join("palisade.db"))).await;
}

/// Needs `MONGODB_TEST_URL`, which `cargo xtask servers` prints.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes hours: see CONTRIBUTING.md"]
#[expect(
    clippy::disallowed_methods,
    reason = "a run of the tests says so like this; no setting of the product"
)]
async fn a_page_costs_the_same_among_millions_on_mongodb() {
    let url = std::env::var("MONGODB_TEST_URL").expect("MONGODB_TEST_URL");
    let database = format!("scale-{}", std::process::id());
    let url = url.replacen("/?", &format!("/{database}?"), 1);
    compare(Location::parse(&url).expect("an address")).await;
}
