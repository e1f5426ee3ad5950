//! The first super-admin: through the link of the first start, or through the command line.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::binary::{Binary, command};
use palisade_api_tests::world::{Kept, PASSWORD};
use palisade_api_tests::{Answer, World};
use palisade_core::identity::Operator;
use palisade_core::values::Field as _;
use palisade_modules::user::types::{Email, NewPassword};
use serde_json::{Value, json};

const SETUP: &str = "/api/v1/auth/setup";
const LOGIN: &str = "/api/v1/auth/login";

fn operator() -> Operator<'static> {
    Operator::for_tests("test")
}

fn token_of(link: &str) -> String {
    link.split_once("#token=").unwrap().1.to_owned()
}

/// The link that a first start prints.
async fn first_link(world: &World) -> String {
    token_of(&world.services.auth.setup.first_link(&operator()).await.unwrap().unwrap())
}

/// The link that the operator makes for one person.
async fn link_for(world: &World, email: &str) -> String {
    let email = Email::parse(email).unwrap();
    token_of(&world.services.auth.setup.link_for(&operator(), email).await.unwrap())
}

async fn set_up(world: &World, token: &str, email: &str) -> Answer {
    let body = json!({"token": token, "email": email, "password": PASSWORD, "name": "Root"});
    world.browser().post(SETUP, body).await
}

fn said(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// How many super-admins there are: as the guard counts them, and as they are.
fn super_admins(world: &World) -> (i64, usize) {
    (
        world.database.values("guards").iter().filter_map(|guard| guard["count"].as_i64()).max().unwrap_or(0),
        world.database.values("users").iter().filter(|user| user["role"] == "super_admin").count(),
    )
}

#[tokio::test]
async fn the_link_of_the_first_start_creates_one_super_admin() {
    let world = World::new().await;
    let (token, spare) = (first_link(&world).await, first_link(&world).await);
    let made = set_up(&world, &token, "root@example.org").await;
    assert_eq!((made.status, made.at("/data/user/role")), (201, json!("super_admin")));
    assert_eq!(made.at("/data/user/name"), "Root");
    let set: Vec<&str> = made.all("set-cookie").filter_map(|cookie| cookie.split('=').next()).collect();
    assert_eq!(set, ["palisade-registration"], "nobody is signed in by it");

    let mut root = world.browser();
    let credentials = json!({"email": "root@example.org", "password": PASSWORD});
    assert_eq!(root.post(LOGIN, credentials).await.status, 200);
    assert_eq!(root.get("/api/v1/users").await.status, 200);

    for dead in [&token, &spare] {
        assert_eq!(said(&set_up(&world, dead, "other@example.org").await), refused(404, "NOT_FOUND"));
    }
    assert!(world.services.auth.setup.first_link(&operator()).await.unwrap().is_none());
    assert_eq!(super_admins(&world), (1, 1));
}

#[tokio::test]
async fn the_link_of_the_first_start_ends_with_the_first_super_admin() {
    let world = World::new().await;
    let token = first_link(&world).await;
    world.super_admin("root@example.org").await;
    assert_eq!(said(&set_up(&world, &token, "other@example.org").await), refused(404, "NOT_FOUND"));
    assert_eq!(super_admins(&world), (1, 1));
}

#[tokio::test]
async fn a_setup_link_is_valid_for_an_hour() {
    let world = World::new().await;
    let in_time = link_for(&world, "in-time@example.org").await;
    let late = link_for(&world, "late@example.org").await;
    let first = first_link(&world).await;
    world.advance(Duration::from_hours(1).saturating_sub(Duration::from_millis(1)));
    assert_eq!(set_up(&world, &in_time, "in-time@example.org").await.status, 201);
    world.advance(Duration::from_millis(1));
    assert_eq!(said(&set_up(&world, &late, "late@example.org").await), refused(404, "NOT_FOUND"));
    assert_eq!(said(&set_up(&world, &first, "late@example.org").await), refused(404, "NOT_FOUND"));
    assert_eq!(super_admins(&world), (1, 1));
}

#[tokio::test]
async fn a_link_for_an_address_works_only_for_it() {
    let world = World::new().await;
    world.super_admin("root@example.org").await;
    let token = link_for(&world, "ada@example.org").await;
    let wrong = set_up(&world, &token, "eve@example.org").await;
    assert_eq!(said(&wrong), refused(404, "NOT_FOUND"));
    let made = set_up(&world, &token, "ADA@Example.org").await;
    assert_eq!((made.status, made.at("/data/user/email")), (201, json!("ada@example.org")));
    assert_eq!(said(&set_up(&world, &token, "ada@example.org").await), refused(404, "NOT_FOUND"));
    assert_eq!(super_admins(&world), (2, 2));
}

#[tokio::test]
async fn a_token_works_only_for_its_purpose() {
    let world = World::new().await;
    let mut ada = world.browser();
    let asked = json!({"email": "ada@example.org", "password": PASSWORD});
    assert_eq!(ada.post("/api/v1/auth/register", asked).await.status, 202);
    let (verification, setup) = (world.mailed_token("ada@example.org").await, first_link(&world).await);

    assert_eq!(said(&set_up(&world, &verification, "ada@example.org").await), refused(400, "TOKEN_INVALID"));
    let crossed = ada.post("/api/v1/auth/verify-email", json!({"token": setup, "password": PASSWORD})).await;
    assert_eq!(said(&crossed), refused(400, "TOKEN_INVALID"));
}

#[tokio::test]
async fn a_taken_address_is_reported_and_does_not_use_up_the_link() {
    let world = World::new().await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    let token = first_link(&world).await;
    assert_eq!(said(&set_up(&world, &token, "ada@example.org").await), refused(409, "EMAIL_TAKEN"));
    assert_eq!(super_admins(&world), (0, 0));

    let ada = || Email::parse("ada@example.org").unwrap();
    let linked = world.services.auth.setup.link_for(&operator(), ada()).await.unwrap_err();
    let password = NewPassword::from_text(PASSWORD.to_owned()).unwrap();
    let made = world.services.auth.setup.create_super_admin(&operator(), ada(), password).await.unwrap_err();
    assert_eq!((linked.code().name, made.code().name), ("EMAIL_TAKEN", "EMAIL_TAKEN"));

    assert_eq!(set_up(&world, &token, "root@example.org").await.status, 201);
    assert_eq!(super_admins(&world), (1, 1));
}

/// Sends these setups at once; gives how many made a super-admin.
async fn race(world: &World, setups: Vec<(String, String)>) -> usize {
    let racing: Vec<_> = setups
        .into_iter()
        .map(|(token, email)| {
            let mut browser = world.browser();
            let body = json!({"token": token, "email": email, "password": PASSWORD});
            tokio::spawn(async move { browser.post(SETUP, body).await })
        })
        .collect();
    let mut made = 0;
    for setup in racing {
        let answer = setup.await.unwrap();
        match answer.status {
            201 => made += 1,
            _ => assert!(["TOKEN_INVALID", "NOT_FOUND"].contains(&answer.code().as_str()), "{}", answer.body),
        }
    }
    made
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_concurrent_first_setups_exactly_one_wins() {
    for links in [1, 12] {
        // Hashing takes a while: all have looked whether there is a super-admin before the first of them is made.
        let world = World::hashing_at(8, Kept::new()).await;
        let mut tokens = Vec::new();
        for _ in 0..links {
            tokens.push(first_link(&world).await);
        }
        let setups = (0..12).map(|n| (tokens[n % links].clone(), format!("root{n}@example.org")));
        assert_eq!(race(&world, setups.collect()).await, 1, "{links} links");
        assert_eq!(super_admins(&world), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn links_for_different_addresses_are_independent() {
    let world = World::new().await;
    let mut setups = Vec::new();
    for n in 0..8 {
        let email = format!("root{n}@example.org");
        setups.push((link_for(&world, &email).await, email));
    }
    assert_eq!(race(&world, setups).await, 8);
    assert_eq!(super_admins(&world), (8, 8));
}

fn admin_create(server: &Binary, arguments: &[&str]) -> (bool, String) {
    let arguments = [&["admin", "create"], arguments].concat();
    let output = command(server.folder(), &arguments, &[]).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// The token after `#token=` in what a program printed.
fn printed_token(text: &str) -> String {
    let (_, rest) = text.split_once("#token=").unwrap();
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}

#[tokio::test]
async fn the_operator_makes_super_admins_beside_the_running_server() {
    let server = Binary::start(&[]).await;
    let first = printed_token(&server.output("stderr.log"));
    let log = server.output("stdout.log");
    assert!(!log.contains("ADMIN_EMAIL"), "a setting that nobody made: {log}");
    std::fs::write(server.folder().join("weak"), "password1234\n").unwrap();
    std::fs::write(server.folder().join("good"), "a fine long passphrase\n").unwrap();

    let (made, text) = admin_create(&server, &["--email", "root@example.org", "--password-file", "weak"]);
    assert!(!made && text.contains("password"), "{text}");
    let (made, text) = admin_create(&server, &["--email", "not an address", "--password-file", "good"]);
    assert!(!made && text.contains("--email"), "{text}");
    let (made, text) = admin_create(&server, &["--email", "Root@Example.org", "--password-file", "good"]);
    assert!(made && text.contains("root@example.org"), "{text}");
    assert!(!text.contains("passphrase"), "{text}");
    let (made, text) = admin_create(&server, &["--email", "root@example.org", "--password-file", "good"]);
    assert!(!made && text.contains("already"), "{text}");

    let mut root = server.browser();
    let credentials = json!({"email": "root@example.org", "password": "a fine long passphrase"});
    assert_eq!(root.post(LOGIN, credentials).await.status, 200);
    let late = json!({"token": first, "email": "late@example.org", "password": PASSWORD});
    assert_eq!(server.browser().post(SETUP, late).await.code(), "NOT_FOUND");

    // Without a password: a link to choose one, for this address.
    let (made, text) = admin_create(&server, &["--email", "second@example.org"]);
    assert!(made && text.contains("works once, within 1h"), "{text}");
    let token = printed_token(&text);
    let mut second = server.browser();
    let body = |email: &str| json!({"token": token, "email": email, "password": PASSWORD});
    assert_eq!(second.post(SETUP, body("third@example.org")).await.code(), "NOT_FOUND");
    assert_eq!(second.post(SETUP, body("second@example.org")).await.status, 201);
    let credentials = json!({"email": "second@example.org", "password": PASSWORD});
    assert_eq!(second.post(LOGIN, credentials).await.status, 200);
    let people: Vec<Value> = root.get("/api/v1/users").await.at("/data/items").as_array().unwrap().clone();
    assert!(people.len() == 2 && people.iter().all(|person| person["role"] == "super_admin"));
}
