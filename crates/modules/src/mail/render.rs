//! The port through which other modules render mails.

use std::fmt;
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::ports::BoxFuture;
use palisade_core::system::time::Timestamp;

use super::types::EmailMessage;
use crate::staged::Staged;
use crate::user::types::Email;

/// Renders mails. The worker calls it, long after the request that stored the intent was answered.
pub(crate) trait RenderEmail: Send + Sync + fmt::Debug {
    /// Renders the message for `purpose`. `payload` is the JSON text of the intent.
    ///
    /// Called again for the same intent until its writes are committed, so it may decide but not act: its writes (a
    /// ticket) go into [`RenderedEmail::writes`].
    ///
    /// # Errors
    /// Any: the intent is kept and rendered again later, up to a limit. An unknown purpose is such an error, since
    /// another instance may be newer and know it.
    fn render<'a>(&'a self, intent: RenderRequest<'a>) -> BoxFuture<'a, Result<Verdict, AppError>>;
}

/// The mail to render.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RenderRequest<'a> {
    pub(crate) purpose: &'a str,
    pub(crate) payload: &'a str,
    /// Whether this is the first attempt. An earlier attempt may have been charged to a budget and then failed;
    /// this one must not be charged again.
    pub(crate) is_new: bool,
}

/// The decision about an intent.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Send this.
    Now(RenderedEmail),
    /// Decide again later, as if for the first time: nothing was decided and nothing charged.
    Later {
        /// The shortest time to wait.
        wait: Duration,
        /// The reason, for the operator. Contains no address.
        reason: &'static str,
    },
}

impl From<RenderedEmail> for Verdict {
    fn from(composed: RenderedEmail) -> Self {
        Self::Now(composed)
    }
}

/// A rendered intent.
#[derive(Debug, Default)]
pub(crate) struct RenderedEmail {
    /// The message; `None` if there is nothing to send after all.
    pub(crate) message: Option<EmailMessage>,
    /// The writes to commit together with the message, all or nothing.
    pub(crate) writes: Staged,
    /// When the link in the message expires, and with it the use of the message. `None` for a message without a
    /// link.
    pub(crate) link_ends: Option<Timestamp>,
    /// Why there is no message, for the development mailbox.
    pub(crate) withheld: Option<Withheld>,
}

/// A mail that a budget withholds. The requester does not learn it; the log and the development mailbox show it, so
/// that a developer does not search for a mistake.
#[derive(Debug)]
pub(crate) struct Withheld {
    /// The recipient.
    pub(crate) to: Email,
    /// The setting of the budget.
    pub(crate) budget: &'static str,
}

impl RenderedEmail {
    /// A message without a link, or nothing, without writes.
    pub(crate) fn only(message: Option<EmailMessage>) -> Self {
        Self { message, ..Self::default() }
    }

    /// Nothing: this budget is exhausted.
    pub(crate) fn withheld(to: &Email, budget: &'static str) -> Self {
        Self { withheld: Some(Withheld { to: to.clone(), budget }), ..Self::default() }
    }
}
