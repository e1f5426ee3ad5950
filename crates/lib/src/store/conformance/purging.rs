//! Removal for good by the rule of a collection, and what belongs to a user.

use palisade_core::identity::UserId;

use super::*;

const DAY: Duration = Duration::from_hours(24);

palisade_core::id! {
    pub(crate) LetterId = "ltr";
    pub(crate) DraftId = "dft";
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Letter {
    owner: UserId,
    text: String,
    sent_at: Timestamp,
}

collection! {
    Letter in "letters" {
        id: LetterId,
        version: 1,
        kind: soft(purge: with_owner(BY_OWNER)),
        index BY_OWNER: (owner: UserId) newest_first;
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Desk {
    letters: i64,
}

collection! {
    Desk in "desks" {
        id: UserId,
        version: 1,
        kind: soft(purge: with_owner(id)),
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Draft {
    owner: UserId,
    ends_at: Timestamp,
}

collection! {
    Draft in "drafts" {
        id: DraftId,
        version: 1,
        kind: ephemeral("a draft that nobody sends ends", |draft| draft.ends_at, purge: with_owner(BY_OWNER)),
        index BY_OWNER: (owner: UserId) oldest_first;
    }
}

/// A collection whose module purges it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Archive {}

collection! {
    Archive in "archives" {
        id: EventId,
        version: 1,
        kind: soft(purge: by("nobody, in this test")),
        index ALL: newest_first;
    }
}

fn new_id<I: Id>(bench: &impl Bench) -> I {
    I::generate(bench.clock().as_ref(), &SystemRng)
}

/// So many letters, a desk and a draft of a user.
async fn furnish(bench: &impl Bench, owner: UserId, letters: usize) -> Vec<LetterId> {
    let sent_at = bench.store().now();
    let mut ids = Vec::new();
    for number in 0..letters {
        let id: LetterId = new_id(bench);
        let letter = Letter { owner, text: format!("letter {number}"), sent_at };
        bench.store().commit(Batch::new().insert(&id, letter)).await.unwrap();
        ids.push(id);
    }
    let draft = Draft { owner, ends_at: sent_at.plus(DAY) };
    let rest = Batch::new().insert(&owner, Desk { letters: 3 }).insert(&new_id::<DraftId>(bench), draft);
    bench.store().commit(rest).await.unwrap();
    ids
}

async fn owned(store: &Store, user: UserId) -> Vec<OwnedDocument> {
    let mut walk = store.owned_by(user);
    let mut all = Vec::new();
    while let Some(page) = walk.next_page().await.unwrap() {
        assert!((1..=WALK_STEP as usize).contains(&page.len()));
        all.extend(page);
    }
    all
}

fn collections_of(documents: &[OwnedDocument]) -> Vec<(&'static str, usize)> {
    let names = ["letters", "desks", "drafts"];
    names.map(|name| (name, documents.iter().filter(|one| one.collection == name).count())).to_vec()
}

pub(super) async fn what_was_deleted_long_ago_is_purged_where_the_store_does_it(bench: impl Bench) {
    let store = bench.store();
    let (deleted, live) = (bench.insert(person("deleted")).await, bench.insert(person("live")).await);
    let name: EventId = new_id(&bench);
    store.commit(Batch::new().insert(&name, Archive {})).await.unwrap();
    let archives = store.collection::<Archive>().unwrap();
    let archive = archives.get(&name).await.unwrap().unwrap();
    store.commit(Batch::new().delete(&deleted).delete(&archive)).await.unwrap();

    bench.clock().advance(DAY.saturating_sub(Duration::from_millis(1)));
    assert_eq!(store.purge_deleted(DAY).await.unwrap(), Removed::default(), "it was too early");
    bench.clock().advance(Duration::from_millis(1));
    assert_eq!(store.purge_deleted(DAY).await.unwrap(), Removed { documents: 1, more: false });

    let people = bench.people();
    assert!(people.including_deleted().get(deleted.id()).await.unwrap().is_none());
    assert!(people.get(live.id()).await.unwrap().is_some());
    assert!(archives.including_deleted().get(&name).await.unwrap().is_some(), "its module purges it");
}

pub(super) async fn a_purge_goes_in_steps(bench: impl Bench) {
    let store = bench.store();
    for number in 0..130 {
        let stored = bench.insert(person(&number.to_string())).await;
        store.commit(Batch::new().delete(&stored)).await.unwrap();
    }
    bench.clock().advance(DAY);
    assert_eq!(store.purge_deleted(DAY).await.unwrap(), Removed { documents: 100, more: true });
    assert_eq!(store.purge_deleted(DAY).await.unwrap(), Removed { documents: 30, more: false });
    assert_eq!(store.count(Person::SPEC, 10).await.unwrap(), DocumentCounts::default());
}

pub(super) async fn what_belongs_to_a_user_goes_with_them(bench: impl Bench) {
    let store = bench.store();
    let (ada, eve) = (new_id(&bench), new_id(&bench));
    let letters = furnish(&bench, ada, 130).await;
    furnish(&bench, eve, 2).await;
    let all = store.collection::<Letter>().unwrap();
    let deleted = all.get(&letters[0]).await.unwrap().unwrap();
    store.commit(Batch::new().delete(&deleted)).await.unwrap();
    bench.damage("letters", &letters[1].to_string(), Damage::Without("text")).await;

    let first = store.remove_of(&ada).await.unwrap();
    assert_eq!((first.documents, first.more), (102, true));
    let second = store.remove_of(&ada).await.unwrap();
    assert_eq!((second.documents, second.more), (30, false), "an unreadable and a deleted letter, too");
    assert!(owned(store, ada).await.is_empty());
    assert_eq!(
        collections_of(&owned(store, eve).await),
        [("letters", 2), ("desks", 1), ("drafts", 1)],
        "nothing of another user is touched"
    );
}

pub(super) async fn what_belongs_to_a_user_is_read_a_page_at_a_time(bench: impl Bench) {
    let store = bench.store();
    let (ada, eve) = (new_id(&bench), new_id(&bench));
    let letters = furnish(&bench, ada, 230).await;
    furnish(&bench, eve, 1).await;
    let stored = store.collection::<Letter>().unwrap().get(&letters[7]).await.unwrap().unwrap();
    store.commit(Batch::new().delete(&stored)).await.unwrap();
    let found = owned(store, ada).await;
    assert_eq!(collections_of(&found), [("letters", 230), ("desks", 1), ("drafts", 1)]);
    let mut ids: Vec<String> =
        found.iter().filter(|one| one.collection == "letters").map(|one| one.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 230, "each once");
    let letter = found.iter().find(|one| one.id == letters[7].to_string()).unwrap();
    assert_eq!(letter.value, serde_json::to_value(stored.value()).unwrap(), "the same on every engine");
    assert_eq!((letter.deleted_at, letter.created_at), (Some(store.now()), stored.created_at()));
    assert_eq!(found.iter().filter(|one| one.deleted_at.is_some()).count(), 1);
}
