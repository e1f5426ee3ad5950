//! `GET /dev/mailbox`: the mails that would have been sent. Only in development.

use palisade_core::errors::AppError;
use palisade_core::identity::Local;
use palisade_core::limits::RELAXED;
use palisade_core::output::PageOrList;
use palisade_core::routes::{NewRoute, Route};
use palisade_modules::mail::types::{MailView, ReadMailbox};

use crate::pages::Mailbox;

pub(crate) fn declare(route: NewRoute) -> Route<Mailbox> {
    route
        .limit(RELAXED)
        .loopback()
        .input::<ReadMailbox>()
        .handle(mailbox)
        .summary("The mails that would have been sent, newest first. Development only, this machine only.")
}

async fn mailbox(mailbox: Mailbox, _: Local, input: ReadMailbox) -> Result<PageOrList<MailView>, AppError> {
    let page = mailbox.page(input).await?;
    Ok(page)
}
