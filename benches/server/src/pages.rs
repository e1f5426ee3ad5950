//! The cost of a page of users with few and with many users, on each engine: two servers side by side, one for each
//! number, in turns.

mod crowd;
mod mongodb;
mod progress;
mod sqlite;

pub(crate) use mongodb::Database as MongoDatabase;
pub(crate) use progress::Progress;

use serde_json::Value;

use crate::Failure;
use crate::account;
use crate::load::Load;
use crate::process::Running;
use crate::report::Report;
use crate::sizes;
use crate::wire::{Connection, get, split, status};

const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;
/// Another number of users for `many`, for a shorter run.
const MANY_VARIABLE: &str = "PALISADE_BENCH_PEOPLE";

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
        let name = format!("{engine}, {name} page");
        let sizes = format!("{} and {} people", few.people, many.people);
        sizes::compare(report, &name, &sizes, [few.load(&at_few), many.load(&at_many)]).await?;
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
            connections: sizes::CONNECTIONS,
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
        let pages = self.people / 200;
        let cursor = sizes::walk(&mut connection, "/api/v1/users?limit=100", &self.cookie, pages).await?;
        Ok(format!("/api/v1/users?limit=20{cursor}"))
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench is told by its environment how much to do")]
fn many() -> Result<u64, Failure> {
    Ok(std::env::var(MANY_VARIABLE).map_or(Ok(MANY), |number| number.parse())?)
}
