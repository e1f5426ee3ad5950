//! The closed kinds of output. A handler picks one; only core turns it into bytes.

use std::borrow::Cow;

use http::HeaderValue;
use serde::Serialize;

use super::reply::{Envelope, Plain, Reply, ReplyBody};
use super::view::View;
use crate::config::AppConfig;
use crate::errors::AppError;
use crate::utils::crypto::token::VerificationKeys;
use crate::utils::pagination::Page;
use crate::values::{AsSerialize, ResponseField, Schema};

pub(super) mod sealed {
    /// Only core decides what an output is.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be made an output",
        label = "the kinds of output are closed",
        note = "return one of core's: `Success<V>`, `Created<V>`, `Accepted` or `Paginated<V>`, where `V` is declared with `view!`. A kind that is missing is added to core"
    )]
    pub trait Sealed {}
}

/// What a handler may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot leave the server",
    label = "not an output",
    note = "return one of the closed kinds: `Success<V>` (200), `Created<V>` (201), `Accepted` (202) or `Paginated<V>` (a page), where `V` is declared with `view!`"
)]
pub trait Output: sealed::Sealed + Send + 'static {
    /// What it looks like, for the OpenAPI document.
    fn describe() -> OutputDoc;

    /// Its bytes, before the envelope.
    ///
    /// # Errors
    /// 500 for what cannot be written, which is a defect.
    #[doc(hidden)]
    fn into_reply(self) -> Result<Reply, AppError>;
}

/// How an output looks.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and any may hold with any other"
)]
pub struct OutputDoc {
    /// The HTTP status of success.
    pub status: u16,
    /// The media type.
    pub media_type: &'static str,
    /// The shape of `data`; `None` when it is not an envelope.
    pub data: Option<Schema>,
    /// Whether `meta.page` is there.
    pub paged: bool,
    /// Whether anyone may keep it and show it to others. Then its route is public.
    pub cacheable: bool,
    /// Whether a query parameter that the route does not know is refused. It is where data is answered: a program has
    /// mistaken its name. Addresses of pages, documents, probes and redirects are followed with whatever others append
    /// (`utm_source`, `fbclid`), and there it is ignored.
    pub refuses_unknown_query: bool,
    /// Whether it sets or clears cookies.
    pub sets_cookies: bool,
    /// Whether browsers are shown a page of it instead, which is `text/html`.
    pub also_a_page: bool,
}

impl OutputDoc {
    /// Whether a person may be shown a page: its errors are pages for them too, where they do not depend on what was sent.
    pub(crate) fn is_shown(&self) -> bool {
        self.also_a_page || self.media_type.starts_with(HTML)
    }

    /// Data in the envelope.
    fn enveloped(status: u16, data: Schema) -> Self {
        Self {
            status,
            media_type: JSON,
            data: Some(data),
            paged: false,
            cacheable: false,
            refuses_unknown_query: true,
            sets_cookies: false,
            also_a_page: false,
        }
    }

    /// What leaves as it is, at an address that people and programs of others follow.
    fn plain(status: u16, media_type: &'static str) -> Self {
        Self {
            status,
            media_type,
            data: None,
            paged: false,
            cacheable: false,
            refuses_unknown_query: false,
            sets_cookies: false,
            also_a_page: false,
        }
    }
}

/// 200: here it is.
#[derive(Debug)]
pub struct Success<V> {
    view: V,
}

impl<V: View> Success<V> {
    /// Answers with a view.
    pub fn new(view: V) -> Self {
        Self { view }
    }
}

impl<V: View> Output for Success<V> {
    fn describe() -> OutputDoc {
        OutputDoc::enveloped(200, V::schema())
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Reply::of_view(200, &self.view)
    }
}

/// 201: it was made, here it is.
#[derive(Debug)]
pub struct Created<V> {
    view: V,
}

impl<V: View> Created<V> {
    /// Answers with what was made.
    pub fn new(view: V) -> Self {
        Self { view }
    }
}

impl<V: View> Output for Created<V> {
    fn describe() -> OutputDoc {
        OutputDoc::enveloped(201, V::schema())
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Reply::of_view(201, &self.view)
    }
}

crate::view! {
    /// Nothing to show.
    pub struct Empty = "Empty" {}
}

/// 202: taken in; mail will follow where there is something to mail.
#[derive(Debug, Default)]
pub struct Accepted(());

impl Accepted {
    /// Answers without a word about what will happen.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Output for Accepted {
    fn describe() -> OutputDoc {
        OutputDoc::enveloped(202, <Empty as ResponseField>::schema())
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Reply::of_view(202, &Empty {})
    }
}

impl<V> sealed::Sealed for Success<V> {}
impl<V> sealed::Sealed for Created<V> {}
impl sealed::Sealed for Accepted {}

/// 200: how the server is, for whoever watches it.
#[derive(Debug)]
pub struct ProbeAnswer<V> {
    view: V,
}

impl<V: View> ProbeAnswer<V> {
    /// Answers with what a watcher looks at.
    pub fn new(view: V) -> Self {
        Self { view }
    }
}

impl<V> sealed::Sealed for ProbeAnswer<V> {}

impl<V: View> Output for ProbeAnswer<V> {
    fn describe() -> OutputDoc {
        OutputDoc { refuses_unknown_query: false, ..OutputDoc::enveloped(200, V::schema()) }
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Reply::of_view(200, &self.view)
    }
}

/// 200: one page of a list, as `data.items` and `meta.page`.
#[derive(Debug)]
pub struct Paginated<V> {
    page: Page<V>,
}

impl<V: View> Paginated<V> {
    /// Answers with a page.
    pub fn new(page: Page<V>) -> Self {
        Self { page }
    }

    fn into_envelope(self) -> Result<Envelope, AppError> {
        let next = self.page.next.map(|cursor| cursor.as_str().to_owned());
        Envelope::written(Some((self.page.limit, next)), |data| {
            serde_json::to_writer(data, &Items { items: &self.page.items })
        })
    }
}

impl<V> sealed::Sealed for Paginated<V> {}

#[derive(Serialize)]
struct Items<'a, V: View> {
    #[serde(serialize_with = "write_items")]
    items: &'a [V],
}

fn write_items<V: View, S: serde::Serializer>(items: &&[V], s: S) -> Result<S::Ok, S::Error> {
    s.collect_seq(items.iter().map(AsSerialize))
}

impl<V: View> Output for Paginated<V> {
    fn describe() -> OutputDoc {
        let items = Schema::object(None).property("items", Schema::array(V::schema()), true);
        OutputDoc { paged: true, ..OutputDoc::enveloped(200, items) }
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Ok(Reply::new(200, ReplyBody::Envelope(self.into_envelope()?)))
    }
}

pub(crate) const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html";

/// A protocol document that others define: leaves without the envelope, and anyone may cache it for a while. There is a
/// constructor for each kind and none for bytes, so nothing that was made for one caller leaves like this.
#[derive(Debug)]
pub struct Document {
    bytes: Cow<'static, [u8]>,
}

impl Document {
    /// The public keys of the access tokens, as a JWK set (RFC 7517).
    pub fn jwk_set(keys: &VerificationKeys) -> Self {
        Self { bytes: keys.jwks().to_vec().into() }
    }

    /// The description of the interface. [`Documentation`](crate::openapi::Documentation) has it.
    pub(crate) fn openapi(json: Vec<u8>) -> Self {
        Self { bytes: json.into() }
    }
}

/// For five minutes, and for five more while a newer one is fetched.
const CACHEABLE: &str = "public, max-age=300, stale-while-revalidate=300";

impl sealed::Sealed for Document {}

impl Output for Document {
    fn describe() -> OutputDoc {
        OutputDoc { cacheable: true, ..OutputDoc::plain(200, "application/json") }
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        let body = Plain { media_type: JSON, bytes: self.bytes, content_security_policy: None };
        Ok(Reply { cache_control: Some(CACHEABLE), ..Reply::new(200, ReplyBody::Plain(body)) })
    }
}

/// A small page the server itself shows. It loads nothing from outside; its style and script are named by hash.
#[derive(Clone, Debug)]
pub struct BuiltInPage {
    html: Cow<'static, str>,
    content_security_policy: Cow<'static, str>,
}

impl BuiltInPage {
    /// A page and the `Content-Security-Policy` that lets its own style and script run. Others
    /// [assemble](Self::assemble) one, and the policy follows from what is in it.
    pub(super) fn new(
        html: impl Into<Cow<'static, str>>,
        content_security_policy: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { html: html.into(), content_security_policy: content_security_policy.into() }
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

/// 200: a page of a list, as a page to look at for browsers and in the envelope for `Accept: application/json`.
#[derive(Debug)]
pub struct PageOrList<V> {
    list: Paginated<V>,
    page: BuiltInPage,
}

impl<V: View> PageOrList<V> {
    /// The list, and how to show it.
    pub fn new(list: Page<V>, show: impl FnOnce(&[V]) -> BuiltInPage) -> Self {
        let page = show(&list.items);
        Self { list: Paginated::new(list), page }
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

/// 303: look there, on this server or at its home.
#[derive(Clone, Debug)]
pub struct Redirect {
    location: String,
}

impl Redirect {
    /// Sends the browser to `HOME_URL`, which the operator chose; `None` when it is not set.
    pub fn home(app: &AppConfig) -> Option<Self> {
        app.home_url().map(|url| Self { location: url.as_str().to_owned() })
    }

    /// Sends the browser to a path of this server, with whatever query and fragment it has. Where it leads never depends
    /// on what a caller sent: nothing here leaves the server.
    ///
    /// # Errors
    /// When it is not a path of this server (RFC 3986, 4.2): it begins with one `/`, and what follows is visible ASCII
    /// without `\\`, which browsers take for `/`.
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
