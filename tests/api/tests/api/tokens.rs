//! Invalid access tokens, over the wire: each is refused with the same words, whatever is wrong with it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use palisade_api_tests::client::raw;
use palisade_api_tests::{Answer, Client, World};
use serde_json::{Value, json};

const ME: &str = "/api/v1/users/me";
const ACCESS: &str = "palisade-access";

/// Somebody with this in place of an access token, as a cookie.
async fn me_with(world: &World, token: &str) -> Answer {
    world.program().send("GET", ME, &[("Cookie", &format!("{ACCESS}={token}"))], b"").await
}

async fn me_with_bearer(world: &World, token: &str) -> Answer {
    world.program().send("GET", ME, &[("Authorization", &format!("Bearer {token}"))], b"").await
}

/// A world with somebody signed in, their token, and the answer to who has none.
struct Court {
    world: World,
    ada: Client,
    token: String,
    nobody: Answer,
}

impl Court {
    async fn new() -> Self {
        let world = World::new().await;
        let ada = world.user("ada@example.org").await;
        let token = ada.cookie(ACCESS).unwrap().to_owned();
        let nobody = world.program().get(ME).await;
        assert!(nobody.is_refusal(401, "AUTH_401"), "{}", nobody.body);
        assert_eq!(me_with(&world, &token).await.status, 200);
        assert_eq!(me_with_bearer(&world, &token).await.status, 200);
        Self { world, ada, token, nobody }
    }

    #[track_caller]
    fn same_as_nobody(&self, answer: &Answer, about: &str) {
        assert_eq!(answer.status, 401, "{about}: {}", answer.body);
        assert_eq!(answer.without_id(), self.nobody.without_id(), "{about}");
        assert_eq!(answer.header("www-authenticate"), self.nobody.header("www-authenticate"), "{about}");
        assert_eq!(answer.all("set-cookie").count(), 0, "{about}");
    }

    async fn refuses(&self, token: &str, about: &str) {
        self.same_as_nobody(&me_with(&self.world, token).await, about);
        self.same_as_nobody(&me_with_bearer(&self.world, token).await, about);
    }

    /// The three parts of the good token, the first two decoded.
    fn parts(&self) -> (Value, Value, String) {
        let mut parts = self.token.split('.');
        let mut read =
            || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap()).unwrap();
        let (header, claims) = (read(), read());
        (header, claims, parts.next().unwrap().to_owned())
    }
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

#[tokio::test]
async fn a_modified_token_is_refused() {
    let court = Court::new().await;
    for at in 0..court.token.len() {
        let mut changed = court.token.clone();
        let other = match court.token.as_bytes()[at] {
            b'.' => "A",
            b'A'..=b'Z' => ["b", "9", "."][at % 3],
            b'a'..=b'z' => ["B", "0", "-"][at % 3],
            _ => ["Q", "q", "_"][at % 3],
        };
        changed.replace_range(at..=at, other);
        if changed != court.token {
            court.same_as_nobody(&me_with(&court.world, &changed).await, &format!("byte {at}"));
        }
    }
    let (_, _, signature) = court.parts();
    let (head, _) = court.token.rsplit_once('.').unwrap();
    for (wrong, about) in [
        (head.to_owned(), "no signature"),
        (format!("{head}."), "an empty signature"),
        (format!("{}.", court.token), "a fourth part"),
        (format!("{}.{signature}", court.token), "four parts"),
        (format!("{}=", court.token), "padding"),
        (court.token.to_uppercase(), "upper case"),
        ("..".to_owned(), "two dots"),
        (".".to_owned(), "one dot"),
        ("null".to_owned(), "null"),
        (format!("{}{}", court.token, "A".repeat(5000)), "longer than a cookie"),
        (format!("{head}.{}", URL_SAFE_NO_PAD.encode([0_u8; 64])), "a signature of zeros (CVE-2022-21449)"),
    ] {
        court.refuses(&wrong, about).await;
    }
}

#[tokio::test]
async fn a_token_expires_after_its_lifetime_and_the_leeway() {
    let court = Court::new().await;
    court.world.advance(Duration::from_secs(600 + 4));
    assert_eq!(me_with(&court.world, &court.token).await.status, 200, "four seconds are for the clocks");
    court.world.advance(Duration::from_secs(1));
    court.refuses(&court.token, "expired").await;
    let mut ada = court.ada.clone();
    assert_eq!(ada.post("/api/v1/auth/refresh", Value::Null).await.status, 200, "refreshing helps");
    assert_eq!(ada.get(ME).await.status, 200);
}

#[tokio::test]
async fn a_token_with_wrong_claims_is_refused() {
    let world = World::new().await;
    world.user("ada@example.org").await;
    world.advance(Duration::from_hours(1));
    let credentials = json!({"email": "ada@example.org", "password": palisade_api_tests::world::PASSWORD});
    let mut ada = world.browser();
    assert_eq!(ada.post("/api/v1/auth/login", credentials.clone()).await.status, 200);
    let tomorrow = ada.cookie(ACCESS).unwrap().to_owned();
    // The same database and keys, and a clock that is an hour behind.
    let world = World::within(world.stop().await, &[]).await;
    assert!(me_with(&world, &tomorrow).await.is_refusal(401, "AUTH_401"));
    let mut ada = world.browser();
    assert_eq!(ada.post("/api/v1/auth/login", credentials).await.status, 200);
    let token = ada.cookie(ACCESS).unwrap().to_owned();
    assert_eq!(me_with(&world, &token).await.status, 200);
    // The same database and keys, seen under another address: another issuer, another audience.
    let world = World::within(world.stop().await, &[("APP_URL", "http://localhost:9090")]).await;
    assert!(me_with(&world, &token).await.is_refusal(401, "AUTH_401"));
    // And back again: it was the address alone.
    let world = World::within(world.stop().await, &[]).await;
    assert_eq!(me_with(&world, &token).await.status, 200);
}

#[tokio::test]
async fn a_token_that_names_its_own_algorithm_or_key_is_refused() {
    let court = Court::new().await;
    let (header, claims, signature) = court.parts();
    let body = encoded(&claims);
    let mut admin = claims.clone();
    admin["role"] = json!("super_admin");
    for alg in ["none", "None", "NONE", "nOnE", "", "HS256", "RS256", "ES384", "es256"] {
        let mut header = header.clone();
        header["alg"] = json!(alg);
        for signature in ["", signature.as_str()] {
            court.refuses(&format!("{}.{body}.{signature}", encoded(&header)), alg).await;
        }
    }
    let long = "k".repeat(2048);
    for (name, value) in [
        ("kid", json!("../../../../dev/null")),
        ("kid", json!("/dev/null")),
        ("kid", json!("http://127.0.0.1:1/key")),
        ("kid", json!("' OR 1=1 --")),
        ("kid", json!("")),
        ("kid", json!(null)),
        ("kid", json!(["a"])),
        ("kid", json!(long)),
        ("jku", json!("http://127.0.0.1:1/jwks")),
        ("x5u", json!("http://127.0.0.1:1/cert")),
        ("x5c", json!(["MIIB"])),
        ("jwk", json!({"kty": "EC"})),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("typ", json!("JWT")),
        ("typ", json!(null)),
    ] {
        let mut header = header.clone();
        header[name] = value;
        court.refuses(&format!("{}.{body}.{signature}", encoded(&header)), name).await;
    }
    let ten_kilobytes = format!("{}.{body}.{signature}", encoded(&json!({"kid": "k".repeat(10_000)})));
    court.same_as_nobody(&me_with(&court.world, &ten_kilobytes).await, "a kid of 10 kB");
    let forged = format!("{}.{}.{signature}", encoded(&header), encoded(&admin));
    court.refuses(&forged, "other claims under the same signature").await;
}

#[tokio::test]
async fn tokens_signed_with_other_keys_are_refused() {
    let mut court = Court::new().await;
    let (mut header, mut claims, _) = court.parts();
    claims["role"] = json!("super_admin");
    let jwks = court.ada.get("/api/v1/auth/jwks").await;
    let jwk = jwks.at("/keys/0");
    assert_eq!(jwk["kid"], header["kid"], "{}", jwks.body);
    assert!(jwk.get("d").is_none(), "only the public half is served");
    let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    // SubjectPublicKeyInfo of a P-256 key (RFC 5480).
    let spki = [&STANDARD.decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA=").unwrap()[..26], &point].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&spki));
    let one = jwk.to_string();
    let secrets: [&[u8]; 7] =
        [pem.as_bytes(), pem.trim_end().as_bytes(), &spki, &point, one.as_bytes(), jwks.body.as_bytes(), b""];
    for secret in secrets {
        for alg in ["HS256", "ES256"] {
            let mut header = header.clone();
            header["alg"] = json!(alg);
            let message = format!("{}.{}", encoded(&header), encoded(&claims));
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
            court.refuses(&format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag)), alg).await;
        }
    }
    let theirs = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    for kid in [header["kid"].clone(), json!("theirs")] {
        header["kid"] = kid;
        let message = format!("{}.{}", encoded(&header), encoded(&claims));
        let signature = theirs.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        court
            .refuses(&format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)), "a key of their own")
            .await;
    }
}

#[tokio::test]
async fn tokens_of_different_kinds_are_not_interchangeable() {
    let court = Court::new().await;
    let cookie = |name: &str| court.ada.cookie(name).unwrap().to_owned();
    let (refresh, device) = (cookie("palisade-refresh"), cookie("palisade-device"));
    let mut eve = court.world.browser();
    let asked = json!({"email": "eve@example.org", "password": palisade_api_tests::world::PASSWORD});
    assert_eq!(eve.post("/api/v1/auth/register", asked).await.status, 202);
    let registration = eve.cookie("palisade-registration").unwrap().to_owned();
    let mailed = court.world.mailed_token("eve@example.org").await;

    for (wrong, about) in
        [(&refresh, "refresh"), (&device, "device"), (&registration, "registration"), (&mailed, "mailed")]
    {
        court.refuses(wrong, about).await;
    }
    for wrong in [&court.token, &device, &registration, &mailed] {
        let mut browser = court.world.browser();
        browser.set_cookie("palisade-refresh", wrong);
        let answer = browser.post("/api/v1/auth/refresh", Value::Null).await;
        assert!(answer.is_refusal(401, "SESSION_REVOKED"), "{}", answer.body);
    }
    for wrong in [&court.token, &refresh, &device, &registration] {
        let answer = court.world.browser().post("/api/v1/auth/verify-email", json!({"token": wrong})).await;
        assert!(matches!(answer.code().as_str(), "TOKEN_INVALID" | "VALIDATION_FAILED"), "{}", answer.body);
        assert_eq!(answer.status, 400);
    }
    // A note of another kind in the place of the registration does not make this the browser that registered.
    let mut browser = court.world.browser();
    browser.set_cookie("palisade-registration", &device);
    let answer = browser.post("/api/v1/auth/verify-email", json!({"token": mailed})).await;
    assert!(answer.is_refusal(401, "PASSWORD_REQUIRED"), "{}", answer.body);
    assert_eq!(me_with(&court.world, &court.token).await.status, 200, "all of it changed nothing");
    assert_eq!(eve.post("/api/v1/auth/verify-email", json!({"token": mailed})).await.status, 200);
}

#[tokio::test]
async fn an_invalid_authorization_header_is_refused_despite_a_valid_cookie() {
    let court = Court::new().await;
    let token = court.token.as_str();
    let bearer = format!("Bearer {token}");
    let good = ("Cookie", format!("{ACCESS}={token}"));
    let odd = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        token.to_owned(),
        format!("Basic {token}"),
        format!("Token {token}"),
        format!("Bearer  {token}"),
        format!("Bearer\t{token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token},{token}"),
        format!("Bearer \"{token}\""),
        "Bearer nonsense".to_owned(),
        "Basic YWRhOnBhc3N3b3Jk".to_owned(),
        "\u{7f}".replace('\u{7f}', "?"),
    ];
    for header in &odd {
        let headers = [("Authorization", header.as_str()), (good.0, good.1.as_str())];
        let answer = court.world.program().send("GET", ME, &headers, b"").await;
        court.same_as_nobody(&answer, header);
    }
    for two in
        [[bearer.as_str(), bearer.as_str()], [bearer.as_str(), "Basic x"], ["Basic x", bearer.as_str()]]
    {
        let headers = [("Authorization", two[0]), ("Authorization", two[1]), (good.0, good.1.as_str())];
        let answer = court.world.program().send("GET", ME, &headers, b"").await;
        court.same_as_nobody(&answer, "two of them");
    }
    for fine in [format!("bearer {token}"), format!("BEARER {token}")] {
        let headers = [("Authorization", fine.as_str()), ("Cookie", "palisade-access=nonsense")];
        assert_eq!(court.world.program().send("GET", ME, &headers, b"").await.status, 200, "{fine}");
    }
}

#[tokio::test]
async fn a_repeated_cookie_is_ignored_in_either_order() {
    let court = Court::new().await;
    let token = court.token.as_str();
    let (good, bad) = (format!("{ACCESS}={token}"), format!("{ACCESS}=nonsense"));
    let junk = "junk=junk; ".repeat(180);
    for header in [
        format!("{good}; {bad}"),
        format!("{bad}; {good}"),
        format!("{good}; {good}"),
        format!("{good}; {ACCESS}="),
    ] {
        let answer = court.world.program().send("GET", ME, &[("Cookie", &header)], b"").await;
        court.same_as_nobody(&answer, "two cookies of one name");
    }
    let answer = court.world.program().send("GET", ME, &[("Cookie", &good), ("Cookie", &bad)], b"").await;
    court.same_as_nobody(&answer, "in two headers");
    for (header, status) in [
        (format!("Palisade-Access={token}"), 401),
        (format!("__Host-palisade-access={token}"), 401),
        (format!("__host-palisade-access={token}"), 401),
        (ACCESS.to_owned(), 401),
        (format!("{ACCESS}; {good}"), 200),
        (format!("=; ;;, {good}"), 401),
        (format!("=; ;; {good}"), 200),
        (format!("{junk}{good}"), 200),
        (format!("{good}; {junk}"), 200),
        (format!("__host-palisade-access=nonsense; {good}"), 200),
    ] {
        let answer = court.world.program().send("GET", ME, &[("Cookie", &header)], b"").await;
        assert_eq!(
            answer.status,
            status,
            "{}",
            header.replace(token, "…").chars().take(80).collect::<String>()
        );
    }
    // A refresh cookie that came twice is none; the session is as it was.
    let refresh = court.ada.cookie("palisade-refresh").unwrap();
    let request = format!(
        "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\nOrigin: http://localhost:8080\r\nContent-Length: 0\r\nCookie: palisade-refresh={refresh}; palisade-refresh=x\r\n\r\n"
    );
    assert!(raw(court.world.address, request.as_bytes()).await.is_refusal(401, "SESSION_REVOKED"));
    assert_eq!(court.ada.clone().post("/api/v1/auth/refresh", Value::Null).await.status, 200);
}
