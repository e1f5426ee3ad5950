//! Cursors: only a cursor that this store created for this query is accepted.

use super::*;

async fn cursor<S>(bench: &impl Bench, query: Query<Person, S>) -> Cursor {
    bench.people().find(query).page(&first_page(1)).await.unwrap().next.unwrap()
}

async fn refused<S>(bench: &impl Bench, query: Query<Person, S>, cursor: Cursor) -> bool {
    let result = bench.people().find(query).page(&page_at(1, cursor)).await;
    matches!(result, Err(StoreError::InvalidCursor))
}

async fn two_people(bench: &impl Bench) {
    for email in ["a", "b"] {
        bench.insert(person(email)).await;
        let gone = bench.insert(person(email)).await;
        bench.store().commit(Batch::new().delete(&gone)).await.unwrap();
        bench.insert(Person { role: Role::Admin, ..person(email) }).await;
    }
}

pub(super) async fn a_modified_cursor_is_refused(bench: impl Bench) {
    two_people(&bench).await;
    let query = Person::BY_EMAIL.all();
    let good = cursor(&bench, query.clone()).await;
    assert!(!refused(&bench, query.clone(), good.clone()).await);
    let text = good.as_str();
    for position in 0..text.len() {
        for letter in "AB_9".chars() {
            let mut changed = text.to_owned();
            changed.replace_range(position..=position, &letter.to_string());
            if changed != text {
                let accepted = !refused(&bench, query.clone(), Cursor::from_sealed(changed)).await;
                assert!(!accepted, "byte {position} as {letter}");
            }
        }
    }
    for changed in [
        String::new(),
        "A".to_owned(),
        "=".repeat(64),
        format!("{text}A"),
        format!("{text}="),
        text[1..].to_owned(),
    ] {
        assert!(refused(&bench, query.clone(), Cursor::from_sealed(changed)).await);
    }
}

pub(super) async fn a_cursor_of_another_query_is_refused(bench: impl Bench) {
    two_people(&bench).await;
    let by_role = Person::BY_ROLE.matching(&Role::User);
    let good = cursor(&bench, by_role.clone()).await;
    assert!(!refused(&bench, by_role.clone(), good.clone()).await);
    assert!(refused(&bench, Person::ALL.all(), good.clone()).await, "another index");
    assert!(refused(&bench, Person::BY_ROLE.matching(&Role::Admin), good.clone()).await, "another key");
    assert!(refused(&bench, by_role.clone().including_deleted(), good.clone()).await, "with deleted ones");
    assert!(refused(&bench, by_role.clone().only_deleted(), good.clone()).await, "deleted ones only");
    assert!(refused(&bench, by_role.at_least(&Timestamp::EPOCH), good).await, "another bound");

    let prefix = cursor(&bench, Person::BY_EMAIL.all().at_least(&Email::parse("a").unwrap())).await;
    assert!(refused(&bench, Person::BY_EMAIL.all().starting_with("a"), prefix).await, "another prefix");
}

pub(super) async fn a_cursor_of_another_key_is_refused(bench: impl Bench) {
    two_people(&bench).await;
    let query = Person::BY_ROLE.matching(&Role::User);
    let rows = bench.people().rows(query.plan.clone(), None, 1).await.unwrap();
    let position = plan::Position { sort: rows[0].sort.clone(), id: rows[0].document.id.clone() };
    let ours = CursorKey::new(&[1; 32]).seal(Person::SPEC, &query.plan, &position);
    let theirs = CursorKey::new(&[2; 32]).seal(Person::SPEC, &query.plan, &position);
    assert!(!refused(&bench, query.clone(), ours).await);
    assert!(refused(&bench, query, theirs).await);
}

pub(super) async fn the_longest_keys_fit_into_a_cursor(bench: impl Bench) {
    // Both halves of a position at their longest; the emails are text of 4-byte letters.
    let position = plan::Position {
        sort: KeyValue::Text("🦀".repeat(MAX_KEY_BYTES / 4)),
        id: "x".repeat(MAX_KEY_BYTES),
    };
    let query = Person::BY_EMAIL.all();
    let key = CursorKey::new(&[1; 32]);
    let cursor = key.seal(Person::SPEC, &query.plan, &position);
    assert!(cursor.as_str().len() <= Cursor::MAX_LENGTH, "{}", cursor.as_str().len());
    let sent = Cursor::from_text(cursor.as_str().to_owned()).unwrap();
    assert_eq!(key.open(Person::SPEC, &query.plan, &sent).unwrap(), position);
    assert!(!refused(&bench, query, sent).await);
}
