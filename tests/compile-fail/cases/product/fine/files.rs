//! Routes with an upload and a download, over a folder.

use std::sync::Arc;

use palisade_core::errors::{AppError, codes};
use palisade_core::files::{FileKey, FileName, FileStore, MediaType};
use palisade_core::identity::{AuthenticatedUser, UserId};
use palisade_core::input::{Nothing, Upload, Uploaded};
use palisade_core::limits::NORMAL;
use palisade_core::output::{Accepted, Download};
use palisade_core::routes::{Routes, get, put};
use palisade_lib::files::FileFolder;

const PICTURE: Upload = Upload::of("picture", 1_000_000).types(&["image/png", "image/jpeg"]);

pub fn routes(folder: &FileFolder) -> Routes<FileFolder> {
    let store: Arc<dyn FileStore> = Arc::new(folder.clone());
    Routes::new()
        .add(put("/me/picture").limit(NORMAL).session().no_input().uploads(store, PICTURE).handle(take))
        .add(get("/me/picture").limit(NORMAL).session().no_input().handle(give))
}

async fn take(_: FileFolder, by: AuthenticatedUser, sent: Uploaded<Nothing>) -> Result<Accepted, AppError> {
    let id: UserId = by.user_id();
    sent.file.keep(&id).await?;
    Ok(Accepted::new())
}

async fn give(folder: FileFolder, by: AuthenticatedUser, _: Nothing) -> Result<Download, AppError> {
    let file = folder.open(&FileKey::of(&by.user_id())).await?;
    let file = file.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?;
    let (name, kind) = (FileName::parse("picture.png"), MediaType::parse("image/png"));
    let wrong = |_| AppError::internal("a constant that is no name");
    Ok(Download::attachment(file, name.map_err(wrong)?, kind.map_err(wrong)?).shown())
}
