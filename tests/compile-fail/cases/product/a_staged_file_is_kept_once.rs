//! A file of an upload is kept under one key, or gone.

use palisade_core::files::{FileError, FileKey};
use palisade_core::identity::UserId;
use palisade_core::input::StagedFile;

pub async fn twice(file: StagedFile, one: UserId, other: UserId) -> Result<[FileKey; 2], FileError> {
    Ok([file.keep(&one).await?, file.keep(&other).await?])
}
