//! The data of a request for the access log.

use std::sync::Arc;

use super::phase::Phase;

/// The data that the phases have recorded: for the access log, and for the answer to a request whose route gives none.
#[derive(Clone, Debug)]
pub(crate) struct AccessRecord {
    pub(crate) phase: Phase,
    pub(crate) route: Option<Arc<str>>,
    /// Whether the request may be for a page: any request that leads nowhere may be.
    pub(crate) is_shown: bool,
    pub(crate) user: Option<Arc<str>>,
    /// The API key that a program of that user presented.
    pub(crate) key: Option<Arc<str>>,
    pub(crate) code: Option<&'static str>,
}

impl Default for AccessRecord {
    fn default() -> Self {
        Self { phase: Phase::Arrival, route: None, is_shown: true, user: None, key: None, code: None }
    }
}
