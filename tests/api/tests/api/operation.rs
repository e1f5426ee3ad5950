//! The operator's remedies, with the real binary: testing the connections, sending a mail, and rotating keys under
//! a running server.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::path::Path;
use std::time::Duration;

use palisade_api_tests::Client;
use palisade_api_tests::binary::{Binary, free_port, make_super_admin, run, succeed};
use palisade_api_tests::smtp::MailServer;
use palisade_api_tests::world::{GENEROUS, PASSWORD};
use palisade_test_servers::{MongoDatabase, redis_url};
use serde_json::json;

const ADMIN: &str = "root@example.org";

/// An entry of `SECRET_KEYS`.
fn secret(id: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &["keys", "new", "--id", id], &[]).printed.trim().to_owned()
}

async fn sign_in(server: &Binary) -> Client {
    let mut browser = server.browser();
    let answer = browser.post("/api/v1/auth/login", json!({"email": ADMIN, "password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    browser
}

/// The names of the published keys.
async fn published(server: &Binary) -> Vec<String> {
    let set = server.program().get("/api/v1/auth/jwks").await;
    let keys = set.at("/keys");
    keys.as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// Name and state of the signing keys, as `keys list` shows them.
fn signing_keys(folder: &Path, variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let list = succeed(folder, &["keys", "list"], variables).printed;
    let columns = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let signing = list.lines().filter_map(|line| line.strip_prefix("signing-")).map(columns);
    signing.map(|row| (row[0].clone(), row[1].clone())).collect()
}

#[tokio::test]
async fn tokens_of_a_withdrawn_key_are_refused_and_refreshing_replaces_them() {
    let server = Binary::start(&GENEROUS).await;
    make_super_admin(server.folder(), ADMIN, PASSWORD, &GENEROUS);
    let mut browser = sign_in(&server).await;
    assert_eq!(browser.get("/api/v1/users/me").await.status, 200);
    let [leaked] = published(&server).await.try_into().unwrap();

    let ran = succeed(server.folder(), &["keys", "withdraw", "current"], &GENEROUS);
    assert!(ran.printed.starts_with(&format!("signing-{leaked} is withdrawn")), "{}", ran.printed);
    let mut refused = false;
    for _ in 0..500 {
        let answer = browser.get("/api/v1/users/me").await;
        if answer.is_refusal(401, "AUTH_401") {
            refused = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(refused, "the server goes on to believe the key");

    assert_eq!(browser.post("/api/v1/auth/refresh", serde_json::Value::Null).await.status, 200);
    assert_eq!(browser.get("/api/v1/users/me").await.status, 200, "with a token of another key");
    let [signer] = published(&server).await.try_into().unwrap();
    assert_ne!(signer, leaked);
    let expected = [(leaked.clone(), "withdrawn".to_owned()), (signer, "current".to_owned())];
    assert_eq!(signing_keys(server.folder(), &GENEROUS), expected);

    let again = run(server.folder(), &["keys", "withdraw", &format!("signing-{leaked}")], &GENEROUS);
    assert_eq!(again.status, Some(1));
    assert!(again.complained.contains("was already withdrawn"), "{}", again.complained);
}

#[test]
fn a_rotation_publishes_one_next_key_and_leaves_the_current_one_signing() {
    let folder = tempfile::tempdir().unwrap();
    make_super_admin(folder.path(), ADMIN, PASSWORD, &[]);
    let [(current, _)] = signing_keys(folder.path(), &[]).try_into().unwrap();
    let first = succeed(folder.path(), &["keys", "rotate"], &[]).printed;
    let second = succeed(folder.path(), &["keys", "rotate"], &[]).printed;
    assert_eq!(first, second, "there is a next one already");
    let [old, new] = signing_keys(folder.path(), &[]).try_into().unwrap();
    assert_eq!(old, (current, "current".to_owned()));
    assert_eq!(new.1, "next");
    assert!(first.starts_with(&format!("signing-{} is the next signing key", new.0)), "{first}");
}

#[test]
fn a_new_secret_replaces_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (secret("old"), secret("new"));
    make_super_admin(folder.path(), ADMIN, PASSWORD, &[("SECRET_KEYS", &old)]);
    let both = format!("{new},{old}");
    let both = [("SECRET_KEYS", both.as_str())];
    let before = succeed(folder.path(), &["keys", "list"], &both).printed;
    assert!(before.contains("SECRET_KEYS new: seals; the next start seals every key with it"), "{before}");
    assert!(before.contains("SECRET_KEYS old: still needed for 3 keys"), "{before}");

    // Opening the deployment seals anew, as a start does.
    succeed(folder.path(), &["db", "purge"], &both);
    let after = succeed(folder.path(), &["keys", "list"], &both).printed;
    assert!(after.contains("SECRET_KEYS new: seals, 3 keys so far"), "{after}");
    assert!(after.contains("SECRET_KEYS old: no key needs it any more"), "{after}");
    let without_old = [("SECRET_KEYS", new.as_str())];
    assert!(
        succeed(folder.path(), &["check", "--connect"], &without_old).line("keys").starts_with("keys ok")
    );
}

#[test]
fn keys_new_prints_random_entries_and_refuses_invalid_ids() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [(); 2].map(|()| succeed(folder.path(), &["keys", "new"], &[]).printed);
    assert_ne!(one, other);
    let entry = [("SECRET_KEYS", one.trim())];
    assert_eq!(run(folder.path(), &["check"], &entry).status, Some(0), "{one}");
    let refused = run(folder.path(), &["keys", "new", "--id", "Two Words"], &[]);
    assert_eq!((refused.status, refused.printed.as_str()), (Some(1), ""));
}

#[test]
fn lost_keys_are_reset_only_after_a_confirmation() {
    let folder = tempfile::tempdir().unwrap();
    let (gone, here) = (secret("gone"), secret("here"));
    make_super_admin(folder.path(), ADMIN, PASSWORD, &[("SECRET_KEYS", &gone)]);
    let nothing = succeed(folder.path(), &["keys", "reset", "--lost"], &[("SECRET_KEYS", &gone)]);
    assert_eq!(nothing.printed, "No key is lost; nothing was changed.\n");

    let variables = [("SECRET_KEYS", here.as_str())];
    let list = succeed(folder.path(), &["keys", "list"], &variables).printed;
    assert!(list.contains("SECRET_KEYS gone: missing, and nothing else opens 3 keys"), "{list}");
    let refused = run(folder.path(), &["keys", "reset", "--lost"], &variables);
    assert_eq!((refused.status, refused.printed.as_str()), (Some(1), ""));
    for said in ["keys/root", "every session ends", "keys/pepper-1", "reset them by mail", "nothing was done"]
    {
        assert!(refused.complained.contains(said), "{said} in {}", refused.complained);
    }
    assert_eq!(succeed(folder.path(), &["keys", "list"], &variables).printed, list, "nothing was changed");

    let done = succeed(folder.path(), &["keys", "reset", "--lost", "--yes"], &variables);
    assert!(done.printed.starts_with("Replaced: pepper-1, root, signing-"), "{}", done.printed);
    assert!(succeed(folder.path(), &["check", "--connect"], &variables).line("keys").starts_with("keys ok"));
}

#[test]
fn check_connect_tries_every_part_and_creates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let check = succeed(folder.path(), &["check", "--connect"], &[]);
    for (part, said) in [
        ("store", "store ok sqlite://data/palisade.db: does not exist yet"),
        ("keys", "keys ok none yet"),
        ("limiter", "limiter ok counted in this process"),
        ("mail", "mail ok kept and shown in the development mailbox"),
    ] {
        assert!(check.line(part).starts_with(said), "{}", check.printed);
    }
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was made");
}

#[test]
fn check_connect_reports_each_failed_part_and_tries_the_others() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("something.db"), "a text of somebody else").unwrap();
    let nobody = format!("smtp://127.0.0.1:{}", free_port());
    let variables = [("DATABASE_URL", "sqlite://something.db"), ("SMTP_URL", nobody.as_str())];
    let check = run(folder.path(), &["check", "--connect"], &variables);
    assert_eq!(check.status, Some(1));
    assert!(check.line("store").contains("is not a database of Palisade"), "{}", check.printed);
    assert_eq!(check.line("keys"), "keys failed not tried: they are in the store");
    assert!(check.line("limiter").starts_with("limiter ok"), "{}", check.printed);
    assert!(check.line("mail").starts_with("mail failed speaking with the mail server: connecting"));
    assert!(check.complained.ends_with("palisade: 3 parts failed\n"), "{}", check.complained);
}

#[test]
fn check_connect_makes_a_decision_in_the_limit_store() {
    let (folder, database) = (tempfile::tempdir().unwrap(), MongoDatabase::new());
    let at =
        |url: &str| run(folder.path(), &["check", "--connect"], &[("RATE_LIMIT_URL", url)]).line("limiter");
    for (url, named) in [(redis_url(), "Redis"), (database.url(), "MongoDB")] {
        let said = at(&url);
        assert!(said.starts_with(&format!("limiter ok counted in {named} at ")), "{said}");
    }
    let both = [("DATABASE_URL", database.url()), ("RATE_LIMIT_URL", "mongodb".to_owned())];
    let both = both.each_ref().map(|(name, value)| (*name, value.as_str()));
    let said = succeed(folder.path(), &["check", "--connect"], &both).line("limiter");
    assert!(
        said.starts_with("limiter ok counted in MongoDB at ") && said.contains(database.name()),
        "{said}"
    );
    for nobody in
        [format!("redis://127.0.0.1:{}", free_port()), format!("mongodb://127.0.0.1:{}", free_port())]
    {
        let said = at(&nobody);
        assert!(said.starts_with("limiter failed reaching the limit store: "), "{said}");
    }
}

#[test]
fn check_connect_reports_a_missing_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (gone, here) = (secret("gone"), secret("here"));
    make_super_admin(folder.path(), ADMIN, PASSWORD, &[("SECRET_KEYS", &gone)]);
    let check = run(folder.path(), &["check", "--connect"], &[("SECRET_KEYS", &here)]);
    assert_eq!(check.status, Some(1));
    assert!(check.line("keys").contains("sealed with the key gone"), "{}", check.printed);
}

#[test]
fn check_connect_greets_the_mail_server_and_sends_nothing() {
    let (folder, server) = (tempfile::tempdir().unwrap(), MailServer::start("250 ok"));
    let url = server.url();
    let check = succeed(folder.path(), &["check", "--connect"], &[("SMTP_URL", url.as_str())]);
    assert!(check.line("mail").starts_with("mail ok 127.0.0.1 port"), "{}", check.printed);
    let said = server.conversation();
    assert!(said.starts_with("EHLO ") && said.ends_with("RSET\nQUIT\n") && !said.contains("DATA"), "{said}");
}

#[test]
fn a_test_mail_is_sent_at_once_without_a_store() {
    let (folder, server) = (tempfile::tempdir().unwrap(), MailServer::start("250 ok"));
    let url = server.url();
    let variables = [("SMTP_URL", url.as_str()), ("MAIL_FROM", "Example <no-reply@example.org>")];
    let ran = succeed(folder.path(), &["mail", "test", "--to", "ada@example.org"], &variables);
    let said = server.conversation();
    for expected in [
        "MAIL FROM:<no-reply@example.org>",
        "RCPT TO:<ada@example.org>",
        "Subject: Palisade can send mail",
        "The operator of Palisade requested",
    ] {
        assert!(said.contains(expected), "{expected} in {said}");
    }
    let id = ran.printed.split_once("(message ").unwrap().1.split(')').next().unwrap();
    assert!(said.contains(&format!("Message-ID: <{id}@localhost>")), "{id} in {said}");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was made");
}

#[test]
fn a_refused_test_mail_is_reported() {
    let (folder, server) = (tempfile::tempdir().unwrap(), MailServer::start("550 nobody here"));
    let url = server.url();
    let to = ["mail", "test", "--to", "ada@example.org"];
    let refused = run(folder.path(), &to, &[("SMTP_URL", url.as_str())]);
    assert_eq!((refused.status, refused.printed.as_str()), (Some(1), ""));
    assert_eq!(
        refused.complained,
        "palisade: the mail server did not accept the mail: RCPT TO was answered 550\n"
    );
    let none = run(folder.path(), &to, &[]);
    assert_eq!(none.status, Some(1));
    assert!(none.complained.starts_with("palisade: SMTP_URL is not set"), "{}", none.complained);
}
