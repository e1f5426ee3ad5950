//! The finished documents, for the routes that show them. Those routes are part of the documents, so they are
//! mounted first and the documents follow.

use std::sync::{Arc, OnceLock};

use super::document::{Info, document};
use super::reference::reference_page;
use crate::errors::AppError;
use crate::output::{BuiltInPage, Document};
use crate::routes::Mounts;
use crate::utils::templates::TemplateError;

/// The OpenAPI document and the reference page of a server. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Documentation(Arc<OnceLock<Finished>>);

#[derive(Debug)]
struct Finished {
    json: Vec<u8>,
    page: BuiltInPage,
}

impl Documentation {
    /// No documents yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Describes the mounted routes. Once, before the server serves; a second call changes nothing.
    ///
    /// # Errors
    /// A defect of the templates of the reference page.
    pub fn describe(&self, mounted: &Mounts, info: Info) -> Result<(), TemplateError> {
        let document = document(mounted, info);
        let page = reference_page(&document)?;
        self.0.get_or_init(|| Finished { json: document.to_json(), page });
        Ok(())
    }

    /// The OpenAPI document.
    ///
    /// # Errors
    /// A bug: the server serves and was never described.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn document(&self) -> Result<Document, AppError> {
        Ok(Document::openapi(self.finished()?.json.clone()))
    }

    /// The reference page.
    ///
    /// # Errors
    /// A bug: the server serves and was never described.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn page(&self) -> Result<BuiltInPage, AppError> {
        Ok(self.finished()?.page.clone())
    }

    fn finished(&self) -> Result<&Finished, AppError> {
        self.0.get().ok_or_else(|| AppError::internal("the routes were never described"))
    }
}
