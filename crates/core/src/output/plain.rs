//! The kinds of output without the envelope: documents that standards define, pages and redirects.

use std::borrow::Cow;

use http::HeaderValue;
use url::form_urlencoded;

use super::kinds::{HTML, JSON, Output, OutputDoc, Paginated, sealed};
use super::reply::{Plain, Reply, ReplyBody};
use super::view::View;
use crate::config::AppConfig;
use crate::errors::AppError;
use crate::metrics::Metrics;
use crate::net::Destination;
use crate::utils::crypto::token::VerificationKeys;
use crate::utils::languages::LanguageTag;
use crate::utils::pagination::Page;

/// A protocol document that a standard defines: sent without the envelope, and anyone may cache it for a while.
/// There is a constructor for each kind and none for bytes, so no data of a single caller is sent like this.
#[derive(Debug)]
pub struct Document {
    bytes: Cow<'static, [u8]>,
}

impl Document {
    /// The public keys of the access tokens, as a JWK set (RFC 7517).
    pub fn jwk_set(keys: &VerificationKeys) -> Self {
        Self { bytes: keys.jwks().to_vec().into() }
    }

    /// The OpenAPI document. [`Documentation`](crate::openapi::Documentation) has it.
    pub(crate) fn openapi(json: Vec<u8>) -> Self {
        Self { bytes: json.into() }
    }
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// For five minutes, and for five more while a newer one is fetched.
const CACHEABLE: &str = "public, max-age=300, stale-while-revalidate=300";

impl sealed::Sealed for Document {}

impl Output for Document {
    fn describe() -> OutputDoc {
        OutputDoc { cacheable: true, ..OutputDoc::plain(200, "application/json") }
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        let body =
            Plain { media_type: JSON, bytes: self.bytes, content_security_policy: None, language: None };
        Ok(Reply { cache_control: Some(CACHEABLE), ..Reply::new(200, ReplyBody::Plain(body)) })
    }
}

/// The metrics of the server, in the text format of OpenMetrics 1.0. For a listener that only the operator reaches.
#[derive(Debug)]
pub struct MetricsText(String);

impl MetricsText {
    /// The metrics now.
    pub async fn of(metrics: &Metrics) -> Self {
        Self(metrics.text().await)
    }
}

impl sealed::Sealed for MetricsText {}

impl Output for MetricsText {
    fn describe() -> OutputDoc {
        OutputDoc::plain(200, OPEN_METRICS)
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        let bytes = Cow::Owned(self.0.into_bytes());
        let body = Plain { media_type: OPEN_METRICS, bytes, content_security_policy: None, language: None };
        Ok(Reply::new(200, ReplyBody::Plain(body)))
    }
}

/// A small page of the server itself. It loads nothing from outside; its style and script are named by hash.
#[derive(Clone, Debug)]
pub struct BuiltInPage {
    html: Cow<'static, str>,
    content_security_policy: Cow<'static, str>,
    /// The language that was chosen for it; `None` for a page that exists in one only.
    language: Option<LanguageTag>,
}

impl BuiltInPage {
    /// A page and the `Content-Security-Policy` that allows its own style and script. Other code renders
    /// [templates](super::PageTemplates::page), and the policy follows from the content.
    pub(super) fn new(
        html: impl Into<Cow<'static, str>>,
        content_security_policy: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { html: html.into(), content_security_policy: content_security_policy.into(), language: None }
    }

    /// The same page as the one of several languages: the answer says so.
    pub(super) fn in_language(self, tag: &LanguageTag) -> Self {
        Self { language: Some(tag.clone()), ..self }
    }

    /// The language that was chosen for it.
    pub(crate) fn language(&self) -> Option<&LanguageTag> {
        self.language.as_ref()
    }

    /// The page.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// Its `Content-Security-Policy`.
    pub fn content_security_policy(&self) -> &str {
        &self.content_security_policy
    }
}

impl sealed::Sealed for BuiltInPage {}

impl BuiltInPage {
    fn into_plain(self) -> Plain {
        let bytes = match self.html {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        Plain {
            media_type: "text/html; charset=utf-8",
            bytes,
            content_security_policy: Some(self.content_security_policy),
            language: self.language,
        }
    }
}

impl Output for BuiltInPage {
    fn describe() -> OutputDoc {
        OutputDoc::plain(200, HTML)
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Ok(Reply::new(200, ReplyBody::Plain(self.into_plain())))
    }
}

/// 200: a page of a list, as an HTML page for browsers and in the envelope for `Accept: application/json`.
#[derive(Debug)]
pub struct PageOrList<V> {
    list: Paginated<V>,
    page: BuiltInPage,
}

impl<V: View> PageOrList<V> {
    /// The list, and the function that renders it.
    ///
    /// # Errors
    /// The errors of the function.
    pub fn new<E>(list: Page<V>, show: impl FnOnce(&[V]) -> Result<BuiltInPage, E>) -> Result<Self, E> {
        let page = show(&list.items)?;
        Ok(Self { list: Paginated::new(list), page })
    }
}

impl<V> sealed::Sealed for PageOrList<V> {}

impl<V: View> Output for PageOrList<V> {
    fn describe() -> OutputDoc {
        OutputDoc { refuses_unknown_query: false, also_a_page: true, ..Paginated::<V>::describe() }
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        let (json, other) = (self.list.into_envelope()?, self.page.into_plain());
        Ok(Reply::new(200, ReplyBody::Negotiated { json, other }))
    }
}

/// 303: to another path of this server, to its home, or on with a sign-in through a provider.
#[derive(Clone, Debug)]
pub struct Redirect {
    location: String,
}

impl Redirect {
    /// Sends the browser to `HOME_URL`, which the operator chose; `None` if it is not set.
    pub fn home(app: &AppConfig) -> Option<Self> {
        app.home_url().map(|url| Self { location: url.as_str().to_owned() })
    }

    /// Sends the browser on with a sign-in through a provider.
    pub fn to(destination: &Destination) -> Self {
        Self { location: destination.location() }
    }

    /// Sends the browser to the same path as a GET, with these parameters in its query.
    ///
    /// # Errors
    /// As [`to_path`](Self::to_path).
    pub fn to_path_with(path: &str, parameters: &[(&str, String)]) -> Result<Self, AppError> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters);
        Self::to_path(format!("{path}?{}", query.finish()))
    }

    /// Sends the browser to a path of this server, with any query and fragment. The target never depends on input:
    /// it cannot leave the server.
    ///
    /// # Errors
    /// When it is not a path of this server (RFC 3986, 4.2): it must begin with one `/`, followed by visible ASCII
    /// without `\\`, which browsers read as `/`.
    pub fn to_path(path: impl Into<String>) -> Result<Self, AppError> {
        let location = path.into();
        let here = location.starts_with('/') && !location.starts_with("//");
        if here && location.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
            Ok(Self { location })
        } else {
            Err(AppError::internal("a redirect that is not to a path of this server"))
        }
    }
}

impl sealed::Sealed for Redirect {}

impl Output for Redirect {
    fn describe() -> OutputDoc {
        OutputDoc::plain(303, HTML)
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        let body = Plain {
            media_type: "text/plain; charset=utf-8",
            bytes: Cow::Borrowed(b""),
            content_security_policy: None,
            language: None,
        };
        let location = HeaderValue::from_str(&self.location).map_err(AppError::internal)?;
        Ok(Reply { location: Some(location), ..Reply::new(303, ReplyBody::Plain(body)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_on_this_server() {
        for path in ["/", "/account/setup", "/a?b=c&d=%2F%2Fe#f", "/a//b"] {
            assert!(Redirect::to_path(path).is_ok(), "{path}");
        }
        let elsewhere =
            ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "\\\\evil"];
        for place in
            elsewhere.into_iter().chain(["", "account", "javascript:alert(1)", "/a\r\nB: c", "/ä", " /a"])
        {
            assert!(Redirect::to_path(place).is_err(), "{place:?}");
        }
    }
}
