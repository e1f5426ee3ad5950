//! The primary of a replica set is killed under load and started again, repeatedly: every acknowledged write is
//! there afterwards, nothing was done twice, nobody waits longer than the deadline, refusals name the time for the
//! next try and happen only while there is no primary, and the server continues by itself.
//!
//! Three kills; with `PALISADE_LONG=1` twenty. The server waits for elections, so after them two of the three
//! members are killed at once, and stay away until every client has been refused.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on stops, and a run says what it saw"
)]

use std::sync::Arc;
use std::time::Duration;

use crate::load::{Account, Asked, KINDS, Load, Post, Registered, follow};
use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use mongodb::options::{ClientOptions, ServerAddress};
use mongodb::{Client, Database};
use palisade_api_tests::binary::Binary;
use palisade_api_tests::world::GENEROUS;
use palisade_test_servers::{MongoDatabase, Options, ReplicaSet};
use tokio::task::JoinHandle;

/// `HANDLER_TIMEOUT` of the server, and what a busy machine takes to say it.
const DEADLINE: Duration = Duration::from_secs(15 + 3);
/// A mail that was in hand when its store died is left alone for so long.
const LEASE: Duration = Duration::from_mins(2);
/// After an election the driver has to hear of it, and what was missed meanwhile has to be read.
const HEARSAY: Duration = Duration::from_secs(5);

/// Which election the primary came from when; nothing where none was found in time.
#[derive(Debug)]
struct Watch {
    seen: Vec<(Duration, Option<ObjectId>)>,
}

impl Watch {
    /// Asks every member again and again, by connections of its own.
    fn begin(url: &str, account: Arc<Account>) -> JoinHandle<Self> {
        let hosts = url.split_once("://").unwrap().1.split('/').next().unwrap();
        let members: Vec<Database> = hosts.split(',').map(member).collect();
        tokio::spawn(async move {
            let mut watch = Self { seen: Vec::new() };
            while account.goes_on() {
                let asked = account.now();
                let election = election(&members).await;
                watch.seen.push((asked, election));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            watch
        })
    }

    /// Whether one and the same primary was there from well before this request until its end. Where it was not found in
    /// time meanwhile, that says nothing: a primary that lost its place comes back with another election.
    fn was_settled(&self, asked: &Asked) -> bool {
        let known: Vec<(Duration, ObjectId)> =
            self.seen.iter().filter_map(|(at, election)| election.map(|election| (*at, election))).collect();
        let from = asked.started.saturating_sub(HEARSAY);
        let first = known.iter().rposition(|(at, _)| *at <= from).unwrap_or(0);
        let end =
            known.iter().position(|(at, _)| *at >= asked.ended).unwrap_or(known.len().saturating_sub(1));
        let about = known.get(first..=end).unwrap_or_default();
        about.first().is_some_and(|(_, before)| about.iter().all(|(_, election)| election == before))
    }
}

fn member(host: &str) -> Database {
    let mut options = ClientOptions::builder().hosts(vec![ServerAddress::parse(host).unwrap()]).build();
    options.direct_connection = Some(true);
    options.server_selection_timeout = Some(Duration::from_millis(100));
    Client::with_options(options).unwrap().database("admin")
}

async fn election(members: &[Database]) -> Option<ObjectId> {
    for member in members {
        let hello = member.run_command(doc! {"hello": 1}).await;
        if let Ok(hello) = hello
            && hello.get_bool("isWritablePrimary").unwrap_or(false)
        {
            return hello.get_object_id("electionId").ok();
        }
    }
    None
}

fn kills() -> usize {
    if std::env::var("PALISADE_LONG").is_ok_and(|value| value == "1") { 20 } else { 3 }
}

/// Waits until each kind of request has been refused that was begun after this moment.
async fn everybody_is_refused_since(moment: Duration, load: &mut Load) {
    loop {
        let asked = load.account.asked();
        let refused = |kind: &str| {
            asked.iter().any(|asked| asked.kind == kind && asked.started > moment && !asked.is_acknowledged())
        };
        if KINDS.iter().all(|(kind, _)| refused(kind)) {
            return;
        }
        load.still_goes_on();
        assert!(load.account.now() < moment + Duration::from_mins(2), "not everybody is refused");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_a_failover() {
    let mut set = ReplicaSet::with(Options::for_failover()).await.unwrap();
    let database = MongoDatabase::on(&set.url());
    let post = Post::begin();
    let (url, mail) = (database.url(), post.url());
    let mut variables = GENEROUS.to_vec();
    variables.extend([
        ("DATABASE_URL", url.as_str()),
        ("SMTP_URL", mail.as_str()),
        ("MAIL_FROM", "no-reply@example.org"),
        ("ACCESS_TOKEN_TTL", "1h"),
        ("REFRESH_GRACE", "20s"),
    ]);
    let server = Binary::start(&variables).await;
    let mut load = Load::begin(&server, &post).await;
    let watch = Watch::begin(&set.url(), Arc::clone(&load.account));
    load.goes_on_since(Duration::ZERO).await;

    let mut deaths = Vec::new();
    for _ in 0..kills() {
        let killed = set.primary().await.unwrap();
        set.kill(killed);
        deaths.push(load.account.now());
        set.primary().await.unwrap();
        load.goes_on_since(load.account.now()).await;
        set.restart(killed).await.unwrap();
        set.complete().await.unwrap();
    }

    let account = Arc::clone(&load.account);
    let primary = set.primary().await.unwrap();
    let majority = [primary, (primary + 1) % 3];
    for member in majority {
        set.kill(member);
    }
    deaths.push(account.now());
    everybody_is_refused_since(account.now(), &mut load).await;
    for member in majority {
        set.restart(member).await.unwrap();
    }
    set.complete().await.unwrap();
    load.goes_on_since(account.now()).await;

    let everybody = load.settle().await;
    post.came_once(&everybody, LEASE * 2).await;
    let registered: Vec<&Registered> = everybody.iter().filter(|one| one.cookie.is_some()).collect();
    for one in registered.iter().rev().take(2) {
        follow(server.browser(), &post, one).await;
    }
    let (watch, asked) = (watch.await.unwrap(), account.asked());
    let refused: Vec<&Asked> = asked.iter().filter(|asked| !asked.is_acknowledged()).collect();
    for one in &refused {
        let answer = one.answer.as_ref().unwrap_or_else(|| panic!("no answer: {one:?}"));
        assert_eq!((answer.status, answer.code().as_str()), (503, "SERVICE_UNAVAILABLE"));
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
        assert!(!watch.was_settled(one), "refused although there was a primary all the time: {one:?}");
    }
    let settled = asked.iter().filter(|asked| watch.was_settled(asked)).count();
    assert!(settled > 0, "no primary was ever settled: what is asked of refusals is asked of none");
    assert!(!refused.is_empty(), "nobody was refused: what is asked of refusals was asked of none");
    let longest = asked.iter().map(|asked| asked.ended.saturating_sub(asked.started)).max().unwrap();
    assert!(longest < DEADLINE, "somebody waited {longest:?}");
    for death in &deaths {
        let met = asked.iter().any(|asked| asked.started < *death && asked.ended > *death);
        assert!(met, "a kill met no request under way: it proves nothing");
    }
    println!(
        "{} kills: {} requests, {settled} of them with a settled primary, {} refused, {} registrations acknowledged, {} letters, the longest took {longest:?}",
        kills(),
        asked.len(),
        refused.len(),
        registered.len(),
        post.taken(),
    );
}
