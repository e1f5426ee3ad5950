//! The port through which other modules render mails.

use std::fmt;
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::ports::Pending;
use palisade_core::system::time::Timestamp;

use super::types::EmailMessage;
use crate::staged::Staged;
use crate::user::types::Email;

/// Renders mails. Called by the worker, long after the request that intended is answered.
pub(crate) trait RenderEmail: Send + Sync + fmt::Debug {
    /// Renders what `purpose` calls for. `payload` is the JSON text of the intent.
    ///
    /// Called again for the same intent until its writes have come through, so it may decide but not act: whatever it
    /// wants written (a ticket) goes into [`RenderedEmail::writes`].
    ///
    /// # Errors
    /// Any: the intent is kept and composed again later, up to a bound. An unknown purpose is such an error, since
    /// another instance may be newer and know it.
    fn render<'a>(&'a self, intent: RenderRequest<'a>) -> Pending<'a, Result<Verdict, AppError>>;
}

/// What is to be composed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RenderRequest<'a> {
    pub(crate) purpose: &'a str,
    pub(crate) payload: &'a str,
    /// Whether nobody has tried yet. What an earlier attempt was let do it may have been charged for: it came to nothing,
    /// and this one is not to be charged again.
    pub(crate) is_new: bool,
}

/// What is to become of an intent.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// This.
    Now(RenderedEmail),
    /// It is to be asked about again, as if for the first time: nothing was decided and nothing charged.
    Later {
        /// How long from now at the earliest.
        wait: Duration,
        /// Why, for the operator. Names nobody.
        reason: &'static str,
    },
}

impl From<RenderedEmail> for Verdict {
    fn from(composed: RenderedEmail) -> Self {
        Self::Now(composed)
    }
}

/// What came of an intent.
#[derive(Debug, Default)]
pub(crate) struct RenderedEmail {
    /// What to mail; `None` when nothing is to be mailed after all.
    pub(crate) message: Option<EmailMessage>,
    /// What is written together with the message, all or nothing.
    pub(crate) writes: Staged,
    /// When the link in the message ends, and with it the use of delivering it. `None` for a message without one.
    pub(crate) link_ends: Option<Timestamp>,
    /// Why there is no message, where somebody may look for it.
    pub(crate) withheld: Option<Withheld>,
}

/// A mail that a budget keeps from being sent. Whoever asked for it is not told; the log is, and so is the development
/// mailbox, where somebody would else look for a mistake of their own.
#[derive(Debug)]
pub(crate) struct Withheld {
    /// Whom it was for.
    pub(crate) to: Email,
    /// The setting that says how many mails there may be.
    pub(crate) budget: &'static str,
}

impl RenderedEmail {
    /// A message without a link, or nothing, that needs no writes.
    pub(crate) fn only(message: Option<EmailMessage>) -> Self {
        Self { message, ..Self::default() }
    }

    /// Nothing: this budget is used up.
    pub(crate) fn withheld(to: &Email, budget: &'static str) -> Self {
        Self { withheld: Some(Withheld { to: to.clone(), budget }), ..Self::default() }
    }
}
