//! A collection whose documents vanish says why.

use palisade_core::system::time::Timestamp;

palisade_core::id! { pub LinkId = "lnk"; }

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Link {
    pub ends: Timestamp,
}

palisade_lib::collection! {
    Link in "links" {
        id: LinkId,
        version: 1,
        kind: ephemeral("", |link| link.ends),
    }
}
