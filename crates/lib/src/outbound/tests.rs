//! The guard, on real sockets of this machine.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use palisade_core::config::outbound::ProxyUrl;
use palisade_core::config::settings::Setting as _;
use palisade_core::ports::BoxFuture;
use palisade_core::utils::crypto::secret::SecretString;

use super::test_server::{Reply, TestServer};
use super::*;

/// Names with addresses that may change from one question to the next.
#[derive(Debug, Default)]
struct Names {
    answers: HashMap<&'static str, Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Names {
    fn with(mut self, name: &'static str, answers: &[&[&str]]) -> Self {
        let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        self.answers.insert(name, answers.iter().map(parse).collect());
        self
    }
}

impl Lookup for Names {
    fn lookup(&self, name: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let answers = self.answers.get(name.as_str());
        let answer = answers.and_then(|answers| answers.get(asked).or(answers.last())).cloned();
        Box::pin(async move { answer.ok_or_else(|| std::io::Error::other("no such name")) })
    }
}

const SHORT: Deadlines = Deadlines { connect: Duration::from_millis(300), whole: Duration::from_millis(600) };

fn outbound(allow: &str, names: Names) -> Outbound {
    let allow =
        if allow.is_empty() { palisade_core::net::OutboundAllow::default() } else { allow.parse().unwrap() };
    let config = OutboundConfig { allow, proxy: None };
    with(&config, names, None)
}

/// The authorities of this file, or of the machine.
fn with(config: &OutboundConfig, names: Names, file: Option<&std::path::Path>) -> Outbound {
    let (lookup, authorities) = (Arc::new(names) as Arc<dyn Lookup>, Authorities::of(file).unwrap());
    Outbound::with(config, &lookup, SHORT, &authorities).unwrap()
}

async fn get(outbound: &Outbound, url: &str) -> Result<Answer, OutboundError> {
    outbound.send(Call::get(url.parse().unwrap())).await
}

#[tokio::test]
async fn an_allowed_address_is_called() {
    let server = TestServer::start().await;
    server.reply("/a", Reply::new(418, "Application/JSON; charset=utf-8", "{}"));
    let port = server.address.port();
    for (allow, host) in [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.0/8", "127.0.0.1"),
        (&format!("127.0.0.1:{port}"), "127.0.0.1"),
        ("localhost", "localhost"),
        (&format!("localhost:{port}"), "localhost"),
        ("127.0.0.1", "localhost"),
        (&format!("127.0.0.1:{port}"), "id.localhost"),
    ] {
        let names =
            Names::default().with("localhost", &[&["127.0.0.1"]]).with("id.localhost", &[&["127.0.0.1"]]);
        let answer = get(&outbound(allow, names), &format!("http://{host}:{port}/a")).await.unwrap();
        assert_eq!(
            (answer.status(), answer.body(), answer.media_type().as_str()),
            (418, &b"{}"[..], "application/json")
        );
    }
    let seen = &server.received("/a")[0];
    assert_eq!((seen.method.as_str(), seen.headers["accept"].as_str()), ("GET", "application/json"));
}

#[tokio::test]
async fn json_is_posted_with_its_headers_and_of_the_answer_only_the_status_matters() {
    let server = TestServer::start().await;
    let large = vec![b'x'; 100_000];
    server.reply(
        "/hook",
        Reply { headers: vec![("Retry-After", "7".to_owned())], ..Reply::new(503, "text/plain", large) },
    );
    server.reply("/slow", Reply { delay: SHORT.whole * 2, ..Reply::new(200, "text/plain", "") });
    let at = |path: &str| format!("http://{}{path}", server.address).parse().unwrap();
    let outbound = outbound("127.0.0.1", Names::default());
    let call =
        |path: &str| Call::post_json(at(path), "{\"a\":1}".to_owned()).header("webhook-id", "one".to_owned());
    let answer = outbound.send(call("/hook").max_body(1_000).ignore_body()).await.unwrap();
    assert_eq!((answer.status(), answer.retry_after()), (503, Some(Duration::from_secs(7))));
    let seen = &server.received("/hook")[0];
    assert_eq!((seen.method.as_str(), seen.body.as_str()), ("POST", "{\"a\":1}"));
    assert_eq!(
        (seen.headers["content-type"].as_str(), seen.headers["webhook-id"].as_str()),
        ("application/json", "one")
    );
    let refused = outbound.send(call("/hook").max_body(1_000)).await.unwrap_err();
    assert!(matches!(refused, OutboundError::TooLarge(1_000)), "{refused}");
    let refused = outbound.send(call("/slow")).await.unwrap_err();
    assert!(matches!(refused, OutboundError::TimedOut(_)), "{refused}");
    assert_eq!(outbound.send(call("/slow").within(SHORT.whole * 8)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn no_private_address_is_called_by_any_spelling() {
    let server = TestServer::start().await;
    let port = server.address.port();
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "224.0.0.1",
        "192.0.2.1",
    ] {
        let refused =
            get(&outbound("", Names::default()), &format!("https://{host}:{port}/")).await.unwrap_err();
        assert!(matches!(refused, OutboundError::AddressNotAllowed), "{host}: {refused}");
    }
    for address in ["127.0.0.1", "::1", "10.0.0.1", "::ffff:127.0.0.1", "fd00::1", "169.254.169.254"] {
        let names = Names::default().with("id.example.org", &[&[address]]);
        let refused =
            get(&outbound("", names), &format!("https://id.example.org:{port}/")).await.unwrap_err();
        assert!(matches!(refused, OutboundError::AddressNotAllowed), "{address}: {refused}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_rule_for_one_port_or_host_opens_no_other() {
    let (server, other) = (TestServer::start().await, TestServer::start().await);
    let (port, closed) = (server.address.port(), other.address.port());
    let names =
        || Names::default().with("localhost", &[&["127.0.0.1"]]).with("other.localhost", &[&["127.0.0.1"]]);
    let allow = format!("localhost:{port}");
    let calls = outbound(&allow, names());
    assert!(get(&calls, &format!("http://localhost:{port}/")).await.is_ok());
    for url in [
        format!("https://localhost:{closed}/"),
        format!("https://other.localhost:{port}/"),
        format!("https://127.0.0.1:{port}/"),
    ] {
        let refused = get(&calls, &url).await.unwrap_err();
        assert!(matches!(refused, OutboundError::AddressNotAllowed), "{url}: {refused}");
    }
    assert_eq!((server.count(), other.count()), (1, 0));
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_called_at_the_checked_address_only() {
    let server = TestServer::start().await;
    let port = server.address.port();
    // First a public address, which nobody answers from here; a second question would give ours.
    let names = Names::default().with("id.example.org", &[&["192.0.2.1"], &["127.0.0.1"]]);
    let calls = outbound("192.0.2.1", names);
    let failed = get(&calls, &format!("https://id.example.org:{port}/")).await.unwrap_err();
    assert!(!matches!(failed, OutboundError::AddressNotAllowed), "{failed}");
    // Each new connection is checked again.
    let refused = get(&calls, &format!("https://id.example.org:{port}/")).await.unwrap_err();
    assert!(matches!(refused, OutboundError::AddressNotAllowed), "{refused}");
    // Of several addresses only the allowed ones are tried.
    let names = Names::default().with("mixed.localhost", &[&["10.0.0.1", "127.0.0.1", "192.168.0.1"]]);
    let calls = outbound("127.0.0.1", names);
    assert!(get(&calls, &format!("http://mixed.localhost:{port}/")).await.is_ok());
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn nothing_is_sent_without_tls_but_on_this_machine() {
    let server = TestServer::start().await;
    let port = server.address.port();
    let names =
        || Names::default().with("id.example.org", &[&["127.0.0.1"]]).with("localhost", &[&["10.0.0.1"]]);
    for url in [
        "http://id.example.org/",
        "http://1.1.1.1/",
        "http://10.0.0.1/",
        &format!("http://id.example.org:{port}/"),
    ] {
        let refused = get(&outbound("id.example.org,10.0.0.1,127.0.0.1", names()), url).await.unwrap_err();
        assert!(matches!(refused, OutboundError::NotEncrypted), "{url}: {refused}");
    }
    let refused = get(&outbound("", names()), &format!("http://localhost:{port}/")).await.unwrap_err();
    assert!(matches!(refused, OutboundError::NotEncrypted), "not in the list: {refused}");
    let refused =
        get(&outbound("localhost", names()), &format!("http://localhost:{port}/")).await.unwrap_err();
    assert!(matches!(refused, OutboundError::AddressNotAllowed), "localhost elsewhere: {refused}");
    for url in
        ["ftp://1.1.1.1/", "https://user@1.1.1.1/", "https://u:p@1.1.1.1/", "file:///etc/passwd", "data:,x"]
    {
        let refused = get(&outbound("", names()), url).await.unwrap_err();
        assert!(matches!(refused, OutboundError::BadAddress), "{url}: {refused}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let (server, other) = (TestServer::start().await, TestServer::start().await);
    for status in [301, 302, 303, 307, 308] {
        let location = ("Location", format!("{}/secret", other.url()));
        server.reply("/", Reply { headers: vec![location], ..Reply::new(status, "text/html", "") });
        let calls = outbound("127.0.0.1", Names::default());
        let form = Call::post_form(server.url().parse().unwrap(), SecretString::from("code=1"));
        assert_eq!(calls.send(form).await.unwrap().status(), status);
    }
    assert_eq!((server.count(), other.count()), (5, 0));
}

#[tokio::test]
async fn a_slow_server_costs_its_deadline() {
    let server = TestServer::start().await;
    let calls = outbound("127.0.0.1", Names::default());
    let slow = Duration::from_mins(1);
    server.reply("/silent", Reply { delay: slow, ..Reply::new(200, "", "") });
    server.reply("/halting", Reply { pause: slow, ..Reply::new(200, "text/plain", "0123456789") });
    for path in ["/silent", "/halting"] {
        let failed = get(&calls, &format!("{}{path}", server.url())).await.unwrap_err();
        assert!(matches!(failed, OutboundError::TimedOut(_)), "{path}: {failed}");
    }
}

#[tokio::test]
async fn an_answer_has_a_largest_size() {
    let server = TestServer::start().await;
    let calls = outbound("127.0.0.1", Names::default());
    let size = |bytes: usize| Reply::new(200, "text/plain", vec![b'x'; bytes]);
    server.reply("/fits", size(256 * 1024));
    server.reply("/large", size(256 * 1024 + 1));
    server.reply("/says-so", Reply { headers: vec![("Content-Length", "999999999".to_owned())], ..size(10) });
    assert_eq!(get(&calls, &format!("{}/fits", server.url())).await.unwrap().body().len(), 256 * 1024);
    for path in ["/large", "/says-so"] {
        let failed = get(&calls, &format!("{}{path}", server.url())).await.unwrap_err();
        assert!(matches!(failed, OutboundError::TooLarge(_)), "{path}: {failed}");
    }
    let call = Call::get(format!("{}/fits", server.url()).parse().unwrap()).max_body(1024);
    assert!(matches!(calls.send(call).await, Err(OutboundError::TooLarge(1024))));
}

#[tokio::test]
async fn what_is_no_http_is_unreachable() {
    let server = TestServer::start().await;
    let calls = outbound("127.0.0.1", Names::default());
    for raw in [
        &b""[..],
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx",
    ] {
        server.reply("/", Reply::raw(raw));
        let failed = get(&calls, &server.url()).await.unwrap_err();
        assert!(matches!(failed, OutboundError::Unreachable(_)), "{raw:?}: {failed}");
    }
    // Neither is a server that speaks no TLS, or none at all.
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = plain.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let failed = get(&calls, &format!("https://{address}/")).await.unwrap_err();
    assert!(matches!(failed, OutboundError::Tls(_)), "{failed:?}");
    let port = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let failed = get(&calls, &format!("http://127.0.0.1:{port}/")).await.unwrap_err();
    assert!(matches!(failed, OutboundError::Unreachable(_)), "{failed}");
    let failed = get(&calls, "https://nowhere.example.org/").await.unwrap_err();
    assert!(matches!(failed, OutboundError::Unreachable(_)), "{failed}");
}

#[tokio::test]
async fn a_configured_proxy_gets_every_call_and_no_plain_text() {
    let proxy = TestServer::start().await;
    let address = format!("http://ada:hunter7@127.0.0.1:{}", proxy.address.port());
    let config = OutboundConfig {
        allow: "localhost".parse().unwrap(),
        proxy: Some(ProxyUrl::parse(&address).unwrap()),
    };
    let calls = with(&config, Names::default(), None);
    let failed = get(&calls, "https://id.example.org/secret").await.unwrap_err();
    assert!(!matches!(failed, OutboundError::AddressNotAllowed), "{failed}");
    let seen = &proxy.received("id.example.org:443")[0];
    assert_eq!(seen.method, "CONNECT");
    assert!(seen.headers["proxy-authorization"].starts_with("Basic "), "{seen:?}");
    let refused = get(&calls, "http://localhost/").await.unwrap_err();
    assert!(matches!(refused, OutboundError::NotEncrypted), "{refused}");
    let refused = get(&calls, "https://10.0.0.1/").await.unwrap_err();
    assert!(matches!(refused, OutboundError::AddressNotAllowed), "{refused}");
    assert_eq!(proxy.count(), 1);
}

#[tokio::test]
async fn a_server_must_prove_its_name_by_a_trusted_authority() {
    let (folder, server) = (tempfile::tempdir().unwrap(), TestServer::start().await);
    server.reply("/", Reply::new(200, "text/plain", "hello"));
    let authority = palisade_test_servers::Authority::new(folder.path()).unwrap();
    let front = palisade_test_servers::TlsFront::before(server.address.port(), &authority).await.unwrap();
    let config = OutboundConfig { allow: "127.0.0.1".parse().unwrap(), proxy: None };
    let trusting =
        with(&config, Names::default().with("localhost", &[&["127.0.0.1"]]), Some(authority.file()));
    let url = format!("https://127.0.0.1:{}/", front.address().port());
    assert_eq!(get(&trusting, &url).await.unwrap().body(), b"hello");
    // The certificate is for the address, not for the name.
    let failed = get(&trusting, &url.replace("127.0.0.1", "localhost")).await.unwrap_err();
    assert!(matches!(failed, OutboundError::Tls(_)), "{failed}");
    let failed = get(&with(&config, Names::default(), None), &url).await.unwrap_err();
    assert!(matches!(failed, OutboundError::Tls(_)), "{failed}");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let server = TestServer::start().await;
    server.reply("/canary", Reply::new(200, "text/plain", "canary"));
    let url: Url = format!("{}/canary?code=canary", server.url()).parse().unwrap();
    let call =
        Call::post_form(url, SecretString::from("code=canary")).authorization(SecretString::from("canary"));
    let mut printed = vec![format!("{call:?}")];
    let calls = outbound("127.0.0.1", Names::default());
    let answer = calls.send(call).await.unwrap();
    printed.push(format!("{answer:?}{calls:?}"));
    server.reply("/canary", Reply::raw(b"canary"));
    for url in [format!("{}/canary?canary", server.url()), "https://10.0.0.1/canary?canary".to_owned()] {
        let failed = get(&calls, &url).await.unwrap_err();
        printed.push(format!("{failed}{failed:?}{failed:#?}"));
    }
    assert!(printed.iter().all(|text| !text.contains("canary")), "{printed:?}");
}
