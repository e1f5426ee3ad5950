//! The documents of a database: read and changed without the server.

use std::path::Path;

use mongodb::bson::{self, Bson, DateTime, Document, doc};
use palisade_test_servers::MongoDatabase;
use rusqlite::params;
use serde_json::Value;

use super::beside::connect;
use super::{Database, Place};

/// A copy of a stored document.
#[derive(Debug)]
pub struct Copy {
    /// The last twelve digits of its id, and its age difference to the original in milliseconds.
    pub number: usize,
    /// Whether the copy is deleted.
    pub deleted: bool,
    /// The members that differ.
    pub members: Vec<(&'static str, Value)>,
}

impl Database {
    /// The content of the database, as bytes to search in.
    pub fn everything(&self) -> Vec<u8> {
        match &self.0 {
            Place::Sqlite(url) => {
                let file = Path::new(url.strip_prefix("sqlite://").unwrap());
                let name = file.file_name().unwrap().to_string_lossy().into_owned();
                let beside =
                    std::fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
                // The names of the log and its index begin with the name of the file.
                beside
                    .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(&name))
                    .flat_map(|path| std::fs::read(path).unwrap())
                    .collect()
            }
            Place::MongoDb(database) => {
                let names = database.run(async |database| database.list_collection_names().await);
                let documents = names.iter().flat_map(|name| all(database, name));
                documents.flat_map(|document| document.to_string().into_bytes()).collect()
            }
        }
    }

    /// The values of a collection, including deleted ones; times are milliseconds.
    pub fn values(&self, collection: &str) -> Vec<Value> {
        match &self.0 {
            Place::Sqlite(url) => {
                let connection = connect(url);
                let mut query = connection.prepare(&format!("SELECT doc FROM \"{collection}\"")).unwrap();
                let rows = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
                rows.map(|row| serde_json::from_str(&row.unwrap()).unwrap()).collect()
            }
            Place::MongoDb(database) => all(database, collection).iter().map(value).collect(),
        }
    }

    /// Sets a member of all documents with this value in another member; returns their number.
    pub fn alter(&self, collection: &str, having: (&str, &str), member: &str, value: &Value) -> usize {
        match &self.0 {
            Place::Sqlite(url) => {
                let statement = format!(
                    "UPDATE \"{collection}\" SET revision = revision + 1, doc = json_set(doc, ?1, json(?2)) \
                     WHERE json_extract(doc, ?3) = ?4"
                );
                let (set, has) = (format!("$.{member}"), format!("$.{}", having.0));
                connect(url).execute(&statement, params![set, value.to_string(), has, having.1]).unwrap()
            }
            Place::MongoDb(database) => {
                let set = doc! {format!("doc.{member}"): number_or(value)};
                update(database, collection, filter(having), &doc! {"$set": set, "$inc": {"revision": 1_i64}})
            }
        }
    }

    /// Sets a member of the document with this id.
    pub fn alter_one(&self, collection: &str, id: &str, member: &str, value: &Value) {
        let altered = match &self.0 {
            Place::Sqlite(url) => {
                let statement = format!(
                    "UPDATE \"{collection}\" SET revision = revision + 1, doc = json_set(doc, ?1, json(?2)) WHERE id = ?3"
                );
                let set = format!("$.{member}");
                connect(url).execute(&statement, params![set, value.to_string(), id]).unwrap()
            }
            Place::MongoDb(database) => {
                let set = doc! {format!("doc.{member}"): number_or(value)};
                let altered = doc! {"$set": set, "$inc": {"revision": 1_i64}};
                update(database, collection, doc! {"_id": id}, &altered)
            }
        };
        assert_eq!(altered, 1, "{collection} has no {id}");
    }

    /// Marks all documents with this value as deleted long ago; returns their number.
    pub fn delete(&self, collection: &str, having: (&str, &str)) -> usize {
        match &self.0 {
            Place::Sqlite(url) => {
                let statement =
                    format!("UPDATE \"{collection}\" SET deleted_at = 1 WHERE json_extract(doc, ?1) = ?2");
                connect(url).execute(&statement, params![format!("$.{}", having.0), having.1]).unwrap()
            }
            Place::MongoDb(database) => {
                let set = doc! {"isDeleted": true, "deletedAt": DateTime::from_millis(1)};
                update(database, collection, filter(having), &doc! {"$set": set})
            }
        }
    }

    /// Removes all documents of a collection.
    pub fn clear(&self, collection: &str) {
        match &self.0 {
            Place::Sqlite(url) => {
                connect(url).execute(&format!("DELETE FROM \"{collection}\""), []).unwrap();
            }
            Place::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| {
                    database.collection::<Document>(&collection).delete_many(doc! {}).await.map(drop)
                });
            }
        }
    }

    /// Restores all deleted documents of a collection.
    pub fn undelete(&self, collection: &str) {
        match &self.0 {
            Place::Sqlite(url) => {
                connect(url).execute(&format!("UPDATE \"{collection}\" SET deleted_at = NULL"), []).unwrap();
            }
            Place::MongoDb(database) => {
                let set = doc! {"isDeleted": false, "deletedAt": Bson::Null};
                update(database, collection, doc! {"isDeleted": true}, &doc! {"$set": set});
            }
        }
    }

    /// Copies the document with this value.
    pub fn copy(&self, collection: &str, having: (&str, &str), copies: &[Copy]) {
        match &self.0 {
            Place::Sqlite(url) => {
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
            Place::MongoDb(database) => {
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

    /// Sets the schema version of all documents with this value; returns their number.
    pub fn set_schema_version(&self, collection: &str, having: (&str, &str), version: i64) -> usize {
        match &self.0 {
            Place::Sqlite(url) => {
                let sql = format!(
                    "UPDATE \"{collection}\" SET schema_version = ?1 WHERE json_extract(doc, ?2) = ?3"
                );
                let values = params![version, format!("$.{}", having.0), having.1];
                connect(url).execute(&sql, values).unwrap()
            }
            Place::MongoDb(database) => {
                let set = doc! {"$set": {"schemaVersion": version}};
                update(database, collection, filter(having), &set)
            }
        }
    }
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

/// A stored value as JSON, in the format of the other engine.
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
