//! The words of mail: a letter, and how the development mailbox shows it.

use std::fmt;

use palisade_core::utils::time::Timestamp;
use palisade_core::{input, view};
use palisade_lib::smtp::SmtpError;
use serde::{Deserialize, Serialize};

use crate::user::types::Email;

/// A letter to one person. Plain text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Letter {
    /// The one recipient.
    pub(crate) to: Email,
    /// One line; a letter whose subject has control characters is never sent.
    pub(crate) subject: String,
    /// The text, with its links in it. Lines end with `\n`.
    pub(crate) text: String,
    /// The links in the text once more, for whoever reads the mailbox by program.
    pub(crate) links: Vec<String>,
}

impl fmt::Debug for Letter {
    /// Shows nothing: the address is personal, and the links are keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(…)")
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
    }
}

impl MailView {
    pub(super) fn of(letter: Letter, sent_at: Timestamp) -> Self {
        let Letter { to, subject, text, links } = letter;
        Self { to, subject, text, links, sent_at }
    }
}
