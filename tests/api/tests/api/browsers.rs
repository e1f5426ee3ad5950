//! The protocol with browsers: forged requests, scripts of other origins, cookies and headers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod cookies;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use serde_json::{Value, json};

const APP: &str = "https://app.example.org";
const LISTED: &str = "https://www.example.org";

/// A server as in production, seen as `https://app.example.org`, with a super-admin.
async fn production() -> World {
    let mut key = [0; 32];
    aws_lc_rs::rand::fill(&mut key).unwrap();
    let keys = format!("test:{}", STANDARD.encode(key));
    let world = World::set(&[
        ("APP_ENV", "production"),
        ("APP_URL", APP),
        ("SECRET_KEYS", &keys),
        ("SMTP_URL", "smtp://127.0.0.1:9"),
        ("MAIL_FROM", "no-reply@example.org"),
        ("CORS_ORIGINS", LISTED),
    ])
    .await;
    world.made_super_admin("root@example.org").await;
    world
}

/// No cookies, no origin, asking for the name that people see.
fn program(world: &World) -> Client {
    Client::new(world.address, "app.example.org")
}

async fn signed_in(world: &World) -> (Client, Answer) {
    let mut browser = program(world);
    let credentials = json!({"email": "root@example.org", "password": PASSWORD});
    let answer = browser.post("/api/v1/auth/login", credentials).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    (browser, answer)
}

/// Everything that changes something, with a body it would take.
fn unsafe_routes() -> Vec<(&'static str, &'static str, Value)> {
    let token = "A".repeat(43);
    vec![
        ("POST", "/api/v1/auth/register", json!({"email": "eve@example.org", "password": PASSWORD})),
        ("POST", "/api/v1/auth/resend-verification", json!({"email": "eve@example.org"})),
        ("POST", "/api/v1/auth/verify-email", json!({"token": token, "password": PASSWORD})),
        ("POST", "/api/v1/auth/login", json!({"email": "root@example.org", "password": PASSWORD})),
        (
            "POST",
            "/api/v1/auth/setup",
            json!({"token": token, "email": "eve@example.org", "password": PASSWORD}),
        ),
        ("POST", "/api/v1/auth/refresh", Value::Null),
        ("PATCH", "/api/v1/users/me", json!({"name": "Eve"})),
        ("POST", "/api/v1/auth/logout-all", Value::Null),
        ("POST", "/api/v1/auth/logout", Value::Null),
    ]
}

type Headers = &'static [(&'static str, &'static str)];

#[tokio::test]
async fn a_forged_request_is_refused_on_every_route_and_changes_nothing() {
    let world = production().await;
    let (mut root, _) = signed_in(&world).await;
    let before = root.get("/api/v1/users/me").await;
    let forged: [Headers; 21] = [
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "Same-Origin")],
        &[("Sec-Fetch-Site", "")],
        &[("Sec-Fetch-Site", "same-origin, cross-site")],
        &[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "same-origin")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.org")],
        &[("Origin", "https://evil.org")],
        &[("Origin", "null")],
        &[("Origin", "")],
        &[("Origin", "https://app.example.org/")],
        &[("Origin", "https://APP.example.org")],
        &[("Origin", "https://app.example.org:443")],
        &[("Origin", "https://app.example.org.")],
        &[("Origin", "http://app.example.org")],
        &[("Origin", "https://app.example.org.evil.org")],
        &[("Origin", "https://evilapp.example.org")],
        &[("Origin", "https://app.example.org@evil.org")],
        &[("Origin", "http://localhost:8080")],
        &[("Origin", "https://app.example.org, https://evil.org")],
        &[("Origin", APP), ("Origin", APP)],
    ];
    for (method, path, body) in unsafe_routes() {
        for headers in forged {
            for client in [program(&world), root.clone()] {
                let mut client =
                    headers.iter().fold(client, |client, (name, value)| client.with_header(name, value));
                let answer = client.json(method, path, body.clone()).await;
                assert!(
                    answer.is_refusal(403, "CSRF_REJECTED"),
                    "{path} {headers:?}: {} {}",
                    answer.status,
                    answer.body
                );
                assert!(answer.body.contains(APP), "the message names the origin to send");
                assert_eq!(answer.all("set-cookie").count(), 0);
            }
        }
        // A browser of this decade always says something; who says nothing and has cookies must.
        let answer = root.json(method, path, body.clone()).await;
        assert!(answer.is_refusal(403, "CSRF_REJECTED"), "{path}: {} {}", answer.status, answer.body);
        let referer =
            root.clone().with_header("Referer", "https://app.example.org/").json(method, path, body).await;
        assert!(referer.is_refusal(403, "CSRF_REJECTED"), "a Referer alone is no origin");
    }
    assert_eq!(root.get("/api/v1/users/me").await.at("/data"), before.at("/data"));
}

#[tokio::test]
async fn legitimate_requests_pass_the_csrf_check() {
    let world = production().await;
    let honest: [Headers; 5] = [
        &[("Origin", APP)],
        &[("Origin", LISTED)],
        &[("Sec-Fetch-Site", "same-origin")],
        &[("Sec-Fetch-Site", "none")],
        &[("Origin", LISTED), ("Sec-Fetch-Site", "same-site")],
    ];
    for (method, path, body) in unsafe_routes() {
        for headers in honest {
            let (client, _) = signed_in(&world).await;
            let mut client =
                headers.iter().fold(client, |client, (name, value)| client.with_header(name, value));
            let answer = client.json(method, path, body.clone()).await;
            assert_ne!(answer.status, 403, "{path} {headers:?}: {}", answer.body);
        }
        // A program without cookies, and one with a token of its own beside them.
        assert_ne!(program(&world).json(method, path, body.clone()).await.status, 403, "{path}");
        let (root, _) = signed_in(&world).await;
        let bearer = format!("Bearer {}", root.cookie("__Host-palisade-access").unwrap());
        let answer = root.with_header("Authorization", &bearer).json(method, path, body).await;
        assert_ne!(answer.status, 403, "{path}: {}", answer.body);
    }
    for site in ["cross-site", "same-site"] {
        let (root, _) = signed_in(&world).await;
        let answer = root.with_header("Sec-Fetch-Site", site).get("/api/v1/users/me").await;
        assert_eq!(answer.status, 200, "reading is safe");
    }
}

#[tokio::test]
async fn forged_requests_use_up_only_their_own_limit() {
    let world = World::set(&[("RATE_LIMIT_LOGIN", "3/60s"), ("RATE_LIMIT_REFUSED", "4/60s")]).await;
    let credentials = json!({"email": "ada@example.org", "password": PASSWORD});
    for expected in [403, 403, 403, 403, 429] {
        let answer = world
            .program()
            .from_origin("https://evil.org")
            .post("/api/v1/auth/login", credentials.clone())
            .await;
        assert_eq!(answer.status, expected);
    }
    for expected in [401, 401, 401, 429] {
        let answer = world.browser().post("/api/v1/auth/login", credentials.clone()).await;
        assert_eq!(answer.status, expected);
    }
}

fn cross_origin(answer: &Answer) -> Vec<&str> {
    let names = answer.headers.iter().map(|(name, _)| name.as_str());
    names.filter(|name| name.starts_with("access-control-")).collect()
}

#[tokio::test]
async fn other_origins_read_answers_only_if_they_are_listed() {
    let world = production().await;
    let (mut root, _) = signed_in(&world).await;
    let preflight =
        [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")];
    let paths = ["/api/v1/auth/login", "/api/v1/users/me", "/api/v1/users", "/api/v1/nothing", "/docs"];
    for origin in [
        "https://evil.org",
        "null",
        "*",
        "",
        "https://www.example.org.evil.org",
        "https://evilwww.example.org",
        "https://x.www.example.org",
        "http://www.example.org",
        "https://www.example.org:8443",
        "https://WWW.example.org",
        "https://www.example.org/",
        "http://localhost:3000",
    ] {
        for path in paths {
            let asked = program(&world).from_origin(origin).send("OPTIONS", path, &preflight, b"").await;
            let read = root.send("GET", path, &[("Origin", origin)], b"").await;
            for answer in [asked, read] {
                assert_eq!(cross_origin(&answer), Vec::<&str>::new(), "{origin} {path}");
                assert!(answer.all("vary").any(|vary| vary.contains("Origin")), "{origin} {path}");
            }
        }
    }
    for origin in [APP, LISTED] {
        let mut told = Vec::new();
        for path in paths {
            let asked = program(&world).from_origin(origin).send("OPTIONS", path, &preflight, b"").await;
            assert_eq!((asked.status, asked.body.as_str()), (204, ""), "{path}");
            assert_eq!(asked.header("access-control-allow-origin"), Some(origin));
            assert_eq!(asked.header("access-control-allow-headers"), Some("content-type"));
            assert!(asked.all("vary").any(|vary| vary.contains("Access-Control-Request-Headers")), "{path}");
            told.push(cross_origin(&asked).len());
            let read = root.send("GET", path, &[("Origin", origin)], b"").await;
            assert_eq!(read.header("access-control-allow-origin"), Some(origin), "{path}");
            assert_eq!(read.header("access-control-allow-credentials"), Some("true"));
            let exposed = read.header("access-control-expose-headers").unwrap();
            for name in [
                "Content-Range",
                "ETag",
                "RateLimit",
                "RateLimit-Policy",
                "Retry-After",
                "X-RateLimit-Remaining",
                "X-Request-Id",
            ] {
                assert!(exposed.contains(name), "{exposed}");
            }
        }
        assert!(told.iter().all(|count| *count == told[0]), "what exists is not told to a preflight");
    }
    let silent = root.get("/api/v1/users/me").await;
    assert!(cross_origin(&silent).is_empty() && silent.all("vary").any(|vary| vary.contains("Origin")));
}

#[tokio::test]
async fn an_allowed_origin_may_send_any_header() {
    let world = production().await;
    let wanted = "baggage,content-type,sentry-trace,x-requested-with";
    let preflight = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", wanted)];
    for (origin, allowed) in [
        (APP, Some("baggage, content-type, sentry-trace, x-requested-with")),
        (LISTED, Some("baggage, content-type, sentry-trace, x-requested-with")),
        ("https://evil.org", None),
    ] {
        let asked =
            program(&world).from_origin(origin).send("OPTIONS", "/api/v1/auth/login", &preflight, b"").await;
        assert_eq!((asked.status, asked.header("access-control-allow-headers")), (204, allowed), "{origin}");
    }
}

#[tokio::test]
async fn the_origin_of_a_hybrid_app_can_be_listed() {
    let world = World::set(&[("CORS_ORIGINS", "capacitor://localhost,http://tauri.localhost")]).await;
    let ada = world.user("ada@example.org").await;
    let bearer = format!("Bearer {}", ada.cookie("palisade-access").unwrap());
    for (origin, passes) in [
        ("capacitor://localhost", true),
        ("http://tauri.localhost", true),
        ("ionic://localhost", false),
        ("capacitor://localhost.", false),
        ("capacitor://localhost:1", false),
    ] {
        let mut shell = world
            .program()
            .from_origin(origin)
            .with_header("Authorization", &bearer)
            .with_header("Sec-Fetch-Site", "cross-site");
        let read = shell.get("/api/v1/users/me").await;
        assert_eq!(read.status, 200);
        assert_eq!(read.header("access-control-allow-origin").is_some(), passes, "{origin}");
        let renamed = shell.patch("/api/v1/users/me", json!({"name": "Ada"})).await;
        assert_eq!(renamed.status, if passes { 200 } else { 403 }, "{origin}: {}", renamed.body);
    }
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let world = production().await;
    let (mut root, login) = signed_in(&world).await;
    let preflight = [("Origin", LISTED), ("Access-Control-Request-Method", "POST")];
    let answers = [
        login,
        root.get("/api/v1/users/me").await,
        root.get("/api/v1/auth/jwks").await,
        root.get("/docs").await,
        root.get("/account/verify").await,
        root.get("/api/v1/users?limit=0").await,
        program(&world).get("/api/v1/users/me").await,
        root.post("/api/v1/auth/logout", Value::Null).await,
        root.get("/api/v1/users/me/x.css").await,
        root.send("PUT", "/api/v1/users/me", &[("Origin", APP)], b"").await,
        program(&world).send("POST", "/api/v1/auth/login", &[("Content-Type", "text/plain")], b"x").await,
        program(&world)
            .send(
                "POST",
                "/api/v1/auth/login",
                &[("Content-Type", "application/json")],
                "x".repeat(70_000).as_bytes(),
            )
            .await,
        root.get(&format!("/{}", "a".repeat(9_000))).await,
        program(&world).send("GET", "/", &[("X", &"a".repeat(17_000))], b"").await,
        program(&world).send("OPTIONS", "/api/v1/auth/login", &preflight, b"").await,
        Client::new(world.address, "odd host").get("/").await,
    ];
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 400, 401, 403, 404, 405, 415, 413, 414, 431, 204, 400]);
    for answer in answers {
        let about = format!("{} {}", answer.status, answer.body.chars().take(80).collect::<String>());
        let is = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        assert_eq!(is("x-content-type-options"), "nosniff", "{about}");
        assert_eq!(is("x-frame-options"), "DENY", "{about}");
        assert_eq!(is("referrer-policy"), "no-referrer", "{about}");
        assert_eq!(is("cross-origin-opener-policy"), "same-origin", "{about}");
        assert_eq!(is("strict-transport-security"), "max-age=63072000; includeSubDomains", "{about}");
        let policy = is("content-security-policy");
        for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{about}: {policy}");
        }
        assert!(!is("x-request-id").is_empty(), "{about}");
        assert!(answer.header("server").is_none() && answer.header("x-powered-by").is_none(), "{about}");
        if answer.at_if_json("/meta/requestId").is_string() {
            assert_eq!(is("cache-control"), "no-store", "{about}");
            assert_eq!(is("content-type"), "application/json; charset=utf-8", "{about}");
        }
    }
}
