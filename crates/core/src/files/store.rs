//! The port that keeps the bytes of files.

use std::fmt;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::values::Id;

/// The key of a file in its store: of a typed id, so that no text of a caller is one. A file never changes under its key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FileKey(String);

impl FileKey {
    /// The key of an id.
    pub fn of<T: Id>(id: &T) -> Self {
        Self(id.to_string())
    }

    /// The text: letters, digits and underscores.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a store of files cannot do.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is a file under the key.
    #[error("there is a file under the key {0:?}")]
    Taken(FileKey),
    /// The store is down, full, or another program changed its files.
    #[error("the store of files: {0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<std::io::Error> for FileError {
    fn from(error: std::io::Error) -> Self {
        Self::Store(Box::new(error))
    }
}

/// Keeps files. `palisade_lib::files::FileFolder` keeps them in a folder.
pub trait FileStore: Send + Sync + fmt::Debug {
    /// Begins a file, which nobody can read until it is kept.
    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn NewFile>, FileError>>;

    /// A file; `None` if there is none under the key.
    fn open<'a>(&'a self, key: &'a FileKey) -> BoxFuture<'a, Result<Option<OpenFile>, FileError>>;

    /// Removes a file, if there is one. Whoever reads it reads on.
    fn remove<'a>(&'a self, key: &'a FileKey) -> BoxFuture<'a, Result<(), FileError>>;
}

/// A file that is being written. Dropping it removes what was written.
pub trait NewFile: Send + Sync + fmt::Debug {
    /// Appends bytes.
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), FileError>>;

    /// Keeps it under a key, whole and durable.
    fn keep(self: Box<Self>, key: FileKey) -> BoxFuture<'static, Result<(), FileError>>;
}

/// A file that can be read.
#[derive(Debug)]
pub struct OpenFile {
    /// Its key, which names its content.
    pub key: FileKey,
    /// Its length in bytes.
    pub length: u64,
    /// Its bytes.
    pub reader: Box<dyn ReadFile>,
}

/// The bytes of a file.
pub trait ReadFile: Send + Sync + fmt::Debug {
    /// Reads `length` bytes from `offset` on, in parts of bounded size. The caller stays within the file.
    fn read(self: Box<Self>, offset: u64, length: u64) -> BoxStream<'static, Result<Bytes, FileError>>;
}
