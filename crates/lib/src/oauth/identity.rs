//! Who signed in, as the provider says, and how much its word about the mailbox counts.

use palisade_core::config::oauth::{Domains, ProviderKind};
use palisade_core::values::mail_address::{Address, canonical_domain};
use serde::Deserialize;
use serde_json::Value;

use super::error::Refusal;

/// The maximum length of a subject in bytes (OpenID Connect Core 1.0 section 2: 255 ASCII characters).
const MAX_SUBJECT: usize = 255;
/// The maximum length of a name in code points; a longer one is cut.
const MAX_NAME: usize = 100;

/// Who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderIdentity {
    /// Who says so. Together with the subject it names one person for ever; the name of the provider in the
    /// configuration may change.
    pub issuer: String,
    /// The name of the person there, at most 255 bytes. It is never given to another person.
    pub subject: String,
    /// The mail address, as the provider spells it; `None` if it gives none, or none that this product could use.
    pub address: Option<String>,
    /// Whether the provider says that the address is the person's own.
    pub address_is_verified: bool,
    /// Whether the provider itself gives out the mailbox, so that nobody else can have it. Never without a verified
    /// address.
    pub is_authoritative: bool,
    /// The name for people, one line of at most 100 characters.
    pub name: Option<String>,
}

/// The claims about a person, in an ID token or in the answer about a person. Values of another type than expected do
/// not make the whole answer unreadable; they count as absent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Profile {
    pub(super) sub: Value,
    email: Value,
    email_verified: Value,
    name: Value,
    hd: Value,
    xms_edov: Value,
}

impl Profile {
    /// Whether it has an address.
    pub(super) fn has_address(&self) -> bool {
        self.email.as_str().is_some_and(|email| !email.is_empty())
    }

    /// The claims of `other` about the address, and its name if there is none here.
    pub(super) fn completed_by(self, other: Self) -> Self {
        let name = if self.name.is_string() { self.name } else { other.name };
        Self { sub: self.sub, name, ..other }
    }

    /// Who it is.
    pub(super) fn identity(
        &self,
        of: &Source<'_>,
        subject: String,
        name: Option<String>,
    ) -> ProviderIdentity {
        let found = self.email.as_str().and_then(usable);
        let address = found.as_ref().map(|address| address.0.clone());
        let address_is_verified = found.is_some() && self.is_verified(of.kind);
        let is_authoritative =
            address_is_verified && found.is_some_and(|(_, domain)| self.is_authoritative(of, &domain));
        let name = name.or_else(|| self.name.as_str().and_then(one_line));
        ProviderIdentity {
            issuer: of.issuer.to_owned(),
            subject,
            address,
            address_is_verified,
            is_authoritative,
            name,
        }
    }

    /// Whether the provider says that the address is verified, in the form that this provider documents:
    ///
    /// | provider | form |
    /// |---|---|
    /// | Apple | `email_verified`, a boolean or the text `"true"` (Apple, "Authenticating users with Sign in with Apple") |
    /// | Microsoft | `xms_edov`, a boolean: the owner of the domain was verified (Microsoft, "Optional claims reference"); `email` alone is what a tenant's administrator typed |
    /// | all others | `email_verified`, a boolean (OpenID Connect Core 1.0 section 5.1) |
    ///
    /// Missing is not true, and neither is another type.
    fn is_verified(&self, kind: ProviderKind) -> bool {
        match kind {
            ProviderKind::Apple => {
                self.email_verified == Value::Bool(true) || self.email_verified.as_str() == Some("true")
            }
            ProviderKind::Microsoft => self.xms_edov == Value::Bool(true),
            ProviderKind::Google
            | ProviderKind::GitHub
            | ProviderKind::GitLab
            | ProviderKind::Discord
            | ProviderKind::Slack
            | ProviderKind::LinkedIn
            | ProviderKind::Oidc => self.email_verified == Value::Bool(true),
        }
    }

    /// Whether the provider gives out the mailboxes of this domain:
    ///
    /// | provider | domains |
    /// |---|---|
    /// | Google | `gmail.com`, `googlemail.com`, and the domain in `hd` (Google, "Verify the Google ID token": only then is Google authoritative) |
    /// | an issuer | those that the operator names for it |
    /// | all others | none |
    fn is_authoritative(&self, of: &Source<'_>, domain: &str) -> bool {
        match of.kind {
            ProviderKind::Google => {
                let hosted = self.hd.as_str().and_then(|hosted| canonical_domain(hosted).ok());
                matches!(domain, "gmail.com" | "googlemail.com") || hosted.as_deref() == Some(domain)
            }
            ProviderKind::Oidc => of.authoritative.contains(domain),
            ProviderKind::GitHub
            | ProviderKind::Microsoft
            | ProviderKind::Apple
            | ProviderKind::GitLab
            | ProviderKind::Discord
            | ProviderKind::Slack
            | ProviderKind::LinkedIn => false,
        }
    }
}

/// Who says it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) kind: ProviderKind,
    pub(super) issuer: &'a str,
    pub(super) authoritative: &'a Domains,
}

/// The address without space around it, and its domain in A-labels, if this product could use it.
fn usable(text: &str) -> Option<(String, String)> {
    let address = Address::parse(text).ok().filter(Address::is_qualified)?;
    Some((text.trim().to_owned(), address.domain().to_owned()))
}

/// A name as one line without characters that change how it is read.
pub(super) fn one_line(text: &str) -> Option<String> {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let words: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    let line: String =
        words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MAX_NAME).collect();
    Some(line.trim_end().to_owned()).filter(|line| !line.is_empty())
}

/// A subject that can be stored and compared.
pub(super) fn subject(text: &str) -> Result<String, Refusal> {
    let is_usable = !text.is_empty() && text.len() <= MAX_SUBJECT && !text.contains(char::is_control);
    if is_usable { Ok(text.to_owned()) } else { Err(Refusal::Subject) }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
