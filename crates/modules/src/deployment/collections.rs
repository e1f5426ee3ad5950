//! The list of all collections.

use palisade_lib::store::CollectionDef;

use crate::{audit, auth, keys, mail, user};

/// All collections.
pub(crate) fn collections() -> Vec<&'static CollectionDef> {
    let mut collections = vec![super::COLLECTION, keys::COLLECTION, mail::COLLECTION];
    collections.extend(audit::COLLECTIONS);
    collections.extend(auth::COLLECTIONS);
    collections.extend(user::COLLECTIONS);
    collections
}
