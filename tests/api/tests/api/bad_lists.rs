//! Invalid requests for lists: limits, cursors and filters that a stranger made up.
#![expect(clippy::expect_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::World;
use serde_json::Value;

const USERS: &str = "/api/v1/users";

#[tokio::test]
async fn a_limit_is_a_whole_number_from_1_to_100_given_once() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    for (query, detail) in [
        ("limit=0", "limit:out_of_range"),
        ("limit=-1", "limit:out_of_range"),
        ("limit=101", "limit:out_of_range"),
        ("limit=1000000000", "limit:out_of_range"),
        ("limit=9223372036854775808", "limit:out_of_range"),
        ("limit=18446744073709551616", "limit:out_of_range"),
        ("limit=-18446744073709551616", "limit:out_of_range"),
        ("limit=NaN", "limit:invalid_type"),
        ("limit=all", "limit:invalid_type"),
        ("limit=", "limit:invalid_type"),
        ("limit=1.5", "limit:invalid_type"),
        ("limit=1e2", "limit:invalid_type"),
        ("limit=%2B5", "limit:invalid_type"),
        ("limit=+5", "limit:invalid_type"),
        ("limit=0x10", "limit:invalid_type"),
        ("limit=%D9%A3", "limit:invalid_type"),
        ("limit=10;%20drop", "limit:invalid_type"),
        ("limit=5&limit=5", "limit:not_allowed"),
        ("limit=5&limit=500&limit=1", "limit:not_allowed"),
        ("limit=5&%6cimit=6", "limit:not_allowed"),
        ("limit[]=5", "limit[]:unknown_field"),
        ("limit[$gt]=5", "limit[$gt]:unknown_field"),
        ("page=9223372036854775807", "page:unknown_field"),
        ("sort=$where", "sort:unknown_field"),
        ("sort=passwordHash", "sort:unknown_field"),
        ("email[$ne]=x", "email[$ne]:unknown_field"),
        ("q[$regex]=.*", "q[$regex]:unknown_field"),
        ("Limit=5", "Limit:unknown_field"),
    ] {
        let answer = root.get(&format!("{USERS}?{query}")).await;
        assert!(answer.is_refusal(400, "VALIDATION_FAILED"), "{query}: {} {}", answer.status, answer.body);
        assert_eq!(answer.details(), [detail], "{query}");
    }
    for (query, status) in [("limit=1", 200), ("limit=100", 200), ("", 200)] {
        assert_eq!(root.get(&format!("{USERS}?{query}")).await.status, status, "{query}");
    }
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_malformed_and_a_search_is_a_prefix_of_letters() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    let many = "a=1&".repeat(100);
    for query in ["q=%ff", "q=%c0%af", "%ff=1", many.as_str()] {
        let answer = root.get(&format!("{USERS}?{query}")).await;
        assert!(answer.is_refusal(400, "MALFORMED_REQUEST"), "{query}: {}", answer.body);
    }
    for literal in [".*", "^r", "(a+)+$", "%25", "_oot", "'--", "root%00", "%2524"] {
        let answer = root.get(&format!("{USERS}?q={literal}")).await;
        let found = answer.at("/data/items").as_array().map_or(0, Vec::len);
        assert!(matches!(answer.status, 200 | 400) && found == 0, "{literal}: {}", answer.body);
    }
    assert_eq!(root.get(&format!("{USERS}?q={}", "a".repeat(300))).await.details(), ["q:too_long"]);
    assert!(root.get(&format!("{USERS}?q={}", "a".repeat(100_000))).await.status >= 414);
    let answer = root.get(&format!("{USERS}?q=root&role=user&status=active")).await;
    assert_eq!(answer.details(), ["role:not_allowed", "status:not_allowed"]);
    assert_eq!(root.get(&format!("{USERS}?q=ROOT")).await.at("/data/items/0/email"), "root@example.org");
}

async fn a_cursor(world: &World, query: &str) -> String {
    let mut root = world.super_admin("root@example.org").await;
    for later in ["bob@example.org", "ada@example.org", "kim@example.org"] {
        world.advance(Duration::from_secs(1));
        world.user(later).await;
    }
    let first = root.get(&format!("{USERS}?{query}")).await;
    first.at("/meta/page/nextCursor").as_str().expect("a second page").to_owned()
}

#[tokio::test]
async fn a_cursor_is_valid_only_unchanged_and_for_its_own_list() {
    let world = World::new().await;
    let cursor = a_cursor(&world, "limit=1").await;
    let mut root = world.browser();
    let credentials =
        serde_json::json!({"email": "root@example.org", "password": palisade_api_tests::world::PASSWORD});
    assert_eq!(root.post("/api/v1/auth/login", credentials).await.status, 200);
    let second = root.get(&format!("{USERS}?limit=1&cursor={cursor}")).await;
    assert_eq!(second.at("/data/items/0/email"), "ada@example.org");

    let mut tampered: Vec<String> = Vec::new();
    for at in 0..cursor.len() {
        for other in ["A", "z", "5", "-", "_", "."] {
            let mut changed = cursor.clone();
            changed.replace_range(at..=at, other);
            tampered.push(changed);
        }
        tampered.push(cursor[..at].to_owned());
    }
    tampered.retain(|changed| *changed != cursor);
    // One of each class everywhere would be a thousand requests; every byte is still changed at least once.
    let tampered = tampered.into_iter().step_by(3);
    let odd = ["*", "%00", "a%20b", "%2e%2e", "null", "{}", "1"].map(str::to_owned);
    let long = ["A".repeat(1025), format!("{cursor}A"), format!("{cursor}="), format!("{cursor}.{cursor}")];
    for wrong in tampered.chain(odd).chain(long) {
        let answer = root.get(&format!("{USERS}?limit=1&cursor={wrong}")).await;
        assert!(answer.is_refusal(400, "VALIDATION_FAILED"), "{wrong}: {} {}", answer.status, answer.body);
        assert_eq!(answer.details(), ["cursor:invalid_format"], "{wrong}");
    }
    for elsewhere in ["role=user", "status=active", "deleted=true", "q=a"] {
        let answer = root.get(&format!("{USERS}?{elsewhere}&cursor={cursor}")).await;
        assert_eq!(
            (answer.status, answer.details()),
            (400, vec!["cursor:invalid_format".to_owned()]),
            "{elsewhere}"
        );
    }
    let foreign = a_cursor(&World::new().await, "limit=1").await;
    let answer = root.get(&format!("{USERS}?limit=1&cursor={foreign}")).await;
    assert_eq!(answer.details(), ["cursor:invalid_format"], "another server's");
}

#[tokio::test]
async fn ids_are_validated_and_unknown_ones_are_not_found() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    let me = root.get("/api/v1/users/me").await.at("/data/id").as_str().unwrap().to_owned();
    assert_eq!(root.get(&format!("{USERS}/{me}")).await.status, 200);
    let uuid = me.strip_prefix("usr_").unwrap();
    let wrong = [
        uuid.to_owned(),
        format!("ses_{uuid}"),
        format!("USR_{uuid}"),
        format!("{me}."),
        format!("{me}%00"),
        format!("%20{me}"),
        format!("{me}%2f..%2fme"),
        "507f1f77bcf86cd799439011".to_owned(),
        "%7B%22$ne%22:null%7D".to_owned(),
        "1%20OR%201=1".to_owned(),
        "usr_".to_owned(),
        "null".to_owned(),
        "%252e%252e".to_owned(),
    ];
    for id in wrong {
        let answer = root.get(&format!("{USERS}/{id}")).await;
        assert!(answer.is_refusal(400, "VALIDATION_FAILED"), "{id}: {} {}", answer.status, answer.body);
        assert_eq!(answer.details(), ["id:invalid_format"], "{id}");
    }
    let mut foreign: Vec<char> = me.chars().collect();
    let last = foreign.last_mut().unwrap();
    *last = if *last == '0' { '1' } else { '0' };
    let answer = root.get(&format!("{USERS}/{}", foreign.iter().collect::<String>())).await;
    assert!(answer.is_refusal(404, "NOT_FOUND"), "{}", answer.body);

    // Without the permission nothing of this is told.
    let mut ada = world.user("ada@example.org").await;
    let mut told = Vec::<Value>::new();
    for id in [me.as_str(), "nonsense", "usr_00000000000070008000000000000000"] {
        let answer = ada.get(&format!("{USERS}/{id}?limit=x")).await;
        assert_eq!(answer.status, 403);
        told.push(answer.without_id());
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
}
