//! The requests of the typed layer to an engine: queries, writes, raw documents, in neutral terms. Nothing here
//! knows a document type, SQL or BSON.

use std::fmt;
use std::time::Duration;

use mongodb::bson::RawDocumentBuf;
use palisade_core::system::time::Timestamp;
use palisade_core::values::KeyValue;

use super::bounds::BATCH_DEADLINE;
use super::error::StoreError;
use super::meta::Meta;
use super::spec::{CollectionSpec, IndexSpec, SortSpec};

/// The engine's identity of a collection beside its name: another collection with the same name has a different
/// identity.
pub(crate) type Identity = Vec<u8>;

/// The treatment of soft-deleted documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deleted {
    Hidden,
    Included,
    Only,
}

/// The index that every soft-deleting collection has beside its declared ones: deleted documents, the oldest
/// deletion first.
pub(crate) static DELETED: IndexSpec = IndexSpec::declare("DELETED", &[], SortSpec::DeletedAt, false);

/// The primary key as an index, for walks over everything.
pub(crate) static ID: IndexSpec = IndexSpec::declare("ID", &[], SortSpec::Id, false);

/// Which documents, in which order.
#[derive(Clone, Debug)]
pub(crate) struct QueryPlan {
    pub index: &'static IndexSpec,
    /// Whether the index is walked from its end. An index says how it is walked by default.
    pub descending: bool,
    pub equality: Vec<KeyValue>,
    /// Inclusive bound of the sort key.
    pub lower: Option<KeyValue>,
    /// Exclusive bound of the sort key.
    pub upper: Option<KeyValue>,
    pub deleted: Deleted,
}

impl QueryPlan {
    /// A whole index.
    pub(crate) fn over(index: &'static IndexSpec, deleted: Deleted) -> Self {
        let descending = index.descending;
        Self { index, descending, equality: Vec::new(), lower: None, upper: None, deleted }
    }

    /// Narrows from below.
    pub(crate) fn raise(&mut self, bound: KeyValue) {
        self.lower = Some(match self.lower.take() {
            Some(old) => old.max(bound),
            None => bound,
        });
    }

    /// Narrows from above.
    pub(crate) fn lower_to(&mut self, bound: KeyValue) {
        self.upper = Some(match self.upper.take() {
            Some(old) => old.min(bound),
            None => bound,
        });
    }
}

/// The start of a page: after this document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub sort: KeyValue,
    pub id: String,
}

/// One bounded read.
#[derive(Clone, Debug)]
pub(crate) struct PagePlan {
    pub collection: &'static CollectionSpec,
    pub query: QueryPlan,
    pub after: Option<Position>,
    pub limit: u32,
    /// Ephemeral documents that have ended by now are invisible.
    pub now: Timestamp,
}

/// The formats of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Bson,
}

/// A document in the form of its engine.
#[derive(Debug)]
pub(crate) enum Body {
    Json(String),
    Bson(RawDocumentBuf),
}

impl Body {
    pub(crate) fn form(&self) -> Form {
        match self {
            Self::Json(_) => Form::Json,
            Self::Bson(_) => Form::Bson,
        }
    }
}

/// A document as an engine returns it.
#[derive(Debug)]
pub(crate) struct RawDocument {
    pub id: String,
    pub schema_version: i64,
    pub meta: Meta,
    pub body: Body,
}

/// A document of a page, with its sort key.
#[derive(Debug)]
pub(crate) struct Row {
    pub document: RawDocument,
    pub sort: KeyValue,
}

/// One write with its precondition.
#[derive(Debug)]
pub(crate) struct Write {
    pub collection: &'static CollectionSpec,
    pub id: String,
    pub op: Op,
}

/// The write. `expected` is the document that the decision is based on.
#[derive(Debug)]
pub(crate) enum Op {
    Insert { body: Body, birth: i64, expires_at: Option<Timestamp> },
    Replace { body: Body, expected: Meta, expires_at: Option<Timestamp> },
    Touch { expected: Meta },
    Delete { body: Option<Body>, expected: Meta },
    Restore { expected: Meta },
    Remove { expected: Meta },
    Purge { expected: Meta, retention: Duration },
}

impl Op {
    fn expected(&self) -> Option<&Meta> {
        match self {
            Self::Insert { .. } => None,
            Self::Replace { expected, .. }
            | Self::Touch { expected }
            | Self::Delete { expected, .. }
            | Self::Restore { expected }
            | Self::Remove { expected }
            | Self::Purge { expected, .. } => Some(expected),
        }
    }
}

impl Write {
    pub(crate) fn stale(&self) -> StoreError {
        StoreError::Stale { collection: self.collection.name, id: self.id.clone() }
    }

    /// The document is in the format of another engine. A bug.
    pub(crate) fn of_another_form() -> StoreError {
        StoreError::Engine {
            doing: "writing a document",
            source: "it is in the format of another engine".into(),
        }
    }

    pub(crate) fn duplicate(&self) -> StoreError {
        StoreError::Duplicate { collection: self.collection.name, id: self.id.clone() }
    }

    /// The metadata after this write, done at `at`; `None` if the document is gone.
    pub(crate) fn outcome(&self, at: Timestamp) -> Option<Meta> {
        let next = |expected: &Meta| Meta {
            revision: expected.revision.saturating_add(1),
            updated_at: at,
            ..expected.clone()
        };
        match &self.op {
            Op::Insert { birth, expires_at, .. } => Some(Meta {
                revision: 1,
                birth: *birth,
                created_at: at,
                updated_at: at,
                deleted_at: None,
                expires_at: *expires_at,
            }),
            Op::Replace { expected, expires_at, .. } => {
                Some(Meta { expires_at: *expires_at, ..next(expected) })
            }
            Op::Touch { expected } => Some(next(expected)),
            Op::Delete { expected, .. } => Some(Meta { deleted_at: Some(at), ..next(expected) }),
            Op::Restore { expected } => Some(Meta { deleted_at: None, ..next(expected) }),
            Op::Remove { .. } | Op::Purge { .. } => None,
        }
    }
}

/// The time of a write: `at` is written, `now` decides which documents have ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WriteTime {
    pub at: Timestamp,
    pub now: Timestamp,
}

impl WriteTime {
    /// The same, after everything that these writes are based on: another process, whose clock is a little ahead, may have
    /// written it, and what follows from something must not look older than that. A time further ahead is a clock that was
    /// set back, and is not followed.
    pub(crate) fn after_what_it_is_based_on(self, writes: &[Write]) -> Self {
        let latest = writes.iter().filter_map(|write| write.op.expected()).map(|meta| meta.updated_at).max();
        match latest {
            Some(latest) if latest > self.at && latest.since(self.at) < BATCH_DEADLINE => {
                Self { at: latest.plus(Duration::from_millis(1)), ..self }
            }
            _ => self,
        }
    }
}

/// The result of a batch.
#[derive(Debug)]
pub(crate) struct Written {
    pub at: Timestamp,
    pub documents: Vec<(&'static str, String, Option<Meta>)>,
}

/// Differences between the declared indexes and those in the database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Declared, but missing.
    pub missing: Vec<String>,
    /// Present under the right name, but with another definition.
    pub differing: Vec<String>,
    /// Present, but not declared.
    pub unknown: Vec<String>,
}

impl fmt::Display for Drift {
    /// By name, one kind after the other: `missing: users_email; not declared: by_hand`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds =
            [("missing", &self.missing), ("differing", &self.differing), ("not declared", &self.unknown)];
        let told = kinds.iter().filter(|(_, names)| !names.is_empty());
        let told: Vec<String> = told.map(|(kind, names)| format!("{kind}: {}", names.join(", "))).collect();
        f.write_str(&told.join("; "))
    }
}

impl Drift {
    /// Whether database and declaration agree.
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.differing.is_empty() && self.unknown.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Specified as _;

    fn touch(updated_at: i64) -> Write {
        let updated_at = Timestamp::from_millis(updated_at);
        let expected = Meta {
            revision: 1,
            birth: 0,
            created_at: updated_at,
            updated_at,
            deleted_at: None,
            expires_at: None,
        };
        Write {
            collection: crate::store::conformance::Claim::SPEC,
            id: "1".to_owned(),
            op: Op::Touch { expected },
        }
    }

    #[test]
    fn a_write_is_dated_after_what_it_is_based_on_unless_that_is_far_ahead() {
        let dated = |writes: &[Write]| {
            let now = Timestamp::from_millis(1_000);
            WriteTime { at: now, now }.after_what_it_is_based_on(writes).at.as_millis()
        };
        assert_eq!(dated(&[]), 1_000);
        assert_eq!(dated(&[touch(900), touch(1_000)]), 1_000);
        assert_eq!(dated(&[touch(900), touch(1_007)]), 1_008, "the clock of another process is ahead");
        assert_eq!(dated(&[touch(12_000)]), 1_000, "a clock was set back");
    }
}
