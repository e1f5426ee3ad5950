//! Mail to a server over sockets: nothing is lost without a permanent error, and the operator can see and act.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::binary::{Binary, run, succeed};
use palisade_api_tests::smtp::{Letter, MailServer};
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{World, until};
use serde_json::{Value, json};

const REGISTER: &str = "/api/v1/auth/register";

async fn register(world: &World, email: &str) {
    let asked = world.program().post(REGISTER, json!({"email": email, "password": PASSWORD})).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
}

/// The states of the mails in the store, and why each waits.
fn outbox(world: &World) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kept = world.database.values("mails");
    kept.iter().map(|mail| (text(&mail["state"]), text(&mail["reason"]))).collect()
}

/// How health shows mail.
async fn health(world: &World) -> Value {
    // What was seen a moment ago is shown for a second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let health = world.program().get("/api/v1/health").await;
    assert_eq!(health.status, 200, "the rest of the product works: {}", health.body);
    let dependencies = health.at("/data/dependencies");
    let mail = dependencies.as_array().unwrap().iter().find(|dependency| dependency["name"] == "mail");
    mail.unwrap()["state"].clone()
}

#[tokio::test]
async fn mail_survives_a_configuration_mistake_and_shows_in_health() {
    let mistakes = [
        ("CONNECT", "554 5.7.1 no access from your network", "the greeting was answered 554 5.7.1"),
        ("EHLO", "550 not you", "the greeting was answered 550"),
        ("MAIL", "553 5.7.1 sender address not owned by the login", "MAIL FROM was answered 553 5.7.1"),
        ("MAIL", "550 5.1.1 sender unknown", "MAIL FROM was answered 550 5.1.1"),
        ("RCPT", "550 relay not permitted", "RCPT TO was answered 550"),
        ("RCPT", "550 Invalid recipient", "RCPT TO was answered 550"),
        ("RCPT", "551 we do not relay", "RCPT TO was answered 551"),
        ("RCPT", "553 5.7.1 sender address rejected: not owned", "RCPT TO was answered 553 5.7.1"),
        ("RCPT", "554 5.7.1 relay access denied", "RCPT TO was answered 554 5.7.1"),
        ("RCPT", "556 no", "RCPT TO was answered 556"),
        ("DATA", "554 5.5.1 no", "DATA was answered 554 5.5.1"),
        (".", "550 5.7.1 message rejected as spam", "the message was answered 550 5.7.1"),
    ];
    for (verb, reply, reason) in mistakes {
        let server = MailServer::start("250 ok");
        server.answer(verb, reply);
        let world = World::set(&[("SMTP_URL", &server.url())]).await;
        register(&world, "ada@example.org").await;
        let waits =
            async || outbox(&world).iter().any(|(state, why)| state == "composed" && why.contains(reason));
        until(reason, waits).await;
        assert_eq!(server.taken(), 0, "{verb} {reply}");

        server.mend();
        world.advance(Duration::from_secs(10));
        until("it arrives", async || server.taken() == 1).await;
        until("it is sent", async || outbox(&world) == [("sent".to_owned(), String::new())]).await;
    }
}

#[tokio::test]
async fn health_is_degraded_while_mail_waits_for_long() {
    let server = MailServer::start("550 relay not permitted");
    let world = World::set(&[("SMTP_URL", &server.url())]).await;
    assert_eq!(health(&world).await, "up");
    register(&world, "ada@example.org").await;
    until("it waits", async || outbox(&world).iter().any(|(_, why)| !why.is_empty())).await;
    assert_eq!(health(&world).await, "up");
    world.advance(Duration::from_mins(11));
    until("it was tried again", async || world.services.mails.tally().postponed == 2).await;
    assert_eq!(health(&world).await, "degraded");
    server.mend();
    world.advance(Duration::from_mins(15));
    until("it arrives", async || server.taken() == 1).await;
    until("it is sent", async || world.services.mails.tally().sent == 1).await;
    assert_eq!(health(&world).await, "up");
}

#[tokio::test]
async fn a_mail_that_cannot_be_queued_is_a_503() {
    let world = World::new().await;
    // A collection that never held anything would be made again.
    register(&world, "bea@example.org").await;
    world.mail_to("bea@example.org").await;
    world.database.break_down("mails");
    for (path, body) in [
        (REGISTER, json!({"email": "ada@example.org", "password": PASSWORD})),
        ("/api/v1/auth/resend-verification", json!({"email": "ada@example.org"})),
    ] {
        let answer = world.program().post(path, body).await;
        assert!(matches!(answer.status, 500 | 503), "{path}: {}", answer.body);
    }
    until("nobody is sent here", async || world.program().get("/api/v1/health").await.status == 503).await;
    world.database.repair("mails");
    until("it can work", async || world.program().get("/api/v1/health").await.status == 200).await;
    register(&world, "ada@example.org").await;
    world.mail_to("ada@example.org").await;
    assert_eq!(health(&world).await, "up");
}

#[tokio::test]
async fn a_mailbox_that_plainly_does_not_exist_is_tried_once() {
    let server = MailServer::start("550 5.1.1 <ada@example.org>: no such user");
    let world = World::set(&[("SMTP_URL", &server.url())]).await;
    register(&world, "ada@example.org").await;
    until("it is given up", async || outbox(&world).iter().any(|(state, _)| state == "failed")).await;
    let mails = world.database.values("mails");
    assert!(!mails.iter().any(|mail| mail.to_string().contains("ada@example")), "no address in the store");
}

#[tokio::test]
async fn one_slow_delivery_delays_no_other() {
    let server = MailServer::slow_for("slow@example.org", Duration::from_mins(2));
    let world = World::set(&[("SMTP_URL", &server.url()), ("MAIL_CONNECTIONS", "2")]).await;
    register(&world, "slow@example.org").await;
    until("it is under way", async || server.taken() == 1).await;
    for number in 0..5 {
        register(&world, &format!("quick-{number}@example.org")).await;
    }
    until("the others arrive", async || server.taken() == 6).await;
    until("they are sent", async || outbox(&world).iter().filter(|(state, _)| state == "sent").count() == 5)
        .await;
    assert!(outbox(&world).contains(&("composed".to_owned(), String::new())), "the slow one is under way");
}

/// The address of the server in the configuration: production would ask for more.
fn variables(url: &str) -> [(&str, &str); 1] {
    [("SMTP_URL", url)]
}

async fn registered(server: &Binary, email: &str) {
    let asked = server.program().post(REGISTER, json!({"email": email, "password": PASSWORD})).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_the_mail_server_and_the_mail_keeps_its_message_id() {
    let post = MailServer::slow(Duration::from_mins(5));
    let url = post.url();
    let mut server = Binary::start(&variables(&url)).await;
    registered(&server, "ada@example.org").await;
    until("it is under way", async || post.taken() == 1).await;
    server.terminate();
    // Long before the mail server answers: that it ends at all is what this shows.
    assert!(server.ended().await.success());
    assert!(server.output("stdout.log").contains("HandedBack"), "{}", server.output("stdout.log"));

    post.mend();
    server.start_again(&variables(&url)).await;
    until("it comes again", async || post.taken() == 2).await;
    let ids: Vec<String> = post.letters().iter().map(Letter::message_id).collect();
    assert!(!ids[0].is_empty() && ids[0] == ids[1], "{ids:?}");
}

#[tokio::test]
async fn an_operator_lists_retries_and_drops_mails() {
    let post = MailServer::start("550 relay not permitted");
    let url = post.url();
    let server = Binary::start(&variables(&url)).await;
    for name in ["ada", "bob"] {
        registered(&server, &format!("{name}@example.org")).await;
    }
    let list = || run(server.folder(), &["mail", "list", "--show-recipients"], &variables(&url));
    let refused = async || list().printed.matches("RCPT TO was answered 550").count() == 2;
    until("both wait with a reason", refused).await;
    let shown = succeed(server.folder(), &["mail", "list"], &variables(&url));
    assert!(shown.printed.contains("verification  composed"), "{}", shown.printed);
    assert!(!shown.printed.contains("@example.org"), "recipients only when asked for: {}", shown.printed);
    let listed = list().printed;
    let id_of = |email: &str| {
        let line = listed.lines().find(|line| line.contains(email)).unwrap();
        line.split_whitespace().next().unwrap().to_owned()
    };
    let (ada, bob) = (id_of("ada@example.org"), id_of("bob@example.org"));
    let page =
        succeed(server.folder(), &["mail", "list", "--state", "composed", "--limit", "1"], &variables(&url));
    let cursor = page.printed.split_once("--after ").unwrap().1.trim().to_owned();
    let next = ["mail", "list", "--state", "composed", "--limit", "1", "--after", &cursor];
    let next = succeed(server.folder(), &next, &variables(&url));
    assert!(page.printed.contains(&ada) && next.printed.contains(&bob), "{} {}", page.printed, next.printed);

    let unsure = run(server.folder(), &["mail", "drop", &bob], &variables(&url));
    assert!(unsure.status == Some(1) && unsure.complained.contains("--yes"), "{}", unsure.complained);
    for nothing in ["nope", "mal_01890000000070008000000000000001"] {
        let nothing = run(server.folder(), &["mail", "drop", nothing], &variables(&url));
        let asked = nothing.complained.contains("--yes") || nothing.complained.contains("Nobody gets");
        assert!(nothing.status == Some(1) && !asked, "{}", nothing.complained);
        assert!(nothing.complained.contains("no such mail"), "{}", nothing.complained);
    }
    // A server may move it at any moment, and then says so.
    until("it is dropped", async || {
        run(server.folder(), &["mail", "drop", &bob, "--yes"], &variables(&url)).status == Some(0)
    })
    .await;
    post.mend();
    let retried = succeed(server.folder(), &["mail", "retry", "--all"], &variables(&url));
    assert!(retried.printed.starts_with("Due now: 1 mail. "), "{}", retried.printed);
    until("it arrives", async || post.taken() == 1).await;
    assert_eq!(
        post.letters().iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(),
        ["ada@example.org"]
    );
    let gone = run(server.folder(), &["mail", "retry", &bob], &variables(&url));
    assert!(gone.status == Some(1) && gone.complained.contains("sent or dropped"), "{}", gone.complained);
}

#[tokio::test]
async fn an_empty_outbox_says_that_it_is_empty() {
    let post = MailServer::start("250 fine");
    let url = post.url();
    let server = Binary::start(&variables(&url)).await;
    let listed = succeed(server.folder(), &["mail", "list"], &variables(&url));
    assert!(listed.printed.starts_with("The outbox is empty"), "{}", listed.printed);
    let failed = succeed(server.folder(), &["mail", "list", "--state", "failed"], &variables(&url));
    assert_eq!(failed.printed, "No mail in the outbox is in this state.\n");
}
