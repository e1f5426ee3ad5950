//! Files that a form uploads (`multipart/form-data`, RFC 7578): written while they arrive, kept by the handler, or gone.

use std::fmt;
use std::sync::Arc;

use super::{AnyInput, Demand, Input, Meets, Upload};
use crate::files::{FileError, FileKey, FileName, FileStore, MediaType, NewFile};
use crate::values::Id;

/// The input of a route with an upload.
#[derive(Debug)]
pub struct Uploaded<I> {
    /// What the route reads of its path and its query.
    pub input: I,
    /// The file, whole, but not kept yet.
    pub file: StagedFile,
}

impl<I: Input> Meets<AnyInput> for Uploaded<I> {
    fn demand(&self) -> Demand<'_> {
        Demand::Nothing
    }
}

/// A file that has arrived whole. Unless the handler keeps it, nothing of it stays.
#[must_use = "a file that is not kept is removed"]
pub struct StagedFile {
    pub(crate) name: FileName,
    pub(crate) media_type: MediaType,
    pub(crate) length: u64,
    pub(crate) written: Box<dyn NewFile>,
}

impl StagedFile {
    /// The name that its owner gave it.
    pub fn name(&self) -> &FileName {
        &self.name
    }

    /// The type, as its sender says.
    pub fn media_type(&self) -> &MediaType {
        &self.media_type
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Keeps it under the key of this id, whole and durable. Do it before the document that names it is written, and remove the
    /// file again if that fails: a file without a document wastes room, a document without a file breaks its readers.
    ///
    /// # Errors
    /// If there is a file under the key, or the store fails; then nothing of it stays.
    pub async fn keep<T: Id>(self, id: &T) -> Result<FileKey, FileError> {
        let key = FileKey::of(id);
        self.written.keep(key.clone()).await?;
        Ok(key)
    }
}

impl fmt::Debug for StagedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StagedFile")
            .field("media_type", &self.media_type)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Where uploads of a route go.
#[derive(Clone, Debug)]
pub(crate) struct UploadTarget {
    pub(crate) store: Arc<dyn FileStore>,
    pub(crate) upload: Upload,
}
