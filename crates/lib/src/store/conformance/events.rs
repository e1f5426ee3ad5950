//! Documents with odd keys, and documents in the order of their insertion.

use super::*;

/// A key that differs from the stored value.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Mislabelled(pub String);

impl Key for Mislabelled {
    const KIND: KeyKind = KeyKind::Text;

    fn to_key(&self) -> KeyValue {
        KeyValue::Text(self.0.to_uppercase())
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Parcel {
    pub label: Mislabelled,
}

collection! {
    Parcel in "parcels" {
        id: EventId,
        version: 1,
        kind: soft(purge: after_retention),
        pub(crate) index BY_LABEL: ascending label: Mislabelled;
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub number: i64,
}

collection! {
    Event in "events" {
        id: EventId,
        version: 1,
        kind: soft(purge: after_retention),
        pub(crate) index FEED: oldest_first;
        pub(crate) index LATEST: newest_first;
    }
}
