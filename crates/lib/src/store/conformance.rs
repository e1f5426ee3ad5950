//! The required behavior of every engine, written once. A case is a function over a [`Bench`]; the macro at the end
//! makes a test of each case for each engine, so a failure is called `mongodb::a_claim_of_fifty_has_one_winner`.

mod cursors;
mod events;
mod evolution;
mod kinds;
mod model;
pub(crate) mod mongo_bench;
mod pages;
mod purging;
mod races;
mod tails;
mod times;
mod upkeep;
mod writes;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::identity::Console;
use palisade_core::ports::{Clock, SystemRng, TestClock};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::{Cursor, Page, PageRequest, PageSize};
use palisade_core::values::{Field, Id, KeyKind};
use serde::{Deserialize, Serialize};

use super::*;
use crate::engine::plan;
use crate::{collection, collections};
pub(crate) use events::{Event, Mislabelled, Parcel};
use mongo_bench::MongoBench;

palisade_core::id! {
    pub(crate) PersonId = "per";
    pub(crate) EventId = "evt";
}

palisade_core::text! {
    pub(crate) Email, 1..=320 characters, |text| Ok(text);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Role {
    Admin,
    User,
}

impl Key for Role {
    const KIND: KeyKind = KeyKind::Text;

    fn to_key(&self) -> KeyValue {
        KeyValue::Text(if *self == Self::Admin { "admin" } else { "user" }.to_owned())
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    pub email: Email,
    pub role: Role,
    pub score: i64,
    pub is_active: bool,
    pub last_seen: Timestamp,
    pub note: Option<String>,
}

collection! {
    Person in "people" {
        id: PersonId,
        version: 3,
        upgrades: [
            |fields| { fields.rename("mail", "email"); Ok(()) },
            |fields| {
                let points: Option<i64> = fields.take("points")?;
                fields.put("score", points.unwrap_or(0) * 10)
            },
        ],
        kind: soft(purge: after_retention),
        pub(crate) index ALL: newest_first;
        pub(crate) index BY_ROLE: (role: Role) newest_first;
        pub(crate) index BY_EMAIL: ascending email: Email;
        pub(crate) index BY_SCORE: (role: Role, is_active: bool) descending score: i64;
        pub(crate) index BY_LAST_SEEN: (is_active: bool) ascending last_seen: Timestamp;
        pub(crate) index BY_ACTIVITY: ascending is_active: bool;
    }
}

/// A claim key: any text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClaimKey(pub String);

impl fmt::Display for ClaimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl DocumentId for ClaimKey {
    fn parse(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Claim {
    pub owner: String,
    pub ends_at: Timestamp,
}

collection! {
    Claim in "claims" {
        id: ClaimKey,
        version: 1,
        kind: ephemeral("a claim is worth nothing once its time is over", |claim| claim.ends_at),
        pub(crate) index BY_OWNER: (owner: String) oldest_first;
    }
}

/// The collections of a bench.
pub(crate) static COLLECTIONS: &[&CollectionDef] = collections![
    Person,
    Claim,
    Event,
    Parcel,
    purging::Letter,
    purging::Desk,
    purging::Draft,
    purging::Archive
];

/// The change that a test makes to a document behind the store's back.
pub(crate) enum Damage {
    /// Changes its schema version.
    Version(i64),
    /// Sets a field to another JSON value.
    Field(&'static str, &'static str),
    /// Removes a field.
    Without(&'static str),
}

/// An engine with its own database, and a clock that the test drives.
pub(crate) trait Bench: Sized {
    async fn new() -> Self;
    fn clock(&self) -> &Arc<TestClock>;
    fn store(&self) -> &Store;
    /// A second store on the same database, as another process would open it, with a clock at `moment`.
    async fn another_at(&self, moment: Timestamp) -> Store;
    /// A second store on the same database and the same clock.
    async fn another(&self) -> Store;
    async fn damage(&self, collection: &str, id: &str, damage: Damage);

    fn people(&self) -> Collection<Person> {
        self.store().collection().unwrap()
    }

    fn claims(&self) -> Collection<Claim> {
        self.store().collection().unwrap()
    }

    fn person_id(&self) -> PersonId {
        PersonId::generate(self.clock().as_ref(), &SystemRng)
    }

    async fn insert(&self, person: Person) -> Stored<Person> {
        let id = self.person_id();
        let commit = self.store().commit(Batch::new().insert(&id, person.clone())).await.unwrap();
        commit.stored(&id, person).unwrap()
    }

    fn claim(&self, owner: &str, seconds: u64) -> Claim {
        Claim { owner: owner.to_owned(), ends_at: self.store().now().plus(Duration::from_secs(seconds)) }
    }
}

pub(crate) fn person(email: &str) -> Person {
    Person {
        email: Email::parse(email).unwrap(),
        role: Role::User,
        score: 0,
        is_active: true,
        last_seen: Timestamp::EPOCH,
        note: None,
    }
}

pub(crate) fn first_page(limit: u32) -> PageRequest {
    PageRequest::new(PageSize::from_text(limit.to_string()).unwrap(), None)
}

pub(crate) fn page_at(limit: u32, cursor: Cursor) -> PageRequest {
    PageRequest::new(PageSize::from_text(limit.to_string()).unwrap(), Some(cursor))
}

/// Walks a query page by page to its end.
pub(crate) async fn all<T: Document, S>(
    collection: &Collection<T>,
    query: &Query<T, S>,
    limit: u32,
) -> Vec<Stored<T>> {
    let mut items = Vec::new();
    let mut request = first_page(limit);
    loop {
        let Page { items: page, next, .. } = collection.find(query.clone()).page(&request).await.unwrap();
        assert!(page.len() <= limit as usize);
        items.extend(page);
        match next {
            Some(cursor) => request = page_at(limit, cursor),
            None => return items,
        }
    }
}

pub(crate) fn emails(people: &[Stored<Person>]) -> Vec<&str> {
    people.iter().map(|stored| stored.value().email.as_str()).collect()
}

/// The embedded engine on a temporary file.
pub(crate) struct SqliteBench {
    pub folder: tempfile::TempDir,
    pub clock: Arc<TestClock>,
    pub store: Store,
}

impl SqliteBench {
    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("data/palisade.db")
    }

    pub(crate) async fn open(path: std::path::PathBuf, clock: Arc<TestClock>) -> Store {
        let options = Options { clock, rng: Arc::new(SystemRng), cursor_key: CursorKey::new(&[1; 32]) };
        Store::open(&Console::for_tests(), &Location::Sqlite(path), COLLECTIONS, options).await.unwrap()
    }
}

impl Bench for SqliteBench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::at(Timestamp::from_secs(1_800_000_000)));
        let store = Self::open(folder.path().join("data/palisade.db"), Arc::clone(&clock)).await;
        Self { folder, clock, store }
    }

    fn clock(&self) -> &Arc<TestClock> {
        &self.clock
    }

    fn store(&self) -> &Store {
        &self.store
    }

    async fn another(&self) -> Store {
        Self::open(self.path(), Arc::clone(&self.clock)).await
    }

    async fn another_at(&self, moment: Timestamp) -> Store {
        Self::open(self.path(), Arc::new(TestClock::at(moment))).await
    }

    async fn damage(&self, collection: &str, id: &str, damage: Damage) {
        let connection = rusqlite::Connection::open(self.path()).unwrap();
        let (set, value) = match damage {
            Damage::Version(version) => ("schema_version = ?2".to_owned(), version.to_string()),
            Damage::Field(name, json) => {
                (format!("doc = json_set(doc, '$.{name}', json(?2))"), json.to_owned())
            }
            Damage::Without(name) => ("doc = json_remove(doc, ?2)".to_owned(), format!("$.{name}")),
        };
        let changed = connection
            .execute(&format!("UPDATE \"{collection}\" SET {set} WHERE id = ?1"), [id, value.as_str()])
            .unwrap();
        assert_eq!(changed, 1);
        // Commits of other processes become visible after at most two milliseconds.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

macro_rules! conformance {
    ($($engine:ident: $bench:ident),+; $cases:tt) => {
        $(conformance!(@engine $engine: $bench; $cases);)+
    };
    (@engine $engine:ident: $bench:ident; { $($file:ident: $($case:ident),+;)+ }) => {
        mod $engine {
            use super::Bench as _;
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    super::$file::$case(super::$bench::new().await).await;
                }
            )+)+
        }
    };
}

conformance! {
    sqlite: SqliteBench, mongodb: MongoBench;
    {
        writes:
            a_written_document_is_read_back,
            a_replace_needs_the_revision_that_was_read,
            a_batch_that_fails_half_way_changes_nothing,
            a_duplicate_error_names_its_document,
            merged_batches_may_touch_the_same_document,
            a_write_for_an_earlier_document_of_the_same_id_is_stale,
            a_value_that_violates_a_rule_is_not_stored,
            a_key_that_differs_from_the_stored_value_is_refused,
            a_collection_that_was_not_opened_is_refused,
            calls_are_counted,
            a_ping_reads_and_writes;
        races:
            a_claim_of_fifty_has_one_winner,
            a_swap_of_fifty_has_one_winner,
            increments_with_retry_are_all_counted,
            a_guard_document_prevents_write_skew,
            of_mutually_dependent_batches_one_succeeds,
            a_full_batch_is_atomic_under_contention,
            a_ticket_is_consumed_once;
        kinds:
            a_deleted_document_is_hidden_until_restored,
            a_deleted_document_keeps_its_id,
            a_purge_waits_for_its_retention,
            deleting_twice_is_stale,
            a_deletion_may_write_another_value,
            an_ended_document_is_not_found,
            an_ended_document_cannot_be_written,
            the_id_of_an_ended_claim_is_free,
            a_sweep_removes_only_ended_documents;
        purging:
            what_was_deleted_long_ago_is_purged_where_the_store_does_it,
            a_purge_goes_in_steps,
            what_belongs_to_a_user_goes_with_them,
            what_belongs_to_a_user_is_read_a_page_at_a_time;
        pages:
            odd_keys_are_kept_apart,
            a_key_with_nul_is_refused,
            ties_on_the_sort_key_are_ordered_by_id,
            each_kind_of_key_sorts_by_value,
            pages_stay_stable_while_documents_come_and_go,
            a_prefix_is_literal,
            bounds_of_the_sort_key_hold,
            deleted_documents_are_listed_only_when_asked_for,
            the_first_document_of_a_query,
            the_same_keys_are_listed_in_both_directions, a_settled_page_waits_for_what_may_still_come_before;
        cursors:
            a_modified_cursor_is_refused,
            a_cursor_of_another_query_is_refused,
            a_cursor_of_another_key_is_refused,
            the_longest_keys_fit_into_a_cursor;
        evolution:
            an_older_document_is_upgraded_when_read,
            a_newer_document_is_refused,
            the_error_names_a_corrupt_document,
            a_rewrite_upgrades_everything;
        tails:
            a_tail_delivers_everything_once_caught_up,
            a_tail_sees_writes_of_another_store,
            a_tail_sees_a_document_that_became_visible_late,
            a_tail_sees_a_commit_behind_a_page_that_it_has_read,
            a_tail_of_one_owner_sees_only_theirs,
            a_tail_survives_a_clock_that_ran_ahead, a_tail_survives_a_clock_that_is_set;
        times:
            calls_are_timed_by_operation_collection_and_outcome, a_call_that_is_given_up_is_timed;
        upkeep:
            documents_are_counted_by_state_and_version,
            a_collection_is_rewritten_step_by_step_without_its_type;
        model:
            every_query_agrees_with_a_list;
    }
}
