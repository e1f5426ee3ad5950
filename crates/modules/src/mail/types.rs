//! The words of mail: a message, and how the development mailbox shows it.

use std::fmt;

use palisade_core::system::time::Timestamp;
use palisade_core::{input, view};
use palisade_lib::smtp::SmtpError;
use palisade_lib::store::StoreError;
use serde::{Deserialize, Serialize};

use crate::user::types::Email;

/// A message to one person. Plain text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EmailMessage {
    /// The one recipient.
    pub(crate) to: Email,
    /// One line; a message whose subject has control characters is never sent.
    pub(crate) subject: String,
    /// The text, with its links in it. Lines end with `\n`.
    pub(crate) text: String,
    /// The links in the text once more, for whoever reads the mailbox by program.
    pub(crate) links: Vec<String>,
}

impl EmailMessage {
    /// What the development mailbox shows in the place of a message that was not sent.
    pub(super) fn withheld(to: Email, reason: &str) -> Self {
        let text = format!(
            "A mail to this address was asked for. It was {reason} (docs/configuration.md says how many there may be).\n\n\
             Whoever asked is not told. Where mail is sent by a server, only the log says it.\n"
        );
        let subject = "A mail that was not sent".to_owned();
        Self { to, subject, text, links: Vec::new() }
    }
}

impl fmt::Debug for EmailMessage {
    /// Shows nothing: the address is personal, and the links are keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailMessage(…)")
    }
}

/// Why a test mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum TestMailError {
    /// Mail goes nowhere here.
    #[error("SMTP_URL is not set: there is no mail server to test, mail is shown in the development mailbox")]
    NoServer,
    /// The server.
    #[error(transparent)]
    Smtp(#[from] SmtpError),
}

/// A mail in the outbox, as an operator sees it.
#[derive(Clone, Debug)]
pub struct OutboxEntry {
    /// Its id.
    pub id: String,
    /// What kind of mail.
    pub purpose: String,
    /// How far it has come.
    pub state: String,
    /// How often it was tried.
    pub attempts: u64,
    /// When somebody wanted it.
    pub intended_at: Timestamp,
    /// When it is tried next; once it has come to rest, when it did.
    pub due_at: Timestamp,
    /// Why the last attempt came to nothing. Names nobody.
    pub reason: Option<String>,
    /// The recipient, where that was asked for and is still known.
    pub to: Option<String>,
}

/// What became of mails in this process since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxTally {
    /// Taken by the server.
    pub sent: u64,
    /// There was nothing to mail, or a budget was used up.
    pub dropped: u64,
    /// Attempts that came to nothing and will be made again.
    pub postponed: u64,
    /// Attempts that waited for the budget of the whole server.
    pub held: u64,
    /// Given up.
    pub failed: u64,
}

/// Why a mail is not tried again.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// There is none.
    #[error("there is no such mail in the outbox")]
    Unknown,
    /// It is done.
    #[error("it was sent or dropped: there is nothing to try again")]
    Done,
    /// Its link has ended.
    #[error("its link has expired: whoever wants it has to ask for another one")]
    Worthless,
    /// Its keys are gone, or it was changed.
    #[error("what is sealed in it does not open under the keys of this deployment")]
    Unreadable,
    /// A worker has it in hand, or moved it meanwhile.
    #[error("a server is trying it at this moment: look again in a while")]
    Moved,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a mail is not taken away.
#[derive(Debug, thiserror::Error)]
pub enum DropError {
    /// There is none.
    #[error("there is no such mail in the outbox")]
    Unknown,
    /// It is done.
    #[error("it was sent or dropped already")]
    Done,
    /// A worker moved it meanwhile.
    #[error("a server has moved it at this moment: look again")]
    Moved,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

input! {
    /// Which page of the development mailbox is wanted.
    pub struct ReadMailbox {} with page
}

view! {
    /// A mail that would have been sent.
    pub struct MailView = "Mail" {
        /// The recipient.
        to: Email,
        /// The subject.
        subject: String,
        /// The text.
        text: String,
        /// The links in the text.
        links: Vec<String>,
        /// When it was delivered.
        sent_at as "sentAt": Timestamp,
        /// Why nothing was sent. The text then says only that.
        not_sent? as "notSent": String,
    }
}

impl MailView {
    pub(super) fn of(message: EmailMessage, sent_at: Timestamp, not_sent: Option<String>) -> Self {
        let EmailMessage { to, subject, text, links } = message;
        Self { to, subject, text, links, sent_at, not_sent }
    }
}
