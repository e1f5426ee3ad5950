//! What is stored of mail.

use std::fmt;

use palisade_core::utils::key::{Key, KeyKind, KeyValue};
use palisade_core::utils::time::Timestamp;
use palisade_lib::collection;
use serde::{Deserialize, Serialize};

palisade_core::id! {
    /// A mail.
    pub(crate) MailId = "mal";
}

/// How far a mail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailState {
    /// Somebody wants it; what it says is not decided.
    Intended,
    /// The letter is written; it waits for delivery, or for delivery again. It is never composed a second time.
    Composed,
    /// It was delivered.
    Sent,
    /// There was nothing to mail.
    Dropped,
    /// It was given up.
    Failed,
}

impl MailState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Composed => "composed",
            Self::Sent => "sent",
            Self::Dropped => "dropped",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for MailState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Key for MailState {
    const KIND: KeyKind = KeyKind::Text;

    fn to_key(&self) -> KeyValue {
        KeyValue::Text(self.as_str().to_owned())
    }
}

/// A mail in the outbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mail {
    /// Which kind of mail; known to whoever composes.
    pub(crate) purpose: String,
    pub(crate) state: MailState,
    /// While it waits: when a worker may take it next. A worker that took it moves this past the time it needs, so that
    /// no other takes it too, and another does if that one dies. Once it has come to rest: when it did.
    pub(crate) due_at: Timestamp,
    /// How often a worker took it.
    pub(crate) attempts: i64,
    /// The intent, then the letter, sealed. Gone once nobody needs it.
    pub(crate) sealed: Option<String>,
    pub(crate) expires_at: Timestamp,
}

collection! {
    Mail in "mails" {
        id: MailId,
        version: 1,
        kind: ephemeral("what was mailed is kept only as long as somebody may look for it", |mail| mail.expires_at),
        pub(crate) index DUE: (state: MailState) ascending due_at: Timestamp;
        pub(crate) index AT_REST: (state: MailState) descending due_at: Timestamp;
    }
}
