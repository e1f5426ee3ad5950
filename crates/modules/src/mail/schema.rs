//! What is stored of mail.

use std::fmt;
use std::time::Duration;

use palisade_core::system::time::Timestamp;
use palisade_core::values::{Key, KeyKind, KeyValue};
use palisade_lib::collection;
use palisade_lib::store::{CollectionDef, Declared as _, Fields, UpgradeError};
use serde::{Deserialize, Serialize};

palisade_core::id! {
    /// A mail.
    pub(crate) MailId = "mal";
}

/// How long a mail without a link may wait, and an intent. What nobody took by then is worth nothing to anybody.
pub(super) const WAITING: Duration = Duration::from_hours(7 * 24);

/// How far a mail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailState {
    /// Somebody wants it; what it says is not decided.
    Intended,
    /// The message is written; it waits for delivery, or for delivery again. It is never rendered a second time.
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
    /// Which kind of mail; known to whoever renders.
    pub(crate) purpose: String,
    pub(crate) state: MailState,
    /// While it waits: when a worker may take it next. A worker that took it keeps moving this ahead of the clock, so that
    /// no other takes it too, and another does soon when that one dies. Once it has come to rest: when it did.
    pub(crate) due_at: Timestamp,
    /// How often a worker took it.
    pub(crate) attempts: i64,
    /// How many of the last attempts came to no end: their worker died.
    pub(crate) unfinished: i64,
    /// Which mails it keeps its order with: those of its purpose to its address, as a keyed hash. Empty: with none.
    pub(crate) line: String,
    /// Why the last attempt came to nothing. Names nobody.
    pub(crate) reason: Option<String>,
    /// From then on nobody is served by it any more: its link has ended.
    pub(crate) worthless_at: Timestamp,
    /// The intent, then the message, sealed. Gone once nobody needs it.
    pub(crate) sealed: Option<String>,
    pub(crate) expires_at: Timestamp,
}

collection! {
    Mail in "mails" {
        id: MailId,
        version: 2,
        upgrades: [to_version_2],
        kind: ephemeral("what was mailed is kept only as long as somebody may look for it", |mail| mail.expires_at),
        pub(crate) index DUE: (state: MailState) ascending due_at: Timestamp;
        pub(crate) index AT_REST: (state: MailState) descending due_at: Timestamp;
        pub(crate) index LINE: (line: String, state: MailState) oldest_first;
        pub(crate) index SINCE: (state: MailState) oldest_first;
    }
}

/// Mails of the first version had a number of attempts instead of an end, and no order.
fn to_version_2(mail: &mut Fields) -> Result<(), UpgradeError> {
    let ends = mail.take::<Timestamp>("expiresAt")?.ok_or_else(|| UpgradeError::new("expiresAt"))?;
    mail.put("expiresAt", ends)?;
    mail.put("worthlessAt", ends)?;
    mail.put("unfinished", 0_i64)?;
    mail.put("line", "")?;
    mail.put("reason", None::<String>)
}

/// The collection of this module.
pub(crate) const COLLECTION: &CollectionDef = Mail::DEF;
