//! Similar addresses and almost equal passwords: one mailbox is one account, one password is one password.

use palisade_api_tests::world::{PASSWORD, token_of};
use palisade_api_tests::{Answer, World};
use serde_json::json;

async fn sign_in(world: &World, email: &str, password: &str) -> Answer {
    world.browser().post("/api/v1/auth/login", json!({"email": email, "password": password})).await
}

#[tokio::test]
async fn every_spelling_of_an_address_is_canonical_or_refused() {
    let world = World::new().await;
    world.user("kim@example.org").await;
    for same in ["kim@example.org", "Kim@EXAMPLE.ORG", "  kim@example.org\t"] {
        let answer = sign_in(&world, same, PASSWORD).await;
        assert_eq!((answer.status, answer.at("/data/user/email")), (200, json!("kim@example.org")), "{same}");
        let asked =
            world.browser().post("/api/v1/auth/register", json!({"email": same, "password": PASSWORD})).await;
        assert_eq!(asked.status, 202, "as if it were free");
    }
    for other in [
        "kim＠example.org",
        "\u{212a}im@example.org",
        "kım@example.org",
        "kİm@example.org",
        "k\u{ff49}m@example.org",
        "kim@ex\u{ff41}mple.org",
        "kim@example。org",
        "kim@example.org.",
        "kim@exa\u{ad}mple.org",
        "ki\u{200b}m@example.org",
        "kim@exam\u{200d}ple.org",
        "\"kim\"@example.org",
        "kim(comment)@example.org",
        "<kim@example.org>",
        "Kim <kim@example.org>",
        "kim@example.org,eve@evil.org",
        "kim@example.org;eve@evil.org",
        "kim@evil.org@example.org",
        "kim@example.org\r\nBcc: eve@evil.org",
        "kim@example.org\u{0}",
        "kim@example.org\n",
        "kim @example.org",
        "kim@[127.0.0.1]",
        "kim@127.0.0.1",
        "kim@localhost",
        "kim%40evil.org",
        "@example.org",
        "kim@",
        ".kim@example.org",
        "ki..m@example.org",
    ] {
        // What is trimmed away is no part of the address.
        if other.trim() == "kim@example.org" {
            continue;
        }
        for path in ["register", "login"] {
            let body = json!({"email": other, "password": PASSWORD});
            let answer = world.browser().post(&format!("/api/v1/auth/{path}"), body).await;
            assert_eq!(
                (answer.status, answer.details()),
                (400, vec!["email:invalid_format".into()]),
                "{other:?}"
            );
        }
        let answer = world.browser().post("/api/v1/auth/resend-verification", json!({"email": other})).await;
        assert_eq!(answer.status, 400, "{other:?}");
    }
    // What dots and tags mean is the provider's business: another address is another account.
    for distinct in ["ki.m@example.org", "kim+tag@example.org"] {
        assert_eq!(sign_in(&world, distinct, PASSWORD).await.code(), "INVALID_CREDENTIALS");
    }
    world.registered(&mut world.browser(), "later@example.org").await;
    let known = ["kim@example.org", "later@example.org"];
    assert!(world.mails().await.iter().all(|mail| known.contains(&mail["to"].as_str().unwrap())));
}

#[tokio::test]
async fn every_bit_of_a_password_counts() {
    let world = World::new().await;
    let crabs = "🦀".repeat(64);
    let long = "correct horse battery staple ".repeat(4);
    let pairs: Vec<(String, Vec<String>)> = vec![
        ("before\0after the nul".into(), vec!["before\0after the nuL".into(), "before".into()]),
        (format!("{long}1"), vec![format!("{long}2"), long.clone(), long[..72].to_owned()]),
        (crabs.clone(), vec![format!("{}🐍", "🦀".repeat(63)), "🦀".repeat(63), "🦀".repeat(18)]),
        (
            "  space around  ".into(),
            vec!["space around".into(), "  space around".into(), "space around  ".into()],
        ),
        (
            "caf\u{e9} au lait noir".into(),
            vec!["cafe\u{301} au lait noir".into(), "cafe au lait noir".into()],
        ),
        ("\u{301}\u{302}\u{303} marks alone".into(), vec![" marks alone".into()]),
        ("Upper And Lower".into(), vec!["upper and lower".into()]),
        ("x".repeat(127) + "y", vec!["x".repeat(127) + "z", "x".repeat(127)]),
    ];
    for (number, (password, others)) in pairs.into_iter().enumerate() {
        let email = format!("person{number}@example.org");
        let mut browser = world.browser();
        let body = json!({"email": email, "password": password});
        let asked = browser.post("/api/v1/auth/register", body).await;
        assert_eq!(asked.status, 202, "{password:?}: {}", asked.body);
        let token = token_of(&world.mail_to(&email).await);
        assert_eq!(browser.post("/api/v1/auth/verify-email", json!({"token": token})).await.status, 200);
        for other in others {
            let answer = sign_in(&world, &email, &other).await;
            assert!(
                answer.is_refusal(401, "INVALID_CREDENTIALS"),
                "{other:?} for {password:?}: {}",
                answer.body
            );
        }
        assert_eq!(sign_in(&world, &email, &password).await.status, 200, "{password:?}");
    }
    for (wrong, detail) in [("x".repeat(129), "password:too_long"), ("🦀".repeat(129), "password:too_long")]
    {
        for path in ["register", "login"] {
            let body = json!({"email": "eve@example.org", "password": wrong});
            let answer = world.browser().post(&format!("/api/v1/auth/{path}"), body).await;
            assert_eq!((answer.status, answer.details()), (400, vec![detail.to_owned()]));
        }
    }
    let megabyte = json!({"email": "eve@example.org", "password": "x".repeat(1 << 20)});
    let answer = world.browser().post("/api/v1/auth/login", megabyte).await;
    assert!(answer.is_refusal(413, "PAYLOAD_TOO_LARGE"), "{}", answer.body);
}
