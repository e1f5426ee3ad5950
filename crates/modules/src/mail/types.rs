//! The types of mail: a message, and its view in the development mailbox.

use std::{fmt, io};

use palisade_core::system::time::Timestamp;
use palisade_core::utils::languages::{LanguageTag, TextError};
use palisade_core::utils::templates::TemplateError;
use palisade_core::{input, view};
use palisade_lib::smtp::SmtpError;
use palisade_lib::store::StoreError;
use serde::{Deserialize, Serialize};

use crate::user::types::Email;

/// A message to one person.
///
/// Unknown fields are ignored: a newer instance may have written them, and a message without them is better than none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmailMessage {
    /// The one recipient.
    pub(crate) to: Email,
    /// One line; a message whose subject contains control characters is never sent.
    pub(crate) subject: String,
    /// The text, including its links. Lines end with `\n`.
    pub(crate) text: String,
    /// The same as an HTML document. A message of an older release has none, nor a language.
    #[serde(default)]
    pub(crate) html: Option<String>,
    /// The links in the text once more, for programs that read the mailbox.
    pub(crate) links: Vec<String>,
    /// The language of the text.
    #[serde(default)]
    pub(crate) language: Option<LanguageTag>,
}

impl EmailMessage {
    /// The note that the development mailbox shows instead of a message that was not sent.
    pub(super) fn withheld(to: Email, reason: &str) -> Self {
        let text = format!(
            "A mail to this address was requested. It was {reason} (docs/configuration.md describes the limit).\n\n\
             The requester does not learn this. With a mail server, only the log shows it.\n"
        );
        let subject = "A mail that was not sent".to_owned();
        Self { to, subject, text, html: None, links: Vec::new(), language: None }
    }
}

impl fmt::Debug for EmailMessage {
    /// Shows nothing: the address is personal data, and the links are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailMessage(…)")
    }
}

/// Why the form of mails cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailFormError {
    /// A file of the folder.
    #[error("{name}: {problem}")]
    File {
        /// The file.
        name: String,
        /// The problem.
        problem: String,
    },
    /// A file of the folder cannot be read.
    #[error("reading {name}")]
    Unreadable {
        /// The file or the folder.
        name: String,
        /// The cause.
        #[source]
        cause: io::Error,
    },
    /// A template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A text.
    #[error(transparent)]
    Text(#[from] TextError),
}

/// Why a test mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum TestMailError {
    /// No mail server is configured.
    #[error("SMTP_URL is not set: there is no mail server to test, the development mailbox shows all mail")]
    NoServer,
    /// The form of mails.
    #[error("writing the mail: {0}")]
    Form(#[from] MailFormError),
    /// The server.
    #[error(transparent)]
    Smtp(#[from] SmtpError),
}

/// A mail in the outbox, for the operator.
#[derive(Clone, Debug)]
pub struct OutboxEntry {
    /// Its id.
    pub id: String,
    /// The kind of mail.
    pub purpose: String,
    /// The progress of the mail.
    pub state: String,
    /// The number of attempts.
    pub attempts: u64,
    /// When the mail was requested.
    pub intended_at: Timestamp,
    /// When it is tried next; for a mail at rest, when it came to rest.
    pub due_at: Timestamp,
    /// Why the last attempt failed. Contains no address.
    pub reason: Option<String>,
    /// The recipient, if requested and still known.
    pub to: Option<String>,
}

/// The counts of mails in this process since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxTally {
    /// Accepted by the mail server.
    pub sent: u64,
    /// There was nothing to send, or a budget was exhausted.
    pub dropped: u64,
    /// Attempts that failed and will be repeated.
    pub postponed: u64,
    /// Attempts that waited for the budget of the whole server.
    pub held: u64,
    /// Given up.
    pub failed: u64,
}

/// Why a mail is not retried.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// No such mail exists.
    #[error("there is no such mail in the outbox")]
    Unknown,
    /// It is already sent or dropped.
    #[error("it was sent or dropped: there is nothing to retry")]
    Done,
    /// Its link has expired.
    #[error("its link has expired: its recipient has to request another one")]
    Worthless,
    /// The keys of its content are lost, or the content was changed.
    #[error("its sealed content cannot be opened with the keys of this deployment")]
    Unreadable,
    /// A worker has it in hand, or moved it meanwhile.
    #[error("a server is trying it at this moment: look again later")]
    Moved,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a mail is not dropped.
#[derive(Debug, thiserror::Error)]
pub enum DropError {
    /// No such mail exists.
    #[error("there is no such mail in the outbox")]
    Unknown,
    /// It is already sent or dropped.
    #[error("it was already sent or dropped")]
    Done,
    /// A worker moved it meanwhile.
    #[error("a server has just moved it: look again")]
    Moved,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

input! {
    /// A page of the development mailbox.
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
        /// The same as an HTML document.
        html?: String,
        /// The links in the text.
        links: Vec<String>,
        /// The tag of the language that it is in.
        language?: String,
        /// When it was delivered.
        sent_at as "sentAt": Timestamp,
        /// Why nothing was sent. The text then says only that.
        not_sent? as "notSent": String,
    }
}

impl MailView {
    pub(super) fn of(message: EmailMessage, sent_at: Timestamp, not_sent: Option<String>) -> Self {
        let EmailMessage { to, subject, text, html, links, language } = message;
        let language = language.map(|tag| tag.to_string());
        Self { to, subject, text, html, links, language, sent_at, not_sent }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_of_an_older_or_newer_release_opens() {
        let mut stored = json!({
            "to": "ada@example.org", "subject": "Hi", "text": "Hello\n", "links": ["https://shop.example/"],
        });
        let older: EmailMessage = serde_json::from_value(stored.clone()).expect("a message");
        assert_eq!((older.html, older.language), (None, None));
        stored["priority"] = json!("a field of the future");
        stored["language"] = json!("pt-BR");
        let newer: EmailMessage = serde_json::from_value(stored).expect("a message");
        assert_eq!(newer.language, LanguageTag::parse("pt-BR"));
    }
}
