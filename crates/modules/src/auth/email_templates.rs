//! The messages of the auth module. They contain nothing that a stranger typed.

use std::net::IpAddr;
use std::time::Duration;

use palisade_core::config::Config;
use palisade_core::errors::AppError;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::ticket::OneTimeToken;
use palisade_core::utils::languages::{LanguageTag, Languages, TextArguments};

use super::lifetimes::Lifetimes;
use crate::mail::{EmailMessage, Letter, MailForm, MailFormError};
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
/// The purpose of messages with which an invited person creates an account.
pub(crate) const INVITATION: &str = "invitation";
/// The purpose of messages that confirm the address of an account at a provider.
pub(crate) const IDENTITY: &str = "identity";
/// The purpose of messages that notify an owner that a provider was used to sign in to their suspended account.
pub(crate) const IDENTITY_SUSPENDED: &str = "identity_suspended";
/// The purpose of messages that notify an owner that their account has one more way to sign in.
pub(crate) const IDENTITY_LINKED: &str = "identity_linked";
/// The purpose of messages that notify an owner that their account has one way to sign in less.
pub(crate) const IDENTITY_REMOVED: &str = "identity_removed";

/// Every purpose of a message, and the name of the test message: no mail of a product has one of these names.
pub(crate) const MAIL_NAMES: &[&str] = &[
    VERIFICATION,
    SETUP,
    TAKEN,
    SESSION_ENDED,
    PASSWORD_RESET,
    RESET_SUSPENDED,
    PASSWORD_CHANGED,
    EMAIL_CHANGE,
    EMAIL_CHANGE_TAKEN,
    EMAIL_CHANGE_REQUESTED,
    EMAIL_CHANGED,
    NEW_DEVICE,
    ACCOUNT_DELETED,
    USED_WHILE_DELETED,
    INVITATION,
    IDENTITY,
    IDENTITY_SUSPENDED,
    IDENTITY_LINKED,
    IDENTITY_REMOVED,
    "test",
];

/// Whom a message is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipient<'a> {
    pub(crate) email: &'a Email,
    /// Their language, if known. It is never that of a stranger who only typed the address.
    pub(crate) language: Option<&'a LanguageTag>,
}

/// Writes messages in the name of the product, each in the language of its recipient.
#[derive(Clone, Debug)]
pub(crate) struct EmailTemplates {
    form: MailForm,
    languages: Languages,
    /// Without a trailing slash.
    app_url: String,
    lifetimes: Lifetimes,
}

impl EmailTemplates {
    /// # Errors
    /// An operator's template with a mistake.
    pub(crate) fn new(config: &Config) -> Result<Self, MailFormError> {
        Ok(Self {
            form: MailForm::new(config)?,
            languages: config.languages.clone(),
            app_url: config.app.url.origin().as_str().trim_end_matches('/').to_owned(),
            lifetimes: Lifetimes::of(config),
        })
    }

    /// The form of every mail.
    pub(crate) fn form(&self) -> &MailForm {
        &self.form
    }

    /// The token is in the fragment: browsers do not send it to a server, and no log contains it.
    pub(crate) fn link(&self, page: &str, token: &OneTimeToken) -> String {
        format!("{}/account/{page}#token={}", self.app_url, token.expose_secret().as_str())
    }

    /// A link that confirms the address.
    pub(crate) fn verification(
        &self,
        to: Recipient<'_>,
        token: &OneTimeToken,
    ) -> Result<EmailMessage, AppError> {
        self.with_link("verification", to, self.link("verify", token), self.lifetimes.registration)
    }

    /// The message to the first administrator that the operator named.
    pub(crate) fn setup(&self, to: Recipient<'_>, token: &OneTimeToken) -> Result<EmailMessage, AppError> {
        self.with_link("setup", to, self.link("setup", token), self.lifetimes.setup)
    }

    /// To an invited address. It names neither the inviter nor the name that they gave: nobody has proven the mailbox yet.
    pub(crate) fn invitation(
        &self,
        to: Recipient<'_>,
        token: &OneTimeToken,
    ) -> Result<EmailMessage, AppError> {
        self.with_link("invitation", to, self.link("accept-invitation", token), self.lifetimes.invitation)
    }

    /// For the owner of an address that somebody tried to register.
    pub(crate) fn taken(&self, to: Recipient<'_>) -> Result<EmailMessage, AppError> {
        self.notice("taken", to, TextArguments::new(), None)
    }

    /// For a user who has an account, with a password or without.
    pub(crate) fn password_reset(
        &self,
        to: Recipient<'_>,
        token: &OneTimeToken,
    ) -> Result<EmailMessage, AppError> {
        self.with_link("password-reset", to, self.link("reset", token), self.lifetimes.reset)
    }

    /// For a user whose account is suspended.
    pub(crate) fn reset_suspended(&self, to: Recipient<'_>) -> Result<EmailMessage, AppError> {
        self.notice("reset-suspended", to, TextArguments::new(), None)
    }

    /// For a user whose password was changed, with the way to change it again.
    pub(crate) fn password_changed(&self, to: Recipient<'_>) -> Result<EmailMessage, AppError> {
        self.notice("password-changed", to, TextArguments::new(), Some(self.forgot()))
    }

    /// For a user one of whose sessions was ended for their safety.
    pub(crate) fn session_ended(&self, to: Recipient<'_>) -> Result<EmailMessage, AppError> {
        self.notice("session-ended", to, TextArguments::new(), None)
    }

    /// To the new address of an account.
    pub(crate) fn email_change(
        &self,
        to: Recipient<'_>,
        token: &OneTimeToken,
    ) -> Result<EmailMessage, AppError> {
        self.with_link("email-change", to, self.link("confirm-email", token), self.lifetimes.email_change)
    }

    /// To the owner of an account with the address that somebody wanted for another one.
    pub(crate) fn email_change_taken(&self, to: Recipient<'_>) -> Result<EmailMessage, AppError> {
        self.notice("email-change-taken", to, TextArguments::new(), None)
    }

    /// To the address that an account still has.
    pub(crate) fn email_change_requested(
        &self,
        to: Recipient<'_>,
        token: &OneTimeToken,
    ) -> Result<EmailMessage, AppError> {
        let link = self.link("secure", token);
        self.with_link("email-change-requested", to, link, self.lifetimes.email_change)
    }

    /// To the address that an account had until now.
    pub(crate) fn email_changed(&self, to: Recipient<'_>) -> Result<EmailMessage, AppError> {
        self.notice("email-changed", to, TextArguments::new(), None)
    }

    /// About a sign-in on a device that was not seen before, with the way to end it.
    pub(crate) fn new_device(
        &self,
        to: Recipient<'_>,
        device: Option<&str>,
        ip: IpAddr,
        at: Timestamp,
    ) -> Result<EmailMessage, AppError> {
        let unknown = self.languages.of(to.language).text("mail-new-device-unknown", &TextArguments::new());
        let unknown = unknown.map_err(|error| AppError::internal(error.to_string()))?;
        let arguments = TextArguments::new()
            .with("device", device.map_or(unknown, str::to_owned))
            .with("ip", ip.to_string())
            .with("time", to_the_minute(at));
        self.notice("new-device", to, arguments, Some(self.forgot()))
    }

    /// About an account that can be restored until this moment.
    pub(crate) fn account_deleted(
        &self,
        to: Recipient<'_>,
        until: Timestamp,
    ) -> Result<EmailMessage, AppError> {
        self.notice("account-deleted", to, TextArguments::new().with("until", to_the_minute(until)), None)
    }

    /// To the owner of a deleted account with whose address somebody wanted to register or to sign in.
    pub(crate) fn used_while_deleted(
        &self,
        to: Recipient<'_>,
        until: Timestamp,
    ) -> Result<EmailMessage, AppError> {
        self.notice("used-while-deleted", to, TextArguments::new().with("until", to_the_minute(until)), None)
    }

    /// To the address that somebody brought from a provider, which does not vouch for it.
    pub(crate) fn identity(
        &self,
        to: Recipient<'_>,
        provider: &str,
        token: &OneTimeToken,
    ) -> Result<EmailMessage, AppError> {
        let arguments = TextArguments::new().with("provider", provider);
        let link = self.link("connect", token);
        self.with_link_and("identity", to, link, self.lifetimes.registration, arguments)
    }

    /// To the owner of a suspended account whose address somebody brought from a provider.
    pub(crate) fn identity_suspended(
        &self,
        to: Recipient<'_>,
        provider: &str,
    ) -> Result<EmailMessage, AppError> {
        self.notice("identity-suspended", to, TextArguments::new().with("provider", provider), None)
    }

    /// For a user who can sign in through one more provider.
    pub(crate) fn identity_linked(
        &self,
        to: Recipient<'_>,
        provider: &str,
    ) -> Result<EmailMessage, AppError> {
        self.notice(
            "identity-linked",
            to,
            TextArguments::new().with("provider", provider),
            Some(self.forgot()),
        )
    }

    /// For a user who can sign in through one provider less.
    pub(crate) fn identity_removed(
        &self,
        to: Recipient<'_>,
        provider: &str,
    ) -> Result<EmailMessage, AppError> {
        self.notice(
            "identity-removed",
            to,
            TextArguments::new().with("provider", provider),
            Some(self.forgot()),
        )
    }

    /// The page where a new password begins.
    fn forgot(&self) -> String {
        format!("{}/account/forgot", self.app_url)
    }

    /// A message with a link that is valid for so long, which it says.
    fn with_link(
        &self,
        name: &'static str,
        to: Recipient<'_>,
        link: String,
        lifetime: Duration,
    ) -> Result<EmailMessage, AppError> {
        self.with_link_and(name, to, link, lifetime, TextArguments::new())
    }

    /// The same with more that it says.
    fn with_link_and(
        &self,
        name: &'static str,
        Recipient { email, language }: Recipient<'_>,
        link: String,
        lifetime: Duration,
        arguments: TextArguments,
    ) -> Result<EmailMessage, AppError> {
        let language = self.languages.of(language);
        let (id, count) = in_words(lifetime);
        let lifetime = language.text(id, &TextArguments::new().with("count", count));
        let lifetime = lifetime.map_err(|error| AppError::internal(error.to_string()))?;
        let arguments = arguments.with("lifetime", lifetime);
        self.form.write(Letter { to: email.clone(), name, arguments, link: Some(link) }, language)
    }

    fn notice(
        &self,
        name: &'static str,
        Recipient { email, language }: Recipient<'_>,
        arguments: TextArguments,
        link: Option<String>,
    ) -> Result<EmailMessage, AppError> {
        let letter = Letter { to: email.clone(), name, arguments, link };
        self.form.write(letter, self.languages.of(language))
    }
}

/// A duration as a text and its number, rounded down: in hours, and below two hours in minutes.
fn in_words(time: Duration) -> (&'static str, u64) {
    match (time.as_secs() / 3600, time.as_secs() / 60) {
        (_, 60) => ("mail-lifetime-hours", 1),
        (..2, minutes) => ("mail-lifetime-minutes", minutes),
        (hours, _) => ("mail-lifetime-hours", hours),
    }
}

/// `2026-11-30 08:15 UTC`: the same in every language.
fn to_the_minute(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => text,
    }
}

#[cfg(test)]
mod tests;
