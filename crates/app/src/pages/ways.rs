//! Where the pages lead: to sign in, to a provider, and on from there.

use palisade_core::config::oauth::ProviderConfig;
use palisade_core::config::{Config, PageUrl};
use palisade_core::utils::languages::{Language, TextArguments, TextError};
use palisade_core::utils::templates::TemplateContext;

/// Where the pages lead.
pub(super) struct Ways {
    /// The page to sign in.
    sign_in: String,
    /// The page for a user who is signed in.
    home: String,
    /// The providers to sign in through.
    providers: Vec<Way>,
}

/// A provider to sign in through.
struct Way {
    /// Its name in addresses.
    name: String,
    /// Its name for people.
    label: String,
}

impl Ways {
    /// To the pages of the product, else to the built-in ones.
    pub(super) fn of(config: &Config) -> Self {
        let app = &config.app;
        let to = |url: Option<&PageUrl>, own: &str| url.map_or(own, PageUrl::as_str).to_owned();
        let way = |provider: &ProviderConfig| Way {
            name: provider.name.as_str().to_owned(),
            label: provider.label.as_str().to_owned(),
        };
        Self {
            sign_in: to(app.sign_in_url(), "/account/sign-in"),
            home: to(app.home_url(), "/account"),
            providers: config.oauth.providers.iter().map(way).collect(),
        }
    }

    /// The providers, each with what its button says in a language: the text with this id.
    pub(super) fn providers(&self, language: &Language, id: &str) -> Result<Vec<TemplateContext>, TextError> {
        let button = |way: &Way| {
            let arguments = TextArguments::new().with("provider", way.label.as_str());
            let context = TemplateContext::new().with("name", &way.name).with("label", &way.label);
            Ok(context.with("button", language.text(id, &arguments)?))
        };
        self.providers.iter().map(button).collect()
    }

    #[cfg(test)]
    pub(super) fn for_tests(sign_in: &str, home: &str, provider: &str) -> Self {
        let providers = vec![Way { name: "acme".to_owned(), label: provider.to_owned() }];
        Self { sign_in: sign_in.to_owned(), home: home.to_owned(), providers }
    }

    /// The page to sign in.
    pub(super) fn sign_in(&self) -> &str {
        &self.sign_in
    }

    /// The page for a user who is signed in.
    pub(super) fn home(&self) -> &str {
        &self.home
    }
}
