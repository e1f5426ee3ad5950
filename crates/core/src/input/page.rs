//! The parameters of every list.

use super::ParameterDoc;
use crate::utils::pagination::{Cursor, PageRequest, PageSize};

impl PageRequest {
    /// The two query parameters of every list.
    pub fn page() -> [ParameterDoc; 2] {
        [ParameterDoc::of::<Option<PageSize>>("limit"), ParameterDoc::of::<Option<Cursor>>("cursor")]
    }
}
