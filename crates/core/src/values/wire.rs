//! How one value is shown: a stored type is not [`Wire`], so a password hash has no way out.

use serde::ser::{Error as _, Serializer};

use super::schema::Schema;
use crate::system::time::{Rfc3339, Timestamp};

/// A value that may appear in an answer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` may not leave the server",
    label = "not a `Wire` value",
    note = "only values made for callers are `Wire`; stored types and secrets are not. Declare what is shown with `view!` and convert into it"
)]
pub trait Wire {
    /// Its shape.
    fn schema() -> Schema;

    /// Writes it.
    ///
    /// # Errors
    /// Only what the writer reports.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Lets serde write a [`Wire`] value. Private to the crate: `Wire` is the gate, not `Serialize`.
#[derive(Debug)]
pub(crate) struct AsSerialize<'a, T>(pub(crate) &'a T);

impl<T: Wire> serde::Serialize for AsSerialize<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl Wire for String {
    fn schema() -> Schema {
        Schema::string()
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self)
    }
}

impl Wire for &'static str {
    fn schema() -> Schema {
        Schema::string()
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self)
    }
}

impl Wire for bool {
    fn schema() -> Schema {
        Schema::boolean()
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_bool(*self)
    }
}

impl Wire for i64 {
    fn schema() -> Schema {
        Schema::integer()
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i64(*self)
    }
}

impl Wire for Timestamp {
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

impl<T: Wire> Wire for Option<T> {
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

impl<T: Wire> Wire for Vec<T> {
    fn schema() -> Schema {
        Schema::array(T::schema())
    }
    fn write<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.iter().map(AsSerialize))
    }
}
