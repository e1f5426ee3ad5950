//! The location of documents and their retention, and the trusted authorities.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use palisade_api_tests::World;
use palisade_api_tests::binary::{make_super_admin, run, succeed};
use palisade_api_tests::world::PASSWORD;
use palisade_core::ports::Clock as _;

use super::LOGIN;

#[test]
fn database_url_is_where_documents_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("DATABASE_URL", "sqlite://elsewhere/shop.db")];
    make_super_admin(folder.path(), "root@example.org", PASSWORD, &variables);
    assert!(folder.path().join("elsewhere/shop.db").is_file() && !folder.path().join("data").exists());
}

#[test]
fn deleted_retention_is_how_long_a_deleted_account_can_be_restored() {
    let folder = tempfile::tempdir().unwrap();
    make_super_admin(folder.path(), "root@example.org", PASSWORD, &[]);
    let file = folder.path().join("data/palisade.db");
    let long_ago =
        "UPDATE users SET revision = revision + 1, deleted_at = unixepoch() * 1000 - 40 * 86400000";
    assert_eq!(rusqlite::Connection::open(file).unwrap().execute(long_ago, []).unwrap(), 1);
    let purge = |retention: &str| {
        succeed(folder.path(), &["db", "purge"], &[("DELETED_RETENTION", retention)]).printed
    };
    assert!(purge("50d").starts_with("Nothing was deleted"));
    assert!(purge("30d").starts_with("Removed for good: 1 user"));
}

#[test]
fn audit_retention_is_how_long_events_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let kept_for = |retention: &str| {
        let variables = [("AUDIT_RETENTION", retention)];
        make_super_admin(folder.path(), &format!("root-{retention}@example.org"), PASSWORD, &variables);
        let file = rusqlite::Connection::open(folder.path().join("data/palisade.db")).unwrap();
        let longest = "SELECT max(expires_at - created_at + 1000) / 86400000 FROM audit";
        file.query_row(longest, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((kept_for("90d"), kept_for("500d")), (90, 500));
}

#[test]
fn secret_keys_seal_what_the_store_keeps_secret() {
    let folder = tempfile::tempdir().unwrap();
    let [former, other] = ["former", "other"]
        .map(|id| succeed(folder.path(), &["keys", "new", "--id", id], &[]).printed.trim().to_owned());
    make_super_admin(folder.path(), "root@example.org", PASSWORD, &[("SECRET_KEYS", &former)]);
    let purge = |keys: &str| run(folder.path(), &["db", "purge"], &[("SECRET_KEYS", keys)]);
    assert_eq!(purge(&former).status, Some(0));
    let refused = purge(&other);
    assert!(refused.status == Some(1) && refused.complained.contains("former"), "{}", refused.complained);
}

#[tokio::test]
async fn cors_origins_may_read_what_this_server_answers() {
    const ELSEWHERE: &str = "https://www.example.org";
    let allowed = async |variables: &[(&str, &str)]| {
        let world = World::set(variables).await;
        let mut page = world.program().from_origin(ELSEWHERE);
        let headers = [("Access-Control-Request-Method", "POST")];
        let asked = page.send("OPTIONS", LOGIN, &headers, b"").await;
        asked.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(allowed(&[]).await, None);
    assert_eq!(allowed(&[("CORS_ORIGINS", ELSEWHERE)]).await.as_deref(), Some(ELSEWHERE));
}

#[tokio::test]
async fn trusted_proxies_are_believed_about_who_asks() {
    for (trusted, status) in [("loopback", 404), ("10.0.0.0/8", 429)] {
        let world = World::set(&[("TRUSTED_PROXIES", trusted), ("RATE_LIMIT_REFUSED", "1/60s")]).await;
        let from = async |client: &str| {
            world.program().with_header("X-Forwarded-For", client).get("/nowhere").await.status
        };
        assert_eq!(from("192.0.2.1").await, 404);
        assert_eq!(from("198.51.100.1").await, status, "{trusted}");
    }
}

#[tokio::test]
async fn proxy_secret_lets_a_front_end_sign_for_its_visitors() {
    const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let world = World::set(&[("PROXY_SECRET", SECRET), ("RATE_LIMIT_REFUSED", "1/60s")]).await;
    let now = world.clock.now().as_secs();
    let status = |secret: &str, visitor: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, format!("palisade-client\n{now}\n{visitor}").as_bytes());
        let value = format!("t={now},a={visitor},s={}", URL_SAFE_NO_PAD.encode(tag));
        let mut front_end = world.program().with_header("Palisade-Client", &value);
        async move { front_end.get("/nowhere").await.status }
    };
    let (one, other) = ("203.0.113.7", "2001:db8::1");
    let signed = [status(SECRET, one).await, status(SECRET, one).await, status(SECRET, other).await];
    assert_eq!(signed, [404, 429, 404], "each visitor has a bucket");
    // A header that does not hold names nobody: both are the front end itself.
    let wrong = "another-secret-another-secret-another";
    assert_eq!([status(wrong, one).await, status(wrong, other).await], [404, 429]);
}
