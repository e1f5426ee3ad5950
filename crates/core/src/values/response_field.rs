//! The public form of one value: a stored type is not [`ResponseField`], so a password hash cannot get out.

use serde::ser::{Error as _, Serializer};

use super::schema::Schema;
use crate::system::time::{Rfc3339, Timestamp};

/// A value that may appear in an answer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` may not leave the server",
    label = "not a `ResponseField` value",
    note = "only values for callers are `ResponseField`; stored types and secrets are not. Declare the public form with `view!` and convert into it"
)]
pub trait ResponseField {
    /// Its shape.
    fn schema() -> Schema;

    /// Writes it.
    ///
    /// # Errors
    /// Only what the writer reports.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Lets serde write a [`ResponseField`] value. Private to the crate: `ResponseField` is the gate, not `Serialize`.
#[derive(Debug)]
pub(crate) struct AsSerialize<'a, T>(pub(crate) &'a T);

impl<T: ResponseField> serde::Serialize for AsSerialize<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl ResponseField for String {
    fn schema() -> Schema {
        Schema::string()
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self)
    }
}

impl ResponseField for &'static str {
    fn schema() -> Schema {
        Schema::string()
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self)
    }
}

impl ResponseField for bool {
    fn schema() -> Schema {
        Schema::boolean()
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_bool(*self)
    }
}

impl ResponseField for i64 {
    fn schema() -> Schema {
        Schema::integer()
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i64(*self)
    }
}

impl ResponseField for Timestamp {
    fn schema() -> Schema {
        Schema::date_time()
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match Rfc3339::of(*self) {
            Some(text) => s.serialize_str(text.as_str()),
            None => Err(S::Error::custom("a time before the year 0 or past the year 9999")),
        }
    }
}

impl<T: ResponseField> ResponseField for Option<T> {
    fn schema() -> Schema {
        T::schema().nullable()
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(s),
            None => s.serialize_none(),
        }
    }
}

impl<T: ResponseField> ResponseField for Vec<T> {
    fn schema() -> Schema {
        Schema::array(T::schema())
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.iter().map(AsSerialize))
    }
}
