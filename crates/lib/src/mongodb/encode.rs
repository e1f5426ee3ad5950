//! Values as BSON: what serde_json would write, in the types of the database. Every integer is an int64, so that
//! numbers compare the same wherever they came from, and every `Timestamp` is a date, recognized by its mark. No
//! content of a value is read as an instruction: a map whose key is `$date` stays a map.

use std::fmt;

use mongodb::bson::{Binary, Bson, DateTime, Document, RawDocumentBuf, spec::BinarySubtype};
use palisade_core::system::time::TIMESTAMP_MARK;
use serde::ser::{self, Serialize};

/// Turns a value into a document.
pub(crate) fn document(value: &impl Serialize) -> Result<RawDocumentBuf, EncodeError> {
    match value.serialize(Encoder { is_time: false })? {
        Bson::Document(document) => RawDocumentBuf::try_from(document).map_err(ser::Error::custom),
        _ => Err(ser::Error::custom("a document is a struct or a map")),
    }
}

/// Why a value cannot be represented in BSON.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct EncodeError(String);

impl ser::Error for EncodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

#[derive(Clone, Copy)]
struct Encoder {
    /// The number that follows is a point in time.
    is_time: bool,
}

fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Bson, EncodeError> {
    value.serialize(Encoder { is_time: false })
}

/// One field of an object, named after a variant.
fn tagged(variant: &str, value: Bson) -> Bson {
    let mut document = Document::new();
    document.insert(variant, value);
    Bson::Document(document)
}

impl Encoder {
    fn integer<N: TryInto<i64>>(self, number: N) -> Result<Bson, EncodeError> {
        let number = number.try_into().map_err(|_| EncodeError("a number is beyond 64 bits".to_owned()))?;
        Ok(if self.is_time { Bson::DateTime(DateTime::from_millis(number)) } else { Bson::Int64(number) })
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty),+) => {
        $(fn $method(self, number: $type) -> Result<Bson, EncodeError> { self.integer(number) })+
    };
}

impl ser::Serializer for Encoder {
    type Ok = Bson;
    type Error = EncodeError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    }

    fn serialize_bool(self, truth: bool) -> Result<Bson, EncodeError> {
        Ok(Bson::Boolean(truth))
    }

    fn serialize_f32(self, number: f32) -> Result<Bson, EncodeError> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<Bson, EncodeError> {
        // As in JSON, which has no others.
        Ok(if number.is_finite() { Bson::Double(number) } else { Bson::Null })
    }

    fn serialize_char(self, letter: char) -> Result<Bson, EncodeError> {
        Ok(Bson::String(letter.to_string()))
    }

    fn serialize_str(self, text: &str) -> Result<Bson, EncodeError> {
        Ok(Bson::String(text.to_owned()))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Bson, EncodeError> {
        Ok(Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() }))
    }

    fn serialize_none(self) -> Result<Bson, EncodeError> {
        Ok(Bson::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Bson, EncodeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Bson, EncodeError> {
        Ok(Bson::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Bson, EncodeError> {
        Ok(Bson::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Bson, EncodeError> {
        Ok(Bson::String(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Bson, EncodeError> {
        value.serialize(Self { is_time: name == TIMESTAMP_MARK })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Bson, EncodeError> {
        Ok(tagged(variant, encode(value)?))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items, EncodeError> {
        Ok(Items { variant: None, items: Vec::with_capacity(length.unwrap_or(0).min(1024)) })
    }

    fn serialize_tuple(self, length: usize) -> Result<Items, EncodeError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items, EncodeError> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items, EncodeError> {
        Ok(Items { variant: Some(variant), items: Vec::new() })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries, EncodeError> {
        Ok(Entries { variant: None, key: None, document: Document::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries, EncodeError> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries, EncodeError> {
        Ok(Entries { variant: Some(variant), key: None, document: Document::new() })
    }
}

struct Items {
    variant: Option<&'static str>,
    items: Vec<Bson>,
}

impl Items {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.items.push(encode(value)?);
        Ok(())
    }

    fn finish(self) -> Bson {
        let array = Bson::Array(self.items);
        match self.variant {
            None => array,
            Some(variant) => tagged(variant, array),
        }
    }
}

macro_rules! items {
    ($($trait:ident::$method:ident),+) => {
        $(impl ser::$trait for Items {
            type Ok = Bson;
            type Error = EncodeError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                self.push(value)
            }

            fn end(self) -> Result<Bson, EncodeError> {
                Ok(self.finish())
            }
        })+
    };
}

items!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

struct Entries {
    variant: Option<&'static str>,
    key: Option<String>,
    document: Document,
}

impl Entries {
    fn insert<T: Serialize + ?Sized>(&mut self, key: String, value: &T) -> Result<(), EncodeError> {
        if key.contains('\0') {
            return Err(EncodeError("the name of a field has no NUL".to_owned()));
        }
        let value = encode(value)?;
        self.document.insert(key, value);
        Ok(())
    }

    fn finish(self) -> Bson {
        let document = Bson::Document(self.document);
        match self.variant {
            None => document,
            Some(variant) => tagged(variant, document),
        }
    }
}

impl ser::SerializeMap for Entries {
    type Ok = Bson;
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        self.key = Some(match encode(key)? {
            Bson::String(text) => text,
            Bson::Int64(number) => number.to_string(),
            Bson::Boolean(truth) => truth.to_string(),
            _ => return Err(EncodeError("the name of a field is text".to_owned())),
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let key = self.key.take().unwrap_or_default();
        self.insert(key, value)
    }

    fn end(self) -> Result<Bson, EncodeError> {
        Ok(self.finish())
    }
}

macro_rules! structs {
    ($($trait:ident),+) => {
        $(impl ser::$trait for Entries {
            type Ok = Bson;
            type Error = EncodeError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), EncodeError> {
                self.insert(key.to_owned(), value)
            }

            fn end(self) -> Result<Bson, EncodeError> {
                Ok(self.finish())
            }
        })+
    };
}

structs!(SerializeStruct, SerializeStructVariant);
