//! Which tokens are refused, for how long, and what happens when the entries exceed the maximum.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_core::identity::{Console, Operator};
use palisade_core::ports::{Rng, SystemRng, TestClock};
use palisade_core::utils::crypto::seal::SecretKeys;
use palisade_core::utils::crypto::token::{KeyId, Realm};
use palisade_core::values::Id;
use palisade_lib::store::{CursorKey, Location, Options, Store};
use tempfile::TempDir;

use super::*;
use crate::auth::COLLECTIONS;
use crate::auth::schema::RevocationId;
use crate::staged::Staged;
use crate::{audit, keys};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
const LIVES: Duration = Duration::from_mins(11);

struct World {
    clock: Arc<TestClock>,
    store: Store,
    repository: Arc<Repository>,
    keys: keys::Service,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::at(NOW));
        let store = open(folder.path(), &clock).await;
        let keys = open_keys(&store, &clock).await;
        Self { repository: Arc::new(Repository::new(&store).unwrap()), store, clock, keys, folder }
    }

    fn memory(&self, bound: usize) -> Revocations {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let known = Revocations::new(&self.repository, self.keys.clone(), clock);
        Revocations { bound, ..known }
    }

    fn user(&self) -> UserId {
        UserId::generate(self.clock.as_ref(), &SystemRng)
    }

    fn session(&self) -> SessionId {
        SessionId::generate(self.clock.as_ref(), &SystemRng)
    }

    fn of(&self, revoked: Revoked) -> Revocation {
        Revocation { revoked, expires_at: self.clock.now().plus(LIVES) }
    }

    fn any(&self) -> Revocation {
        self.of(Revoked::Session { session: self.session() })
    }
}

async fn open(folder: &Path, clock: &Arc<TestClock>) -> Store {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    let options = Options { clock, rng: Arc::new(SystemRng), cursor_key: CursorKey::new(&[1; 32]) };
    let collections = [COLLECTIONS.as_slice(), audit::COLLECTIONS.as_slice(), &[keys::COLLECTION]].concat();
    Store::open(&Console::for_tests(), &Location::Sqlite(folder.join("palisade.db")), &collections, options)
        .await
        .unwrap()
}

async fn open_keys(store: &Store, clock: &Arc<TestClock>) -> keys::Service {
    let byte = |place: u8| place.wrapping_mul(place).wrapping_mul(5).wrapping_add(place);
    let secret = format!("one:{}", STANDARD.encode((0..32).map(byte).collect::<Vec<u8>>()));
    let machine = (Arc::clone(clock) as Arc<dyn Clock>, Arc::new(SystemRng) as Arc<dyn Rng>);
    let setup = keys::Setup {
        audit: audit::Service::new(store, Duration::from_hours(24), machine).unwrap(),
        store: store.clone(),
        secrets: SecretKeys::parse(&secret).unwrap(),
        realm: Realm::new("https://app.example", "https://app.example"),
        rotation: keys::types::Rotation::new(Duration::from_mins(10)),
        named: std::collections::BTreeSet::new(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        rng: Arc::new(SystemRng),
    };
    keys::Service::open(setup).await.unwrap()
}

fn token(user: UserId, version: i64, session: SessionId) -> Subject<'static> {
    Subject { user, version, session, kid: "key-1", issued_at: NOW }
}

#[tokio::test]
async fn a_user_is_refused_below_the_highest_version_ever_heard_of_in_any_order() {
    let world = World::new().await;
    let (user, session) = (world.user(), world.session());
    for order in [[3, 5, 4], [5, 3, 4], [4, 5, 5], [5, 5, 3]] {
        let known = world.memory(BOUND);
        for minimum_version in order {
            known.apply(&world.of(Revoked::User { user, minimum_version }), NOW);
        }
        assert!(known.refuses(&token(user, 4, session)), "{order:?}");
        assert!(!known.refuses(&token(user, 5, session)), "{order:?}");
        assert!(!known.refuses(&token(world.user(), 1, session)), "{order:?}: somebody else");
    }
}

#[tokio::test]
async fn a_session_and_a_key_are_refused_by_name_and_no_others_are() {
    let world = World::new().await;
    let (user, session, known) = (world.user(), world.session(), world.memory(BOUND));
    known.apply(&world.of(Revoked::Session { session }), NOW);
    known.apply(&world.of(Revoked::Key { kid: "key-2".to_owned() }), NOW);

    assert!(known.refuses(&token(user, 9, session)));
    assert!(!known.refuses(&token(user, 9, world.session())));
    assert!(known.refuses(&Subject { kid: "key-2", ..token(user, 9, world.session()) }));
}

#[tokio::test]
async fn what_no_living_token_can_need_is_forgotten_and_nothing_before() {
    let world = World::new().await;
    let (user, session, known) = (world.user(), world.session(), world.memory(BOUND));
    known.apply(&world.of(Revoked::Session { session }), NOW);

    world.clock.advance(LIVES.saturating_sub(Duration::from_millis(1)));
    known.catch_up().await.unwrap();
    assert!(known.refuses(&token(user, 1, session)));
    world.clock.advance(Duration::from_millis(1));
    known.catch_up().await.unwrap();
    assert!(!known.refuses(&token(user, 1, session)));
    assert_eq!(known.refused.read().len(), 0);
}

#[tokio::test]
async fn past_the_bound_everything_issued_until_now_is_refused_and_what_comes_later_is_not() {
    let world = World::new().await;
    let (known, session) = (world.memory(3), world.session());
    for _ in 0..3 {
        known.apply(&world.any(), NOW);
    }
    let bystander = |issued_at| Subject { issued_at, ..token(world.user(), 1, session) };
    assert!(!known.refuses(&bystander(NOW)), "three fit");

    known.apply(&world.any(), NOW);
    assert!(known.refuses(&bystander(NOW)), "four do not");
    assert!(known.refuses(&bystander(NOW.minus(Duration::from_mins(9)))));
    assert!(!known.refuses(&bystander(NOW.plus(Duration::from_secs(1)))), "one that was refreshed since");
    assert_eq!(known.refused.read().len(), 0);
}

#[tokio::test]
async fn an_api_key_is_refused_by_name_and_its_owner_is_outdated_by_version() {
    let world = World::new().await;
    let (known, user) = (world.memory(BOUND), world.user());
    let key = |clock: &TestClock| ApiKeyId::generate(clock, &SystemRng);
    let (one, other) = (key(&world.clock), key(&world.clock));
    known.apply(&world.of(Revoked::ApiKey { key: one }), NOW);
    assert!(known.refuses_api_key(one) && !known.refuses_api_key(other));
    known.apply(&world.of(Revoked::User { user, minimum_version: 3 }), NOW);
    let generation = known.generation();
    assert!(known.outdates(user, 2, generation) && !known.outdates(user, 3, generation));
    assert!(!known.outdates(world.user(), 1, generation));
    world.clock.advance(LIVES);
    known.catch_up().await.unwrap();
    assert!(!known.refuses_api_key(one), "nobody remembers it so long");
    assert_eq!(known.refused.read().len(), 0);
}

#[tokio::test]
async fn past_the_bound_everything_that_was_read_is_read_again() {
    let world = World::new().await;
    let (known, user) = (world.memory(3), world.user());
    let before = known.generation();
    for _ in 0..3 {
        known.apply(&world.any(), NOW);
    }
    assert!(!known.outdates(user, 1, before), "three fit");
    known.apply(&world.any(), NOW);
    assert!(known.outdates(user, 1, before), "four do not");
    let after = known.generation();
    assert!(!known.outdates(user, 1, after));

    // So is it when a key is withdrawn, as a restore of the store does: once, however often it is told.
    let withdrawn = world.of(Revoked::Key { kid: "2026a".to_owned() });
    known.apply(&withdrawn, NOW);
    let again = known.generation();
    assert!(known.outdates(user, 1, after));
    known.apply(&withdrawn, NOW);
    assert_eq!(known.generation(), again);
}

#[tokio::test]
async fn what_has_expired_makes_room_first() {
    let world = World::new().await;
    let known = world.memory(3);
    for _ in 0..3 {
        known.apply(&world.any(), NOW);
    }
    world.clock.advance(LIVES);
    known.apply(&world.any(), world.clock.now());
    assert!(!known.refuses(&token(world.user(), 1, world.session())));
    assert_eq!(known.refused.read().len(), 1);
}

#[tokio::test]
async fn nothing_is_trusted_before_the_first_read_nor_more_than_five_seconds_after_the_last() {
    let world = World::new().await;
    let known = world.memory(BOUND);
    assert!(known.is_stale());
    known.catch_up().await.unwrap();
    world.clock.advance(TRUSTED_FOR);
    assert!(!known.is_stale());
    world.clock.advance(Duration::from_millis(1));
    assert!(known.is_stale());
    known.catch_up().await.unwrap();
    assert!(!known.is_stale());
}

#[tokio::test]
async fn one_catch_up_reads_everything_another_instance_wrote() {
    let world = World::new().await;
    let elsewhere = Repository::new(&open(world.folder.path(), &world.clock).await).unwrap();
    let (known, user) = (world.memory(BOUND), world.user());
    let mut ended = Vec::new();
    for _ in 0..250 {
        let session = world.session();
        let id = RevocationId::generate(world.clock.as_ref(), &SystemRng);
        let revocation = world.of(Revoked::Session { session });
        elsewhere.revoke((id, revocation), Staged::nothing(), Staged::nothing()).await.unwrap();
        ended.push(session);
    }
    known.catch_up().await.unwrap();
    assert!(ended.into_iter().all(|session| known.refuses(&token(user, 1, session))));
}

#[tokio::test]
async fn requests_that_wait_share_one_read() {
    let world = World::new().await;
    let known = Arc::new(world.memory(BOUND));
    let before = world.store.calls();
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let known = Arc::clone(&known);
            tokio::spawn(async move { known.catch_up().await })
        })
        .collect();
    for request in waiting {
        request.await.unwrap().unwrap();
    }
    assert_eq!(world.store.calls().since(&before).of("revocations").reads, 1);
}

#[tokio::test]
async fn an_instance_that_hears_of_a_withdrawn_key_signs_with_another_at_once() {
    let world = World::new().await;
    let known = world.memory(BOUND);
    known.catch_up().await.unwrap();
    let store = open(world.folder.path(), &world.clock).await;
    let (elsewhere, keys) = (Repository::new(&store).unwrap(), open_keys(&store, &world.clock).await);
    assert_eq!(keys.tokens().jwks(), world.keys.tokens().jwks());

    let kid = only_kid(&world.keys);
    let withdrawal = keys.stage_withdrawal(&Operator::for_tests("test"), &kid).await.unwrap();
    let revocation = world.of(Revoked::Key { kid: kid.as_str().to_owned() });
    let id = RevocationId::generate(world.clock.as_ref(), &SystemRng);
    elsewhere.revoke((id, revocation), withdrawal.writes, Staged::nothing()).await.unwrap();
    assert_eq!(only_kid(&world.keys), kid, "nobody told this instance yet");

    world.clock.advance(FOLLOW_EVERY);
    known.catch_up().await.unwrap();
    assert!(known.refuses(&Subject { kid: kid.as_str(), ..token(world.user(), 1, world.session()) }));
    assert_ne!(only_kid(&world.keys), kid);
}

fn only_kid(keys: &keys::Service) -> KeyId {
    let set: serde_json::Value = serde_json::from_slice(&keys.tokens().jwks()).unwrap();
    let [key] = set["keys"].as_array().unwrap().as_slice() else { panic!("{set}") };
    KeyId::parse(key["kid"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn what_comes_later_never_shortens_what_was_there() {
    let world = World::new().await;
    let (user, session, known) = (world.user(), world.session(), world.memory(BOUND));
    let all = |expires_at| {
        [
            Revoked::User { user, minimum_version: 5 },
            Revoked::Session { session },
            Revoked::Key { kid: "key-1".to_owned() },
        ]
        .map(|revoked| Revocation { revoked, expires_at })
    };
    for minutes in [60, 1, 30] {
        for revocation in all(NOW.plus(Duration::from_mins(minutes))) {
            known.apply(&revocation, NOW);
        }
    }
    let refused = |known: &Revocations| {
        let (nobody, elsewhere) = (world.user(), world.session());
        [
            Subject { kid: "key-2", ..token(user, 4, elsewhere) },
            Subject { kid: "key-2", ..token(nobody, 1, session) },
            token(nobody, 1, elsewhere),
        ]
        .map(|subject| known.refuses(&subject))
    };
    world.clock.advance(Duration::from_mins(59));
    known.catch_up().await.unwrap();
    assert_eq!(refused(&known), [true; 3]);
    world.clock.advance(Duration::from_mins(1));
    known.catch_up().await.unwrap();
    assert_eq!(refused(&known), [false; 3]);
}

#[tokio::test]
async fn a_wall_clock_that_is_set_ahead_makes_nothing_be_forgotten_early() {
    let world = World::new().await;
    let (user, session, known) = (world.user(), world.session(), world.memory(BOUND));
    known.apply(&world.of(Revoked::Session { session }), NOW);
    for set in [3_600_000, -3_600_000] {
        world.clock.set(set);
        known.catch_up().await.unwrap();
        assert!(known.refuses(&token(user, 1, session)), "{set}");
    }
    world.clock.advance(LIVES);
    known.catch_up().await.unwrap();
    assert!(!known.refuses(&token(user, 1, session)));
}

/// Tokens expire by the store's clock: if that clock is behind, they stay valid, however much time has passed.
#[tokio::test]
async fn a_store_whose_clock_was_set_back_keeps_what_is_revoked_until_its_tokens_have_ended() {
    let world = World::new().await;
    let (user, session, known) = (world.user(), world.session(), world.memory(BOUND));
    known.apply(&world.of(Revoked::Session { session }), NOW);
    world.clock.set(-3_600_000);
    world.clock.advance(LIVES);
    known.catch_up().await.unwrap();
    assert!(known.refuses(&token(user, 1, session)));
    world.clock.advance(Duration::from_hours(1));
    known.catch_up().await.unwrap();
    assert!(!known.refuses(&token(user, 1, session)));
}

#[test]
fn a_revocation_is_kept_past_every_token_and_every_wait() {
    let longest = LONGEST_ACCESS_TTL + LONGEST_HANDLER_TIMEOUT + BATCH_DEADLINE + 2 * clocks::BOUND;
    assert!(KEPT > longest, "{KEPT:?}");
}
