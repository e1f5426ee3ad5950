//! `GET /dev/mailbox`: the mails that would have been sent. Exists in development only.

use palisade_core::errors::AppError;
use palisade_core::identity::Local;
use palisade_core::limits::RELAXED;
use palisade_core::output::PageOrList;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::mail::Service;
use palisade_modules::mail::types::{MailView, ReadMailbox};

use crate::pages;

pub(crate) fn declare(route: NewRoute) -> Route<Service> {
    route
        .limit(RELAXED)
        .loopback()
        .input::<ReadMailbox>()
        .handle(mailbox)
        .summary("The mails that would have been sent, newest first. Development only, this machine only.")
}

async fn mailbox(mails: Service, _: Local, input: ReadMailbox) -> Result<PageOrList<MailView>, AppError> {
    let received = mails.mailbox(input).await?;
    Ok(PageOrList::new(received, pages::mailbox))
}
