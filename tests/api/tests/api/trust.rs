//! The authorities that the real binary trusts for its connections to servers: one rule for all of them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use palisade_api_tests::binary::run;
use palisade_api_tests::smtp::MailServer;
use palisade_test_servers::{Authority, MongoDatabase, Options, RedisServer, ReplicaSet, TlsFront};

/// What `check --connect` says of a part.
fn said(part: &str, variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["check", "--connect"], variables).line(part)
}

/// Trusted by the file that is named, whoever names it; and by no other, nor without one.
fn holds(part: &str, server: (&str, &str), own: &str, file: &str, other: &str) {
    let at = |more: &[(&str, &str)]| {
        let all: Vec<_> =
            [server, ("MAIL_FROM", "no-reply@example.org")].into_iter().chain(more.iter().copied()).collect();
        said(part, &all)
    };
    let ok = format!("{part} ok ");
    for named in
        [vec![(own, file)], vec![("SSL_CERT_FILE", file)], vec![("SSL_CERT_FILE", other), (own, file)]]
    {
        let said = at(&named);
        assert!(said.starts_with(&ok), "{named:?}: {said}");
    }
    for named in [vec![], vec![("SSL_CERT_FILE", other)], vec![("SSL_CERT_FILE", file), (own, other)]] {
        let said = at(&named);
        assert!(
            said.contains(&format!("{part} failed ")) && said.contains("certificate"),
            "{named:?}: {said}"
        );
    }
}

fn other() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = Authority::new(folder.path()).unwrap().file().to_str().unwrap().to_owned();
    (folder, file)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_verified_with_the_configured_authorities() {
    let server = RedisServer::start_with_tls().await.unwrap();
    let url = server.tls_url().unwrap();
    let (_folder, other) = other();
    let file = server.authority().unwrap().to_str().unwrap();
    holds("limiter", ("RATE_LIMIT_URL", &url), "RATE_LIMIT_CA_FILE", file, &other);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_is_verified_with_the_configured_authorities() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path()).unwrap();
    let server = MailServer::start("250 ok");
    let front = TlsFront::before(server.port(), &authority).await.unwrap();
    let url = format!("smtps://{}", front.address());
    let (_folder, other) = other();
    holds("mail", ("SMTP_URL", &url), "SMTP_CA_FILE", authority.file().to_str().unwrap(), &other);
    assert_eq!(server.taken(), 0);

    // The other way round: it is begun in the clear with a server that waits for TLS.
    let begun =
        said("mail", &[("SMTP_URL", &url.replace("smtps", "smtp")), ("MAIL_FROM", "no-reply@example.org")]);
    assert!(
        begun.contains("a server that expects TLS at once sends nothing, and needs `smtps://`"),
        "{begun}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_is_verified_with_the_configured_authorities() {
    let set = ReplicaSet::with(Options { tls: true, ..Options::single() }).await.unwrap();
    let database = MongoDatabase::on(&set.url());
    let (_folder, other) = other();
    let with_file = database.url();
    let (url, file) = with_file.split_once("&tlsCAFile=").unwrap();
    let others = format!("{url}&tlsCAFile={other}");
    for part in [("store", "DATABASE_URL"), ("limiter", "RATE_LIMIT_URL")] {
        let (part, variable) = part;
        let at = |url: &str, more: &[(&str, &str)]| {
            let all: Vec<_> = std::iter::once((variable, url)).chain(more.iter().copied()).collect();
            said(part, &all)
        };
        let ok = format!("{part} ok ");
        assert!(at(&with_file, &[]).starts_with(&ok));
        assert!(at(url, &[("SSL_CERT_FILE", file)]).starts_with(&ok));
        assert!(at(&with_file, &[("SSL_CERT_FILE", &other)]).starts_with(&ok));
        for refused in
            [at(url, &[]), at(url, &[("SSL_CERT_FILE", &other)]), at(&others, &[("SSL_CERT_FILE", file)])]
        {
            assert!(refused.contains("certificate"), "{refused}");
        }
    }
}
