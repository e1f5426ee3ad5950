//! MongoDB, a real replica set, with a database for each test that is dropped at its end, even if the test fails.

use ::mongodb::bson::{Bson, Document, doc};
use ::mongodb::options::{ClientOptions, WriteConcern};
use ::mongodb::{Client, Database};
use palisade_test_servers::MongoDatabase;

use super::*;

/// A connection beside the store's, to a database that is dropped with this value.
pub(crate) struct Scratch {
    pub database: Database,
    pub address: String,
    _dropped_at_the_end: MongoDatabase,
}

impl Scratch {
    pub(crate) async fn new() -> Self {
        Self::of(MongoDatabase::new()).await
    }

    pub(crate) async fn of(scratch: MongoDatabase) -> Self {
        let address = scratch.url();
        let mut options = ClientOptions::parse(&address).await.unwrap();
        options.write_concern = Some(WriteConcern::majority());
        let client = Client::with_options(options).unwrap();
        let database = client.default_database().unwrap();
        Self { database, address, _dropped_at_the_end: scratch }
    }

    pub(crate) fn collection(&self, name: &str) -> ::mongodb::Collection<Document> {
        self.database.collection(name)
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
        Store::open(&Console::for_tests(), &location, COLLECTIONS, options).await
    }
}

impl Bench for MongoBench {
    async fn new() -> Self {
        let scratch = Scratch::new().await;
        // Far from the server's own time, which removes long-ended documents.
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
