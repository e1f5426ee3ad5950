//! Keyset cursors: the end of a page, sealed so that nobody can forge one or use one for another query.
//!
//! A cursor is not secret: it contains the sort key and the id of the last item, which its holder has seen. It is
//! authentic: HMAC-SHA-256 over its query and the position.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::Cursor;
use palisade_core::values::{KeyKind, KeyValue};

use crate::engine::plan::{Deleted, Position, QueryPlan};
use crate::engine::spec::sort_kind;
use crate::engine::{CollectionSpec, StoreError};

const LABEL: &[u8] = b"palisade cursor v1";
const TAG_BYTES: usize = 32;

/// The key that authenticates cursors. Every instance for the same clients needs the same one.
#[derive(Clone)]
pub struct CursorKey(hmac::Key);

impl CursorKey {
    /// From 32 random bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The cursor after `position` in this query.
    pub(crate) fn seal(&self, collection: &CollectionSpec, query: &QueryPlan, position: &Position) -> Cursor {
        let mut bytes = Vec::with_capacity(128);
        push_key(&mut bytes, &position.sort);
        push(&mut bytes, position.id.as_bytes());
        let tag = hmac::sign(&self.0, &bound(collection, query, &bytes));
        bytes.extend_from_slice(tag.as_ref());
        Cursor::from_sealed(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The position of a cursor of this query.
    pub(crate) fn open(
        &self,
        collection: &CollectionSpec,
        query: &QueryPlan,
        cursor: &Cursor,
    ) -> Result<Position, StoreError> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str()).map_err(|_| StoreError::InvalidCursor)?;
        let split = bytes.len().checked_sub(TAG_BYTES).ok_or(StoreError::InvalidCursor)?;
        let (position, tag) = bytes.split_at_checked(split).ok_or(StoreError::InvalidCursor)?;
        hmac::verify(&self.0, &bound(collection, query, position), tag)
            .map_err(|_| StoreError::InvalidCursor)?;
        read(position, sort_kind(&query.index.sort)).ok_or(StoreError::InvalidCursor)
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(…)")
    }
}

/// The data that the tag covers. Each part carries its length, so no two queries give the same bytes.
fn bound(collection: &CollectionSpec, query: &QueryPlan, position: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    push(&mut bytes, LABEL);
    push(&mut bytes, collection.name.as_bytes());
    push(&mut bytes, query.index.name.as_bytes());
    bytes.push(u8::from(query.descending));
    bytes.push(match query.deleted {
        Deleted::Hidden => 0,
        Deleted::Included => 1,
        Deleted::Only => 2,
    });
    push(&mut bytes, &query.equality.len().to_le_bytes());
    for key in &query.equality {
        push_key(&mut bytes, key);
    }
    for limit in [&query.lower, &query.upper] {
        match limit {
            None => bytes.push(0),
            Some(key) => {
                bytes.push(1);
                push_key(&mut bytes, key);
            }
        }
    }
    push(&mut bytes, position);
    bytes
}

fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(part);
}

fn push_key(bytes: &mut Vec<u8>, key: &KeyValue) {
    match key {
        KeyValue::Text(text) => {
            bytes.push(b't');
            push(bytes, text.as_bytes());
        }
        KeyValue::Integer(number) => {
            bytes.push(b'i');
            push(bytes, &number.to_le_bytes());
        }
        KeyValue::Bool(truth) => {
            bytes.push(b'b');
            push(bytes, &[u8::from(*truth)]);
        }
        KeyValue::Time(at) => {
            bytes.push(b'd');
            push(bytes, &at.as_millis().to_le_bytes());
        }
    }
}

fn read(bytes: &[u8], kind: KeyKind) -> Option<Position> {
    let (&mark, rest) = bytes.split_first()?;
    let (key, rest) = pull(rest)?;
    let (id, rest) = pull(rest)?;
    let number = || key.try_into().ok().map(i64::from_le_bytes);
    let sort = match (mark, kind) {
        (b't', KeyKind::Text) => KeyValue::Text(std::str::from_utf8(key).ok()?.to_owned()),
        (b'i', KeyKind::Integer) => KeyValue::Integer(number()?),
        (b'b', KeyKind::Bool) => KeyValue::Bool(key == [1]),
        (b'd', KeyKind::Time) => KeyValue::Time(Timestamp::from_millis(number()?)),
        _ => return None,
    };
    rest.is_empty().then_some(())?;
    Some(Position { sort, id: std::str::from_utf8(id).ok()?.to_owned() })
}

fn pull(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::{IndexSpec, SortSpec};

    static PEOPLE: CollectionSpec = CollectionSpec {
        name: "people",
        of: std::any::TypeId::of::<crate::store::conformance::Person>(),
        type_name: std::any::type_name::<crate::store::conformance::Person>,
        schema_version: 1,
        indexes: &[],
        ephemeral: false,
        reason: "",
    };
    static TEAMS: CollectionSpec = CollectionSpec {
        name: "teams",
        of: std::any::TypeId::of::<crate::store::conformance::Person>(),
        type_name: std::any::type_name::<crate::store::conformance::Person>,
        schema_version: 1,
        indexes: &[],
        ephemeral: false,
        reason: "",
    };
    static ALL: IndexSpec = IndexSpec::declare("ALL", &[], SortSpec::CreatedAt, false);
    static TWIN: IndexSpec = IndexSpec::declare("TWIN", &[], SortSpec::CreatedAt, false);
    static TEXT: IndexSpec = IndexSpec::declare("ALL", &[], SortSpec::Id, false);

    fn text(text: &str) -> KeyValue {
        KeyValue::Text(text.to_owned())
    }

    #[test]
    fn a_cursor_is_bound_to_every_part_of_its_query() {
        let plain = QueryPlan::over(&ALL, Deleted::Hidden);
        let with = |lower: Option<&str>, upper: Option<&str>, equality: &[&str]| QueryPlan {
            lower: lower.map(text),
            upper: upper.map(text),
            equality: equality.iter().copied().map(text).collect(),
            ..plain.clone()
        };
        let queries = [
            (&PEOPLE, plain.clone()),
            (&TEAMS, plain.clone()),
            (&PEOPLE, QueryPlan { index: &TWIN, ..plain.clone() }),
            (&PEOPLE, QueryPlan { descending: !plain.descending, ..plain.clone() }),
            (&PEOPLE, QueryPlan { deleted: Deleted::Included, ..plain.clone() }),
            (&PEOPLE, QueryPlan { deleted: Deleted::Only, ..plain.clone() }),
            (&PEOPLE, QueryPlan { equality: vec![KeyValue::Integer(1)], ..plain.clone() }),
            (
                &PEOPLE,
                QueryPlan { equality: vec![KeyValue::Time(Timestamp::from_millis(1))], ..plain.clone() },
            ),
            (&PEOPLE, QueryPlan { equality: vec![KeyValue::Bool(true)], ..plain.clone() }),
            (&PEOPLE, with(None, None, &["ab", "c"])),
            (&PEOPLE, with(None, None, &["a", "bc"])),
            (&PEOPLE, with(None, None, &["abc"])),
            (&PEOPLE, with(Some("a"), None, &[])),
            (&PEOPLE, with(Some("b"), None, &[])),
            (&PEOPLE, with(None, Some("a"), &[])),
            (&PEOPLE, with(Some("a"), Some("b"), &[])),
        ];
        let key = CursorKey::new(&[1; 32]);
        let position = Position { sort: KeyValue::Time(Timestamp::from_millis(5)), id: "per_1".to_owned() };
        for (own, (collection, query)) in queries.iter().enumerate() {
            let cursor = key.seal(collection, query, &position);
            for (other, (collection, query)) in queries.iter().enumerate() {
                let opened = key.open(collection, query, &cursor);
                assert_eq!(opened.is_ok(), own == other, "the cursor of query {own} at query {other}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_sealed_position_opens_to_the_same_position(sort in ".{0,90}", id in ".{1,90}") {
            let key = CursorKey::new(&[1; 32]);
            let query = QueryPlan::over(&TEXT, Deleted::Hidden);
            let position = Position { sort: text(&sort), id };
            let cursor = key.seal(&PEOPLE, &query, &position);
            prop_assert!(cursor.as_str().len() <= Cursor::MAX_LENGTH);
            prop_assert_eq!(key.open(&PEOPLE, &query, &cursor).unwrap(), position);
        }

        #[test]
        fn no_bit_of_a_cursor_can_be_changed(millis in any::<i64>(), id in "[a-z]{1,20}", bit in any::<prop::sample::Index>()) {
            let key = CursorKey::new(&[1; 32]);
            let query = QueryPlan::over(&ALL, Deleted::Hidden);
            let position = Position { sort: KeyValue::Time(Timestamp::from_millis(millis)), id };
            let mut bytes = URL_SAFE_NO_PAD.decode(key.seal(&PEOPLE, &query, &position).as_str()).unwrap();
            let bit = bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let changed = Cursor::from_sealed(URL_SAFE_NO_PAD.encode(&bytes));
            prop_assert!(key.open(&PEOPLE, &query, &changed).is_err());
        }
    }
}
