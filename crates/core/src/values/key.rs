//! Keys: the scalars by which documents are found and sorted. Closed, never null, and ordered the same in every
//! store: text by code point, numbers and times by value, `false` before `true`.

use crate::system::time::Timestamp;

/// The kinds of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Text, ordered by code point.
    Text,
    /// A whole number.
    Integer,
    /// `false` before `true`.
    Bool,
    /// A point in time.
    Time,
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyValue {
    /// Text, ordered by code point.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `false` before `true`.
    Bool(bool),
    /// A point in time.
    Time(Timestamp),
}

/// A type by which documents can be found or sorted. Its key must be what its `Serialize` writes.
///
/// Ids ([`id!`](crate::id)) and text newtypes ([`text!`](crate::text)) are keys; an enum that is stored as a word
/// becomes one by declaration.
#[diagnostic::on_unimplemented(
    message = "documents cannot be found by `{Self}`",
    label = "not an index key",
    note = "a key is text, `i64`, `bool`, an id or a `Timestamp`, and never null: an `Option` has no place in an index"
)]
pub trait Key {
    /// The kind of the key.
    const KIND: KeyKind;

    /// Its value.
    fn to_key(&self) -> KeyValue;
}

/// A key of kind [`KeyKind::Text`]: it can also be found by a prefix.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no prefix to search by",
    label = "not a text key",
    note = "only an index sorted by text can be searched by prefix"
)]
pub trait TextKey: Key {}

impl Key for String {
    const KIND: KeyKind = KeyKind::Text;

    fn to_key(&self) -> KeyValue {
        KeyValue::Text(self.clone())
    }
}

impl TextKey for String {}

impl Key for i64 {
    const KIND: KeyKind = KeyKind::Integer;

    fn to_key(&self) -> KeyValue {
        KeyValue::Integer(*self)
    }
}

impl Key for bool {
    const KIND: KeyKind = KeyKind::Bool;

    fn to_key(&self) -> KeyValue {
        KeyValue::Bool(*self)
    }
}

impl Key for Timestamp {
    const KIND: KeyKind = KeyKind::Time;

    fn to_key(&self) -> KeyValue {
        KeyValue::Time(*self)
    }
}
