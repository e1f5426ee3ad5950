//! Settings of the whole program.

use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::time::Duration;

use palisade_api_tests::binary::{command, free_port, succeed};
use palisade_api_tests::smtp::MailServer;
use palisade_api_tests::{Binary, World};
use serde_json::json;
use tempfile::TempDir;

use super::{REGISTER, register, until};

#[tokio::test]
async fn app_env_is_what_the_program_is_run_for() {
    let folder = tempfile::tempdir().unwrap();
    let secret = succeed(folder.path(), &["keys", "new", "--id", "one"], &[]).printed;
    let variables = [
        ("HOST", "127.0.0.1"),
        ("APP_URL", "https://app.example.org"),
        ("SMTP_URL", "smtps://mailer:q7PxT2vR9kLm@smtp.example.org:465"),
        ("MAIL_FROM", "no-reply@example.org"),
        ("SECRET_KEYS", secret.trim()),
        ("APP_ENV", "production"),
    ];
    let (development, production) = (Binary::start(&[]).await, Binary::start(&variables).await);
    assert_eq!(development.program().get("/dev/mailbox").await.status, 200);
    assert_eq!(production.program().get("/dev/mailbox").await.status, 404);
}

/// A server that is waited for where it is told to listen. Dropping it kills it.
struct Elsewhere {
    child: Child,
    _folder: TempDir,
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn host_is_the_address_it_listens_on() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let text = port.to_string();
    let mut server = command(folder.path(), &[], &[("HOST", "127.0.0.2"), ("PORT", &text)]);
    let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let _server = Elsewhere { child: server, _folder: folder };
    let answers =
        async |host: [u8; 4]| tokio::net::TcpStream::connect(SocketAddr::from((host, port))).await.is_ok();
    until("it listens", async || answers([127, 0, 0, 2]).await).await;
    assert!(!answers([127, 0, 0, 1]).await, "and nowhere else");
}

#[tokio::test]
async fn port_is_the_port_it_listens_on() {
    // The world of these tests chooses it for each server.
    let (one, other) = (Binary::start(&[]).await, Binary::start(&[]).await);
    for server in [&one, &other] {
        server.says(&format!("\"address\":\"127.0.0.1:{}\"", server.address().port())).await;
    }
    assert_ne!(one.address(), other.address());
}

#[tokio::test]
async fn app_url_is_where_mailed_links_lead() {
    for url in ["http://localhost:3000", "http://shop.localhost"] {
        let world = World::set(&[("APP_URL", url)]).await;
        register(&world, "ada@example.org").await;
        let mail = world.mail_to("ada@example.org").await;
        let link = mail["links"][0].as_str().unwrap();
        assert!(link.starts_with(&format!("{url}/account/verify#")), "{link}");
    }
}

#[tokio::test]
async fn home_url_is_where_people_go_on() {
    for home in ["http://localhost:3000/shop", "https://www.example.org/"] {
        let world = World::set(&[("HOME_URL", home)]).await;
        let page = world.program().get("/account/sign-in").await.body;
        assert!(page.contains(&format!("data-next=\"{home}\"")), "{home}: {page}");
    }
}

#[tokio::test]
async fn sign_in_url_is_where_people_sign_in() {
    for url in ["http://localhost:3000/sign-in", "https://www.example.org/in"] {
        let world = World::set(&[("SIGN_IN_URL", url)]).await;
        let page = world.program().get("/account/verify").await.body;
        assert!(page.contains(&format!("href=\"{url}\"")), "{url}: {page}");
    }
}

/// All that a server wrote to its log until it was stopped.
async fn log(variables: &[(&str, &str)]) -> String {
    let mut server = Binary::start(variables).await;
    server.terminate();
    tokio::time::timeout(Duration::from_mins(1), server.ended()).await.unwrap();
    server.output("stdout.log")
}

#[tokio::test]
async fn log_level_is_what_is_logged() {
    let (everything, warnings) = (log(&[]).await, log(&[("LOG_LEVEL", "warn")]).await);
    assert!(
        everything.contains("\"listening\"") && everything.contains("/api/v1/health/ready"),
        "{everything}"
    );
    assert!(!warnings.contains("listening") && !warnings.contains("/api/v1/health/ready"), "{warnings}");
}

#[tokio::test]
async fn log_format_is_how_log_lines_look() {
    let (json, pretty) = (log(&[("LOG_FORMAT", "json")]).await, log(&[("LOG_FORMAT", "pretty")]).await);
    assert!(json.lines().all(|line| line.starts_with('{')), "{json}");
    assert!(pretty.contains("listening") && !pretty.lines().any(|line| line.starts_with('{')), "{pretty}");
}

#[tokio::test]
async fn app_name_is_what_the_product_calls_itself() {
    let world = World::set(&[("APP_NAME", "Fish & Chips")]).await;
    let mut program = world.program();
    assert!(program.get("/account/verify").await.body.contains("· Fish &amp; Chips</title>"));
    assert!(program.get("/docs").await.body.contains("<title>Fish &amp; Chips API reference</title>"));
    assert_eq!(program.get("/api/v1/openapi.json").await.at("/info/title"), "Fish & Chips");

    let weak = json!({"email": "ada@example.org", "password": "more fish-and-chips", "name": "Ada"});
    assert_eq!(program.post(REGISTER, weak).await.status, 202, "that is another name");
    for name in ["more fish & chips", "more palisade 7"] {
        let named = json!({"email": "eve@example.org", "password": name});
        assert_eq!(world.program().post(REGISTER, named).await.details(), ["password:not_allowed"], "{name}");
    }

    world.registered(&mut world.browser(), "bea@example.org").await;
    register(&world, "bea@example.org").await;
    for mail in world.mails_to("bea@example.org", 2).await {
        let (subject, text) = (mail["subject"].as_str().unwrap(), mail["text"].as_str().unwrap());
        assert!(subject.contains("Fish & Chips") && text.contains("Fish & Chips"), "{subject}: {text}");
        assert!(!subject.contains("Palisade") && !text.contains("Palisade"), "{subject}: {text}");
    }
    let mut person = world.program().with_header("Accept", "text/html");
    for path in ["/", "/docs", "/account/verify", "/account/setup", "/dev/mailbox", "/nothing"] {
        let page = person.get(path).await.body;
        assert!(page.contains("Fish &amp; Chips") && !page.contains("Palisade"), "{path}: {page}");
    }
}

#[tokio::test]
async fn app_name_stands_beside_an_address_that_has_no_name() {
    let server = MailServer::start("250 ok");
    let world = World::set(&[
        ("SMTP_URL", &server.url()),
        ("MAIL_FROM", "shop@example.org"),
        ("APP_NAME", "The Shop"),
    ])
    .await;
    register(&world, "ada@example.org").await;
    let said = tokio::task::spawn_blocking(move || server.conversation()).await.unwrap();
    let line = said.lines().find(|line| line.starts_with("From: ")).unwrap();
    assert_eq!(line.replace('"', ""), "From: The Shop <shop@example.org>");
}
