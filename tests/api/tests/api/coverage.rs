//! Every route has its cases: not signed in, not permitted, over the limit, invalid, and every other method.
//!
//! The cases follow from the declarations of the routes, so a new route has them from its first day. There is no
//! list of exemptions. A route needs only a sample of its input; the message of a test without one names the place
//! to add it.

mod inputs;

use std::collections::BTreeMap;
use std::time::Duration;

use palisade_api_tests::routes::{Admitted, EMAIL, Gate, Request};
use palisade_api_tests::{Answer, Client, Route, World};
use palisade_core::input::ParameterDoc;
use palisade_core::limits::{Bucket, Policies, Policy, SubjectKind};
use palisade_core::routes::Method;
use serde_json::{Value, json};

/// What no route reads.
const UNKNOWN: &str = "nonsense";

/// The ways to get a request wrong that only who may send it should hear of.
fn spoiled(route: &Route) -> Vec<Request> {
    let mut spoiled = Vec::new();
    if route.declared.output.refuses_unknown_query {
        spoiled.push(route.request().with_query(UNKNOWN, "1"));
    }
    if route.reads_a_body() {
        spoiled.push(route.request().with_body(UNKNOWN, json!(1)));
        spoiled.push(Request { body: None, ..route.request() });
    }
    for parameter in &route.declared.input.path {
        spoiled.push(route.request().with_path(parameter.name, "missing"));
    }
    spoiled
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn every_route_has_a_summary() {
    let world = World::new().await;
    let routes = Route::all(&world);
    assert!(routes.iter().any(|route| route.template == "/dev/mailbox"), "development has all routes");
    for route in routes {
        let summary = route.declared.summary;
        assert!(summary.ends_with('.') && summary.len() > 10, "{route} needs `.summary(\"…\")`: {summary:?}");
    }
}

#[tokio::test]
async fn without_a_session_every_protected_route_answers_401() {
    let world = World::new().await;
    let mut guarded = 0;
    for route in Route::all(&world).into_iter().filter(|route| route.gate() != Gate::Open) {
        guarded += 1;
        let nobody = world.program();
        let with_a_bad_token = nobody.clone().with_header("Authorization", "Bearer nonsense");
        for mut client in [nobody, with_a_bad_token] {
            let mut answers = vec![route.request().send(&mut client).await];
            for request in spoiled(&route) {
                answers.push(request.send(&mut client).await);
            }
            if route.reads_a_body() {
                answers.push(route.request().send_raw(&mut client, "text/plain", b"{").await);
            }
            for answer in answers {
                assert_eq!(code(&answer), refused(401, "AUTH_401"), "{route}");
                assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"api\""), "{route}");
            }
        }
    }
    assert!(guarded > 0);
}

#[tokio::test]
async fn without_the_permission_every_route_answers_403() {
    let world = World::new().await;
    let mut user = world.user("ordinary@example.org").await;
    let mut guarded = 0;
    for route in Route::all(&world).into_iter().filter(|route| route.gate() == Gate::Permitted) {
        guarded += 1;
        let mut answers = vec![route.request().send(&mut user).await];
        for request in spoiled(&route) {
            answers.push(request.send(&mut user).await);
        }
        if route.reads_a_body() {
            answers.push(route.request().send_raw(&mut user, "text/plain", b"{").await);
        }
        for answer in answers {
            assert_eq!(code(&answer), refused(403, "FORBIDDEN"), "{route}");
        }
    }
    assert!(guarded > 0);
}

#[tokio::test]
async fn a_fresh_route_requires_the_password_after_a_while() {
    use palisade_api_tests::world::PASSWORD;
    let routes = Route::all(&World::new().await).into_iter().filter(|route| route.declared.access.is_fresh());
    let mut names = Vec::new();
    for route in routes {
        let world = World::new().await;
        let (mut browser, mut recent) = match route.gate() {
            Gate::Permitted => {
                (world.super_admin("root@example.org").await, world.super_admin("second@example.org").await)
            }
            _ => (world.user("ordinary@example.org").await, world.user("another@example.org").await),
        };
        let with = |password: &str| route.request().with_body("password", json!(password));
        world.advance(Duration::from_mins(10));
        assert_eq!(browser.post("/api/v1/auth/refresh", Value::Null).await.status, 200);
        for stale in [route.request(), with("not the password at all")] {
            let answer = stale.send(&mut browser).await;
            assert_eq!(code(&answer), refused(403, "REAUTHENTICATION_REQUIRED"), "{route}");
        }
        // What the samples name does not exist; the answer comes from behind the demand.
        let passed = |answer: &Answer| matches!(answer.status, 200 | 201 | 202 | 404);
        let answer = with(PASSWORD).send(&mut browser).await;
        assert!(passed(&answer), "{route}: {}", answer.body);

        // A new sign-in, nine minutes ago.
        let email = recent.get("/api/v1/users/me").await.at("/data/email");
        let login = json!({"email": email, "password": PASSWORD});
        assert_eq!(recent.post("/api/v1/auth/login", login).await.status, 200);
        world.advance(Duration::from_mins(9));
        let answer = route.request().send(&mut recent).await;
        assert!(passed(&answer), "{route}: {}", answer.body);
        names.push(route.to_string());
    }
    let expected = [
        "POST /api/v1/auth/oauth/{provider}/link",
        "DELETE /api/v1/auth/identities/{id}",
        "POST /api/v1/auth/change-email",
        "DELETE /api/v1/users/me",
        "POST /api/v1/users/{id}/impersonate",
        "POST /api/v1/api-keys",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_local_route_is_404_for_other_machines() {
    let world = World::new().await;
    let loopback = palisade_core::routes::AccessKind::Loopback;
    for route in Route::all(&world).into_iter().filter(|route| route.declared.access == loopback) {
        // A page of a stranger, whose name leads to this machine.
        let mut rebound = Client::new(world.address, "stranger.example");
        let answer = route.request().with_query(UNKNOWN, "1").send(&mut rebound).await;
        assert_eq!(code(&answer), refused(404, "NOT_FOUND"), "{route}");
    }
}

/// Two requests pass, the third is refused, and says when to come back.
async fn limited_to_two(route: &Route, bucket: &Bucket, request: &Request, client: &mut Client) {
    let what = format!("{route}, {}=2/1s", bucket.variable());
    for _ in 0..2 {
        let passed = request.send(client).await;
        assert_ne!(passed.status, 429, "{what}");
    }
    let limited = request.send(client).await;
    assert_eq!(code(&limited), refused(429, "RATE_LIMITED"), "{what}");
    assert_eq!(limited.header("retry-after"), Some("1"), "{what}");
    let shown = limited.header("ratelimit").unwrap_or_default();
    let policy = limited.header("ratelimit-policy").unwrap_or_default();
    if bucket.counts().is_shown() {
        assert!(shown.contains(&format!("\"{}\";r=0;t=1", bucket.name())), "{what}: {shown:?}");
        assert!(policy.contains(&format!("\"{}\";q=2;w=1", bucket.name())), "{what}: {policy:?}");
    } else {
        // Others would learn from it what happens to the account.
        assert!(!shown.contains(bucket.name()) && !policy.contains(bucket.name()), "{what}: {shown:?}");
    }
}

/// Whoever charges this bucket with a request to this route, and that request; nobody when the route cannot know whom
/// the bucket counts.
async fn whoever_is_counted(world: &World, route: &Route, bucket: &Bucket) -> Option<(Client, Request)> {
    // The gates stand before the input: a request that can do nothing is charged like any other.
    let harmless = route.request().with_query(UNKNOWN, "1");
    match bucket.counts() {
        SubjectKind::Network => Some((world.program(), harmless)),
        SubjectKind::User => route.identifies().then_some((signed_in(world).await, harmless)),
        SubjectKind::Account => Some((world.program(), route.request())),
        SubjectKind::Device => Some((signed_in(world).await, route.request())),
        // No route has the policy of keys: `api_keys::limits` has its case.
        SubjectKind::ApiKey
        | SubjectKind::FailingDevice
        | SubjectKind::FailingNetwork
        | SubjectKind::SprayingNetwork => None,
    }
}

async fn signed_in(world: &World) -> Client {
    let mut browser = world.browser();
    let credentials = json!({"email": EMAIL, "password": palisade_api_tests::world::PASSWORD});
    let answer = browser.post("/api/v1/auth/login", credentials).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    world.advance(Duration::from_secs(2));
    browser
}

#[tokio::test]
async fn every_bucket_of_every_policy_limits_every_route_it_is_declared_for() {
    let policies: BTreeMap<&str, Policy> = Route::all(&World::new().await)
        .iter()
        .map(|route| (route.declared.policy.name(), route.declared.policy))
        .collect();
    for policy in policies.into_values() {
        let numbers = Policies::resolve([policy], |_| None).unwrap();
        // What failures charge decides only which of the others holds: `guessing.rs` has the cases of those.
        let by_failures = |bucket: &&Bucket| {
            use SubjectKind::{FailingDevice, FailingNetwork, SprayingNetwork};
            matches!(bucket.counts(), FailingDevice | FailingNetwork | SprayingNetwork)
        };
        for bucket in numbers.limits(&policy).unwrap().buckets().iter().filter(|bucket| !by_failures(bucket))
        {
            let world = World::set(&[(bucket.variable(), "2/1s")]).await;
            // A sign-in that succeeds makes a device known, and its requests count elsewhere.
            if bucket.counts() != SubjectKind::Account {
                world.super_admin(EMAIL).await;
                world.advance(Duration::from_secs(2));
            }
            let mut counted = false;
            for route in Route::all(&world).iter().filter(|route| route.declared.policy == policy) {
                if let Some((mut client, request)) = whoever_is_counted(&world, route, bucket).await {
                    limited_to_two(route, bucket, &request, &mut client).await;
                    world.advance(Duration::from_secs(2));
                    counted = true;
                }
            }
            assert!(counted, "`{}` is charged by no route", bucket.name());
        }
    }
}

#[tokio::test]
async fn unknown_paths_are_limited() {
    let world = World::set(&[("RATE_LIMIT_RELAXED", "2/1s")]).await;
    for (method, path, status) in [("GET", "/nothing", 404), ("DELETE", "/api/v1/health", 405)] {
        let mut program = world.program();
        for expected in [status, status, 429] {
            assert_eq!(program.send(method, path, &[], b"").await.status, expected, "{method} {path}");
        }
        world.advance(Duration::from_secs(2));
    }
}

#[tokio::test]
async fn a_path_answers_its_methods_and_names_them_to_all_others() {
    let world = World::new().await;
    let mut root = world.super_admin("root@example.org").await;
    let mut paths: BTreeMap<String, Vec<Route>> = BTreeMap::new();
    for route in Route::all(&world) {
        paths.entry(route.template.clone()).or_default().push(route);
    }
    for (path, mut routes) in paths {
        routes.sort_by_key(|route| route.declared.method);
        let mut allowed: Vec<&str> = routes.iter().map(|route| route.declared.method.as_str()).collect();
        if allowed.contains(&"GET") {
            allowed.push("HEAD");
        }
        let target = routes[0].request().target();
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"] {
            if allowed.contains(&method) {
                continue;
            }
            let answer = root.send(method, &target, &[], b"").await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some(&*allowed.join(", ")), "{method} {path}");
            if method == "HEAD" {
                assert_eq!(answer.body, "", "{path}");
            } else {
                assert_eq!(answer.code(), "METHOD_NOT_ALLOWED", "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    // What tells one answer from the next, whatever was asked.
    const MOVING: [&str; 6] =
        ["date", "x-request-id", "ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset", "set-cookie"];
    let world = World::new().await;
    let mut admitted = Admitted::in_world(&world).await;
    let still = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        headers.retain(|(name, _)| !MOVING.contains(&name.as_str()));
        // The length of nothing may be left out (RFC 9110, 8.6).
        headers.retain(|(name, value)| name != "content-length" || value != "0");
        headers.sort();
        headers
    };
    for route in Route::all(&world).into_iter().filter(|route| route.declared.method == Method::Get) {
        let target = route.request().target();
        let get = admitted.to(&route).get(&target).await;
        let head = admitted.to(&route).send("HEAD", &target, &[], b"").await;
        assert_eq!(head.status, get.status, "{route}");
        assert_eq!(still(&head), still(&get), "{route}");
        // A redirect has none either.
        assert!(head.body.is_empty() && (get.status == 303 || !get.body.is_empty()), "{route}");
    }
}
