//! The ways a letter can go.

use palisade_core::config::mail::{Delivery, MailConfig};
use palisade_core::system::time::Timestamp;
use palisade_lib::smtp::{OutgoingMail, Smtp, SmtpError};

use super::schema::MailId;
use super::types::Letter;

/// How letters leave.
#[derive(Clone, Debug)]
pub(crate) enum Transport {
    /// They do not: delivered means readable in the development mailbox.
    Mailbox,
    /// Through a server.
    Smtp(Box<Smtp>),
    /// Into the hands of a test.
    #[cfg(test)]
    Scripted(std::sync::Arc<super::tests::Script>),
}

impl Transport {
    /// The way the configuration names. `host` is the name of the product, as in its URL. Connects to nobody yet.
    ///
    /// # Errors
    /// [`SmtpError::Setup`].
    pub(crate) fn open(config: &MailConfig, host: &str) -> Result<Self, SmtpError> {
        match &config.delivery {
            Delivery::Mailbox => Ok(Self::Mailbox),
            Delivery::Smtp(server) => Ok(Self::Smtp(Box::new(Smtp::new(server, &config.from, host)?))),
        }
    }

    /// Says hello where letters would go, and sends none.
    ///
    /// # Errors
    /// As [`Smtp::probe`].
    pub(crate) async fn probe(&self) -> Result<(), SmtpError> {
        match self {
            Self::Mailbox => Ok(()),
            Self::Smtp(smtp) => smtp.probe().await,
            #[cfg(test)]
            Self::Scripted(_) => Ok(()),
        }
    }

    /// Whether a delivered letter is read from the outbox.
    pub(super) fn keeps_letters(&self) -> bool {
        matches!(self, Self::Mailbox)
    }

    /// Delivers a letter. Delivering it again gives it the same Message-ID.
    pub(super) async fn deliver(
        &self,
        id: MailId,
        letter: &Letter,
        date: Timestamp,
    ) -> Result<(), SmtpError> {
        match self {
            Self::Mailbox => Ok(()),
            Self::Smtp(smtp) => {
                let Letter { to, subject, text, links: _ } = letter;
                let id = id.to_string();
                smtp.send(&OutgoingMail { id: &id, to: to.as_str(), subject, text, date }).await
            }
            #[cfg(test)]
            Self::Scripted(script) => script.deliver(id, letter).await,
        }
    }
}
