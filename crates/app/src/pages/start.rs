//! `/`: in development the information that the terminal shows at the start, in production a short page or a
//! redirect to the product's own.

use std::sync::Arc;

use palisade_core::config::{AppConfig, Config};
use palisade_core::errors::AppError;
use palisade_core::identity::{Local, Visitor};
use palisade_core::output::{BuiltInPage, PageError, PageParts, PageTemplates, Redirect};
use palisade_core::utils::crypto::secret::ExposeSecret as _;
use palisade_core::utils::languages::{Language, PerLanguage, TextArguments, TextError};
use palisade_core::utils::templates::TemplateContext;
use palisade_modules::Services;
use palisade_modules::auth::{self, FirstSteps};

/// The redirect of production for people who open its address.
#[derive(Clone, Debug)]
pub struct Home(Redirect);

impl Home {
    /// With its target.
    pub fn new(way: Redirect) -> Self {
        Self(way)
    }

    /// The redirect.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn way(&self) -> Result<Redirect, AppError> {
        Ok(self.0.clone())
    }
}

/// The short page of production, rendered once in each language. Clones share it.
#[derive(Clone, Debug)]
pub struct Front(Arc<PerLanguage<BuiltInPage>>);

impl Front {
    /// Renders it.
    pub(crate) fn new(config: &Config, templates: &PageTemplates) -> Result<Self, PageError> {
        let product = config.rules().product_name;
        let pages = config.languages.try_map(|language| {
            let context = short(language, &product, &config.app)?;
            Ok::<_, PageError>(templates.page_in(language, "front.html", context, PageParts::default())?)
        });
        Ok(Self(Arc::new(pages?)))
    }

    /// The page.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn page(&self, visitor: Visitor) -> Result<BuiltInPage, AppError> {
        Ok(self.0.accepted_by(&visitor.client().languages).clone())
    }
}

/// The start page of development. Clones share everything.
#[derive(Clone, Debug)]
pub struct Start {
    setup: Arc<auth::AdminSetup>,
    about: Arc<About>,
    templates: PageTemplates,
}

/// The fixed content.
#[derive(Debug)]
struct About {
    product: String,
    origin: String,
    has_mailbox: bool,
    home: Option<String>,
    sign_in: Option<String>,
}

impl Start {
    /// Of this server.
    pub(crate) fn new(config: &Config, services: &Services, templates: &PageTemplates) -> Self {
        let owned = |url: &palisade_core::config::PageUrl| url.as_str().to_owned();
        let about = About {
            product: config.rules().product_name,
            origin: config.app.url.origin().as_str().to_owned(),
            has_mailbox: services.has_mailbox(),
            home: config.app.home_url().map(owned),
            sign_in: config.app.sign_in_url().map(owned),
        };
        let setup = Arc::clone(&services.auth.setup);
        Self { setup, about: Arc::new(about), templates: templates.clone() }
    }

    /// The current page.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn page(&self, local: Local) -> Result<BuiltInPage, AppError> {
        let first = self.setup.first_steps(local).await?;
        Ok(self.templates.page("start.html", start(&self.about, &first), PARTS)?)
    }
}

const PARTS: PageParts = PageParts { style: include_str!("start.css"), script: "", connects: false };

fn short(language: &Language, product: &str, app: &AppConfig) -> Result<TemplateContext, TextError> {
    let way = app.sign_in_url().map(|url| {
        let name = language.text("page-sign-in", &TextArguments::new())?;
        Ok::<_, TextError>(TemplateContext::new().with("href", url.as_str()).with("name", name))
    });
    let texts = language.texts("page-front-", &TextArguments::new())?;
    Ok(texts.to_values().with("product", product).with("way", way.transpose()?))
}

fn start(about: &About, first: &FirstSteps) -> TemplateContext {
    let setup_link = match first {
        FirstSteps::With(link) => Some(link.expose_secret()),
        FirstSteps::Done | FirstSteps::Later => None,
    };
    TemplateContext::new()
        .with("product", &about.product)
        .with("origin", &about.origin)
        .with("has_mailbox", about.has_mailbox)
        .with("home", about.home.as_deref())
        .with("sign_in", about.sign_in.as_deref())
        .with("setup_link", setup_link)
        .with("setup_link_is_over", matches!(first, FirstSteps::Later))
}

#[cfg(test)]
mod tests {
    use palisade_core::utils::crypto::secret::SecretString;

    use super::*;
    use crate::pages::templates;

    fn rendered(context: TemplateContext) -> BuiltInPage {
        let page = templates().and_then(|templates| templates.page("start.html", context, PARTS));
        page.expect("a page")
    }

    fn shown(about: &About, first: &FirstSteps) -> BuiltInPage {
        rendered(start(about, first))
    }

    fn about() -> About {
        About {
            product: "Fish & Chips".to_owned(),
            origin: "http://localhost:8080".to_owned(),
            has_mailbox: true,
            home: None,
            sign_in: Some("http://localhost:3000/sign-in?a=1&b=2".to_owned()),
        }
    }

    #[test]
    fn the_setup_link_is_shown_while_it_is_of_use() {
        let link = "http://localhost:8080/account/setup#token=abc";
        let with = shown(&about(), &FirstSteps::With(SecretString::from(link)));
        assert!(with.html().contains(&format!("href=\"{link}\"")));
        let later = shown(&about(), &FirstSteps::Later);
        assert!(later.html().contains("palisade admin create") && !later.html().contains("#token="));
        let done = shown(&about(), &FirstSteps::Done);
        assert!(!done.html().contains("administrator") && !done.html().contains("#token="));
    }

    #[test]
    fn it_says_what_there_is_and_nothing_that_is_not() {
        let page = shown(&about(), &FirstSteps::Done);
        for part in ["Fish &amp; Chips", "href=\"/docs\"", "href=\"/dev/mailbox\"", "sign-in?a=1&amp;b=2"] {
            assert!(page.html().contains(part), "{part}");
        }
        assert!(!page.html().contains("HOME_URL"));
        let without = shown(&About { has_mailbox: false, ..about() }, &FirstSteps::Done);
        assert!(!without.html().contains("/dev/mailbox"));
    }

    #[test]
    fn it_runs_nothing_and_loads_nothing() {
        let page = shown(&about(), &FirstSteps::Done);
        assert!(!page.html().contains("<script") && !page.html().contains(" src="));
        assert!(page.content_security_policy().starts_with("default-src 'none'; style-src 'sha256-"));
    }

    #[test]
    fn no_value_of_the_pages_becomes_markup() {
        let hostile = |_: &str| "\"'><script>".to_owned();
        let everything = About { home: Some("https://example.org".to_owned()), ..about() };
        let link = FirstSteps::With(SecretString::from("http://localhost:8080/"));
        let text = || "a text".to_owned();
        let way = TemplateContext::new().with("href", text()).with("name", text());
        let front = ["product", "lead", "developers", "reference"];
        let front = front.into_iter().fold(TemplateContext::new(), |front, name| front.with(name, text()));
        let front = front.with("way", way).map_texts(&hostile);
        let front = templates().expect("templates").page("front.html", front, PageParts::default());
        let pages = [
            (rendered(start(&everything, &link).map_texts(&hostile)), 2 + 3 + 1 + 2),
            (rendered(start(&everything, &FirstSteps::Later).map_texts(&hostile)), 2 + 3 + 2),
            (front.expect("a page"), 3 + 3 + 2),
        ];
        for (page, shown) in pages {
            assert!(!page.html().contains("<script") && !page.html().contains("'>"), "{}", page.html());
            assert_eq!(page.html().matches("&quot;&#39;&gt;&lt;script&gt;").count(), shown);
        }
    }
}
