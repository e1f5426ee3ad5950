//! Starting: for the first time, again, with other secrets, and with missing keys.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::num::NonZeroUsize;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use palisade_core::limits::Trial;
use palisade_core::utils::crypto::password::{BcryptCost, HasherConfig, PasswordHasher, Priority};
use palisade_core::utils::crypto::seal::OpenError;
use palisade_core::utils::crypto::secret::{ExposeSecret as _, SecretString};
use tokio::sync::Barrier;

use super::*;
use crate::keys::schema::KeyName;
use crate::keys::service::sealing::{self, Opened};
use crate::keys::types::{KeyKind, Lost, LostKey};

fn hasher(service: &Service) -> PasswordHasher {
    let one = NonZeroUsize::MIN;
    let config = HasherConfig { workers: one, queue: one, ..HasherConfig::new(BcryptCost::for_tests(4)) };
    PasswordHasher::start(config, service.peppers(), Arc::new(SystemRng)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn instances_that_start_at_once_hold_the_same_keys() {
    for _ in 0..5 {
        let world = World::new().await;
        let gate = Arc::new(Barrier::new(20));
        let starts: Vec<_> = (0..20)
            .map(|_| {
                let (gate, setup) = (Arc::clone(&gate), world.setup("a"));
                tokio::spawn(async move {
                    gate.wait().await;
                    Service::open(setup).await.unwrap()
                })
            })
            .collect();
        let mut instances = Vec::new();
        for start in starts {
            instances.push(start.await.unwrap());
        }
        let same: HashSet<_> =
            instances.iter().map(|service| (root_of(service), service.tokens().jwks())).collect();
        assert_eq!(same.len(), 1);
        assert_eq!(world.list().await.len(), 3);
    }
}

#[tokio::test]
async fn the_first_start_makes_one_key_of_each_kind() {
    let world = World::new().await;
    let service = world.open("a").await;
    let mut kinds: Vec<_> = world.list().await.into_iter().map(|key| (key.kind, key.sealed_by)).collect();
    kinds.sort();
    let by_a = || Some("key-a".to_owned());
    assert_eq!(kinds, [(KeyKind::Root, by_a()), (KeyKind::Pepper, by_a()), (KeyKind::Signing, by_a())]);
    assert_eq!(published(&service).len(), 1);
}

#[tokio::test]
async fn the_next_start_reads_the_same_keys() {
    let world = World::new().await;
    let before = world.open("a").await;
    let token = world.sign(&before);
    let store = open_store(world.folder.path(), &world.clock).await;
    let after = Service::open(Setup { store, ..world.setup("a") }).await.unwrap();
    assert_eq!(root_of(&after), root_of(&before));
    assert_eq!(after.tokens().jwks(), before.tokens().jwks());
    assert!(world.verify(&after, &token).is_ok());
}

#[tokio::test]
async fn a_missing_secret_is_named_and_nothing_is_made_in_its_place() {
    let world = World::new().await;
    let service = world.open("a").await;
    let before = world.list().await;
    let error = Service::open(world.setup("b")).await.unwrap_err();
    let KeysError::Lost(lost) = &error else { panic!("{error:?}") };
    let why = Lost::Sealed(OpenError::MissingKey { id: "key-a".to_owned() });
    assert_eq!(lost.len(), 3);
    assert!(lost.iter().all(|key| key.why == why), "{lost:?}");
    let text = error.to_string();
    for name in ["key-a", "keys/root", "keys/pepper-1", &format!("keys/signing-{}", world.signer(&service))] {
        assert!(text.contains(name), "{name} in {text}");
    }
    assert_eq!(world.list().await, before);
}

#[tokio::test]
async fn another_secret_under_the_same_id_is_told_from_a_missing_one() {
    let world = World::new().await;
    world.open("a").await;
    let impostor = world.setup_with(&secret("key-a", 77));
    let KeysError::Lost(lost) = Service::open(impostor).await.unwrap_err() else { panic!("opened") };
    let why = Lost::Sealed(OpenError::Damaged { id: "key-a".to_owned() });
    assert!(lost.len() == 3 && lost.iter().all(|key| key.why == why), "{lost:?}");
}

#[tokio::test]
async fn a_key_that_vanished_is_not_made_anew() {
    for kind in [KeyKind::Root, KeyKind::Pepper, KeyKind::Signing] {
        let world = World::new().await;
        world.open("a").await;
        let stored = world.stored().await;
        let gone = stored.iter().find(|key| key.id().kind() == kind).unwrap();
        world.change(Change::Delete(gone)).await;
        let KeysError::Lost(lost) = Service::open(world.setup("a")).await.unwrap_err() else {
            panic!("opened")
        };
        assert!(matches!(&lost[..], [LostKey { why: Lost::Missing, .. }]), "{lost:?}");
        assert_eq!(lost[0].kind, kind);
        assert_eq!(world.list().await.len(), 2);
    }
}

#[tokio::test]
async fn a_secret_in_front_seals_everything_again_and_changes_nothing_else() {
    let world = World::new().await;
    let before = world.open("a").await;
    let token = world.sign(&before);
    let password = SecretString::from("correct horse battery staple");
    let hash = hasher(&before).hash(&password, Priority::Unknown).await.unwrap();

    let both = world.open("ba").await;
    assert!(world.list().await.iter().all(|key| key.sealed_by.as_deref() == Some("key-b")));
    let alone = world.open("b").await;
    for after in [both, alone] {
        assert_eq!(root_of(&after), root_of(&before));
        assert_eq!(after.tokens().jwks(), before.tokens().jwks());
        assert!(world.verify(&after, &token).is_ok());
        let verdict = hasher(&after)
            .verify(&password, Some(&hash), Priority::Unknown, &Trial::uncounted())
            .await
            .unwrap();
        assert!(verdict.matches && !verdict.needs_upgrade);
    }
    before.refresh().await.unwrap();
    assert!(
        world.verify(&before, &world.sign(&before)).is_ok(),
        "an instance without the new secret goes on"
    );
}

#[tokio::test]
async fn a_second_start_with_the_same_secrets_writes_nothing() {
    let world = World::new().await;
    world.open("ab").await;
    let before = world.store.calls();
    world.open("ab").await;
    assert_eq!(world.store.calls().since(&before).of("keys").writes, 0);
}

#[tokio::test]
async fn a_key_nobody_with_the_secrets_sealed_is_no_key() {
    let world = World::new().await;
    let service = world.open("a").await;
    // An attacker who can write the database but has no secret plants a retired key.
    let stranger = world.setup_with(&secret("key-a", 99));
    let (name, mut planted) = sealing::new_signing(&stranger, world.clock.now()).unwrap();
    let soon = world.clock.now().plus(MILLISECOND);
    planted.signing.as_mut().unwrap().retires_at = Some(soon);
    world.change(Change::Add(name.clone(), planted.clone())).await;
    world.clock.advance(MILLISECOND);
    service.refresh().await.unwrap();
    assert_eq!(published(&service).len(), 1);
    assert_eq!(published(&world.open("a").await).len(), 1);

    // Or replaces the public half of one of our keys.
    let stored = world.stored().await;
    let ours = stored.iter().find(|key| key.id().kind() == KeyKind::Signing && *key.id() != name).unwrap();
    let signing = planted.signing.map(|signing| crate::keys::schema::Signing { retires_at: None, ..signing });
    world.change(Change::Replace(ours, Key { signing, ..ours.value().clone() })).await;
    let KeysError::Lost(lost) = Service::open(world.setup("a")).await.unwrap_err() else { panic!("opened") };
    assert!(matches!(&lost[..], [LostKey { why: Lost::NoKey, .. }]), "{lost:?}");
}

#[tokio::test]
async fn a_sealed_text_does_not_open_under_another_name() {
    let world = World::new().await;
    world.open("a").await;
    let stored = world.stored().await;
    let find = |name: &KeyName| stored.iter().find(|key| key.id() == name).unwrap();
    let (root, pepper) = (find(&KeyName::Root), find(&KeyName::Pepper(1)));
    world.change(Change::Replace(root, pepper.value().clone())).await;
    let KeysError::Lost(lost) = Service::open(world.setup("a")).await.unwrap_err() else { panic!("opened") };
    assert_eq!(lost[0].why, Lost::Sealed(OpenError::Damaged { id: "key-a".to_owned() }));
}

/// The bytes of every secret.
async fn secrets(world: &World) -> Vec<Vec<u8>> {
    let setup = world.setup("a");
    let opened = world
        .stored()
        .await
        .iter()
        .map(|key| sealing::open(&setup.secrets, key).unwrap())
        .map(|key| match key {
            Opened::Root(key) | Opened::Pepper(_, key) => key.expose_secret().to_vec(),
            // The private scalar, at its place in PKCS#8 of P-256.
            Opened::Signing(key) => key.pkcs8().expose_secret()[36..68].to_vec(),
        })
        .collect::<Vec<_>>();
    assert_eq!(opened.len(), 3);
    opened
}

fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex = secret.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    let numbers = format!("{secret:?}");
    let texts = [STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret), hex.to_uppercase(), hex, numbers];
    texts.into_iter().map(String::into_bytes).chain([secret.to_vec()]).collect()
}

fn holds(text: &[u8], secret: &[u8]) -> bool {
    spellings(secret).iter().any(|spelling| text.windows(spelling.len()).any(|window| window == spelling))
}

#[tokio::test]
async fn nothing_secret_can_be_read_in_the_database() {
    let world = World::new().await;
    world.open("a").await;
    let secrets = secrets(&world).await;
    let mut seen = 0;
    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        seen += usize::from(bytes.windows(8).any(|window| window == b"pepper-1"));
        for secret in &secrets {
            assert!(!holds(&bytes, secret));
        }
    }
    assert!(seen > 0, "the files that were read are not the database");
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let world = World::new().await;
    let service = world.open("a").await;
    let shown = format!("{service:?} {:?} {:?}", service.tokens(), world.stored().await);
    assert!(shown.contains(&world.signer(&service)), "{shown}");
    for secret in secrets(&world).await.iter().chain([&secret_bytes(b'a')]) {
        assert!(!holds(shown.as_bytes(), secret), "{shown}");
    }
}
