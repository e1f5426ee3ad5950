//! Sign-in through providers: which ones, where a browser may go afterwards, and how their servers are called.

mod apple;
mod named;
mod presets;
mod provider;
mod values;

pub use apple::{AppleId, AppleKey, ApplePrivateKey};
pub(super) use named::SECTION as NAMED_SECTION;
pub(super) use presets::OAuthSettings;
pub use provider::{ClientCredential, ProviderConfig, ProviderKind, ProviderName};
pub use values::{ClientId, ClientSecret, Domains, Label, Scopes, ServerUrl, Tenant, TokenAuth};

use std::time::Duration;

use super::reader::Reader;
use crate::net::ReturnToOrigins;

/// Sign-in through providers.
#[derive(Clone, Debug)]
pub struct OAuthConfig {
    /// The configured providers, each name once.
    pub providers: Vec<ProviderConfig>,
    /// How long a person may take at a provider.
    pub ttl: Duration,
    /// Where a browser may be sent besides the pages of this server.
    pub return_to: ReturnToOrigins,
}

impl OAuthConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let settings = OAuthSettings::read(reader);
        let (ttl, return_to) = (settings.ttl.get(), settings.return_to.clone().unwrap_or_default());
        if reader.is_production() && return_to.web().any(|origin| !origin.is_secure()) {
            reader.refuse_for(
                OAuthSettings::RETURN_TO_ORIGINS,
                "contains an origin that is not `https`",
                "only `https://` origins, and addresses of apps, in production",
            );
        }
        let mut providers = settings.providers(reader);
        providers.extend(named::read(reader));
        Self { providers, ttl, return_to }
    }

    /// The providers in one line for an operator; `None` if there are none.
    pub(super) fn note(&self) -> Option<String> {
        let names: Vec<&str> = self.providers.iter().map(|provider| provider.name.as_str()).collect();
        (!names.is_empty()).then(|| format!("sign-in through: {}", names.join(", ")))
    }
}
