//! Why the services cannot be put together.

use std::io;

use palisade_core::config::ConfigErrors;
use palisade_lib::outbound::OutboundOpenError;
use palisade_lib::smtp::SmtpError;
use palisade_lib::store::StoreError;

use crate::clocks::ClocksApart;
use crate::keys;
use crate::limiter::LimiterError;
use crate::mail::MailFormError;
use crate::traces;

/// Why the services cannot be assembled.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The environment has an address that no driver can use.
    #[error("{0}")]
    Environment(#[from] ConfigErrors),
    /// The store.
    #[error("opening the store: {0}")]
    Store(#[from] palisade_lib::store::OpenError),
    /// The store is being filled from another one.
    #[error(
        "opening the store: it is a copy of {source_name} that was not finished: continue with `palisade db copy \
         --resume`, or with the `palisade db restore` that started it"
    )]
    UnfinishedCopy {
        /// Of what.
        source_name: String,
    },
    /// The store is a backup.
    #[error(
        "opening the store: it is a backup of {source_name}: `palisade db restore --from` puts it into a store"
    )]
    Backup {
        /// Of what.
        source_name: String,
    },
    /// A read or write of the store while opening.
    #[error("reading the store: {0}")]
    Read(#[from] StoreError),
    /// The sealed keys.
    #[error("opening the keys: {0}")]
    Keys(#[from] keys::types::KeysError),
    /// The hashing threads.
    #[error("starting the hashing threads: {0}")]
    Hasher(#[from] io::Error),
    /// The mail transport.
    #[error("preparing mail: {0}")]
    Mail(#[from] SmtpError),
    /// The form of mails.
    #[error("preparing the form of mails")]
    MailForm(#[from] MailFormError),
    /// Calls to the servers of providers.
    #[error("preparing the sign-in through providers")]
    Outbound(#[from] OutboundOpenError),
    /// The traces.
    #[error("preparing traces: {0}")]
    Traces(#[from] traces::OpenError),
    /// The clocks are too far apart.
    #[error("opening the store: {0}")]
    Clocks(#[from] ClocksApart),
    /// The limiter.
    #[error(transparent)]
    Limiter(#[from] LimiterError),
}

impl OpenError {
    /// Whether the problem may pass by itself: the store is not up yet, or briefly down. Everything else needs an
    /// operator.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Store(error) => error.may_pass(),
            Self::Read(error) | Self::Keys(keys::types::KeysError::Store(error)) => {
                matches!(error, StoreError::Unavailable { .. })
            }
            _ => false,
        }
    }
}
