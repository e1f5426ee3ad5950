//! No unbounded query: a limit past the largest one has no constructor.

use palisade_core::utils::pagination::{Limit, PageRequest};

pub fn everything() -> PageRequest {
    PageRequest::new(Limit(1_000_000), None)
}
