//! The bounds of ids, documents, batches and walks.

use std::time::Duration;

/// The maximum length of an id or a text key in bytes. Two of them and a tag fit into the longest cursor.
pub const MAX_KEY_BYTES: usize = 360;

/// The maximum size of a document in bytes, as JSON.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// The maximum number of writes in a batch.
pub const MAX_BATCH: usize = 100;

/// The number of documents in one step of a walk (a tail, a rewrite, a sweep).
pub const WALK_STEP: u32 = 100;

/// After this long a batch has been written or never will be, on every engine. A tail re-reads this span.
pub const BATCH_DEADLINE: Duration = Duration::from_secs(10);
