//! Files of people: their names and types, and the port that keeps their bytes. The store keeps documents, no files.

mod media_type;
mod name;
mod store;

pub use media_type::MediaType;
pub use name::FileName;
pub use store::{FileError, FileKey, FileStore, NewFile, OpenFile, ReadFile};
