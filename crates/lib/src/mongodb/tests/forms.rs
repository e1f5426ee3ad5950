//! Values as BSON and back: the same as JSON, except for times.

use std::collections::{BTreeMap, BTreeSet};

use mongodb::bson::{DateTime, RawBsonRef, RawDocument, rawdoc};
use palisade_core::system::time::Timestamp;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::mongodb::{decode, encode, json};

fn as_json(document: &RawDocument) -> serde_json::Value {
    json(RawBsonRef::Document(document)).unwrap()
}

/// Any JSON, including keys like operators and dates.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1e9..1e9_f64).prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    let name = prop_oneof![
        "[a-z.$]{1,6}",
        Just("$date".to_owned()),
        Just("$numberLong".to_owned()),
        Just("$oid".to_owned())
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(name.clone(), inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn values_read_from_bson_equal_those_read_from_json(value in any_json()) {
        let document = encode(&BTreeMap::from([("value", &value)])).unwrap();
        let expected = serde_json::json!({ "value": value });
        prop_assert_eq!(&decode::<serde_json::Value>(&document).unwrap(), &expected);
        prop_assert_eq!(as_json(&document), expected);
    }

    #[test]
    fn invalid_bson_is_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        // With a length and an end of its own it passes the first check.
        let mut framed = i32::try_from(bytes.len() + 5).unwrap().to_le_bytes().to_vec();
        framed.extend(bytes);
        framed.push(0);
        let document = RawDocument::from_bytes(&framed).unwrap();
        let short = decode::<serde_json::Value>(document);
        if let (Ok(short), Ok(detour)) = (short, json(RawBsonRef::Document(document))) {
            prop_assert_eq!(short, detour);
        }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct New(u8);
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    New(u8),
    Tuple(u8, bool),
    Struct { a: i16 },
}
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Tagged {
    Verification { at: Timestamp },
}
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Whole {
    unit: Unit,
    new: New,
    shapes: Vec<Shape>,
    tagged: Tagged,
    set: BTreeSet<u32>,
    tuple: (char, f32),
    none: Option<u8>,
    some: Option<Timestamp>,
    #[serde(flatten)]
    flat: BTreeMap<String, Timestamp>,
}

fn whole(at: Timestamp) -> Whole {
    Whole {
        unit: Unit,
        new: New(1),
        shapes: vec![Shape::Unit, Shape::New(2), Shape::Tuple(3, true), Shape::Struct { a: -4 }],
        tagged: Tagged::Verification { at },
        set: BTreeSet::from([3, 1]),
        tuple: ('é', 0.5),
        none: None,
        some: Some(at),
        flat: [("seen".to_owned(), at)].into(),
    }
}

#[test]
fn every_shape_is_encoded_as_in_json_except_times() {
    let at = Timestamp::from_millis(-7);
    let whole = whole(at);
    let document = encode(&whole).unwrap();
    for found in
        [document.get("some"), document.get("seen"), document.get_document("tagged").unwrap().get("at")]
    {
        assert_eq!(found.unwrap(), Some(RawBsonRef::DateTime(DateTime::from_millis(-7))));
    }
    assert_eq!(document.get("new").unwrap(), Some(RawBsonRef::Int64(1)));
    assert_eq!(as_json(&document), serde_json::to_value(&whole).unwrap());
    let by_number = BTreeMap::from([(1, "one")]);
    assert_eq!(as_json(&encode(&by_number).unwrap()), serde_json::json!({ "1": "one" }));
    assert!(encode(&BTreeMap::from([("n", u64::MAX)])).is_err());
    assert!(encode(&BTreeMap::from([("a\0b", 1)])).is_err());
    assert!(encode(&1).is_err());
}

#[test]
fn every_shape_is_decoded_without_the_fallback() {
    let whole = whole(Timestamp::from_millis(1_700_000_000_123));
    assert_eq!(decode::<Whole>(&encode(&whole).unwrap()).unwrap(), whole);
}

#[test]
fn the_fast_decoder_accepts_nothing_that_json_refuses() {
    type Numbers = BTreeMap<String, u8>;
    for wrong in [
        rawdoc! { "a": -1_i64 },
        rawdoc! { "a": 256_i64 },
        rawdoc! { "a": "1" },
        rawdoc! { "a": null },
        rawdoc! { "a": 1.0 },
        rawdoc! { "a": { "$numberLong": "1" } },
    ] {
        assert!(serde_json::from_value::<Numbers>(as_json(&wrong)).is_err(), "{wrong:?}");
        assert!(decode::<Numbers>(&wrong).is_err(), "{wrong:?}");
    }
    type Shapes = BTreeMap<String, Shape>;
    for wrong in [
        rawdoc! { "a": { "New": 1_i64, "Unit": null } },
        rawdoc! { "a": { "Tuple": [1_i64, true, 3_i64] } },
        rawdoc! { "a": { "Tuple": [1_i64] } },
        rawdoc! { "a": "New" },
        rawdoc! { "a": "Else" },
        rawdoc! { "a": {} },
    ] {
        assert!(serde_json::from_value::<Shapes>(as_json(&wrong)).is_err(), "{wrong:?}");
        assert!(decode::<Shapes>(&wrong).is_err(), "{wrong:?}");
    }
}
