//! A requested mail as the outbox keeps it.

use palisade_core::identity::UserId;
use palisade_core::utils::languages::{ProductTexts, TextArgument};
use serde::{Deserialize, Serialize};

use crate::auth;
use crate::product::MailDef;

/// A mail to a user.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Intent {
    pub(super) user: UserId,
    /// By the names of the declaration at that time.
    pub(super) arguments: Vec<(String, Argument)>,
    /// A path of the site.
    pub(super) link: Option<String>,
}

/// The value of an argument.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Argument {
    Number(u64),
    Text(String),
}

impl From<TextArgument> for Argument {
    fn from(argument: TextArgument) -> Self {
        match argument {
            TextArgument::Number(number) => Self::Number(number),
            TextArgument::Text(text) => Self::Text(text),
        }
    }
}

impl From<Argument> for TextArgument {
    fn from(argument: Argument) -> Self {
        match argument {
            Argument::Number(number) => Self::Number(number),
            Argument::Text(text) => Self::Text(text),
        }
    }
}

/// What is wrong with the mails of a product and with their texts, each as a sentence.
pub fn mistakes(mails: &[&'static MailDef], texts: ProductTexts) -> Vec<String> {
    MailDef::mistakes(mails, texts, auth::MAIL_NAMES)
}
