//! The keys on the real store, with a clock that stands still until the test moves it.

mod inventory;
mod rotation;
mod start;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_core::identity::{Console, Operator};
use palisade_core::ports::{Clock, Rng, SystemRng, TestClock};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::purpose::Purpose;
use palisade_core::utils::crypto::seal::SecretKeys;
use palisade_core::utils::crypto::token::{Claims, Realm, TokenError, TokenSubject, Verified};
use palisade_core::utils::pagination::PageRequest;
use palisade_lib::store::{CursorKey, Location, Options, Store, Stored};
use tempfile::TempDir;

use super::*;
use crate::audit;
use crate::audit::types::EventType;
use crate::keys::COLLECTION;
use crate::keys::repository::{Change, Repository};
use crate::keys::schema::Key;
use crate::keys::types::{KeySummary, KeysError, Rotation};
use crate::staged::Staged;

const TTL: Duration = Duration::from_mins(10);
/// How long before its turn a key is published, and how long after it its tokens are valid.
const LEAD: Duration = Duration::from_mins(70);
const VERIFIES_FOR: Duration = Duration::from_mins(15);
const EVERY: Duration = Duration::from_hours(24 * 90);
const MILLISECOND: Duration = Duration::from_millis(1);

/// A deployment: a separate store, and a clock.
struct World {
    folder: TempDir,
    store: Store,
    clock: Arc<TestClock>,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::at(Timestamp::from_secs(1_700_000_000)));
        let store = open_store(folder.path(), &clock).await;
        Self { folder, store, clock }
    }

    /// The setup of an instance with these secrets; each letter is one secret, its own id.
    fn setup(&self, secrets: &str) -> Setup {
        let entries: Vec<_> = secrets.chars().map(|id| secret(&format!("key-{id}"), id as u8)).collect();
        self.setup_with(&entries.join(","))
    }

    fn setup_with(&self, secrets: &str) -> Setup {
        Setup {
            store: self.store.clone(),
            secrets: SecretKeys::parse(secrets).unwrap(),
            realm: Realm::new("https://app.example", "https://app.example/api"),
            rotation: Rotation::new(TTL),
            named: BTreeSet::new(),
            audit: self.audit(),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            rng: Arc::new(SystemRng),
        }
    }

    fn audit(&self) -> audit::Service {
        let machine = (Arc::clone(&self.clock) as Arc<dyn Clock>, Arc::new(SystemRng) as Arc<dyn Rng>);
        audit::Service::new(&self.store, Duration::from_hours(24), machine).unwrap()
    }

    /// The targets of the events of a type.
    async fn told(&self, kind: EventType) -> Vec<String> {
        let (operator, page) = (Operator::for_tests("test"), PageRequest::largest());
        let events = self.audit().export(&operator, (None, Some(kind)), &page).await.unwrap().items;
        events.into_iter().filter_map(|event| event.target).collect()
    }

    async fn open(&self, secrets: &str) -> Service {
        Service::open(self.setup(secrets)).await.unwrap()
    }

    async fn list(&self) -> Vec<KeySummary> {
        Service::list(&self.setup("a")).await.unwrap()
    }

    async fn stored(&self) -> Vec<Stored<Key>> {
        Repository::new(&self.store).unwrap().all().await.unwrap()
    }

    async fn commit(&self, writes: Staged) {
        self.store.commit(writes.into()).await.unwrap();
    }

    async fn change(&self, change: Change<'_>) {
        Repository::new(&self.store).unwrap().change(vec![change]).await.unwrap();
    }

    fn wait_until(&self, moment: Timestamp) {
        self.clock.advance(moment.since(self.clock.now()));
    }

    fn sign(&self, service: &Service) -> String {
        let tokens = service.tokens();
        tokens.sign(&Claims::new(tokens.realm(), subject(), self.clock.now(), TTL)).unwrap()
    }

    fn verify(&self, service: &Service, token: &str) -> Result<Verified, TokenError> {
        service.tokens().verification().verify(token, self.clock.now())
    }

    /// The name of the current key.
    fn signer(&self, service: &Service) -> String {
        let token = self.sign(service);
        self.verify(service, &token).unwrap().key_id.to_string()
    }
}

async fn open_store(folder: &Path, clock: &Arc<TestClock>) -> Store {
    let options = Options {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        rng: Arc::new(SystemRng),
        cursor_key: CursorKey::new(&[7; 32]),
    };
    let location = Location::Sqlite(folder.join("palisade.db"));
    Store::open(&Console::for_tests(), &location, &[COLLECTION, audit::COLLECTIONS[0]], options)
        .await
        .unwrap()
}

/// An entry of `SECRET_KEYS`.
fn secret(id: &str, seed: u8) -> String {
    format!("{id}:{}", STANDARD.encode(secret_bytes(seed)))
}

fn secret_bytes(seed: u8) -> Vec<u8> {
    (0..32)
        .map(|place: u8| {
            place
                .wrapping_mul(place)
                .wrapping_mul(seed | 1)
                .wrapping_add(place.wrapping_mul(7))
                .wrapping_add(seed)
        })
        .collect()
}

fn subject() -> TokenSubject {
    TokenSubject {
        user_id: "usr_1".to_owned(),
        role: "user".to_owned(),
        permissions: Vec::new(),
        session_version: 1,
        session_id: "ses_1".to_owned(),
        token_id: "tok_1".to_owned(),
        authenticated_at: Timestamp::from_secs(1_700_000_000),
        methods: vec!["pwd".to_owned()],
        actor: None,
    }
}

/// Distinguishes two root keys without showing them.
fn root_of(service: &Service) -> [u8; 32] {
    service.keyring().mac(Purpose::Cursor).tag(b"which root is it")
}

/// The names of the published keys, in their order.
fn published(service: &Service) -> Vec<String> {
    let set: serde_json::Value = serde_json::from_slice(&service.tokens().jwks()).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}
