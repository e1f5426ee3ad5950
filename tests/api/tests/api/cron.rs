//! Jobs that a scheduler starts: for a server that does nothing between requests.

use std::time::Duration;

use palisade_api_tests::smtp::MailServer;
use palisade_api_tests::world::{Kept, PASSWORD, clock};
use palisade_api_tests::{Client, World, until};
use serde_json::{Value, json};

async fn suspended() -> World {
    World::suspended(Kept::new(), &clock()).await
}

async fn run(scheduler: &mut Client, job: &str) -> Value {
    let answer = scheduler.post(&format!("/api/v1/cron/{job}"), Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.at("/data/job"), json!(job));
    answer.at("/data/more")
}

async fn register(world: &World, email: &str) {
    let registered = json!({"email": email, "password": PASSWORD});
    assert_eq!(world.program().post("/api/v1/auth/register", registered).await.status, 202);
}

#[tokio::test]
async fn only_the_secret_starts_a_job() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    let secret = "Bearer a2f1c0d9e8b7465544332211ffeeddcc";
    let sent = |values: &[&str]| {
        values.iter().fold(world.program(), |client, value| client.with_header("Authorization", value))
    };
    for method in ["GET", "POST"] {
        let path = "/api/v1/cron/keys";
        assert_eq!(
            root.send(method, path, &[], b"").await.code(),
            "AUTH_401",
            "a super-admin is no scheduler"
        );
        for wrong in [
            &[][..],
            &[""],
            &["Bearer "],
            &[&secret[..secret.len() - 1]],
            &[&format!("{secret}0")],
            &[&secret["Bearer ".len()..]],
            &[&secret.replace("Bearer", "Basic")],
            &[secret, secret],
        ] {
            let refused = sent(wrong).send(method, path, &[], b"").await;
            assert!(refused.is_refusal(401, "AUTH_401"), "{wrong:?}: {}", refused.body);
        }
        for right in [secret, &secret.replace("Bearer", "bearer")] {
            let answer = sent(&[right]).send(method, path, &[], b"").await;
            assert_eq!((answer.status, answer.at("/data")), (200, json!({"job": "keys", "more": false})));
        }
    }
    let unknown = world.scheduler().get("/api/v1/cron/everything").await;
    assert_eq!((unknown.status, unknown.details()), (400, vec!["job:not_allowed".to_owned()]));
    let foreign = world.scheduler().with_header("Origin", "https://evil.example");
    let foreign = foreign.clone().post("/api/v1/cron/keys", Value::Null).await;
    assert!(foreign.is_refusal(403, "CSRF_REJECTED"), "{}", foreign.body);
}

#[tokio::test]
async fn mails_go_out_when_the_scheduler_says_so() {
    let world = suspended().await;
    register(&world, "ada@example.org").await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(world.mails().await.len(), 0, "nothing goes on between requests");
    assert_eq!(run(&mut world.scheduler(), "outbox").await, json!(false));
    assert_eq!(world.mails().await.len(), 1);
}

#[tokio::test]
async fn mails_go_out_after_the_answer_that_caused_them() {
    let world = suspended().await;
    let jobs = &world.services.jobs;
    assert!(jobs.after_an_answer().is_none(), "there is nothing to wait for");
    register(&world, "ada@example.org").await;
    jobs.after_an_answer().unwrap().await;
    assert_eq!(world.mails().await.len(), 1);
    assert!(jobs.after_an_answer().is_none());
}

#[tokio::test]
async fn several_answers_share_the_connections_to_the_mail_server() {
    let server = MailServer::slow(Duration::from_millis(200));
    let world = World::suspended_set(&[("SMTP_URL", &server.url()), ("MAIL_CONNECTIONS", "2")]).await;
    for number in 0..6 {
        register(&world, &format!("person{number}@example.org")).await;
        if let Some(work) = world.services.jobs.after_an_answer() {
            tokio::spawn(work);
        }
    }
    until("all are sent", async || world.services.mails.tally().sent == 6).await;
    assert_eq!(server.most_in_hand(), 2);
}

#[tokio::test]
async fn many_runs_at_once_on_two_instances_send_every_mail_once() {
    let time = clock();
    let one = World::suspended(Kept::new(), &time).await;
    let other = World::suspended(one.shared(), &time).await;
    for number in 0..40 {
        register(&one, &format!("person{number}@example.org")).await;
    }
    let runs = (0..8).map(|number| {
        let mut scheduler = if number % 2 == 0 { one.scheduler() } else { other.scheduler() };
        tokio::spawn(async move { run(&mut scheduler, "outbox").await })
    });
    for run in runs.collect::<Vec<_>>() {
        assert_eq!(run.await.unwrap(), json!(false));
    }
    let mut to: Vec<String> =
        one.mails().await.iter().map(|mail| mail["to"].as_str().unwrap().to_owned()).collect();
    to.sort_unstable();
    assert_eq!(to.len(), 40);
    to.dedup();
    assert_eq!(to.len(), 40, "each one once");
}

#[tokio::test]
async fn ended_and_deleted_documents_go_when_the_scheduler_says_so() {
    let world = suspended().await;
    let mut scheduler = world.scheduler();
    world.super_admin("root@example.org").await;
    register(&world, "ada@example.org").await;
    run(&mut scheduler, "outbox").await;
    let token = world.mailed_token("ada@example.org").await;
    let verified = json!({"token": token, "password": PASSWORD});
    assert_eq!(world.program().post("/api/v1/auth/verify-email", verified).await.status, 200);
    let mut ada = world.browser();
    let credentials = json!({"email": "ada@example.org", "password": PASSWORD});
    assert_eq!(ada.post("/api/v1/auth/login", credentials).await.status, 200);
    assert_eq!(ada.json("DELETE", "/api/v1/users/me", json!({})).await.status, 200);
    register(&world, "bob@example.org").await;

    let kept = |collection: &str| world.database.values(collection).len();
    assert_eq!((kept("users"), kept("registrations") > 0), (2, true));
    world.advance(Duration::from_hours(24 * 31));
    assert_eq!((kept("users"), kept("registrations") > 0), (2, true), "nothing goes by itself");
    assert_eq!(run(&mut scheduler, "sweep").await, json!(false));
    assert_eq!((kept("users"), kept("registrations")), (2, 0));
    assert_eq!(run(&mut scheduler, "purge").await, json!(false));
    assert_eq!((kept("users"), kept("identities")), (1, 1));
}

#[tokio::test]
async fn one_job_does_all_of_them() {
    let world = suspended().await;
    let kid = |world: &World| {
        let mut program = world.program();
        async move { program.get("/api/v1/auth/jwks").await.json()["keys"].as_array().unwrap().len() }
    };
    assert_eq!(kid(&world).await, 1);
    register(&world, "ada@example.org").await;
    // Past the time at which the next signing key is published.
    world.advance(Duration::from_hours(24 * 100));
    register(&world, "bob@example.org").await;
    assert_eq!(run(&mut world.scheduler(), "all").await, json!(false));
    assert_eq!(world.mails().await.len(), 1, "the older one has expired");
    assert!(kid(&world).await > 1, "the next key is published");
    assert_eq!(world.database.values("registrations").len(), 1);
}
