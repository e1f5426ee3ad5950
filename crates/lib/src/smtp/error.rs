//! Why a mail did not leave.

use std::error::Error;

use super::reply::{Phase, Reply};

/// Why a mail did not leave, or why there is no way for mail to leave at all.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The sender is no address, or the host no name a certificate could be for.
    #[error("preparing the connection to the mail server")]
    Setup(#[source] Box<dyn Error + Send + Sync>),
    /// It is no mail: an address with something else in it, or a subject of more than one line. Sending it again is no use.
    #[error("writing a mail: {0}")]
    Unwritable(&'static str),
    /// The server will never take mail for this recipient. Sending it again is no use.
    #[error("the mail server refuses the recipient: {0}")]
    Refused(Reply),
    /// The server did not take the mail, for a reason that may pass or that an operator can take away.
    #[error("the mail server did not take the mail: {0}")]
    NotTaken(Reply),
    /// The server cannot be reached, or not securely, or does not speak SMTP, or takes too long. When that was at
    /// [`Phase::Message`] it may have taken the mail all the same.
    #[error("speaking with the mail server: {doing}, at {phase}")]
    Unreachable {
        /// How far it came.
        phase: Phase,
        /// What was being done.
        doing: &'static str,
        /// What went wrong with it.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}

impl SmtpError {
    /// Whether sending the same mail again can never help.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Unwritable(_) | Self::Refused(_))
    }
}
