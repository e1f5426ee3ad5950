//! The list of all collections.

use palisade_lib::store::CollectionDef;

use crate::{audit, auth, keys, mail, user, webhook};

/// All collections.
pub(crate) fn collections() -> Vec<&'static CollectionDef> {
    let mut collections = vec![super::COLLECTION, keys::COLLECTION, mail::COLLECTION];
    collections.extend(auth::COLLECTIONS);
    collections.extend(user::COLLECTIONS);
    collections.extend(webhook::COLLECTIONS);
    // Last: whoever misses keys is told first which users they belong to.
    collections.extend(audit::COLLECTIONS);
    collections
}
