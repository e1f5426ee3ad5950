//! Files in a folder of this machine.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use palisade_core::files::{FileError, FileKey, FileStore, NewFile, OpenFile, ReadFile};
use palisade_core::system::time::Timestamp;
use tempfile::NamedTempFile;

/// How much of a file is in memory at once, in bytes.
const CHUNK: u64 = 128 * 1024;

/// Files in a folder of this machine, or of a network file system that several instances share. It is created with the first
/// file: `kept` holds whole files, `staged` those that are being written.
///
/// A crash may leave files in `staged`: [`sweep`](Self::sweep) removes them, for a job of the product.
#[derive(Clone, Debug)]
pub struct FileFolder(Arc<Path>);

impl FileFolder {
    /// The files in this folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into().into())
    }

    /// Removes what was staged before that time and never kept. Returns how many files it removed.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub async fn sweep(&self, before: Timestamp) -> Result<u64, FileError> {
        let staged = self.staged();
        blocking(move || {
            let entries = match std::fs::read_dir(staged) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
                entries => entries?,
            };
            let mut removed = 0;
            for entry in entries {
                let entry = entry?;
                let age = entry.metadata()?.modified()?.duration_since(std::time::UNIX_EPOCH);
                let written = age.map_err(io::Error::other)?.as_millis();
                if i128::try_from(written).is_ok_and(|written| written < i128::from(before.as_millis())) {
                    std::fs::remove_file(entry.path())?;
                    removed += 1;
                }
            }
            Ok(removed)
        })
        .await
    }

    fn staged(&self) -> PathBuf {
        self.0.join("staged")
    }

    /// Folders by the last two characters of the key, which are random in an id: no folder gets too long.
    fn path(&self, key: &FileKey) -> PathBuf {
        let text = key.as_str();
        let part = text.get(text.len().saturating_sub(2)..).unwrap_or(text);
        self.0.join("kept").join(part).join(text)
    }
}

/// Runs file system calls on a thread that may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, FileError> {
    let ran = tokio::task::spawn_blocking(work).await.map_err(|error| FileError::Store(Box::new(error)))?;
    Ok(ran?)
}

impl FileStore for FileFolder {
    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn NewFile>, FileError>> {
        let (folder, staged) = (self.clone(), self.staged());
        Box::pin(async move {
            let file = blocking(move || {
                std::fs::create_dir_all(&staged)?;
                NamedTempFile::new_in(&staged)
            })
            .await?;
            let begun: Box<dyn NewFile> = Box::new(Staged { folder, file: Some(file) });
            Ok(begun)
        })
    }

    fn open<'a>(&'a self, key: &'a FileKey) -> BoxFuture<'a, Result<Option<OpenFile>, FileError>> {
        let path = self.path(key);
        Box::pin(async move {
            let opened = blocking(move || match File::open(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                file => {
                    let file = file?;
                    let length = file.metadata()?.len();
                    Ok(Some((file, length)))
                }
            })
            .await?;
            let open = |(file, length)| OpenFile { key: key.clone(), length, reader: Box::new(Opened(file)) };
            Ok(opened.map(open))
        })
    }

    fn remove<'a>(&'a self, key: &'a FileKey) -> BoxFuture<'a, Result<(), FileError>> {
        let path = self.path(key);
        Box::pin(blocking(move || match std::fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }))
    }
}

/// A file that is being written. `tempfile` removes it when it is dropped.
#[derive(Debug)]
struct Staged {
    folder: FileFolder,
    /// `None` while it is written to, and after a failure.
    file: Option<NamedTempFile>,
}

fn broken() -> FileError {
    FileError::Store("a write to the file failed before".into())
}

impl NewFile for Staged {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), FileError>> {
        Box::pin(async move {
            let mut file = self.file.take().ok_or_else(broken)?;
            let written = blocking(move || file.write_all(&bytes).map(|()| file)).await?;
            self.file = Some(written);
            Ok(())
        })
    }

    fn keep(self: Box<Self>, key: FileKey) -> BoxFuture<'static, Result<(), FileError>> {
        Box::pin(async move {
            let Self { folder, file } = *self;
            let (file, path) = (file.ok_or_else(broken)?, folder.path(&key));
            let kept = blocking(move || {
                file.as_file().sync_all()?;
                let parent = path.parent().unwrap_or(&path).to_owned();
                std::fs::create_dir_all(&parent)?;
                match file.persist_noclobber(&path) {
                    Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
                    persisted => persisted.map_err(|error| error.error)?,
                };
                // The name is durable once its folder is.
                File::open(parent)?.sync_all()?;
                Ok(true)
            });
            if kept.await? { Ok(()) } else { Err(FileError::Taken(key)) }
        })
    }
}

/// A file that can be read.
#[derive(Debug)]
struct Opened(File);

impl ReadFile for Opened {
    fn read(self: Box<Self>, offset: u64, length: u64) -> BoxStream<'static, Result<Bytes, FileError>> {
        let chunks = stream::try_unfold((self.0, offset, length), |(mut file, at, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let read = blocking(move || {
                let mut chunk = Vec::new();
                file.seek(SeekFrom::Start(at))?;
                (&mut file).take(left.min(CHUNK)).read_to_end(&mut chunk)?;
                if chunk.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok((file, chunk)) }
            });
            let (file, chunk) = read.await?;
            let count = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            Ok(Some((Bytes::from(chunk), (file, at.saturating_add(count), left.saturating_sub(count)))))
        });
        chunks.boxed()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;
    use palisade_core::ports::{SystemClock, SystemRng};
    use palisade_core::values::Id as _;

    use super::*;

    palisade_core::id! {
        /// A file of the tests.
        pub FileId = "fil";
    }

    fn key() -> FileKey {
        FileKey::of(&FileId::generate(&SystemClock::new(), &SystemRng))
    }

    async fn kept(folder: &FileFolder, key: &FileKey, content: &[u8]) -> Result<(), FileError> {
        let mut file = folder.begin().await.unwrap();
        for part in content.chunks(70_000) {
            file.write(Bytes::copy_from_slice(part)).await.unwrap();
        }
        file.keep(key.clone()).await
    }

    async fn read(folder: &FileFolder, key: &FileKey, offset: u64, length: u64) -> Vec<u8> {
        let open = folder.open(key).await.unwrap().expect("a file");
        let parts: Vec<Bytes> = open.reader.read(offset, length).try_collect().await.unwrap();
        assert!(parts.iter().all(|part| part.len() <= 128 * 1024));
        parts.concat()
    }

    fn entries(path: &Path) -> usize {
        std::fs::read_dir(path).map_or(0, Iterator::count)
    }

    #[tokio::test]
    async fn a_kept_file_is_read_from_any_offset_until_it_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let (folder, key) = (FileFolder::at(root.path().join("files")), key());
        assert!(folder.open(&key).await.unwrap().is_none());
        folder.remove(&key).await.unwrap();
        let content: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
        kept(&folder, &key, &content).await.unwrap();
        assert_eq!(folder.open(&key).await.unwrap().unwrap().length, 300_000);
        assert_eq!(read(&folder, &key, 0, 300_000).await, content);
        assert_eq!(read(&folder, &key, 131_071, 2).await, &content[131_071..131_073]);
        assert_eq!(entries(&root.path().join("files/staged")), 0);
        let reading = folder.open(&key).await.unwrap().unwrap();
        folder.remove(&key).await.unwrap();
        assert!(folder.open(&key).await.unwrap().is_none());
        let parts: Vec<Bytes> = reading.reader.read(0, 300_000).try_collect().await.unwrap();
        assert_eq!(parts.concat(), content, "who reads it reads on");
    }

    #[tokio::test]
    async fn a_key_has_one_file_and_a_dropped_one_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let (folder, key) = (FileFolder::at(root.path()), key());
        kept(&folder, &key, b"first").await.unwrap();
        assert!(matches!(kept(&folder, &key, b"second").await, Err(FileError::Taken(taken)) if taken == key));
        assert_eq!(read(&folder, &key, 0, 5).await, b"first");
        let mut dropped = folder.begin().await.unwrap();
        dropped.write(Bytes::from_static(b"half")).await.unwrap();
        assert_eq!(entries(&root.path().join("staged")), 1);
        drop(dropped);
        assert_eq!(entries(&root.path().join("staged")), 0);
    }

    #[tokio::test]
    async fn what_a_crash_left_is_swept_once_it_is_old() {
        let root = tempfile::tempdir().unwrap();
        let folder = FileFolder::at(root.path());
        assert_eq!(folder.sweep(Timestamp::from_secs(4_000_000_000)).await.unwrap(), 0);
        std::fs::create_dir_all(root.path().join("staged")).unwrap();
        std::fs::write(root.path().join("staged/left"), "half").unwrap();
        assert_eq!(folder.sweep(Timestamp::from_secs(1_000_000_000)).await.unwrap(), 0);
        assert_eq!(folder.sweep(Timestamp::from_secs(4_000_000_000)).await.unwrap(), 1);
        assert_eq!(entries(&root.path().join("staged")), 0);
    }
}
