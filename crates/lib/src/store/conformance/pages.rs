//! Lists: order, bounds, prefixes, and stability while the collection changes.

use super::*;

pub(super) async fn odd_keys_are_kept_apart(bench: impl Bench) {
    let keys = [
        "a",
        "A",
        "a ",
        " a",
        "'",
        "\"",
        "''",
        "\\",
        "a\"; DROP TABLE people; --",
        "%",
        "_",
        "$",
        "$ne",
        ".",
        "a.b",
        "é",
        "e\u{301}",
        "ß",
        "ss",
        "İ",
        "i",
        "🦀",
        "👩‍👩‍👧",
        "\u{200b}",
        "\u{feff}",
        "\u{10ffff}",
        "\n",
        "\r\n",
        "null",
        "1",
        "1.0",
        "true",
    ];
    for key in keys {
        let value = Claim { owner: key.to_owned(), ..bench.claim("", 60) };
        bench.store().commit(Batch::new().insert(&ClaimKey(key.into()), value)).await.unwrap();
    }
    for key in keys {
        let claim = bench.claims().get(&ClaimKey(key.into())).await.unwrap().unwrap();
        assert_eq!((claim.id().0.as_str(), claim.value().owner.as_str()), (key, key));
        let found = all(&bench.claims(), &Claim::BY_OWNER.matching(&key.to_owned()), 5).await;
        assert_eq!(found.len(), 1, "{key:?}");
    }
}

pub(super) async fn a_key_with_nul_is_refused(bench: impl Bench) {
    let result = bench.store().commit(Batch::new().insert(&bench.person_id(), person("a\0b"))).await;
    assert!(matches!(result, Err(StoreError::Unstorable { .. })), "{result:?}");
    let none = Person::BY_EMAIL.all().starting_with("a\0");
    assert!(all(&bench.people(), &none, 5).await.is_empty());
}

pub(super) async fn ties_on_the_sort_key_are_ordered_by_id(bench: impl Bench) {
    // One time, one role: 25 people who differ only in the id.
    let mut ids = Vec::new();
    for number in 0..25 {
        ids.push(*bench.insert(person(&number.to_string())).await.id());
    }
    ids.sort();
    ids.reverse();
    for limit in [1, 4, 5, 24, 25, 26] {
        let listed = all(&bench.people(), &Person::BY_ROLE.matching(&Role::User), limit).await;
        assert_eq!(listed.iter().map(|stored| *stored.id()).collect::<Vec<_>>(), ids);
    }
}

pub(super) async fn each_kind_of_key_sorts_by_value(bench: impl Bench) {
    let numbers = [i64::MIN, -(1 << 53) - 1, -1, 0, 1, 9, 10, (1 << 53) + 1, i64::MAX];
    let texts = ["", "A", "B", "a", "ab", "b", "z", "é", "\u{e000}", "😀"];
    for (number, text) in numbers.iter().zip(texts.iter().skip(1)).rev() {
        let last_seen = Timestamp::from_millis(*number);
        bench.insert(Person { score: *number, last_seen, ..person(text) }).await;
    }
    let people = bench.people();
    let by_score = all(&people, &Person::BY_SCORE.matching(&Role::User, &true), 2).await;
    assert!(by_score.iter().map(|stored| stored.value().score).eq(numbers.into_iter().rev()));
    let by_time = all(&people, &Person::BY_LAST_SEEN.matching(&true), 2).await;
    assert!(by_time.iter().map(|stored| stored.value().last_seen.as_millis()).eq(numbers));
    let by_text = all(&people, &Person::BY_EMAIL.all(), 2).await;
    assert_eq!(emails(&by_text), texts[1..]);
    bench.insert(Person { is_active: false, ..person("idle") }).await;
    assert_eq!(emails(&all(&people, &Person::BY_ACTIVITY.all(), 3).await)[0], "idle");
}

pub(super) async fn pages_stay_stable_while_documents_come_and_go(bench: impl Bench) {
    let people = bench.people();
    for number in 0..20 {
        bench.insert(person(&format!("p{number:02}"))).await;
    }
    let mut seen = Vec::new();
    let mut request = first_page(4);
    for turn in 0.. {
        let page = people.find(Person::BY_EMAIL.all()).page(&request).await.unwrap();
        seen.extend(emails(&page.items).into_iter().map(str::to_owned));
        let Some(next) = page.next else { break };
        // One is inserted behind the cursor, one at the end, and the cursor's document is deleted.
        bench.insert(person(&format!("a{turn}"))).await;
        if turn < 3 {
            bench.insert(person(&format!("z{turn}"))).await;
        }
        bench.store().commit(Batch::new().delete(page.items.last().unwrap())).await.unwrap();
        request = page_at(4, next);
    }
    let expected = (0..20).map(|number| format!("p{number:02}")).chain((0..3).map(|turn| format!("z{turn}")));
    assert!(seen.into_iter().eq(expected), "every item exactly once, in order");
}

pub(super) async fn a_prefix_is_literal(bench: impl Bench) {
    for email in
        ["a%b", "a%c", "aXb", "a_b", "a_%", "A%b", "b", "é1", "e", "f", "a\u{10ffff}x", "a\u{10ffff}"]
    {
        bench.insert(person(email)).await;
    }
    let people = bench.people();
    for (prefix, expected) in [
        ("a%", vec!["a%b", "a%c"]),
        ("a_", vec!["a_%", "a_b"]),
        ("é", vec!["é1"]),
        ("e", vec!["e"]),
        (".*", vec![]),
        ("a\u{10ffff}", vec!["a\u{10ffff}", "a\u{10ffff}x"]),
    ] {
        let found = all(&people, &Person::BY_EMAIL.all().starting_with(prefix), 1).await;
        assert_eq!(emails(&found), expected, "{prefix}");
    }
    assert_eq!(all(&people, &Person::BY_EMAIL.all().starting_with(""), 5).await.len(), 12);
}

pub(super) async fn bounds_of_the_sort_key_hold(bench: impl Bench) {
    for score in 0..10 {
        bench.insert(Person { score, ..person(&score.to_string()) }).await;
    }
    let query = Person::BY_SCORE.matching(&Role::User, &true).at_least(&3).below(&7);
    for limit in [1, 2, 10] {
        let found = all(&bench.people(), &query, limit).await;
        assert_eq!(emails(&found), ["6", "5", "4", "3"]);
    }
    let ascending =
        Person::BY_EMAIL.all().at_least(&Email::parse("3").unwrap()).below(&Email::parse("7").unwrap());
    assert_eq!(emails(&all(&bench.people(), &ascending, 2).await), ["3", "4", "5", "6"]);
    let narrower = query.at_least(&1).below(&5);
    assert_eq!(emails(&all(&bench.people(), &narrower, 10).await), ["4", "3"]);
}

pub(super) async fn deleted_documents_are_listed_only_when_asked_for(bench: impl Bench) {
    for number in 0..11 {
        bench.clock().advance(Duration::from_millis(number % 3));
        let stored = bench.insert(person(&format!("{number:02}"))).await;
        if number % 2 == 0 {
            bench.store().commit(Batch::new().delete(&stored)).await.unwrap();
        }
    }
    let people = bench.people();
    let query = Person::BY_EMAIL.all();
    for limit in [1, 3, 100] {
        assert_eq!(emails(&all(&people, &query, limit).await), ["01", "03", "05", "07", "09"]);
        let only = all(&people, &query.clone().only_deleted(), limit).await;
        assert_eq!(emails(&only), ["00", "02", "04", "06", "08", "10"]);
        let both = all(&people, &query.clone().including_deleted(), limit).await;
        assert!(emails(&both).into_iter().eq((0..11).map(|number| format!("{number:02}"))));
        let newest = all(&people, &Person::ALL.all().including_deleted(), limit).await;
        assert_eq!(newest.len(), 11);
        assert!(newest.is_sorted_by_key(|stored| std::cmp::Reverse((stored.created_at(), *stored.id()))));
    }
}

pub(super) async fn the_first_document_of_a_query(bench: impl Bench) {
    let people = bench.people();
    assert!(people.find(Person::ALL.all()).first().await.unwrap().is_none());
    for email in ["b", "c", "a"] {
        bench.clock().advance(Duration::from_millis(1));
        bench.insert(person(email)).await;
    }
    let newest = people.find(Person::ALL.all()).first().await.unwrap().unwrap();
    assert_eq!(newest.value().email.as_str(), "a");
    let least = people.find(Person::BY_EMAIL.all()).first().await.unwrap().unwrap();
    assert_eq!(least.value().email.as_str(), "a");
}

pub(super) async fn the_same_keys_are_listed_in_both_directions(bench: impl Bench) {
    let events: Collection<Event> = bench.store().collection().unwrap();
    for number in 0..7 {
        bench.clock().advance(Duration::from_millis(number % 2));
        let id = EventId::generate(bench.clock().as_ref(), &SystemRng);
        let number = i64::try_from(number).unwrap();
        bench.store().commit(Batch::new().insert(&id, Event { number })).await.unwrap();
    }
    let mut oldest: Vec<_> =
        all(&events, &Event::FEED.all(), 2).await.iter().map(|event| *event.id()).collect();
    let newest: Vec<_> =
        all(&events, &Event::LATEST.all(), 2).await.iter().map(|event| *event.id()).collect();
    let walked_back: Vec<_> =
        all(&events, &Event::FEED.all().newest_first(), 2).await.iter().map(|event| *event.id()).collect();
    oldest.reverse();
    assert_eq!((oldest.len(), oldest, walked_back), (7, newest.clone(), newest));
    assert!(bench.store().drift().await.unwrap().is_none());
}

pub(super) async fn a_settled_page_waits_for_what_may_still_come_before(bench: impl Bench) {
    let events: Collection<Event> = bench.store().collection().unwrap();
    let write = async |number| {
        let id = EventId::generate(bench.clock().as_ref(), &SystemRng);
        bench.store().commit(Batch::new().insert(&id, Event { number })).await.unwrap();
    };
    let read = async |request: &PageRequest| {
        let page = events.settled(Event::FEED.all(), request).await.unwrap();
        let numbers: Vec<_> = page.items.iter().map(|event| event.value().number).collect();
        (numbers, page.next)
    };
    let settling = bench.store().settles_after();
    assert_eq!(read(&first_page(2)).await, (Vec::new(), None));
    for number in 0..3 {
        write(number).await;
        bench.clock().advance(Duration::from_millis(1));
    }
    bench.clock().advance(settling.saturating_sub(Duration::from_millis(4)));
    assert_eq!(read(&first_page(2)).await.0, [0; 0], "a batch may still commit before the first one");
    bench.clock().advance(Duration::from_millis(3));
    let (numbers, next) = read(&first_page(2)).await;
    assert_eq!(numbers, [0, 1]);
    bench.clock().advance(Duration::from_millis(1));
    let second = page_at(2, next.unwrap());
    let (numbers, next) = read(&second).await;
    assert_eq!(numbers, [2], "the last page has a cursor as well");
    let third = page_at(2, next.clone().unwrap());
    assert_eq!(read(&third).await, (Vec::new(), next), "nothing new: the reader keeps the cursor");
    write(3).await;
    assert!(read(&third).await.0.is_empty());
    bench.clock().advance(settling + Duration::from_millis(1));
    assert_eq!(read(&third).await.0, [3]);
    let foreign = events.settled(Event::FEED.all().at_least(&Timestamp::EPOCH), &third).await;
    assert!(matches!(foreign, Err(StoreError::InvalidCursor)), "{foreign:?}");
}
