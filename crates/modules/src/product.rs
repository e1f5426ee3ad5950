//! What a product built on Palisade adds to the domain, and what its own code works with. Only values enter here: the modules
//! above read them.

mod additions;
mod grant;
mod job;
mod mail;
mod mails;
mod names;
mod resources;

pub use additions::{Additions, Collections};
pub use grant::{Grant, Rights};
pub use job::{Job, JobRun, Progress};
pub use mail::{MailDef, MailLink, ProductMail};
pub use mails::Mails;
pub(crate) use mails::{RequestedMail, StageMails};
#[doc(hidden)]
pub use palisade_core::utils::languages::TextArgument;
pub use palisade_lib::store::belongs_to_palisade;
pub use resources::{Resources, UnlistedSettings};

pub use crate::retry::Attempt;
pub use crate::staged::Staged;
