//! The stored documents of the mail module.

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

/// How long an intent or a mail without a link may wait. After that time it is no longer useful to its recipient.
pub(super) const WAITING: Duration = Duration::from_hours(7 * 24);

/// The progress of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailState {
    /// Requested; the text is not decided.
    Intended,
    /// The message is rendered; it waits for its first or next delivery. It is never rendered again.
    Composed,
    /// It was delivered.
    Sent,
    /// There was nothing to send.
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
    /// The kind of mail; the renderer knows it.
    pub(crate) purpose: String,
    pub(crate) state: MailState,
    /// For a waiting mail: when a worker may take it next. The worker that has it keeps moving this ahead of the
    /// clock, so that no other takes it too, and another does soon if that worker dies. For a mail at rest: when it
    /// came to rest.
    pub(crate) due_at: Timestamp,
    /// How often a worker took it.
    pub(crate) attempts: i64,
    /// How many of the last attempts did not finish: their worker died.
    pub(crate) unfinished: i64,
    /// The line that the mail keeps its order in: its purpose and address, as a keyed hash. Empty: none.
    pub(crate) line: String,
    /// Why the last attempt failed. Contains no address.
    pub(crate) reason: Option<String>,
    /// When the mail is no longer useful: its link has expired.
    pub(crate) worthless_at: Timestamp,
    /// The intent, later the message, sealed. Removed once nobody needs it.
    pub(crate) sealed: Option<String>,
    pub(crate) expires_at: Timestamp,
}

collection! {
    Mail in "mails" {
        id: MailId,
        version: 2,
        upgrades: [to_version_2],
        kind: ephemeral("a mail is kept only as long as somebody may look for it", |mail| mail.expires_at),
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
