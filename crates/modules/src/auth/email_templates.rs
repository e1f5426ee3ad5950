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

    /// The page where a new password begins.
    fn forgot(&self) -> String {
        format!("{}/account/forgot", self.app_url)
    }

    /// A message with a link that is valid for so long, which it says.
    fn with_link(
        &self,
        name: &'static str,
        Recipient { email, language }: Recipient<'_>,
        link: String,
        lifetime: Duration,
    ) -> Result<EmailMessage, AppError> {
        let language = self.languages.of(language);
        let (id, count) = in_words(lifetime);
        let lifetime = language.text(id, &TextArguments::new().with("count", count));
        let lifetime = lifetime.map_err(|error| AppError::internal(error.to_string()))?;
        let arguments = TextArguments::new().with("lifetime", lifetime);
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
mod tests {
    use palisade_core::config::Env;
    use palisade_core::ports::SystemRng;

    use super::*;

    fn templates() -> EmailTemplates {
        let env = Env::from_pairs([("APP_NAME", "Fish & Chips")]);
        let config = Config::load_read_only(&env, &SystemRng).expect("a configuration");
        EmailTemplates::new(&config).expect("templates")
    }

    /// One of each kind.
    fn all(templates: &EmailTemplates, to: Recipient<'_>) -> Vec<EmailMessage> {
        let token = OneTimeToken::generate(&SystemRng);
        let written = [
            templates.verification(to, &token),
            templates.setup(to, &token),
            templates.invitation(to, &token),
            templates.taken(to),
            templates.password_reset(to, &token),
            templates.reset_suspended(to),
            templates.password_changed(to),
            templates.session_ended(to),
            templates.email_change(to, &token),
            templates.email_change_taken(to),
            templates.email_change_requested(to, &token),
            templates.email_changed(to),
            templates.new_device(to, Some("Firefox"), IpAddr::from([192, 0, 2, 1]), Timestamp::EPOCH),
            templates.account_deleted(to, Timestamp::EPOCH),
        ];
        written.into_iter().collect::<Result<_, _>>().expect("messages")
    }

    #[test]
    fn every_mail_can_be_written_in_every_language() {
        let (templates, email) = (templates(), Email::parse("ada@example.org").expect("an address"));
        for language in templates.languages.tags() {
            let mut subjects = std::collections::BTreeSet::new();
            for message in all(&templates, Recipient { email: &email, language: Some(language) }) {
                let EmailMessage { subject, text, html, links, .. } = &message;
                let html = html.as_deref().expect("an HTML part");
                assert!(
                    html.starts_with("<!doctype html>\n<html lang=\"") && html.ends_with("</html>\n"),
                    "{html}"
                );
                assert!(
                    html.contains(&format!("lang=\"{language}\"")) && html.contains("Fish &amp; Chips"),
                    "{html}"
                );
                assert!(!html.contains("Fish & Chips") && text.contains("Fish & Chips"), "{text}");
                assert!(
                    !text.starts_with('\n') && text.ends_with('\n') && !text.ends_with("\n\n"),
                    "{text:?}"
                );
                assert!(!text.contains("\n\n\n") && !text.contains("{#"), "{text:?}");
                assert!(
                    !subject.contains(|c: char| c.is_control() || ('\u{2066}'..='\u{2069}').contains(&c))
                );
                for link in links {
                    assert!(text.lines().any(|line| line == link), "a link has its own line: {text}");
                    assert!(html.contains(&format!("href=\"{link}\"")), "{html}");
                }
                assert_eq!(message.language.as_ref(), Some(language));
                subjects.insert(subject.clone());
            }
            // Two tell of the same: that an account exists.
            assert_eq!(subjects.len(), 14 - 1, "each has a subject of its own: {subjects:#?}");
        }
    }

    #[test]
    fn the_text_reads_as_a_person_would_write_it() {
        let (templates, email) = (templates(), Email::parse("ada@example.org").expect("an address"));
        let token = OneTimeToken::generate(&SystemRng);
        let message =
            templates.verification(Recipient { email: &email, language: None }, &token).expect("a message");
        let link = templates.link("verify", &token);
        let expected = format!(
            "Someone, hopefully you, asked for an account at Fish & Chips with this email address.\n\n\
             Confirm your email address:\n{link}\n\n\
             The link is valid for 24 hours. If you did not ask for this, do nothing: no account will be created.\n"
        );
        assert_eq!(message.text, expected);
        assert_eq!(message.subject, "Confirm your email address for Fish & Chips");
    }

    #[test]
    fn a_sign_in_is_described_line_by_line() {
        let (templates, email) = (templates(), Email::parse("ada@example.org").expect("an address"));
        let at = Timestamp::from_secs(1_700_000_000);
        let to = Recipient { email: &email, language: None };
        let message = templates.new_device(to, None, IpAddr::from([192, 0, 2, 1]), at).expect("a message");
        let lines = "\nDevice: unknown\nNetwork address: 192.0.2.1\nTime: 2023-11-14 22:13 UTC\n";
        assert!(message.text.contains(lines), "{}", message.text);
        let html = message.html.expect("an HTML part");
        assert!(
            html.contains("Device: unknown<br>Network address: 192.0.2.1<br>Time: 2023-11-14 22:13 UTC</p>"),
            "{html}"
        );
    }

    #[test]
    fn a_time_is_said_as_people_say_it_and_never_longer() {
        for (seconds, said) in [
            (60, ("minutes", 1)),
            (119, ("minutes", 1)),
            (1800, ("minutes", 30)),
            (3600, ("hours", 1)),
            (5400, ("minutes", 90)),
            (7199, ("minutes", 119)),
            (7200, ("hours", 2)),
            (86_400, ("hours", 24)),
            (90_000, ("hours", 25)),
            (604_800, ("hours", 168)),
        ] {
            let (id, count) = in_words(Duration::from_secs(seconds));
            assert_eq!((id.strip_prefix("mail-lifetime-").expect("a text"), count), said);
        }
    }
}
