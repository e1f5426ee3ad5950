//! The key of a file is that of a typed id: no text of a caller is a path of the server.

use palisade_core::files::FileKey;

pub fn key(sent: String) -> FileKey {
    FileKey::of(&sent)
}
