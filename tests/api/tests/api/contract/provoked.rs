//! Every error of the interface, provoked.

use std::sync::Arc;
use std::time::Duration;

use palisade_api_tests::client::raw;
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, World};
use palisade_core::errors::AppError;
use palisade_core::health::Health;
use palisade_core::identity::{ApiKey, ApiKeyId, Operator, Visitor};
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::output::{Empty, Success as Output};
use palisade_core::ports::{BoxFuture, Probe, SystemRng};
use palisade_core::routes::{Routes, get, post};
use palisade_core::values::Id as _;
use palisade_core::{input, text};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// Codes that no request of ours can cause, and why. The tests raise them from a route of their own, so that their
/// bodies are held all the same.
const RAISED: [(&str, &str); 6] = [
    ("IDEMPOTENCY_KEY_REUSED", "it needs a repeatable route: `notes` provokes it"),
    ("RANGE_NOT_SATISFIABLE", "it needs a file: `files` provokes it"),
    ("OTHER_BROWSER", "it needs a provider: `oauth::joining` provokes it"),
    ("LAST_SIGN_IN_METHOD", "it needs a provider: `oauth::joining` provokes it"),
    ("TOO_MANY_WEBHOOKS", "it needs twenty webhooks: `webhooks` provokes it"),
    ("WEBHOOK_OF_ENVIRONMENT", "it needs a setting: `webhooks` provokes it"),
];

text! {
    /// The name of a code.
    CodeName, 1..=64 characters, |text| Ok(text);
}

input! {
    /// Which error is wanted.
    struct Raise {
        body { code: CodeName }
    }
}

/// What no route of the product does on request.
fn misbehaving() -> Routes<()> {
    type Outcome = Result<Output<Empty>, AppError>;
    Routes::new()
        .add(get("/misbehaving/panic").limit(RELAXED).public().no_input().handle(
            async |(), _: Visitor, _: Nothing| -> Outcome {
                panic!("a defect, with a secret in its message")
            },
        ))
        .add(get("/misbehaving/defect").limit(RELAXED).public().no_input().handle(
            async |(), _: Visitor, _: Nothing| -> Outcome { Err(AppError::internal("a secret of the log")) },
        ))
        .add(
            get("/misbehaving/forever")
                .limit(RELAXED)
                .public()
                .no_input()
                .handle(async |(), _: Visitor, _: Nothing| -> Outcome { std::future::pending().await }),
        )
        .add(post("/misbehaving/raise").limit(RELAXED).public().input::<Raise>().handle(
            async |(), _: Visitor, wanted: Raise| -> Outcome {
                let code = palisade_modules::error_codes()
                    .into_iter()
                    .find(|code| code.name == wanted.code.as_str())
                    .unwrap_or_else(|| panic!("`{}` is no code", wanted.code.as_str()));
                Err(AppError::new(code))
            },
        ))
}

/// A dependency that is down.
#[derive(Debug)]
struct Down;

impl Probe for Down {
    fn probe(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { Err("a secret of the log".to_owned()) })
    }
}

/// The health of a server whose mail is down.
fn unwell() -> Health {
    let health = Health::new();
    health.watch("mail", Arc::new(Down));
    health
}

/// An answer and what was done to get it.
pub(super) struct Provoked {
    pub(super) how: String,
    pub(super) answer: Answer,
}

/// Every error that can be provoked, and every kind of success. Made once for all tests.
pub(super) async fn provoked() -> &'static [Provoked] {
    static PROVOKED: OnceCell<Vec<Provoked>> = OnceCell::const_new();
    PROVOKED.get_or_init(provoke).await
}

async fn provoke() -> Vec<Provoked> {
    let hurried = [("BODY_TIMEOUT", "1s"), ("HANDLER_TIMEOUT", "1s"), ("RATE_LIMIT_PROBE", "2/60s")];
    let world = World::serving_also(&hurried, |mount| {
        mount.at("", misbehaving(), ()).at("/unwell", palisade::api::health_routes(), unwell())
    });
    let world = world.await;
    let mut said = Vec::new();
    let mut say = |how: &str, answer: Answer| said.push(Provoked { how: how.to_owned(), answer });

    // The two that take their time wait for it together.
    let unfinished =
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    let (mut waiting, slow) = (world.program(), raw(world.address, unfinished));
    let (late, slow) = tokio::join!(waiting.get("/misbehaving/forever"), slow);
    say("a body that does not arrive", slow);
    say("a handler past its deadline", late);

    let mut program = world.program();
    say("a handler that panics", program.get("/misbehaving/panic").await);
    say("a handler that meets a defect", program.get("/misbehaving/defect").await);
    say("the health of a server whose mail is down", program.get("/unwell/health").await);
    say("a probe, after the panic", program.get("/api/v1/health/live").await);
    program.get("/api/v1/health/live").await;
    say("a third probe, where two are allowed", program.get("/api/v1/health/live").await);
    for (code, why) in RAISED {
        let answer = program.post("/misbehaving/raise", json!({ "code": code })).await;
        say(&format!("raised: {why}"), answer);
    }

    at_the_door(&world, &mut say).await;
    unreadable(&world, &mut say).await;
    who_asks(&world, &mut say).await;
    said
}

/// What is refused before a route is looked for, or because there is none.
async fn at_the_door(world: &World, say: &mut impl FnMut(&str, Answer)) {
    let address = world.address;
    let mut program = world.program();
    say("a path that is not there", program.get("/api/v1/nothing").await);
    say("a method that is not there", program.send("PATCH", "/api/v1/users", &[], b"").await);
    say("an address of 9 KiB", program.get(&format!("/{}", "a".repeat(9 * 1024))).await);
    let many: Vec<(String, String)> = (0..70).map(|n| (format!("X-{n}"), "1".to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    say("70 headers", program.send("GET", "/api/v1/health", &many, b"").await);
    let odd = raw(address, b"GET / HTTP/1.1\r\nHost: a@b\r\nConnection: close\r\n\r\n").await;
    say("an odd Host", odd);
    let large = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\nContent-Length: 3999999\r\n\r\n";
    say("a body of 4 MB", raw(address, large).await);
    let mut foreign = world.program().from_origin("https://elsewhere.example");
    say("a POST from another site", foreign.post("/api/v1/auth/logout", Value::Null).await);
    let mut silent = world.program();
    silent.set_cookie("palisade-access", "nonsense");
    say(
        "a POST with our cookie that does not say where it comes from",
        silent.post("/api/v1/auth/logout", Value::Null).await,
    );
}

/// What is refused because of its input.
async fn unreadable(world: &World, say: &mut impl FnMut(&str, Answer)) {
    const LOGIN: &str = "/api/v1/auth/login";
    let mut browser = world.browser();
    let json = [("Content-Type", "application/json")];
    say("a body that is no JSON", browser.send("POST", LOGIN, &json, b"{").await);
    say("a key that appears twice", browser.send("POST", LOGIN, &json, br#"{"a":1,"a":2}"#).await);
    say("a path that is no UTF-8", browser.get("/api/v1/users/%ff").await);
    say("a query that is no UTF-8", browser.get("/api/v1/auth/session?q=%ff").await);
    say("a body as text", browser.send("POST", LOGIN, &[("Content-Type", "text/plain")], b"{}").await);
    say("a body that is a list", browser.post(LOGIN, json!([])).await);
    let wrong = json!({"email": 7, "unknown": true});
    say("several mistakes at once", browser.post("/api/v1/auth/login?page=1", wrong).await);
}

/// What is refused, or taken in, because of who asks; and the successes on the way.
async fn who_asks(world: &World, say: &mut impl FnMut(&str, Answer)) {
    let mut program = world.program();
    say("who am I, not signed in", program.get("/api/v1/users/me").await);
    let key = ApiKey::generate(ApiKeyId::generate(world.clock.as_ref(), &SystemRng), &SystemRng);
    let presented = format!("Bearer {}", *key.expose_secret());
    let mut machine = world.program().with_header("Authorization", &presented);
    say("an API key where none is taken", machine.get("/api/v1/users/me").await);
    say("an API key that is not there", machine.get("/api/v1/users").await);
    say("a session that is not there", program.post("/api/v1/auth/refresh", Value::Null).await);

    let link = world.services.auth.setup.first_link(&Operator::for_tests("contract")).await.unwrap().unwrap();
    let token = link.split_once("#token=").unwrap().1;
    let root = json!({"token": token, "email": "root@example.org", "password": PASSWORD});
    say("the first super-admin", world.browser().post("/api/v1/auth/setup", root).await);
    let mut root = world.browser();
    let credentials = json!({"email": "root@example.org", "password": PASSWORD});
    assert_eq!(root.post("/api/v1/auth/login", credentials).await.status, 200);
    say("the last super-admin, who wants to leave", root.json("DELETE", "/api/v1/users/me", json!({})).await);
    world.advance(Duration::from_mins(10));
    assert_eq!(root.post("/api/v1/auth/refresh", Value::Null).await.status, 200);
    let long_ago = root.json("DELETE", "/api/v1/users/me", json!({})).await;
    say("the same, who signed in long ago", long_ago);

    let mut inviter = world.browser();
    let credentials = json!({"email": "root@example.org", "password": PASSWORD});
    say("a super-admin signs in", inviter.post("/api/v1/auth/login", credentials).await);
    let users = "/api/v1/users";
    say("an invitation", inviter.post(users, json!({"email": "guest@example.org"})).await);
    say(
        "an invitation while one is pending",
        inviter.post(users, json!({"email": "guest@example.org"})).await,
    );
    say("an invitation of an account", inviter.post(users, json!({"email": "root@example.org"})).await);
    let own = json!({"email": "second@example.org", "role": "super_admin"});
    say("an invitation to the own role", inviter.post(users, own).await);

    let mut browser = world.browser();
    let newcomer = json!({"email": "new@example.org", "password": PASSWORD});
    say("a registration", browser.post("/api/v1/auth/register", newcomer.clone()).await);
    say("a sign-in before the mailbox is proven", browser.post("/api/v1/auth/login", newcomer.clone()).await);
    let token = world.mailed_token("new@example.org").await;
    let verify = "/api/v1/auth/verify-email";
    say("the link in another browser", world.browser().post(verify, json!({ "token": token })).await);
    say("a token nobody mailed", browser.post(verify, json!({"token": "nonsense"})).await);
    say("the link", browser.post(verify, json!({ "token": token })).await);
    let wrong = json!({"email": "new@example.org", "password": "not the passphrase"});
    say("a wrong password", browser.post("/api/v1/auth/login", wrong).await);
    say("the right password", browser.post("/api/v1/auth/login", newcomer.clone()).await);
    say("people, without the permission", browser.get("/api/v1/users").await);
    let found = inviter.get("/api/v1/users?q=new@example.org").await;
    let user = format!("/api/v1/users/{}", found.at("/data/items/0/id").as_str().unwrap());
    let stale = json!({"role": "support", "revision": 77});
    say(
        "a role, by an administrator who read another revision",
        inviter.json("PUT", &format!("{user}/role"), stale).await,
    );
    let mut acting = inviter.clone();
    say("acting as a user", acting.post(&format!("{user}/impersonate"), json!({})).await);
    say("a refresh while acting as a user", acting.post("/api/v1/auth/refresh", Value::Null).await);
    say("the return to the own session", acting.delete("/api/v1/auth/impersonation").await);
    say("a suspension", inviter.post(&format!("{user}/suspend"), Value::Null).await);
    say("a sign-in while suspended", world.browser().post("/api/v1/auth/login", newcomer).await);
    say("the audit", inviter.get("/api/v1/audit-events?limit=5").await);
}
