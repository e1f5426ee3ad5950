//! The parameters of every list.

use super::ParameterDoc;
use crate::utils::pagination::{Cursor, PageRequest, PageSize};

impl PageRequest {
    /// The two query parameters of every list.
    pub fn page() -> [ParameterDoc; 2] {
        [ParameterDoc::of::<Option<PageSize>>("limit"), ParameterDoc::of::<Option<Cursor>>("cursor")]
    }

    /// Those of a list that grows at its end: the reader comes back with the last cursor.
    pub fn feed() -> [ParameterDoc; 2] {
        [ParameterDoc::of::<Option<PageSize>>("limit"), ParameterDoc::of::<Option<Cursor>>("after")]
    }
}
