//! `/`: in development the information that the terminal shows at the start, in production a short page or a
//! redirect to the product's own.

use std::sync::Arc;

use palisade_core::config::{AppConfig, Config};
use palisade_core::errors::AppError;
use palisade_core::identity::Local;
use palisade_core::output::{BuiltInPage, Html, PageParts, Redirect};
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

/// The short page of production, assembled once. Clones share it.
#[derive(Clone, Debug)]
pub struct Front(Arc<BuiltInPage>);

impl Front {
    /// Assembles it.
    pub fn new(config: &Config) -> Self {
        Self(Arc::new(short(&config.rules().product_name, &config.app)))
    }

    /// The page.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn page(&self) -> Result<BuiltInPage, AppError> {
        Ok(BuiltInPage::clone(&self.0))
    }
}

/// The start page of development. Clones share everything.
#[derive(Clone, Debug)]
pub struct Start {
    setup: Arc<auth::AdminSetup>,
    about: Arc<About>,
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
    pub fn new(config: &Config, services: &Services) -> Self {
        let owned = |url: &palisade_core::config::PageUrl| url.as_str().to_owned();
        let about = About {
            product: config.rules().product_name,
            origin: config.app.url.origin().as_str().to_owned(),
            has_mailbox: services.has_mailbox(),
            home: config.app.home_url().map(owned),
            sign_in: config.app.sign_in_url().map(owned),
        };
        Self { setup: Arc::clone(&services.auth.setup), about: Arc::new(about) }
    }

    /// The current page.
    ///
    /// # Errors
    /// 503 when the store is down.
    pub async fn page(&self, local: Local) -> Result<BuiltInPage, AppError> {
        let first = self.setup.first_steps(local).await?;
        Ok(start(&self.about, &first))
    }
}

fn brand(product: &str, html: &mut Html) {
    html.raw("<div class=\"brand\">").mark().raw("<span>").text(product).raw("</span></div>\n");
}

fn short(product: &str, app: &AppConfig) -> BuiltInPage {
    let mut body = Html::new();
    body.raw("<main class=\"sheet\">\n");
    brand(product, &mut body);
    body.raw("<div class=\"card\">\n<h1>").text(product).raw("</h1>\n<p class=\"lead\">");
    body.raw(
        "This is the server of the service: programs talk to it, and there is nothing to see here.</p>\n",
    );
    if let Some(url) = app.sign_in_url() {
        body.raw("<p class=\"way\"><a class=\"go\" href=\"").text(url.as_str()).raw("\">Sign in</a></p>\n");
    }
    body.raw(
        "<p class=\"aside\">For developers: the <a href=\"/docs\">API reference</a>.</p>\n</div>\n</main>\n",
    );
    BuiltInPage::assemble(&PageParts { title: product, body, style: "", script: "", connects: false })
}

fn start(about: &About, first: &FirstSteps) -> BuiltInPage {
    let mut body = Html::new();
    body.raw("<main class=\"start\">\n");
    brand(&about.product, &mut body);
    body.raw("<h1>The server is running</h1>\n<p class=\"lead\">It answers at <code>").text(&about.origin);
    body.raw("</code>. This page exists in development only, and only for this machine.</p>\n");
    administrator(first, &mut body);
    places(about, &mut body);
    steps(about, &mut body);
    body.raw("</main>\n");
    let title = format!("{} (development)", about.product);
    let style = include_str!("start.css");
    BuiltInPage::assemble(&PageParts { title: &title, body, style, script: "", connects: false })
}

fn administrator(first: &FirstSteps, html: &mut Html) {
    match first {
        FirstSteps::Done => {}
        FirstSteps::With(link) => {
            html.raw("<section class=\"card\">\n<h2>There is no administrator yet</h2>\n");
            html.raw("<p>The first account may do everything. This link makes it, once.</p>\n<p class=\"way\"><a class=\"go\" href=\"");
            html.text(link.expose_secret()).raw("\">Make the first account</a></p>\n</section>\n");
        }
        FirstSteps::Later => {
            html.raw("<section class=\"card\">\n<h2>There is no administrator yet</h2>\n<p>The setup link of this start is over. ");
            html.raw("Start the server again for another one, or run</p>\n<pre tabindex=\"0\">");
            html.raw("palisade admin create --email you@example.org</pre>\n</section>\n");
        }
    }
}

fn places(about: &About, html: &mut Html) {
    html.raw("<section>\n<h2>What there is</h2>\n<ul class=\"places\">\n");
    place("/docs", "API reference", "Every route, with what it takes and what it answers", html);
    if about.has_mailbox {
        place("/dev/mailbox", "Mailbox", "The mails that would have been sent", html);
    }
    place("/api/v1/openapi.json", "OpenAPI document", "The same reference for generators", html);
    place("/api/v1/health", "Health", "What this server depends on, and whether it works", html);
    if let Some(home) = &about.home {
        place(home, "Home", "HOME_URL: where production leads from here", html);
    }
    if let Some(sign_in) = &about.sign_in {
        place(sign_in, "Sign-in page", "SIGN_IN_URL: where the pages for mailed links lead", html);
    }
    html.raw("</ul>\n</section>\n");
}

fn place(href: &str, name: &'static str, what: &'static str, html: &mut Html) {
    html.raw("<li><a href=\"")
        .text(href)
        .raw("\">")
        .raw(name)
        .raw("</a> <span>")
        .raw(what)
        .raw("</span></li>\n");
}

/// A first tour of the interface, to be copied into a terminal.
fn steps(about: &About, html: &mut Html) {
    html.raw("<section>\n<h2>Next steps</h2>\n<ol class=\"steps\">\n<li>Register somebody:");
    command(about, "register", html);
    html.raw("</li>\n<li>Open the link in the ");
    html.raw(if about.has_mailbox { "<a href=\"/dev/mailbox\">mailbox</a>" } else { "mail" });
    html.raw(" and choose the password there: your browser is not the one that registered.</li>\n<li>Sign in with it:");
    command(about, "login", html);
    html.raw("</li>\n<li>See every setting with <code>palisade check</code>, and every route with <code>palisade routes</code>. ");
    html.raw("In a checkout, <code>cargo run -q --</code> stands for <code>palisade</code>.");
    html.raw("</li>\n</ol>\n</section>\n");
}

fn command(about: &About, route: &'static str, html: &mut Html) {
    html.raw("\n<pre tabindex=\"0\">curl ").text(&about.origin).raw("/api/v1/auth/").raw(route);
    html.raw(
        " \\\n  --json '{\"email\":\"ada@example.org\",\"password\":\"a long enough passphrase\"}'</pre>",
    );
}

#[cfg(test)]
mod tests {
    use palisade_core::utils::crypto::secret::SecretString;

    use super::*;

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
        let with = start(&about(), &FirstSteps::With(SecretString::new(link.to_owned())));
        assert!(with.html().contains(&format!("href=\"{link}\"")));
        let later = start(&about(), &FirstSteps::Later);
        assert!(later.html().contains("palisade admin create") && !later.html().contains("#token="));
        let done = start(&about(), &FirstSteps::Done);
        assert!(!done.html().contains("administrator") && !done.html().contains("#token="));
    }

    #[test]
    fn it_says_what_there_is_and_nothing_that_is_not() {
        let page = start(&about(), &FirstSteps::Done);
        for part in ["Fish &amp; Chips", "href=\"/docs\"", "href=\"/dev/mailbox\"", "sign-in?a=1&amp;b=2"] {
            assert!(page.html().contains(part), "{part}");
        }
        assert!(!page.html().contains("HOME_URL"));
        let without = start(&About { has_mailbox: false, ..about() }, &FirstSteps::Done);
        assert!(!without.html().contains("/dev/mailbox"));
    }

    #[test]
    fn it_runs_nothing_and_loads_nothing() {
        let page = start(&about(), &FirstSteps::Done);
        assert!(!page.html().contains("<script") && !page.html().contains(" src="));
        assert!(page.content_security_policy().starts_with("default-src 'none'; style-src 'sha256-"));
    }
}
