//! How much a store takes at once.

use std::time::Duration;

/// Bytes of an id or a text key at most. Two of them and a tag fit into the longest cursor.
pub const MAX_KEY_BYTES: usize = 360;

/// Bytes of a document at most, as JSON.
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

/// Writes of a batch at most.
pub const MAX_BATCH: usize = 100;

/// Documents in one step of a walk (a tail, a rewrite, a sweep).
pub const WALK_STEP: u32 = 100;

/// After this long a batch is written or it never will be, on every engine. What a tail re-reads.
pub const BATCH_DEADLINE: Duration = Duration::from_secs(10);
