//! One write, as one command whose filter is its precondition: no write reads first.
//!
//! All of them are `findAndModify`, the only family of writes for which this driver accepts a time limit: a write
//! that waits for another transaction must not succeed after its caller has given up.

use std::time::Duration;

use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};
use mongodb::error::Error;
use mongodb::options::Hint;
use mongodb::{ClientSession, Collection};
use palisade_core::system::time::Timestamp;

use super::document::{compose, date};
use super::failure::{failed, failed_to_write, is_duplicate};
use super::schema;
use crate::engine::plan::{Body, Op, Write, WriteTime};
use crate::engine::{Meta, StoreError};

/// Why a write was not done.
pub(super) enum Refused {
    /// Its precondition does not hold; this is final.
    Precondition(StoreError),
    /// Another error of the server.
    Failed(Error),
}

impl Refused {
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Precondition(error) => error,
            Self::Failed(error) => failed("writing a document", &error),
        }
    }

    /// The same outside a transaction, where a failed write may have been done.
    pub(super) fn into_single_write_error(self) -> StoreError {
        match self {
            Self::Precondition(error) => error,
            Self::Failed(error) => failed_to_write("writing a document", &error),
        }
    }
}

pub(super) async fn apply(
    collection: &Collection<RawDocumentBuf>,
    session: &mut ClientSession,
    write: &Write,
    time: WriteTime,
    max_time: Duration,
) -> Result<(), Refused> {
    let WriteTime { at, now } = time;
    let meta = write.outcome(at);
    let whole = |value: &Body| match (&meta, value) {
        (Some(meta), Body::Bson(value)) => {
            let version = i64::from(write.collection.schema_version);
            Ok(compose(write.collection, &write.id, version, meta, value))
        }
        _ => Err(Refused::Precondition(Write::of_another_form())),
    };
    let id_only = doc! { "_id": 1 };
    // Other indexes also begin with fields of the precondition; there is nothing to choose.
    let by_id = Hint::Name(schema::PRIMARY.to_owned());
    let found = match &write.op {
        Op::Insert { body, birth, .. } => {
            // An insert as a replacement of nothing: of an ended document, which does not count, or of itself if
            // the command arrives twice. Any other document with this id makes it a duplicate.
            let filter = if write.collection.ephemeral {
                let ended = doc! { "expiresAt": { "$lte": date(now) } };
                doc! { "_id": &write.id, "$or": [{ "birth": *birth }, ended] }
            } else {
                doc! { "_id": &write.id, "birth": *birth }
            };
            let insert = collection
                .find_one_and_replace(filter, whole(body)?)
                .upsert(true)
                .projection(id_only)
                .hint(by_id)
                .max_time(max_time)
                .session(session);
            return match insert.await {
                Ok(_) => Ok(()),
                Err(error) if is_duplicate(&error) => Err(Refused::Precondition(write.duplicate())),
                Err(error) => Err(Refused::Failed(error)),
            };
        }
        Op::Replace { body, expected, .. } => {
            collection
                .find_one_and_replace(precondition(write, expected, now), whole(body)?)
                .projection(id_only)
                .hint(by_id)
                .max_time(max_time)
                .session(session)
                .await
        }
        Op::Delete { body: Some(body), expected } => {
            let mut filter = precondition(write, expected, now);
            filter.insert("isDeleted", false);
            collection
                .find_one_and_replace(filter, whole(body)?)
                .projection(id_only)
                .hint(by_id)
                .max_time(max_time)
                .session(session)
                .await
        }
        Op::Touch { expected } | Op::Delete { body: None, expected } | Op::Restore { expected } => {
            let mut filter = precondition(write, expected, now);
            let mut set = doc! { "updatedAt": date(at) };
            if !matches!(write.op, Op::Touch { .. }) {
                let is_deleted = matches!(write.op, Op::Delete { .. });
                filter.insert("isDeleted", !is_deleted);
                set.insert("isDeleted", is_deleted);
                set.insert("deletedAt", if is_deleted { date(at) } else { Bson::Null });
            }
            collection
                .find_one_and_update(filter, doc! { "$set": set, "$inc": { "revision": 1_i64 } })
                .projection(id_only)
                .hint(by_id)
                .max_time(max_time)
                .session(session)
                .await
        }
        Op::Remove { expected } | Op::Purge { expected, .. } => {
            let mut filter = precondition(write, expected, now);
            if let Op::Purge { retention, .. } = &write.op {
                filter.insert("deletedAt", doc! { "$lte": date(now.minus(*retention)) });
            }
            collection
                .find_one_and_delete(filter)
                .projection(id_only)
                .hint(by_id)
                .max_time(max_time)
                .session(session)
                .await
        }
    };
    match found {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Refused::Precondition(write.stale())),
        Err(error) => Err(Refused::Failed(error)),
    }
}

/// The condition that the document still is the one that was read.
fn precondition(write: &Write, expected: &Meta, now: Timestamp) -> Document {
    let mut filter = doc! { "_id": &write.id, "revision": expected.revision, "birth": expected.birth };
    if write.collection.ephemeral {
        filter.insert("expiresAt", doc! { "$gt": date(now) });
    }
    filter
}
