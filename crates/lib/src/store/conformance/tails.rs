//! Tails: no insert is missed.

use std::collections::BTreeSet;

use futures_util::FutureExt as _;

use super::*;

async fn write(store: &Store, clock: &TestClock, numbers: impl Iterator<Item = i64>) {
    let batch = numbers.fold(Batch::new(), |batch, number| {
        batch.insert(&EventId::generate(clock, &SystemRng), Event { number })
    });
    store.commit(batch).await.unwrap();
}

async fn catch_up(tail: &mut Tail<Event>) -> Vec<i64> {
    let mut numbers = Vec::new();
    loop {
        let Tailed { items, caught_up } = tail.poll().await.unwrap();
        assert!(items.len() <= WALK_STEP as usize);
        numbers.extend(items.iter().map(|event| event.value().number));
        if caught_up {
            return numbers;
        }
    }
}

pub(super) async fn a_tail_delivers_everything_once_caught_up(bench: impl Bench) {
    let events: Collection<Event> = bench.store().collection().unwrap();
    let mut tail = events.tail(Event::FEED.all());
    assert!(catch_up(&mut tail).await.is_empty());
    let mut written = BTreeSet::new();
    let mut seen = Vec::new();
    for (turn, (count, sleep)) in (0..).zip([(3, 0), (250, 1), (0, 3600), (100, 9), (1, 10), (120, 11)]) {
        // Up to three pages a turn, some at the same time, some apart, some after a sleep of an hour.
        for part in (0..count).step_by(50) {
            let numbers = (part..(part + 50).min(count)).map(|number| 1000 * turn + number);
            written.extend(numbers.clone());
            write(bench.store(), bench.clock(), numbers).await;
            bench.clock().advance(Duration::from_millis(if part == 50 { 3 } else { 0 }));
        }
        seen.extend(catch_up(&mut tail).await);
        assert!(catch_up(&mut tail).await.is_empty(), "delivered twice");
        bench.clock().advance(Duration::from_secs(sleep));
    }
    assert_eq!(seen.len(), written.len());
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), written);
}

pub(super) async fn a_tail_sees_writes_of_another_store(bench: impl Bench) {
    let events: Collection<Event> = bench.store().collection().unwrap();
    let mut tail = events.tail(Event::FEED.all());
    let other = bench.another().await;
    write(&other, bench.clock(), 0..5).await;
    assert_eq!(catch_up(&mut tail).await.len(), 5);
    write(bench.store(), bench.clock(), 5..6).await;
    write(&other, bench.clock(), 6..7).await;
    assert_eq!(catch_up(&mut tail).await.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([5, 6]));
}

/// A batch carries the time at which it began, and may become visible after a later one was delivered.
pub(super) async fn a_tail_sees_a_document_that_became_visible_late(bench: impl Bench) {
    let events: Collection<Event> = bench.store().collection().unwrap();
    let mut tail = events.tail(Event::FEED.all());
    let slow = bench.store().now();
    bench.clock().advance(BATCH_DEADLINE.saturating_sub(Duration::from_millis(1)));
    write(bench.store(), bench.clock(), 1..2).await;
    assert_eq!(catch_up(&mut tail).await, [1]);

    // Another process's clock shows the time at which that batch began.
    let late = bench.another_at(slow).await;
    write(&late, bench.clock(), 2..3).await;
    assert_eq!(catch_up(&mut tail).await, [2]);
    assert!(catch_up(&mut tail).await.is_empty());
}

/// A page is read, the process sleeps, the next page is read: a commit behind the first page is by then older than
/// a deadline. So the start of the read counts, and a read that returned nothing does not count as started.
pub(super) async fn a_tail_sees_a_commit_behind_a_page_that_it_has_read(bench: impl Bench) {
    let events: Collection<Event> = bench.store().collection().unwrap();
    let mut tail = events.tail(Event::FEED.all());
    let late = bench.another_at(bench.store().now().minus(Duration::from_millis(1))).await;
    for part in (0..250).step_by(50) {
        write(bench.store(), bench.clock(), part..part + 50).await;
    }
    let Tailed { items, caught_up } = tail.poll().await.unwrap();
    assert!(items.len() == WALK_STEP as usize && !caught_up);

    write(&late, bench.clock(), 1000..1001).await;
    bench.clock().advance(BATCH_DEADLINE.saturating_add(Duration::from_secs(1)));
    write(bench.store(), bench.clock(), 1001..1002).await;
    let mut seen = catch_up(&mut tail).await;
    let given_up = tail.poll().now_or_never();
    seen.extend(
        given_up.into_iter().flat_map(|tailed| tailed.unwrap().items).map(|event| event.value().number),
    );
    seen.extend(catch_up(&mut tail).await);
    seen.sort_unstable();
    assert_eq!(seen.len(), 152, "what was committed late was missed, or something came twice: {seen:?}");
    assert_eq!(seen[150..], [1000, 1001]);
}

pub(super) async fn a_tail_of_one_owner_sees_only_theirs(bench: impl Bench) {
    let mut tail = bench.claims().tail(Claim::BY_OWNER.matching(&"ada".to_owned()));
    for (key, owner) in [("1", "ada"), ("2", "eve"), ("3", "ada")] {
        bench
            .store()
            .commit(Batch::new().insert(&ClaimKey(key.into()), bench.claim(owner, 60)))
            .await
            .unwrap();
    }
    let Tailed { items, caught_up } = tail.poll().await.unwrap();
    assert!(caught_up);
    assert_eq!(items.iter().map(|claim| claim.id().0.as_str()).collect::<Vec<_>>(), ["1", "3"]);
}

pub(super) async fn a_tail_survives_a_clock_that_ran_ahead(bench: impl Bench) {
    let events: Collection<Event> = bench.store().collection().unwrap();
    let mut tail = events.tail(Event::FEED.all());
    let ahead = bench.another_at(bench.store().now().plus(Duration::from_hours(1))).await;
    write(&ahead, bench.clock(), 1..2).await;
    assert_eq!(catch_up(&mut tail).await, [1]);
    write(bench.store(), bench.clock(), 2..3).await;
    assert_eq!(catch_up(&mut tail).await.into_iter().filter(|number| *number == 2).count(), 1);
}

/// A primary with another clock was elected, or somebody set the clock: documents with the new time, and those that
/// began with the old one, are seen all the same.
pub(super) async fn a_tail_survives_a_clock_that_is_set(bench: impl Bench) {
    const HOUR: i64 = 3_600_000;
    let events: Collection<Event> = bench.store().collection().unwrap();
    let mut tail = events.tail(Event::FEED.all());
    let mut number = 0;
    for set in [-HOUR, HOUR, 2 * HOUR, -HOUR] {
        bench.clock().advance(Duration::from_secs(30));
        write(bench.store(), bench.clock(), number..=number).await;
        assert_eq!(catch_up(&mut tail).await, [number]);
        let slow = bench.another_at(bench.store().now()).await;
        bench.clock().set(set);
        let new = bench.another().await;
        write(&new, bench.clock(), number + 1..=number + 1).await;
        assert!(
            catch_up(&mut tail).await.contains(&(number + 1)),
            "written by the new time, set by {set} ms"
        );
        write(&slow, bench.clock(), number + 2..=number + 2).await;
        assert!(catch_up(&mut tail).await.contains(&(number + 2)), "begun by the old time, set by {set} ms");
        assert!(catch_up(&mut tail).await.is_empty(), "delivered again and again");
        number += 3;
    }
}
