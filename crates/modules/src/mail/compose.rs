//! The port through which others turn an intent into a letter.

use std::fmt;
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::ports::Pending;
use palisade_core::system::time::Timestamp;
use palisade_lib::store::Batch;

use super::types::Letter;
use crate::user::types::Email;

/// Turns intents into letters. Called by the worker, long after the request that intended is answered.
pub(crate) trait Compose: Send + Sync + fmt::Debug {
    /// Composes what `purpose` calls for. `payload` is the JSON text of the intent.
    ///
    /// Called again for the same intent until its writes have come through, so it may decide but not act: whatever it
    /// wants written (a ticket) goes into [`Composed::writes`].
    ///
    /// # Errors
    /// Any: the intent is kept and composed again later, up to a bound. An unknown purpose is such an error, since
    /// another instance may be newer and know it.
    fn compose<'a>(&'a self, intent: Intent<'a>) -> Pending<'a, Result<Verdict, AppError>>;
}

/// What is to be composed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intent<'a> {
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
    Now(Composed),
    /// It is to be asked about again, as if for the first time: nothing was decided and nothing charged.
    Later {
        /// How long from now at the earliest.
        wait: Duration,
        /// Why, for the operator. Names nobody.
        reason: &'static str,
    },
}

impl From<Composed> for Verdict {
    fn from(composed: Composed) -> Self {
        Self::Now(composed)
    }
}

/// What came of an intent.
#[derive(Debug, Default)]
pub(crate) struct Composed {
    /// What to mail; `None` when nothing is to be mailed after all.
    pub(crate) letter: Option<Letter>,
    /// What is written together with the letter, all or nothing.
    pub(crate) writes: Batch,
    /// When the link in the letter ends, and with it the use of delivering it. `None` for a letter without one.
    pub(crate) link_ends: Option<Timestamp>,
    /// Why there is no letter, where somebody may look for it.
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

impl Composed {
    /// A letter without a link, or nothing, that needs no writes.
    pub(crate) fn only(letter: Option<Letter>) -> Self {
        Self { letter, ..Self::default() }
    }

    /// Nothing: this budget is used up.
    pub(crate) fn withheld(to: &Email, budget: &'static str) -> Self {
        Self { withheld: Some(Withheld { to: to.clone(), budget }), ..Self::default() }
    }
}
