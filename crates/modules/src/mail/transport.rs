//! The transports for messages.

use std::sync::Arc;

use palisade_core::config::mail::{Delivery, MailConfig};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::languages::LanguageTag;
use palisade_lib::smtp::{OutgoingMail, Smtp, SmtpError};
use tokio::sync::Semaphore;

use super::schema::MailId;
use super::types::EmailMessage;

/// A transport.
#[derive(Clone, Debug)]
pub(crate) enum Transport {
    /// None: delivered means readable in the development mailbox.
    Mailbox,
    /// Through a server, over a bounded number of connections.
    Smtp { server: Box<Smtp>, room: Arc<Semaphore> },
    /// A script of a test.
    #[cfg(test)]
    Scripted(Arc<super::tests::Script>),
}

impl Transport {
    /// The transport that the configuration names. `host` is the host of the product's URL. Does not connect yet.
    ///
    /// # Errors
    /// [`SmtpError::Setup`].
    pub(crate) fn open(config: &MailConfig, host: &str) -> Result<Self, SmtpError> {
        match &config.delivery {
            Delivery::Mailbox => Ok(Self::Mailbox),
            Delivery::Smtp(server) => {
                let server = Box::new(Smtp::new(server, &config.from, host)?);
                // Of the process: it may have several workers, such as one behind each answer.
                let room = Arc::new(Semaphore::new(config.connections.get()));
                Ok(Self::Smtp { server, room })
            }
        }
    }

    /// Connects and greets the mail server, and sends no message.
    ///
    /// # Errors
    /// As [`Smtp::probe`].
    pub(crate) async fn probe(&self) -> Result<(), SmtpError> {
        match self {
            Self::Mailbox => Ok(()),
            Self::Smtp { server, .. } => server.probe().await,
            #[cfg(test)]
            Self::Scripted(_) => Ok(()),
        }
    }

    /// Whether delivered messages stay readable in the outbox.
    pub(super) fn keeps_messages(&self) -> bool {
        matches!(self, Self::Mailbox)
    }

    /// Delivers a message. Delivering it again gives it the same Message-ID.
    pub(super) async fn deliver(
        &self,
        id: MailId,
        message: &EmailMessage,
        date: Timestamp,
    ) -> Result<(), SmtpError> {
        match self {
            Self::Mailbox => Ok(()),
            Self::Smtp { server, room } => {
                // Nobody closes it.
                let _room = room.acquire().await;
                let EmailMessage { to, subject, text, html, links: _, language } = message;
                let (id, to) = (id.to_string(), to.as_str());
                let (html, language) = (html.as_deref(), language.as_ref().map(LanguageTag::as_str));
                server.send(&OutgoingMail { id: &id, to, subject, text, html, language, date }).await
            }
            #[cfg(test)]
            Self::Scripted(script) => script.deliver(id, message).await,
        }
    }
}
