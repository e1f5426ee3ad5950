//! The database of a world: which engine it is on, and how it is changed and read behind the server's back, where no
//! route does.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mongodb::bson::{self, Bson, DateTime, Document, doc};
use palisade_core::ports::{Rng as _, SystemRng};
use palisade_test_servers::MongoDatabase;
use rusqlite::{Connection, params};
use serde_json::Value;

/// Names the engine of this run: `sqlite` (when it is not set) or `mongodb`.
pub const ENGINE: &str = "PALISADE_TEST_ENGINE";

/// The indexes of a table that SQLite did not make by itself.
const INDEXES: &str =
    "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?1";

/// Where it is for as long as it is broken.
const AWAY: &str = "away";

/// The database of a server, or of several that share it. With the last of them a database of MongoDB is dropped; a
/// file goes with its folder.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file of the embedded engine, by its address.
    Sqlite(String),
    /// A database of the replica set of this run.
    MongoDb(Arc<MongoDatabase>),
}

/// Somebody or something that is stored, copied from one that is there.
#[derive(Debug)]
pub struct Copy {
    /// The last twelve digits of its id, and by how many milliseconds it is younger than what it was copied from.
    pub number: usize,
    /// Whether it is deleted.
    pub deleted: bool,
    /// What differs.
    pub members: Vec<(&'static str, Value)>,
}

/// Whether this run is on MongoDB.
#[expect(
    clippy::disallowed_methods,
    reason = "a run of the tests says so like this; no setting of the product"
)]
pub fn is_mongodb() -> bool {
    match std::env::var(ENGINE).as_deref() {
        Err(_) | Ok("" | "sqlite") => false,
        Ok("mongodb") => true,
        Ok(other) => panic!("{ENGINE} is sqlite or mongodb, not {other}"),
    }
}

impl Database {
    /// An empty database on the engine of this run: a file in this folder, or one of the replica set.
    pub fn of_this_run(folder: &Path) -> Self {
        if is_mongodb() {
            Self::MongoDb(Arc::new(MongoDatabase::new()))
        } else {
            Self::Sqlite(format!("sqlite://{}", folder.join("palisade.db").display()))
        }
    }

    /// Its `DATABASE_URL`.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(url) => url.clone(),
            Self::MongoDb(database) => database.url(),
        }
    }

    /// What the environment of a server has to say: where it is, and the secret that sealed what is in it. (Beside a file
    /// development keeps one by itself.)
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        static SECRET: LazyLock<String> = LazyLock::new(|| {
            let mut key = [0; 32];
            SystemRng.fill(&mut key);
            format!("test:{}", STANDARD.encode(key))
        });
        let mut variables = vec![("DATABASE_URL", self.url())];
        if matches!(self, Self::MongoDb(_)) {
            variables.push(("SECRET_KEYS", SECRET.clone()));
        }
        variables
    }

    /// Everything that is stored, as bytes to search in.
    pub fn everything(&self) -> Vec<u8> {
        match self {
            Self::Sqlite(url) => {
                let file = Path::new(url.strip_prefix("sqlite://").unwrap());
                let name = file.file_name().unwrap().to_string_lossy().into_owned();
                let beside =
                    std::fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
                // The journal and its index are called like the file with more behind it.
                beside
                    .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(&name))
                    .flat_map(|path| std::fs::read(path).unwrap())
                    .collect()
            }
            Self::MongoDb(database) => {
                let names = database.run(async |database| database.list_collection_names().await);
                let documents = names.iter().flat_map(|name| all(database, name));
                documents.flat_map(|document| document.to_string().into_bytes()).collect()
            }
        }
    }

    /// The values of a collection, deleted ones too; times are milliseconds.
    pub fn values(&self, collection: &str) -> Vec<Value> {
        match self {
            Self::Sqlite(url) => {
                let connection = connect(url);
                let mut query = connection.prepare(&format!("SELECT doc FROM \"{collection}\"")).unwrap();
                let rows = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
                rows.map(|row| serde_json::from_str(&row.unwrap()).unwrap()).collect()
            }
            Self::MongoDb(database) => all(database, collection).iter().map(value).collect(),
        }
    }

    /// Sets a member of everything in a collection that has this value in another; says how many were.
    pub fn alter(&self, collection: &str, having: (&str, &str), member: &str, value: &Value) -> usize {
        match self {
            Self::Sqlite(url) => {
                let statement = format!(
                    "UPDATE \"{collection}\" SET revision = revision + 1, doc = json_set(doc, ?1, json(?2)) \
                     WHERE json_extract(doc, ?3) = ?4"
                );
                let (set, has) = (format!("$.{member}"), format!("$.{}", having.0));
                connect(url).execute(&statement, params![set, value.to_string(), has, having.1]).unwrap()
            }
            Self::MongoDb(database) => {
                let set = doc! {format!("doc.{member}"): number_or(value)};
                update(database, collection, filter(having), &doc! {"$set": set, "$inc": {"revision": 1_i64}})
            }
        }
    }

    /// Sets a member of the one document with this id.
    pub fn alter_one(&self, collection: &str, id: &str, member: &str, value: &Value) {
        let altered = match self {
            Self::Sqlite(url) => {
                let statement = format!(
                    "UPDATE \"{collection}\" SET revision = revision + 1, doc = json_set(doc, ?1, json(?2)) WHERE id = ?3"
                );
                let set = format!("$.{member}");
                connect(url).execute(&statement, params![set, value.to_string(), id]).unwrap()
            }
            Self::MongoDb(database) => {
                let set = doc! {format!("doc.{member}"): number_or(value)};
                let altered = doc! {"$set": set, "$inc": {"revision": 1_i64}};
                update(database, collection, doc! {"_id": id}, &altered)
            }
        };
        assert_eq!(altered, 1, "{collection} has no {id}");
    }

    /// Marks everything in a collection that has this value as deleted long ago; says how many there were.
    pub fn delete(&self, collection: &str, having: (&str, &str)) -> usize {
        match self {
            Self::Sqlite(url) => {
                let statement =
                    format!("UPDATE \"{collection}\" SET deleted_at = 1 WHERE json_extract(doc, ?1) = ?2");
                connect(url).execute(&statement, params![format!("$.{}", having.0), having.1]).unwrap()
            }
            Self::MongoDb(database) => {
                let set = doc! {"isDeleted": true, "deletedAt": DateTime::from_millis(1)};
                update(database, collection, filter(having), &doc! {"$set": set})
            }
        }
    }

    /// Removes everything from a collection.
    pub fn clear(&self, collection: &str) {
        match self {
            Self::Sqlite(url) => {
                connect(url).execute(&format!("DELETE FROM \"{collection}\""), []).unwrap();
            }
            Self::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| {
                    database.collection::<Document>(&collection).delete_many(doc! {}).await.map(drop)
                });
            }
        }
    }

    /// Lets everything in a collection be there that was deleted.
    pub fn undelete(&self, collection: &str) {
        match self {
            Self::Sqlite(url) => {
                connect(url).execute(&format!("UPDATE \"{collection}\" SET deleted_at = NULL"), []).unwrap();
            }
            Self::MongoDb(database) => {
                let set = doc! {"isDeleted": false, "deletedAt": Bson::Null};
                update(database, collection, doc! {"isDeleted": true}, &doc! {"$set": set});
            }
        }
    }

    /// Copies what has this value.
    pub fn copy(&self, collection: &str, having: (&str, &str), copies: &[Copy]) {
        match self {
            Self::Sqlite(url) => {
                let mut connection = connect(url);
                let all = connection.transaction().unwrap();
                let statement = format!(
                    "INSERT INTO \"{collection}\" SELECT substr(id, 1, length(id) - 12) || ?1, schema_version, revision, \
                     birth, created_at + ?2, updated_at, iif(?3, created_at, NULL), expires_at, json_patch(doc, ?4) \
                     FROM \"{collection}\" WHERE json_extract(doc, ?5) = ?6"
                );
                for copy in copies {
                    let members: serde_json::Map<String, Value> = copy
                        .members
                        .iter()
                        .map(|(name, value)| ((*name).to_owned(), value.clone()))
                        .collect();
                    let values = params![
                        format!("{:012x}", copy.number),
                        i64::try_from(copy.number).unwrap(),
                        copy.deleted,
                        Value::Object(members).to_string(),
                        format!("$.{}", having.0),
                        having.1,
                    ];
                    assert_eq!(all.execute(&statement, values).unwrap(), 1, "{having:?} is there once");
                }
                all.commit().unwrap();
            }
            Self::MongoDb(database) => {
                let original = all(database, collection).into_iter().find(|found| {
                    found
                        .get_document("doc")
                        .is_ok_and(|value| value.get_str(having.0).is_ok_and(|is| is == having.1))
                });
                let original = original.unwrap_or_else(|| panic!("{having:?} is there"));
                let copies: Vec<Document> = copies.iter().map(|copy| copied(&original, copy)).collect();
                let collection = collection.to_owned();
                database.run(async move |database| {
                    database.collection::<Document>(&collection).insert_many(copies).await.map(drop)
                });
            }
        }
    }

    /// Lets every read and write of a collection fail, until it is repaired.
    pub fn break_down(&self, collection: &str) {
        match self {
            Self::Sqlite(url) => rename_table(url, collection, AWAY),
            Self::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| {
                    rename(&database, &collection, AWAY).await?;
                    // A missing collection would be an empty one. This one cannot be read.
                    let unreadable =
                        vec![doc! {"$collStats": {"count": {}}}, doc! {"$set": {"_id": {"$toInt": "$ns"}}}];
                    database.create_collection(&collection).view_on(AWAY).pipeline(unreadable).await
                });
            }
        }
    }

    /// Takes a collection away, as if somebody had dropped it, until it is repaired.
    pub fn hide(&self, collection: &str) {
        match self {
            Self::Sqlite(url) => rename_table(url, collection, AWAY),
            Self::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| rename(&database, &collection, AWAY).await);
            }
        }
    }

    /// Drops a collection, with all that is in it.
    pub fn drop_collection(&self, collection: &str) {
        match self {
            Self::Sqlite(url) => {
                connect(url).execute(&format!("DROP TABLE \"{collection}\""), []).unwrap();
            }
            Self::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| database.collection::<Document>(&collection).drop().await);
            }
        }
    }

    /// Drops every index of a collection.
    pub fn drop_indexes(&self, collection: &str) {
        match self {
            Self::Sqlite(url) => {
                let connection = connect(url);
                for name in self.indexes(collection) {
                    connection.execute(&format!("DROP INDEX \"{name}\""), []).unwrap();
                }
            }
            Self::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| {
                    database.collection::<Document>(&collection).drop_indexes().await
                });
            }
        }
    }

    /// The names of the indexes of a collection, but for those that the engine makes by itself.
    pub fn indexes(&self, collection: &str) -> Vec<String> {
        match self {
            Self::Sqlite(url) => {
                let connection = connect(url);
                let mut query = connection.prepare(INDEXES).unwrap();
                let names = query.query_map([collection], |row| row.get(0)).unwrap();
                names.map(Result::unwrap).collect()
            }
            Self::MongoDb(database) => {
                let collection = collection.to_owned();
                let names = database.run(async move |database| {
                    database.collection::<Document>(&collection).list_index_names().await
                });
                names.into_iter().filter(|name| name != "_id_").collect()
            }
        }
    }

    /// Makes what has this value look as if another release had written it; says how many were.
    pub fn set_schema_version(&self, collection: &str, having: (&str, &str), version: i64) -> usize {
        match self {
            Self::Sqlite(url) => {
                let sql = format!(
                    "UPDATE \"{collection}\" SET schema_version = ?1 WHERE json_extract(doc, ?2) = ?3"
                );
                let values = params![version, format!("$.{}", having.0), having.1];
                connect(url).execute(&sql, values).unwrap()
            }
            Self::MongoDb(database) => {
                let set = doc! {"$set": {"schemaVersion": version}};
                update(database, collection, filter(having), &set)
            }
        }
    }

    /// The end of [`break_down`](Self::break_down) and of [`hide`](Self::hide).
    pub fn repair(&self, collection: &str) {
        match self {
            Self::Sqlite(url) => rename_table(url, AWAY, collection),
            Self::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| {
                    database.collection::<Document>(&collection).drop().await?;
                    rename(&database, AWAY, &collection).await
                });
            }
        }
    }
}

/// A connection beside the server's. What it commits is seen by the server two milliseconds later at most, and so its end
/// is as much later.
struct Beside(Connection);

impl Deref for Beside {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Beside {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn connect(url: &str) -> Beside {
    let connection = Connection::open(url.strip_prefix("sqlite://").unwrap()).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    Beside(connection)
}

fn rename_table(url: &str, from: &str, to: &str) {
    connect(url).execute(&format!("ALTER TABLE \"{from}\" RENAME TO \"{to}\""), []).unwrap();
}

async fn rename(database: &mongodb::Database, from: &str, to: &str) -> mongodb::error::Result<()> {
    let full = |name: &str| format!("{}.{name}", database.name());
    let command = doc! {"renameCollection": full(from), "to": full(to)};
    database.client().database("admin").run_command(command).await.map(drop)
}

fn filter((member, is): (&str, &str)) -> Document {
    doc! {format!("doc.{member}"): is}
}

fn update(database: &MongoDatabase, collection: &str, filter: Document, update: &Document) -> usize {
    let (collection, update) = (collection.to_owned(), update.clone());
    let found = database.run(async move |database| {
        database.collection::<Document>(&collection).update_many(filter, update).await
    });
    usize::try_from(found.matched_count).unwrap()
}

fn all(database: &MongoDatabase, collection: &str) -> Vec<Document> {
    let collection = collection.to_owned();
    database.run(async move |database| {
        let mut cursor = database.collection::<Document>(&collection).find(doc! {}).await?;
        let mut found = Vec::new();
        while cursor.advance().await? {
            found.push(cursor.deserialize_current()?);
        }
        Ok(found)
    })
}

/// What is stored, as JSON in the form of the other engine.
fn value(document: &Document) -> Value {
    fn json(value: &Bson) -> Value {
        match value {
            Bson::DateTime(at) => at.timestamp_millis().into(),
            Bson::Document(members) => {
                Value::Object(members.iter().map(|(name, member)| (name.clone(), json(member))).collect())
            }
            Bson::Array(items) => items.iter().map(json).collect(),
            other => serde_json::to_value(other).unwrap(),
        }
    }
    document.get("doc").map(json).unwrap_or_default()
}

/// Whole numbers are stored in 64 bits.
fn number_or(value: &Value) -> Bson {
    value.as_i64().map_or_else(|| bson::serialize_to_bson(value).unwrap(), Bson::Int64)
}

fn copied(original: &Document, copy: &Copy) -> Document {
    let mut copied = original.clone();
    let id = original.get_str("_id").unwrap();
    copied.insert("_id", format!("{}{:012x}", id.get(..id.len() - 12).unwrap(), copy.number));
    let created = *original.get_datetime("createdAt").unwrap();
    let later = created.timestamp_millis() + i64::try_from(copy.number).unwrap();
    copied.insert("createdAt", DateTime::from_millis(later));
    copied.insert("isDeleted", copy.deleted);
    copied.insert("deletedAt", if copy.deleted { Bson::DateTime(created) } else { Bson::Null });
    for (name, value) in &copy.members {
        copied.get_document_mut("doc").unwrap().insert(*name, number_or(value));
    }
    copied
}
