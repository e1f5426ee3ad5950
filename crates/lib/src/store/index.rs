//! Indexes and the queries that can be formed from them. There is no other way to select documents, so no query is
//! without an index, and no text of a caller is ever part of a query's form.

use std::fmt;
use std::marker::PhantomData;

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use palisade_core::values::{Key, KeyValue, TextKey};

use super::document::SoftDocument;
use super::purge_rule::OwnerIndex;
use crate::engine::IndexSpec;
use crate::engine::plan::{Deleted, QueryPlan};

/// A declared index of the documents `D`, with the equality keys `E`, sorted by `S`.
pub struct Index<D, E, S> {
    spec: &'static IndexSpec,
    of: PhantomData<fn(D, E, S)>,
}

impl<D, E, S> Clone for Index<D, E, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D, E, S> Copy for Index<D, E, S> {}

impl<D, S> OwnerIndex for Index<D, (UserId,), S> {}

impl<D, E, S> fmt::Debug for Index<D, E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}

impl<D, E, S> Index<D, E, S> {
    #[doc(hidden)]
    pub const fn new(spec: &'static IndexSpec) -> Self {
        Self { spec, of: PhantomData }
    }

    #[doc(hidden)]
    pub const fn spec(&self) -> &'static IndexSpec {
        self.spec
    }

    fn query(self, equality: Vec<KeyValue>) -> Query<D, S> {
        let plan = QueryPlan { equality, ..QueryPlan::over(self.spec, Deleted::Hidden) };
        Query { plan, of: PhantomData }
    }
}

impl<D, S> Index<D, (), S> {
    /// All documents.
    pub fn all(self) -> Query<D, S> {
        self.query(Vec::new())
    }
}

impl<D, A: Key, S> Index<D, (A,), S> {
    /// The documents with this key.
    pub fn matching(self, a: &A) -> Query<D, S> {
        self.query(vec![a.to_key()])
    }
}

impl<D, A: Key, B: Key, S> Index<D, (A, B), S> {
    /// The documents with these keys.
    pub fn matching(self, a: &A, b: &B) -> Query<D, S> {
        self.query(vec![a.to_key(), b.to_key()])
    }
}

impl<D, A: Key, B: Key, C: Key, S> Index<D, (A, B, C), S> {
    /// The documents with these keys.
    pub fn matching(self, a: &A, b: &B, c: &C) -> Query<D, S> {
        self.query(vec![a.to_key(), b.to_key(), c.to_key()])
    }
}

/// Sorted by insertion, the newest first.
#[derive(Debug)]
pub struct Newest;

/// Sorted by insertion, the oldest first. Such a query can be [tailed](super::Tail).
#[derive(Debug)]
pub struct Oldest;

/// The sort key of an index.
#[diagnostic::on_unimplemented(
    message = "an index cannot be sorted by `{Self}`",
    label = "not a sort key",
    note = "sort by a field whose type is a `Key`, or say `newest_first` or `oldest_first`"
)]
pub trait SortKey {
    /// The type of its bounds.
    type Bound: Key;
}

impl SortKey for Newest {
    type Bound = Timestamp;
}

impl SortKey for Oldest {
    type Bound = Timestamp;
}

impl<K: Key> SortKey for K {
    type Bound = K;
}

/// Which documents, in which order. Without soft-deleted ones, unless it includes them.
#[must_use = "a query is only a description: give it to `Collection::find` and ask for a page"]
pub struct Query<D, S> {
    pub(crate) plan: QueryPlan,
    of: PhantomData<fn(D, S)>,
}

impl<D, S> Clone for Query<D, S> {
    fn clone(&self) -> Self {
        Self { plan: self.plan.clone(), of: PhantomData }
    }
}

impl<D, S> fmt::Debug for Query<D, S> {
    /// Without the keys, which may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("index", &self.plan.index.name).finish_non_exhaustive()
    }
}

impl<D, S: SortKey> Query<D, S> {
    /// Only documents whose sort key is `bound` or greater.
    pub fn at_least(mut self, bound: &S::Bound) -> Self {
        self.plan.raise(bound.to_key());
        self
    }

    /// Only documents whose sort key is less than `bound`.
    pub fn below(mut self, bound: &S::Bound) -> Self {
        self.plan.lower_to(bound.to_key());
        self
    }
}

impl<D> Query<D, Oldest> {
    /// The same documents, the newest first: the same index, walked from its end.
    pub fn newest_first(self) -> Query<D, Newest> {
        Query { plan: QueryPlan { descending: true, ..self.plan }, of: PhantomData }
    }
}

impl<D, S> Query<D, S> {
    /// Only documents whose sort key begins with `prefix`, taken literally.
    pub fn starting_with(mut self, prefix: &str) -> Self
    where
        S: TextKey,
    {
        if !prefix.is_empty() {
            self.plan.raise(KeyValue::Text(prefix.to_owned()));
            if let Some(end) = after_prefix(prefix) {
                self.plan.lower_to(KeyValue::Text(end));
            }
        }
        self
    }

    /// Includes deleted documents.
    pub fn including_deleted(mut self) -> Self
    where
        D: SoftDocument,
    {
        self.plan.deleted = Deleted::Included;
        self
    }

    /// Only deleted documents.
    pub fn only_deleted(mut self) -> Self
    where
        D: SoftDocument,
    {
        self.plan.deleted = Deleted::Only;
        self
    }
}

/// The least text greater than every text that begins with `prefix`; `None` if there is none.
///
/// Raising the last code point is enough because UTF-8 sorts by code point.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        // Adding to a range of chars skips the surrogates, which are not code points.
        if let Some(next) = (last..=char::MAX).nth(1) {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_code_point() {
        assert_eq!(after_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(after_prefix("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(after_prefix("\u{10FFFF}"), None);
    }

    proptest! {
        #[test]
        fn exactly_the_texts_with_the_prefix_lie_in_its_range(prefix in "[a-c%_é😀]{1,3}", text in "[a-c%_é😀]{0,5}") {
            let end = after_prefix(&prefix);
            let inside = text >= prefix && end.is_none_or(|end| text < end);
            prop_assert_eq!(inside, text.starts_with(&prefix));
        }
    }
}
