//! The list of all collections.

use palisade_lib::store::CollectionDef;

use crate::product::Additions;
use crate::{audit, auth, keys, mail, own_jobs, user, webhook};

/// All collections, those of the product among them.
pub(crate) fn collections(additions: &Additions) -> Vec<&'static CollectionDef> {
    let mut collections = vec![super::COLLECTION, keys::COLLECTION, mail::COLLECTION];
    collections.extend(auth::COLLECTIONS);
    collections.extend(user::COLLECTIONS);
    collections.extend(webhook::COLLECTIONS);
    collections.extend(additions.collections);
    if !additions.jobs.is_empty() {
        collections.push(own_jobs::COLLECTION);
    }
    // Last: whoever misses keys is told first which users they belong to.
    collections.extend(audit::COLLECTIONS);
    collections
}
