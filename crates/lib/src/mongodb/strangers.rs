//! Content of the database that the store did not create.

use futures_util::TryStreamExt as _;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Error;
use mongodb::options::Hint;

use super::document::MEMBERS;
use super::failure::failed;
use super::limiter::LIMITS;
use super::{MongoDb, schema};
use crate::engine::{CollectionSpec, SearchDepth, StoreError, Stranger};

/// The timeout for checking every document.
const WALK: std::time::Duration = std::time::Duration::from_mins(10);

impl MongoDb {
    /// Undeclared collections, views and indexes: a database may be shared. The counters of the limiter and the
    /// server's own collections (`system.…`) are not documents of a deployment. Only if requested, this also checks
    /// each document: a document whose id is not text, or whose end is not a time, is outside every range that is read,
    /// and no read returns a top-level field that is not ours.
    pub(crate) async fn strangers(&self, depth: SearchDepth) -> Result<Vec<Stranger>, StoreError> {
        let failed = |error: Error| failed("looking for undeclared content", &error);
        let mut found = Vec::new();
        // Names and kinds only: this driver may not know the other properties that a server returns.
        let listed = self.database.run_cursor_command(doc! { "listCollections": 1, "nameOnly": true });
        let listed: Vec<Document> = listed.await.map_err(failed)?.try_collect().await.map_err(failed)?;
        let mut there = Vec::new();
        for entry in listed {
            let (name, kind) =
                (entry.get_str("name").unwrap_or_default(), entry.get_str("type").unwrap_or_default());
            let ours = self.collections.iter().find(|spec| spec.name == name);
            match (ours, kind) {
                (_, "view") => found.push(Stranger::new("view", name)),
                (Some(spec), _) => there.push(*spec),
                _ if name == LIMITS || name.starts_with("system.") => {}
                _ => found.push(Stranger::new("collection", name)),
            }
        }
        if depth == SearchDepth::Documents {
            for spec in there {
                self.find_unread(spec, &mut found).await.map_err(failed)?;
            }
        }
        let undeclared = schema::drift(&self.database, &self.collections).await.map_err(failed)?.unknown;
        found.extend(undeclared.into_iter().map(|name| Stranger::new("index", name)));
        Ok(found)
    }

    /// Documents and fields that no walk over the collection returns.
    async fn find_unread(&self, spec: &CollectionSpec, found: &mut Vec<Stranger>) -> Result<(), Error> {
        let documents = self.database.collection::<Document>(spec.name);
        let without_text_id = documents
            .find_one(doc! { "_id": { "$not": { "$type": "string" } } })
            .hint(Hint::Name(schema::PRIMARY.to_owned()))
            .max_time(WALK)
            .await?;
        if without_text_id.is_some() {
            found.push(Stranger::within("documents with another", spec, "_id"));
        }
        if spec.ephemeral {
            let endless = doc! { "expiresAt": { "$not": { "$type": "date" } } };
            if documents.find_one(endless).max_time(WALK).await?.is_some() {
                found.push(Stranger::within("documents without", spec, "expiresAt"));
            }
        }
        let members = documents.aggregate([
            doc! { "$project": { "_id": 0, "members": { "$map": { "input": { "$objectToArray": "$$ROOT" }, "in": "$$this.k" } } } },
            doc! { "$unwind": "$members" },
            doc! { "$match": { "members": { "$nin": MEMBERS.as_slice() } } },
            doc! { "$group": { "_id": "$members" } },
            doc! { "$limit": 20 },
        ]);
        let members: Vec<Document> = members.max_time(WALK).await?.try_collect().await?;
        for member in members {
            if let Some(Bson::String(name)) = member.get("_id") {
                found.push(Stranger::within("member", spec, name));
            }
        }
        Ok(())
    }
}
