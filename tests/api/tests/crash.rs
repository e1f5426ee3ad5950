//! `kill -9` while people register, again and again on one folder: what was acknowledged is there, once, and the store
//! opens as if nothing had happened.
//!
//! A killed process proves the order of things: nothing is acknowledged before it is committed, and nothing that is
//! committed is half there. Whether a commit survives the machine is a matter of its fsync, and not shown here.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on stops, and a run says with which seed to repeat it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use palisade_api_tests::binary::Binary;
use palisade_api_tests::client::Client;
use palisade_api_tests::world::{GENEROUS, Kept, PASSWORD, World, token_of};
use palisade_core::ports::{Clock as _, Rng as _, SystemClock, SystemRng};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

const ROUNDS: usize = 50;
/// More than hash at a time, so that at any moment some are being hashed, some wait, and some are being written.
const CLIENTS: usize = 3;
/// After every so many rounds somebody is followed to the end.
const FOLLOWED: usize = 10;
/// How long a mail in hand is left alone when its worker dies, and a little more.
const LEASE: Duration = Duration::from_secs(150);

/// Somebody whose registration was acknowledged, with what their browser was given.
struct Registered {
    email: String,
    cookie: String,
}

/// The moments of the kills. The same seed chooses the same ones, though what happens at them differs.
struct Moments(u64);

impl Moments {
    #[expect(clippy::disallowed_methods, reason = "a run is repeated by naming its seed")]
    fn choose() -> Self {
        let mut random = [0; 8];
        SystemRng.fill(&mut random);
        let given =
            std::env::var("CRASH_SEED").ok().map(|seed| seed.parse().expect("CRASH_SEED is a number"));
        let seed = given.unwrap_or(u64::from_le_bytes(random));
        println!("CRASH_SEED={seed}");
        Self(seed)
    }

    /// SplitMix64.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

fn variables() -> Vec<(&'static str, &'static str)> {
    // Where the world looks for it as well.
    GENEROUS.into_iter().chain([("DATABASE_URL", "sqlite://palisade.db")]).collect()
}

/// Registers one person after another until the server is gone; says how many were asked for.
async fn register_without_pause(
    server: Client,
    name: String,
    acknowledged: UnboundedSender<Registered>,
) -> usize {
    for number in 0.. {
        let email = format!("{name}-{number}@example.org");
        let body = json!({"email": email, "password": PASSWORD, "name": "Ada"}).to_string();
        let mut browser = server.clone();
        let headers = [("Content-Type", "application/json")];
        let Ok(answer) = browser.attempt("POST", "/api/v1/auth/register", &headers, body.as_bytes()).await
        else {
            return number + 1;
        };
        assert_eq!(answer.status, 202, "{}", answer.body);
        let cookie = browser.cookie("palisade-registration").expect("a registration cookie").to_owned();
        acknowledged.send(Registered { email, cookie }).unwrap();
    }
    unreachable!("the server is killed at some time")
}

/// Every mail there is, by whom it went to.
async fn mailbox(reader: &mut Client) -> BTreeMap<String, Vec<Value>> {
    let mut mails: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = reader.get(&format!("/dev/mailbox?limit=100{cursor}")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        for mail in page.at("/data/items").as_array().unwrap() {
            mails.entry(mail["to"].as_str().unwrap().to_owned()).or_default().push(mail.clone());
        }
        match page.at("/meta/page/nextCursor") {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => return mails,
        }
    }
}

/// Waits until all of them but at most `in_hand` have mail, and says who has none.
async fn without_mail(reader: &mut Client, people: &[Registered], in_hand: usize) -> Vec<String> {
    let mut missing = Vec::new();
    for _ in 0..500 {
        let mails = mailbox(reader).await;
        missing =
            people.iter().map(|one| one.email.clone()).filter(|email| !mails.contains_key(email)).collect();
        if missing.len() <= in_hand {
            return missing;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("acknowledged, and lost: {missing:?}")
}

/// The registering browser opens its link and signs in with the password it had chosen before the kill.
async fn follow(server: &Binary, one: &Registered) {
    let mut reader = server.program().with_header("Accept", "application/json");
    let token = token_of(&mailbox(&mut reader).await[&one.email][0]);
    let mut browser = server.browser();
    browser.set_cookie("palisade-registration", &one.cookie);
    let proven = browser.post("/api/v1/auth/verify-email", json!({ "token": token })).await;
    assert_eq!((proven.status, proven.at("/data/user/name")), (200, json!("Ada")), "{}", proven.body);
    let again = server
        .browser()
        .post("/api/v1/auth/verify-email", json!({"token": token, "password": PASSWORD}))
        .await;
    assert_eq!(again.code(), "TOKEN_INVALID", "a link works once");
    let signed_in =
        browser.post("/api/v1/auth/login", json!({"email": one.email, "password": PASSWORD})).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    assert_eq!(browser.get("/api/v1/users/me").await.at("/data/email"), json!(one.email));
}

#[tokio::test]
async fn an_acknowledged_registration_survives_a_kill_at_any_moment() {
    let mut moments = Moments::choose();
    let variables = variables();
    let mut server = Binary::start(&variables).await;
    let (mut everyone, mut in_hand, mut asked) = (Vec::new(), Vec::new(), 0);

    for round in 0..ROUNDS {
        let (acknowledge, mut acknowledged) = unbounded_channel();
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let name = format!("round{round}-client{client}");
            clients.spawn(register_without_pause(server.browser(), name, acknowledge.clone()));
        }
        drop(acknowledge);
        let mut people: Vec<Registered> = Vec::new();
        for _ in 0..=moments.below(2) {
            people.push(acknowledged.recv().await.expect("somebody is registered"));
        }
        // Not a wait for anything: the moment of the kill.
        tokio::time::sleep(Duration::from_millis(moments.below(120))).await;
        let folder = server.kill();
        while let Some(one) = acknowledged.recv().await {
            people.push(one);
        }
        asked += clients.join_all().await.into_iter().sum::<usize>();

        // Opens, listens and says that it is ready, or this panics.
        server = Binary::start_in(folder, &variables).await;
        // One worker carries one mail at a time: what it held when it died stays its own until the lease is over.
        let mut reader = server.program().with_header("Accept", "application/json");
        in_hand.extend(without_mail(&mut reader, &people, 1).await);
        if round % FOLLOWED == FOLLOWED - 1 {
            let followed = people.iter().rfind(|one| !in_hand.contains(&one.email));
            follow(&server, followed.expect("somebody has mail")).await;
        }
        everyone.extend(people);
    }

    // The same folder once more, when every lease is over.
    let later = SystemClock::new().now().plus(LEASE);
    let world = World::within_at(Kept::embedded(server.kill()), &GENEROUS, later).await;
    let mut reader = world.program().with_header("Accept", "application/json");
    without_mail(&mut reader, &everyone, 0).await;
    let mails = mailbox(&mut reader).await;
    let twice: BTreeSet<&String> =
        mails.iter().filter(|(_, mails)| mails.len() > 1).map(|(to, _)| to).collect();
    assert!(twice.is_empty(), "mailed twice: {twice:?}");
    assert!(mails.len() <= asked, "more people than ever asked");
    assert!(asked > everyone.len(), "no kill met a request under way: the moments prove nothing");
    println!(
        "{ROUNDS} kills: {asked} asked, {} acknowledged, {} registered, {} mails were in hand",
        everyone.len(),
        mails.len(),
        in_hand.len(),
    );
    world.stop().await;
}
