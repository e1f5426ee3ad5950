//! The messages of the auth module, as plain text. They contain nothing that a stranger typed.

use std::net::IpAddr;
use std::time::Duration;

use palisade_core::config::Config;
use palisade_core::system::time::Timestamp;
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
/// The purpose of messages that confirm another address of an account, sent to that address.
pub(crate) const EMAIL_CHANGE: &str = "email_change";
/// The purpose of messages that notify an owner that somebody wanted to use their address for another account.
pub(crate) const EMAIL_CHANGE_TAKEN: &str = "email_change_taken";
/// The purpose of messages that notify an owner that another address was requested for their account.
pub(crate) const EMAIL_CHANGE_REQUESTED: &str = "email_change_requested";
/// The purpose of messages that notify the owner of an address that their account has another one now.
pub(crate) const EMAIL_CHANGED: &str = "email_changed";
/// The purpose of messages that notify an owner of a sign-in on a device that was not seen before.
pub(crate) const NEW_DEVICE: &str = "new_device";
/// The purpose of messages that notify an owner that their account was deleted.
pub(crate) const ACCOUNT_DELETED: &str = "account_deleted";
/// The purpose of messages that notify the owner of a deleted account that somebody wanted to use it.
pub(crate) const USED_WHILE_DELETED: &str = "used_while_deleted";

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
    /// How long a link that confirms another address is valid, in words.
    email_change_holds_for: String,
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
            email_change_holds_for: in_words(config.auth.email_change_ttl.get()),
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

    /// To the new address.
    pub(crate) fn email_change(&self, to: &Email, token: &OneTimeToken) -> EmailMessage {
        let link = self.link("confirm-email", token);
        let text = format!(
            "Somebody, hopefully you, asked to use this address for an account at {product}.\n\n\
             To confirm it, open this link in a browser in which you are signed in to that account:\n\n{link}\n\n\
             The link is valid for {holds_for} and works once. If it was not you, do nothing: the address will not be \
             used.\n",
            product = self.product,
            holds_for = self.email_change_holds_for,
        );
        let subject = format!("Confirm your new email address for {}", self.product);
        EmailMessage { to: to.clone(), subject, text, links: vec![link] }
    }

    /// To the owner of an account with the address that somebody wanted for another one.
    pub(crate) fn email_change_taken(&self, to: &Email) -> EmailMessage {
        let text = format!(
            "Somebody, maybe you, asked to use this address for another account at {product}. It already has an account \
             there, so nothing has changed.\n\n\
             If you want to use it for the other account, delete this one or give it another address first. If it was not \
             you, do nothing.\n",
            product = self.product,
        );
        let subject = format!("You already have an account at {}", self.product);
        EmailMessage { to: to.clone(), subject, text, links: Vec::new() }
    }

    /// To the address that an account still has.
    pub(crate) fn email_change_requested(&self, to: &Email, token: &OneTimeToken) -> EmailMessage {
        let link = self.link("secure", token);
        let text = format!(
            "Somebody, hopefully you, asked to use another email address for your account at {product}. The change takes \
             effect when that address is confirmed.\n\n\
             If it was you, there is nothing to do here. If it was not, open this link to sign out every device and to \
             cancel the change:\n\n{link}\n\n\
             The link is valid for {holds_for}. Choose a new password afterwards.\n",
            product = self.product,
            holds_for = self.email_change_holds_for,
        );
        let subject = format!("A new email address was requested for {}", self.product);
        EmailMessage { to: to.clone(), subject, text, links: vec![link] }
    }

    /// To the address that an account had until now.
    pub(crate) fn email_changed(&self, to: &Email) -> EmailMessage {
        let text = format!(
            "Your account at {product} now has another email address. This address no longer belongs to it, and other \
             devices were signed out.\n\n\
             If it was you, there is nothing to do. If it was not, contact whoever runs {product} at once.\n",
            product = self.product,
        );
        let subject = format!("Your email address at {} was changed", self.product);
        EmailMessage { to: to.clone(), subject, text, links: Vec::new() }
    }

    /// About a sign-in on a device that was not seen before.
    pub(crate) fn new_device(&self, to: &Email, device: &str, ip: IpAddr, at: Timestamp) -> EmailMessage {
        let text = format!(
            "Somebody, hopefully you, signed in to your account at {product} on a device that was not seen there before.\n\n\
             Device: {device}\nNetwork address: {ip}\nTime: {at}\n\n\
             If it was you, there is nothing to do. If it was not, choose a new password at once: that signs out every \
             device. At {app_url}, say that you forgot it.\n",
            product = self.product,
            app_url = self.app_url,
        );
        let subject = format!("New sign-in to your account at {}", self.product);
        EmailMessage { to: to.clone(), subject, text, links: Vec::new() }
    }

    /// About an account that can be restored until this moment.
    pub(crate) fn account_deleted(&self, to: &Email, until: Timestamp) -> EmailMessage {
        let text = format!(
            "Your account at {product} was deleted, and every device was signed out.\n\n\
             Until {until} whoever runs {product} can restore it, and nobody can register this address. After that all of \
             its data is removed, and the address is free again.\n\n\
             If it was not you, contact whoever runs {product} before then.\n",
            product = self.product,
        );
        let subject = format!("Your account at {} was deleted", self.product);
        EmailMessage { to: to.clone(), subject, text, links: Vec::new() }
    }

    /// To the owner of a deleted account with whose address somebody wanted to register or to sign in.
    pub(crate) fn used_while_deleted(&self, to: &Email, until: Timestamp) -> EmailMessage {
        let text = format!(
            "Somebody, maybe you, wanted to use this address at {product}. It belongs to an account that was deleted.\n\n\
             Until {until} whoever runs {product} can restore the account; after that you can register the address \
             again. If it was not you, do nothing.\n",
            product = self.product,
        );
        let subject = format!("Your account at {} was deleted", self.product);
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
