//! Mail: how it leaves, and how much of it one address gets.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::Path;

use url::Url;

use super::app::AppConfig;
use super::folder::Folder;
use super::reader::Reader;
use super::settings::{Definition, Problem, Setting, settings};
use super::trust::CaFile;
use super::userinfo;
use super::values::Count;
use crate::limits::Quota;
use crate::net::is_loopback;
use crate::utils::crypto::secret::{ExposeSecret as _, SecretString};
use crate::values::mail_address::{Address, AddressProblem};

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (RFC 8314): `smtps://`.
    Tls,
    /// TLS after `STARTTLS`: `smtp://`. A server that does not offer it gets no mail.
    StartTls,
    /// None: `smtp://` to this machine, where nobody can listen.
    Plain,
}

/// The mail server.
#[derive(Clone)]
pub struct SmtpUrl {
    security: SmtpSecurity,
    host: String,
    port: u16,
    credentials: Option<(String, SecretString)>,
    authorities: Option<CaFile>,
}

impl SmtpUrl {
    /// How the connection is protected.
    pub fn security(&self) -> SmtpSecurity {
        self.security
    }

    /// The name or address of the server; IPv6 without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port: 465 for `smtps`, 587 for `smtp`, unless another is given.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The authorities that it trusts, if not the system's.
    pub fn authorities(&self) -> Option<&Path> {
        self.authorities.as_ref().map(CaFile::path)
    }

    /// User name and password.
    pub fn credentials(&self) -> Option<(&str, &SecretString)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password))
    }
}

impl Setting for SmtpUrl {
    const SECRET: bool = true;

    fn expects() -> String {
        "`smtps://user:password@host:465` (TLS) or `smtp://user:password@host:587` (STARTTLS required, except to this \
         machine); special characters percent-encoded"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        userinfo::refuse_placeholder(text)?;
        userinfo::refuse_unencoded(text.split_once("://").map_or("", |(_, rest)| rest))?;
        let url = Url::parse(text).map_err(|_| "is not a URL")?;
        let host = url.host().ok_or("has no host")?;
        // WHATWG does not know the scheme, so an IPv4 address arrives as a name.
        let address = host.to_string().parse::<std::net::IpAddr>();
        let local = is_loopback(&host) || address.is_ok_and(|address| address.is_loopback());
        let (security, port) = match url.scheme() {
            "smtps" => (SmtpSecurity::Tls, 465),
            "smtp" if local => (SmtpSecurity::Plain, 587),
            "smtp" => (SmtpSecurity::StartTls, 587),
            _ => return Err("is neither `smtps` nor `smtp`".into()),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err("must end after host and port".into());
        }
        let credentials = userinfo::credentials(&url)?;
        let host = host.to_string().trim_matches(['[', ']']).to_owned();
        Ok(Self { security, host, port: url.port().unwrap_or(port), credentials, authorities: None })
    }

    fn show(&self) -> String {
        let scheme = if self.security == SmtpSecurity::Tls { "smtps" } else { "smtp" };
        let credentials = if self.credentials.is_some() { "…@" } else { "" };
        format!("{scheme}://{credentials}{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpUrl({})", self.show())
    }
}

/// The sender of mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFrom {
    name: Option<String>,
    address: String,
}

impl MailFrom {
    /// The name beside the address.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The address alone, its domain in A-labels. `localhost` passes: development mails to itself.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl fmt::Display for MailFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

impl Setting for MailFrom {
    fn expects() -> String {
        "an address, with or without a name: `Example <no-reply@example.org>`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let (name, address) = match text.trim_end().strip_suffix('>') {
            Some(rest) => rest.split_once('<').ok_or("has no `<` before the address")?,
            None => ("", text),
        };
        let name = name.trim().trim_matches('"');
        // Quoting is the mail library's job; no real name contains characters that would break out of the header.
        if name.contains(|c: char| c.is_control() || matches!(c, '<' | '>' | '"')) {
            return Err("has a name with characters that no name contains".into());
        }
        let address = Address::parse(address).map_err(AddressProblem::message)?;
        let address = format!("{}@{}", address.local(), address.domain());
        Ok(Self { name: (!name.is_empty()).then(|| name.to_owned()), address })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

settings! {
    /// The settings of mail as the environment gives them.
    pub(super) struct MailSettings in "Mail" {
        /// The server that accepts our mail.
        smtp: SmtpUrl = SMTP_URL required("development shows mail at `/dev/mailbox`") like "smtps://user:password@smtp.example.org:465";
        /// The authorities that may sign that server's certificate, instead of those of SSL_CERT_FILE.
        authorities: CaFile = SMTP_CA_FILE optional("as SSL_CERT_FILE") like "/etc/palisade/authority.pem";
        /// The sender of mail. An address without a name gets the name of `APP_NAME`, if that is set.
        from: MailFrom = MAIL_FROM required("development uses palisade@localhost") like "Example <no-reply@example.org>";
        /// How many mails one address gets for one purpose. Above it the server sends nothing and reports nothing,
        /// and earlier mails stay valid: mailed links live at least twice this window.
        budget: Quota = MAIL_BUDGET default("3/15m");
        /// The same budget over a longer time. Above it the server sends no notices, and one link per half of a
        /// link's life, so that a stranger who floods an address cannot keep its owner from a working link.
        budget_day: Quota = MAIL_BUDGET_DAY default("10/1d");
        /// How many mails of one purpose the whole server sends. Above it mails wait. Half of the budget that
        /// strangers can use is kept for networks that have used little.
        budget_server: Quota = MAIL_BUDGET_SERVER default("1000/1h");
        /// How many mails are delivered at once, each over its own connection.
        connections: Count<1, 64> = MAIL_CONNECTIONS default("8");
        /// A folder with `mail.html`, `mail.txt` or both: the form of all mails, instead of that of the program
        /// (docs/languages.md). A file with a mistake is refused.
        templates: Folder = MAIL_TEMPLATES_DIR optional("the form of the program") like "/etc/palisade/mails";
    }
}

/// How mail leaves.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// Through a server.
    Smtp(SmtpUrl),
    /// Nowhere: development shows it at `/dev/mailbox`.
    Mailbox,
}

/// Mail.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// How it leaves.
    pub delivery: Delivery,
    /// The sender.
    pub from: MailFrom,
    /// How many mails one address gets for one purpose.
    pub budget: Quota,
    /// The same budget over a longer time.
    pub budget_day: Quota,
    /// How many mails of one purpose the whole server sends.
    pub budget_server: Quota,
    /// How many mails are delivered at once.
    pub connections: NonZeroUsize,
    /// The folder with the form of all mails, if an operator has one.
    pub templates: Option<Folder>,
}

impl MailConfig {
    pub(super) const BUDGET: &'static Definition = MailSettings::MAIL_BUDGET;

    pub(super) fn read(app: &AppConfig, reader: &mut Reader<'_>) -> Self {
        let settings = MailSettings::read(reader);
        if let Some((_, password)) = settings.smtp.as_ref().and_then(SmtpUrl::credentials) {
            reader.keep(MailSettings::SMTP_URL, password.expose_secret());
            // Only values from documentation: we do not judge a provider's password.
            if reader.is_production()
                && matches!(password.expose_secret(), "password" | "changeme" | "secret")
            {
                reader.refuse(MailSettings::SMTP_URL, "contains a sample password");
            }
        }
        let plain = |server: &SmtpUrl| server.security == SmtpSecurity::Plain;
        if settings.authorities.is_some() && settings.smtp.as_ref().is_none_or(plain) {
            reader.warn("SMTP_CA_FILE: is not used: mail is not sent over TLS");
        }
        let authorities = settings.authorities;
        let smtp = settings.smtp.map(|server| SmtpUrl { authorities, ..server });
        let from = settings
            .from
            .unwrap_or_else(|| MailFrom { name: None, address: "palisade@localhost".to_owned() });
        let from = MailFrom { name: from.name.or_else(|| app.given_name().map(str::to_owned)), ..from };
        Self {
            delivery: smtp.map_or(Delivery::Mailbox, Delivery::Smtp),
            from,
            budget: settings.budget,
            budget_day: settings.budget_day,
            budget_server: settings.budget_server,
            templates: settings.templates,
            connections: NonZeroUsize::new(settings.connections.as_usize()).unwrap_or(NonZeroUsize::MIN),
        }
    }
}
