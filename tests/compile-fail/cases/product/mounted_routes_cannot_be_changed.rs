//! The server serves routes as declared: a mounted route keeps its path, its limit and its access.

use std::sync::Arc;

use palisade_core::routes::Declaration;
use palisade_core::routes::Mounted;

pub fn elsewhere(mounted: &mut Mounted) {
    mounted.path = "/api/v1/public/users".to_owned();
}

pub fn otherwise(mounted: &mut Mounted, other: Arc<Declaration>) {
    mounted.declaration = other;
}
