//! The pages that a browser shows: the start page, the pages of links, and unknown paths.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_api_tests::binary::Binary;
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World};
use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Operator, Visitor};
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::output::{Accepted, BuiltInPage};
use palisade_core::routes::{Routes, get};
use palisade_modules::user::types::Email;
use serde_json::{Value, json};

/// What Chromium sends when somebody follows a link.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
const LINK: &str = "/api/v1/auth/link";

async fn production(variables: &[(&str, &str)]) -> World {
    let mut key = [0; 32];
    aws_lc_rs::rand::fill(&mut key).unwrap();
    let keys = format!("test:{}", STANDARD.encode(key));
    let mut all = vec![
        ("APP_ENV", "production"),
        ("APP_URL", "https://app.example.org"),
        ("SECRET_KEYS", &*keys),
        ("SMTP_URL", "smtp://127.0.0.1:9"),
        ("MAIL_FROM", "no-reply@example.org"),
    ];
    all.extend_from_slice(variables);
    World::set(&all).await
}

/// A person who looks at pages.
fn person(world: &World) -> Client {
    world.browser().with_header("Accept", BROWSER)
}

fn is_page(answer: &Answer) -> bool {
    answer.header("content-type") == Some("text/html; charset=utf-8")
}

/// A page loads nothing, runs nothing its policy does not name, and is kept nowhere.
#[track_caller]
fn assert_modest(page: &Answer) {
    assert!(is_page(page), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.body.contains(" src=") && !page.body.contains("<link") && !page.body.contains("url("));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
}

#[tokio::test]
async fn an_unknown_path_is_a_page_for_browsers_and_an_envelope_for_programs() {
    let world = World::new().await;
    for path in ["/nothing", "/api/v1/nothing", "/account/nothing", "/favicon.ico", "/%ff"] {
        let page = person(&world).get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert_modest(&page);
        assert!(page.body.contains("Page not found") && page.body.contains("href=\"/\""), "{path}");
        assert!(page.body.len() < 6_000, "it is small: {} bytes", page.body.len());
        assert!(page.all("vary").any(|vary| vary.contains("Accept")), "{path}");
        let head = person(&world).send("HEAD", path, &[], b"").await;
        assert_eq!((head.status, is_page(&head)), (404, true), "{path}");
    }
    for accept in
        ["*/*", "application/json", "application/json, text/plain, */*", "text/html, application/json", ""]
    {
        let answer = world.program().with_header("Accept", accept).get("/nothing").await;
        assert!(answer.is_refusal(404, "NOT_FOUND"), "{accept}: {}", answer.body);
    }
    assert!(world.program().get("/nothing").await.is_refusal(404, "NOT_FOUND"));
    // Only what leads nowhere: a route answers in its language, and any other mistake does too.
    let mut root = world.super_admin("root@example.org").await.with_header("Accept", BROWSER);
    let nobody = root.get("/api/v1/users/usr_01890000000070008000000000000001").await;
    assert!(nobody.is_refusal(404, "NOT_FOUND"), "{}", nobody.body);
    let method = person(&world).send("DELETE", "/docs", &[("Origin", "http://localhost:8080")], b"").await;
    assert!(method.is_refusal(405, "METHOD_NOT_ALLOWED"), "{}", method.body);
}

/// Whether it is a page about this status, with all that an error of its kind bears.
#[track_caller]
fn assert_says(page: &Answer, status: u16) {
    assert_eq!(page.status, status, "{}", page.body);
    assert_modest(page);
    assert!(page.body.contains(&format!("Error {status}: ")), "{}", page.body);
    assert!(page.all("vary").any(|vary| vary.contains("Accept")), "{status}");
}

#[tokio::test]
async fn too_many_requests_are_a_page_where_a_page_was_asked_for() {
    let world = World::set(&[
        ("RATE_LIMIT_RELAXED", "2/60s"),
        ("RATE_LIMIT_REFUSED", "2/60s"),
        ("APP_NAME", "The Shop"),
    ])
    .await;
    let mut person = person(&world);
    for status in [200, 200] {
        assert_eq!(person.get("/docs").await.status, status);
    }
    for status in [404, 404] {
        assert_eq!(person.get("/nothing").await.status, status);
    }
    for path in ["/docs", "/account/verify", "/", "/dev/mailbox", "/nothing", "/api/v1/nothing"] {
        let page = person.get(path).await;
        assert_says(&page, 429);
        assert!(page.body.contains("The Shop</title>") && page.body.contains("Try again"), "{path}");
        let seconds: u64 = page.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds) && page.header("ratelimit").is_some(), "{path}");
    }
    // A program is answered as ever, and so is a browser that asks the interface.
    let mut program = world.program();
    for path in ["/docs", "/nothing"] {
        let answer = program.get(path).await;
        assert!(answer.is_refusal(429, "RATE_LIMITED"), "{path}: {}", answer.body);
        assert!(answer.all("vary").any(|vary| vary.contains("Accept")), "{path}");
    }
    for path in ["/api/v1/auth/jwks", "/api/v1/openapi.json"] {
        let answer = person.get(path).await;
        assert!(answer.is_refusal(429, "RATE_LIMITED"), "{path}: {}", answer.body);
    }
}

async fn fail((): (), _: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    Err(AppError::internal("a fault"))
}

async fn be_away((): (), _: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    Err(AppError::unavailable(Duration::from_secs(7), "the store is away"))
}

async fn be_late((): (), _: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    tokio::time::sleep(Duration::from_mins(1)).await;
    Err(AppError::internal("nobody waits so long"))
}

async fn be_missing((): (), _: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    Err(AppError::new(&codes::NOT_FOUND))
}

async fn be_data((): (), _: Visitor, _: Nothing) -> Result<Accepted, AppError> {
    Err(AppError::unavailable(Duration::from_secs(7), "the store is away"))
}

#[tokio::test]
async fn a_page_that_cannot_be_shown_is_another_page() {
    let more = Routes::new()
        .add(get("/fails").limit(RELAXED).public().no_input().handle(fail).summary("Fails."))
        .add(get("/away").limit(RELAXED).public().no_input().handle(be_away).summary("Is away."))
        .add(get("/late").limit(RELAXED).public().no_input().handle(be_late).summary("Is late."))
        .add(get("/missing").limit(RELAXED).public().no_input().handle(be_missing).summary("Is missing."))
        .add(get("/data").limit(RELAXED).public().no_input().handle(be_data).summary("Is data."));
    let world = World::serving_also(&[("HANDLER_TIMEOUT", "1s")], |mount| mount.at("", more, ())).await;
    for (path, status, wait) in
        [("/fails", 500, None), ("/away", 503, Some("7")), ("/late", 503, Some("1")), ("/missing", 404, None)]
    {
        let page = person(&world).get(path).await;
        assert_says(&page, status);
        assert_eq!(page.header("retry-after"), wait, "{path}");
        assert!(!page.body.contains("fault") && !page.body.contains("store"), "nothing private: {path}");
        let answer = world.program().get(path).await;
        assert!(answer.status == status && answer.at("/success") == false, "{path}: {}", answer.body);
    }
    let data = person(&world).get("/data").await;
    assert!(data.is_refusal(503, "SERVICE_UNAVAILABLE"), "{}", data.body);
    assert!(data.all("vary").all(|vary| !vary.contains("Accept")), "nothing was chosen");
}

#[tokio::test]
async fn local_pages_are_404_from_elsewhere() {
    let world = World::new().await;
    let operator = Operator::for_tests("test");
    let link = world.services.auth.setup.first_link(&operator).await.unwrap().unwrap();
    assert!(person(&world).get("/").await.body.contains(&link));
    let mut elsewhere = Client::new(world.address, "evil.example").with_header("Accept", BROWSER);
    let nothing = elsewhere.get("/nothing").await;
    for path in ["/", "/dev/mailbox"] {
        let answer = elsewhere.get(path).await;
        assert_eq!((answer.status, &answer.body), (404, &nothing.body), "{path}");
        let names = |answer: &Answer| answer.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&answer), names(&nothing), "{path}");
    }
}

#[tokio::test]
async fn the_start_page_of_development_leads_to_the_first_account_while_there_is_none() {
    let world = World::new().await;
    let start = person(&world).get("/").await;
    assert_eq!(start.status, 200);
    assert_modest(&start);
    for part in ["href=\"/docs\"", "href=\"/dev/mailbox\"", "http://localhost:8080/api/v1/auth/register"] {
        assert!(start.body.contains(part), "{part}");
    }
    assert!(start.body.contains("palisade admin create"), "no link was made yet");

    let operator = Operator::for_tests("test");
    let link = world.services.auth.setup.first_link(&operator).await.unwrap().unwrap();
    assert!(person(&world).get("/").await.body.contains(&format!("href=\"{link}\"")));
    world.advance(Duration::from_hours(1));
    let late = person(&world).get("/").await;
    assert!(!late.body.contains("#token=") && late.body.contains("palisade admin create"));
    world.made_super_admin("root@example.org").await;
    let settled = person(&world).get("/").await;
    assert!(!settled.body.contains("palisade admin create") && !settled.body.contains("administrator"));
}

#[tokio::test]
async fn the_start_page_shows_the_link_of_the_terminal() {
    let server = Binary::start(&[]).await;
    let printed = server.output("stderr.log");
    let link = printed.split_whitespace().find(|word| word.contains("/account/setup#token=")).unwrap();
    let start = server.browser().get("/").await;
    assert!(start.status == 200 && start.body.contains(&format!("href=\"{link}\"")), "{}", start.body);
}

#[tokio::test]
async fn the_start_of_production_is_a_short_page_or_leads_home() {
    let world = production(&[]).await;
    let mut person = Client::new(world.address, "app.example.org").with_header("Accept", BROWSER);
    let front = person.get("/").await;
    assert_eq!(front.status, 200);
    assert_modest(&front);
    assert!(front.body.contains("href=\"/docs\"") && !front.body.contains("mailbox"));
    assert!(!front.body.contains("Sign in"));

    let home = "https://www.example.org/welcome?from=api";
    let world = production(&[("HOME_URL", home)]).await;
    for accept in [BROWSER, "*/*"] {
        let mut person = Client::new(world.address, "app.example.org").with_header("Accept", accept);
        let led = person.get("/").await;
        assert_eq!((led.status, led.header("location")), (303, Some(home)), "{accept}");
    }
    // In development the start page stays, and names both.
    let world =
        World::set(&[("HOME_URL", "http://localhost:3000/"), ("SIGN_IN_URL", "https://example.org/in")])
            .await;
    let start = world.browser().get("/").await;
    assert!(
        start.body.contains("href=\"http://localhost:3000/\"")
            && start.body.contains("href=\"https://example.org/in\"")
    );
}

#[tokio::test]
async fn pages_of_links_end_with_the_way_on() {
    for (variables, way) in [
        (vec![], "href=\"/account/sign-in\">Sign in"),
        (vec![("HOME_URL", "http://localhost:3000")], "href=\"/account/sign-in\">Sign in"),
        (
            vec![
                ("HOME_URL", "http://localhost:3000"),
                ("SIGN_IN_URL", "http://localhost:3000/sign-in?a=1&b=2"),
            ],
            "href=\"http://localhost:3000/sign-in?a=1&amp;b=2\">Sign in",
        ),
    ] {
        let world = World::set(&variables).await;
        for path in ["/account/verify", "/account/setup"] {
            let page = person(&world).get(path).await;
            assert_modest(&page);
            assert!(page.body.contains(way), "{path}: {way}");
        }
    }
}

/// What the server says of a link in this browser.
async fn link(browser: &mut Client, token: &str) -> (u16, Value) {
    let answer = browser.post(LINK, json!({ "token": token })).await;
    let said = if answer.status == 200 { answer.at("/data") } else { json!(answer.code()) };
    (answer.status, said)
}

fn over() -> (u16, Value) {
    (400, json!("TOKEN_INVALID"))
}

#[tokio::test]
async fn the_page_of_a_mailed_link_shows_its_state_and_does_not_use_it_up() {
    let world = World::new().await;
    let mut ada = world.browser();
    let asked = json!({"email": "ada@example.org", "password": PASSWORD});
    assert_eq!(ada.post("/api/v1/auth/register", asked.clone()).await.status, 202);
    let token = world.mailed_token("ada@example.org").await;
    let here = |required: bool, used: bool| {
        let email = "ada@example.org";
        let link =
            json!({"purpose": "verification", "email": email, "passwordRequired": required, "used": used});
        (200, link)
    };
    for _ in 0..2 {
        assert_eq!(link(&mut ada, &token).await, here(false, false));
        assert_eq!(link(&mut world.browser(), &token).await, here(true, false));
    }
    assert_eq!(ada.post("/api/v1/auth/verify-email", json!({ "token": token })).await.status, 200);
    assert_eq!(link(&mut ada, &token).await, here(false, true));
    assert_eq!(link(&mut world.browser(), &token).await, over(), "nobody else learns that it was used");
    world.advance(Duration::from_mins(10));
    assert_eq!(link(&mut ada, &token).await, over());

    // A link of another registration of an address that has an account by now.
    let mut late = world.browser();
    let asked = json!({"email": "late@example.org", "password": PASSWORD});
    assert_eq!(late.post("/api/v1/auth/register", asked).await.status, 202);
    let token = world.mailed_token("late@example.org").await;
    world.made_super_admin("late@example.org").await;
    assert_eq!(link(&mut late, &token).await, over());
    for token in ["x", &"A".repeat(43)] {
        assert_eq!(link(&mut late, token).await, over());
    }
}

#[tokio::test]
async fn the_page_of_a_setup_link_shows_its_address_and_state() {
    let world = World::new().await;
    let operator = Operator::for_tests("test");
    let token_of = |link: String| link.split_once("#token=").unwrap().1.to_owned();
    let first = token_of(world.services.auth.setup.first_link(&operator).await.unwrap().unwrap());
    let spare = token_of(world.services.auth.setup.first_link(&operator).await.unwrap().unwrap());
    let named = Email::parse("eve@example.org").unwrap();
    let named = token_of(world.services.auth.setup.link_for(&operator, named).await.unwrap());
    let setup = |email: Value| {
        (200, json!({"purpose": "setup", "email": email, "passwordRequired": true, "used": false}))
    };
    let mut browser = world.browser();
    assert_eq!(link(&mut browser, &first).await, setup(Value::Null));
    assert_eq!(link(&mut browser, &named).await, setup(json!("eve@example.org")));

    let made = json!({"token": first, "email": "root@example.org", "password": PASSWORD});
    assert_eq!(world.browser().post("/api/v1/auth/setup", made).await.status, 201);
    for dead in [&first, &spare] {
        assert_eq!(link(&mut browser, dead).await, over());
    }
    assert_eq!(link(&mut browser, &named).await, setup(json!("eve@example.org")), "a named one goes on");
    world.advance(Duration::from_hours(1));
    assert_eq!(link(&mut browser, &named).await, over());
}
