//! Why a call to another server gave no answer.

use std::error::Error;
use std::io;
use std::time::Duration;

use crate::trust::TrustError;

/// Why there is no client for calls to other servers.
#[derive(Debug, thiserror::Error)]
pub enum OutboundOpenError {
    /// Its authorities.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The HTTP client.
    #[error("preparing the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// Why a call gave no answer. It holds neither the address, which may contain a secret, nor anything of the answer.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The whole call took too long.
    #[error("no whole answer within {0:?}")]
    TimedOut(Duration),
    /// There was no connection, or it ended before the answer did.
    #[error("the server cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// Every address of the host is private, and `OUTBOUND_ALLOW` does not name it.
    #[error("the address is not public, and OUTBOUND_ALLOW does not name it")]
    AddressNotAllowed,
    /// The call would not be encrypted, and it would leave this machine.
    #[error("the address is not https, and not an allowed one on this machine")]
    NotEncrypted,
    /// The address has no host, or credentials in it.
    #[error("the address is not one of a server")]
    BadAddress,
    /// The server could not prove who it is, or does not speak TLS.
    #[error("the TLS connection failed")]
    Tls(#[source] Box<dyn Error + Send + Sync>),
    /// The body is larger than the caller takes, in bytes.
    #[error("an answer of more than {0} bytes")]
    TooLarge(usize),
}

/// The resolver found no address that may be called.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no address of this name is allowed")]
pub(super) struct NoneAllowed;

impl OutboundError {
    /// The meaning of an error of the HTTP client.
    pub(super) fn of(error: reqwest::Error, deadline: Duration) -> Self {
        let error = error.without_url();
        if error.is_timeout() {
            return Self::TimedOut(deadline);
        }
        if has::<NoneAllowed>(&error) {
            return Self::AddressNotAllowed;
        }
        if has::<rustls::Error>(&error) { Self::Tls(error.into()) } else { Self::Unreachable(error.into()) }
    }
}

/// Whether an error or one of its causes is of this type. An `io::Error` hides the error that it wraps from `source`.
fn has<T: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<T>() {
            return true;
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if wrapped.is_some_and(|inner| has::<T>(inner)) {
            return true;
        }
        next = error.source();
    }
    false
}
