//! The small pages the server itself shows until a front end takes their place.
//!
//! Opening one changes nothing: the token is in the fragment, which never reaches a server, and is only sent when its
//! person presses the button. They load nothing from anywhere.

mod account;
mod mailbox;

pub use account::{accept_invitation, confirm_email, reset_password, setup, verify};
pub use mailbox::{MailboxItem, mailbox};
