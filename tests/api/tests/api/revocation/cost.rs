//! The number of store calls per request.

use palisade_api_tests::until;
use palisade_core::identity::Operator;
use palisade_modules::user::types::{Email, Role};

use super::*;

const EVENTS: &str = "/api/v1/audit-events";

/// The collections that only requests touch: not those that something follows beside them.
const ASKED: [&str; 10] = [
    "users",
    "identities",
    "sessions",
    "registrations",
    "tickets",
    "guards",
    "oauth_attempts",
    "pending_identities",
    "audit",
    "api_keys",
];

/// What a request reads and writes, as `collection reads/writes`.
async fn cost(world: &World, request: impl Future<Output = u16>, expected: u16) -> String {
    let before = world.services.calls();
    assert_eq!(request.await, expected);
    let spent = world.services.calls().since(&before);
    let of = |name: &str| (spent.of(name).reads, spent.of(name).writes);
    let touched = ASKED.iter().filter(|name| of(name) != (0, 0));
    let calls: Vec<String> = touched.map(|name| format!("{name} {}/{}", of(name).0, of(name).1)).collect();
    if calls.is_empty() { "none".to_owned() } else { calls.join(", ") }
}

/// What `docs/scaling.md` says that a request costs: the rows of its first table.
struct Stated(Vec<(String, String)>);

impl Stated {
    fn read() -> Self {
        let page =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/scaling.md")).unwrap();
        let rows = page.lines().skip_while(|line| !line.starts_with("| request | store calls |")).skip(2);
        let cells = |line: &str| {
            let (request, calls) = line.trim_matches('|').split_once('|')?;
            Some((request.trim().to_owned(), calls.trim().to_owned()))
        };
        Self(rows.take_while(|line| line.starts_with('|')).filter_map(cells).collect())
    }

    /// What a row says.
    fn peek(&self, request: &str) -> String {
        self.0.iter().find(|(name, _)| name == request).map_or_else(String::new, |(_, calls)| calls.clone())
    }

    /// Takes a row, so that at the end none is left that nobody measured.
    fn take(&mut self, request: &str) -> String {
        let place = self.0.iter().position(|(name, _)| name == request);
        assert!(place.is_some(), "docs/scaling.md has no row for {request}");
        self.0.remove(place.unwrap()).1
    }
}

#[tokio::test]
async fn the_store_calls_match_the_documentation() {
    let provider = IdentityProvider::start("IDP").await;
    let settings = provider.settings();
    let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let world = World::set(&settings).await;
    let ada = world.user("ada@example.org").await;
    let root = world.super_admin("root@example.org").await;
    world.mail_settled().await;
    let send = |browser: &Client, method: &'static str, path: &'static str, body: Value| {
        let mut browser = browser.clone();
        async move { browser.json(method, path, body).await.status }
    };
    let get = |browser: &Client, path| send(browser, "GET", path, Value::Null);
    let post = |browser: &Client, path, body| send(browser, "POST", path, body);
    let login = |email: &str, password: &str| json!({"email": email, "password": password});
    let somebody = world.browser();
    let mut stated = Stated::read();

    // No query to authenticate, none to see what one may do: the one read is what was asked for.
    assert_eq!(cost(&world, get(&ada, ME), 200).await, stated.take("`GET /users/me`"));
    assert_eq!(
        cost(&world, get(&ada, PEOPLE), 403).await,
        stated.take("`GET /users` without the permission")
    );
    assert_eq!(cost(&world, get(&somebody, ME), 401).await, stated.take("`GET /users/me` without a token"));
    let renamed = send(&ada, "PATCH", ME, json!({"name": "Ada"}));
    assert_eq!(cost(&world, renamed, 200).await, stated.take("`PATCH /users/me`"));
    // The exception: one more, to confirm a super-admin.
    assert_eq!(cost(&world, get(&root, ME), 200).await, stated.take("`GET /users/me` as a super-admin"));
    assert_eq!(cost(&world, get(&root, PEOPLE), 200).await, stated.take("`GET /users` as a super-admin"));

    let right = login("ada@example.org", PASSWORD);
    assert_eq!(cost(&world, post(&somebody, LOGIN, right), 200).await, stated.take("`POST /auth/login`"));
    let wrong = login("ada@example.org", "not the password");
    let expected = stated.take("`POST /auth/login`, wrong password");
    assert_eq!(cost(&world, post(&somebody, LOGIN, wrong), 401).await, expected);
    let unknown = login("nobody@example.org", PASSWORD);
    let expected = stated.take("`POST /auth/login`, unknown address");
    assert_eq!(cost(&world, post(&somebody, LOGIN, unknown), 401).await, expected);

    // Given again: nothing is written.
    let expected = stated.take("`POST /auth/refresh` within the grace of the last one");
    assert_eq!(cost(&world, post(&ada, REFRESH, Value::Null), 200).await, expected);
    world.advance(GRACE);
    assert_eq!(
        cost(&world, post(&ada, REFRESH, Value::Null), 200).await,
        stated.take("`POST /auth/refresh`")
    );

    let session = "/api/v1/auth/session";
    assert_eq!(cost(&world, get(&ada, session), 200).await, stated.take("`GET /auth/session`"));
    let expected = stated.take("`GET /auth/session`, signed out");
    assert_eq!(cost(&world, get(&somebody, session), 200).await, expected);
    // A sign-in through a provider: at its start nothing; the first one of a person makes the account.
    const THROUGH: &str = "/api/v1/auth/oauth/idp";
    for (what, at) in [("the first sign-in", 0), ("a later sign-in", 1)] {
        let mut browser = world.browser();
        let (mut location, expected_at_start) = (String::new(), stated.peek("`GET /auth/oauth/{provider}`"));
        let starting = async {
            let answer = browser.get(THROUGH).await;
            answer.header("location").unwrap().clone_into(&mut location);
            answer.status
        };
        assert_eq!(cost(&world, starting, 303).await, expected_at_start, "{at}");
        let claims = json!({"email": "eve@example.org", "email_verified": true});
        let back = format!("{THROUGH}/callback?{}", provider.agree(&location, claims));
        let expected = stated.take(&format!("`GET /auth/oauth/{{provider}}/callback`, {what}"));
        assert_eq!(cost(&world, async { browser.get(&back).await.status }, 303).await, expected, "{what}");
    }
    let _ = stated.take("`GET /auth/oauth/{provider}`");
    // Who impersonates is a super-admin, whom the store confirms; who is impersonated is not.
    let somebody_else = world.user("eva@example.org").await.get(ME).await.at("/data/id");
    let path = format!("{PEOPLE}/{}/impersonate", somebody_else.as_str().unwrap());
    let mut acting = root.clone();
    let began = async { acting.post(&path, json!({})).await.status };
    assert_eq!(
        cost(&world, began, 200).await,
        stated.take("`POST /users/{id}/impersonate` as a super-admin")
    );
    assert_eq!(cost(&world, get(&acting, ME), 200).await, stated.take("`GET /users/me` while impersonating"));
    let ended = send(&acting, "DELETE", "/api/v1/auth/impersonation", Value::Null);
    assert_eq!(cost(&world, ended, 200).await, stated.take("`DELETE /auth/impersonation`"));
    // However many sessions there are, ending all of them is one write to one document.
    let other = world.sign_in("ada@example.org").await;
    assert_eq!(
        cost(&world, post(&other, LOGOUT, Value::Null), 200).await,
        stated.take("`POST /auth/logout`")
    );
    let expected = stated.take("`POST /auth/logout-all`");
    assert_eq!(cost(&world, post(&ada, LOGOUT_ALL, Value::Null), 200).await, expected);
    with_api_keys(&world, &root, &mut stated).await;
    assert!(stated.0.is_empty(), "nobody measured {:?}", stated.0);
}

/// What making, using and revoking API keys costs: of an administrator, and of a super-admin.
async fn with_api_keys(world: &World, root: &Client, stated: &mut Stated) {
    const KEYS: &str = "/api/v1/api-keys";
    const KEEPER: &str = "keeper@example.org";
    world.registered(&mut world.browser(), KEEPER).await;
    let (operator, address) = (Operator::for_tests("test"), Email::parse(KEEPER).unwrap());
    world.services.auth.administration.set_role(&operator, &address, Role::Admin).await.unwrap();
    world.alter_person(KEEPER, "permissions", &json!(["API_KEY_CREATE"]));
    let mut keeper = world.sign_in(KEEPER).await;
    world.mail_settled().await;
    let wish = json!({"name": "Nightly export", "permissions": ["AUDIT_READ"], "expiresIn": 3600});
    let mut made = None;
    let making = async {
        let answer = keeper.post(KEYS, wish.clone()).await;
        let status = answer.status;
        made = Some(answer);
        status
    };
    assert_eq!(cost(world, making, 201).await, stated.take("`POST /api-keys`"));
    let made = made.unwrap();
    let presenting = |key: &Value| {
        let header = format!("Bearer {}", key.as_str().unwrap());
        world.program().with_header("Authorization", &header)
    };
    let (program, of_root) = (
        presenting(&made.at("/data/secret")),
        presenting(&root.clone().post(KEYS, wish).await.at("/data/secret")),
    );
    // The use is written beside the request.
    let noted = async |program: &Client| {
        let before = world.services.calls();
        let answered = status(program, EVENTS).await;
        let writes = || world.services.calls().since(&before).of("api_keys").writes;
        until("the use is noted", async || writes() == 1).await;
        answered
    };
    let expected = stated.take("`GET /audit-events` with an API key, for the first time");
    assert_eq!(cost(world, noted(&program), 200).await, expected);
    let expected = stated.take("`GET /audit-events` with an API key");
    assert_eq!(cost(world, status(&program, EVENTS), 200).await, expected);
    noted(&of_root).await;
    let expected = stated.take("`GET /audit-events` with an API key of a super-admin");
    assert_eq!(cost(world, status(&of_root, EVENTS), 200).await, expected);
    world.services.auth.administration.end_sessions(&operator, &address).await.unwrap();
    let expected = stated.take("`GET /audit-events` with an API key, after a change of its owner");
    assert_eq!(cost(world, status(&program, EVENTS), 200).await, expected);
    let mut keeper = world.sign_in(KEEPER).await;
    let path = format!("{KEYS}/{}", made.at("/data/apiKey/id").as_str().unwrap());
    let revoking = async { keeper.delete(&path).await.status };
    assert_eq!(cost(world, revoking, 200).await, stated.take("`DELETE /api-keys/{id}`"));
    let expected = stated.take("`GET /audit-events` with a revoked API key");
    // However often the program goes on with it.
    for _ in 0..2 {
        assert_eq!(cost(world, status(&program, EVENTS), 401).await, expected);
    }
}

#[tokio::test]
async fn authentication_reads_no_revocation_from_the_store() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let (before, started) = (world.services.calls(), SystemClock::new());
    for _ in 0..60 {
        assert_eq!(status(&ada, ME).await, 200);
    }
    let spent = world.services.calls().since(&before);
    let followed = u64::try_from(started.monotonic().as_millis() / 250).unwrap() + 1;
    assert!(spent.of("revocations").reads <= followed, "only what follows them reads them");
    assert_eq!((spent.of("users").reads, spent.of("sessions").reads), (60, 0));
}
