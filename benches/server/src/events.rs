//! The cost of a page of the audit with few and with many events, on MongoDB: two servers side by side, one for each
//! number, in turns.

mod seed;

use crate::load::Load;
use crate::pages::MongoDatabase;
use crate::process::Running;
use crate::report::Report;
use crate::sizes;
use crate::wire::{Connection, get};
use crate::{Failure, account};

const FEW: u64 = 100_000;
const MANY: u64 = 10_000_000;
/// Another number of events for `many`, for a shorter run.
const MANY_VARIABLE: &str = "PALISADE_BENCH_EVENTS";
/// A replica set to use instead of one of this program's own, which keeps its data in memory.
const SERVER_VARIABLE: &str = "PALISADE_BENCH_MONGODB";

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
            let loads = [few.load(query, depth).await?, many.load(query, depth).await?];
            let name = format!("events {list}, {page} page");
            sizes::compare(report, &name, &format!("{} and {}", few.events, many.events), loads).await?;
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
        let list = format!("/api/v1/audit-events?limit=100{query}");
        let cursor = sizes::walk(&mut connection, &list, &self.cookie, depth / 100).await?;
        Ok(Load {
            address: self.server.address,
            process: self.server.id(),
            requests: vec![self.request(&format!("/api/v1/audit-events?limit=9{query}{cursor}"))],
            connections: sizes::CONNECTIONS,
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
