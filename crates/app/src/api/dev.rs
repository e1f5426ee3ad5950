//! `/dev`: what exists in development only.

pub(crate) mod mailbox;
