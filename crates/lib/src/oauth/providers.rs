//! All configured providers.

use std::sync::Arc;

use palisade_core::config::{OAuthConfig, OutboundConfig};
use palisade_core::ports::Clock;

use super::provider::Provider;
use crate::outbound::{Outbound, OutboundOpenError};

/// The configured providers. Clones share their documents and connections.
#[derive(Clone, Debug)]
pub struct Providers(Arc<[Provider]>);

impl Providers {
    /// The providers of this configuration, which make their calls through `outbound`. Connects to nothing yet.
    pub fn new(config: &OAuthConfig, clock: &Arc<dyn Clock>, outbound: &Outbound) -> Self {
        let provider =
            |provider: &_| Provider::new(Clone::clone(provider), Arc::clone(clock), outbound.clone());
        Self(config.providers.iter().map(provider).collect())
    }

    /// The same with connections of their own. Without a provider nothing is prepared, so nothing can be missing.
    ///
    /// # Errors
    /// When this machine has no trusted certificates.
    pub fn open(
        config: &OAuthConfig,
        outbound: &OutboundConfig,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, OutboundOpenError> {
        if config.providers.is_empty() {
            return Ok(Self(Arc::default()));
        }
        Ok(Self::new(config, clock, &Outbound::open(outbound)?))
    }

    /// The provider of this name.
    pub fn get(&self, name: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.name() == name)
    }

    /// All of them, in the order of their settings.
    pub fn iter(&self) -> std::slice::Iter<'_, Provider> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Providers {
    type Item = &'a Provider;
    type IntoIter = std::slice::Iter<'a, Provider>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
