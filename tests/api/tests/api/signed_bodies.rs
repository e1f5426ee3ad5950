//! Bodies that their sender signs, in the formats of three kinds of sender: Standard Webhooks, Stripe and GitHub.
#![expect(clippy::expect_used, reason = "a test that cannot go on stops")]

use std::sync::Arc;
use std::time::Duration;

use palisade_api_tests::{Answer, World};
use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::{Authentic, Refusal, Signed, SignedRequest, Verifier};
use palisade_core::limits::RELAXED;
use palisade_core::output::{Accepted, Success};
use palisade_core::ports::Clock as _;
use palisade_core::routes::{Mount, Routes, post};
use palisade_core::utils::crypto::hmac_key::{HmacKey, HmacTag};
use palisade_core::utils::crypto::webhook::WebhookSecret;
use parking_lot::Mutex;
use serde_json::Value;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_SECRET: &str = "whsec_plJ3nmyCDGBKInavdOK15jslplJ3nmyC";
const TOLERANCE: Duration = Duration::from_mins(5);

/// `webhook-id`, `webhook-timestamp` and `webhook-signature: v1,…`, as the specification of Standard Webhooks has them.
struct Standard(Vec<HmacKey>);

impl Verifier for Standard {
    const HEADERS: &'static [&'static str] = &["webhook-id", "webhook-timestamp", "webhook-signature"];
    const MAX_BYTES: usize = 1000;
    type Payload = Vec<u8>;

    fn verify(&self, sent: &SignedRequest<'_>) -> Result<Authentic, Refusal> {
        let (id, at) = (sent.header("webhook-id")?, sent.header("webhook-timestamp")?);
        let tags = sent.header("webhook-signature")?.split(' ').filter_map(|one| one.strip_prefix("v1,"));
        sent.is_of_about_now(at, TOLERANCE)?;
        let signed = [id.as_bytes(), b".", at.as_bytes(), b".", sent.body()];
        sent.hmac_sha256(&self.0, &signed, tags.filter_map(HmacTag::from_base64))
    }

    fn parse(&self, body: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        Ok(body)
    }
}

/// `Stripe-Signature: t=…,v1=…,v1=…,v0=…`, over `{t}.{body}`.
struct Stripe(Vec<HmacKey>);

impl Verifier for Stripe {
    const HEADERS: &'static [&'static str] = &["stripe-signature"];
    const MAX_BYTES: usize = 256 * 1024;
    type Payload = Value;

    fn verify(&self, sent: &SignedRequest<'_>) -> Result<Authentic, Refusal> {
        let pairs = || {
            sent.header("stripe-signature")
                .map(|line| line.split(',').filter_map(|pair| pair.split_once('=')))
        };
        let at = pairs()?.find(|pair| pair.0 == "t").ok_or_else(|| Refusal::forged("names no time"))?.1;
        let tags = pairs()?.filter(|pair| pair.0 == "v1").filter_map(|pair| HmacTag::from_hex(pair.1));
        sent.is_of_about_now(at, TOLERANCE)?;
        sent.hmac_sha256(&self.0, &[at.as_bytes(), b".", sent.body()], tags)
    }

    fn parse(&self, body: Vec<u8>) -> Result<Value, Refusal> {
        serde_json::from_slice(&body).map_err(Refusal::malformed)
    }
}

/// `X-Hub-Signature-256: sha256=…`, over the body alone, as GitHub does.
struct GitHub(HmacKey);

impl Verifier for GitHub {
    const HEADERS: &'static [&'static str] = &["x-hub-signature-256", "x-github-event"];
    const MAX_BYTES: usize = 1000;
    type Payload = Vec<u8>;

    fn verify(&self, sent: &SignedRequest<'_>) -> Result<Authentic, Refusal> {
        let tag = sent.header("x-hub-signature-256")?.strip_prefix("sha256=").and_then(HmacTag::from_hex);
        sent.hmac_sha256(std::slice::from_ref(&self.0), &[sent.body()], tag)
    }

    fn parse(&self, body: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        Ok(body)
    }
}

/// Reads a header that it does not declare.
struct Careless;

impl Verifier for Careless {
    const HEADERS: &'static [&'static str] = &["x-signature"];
    const MAX_BYTES: usize = 1000;
    type Payload = ();

    fn verify(&self, sent: &SignedRequest<'_>) -> Result<Authentic, Refusal> {
        sent.header("x-other").map(|_| Authentic::checked_by_own_means())
    }

    fn parse(&self, _: Vec<u8>) -> Result<(), Refusal> {
        Ok(())
    }
}

palisade_core::text! {
    /// The name of a shop in the path.
    pub Shop, 1..=20 characters, |text| Ok(text);
}

palisade_core::input! {
    /// Whose hook it is.
    pub struct ShopPath {
        path { shop: Shop }
    }
}

palisade_core::view! {
    /// What arrived.
    pub struct Arrived = "Arrived" {
        /// Of which shop.
        shop: String,
        /// The type of the event.
        kind: String,
    }
}

type Inbox = Arc<Mutex<Vec<Vec<u8>>>>;

async fn keep<I>(inbox: Inbox, _: Visitor, hook: Signed<I, Vec<u8>>) -> Result<Accepted, AppError> {
    inbox.lock().push(hook.payload);
    Ok(Accepted::new())
}

async fn paid(inbox: Inbox, _: Visitor, hook: Signed<ShopPath, Value>) -> Result<Success<Arrived>, AppError> {
    inbox.lock().push(hook.payload.to_string().into_bytes());
    let kind = hook.payload.get("type").and_then(Value::as_str).unwrap_or("none").to_owned();
    Ok(Success::new(Arrived { shop: hook.input.shop.as_str().to_owned(), kind }))
}

async fn careless(
    _: Inbox,
    _: Visitor,
    _: Signed<palisade_core::input::Nothing, ()>,
) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

fn text_key(secret: &str) -> HmacKey {
    HmacKey::new(secret.as_bytes()).expect("long enough")
}

fn webhook_key(secret: &str) -> HmacKey {
    WebhookSecret::parse(secret).expect("a secret").to_key()
}

fn routes() -> Routes<Inbox> {
    let standard = Standard(vec![webhook_key(SECRET), webhook_key(OLD_SECRET)]);
    let stripe = Stripe(vec![text_key(SECRET)]);
    Routes::new()
        .add(post("/hooks/standard").limit(RELAXED).public().no_input().signed_by(standard).handle(keep))
        .add(
            post("/hooks/stripe/{shop}")
                .limit(RELAXED)
                .public()
                .input::<ShopPath>()
                .signed_by(stripe)
                .handle(paid),
        )
        .add(
            post("/hooks/github")
                .limit(RELAXED)
                .public()
                .no_input()
                .signed_by(GitHub(text_key(SECRET)))
                .handle(keep),
        )
        .add(post("/hooks/careless").limit(RELAXED).public().no_input().signed_by(Careless).handle(careless))
}

async fn world() -> (World, Inbox) {
    let inbox = Inbox::default();
    let state = Arc::clone(&inbox);
    let world = World::serving_also(&[], |mount: Mount| mount.at("", routes(), state)).await;
    (world, inbox)
}

async fn send(world: &World, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    world.program().send("POST", path, headers, body).await
}

fn seconds(world: &World, offset: i64) -> String {
    (world.clock.now().as_secs() + offset).to_string()
}

/// The three headers of a message, signed with one secret.
fn standard(at: &str, secret: &str, body: &[u8]) -> [(&'static str, String); 3] {
    let tag = webhook_key(secret).tag(&[b"msg_1.", at.as_bytes(), b".", body]);
    [
        ("webhook-id", "msg_1".to_owned()),
        ("webhook-timestamp", at.to_owned()),
        ("webhook-signature", format!("v1a,AAAA v1,{}", tag.to_base64())),
    ]
}

fn lent<'a>(headers: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn a_message_of_standard_webhooks_reaches_the_handler_byte_by_byte() {
    let (world, inbox) = world().await;
    let body = b"{ \"not\":  \xff json";
    for (offset, secret) in [(0, SECRET), (-300, SECRET), (300, SECRET), (0, OLD_SECRET)] {
        let headers = standard(&seconds(&world, offset), secret, body);
        let answer = send(&world, "/hooks/standard", &lent(&headers), body).await;
        assert_eq!(answer.status, 202, "{offset}: {}", answer.body);
    }
    assert_eq!(*inbox.lock(), vec![body.to_vec(); 4]);
}

#[tokio::test]
async fn the_library_of_the_senders_signs_the_same() {
    let (world, inbox) = world().await;
    let at = world.clock.now().as_secs();
    let sender = standardwebhooks::Webhook::new(SECRET).expect("a secret");
    let headers = [
        ("webhook-id", "msg_2".to_owned()),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", sender.sign("msg_2", at, b"{}").expect("signs")),
    ];
    assert_eq!(send(&world, "/hooks/standard", &lent(&headers), b"{}").await.status, 202);
    assert_eq!(inbox.lock().len(), 1);
}

#[tokio::test]
async fn whatever_is_wrong_with_a_signature_the_answer_is_the_same() {
    let (world, inbox) = world().await;
    let now = seconds(&world, 0);
    let right = standard(&now, SECRET, b"{}");
    let with = |name: &str, value: &str| {
        right
            .clone()
            .map(|(known, kept)| if known == name { (known, value.to_owned()) } else { (known, kept) })
    };
    let tag = right[2].1.clone();
    let mut answers = Vec::new();
    let wrong = [
        with("webhook-id", "msg_2"),
        with("webhook-timestamp", &seconds(&world, 1)),
        with("webhook-timestamp", ""),
        with("webhook-timestamp", "now"),
        with("webhook-timestamp", "-9223372036854775808"),
        with("webhook-signature", ""),
        with("webhook-signature", "v1,"),
        with("webhook-signature", &tag.replace("v1,", "v2,")),
        with("webhook-signature", tag.trim_end_matches('=')),
        standard(&seconds(&world, -301), SECRET, b"{}"),
        standard(&seconds(&world, 301), SECRET, b"{}"),
        standard(&now, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", b"{}"),
        standard(&now, SECRET, b"{ }"),
    ];
    for headers in &wrong {
        answers.push((format!("{headers:?}"), send(&world, "/hooks/standard", &lent(headers), b"{}").await));
    }
    for missing in 0..3 {
        let mut headers = lent(&right);
        headers.remove(missing);
        answers.push((format!("without {missing}"), send(&world, "/hooks/standard", &headers, b"{}").await));
        let mut headers = lent(&right);
        headers.push(headers[missing]);
        answers.push((format!("twice {missing}"), send(&world, "/hooks/standard", &headers, b"{}").await));
    }
    let first = answers[0].1.without_id();
    for (about, answer) in &answers {
        assert!(answer.is_refusal(401, "AUTH_401"), "{about}: {} {}", answer.status, answer.body);
        assert_eq!(answer.without_id(), first, "{about}");
    }
    assert!(inbox.lock().is_empty());
    assert_eq!(
        send(&world, "/hooks/standard", &lent(&right), b"{}").await.status,
        202,
        "and the right one passes"
    );
}

#[tokio::test]
async fn an_event_of_stripe_is_read_after_its_signature_alone() {
    let (world, inbox) = world().await;
    let at = seconds(&world, 0);
    let signed = |secret: &str, body: &[u8]| text_key(secret).tag(&[at.as_bytes(), b".", body]).to_hex();
    let body = br#"{"id":"evt_1","type":"charge.succeeded"}"#;
    // While a secret is being changed, Stripe signs with both; `v0` is for tests and counts for nothing.
    let header = format!(
        "t={at},v1={},v1={},v0={}",
        signed(OLD_SECRET, body),
        signed(SECRET, body),
        signed(SECRET, b"x")
    );
    let answer = send(&world, "/hooks/stripe/books", &[("Stripe-Signature", &header)], body).await;
    assert_eq!((answer.status, answer.at("/data/kind")), (200, "charge.succeeded".into()), "{}", answer.body);
    assert_eq!(answer.at("/data/shop"), "books");

    let only_v0 = format!("t={at},v0={}", signed(SECRET, body));
    let forged = send(&world, "/hooks/stripe/books", &[("Stripe-Signature", &only_v0)], body).await;
    assert!(forged.is_refusal(401, "AUTH_401"), "{}", forged.body);
    // Neither the body nor the path of a stranger is read.
    for path in ["/hooks/stripe/books", "/hooks/stripe/much-too-long-for-a-name-of-a-shop"] {
        let forged = send(&world, path, &[("Stripe-Signature", &header)], b"no json").await;
        assert!(forged.is_refusal(401, "AUTH_401"), "{}", forged.body);
    }
    let header = format!("t={at},v1={}", signed(SECRET, b"no json"));
    let unreadable = send(&world, "/hooks/stripe/books", &[("Stripe-Signature", &header)], b"no json").await;
    assert!(unreadable.is_refusal(400, "MALFORMED_REQUEST"), "{}", unreadable.body);
    let header = format!("t={at},v1={}", signed(SECRET, b"{}"));
    let path = "/hooks/stripe/much-too-long-for-a-name-of-a-shop";
    let misaddressed = send(&world, path, &[("Stripe-Signature", &header)], b"{}").await;
    assert_eq!((misaddressed.status, misaddressed.details()), (400, vec!["shop:too_long".to_owned()]));
    assert_eq!(inbox.lock().len(), 1);
}

#[tokio::test]
async fn a_body_has_the_bound_of_its_verifier_and_any_type() {
    let (world, inbox) = world().await;
    let sent = |bytes: usize| {
        let body = vec![b'x'; bytes];
        let tag = format!("sha256={}", text_key(SECRET).tag(&[&body]).to_hex());
        (body, tag)
    };
    for kind in ["application/json", "application/x-www-form-urlencoded", "text/plain", "odd"] {
        let (body, tag) = sent(1000);
        let headers =
            [("X-Hub-Signature-256", tag.as_str()), ("Content-Type", kind), ("Content-Encoding", "gzip")];
        let answer = send(&world, "/hooks/github", &headers, &body).await;
        assert_eq!(answer.status, 202, "{kind}: {}", answer.body);
    }
    let (body, tag) = sent(1001);
    let answer = send(&world, "/hooks/github", &[("X-Hub-Signature-256", &tag)], &body).await;
    assert!(answer.is_refusal(413, "PAYLOAD_TOO_LARGE"), "{}", answer.body);
    let chunked = format!("X-Hub-Signature-256: {tag}\r\nTransfer-Encoding: chunked");
    let head =
        format!("POST /hooks/github HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{chunked}\r\n\r\n");
    let request = [head.as_bytes(), b"3e9\r\n", &body, b"\r\n0\r\n\r\n"].concat();
    let answer = palisade_api_tests::client::raw(world.address, &request).await;
    assert!(answer.is_refusal(413, "PAYLOAD_TOO_LARGE"), "{}", answer.body);
    assert_eq!(inbox.lock().len(), 4);
    // A body of this size is more than `BODY_LIMIT` and less than the bound of the verifier.
    let (body, at) = (format!("\"{}\"", "x".repeat(200_000)), seconds(&world, 0));
    let header =
        format!("t={at},v1={}", text_key(SECRET).tag(&[at.as_bytes(), b".", body.as_bytes()]).to_hex());
    let answer = send(&world, "/hooks/stripe/books", &[("Stripe-Signature", &header)], body.as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_page_cannot_make_a_browser_deliver_a_signed_body() {
    let (world, inbox) = world().await;
    let headers = standard(&seconds(&world, 0), SECRET, b"{}");
    for foreign in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")] {
        let mut headers = lent(&headers);
        headers.push(foreign);
        let answer = send(&world, "/hooks/standard", &headers, b"{}").await;
        assert!(answer.is_refusal(403, "CSRF_REJECTED"), "{}", answer.body);
    }
    assert!(inbox.lock().is_empty());
}

#[tokio::test]
async fn a_verifier_that_reads_more_than_it_declares_fails() {
    let (world, _) = world().await;
    let answer = send(&world, "/hooks/careless", &[("X-Signature", "a"), ("X-Other", "b")], b"{}").await;
    assert!(answer.is_refusal(500, "INTERNAL"), "{}", answer.body);
}

#[tokio::test]
async fn the_document_names_the_headers_of_a_verifier() {
    let (world, _) = world().await;
    let document = world.program().get("/api/v1/openapi.json").await.json();
    let hook = &document["paths"]["/hooks/stripe/{shop}"]["post"];
    let names: Vec<&str> = hook["parameters"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|parameter| parameter["in"] == "header")
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    assert_eq!(names, ["stripe-signature"]);
    assert!(
        hook["requestBody"]["content"]["*/*"]["schema"]["description"]
            .as_str()
            .is_some_and(|said| said.contains("262144"))
    );
    let answers = &hook["responses"];
    assert!(
        answers["401"].is_object() && answers["413"].is_object() && answers["415"].is_null(),
        "{answers}"
    );
}
