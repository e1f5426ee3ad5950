//! No database in a route: `app` does not depend on the connections.

use palisade_lib::store::Store;

pub fn query(store: &Store) {}
