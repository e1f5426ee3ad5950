//! The messages of the auth module, as plain text. They contain nothing that a stranger typed.

use std::time::Duration;

use palisade_core::config::Config;
use palisade_core::utils::crypto::ticket::OneTimeToken;

use crate::mail::EmailMessage;
use crate::user::types::Email;

/// The purpose of messages that confirm an email address.
pub(crate) const VERIFICATION: &str = "verification";
/// The purpose of messages with which the first administrator chooses a password.
pub(crate) const SETUP: &str = "setup";
/// The purpose of messages that notify an owner that somebody tried to register their address.
pub(crate) const TAKEN: &str = "taken";
/// The purpose of messages that notify an owner that a session was ended for their safety.
pub(crate) const SESSION_ENDED: &str = "session_ended";
/// The purpose of messages with which an owner chooses another password.
pub(crate) const PASSWORD_RESET: &str = "password_reset";
/// The purpose of messages that notify an owner that somebody wants to reset the password of their suspended account.
pub(crate) const RESET_SUSPENDED: &str = "reset_suspended";
/// The purpose of messages that notify an owner that their password was changed.
pub(crate) const PASSWORD_CHANGED: &str = "password_changed";

/// Writes messages in the name of the product.
#[derive(Clone, Debug)]
pub(crate) struct EmailTemplates {
    product: String,
    /// Without a trailing slash.
    app_url: String,
    /// How long a verification link is valid, in words.
    holds_for: String,
    /// How long a setup link is valid, in words.
    setup_holds_for: String,
    /// How long a link that resets a password is valid, in words.
    reset_holds_for: String,
}

/// A duration in words, rounded down: in hours, and below two hours in minutes.
fn in_words(time: Duration) -> String {
    let (hours, minutes) = (time.as_secs() / 3600, time.as_secs() / 60);
    match (hours, minutes) {
        (_, 1) => "1 minute".to_owned(),
        (_, 60) => "1 hour".to_owned(),
        (..2, minutes) => format!("{minutes} minutes"),
        (hours, _) => format!("{hours} hours"),
    }
}

impl EmailTemplates {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            product: config.app.name.to_string(),
            app_url: config.app.url.origin().as_str().trim_end_matches('/').to_owned(),
            holds_for: in_words(config.auth.registration_ttl.get()),
            setup_holds_for: in_words(config.auth.setup_ttl.get()),
            reset_holds_for: in_words(config.auth.reset_ttl.get()),
        }
    }

    /// The token is in the fragment: browsers do not send it to a server, and no log contains it.
    pub(crate) fn link(&self, page: &str, token: &OneTimeToken) -> String {
        format!("{}/account/{page}#token={}", self.app_url, token.expose_secret().as_str())
    }

    pub(crate) fn verification(&self, to: &Email, token: &OneTimeToken) -> EmailMessage {
        let link = self.link("verify", token);
        let text = format!(
            "Somebody, hopefully you, asked for an account at {product} with this address.\n\n\
             To prove that the mailbox is yours, open this link and confirm:\n\n{link}\n\n\
             The link is valid for {holds_for}. If you did not ask for this, do nothing: no account will be created.\n",
            product = self.product,
            holds_for = self.holds_for,
        );
        EmailMessage {
            to: to.clone(),
            subject: format!("Confirm your email address for {}", self.product),
            text,
            links: vec![link],
        }
    }

    /// The message to the first administrator that the operator named.
    pub(crate) fn setup(&self, to: &Email, token: &OneTimeToken) -> EmailMessage {
        let link = self.link("setup", token);
        let text = format!(
            "The operator of {product} named you as its first administrator.\n\n\
             To choose a password, open this link and give this address:\n\n{link}\n\n\
             The link is valid for {holds_for} and works once. Its holder can do everything at {product}, so give it to \
             nobody. If you know nothing about this, do nothing: no account will be created.\n",
            product = self.product,
            holds_for = self.setup_holds_for,
        );
        EmailMessage { to: to.clone(), subject: format!("Set up {}", self.product), text, links: vec![link] }
    }

    pub(crate) fn taken(&self, to: &Email) -> EmailMessage {
        let text = format!(
            "Somebody, maybe you, tried to register at {product} with this address, which has an account already.\n\n\
             If it was you, sign in. If it was not you, do nothing: your account has not changed.\n",
            product = self.product,
        );
        EmailMessage {
            to: to.clone(),
            subject: format!("You already have an account at {}", self.product),
            text,
            links: Vec::new(),
        }
    }

    /// For a user who has an account, with a password or without.
    pub(crate) fn password_reset(&self, to: &Email, token: &OneTimeToken) -> EmailMessage {
        let link = self.link("reset", token);
        let text = format!(
            "Somebody, hopefully you, asked to choose a new password for your account at {product}.\n\n\
             To choose one, open this link:\n\n{link}\n\n\
             The link is valid for {holds_for} and works once; a newer one takes its place. Choosing a password signs you \
             out everywhere. If it was not you, do nothing: your password has not changed.\n",
            product = self.product,
            holds_for = self.reset_holds_for,
        );
        EmailMessage {
            to: to.clone(),
            subject: format!("Choose a new password for {}", self.product),
            text,
            links: vec![link],
        }
    }

    pub(crate) fn reset_suspended(&self, to: &Email) -> EmailMessage {
        let text = format!(
            "Somebody, maybe you, asked to choose a new password for your account at {product}.\n\n\
             The account is suspended, so there is no link in this mail. Ask whoever runs {product}.\n",
            product = self.product,
        );
        let subject = format!("Your account at {} is suspended", self.product);
        EmailMessage { to: to.clone(), subject, text, links: Vec::new() }
    }

    pub(crate) fn password_changed(&self, to: &Email) -> EmailMessage {
        let text = format!(
            "The password of your account at {product} was changed, and every device was signed out.\n\n\
             If it was you, there is nothing to do. If it was not, choose a new password at once: at {app_url}, say that \
             you forgot it.\n",
            product = self.product,
            app_url = self.app_url,
        );
        let subject = format!("Your password at {} was changed", self.product);
        EmailMessage { to: to.clone(), subject, text, links: Vec::new() }
    }

    pub(crate) fn session_ended(&self, to: &Email) -> EmailMessage {
        let text = format!(
            "A sign-in key of one of your sessions at {product} was used a second time. That happens when somebody has \
             copied it, so the session was ended.\n\n\
             Sign in again. If you think that somebody else used your account, sign out everywhere.\n",
            product = self.product,
        );
        EmailMessage {
            to: to.clone(),
            subject: format!("A session at {} was ended", self.product),
            text,
            links: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_as_people_say_it_and_never_longer() {
        for (seconds, said) in [
            (60, "1 minute"),
            (119, "1 minute"),
            (1800, "30 minutes"),
            (3600, "1 hour"),
            (5400, "90 minutes"),
            (7199, "119 minutes"),
            (7200, "2 hours"),
            (86_400, "24 hours"),
            (90_000, "25 hours"),
            (604_800, "168 hours"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), said);
        }
    }
}
