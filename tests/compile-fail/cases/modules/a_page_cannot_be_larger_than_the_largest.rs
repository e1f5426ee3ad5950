//! No unbounded query: a limit past the largest one has no constructor.

use palisade_core::utils::pagination::{PageSize, PageRequest};

pub fn everything() -> PageRequest {
    PageRequest::new(PageSize(1_000_000), None)
}
