//! The list of all collections.

use palisade_lib::store::CollectionDef;

use crate::{auth, keys, mail, user};

/// All collections.
pub(crate) fn collections() -> Vec<&'static CollectionDef> {
    let mut collections = vec![super::COLLECTION, keys::COLLECTION, mail::COLLECTION];
    collections.extend(auth::COLLECTIONS);
    collections.extend(user::COLLECTIONS);
    collections
}
