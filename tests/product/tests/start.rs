//! Configurations with which a product must not start. One test, because a process has one console.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::Path;
use std::sync::Arc;

use palisade_core::config::{Config, Env};
use palisade_core::errors::AppError;
use palisade_core::health::Health;
use palisade_core::identity::{Console, ConsoleTaken, Granted, Permission, UserId};
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::metrics::Metrics;
use palisade_core::openapi::Documentation;
use palisade_core::output::Accepted;
use palisade_core::ports::{SystemClock, SystemRng};
use palisade_core::routes::{Route, Routes, get};
use palisade_core::server::Server;
use palisade_core::utils::logger::{Captured, LogFormat, Logger};
use palisade_core::utils::pagination::PageRequest;
use palisade_lib::store::{
    Collection, CursorKey, Document, FieldSpec, Index, IndexSpec, KeyValue, Location, Newest, Options,
    PurgeRule, Soft, SortSpec, Store, StoreError, Upgrade,
};
use palisade_lib::{collection, collections};
use palisade_modules::permissions::UserRead;
use palisade_modules::product::Additions;
use palisade_modules::{Services, System};
use serde::{Deserialize, Serialize};

#[test]
fn what_a_product_must_not_start_with_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let file = folder.path().join("palisade.db");
    assert_eq!(runtime().block_on(async { Console::take(|_| ()) }), Err(ConsoleTaken::InARuntime));
    Console::take(|console| {
        // Boxed: the future of opening is large.
        runtime().block_on(Box::pin(async {
            Box::pin(routes_that_nobody_can_use(console, &file)).await;
            names_of_the_house_are_reserved(console, &file).await;
            a_collection_is_its_type(console, &folder.path().join("own.db")).await;
            an_index_that_nobody_created_is_refused(console, &folder.path().join("own.db")).await;
        }));
        assert_eq!(Console::take(|_| ()), Err(ConsoleTaken::Before));
    })
    .unwrap();
    assert_eq!(Console::take(|_| ()), Err(ConsoleTaken::Before));
}

palisade_core::permissions! {
    /// The permissions of this product.
    CATALOGUE;
    NoteRead = "NOTE_READ", "read notes";
}

mod twin {
    palisade_core::permissions! {
        /// A name of a permission of Palisade.
        pub(super) CATALOGUE;
        AuditRead = "AUDIT_READ", "read the audit";
    }
}

async fn granted<P: Permission>((): (), _: Granted<P>, _: Nothing) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

/// A route whose permission nobody can have, and one whose permission has the name of another.
async fn routes_that_nobody_can_use(console: &Console, file: &Path) {
    let database = format!("sqlite://{}", file.display());
    let config = Config::load(&Env::from_pairs([("DATABASE_URL", database)]), &SystemRng).unwrap();
    let system = System {
        clock: Arc::new(SystemClock::new()),
        rng: Arc::new(SystemRng),
        metrics: Metrics::default(),
        hash_cost: None,
        additions: Additions::NONE,
    };
    let services = Services::open(console, &config, system.clone()).await.unwrap();
    let start = |route: Route<()>| {
        let health = Health::new();
        let mount = palisade::api::mount(&config, &services, &health, &Documentation::new()).unwrap();
        let mounts = mount.at("/api/v1", Routes::new().add(route), ()).finish().map_err(|error| error.0)?;
        let (level, clock) = (config.app.log_level.clone(), Arc::clone(&system.clock));
        let logger = Logger::new(level, LogFormat::Json, Arc::new(Captured::default()), clock);
        Server::new(&config, services.ports(health, logger.access_log()), &mounts).map_err(|error| error.0)
    };

    let started = start(get("/notes").limit(NORMAL).requires::<UserRead>().no_input().handle(granted));
    assert!(started.is_ok(), "{started:?}");

    let said = start(get("/notes").limit(NORMAL).requires::<NoteRead>().no_input().handle(granted));
    let said = said.unwrap_err().concat();
    assert!(
        said.starts_with(
            "GET /api/v1/notes: requires NOTE_READ (declared in `start`), which nobody can have"
        ),
        "{said:?}"
    );
    assert!(said.contains("Grant it in `Product::grants`, or require one of USER_READ, "), "{said:?}");

    let said = start(get("/notes").limit(NORMAL).requires::<twin::AuditRead>().no_input().handle(granted));
    let said = said.unwrap_err().concat();
    assert!(
        said.starts_with("GET /api/v1/notes: requires the AUDIT_READ of `start::twin`, and GET /api/v1/audit-events that of `palisade_modules::"),
        "{said:?}"
    );
    assert_eq!((CATALOGUE.len(), twin::CATALOGUE.len()), (1, 1));
}

/// A quick type to read the users, as somebody might write it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spy {
    role: String,
}

collection! {
    Spy in "users" {
        id: UserId,
        version: 1,
        kind: soft(purge: after_retention),
        index ALL: newest_first;
    }
}

fn options() -> Options {
    let cursor_key = CursorKey::new(&[7; 32]);
    Options { clock: Arc::new(SystemClock::new()), rng: Arc::new(SystemRng), cursor_key }
}

async fn names_of_the_house_are_reserved(console: &Console, file: &Path) {
    let location = Location::Sqlite(file.to_owned());
    let opened = Store::open(console, &location, collections![Spy], options()).await;
    let said = opened.err().unwrap().to_string();
    assert!(
        said.contains("the collection `users` belongs to Palisade, and `start::Spy` is not its type"),
        "{said}"
    );
    let looked = Store::open_existing(console, &location, collections![Spy], options()).await;
    assert_eq!(looked.err().unwrap().to_string(), said);
}

palisade_core::id! { NoteId = "nte"; }

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    text: String,
}

collection! {
    Note in "notes" {
        id: NoteId,
        version: 1,
        kind: soft(purge: after_retention),
        index ALL: newest_first;
    }
}

/// A second type over the documents of the first.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Reader {
    text: String,
}

/// Implemented by hand, with an undeclared index.
impl Document for Reader {
    type Id = NoteId;
    type Kind = Soft;
    const COLLECTION: &'static str = "notes";
    const SCHEMA_VERSION: u32 = 1;
    const UPGRADES: &'static [Upgrade] = &[];
    const INDEXES: &'static [&'static IndexSpec] = &[];
    const REASON: &'static str = "";
    const PURGE: PurgeRule = PurgeRule::AfterRetention;

    fn keys(&self, _: &mut dyn FnMut(&'static FieldSpec, KeyValue)) {}

    fn expiry(&self) -> Option<palisade_core::system::time::Timestamp> {
        None
    }
}

async fn a_collection_is_its_type(console: &Console, file: &Path) {
    let location = Location::Sqlite(file.to_owned());
    let store = Store::open(console, &location, collections![Note], options()).await.unwrap();
    assert!(store.collection::<Note>().is_ok());
    assert!(matches!(store.collection::<Reader>(), Err(StoreError::Undeclared { collection: "notes" })));
    drop(store);

    let twice = Store::open(console, &location, collections![Note, Reader], options()).await;
    let said = twice.err().unwrap().to_string();
    assert!(said.contains("`notes` is declared twice: by `start::Note` and by `start::Reader`"), "{said}");
}

async fn an_index_that_nobody_created_is_refused(console: &Console, file: &Path) {
    static BY_TEXT: IndexSpec = IndexSpec::declare("BY_TEXT", &[], SortSpec::CreatedAt, true);
    const BY_HAND: Index<Note, (), Newest> = Index::new(&BY_TEXT);
    let location = Location::Sqlite(file.to_owned());
    let store = Store::open(console, &location, collections![Note], options()).await.unwrap();
    let notes: Collection<Note> = store.collection().unwrap();
    let page = PageRequest::default();
    assert!(notes.find(Note::ALL.all()).page(&page).await.is_ok());
    let found = notes.find(BY_HAND.all()).page(&page).await;
    assert!(matches!(found, Err(StoreError::UndeclaredIndex { index: "BY_TEXT", .. })), "{found:?}");
    let first = notes.find(BY_HAND.all()).first().await;
    assert!(matches!(first, Err(StoreError::UndeclaredIndex { .. })), "{first:?}");
}
