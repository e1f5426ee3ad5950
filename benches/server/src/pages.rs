//! The cost of a page of users with few and with many users, on each engine: two servers side by side, one for each
//! number, in turns.

mod crowd;
mod mongodb;
mod progress;
mod sqlite;

pub(crate) use mongodb::Database as MongoDatabase;
pub(crate) use progress::Progress;

use std::time::Duration;

use serde_json::Value;

use crate::Failure;
use crate::account;
use crate::load::{Load, Seen};
use crate::process::Running;
use crate::report::{Report, median};
use crate::wire::{Connection, get, split, status};

const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;
/// Another number of users for `many`, for a shorter run.
const MANY_VARIABLE: &str = "PALISADE_BENCH_PEOPLE";

const CONNECTIONS: u32 = 4;
const TURNS: usize = 15;
const TURN: Duration = Duration::from_millis(400);

/// The maximum cost of a page with a hundred times as many users.
const AIM: f64 = 1.3;

/// The caller: an account that may list users.
const READER: &str = "reader@example.org";

/// A server over a store with so many users.
struct Place {
    server: Running,
    cookie: String,
    people: u64,
    // Dropped after the server.
    _folder: tempfile::TempDir,
}

/// The embedded engine.
pub(crate) async fn on_sqlite(report: &mut Report) -> Result<(), Failure> {
    let mut places = Vec::new();
    for people in [FEW, many()?] {
        let folder = tempfile::tempdir()?;
        let (server, _) = account::start(folder.path(), &[]).await?;
        account::create(server.address, READER).await?;
        sqlite::fill(&folder.path().join("data/palisade.db"), people)?;
        places.push(Place::enter(server, people, folder).await?);
    }
    compare(report, "sqlite", &places).await
}

/// MongoDB: a separate replica set.
pub(crate) async fn on_mongodb(report: &mut Report) -> Result<(), Failure> {
    let servers = palisade_test_servers::ReplicaSet::start().await?;
    let mut places = Vec::new();
    let mut databases = Vec::new();
    for people in [FEW, many()?] {
        let folder = tempfile::tempdir()?;
        let database = mongodb::Database::named(&servers.url(), &format!("people_{people}")).await?;
        let variables = [("DATABASE_URL", database.url())];
        let (server, _) = account::start(folder.path(), &variables).await?;
        account::create(server.address, READER).await?;
        database.fill(people).await?;
        places.push(Place::enter(server, people, folder).await?);
        databases.push(database);
    }
    compare(report, "mongodb", &places).await?;
    let (Some(place), Some(database)) = (places.last(), databases.last()) else { return Ok(()) };
    for (name, path) in
        [("first", FIRST.to_owned()), ("filtered", FILTERED.to_owned()), ("middle", place.middle().await?)]
    {
        let plan = database.plan_of(place.ask(&path)).await?;
        report.note(format!("mongodb, plan of the {name} page"), plan);
    }
    mongodb::against_driver(report, place.load(FIRST), database).await
}

const FIRST: &str = "/api/v1/users?limit=20";
const FILTERED: &str = "/api/v1/users?limit=20&role=support&status=active";

async fn compare(report: &mut Report, engine: &str, places: &[Place]) -> Result<(), Failure> {
    let [few, many] = places else { return Err("not two places".into()) };
    let pages = [
        ("first", FIRST.to_owned(), FIRST.to_owned()),
        ("middle", few.middle().await?, many.middle().await?),
        ("filtered", FILTERED.to_owned(), FILTERED.to_owned()),
    ];
    for (name, at_few, at_many) in pages {
        let (at_few, at_many) = (few.load(&at_few), many.load(&at_many));
        at_few.run(TURN).await?;
        at_many.run(TURN).await?;
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            a.push(at_few.run(TURN).await?);
            b.push(at_many.run(TURN).await?);
        }
        let dearer: Vec<f64> = a.iter().zip(&b).map(|(few, many)| few.per_second / many.per_second).collect();
        let middle = |seen: &[Seen]| median(seen.iter().map(|seen| seen.per_second).collect());
        report.note(
            format!("{engine}, {name} page, {} and {} people", few.people, many.people),
            format!("{:.0} and {:.0} /s", middle(&a), middle(&b)),
        );
        let dearer = median(dearer);
        report.aim(
            format!("{engine}, {name} page, many against few"),
            format!("{dearer:.2} x"),
            "<= 1.3 x",
            dearer <= AIM,
        );
    }
    Ok(())
}

impl Place {
    async fn enter(server: Running, people: u64, folder: tempfile::TempDir) -> Result<Self, Failure> {
        let cookie = account::sign_in(server.address, READER).await?.access;
        Ok(Self { server, cookie, people, _folder: folder })
    }

    fn request(&self, path: &str) -> Vec<u8> {
        get(path, &format!("Cookie: {}\r\n", self.cookie))
    }

    fn load(&self, path: &str) -> Load {
        Load {
            address: self.server.address,
            process: self.server.id(),
            requests: vec![self.request(path)],
            connections: CONNECTIONS,
            pace: None,
        }
    }

    async fn ask(&self, path: &str) -> Result<Value, Failure> {
        let mut connection = Connection::open(self.server.address).await?;
        let answer = connection.exchange(&self.request(path)).await?;
        let (_, body) = split(answer)?;
        if status(answer) == Some(200) { Ok(serde_json::from_str(body)?) } else { Err(body.into()) }
    }

    /// The path of the page in the middle, found by paging.
    async fn middle(&self) -> Result<String, Failure> {
        let mut connection = Connection::open(self.server.address).await?;
        let mut path = "/api/v1/users?limit=100".to_owned();
        for _ in 0..self.people / 200 {
            let answer = connection.exchange(&self.request(&path)).await?;
            let (_, body) = split(answer)?;
            let page: Value = serde_json::from_str(body)?;
            let cursor = page.pointer("/meta/page/nextCursor").and_then(Value::as_str).ok_or("no cursor")?;
            path = format!("/api/v1/users?limit=100&cursor={cursor}");
        }
        Ok(path.replace("limit=100", "limit=20"))
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench is told by its environment how much to do")]
fn many() -> Result<u64, Failure> {
    Ok(std::env::var(MANY_VARIABLE).map_or(Ok(MANY), |number| number.parse())?)
}
