//! The closed kinds of output. A handler picks one; only core turns it into bytes.

use serde::Serialize;

use super::reply::{Envelope, Reply, ReplyBody};
use super::view::View;
use crate::errors::AppError;
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
    pub(super) fn plain(status: u16, media_type: &'static str) -> Self {
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

    pub(super) fn into_envelope(self) -> Result<Envelope, AppError> {
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
pub(super) const HTML: &str = "text/html";
