//! The default limits: how many requests pass, who shares a bucket, and the promise to a client that must wait.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, World};
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login";

/// Limits that are not the subject of a test, out of its way; people are made by the operator's hand.
const ROOMY_ACCOUNTS: [(&str, &str); 3] = [
    ("RATE_LIMIT_LOGIN_ACCOUNT", "100000/15m"),
    ("RATE_LIMIT_LOGIN_ACCOUNT_DAY", "100000/1d"),
    ("HASHING_QUEUE", "10000"),
];

/// A sign-in for an account of its own, with these headers.
async fn attempt(world: &World, number: usize, headers: &[(&str, &str)]) -> Answer {
    let body =
        json!({"email": format!("nobody{number}@example.org"), "password": "wrong for everyone"}).to_string();
    let headers = [&[("Content-Type", "application/json")], headers].concat();
    world.browser().send("POST", LOGIN, &headers, body.as_bytes()).await
}

fn number(answer: &Answer, header: &str) -> u64 {
    answer.header(header).unwrap().parse().unwrap()
}

#[tokio::test]
async fn ten_sign_ins_pass_a_minute_and_retry_after_is_exact() {
    let world = World::limited().await;
    for turn in 0..10_usize {
        let answer = attempt(&world, turn, &[]).await;
        assert_eq!((answer.status, number(&answer, "x-ratelimit-remaining")), (401, 9 - turn as u64));
        assert_eq!(number(&answer, "x-ratelimit-limit"), 10);
        assert!(answer.header("ratelimit-policy").unwrap().contains("\"login\";q=10;w=60"));
        assert!(answer.header("ratelimit").unwrap().contains(&format!("\"login\";r={}", 9 - turn)));
        assert!(answer.header("retry-after").is_none());
        world.advance(Duration::from_secs(3));
    }
    // Thirty seconds in: the first was thirty seconds ago.
    for _ in 0..25 {
        let refused = attempt(&world, 99, &[]).await;
        assert!(refused.is_refusal(429, "RATE_LIMITED"), "{}", refused.body);
        assert_eq!(number(&refused, "retry-after"), 30);
        assert_eq!(number(&refused, "x-ratelimit-remaining"), 0);
        assert!(refused.header("ratelimit").unwrap().contains("\"login\";r=0;t=30"));
        assert!(!refused.body.contains("nobody"));
    }
    world.advance(Duration::from_millis(29_999));
    assert_eq!(attempt(&world, 10, &[]).await.status, 429, "a millisecond early");
    world.advance(Duration::from_millis(1));
    assert_eq!(attempt(&world, 11, &[]).await.status, 401, "as promised; the refused ones were not charged");
    let next = attempt(&world, 12, &[]).await;
    assert_eq!(
        (next.status, number(&next, "retry-after")),
        (429, 3),
        "one leaves the window every three seconds"
    );
    // Other policies count apart.
    let body = json!({"email": "eve@example.org", "password": PASSWORD});
    assert_eq!(world.browser().post("/api/v1/auth/register", body).await.status, 202);
    assert_eq!(world.browser().get("/api/v1/health/live").await.status, 200);
}

#[tokio::test]
async fn an_untrusted_forwarder_is_one_client() {
    let world = World::limited().await;
    for turn in 0..10 {
        let claimed = format!("198.51.100.{turn}");
        let forwarded = format!("for={claimed}");
        let headers = [
            ("X-Forwarded-For", claimed.as_str()),
            ("Forwarded", forwarded.as_str()),
            ("X-Real-IP", claimed.as_str()),
            ("True-Client-IP", claimed.as_str()),
            ("CF-Connecting-IP", claimed.as_str()),
            ("X-Vercel-Forwarded-For", claimed.as_str()),
            ("X-Client-IP", claimed.as_str()),
        ];
        assert_eq!(attempt(&world, turn, &headers).await.status, 401, "{turn}");
    }
    assert_eq!(attempt(&world, 10, &[("X-Forwarded-For", "203.0.113.9")]).await.status, 429);
    assert_eq!(attempt(&world, 11, &[]).await.status, 429);
    let log = String::from_utf8(world.log.writes().concat()).unwrap();
    assert!(log.contains("127.0.0.1") && !log.contains("198.51.100."), "the log shows the real peer");
}

#[tokio::test]
async fn behind_trusted_proxies_the_last_untrusted_hop_is_the_client() {
    let world =
        World::set(&[("TRUSTED_PROXIES", "127.0.0.0/8,10.0.0.0/8"), ("RATE_LIMIT_LOGIN", "2/60s")]).await;
    let mut turn = 0;
    let mut from = async |address: &str| {
        turn += 1;
        attempt(&world, turn, &[("X-Forwarded-For", address)]).await.status
    };
    let one_client_each: [&[&str]; 5] = [
        // What stands further left is hearsay; further proxies of ours are skipped.
        &["192.0.2.1", "203.0.113.7, 192.0.2.1", "192.0.2.1, 10.1.2.3"],
        &["192.0.2.2", "192.0.2.2:4711", "::ffff:192.0.2.2"],
        // One /64 is one network, however its addresses are spelled.
        &["2001:db8:0:1::1", "2001:DB8:0:1:ffff::2", "[2001:0db8:0000:0001::3]:443"],
        &["2001:db8:0:2::1", "2001:db8:0:2::1%eth0", "2001:db8:0:2:8000::"],
        // What is no address shares one bucket: that of the proxy.
        &["192.0.2.9, unknown", "198.51.100.1, nonsense", "192.0.2.77, "],
    ];
    for spellings in one_client_each {
        let statuses = [from(spellings[0]).await, from(spellings[1]).await, from(spellings[2]).await];
        assert_eq!(statuses, [401, 401, 429], "{spellings:?}");
    }
}

#[tokio::test]
async fn an_account_under_attack_stays_open_to_its_known_devices() {
    let world =
        World::with(&[("RATE_LIMIT_LOGIN", "1000/60s"), ("RATE_LIMIT_LOGIN_NETWORK", "1000/1h")]).await;
    world.made_super_admin("ada@example.org").await;
    let right = json!({"email": "ada@example.org", "password": PASSWORD});
    let wrong = json!({"email": "Ada@Example.org ", "password": "wrong for everyone"});
    let mut ada = world.browser();
    assert_eq!(ada.post(LOGIN, right.clone()).await.status, 200);
    for turn in 1..5 {
        let answer = world.browser().post(LOGIN, wrong.clone()).await;
        assert_eq!(answer.status, 401, "{turn}");
        let shown = format!("{:?}{}", answer.headers, answer.body);
        assert!(!shown.contains("account") && !shown.contains("device"), "{shown}");
    }
    let refused = world.browser().post(LOGIN, wrong).await;
    assert!(refused.is_refusal(429, "RATE_LIMITED"), "five from unknown devices: {}", refused.body);
    assert_eq!(number(&refused, "retry-after"), 15 * 60);
    assert!(!refused.header("ratelimit-policy").unwrap().contains("account"));
    // Also with the right password, and as if the account did not exist.
    assert_eq!(world.browser().post(LOGIN, right.clone()).await.status, 429);
    for _ in 0..5 {
        let nobody = json!({"email": "nobody@example.org", "password": PASSWORD});
        assert_eq!(world.browser().post(LOGIN, nobody).await.status, 401);
    }
    let nobody =
        world.browser().post(LOGIN, json!({"email": "nobody@example.org", "password": PASSWORD})).await;
    assert_eq!((nobody.without_id(), number(&nobody, "retry-after")), (refused.without_id(), 15 * 60));
    // The browser she has signed in with before has a bucket of its own, for her account only.
    let mut known = world.browser();
    known.set_cookie("palisade-device", ada.cookie("palisade-device").unwrap());
    assert_eq!(known.clone().post(LOGIN, right.clone()).await.status, 200);
    let nobody = json!({"email": "nobody@example.org", "password": PASSWORD});
    assert_eq!(known.clone().post(LOGIN, nobody).await.status, 429);
    let mut forged = world.browser();
    forged.set_cookie("palisade-device", &format!("{}A", ada.cookie("palisade-device").unwrap()));
    assert_eq!(forged.post(LOGIN, right.clone()).await.status, 429);
    // And the promise to strangers is kept.
    world.advance(Duration::from_millis(15 * 60 * 1000 - 1));
    assert_eq!(world.browser().post(LOGIN, right.clone()).await.status, 429);
    world.advance(Duration::from_millis(1));
    assert_eq!(world.browser().post(LOGIN, right).await.status, 200);
}

#[tokio::test]
async fn only_admitted_requests_are_charged() {
    let mut limits = ROOMY_ACCOUNTS.to_vec();
    limits.extend([
        ("RATE_LIMIT_LOGIN", "4/60s"),
        ("RATE_LIMIT_NORMAL", "3/60s"),
        ("RATE_LIMIT_NORMAL_NETWORK", "8/60s"),
    ]);
    let world = World::with(&limits).await;
    world.made_super_admin("ada@example.org").await;
    let right = json!({"email": "ada@example.org", "password": PASSWORD});
    let mut ada = world.browser();
    assert_eq!(ada.post(LOGIN, right.clone()).await.status, 200);
    // The network's gate comes first: what a later gate refuses is charged there.
    for _ in 0..2 {
        assert_eq!(world.browser().post(LOGIN, json!({})).await.status, 400);
    }
    // But for what a page elsewhere makes a browser send.
    assert_eq!(world.program().from_origin("https://evil.org").post(LOGIN, right.clone()).await.status, 403);
    assert_eq!(
        world.browser().send("POST", LOGIN, &[("Content-Type", "text/plain")], b"x").await.status,
        415
    );
    assert_eq!(world.browser().post(LOGIN, right).await.status, 429);
    assert_eq!(world.browser().get(LOGIN).await.status, 405, "another method is another policy's");

    // The user's gate is charged by those who are signed in only, also when they are refused behind it.
    assert_eq!(world.program().get("/api/v1/users/me").await.status, 401);
    assert_eq!(ada.get("/api/v1/users?limit=0").await.status, 400);
    assert_eq!(ada.get("/api/v1/users/me").await.status, 200);
    let last = ada.get("/api/v1/users/me").await;
    assert_eq!((last.status, number(&last, "x-ratelimit-remaining")), (200, 0));
    let policy = last.header("ratelimit-policy").unwrap();
    assert!(
        policy.contains("\"normal\";q=3;w=60") && policy.contains("\"normal-network\";q=8;w=60"),
        "{policy}"
    );
    assert_eq!(ada.get("/api/v1/users/me").await.status, 429);
    // Five passed the network's gate; the one that the user's gate refused was let through by it all the same.
    let counted = world.program().get("/api/v1/users/me").await;
    assert!(counted.header("ratelimit").unwrap().contains("\"normal-network\";r=2"), "{:?}", counted.headers);
    for _ in 0..2 {
        assert_eq!(world.program().get("/api/v1/users/me").await.status, 401);
    }
    assert_eq!(world.program().get("/api/v1/users/me").await.status, 429);
    // Renewing has a bucket of its own: who used up the rest is not signed out by it.
    assert_eq!(ada.post("/api/v1/auth/refresh", Value::Null).await.status, 200);
}

#[tokio::test]
async fn paths_that_do_not_exist_are_limited_too() {
    let world = World::set(&[("RATE_LIMIT_RELAXED", "3/60s")]).await;
    for path in ["/nothing", "/api/v1/nothing", "/%ff"] {
        assert_eq!(world.program().get(path).await.status, 404, "{path}");
    }
    assert_eq!(world.program().get("/something/else").await.status, 429);
    assert_eq!(world.program().get("/api/v1/auth/jwks").await.status, 200, "apart from what is there");
    assert_eq!(world.program().get("/api/v1/health/live").await.status, 200, "probes are never in the way");
}

#[tokio::test]
async fn head_and_other_methods_open_no_bucket_of_their_own() {
    let world = World::set(&[("RATE_LIMIT_RELAXED", "4/60s"), ("RATE_LIMIT_LOGIN", "2/60s")]).await;
    const KEYS: &str = "/api/v1/auth/jwks";
    let ask = async |method: &str, path: &str| world.program().send(method, path, &[], b"").await.status;
    for method in ["GET", "HEAD", "GET", "HEAD"] {
        assert_eq!(ask(method, KEYS).await, 200, "{method}");
    }
    for method in ["HEAD", "GET"] {
        assert_eq!(ask(method, KEYS).await, 429, "{method}");
    }
    // Nothing but POST signs in, however many methods there are.
    for method in ["HEAD", "GET", "PUT", "PATCH", "DELETE", "PURGE"] {
        assert!(matches!(ask(method, LOGIN).await, 405 | 429), "{method}");
    }
    assert_eq!([attempt(&world, 1, &[]).await.status, attempt(&world, 2, &[]).await.status], [401, 401]);
    assert_eq!(attempt(&world, 3, &[]).await.status, 429);
}

/// Method, headers and body of a request.
type Sent<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [u8]);

#[tokio::test]
async fn cross_site_requests_use_up_no_sign_ins() {
    let world = World::with(&[("RATE_LIMIT_REFUSED", "30/60s")]).await;
    let browser = || world.program();
    let body = br#"{"email":"ada@example.org","password":"whatever it may be"}"#;
    let json = ("Content-Type", "application/json");
    let refused = |answer: &Answer| match answer.code().as_str() {
        "CSRF_REJECTED" | "METHOD_NOT_ALLOWED" | "NOT_FOUND" => false,
        "RATE_LIMITED" => true,
        code => panic!("{code}: {}", answer.body),
    };
    let mut limited = 0;
    for turn in 0..30 {
        let path = [LOGIN, "/api/v1/auth/register", "/api/v1/auth/resend-verification"][turn % 3];
        let foreign: [Sent<'_>; 7] = [
            // A form, a fetch without CORS, a sandboxed frame, a sibling domain, and one of before Fetch Metadata.
            ("POST", &[("Sec-Fetch-Site", "cross-site"), ("Content-Type", "text/plain")], body),
            ("POST", &[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example"), json], body),
            ("POST", &[("Origin", "null"), json], body),
            ("POST", &[("Sec-Fetch-Site", "same-site"), json], b"{"),
            ("POST", &[("Origin", "https://evil.example")], b""),
            // An image, a script, a link.
            ("GET", &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")], b""),
            (
                "OPTIONS",
                &[("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST")],
                b"",
            ),
        ];
        for (method, headers, body) in foreign {
            let answer = browser().send(method, path, headers, body).await;
            // A preflight is answered at the door, and charged to nobody.
            limited += usize::from(method != "OPTIONS" && refused(&answer));
        }
    }
    assert!(limited > 100, "they have a limit of their own: {limited}");
    let shown = browser().send("POST", LOGIN, &[("Origin", "https://evil.example"), json], body).await;
    assert!(shown.is_refusal(429, "RATE_LIMITED"), "{}", shown.body);
    assert_eq!(shown.header("ratelimit-policy"), Some("\"refused\";q=30;w=60"));
    assert!(refused(&browser().get("/nowhere").await), "what leads nowhere is counted there, too");

    // The neighbor behind the same address signs in and registers as if nothing had happened.
    let answer = attempt(&world, 1, &[]).await;
    assert_eq!((answer.status, number(&answer, "x-ratelimit-remaining")), (401, 9));
    let body = json!({"email": "eve@example.org", "password": PASSWORD});
    let answer = world.browser().post("/api/v1/auth/register", body).await;
    assert_eq!((answer.status, number(&answer, "x-ratelimit-remaining")), (202, 9));
    assert_eq!(world.browser().get("/api/v1/auth/jwks").await.status, 200);
}
