//! No database in a route: the connections are not among what `app` depends on.

use palisade_lib::store::Store;

pub fn query(store: &Store) {}
