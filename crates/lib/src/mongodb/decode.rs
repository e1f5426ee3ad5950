//! Reads values directly from the BSON of the server's answer, and copies only what the value itself keeps. This is
//! most of the cost of a page in this process.
//!
//! It reads the output of [`encode`](super::encode), and is short because it may give up: the caller then uses
//! [`json`](super::json), which knows every form and can name the wrong field.

use mongodb::bson::raw::{RawArrayIter, RawIter};
use mongodb::bson::{RawBsonRef, RawDocument};
use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, Visitor};

/// Reads a value.
///
/// # Errors
/// When the document does not match the type, or is in a form that only [`json`](super::json) knows.
pub(crate) fn decode<'de, T: Deserialize<'de>>(document: &'de RawDocument) -> Result<T, NeedsFallback> {
    T::deserialize(Decoder(RawBsonRef::Document(document)))
}

/// It failed. The fallback finds the reason, so this error carries none.
#[derive(Debug, thiserror::Error)]
#[error("not in the form it is written in")]
pub(crate) struct NeedsFallback;

impl de::Error for NeedsFallback {
    fn custom<M: std::fmt::Display>(_: M) -> Self {
        Self
    }

    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self
    }
}

#[derive(Clone, Copy)]
struct Decoder<'de>(RawBsonRef<'de>);

impl<'de> Deserializer<'de> for Decoder<'de> {
    type Error = NeedsFallback;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NeedsFallback> {
        match self.0 {
            RawBsonRef::String(text) => visitor.visit_borrowed_str(text),
            RawBsonRef::Int64(number) => integer(number, visitor),
            RawBsonRef::Int32(number) => integer(number.into(), visitor),
            RawBsonRef::DateTime(at) => integer(at.timestamp_millis(), visitor),
            RawBsonRef::Double(number) => visitor.visit_f64(number),
            RawBsonRef::Boolean(truth) => visitor.visit_bool(truth),
            RawBsonRef::Null => visitor.visit_unit(),
            RawBsonRef::Document(document) => {
                let mut entries = Entries::of(document);
                let value = visitor.visit_map(&mut entries)?;
                entries.end(value)
            }
            RawBsonRef::Array(array) => {
                let mut items = Items(array.into_iter());
                let value = visitor.visit_seq(&mut items)?;
                // A tuple takes its elements; a JSON parser refuses the rest.
                if items.0.next().is_some() { Err(NeedsFallback) } else { Ok(value) }
            }
            _ => Err(NeedsFallback),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NeedsFallback> {
        match self.0 {
            RawBsonRef::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, NeedsFallback> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NeedsFallback> {
        match self.0 {
            RawBsonRef::String(variant) => visitor.visit_enum(BorrowedStrDeserializer::new(variant)),
            RawBsonRef::Document(document) => {
                let mut entries = Entries::of(document);
                let value = visitor.visit_enum(MapAccessDeserializer::new(&mut entries))?;
                // One field, named after the variant.
                entries.end(value)
            }
            _ => Err(NeedsFallback),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NeedsFallback> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

/// As a JSON parser would return it, which knows no sign where there is none.
fn integer<'de, V: Visitor<'de>>(number: i64, visitor: V) -> Result<V::Value, NeedsFallback> {
    match u64::try_from(number) {
        Ok(number) => visitor.visit_u64(number),
        Err(_) => visitor.visit_i64(number),
    }
}

struct Entries<'de> {
    rest: RawIter<'de>,
    value: Option<RawBsonRef<'de>>,
}

impl<'de> Entries<'de> {
    fn of(document: &'de RawDocument) -> Self {
        Self { rest: document.iter_elements(), value: None }
    }

    /// The value, after all entries were read.
    fn end<V>(mut self, value: V) -> Result<V, NeedsFallback> {
        if self.rest.next().is_some() { Err(NeedsFallback) } else { Ok(value) }
    }
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = NeedsFallback;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, NeedsFallback> {
        let Some(element) = self.rest.next() else { return Ok(None) };
        let element = element.map_err(|_| NeedsFallback)?;
        self.value = Some(element.value().map_err(|_| NeedsFallback)?);
        seed.deserialize(BorrowedStrDeserializer::new(element.key().as_str())).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, NeedsFallback> {
        let value = self.value.take().ok_or(NeedsFallback)?;
        seed.deserialize(Decoder(value))
    }
}

struct Items<'de>(RawArrayIter<'de>);

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = NeedsFallback;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, NeedsFallback> {
        let Some(item) = self.0.next() else { return Ok(None) };
        seed.deserialize(Decoder(item.map_err(|_| NeedsFallback)?)).map(Some)
    }
}
