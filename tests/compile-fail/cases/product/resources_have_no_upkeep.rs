//! The resources of a product read and write documents: they do not clear a collection, and do not withhold the store.

use palisade_lib::store::CollectionDef;
use palisade_modules::product::Resources;

pub async fn start_over(resources: &Resources, notes: &'static CollectionDef) {
    let _ = resources.documents().clear(notes).await;
    resources.documents().withhold(Some("starting over"));
}
