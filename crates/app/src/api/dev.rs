//! `/dev`: routes that exist only in development.

pub(crate) mod mailbox;
