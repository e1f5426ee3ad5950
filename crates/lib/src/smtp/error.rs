//! Why a mail was not sent.

use std::error::Error;

use super::reply::{Phase, Reply};

/// Why a mail was not sent, or cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The sender is not an address, or the host cannot have a certificate.
    #[error("preparing the connection to the mail server")]
    Setup(#[source] Box<dyn Error + Send + Sync>),
    /// The mail is invalid: an address with something else in it, or a subject of more than one line. A retry is
    /// useless.
    #[error("writing a mail: {0}")]
    Unwritable(&'static str),
    /// The server will never accept mail for this recipient. A retry is useless.
    #[error("the mail server refuses the recipient: {0}")]
    Refused(Reply),
    /// The server did not accept the mail, for a reason that may pass or that an operator can fix.
    #[error("the mail server did not accept the mail: {0}")]
    NotTaken(Reply),
    /// The server cannot be reached, or not securely, or does not speak SMTP, or is too slow. At [`Phase::Message`]
    /// it may have accepted the mail all the same.
    #[error("speaking with the mail server: {doing}, at {phase}")]
    Unreachable {
        /// The progress.
        phase: Phase,
        /// The operation.
        doing: &'static str,
        /// The cause.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}

impl SmtpError {
    /// Whether a retry of the same mail can never help.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Unwritable(_) | Self::Refused(_))
    }
}
