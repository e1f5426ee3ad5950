//! Puts the mails of a product into the outbox.

use palisade_core::errors::AppError;
use palisade_core::identity::UserId;

use super::types::{Argument, Intent};
use crate::mail;
use crate::product::{MailDef, RequestedMail, StageMails};
use crate::staged::Staged;

/// The outbox, for a product with these mails.
#[derive(Debug)]
pub(crate) struct OwnOutbox {
    pub(crate) mails: mail::Service,
    pub(crate) listed: &'static [&'static MailDef],
}

impl StageMails for OwnOutbox {
    fn stage(&self, to: &UserId, mail: RequestedMail) -> Result<Staged, AppError> {
        let RequestedMail { def, arguments, link } = mail;
        if !self.listed.iter().any(|listed| listed.name == def.name) {
            let cause = format!("the mail `{}` is not listed: add its `MAIL` to `Product::mails`", def.name);
            return Err(AppError::internal(cause));
        }
        let named = def.arguments.iter().zip(arguments);
        let arguments = named.map(|(name, value)| ((*name).to_owned(), Argument::from(value))).collect();
        let link = link.map(|link| link.as_str().to_owned());
        self.mails.stage_to_user(def.name, to, &Intent { user: *to, arguments, link })
    }
}
