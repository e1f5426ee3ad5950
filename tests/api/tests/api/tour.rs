//! The first tour of the README, against the real binary.
#![expect(clippy::panic, reason = "a test that cannot go on stops")]

use palisade_api_tests::binary::{Binary, command};
use palisade_api_tests::world::token_of;
use serde_json::{Value, json};

async fn newest_mail(server: &Binary, to: &str) -> Value {
    let mut reader = server.program().with_header("Accept", "application/json");
    for _ in 0..300 {
        let mailbox = reader.get("/dev/mailbox").await;
        let mails = mailbox.at("/data/items").as_array().cloned().unwrap_or_default();
        if let Some(mail) = mails.into_iter().find(|mail| mail["to"] == to) {
            return mail;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no mail to {to} came")
}

#[tokio::test]
async fn from_the_first_start_to_a_dead_token() {
    let server = Binary::start(&[]).await;
    let mut ada = server.browser();

    // Register, read the mail, prove the mailbox.
    let registration =
        json!({"email": "ada@example.org", "password": "correct horse battery", "name": "Ada"});
    let asked = ada.post("/api/v1/auth/register", registration).await;
    assert_eq!((asked.status, asked.at("/data")), (202, json!({})));
    let token = token_of(&newest_mail(&server, "ada@example.org").await);
    let proven = ada.post("/api/v1/auth/verify-email", json!({ "token": token })).await;
    assert_eq!((proven.status, proven.at("/data/user/email")), (200, json!("ada@example.org")));

    // Sign in, look at oneself, take another name.
    let credentials = json!({"email": "ada@example.org", "password": "correct horse battery"});
    assert_eq!(ada.post("/api/v1/auth/login", credentials).await.status, 200);
    let me = ada.get("/api/v1/users/me").await;
    assert_eq!((me.status, me.at("/data/name"), me.at("/data/role")), (200, json!("Ada"), json!("user")));
    let renamed = ada.patch("/api/v1/users/me", json!({"name": "Ada Lovelace"})).await;
    assert_eq!((renamed.status, renamed.at("/data/name")), (200, json!("Ada Lovelace")));

    // Listing people needs a permission.
    let refused = ada.get("/api/v1/users").await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "FORBIDDEN"));

    // The operator makes a super-admin while the server runs; the setup link of the first start does it too.
    let password = server.folder().join("password");
    std::fs::write(&password, "another fine passphrase\n").unwrap();
    let arguments = ["admin", "create", "--email", "root@example.org", "--password-file", "password"];
    let made = command(server.folder(), &arguments, &[]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut root = server.browser();
    let credentials = json!({"email": "root@example.org", "password": "another fine passphrase"});
    assert_eq!(root.post("/api/v1/auth/login", credentials).await.status, 200);
    let people = root.get("/api/v1/users").await;
    assert_eq!(people.status, 200);
    let addresses: Vec<Value> =
        people.at("/data/items").as_array().unwrap().iter().map(|person| person["email"].clone()).collect();
    assert_eq!(addresses, [json!("root@example.org"), json!("ada@example.org")], "newest first");

    // Refresh, sign out, and the old access token is dead on its next use.
    assert_eq!(ada.post("/api/v1/auth/refresh", Value::Null).await.status, 200);
    let kept = ada.clone();
    assert_eq!(ada.post("/api/v1/auth/logout", Value::Null).await.status, 200);
    assert!(ada.cookie("palisade-access").is_none() && ada.cookie("palisade-refresh").is_none());
    let dead = kept.clone().get("/api/v1/users/me").await;
    assert_eq!((dead.status, dead.code().as_str()), (401, "AUTH_401"));
    let over = kept.clone().post("/api/v1/auth/refresh", Value::Null).await;
    assert_eq!((over.status, over.code().as_str()), (401, "SESSION_REVOKED"));
}
