//! A file that is read from while nobody else can open it, so that what is copied out of it stands still.

use std::path::{Path, PathBuf};

use super::away;
use super::readers::PageReaders;
use super::{open, read, strangers};
use crate::store::plan::{PagePlan, Row};
use crate::store::spec::CollectionSpec;
use crate::store::{Look, OpenError, StoreError, Stranger};

/// A database that is held. Dropping it lets go.
#[derive(Debug)]
pub(crate) struct SqliteSource {
    pages: PageReaders,
    /// The file, however it was named.
    path: PathBuf,
}

impl SqliteSource {
    /// Takes hold of a file that is there.
    pub(crate) async fn open(path: PathBuf) -> Result<Self, OpenError> {
        away(move || Self::open_now(&path)).await
    }

    fn open_now(path: &Path) -> Result<Self, OpenError> {
        let pages = PageReaders::over(vec![open::alone(path)?])?;
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Ok(Self { pages, path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn page(&self, plan: PagePlan) -> Result<Vec<Row>, StoreError> {
        self.pages.run(move |connection| read::page(connection, &plan)).await
    }

    /// What is in the file and would be left behind.
    pub(crate) async fn strangers(
        &self,
        collections: Vec<&'static CollectionSpec>,
    ) -> Result<Vec<Stranger>, StoreError> {
        self.pages.run(move |connection| strangers::find(connection, &collections, Look::Documents)).await
    }

    pub(crate) async fn has(&self, collection: &'static CollectionSpec) -> Result<bool, StoreError> {
        self.pages.run(move |connection| read::has(connection, collection)).await
    }

    pub(crate) async fn size(&self, collection: &'static CollectionSpec) -> Result<u64, StoreError> {
        self.pages.run(move |connection| read::size(connection, collection)).await
    }
}
