//! The number of mails that strangers may cause, and that no stranger keeps the owner of an address from a working
//! link.

use std::time::Duration;

use palisade_api_tests::World;
use palisade_api_tests::world::{PASSWORD, token_of};
use palisade_core::ports::Clock as _;
use serde_json::{Value, json};

const REGISTER: &str = "/api/v1/auth/register";
const RESEND: &str = "/api/v1/auth/resend-verification";
const VERIFY: &str = "/api/v1/auth/verify-email";
const DAY: Duration = Duration::from_hours(24);

async fn register_from(world: &World, network: &str, email: &str) {
    let mut program = world.program().with_header("X-Forwarded-For", network);
    let asked = program.post(REGISTER, json!({"email": email, "password": PASSWORD})).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
}

async fn resend(world: &World, email: &str) {
    let asked = world.program().post(RESEND, json!({ "email": email })).await;
    assert_eq!((asked.status, asked.at("/data")), (202, json!({})), "{}", asked.body);
}

/// Waits until nothing is under way.
async fn settled(world: &World) {
    while world.mails_under_way().await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn mails_to(world: &World, email: &str) -> Vec<Value> {
    settled(world).await;
    let mut found = world.mails().await;
    found.retain(|mail| mail["to"] == email);
    found
}

/// Whether the owner can prove the address with the newest link, from a browser of their own.
async fn newest_link_works(world: &World, email: &str) -> bool {
    let newest = mails_to(world, email).await.remove(0);
    link_works(world, &newest).await
}

async fn link_works(world: &World, mail: &Value) -> bool {
    let answer = world.browser().post(VERIFY, json!({"token": token_of(mail)})).await;
    // Another browser than the one that registered is asked for a password: the link is good, and stays so.
    assert!(matches!(answer.code().as_str(), "PASSWORD_REQUIRED" | "TOKEN_INVALID"), "{}", answer.body);
    answer.code() == "PASSWORD_REQUIRED"
}

#[tokio::test]
async fn a_flood_of_a_day_brings_few_mails_and_the_owner_always_has_a_link() {
    let world = World::set(&[("MAIL_BUDGET", "3/15m"), ("MAIL_BUDGET_DAY", "10/1d")]).await;
    let mut first_day = 0;
    // Those of the last day, newest first.
    let mut mails: Vec<Value> = Vec::new();
    register_from(&world, "192.0.2.1", "ada@example.org").await;
    let mut seen_until = world.clock.now();
    // Two days, more than the short budget lets pass in each of its windows.
    for quarter in 0..192 {
        for _ in 0..4 {
            resend(&world, "ada@example.org").await;
            settled(&world).await;
            world.advance(Duration::from_secs(30));
        }
        let mut since = world.mails_since(seen_until).await;
        since.retain(|mail| mail["to"] == "ada@example.org");
        mails.splice(..0, since);
        seen_until = world.clock.now();
        let a_day_ago = world.clock.now().minus(DAY).to_string();
        // Times as text sort as times do.
        mails.retain(|mail| mail["sentAt"].as_str().is_some_and(|sent_at| sent_at > &*a_day_ago));
        let half_a_life_ago = world.clock.now().minus(DAY / 2).to_string();
        let newest = mails.first().expect("a mail in the last day");
        let is_young = newest["sentAt"].as_str().is_some_and(|sent_at| sent_at >= &*half_a_life_ago);
        assert!(is_young, "the newest link holds for half its life at least: {newest}");
        assert!(mails.len() <= 12, "{} mails in a day", mails.len());
        if quarter % 12 == 0 {
            assert!(link_works(&world, newest).await, "after {quarter} quarters");
        }
        if quarter == 95 {
            first_day = mails.len();
            // The mailbox keeps a day, and holds the same.
            assert_eq!(mails, mails_to(&world, "ada@example.org").await);
        }
        world.advance(Duration::from_mins(13));
    }
    assert!(first_day >= 10, "the day's budget can be used: {first_day}");
}

#[tokio::test]
async fn late_requests_of_a_stranger_do_not_use_up_the_owners_links() {
    let world = World::set(&[("MAIL_BUDGET", "3/15m"), ("MAIL_BUDGET_DAY", "10/1d")]).await;
    register_from(&world, "192.0.2.1", "ada@example.org").await;
    settled(&world).await;
    world.advance(Duration::from_mins(24 * 60 - 50));
    for _ in 0..16 {
        resend(&world, "ada@example.org").await;
        settled(&world).await;
        world.advance(Duration::from_mins(3));
    }
    world.advance(Duration::from_hours(6));
    assert!(newest_link_works(&world, "ada@example.org").await, "it holds as long as the letter says");
}

#[tokio::test]
async fn notices_end_with_the_budget_of_the_day() {
    let world = World::set(&[("MAIL_BUDGET", "3/15m"), ("MAIL_BUDGET_DAY", "4/1d")]).await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    for _ in 0..20 {
        register_from(&world, "192.0.2.1", "ada@example.org").await;
        settled(&world).await;
        world.advance(Duration::from_mins(16));
    }
    let notices = mails_to(&world, "ada@example.org").await;
    let notices = notices.iter().filter(|mail| mail["subject"].as_str().unwrap().contains("already")).count();
    assert_eq!(notices, 4);
}

#[tokio::test]
async fn one_flooding_network_shuts_out_no_other() {
    let world = World::set(&[("MAIL_BUDGET_SERVER", "20/1h"), ("TRUSTED_PROXIES", "loopback")]).await;
    world.registered(&mut world.browser(), "known@example.org").await;
    world.advance(Duration::from_hours(1));
    for number in 0..30 {
        // One neighborhood, thirty clients.
        register_from(&world, &format!("192.0.2.{number}"), &format!("invented-{number}@example.org")).await;
    }
    settled(&world).await;
    let invented = async |world: &World| {
        settled(world).await;
        let mails = world.mails().await;
        mails.iter().filter(|mail| mail["to"].as_str().unwrap().starts_with("invented-")).count()
    };
    // Half of the budget, and three of the half that is kept.
    assert_eq!(invented(&world).await, 13);
    assert_eq!(world.services.mails.tally().held, 17, "nothing is lost: they wait");

    register_from(&world, "198.51.100.7", "owner@example.org").await;
    assert_eq!(
        mails_to(&world, "owner@example.org").await.len(),
        1,
        "somebody from elsewhere is served at once"
    );
    register_from(&world, "192.0.2.200", "known@example.org").await;
    let notices = mails_to(&world, "known@example.org").await;
    assert_eq!(notices.len(), 2, "people with an account have a budget of their own");

    for _ in 0..4 {
        world.advance(Duration::from_hours(1));
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            settled(&world).await;
        }
    }
    assert_eq!(invented(&world).await, 30, "they go out when there is room");
}
