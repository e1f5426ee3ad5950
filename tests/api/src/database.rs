//! The database of a world, and access to it without the server.

mod beside;
mod documents;
mod structure;

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use palisade_test::Database as Place;
use palisade_test_servers::MongoDatabase;

pub use documents::Copy;
pub use palisade_test::{ENGINE, is_mongodb};

/// The database of one or several servers. The last clone drops a MongoDB database; a file goes with its folder.
#[derive(Clone, Debug)]
pub struct Database(Place);

impl Database {
    /// An empty database on the engine of this run: a file in this folder, or a database of the replica set.
    pub fn of_this_run(folder: &Path) -> Self {
        Self(Place::of_this_run(folder))
    }

    /// A file of the embedded engine.
    pub fn sqlite(file: &Path) -> Self {
        Self(Place::Sqlite(format!("sqlite://{}", file.display())))
    }

    /// A database of a replica set.
    pub fn mongodb(database: &Arc<MongoDatabase>) -> Self {
        Self(Place::MongoDb(Arc::clone(database)))
    }

    /// The database of a world.
    pub fn at(place: Place) -> Self {
        Self(place)
    }

    /// Whether it is one of a replica set.
    pub fn is_mongodb(&self) -> bool {
        matches!(self.0, Place::MongoDb(_))
    }
}

impl Deref for Database {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.0
    }
}
