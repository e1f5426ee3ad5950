//! The cost of a page of the audit with few and with many events, on MongoDB: two servers side by side, one for each
//! number, in turns.

mod seed;

use std::time::Duration;

use serde_json::Value;

use crate::load::{Load, Seen};
use crate::pages::MongoDatabase;
use crate::process::Running;
use crate::report::{Report, median};
use crate::wire::{Connection, get, split, status};
use crate::{Failure, account};

const FEW: u64 = 100_000;
const MANY: u64 = 10_000_000;
/// Another number of events for `many`, for a shorter run.
const MANY_VARIABLE: &str = "PALISADE_BENCH_EVENTS";
/// A replica set to use instead of one of this program's own, which keeps its data in memory.
const SERVER_VARIABLE: &str = "PALISADE_BENCH_MONGODB";

const CONNECTIONS: u32 = 4;
const TURNS: usize = 15;
const TURN: Duration = Duration::from_millis(400);

/// The maximum cost of a page with a hundred times as many events.
const AIM: f64 = 1.3;

/// The caller: an account that may read the audit.
const READER: &str = "reader@example.org";

/// The lists, by their query.
const LISTS: [(&str, &str); 5] = [
    ("all", ""),
    ("of a type", "&type=user.renamed"),
    ("about a user", "&userId={busy}"),
    ("of a type about a user", "&type=user.renamed&userId={busy}"),
    ("by a user", "&actorId={busy}"),
];
/// The page in the depth: the thousandth of nine events.
const DEPTH: u64 = 9_000;

/// A server over a store with so many events.
struct Place {
    server: Running,
    cookie: String,
    events: u64,
    busy: String,
    _database: MongoDatabase,
    // Dropped after the server.
    _folder: tempfile::TempDir,
}

/// MongoDB: a separate replica set.
pub(crate) async fn on_mongodb(report: &mut Report) -> Result<(), Failure> {
    let (few, many) = (FEW, number_of(MANY_VARIABLE, MANY)?);
    if let Some(url) = variable(SERVER_VARIABLE) {
        return compare(report, &[Place::enter(&url, few).await?, Place::enter(&url, many).await?]).await;
    }
    let servers = palisade_test_servers::ReplicaSet::start().await?;
    let url = servers.url();
    compare(report, &[Place::enter(&url, few).await?, Place::enter(&url, many).await?]).await
}

async fn compare(report: &mut Report, [few, many]: &[Place; 2]) -> Result<(), Failure> {
    for (list, query) in LISTS {
        for (page, depth) in [("first", 0), ("thousandth", DEPTH)] {
            let (at_few, at_many) = (few.load(query, depth).await?, many.load(query, depth).await?);
            at_few.run(TURN).await?;
            at_many.run(TURN).await?;
            let (mut a, mut b) = (Vec::new(), Vec::new());
            for _ in 0..TURNS {
                a.push(at_few.run(TURN).await?);
                b.push(at_many.run(TURN).await?);
            }
            let dearer = a.iter().zip(&b).map(|(few, many)| few.per_second / many.per_second).collect();
            let middle = |seen: &[Seen]| median(seen.iter().map(|seen| seen.per_second).collect());
            report.note(
                format!("events {list}, {page} page, {} and {}", few.events, many.events),
                format!("{:.0} and {:.0} /s", middle(&a), middle(&b)),
            );
            let dearer = median(dearer);
            report.aim(
                format!("events {list}, {page} page, many against few"),
                format!("{dearer:.2} x"),
                "<= 1.3 x",
                dearer <= AIM,
            );
        }
    }
    Ok(())
}

impl Place {
    async fn enter(url: &str, events: u64) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let database = MongoDatabase::named(url, &format!("events_{events}")).await?;
        let (server, _) = account::start(folder.path(), &[("DATABASE_URL", database.url())]).await?;
        account::create(server.address, READER).await?;
        let busy = seed::fill(&database, READER, events).await?;
        let cookie = account::sign_in(server.address, READER).await?.access;
        Ok(Self { server, cookie, events, busy, _database: database, _folder: folder })
    }

    fn request(&self, path: &str) -> Vec<u8> {
        get(path, &format!("Cookie: {}\r\n", self.cookie))
    }

    /// Requests for the page of nine after so many events of a list, which are walked in pages of a hundred.
    async fn load(&self, query: &str, depth: u64) -> Result<Load, Failure> {
        let query = query.replace("{busy}", &self.busy);
        let mut connection = Connection::open(self.server.address).await?;
        let mut cursor = String::new();
        for _ in 0..depth / 100 {
            let path = format!("/api/v1/audit-events?limit=100{query}{cursor}");
            let answer = connection.exchange(&self.request(&path)).await?;
            let (_, body) = split(answer)?;
            if status(answer) != Some(200) {
                return Err(body.into());
            }
            let page: Value = serde_json::from_str(body)?;
            let next = page.pointer("/meta/page/nextCursor").and_then(Value::as_str).ok_or("no cursor")?;
            cursor = format!("&cursor={next}");
        }
        Ok(Load {
            address: self.server.address,
            process: self.server.id(),
            requests: vec![self.request(&format!("/api/v1/audit-events?limit=9{query}{cursor}"))],
            connections: CONNECTIONS,
            pace: None,
        })
    }
}

fn number_of(name: &str, otherwise: u64) -> Result<u64, Failure> {
    Ok(variable(name).map_or(Ok(otherwise), |number| number.parse())?)
}

#[expect(clippy::disallowed_methods, reason = "a bench is told by its environment how much to do, and where")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
