//! One configured provider.

use std::fmt;

use super::apple::AppleKey;
use super::values::{ClientId, ClientSecret, Domains, Label, Scopes, ServerUrl, Tenant, TokenAuth};

/// Which provider it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProviderKind {
    /// Google.
    Google,
    /// GitHub, or GitHub Enterprise Server.
    GitHub,
    /// Microsoft Entra.
    Microsoft,
    /// Apple.
    Apple,
    /// GitLab, or a GitLab server of one's own.
    GitLab,
    /// Discord.
    Discord,
    /// Slack.
    Slack,
    /// LinkedIn.
    LinkedIn,
    /// Any issuer of OpenID Connect.
    Oidc,
}

impl ProviderKind {
    /// The providers with settings of their own.
    pub const PRESETS: [Self; 8] = [
        Self::Google,
        Self::GitHub,
        Self::Microsoft,
        Self::Apple,
        Self::GitLab,
        Self::Discord,
        Self::Slack,
        Self::LinkedIn,
    ];

    /// The name in addresses; for [`Oidc`](Self::Oidc) every provider has its own.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::GitHub => "github",
            Self::Microsoft => "microsoft",
            Self::Apple => "apple",
            Self::GitLab => "gitlab",
            Self::Discord => "discord",
            Self::Slack => "slack",
            Self::LinkedIn => "linkedin",
            Self::Oidc => "oidc",
        }
    }

    /// The name for people.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::GitHub => "GitHub",
            Self::Microsoft => "Microsoft",
            Self::Apple => "Apple",
            Self::GitLab => "GitLab",
            Self::Discord => "Discord",
            Self::Slack => "Slack",
            Self::LinkedIn => "LinkedIn",
            Self::Oidc => "OpenID Connect",
        }
    }
}

/// The name of a provider in addresses and documents: lower-case letters, digits and single inner dashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderName(String);

impl ProviderName {
    /// The maximum length.
    pub const MAX_LENGTH: usize = 32;

    /// The name of a preset.
    pub(super) fn of(kind: ProviderKind) -> Self {
        Self(kind.name().to_owned())
    }

    /// The name that a variable has between `OIDC_` and its end: capital letters, digits, single inner underscores.
    pub(super) fn of_variable(chosen: &str) -> Option<Self> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        let is_name = chosen.len() <= Self::MAX_LENGTH && chosen.split('_').all(is_word);
        is_name.then(|| Self(chosen.to_ascii_lowercase().replace('_', "-")))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What proves this server to a provider.
#[derive(Clone, Debug)]
pub enum ClientCredential {
    /// A secret of both.
    Secret(ClientSecret),
    /// A key that signs a new secret whenever the last one ends.
    AppleKey(AppleKey),
}

/// One configured provider.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    /// Its name in addresses.
    pub name: ProviderName,
    /// Its name for people.
    pub label: Label,
    /// Which provider it is.
    pub kind: ProviderKind,
    /// The id of this server there.
    pub client_id: ClientId,
    /// What proves this server there.
    pub credential: ClientCredential,
    /// The issuer of [`Oidc`](ProviderKind::Oidc); for a preset another server than the provider's own.
    pub server: Option<ServerUrl>,
    /// Whose people may sign in at Microsoft.
    pub tenant: Option<Tenant>,
    /// The scopes, if not those that a sign-in needs.
    pub scopes: Option<Scopes>,
    /// The domains whose mailboxes this provider gives out itself.
    pub authoritative: Domains,
    /// How the secret is shown to the token endpoint, if the operator knows better than the provider's document.
    pub token_auth: Option<TokenAuth>,
}
