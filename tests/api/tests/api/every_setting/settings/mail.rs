//! The transport of mail, and its amounts.

use std::time::Duration;

use palisade_api_tests::World;
use palisade_api_tests::smtp::MailServer;
use palisade_api_tests::world::PASSWORD;
use serde_json::json;

use super::{RESEND, register, until};

#[tokio::test]
async fn smtp_url_is_the_server_that_takes_mail() {
    let (one, other) = (MailServer::start("250 ok"), MailServer::start("250 ok"));
    let world = World::set(&[("SMTP_URL", &other.url())]).await;
    register(&world, "ada@example.org").await;
    until("it arrives", async || other.taken() == 1).await;
    assert_eq!(one.taken(), 0);
    assert_eq!(world.program().get("/dev/mailbox").await.status, 404, "nothing is kept here");
}

#[tokio::test]
async fn mail_from_is_who_mail_comes_from() {
    for (from, address) in [("Shop <shop@example.org>", "shop@example.org"), ("a@b.example", "a@b.example")] {
        let server = MailServer::start("250 ok");
        let world = World::set(&[("SMTP_URL", &server.url()), ("MAIL_FROM", from)]).await;
        register(&world, "ada@example.org").await;
        let said = tokio::task::spawn_blocking(move || server.conversation()).await.unwrap();
        assert!(said.contains(&format!("MAIL FROM:<{address}>")), "{said}");
        let line = said.lines().find(|line| line.starts_with("From: ")).unwrap();
        assert_eq!(line.replace('"', ""), format!("From: {from}"));
    }
}

/// Waits until nothing is under way.
async fn settled(world: &World) {
    while world.mails_under_way().await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The setting that says why mails were not sent.
async fn withheld_by(world: &World) -> Vec<String> {
    let told = |note: &serde_json::Value| note["notSent"].as_str().unwrap().to_owned();
    let mut settings: Vec<String> = world.withheld().await.iter().map(told).collect();
    settings.dedup();
    settings
}

/// How many mails come of ten that are asked for, a minute apart from each other.
async fn mails_of_ten(variables: &[(&str, &str)]) -> (usize, Vec<String>) {
    let world = World::set(variables).await;
    register(&world, "ada@example.org").await;
    for _ in 0..9 {
        settled(&world).await;
        world.advance(Duration::from_mins(1));
        world.program().post(RESEND, json!({"email": "ada@example.org"})).await;
    }
    settled(&world).await;
    (world.mails().await.len(), withheld_by(&world).await)
}

#[tokio::test]
async fn mail_budget_is_what_one_address_gets() {
    for (budget, sent) in [("2/15m", 2), ("4/15m", 4)] {
        let over = vec!["not sent: over MAIL_BUDGET".to_owned()];
        assert_eq!(mails_of_ten(&[("MAIL_BUDGET", budget)]).await, (sent, over));
    }
}

#[tokio::test]
async fn mail_budget_day_is_what_it_gets_in_the_long_run() {
    for (budget, sent) in [("2/1d", 2), ("4/1d", 4)] {
        let over = vec!["not sent: over MAIL_BUDGET_DAY".to_owned()];
        // And one link for the half of its life.
        assert_eq!(mails_of_ten(&[("MAIL_BUDGET_DAY", budget)]).await, (sent + 1, over));
    }
}

#[tokio::test]
async fn mail_budget_server_is_what_the_whole_server_sends() {
    for (budget, sent) in [("4/1h", 2 + 2), ("10/1h", 5 + 3)] {
        let world = World::set(&[("MAIL_BUDGET_SERVER", budget)]).await;
        for number in 0..12 {
            register(&world, &format!("somebody{number}@example.org")).await;
        }
        settled(&world).await;
        // Half for anybody; of the half that is kept, three at most for one network.
        assert_eq!(world.mails().await.len(), sent, "{budget}");
        assert_eq!(world.services.mails.tally().held, 12 - sent as u64, "{budget}");
    }
}

#[tokio::test]
async fn mail_connections_is_how_many_are_delivered_at_once() {
    for connections in [1, 4] {
        let server = MailServer::slow(Duration::from_millis(400));
        let world =
            World::set(&[("SMTP_URL", &server.url()), ("MAIL_CONNECTIONS", &connections.to_string())]).await;
        for number in 0..6 {
            let body = json!({"email": format!("somebody{number}@example.org"), "password": PASSWORD});
            assert_eq!(world.program().post(super::REGISTER, body).await.status, 202);
        }
        // What the server has taken and not said yes to is being delivered.
        let mut most = 0;
        until("all are sent", async || {
            let taken = server.taken() as u64;
            let sent = world.services.mails.tally().sent;
            most = most.max(taken.saturating_sub(sent));
            sent == 6
        })
        .await;
        assert_eq!(most, connections, "at once");
    }
}

#[tokio::test]
async fn mail_templates_dir_is_where_an_operators_form_of_mails_is() {
    for greeting in ["Ahoy", "Dear reader"] {
        let folder = tempfile::tempdir().unwrap();
        let form = format!("{greeting},\n\n{{% if action %}}{{{{ action.link }}}}{{% endif %}}");
        std::fs::write(folder.path().join("mail.txt"), form).unwrap();
        let world = World::set(&[("MAIL_TEMPLATES_DIR", folder.path().to_str().unwrap())]).await;
        register(&world, "ada@example.org").await;
        let mail = world.mail_to("ada@example.org").await;
        let link = mail["links"][0].as_str().unwrap();
        assert_eq!(mail["text"].as_str().unwrap(), format!("{greeting},\n\n{link}"));
    }
}
