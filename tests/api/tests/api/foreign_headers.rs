//! Headers that we share with others: cookies of other programs, and additions of proxies and browsers. They do not
//! affect our own cookies, and a sign-out never claims to have ended sessions that it could not read.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::client::raw;
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use serde_json::{Value, json};

const ME: &str = "/api/v1/users/me";
const REFRESH: &str = "/api/v1/auth/refresh";
const LOGIN: &str = "/api/v1/auth/login";
const LOGOUT: &str = "/api/v1/auth/logout";
const GRACE: Duration = Duration::from_secs(30);

/// What others may have put into a header: Chromium sends such bytes as they were set.
const FOREIGN: [&[u8]; 8] = [
    b"x=\xc3\xa9",
    b"x=\xe9",
    b"\xff\xfe=\x80",
    b"caf\xc3\xa9",
    b"=",
    b"x=\"",
    b"__Host-palisade-access\xc2\xa0=evil",
    b"\xe2\x80\x80palisade-access=evil",
];

/// A request with exactly these header lines beside the ones it needs.
async fn send(world: &World, method: &str, path: &str, headers: &[(&str, &[u8])], body: &str) -> Answer {
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n").into_bytes();
    request.extend(b"Origin: http://localhost:8080\r\n");
    for (name, value) in headers {
        request.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    if method != "GET" {
        request.extend(format!("Content-Length: {}\r\n", body.len()).into_bytes());
    }
    if !body.is_empty() {
        request.extend(b"Content-Type: application/json\r\n");
    }
    request.extend([b"\r\n", body.as_bytes()].concat());
    raw(world.address, &request).await
}

async fn logout(world: &World, headers: &[(&str, &[u8])]) -> Answer {
    send(world, "POST", LOGOUT, headers, "").await
}

fn access(browser: &Client) -> String {
    format!("palisade-access={}", browser.cookie("palisade-access").unwrap())
}

fn refresh(browser: &Client) -> String {
    format!("palisade-refresh={}", browser.cookie("palisade-refresh").unwrap())
}

fn bearer(browser: &Client) -> String {
    format!("Bearer {}", browser.cookie("palisade-access").unwrap())
}

async fn sign_in(world: &World) -> Client {
    let mut browser = world.browser();
    let answer = browser.post(LOGIN, json!({"email": "ada@example.org", "password": PASSWORD})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    browser
}

async fn ada_exists() -> World {
    let world = World::new().await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    world
}

/// Whether anything of this browser's session still opens something.
async fn lives(browser: &Client) -> bool {
    let (mut one, mut other) = (browser.clone(), browser.clone());
    one.get(ME).await.status == 200 || other.post(REFRESH, Value::Null).await.status == 200
}

/// Whether both token cookies are cleared.
fn clears(answer: &Answer) -> bool {
    answer.all("set-cookie").filter(|cookie| cookie.contains("Max-Age=0")).count() == 2
}

#[tokio::test]
async fn foreign_bytes_in_the_cookie_header_do_not_affect_our_cookies() {
    let world = ada_exists().await;
    for junk in FOREIGN {
        let ada = sign_in(&world).await;
        let ours = format!("{}; {}", access(&ada), refresh(&ada)).into_bytes();
        let lines: [Vec<&[u8]>; 3] =
            [vec![junk, b"; ", &ours], vec![&ours, b"; ", junk], vec![junk, b";", &ours, b";", junk]];
        for line in lines.map(|parts| parts.concat()) {
            let cookie = [("Cookie", line.as_slice())];
            let shown = String::from_utf8_lossy(junk).into_owned();
            assert_eq!(send(&world, "GET", ME, &cookie, "").await.status, 200, "{shown}");
            let session = send(&world, "GET", "/api/v1/auth/session", &cookie, "").await;
            assert_eq!(session.at("/data/user/email"), "ada@example.org", "{shown}");
            let again = send(&world, "POST", REFRESH, &cookie, "").await;
            assert_eq!(again.status, 200, "{shown}: {}", again.body);
            let apart = [("Cookie", junk), ("Cookie", ours.as_slice())];
            assert_eq!(
                send(&world, "GET", ME, &apart, "").await.status,
                200,
                "in a line of its own: {shown}"
            );
        }
        let left = logout(&world, &[("Cookie", &[junk, b"; ", &ours, b"; ", junk].concat())]).await;
        assert!(left.status == 200 && clears(&left), "{}", left.body);
        assert!(!lives(&ada).await, "signed out is signed out");
    }
}

#[tokio::test]
async fn our_cookie_without_an_origin_is_refused_also_with_foreign_bytes() {
    let world = ada_exists().await;
    let ada = sign_in(&world).await;
    let mut request =
        format!("POST {LOGOUT} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n").into_bytes();
    request.extend(
        [b"Content-Length: 0\r\nCookie: x=\xc3\xa9; ", refresh(&ada).as_bytes(), b"\r\n\r\n"].concat(),
    );
    assert!(raw(world.address, &request).await.is_refusal(403, "CSRF_REJECTED"));
}

#[tokio::test]
async fn logout_ends_every_session_that_the_request_proves() {
    let world = ada_exists().await;
    for case in 0..9 {
        let (one, two, three) = (sign_in(&world).await, sign_in(&world).await, sign_in(&world).await);
        let (r1, r2, r3) = (refresh(&one), refresh(&two), refresh(&three));
        let (a1, a2, b3) = (access(&one), access(&two), bearer(&three));
        let junk = "palisade-refresh=x";
        let (lines, ended): (Vec<(&str, String)>, Vec<&Client>) = match case {
            0 => (vec![("Cookie", format!("{r1}; {junk}"))], vec![&one]),
            1 => (vec![("Cookie", format!("{junk}; {r1}"))], vec![&one]),
            2 => (vec![("Cookie", format!("{r1}; {r2}; {r1}; {r3}"))], vec![&one, &two, &three]),
            3 => {
                (vec![("Cookie", r1.clone()), ("Cookie", junk.to_owned()), ("Cookie", r2)], vec![&one, &two])
            }
            4 => (vec![("Cookie", format!("{a1}; {a2}"))], vec![&one, &two]),
            5 => (vec![("Cookie", format!("{a1}; {a1}; palisade-access="))], vec![&one]),
            6 => (vec![("Cookie", format!("{a1}; {r2}")), ("Authorization", b3)], vec![&one, &two, &three]),
            7 => (vec![("Authorization", bearer(&one)), ("Authorization", bearer(&two))], vec![&one, &two]),
            _ => {
                let basic = "Basic YWRhOnBhc3N3b3Jk".to_owned();
                (vec![("Cookie", a1), ("Authorization", basic)], vec![&one])
            }
        };
        let lines: Vec<(&str, &[u8])> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let answer = logout(&world, &lines).await;
        assert!(answer.status == 200 && clears(&answer), "{case}: {}", answer.body);
        for browser in [&one, &two, &three] {
            let is_meant = ended.iter().any(|ended| std::ptr::eq(*ended, browser));
            assert_eq!(lives(browser).await, !is_meant, "{case}");
        }
    }
}

#[tokio::test]
async fn logout_accepts_expired_tokens_and_refuses_invalid_ones() {
    let world = ada_exists().await;
    // The access token has expired; the refresh token of its session is with somebody else.
    let ada = sign_in(&world).await;
    world.advance(Duration::from_mins(30));
    for line in [("Cookie", access(&ada)), ("Authorization", bearer(&ada))] {
        let other = sign_in(&world).await;
        assert_eq!(logout(&world, &[(line.0, line.1.as_bytes())]).await.status, 200);
        assert!(!lives(&ada).await && lives(&other).await, "{}", line.0);
    }
    // A refresh token of generations ago.
    let mut ada = sign_in(&world).await;
    let old = refresh(&ada);
    for _ in 0..3 {
        world.advance(GRACE);
        assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200);
    }
    assert_eq!(logout(&world, &[("Cookie", old.as_bytes())]).await.status, 200);
    assert!(!lives(&ada).await);

    // What nobody here made, alone and beside a good one.
    let ada = sign_in(&world).await;
    let genuine = access(&ada);
    let forged = format!("{}A", &genuine[..genuine.len() - 1]);
    let forged = if forged == genuine { format!("{}B", &genuine[..genuine.len() - 1]) } else { forged };
    assert_eq!(logout(&world, &[("Cookie", b"palisade-access=; palisade-refresh=")]).await.status, 200);
    for bad in [forged.as_str(), "palisade-access=nonsense"] {
        let refused = logout(&world, &[("Cookie", bad.as_bytes())]).await;
        assert!(refused.is_refusal(401, "AUTH_401") && clears(&refused), "{bad}: {}", refused.body);
        assert!(lives(&ada).await);
        let ada = sign_in(&world).await;
        let both = format!("{bad}; {}", refresh(&ada));
        assert_eq!(logout(&world, &[("Cookie", both.as_bytes())]).await.status, 200, "{bad}");
        assert!(!lives(&ada).await);
    }
    // Signed by a key that nobody here knows, as one of another instance may be.
    let elsewhere = World::new().await.user("ada@example.org").await;
    let refused =
        logout(&world, &[("Cookie", format!("{}; {}", access(&elsewhere), refresh(&ada)).as_bytes())]).await;
    assert!(refused.is_refusal(401, "AUTH_401") && clears(&refused), "{}", refused.body);
    assert!(!lives(&ada).await, "what could be ended is");
}

#[tokio::test]
async fn logout_refuses_an_unreadable_cookie_of_ours() {
    let world = ada_exists().await;
    for name in ["palisade-access", "palisade-refresh"] {
        let ada = sign_in(&world).await;
        let mangled = [name.as_bytes(), b"=", ada.cookie(name).unwrap().as_bytes(), b"\xc3\xa9"].concat();
        let refused = logout(&world, &[("Cookie", &mangled)]).await;
        assert!(refused.is_refusal(400, "MALFORMED_REQUEST") && clears(&refused), "{}", refused.body);
        assert!(lives(&ada).await);
        let beside = [mangled.as_slice(), b"; ", refresh(&ada).as_bytes()].concat();
        assert_eq!(logout(&world, &[("Cookie", &beside)]).await.status, 400);
        assert!(!lives(&ada).await, "what could be read is ended");
    }
    let ada = sign_in(&world).await;
    let token = ada.cookie("palisade-access").unwrap();
    for mangled in ["Bearer \u{e9}".to_owned(), format!("Bearer\t{token}"), format!("bearer{token}")] {
        let refused = logout(&world, &[("Authorization", mangled.as_bytes())]).await;
        assert_eq!(refused.status, 400, "{mangled}: {}", refused.body);
    }
    assert!(lives(&ada).await);
    // Nothing is said, and nothing is somebody else's.
    assert_eq!(logout(&world, &[("Authorization", b"Bearer")]).await.status, 200);
}

#[tokio::test]
async fn two_refresh_tokens_in_one_request_are_refused_and_end_nothing() {
    let world = ada_exists().await;
    let (one, two) = (sign_in(&world).await, sign_in(&world).await);
    for line in [
        format!("{}; {}", refresh(&one), refresh(&two)),
        format!("{}; {}", refresh(&one), refresh(&one)),
        format!("palisade-refresh=x; {}", refresh(&one)),
    ] {
        let refused = send(&world, "POST", REFRESH, &[("Cookie", line.as_bytes())], "").await;
        assert!(refused.is_refusal(401, "SESSION_REVOKED") && clears(&refused), "{}", refused.body);
    }
    assert!(lives(&one).await && lives(&two).await);
}

#[tokio::test]
async fn a_sign_in_replaces_every_session_whose_refresh_token_the_browser_still_has() {
    // A hundred sessions end one after the other, each in a transaction.
    let world = World::set(&[("HANDLER_TIMEOUT", "60s"), ("DRAIN_TIMEOUT", "60s")]).await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    let (one, two) = (sign_in(&world).await, sign_in(&world).await);
    let cookie = format!("x=\u{e9}; {}; palisade-refresh=x; {}", refresh(&one), refresh(&two));
    let body = json!({"email": "ada@example.org", "password": PASSWORD}).to_string();
    let answer = send(&world, "POST", LOGIN, &[("Cookie", cookie.as_bytes())], &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!lives(&one).await && !lives(&two).await);
    assert_eq!(world.database.values("sessions").len(), 1);

    // As many as the headers of a request may hold: of two people, because one has at most fifty.
    world.registered(&mut world.browser(), "bob@example.org").await;
    let mut tokens = Vec::new();
    for email in ["ada@example.org", "bob@example.org"] {
        for _ in 0..49 {
            let mut browser = world.browser();
            let answer = browser.post(LOGIN, json!({"email": email, "password": PASSWORD})).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            tokens.push(refresh(&browser));
        }
    }
    let answer = send(&world, "POST", LOGIN, &[("Cookie", tokens.join("; ").as_bytes())], &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(world.database.values("sessions").len(), 2, "this one, and the one from above");
}

#[tokio::test]
async fn other_headers_change_nothing_whatever_their_bytes() {
    let world = ada_exists().await;
    let ada = sign_in(&world).await;
    let cookie = access(&ada);
    let names = [
        "Accept",
        "Accept-Language",
        "User-Agent",
        "Referer",
        "X-Forwarded-For",
        "Forwarded",
        "X-Real-IP",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Request-Id",
        "traceparent",
        "tracestate",
        "baggage",
        "Via",
        "Sec-CH-UA",
        "DNT",
        "If-None-Match",
        "Range",
    ];
    for name in names {
        for value in [b"\xc3\xa9".as_slice(), b"\xff,\xfe;\x80=\"", b"", b"00-\xe9-\xe9-01"] {
            let answer = send(&world, "GET", ME, &[("Cookie", cookie.as_bytes()), (name, value)], "").await;
            assert_eq!(answer.status, 200, "{name}: {}", answer.body);
            let twice = [(name, value), ("Cookie", cookie.as_bytes()), (name, b"x".as_slice())];
            assert_eq!(send(&world, "GET", ME, &twice, "").await.status, 200, "{name} twice");
        }
    }
}

#[tokio::test]
async fn a_user_agent_is_stored_as_ascii() {
    let world = ada_exists().await;
    let body = json!({"email": "ada@example.org", "password": PASSWORD}).to_string();
    let agent = b"Haus/1.0 (K\xc3\xb6ln)\t\xe2\x80\xae";
    let answer = send(&world, "POST", LOGIN, &[("User-Agent", agent)], &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let sessions = world.database.values("sessions");
    assert_eq!(sessions.first().unwrap()["userAgent"], "Haus/1.0 (K??ln)???");
}

#[tokio::test]
async fn a_repeated_request_id_is_ignored() {
    let world = World::set(&[("TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let sent = async |lines: &[&[u8]]| {
        let mut headers = vec![("X-Forwarded-For", b"198.51.100.1".as_slice())];
        headers.extend(lines.iter().map(|line| ("X-Request-Id", *line)));
        let answer = send(&world, "GET", "/api/v1/health/live", &headers, "").await;
        answer.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(sent(&[b"of-the-proxy"]).await, "of-the-proxy");
    for lines in [[b"of-the-client".as_slice(), b"of-the-proxy"], [b"of-the-proxy", b"\xc3\xa9"]] {
        let made = sent(&lines).await;
        assert!(made != "of-the-client" && made != "of-the-proxy", "{made}");
    }
}
