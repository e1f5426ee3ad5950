//! A collection whose documents expire states the reason.

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
