//! MongoDB, a real replica set, with a database for each test that is dropped at its end, also when the test fails.

use ::mongodb::bson::{Bson, Document, doc};
use ::mongodb::options::{ClientOptions, WriteConcern};
use ::mongodb::{Client, Database};

use super::*;

const VARIABLE: &str = "MONGODB_TEST_URL";

/// Where the tests find a replica set.
#[expect(clippy::disallowed_methods, reason = "the test command says by this variable where its servers are")]
pub(crate) fn server() -> String {
    std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!(
            "{VARIABLE} is not set: run `cargo xtask test`, which starts a replica set, or set it to the address of one, \
             without a database (mongodb://127.0.0.1:27017/?replicaSet=rs0)"
        )
    })
}

/// The address of a database of the test server.
pub(crate) fn address_of(database: &str) -> String {
    let server = server();
    let (hosts, options) = server.split_once('?').unwrap_or((server.as_str(), ""));
    format!("{}/{database}?{options}", hosts.trim_end_matches('/'))
}

/// A name no other test uses.
fn fresh_name() -> String {
    let mut bytes = [0; 8];
    SystemRng.fill(&mut bytes);
    format!("palisade_test_{:016x}", u64::from_le_bytes(bytes))
}

/// A connection beside the store's, and a database that goes with this value.
pub(crate) struct Scratch {
    pub database: Database,
    pub address: String,
}

impl Scratch {
    pub(crate) async fn new() -> Self {
        let address = address_of(&fresh_name());
        let mut options = ClientOptions::parse(&address).await.unwrap();
        options.write_concern = Some(WriteConcern::majority());
        let client = Client::with_options(options).unwrap();
        let database = client.default_database().unwrap();
        Self { database, address }
    }

    pub(crate) fn collection(&self, name: &str) -> ::mongodb::Collection<Document> {
        self.database.collection(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let database = self.database.clone();
        // A test that leaves its database behind is no failure of what it tests.
        let forget = async move { drop(database.drop().await) };
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(forget));
    }
}

/// MongoDB.
pub(crate) struct MongoBench {
    pub store: Store,
    pub clock: Arc<TestClock>,
    pub scratch: Scratch,
}

impl MongoBench {
    pub(crate) async fn open(address: &str, clock: Arc<dyn Clock>) -> Result<Store, OpenError> {
        let options = Options { clock, rng: Arc::new(SystemRng), cursor_key: CursorKey::new(&[1; 32]) };
        let location = Location::parse(address).unwrap();
        Store::open(&location, collections![Person, Claim, Event, Parcel], options).await
    }
}

impl Bench for MongoBench {
    async fn new() -> Self {
        let scratch = Scratch::new().await;
        // Far from the server's own time, which removes what ended long ago.
        let clock = Arc::new(TestClock::at(Timestamp::from_secs(4_000_000_000)));
        let store = Self::open(&scratch.address, clock.clone()).await.unwrap();
        Self { store, clock, scratch }
    }

    fn clock(&self) -> &Arc<TestClock> {
        &self.clock
    }

    fn store(&self) -> &Store {
        &self.store
    }

    async fn another(&self) -> Store {
        Self::open(&self.scratch.address, self.clock.clone()).await.unwrap()
    }

    async fn another_at(&self, moment: Timestamp) -> Store {
        Self::open(&self.scratch.address, Arc::new(TestClock::at(moment))).await.unwrap()
    }

    async fn damage(&self, collection: &str, id: &str, damage: Damage) {
        let update = match damage {
            Damage::Version(version) => doc! { "$set": { "schemaVersion": version } },
            Damage::Field(name, json) => {
                let value: serde_json::Value = serde_json::from_str(json).unwrap();
                let value = match value {
                    serde_json::Value::Number(number) => Bson::Int64(number.as_i64().unwrap()),
                    serde_json::Value::String(text) => Bson::String(text),
                    serde_json::Value::Bool(truth) => Bson::Boolean(truth),
                    other => panic!("{other}"),
                };
                doc! { "$set": { format!("doc.{name}"): value } }
            }
            Damage::Without(name) => doc! { "$unset": { format!("doc.{name}"): "" } },
        };
        let changed =
            self.scratch.collection(collection).update_one(doc! { "_id": id }, update).await.unwrap();
        assert_eq!(changed.modified_count, 1);
    }
}
