//! Values as BSON and back: what JSON would have, but for times.

use std::collections::BTreeSet;

use mongodb::bson::Bson;
use palisade_core::utils::time::Timestamp;
use proptest::prelude::*;

use crate::mongodb::{document, encode, json};

/// Any JSON there is, keys like operators and dates among them.
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
    fn a_value_comes_back_as_json_would_have_it(value in any_json()) {
        let document = encode(&std::collections::BTreeMap::from([("value", &value)])).unwrap();
        prop_assert_eq!(json(document.get("value").unwrap().clone()), value);
    }
}

#[test]
fn every_form_of_a_type_is_as_in_json_but_for_times() {
    use serde::Serialize;

    #[derive(Serialize)]
    struct Unit;
    #[derive(Serialize)]
    struct New(u8);
    #[derive(Serialize)]
    enum Shape {
        Unit,
        New(u8),
        Tuple(u8, bool),
        Struct { a: i16 },
    }
    #[derive(Serialize)]
    #[serde(tag = "kind", rename_all = "camelCase")]
    enum Tagged {
        Verification { at: Timestamp },
    }
    #[derive(Serialize)]
    struct Whole {
        unit: Unit,
        new: New,
        shapes: Vec<Shape>,
        tagged: Tagged,
        set: BTreeSet<u32>,
        tuple: (char, f32),
        none: Option<u8>,
        some: Option<Timestamp>,
        by_number: std::collections::BTreeMap<u8, &'static str>,
        #[serde(flatten)]
        flat: std::collections::BTreeMap<&'static str, Timestamp>,
    }
    let at = Timestamp::from_millis(-7);
    let whole = Whole {
        unit: Unit,
        new: New(1),
        shapes: vec![Shape::Unit, Shape::New(2), Shape::Tuple(3, true), Shape::Struct { a: -4 }],
        tagged: Tagged::Verification { at },
        set: BTreeSet::from([3, 1]),
        tuple: ('é', 0.5),
        none: None,
        some: Some(at),
        by_number: [(1, "one")].into(),
        flat: [("seen", at)].into(),
    };
    let document = encode(&whole).unwrap();
    for path in
        [document.get("some"), document.get("seen"), document.get_document("tagged").unwrap().get("at")]
    {
        assert_eq!(path, Some(&document::date(at)));
    }
    assert_eq!(document.get("new"), Some(&Bson::Int64(1)));
    assert_eq!(json(document.into()), serde_json::to_value(&whole).unwrap());
    assert!(encode(&std::collections::BTreeMap::from([("n", u64::MAX)])).is_err());
    assert!(encode(&std::collections::BTreeMap::from([("a\0b", 1)])).is_err());
    assert!(encode(&1).is_err());
}
