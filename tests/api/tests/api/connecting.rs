//! `palisade check --connect`: it reports ok if a start will succeed, names the mistake if it will not, and changes
//! nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use palisade_api_tests::IdentityProvider;
use palisade_api_tests::binary::{free_port, make_super_admin, path, run, succeed};
use palisade_api_tests::smtp::MailServer;
use palisade_api_tests::world::PASSWORD;
use palisade_test_servers::RedisServer;

const FROM: (&str, &str) = ("MAIL_FROM", "no-reply@example.org");

/// What it says of a part that does not work.
fn failed(part: &str, variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), &["check", "--connect"], variables);
    assert_eq!(ran.status, Some(1), "{}{}", ran.printed, ran.complained);
    let line = ran.line(part);
    assert!(line.starts_with(&format!("{part} failed ")), "{line}");
    line
}

/// Every file below a folder, with its size.
fn all(folder: &Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.path().display().to_string();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                found.push((name, 0));
            } else {
                found.push((name, entry.metadata().unwrap().len()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_store_that_cannot_be_created_or_written_fails_the_check() {
    let said = failed("store", &[("DATABASE_URL", "sqlite:///proc/nope/p.db")]);
    assert!(said.contains("cannot write /proc/nope/p.db: check that its folder exists"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let folder_itself = format!("sqlite://{}", folder.path().display());
    assert!(failed("store", &[("DATABASE_URL", &folder_itself)]).contains("cannot write "));
}

#[test]
fn a_check_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let empty = all(folder.path());
    succeed(folder.path(), &["check", "--connect"], &[]);
    assert_eq!(all(folder.path()), empty);
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/palisade.db"), "").unwrap();
    let empty = all(folder.path());
    let said = succeed(folder.path(), &["check", "--connect"], &[]);
    assert!(said.line("store").contains("does not exist yet"), "{}", said.printed);
    assert_eq!(all(folder.path()), empty, "an empty file stays one");

    make_super_admin(folder.path(), "root@example.org", PASSWORD, &[]);
    let status = || succeed(folder.path(), &["db", "status"], &[]).printed;
    let (made, known) = (all(folder.path()), status());
    succeed(folder.path(), &["check", "--connect"], &[]);
    assert_eq!((all(folder.path()), status()), (made, known));
}

/// The number of files that a process may open is blamed on the process.
#[test]
fn too_few_descriptors_are_not_blamed_on_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    make_super_admin(folder.path(), "root@example.org", PASSWORD, &[]);
    let limited = format!("ulimit -n 20 && exec {}", path().display());
    let mut command = Command::new("sh");
    command
        .args(["-c", &limited])
        .current_dir(folder.path())
        .env_clear()
        .env("PORT", free_port().to_string());
    let ran = command.output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("reached its limit of open files") && !said.contains("cannot write"), "{said}");
}

#[test]
fn errors_of_mail_servers_are_distinguished() {
    let server = MailServer::start("250 ok");
    let at = |user: &str| format!("smtp://{user}127.0.0.1:{}", server.port());
    let tried = |url: &str| failed("mail", &[("SMTP_URL", url), FROM]);
    server.answer("EHLO", "250-mail.test\r\n250 AUTH PLAIN");
    server.answer("AUTH", "535 5.7.8 Error: authentication failed");
    assert!(
        tried(&at("ada:wrong@"))
            .contains("AUTH was answered 535 5.7.8 (it does not accept the user and the password)")
    );
    server.mend();
    server.answer("RCPT", "554 5.7.1 <no-reply@example.org>: Relay access denied");
    assert!(tried(&at("")).contains("RCPT TO was answered 554 5.7.1 (it does not relay for this server"));
    server.answer("MAIL", "530 5.7.0 Authentication Required");
    assert!(tried(&at("")).contains("MAIL FROM was answered 530 5.7.0 (it requires a user and a password)"));
    server.answer("MAIL", "530 5.7.0 Must issue a STARTTLS command first");
    assert!(tried(&at("")).contains("it requires STARTTLS, and `smtp://` to this machine uses no TLS"));
    server.mend();
    server.answer("EHLO", "250-mail.test\r\n250 STARTTLS");
    assert!(
        tried(&at("ada:secret@")).contains("it requires STARTTLS, and `smtp://` to this machine uses no TLS")
    );
    server.mend();
    let mixed_up = format!("smtps://127.0.0.1:{}", server.port());
    assert!(tried(&mixed_up).contains("it does not begin with TLS at this port: write `smtp://`"));

    // One that knows its domain, and nobody of the name mail comes from.
    server.answer("RCPT", "550 5.1.1 <no-reply@example.org>: User unknown");
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &["check", "--connect"], &[("SMTP_URL", &at("")), FROM]);
    assert_eq!(server.taken(), 0, "no mail was sent");
}

#[test]
fn closing_and_silent_mail_servers_are_distinguished() {
    let closing = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", closing.local_addr().unwrap());
    std::thread::spawn(move || closing.incoming().for_each(drop));
    assert!(
        failed("mail", &[("SMTP_URL", &url), FROM])
            .contains("it closed the connection without an answer, at the greeting")
    );

    // It is connected to, for the system takes that on.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", silent.local_addr().unwrap());
    let said = failed("mail", &[("SMTP_URL", &url), FROM]);
    assert!(said.contains("it did not answer in time: a server that expects TLS at once"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_provider_is_tried_and_named() {
    let provider = IdentityProvider::start("IDP").await;
    let settings = provider.settings();
    let variables: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let folder = tempfile::tempdir().unwrap();
    let said = run(folder.path(), &["check", "--connect"], &variables);
    assert_eq!(said.status, Some(0), "{}{}", said.printed, said.complained);
    let line = said.line("idp");
    for works in ["has a document", "publishes 1 usable key", "takes the id and secret of this server"] {
        assert!(line.starts_with("idp ") && line.contains(works), "{line}");
    }
    provider.break_down();
    assert!(failed("idp", &variables).contains("reading the provider's document"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn warnings_fail_only_a_strict_check() {
    let server = RedisServer::start().await.unwrap();
    server.set("maxmemory-policy", "allkeys-lru").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = server.url();
    let redis = [("RATE_LIMIT_URL", url.as_str())];
    let check = |arguments: &[&str], variables: &[(&str, &str)]| run(folder.path(), arguments, variables);
    assert_eq!(check(&["check", "--connect", "--strict"], &[]).status, Some(0));
    let said = check(&["check", "--connect"], &redis);
    assert_eq!(said.status, Some(0));
    assert!(
        said.printed.contains("warning: limiter: its `maxmemory-policy` is allkeys-lru"),
        "{}",
        said.printed
    );
    assert_eq!(check(&["check", "--strict"], &redis).status, Some(0));
    let strict = check(&["check", "--connect", "--strict"], &redis);
    assert_eq!(strict.status, Some(1));
    assert!(
        strict.complained.contains("palisade: there is a warning, and --strict"),
        "{}",
        strict.complained
    );
    assert_eq!(check(&["check", "--strict"], &[("SMTP_HOST", "mail.example.org")]).status, Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_redis_are_distinguished() {
    let server = RedisServer::start_with_tls().await.unwrap();
    let (plain, tls) = (server.url(), server.tls_url().unwrap());
    let tried = |url: &str| failed("limiter", &[("RATE_LIMIT_URL", url)]);
    assert!(tried(&plain.replace("redis:", "rediss:")).contains("perhaps use `redis://`"));
    assert!(
        tried(&tls.replace("rediss:", "redis:")).contains("perhaps it accepts only TLS: use `rediss://`")
    );
    server.command(&["ACL", "SETUSER", "less", "on", ">secret", "~*", "+ping"]).unwrap();
    let less = plain.replace("redis://", "redis://less:secret@");
    assert!(tried(&less).contains("its user lacks a right, and docs/limit-stores.md lists them all"));
    server.set("requirepass", "another").unwrap();
    assert!(tried(&plain).contains("it wants a password, and the address has none"));
    let wrong = plain.replace("redis://", "redis://:wrong@");
    assert!(tried(&wrong).contains("it does not accept the user and the password"));
}
