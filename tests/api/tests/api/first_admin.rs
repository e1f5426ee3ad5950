//! The first administrator that the environment names: created or invited once, by the fastest instance, and never
//! again.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::binary::{Binary, run, succeed};
use palisade_api_tests::world::{GENEROUS, Kept, PASSWORD};
use palisade_api_tests::{Answer, World};
use palisade_core::config::{Config, Env};
use palisade_core::identity::Operator;
use palisade_core::ports::SystemRng;
use palisade_modules::auth::{FirstAdmin, FirstAdminState};
use serde_json::json;

const ROOT: &str = "root@example.org";
const INVITED: [(&str, &str); 1] = [("ADMIN_EMAIL", ROOT)];
const MADE: [(&str, &str); 2] = [("ADMIN_EMAIL", ROOT), ("ADMIN_PASSWORD", PASSWORD)];

/// A start over what an earlier one left, with generous limits and these variables.
async fn start(kept: Kept, variables: &[(&str, &str)]) -> World {
    World::within(kept, &[&GENEROUS, variables].concat()).await
}

/// How many people there are, and how many of them are super-admins.
fn people(world: &World) -> (usize, usize) {
    let people = world.database.values("users");
    (people.len(), people.iter().filter(|person| person["role"] == "super_admin").count())
}

async fn set_up(world: &World, token: &str) -> Answer {
    let body = json!({"token": token, "email": ROOT, "password": PASSWORD});
    world.browser().post("/api/v1/auth/setup", body).await
}

async fn signs_in(world: &World) -> u16 {
    let credentials = json!({"email": ROOT, "password": PASSWORD});
    world.browser().post("/api/v1/auth/login", credentials).await.status
}

/// What these variables name.
fn named(variables: &[(&str, &str)]) -> FirstAdmin {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite://{}/p.db", folder.path().display());
    let env = variables.iter().copied().chain([("DATABASE_URL", store.as_str())]);
    let config = Config::load(&Env::from_pairs(env), &SystemRng).unwrap();
    FirstAdmin::named_by(&config).unwrap().unwrap()
}

async fn make(world: &World, named: Option<&FirstAdmin>) -> FirstAdminState {
    let operator = Operator::for_tests("test");
    world.services.auth.first_admin.honor(&operator, named).await.unwrap()
}

#[tokio::test]
async fn the_first_start_makes_the_account_and_no_later_one_changes_it() {
    let world = start(Kept::new(), &MADE).await;
    assert_eq!((people(&world), signs_in(&world).await), ((1, 1), 200));
    let other = [("ADMIN_EMAIL", ROOT), ("ADMIN_PASSWORD", "another fine passphrase")];
    let world = start(world.stop().await, &other).await;
    assert_eq!((people(&world), signs_in(&world).await), ((1, 1), 200), "the password is the first one");
    assert!(world.mails().await.is_empty(), "nothing was mailed");
}

#[tokio::test]
async fn an_account_that_is_gone_is_never_made_again() {
    let world = start(Kept::new(), &MADE).await;
    for gone in ["users", "identities"] {
        world.database.clear(gone);
    }
    world.database.alter_one("guards", "super-admins", "count", &json!(0));
    for variables in [MADE.as_slice(), &INVITED, &[("ADMIN_EMAIL", "other@example.org")]] {
        assert_eq!(make(&world, Some(&named(variables))).await, FirstAdminState::NamedBefore);
    }
    let world = start(world.stop().await, &MADE).await;
    assert_eq!(people(&world), (0, 0));
    assert!(world.mails().await.is_empty(), "nothing was mailed");
    world.made_super_admin(ROOT).await;
    assert_eq!(people(&world), (1, 1), "the operator's own hand can");
}

#[tokio::test]
async fn without_a_password_a_link_is_mailed_once_and_makes_the_account() {
    let world = start(Kept::new(), &INVITED).await;
    let token = world.mailed_token(ROOT).await;
    let world = start(world.stop().await, &INVITED).await;
    assert_eq!(world.settled_mails_to(ROOT).await.len(), 1, "the second start mails nothing");
    assert_eq!(people(&world), (0, 0));
    let made = set_up(&world, &token).await;
    assert_eq!((made.status, made.at("/data/user/role")), (201, json!("super_admin")), "{}", made.body);
    assert_eq!((people(&world), signs_in(&world).await), ((1, 1), 200));
    assert_eq!(make(&world, Some(&named(&INVITED))).await, FirstAdminState::There);
}

#[tokio::test]
async fn a_link_that_was_not_used_in_time_is_not_mailed_again() {
    let world = start(Kept::new(), &INVITED).await;
    let token = world.mailed_token(ROOT).await;
    world.advance(Duration::from_hours(1));
    assert_eq!(set_up(&world, &token).await.code(), "TOKEN_INVALID");
    assert_eq!(make(&world, Some(&named(&INVITED))).await, FirstAdminState::NamedBefore);
    assert_eq!(make(&world, Some(&named(&MADE))).await, FirstAdminState::NamedBefore);
    assert_eq!(people(&world), (0, 0));
}

#[tokio::test]
async fn with_a_super_admin_nobody_is_created_or_mailed() {
    let world = World::new().await;
    world.made_super_admin("ada@example.org").await;
    for variables in [MADE.as_slice(), &INVITED] {
        assert_eq!(make(&world, Some(&named(variables))).await, FirstAdminState::There);
    }
    let world = start(world.stop().await, &MADE).await;
    assert_eq!(people(&world), (1, 1));
    assert!(world.settled_mails_to(ROOT).await.is_empty());
}

#[tokio::test]
async fn an_address_with_an_account_is_left_as_it_is() {
    let world = World::new().await;
    world.registered(&mut world.browser(), ROOT).await;
    for variables in [MADE.as_slice(), &INVITED] {
        assert_eq!(make(&world, Some(&named(variables))).await, FirstAdminState::Taken);
    }
    assert_eq!(people(&world), (1, 0));
    // Nothing was used up: another address has its turn.
    let other = named(&[("ADMIN_EMAIL", "other@example.org"), ("ADMIN_PASSWORD", PASSWORD)]);
    assert_eq!(make(&world, Some(&other)).await, FirstAdminState::There);
    assert_eq!(people(&world), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_instances_that_start_at_once_exactly_one_acts() {
    for variables in [MADE.as_slice(), &INVITED] {
        let world = World::new().await;
        let others = [world.beside().await, world.beside().await, world.beside().await];
        let [one, two, three] = &others;
        let named = named(variables);
        let act = async |instance: &World| make(instance, Some(&named)).await;
        tokio::join!(act(&world), act(one), act(two), act(three));
        if variables == INVITED {
            assert_eq!(world.settled_mails_to(ROOT).await.len(), 1);
            assert_eq!(people(&world), (0, 0));
        } else {
            assert_eq!(people(&world), (1, 1));
        }
    }
}

#[test]
fn an_invalid_administrator_is_refused_before_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[(&str, &str)], &str); 5] = [
        (&[("ADMIN_EMAIL", "root")], "ADMIN_EMAIL: "),
        (&[("ADMIN_EMAIL", "root@example.123")], "ADMIN_EMAIL: must have a domain name"),
        (&[("ADMIN_EMAIL", ROOT), ("ADMIN_PASSWORD", "password1234")], "ADMIN_PASSWORD: is too common"),
        (
            &[("ADMIN_EMAIL", ROOT), ("ADMIN_PASSWORD", "I am root@example.org")],
            "ADMIN_PASSWORD: must not be or",
        ),
        (&[("ADMIN_PASSWORD", PASSWORD)], "ADMIN_PASSWORD: is set without ADMIN_EMAIL"),
    ];
    for (variables, said) in cases {
        for command in [["check"].as_slice(), &[]] {
            let ran = run(folder.path(), command, variables);
            assert!(ran.status == Some(1) && ran.complained.contains(said), "{said}: {}", ran.complained);
            assert!(!ran.complained.contains("password1234"), "{}", ran.complained);
        }
    }
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was made");
}

#[tokio::test]
async fn the_log_reports_the_result_without_an_address() {
    let passwords = tempfile::tempdir().unwrap();
    let file = passwords.path().join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let variables = [("ADMIN_EMAIL", ROOT), ("ADMIN_PASSWORD_FILE", file.to_str().unwrap())];
    let mut server = Binary::start(&variables).await;
    server.says("created the super-admin that ADMIN_EMAIL names").await;
    let credentials = json!({"email": ROOT, "password": PASSWORD});
    assert_eq!(server.browser().post("/api/v1/auth/login", credentials).await.status, 200);
    assert!(
        !server.output("stdout.log").contains("root@") && !server.output("stdout.log").contains(PASSWORD)
    );
    assert!(!server.output("stderr.log").contains("This link makes the first one"));
    server.die();
    server.start_again(&variables).await;
    assert_eq!(server.output("stdout.log").matches("created the super-admin").count(), 1);
}

#[tokio::test]
async fn production_reports_a_missing_super_admin_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let secret = succeed(folder.path(), &["keys", "new", "--id", "one"], &[]).printed;
    let variables = [
        ("APP_ENV", "production"),
        ("HOST", "127.0.0.1"),
        ("APP_URL", "https://app.example.org"),
        ("SMTP_URL", "smtp://127.0.0.1:9"),
        ("MAIL_FROM", "no-reply@example.org"),
        ("SECRET_KEYS", secret.trim()),
    ];
    let mut server = Binary::start(&variables).await;
    server.says("there is no super-admin: `palisade admin create --email").await;
    server.die();
    let invited = [&variables[..], &INVITED].concat();
    server.start_again(&invited).await;
    server.says("there is no super-admin yet: the server mails a link that creates one to ADMIN_EMAIL").await;
    server.die();
    server.start_again(&invited).await;
    server.says("there is no super-admin, and ADMIN_EMAIL has already been used").await;
    server.die();
    let made = succeed(server.folder(), &["admin", "create", "--email", "other@example.org"], &variables);
    assert!(made.printed.contains("#token="), "{}", made.printed);
}
