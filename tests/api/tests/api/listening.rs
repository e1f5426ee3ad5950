//! Server-sent events: an answer that goes on until the client goes, its session ends or the server shuts down.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::{Client, Listener, World, until};
use palisade_core::errors::AppError;
use palisade_core::identity::{AuthenticatedUser, Visitor};
use palisade_core::input::{EventId, Listeners, Listening, Nothing};
use palisade_core::limits::{NORMAL, RELAXED};
use palisade_core::output::{Event, EventName, Events, Feed};
use palisade_core::routes::{Routes, get};
use palisade_notes_example::PRODUCT;
use serde_json::{Value, json};

const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";
const EVENTS: &str = "/api/v1/notes/events";

palisade_core::view! {
    /// A move of a game.
    pub struct Move = "Move" {
        /// The text.
        text: String,
    }
}

type Moves = Feed<&'static str, Move>;

const MOVED: EventName = EventName::new("piece.moved");
const BEAT: Duration = Duration::from_millis(20);

async fn watch(moves: Moves, _: Visitor, input: Listening<Nothing>) -> Result<Events<Move>, AppError> {
    Ok(moves.listen(input.seat, "game"))
}

async fn mine(
    moves: Moves,
    _: AuthenticatedUser,
    input: Listening<Nothing>,
) -> Result<Events<Move>, AppError> {
    Ok(moves.listen(input.seat, "game"))
}

/// Two places for each network, three in all; and with a session.
fn routes() -> Routes<Moves> {
    let few = Listeners::at_most(2, 3).heartbeat(BEAT);
    let many = Listeners::at_most(100, 100).heartbeat(BEAT);
    Routes::new()
        .add(get("/watch").limit(RELAXED).public().no_input().listeners(few).handle(watch))
        .add(
            get("/quiet")
                .limit(RELAXED)
                .public()
                .no_input()
                .listeners(Listeners::at_most(9, 9))
                .handle(watch),
        )
        .add(get("/mine").limit(NORMAL).session().no_input().listeners(many).handle(mine))
        .add(get("/hall").limit(NORMAL).session().no_input().listeners(few).handle(mine))
}

async fn world(variables: &[(&str, &str)]) -> (World, Moves) {
    let moves = Moves::new(4);
    let state = moves.clone();
    let world = World::serving_also(variables, |mount| mount.at("", routes(), state)).await;
    (world, moves)
}

fn moved(text: &str) -> Event<Move> {
    Event::new(Move { text: text.to_owned() })
}

fn bearer(client: &Client) -> String {
    let token = client.cookie("palisade-access").unwrap();
    format!("Bearer {token}")
}

async fn listen(world: &World, path: &str, client: &Client) -> Listener {
    let listener = Listener::connect(world.address, path, &[("Authorization", &bearer(client))]).await;
    assert_eq!(listener.status(), 200, "{}", listener.head);
    listener
}

#[tokio::test]
async fn events_arrive_in_order_with_their_ids_and_types() {
    let (world, moves) = world(&[]).await;
    let mut listener = Listener::connect(world.address, "/watch", &[]).await;
    assert_eq!(listener.status(), 200, "{}", listener.head);
    for (name, value) in [
        ("content-type", "text/event-stream; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-accel-buffering", "no"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(listener.header(name), Some(value), "{name}");
    }
    assert_eq!(listener.block().await.unwrap(), "retry: 2000");
    assert_eq!(moves.publish(&"game", &moved("e4\ne5")), 1);
    let id = EventId::parse("move-2").unwrap();
    assert_eq!(moves.publish(&"game", &moved("Nf3").with_id(id).named(MOVED)), 1);
    assert_eq!(moves.publish(&"other", &moved("elsewhere")), 0);
    assert_eq!(listener.event().await.unwrap(), r#"data: {"text":"e4\ne5"}"#);
    let second = "id: move-2\nevent: piece.moved\ndata: {\"text\":\"Nf3\"}";
    assert_eq!(listener.event().await.unwrap(), second);
}

#[tokio::test]
async fn a_quiet_stream_has_heartbeats_and_outlives_an_idle_connection() {
    let (world, moves) = world(&[("IDLE_TIMEOUT", "1s"), ("HANDLER_TIMEOUT", "1s")]).await;
    let mut listener = Listener::connect(world.address, "/watch", &[]).await;
    listener.block().await.unwrap();
    // More than a second of heartbeats.
    for _ in 0..80 {
        assert_eq!(listener.block().await.unwrap(), ":");
    }
    moves.publish(&"game", &moved("e4"));
    assert!(listener.event().await.unwrap().contains("e4"));
}

#[tokio::test]
async fn a_caller_has_a_few_places_and_a_closed_connection_frees_one() {
    let (world, moves) = world(&[]).await;
    let first = Listener::connect(world.address, "/watch", &[]).await;
    let second = Listener::connect(world.address, "/watch", &[]).await;
    let refused = world.program().get("/watch").await;
    assert!(refused.is_refusal(429, "RATE_LIMITED"), "{}", refused.body);
    assert_eq!(refused.header("retry-after"), Some("10"));
    drop(first);
    let world = &world;
    until("a place is free", async || Listener::connect(world.address, "/watch", &[]).await.status() == 200)
        .await;
    drop(second);
    until("no one is in the feed", async || moves.topics() == 0).await;
}

#[tokio::test]
async fn all_callers_together_have_a_number_of_places() {
    let (world, _) = world(&[]).await;
    let (ada, eve) = (world.user(ADA).await, world.user(EVE).await);
    let _taken = [
        listen(&world, "/hall", &ada).await,
        listen(&world, "/hall", &ada).await,
        listen(&world, "/hall", &eve).await,
    ];
    let mut eve = eve;
    let refused = eve.get("/hall").await;
    assert!(refused.is_refusal(503, "SERVICE_UNAVAILABLE"), "{}", refused.body);
    assert!(refused.header("retry-after").is_some());
}

#[tokio::test]
async fn a_request_for_the_head_takes_no_place_for_long() {
    let (world, moves) = world(&[]).await;
    for _ in 0..5 {
        let head = world.program().send("HEAD", "/watch", &[], b"").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        until("it is free again", async || moves.topics() == 0).await;
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_no_other() {
    let (world, moves) = world(&[]).await;
    let mut ada = world.user(ADA).await;
    let phone = world.sign_in(ADA).await;
    let (mut here, mut there) = (listen(&world, "/mine", &ada).await, listen(&world, "/mine", &phone).await);
    assert_eq!(ada.post("/api/v1/auth/logout", Value::Null).await.status, 200);
    assert!(here.ends().await, "as its framing says");
    moves.publish(&"game", &moved("e4"));
    assert!(there.event().await.unwrap().contains("e4"));
    assert_eq!(ada.get("/mine").await.status, 401);
}

#[tokio::test]
async fn a_stream_ends_at_the_latest_when_the_access_token_expires() {
    let (world, _) = world(&[("ACCESS_TOKEN_TTL", "5m")]).await;
    let ada = world.user(ADA).await;
    let mut listener = listen(&world, "/mine", &ada).await;
    world.advance(Duration::from_mins(4));
    for _ in 0..5 {
        assert!(listener.block().await.is_some());
    }
    world.advance(Duration::from_mins(2));
    assert!(listener.ends().await);
}

#[tokio::test]
async fn a_shutdown_ends_every_stream_between_two_events() {
    let (world, moves) = world(&[]).await;
    let address = world.address;
    let mut listeners = Vec::new();
    for _ in 0..5 {
        listeners.push(Listener::connect(address, "/quiet", &[]).await);
    }
    for number in 0..3 {
        moves.publish(&"game", &moved(&format!("move {number}")));
    }
    let stopping = tokio::spawn(world.stop());
    for mut listener in listeners {
        let mut last = None;
        while let Some(block) = listener.block().await {
            last = Some(block);
        }
        assert!(listener.ends().await, "the framing ends, after {last:?}");
    }
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_listener_that_does_not_read_loses_its_connection_and_no_memory() {
    let (world, moves) = world(&[]).await;
    let mut listener = Listener::connect(world.address, "/quiet", &[]).await;
    let long = "x".repeat(1024 * 1024);
    let mut reached = 0;
    while moves.publish(&"game", &moved(&long)) == 1 {
        reached += 1;
        assert!(reached < 1000, "there is no bound");
        tokio::task::yield_now().await;
    }
    assert_eq!(moves.topics(), 0);
    // What was on its way arrives whole; then the answer ends, and the client may connect again.
    assert!(listener.ends().await);
}

#[tokio::test]
async fn a_listener_is_admitted_like_any_other_caller() {
    let (world, _) = world(&[]).await;
    assert!(world.program().get("/mine").await.is_refusal(401, "AUTH_401"));
    for (wrong, code) in [("a b", "invalid_format"), (&*"x".repeat(129), "invalid_format")] {
        let answer = world.program().send("GET", "/watch", &[("Last-Event-ID", wrong)], b"").await;
        assert_eq!((answer.status, answer.details()), (400, vec![format!("Last-Event-ID:{code}")]));
    }
    let unknown = world.program().get("/watch?since=1").await;
    assert_eq!((unknown.status, unknown.details()), (400, vec!["since:unknown_field".to_owned()]));
}

#[tokio::test]
async fn a_user_hears_of_their_own_notes_and_of_those_they_missed() {
    let world = World::of(&PRODUCT, &[]).await;
    let (mut ada, mut eve) = (world.user(ADA).await, world.user(EVE).await);
    let write = async |client: &mut Client, text: &str| {
        let written = client.post("/api/v1/notes", json!({"text": text})).await;
        assert_eq!(written.status, 201, "{}", written.body);
        // Notes of one millisecond have no order.
        world.advance(Duration::from_secs(1));
    };
    let mut listener = listen(&world, EVENTS, &ada).await;
    write(&mut eve, "of somebody else").await;
    write(&mut ada, "one").await;
    let event = listener.event().await.unwrap();
    assert!(event.contains("event: note.written") && event.contains(r#""text":"one""#), "{event}");
    let id = event.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    drop(listener);
    for text in ["two", "three"] {
        write(&mut ada, text).await;
    }
    let headers = [("Authorization", &*bearer(&ada)), ("Last-Event-ID", &*id)];
    let mut again = Listener::connect(world.address, EVENTS, &headers).await;
    for text in ["two", "three"] {
        let event = again.event().await.unwrap();
        assert!(event.contains(&format!(r#""text":"{text}""#)), "{event}");
    }
    let document = world.program().get("/api/v1/openapi.json").await.json();
    let answer = &document["paths"][EVENTS]["get"]["responses"]["200"]["content"]["text/event-stream"];
    assert!(answer["schema"]["description"].as_str().is_some_and(|said| said.contains("`Note`")), "{answer}");
    assert!(document["components"]["schemas"]["Note"].is_object());
}
