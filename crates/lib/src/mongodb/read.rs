//! Reads: one document by id, or a bounded run of an index.
//!
//! A page is a range of its index from one whole key to another (`min` and `max` of the `find` command), with the
//! index named by `hint`: no planner decides anything, a page begins exactly after its cursor however many
//! documents share the sort key, and a missing index is an error, never a scan.

use mongodb::bson::{Bson, DateTime, Document, RawDocumentBuf, Timestamp as BsonTimestamp, doc};
use mongodb::options::{FindOptions, Hint, ReadConcern};
use palisade_core::values::KeyKind;

use super::document::{date, key, path, sort_key, sort_path, split};
use super::schema::index_name;
use crate::engine::plan::{Deleted, PagePlan, Row};
use crate::engine::spec::sort_kind as kind_of;
use crate::engine::{SortSpec, StoreError};

/// A range of an index, from `min` on and before `max`, as keys of the whole index.
#[derive(Debug, PartialEq)]
pub(super) struct Range {
    pub hint: String,
    pub filter: Document,
    pub min: Document,
    pub max: Document,
    pub sort: Document,
    /// Whether `min` is the cursor's document, which the previous page showed.
    pub skips: bool,
}

/// An end of a range: a sort key, and the id within it. `None` is before every id.
#[derive(Clone)]
struct End {
    sort: Bson,
    id: Option<String>,
}

impl Range {
    /// `None` if the range is empty.
    pub(super) fn of(plan: &PagePlan, deleted: Deleted) -> Option<Self> {
        let PagePlan { collection, query, .. } = plan;
        let index = query.index;
        if let (Some(lower), Some(upper)) = (&query.lower, &query.upper)
            && lower >= upper
        {
            return None;
        }
        let kind = kind_of(&index.sort);
        let whole = |sort| End { sort, id: None };
        let mut from = whole(query.lower.as_ref().map_or_else(|| least(kind), key));
        let mut to = whole(query.upper.as_ref().map_or_else(|| beyond(kind), key));
        if let Some(after) = &plan.after {
            // A cursor is within the bounds of its query, so it replaces one of them.
            let end = End { sort: key(&after.sort), id: Some(after.id.clone()) };
            *(if query.descending { &mut to } else { &mut from }) = end;
        }

        let by_id = matches!(index.sort, SortSpec::Id);
        let direction = if query.descending { -1 } else { 1 };
        let (mut prefix, mut sort) = (Document::new(), Document::new());
        if !collection.ephemeral && !by_id {
            prefix.insert("isDeleted", deleted == Deleted::Only);
            sort.insert("isDeleted", direction);
        }
        for (field, value) in index.equality.iter().zip(&query.equality) {
            prefix.insert(path(field), key(value));
            sort.insert(path(field), direction);
        }
        let bound = |end: End| {
            let mut bound = prefix.clone();
            if by_id {
                bound.insert("_id", end.sort);
            } else {
                bound.insert(sort_path(index), end.sort);
                bound.insert("_id", end.id.map_or(Bson::MinKey, Bson::String));
            }
            bound
        };
        if !by_id {
            sort.insert(sort_path(index), direction);
        }
        sort.insert("_id", direction);
        let mut filter = Document::new();
        if collection.ephemeral {
            filter.insert("expiresAt", doc! { "$gt": date(plan.now) });
        }
        Some(Self {
            hint: index_name(collection, index),
            filter,
            min: bound(from),
            max: bound(to),
            sort,
            skips: plan.after.is_some() && !query.descending,
        })
    }

    pub(super) fn limit(&self, limit: u32) -> i64 {
        i64::from(limit).saturating_add(i64::from(self.skips))
    }

    pub(super) fn options(&self, limit: u32) -> FindOptions {
        let limit = self.limit(limit);
        FindOptions::builder()
            .hint(Hint::Name(self.hint.clone()))
            .min(self.min.clone())
            .max(self.max.clone())
            .sort(self.sort.clone())
            .limit(limit)
            // All of it in one answer.
            .batch_size(u32::try_from(limit).unwrap_or(u32::MAX).saturating_add(1))
            // A document that changes during the walk must not appear twice or be missed. This is needed also in a
            // snapshot session: without it the driver uses the concern of the client, and every read has its own
            // snapshot.
            .read_concern(ReadConcern::snapshot())
            .build()
    }
}

/// The least key of a kind. Lesser values are of another type: a document of an older version may lack the field,
/// and no null takes part in an order.
fn least(kind: KeyKind) -> Bson {
    match kind {
        KeyKind::Text => Bson::String(String::new()),
        KeyKind::Integer => Bson::Int64(i64::MIN),
        KeyKind::Bool => Bson::Boolean(false),
        KeyKind::Time => Bson::DateTime(DateTime::MIN),
    }
}

/// The value after the greatest key of a kind: the first value of the next type in the order of BSON.
fn beyond(kind: KeyKind) -> Bson {
    match kind {
        KeyKind::Text => Bson::Document(Document::new()),
        KeyKind::Integer => Bson::String(String::new()),
        KeyKind::Bool => Bson::DateTime(DateTime::MIN),
        KeyKind::Time => Bson::Timestamp(BsonTimestamp { time: 0, increment: 0 }),
    }
}

/// The ranges of a page: one, or two if it includes live and deleted documents.
pub(super) fn ranges(plan: &PagePlan) -> Vec<Range> {
    let both = plan.query.deleted == Deleted::Included
        && !plan.collection.ephemeral
        && !matches!(plan.query.index.sort, SortSpec::Id);
    let wanted: &[Deleted] =
        if both { &[Deleted::Hidden, Deleted::Only] } else { std::slice::from_ref(&plan.query.deleted) };
    wanted.iter().filter_map(|deleted| Range::of(plan, *deleted)).collect()
}

/// The rows of a page, from the documents of its ranges.
pub(super) fn rows(
    plan: &PagePlan,
    found: Vec<(Range, Vec<RawDocumentBuf>)>,
) -> Result<Vec<Row>, StoreError> {
    let PagePlan { collection, query, after, .. } = plan;
    let several = found.len() > 1;
    let mut rows = Vec::new();
    for (range, documents) in found {
        for document in documents {
            let sort = sort_key(collection, query.index, &document)?;
            let document = split(collection, &document)?;
            let seen = range.skips
                && after.as_ref().is_some_and(|after| after.id == document.id && after.sort == sort);
            if !seen {
                rows.push(Row { document, sort });
            }
        }
    }
    if several {
        rows.sort_by(|a, b| (&a.sort, &a.document.id).cmp(&(&b.sort, &b.document.id)));
        if query.descending {
            rows.reverse();
        }
    }
    rows.truncate(plan.limit as usize);
    Ok(rows)
}
