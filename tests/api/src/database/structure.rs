//! Breaks, hides, drops and repairs collections and indexes.

use mongodb::bson::{Document, doc};

use super::beside::connect;
use super::{Database, Place};

/// The indexes of a table, without SQLite's own.
const INDEXES: &str =
    "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?1";

/// The name of a collection while it is broken.
const AWAY: &str = "away";

impl Database {
    /// Makes every read and write of a collection fail, until it is repaired.
    pub fn break_down(&self, collection: &str) {
        match &self.0 {
            Place::Sqlite(url) => rename_table(url, collection, AWAY),
            Place::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| {
                    rename(&database, &collection, AWAY).await?;
                    // A missing collection would count as empty; a view that fails cannot be read.
                    let unreadable =
                        vec![doc! {"$collStats": {"count": {}}}, doc! {"$set": {"_id": {"$toInt": "$ns"}}}];
                    database.create_collection(&collection).view_on(AWAY).pipeline(unreadable).await
                });
            }
        }
    }

    /// Hides a collection as if it had been dropped, until it is repaired.
    pub fn hide(&self, collection: &str) {
        match &self.0 {
            Place::Sqlite(url) => rename_table(url, collection, AWAY),
            Place::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| rename(&database, &collection, AWAY).await);
            }
        }
    }

    /// Drops a collection.
    pub fn drop_collection(&self, collection: &str) {
        match &self.0 {
            Place::Sqlite(url) => {
                connect(url).execute(&format!("DROP TABLE \"{collection}\""), []).unwrap();
            }
            Place::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| database.collection::<Document>(&collection).drop().await);
            }
        }
    }

    /// Drops every index of a collection.
    pub fn drop_indexes(&self, collection: &str) {
        match &self.0 {
            Place::Sqlite(url) => {
                let connection = connect(url);
                for name in self.indexes(collection) {
                    connection.execute(&format!("DROP INDEX \"{name}\""), []).unwrap();
                }
            }
            Place::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| {
                    database.collection::<Document>(&collection).drop_indexes().await
                });
            }
        }
    }

    /// The names of the indexes of a collection, without the engine's own.
    pub fn indexes(&self, collection: &str) -> Vec<String> {
        match &self.0 {
            Place::Sqlite(url) => {
                let connection = connect(url);
                let mut query = connection.prepare(INDEXES).unwrap();
                let names = query.query_map([collection], |row| row.get(0)).unwrap();
                names.map(Result::unwrap).collect()
            }
            Place::MongoDb(database) => {
                let collection = collection.to_owned();
                let names = database.run(async move |database| {
                    database.collection::<Document>(&collection).list_index_names().await
                });
                names.into_iter().filter(|name| name != "_id_").collect()
            }
        }
    }

    /// Undoes [`break_down`](Self::break_down) and [`hide`](Self::hide).
    pub fn repair(&self, collection: &str) {
        match &self.0 {
            Place::Sqlite(url) => rename_table(url, AWAY, collection),
            Place::MongoDb(database) => {
                let collection = collection.to_owned();
                database.run(async move |database| {
                    database.collection::<Document>(&collection).drop().await?;
                    rename(&database, AWAY, &collection).await
                });
            }
        }
    }
}

fn rename_table(url: &str, from: &str, to: &str) {
    connect(url).execute(&format!("ALTER TABLE \"{from}\" RENAME TO \"{to}\""), []).unwrap();
}

async fn rename(database: &mongodb::Database, from: &str, to: &str) -> mongodb::error::Result<()> {
    let full = |name: &str| format!("{}.{name}", database.name());
    let command = doc! {"renameCollection": full(from), "to": full(to)};
    database.client().database("admin").run_command(command).await.map(drop)
}
