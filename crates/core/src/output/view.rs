//! Views: the public form of data. A view has named fields, so an answer is always an object; a stored type is not
//! a view and its fields are not [`ResponseField`], so a password hash cannot get out.

use serde::ser::{SerializeMap, Serializer};

use crate::values::{AsSerialize, ResponseField, Schema};

/// An object with named fields: the content of an answer. Declared with [`view!`](crate::view).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an answer",
    label = "not a `View`",
    note = "an answer is an object with named fields: declare it with `view! {{ pub struct UserView = \"User\" {{ id: UserId }} }}`. Arrays go into a page or a named field; stored types are never shown"
)]
pub trait View: ResponseField + Send + 'static {
    /// Its component name in the OpenAPI document.
    const NAME: &'static str;

    /// Writes the fields. There is no way to write anything but an object.
    ///
    /// # Errors
    /// Only what the writer reports.
    fn fields<M: SerializeMap>(&self, out: &mut Fields<'_, M>) -> Result<(), M::Error>;

    /// As one JSON object, with the fields of the API: for the command line.
    fn to_json(&self) -> String
    where
        Self: Sized,
    {
        write_view(self, serde_json::value::Serializer).unwrap_or_default().to_string()
    }
}

/// The fields of a view as it writes them.
#[derive(Debug)]
pub struct Fields<'a, M>(pub(crate) &'a mut M);

impl<M: SerializeMap> Fields<'_, M> {
    /// Writes one field.
    ///
    /// # Errors
    /// Only what the writer reports.
    pub fn field<T: ResponseField>(&mut self, name: &'static str, value: &T) -> Result<(), M::Error> {
        self.0.serialize_entry(name, &AsSerialize(value))
    }

    /// Writes one field if there is a value.
    ///
    /// # Errors
    /// Only what the writer reports.
    pub fn field_if_some<T: ResponseField>(
        &mut self,
        name: &'static str,
        value: Option<&T>,
    ) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.field(name, value))
    }
}

/// Writes a view as an object. For [`view!`](crate::view).
#[doc(hidden)]
pub fn write_view<V: View, S: Serializer>(view: &V, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    view.fields(&mut Fields(&mut map))?;
    map.end()
}

/// Declares a view: an object with named fields.
///
/// ```
/// palisade_core::view! {
///     /// A person.
///     pub struct PersonView = "Person" {
///         /// The name of the user.
///         name: String,
///         /// When they joined.
///         joined_at as "joinedAt": palisade_core::system::time::Timestamp,
///         /// Only there once they have left.
///         left_at? as "leftAt": palisade_core::system::time::Timestamp,
///     }
/// }
/// ```
///
/// `field?: Type` is an `Option` that is left out when it is `None`; `field: Option<Type>` is written as `null`.
#[macro_export]
macro_rules! view {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident = $component:literal { $($fields:tt)* }
    ) => {
        $crate::view!(@munch [$(#[$meta])* $vis struct $name = $component] [] $($fields)*);
    };
    (@munch $head:tt [$($done:tt)*] $(#[doc = $doc:literal])* $field:ident ? $(as $wire:literal)? : $ty:ty, $($rest:tt)*) => {
        $crate::view!(@munch $head [$($done)* { [$(#[doc = $doc])*] $field, $crate::view!(@wire $field $($wire)?), [Option<$ty>], $ty, field_if_some, as_ref, false, concat!($($doc),*) }] $($rest)*);
    };
    (@munch $head:tt [$($done:tt)*] $(#[doc = $doc:literal])* $field:ident $(as $wire:literal)? : $ty:ty, $($rest:tt)*) => {
        $crate::view!(@munch $head [$($done)* { [$(#[doc = $doc])*] $field, $crate::view!(@wire $field $($wire)?), [$ty], $ty, field, borrow, true, concat!($($doc),*) }] $($rest)*);
    };
    (@munch [$(#[$meta:meta])* $vis:vis struct $name:ident = $component:literal] [$({ [$($attr:tt)*] $field:ident, $wire:expr, [$kept:ty], $ty:ty, $write:ident, $how:ident, $required:literal, $doc:expr })*]) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $name { $($($attr)* pub $field: $kept,)* }

        impl $crate::output::View for $name {
            const NAME: &'static str = $component;

            fn fields<M: $crate::__private::serde::ser::SerializeMap>(
                &self,
                out: &mut $crate::output::Fields<'_, M>,
            ) -> ::std::result::Result<(), M::Error> {
                let _ = &out;
                $(out.$write($wire, $crate::view!(@$how self.$field))?;)*
                Ok(())
            }
        }

        impl $crate::values::ResponseField for $name {
            fn schema() -> $crate::values::Schema {
                $crate::values::Schema::object(Some($component))
                    $(.property($wire, $crate::view!(@describe <$ty as $crate::values::ResponseField>::schema(), $doc), $required))*
            }

            fn write<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::output::write_view(self, s)
            }
        }
    };
    (@munch $head:tt $done:tt $(#[$meta:meta])* $field:ident $($left:tt)*) => {
        ::std::compile_error!(::std::concat!(
            "the field `",
            ::std::stringify!($field),
            "` of a view is written `name: Type,`, `name as \"wireName\": Type,` or, to be left out without a value, `name?: Type,`, with a comma after it also if it is the last one"
        ));
    };
    (@as_ref $self:ident . $field:ident) => { $self.$field.as_ref() };
    (@borrow $self:ident . $field:ident) => { &$self.$field };
    (@wire $field:ident) => { stringify!($field) };
    (@wire $field:ident $wire:literal) => { $wire };
    (@describe $schema:expr, $doc:expr) => { $crate::output::described($schema, $doc) };
    ($($other:tt)*) => {
        ::std::compile_error!(
            "a view has a name, its name in the interface and its fields: `view! { pub struct BookView = \"Book\" { title: Title, } }`"
        );
    };
}

/// Adds a field's documentation to its schema. For [`view!`](crate::view).
#[doc(hidden)]
pub fn described(schema: Schema, doc: &'static str) -> Schema {
    // A component is described at its declaration; a keyword beside `$ref` would only repeat it.
    if doc.is_empty() || schema.name.is_some() { schema } else { schema.describe(doc.trim()) }
}
