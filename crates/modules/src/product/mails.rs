//! Requests for mails of a product.

use std::fmt;
use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::identity::UserId;
use palisade_core::utils::languages::TextArgument;

use super::mail::{MailDef, MailLink, ProductMail};
use crate::staged::Staged;

/// Requests mails to users. A worker finds out the address later and writes the mail in the language of the user; the code of a
/// product sees neither. Clones share everything.
#[derive(Clone, Debug)]
pub struct Mails(Arc<dyn StageMails>);

/// Puts mails into the outbox.
pub(crate) trait StageMails: Send + Sync + fmt::Debug {
    fn stage(&self, to: &UserId, mail: RequestedMail) -> Result<Staged, AppError>;
}

/// A mail of a product, requested.
#[derive(Debug)]
pub(crate) struct RequestedMail {
    pub(crate) def: &'static MailDef,
    pub(crate) arguments: Vec<TextArgument>,
    pub(crate) link: Option<MailLink>,
}

#[cfg(test)]
impl Mails {
    /// For tests without an outbox.
    pub(crate) fn nowhere() -> Self {
        #[derive(Debug)]
        struct Nowhere;

        impl StageMails for Nowhere {
            fn stage(&self, _: &UserId, _: RequestedMail) -> Result<Staged, AppError> {
                Err(AppError::internal("this test has no outbox"))
            }
        }

        Self::new(Arc::new(Nowhere))
    }
}

impl Mails {
    pub(crate) fn new(outbox: Arc<dyn StageMails>) -> Self {
        Self(outbox)
    }

    /// A mail to a user, as writes to merge with those of its cause: it is sent if and only if they are written, within a second
    /// or two, and again after failures for up to seven days. A user who is suspended or deleted by then gets none.
    ///
    /// It is sent at least once: a mail server that takes a mail and then loses the connection may get it again, with the same
    /// Message-ID. `MAIL_BUDGET_SERVER` bounds how many of one name leave the server in its window; those above it wait.
    ///
    /// # Errors
    /// 500 for a mail that the product does not list, or whose arguments are too long for a document.
    pub fn to_user<M: ProductMail>(&self, user: &UserId, mail: M) -> Result<Staged, AppError> {
        let (arguments, link) = mail.into_parts();
        self.0.stage(user, RequestedMail { def: M::MAIL, arguments, link })
    }
}
