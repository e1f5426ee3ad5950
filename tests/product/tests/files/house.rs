//! The product: its routes, its server, and the forms of its clients.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_api_tests::Answer;
use palisade_api_tests::{Client, World};
use palisade_core::errors::{AppError, codes};
use palisade_core::files::{FileKey, FileName, FileStore, MediaType};
use palisade_core::identity::AuthenticatedUser;
use palisade_core::input::{Nothing, Upload, Uploaded};
use palisade_core::limits::NORMAL;
use palisade_core::output::{Created, Download};
use palisade_core::ports::{SystemClock, SystemRng};
use palisade_core::routes::{Routes, get, post};
use palisade_core::values::Id as _;
use palisade_core::{id, input, text, view};
use palisade_lib::files::FileFolder;
use parking_lot::Mutex;

pub(crate) const ADA: &str = "ada@example.org";
pub(crate) const FILES: &str = "/files";

id! {
    /// A file.
    pub FileId = "fil";
}
text! {
    /// A folder of the product.
    pub Album, 1..=10 characters, |text| Ok(text);
}
input! {
    /// Where a picture goes.
    pub struct Into {
        query { album: Option<Album> }
    }
}
input! {
    /// Which file.
    pub struct FilePath {
        path { id: FileId }
        query { shown: Option<Album> }
    }
}
view! {
    /// A kept file.
    pub struct FileView = "File" {
        /// Its id.
        id: FileId,
        /// Its name.
        name: FileName,
        /// Its length in bytes.
        length: i64,
    }
}

pub(crate) type Names = Arc<Mutex<HashMap<String, (FileName, MediaType)>>>;

#[derive(Clone, Debug)]
pub(crate) struct Files {
    pub(crate) folder: FileFolder,
    pub(crate) names: Names,
}

pub(crate) async fn take<I>(
    files: Files,
    _: AuthenticatedUser,
    sent: Uploaded<I>,
) -> Result<Created<FileView>, AppError> {
    let id = FileId::generate(&SystemClock::new(), &SystemRng);
    let (name, media_type) = (sent.file.name().clone(), sent.file.media_type().clone());
    let length = i64::try_from(sent.file.length()).unwrap();
    sent.file.keep(&id).await?;
    files.names.lock().insert(id.to_string(), (name.clone(), media_type));
    Ok(Created::new(FileView { id, name, length }))
}

/// Looks at the file, and does not want it.
pub(crate) async fn refuse(
    _: Files,
    _: AuthenticatedUser,
    sent: Uploaded<Nothing>,
) -> Result<Created<FileView>, AppError> {
    assert!(sent.file.length() > 0);
    Err(AppError::new(&codes::CONFLICT))
}

pub(crate) async fn give(files: Files, _: AuthenticatedUser, asked: FilePath) -> Result<Download, AppError> {
    let key = FileKey::of(&asked.id);
    let file = files.folder.open(&key).await?.ok_or_else(|| AppError::new(&codes::NOT_FOUND))?;
    let (name, media_type) = files.names.lock().get(key.as_str()).cloned().unwrap();
    let download = Download::attachment(file, name, media_type);
    Ok(if asked.shown.is_some() { download.shown() } else { download })
}

pub(crate) const ANY: Upload = Upload::of("file", 100_000);
pub(crate) const PICTURE: Upload = Upload::of("picture", 1000).types(&["image/png", "image/jpeg"]);
pub(crate) const HUGE: Upload = Upload::of("file", 4 * 1024 * 1024 * 1024);

pub(crate) fn routes(folder: &FileFolder) -> Routes<Files> {
    let store = || -> Arc<dyn FileStore> { Arc::new(folder.clone()) };
    Routes::new()
        .add(post("/files").limit(NORMAL).session().input::<Into>().uploads(store(), ANY).handle(take))
        .add(post("/pictures").limit(NORMAL).session().no_input().uploads(store(), PICTURE).handle(take))
        .add(post("/huge").limit(NORMAL).session().no_input().uploads(store(), HUGE).handle(take))
        .add(post("/refused").limit(NORMAL).session().no_input().uploads(store(), ANY).handle(refuse))
        .add(get("/files/{id}").limit(NORMAL).session().input::<FilePath>().handle(give))
}

/// A server with these routes, and its folder.
pub(crate) struct House {
    pub(crate) world: World,
    pub(crate) root: tempfile::TempDir,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = FileFolder::at(root.path());
        let state = Files { folder: folder.clone(), names: Names::default() };
        let world = World::serving_also(variables, move |mount| mount.at("", routes(&folder), state)).await;
        Self { world, root }
    }

    /// The number of files that are being written, and that are kept.
    pub(crate) fn count(&self) -> (usize, usize) {
        fn files(folder: &Path) -> usize {
            let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
            let paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
            paths.iter().map(|path| if path.is_dir() { files(path) } else { 1 }).sum()
        }
        (files(&self.root.path().join("staged")), files(&self.root.path().join("kept")))
    }
}

pub(crate) const BOUNDARY: &str = "----a-boundary";
pub(crate) const FORM: (&str, &str) = ("Content-Type", "multipart/form-data; boundary=----a-boundary");

/// The head of a part.
pub(crate) fn head(field: &str, name: &str, kind: &str) -> String {
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
    )
}

pub(crate) fn form(parts: &[(&str, &str, &str, &str)]) -> Vec<u8> {
    let mut sent = String::new();
    for (field, name, kind, text) in parts {
        sent.extend([&*head(field, name, kind), text, "\r\n"]);
    }
    format!("{sent}--{BOUNDARY}--\r\n").into_bytes()
}

pub(crate) async fn send(client: &mut Client, path: &str, body: &[u8]) -> Answer {
    client.send("POST", path, &[FORM], body).await
}

/// Uploads a text, and returns the path of the file.
pub(crate) async fn uploaded(client: &mut Client, name: &str, kind: &str, text: &str) -> String {
    let answer = send(client, FILES, &form(&[("file", name, kind, text)])).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.at("/data/length"), text.len());
    format!("{FILES}/{}", answer.at("/data/id").as_str().unwrap())
}

/// The head of a request of this user, which a test finishes by hand.
pub(crate) fn by_hand(client: &Client, path: &str, framing: &str) -> String {
    let token = client.cookie("palisade-access").unwrap();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{}: {}\r\n{framing}\r\n\r\n",
        FORM.0, FORM.1
    )
}
