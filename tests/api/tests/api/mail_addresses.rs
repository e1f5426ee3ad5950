//! Addresses: one mailbox has one spelling, however its domain is typed, everywhere an address is accepted.

use palisade_api_tests::binary::{run, succeed};
use palisade_api_tests::world::{PASSWORD, token_of};
use palisade_api_tests::{Answer, Client, World};
use serde_json::{Value, json};

const REGISTER: &str = "/api/v1/auth/register";
const RESEND: &str = "/api/v1/auth/resend-verification";
const VERIFY: &str = "/api/v1/auth/verify-email";
const LOGIN: &str = "/api/v1/auth/login";

/// Ways to type one domain, beside its A-labels.
const MUNICH: [&str; 5] = [
    "ADA@MÜNCHEN.example",
    "ada@münchen.example",
    " ada@mu\u{308}nchen.example ",
    "Ada@MU\u{308}NCHEN.EXAMPLE",
    "ada@XN--MNCHEN-3YA.example",
];
const CANONICAL: &str = "ada@xn--mnchen-3ya.example";

async fn post(browser: &mut Client, path: &str, body: Value) -> Answer {
    browser.post(path, body).await
}

#[tokio::test]
async fn a_domain_outside_ascii_is_claimed_and_mailed_in_a_labels() {
    let world = World::new().await;
    for (typed, canonical) in
        [("a@straße.example", "a@xn--strae-oqa.example"), ("a@βόλος.example", "a@xn--nxasmm1c.example")]
    {
        let mut browser = world.browser();
        let asked = post(&mut browser, REGISTER, json!({"email": typed, "password": PASSWORD})).await;
        assert_eq!(asked.status, 202, "{}", asked.body);
        let token = token_of(&world.mail_to(canonical).await);
        let proven = post(&mut browser, VERIFY, json!({ "token": token })).await;
        assert_eq!((proven.status, proven.at("/data/user/email")), (200, json!(canonical)));
    }
    // `ss` is another domain, and a final sigma another letter.
    for other in ["a@strasse.example", "a@βόλοσ.example"] {
        let signed_in =
            post(&mut world.browser(), LOGIN, json!({"email": other, "password": PASSWORD})).await;
        assert_eq!(signed_in.status, 401, "{other}: {}", signed_in.body);
    }
}

#[tokio::test]
async fn every_spelling_of_a_domain_finds_the_one_account() {
    let world = World::new().await;
    let mut ada = world.browser();
    let asked = post(&mut ada, REGISTER, json!({"email": MUNICH[0], "password": PASSWORD})).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    world.mail_settled().await;
    // The browser's own registration is meant, whichever way the address is typed.
    let resent = post(&mut ada, RESEND, json!({"email": MUNICH[2]})).await;
    assert_eq!(resent.status, 202, "{}", resent.body);
    let token = token_of(&world.settled_mails_to(CANONICAL).await.remove(0));
    assert_eq!(post(&mut ada, VERIFY, json!({ "token": token })).await.status, 200);

    for typed in MUNICH {
        let signed_in =
            post(&mut world.browser(), LOGIN, json!({"email": typed, "password": PASSWORD})).await;
        assert_eq!(signed_in.status, 200, "{typed}: {}", signed_in.body);
        let again = post(&mut world.browser(), REGISTER, json!({"email": typed, "password": PASSWORD})).await;
        assert_eq!(again.status, 202, "{typed}: {}", again.body);
    }
    let notices = world.settled_mails_to(CANONICAL).await;
    let subjects: Vec<&Value> = notices.iter().take(MUNICH.len()).map(|mail| &mail["subject"]).collect();
    assert_eq!(subjects, vec!["You already have an account at Palisade"; MUNICH.len()]);
}

#[tokio::test]
async fn a_search_takes_an_address_as_people_type_it() {
    let world = World::new().await;
    world.registered(&mut world.browser(), CANONICAL).await;
    let mut root = world.super_admin("root@example.org").await;
    for q in [
        "ada@m%C3%BCnchen",
        "ADA@M%C3%9CNCHEN.",
        "ada@mu%CC%88nchen.ex",
        "+ada@xn--mnchen-3ya.example+",
        "%20AD",
        "ada@xn--m",
    ] {
        let found = root.get(&format!("/api/v1/users?q={q}")).await;
        assert_eq!((found.status, found.at("/data/items/0/email")), (200, json!(CANONICAL)), "{q}");
        assert_eq!(found.at("/data/items/1"), Value::Null, "{q}");
    }
    for (q, detail) in [
        ("%C3%A4da", "must be the beginning of an address"),
        ("ada@%EF%BD%98.io", "must have no character after the @ that looks like another one"),
    ] {
        let refused = root.get(&format!("/api/v1/users?q={q}")).await;
        let said = refused.at("/error/details/0/message");
        assert!(refused.status == 400 && said.as_str().unwrap().starts_with(detail), "{q}: {}", refused.body);
    }
    let nothing = root.get("/api/v1/users?q=+").await;
    assert_eq!(nothing.at("/error/details/0/message"), "must have at least 1 character");
}

#[tokio::test]
async fn a_look_alike_is_refused_with_the_reason() {
    let world = World::new().await;
    for typed in
        ["ada@ｅxample.org", "ada@example\u{200B}.org", "ada@\u{212A}nuth.example", "ada@gıthub.example"]
    {
        let refused =
            post(&mut world.browser(), REGISTER, json!({"email": typed, "password": PASSWORD})).await;
        let said = refused.at("/error/details/0/message");
        assert!(
            said.as_str().unwrap().contains("looks like another one or is invisible"),
            "{}",
            refused.body
        );
        assert!(refused.is_refusal(400, "VALIDATION_FAILED"), "{typed}: {}", refused.body);
    }
    // Before the `@` nothing is mapped.
    for typed in ["ädá@example.org", "ａda@example.org", "straße@example.org"] {
        let refused =
            post(&mut world.browser(), REGISTER, json!({"email": typed, "password": PASSWORD})).await;
        let said = refused.at("/error/details/0/message");
        assert!(said.as_str().unwrap().ends_with("before the @"), "{}", refused.body);
    }
}

#[test]
fn the_command_line_takes_an_address_as_people_type_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "a fine long passphrase\n").unwrap();
    let made = succeed(
        folder.path(),
        &["admin", "create", "--email", " Root@MÜNCHEN.example ", "--password-file", "password"],
        &[],
    );
    assert!(made.printed.contains("root@xn--mnchen-3ya.example"), "{}", made.printed);
    let again = run(
        folder.path(),
        &["admin", "create", "--email", "root@mu\u{308}nchen.example", "--password-file", "password"],
        &[],
    );
    assert!(again.status == Some(1) && again.complained.contains("already"), "{}", again.complained);
    let refused = run(folder.path(), &["mail", "test", "--to", "ada@\u{212A}.example"], &[]);
    assert!(refused.complained.contains("--to must have no character after the @"), "{}", refused.complained);
}
