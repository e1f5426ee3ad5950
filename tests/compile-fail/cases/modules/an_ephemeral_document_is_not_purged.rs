//! An expiring document needs no purge.

use palisade_core::system::time::Timestamp;
use palisade_lib::store::{Batch, Stored};

palisade_core::id! { pub LinkId = "lnk"; }

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Link {
    pub ends: Timestamp,
}

palisade_lib::collection! {
    Link in "links" {
        id: LinkId,
        version: 1,
        kind: ephemeral("a link is worth nothing after its time", |link| link.ends),
        pub index OLDEST: oldest_first;
    }
}

pub fn purge(link: &Stored<Link>) -> Batch {
    Batch::new().purge(link, std::time::Duration::from_secs(1))
}
