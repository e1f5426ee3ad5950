//! `/dev`: what exists in development only.

pub mod mailbox;
